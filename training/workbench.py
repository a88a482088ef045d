"""The workbench: what every step of training works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.clinical import catalogue
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Urgency, Vocabulary, vocabulary
from service.features import Encoding
from training import cases
from training.cases import DataSet


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every step works with: the cases on disk, and how they are read and encoded."""

    vocabulary: Vocabulary
    encoding: Encoding
    conditions: Mapping[str, Condition]
    data: DataSet

    @property
    def ids(self) -> list[str]:
        """The conditions in the order of a classifier's columns."""
        return sorted(self.conditions)

    @property
    def urgencies(self) -> list[Urgency]:
        """The urgencies of the conditions in that order."""
        return [self.conditions[id].urgency for id in self.ids]

    def prior(self, setting: str) -> NDArray[np.float64]:
        """Return the prior of each condition in a setting, (n_conditions,)."""
        prior = self.data.card["priors"][setting]
        return np.array([prior[id] for id in self.ids])

    def truth(self, table: pd.DataFrame) -> NDArray[np.intp]:
        """Return the column of each case's condition, (n_cases,)."""
        return np.searchsorted(self.ids, table["condition"].to_numpy(dtype=str))


def read(folder: Path) -> Workbench:
    """Read the vocabulary, the catalogue and a data set."""
    words = vocabulary()
    return Workbench(
        words, Encoding(words), catalogue.read(words).conditions, cases.read(folder, words)
    )
