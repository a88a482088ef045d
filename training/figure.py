"""Figures: a number with its exact interval, and of which cases it was taken."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd
from scipy.stats import beta

ALL = "all"

SLICED = (
    "top_1",
    "top_3",
    "emergencies_given_emergency",
    "emergencies_given_urgent_or_above",
)
"""The figures that a manifest tells of bands of answers, of groups and of conditions too."""


def interval(count: float, total: float) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper and Pearson, Biometrika 1934;26:404).

    It is written with the beta distribution, so that a weighted count of an effective total fits.
    """
    low = beta.ppf(0.025, count, total - count + 1) if count > 0 else 0.0
    high = beta.ppf(0.975, count + 1, total - count) if count < total else 1.0
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a total, with its exact (Clopper-Pearson) 95 % interval."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The lower and upper end."""
        return interval(self.count, self.total)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f} to {high:.3f}, {self.count} of {self.total})"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number about cases of a world, of a setting, with so many answers, of a group.

    `cases` is their number, or Kish's effective one where they are weighted; `low` and `high` are
    the ends of the exact 95 % interval of a share.
    """

    name: str
    value: float
    cases: float
    low: float | None = None
    high: float | None = None
    world: str = "documented"
    setting: str = "balanced"
    answers: str = ALL
    group: str = ALL

    @property
    def key(self) -> str:
        """The name in MLflow: what is not as usual stands before it, so that charts group."""
        usual = {"documented", "balanced", ALL}
        parts = (self.world, self.setting, self.answers, self.group)
        return "/".join([*(part for part in parts if part not in usual), self.name])

    @property
    def is_headline(self) -> bool:
        """Tell whether it is of a whole world and of no single condition."""
        return self.answers == self.group == ALL and "." not in self.name

    @property
    def is_slice(self) -> bool:
        """Tell whether it is a main one, of a part of the documented world."""
        parts = (self.answers != ALL, self.group != ALL, "." in self.name)
        usual = (self.world, self.setting) == ("documented", "balanced")
        return usual and sum(parts) == 1 and self.name.partition(".")[0] in SLICED

    def __str__(self) -> str:
        ends = "" if self.low is None else f" ({self.low:.3f} to {self.high:.3f})"
        return f"{self.value:.3f}{ends}"


def table(figures: Iterable[Figure]) -> pd.DataFrame:
    """Return figures as a table, one a row."""
    return pd.DataFrame([asdict(figure) | {"key": figure.key} for figure in figures])


def metrics(figures: Iterable[Figure]) -> dict[str, float]:
    """Return the values by key, and the ends of intervals by key with `_low` and `_high`."""
    found: dict[str, float] = {}
    for figure in figures:
        found[figure.key] = figure.value
        if figure.low is not None and figure.high is not None:
            found |= {f"{figure.key}_low": figure.low, f"{figure.key}_high": figure.high}
    return found
