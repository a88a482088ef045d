import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from service.clinical.table import TableError
from service.clinical.vocabulary import Vocabulary
from synthetic import profiles
from synthetic.__main__ import main
from training import cases as training_cases

NUMBERS = "expected a whole number 1000 to 100000000"
SEEDS = "expected a whole number 0 to 9223372036854775807"
WORKERS = "expected a whole number 1 to 64"


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--number", "999", f"found '999', {NUMBERS}"),
        ("--number", "100000001", f"found '100000001', {NUMBERS}"),
        ("--number", "ten", f"found 'ten', {NUMBERS}"),
        ("--number", "-5", f"found '-5', {NUMBERS}"),
        ("--number", "1e4", f"found '1e4', {NUMBERS}"),
        ("--number", "2_000", f"found '2_000', {NUMBERS}"),
        ("--number", "", f"found '', {NUMBERS}"),
        ("--seed", "-1", f"found '-1', {SEEDS}"),
        ("--seed", "1.5", f"found '1.5', {SEEDS}"),
        ("--seed", "9223372036854775808", f"found '9223372036854775808', {SEEDS}"),
        ("--workers", "0", f"found '0', {WORKERS}"),
        ("--workers", "65", f"found '65', {WORKERS}"),
        ("--workers", "all", f"found 'all', {WORKERS}"),
    ],
)
def test_number_outside_its_bounds_is_refused(
    option: str, value: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends with code 2, says what was found and what is allowed, and writes nothing."""
    out = tmp_path / "out"

    with pytest.raises(SystemExit) as refusal:
        main(["cases", option, value, "--out", str(out)])

    assert refusal.value.code == 2
    assert f"argument {option}: {told}" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("arguments", [[], ["draw"], ["profile"], ["check", "--number", "1000"]])
def test_command_has_to_be_one_of_the_four(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a command, with another, or with what it does not take, the usage is told."""
    with pytest.raises(SystemExit) as refusal:
        main(arguments)

    assert refusal.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m synthetic")


def test_cases_writes_the_least_data_set(
    tmp_path: Path, words: Vocabulary, capsys: pytest.CaptureFixture[str]
) -> None:
    """The least number with the greatest seed gives a data set with pictures, and its digest."""
    arguments = ["--number", "1000", "--seed", "9223372036854775807", "--workers", "1"]

    assert main(["cases", *arguments, "--out", str(tmp_path)]) == 0

    data = training_cases.read(tmp_path, words)
    told = capsys.readouterr().out.splitlines()
    assert (data.card["number"], data.card["seed"]) == (1000, 2**63 - 1)
    assert told[0] == (
        f"1000 cases, {data.card['mean_answers']} answers each, SHA-256 {data.card['sha256']}"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ages.png",
        "card.json",
        "cases.parquet",
        "figures.txt",
        "profiles.png",
        "together.png",
    ]


def test_check_counts_the_conditions(capsys: pytest.CaptureFixture[str]) -> None:
    """Tables without a fault are said to be so."""
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "No fault in the tables of 21 conditions.\n"


@pytest.mark.parametrize("command", [["check"], ["figures"], ["profile", "shingles"]])
def test_faults_of_the_tables_are_listed(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With faults each command ends with code 1 and lists every one of them as an error."""

    def faulty() -> None:
        raise TableError(["one fault", "another fault"])

    monkeypatch.setattr(profiles, "read", faulty)

    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[1:] == ["one fault", "another fault"]


def test_figures_counts_what_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    """The comparison with publications is printed, its count first."""
    assert main(["figures"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert re.fullmatch(
        r"Published figures that come out again: \d+ of \d+ of sources that the profiles took a"
        r" number from, \d+ of \d+ of others\. Those that do not:",
        first,
    )


def test_profile_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A profile starts with the name of its condition and goes through its stages."""
    assert main(["profile", "piriformis_syndrome"]) == 0

    told = capsys.readouterr().out
    assert told.startswith("Piriformis syndrome (G57.0), common, primary_care\n")
    assert told.count("\nStage ") == 2


def test_profile_of_an_unknown_condition_names_the_known() -> None:
    """A condition that is none is refused with the list of those that there are."""
    with pytest.raises(SystemExit) as refusal:
        main(["profile", "lumbago"])

    assert str(refusal.value.code).startswith("'lumbago' is no condition; known are cauda_equina_")


def test_a_full_disk_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When writing fails the code is 1, the reason is told and no card is left."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    arguments = ["--number", "1000", "--workers", "1", "--out", str(tmp_path)]

    assert main(["cases", *arguments]) == 1

    assert "No space left on device" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("card", "cases"))]
