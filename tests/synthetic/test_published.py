import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from service.clinical.vocabulary import Vocabulary
from synthetic import bayes, generate, published
from synthetic.generate import Machine, machine
from synthetic.profiles import World
from synthetic.states import States, states

CLEAR = {
    "id": "clear",
    "diagnosis": "shingles",
    "also_acceptable": [],
    "present": ["blistering_rash", "burning_sensation", "stinging_sensation"],
    "absent": ["recent_trauma"],
    "attributes": {"age_years": 66, "side": "left"},
}


def test_patients_are_ranked_and_misses_named(world: World, tmp_path: Path) -> None:
    """A textbook rash is shingles; the same one called by another name is a miss."""
    path = tmp_path / "patients.jsonl"
    wrong = CLEAR | {"id": "wrong", "diagnosis": "spondylolisthesis"}
    path.write_text(f"{json.dumps(CLEAR)}\n{json.dumps(wrong)}\n", encoding="utf-8")

    lines = published.report(world, states(world), path).splitlines()

    assert lines[1] == "top-1 0.500 (0.013 to 0.987, 1 of 2)"
    assert lines[3] == "not ranked first:"
    assert len(lines) == 5
    assert "wrong: spondylolisthesis; first shingles" in lines[4]


def test_table_is_closed(words: Vocabulary) -> None:
    """What is implied is present or absent in the row, the rest is null."""
    row = {"present": ["pain_below_knee"], "absent": ["new_urinary_symptoms"], "attributes": {}}

    table = published.table([row], words)

    assert (table["leg_pain"][0], table["urinary_retention"][0]) == (1, 0)
    assert table["fever"].isna()[0]
    assert table["age_years"].isna()[0]


CASES = [
    # condition, level, answers, number, how many of them rank it first; the rest shingles
    ("piriformis_syndrome", "primary_care", 5, 40, 30),
    ("piriformis_syndrome", "primary_care", 9, 40, 40),
    ("piriformis_syndrome", "urgent", 5, 40, 10),
    ("piriformis_syndrome", "urgent", 20, 20, 0),
    ("back_muscle_spasm", "primary_care", 5, 100, 50),
    ("back_muscle_spasm", "primary_care", 7, 40, 40),
]


def made_up_patient(diagnosis: str, level: str, answers: int, *also: str) -> dict[str, Any]:
    """Return a patient with so many answers, half of them affirmed."""
    said = [f"finding_{i}" for i in range(answers)]
    return {
        "diagnosis": diagnosis,
        "triage": level,
        "also_acceptable": list(also),
        "present": said[::2],
        "absent": said[1::2],
    }


def written(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write patients and return their file."""
    path = folder / "patients.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def source(world: World) -> Machine:
    """The documented world, ready for drawing."""
    return machine(world, states(world))


@pytest.fixture
def cases(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of drawn cases and their posterior: those of CASES, in one block."""
    rows = [
        (condition, level, answers, condition if i < right else "shingles")
        for condition, level, answers, number, right in CASES
        for i in range(number)
    ]
    frame = pd.DataFrame(rows, columns=["condition", "triage", "answers", "first"])
    conditions = np.array(list(world.catalogue.conditions))

    def block(_: Machine, _number: int, _seed: int, _i: int) -> pa.Table:
        return pa.Table.from_pandas(frame)

    def posterior(_: States, _words: Vocabulary, table: pd.DataFrame) -> NDArray[np.float64]:
        return np.asarray(table["first"].to_numpy(str)[:, np.newaxis] == conditions, dtype=float)

    monkeypatch.setattr(generate, "block", block)
    monkeypatch.setattr(bayes, "posterior", posterior)


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(
    ("patients", "share", "without_level"),
    [
        ([made_up_patient("piriformis_syndrome", "primary_care", 5)], 30 / 40, 0),
        ([made_up_patient("piriformis_syndrome", "primary_care", 3)], 30 / 40, 0),
        ([made_up_patient("piriformis_syndrome", "primary_care", 7)], 70 / 80, 0),
        ([made_up_patient("piriformis_syndrome", "primary_care", 8)], 40 / 40, 0),
        ([made_up_patient("back_muscle_spasm", "primary_care", 5)], 90 / 140, 0),
        ([made_up_patient("piriformis_syndrome", "primary_care", 11)], 40 / 40, 0),
        ([made_up_patient("piriformis_syndrome", "primary_care", 50)], 40 / 40, 0),
        ([made_up_patient("piriformis_syndrome", "urgent", 5)], 10 / 40, 0),
        ([made_up_patient("piriformis_syndrome", "urgent", 20)], 10 / 60, 0),
        ([made_up_patient("piriformis_syndrome", "emergency", 5)], 40 / 80, 1),
        ([made_up_patient("piriformis_syndrome", "urgent", 5, "shingles")], 40 / 40, 0),
        ([made_up_patient("piriformis_syndrome", "urgent", 5, "back_muscle_spasm")], 10 / 40, 0),
        (
            [
                made_up_patient("piriformis_syndrome", "urgent", 5),
                made_up_patient("back_muscle_spasm", "emergency", 6),
                made_up_patient("piriformis_syndrome", "emergency", 11),
            ],
            (10 / 40 + 90 / 140 + 1) / 3,
            2,
        ),
    ],
    ids=[
        "same", "two_fewer", "two_apart_both_ways", "three_apart_one_way", "two_apart_one_way",
        "two_more", "more_than_any", "level", "too_few_so_near", "no_such_level", "also_acceptable",
        "not_acceptable", "average",
    ],
)  # fmt: skip
def test_difficulty_is_that_of_cases_alike(
    patients: list[dict[str, Any]],
    share: float,
    without_level: int,
    source: Machine,
    tmp_path: Path,
) -> None:
    """A patient has the share of cases of the condition, level and about as many answers.

    The nearest 30 stand in where the world has fewer within two answers.
    """
    said = published.difficulty(source, written(tmp_path, patients), blocks=1)

    assert f": {share:.3f} (" in said
    assert f"for {without_level} patients the world has too few" in said


@pytest.mark.usefixtures("cases")
def test_difficulty_tells_its_standard_error(source: Machine, tmp_path: Path) -> None:
    """That of 30 right of 40, by hand, and that of the mean of it with 90 right of 140."""
    first = made_up_patient("piriformis_syndrome", "primary_care", 5)
    second = made_up_patient("back_muscle_spasm", "primary_care", 5)
    errors = []
    for patients in ([first], [first, second]):
        said = published.difficulty(source, written(tmp_path, patients), blocks=1)
        errors += re.findall(r"standard error of the drawing ([0-9.]+)", said)

    assert errors == ["0.068", f"{np.sqrt(0.75 * 0.25 / 40 + 9 * 5 / 14**2 / 140) / 2:.3f}"]


def test_patients_who_tell_more_are_easier(
    source: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of drawn cases those with 18 answers are recognised more often than those with 2."""
    monkeypatch.setattr(generate, "BLOCK", 10_000)
    shares = []
    for answers in (2, 18):
        path = written(tmp_path, [made_up_patient("piriformis_syndrome", "primary_care", answers)])
        said = published.difficulty(source, path, blocks=1)
        shares += [float(share) for share in re.findall(r"mix: ([0-9.]+) \(", said)]

    assert shares[1] > shares[0] + 0.2
