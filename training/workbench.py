"""The workbench: what every step of training works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from service.clinical import catalogue
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Vocabulary, vocabulary
from service.features import Encoding
from service.model import Probabilities
from training import cases


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every step works with."""

    vocabulary: Vocabulary
    encoding: Encoding
    conditions: Mapping[str, Condition]
    data: cases.DataSet

    @property
    def ids(self) -> list[str]:
        """The conditions in the order of a classifier's columns."""
        return sorted(self.conditions)

    @property
    def prior(self) -> Mapping[str, float]:
        """The share of each condition among the training cases."""
        shares = self.data.split("train")["condition"].value_counts(normalize=True)
        return {id: float(shares[id]) for id in self.ids}

    def weights(self, setting: str) -> NDArray[np.float64]:
        """Return how many times as frequent as in training each condition is in a setting."""
        prior, trained = self.data.card["priors"][setting], self.prior
        return np.array([prior[id] / trained[id] for id in self.ids])

    def probabilities(self, pipeline: Pipeline, table: pd.DataFrame) -> Probabilities:
        """Return the pipeline's own, (n_cases, n_conditions), under the prior of training."""
        found = np.asarray(pipeline.predict_proba(self.encoding.matrix(table)), dtype=np.float64)
        normalised = found / found.sum(axis=1, keepdims=True)  # float32 sums to 1 within 1e-6 only
        return np.asarray(normalised)


def read(folder: Path) -> Workbench:
    """Read the vocabulary, the catalogue and a data set."""
    words = vocabulary()
    return Workbench(
        words, Encoding(words), catalogue.read(words).conditions, cases.read(folder, words)
    )
