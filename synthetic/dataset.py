"""A data set on disk: the cases as Parquet and a card that says what they are.

The card is written last and removed first, so that an interrupted run leaves no data set that
the trainer would take for whole.
"""

import json
import subprocess
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from distributed import Client
from tqdm import tqdm

from synthetic import bayes, generate, profiles, states
from synthetic.generate import BLOCK, POSTERIOR, Machine

CASES, CARD = "cases.parquet", "card.json"


def write(
    number: int, seed: int, folder: Path, workers: int = 1, scheduler: str = ""
) -> dict[str, Any]:
    """Draw cases into a folder with a pool of processes, and return their card.

    With the address of a Dask scheduler its workers draw instead. The cases depend on neither
    workers nor files. Raises TableError for a fault
    in the tables of the world; then nothing is written.
    """
    world = profiles.read()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).unlink(missing_ok=True)
    partial = folder / f"{CASES}.partial"
    tally = _Tally()
    try:
        tables = tally.counted(generate.digest(_drawn(number, seed, workers, scheduler)))
        _write(tables, partial, number)
        card = {"number": number, "seed": seed, "commit": commit(), "priors": world.priors}
        card["rows_by_basis"] = world.bases
        card |= tally.card()
        partial.replace(folder / CASES)
    finally:
        partial.unlink(missing_ok=True)
    _write_last(folder / CARD, card)
    return card


def _write(tables: Iterator[pa.Table], path: Path, number: int) -> None:
    """Write tables as row groups of one file, with progress."""
    first = next(tables)
    with (
        tqdm(total=number, unit="case", unit_scale=True, desc="cases") as progress,
        pq.ParquetWriter(path, first.schema) as writer,
    ):
        table: pa.Table | None = first
        while table is not None:
            writer.write_table(table, row_group_size=BLOCK)
            progress.update(len(table))
            table = next(tables, None)


class _Tally:
    """Counts what passes by."""

    def __init__(self) -> None:
        self._counts = {name: Counter[str]() for name in ("condition", "triage", "split")}
        self._answers = 0
        self._sha256 = ""

    def counted(self, tables: Iterator[tuple[pa.Table, str]]) -> Iterator[pa.Table]:
        """Yield the tables, counting them."""
        for table, sha256 in tables:
            for name, counter in self._counts.items():
                for entry in pc.value_counts(table[name]).to_pylist():
                    counter[entry["values"]] += entry["counts"]
            self._answers += pc.sum(table["answers"]).as_py()
            self._sha256 = sha256
            yield table

    def card(self) -> dict[str, Any]:
        """Return the counts as entries of a card."""
        number = self._counts["split"].total()
        counts = {name: dict(sorted(counter.items())) for name, counter in self._counts.items()}
        return {"sha256": self._sha256, "mean_answers": round(self._answers / number, 3), **counts}


def _drawn(number: int, seed: int, workers: int, scheduler: str) -> Iterator[pa.Table]:
    """Yield the blocks in their order, with a few ahead in the making, so memory stays flat."""
    sizes = [min(BLOCK, number - start) for start in range(0, number, BLOCK)]
    if scheduler:
        # A worker that dies in the middle takes nothing with it: its blocks are drawn by another.
        with Client(scheduler, set_as_default=False) as cluster:  # type: ignore[no-untyped-call]
            ahead = 2 * max(1, sum(cluster.nthreads().values()))
            yield from _in_order(cluster.submit, sizes, seed, ahead)
        return
    if workers == 1:
        yield from (_block(size, seed, i) for i, size in enumerate(sizes))
        return
    # Spawned, for a forked process would inherit the threads of Arrow in the middle of their work.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from _in_order(pool.submit, sizes, seed, ahead=2 * workers)


def _in_order(
    submit: Callable[..., Any], sizes: list[int], seed: int, ahead: int
) -> Iterator[pa.Table]:
    """Yield the blocks in order from futures, of which a few are ahead of the one that is due."""
    making: deque[Any] = deque()
    for i, size in enumerate(sizes):
        making.append(submit(_block, size, seed, i))
        if len(making) > ahead:
            yield making.popleft().result()
    while making:
        yield making.popleft().result()


def _block(number: int, seed: int, i: int) -> pa.Table:
    """Draw block i and give its evaluation cases their exact posterior."""
    source = _machine()
    return _with_posterior(generate.block(source, number, seed, i), source)


@cache
def _machine() -> Machine:
    """Return the machine of the documented world, made once in each process."""
    world = profiles.read()
    return generate.machine(world, states.states(world))


def _with_posterior(table: pa.Table, source: Machine) -> pa.Table:
    """Append a column of the exact posterior for each condition, null outside of evaluation."""
    is_evaluation = pc.equal(table["split"].cast(pa.string()), "evaluation").to_numpy()
    chosen = table.filter(pa.array(is_evaluation)).to_pandas()
    found = bayes.posterior(source.states, source.world.vocabulary, chosen)
    for i, condition in enumerate(source.world.catalogue.conditions):
        column = np.zeros(len(table), dtype=np.float32)
        column[is_evaluation] = found[:, i]
        name = f"{POSTERIOR}{condition}"
        table = table.append_column(name, pa.array(column, mask=~is_evaluation))
    return table


def commit() -> str:
    """Return the commit that the generator is at, marked when its files differ from it."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", ".", "../service/clinical"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def _write_last(path: Path, card: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
