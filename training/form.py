"""The documented form of a table of cases: what each column may hold, and what follows from it.

A table has a column for each finding (1 present, 0 absent, null unknown) and attribute (null
unknown), and `condition`. A column of a finding or attribute that is missing is unknown in all
rows. There may be `triage`, `answers` and `split`, which is ignored.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
from numpy.typing import NDArray

from service.clinical.vocabulary import URGENCY_BY_ID, Attribute, Quantity, Urgency, Vocabulary

Stated = NDArray[np.int8]
"""What is stated, (n_findings, n_cases): 1 present, 0 absent, -1 unknown."""

Found = dict[str, str]
"""What is wrong with a row: a sentence by column, or by what else it is about."""

Faults = dict[int, Found]
"""What is wrong with each row that is not good, by its number in the file."""


class FormError(Exception):
    """A table has columns that are not of the documented form."""


def schema(vocabulary: Vocabulary, conditions: Collection[str]) -> pandera.DataFrameSchema:
    """Return what each column of the documented form may hold."""
    answers = range(1, len(vocabulary.findings) + 1)
    allowed = {
        **{id: _one_of([0, 1], "expected 1, 0 or null") for id in vocabulary.findings},
        **{id: _allowed(attribute) for id, attribute in vocabulary.attributes.items()},
        "triage": _one_of(URGENCY_BY_ID, f"allowed are {', '.join(URGENCY_BY_ID)}"),
        "answers": _one_of(answers, f"expected a whole number from 1 to {answers[-1]}"),
        "split": None,
    }
    optional = {
        name: pandera.Column(checks=check, nullable=True, required=False)
        for name, check in allowed.items()
    }
    condition = pandera.Column(checks=_one_of(conditions, "which is no condition"))
    return pandera.DataFrameSchema({**optional, "condition": condition}, strict=True)


def _one_of(values: Collection[Any], error: str) -> pandera.Check:
    return pandera.Check.isin(list(values), error=error)


def _allowed(attribute: Attribute) -> pandera.Check:
    if isinstance(attribute, Quantity):
        low, high = attribute.minimum, attribute.maximum
        error = f"allowed are {low:g} to {high:g} {attribute.unit}"
        return pandera.Check.in_range(low, high, error=error)
    return _one_of(attribute.values, f"allowed are {', '.join(attribute.values)}")


def faults(
    table: pd.DataFrame, vocabulary: Vocabulary, conditions: Collection[str]
) -> Iterator[tuple[int, str, str]]:
    """Yield row (the index), column or findings, and a sentence for every fault of the rows.

    Raises FormError when columns are missing or unknown.
    """
    try:
        schema(vocabulary, conditions).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as error:
        yield from _invalid(error.failure_cases)
    stated = statements(table, vocabulary)
    for row in table.index[~(stated == 1).any(axis=0)]:
        yield row, "present", "no finding is present"
    for present, absent, where in _contradictions(stated, vocabulary):
        sentence = f"{present} is present and implies {absent}, stated absent"
        for row in table.index[where]:
            yield row, sentence, sentence


def _invalid(failures: pd.DataFrame) -> Iterator[tuple[int, str, str]]:
    """Put pandera's failures into sentences; raises FormError for those of columns."""
    is_row = failures["index"].notna()
    if columns := [_of_column(failure) for _, failure in failures[~is_row].iterrows()]:
        raise FormError("; ".join(columns))
    cells = failures[["index", "column", "failure_case", "check"]]
    for row, column, value, check in cells.itertuples(index=False):
        is_missing = check == "not_nullable"
        told = "missing" if is_missing else f"{quoted(value)}, {check}"
        yield int(row), column, f"{column} is {told}"


def _of_column(failure: "pd.Series[Any]") -> str:
    case = failure["failure_case"]
    if failure["check"] == "column_in_dataframe":
        return f"the column {case} is missing"
    if failure["check"] == "column_in_schema":
        return f"there is no column {quoted(case)} in the documented form"
    return f"the column {failure['column']} cannot be checked: {case}"


def quoted(value: Any) -> str:
    """Return a value as a sentence shows it: ASCII, short, numbers without idle decimals."""
    if isinstance(value, str):
        return ascii(value if len(value) <= 60 else value[:60] + "...")
    return f"{value:.15g}"


def statements(table: pd.DataFrame, vocabulary: Vocabulary) -> Stated:
    """Return what the rows of a table state, before `implies`."""
    stated = np.full((len(vocabulary.findings), len(table)), -1, dtype=np.int8)
    for row, id in zip(stated, vocabulary.findings, strict=True):
        for value in (0, 1) if id in table else ():
            row[(table[id] == value).to_numpy(dtype=bool, na_value=False)] = value
    return stated


def findings_table(stated: Stated, findings: Sequence[str]) -> pd.DataFrame:
    """Return the columns of the findings, Int8 with null for unknown."""
    columns = zip(findings, stated, strict=True)
    return pd.DataFrame({id: pd.arrays.IntegerArray(row, row < 0) for id, row in columns})


def _contradictions(
    stated: Stated, vocabulary: Vocabulary
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield each pair of which the first implies the second, and where it contradicts itself."""
    rows = dict(zip(vocabulary.findings, stated, strict=True))
    for present, implied in vocabulary.implied.items():
        for absent in sorted(implied - {present}):
            where = (rows[present] == 1) & (rows[absent] == 0)
            if where.any():
                yield present, absent, where


def complete(
    table: pd.DataFrame, vocabulary: Vocabulary, urgencies: Mapping[str, Urgency]
) -> pd.DataFrame:
    """Return a table without faults closed under `implies`, with `answers` and `triage`.

    Findings are Int8 with NA, quantities float64 with NaN, texts objects with None for unknown.
    Where `answers` is missing it is the fewest findings that imply the others; where `triage` is
    missing it is the urgency of the condition.
    """
    closed, fewest = close(statements(table, vocabulary), vocabulary)
    full = table.reindex(columns=[*vocabulary.attributes, "condition", "triage", "answers"])
    of_condition = full["condition"].map({id: level.id for id, level in urgencies.items()})
    attributes = {
        id: _column(full[id], attribute) for id, attribute in vocabulary.attributes.items()
    }
    named = {
        "condition": full["condition"].astype(object),
        "triage": full["triage"].astype(object).where(full["triage"].notna(), of_condition),
        "answers": full["answers"].where(full["answers"].notna(), fewest).astype(np.int16),
    }
    full = findings_table(closed, list(vocabulary.findings)).set_axis(table.index)
    return full.assign(**attributes, **named).reset_index(drop=True)


def _column(column: "pd.Series[Any]", attribute: Attribute) -> "pd.Series[Any]":
    if isinstance(attribute, Quantity):
        return column.astype(np.float64)
    return column.astype(object).where(column.notna(), None)


def close(stated: Stated, vocabulary: Vocabulary) -> tuple[Stated, NDArray[np.int16]]:
    """Close what is stated under `implies` both ways, (n_findings, n_cases).

    Returns with it the fewest findings that imply the others, (n_cases,).
    """
    place = {id: i for i, id in enumerate(vocabulary.findings)}
    closed, fewest = stated.copy(), np.zeros(stated.shape[1], dtype=np.int16)
    for value, implying in ((1, vocabulary.implying), (0, vocabulary.implied)):
        is_stated = stated == value
        for id, i in place.items():
            follows = is_stated[[place[other] for other in implying[id] - {id}]].any(axis=0)
            fewest += is_stated[i] & ~follows
            closed[i, follows] = value
    return closed, fewest
