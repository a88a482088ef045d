"""The red flags: the hard-coded rules that overrule the model.

They are Python, not data, so that no file that is swapped or damaged can change them. They stand in
one module or package for each level: emergency, urgent and primary_care. Each names the documented
facts that demand it (the part before the dash is the source in sources.csv) or the guidelines.
A level stands above the lowest that its facts allow only where a comment says why. A fact that
another rule already answers at the same level is named there: `urinary_retention` alone is an
emergency, so "urinary retention with a numb buttock" needs no rule of its own.
"""

from collections.abc import Mapping

from service.clinical import emergency, primary_care, table, urgent
from service.clinical.case import Case
from service.clinical.rule import RedFlag, faults
from service.clinical.screen import Screen, Unscreened
from service.clinical.vocabulary import Vocabulary

VERSION = "3"
"""Changes with every change of a rule; stands in every answer."""

RED_FLAGS: tuple[RedFlag, ...] = (*emergency.FLAGS, *urgent.FLAGS, *primary_care.FLAGS)
"""In this order answers name the flags of one level."""

COUNTED: Mapping[str, tuple[str, ...]] = {
    "abnormal_neurological_exam": (
        "increased_reflexes", "loss_of_vibration_or_position_sense", "reduced_reflexes",
    ),
    "back_pain": (
        "lower_back_pain", "pain_radiating_to_buttock", "severe_back_pain", "upper_back_pain",
    ),
    "bilateral_leg_symptoms": ("bilateral_leg_weakness",),
    "buttock_pain": ("deep_aching_pain", "severe_buttock_pain", "upper_buttock_pain"),
    "difficulty_walking": ("unsteady_gait",),
    "foot_numbness": ("ascending_numbness",),
    "leg_pain": (
        "calf_or_foot_pain", "pain_below_knee", "pain_radiating_down_leg", "thigh_pain",
    ),
    "leg_weakness": ("bilateral_leg_weakness", "foot_drop", "leg_paralysis"),
    "new_urinary_symptoms": ("urinary_incontinence", "urinary_retention"),
    "pain_radiating_down_leg": ("pain_below_knee",),
}  # fmt: skip
"""What the rules count as a finding because it implies it: a damaged table must not undo that."""


_SCREEN = Screen(RED_FLAGS)


def raised(case: Case) -> tuple[RedFlag, ...]:
    """Return the flags that the case raises, the most urgent first."""
    return _SCREEN.raised(case)


def screen(case: Case) -> tuple[tuple[RedFlag, ...], tuple[Unscreened, ...]]:
    """Return the flags that the case raises, and the emergencies that are unscreened."""
    return _SCREEN.screened(case)


def check(vocabulary: Vocabulary) -> None:
    """Raise TableError with every fault of the table of rules."""
    found = [fault for flag in RED_FLAGS for fault in faults(flag, vocabulary)]
    found += [
        f"{special!r} does not imply {general!r}, which red flags rest on"
        for general, specials in COUNTED.items()
        for special in specials
        if special not in vocabulary.implying.get(general, ())
    ]
    ids = [flag.id for flag in RED_FLAGS]
    found += [f"red flag {id!r} stands twice" for id in sorted(set(ids)) if ids.count(id) > 1]
    if found:
        raise table.TableError(found)
