"""Fitting: cases are encoded where they are drawn, and fed to a classifier block by block."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from service.features import Encoding
from service.model import Probabilities
from training.parts import parts

Labels = NDArray[Any]

INTERRUPTED = "Training interrupted by user"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Cases as a classifier takes them.

    `features` is the float32 matrix of `service.features`, (n_cases, n_columns), held sparse: nine
    in ten of its entries are 0. `labels` are the conditions, (n_cases,).
    """

    features: sparse.csr_matrix
    labels: Labels


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is made of a table of cases before it is learned from; workers get it by pickle."""

    encoding: Encoding

    def __call__(self, table: pd.DataFrame) -> Encoded:
        """Encode a table of cases, part by part."""
        encoded = [sparse.csr_matrix(self.encoding.matrix(part)) for part in parts(table)]
        return Encoded(sparse.vstack(encoded, "csr"), table["condition"].to_numpy(dtype=str))


def feed(classifier: Any, cases: Encoded, classes: Labels, batch_size: int) -> None:
    """Feed cases to a classifier that is fitted bit by bit."""
    if "batch_size" in classifier.get_params():
        classifier.set_params(batch_size=batch_size)
    with _undisturbed():
        classifier.partial_fit(cases.features, cases.labels, classes=classes)


def fit(classifier: Any, blocks: Iterable[Encoded]) -> None:
    """Fit a classifier once, on all cases of some blocks."""
    features, labels = zip(*((block.features, block.labels) for block in blocks), strict=True)
    with _undisturbed():
        classifier.fit(sparse.vstack(features, "csr"), np.concatenate(labels))


def probabilities(classifier: Any, table: pd.DataFrame, encoding: Encoding) -> Probabilities:
    """Return what a fitted classifier says of a table of cases, (n_cases, n_conditions)."""
    with threadpool_limits(1):
        said = [classifier.predict_proba(encoding.matrix(part)) for part in parts(table)]
    return np.concatenate(said).astype(np.float64)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep BLAS on one thread, and an interrupt an interrupt.

    On one thread the order of a sum, and so the fitted model, does not depend on the cores.
    scikit-learn turns Ctrl-C in a perceptron into a warning and goes on with half a pass.
    """
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("error", message=INTERRUPTED)
        # Iterations are bounded on purpose: a fit that is cut short is judged as it is.
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        try:
            yield
        except UserWarning as warning:
            raise (KeyboardInterrupt if INTERRUPTED in str(warning) else warning) from warning
