"""The explanation: how far each thing that was stated speaks for the leading conditions."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from service.assessment import Assessment
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Vocabulary
from service.opinion import Model, ask, exclude

LEADING = 3
"""The conditions that are explained, as the contract says."""

SMALLEST = 1e-12
"""Probabilities are kept so far from 0 and 1 that the weights are finite."""

DIGITS = 4
"""Decimals of a weight."""

State = Literal["present", "absent", "given"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was stated and what it adds to the log-odds of a condition.

    `state` is that of a finding, `given` for an attribute. A weight above 0 speaks for it.
    """

    stated: str
    state: State
    condition: str
    weight: float


def explain(  # noqa: PLR0913, PLR0917 - an answer, and all that another one is made of
    case: Case,
    assessment: Assessment,
    setting: str,
    model: Model | None,
    vocabulary: Vocabulary,
    conditions: Mapping[str, Condition],
) -> list[Reason]:
    """Return the weight of all that was stated for each leading condition, the greatest first.

    The weight is the fall in log-odds, under the prior of the setting and after exclusions, when
    that one thing is left unknown, and what only it implied with it. `assessment` is that of the
    case; what it withholds is not explained, and all equal weights stand in the vocabulary's order.
    """
    shown = ((id, p) for id, p in assessment.conditions.items() if p > 0)
    leading = dict(islice(shown, LEADING))
    variants = dict(_variants(case, vocabulary))
    if not leading or not variants:
        return []
    rankings, _ = ask(list(variants.values()), setting, model, conditions)
    reasons = []
    for (stated, less), ranking in zip(variants.items(), rankings, strict=True):
        if ranking:
            left = exclude(ranking.probabilities, less, conditions)
            reasons += [
                Reason(stated, _state(stated, case), id, _weight(p, left[id]))
                for id, p in leading.items()
            ]
    return sorted(reasons, key=lambda reason: -reason.weight)


def _variants(case: Case, vocabulary: Vocabulary) -> Iterator[tuple[str, Case]]:
    """Yield all that was stated, each with the case that is left without it."""
    present, absent = case.stated & case.present, case.stated & case.absent
    for id in vocabulary.findings:
        if id in case.stated:
            yield id, read(present - {id}, absent - {id}, case.attributes, vocabulary)
    for id in vocabulary.attributes:
        if id in case.attributes:
            others = {other: value for other, value in case.attributes.items() if other != id}
            yield id, read(present, absent, others, vocabulary)


def _state(stated: str, case: Case) -> State:
    if stated in case.attributes:
        return "given"
    return "present" if stated in case.present else "absent"


def _weight(now: float, without: float) -> float:
    # Plus 0, or a fall too small to show would be a weight of -0.0.
    return round(_log_odds(now) - _log_odds(without), DIGITS) + 0.0


def _log_odds(probability: float) -> float:
    kept = min(max(probability, SMALLEST), 1 - SMALLEST)
    return math.log(kept / (1 - kept))
