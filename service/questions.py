"""The next questions: first what no emergency flag can be ruled out without, then what tells most.

Needs neither NumPy nor a model: without them the questions of the red flags are there alone.
"""

import logging
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from service import opinion
from service.assessment import Assessment
from service.clinical.case import Case
from service.clinical.vocabulary import Vocabulary
from service.cover import cover

_log = logging.getLogger(__name__)

Kind = Literal["finding", "examination", "attribute"]
Reason = Literal["red_flag", "information"]

MOST = 10
"""Questions beyond those of the red flags: an interview takes the first and asks anew, and a form
of more is not filled in."""

MOST_EXAMINATIONS = 3
"""How many of them may need an examination: such a question stays open in an interview with a
patient, who would be left without one that can be answered."""

MEASURED = "post_void_residual_ml"
"""The attribute that takes a scan or a catheter."""


@dataclass(frozen=True, slots=True)
class Question:
    """An unknown finding or attribute to ask for, and why.

    `gain` is the mutual information of answer and condition, in bits; None for a red flag.
    """

    ask: str
    kind: Kind
    reason: Reason
    gain: float | None = None


class Model(opinion.Model, Protocol):
    """A model that also tells what a question is worth."""

    def gains(
        self, case: Case, setting: str, possible: Collection[str], vocabulary: Vocabulary
    ) -> Mapping[str, float]:
        """Return what is learned of the possible conditions by each id that a case leaves open."""


def next_questions(
    case: Case,
    assessment: Assessment,
    setting: str,
    model: Model | None,
    vocabulary: Vocabulary,
) -> list[Question]:
    """Return what to ask next, the most important first; `assessment` is that of the case.

    Those that screen every emergency flag, if all of them are denied, come first, the ones that a
    patient can answer before examinations. What the case passes over is not asked for. Whatever
    fails in the model costs the others alone.
    """
    flags = [flag for flag, _ in assessment.not_screened]
    hard = examinations(vocabulary)
    screening = cover(flags, case, vocabulary, hard)
    gains = _gains(case, assessment, setting, model, vocabulary)
    spared = case.passed_over.union(screening)
    telling = _telling({id: gain for id, gain in gains.items() if id not in spared}, hard)

    def kind(id: str) -> Kind:
        known: Kind = "finding" if id in vocabulary.findings else "attribute"
        return "examination" if id in hard else known

    return [
        *(Question(id, kind(id), "red_flag") for id in screening),
        *(Question(id, kind(id), "information", gains[id]) for id in telling),
    ]


def _gains(
    case: Case,
    assessment: Assessment,
    setting: str,
    model: Model | None,
    vocabulary: Vocabulary,
) -> Mapping[str, float]:
    """Return what each answer tells, in bits, of the conditions that are not ruled out."""
    if model is None or assessment.is_degraded:
        return {}
    ranked = (assessment.conditions, assessment.withheld)
    possible = [id for part in ranked for id, p in part.items() if p > 0]
    try:
        found = model.gains(case, setting, possible, vocabulary)
        gains = {id: float(gain) for id, gain in found.items()}
        if not all(map(math.isfinite, gains.values())):
            raise ValueError("a gain is not finite")
    except Exception as error:  # whatever fails in the model, the flags' questions are there
        _log.error("the model failed with %s; red flags ask alone", type(error).__name__)
        return {}
    # What an answer that tells nothing gains is a rounding off 0, on either side.
    return {id: max(0.0, gain) / math.log(2) for id, gain in gains.items()}


def _telling(gains: Mapping[str, float], hard: Collection[str]) -> list[str]:
    """Return the ids of most gain, of which few are hard."""
    best = sorted(gains, key=gains.__getitem__, reverse=True)
    left_out = set([id for id in best if id in hard][MOST_EXAMINATIONS:])
    return [id for id in best if id not in left_out][:MOST]


def examinations(vocabulary: Vocabulary) -> frozenset[str]:
    """Return the findings and attributes that a patient cannot tell of without an examination."""
    exam = (finding.id for finding in vocabulary.findings.values() if finding.group == "exam")
    return frozenset({*exam, MEASURED})
