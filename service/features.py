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
        self._present = {id: 2 * i for i, id in enumerate(self.findings)}

    def row(self, case: Case) -> Matrix:
        """Encode one case, shape (n_columns,)."""
        row = np.zeros(len(self.columns), dtype=np.float32)
        self._fill(row, case)
        return row

    def rows(self, cases: Sequence[Case]) -> Matrix:
        """Encode cases, shape (n_cases, n_columns)."""
        rows = np.zeros((len(cases), len(self.columns)), dtype=np.float32)
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
            rows[:, first + 1] = stated == 0
        for attribute in self.attributes:
            _fill_column(rows[:, self._first[attribute.id] :], table[attribute.id], attribute)
        return rows

    def _fill(self, row: Matrix, case: Case) -> None:
        row[[self._present[id] for id in case.present]] = 1
        row[[self._present[id] + 1 for id in case.absent]] = 1
        for attribute in self.attributes:
            first, value = self._first[attribute.id], case.attributes.get(attribute.id)
            if value is None:
                row[first + len(_labels(attribute))] = 1
            elif isinstance(attribute, Quantity):
                knots = KNOTS[attribute.id]
                knot = min(bisect_right(knots, float(value)), len(knots) - 1)
                share = (float(value) - knots[knot - 1]) / (knots[knot] - knots[knot - 1])
                row[first + knot - 1], row[first + knot] = 1 - share, share
            else:
                row[first + attribute.values.index(str(value))] = 1


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
