"""Views: the evaluation cases as they weigh in a setting, with so many answers, in a group."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.manifest import BANDS
from service.model import band
from training.figure import ALL, Figure, interval

Weights = NDArray[np.float64]

AGES = ((0, 17), (18, 39), (40, 59), (60, 79), (80, 120))
"""The age bands of slices, in years."""

LEAST = 30
"""Effective cases of which a figure is given, at least."""


@dataclass(frozen=True, slots=True)
class View:
    """Some cases and how much each weighs, (n_cases,); 0 leaves a case out."""

    weights: Weights
    world: str = "documented"
    setting: str = "balanced"
    answers: str = ALL
    group: str = ALL

    def only(self, chosen: NDArray[np.bool_]) -> "View":
        """Return the view of those of its cases that are chosen, (n_cases,)."""
        weights = np.where(chosen, self.weights, 0)
        return View(weights, self.world, self.setting, self.answers, self.group)

    @property
    def cases(self) -> float:
        """Kish's effective number of cases: their number where all weigh alike."""
        squares = float((self.weights**2).sum())
        return float(self.weights.sum()) ** 2 / squares if squares else 0.0

    def mean(self, name: str, values: NDArray[np.generic]) -> list[Figure]:
        """Return the mean of values, (n_cases,); nothing of fewer than LEAST cases."""
        if self.cases < LEAST:
            return []
        value = float(np.average(values.astype(np.float64), weights=self.weights))
        return [self.figure(name, value)]

    def share(self, name: str, values: NDArray[np.bool_]) -> list[Figure]:
        """Return the share of cases that have a property, (n_cases,), with its exact interval."""
        return [
            self.figure(name, mean.value, *interval(mean.value * mean.cases, mean.cases))
            for mean in self.mean(name, values)
        ]

    def figure(
        self, name: str, value: float, low: float | None = None, high: float | None = None
    ) -> Figure:
        """Return a figure of this view."""
        return Figure(
            name, value, self.cases, low, high, self.world, self.setting, self.answers, self.group
        )


def views(
    table: pd.DataFrame, settings: Mapping[str, Weights], world: str = "documented"
) -> list[View]:
    """Return the whole, each setting, each band of answers and each group.

    `settings` holds by setting how much each case weighs, (n_cases,). Bands and groups are of the
    balanced setting.
    """
    whole = View(np.ones(len(table)), world)
    return [
        whole,
        *(View(weights, world, name) for name, weights in settings.items() if name != "balanced"),
        *(
            View(chosen.astype(np.float64), world, answers=name)
            for name, chosen in _by_answers(table["answers"].to_numpy())
        ),
        *(View(chosen.astype(np.float64), world, group=name) for name, chosen in _by_group(table)),
    ]


def answers_name(low: int, high: int | None) -> str:
    """Return the name of a band of answers."""
    return f"{low}-{high} answers" if high else f"{low} or more answers"


def _by_answers(answers: NDArray[np.generic]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    bands = band(answers)
    for i, ends in enumerate(BANDS):
        yield answers_name(*ends), bands == i


def _by_group(table: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield the groups of age and sex; who did not say is in a group of that name."""
    ages, sexes = table["age_years"], table["sex"]
    for low, high in AGES:
        yield f"age {low}-{high}", ages.between(low, high + 1, inclusive="left").to_numpy(bool)
    yield "age unknown", ages.isna().to_numpy(bool)
    for sex in sorted(sexes.dropna().unique()):
        yield f"sex {sex}", (sexes == sex).to_numpy(bool)
    yield "sex unknown", sexes.isna().to_numpy(bool)
