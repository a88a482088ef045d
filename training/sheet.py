"""A Parquet file of cases, read into a table of the documented form."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service.clinical.vocabulary import Category, Vocabulary
from training.form import Faults, FormError, quoted

INDEX = "__index_level_"
"""Begins the names under which pandas stores an index that has none; it is no column."""


def read(path: Path, vocabulary: Vocabulary) -> tuple[pd.DataFrame, Faults]:
    """Return the rows, numbered from 1, and the faults that pandas would not see.

    Raises FormError for columns of the wrong type, OSError and ArrowException for a damaged file.
    """
    # A path would be asked for columns in the names of its folders; a file is not.
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if not name.startswith(INDEX)]
        if wrong := list(_wrong(file.schema_arrow, vocabulary)):
            raise FormError("; ".join(wrong))
        rows = pa.table({name: _column(file, name, vocabulary) for name in names})
    faults: Faults = {}
    for name in names:
        for row in _not_numbers(rows[name]):
            faults.setdefault(row, {})[name] = f"{name} is NaN, expected a number or null"
    table = rows.to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
    return table.set_axis(range(1, len(table) + 1)), faults


def _wrong(schema: pa.Schema, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what is wrong with columns: text is no number, true is not 1."""
    names = Counter(schema.names)
    yield from (f"there are {n} columns {quoted(name)}" for name, n in names.items() if n > 1)
    texts = {id for id, a in vocabulary.attributes.items() if isinstance(a, Category)}
    texts |= {"condition", "triage"}
    numbers = {*vocabulary.findings, *vocabulary.attributes, "answers"} - texts
    for field in schema:
        if field.name in numbers and not _is_number(field.type):
            yield f"the column {field.name} is of {field.type}, expected numbers"
        elif field.name in texts and not _is_text(field.type):
            yield f"the column {field.name} is of {field.type}, expected texts"


def _column(file: pq.ParquetFile, name: str, vocabulary: Vocabulary) -> pa.ChunkedArray:
    """Read a column; that of a finding as int8 if it can be, or a large table would not fit."""
    column = file.read(columns=[name])[name]
    try:
        return column.cast(pa.int8()) if name in vocabulary.findings else column
    except pa.ArrowInvalid:
        return column  # the form says of each value what is wrong


def _is_number(held: pa.DataType) -> bool:
    is_null = held == pa.null()
    return bool(is_null or pa.types.is_integer(held) or pa.types.is_floating(held))


def _is_text(held: pa.DataType) -> bool:
    if pa.types.is_dictionary(held):
        return _is_text(held.value_type)
    return held in (pa.string(), pa.large_string(), pa.string_view(), pa.null())


def _not_numbers(column: pa.ChunkedArray) -> list[int]:
    """Return the rows, numbered from 1, that hold NaN and not null."""
    if not pa.types.is_floating(column.type):
        return []
    is_nan = pc.fill_null(pc.is_nan(column), False).to_numpy()
    return [int(row) + 1 for row in np.flatnonzero(is_nan)]
