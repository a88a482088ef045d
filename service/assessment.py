"""The decision: red flags, model, override; free of HTTP and of anything that can fail to import.

`assess` is the only door to an answer about a case. It screens by the red flags first, asks the
model behind a guard, and lets the model raise the level but never lower it.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from service.clinical import red_flags
from service.clinical.case import Case
from service.clinical.catalogue import Condition
from service.clinical.rule import RedFlag
from service.clinical.vocabulary import Urgency

_log = logging.getLogger(__name__)

TRIAGE_SETTING = "primary_care"
"""The prior under which the model's part of the level is decided, whatever the caller names."""

ADVICE: Mapping[Urgency, str] = {
    Urgency.EMERGENCY: "Get medical help now: call the emergency number or go to an emergency"
    " department. Do not wait for the symptoms to pass.",
    Urgency.URGENT: "See a doctor within 24 hours. If control of bladder or bowel, feeling between"
    " the legs or strength of the legs changes, get emergency help at once.",
    Urgency.PRIMARY_CARE: "See a doctor within the next few days. If control of bladder or bowel,"
    " feeling between the legs or strength of the legs changes, get emergency help at once.",
    Urgency.SELF_CARE: "This can usually be looked after at home. See a doctor if it gets worse or"
    " has not improved after three days; if control of bladder or bowel, feeling between the legs"
    " or strength of the legs changes, get emergency help at once.",
}
NOTICE = (
    "This is information, not a diagnosis, and no substitute for being examined by a doctor."
    " It was learned from synthetic cases, and no clinician has reviewed it."
)

CARRIED_LEVELS = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.PRIMARY_CARE)
"""The levels that the probability of conditions can carry, the highest first."""

WITHHELD_BELOW: Mapping[Urgency, Urgency] = {
    Urgency.EMERGENCY: Urgency.URGENT,
    Urgency.URGENT: Urgency.PRIMARY_CARE,
}
"""Under a flag of this level, conditions of lesser urgency than that one are withheld."""


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


