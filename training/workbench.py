"""The workbench: what every step of training works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from service.clinical import catalogue
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Vocabulary, vocabulary
from service.features import Encoding
from service.model import Probabilities
from training import cases


@dataclass(frozen=True, slots=True)
class Workbench:
    """What every step works with; `prior` is the one that the training cases were drawn under."""

    vocabulary: Vocabulary
    encoding: Encoding
    conditions: Mapping[str, Condition]
    data: cases.DataSet

    @property
    def prior(self) -> Mapping[str, float]:
        """The prior that training cases are drawn under."""
        balanced: Mapping[str, float] = self.data.card["priors"]["balanced"]
        return balanced

    def probabilities(self, pipeline: Pipeline, table: pd.DataFrame) -> Probabilities:
        """Return the pipeline's, (n_cases, n_conditions), conditions sorted by id."""
        found = np.asarray(pipeline.predict_proba(self.encoding.matrix(table)), dtype=np.float64)
        normalised = found / found.sum(axis=1, keepdims=True)  # float32 sums to 1 within 1e-6 only
        return np.asarray(normalised)


def read(folder: Path) -> Workbench:
    """Read the vocabulary, the catalogue and a data set."""
    words = vocabulary()
    return Workbench(
        words, Encoding(words), catalogue.read(words).conditions, cases.read(folder, words)
    )
