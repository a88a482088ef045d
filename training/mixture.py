"""A mixture: synthetic cases and a data scientist's own, by weight."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.fit import Encoded, Labels, Preparation
from training.trial import Stream


@dataclass(frozen=True, slots=True)
class Mixture:
    """A stream in which own cases have a share of `weight` in each block.

    Their conditions are alike often, whatever their numbers, so that no share tells a number. The
    cases of a condition are drawn with replacement, all alike likely, so few come often.
    """

    synthetic: Stream
    own: Encoded
    weight: float
    seed: int

    def __call__(
        self, start: int, stop: int, prepare: Preparation, workers: int = 1
    ) -> Iterator[Encoded]:
        """Yield the mixed blocks start to stop - 1 in their order."""
        blocks = self.synthetic(start, stop, prepare, workers)
        for i, block in zip(range(start, stop), blocks, strict=True):
            yield self._mixed(block, np.random.default_rng([self.seed, i]))

    def prior(self, classes: Labels) -> NDArray[np.float64]:
        """Return the share of each class, (n_classes,), when the synthetic ones are alike often.

        `classes` holds those of the own cases and maybe more.
        """
        own = np.isin(classes, self.own.labels).astype(np.float64)
        prior: NDArray[np.float64] = self.weight * own / own.sum() + (1 - self.weight) / len(own)
        return prior

    def _mixed(self, block: Encoded, rng: np.random.Generator) -> Encoded:
        number = round(len(block.labels) * self.weight / (1 - self.weight))
        chosen = self._drawn(number, rng)
        order = rng.permutation(len(block.labels) + number)
        features = sparse.vstack([block.features, self.own.features[chosen]], "csr")
        labels = np.concatenate([block.labels, self.own.labels[chosen]])
        return Encoded(features[order], labels[order])

    def _drawn(self, number: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Draw so many of the own cases, (number,): first a condition, then a case of it."""
        _, place, sizes = np.unique(self.own.labels, return_inverse=True, return_counts=True)
        condition = rng.integers(len(sizes), size=number)
        by_condition = np.argsort(place, kind="stable")
        first = sizes.cumsum() - sizes
        drawn: NDArray[np.intp] = by_condition[first[condition] + rng.integers(sizes[condition])]
        return drawn
