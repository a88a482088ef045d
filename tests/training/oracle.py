"""An oracle: it reads the truth off the features and gives it the probability that it is told to.

So what a trial of it scores is known by hand: its log loss is minus the logarithm of that number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_info

from service.features import Encoding
from service.model import Probabilities
from training.fit import Encoded, Labels, Preparation
from training.trial import Ground

CLASSES = np.array(["ache", "numb", "rash"])
ALIKE = np.full(3, 1 / 3)


class Call(NamedTuple):
    """What a classifier was asked to learn."""

    method: str
    cases: int
    batch_size: int


class Oracle:
    """A classifier with the interface of scikit-learn that gives the truth `sure[i]` in its turn.

    `sure` holds a probability for each time that it was fed; the last one stays. It notes what it
    was fed, and on how many threads BLAS was then.
    """

    def __init__(self, sure: tuple[float, ...] = (0.5,)) -> None:
        self.sure, self.batch_size = sure, 0
        self.calls: list[Call] = []
        self.threads: set[int] = set()

    def get_params(self) -> dict[str, Any]:
        """Return the parameters that may be set."""
        return {"sure": self.sure, "batch_size": self.batch_size}

    def set_params(self, batch_size: int) -> None:
        """Set the batch size."""
        self.batch_size = batch_size

    def partial_fit(self, features: sparse.csr_matrix, labels: Labels, classes: Labels) -> None:
        """Note that it was fed."""
        assert classes.tolist() == CLASSES.tolist()
        self._note("partial_fit", features, labels)

    def fit(self, features: sparse.csr_matrix, labels: Labels) -> None:
        """Note that it was fitted."""
        self._note("fit", features, labels)

    def predict_proba(self, features: Any) -> Probabilities:
        """Return the truth as surely as it is this oracle's turn."""
        self._look()
        sure = self.sure[min(len(self.calls), len(self.sure)) - 1]
        return np.asarray(np.where(dense(features) == 1, sure, (1 - sure) / 2))

    def _note(self, method: str, features: sparse.csr_matrix, labels: Labels) -> None:
        self._look()
        assert CLASSES[dense(features).argmax(axis=1)].tolist() == labels.tolist()
        self.calls.append(Call(method, len(labels), self.batch_size))

    def _look(self) -> None:
        self.threads |= {pool["num_threads"] for pool in threadpool_info()}


def dense(features: Any) -> NDArray[np.float32]:
    """Return a matrix that may be held sparse as a plain one."""
    return np.asarray(features.toarray() if sparse.issparse(features) else features)


def block(i: int) -> Encoded:
    """Return block i, which holds i + 1 cases of each class, so that its size tells which it is."""
    labels = np.repeat(CLASSES, i + 1)
    return Encoded(sparse.csr_matrix(np.repeat(np.eye(3, dtype=np.float32), i + 1, 0)), labels)


@dataclass(frozen=True)
class Dealt:
    """A stream of such blocks, which notes what was asked for: start, stop and workers."""

    asked: list[tuple[int, int, int]] = field(default_factory=list)

    def __call__(
        self, start: int, stop: int, prepare: Preparation, workers: int = 1
    ) -> Iterator[Encoded]:
        """Yield the blocks start to stop - 1."""
        self.asked.append((start, stop, workers))
        assert isinstance(prepare, Preparation)
        yield from map(block, range(start, stop))


def ground(encoding: Encoding, prior: NDArray[np.float64] = ALIKE) -> Ground:
    """Return the ground of an oracle's trials, where nobody can know more than the prior."""
    exact = np.full((9, 3), 1 / 3)
    return Ground(Dealt(), Preparation(encoding), block(2), exact, CLASSES, prior)
