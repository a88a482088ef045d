"""The encoding of cases as numbers, one for a table and for a single case.

A finding has two columns, stated present and stated absent; both are 0 when it is unknown. A
category has a column for each value, a quantity one for each knot, between which it is divided
linearly, so that every classifier sees age as soft bands; both have a column for unknown.
The encoding has no state: nothing is learned here.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from service.clinical.case import Case
from service.clinical.vocabulary import Attribute, Quantity, Vocabulary

if TYPE_CHECKING:
    import pandas as pd

Matrix = NDArray[np.float32]

KNOTS: Mapping[str, tuple[float, ...]] = {
    "age_years": (0, 10, 18, 25, 30, 40, 50, 60, 70, 80, 120),
    "body_mass_index": (8, 18.5, 22, 25, 30, 35, 100),
    "duration_days": (0, 0.5, 1, 2, 4, 7, 14, 28, 42, 90, 180, 365, 1095, 3650, 36500),
    "post_void_residual_ml": (0, 25, 50, 100, 200, 400, 600, 3000),
}
"""Where the soft bands of a quantity meet, in its unit: ages at which the documented facts and
the published rules draw a line, durations about evenly on a logarithmic scale (assumed)."""


class Encoding:
    """The columns of a vocabulary, and the two ways to fill them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.findings = tuple(vocabulary.findings)
        self.attributes = tuple(vocabulary.attributes.values())
        names = [f"{id}={state}" for id in self.findings for state in ("present", "absent")]
        self._first: dict[str, int] = {}
        for attribute in self.attributes:
            _check_knots(attribute)
            self._first[attribute.id] = len(names)
            names += [f"{attribute.id}={label}" for label in (*_labels(attribute), "unknown")]
        self.columns = tuple(names)
        self._column = {name: column for column, name in enumerate(names)}
        self._present = {id: self._column[f"{id}=present"] for id in self.findings}
        self._absent = {id: self._column[f"{id}=absent"] for id in self.findings}
        self._unknown = {a.id: self._column[f"{a.id}=unknown"] for a in self.attributes}
        self._blank = np.zeros((1, len(names)), dtype=np.float32)
        self._blank[0, list(self._unknown.values())] = 1

    def row(self, case: Case) -> Matrix:
        """Encode one case, shape (n_columns,)."""
        (row,) = self.rows([case])
        return np.asarray(row)

    def rows(self, cases: Sequence[Case]) -> Matrix:
        """Encode cases, shape (n_cases, n_columns)."""
        rows = self._blank.repeat(len(cases), axis=0)
        for row, case in zip(rows, cases, strict=True):
            self._fill(row, case)
        return rows

    def matrix(self, table: "pd.DataFrame") -> Matrix:
        """Encode a table of closed cases, shape (n_cases, n_columns).

        The table has a column for each finding (1 present, 0 absent, null unknown) and one for
        each attribute (null unknown); further columns are ignored.
        """
        rows = np.zeros((len(table), len(self.columns)), dtype=np.float32)
        for id, first in self._present.items():
            stated = table[id].to_numpy(dtype=np.float32, na_value=np.nan)
            rows[:, first] = stated == 1
            rows[:, self._absent[id]] = stated == 0
        for attribute in self.attributes:
            _fill_column(rows[:, self._first[attribute.id] :], table[attribute.id], attribute)
        return rows

    def _fill(self, row: Matrix, case: Case) -> None:
        """Fill a blank row."""
        present = map(self._present.__getitem__, case.present)
        absent = map(self._absent.__getitem__, case.absent)
        row[[*present, *absent]] = 1
        for id, value in case.attributes.items():
            row[self._unknown[id]] = 0
            if isinstance(value, str):
                row[self._column[f"{id}={value}"]] = 1
            else:
                knots, first = KNOTS[id], self._first[id]
                knot = min(bisect_right(knots, value), len(knots) - 1)
                share = (value - knots[knot - 1]) / (knots[knot] - knots[knot - 1])
                row[first + knot - 1], row[first + knot] = 1 - share, share


def _check_knots(attribute: Attribute) -> None:
    if isinstance(attribute, Quantity):
        knots, needed = KNOTS.get(attribute.id, (0,)), (attribute.minimum, attribute.maximum)
        if (knots[0], knots[-1]) != needed:
            raise ValueError(
                f"the knots of {attribute.id} do not reach from {needed[0]} to {needed[1]}"
            )


def _labels(attribute: Attribute) -> tuple[str, ...]:
    if isinstance(attribute, Quantity):
        return tuple(f"{knot:g}" for knot in KNOTS[attribute.id])
    return attribute.values


def _fill_column(rows: Matrix, column: "pd.Series", attribute: Attribute) -> None:
    """Fill the columns of one attribute, which are the first of `rows`."""
    known = np.flatnonzero(column.notna())
    unknown = np.flatnonzero(column.isna())
    rows[unknown, len(_labels(attribute))] = 1
    if isinstance(attribute, Quantity):
        knots = np.asarray(KNOTS[attribute.id], dtype=np.float64)
        values = column.iloc[known].to_numpy(dtype=np.float64)
        knot = np.minimum(np.searchsorted(knots, values, side="right"), len(knots) - 1)
        share = (values - knots[knot - 1]) / (knots[knot] - knots[knot - 1])
        rows[known, knot - 1], rows[known, knot] = 1 - share, share
    else:
        for i, value in enumerate(attribute.values):
            rows[known, i] = (column.iloc[known] == value).to_numpy()
