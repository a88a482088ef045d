"""A data set on disk: the cases as Parquet and a card that says what they are.

The card is written last and removed first, so that an interrupted run leaves no data set that
the trainer would take for whole.
"""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from synthetic.generate import BLOCK, blocks, digest
from synthetic.profiles import World

CASES, CARD = "cases.parquet", "card.json"


def write(world: World, number: int, seed: int, folder: Path) -> dict[str, Any]:
    """Draw cases into a folder and return their card."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).unlink(missing_ok=True)
    partial = folder / f"{CASES}.partial"
    counts: dict[str, Counter[str]] = {
        "condition": Counter(),
        "triage": Counter(),
        "split": Counter(),
    }
    answers, sha256 = 0, ""
    writer: pq.ParquetWriter | None = None
    with tqdm(total=number, unit="case", unit_scale=True, desc="cases") as progress:
        try:
            for table, sha256 in digest(blocks(world, number, seed)):  # noqa: B007
                writer = writer or pq.ParquetWriter(partial, table.schema)
                writer.write_table(table, row_group_size=BLOCK)
                for name, counter in counts.items():
                    counter.update(table[name].to_pylist())
                answers += pa.compute.sum(table["answers"]).as_py()
                progress.update(len(table))
        finally:
            if writer:
                writer.close()
    card = {
        "number": number,
        "seed": seed,
        "sha256": sha256,
        "commit": commit(),
        "mean_answers": round(answers / number, 3),
        "priors": world.priors,
        **{name: dict(sorted(counter.items())) for name, counter in counts.items()},
    }
    partial.replace(folder / CASES)
    _write_last(folder / CARD, card)
    return card


def commit() -> str:
    """Return the commit that the generator is at, marked when its files differ from it."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", "."], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def _write_last(path: Path, card: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
