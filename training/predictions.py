"""Predictions: what a model and the whole system say of labelled cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.assessment import assess
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import URGENCY_BY_ID, Vocabulary
from service.model import Model, Probabilities
from service.opinion import TRIAGE_SETTING
from training import cases
from training.parts import mapped, parts
from training.workbench import Workbench

NO_FLAG = -1


@dataclass(frozen=True, slots=True)
class Predictions:
    """Cases with what is known of them and what was said of them.

    `table` holds the cases, one a row. `trained` are the model's calibrated probabilities under the
    prior of its training, `sets` its prediction sets, both (n_cases, n_conditions). `given` is the
    level that the whole system gives, `by_model` tells whether the model decided it, and `flag` is
    the level of the highest raised flag or NO_FLAG, all (n_cases,).
    """

    model: Model
    table: pd.DataFrame
    trained: Probabilities
    sets: NDArray[np.bool_]
    given: NDArray[np.int64]
    by_model: NDArray[np.bool_]
    flag: NDArray[np.int64]

    @property
    def ids(self) -> Sequence[str]:
        """The conditions in the order of the columns."""
        return self.model.manifest.conditions

    @property
    def truth(self) -> NDArray[np.int64]:
        """The column of each case's condition, (n_cases,)."""
        columns = {id: column for column, id in enumerate(self.ids)}
        return np.array([columns[id] for id in self.table["condition"]], dtype=np.int64)

    @property
    def stated(self) -> NDArray[np.int64]:
        """The level of each patient, (n_cases,)."""
        return levels(self.table)

    @property
    def posterior(self) -> Probabilities | None:
        """The exact posterior, (n_cases, n_conditions), where it stands beside the cases."""
        return posterior(self.table, self.ids)

    def under(self, setting: str) -> Probabilities:
        """Return probabilities, (n_cases, n_conditions), under the prior of a setting."""
        return self.model.under(setting, self.trained)

    def weights(self, setting: str) -> NDArray[np.float64]:
        """Return how much each case weighs in a setting, when all conditions were drawn alike."""
        prior = self.model.manifest.priors[setting]
        return np.array([prior[id] for id in self.ids])[self.truth] * len(self.ids)

    def to_table(self) -> pd.DataFrame:
        """Return what was asked and said as a table, to be sliced without this code."""
        balanced = self.under("balanced")
        names = [level.id for level in sorted(URGENCY_BY_ID.values())]
        said = pd.DataFrame(balanced, columns=[f"probability_{id}" for id in self.ids])
        sets = pd.DataFrame(self.sets, columns=[f"in_set_{id}" for id in self.ids])
        return pd.concat([self.table, said.astype(np.float32), sets], axis=1).assign(
            first=np.array(self.ids)[balanced.argmax(axis=1)],
            given=np.array(names)[self.given],
            flag=np.array([*names, None], dtype=object)[self.flag],
            decided_by_model=self.by_model,
        )


def levels(table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the level of each patient of a table, (n_cases,)."""
    return np.array([URGENCY_BY_ID[id] for id in table["triage"]], dtype=np.int64)


def posterior(table: pd.DataFrame, ids: Sequence[str]) -> Probabilities | None:
    """Return the exact posterior of a table's cases, (n_cases, n_conditions), if it is there."""
    columns = [f"posterior_{id}" for id in ids]
    if not set(columns) <= set(table.columns):
        return None
    return table[columns].to_numpy(dtype=np.float64)


def predict(model: Model, table: pd.DataFrame, on: Workbench, jobs: int) -> Predictions:
    """Ask a model and the whole system about the cases of a table, by so many processes."""
    answers = table["answers"].to_numpy()
    trained = np.concatenate(
        [
            model.trained(on.encoding.matrix(part), part["answers"].to_numpy())
            for part in parts(table)
        ]
    )
    sets = model.sets(model.under("balanced", trained), answers)
    ask = partial(_answered, model, on.vocabulary, on.conditions)
    given, by_model, flag = mapped(ask, table, jobs, "assess").T
    return Predictions(model, table, trained, sets, given, by_model.astype(bool), flag)


def _answered(
    model: Model,
    vocabulary: Vocabulary,
    conditions: Mapping[str, Condition],
    table: pd.DataFrame,
) -> NDArray[np.int64]:
    """Return given level, whether the model decided it, and highest flag, (n_cases, 3)."""
    answers = assess(cases.single(table, vocabulary), TRIAGE_SETTING, model, conditions)
    return np.array(
        [
            (
                answer.triage.level,
                answer.triage.decided_by == "model",
                max((flag.level for flag in answer.raised), default=NO_FLAG),
            )
            for answer in answers
        ]
    )
