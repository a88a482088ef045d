"""The decision: red flags, model, override; free of HTTP and of anything that can fail to import.

`assess` is the only door to an answer about a case. It screens by the red flags first, asks the
model behind a guard, and lets the model raise the level but never lower it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import itemgetter

from service.clinical import red_flags
from service.clinical.case import Case
from service.clinical.catalogue import Condition
from service.clinical.rule import RedFlag
from service.clinical.vocabulary import Urgency
from service.opinion import CARRIED_LEVELS, Model, Ranking, ask, excludable, exclude

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

WITHHELD_BELOW: Mapping[Urgency, Urgency] = {
    Urgency.EMERGENCY: Urgency.URGENT,
    Urgency.URGENT: Urgency.PRIMARY_CARE,
}
"""Under a flag of this level, conditions of lesser urgency than that one are withheld."""


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
    are not.
    """

    triage: Triage
    raised: tuple[RedFlag, ...]
    not_screened: tuple[tuple[RedFlag, tuple[str, ...]], ...]
    ranking: Ranking | None
    conditions: Mapping[str, float]
    withheld: Mapping[str, float]
    is_sufficient: bool

    @property
    def is_degraded(self) -> bool:
        """Tell whether the model could not be used."""
        return self.ranking is None


def assess(
    cases: Sequence[Case], setting: str, model: Model | None, conditions: Mapping[str, Condition]
) -> list[Assessment]:
    """Answer each case; no failure of the model keeps a red flag from being raised."""
    rankings, thresholds = ask(cases, setting, model, conditions)
    exclusions = excludable(conditions)
    return [
        _assess(case, ranking, thresholds, conditions, exclusions)
        for case, ranking in zip(cases, rankings, strict=True)
    ]


def _assess(
    case: Case,
    ranking: Ranking | None,
    thresholds: Mapping[Urgency, float],
    conditions: Mapping[str, Condition],
    exclusions: Mapping[str, Condition],
) -> Assessment:
    """Answer one case; `exclusions` are the conditions that can be excluded."""
    raised, not_screened = red_flags.screen(case)
    if ranking is None:
        triage = _triage(raised, not_screened, None)
        return Assessment(triage, raised, not_screened, None, {}, {}, False)
    is_sufficient = 2 * len(ranking.prediction_set) <= len(conditions)
    likely = exclude(ranking.triage, case, exclusions)
    verdict = _verdict(likely, thresholds, conditions, is_sufficient)
    shown, withheld = _screen(exclude(ranking.probabilities, case, exclusions), raised, conditions)
    return Assessment(
        triage=_triage(raised, not_screened, verdict),
        raised=raised,
        not_screened=not_screened,
        ranking=ranking,
        conditions=shown,
        withheld=withheld,
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
    ranked = sorted(probabilities, key=probabilities.__getitem__, reverse=True)
    for level in CARRIED_LEVELS:
        carriers = [id for id in ranked if conditions[id].urgency >= level]
        together = accumulate(map(probabilities.__getitem__, carriers))
        threshold = thresholds[level]
        for number, total in enumerate(together, start=1):
            if total >= threshold:
                return Triage(level, "model", tuple(carriers[:number]))
    level = Urgency.SELF_CARE if is_sufficient else Urgency.PRIMARY_CARE
    harmless = (id for id in ranked if conditions[id].urgency <= level)
    return Triage(level, "model", tuple(islice(harmless, 1)))


def _screen(
    probabilities: Mapping[str, float],
    raised: tuple[RedFlag, ...],
    conditions: Mapping[str, Condition],
) -> tuple[dict[str, float], dict[str, float]]:
    """Split the probabilities, most probable first, into those shown and those withheld."""
    floor = max((WITHHELD_BELOW.get(flag.level, Urgency.SELF_CARE) for flag in raised), default=0)
    suspects = {id for flag in raised for id in flag.suspects}
    ranked = sorted(probabilities.items(), key=itemgetter(1), reverse=True)
    shown = {id: p for id, p in ranked if conditions[id].urgency >= floor or id in suspects}
    return shown, {id: p for id, p in ranked if id not in shown}
