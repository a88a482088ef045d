"""Ranking: how often the condition ranked first is the right one, and which it is taken for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from service.model import Probabilities
from training.figure import interval
from training.plots import canvas
from training.plots.canvas import End

LEAST_CASES = 100
"""Numbers of answers with fewer cases are pooled with their neighbours."""

LEAST_SHARE = 0.01
"""Smaller shares of a row are not printed in the confusion matrix."""


def accuracy(
    answers: NDArray[Any], right: NDArray[np.bool_], ceiling: canvas.Reals, title: str
) -> Figure:
    """Draw how often the first-ranked condition is right against the number of answers.

    All have shape (n_cases,); `ceiling` is the exact posterior's own chance to be right, its
    greatest probability.
    """
    low, high = interval(right.sum(), len(right))
    caption = (
        f"{len(right):,} cases: the model is right in {100 * right.mean():.1f} % (exact 95 %"
        f" interval {100 * low:.1f} to {100 * high:.1f}), the exact posterior in"
        f" {100 * ceiling.mean():.1f} %; more is possible by chance alone. Band: exact 95 %"
        f" interval of the model. Numbers of answers with fewer than {LEAST_CASES} cases are pooled"
        " with the next."
    )
    figure = canvas.figure(8, title, caption)
    above, below = figure.subplots(2, sharex=True, height_ratios=(5, 1))
    _accuracy(above, answers, right, ceiling)
    numbers, cases = np.unique(answers, return_counts=True)
    below.bar(numbers, cases, color=canvas.GREY)
    below.set(xlabel="answers: findings stated present or absent (number)", ylabel="cases")
    canvas.in_thousands(below.yaxis)
    return figure


def pools(answers: NDArray[Any]) -> NDArray[np.intp]:
    """Return the pool of each case, (n_cases,): neighbouring answers, LEAST_CASES cases or more.

    Pools are closed from the fewest answers on; what is left over at the end joins the last.
    """
    numbers, number, cases = np.unique(answers, return_inverse=True, return_counts=True)
    pool_of, pool, size = np.zeros(len(numbers), dtype=np.intp), 0, 0
    for i, more in enumerate(cases):
        pool_of[i] = pool
        size += more
        if size >= LEAST_CASES:
            pool, size = pool + 1, 0
    if size:
        pool_of[pool_of == pool] = max(pool - 1, 0)
    return np.asarray(pool_of[number])


def confusion(
    probabilities: Probabilities,
    truth: NDArray[Any],
    ids: Sequence[str],
    names: Mapping[str, str],
    urgencies: Sequence[Urgency],
) -> Figure:
    """Draw which condition is ranked first where another is true, as shares of the true one.

    `probabilities`, (n_cases, n_conditions), hold under `balanced`; `truth` is the true column,
    (n_cases,); `ids` and `urgencies` are (n_conditions,).
    """
    order = sorted(range(len(ids)), key=lambda i: (-urgencies[i], names[ids[i]]))
    counts = np.zeros((len(ids), len(ids)))
    np.add.at(counts, (truth, probabilities.argmax(axis=1)), 1)
    counts = counts[np.ix_(order, order)]
    cases = counts.sum(axis=1, keepdims=True)
    title = "Which condition is ranked first: synthetic cases, all conditions alike often"
    figure = canvas.figure(12, title, _caption(cases))
    axes = figure.subplots()
    _cells(axes, counts / np.maximum(cases, 1))
    labels = [canvas.short(names[ids[i]]) for i in order]
    axes.set_xticks(range(len(ids)), labels, rotation=90)
    axes.set_yticks(range(len(ids)), labels)
    _divide(axes, [urgencies[i] for i in order])
    axes.set(xlabel="ranked first", ylabel="true condition")
    return figure


def _accuracy(
    axes: Axes, answers: NDArray[Any], right: NDArray[np.bool_], ceiling: canvas.Reals
) -> None:
    pool = pools(answers)
    cases = np.bincount(pool)
    x, share, best = (np.bincount(pool, values) / cases for values in (answers, right, ceiling))
    ends = np.array([interval(p * n, n) for p, n in zip(share, cases, strict=True)])
    axes.fill_between(x, ends[:, 0], ends[:, 1], color=canvas.BLUE, alpha=0.25, linewidth=0)
    axes.plot(x, share, color=canvas.BLUE, marker="o", markersize=3)
    axes.plot(x, best, color=canvas.GREY, linestyle="--")
    axes.set(ylim=(0, 1), ylabel="cases whose first-ranked condition is right (%)")
    canvas.in_per_cent(axes.yaxis)
    axes.grid(alpha=0.3)
    canvas.name(
        axes,
        [
            End(x[-1], share[-1], "the model", canvas.BLUE),
            End(x[-1], best[-1], "the exact posterior", canvas.GREY),
        ],
    )


def _caption(cases: canvas.Reals) -> str:
    least, most = int(cases.min()), int(cases.max())
    low, high = interval(least / 2, least) if least else (0.0, 1.0)
    return (
        f"{int(cases.sum()):,} cases, {least:,} to {most:,} in a row. In the cells: per cent of"
        f" the row, from {100 * LEAST_SHARE:g} % on. The exact 95 % interval of a share reaches at"
        f" most {50 * (high - low):.1f} points to each side. The lines divide the conditions by"
        " urgency."
    )


def _cells(axes: Axes, shares: canvas.Reals) -> None:
    axes.imshow(shares, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for row, column in zip(*np.nonzero(shares >= LEAST_SHARE), strict=True):
        share = shares[row, column]
        colour = "white" if share > 0.7 else "black"
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour)


def _divide(axes: Axes, urgencies: Sequence[Urgency]) -> None:
    """Draw lines between the groups of urgency and write the groups at the right."""
    for urgency in set(urgencies):
        rows = [i for i, other in enumerate(urgencies) if other == urgency]
        if rows[0]:
            axes.axhline(rows[0] - 0.5, color=canvas.ORANGE, linewidth=1.5)
            axes.axvline(rows[0] - 0.5, color=canvas.ORANGE, linewidth=1.5)
        axes.text(
            len(urgencies) - 0.3, sum(rows) / len(rows), urgency.id.replace("_", " "),
            rotation=270, va="center", color=canvas.ORANGE,
        )  # fmt: skip
