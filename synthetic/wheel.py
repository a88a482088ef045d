"""A wheel: many distributions that are drawn from by one search."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wheel:
    """A table of distributions, (n_rows, n_values).

    Row i lies on the line from i to i + 1, so that all rows are one sorted array.
    """

    ends: NDArray[np.float64]
    n_values: int

    @classmethod
    def of(cls, chances: NDArray[np.float64]) -> Self:
        """Return the wheel of chances, (n_rows, n_values), each row in proportion.

        A row without any chance, of a state that nobody is in, is even.
        """
        is_empty = chances.sum(axis=1, keepdims=True) == 0
        ends = np.cumsum(np.where(is_empty, 1.0, chances), axis=1)
        rows = np.arange(len(ends), dtype=np.float64)[:, np.newaxis]
        return cls((ends / ends[:, -1:] + rows).ravel(), chances.shape[1])

    def draw(self, rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
        """Return the place of a value of each row, (n,); fastest when the rows are sorted."""
        found = np.searchsorted(self.ends, rows + rng.random(len(rows)), side="right")
        return np.asarray(np.minimum(found - rows * self.n_values, self.n_values - 1))
