"""A data set on disk: the cases as Parquet and a card that says what they are.

An interrupted run leaves an earlier data set as it was, and nothing that the trainer would take for
whole: new cases take its place when they are complete, and their card comes last.
"""

import hashlib
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from synthetic import blocks, generate, profiles
from synthetic.generate import BLOCK
from synthetic.profiles import World

CASES, CARD = "cases.parquet", "card.json"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Cases that are drawn and not yet published: their file and the card that says what they are.

    Until they are published an earlier data set in the folder is as it was.
    """

    file: Path
    card: dict[str, Any]


def write(
    number: int, seed: int, folder: Path, workers: int | str = 1, world: str = blocks.DOCUMENTED
) -> dict[str, Any]:
    """Draw cases of a world into a folder and publish them; see `draw`. Returns their card."""
    return publish(draw(number, seed, folder, workers, world))


def draw(
    number: int, seed: int, folder: Path, workers: int | str = 1, world: str = blocks.DOCUMENTED
) -> Drawn:
    """Draw cases of a world into a file of a folder that nobody reads yet.

    `workers` is the size of a pool of processes, or the address of a Dask scheduler whose workers
    draw instead. The cases depend on neither workers nor files. Raises TableError for a fault in
    the tables of the world, and for a worker that has other files than this machine; then nothing
    is left.
    """
    order = blocks.Order(world, seed, blocks.sources_sha256())
    documented = profiles.read()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{CASES}.{os.getpid()}.partial"
    tally = _Tally()
    try:
        _write(tally.counted(generate.digest(blocks.drawn(order, number, workers))), file, number)
        card = {"world": world, "number": number, "seed": seed, "commit": commit()}
        card |= {"sources_sha256": order.sources, "file_sha256": file_sha256(file)}
        card |= {"priors": documented.priors, "prior_sources": documented.prior_sources}
        card |= {"rows_by_basis": documented.bases}
        card |= {"cells_by_basis": _cells_by_basis(documented)}
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return Drawn(file, card | tally.card())


def publish(drawn: Drawn) -> dict[str, Any]:
    """Put drawn cases in the place of an earlier data set, the card last; returns the card.

    The card names the file's SHA-256, so that it is never taken for that of other cases.
    """
    folder = drawn.file.parent
    (folder / CARD).unlink(missing_ok=True)
    drawn.file.replace(folder / CASES)
    partial = drawn.file.with_suffix(".card")
    partial.write_text(json.dumps(drawn.card, indent=2) + "\n", encoding="utf-8")
    partial.replace(folder / CARD)
    return drawn.card


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cells_by_basis(world: World) -> dict[str, int]:
    """Count the cells of findings by stage that are in effect by the basis of their row."""
    return dict(Counter(cell.basis for found in world.evidence for cell in found.values()))


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
