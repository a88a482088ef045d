import os
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from service.clinical.table import TableError
from service.clinical.vocabulary import Vocabulary
from service.features import Encoding
from synthetic import blocks, dataset
from training.fit import Preparation

SEED, SMALL, HELD_OUT = 3, 500, 16
"""A seed, the cases of a block where it need not be a whole one, and blocks that hold cases out."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> blocks.Stream:
    """The stream of the seed in small blocks."""
    for module in (blocks, dataset):
        monkeypatch.setattr(module, "BLOCK", SMALL)
    return blocks.stream(SEED)


@pytest.fixture
def disk(small: blocks.Stream, tmp_path: Path) -> pa.Table:
    """A data set of eighteen small blocks, two more than cases are held out from."""
    assert small.order.seed == SEED
    dataset.write((HELD_OUT + 2) * SMALL, SEED, tmp_path)
    return pq.read_table(tmp_path / "cases.parquet")


def as_it_is(table: pd.DataFrame) -> pd.DataFrame:
    """Prepare cases by leaving them alone."""
    return table


def with_process(table: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """Prepare cases by saying which process does."""
    return os.getpid(), table


def of_training(table: pa.Table) -> pd.DataFrame:
    """Return the training cases of a data set on disk, without the columns of the posterior."""
    drawn = [name for name in table.column_names if not name.startswith("posterior_")]
    chosen = table.filter(pc.equal(table["split"].cast(pa.string()), "train")).select(drawn)
    found: pd.DataFrame = chosen.to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
    return found


def check_alike(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Check that two tables hold the same rows in the same order."""
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True), check_categorical=False
    )


def test_a_whole_block_gives_the_training_cases_of_the_data_set(tmp_path: Path) -> None:
    """Block 0 of a seed holds the training cases of 65,536 that the same seed puts on disk."""
    card = dataset.write(65_536, SEED, tmp_path)
    (block,) = blocks.stream(SEED)(0, 1, as_it_is)

    assert len(block) == card["split"]["train"]
    check_alike(block, of_training(pq.read_table(tmp_path / "cases.parquet")))


def test_blocks_follow_the_data_set_to_its_end(small: blocks.Stream, disk: pa.Table) -> None:
    """Block after block holds the training cases of its own rows on disk; the last ones hold all.

    Without the posterior, which nobody learns from.
    """
    found = list(small(0, HELD_OUT + 2, as_it_is))

    for i, block in enumerate(found):
        check_alike(block, of_training(disk.slice(i * SMALL, SMALL)))
    assert all(0.4 * SMALL < len(block) < 0.7 * SMALL for block in found[:HELD_OUT])
    assert [len(block) for block in found[HELD_OUT:]] == [SMALL, SMALL]


def test_no_held_out_case_is_in_the_stream(
    small: blocks.Stream, disk: pa.Table, words: Vocabulary
) -> None:
    """What held-out cases of ten answers or more say stands in no block, early or late.

    Fewer answers are now and then the same by chance.
    """
    stated = [*words.findings, *words.attributes, "condition"]
    rows = disk.to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
    held_out = rows[(rows["split"] != "train") & (rows["answers"] >= 10)]
    stream = pd.concat(small(0, HELD_OUT + 4, as_it_is))

    known = set(pd.util.hash_pandas_object(held_out[stated].astype(str), index=False))

    assert len(known) > 1000
    assert known.isdisjoint(pd.util.hash_pandas_object(stream[stated].astype(str), index=False))
    assert set(stream["split"]) == {"train"}


def test_blocks_in_the_middle_are_those_of_a_whole_run(small: blocks.Stream) -> None:
    """Who goes on at a block gets what would have come there."""
    whole = list(small(0, 5, as_it_is))
    later = list(small(2, 5, as_it_is))

    assert len(later) == 3
    for found, expected in zip(later, whole[2:], strict=True):
        check_alike(found, expected)
    assert not whole[2].equals(whole[3])


def test_no_blocks_are_none(small: blocks.Stream) -> None:
    """From a block to itself there is nothing."""
    assert list(small(4, 4, as_it_is)) == []


def test_blocks_do_not_depend_on_the_processes(small: blocks.Stream) -> None:
    """Two processes draw the same blocks in the same order, and prepare what they drew."""
    alone = list(small(0, 6, with_process))
    pooled = list(small(0, 6, with_process, workers=2))

    for (_, expected), (_, found) in zip(alone, pooled, strict=True):
        check_alike(found, expected)
    assert {process for process, _ in alone} == {os.getpid()}
    processes = {process for process, _ in pooled}
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_a_reader_who_stops_early_ends_the_processes(small: blocks.Stream) -> None:
    """A stream without an end leaves no process behind when enough has been read."""
    before = set(active_children())
    stream: Any = small(0, 1_000_000, as_it_is, workers=2)
    next(stream)
    assert len(set(active_children()) - before) == 1

    stream.close()

    assert set(active_children()) <= before


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stream_of_other_sources_is_refused(workers: int) -> None:
    """Cases of other tables or another generator are not drawn, and a pool says why in words."""
    other = blocks.Stream(blocks.Order(blocks.DOCUMENTED, SEED, "0" * 64))

    with pytest.raises(TableError) as refused:
        list(other(0, 1, as_it_is, workers))

    told = "a worker has other tables or another generator than this machine"
    assert (str(refused.value), refused.value.faults) == (told, (told,))


def test_the_seed_and_the_files_are_those_of_the_card(tmp_path: Path) -> None:
    """A stream says what it is drawn by as the card of its data set does; both can be compared."""
    card = dataset.write(1000, SEED, tmp_path)
    order = blocks.stream(SEED).order

    assert (order.world, order.seed, order.sources) == (
        card["world"],
        card["seed"],
        card["sources_sha256"],
    )


def test_encoded_blocks_are_encoded_cases_of_the_data_set(
    small: blocks.Stream, disk: pa.Table, words: Vocabulary
) -> None:
    """What two processes encode to learn from are the rows on disk as numbers, and their labels."""
    prepare = Preparation(Encoding(words))
    rows = of_training(disk.slice(0, 2 * SMALL))

    first, second = small(0, 2, prepare, workers=2)

    found = [*first.features.toarray().tolist(), *second.features.toarray().tolist()]
    assert found == Encoding(words).matrix(rows).tolist()
    assert [*first.labels, *second.labels] == rows["condition"].tolist()
