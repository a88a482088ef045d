"""The grids on which the values of attributes lie, so that every chance is a sum over a table."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from service.clinical.vocabulary import Attribute, Category

Reals = NDArray[np.float64]

DAYS = (
    0, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 25, 28, 35, 42, 56, 70, 84, 90,
    120, 150, 180, 240, 300, 365, 450, 540, 730, 1095, 1460, 1825, 2555, 3650, 5475, 7300, 10950,
    14600, 18250, 36500,
)  # fmt: skip
MILLILITRES = (
    0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 180, 200, 250, 300, 350, 400, 450, 500,
    600, 700, 800, 900, 1000, 1200, 1500, 2000, 2500, 3000,
)  # fmt: skip
GRIDS: Mapping[str, Reals] = {
    "age_years": np.arange(0, 121, dtype=np.float64),
    "body_mass_index": np.arange(8, 100.5, 0.5),
    "duration_days": np.array(DAYS, dtype=np.float64),
    "post_void_residual_ml": np.array(MILLILITRES, dtype=np.float64),
}
"""The values that a quantity is drawn from: what people say is about as coarse (assumed)."""

LOGARITHMIC = ("duration_days", "post_void_residual_ml")


def index(attribute: Attribute, values: Sequence[object]) -> NDArray[np.intp]:
    """Return the place on the grid that is nearest to each value, or of each category."""
    if isinstance(attribute, Category):
        return np.array([attribute.values.index(str(value)) for value in values], dtype=np.intp)
    return np.searchsorted(_edges(attribute.id), np.asarray(values, dtype=np.float64), side="right")


def normal(id: str, mean: Reals, sd: Reals) -> Reals:
    """Return the chance of each grid value, (n, n_values), under a normal cut to the range.

    `mean` and `sd` have shape (n,), in the unit of the quantity named by `id`.
    """
    grid = GRIDS[id]
    return _chances(np.concatenate([grid[:1], _edges(id), grid[-1:]]), mean, sd)


def log_normal(id: str, median: Reals, log_sd: Reals) -> Reals:
    """Return the chance of each grid value, (n, n_values), under a log-normal cut to the range.

    `median` has the unit of the quantity named by `id`, `log_sd` is that of the natural
    logarithm, both (n,).
    """
    # Whatever is less than the first border is said to be 0.
    borders = np.concatenate([[0], _edges(id), GRIDS[id][-1:]])
    with np.errstate(divide="ignore"):
        return _chances(np.log(borders), np.log(median), log_sd)


def _edges(id: str) -> Reals:
    """Return the borders between neighbouring grid values: half way, in logarithms for two."""
    grid = GRIDS[id]
    if id in LOGARITHMIC:
        return np.concatenate([[grid[1] / 2], np.sqrt(grid[1:-1] * grid[2:])])
    return np.asarray((grid[:-1] + grid[1:]) / 2)


def _chances(borders: Reals, centre: Reals, spread: Reals) -> Reals:
    """Return the chances between borders, (n, n_borders - 1), of a normal that ends with them."""
    below = norm.cdf((borders - centre[:, np.newaxis]) / spread[:, np.newaxis])
    return np.asarray(np.diff(below, axis=1) / (below[:, -1:] - below[:, :1]))
