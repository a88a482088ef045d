"""Learning: how near a model comes to the exact posterior with more cases."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from training.plots import canvas
from training.plots.canvas import End

COLOURS = (canvas.BLUE, canvas.ORANGE, canvas.BLACK, canvas.WINE)
MARKERS = "osD^v"
"""One more than there are colours, so that twenty trials differ in either."""


def learning_curve(
    curves: Mapping[str, Sequence[tuple[int, float]]], goals: Mapping[str, float]
) -> Figure:
    """Draw the regret against the cases learned from, one line for each trial.

    `curves` hold points (training cases, regret) by the name of the trial, `goals` regrets by
    name; a regret is a share of the posterior's mean entropy, as `evaluate.regret` gives it.
    """
    figure = canvas.figure(
        8,
        "Regret against the number of training cases: synthetic cases, all conditions alike often",
        "Regret: the mean divergence of the model from the exact posterior, in per cent of what"
        " the posterior itself leaves open (its mean entropy). At 0 % no classifier could do"
        " better in this synthetic world. Both axes are logarithmic.",
    )
    axes = figure.subplots()
    _mark(axes)
    ends = []
    for i, (trial, points) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        cases, regrets = zip(*sorted(points), strict=True)
        axes.plot(cases, regrets, color=colour, marker=MARKERS[i % len(MARKERS)], markersize=4)
        text = f"{trial}: {100 * regrets[-1]:.2g} %"
        ends.append(End(cases[-1], regrets[-1], text, colour))
    for goal, regret in goals.items():
        _line(axes, goal, regret)
    axes.autoscale_view()
    canvas.name(axes, ends)
    return figure


def _mark(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", ylabel="regret (%)")
    axes.set_xlabel("training cases (k: thousand, M: million)")
    canvas.mark_decades(axes.xaxis, (1, 2, 5))
    canvas.mark_decades(axes.yaxis, (1, 1.5, 2, 3, 5, 7))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    canvas.in_per_cent(axes.yaxis)
    axes.grid(alpha=0.3)


def _line(axes: Axes, goal: str, regret: float) -> None:
    axes.axhline(regret, color=canvas.GREY, linestyle="--", linewidth=1)
    axes.text(
        0.01, regret, f"goal, {goal}: {100 * regret:.2g} %",
        transform=axes.get_yaxis_transform(), va="bottom", color=canvas.GREY,
    )  # fmt: skip
