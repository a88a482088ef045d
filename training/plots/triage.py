"""Triage: the level that people get against the one that they need."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from training.figure import interval
from training.plots import canvas
from training.plots.canvas import End
from training.view import View

LEVELS = tuple(reversed(Urgency))

LEAST_OVER_TRIAGE = 0.001
"""Where the axis of over-triage begins, and what is less is drawn: too few cases are behind it."""


@dataclass(frozen=True, slots=True)
class Operating:
    """Where the threshold of a level may stand, and what each place costs.

    `sensitivity` is the share of people of at least the level, to which no flag sends them, whom
    the model sends to it, `over_triage` the share of calm people without any flag whom it sends
    too, both as the threshold falls; `ceiling_` are those of the exact posterior. Points are
    (over-triage, sensitivity): `chosen` of the threshold served, `others` of other cost ratios by
    name. `budget` is the over-triage allowed. `needing` and `calm` are the effective numbers of
    people behind a sensitivity and an over-triage.
    """

    over_triage: canvas.Reals
    sensitivity: canvas.Reals
    ceiling_over_triage: canvas.Reals
    ceiling_sensitivity: canvas.Reals
    chosen: tuple[float, float]
    others: Mapping[str, tuple[float, float]]
    budget: float
    needing: float
    calm: float


def triage(stated: NDArray[Any], given: NDArray[Any], weights: canvas.Reals, title: str) -> Figure:
    """Draw the level given (columns) by the level that a case states (rows), as shares of a row.

    All have shape (n_cases,), the levels as values of Urgency; `weights` turn the drawn cases
    into those of a setting. The number of a row is Kish's effective sample size.
    """
    caption = (
        f"{len(stated):,} cases. In the cells: the share of the row and its exact 95 % interval; n"
        " is the effective number of cases, which their weights leave. Orange: sent later than"
        " needed (under-triage). Blue: sent sooner (over-triage). Grey: as needed."
    )
    figure = canvas.figure(7, title, caption)
    axes = figure.subplots()
    numbers = []
    for y, level in enumerate(LEVELS):
        weight, of_level = weights[stated == level], given[stated == level]
        effective = View(weight).cases
        numbers.append(f"{_word(level.id)}\nn = {effective:,.0f}")
        for x, other in enumerate(LEVELS if effective else ()):
            _cell(axes, x, y, float(weight[of_level == other].sum() / weight.sum()), effective)
    axes.set(xlim=(-0.5, 3.5), ylim=(3.5, -0.5), xlabel="level given", ylabel="level needed")
    axes.set_xticks(range(4), [_word(level.id) for level in LEVELS])
    axes.set_yticks(range(4), numbers)
    return figure


def operating(curves: Mapping[str, Operating], title: str) -> Figure:
    """Draw sensitivity against over-triage, a panel for each level by its id."""
    caption = (
        "In need: whom no flag sends to the level. Calm: who needs nothing urgent and raises no"
        " flag. Moving the threshold moves along the blue line:"
        " more of those in need are sent, and more calm people too. Round: the threshold served."
        " Square: where other ratios of costs would put it. Each with exact 95 % intervals both"
        " ways; n are effective numbers of cases, which their weights leave."
    )
    figure = canvas.figure(7, title, caption)
    panels = figure.subplots(1, len(curves), squeeze=False).ravel()
    for axes, (level, curve) in zip(panels, curves.items(), strict=True):
        _lines(axes, curve)
        _points(axes, curve)
        axes.set_title(
            f"{_word(level)}: n = {curve.needing:,.0f} in need, {curve.calm:,.0f} calm", fontsize=10
        )
    return figure


def _word(id: str) -> str:
    return id.replace("_", " ")


def _cell(axes: Axes, x: int, y: int, share: float, effective: float) -> None:
    tint = canvas.GREY if x == y else canvas.ORANGE if x > y else canvas.BLUE
    depth = 0.08 + 0.5 * share
    colour = tuple(1 - depth * (1 - part) for part in to_rgb(tint))
    axes.fill_between([x - 0.49, x + 0.49], y - 0.49, y + 0.49, color=colour, linewidth=0)
    low, high = interval(share * effective, effective)
    axes.text(x, y, f"{100 * share:.1f} %", ha="center", va="bottom", fontsize=13)
    axes.text(x, y + 0.1, f"{100 * low:.1f} to {100 * high:.1f}", ha="center", va="top")


def _lines(axes: Axes, curve: Operating) -> None:
    axes.plot(
        curve.ceiling_over_triage, curve.ceiling_sensitivity,
        color=canvas.GREY, linestyle="--", label="the exact posterior",
    )  # fmt: skip
    axes.plot(curve.over_triage, curve.sensitivity, color=canvas.BLUE, label="the model")
    axes.legend(loc="upper left", frameon=False, labelcolor="linecolor")
    axes.axvline(curve.budget, color=canvas.ORANGE, linestyle=":")
    axes.text(
        curve.budget, 0.01, f"budget: {100 * curve.budget:g} % ", color=canvas.ORANGE,
        rotation=90, ha="right", va="bottom",
    )  # fmt: skip
    axes.set(xscale="log", xlim=(LEAST_OVER_TRIAGE, 1), ylim=(0, 1))
    axes.set_xlabel("over-triage: calm people sent to the level or above (%)")
    axes.set_ylabel("sensitivity: people in need sent to the level or above (%)")
    canvas.mark_decades(axes.xaxis, (1, 2, 5))
    for axis in (axes.xaxis, axes.yaxis):
        canvas.in_per_cent(axis)
    axes.grid(alpha=0.3)


def _points(axes: Axes, curve: Operating) -> None:
    ends = []
    for name, (over, reached) in {"served": curve.chosen, **curve.others}.items():
        marker, colour = ("o", canvas.BLUE) if name == "served" else ("s", canvas.WINE)
        across = np.array([over, *interval(over * curve.calm, curve.calm)])
        x, left, right = np.maximum(across, LEAST_OVER_TRIAGE)
        low, high = interval(reached * curve.needing, curve.needing)
        axes.plot(x, reached, marker=marker, color=colour)
        axes.plot([left, right], [reached, reached], color=colour, linewidth=1)
        axes.plot([x, x], [low, high], color=colour, linewidth=1)
        text = f"{name}: {100 * reached:.0f} % ({100 * low:.0f} to {100 * high:.0f})"
        ends.append(End(x, reached, text, colour))
    canvas.name(axes, ends)
