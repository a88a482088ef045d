"""The shares: how often cases of each condition state what; the next question is chosen by it."""

import numpy as np

from training.parts import parts
from training.workbench import Workbench

DIGITS = 4
"""Significant digits of a share; the cases on disk tell no more."""


def shares(on: Workbench) -> dict[str, list[float]]:
    """Return for each column of the encoding its mean over the training cases of each condition.

    They are the training cases on disk, and the conditions stand in the order of `on.ids`; the
    mean over no case at all is 0.
    """
    total = np.zeros((len(on.ids), len(on.encoding.columns)))
    number = np.zeros((len(on.ids), 1))
    for batch in on.data.batches("train"):
        for part in parts(batch):
            is_of = on.truth(part) == np.arange(len(on.ids))[:, np.newaxis]
            total += is_of @ on.encoding.matrix(part).astype(np.float64)
            number += is_of.sum(axis=1, keepdims=True)
    means = (total / np.maximum(number, 1)).T.tolist()
    rounded = ([float(f"{mean:.{DIGITS}g}") for mean in row] for row in means)
    return dict(zip(on.encoding.columns, rounded, strict=True))