@dataclass(frozen=True, slots=True)
class Triage:
    """The level of an answer, who decided it and by which flags or conditions."""

    level: Urgency
    decided_by: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer about one case.

    `ranking` is the model's own, None when it could not be used; `conditions` are the
    probabilities after exclusions that are shown, most probable first, `withheld` those that
    are not; `prediction_set` is without the excluded conditions.
    """

    triage: Triage
    raised: tuple[RedFlag, ...]
    not_screened: tuple[tuple[RedFlag, tuple[str, ...]], ...]
    ranking: Ranking | None
    conditions: Mapping[str, float]
    withheld: Mapping[str, float]
    prediction_set: frozenset[str]
    is_sufficient: bool

    @property
    def is_degraded(self) -> bool:
        """Tell whether the model could not be used."""
        return self.ranking is None


def assess(
    cases: Sequence[Case], setting: str, model: Model | None, conditions: Mapping[str, Condition]
) -> list[Assessment]:
    """Answer each case; no failure of the model keeps a red flag from being raised."""
    rankings, thresholds = _ask(cases, setting, model, conditions)
    return [
        _assess(case, ranking, thresholds, conditions)
        for case, ranking in zip(cases, rankings, strict=True)
    ]


def _ask(
    cases: Sequence[Case], setting: str, model: Model | None, conditions: Mapping[str, Condition]
) -> tuple[Sequence[Ranking | None], Mapping[Urgency, float]]:
    """Ask the model for rankings and thresholds; None for each case without a usable ranking."""
    nothing = [None] * len(cases), dict[Urgency, float]()
    if model is None:
        return nothing
    try:
        thresholds = {level: model.thresholds[level] for level in CARRIED_LEVELS}
        rankings = list(model.rank(cases, setting))
        if len(rankings) != len(cases):
            raise ValueError(f"{len(rankings)} rankings for {len(cases)} cases")
        usable = [_is_usable(r, case, conditions) for r, case in zip(rankings, cases, strict=True)]
    except Exception as error:  # whatever fails in the model, the red flags answer
        _log.error("the model failed with %s; red flags answer alone", type(error).__name__)
        return nothing
    if not all(usable):
        _log.error("the model gave %d unusable rankings", usable.count(False))
    kept = [ranking if ok else None for ranking, ok in zip(rankings, usable, strict=True)]
    return kept, thresholds


def _is_usable(ranking: Ranking, case: Case, conditions: Mapping[str, Condition]) -> bool:
    return ranking.prediction_set <= conditions.keys() and all(
        list(probabilities) and probabilities.keys() == conditions.keys()
        and all(0 <= p <= 1 for p in probabilities.values())
        and math.isclose(sum(probabilities.values()), 1, abs_tol=1e-6)
        and sum(_exclude(probabilities, case, conditions).values()) > 0
        for probabilities in (ranking.probabilities, ranking.triage)
    )  # fmt: skip


def _assess(
    case: Case,
    ranking: Ranking | None,
    thresholds: Mapping[Urgency, float],
    conditions: Mapping[str, Condition],
) -> Assessment:
    raised = red_flags.raised(case)
    not_screened = tuple(
        (flag, ask) for flag, ask in red_flags.unscreened(case) if flag.level is Urgency.EMERGENCY
    )
    if ranking is None:
        triage = _triage(raised, not_screened, None)
        return Assessment(triage, raised, not_screened, None, {}, {}, frozenset(), False)
    is_sufficient = 2 * len(ranking.prediction_set) <= len(conditions)
    likely = _exclude(ranking.triage, case, conditions)
    verdict = _verdict(likely, thresholds, conditions, is_sufficient)
    shown, withheld = _screen(_exclude(ranking.probabilities, case, conditions), raised, conditions)
    return Assessment(
        triage=_triage(raised, not_screened, verdict),
        raised=raised,
        not_screened=not_screened,
        ranking=ranking,
        conditions=shown,
        withheld=withheld,
        prediction_set=ranking.prediction_set - _excluded(case, conditions),
        is_sufficient=is_sufficient,
    )


def _triage(
    raised: tuple[RedFlag, ...],
    not_screened: tuple[tuple[RedFlag, tuple[str, ...]], ...],
    verdict: Triage | None,
) -> Triage:
    """Combine flags and verdict: the level is the highest, and never below what is unscreened."""
    lowest = verdict.level if verdict else Urgency.PRIMARY_CARE
    if raised and raised[0].level >= lowest:
        level = raised[0].level
        deciding = tuple(flag.id for flag in raised if flag.level is level)
        return Triage(level, "red_flags", deciding)
    if verdict is None:
        return Triage(Urgency.PRIMARY_CARE, "fallback", ())
    if verdict.level is Urgency.SELF_CARE and not_screened:
        open_ = tuple(flag.id for flag, _ in not_screened)
        return Triage(Urgency.PRIMARY_CARE, "incomplete_screening", open_)
    return verdict


def _verdict(
    probabilities: Mapping[str, float],
    thresholds: Mapping[Urgency, float],
    conditions: Mapping[str, Condition],
    is_sufficient: bool,
) -> Triage:
    """Return the model's level: the highest whose conditions together reach its threshold.

    `because` holds the fewest of them, most probable first, that reach it, and where none is
    reached the most probable condition of no higher urgency. With too little to go on the level
    is at least primary care.
    """
    ranked = sorted(probabilities, key=lambda c: -probabilities[c])
    for level in CARRIED_LEVELS:
        carriers, total = [], 0.0
        for id in (id for id in ranked if conditions[id].urgency >= level):
            carriers.append(id)
            total += probabilities[id]
            if total >= thresholds[level]:
                return Triage(level, "model", tuple(carriers))
    level = Urgency.SELF_CARE if is_sufficient else Urgency.PRIMARY_CARE
    harmless = (id for id in ranked if conditions[id].urgency <= level)
    return Triage(level, "model", tuple(islice(harmless, 1)))


def _excluded(case: Case, conditions: Mapping[str, Condition]) -> frozenset[str]:
    """Return the conditions in which a finding of the case never occurs."""
    return frozenset(id for id, condition in conditions.items() if condition.never & case.present)


def _exclude(
    probabilities: Mapping[str, float], case: Case, conditions: Mapping[str, Condition]
) -> Mapping[str, float]:
    """Give the excluded conditions probability 0 and share theirs out (conditioning on not)."""
    excluded = _excluded(case, conditions)
    if not excluded:
        return probabilities
    rest = sum(p for id, p in probabilities.items() if id not in excluded)
    if rest <= 0:
        return dict.fromkeys(probabilities, 0.0)
    return {id: 0.0 if id in excluded else p / rest for id, p in probabilities.items()}


def _screen(
    probabilities: Mapping[str, float],
    raised: tuple[RedFlag, ...],
    conditions: Mapping[str, Condition],
) -> tuple[dict[str, float], dict[str, float]]:
    """Split the probabilities, most probable first, into those shown and those withheld."""
    floor = max((WITHHELD_BELOW.get(flag.level, Urgency.SELF_CARE) for flag in raised), default=0)
    suspects = {id for flag in raised for id in flag.suspects}
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    shown = {id: p for id, p in ranked if conditions[id].urgency >= floor or id in suspects}
    return shown, {id: p for id, p in ranked if id not in shown}
