import csv
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.clinical.table import TableError
from service.clinical.vocabulary import Vocabulary
from synthetic import bayes, blocks, dataset, generate, profiles
from training import cases as training_cases

ROOT = Path(__file__).parents[2]


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The card of 2,500 cases in blocks of 1,000, written into the test's folder."""
    for module in (blocks, dataset):
        monkeypatch.setattr(module, "BLOCK", 1000)
    return dataset.write(2500, 3, tmp_path)


def test_card_is_what_was_returned(card: dict[str, Any], tmp_path: Path) -> None:
    """The file holds the returned card with its fifteen fields, and nothing else is there."""
    assert json.loads((tmp_path / "card.json").read_text(encoding="utf-8")) == card
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "cases.parquet"]
    assert sorted(card) == [
        "cells_by_basis",
        "commit",
        "condition",
        "file_sha256",
        "mean_answers",
        "number",
        "prior_sources",
        "priors",
        "rows_by_basis",
        "seed",
        "sha256",
        "sources_sha256",
        "split",
        "triage",
        "world",
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


def test_card_has_the_sources_of_the_priors(card: dict[str, Any]) -> None:
    """Each prior has the sources of its row in the table, none where it is assumed."""
    with (ROOT / "synthetic" / "priors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    sources = card["prior_sources"]

    assert sources.keys() == card["priors"].keys()
    for row in rows:
        expected = [row["source"]] if row["basis"] != "assumed" else []
        assert sources[row["setting"]][row["condition"]] == expected
    assert sources["balanced"] == {id: [] for id in card["priors"]["balanced"]}


def test_digest_of_the_card_is_that_of_the_file(card: dict[str, Any], tmp_path: Path) -> None:
    """The values of the file, taken block by block, have the card's SHA-256."""
    file = pq.ParquetFile(tmp_path / "cases.parquet")
    parts = (file.read_row_group(i) for i in range(file.num_row_groups))

    *_, (_, sha256) = generate.digest(parts)

    assert file.num_row_groups == 3
    assert sha256 == card["sha256"]


def test_digest_does_not_depend_on_the_folder(card: dict[str, Any], tmp_path: Path) -> None:
    """The same cases written elsewhere have the same card."""
    assert dataset.write(2500, 3, tmp_path / "further" / "down") == card


def test_cases_do_not_depend_on_the_workers(card: dict[str, Any], tmp_path: Path) -> None:
    """A pool of two processes draws the same cases in the same order, with the same card."""
    assert dataset.write(2500, 3, tmp_path / "pool", workers=2) == card

    alone, pooled = (
        pq.read_table(folder / "cases.parquet") for folder in (tmp_path, tmp_path / "pool")
    )
    assert pooled.equals(alone)


def test_longer_run_starts_with_the_shorter_one(card: dict[str, Any], tmp_path: Path) -> None:
    """Further blocks change nothing in those before them."""
    dataset.write(3100, 3, tmp_path / "longer")

    short = pq.read_table(tmp_path / "cases.parquet")
    long = pq.read_table(tmp_path / "longer" / "cases.parquet")

    assert (len(long), card["number"]) == (3100, 2500)
    assert long.slice(0, 2000).equals(short.slice(0, 2000))


def test_other_seed_has_another_digest(card: dict[str, Any], tmp_path: Path) -> None:
    """A seed gives cases of its own."""
    assert dataset.write(2500, 4, tmp_path / "other")["sha256"] != card["sha256"]


@pytest.mark.usefixtures("card")
def test_blocks_of_a_run_differ(tmp_path: Path) -> None:
    """No block repeats another one of its run."""
    table = pq.read_table(tmp_path / "cases.parquet")

    assert not table.slice(0, 1000).equals(table.slice(1000, 1000))


@pytest.mark.usefixtures("card")
def test_posterior_stands_where_a_model_is_measured_alone(tmp_path: Path) -> None:
    """Validation and evaluation cases have the posterior of 21 conditions; others have none."""
    table = pq.read_table(tmp_path / "cases.parquet").to_pandas()
    columns = [name for name in table.columns if name.startswith("posterior_")]
    is_judged = table["split"].isin(["validation", "evaluation"])

    assert len(columns) == 21
    assert "posterior_cauda_equina_syndrome" in columns
    # 0.05 and 0.10 of 2,500 cases.
    assert 80 < (table["split"] == "validation").sum() < 170
    assert 150 < (table["split"] == "evaluation").sum() < 350
    assert table.loc[~is_judged, columns].isna().all(axis=None)
    np.testing.assert_allclose(table.loc[is_judged, columns].sum(axis=1), 1, atol=1e-5)


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("split", ["validation", "evaluation"])
def test_posterior_is_that_of_its_own_row(words: Vocabulary, tmp_path: Path, split: str) -> None:
    """The columns hold what the exact posterior gives when the row is looked at again."""
    table = training_cases.read(tmp_path, words).split(split)
    source = blocks.machine(blocks.DOCUMENTED)
    again = bayes.posterior(source.states, words, table)

    stored = table[[f"posterior_{id}" for id in source.world.catalogue.conditions]]

    np.testing.assert_allclose(stored.to_numpy(), again, rtol=0, atol=1e-6)


def stopping(number: int, error: type[BaseException]) -> Any:
    """Return a way to draw that gives a block of cases and then fails."""

    def drawn(*_: object) -> Iterator[pa.Table]:
        order = blocks.Order(blocks.DOCUMENTED, 3, blocks.sources_sha256())
        yield blocks.block(order, number, 0)
        raise error

    return drawn


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_interruption_leaves_nothing_half_written(
    error: type[BaseException], words: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends in the middle leaves nothing, neither cases nor a card."""
    monkeypatch.setattr(blocks, "drawn", stopping(1000, error))

    with pytest.raises(error):
        dataset.write(2000, 3, tmp_path)

    assert list(tmp_path.iterdir()) == []
    with pytest.raises(training_cases.DataSetError):
        training_cases.read(tmp_path, words)


@pytest.mark.usefixtures("card")
def test_interruption_leaves_an_earlier_data_set_as_it_was(
    words: Vocabulary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends in the middle costs nobody the cases that were there before it."""
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(blocks, "drawn", stopping(1000, RuntimeError))

    with pytest.raises(RuntimeError):
        dataset.write(2000, 4, tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert training_cases.read(tmp_path, words).card["number"] == 2500


@pytest.mark.usefixtures("card")
def test_card_of_other_cases_is_refused(words: Vocabulary, tmp_path: Path) -> None:
    """Cases under the card of others, as two runs in one folder might leave, are not believed."""
    other = dataset.draw(2500, 4, tmp_path)
    other.file.replace(tmp_path / "cases.parquet")

    with pytest.raises(training_cases.DataSetError, match="the card is not that of these cases"):
        training_cases.read(tmp_path, words)


@pytest.mark.usefixtures("card")
def test_new_data_set_replaces_an_earlier_one(words: Vocabulary, tmp_path: Path) -> None:
    """After a whole second run the folder holds the second data set alone."""
    dataset.write(1000, 4, tmp_path)

    data = training_cases.read(tmp_path, words)

    assert (pq.read_metadata(data.file).num_rows, data.card["seed"]) == (1000, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "cases.parquet"]


def test_table_fault_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a fault in the tables of the world not even the folder is made."""

    def faulty() -> None:
        raise TableError(["a fault"])

    monkeypatch.setattr(profiles, "read", faulty)

    with pytest.raises(TableError):
        dataset.write(1000, 1, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_trainer_refuses_the_world_for_testing(words: Vocabulary, tmp_path: Path) -> None:
    """Cases of the second world are read by who asks for them, and never learned from."""
    card = dataset.write(1000, 3, tmp_path, world=blocks.STRESS)

    assert card["world"] == "stress"
    assert len(training_cases.read(tmp_path, words, "stress").split("evaluation")) == 1000
    with pytest.raises(training_cases.DataSetError, match="world 'stress', not 'documented'"):
        training_cases.read(tmp_path, words)


def test_worker_with_other_tables_is_refused() -> None:
    """A worker whose files differ from those of who asks draws nothing."""
    order = blocks.Order(blocks.DOCUMENTED, 3, "0" * 64)

    with pytest.raises(TableError, match="other tables or another generator"):
        blocks.block(order, 1000, 0)


def test_card_counts_the_cells_in_effect(card: dict[str, Any]) -> None:
    """Each of the 133 findings has one cell in each of the 68 stages, most of them assumed."""
    cells = card["cells_by_basis"]

    assert sorted(cells) == ["assumed", "described", "measured", "mixed"]
    assert sum(cells.values()) == 68 * 133
    assert cells["assumed"] > 0.9 * sum(cells.values())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_ended_run_leaves_no_workers_and_no_data_set(
    how: signal.Signals, tmp_path: Path
) -> None:
    """A run that is ended or killed takes its pool of processes with it, and publishes nothing."""
    command = [sys.executable, "-m", "synthetic", "stress", "--number", "100000000"]
    run = subprocess.Popen(
        [*command, "--out", str(tmp_path)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        pool = begun(run.pid, tmp_path)
        run.send_signal(how)
        assert run.wait(60) == (128 + how if how is signal.SIGTERM else -how)
    finally:
        run.kill()
        run.communicate()

    assert len(pool) >= 2
    within(10, lambda: not any(Path(f"/proc/{pid}").exists() for pid in pool))
    left = {path.suffix for path in tmp_path.iterdir()}
    assert left == ({".partial"} if how is signal.SIGKILL else set())


def within(seconds: float, holds: Callable[[], bool]) -> None:
    """Wait until something holds, but no longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it did not come about in {seconds} seconds"
        time.sleep(0.05)


def begun(pid: int, folder: Path) -> list[int]:
    """Return the children of a process once it has begun to write into a folder."""
    within(60, lambda: bool(list(folder.glob("*.partial"))))
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
