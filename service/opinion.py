"""The opinion: what a model says of cases, asked behind a guard and checked before it is used."""

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from service.clinical.case import Case
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Urgency

_log = logging.getLogger(__name__)

TRIAGE_SETTING = "primary_care"
"""The prior under which the model's part of the level is decided, whatever the caller names."""

CARRIED_LEVELS = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.PRIMARY_CARE)
"""The levels that the probability of conditions can carry, the highest first."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the model says of one case: probabilities by condition, each summing to 1.

    `probabilities` hold under the caller's setting, `triage` under TRIAGE_SETTING;
    `prediction_set` is the conformal set of the same answers.
    """

    probabilities: Mapping[str, float]
    triage: Mapping[str, float]
    prediction_set: frozenset[str]


class Model(Protocol):
    """What `assess` needs of a model."""

    @property
    def thresholds(self) -> Mapping[Urgency, float]:
        """The least probability of conditions of at least a level that carries the level."""

    def rank(self, cases: Sequence[Case], setting: str) -> Sequence[Ranking]:
        """Return one ranking for each case."""


def ask(
    cases: Sequence[Case], setting: str, model: Model | None, conditions: Mapping[str, Condition]
) -> tuple[Sequence[Ranking | None], Mapping[Urgency, float]]:
    """Ask the model for rankings and thresholds; None for each case without a usable ranking."""
    nothing = [None] * len(cases), dict[Urgency, float]()
    if model is None:
        return nothing
    exclusions = excludable(conditions)
    try:
        thresholds = {level: float(model.thresholds[level]) for level in CARRIED_LEVELS}
        if not all(0 < threshold <= 1 for threshold in thresholds.values()):
            raise ValueError("a threshold is no probability above 0")
        rankings = [_plain(ranking) for ranking in model.rank(cases, setting)]
        if len(rankings) != len(cases):
            raise ValueError(f"{len(rankings)} rankings for {len(cases)} cases")
        usable = [
            _is_usable(ranking, case, conditions, exclusions)
            for ranking, case in zip(rankings, cases, strict=True)
        ]
    except Exception as error:  # whatever fails in the model, the red flags answer
        _log.error("the model failed with %s; red flags answer alone", type(error).__name__)
        return nothing
    if not all(usable):
        _log.error("the model gave %d unusable rankings", usable.count(False))
    kept = [ranking if ok else None for ranking, ok in zip(rankings, usable, strict=True)]
    return kept, thresholds


def _plain(ranking: Ranking) -> Ranking:
    """Return a ranking as plain numbers of our own: nothing of the model's is asked any more."""
    return Ranking(
        _numbers(ranking.probabilities),
        _numbers(ranking.triage),
        frozenset(ranking.prediction_set),
    )


def _numbers(probabilities: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(probabilities, map(float, probabilities.values()), strict=True))


def _is_usable(
    ranking: Ranking,
    case: Case,
    conditions: Mapping[str, Condition],
    exclusions: Mapping[str, Condition],
) -> bool:
    """Tell whether a ranking is one of the conditions, of which `exclusions` can be excluded."""
    return ranking.prediction_set <= conditions.keys() and all(
        probabilities.keys() == conditions.keys()
        and _is_distribution(probabilities.values())
        and sum(exclude(probabilities, case, exclusions).values()) > 0
        for probabilities in (ranking.probabilities, ranking.triage)
    )


def _is_distribution(probabilities: Collection[float]) -> bool:
    # The sum first: it refuses what is empty, infinite or no number, on which the rest relies.
    return (
        math.isclose(sum(probabilities), 1, abs_tol=1e-6)
        and min(probabilities) >= 0
        and max(probabilities) <= 1
    )


def excludable(conditions: Mapping[str, Condition]) -> Mapping[str, Condition]:
    """Return the conditions that a finding excludes: few, so that a batch looks for them once."""
    return {id: condition for id, condition in conditions.items() if condition.never}


def _excluded(case: Case, conditions: Mapping[str, Condition]) -> frozenset[str]:
    """Return the conditions in which a finding of the case never occurs."""
    return frozenset(id for id, condition in conditions.items() if condition.never & case.present)


def exclude(
    probabilities: Mapping[str, float], case: Case, conditions: Mapping[str, Condition]
) -> Mapping[str, float]:
    """Give the excluded conditions probability 0 and share theirs out (conditioning on not).

    Of `conditions` those that are `excludable` are enough.
    """
    excluded = _excluded(case, conditions)
    if not excluded:
        return probabilities
    rest = sum(p for id, p in probabilities.items() if id not in excluded)
    if rest <= 0:
        return dict.fromkeys(probabilities, 0.0)
    return {id: 0.0 if id in excluded else p / rest for id, p in probabilities.items()}
