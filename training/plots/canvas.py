"""The canvas: a figure with title and caption, marks on axes, lines named at their ends."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray
from sklearn.isotonic import isotonic_regression

Reals = NDArray[np.float64]

BLUE, ORANGE, WINE, BLACK = "#0072B2", "#D55E00", "#882255", "#000000"
"""Colours that the colour-blind tell apart and that can be read as text on white (Okabe and Ito,
Color Universal Design, 2008; the wine red is of Tol's muted scheme, SRON/EPS/TN/09-002)."""

GREY = "#555555"

WIDTH, DPI = 12.0, 120
"""Inches, and dots an inch: 1440 pixels, with text of ten points readable at two thirds of it."""

ROW_INCHES = 0.21
"""The height of one row of text of ten points with its distance to the next."""


@dataclass(frozen=True, slots=True)
class End:
    """A place on a line in the data's units, the text that names it and their colour."""

    x: float
    y: float
    text: str
    colour: str


def figure(height: float, title: str, caption: str) -> Figure:
    """Return an empty figure of a height in inches; its caption stands below all else."""
    made = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    made.suptitle(textwrap.fill(title, 105), x=0.01, ha="left", fontsize=13, fontweight="bold")
    made.supxlabel(textwrap.fill(caption, 150), x=0.01, ha="left", fontsize=10, color=GREY)
    return made


def short(name: str) -> str:
    """Return the name of a condition without what stands in brackets, in lines of a few words."""
    return textwrap.fill(name.partition(" (")[0], 28)


def mark_decades(axis: Axis, marks: Sequence[float]) -> None:
    """Mark a logarithmic axis at the marks, from 1 to below 10, of every decade."""
    axis.set_major_locator(LogLocator(subs=marks, numticks=99))
    axis.set_minor_locator(NullLocator())


def in_per_cent(axis: Axis) -> None:
    """Write the shares on an axis as numbers of per cent, the sign of which the label holds."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}"))


def in_thousands(axis: Axis) -> None:
    """Write the counts on an axis with the thousands apart."""
    axis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))


def name(axes: Axes, ends: Sequence[End]) -> None:
    """Write names one below the other at the right of axes, whose limits have to be set."""
    to_axes = axes.transData - axes.transAxes
    wanted = to_axes.transform([(end.x, end.y) for end in ends])[:, 1]
    height = axes.get_window_extent().height / DPI
    for end, place in zip(ends, spread(wanted, ROW_INCHES / height), strict=True):
        axes.annotate(
            end.text, (end.x, end.y), (1.02, place), textcoords="axes fraction", va="center",
            color=end.colour, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": end.colour, "alpha": 0.5},
        )  # fmt: skip


def spread(wanted: Reals, gap: float) -> Reals:
    """Return the places from 0 to 1 that are nearest to those wanted, (n,), and a gap apart.

    Nearest is meant by least squares: once k gaps are taken off the k-th place, to keep the gap
    is to keep the order, which isotonic regression does. The gap shrinks where there is no room.
    """
    order = np.argsort(wanted, kind="stable")
    taken = np.arange(len(wanted)) * min(gap, 1 / max(len(wanted) - 1, 1))
    found = np.empty(len(wanted))
    found[order] = taken + isotonic_regression(
        wanted[order] - taken, y_min=0, y_max=max(1 - taken[-1], 0)
    )
    return found
