import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.clinical.vocabulary import Vocabulary
from synthetic import dataset, generate
from synthetic.__main__ import main
from synthetic.profiles import World
from training import cases as training_cases


@pytest.fixture
def card(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The card of 2,500 cases in blocks of 1,000, written into the test's folder."""
    monkeypatch.setattr(generate, "BLOCK", 1000)
    monkeypatch.setattr(dataset, "BLOCK", 1000)
    return dataset.write(world, 2500, 3, tmp_path)


def test_card_is_what_was_returned(card: dict[str, Any], tmp_path: Path) -> None:
    """The file holds the returned card with its nine fields, and nothing lies beside the cases."""
    assert json.loads((tmp_path / "card.json").read_text(encoding="utf-8")) == card
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "cases.parquet"]
    assert sorted(card) == [
        "commit",
        "condition",
        "mean_answers",
        "number",
        "priors",
        "seed",
        "sha256",
        "split",
        "triage",
    ]


def test_counts_of_the_card_add_up(card: dict[str, Any], tmp_path: Path) -> None:
    """The counts by condition, triage and split are those of the file and sum to the number."""
    table = pq.read_table(tmp_path / "cases.parquet")

    assert (card["number"], card["seed"], len(table)) == (2500, 3, 2500)
    for name in ("condition", "triage", "split"):
        assert card[name] == dict(Counter(table[name].to_pylist()))
        assert sum(card[name].values()) == 2500
    assert card["mean_answers"] == round(sum(table["answers"].to_pylist()) / 2500, 3)


def test_priors_of_the_card_are_those_of_the_settings(card: dict[str, Any]) -> None:
    """The card carries the priors of the four settings, each over all 21 conditions."""
    assert sorted(card["priors"]) == [
        "balanced",
        "emergency_department",
        "general_public",
        "primary_care",
    ]
    for prior in card["priors"].values():
        assert len(prior) == 21
        assert sum(prior.values()) == pytest.approx(1, abs=1e-9)


def test_digest_of_the_card_is_that_of_the_file(card: dict[str, Any], tmp_path: Path) -> None:
    """The values of the file, taken block by block, have the card's SHA-256."""
    file = pq.ParquetFile(tmp_path / "cases.parquet")
    parts = (file.read_row_group(i) for i in range(file.num_row_groups))

    *_, (_, sha256) = generate.digest(parts)

    assert file.num_row_groups == 3
    assert sha256 == card["sha256"]


def test_digest_does_not_depend_on_the_folder(
    card: dict[str, Any], world: World, tmp_path: Path
) -> None:
    """The same cases written elsewhere have the same card."""
    assert dataset.write(world, 2500, 3, tmp_path / "further" / "down") == card


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_interruption_leaves_no_card(
    error: type[BaseException], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends in the middle leaves nothing that the trainer would take for whole."""

    def interrupted(world: World, number: int, seed: int) -> Iterator[pa.Table]:
        yield from generate.blocks(world, number // 2, seed)
        raise error

    monkeypatch.setattr(dataset, "blocks", interrupted)

    with pytest.raises(error):
        dataset.write(world, 2000, 3, tmp_path)

    assert not (tmp_path / "card.json").exists()
    with pytest.raises(training_cases.DataSetError):
        training_cases.read(tmp_path, world.vocabulary)


@pytest.mark.usefixtures("card")
def test_earlier_card_is_gone_before_the_first_case(
    world: World, words: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new run takes the card of an earlier data set away first, so neither is taken for whole."""
    seen = []

    def failing(world: World, number: int, seed: int) -> Iterator[pa.Table]:
        seen.append((tmp_path / "card.json").exists())
        yield from generate.blocks(world, number, seed)
        raise RuntimeError

    assert len(training_cases.read(tmp_path, words).table) == 2500
    monkeypatch.setattr(dataset, "blocks", failing)
    with pytest.raises(RuntimeError):
        dataset.write(world, 1000, 4, tmp_path)

    assert seen == [False]
    with pytest.raises(training_cases.DataSetError):
        training_cases.read(tmp_path, words)


@pytest.mark.usefixtures("card")
def test_new_data_set_replaces_an_earlier_one(
    world: World, words: Vocabulary, tmp_path: Path
) -> None:
    """After a whole second run the folder holds the second data set alone."""
    dataset.write(world, 1000, 4, tmp_path)

    data = training_cases.read(tmp_path, words)

    assert (len(data.table), data.card["seed"]) == (1000, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "cases.parquet"]


NUMBERS = "expected a whole number 1000 to 100000000"
SEEDS = "expected a whole number 0 to 9223372036854775807"


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
    ],
)
def test_number_outside_its_bounds_is_refused(
    option: str, value: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends with code 2, says what was found and what is allowed, and writes nothing."""
    out = tmp_path / "out"

    with pytest.raises(SystemExit) as refusal:
        main([option, value, "--out", str(out)])

    assert refusal.value.code == 2
    assert f"argument {option}: {told}" in capsys.readouterr().err
    assert not out.exists()


def test_command_writes_the_least_data_set(
    tmp_path: Path, words: Vocabulary, capsys: pytest.CaptureFixture[str]
) -> None:
    """The least number with the greatest seed gives a data set, whose digest is told."""
    arguments = ["--number", "1000", "--seed", "9223372036854775807", "--out", str(tmp_path)]

    assert main(arguments) == 0

    data = training_cases.read(tmp_path, words)
    told = capsys.readouterr().out
    assert (data.card["number"], data.card["seed"]) == (1000, 2**63 - 1)
    assert told.startswith("1000 cases, ")
    assert data.card["sha256"] in told
