import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from service.assessment import Assessment, Triage
from service.clinical import case, catalogue, red_flags
from service.clinical.case import Case
from service.clinical.catalogue import Condition
from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency, Vocabulary
from service.model import Model
from service.opinion import Ranking
from service.schemas.request import case_schema
from training import patients as known
from training import probes
from training.judgement import Judgement
from training.patients import Judged, Patient
from training.predictions import Predictions
from training.workbench import Workbench

DATA = Path(__file__).parents[1] / "data"
CALM = "nonspecific_low_back_pain"
"""A condition of urgency self_care."""

First = Callable[[Case], Sequence[str]]


def golden() -> list[dict[str, Any]]:
    """Return the rows of the golden cases."""
    text = probes.GOLDEN.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


NAMES = [row["name"] for row in golden()]


class Fake:
    """A model that puts first what a function of the case says."""

    def __init__(self, ids: Sequence[str], first: First, triage: First | None = None) -> None:
        self.thresholds = dict.fromkeys(Urgency, 0.5)
        self._ids, self._first, self._triage = ids, first, triage or first

    def rank(self, cases: Sequence[Case], setting: str) -> list[Ranking]:
        """Give the first condition about 2/3, the next a third of that, and so on."""
        assert setting in ("balanced", "primary_care")
        return [
            Ranking(
                self._shares(self._first(one)),
                self._shares(self._triage(one)),
                frozenset(self._first(one)),
            )
            for one in cases
        ]

    def _shares(self, first: Sequence[str]) -> dict[str, float]:
        order = [*first, *(id for id in self._ids if id not in first)]
        weights = {id: 3.0**-place for place, id in enumerate(order)}
        total = sum(weights.values())
        return {id: weights[id] / total for id in self._ids}


@pytest.fixture
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of the catalogue."""
    return catalogue.read(words).conditions


@pytest.fixture
def right(words: Vocabulary) -> Callable[[Case], str]:
    """What a golden case comes from, and a spinal infection for every other case."""
    known = {
        case.read(row["present"], row["absent"], row["attributes"], words).stated: row["condition"]
        for row in golden()
    }
    return lambda one: str(known.get(one.stated, "spinal_infection"))


Judge = Callable[[First, First, Sequence[Judged]], Judgement]
Faults = Callable[[First, First, Sequence[Judged]], list[str]]


@pytest.fixture
def judge(bench: Workbench, conditions: Mapping[str, Condition]) -> Judge:
    """A judgement by what the model and its triage put first, and by published patients."""

    def judged(first: First, triage: First, published: Sequence[Judged]) -> Judgement:
        fake = cast(Model, Fake(list(conditions), first, triage))
        none, nobody = np.empty(0), np.empty(0, bool)
        levels = np.empty(0, np.int64)
        said = Predictions(fake, pd.DataFrame(), none, nobody, levels, nobody, levels)
        return Judgement(bench, said, None, None, published, 1.0, 1)

    return judged


@pytest.fixture
def faults(judge: Judge) -> Faults:
    """The faults that the probes find in such a judgement."""
    return lambda *stated: probes.faults(judge(*stated))


Right = Callable[[Case], str]


def published(level: Urgency, given: Urgency, id: str = "p1") -> Judged:
    """Return a published patient of a stated level, and the level that was given."""
    answer = Assessment(Triage(given, "model", ()), (), (), None, {}, {}, True)
    nothing = Case(frozenset(), frozenset(), {}, frozenset())
    return Judged(Patient(id, nothing, frozenset({CALM}), level), (CALM,), answer)


def rivals(condition: str, number: int) -> list[str]:
    """Return conditions other than one, an emergency first."""
    ids = ["autoimmune_neuropathy", "cauda_equina_syndrome", "shingles", "lyme_disease"]
    return [id for id in ids if id != condition][:number]


def test_right_model_passes(right: Right, faults: Faults) -> None:
    """A model that ranks each golden case first, with published emergencies sent, may serve."""
    patients = [published(Urgency.EMERGENCY, Urgency.URGENT)]

    assert faults(lambda one: [right(one)], lambda one: [right(one)], patients) == []


@pytest.mark.parametrize("name", NAMES)
def test_golden_case_ranked_fourth_is_reported(name: str, right: Right, judge: Judge) -> None:
    """Each golden case has to be among the first three: the third place passes, the fourth not."""
    row = next(row for row in golden() if row["name"] == name)
    stated = {*row["present"], *row["absent"]}

    def at(place: int) -> list[str]:
        before = rivals(row["condition"], place - 1)

        def first(one: Case) -> list[str]:
            return [*before, right(one)] if one.stated == stated else [right(one)]

        return probes.golden(judge(first, first, []))

    fourth = f"{name}: ranked 4, first was {rivals(row['condition'], 1)[0]}"
    levels = [fault for fault in at(3) if "ranked" not in fault]
    assert (at(3), at(4)) == (levels, [fourth, *levels])
    is_calm = row.get("at_most") == "primary_care"
    assert any("at most" in level for level in levels) == is_calm


def test_too_low_levels_are_reported(
    right: Right, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without flags, a model that finds everybody calm fails at each case and flag that is not.

    What is unscreened still keeps them at primary care, so that level is met.
    """
    screen = red_flags.screen
    monkeypatch.setattr(red_flags, "screen", lambda case: ((), screen(case)[1]))

    found = faults(lambda one: [right(one)], lambda _: [CALM], [])

    cases = [
        f"golden case: {row['name']}: given primary_care, expected {row['at_least']}"
        for row in golden()
        if row["at_least"] in ("urgent", "emergency")
    ]
    flags = [
        f"documented flag: {flag.id}: given primary_care, expected {flag.level.id}"
        for flag in RED_FLAGS
        if flag.level >= Urgency.URGENT
    ]
    assert set(found) == {*cases, *flags}


