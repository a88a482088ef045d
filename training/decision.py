"""The decision's numbers: conformal thresholds and triage thresholds, from splits of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from service.manifest import BANDS
from service.model import Probabilities, band

COVERAGE = 0.95
"""The share of cases whose condition is to be in the prediction set."""

OVER_TRIAGE: Mapping[Urgency, float] = {Urgency.EMERGENCY: 0.05, Urgency.URGENT: 0.20}
"""The share of calm people without a raised flag whom the model may send to a level or above, at
most: what the product's owners accept in order to miss few (assumed, no source). The flags send
others, so that the share of all calm people is higher."""

ABOVE_PRIOR = 2.0
"""A level is carried only by conditions that are together at least so many times as probable as
they are before anything is known, or the prior alone would send people (assumed)."""

PRIMARY_CARE_FROM = 0.25
"""The probability of a condition that needs a doctor from which one is advised: a doctor seen in
vain costs less than one missed (assumed, three to one)."""


def conformal(
    balanced: Probabilities, labels: NDArray[Any], answers: NDArray[Any], ids: Sequence[str]
) -> dict[str, list[float]]:
    """Return for each condition and band of answers the least balanced probability to be in.

    Split conformal, class-conditional (Vovk 2012, Mondrian): with n cases of a condition in a
    band the threshold is the floor((n + 1) * (1 - coverage))-th smallest probability that the
    classifier gave it, or 0, which lets everything in, when there are too few. `balanced` has
    shape (n_cases, n_conditions), `labels` and `answers` (n_cases,).
    """
    bands = band(answers)
    table: dict[str, list[float]] = {}
    for i, id in enumerate(ids):
        of_condition = labels == id
        table[id] = [_lower(balanced[of_condition & (bands == b), i]) for b in range(len(BANDS))]
    return table


def _lower(probabilities: NDArray[np.float64]) -> float:
    rank = int(np.floor((len(probabilities) + 1) * (1 - COVERAGE) + 1e-9))
    return float(np.sort(probabilities)[rank - 1]) if rank else 0.0


def thresholds(
    triage: Probabilities,
    urgencies: Sequence[Urgency],
    prior: NDArray[np.float64],
    weights: NDArray[np.float64],
    is_calm_and_unflagged: NDArray[np.bool_],
) -> dict[str, float]:
    """Return for each level the probability of conditions of at least that urgency that carries it.

    `triage` holds probabilities under the prior of primary care, (n_cases, n_conditions), which
    is `prior`, (n_conditions,); `weights`, (n_cases,), turn the drawn cases into that setting's.
    """
    if not is_calm_and_unflagged.any():
        raise ValueError("no case is calm and unflagged, so no threshold can be set")
    calm, weight = triage[is_calm_and_unflagged], weights[is_calm_and_unflagged]
    found = {Urgency.PRIMARY_CARE.id: PRIMARY_CARE_FROM}
    for level, share in OVER_TRIAGE.items():
        carriers = [urgency >= level for urgency in urgencies]
        budget = _upper(calm[:, carriers].sum(axis=1), weight, share)
        found[level.id] = float(min(max(budget, ABOVE_PRIOR * prior[carriers].sum()), 1))
    return found


def _upper(score: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    """Return the least score that at most `share` of the weight reaches."""
    order = np.argsort(-score)
    reached = np.cumsum(weight[order]) / weight.sum()
    last = int(np.searchsorted(reached, share, side="right"))
    return float(np.nextafter(score[order][min(last, len(order) - 1)], 1))
