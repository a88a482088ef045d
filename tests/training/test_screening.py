import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.clinical.case import read
from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency, Vocabulary
from training import parts, screening
from training.patients import Patient, read_published
from training.predictions import NO_FLAG
from training.workbench import Workbench

README = Path(__file__).parents[2] / "README.md"
PUBLISHED = Path(__file__).parents[1] / "data" / "published_cases.jsonl"
PLACE = {flag.id: place for place, flag in enumerate(RED_FLAGS)}


def patient(id: str, level: Urgency, present: list[str], words: Vocabulary) -> Patient:
    """Return a patient of a stated level who says just this."""
    return Patient(id, read(present, [], {}, words), frozenset(), level)


@pytest.fixture
def four(words: Vocabulary) -> list[Patient]:
    """Four patients, two of whom the flags put lower than stated."""
    return [
        patient("numb", Urgency.EMERGENCY, ["saddle_numbness"], words),
        patient("rash", Urgency.EMERGENCY, ["blistering_rash"], words),
        patient("ache", Urgency.URGENT, ["deep_aching_pain"], words),
        patient("calm", Urgency.SELF_CARE, ["tingling"], words),
    ]


def test_patients_are_counted_by_stated_and_flagged_level(four: list[Patient]) -> None:
    """Each patient stands in the row of the stated and the column of the highest flag's level."""
    table = screening.by_level(four)
    assert list(table.columns) == ["emergency", "urgent", "primary_care", "none"]
    assert list(table.index) == ["emergency", "urgent", "primary_care", "self_care"]
    assert table.to_numpy().tolist() == [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_misses_say_what_was_said(four: list[Patient]) -> None:
    """Whoever is put lower than stated is named with the findings that might have told."""
    assert screening.misses(four) == [
        "rash: stated emergency, flag urgent; present blistering_rash",
        "ache: stated urgent, flag none; present deep_aching_pain",
    ]


def test_shares_are_weighted_and_cost_is_what_a_rule_does_alone() -> None:
    """Of calm people of weight 1, 2 and 5 two raise a flag, one of them no other of its level."""
    flags = np.zeros((5, len(RED_FLAGS)), dtype=bool)
    flags[0, PLACE["saddle_numbness"]] = True
    flags[1, [PLACE["saddle_numbness"], PLACE["urinary_retention"]]] = True
    flags[2, [PLACE["saddle_numbness"], PLACE["blistering_rash"]]] = True
    flags[4, PLACE["blistering_rash"]] = True
    levels = np.array([0, 1, 1, 2, 3])
    table = screening.each(flags, levels, np.array([1.0, 2.0, 5.0, 1.0, 1.0]))
    saddle, rash = table.loc["saddle_numbness"], table.loc["blistering_rash"]
    assert (saddle["calm"], saddle["alone"]) == (1.0, 6 / 8)
    # The saddle stands above the rash, so the rash alone sends nobody.
    assert (rash["calm"], rash["alone"], rash["emergency"]) == (5 / 8, 0.0, 1.0)
    assert table.loc["any emergency or above", "urgent"] == 0
    assert table.loc["any urgent or above", "emergency"] == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_highest_flag_of_each_row_is_given_in_order(
    words: Vocabulary, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Rows screened part by part, by one process or two, keep their order; no flag is -1."""
    said = [
        {"saddle_numbness": 1},
        {"tingling": 1},
        {"blistering_rash": 1},
        {"saddle_numbness": 1, "blistering_rash": 1},
        {"saddle_numbness": 0, "tingling": 1},
    ]
    unknown = dict.fromkeys([*words.findings, *words.attributes])
    table = pd.DataFrame([unknown | row for row in said])
    monkeypatch.setattr(parts, "PART", 2)

    found = screening.highest(table, words, jobs)

    emergency, urgent = int(Urgency.EMERGENCY), int(Urgency.URGENT)
    assert found.tolist() == [emergency, NO_FLAG, urgent, emergency, NO_FLAG]
    assert NO_FLAG == -1


def test_report_names_every_rule(bench: Workbench) -> None:
    """The report has a line for each rule, and the published patients' table."""
    patients = read_published(PUBLISHED, bench.vocabulary)
    lines = screening.report(patients, bench).splitlines()
    named = {line.split()[0] for line in lines if line}
    assert set(PLACE) <= named
    assert lines[0].startswith(f"{len(RED_FLAGS)} rules: ")


def test_readme_shows_what_the_rules_alone_do(words: Vocabulary) -> None:
    """The table of published patients in the README is the one that is measured."""
    patients = read_published(PUBLISHED, words)
    section = README.read_text(encoding="utf-8").partition("## Red flags")[2]
    printed = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", section, re.M)[:4]
    table = screening.by_level(patients)
    assert [row[0] for row in printed] == list(table.index)
    assert [list(map(int, row[1:])) for row in printed] == table.to_numpy().tolist()
