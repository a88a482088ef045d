import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from service.clinical.case import Case, Contradiction, contradictions, read
from service.clinical.vocabulary import Vocabulary

SHARED = Path(__file__).parents[2] / "data" / "shared_ids.csv"


def direct_implications() -> dict[str, set[str]]:
    """Return what each finding implies directly, as agreed with other products."""
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "finding"]
    return {row["id"]: set(row["implies"].split(";")) - {""} for row in rows}


def pairs(direct: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Return every (finding, what it implies), itself included, by growing until nothing is new."""
    found = {(id, id) for id in direct}
    while new := {(a, c) for a, b in found for c in direct[b]} - found:
        found |= new
    return found


PAIRS = pairs(direct_implications())
IDS = tuple(direct_implications())


@pytest.mark.parametrize(
    ("stated", "present"),
    [
        ("pain_below_knee", {"pain_below_knee", "pain_radiating_down_leg", "leg_pain"}),
        ("pain_radiating_down_leg", {"pain_radiating_down_leg", "leg_pain"}),
        ("leg_pain", {"leg_pain"}),
        (
            "bilateral_leg_weakness",
            {"bilateral_leg_weakness", "leg_weakness", "bilateral_leg_symptoms"},
        ),
        ("urinary_retention", {"urinary_retention", "new_urinary_symptoms"}),
    ],
)
def test_a_present_finding_makes_present_what_it_implies(
    words: Vocabulary, stated: str, present: set[str]
) -> None:
    """Presence flows from the particular to the general, and no further."""
    assert read([stated], [], {}, words) == Case(
        frozenset(present), frozenset(), {}, frozenset({stated})
    )


@pytest.mark.parametrize(
    ("stated", "absent"),
    [
        (
            "leg_pain",
            {
                "leg_pain",
                "thigh_pain",
                "calf_or_foot_pain",
                "pain_radiating_down_leg",
                "pain_below_knee",
            },
        ),
        ("pain_radiating_down_leg", {"pain_radiating_down_leg", "pain_below_knee"}),
        ("pain_below_knee", {"pain_below_knee"}),
        (
            "new_urinary_symptoms",
            {"new_urinary_symptoms", "urinary_retention", "urinary_incontinence"},
        ),
    ],
)
def test_an_absent_finding_makes_absent_what_implies_it(
    words: Vocabulary, stated: str, absent: set[str]
) -> None:
    """Absence flows from the general to the particular, and no further."""
    assert read([], [stated], {}, words) == Case(
        frozenset(), frozenset(absent), {}, frozenset({stated})
    )


@pytest.mark.parametrize("id", IDS)
def test_every_finding_is_closed_both_ways(words: Vocabulary, id: str) -> None:
    """The closure of each finding is the transitive one of the agreed implications."""
    assert read([id], [], {}, words).present == {general for a, general in PAIRS if a == id}
    assert read([], [id], {}, words).absent == {particular for particular, b in PAIRS if b == id}


def test_both_closures_stand_side_by_side(words: Vocabulary) -> None:
    """A case with statements of both kinds is closed in each direction on its own."""
    attributes: dict[str, float | str] = {"age_years": 54, "onset": "gradual"}
    case = read(["thigh_pain"], ["pain_radiating_down_leg", "fever"], attributes, words)
    assert case == Case(
        present=frozenset({"thigh_pain", "leg_pain"}),
        absent=frozenset({"pain_radiating_down_leg", "pain_below_knee", "fever"}),
        attributes={"age_years": 54, "onset": "gradual"},
        stated=frozenset({"thigh_pain", "pain_radiating_down_leg", "fever"}),
    )


def test_nothing_stated_is_nothing_known(words: Vocabulary) -> None:
    """A case without statements knows no finding, least of all an absent one."""
    assert read([], [], {}, words) == Case(frozenset(), frozenset(), {}, frozenset())


def test_a_general_finding_may_be_present_without_the_particular(words: Vocabulary) -> None:
    """Leg pain that does not radiate is no contradiction."""
    case = read(["leg_pain"], ["pain_radiating_down_leg"], {}, words)
    assert case.present == {"leg_pain"}
    assert case.absent == {"pain_radiating_down_leg", "pain_below_knee"}


def test_contradictions_are_those_of_the_implications(words: Vocabulary) -> None:
    """Of all pairs of findings exactly those contradict of which the first implies the second."""
    found = {(p, a) for p in IDS for a in IDS if contradictions([p], [a], words)}
    assert found == PAIRS
    assert set(contradictions(IDS, IDS, words)) == PAIRS


@pytest.mark.parametrize(
    ("present", "absent"),
    [
        ("fever", "fever"),
        ("pain_radiating_down_leg", "leg_pain"),
        ("pain_below_knee", "leg_pain"),
        ("pain_below_knee", "pain_radiating_down_leg"),
    ],
)
def test_a_contradiction_names_both_ends(words: Vocabulary, present: str, absent: str) -> None:
    """A case that contradicts itself is refused, with what was stated and not what lies between."""
    assert contradictions(["limping", present], ["tingling", absent], words) == [(present, absent)]
    sentence = re.escape(f"{present} implies {absent}, stated absent")
    with pytest.raises(Contradiction, match=f"^{sentence}$"):
        read(["limping", present], ["tingling", absent], {}, words)


def test_every_contradiction_is_named(words: Vocabulary) -> None:
    """Each contradicting pair is told, not the first alone."""
    with pytest.raises(Contradiction) as refusal:
        read(["urinary_retention", "fever"], ["new_urinary_symptoms", "fever"], {}, words)
    assert sorted(str(refusal.value).split("; ")) == [
        "fever implies fever, stated absent",
        "urinary_retention implies new_urinary_symptoms, stated absent",
    ]


def test_answers_are_what_was_stated(words: Vocabulary) -> None:
    """Neither implied findings nor attributes nor repetitions count as answers."""
    present = ["pain_below_knee", "pain_below_knee", "leg_pain"]
    case = read(present, ["new_urinary_symptoms"], {"sex": "female"}, words)
    assert case.answers == 3
    assert len(case.present) + len(case.absent) == 6
