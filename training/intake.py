"""A data scientist's own cases: a Parquet file or JSON lines, distrusted row by row."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from service.clinical.vocabulary import Urgency, Vocabulary
from training import bodies, form, sheet
from training.form import Faults

SHOWN = 50
"""Bad rows that an error lists."""

LEARNED = 0.70
"""The share of the cases that may be learned from, on average; the rest is held out."""

_MAGIC = b"PAR1"


class IntakeError(Exception):
    """A file of cases, or some of its rows, cannot be used."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The good cases of a file, in its order.

    `table` is of the documented form, closed under `implies` both ways; `bad` says what is wrong
    with each row that was left out; `sha256` is of the file's bytes.
    """

    table: pd.DataFrame
    bad: tuple[str, ...]
    sha256: str


def read(
    path: Path,
    vocabulary: Vocabulary,
    conditions: Collection[str],
    urgencies: Mapping[str, Urgency],
    skip_bad: bool = False,
) -> Intake:
    """Read and judge a file; `urgencies` are those of the conditions.

    Raises IntakeError for a file that is damaged or of no known form, for columns that the form
    does not know, for bad rows unless `skip_bad`, and when no good row is left.
    """
    try:
        sha256 = _sha256(path)
        word, table, faults = _draft(path, vocabulary)
        for row, about, sentence in form.faults(table, vocabulary, conditions):
            # What the reader found stays: a list that holds no id states nothing present either.
            faults.setdefault(row, {}).setdefault(about, sentence)
    except (OSError, pa.ArrowException, form.FormError) as error:
        told = " ".join(str(error).split()).rstrip(".")
        raise IntakeError(f"{path} cannot be read: {told}.") from error
    bad = tuple(f"{word} {row}: {'; '.join(faults[row].values())}" for row in sorted(faults))
    good = table.drop(index=list(faults), errors="ignore")
    if bad and not (skip_bad and len(good)):
        raise IntakeError(_refusal(path, bad, len(good)))
    if good.empty:
        raise IntakeError(f"{path} holds no case.")
    return Intake(form.complete(good, vocabulary, urgencies), bad, sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _draft(path: Path, vocabulary: Vocabulary) -> tuple[str, pd.DataFrame, Faults]:
    """Return what the rows are called, and the rows with their faults so far."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise IntakeError(f"{path} is empty.")
    if head.startswith(_MAGIC):
        return "row", *sheet.read(path, vocabulary)
    if head.decode("utf-8-sig", errors="replace").lstrip().startswith("{"):
        return "line", *bodies.read(path, vocabulary)
    raise IntakeError(f"{path} is neither Parquet nor JSON lines, which begin with an object.")


def _refusal(path: Path, bad: Sequence[str], good: int) -> str:
    end = "SKIP_BAD=1 leaves them out." if good else "No good row is left."
    more = [f"... and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
    title = f"{path} holds {len(bad)} bad and {good} good rows:"
    return "\n".join([title, *bad[:SHOWN], *more, end])


def divide(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a column `split`: `train` about LEARNED times, else `evaluation`.

    A case is put by a hash of the findings and attributes that it states, and of nothing else: rows
    that state the same stay together, whatever their condition, and a file that grows or is sorted
    keeps each case on its side. It is not stratified: the share of a condition that is learned from
    varies by chance, and by how often its rows repeat one another.
    """
    content = table.drop(columns=["condition", "triage", "answers", "split"], errors="ignore")
    # In the order of their names: where a column stands is no part of what a case states.
    hashed = pd.util.hash_pandas_object(content.sort_index(axis="columns"), index=False)
    is_learned = hashed.to_numpy() < np.uint64(LEARNED * 2**64)
    return table.assign(split=np.where(is_learned, "train", "evaluation"))
