"""The decision: every number of the manifest that is set on a split of its own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.manifest import BANDS
from service.model import Probabilities, band, reweight, tempered
from service.opinion import TRIAGE_SETTING
from service.perceptron import lean
from training import calibration, fit, screening
from training.predictions import levels
from training.triage import Screened, cost_matrix, thresholds
from training.workbench import Workbench

COVERAGE = 0.95
"""The share of cases whose condition is to be in the prediction set."""


def decide(classifier: Any, prior: NDArray[np.float64], on: Workbench, jobs: int) -> dict[str, Any]:
    """Return the fields of a manifest that are decided on splits of their own.

    `prior` is that of the training cases, (n_conditions,).
    """
    # By the arithmetic of the service, or a case on a threshold could fall on its other side.
    served = lean(classifier)
    table = on.data.split("calibration")
    said, truth, answers = _said(served, table, on)
    temperatures = calibration.temperatures(said, truth, answers, prior[truth])
    triage = on.prior(TRIAGE_SETTING)
    screened = Screened(
        probabilities=reweight(_at(temperatures, said, answers), triage / prior),
        prior=triage,
        urgencies=on.urgencies,
        stated=levels(table),
        flag=screening.highest(table, on.vocabulary, jobs),
        weights=triage[truth],
    )
    said, truth, answers = _said(served, on.data.split("conformal"), on)
    balanced = reweight(_at(temperatures, said, answers), 1 / prior)
    return {
        "trained_prior": dict(zip(on.ids, map(float, prior), strict=True)),
        "temperatures": temperatures,
        "coverage": COVERAGE,
        "conformal": conformal(balanced, truth, answers, on.ids),
        "thresholds": {level.id: cut for level, cut in thresholds(screened).items()},
        "costs": cost_matrix(),
    }


def _said(
    classifier: Any, table: pd.DataFrame, on: Workbench
) -> tuple[Probabilities, NDArray[np.intp], NDArray[Any]]:
    said = fit.probabilities(classifier, table, on.encoding)
    return said, on.truth(table), table["answers"].to_numpy()


def _at(temperatures: Sequence[float], said: Probabilities, answers: NDArray[Any]) -> Probabilities:
    return tempered(said, np.array(temperatures)[band(answers)])


def conformal(
    balanced: Probabilities, truth: NDArray[np.intp], answers: NDArray[Any], ids: Sequence[str]
) -> dict[str, list[float]]:
    """Return for each condition and band of answers the least balanced probability to be in.

    Split conformal, class-conditional (Vovk 2012, Mondrian): with n cases of a condition in a
    band the threshold is the floor((n + 1) * (1 - coverage))-th smallest probability that the
    classifier gave it, or 0, which lets everything in, when there are too few. `balanced` has
    shape (n_cases, n_conditions), `truth`, the columns that were right, and `answers` (n_cases,).
    """
    bands = band(answers)
    table: dict[str, list[float]] = {}
    for i, id in enumerate(ids):
        of_condition = truth == i
        table[id] = [_lower(balanced[of_condition & (bands == b), i]) for b in range(len(BANDS))]
    return table


def _lower(probabilities: NDArray[np.float64]) -> float:
    rank = int(np.floor((len(probabilities) + 1) * (1 - COVERAGE) + 1e-9))
    return float(np.sort(probabilities)[rank - 1]) if rank else 0.0
