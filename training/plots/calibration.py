"""Calibration: how often that is so which the model says with a probability."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import expit, logit

from service.clinical.vocabulary import Urgency
from service.manifest import BANDS
from service.model import Probabilities, band
from training.figure import interval
from training.plots import canvas

TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
LIMITS = (0.0003, 0.9997)
"""What the axes show: the cases of an evaluation hardly tell smaller shares from 0."""

BINS = 16
STEEPNESS = 0.3
"""With it the bins of BANDS are about alike wide in log-odds (tried, no source)."""

STYLES = ((canvas.WINE, "o"), (canvas.BLUE, "s"), (canvas.BLACK, "D"), (canvas.ORANGE, "^"))
"""The colour and the marker of each band of answers."""


@dataclass(frozen=True, slots=True)
class Bins:
    """What was said (the mean), what was observed and its 95 % interval, each (n_bins,)."""

    said: canvas.Reals
    observed: canvas.Reals
    low: canvas.Reals
    high: canvas.Reals


def bins(said: canvas.Reals, so: NDArray[np.bool_]) -> Bins:
    """Sort probabilities within LIMITS, (n,), into bins and compare with what was so, (n,).

    Each bin holds the same sum of (p (1 - p)) ** STEEPNESS: between bins of the same number,
    nearly all of which would be below 1 %, and bins of the same width, most of which would be
    empty. The interval is the binomial one. It errs to the wide side: that the probabilities in a
    bin differ makes a count vary less (Hoeffding, Ann Math Stat 1956;27:713), and so does that
    only one condition of a case is so.
    """
    shown = (said >= LIMITS[0]) & (said <= LIMITS[1])
    order = np.argsort(said[shown], kind="stable")
    said, so = said[shown][order], so[shown][order]
    weight = (said * (1 - said)) ** STEEPNESS
    share = (np.cumsum(weight) - weight / 2) / weight.sum()
    _, place, number = np.unique(
        (BINS * share).astype(int), return_inverse=True, return_counts=True
    )
    count = np.bincount(place, so)
    ends = np.array([interval(c, n) for c, n in zip(count, number, strict=True)]).reshape(-1, 2)
    return Bins(np.bincount(place, said) / number, count / number, ends[:, 0], ends[:, 1])


def reliability(
    probabilities: Probabilities, truth: NDArray[Any], answers: NDArray[Any], title: str
) -> Figure:
    """Draw what was said against what was observed, over all conditions, by bands of answers.

    `probabilities` have shape (n_cases, n_conditions), `truth`, the true column, and `answers`
    (n_cases,). The cases have to be drawn under the prior that the probabilities hold under.
    """
    so = truth[:, np.newaxis] == np.arange(probabilities.shape[1])
    figure = canvas.figure(12, title, _caption(probabilities, so))
    above, middle, below = figure.subplots(3, sharex=True, height_ratios=(5, 2, 1))
    _diagonal(above)
    above.set_ylabel("observed: how often the condition was there (%)")
    _level(middle)
    for i, (colour, marker) in enumerate(STYLES):
        chosen = band(answers) == i
        if chosen.any():
            found = bins(probabilities[chosen].ravel(), so[chosen].ravel())
            label = f"{_band(i)} answers ({chosen.sum():,} cases)"
            _line(above, _inside(found), label, colour, marker)
            _line(middle, _odds(found), "", colour, marker)
    above.legend(loc="upper left", frameon=False)
    _histogram(below, probabilities.ravel())
    return figure


def reliability_by_condition(
    probabilities: Probabilities,
    truth: NDArray[Any],
    names: Mapping[str, str],
    urgencies: Sequence[Urgency],
    ids: Sequence[str],
) -> Figure:
    """Draw what was said of each urgent or emergency condition against what was observed.

    `probabilities`, (n_cases, n_conditions), hold under `balanced`, as the synthetic cases are
    drawn; `truth` is the true column, (n_cases,); `urgencies` and `ids` are (n_conditions,).
    """
    grave = [i for i, urgency in enumerate(urgencies) if urgency >= Urgency.URGENT]
    grave.sort(key=lambda i: (-urgencies[i], names[ids[i]]))
    title = "Reliability by condition: synthetic cases, all conditions alike often"
    caption = (
        f"Each dangerous condition among all {len(truth):,} cases: orange are emergencies, blue"
        " are urgent. Bars: exact 95 % intervals. On the dashed line, what is said with 10 % is"
        f" so in 10 of 100. Not shown: what is said with less than {100 * LIMITS[0]:g} % or more"
        f" than {100 * LIMITS[1]:g} %."
    )
    rows = -(-len(grave) // 4)
    figure = canvas.figure(0.9 + 3.6 * rows, title, caption)
    panels = figure.subplots(rows, 4, squeeze=False).ravel()
    for i, axes in zip(grave, panels, strict=False):
        _diagonal(axes)
        colour = canvas.ORANGE if urgencies[i] == Urgency.EMERGENCY else canvas.BLUE
        _line(axes, _inside(bins(probabilities[:, i], truth == i)), "", colour, "o")
        axes.set(xlabel="said (%)", ylabel="observed (%)")
        axes.set_title(f"{canvas.short(names[ids[i]])}\n{(truth == i).sum():,} cases", fontsize=10)
    for axes in panels[len(grave) :]:
        axes.set_axis_off()
    return figure


def _caption(probabilities: Probabilities, so: NDArray[np.bool_]) -> str:
    return (
        f"{so.shape[0]:,} cases, {so.shape[1]} probabilities each. Bars: exact 95 % intervals. On"
        " the dashed line, what is said with 10 % is so in 10 of 100; under it the model says too"
        " much, over it too little. The middle shows the same enlarged: 2 is twice the odds that"
        f" were said. Not shown: {_left_out(probabilities, so)}."
    )


def _left_out(probabilities: Probabilities, so: NDArray[np.bool_]) -> str:
    parts = []
    for words, chosen in (
        (f"less than {100 * LIMITS[0]:g} %", probabilities < LIMITS[0]),
        (f"more than {100 * LIMITS[1]:g} %", probabilities > LIMITS[1]),
    ):
        count, expected = so[chosen].sum(), probabilities[chosen].sum()
        parts.append(
            f"of {chosen.sum():,} said with {words}, {count:,} were so, {expected:,.1f} expected"
        )
    return "; ".join(parts)


def _band(i: int) -> str:
    low, high = BANDS[i]
    return f"{low} to {high}" if high else f"{low} or more"


def _inside(found: Bins) -> Bins:
    """Return shares of 0 and 1, whose log-odds are infinite, as just outside the axes."""
    shares = (found.observed, found.low, found.high)
    return Bins(found.said, *(np.clip(share, LIMITS[0] / 2, 1 - LIMITS[0] / 2) for share in shares))


def _odds(found: Bins) -> Bins:
    """Return the observed odds as multiples of those said."""
    ratio = [
        share / (1 - np.minimum(share, 1 - 1e-9)) * (1 - found.said) / found.said
        for share in (found.observed, found.low, found.high)
    ]
    return Bins(found.said, *ratio)


def _diagonal(axes: Axes) -> None:
    axes.set(xscale="logit", yscale="logit", xlim=LIMITS, ylim=LIMITS)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(TICKS)
        axis.set_ticks([], minor=True)
        canvas.in_per_cent(axis)
    axes.plot(LIMITS, LIMITS, color=canvas.GREY, linestyle="--", linewidth=1)
    axes.grid(alpha=0.3)


def _level(axes: Axes) -> None:
    axes.set(yscale="log", ylim=(0.4, 2.5), ylabel="odds observed\n(multiple of odds said)")
    axes.set_yticks([0.5, 1, 2], ["0.5", "1", "2"])
    axes.set_yticks([], minor=True)
    axes.axhline(1, color=canvas.GREY, linestyle="--", linewidth=1)
    axes.grid(alpha=0.3)


def _line(axes: Axes, found: Bins, label: str, colour: str, marker: str) -> None:
    ends = (found.observed - found.low, found.high - found.observed)
    axes.errorbar(
        found.said, found.observed, ends,
        label=label, color=colour, marker=marker, markersize=4, linewidth=1, elinewidth=1.5,
    )  # fmt: skip


def _histogram(axes: Axes, said: canvas.Reals) -> None:
    edges = expit(np.linspace(logit(LIMITS[0]), logit(LIMITS[1]), 61))
    axes.hist(said, edges, color=canvas.GREY)
    axes.set_yscale("log")
    axes.set(xlabel="said: the probability of the condition (%)", ylabel="how many")
    canvas.in_thousands(axes.yaxis)
