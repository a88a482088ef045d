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

    They are drawn with replacement, all alike likely, so a few of them come again and again.
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
        """Return the share of each class, (n_classes,), when the synthetic ones are alike often."""
        own = np.array([(self.own.labels == condition).mean() for condition in classes])
        return self.weight * own + (1 - self.weight) / len(classes)

    def _mixed(self, block: Encoded, rng: np.random.Generator) -> Encoded:
        number = round(len(block.labels) * self.weight / (1 - self.weight))
        chosen = rng.integers(len(self.own.labels), size=number)
        order = rng.permutation(len(block.labels) + number)
        features = sparse.vstack([block.features, self.own.features[chosen]], "csr")
        labels = np.concatenate([block.labels, self.own.labels[chosen]])
        return Encoded(features[order], labels[order])
