"""The cases to learn from: a data set on disk, its splits, and single cases out of its rows."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import dataset

from service.clinical.case import Case
from service.clinical.vocabulary import Vocabulary

_INT8 = {pa.int8(): pd.Int8Dtype()}

TARGETS = {"documented": "cases", "stress": "stress"}
"""The make target that draws each world."""


class DataSetError(Exception):
    """A data set is missing, incomplete or not of this vocabulary."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Labelled cases on disk and the card that says what they are.

    The cases have a column for each finding (1 present, 0 absent, null unknown) and attribute, and
    `answers`, `condition`, `triage`, `split`.
    """

    file: Path
    card: Mapping[str, Any]

    def split(self, name: str) -> pd.DataFrame:
        """Read the cases of a split, numbered from 0; those of the others stay on disk."""
        found = dataset.dataset(self.file).to_table(filter=pc.field("split") == name)
        table = _frame(found)
        del found
        pa.default_memory_pool().release_unused()  # it would keep what the others took to read
        return table

    def batches(self, name: str) -> Iterator[pd.DataFrame]:
        """Read the cases of a split bit by bit, for what needs no more of them at once."""
        found = dataset.dataset(self.file).to_batches(
            filter=pc.field("split") == name, batch_readahead=1, fragment_readahead=0
        )
        yield from (_frame(pa.Table.from_batches([batch])) for batch in found)


def read(folder: Path, vocabulary: Vocabulary, world: str = "documented") -> DataSet:
    """Open a data set of a world; raises DataSetError when it is not whole, or of another one."""
    file = folder / "cases.parquet"
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        if not isinstance(card, dict) or not isinstance(card.get("number"), int):
            raise ValueError("the card does not say how many cases there are")
        if card.get("world") != world:
            raise ValueError(f"its cases are of the world {card.get('world')!r}, not {world!r}")
        if card.get("file_sha256") != _sha256(file):
            raise ValueError("the card is not that of these cases")
        metadata = pq.read_metadata(file)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataSetError(
            f"There is no whole data set in {folder}; `make {TARGETS[world]}` draws one. ({error})"
        ) from error
    needed = {*vocabulary.findings, *vocabulary.attributes}
    needed |= {"answers", "condition", "triage", "split"}
    if missing := sorted(needed - set(metadata.schema.names)):
        raise DataSetError(f"The data set in {folder} lacks the columns {missing}.")
    if metadata.num_rows != card["number"]:
        raise DataSetError(
            f"{folder} holds {metadata.num_rows} cases, its card says {card['number']}."
        )
    return DataSet(file, card)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = _decoded(table).to_pandas(types_mapper=_INT8.get)
    return frame


def _decoded(table: pa.Table) -> pa.Table:
    """Return the table with plain texts in place of those that are held once each."""
    plain = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(plain))


def single(table: pd.DataFrame, vocabulary: Vocabulary) -> list[Case]:
    """Return the rows of a table as cases.

    A row is closed under `implies`, so what was stated itself is not in it: the fewest findings
    that imply the others stand for it.
    """
    findings = list(vocabulary.findings)
    values = table[findings].to_numpy(dtype="float32", na_value=float("nan"))
    attributes = table[list(vocabulary.attributes)].to_dict(orient="records")
    cases = []
    for row, stated in zip(values, attributes, strict=True):
        present = frozenset(id for id, value in zip(findings, row, strict=True) if value == 1)
        absent = frozenset(id for id, value in zip(findings, row, strict=True) if value == 0)
        implied = {i for id in present for i in vocabulary.implied[id] if i != id}
        implying = {i for id in absent for i in vocabulary.implying[id] if i != id}
        known = {str(id): value for id, value in stated.items() if not pd.isna(value)}
        cases.append(Case(present, absent, known, (present - implied) | (absent - implying)))
    return cases
