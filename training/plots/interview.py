"""Interview: how soon the next questions tell as much as all answers at once, and where to stop."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training import interview, stop
from training.interview import PAGE, QUESTIONS, SETTING, Interview
from training.plots import canvas
from training.plots.canvas import End

NAME = "interview"
"""The files of the curve, but for their endings."""


def write(folder: Path, made: Mapping[str, Sequence[Interview]]) -> str:
    """Write curve and stops, of the interviews by setting, as tables and as a picture in a folder.

    Returns what to tell the user. The curve is that of SETTING.
    """
    asked = made[SETTING]
    curve, stops = interview.curve(asked), stop.stops(made)
    picture = interview_curve(curve, stops[stops["setting"] == SETTING], asked)
    folder.mkdir(parents=True, exist_ok=True)
    curve.to_csv(folder / f"{NAME}.csv", index=False, float_format="%.4f")
    stops.to_csv(folder / f"{NAME}_stops.csv", index=False, float_format="%.4f")
    picture.savefig(folder / f"{NAME}.png")
    return (
        f"{interview.report(curve, asked)}\n{stop.report(stops)}\n"
        f"The curve is in {folder / NAME}.png and .csv, the stops in {NAME}_stops.csv."
    )


def interview_curve(curve: pd.DataFrame, stops: pd.DataFrame, asked: Sequence[Interview]) -> Figure:
    """Draw top-1 and top-3 by number of questions, beside all answers, and what was asked."""
    figure = canvas.figure(
        8,
        f"How often the condition is first, or among three, after so many questions: {len(asked):,}"
        " synthetic people, all conditions alike often",
        "Each person names one or two complaints, age and sex, then answers the first of the next"
        " questions that a patient can answer, one at a time. Dashed: after all of the patient's"
        " answers at once. The bands are exact 95 % intervals. Diamonds: where"
        " each person stops when no question that is left gains so many bits, at the mean of the"
        f" questions asked. White ones: at {PAGE[0]:g} bits, or after {PAGE[1]} questions for"
        " information if that is sooner, as the page stops; it asks under"
        f" {stop.SETTINGS[1]}, and this is {SETTING}.",
    )
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    ends = [
        *_shares(upper, curve, [one.complete for one in asked], 1, canvas.BLUE),
        *_shares(upper, curve, [one.complete for one in asked], 3, canvas.ORANGE),
    ]
    _stops(upper, stops)
    upper.set(
        ylabel="people (%)", ylim=(0, 1), xlim=(0, max(QUESTIONS, stops["questions"].max() + 2))
    )
    canvas.in_per_cent(upper.yaxis)
    upper.grid(alpha=0.3)
    _reasons(lower, curve)
    canvas.name(upper, ends)
    return figure


def _shares(
    axes: Axes, curve: pd.DataFrame, complete: Sequence[int], most: int, colour: str
) -> list[End]:
    """Draw one line with its band, and a dashed one for all answers; returns their ends."""
    name = f"top_{most}"
    axes.plot(curve["questions"], curve[name], color=colour)
    axes.fill_between(
        curve["questions"], curve[f"{name}_low"], curve[f"{name}_high"], color=colour, alpha=0.15
    )
    whole, last = float(np.mean(np.array(complete) <= most)), float(curve[name].iloc[-1])
    axes.axhline(whole, color=colour, linestyle="--", linewidth=1)
    return [
        End(QUESTIONS, whole, f"top-{most}, all answers: {100 * whole:.1f} %", colour),
        End(QUESTIONS, last, f"top-{most}, {QUESTIONS} questions: {100 * last:.1f} %", colour),
    ]


def _stops(axes: Axes, stops: pd.DataFrame) -> None:
    """Mark the stops at the mean of their questions."""
    gain, page = stops[stops["most"].isna()], stops.dropna(subset="most")
    for name, colour in (("top_1", canvas.BLUE), ("top_3", canvas.ORANGE)):
        axes.plot(gain["questions"], gain[name], "D", color=colour, markeredgecolor="white")
        axes.plot(page["questions"], page[name], "D", color="white", markeredgecolor=colour)
    for row in gain.dropna(subset="least").itertuples():
        axes.annotate(
            f"{row.least:g}", (row.questions, row.top_1), (0, 7), textcoords="offset points",
            ha="center", color=canvas.BLUE, fontsize=10,
        )  # fmt: skip


def _reasons(axes: Axes, curve: pd.DataFrame) -> None:
    """Draw whose question it was."""
    axes.stackplot(
        curve["questions"].iloc[1:],
        curve["red_flag"].iloc[1:],
        curve["information"].iloc[1:],
        labels=("to screen the red flags", "for information"),
        colors=(canvas.WINE, canvas.GREY),
        alpha=0.7,
    )
    axes.set(ylabel="question (%)", ylim=(0, 1), xlabel="questions asked")
    canvas.in_per_cent(axes.yaxis)
    axes.legend(loc="center right", fontsize=10)
