"""Triage: from which probability on the model sends people to a level, and what errors cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from service.model import Probabilities
from training.predictions import NO_FLAG


@dataclass(frozen=True, slots=True)
class Cost:
    """What it costs to miss a level that a person needs, and to give it in vain."""

    missed: float
    vain: float


COSTS: Mapping[Urgency, Cost] = {
    Urgency.EMERGENCY: Cost(missed=100, vain=1),
    Urgency.URGENT: Cost(missed=20, vain=1),
    Urgency.PRIMARY_CARE: Cost(missed=3, vain=1),
}
"""A missed emergency weighs as much as a hundred people sent to an emergency department in vain, a
missed urgent patient as twenty, a patient who needed a doctor and was left at home as three. These
are judgements of the product's owners (assumed, no source); a person who is two levels off costs
both."""

OVER_TRIAGE: Mapping[Urgency, float] = {Urgency.EMERGENCY: 0.05, Urgency.URGENT: 0.20}
"""The share of calm people without any raised flag whom the model may send to a level or above, at
most, whatever the costs say: an alarm that always rings is not heard (assumed, no
source). The flags send others, so that the share of all calm people is higher."""

ABOVE_PRIOR = 1.5
"""A level with a budget is carried only by conditions that are together at least so many times as
probable as they are before anything is known: the answers have to speak for it, or the prior alone
would send people (assumed)."""

Flags = NDArray[np.bool_]
Levels = NDArray[np.int64]
Weights = NDArray[np.float64]


def cost_matrix() -> dict[str, dict[str, float]]:
    """Return the cost of giving a level (inner key) to a patient of a level (outer key)."""
    return {
        stated.id: {
            given.id: float(
                sum(cost.missed for level, cost in COSTS.items() if given < level <= stated)
                + sum(cost.vain for level, cost in COSTS.items() if stated < level <= given)
            )
            for given in Urgency
        }
        for stated in Urgency
    }


@dataclass(frozen=True, slots=True)
class Screened:
    """Cases as triage sees them: what the model says, and what the red flags have decided.

    `probabilities` hold under the prior of primary care, (n_cases, n_conditions), which is `prior`,
    (n_conditions,); `urgencies` are those of the conditions. `stated` is the patients' level,
    `flag` that of their highest flag, and `weights` turn the drawn cases into that setting's, all
    (n_cases,).
    """

    probabilities: Probabilities
    prior: NDArray[np.float64]
    urgencies: Sequence[Urgency]
    stated: Levels
    flag: Levels
    weights: Weights

    @property
    def is_calm(self) -> Flags:
        """Tell who needs no urgent care and raises no flag, whom the model alone would send."""
        return np.asarray((self.stated < Urgency.URGENT) & (self.flag == NO_FLAG))

    def score(self, level: Urgency) -> NDArray[np.float64]:
        """Return the probability of conditions of at least a level, (n_cases,)."""
        carriers = [urgency >= level for urgency in self.urgencies]
        return np.asarray(self.probabilities[:, carriers].sum(axis=1))

    def floor(self, level: Urgency) -> float:
        """Return the least threshold of a level: a multiple of what the prior alone gives.

        A doctor within days has no budget, and no floor: it would leave more people at home.
        """
        if level not in OVER_TRIAGE:
            return 0.0
        carriers = [urgency >= level for urgency in self.urgencies]
        return ABOVE_PRIOR * float(self.prior[carriers].sum())


def thresholds(cases: Screened, costs: Mapping[Urgency, Cost] = COSTS) -> dict[Urgency, float]:
    """Return for each level the probability of conditions of at least that urgency that carries it.

    The highest level comes first. Each threshold costs least on the cases that no flag and no
    higher threshold has sent to the level, within its budget of over-triage and above its floor.
    """
    if not cases.is_calm.any():
        raise ValueError("no case is calm and unflagged, so no threshold can be set")
    found: dict[Urgency, float] = {}
    sent = np.zeros(len(cases.stated), dtype=bool)
    for level, cost in costs.items():
        score = cases.score(level)
        # What has no probability at all is no reason for a level, with a floor or without.
        open_ = (cases.flag < level) & ~sent & (score >= cases.floor(level)) & (score > 0)
        gain = cases.weights * np.where(cases.stated >= level, cost.missed, -cost.vain)
        calm = np.where(cases.is_calm, cases.weights, 0)
        spent = float(calm[sent].sum())
        budget = OVER_TRIAGE.get(level, 1.0) * calm.sum() - spent
        found[level] = min(_cut(score[open_], gain[open_], calm[open_], budget), 1.0)
        sent |= score >= found[level]
    return found


def _cut(score: NDArray[np.float64], gain: Weights, calm: Weights, budget: float) -> float:
    """Return the threshold on a score with the greatest gain that spends no more than the budget.

    All are (n_cases,): `gain` is what is won by sending a case, `calm` what it takes of the budget.
    It is 1 where nothing is to be won, or nobody is left.
    """
    if not len(score):
        return 1.0
    order = np.argsort(-score, kind="stable")
    # Cases of one score are sent together.
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    won, spent = np.cumsum(gain[order])[last], np.cumsum(calm[order])[last]
    won = np.where(spent <= budget, won, -np.inf)
    best = int(np.argmax(won))
    return float(score[order][last[best]]) if won[best] > 0 else 1.0