def test_calm_model_does_not_lower_a_flag(right: Right, faults: Faults) -> None:
    """With the flags in place, the least case of none of them depends on the model."""
    found = faults(lambda one: [right(one)], lambda _: [CALM], [])

    assert [fault for fault in found if fault.startswith("documented flag")] == []


@pytest.mark.parametrize(
    ("level", "given", "expected"),
    [
        (Urgency.EMERGENCY, Urgency.EMERGENCY, []),
        (Urgency.EMERGENCY, Urgency.URGENT, []),
        (
            Urgency.EMERGENCY,
            Urgency.PRIMARY_CARE,
            ["published emergency: p1: given primary_care, expected urgent"],
        ),
        (
            Urgency.EMERGENCY,
            Urgency.SELF_CARE,
            ["published emergency: p1: given self_care, expected urgent"],
        ),
        (Urgency.URGENT, Urgency.SELF_CARE, []),
    ],
)
def test_published_emergency_is_at_least_urgent(
    level: Urgency, given: Urgency, expected: list[str], right: Right, faults: Faults
) -> None:
    """A published emergency given less than urgent is reported; other levels are not probed."""
    patients = [published(level, given)]

    assert faults(lambda one: [right(one)], lambda one: [right(one)], patients) == expected


def test_all_faults_are_told_at_once(
    right: Right, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that fails every probe is told all of it at once."""
    screen = red_flags.screen
    monkeypatch.setattr(red_flags, "screen", lambda case: ((), screen(case)[1]))
    missed = [published(Urgency.EMERGENCY, Urgency.PRIMARY_CARE, id) for id in ("p1", "p2")]

    found = faults(
        lambda one: ["shingles", "lyme_disease", "spinal_injury", right(one)],
        lambda _: [CALM],
        missed,
    )

    assert sum(fault.startswith("published emergency: ") for fault in found) == 2
    assert {fault.partition(":")[0] for fault in found} == {
        "golden case",
        "documented flag",
        "published emergency",
    }
    assert "golden case: slipped vertebra: ranked 4, first was shingles" in found


def test_golden_cases_cover_the_conditions(conditions: Mapping[str, Condition]) -> None:
    """There are 22 golden cases of names of their own, one or more for each of 21 conditions."""
    assert len(set(NAMES)) == len(golden()) == 22
    assert {row["condition"] for row in golden()} == set(conditions)
    assert len(conditions) == 21


@pytest.mark.parametrize("row", golden(), ids=NAMES)
def test_golden_case_is_a_valid_body(row: dict[str, Any], words: Vocabulary) -> None:
    """A golden case, sent to the service as it stands, passes the schema."""
    body = {key: row[key] for key in ("present", "absent", "attributes")}

    assert case_schema(words).validate(body) == {}


def test_golden_cases_name_documented_facts() -> None:
    """Each golden case rests on one or more facts of the documented list."""
    with (DATA / "seed_facts.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["id"] for row in csv.DictReader(file)}

    assert len(facts) == 279
    assert [
        (row["name"], fact) for row in golden() for fact in row["facts"] if fact not in facts
    ] == []
    assert all(row["facts"] for row in golden())


def test_golden_cases_expect_a_level_of_the_contract() -> None:
    """The least level of a golden case is one of the four."""
    levels = {"emergency", "urgent", "primary_care", "self_care"}

    assert {row["at_least"] for row in golden()} <= levels


def test_no_golden_case_is_a_published_one(words: Vocabulary) -> None:
    """The golden cases are composed: none states the same findings as a published patient."""
    patients = known.read_published(DATA / "published_cases.jsonl", words)
    taken = {(patient.case.present, patient.case.absent) for patient in patients}
    composed = [
        case.read(row["present"], row["absent"], row["attributes"], words) for row in golden()
    ]

    assert not [one for one in composed if (one.present, one.absent) in taken]
