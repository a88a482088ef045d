"""Calibration: whether what is said comes true as often as it is said, and the repair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from service.clinical.vocabulary import Urgency
from service.manifest import BANDS
from service.model import Probabilities, band, tempered
from training.figure import Figure, interval
from training.view import LEAST, View

Labels = NDArray[np.intp]

SMALLEST = 1e-12
"""What is said is kept so far from 0 and 1 before its logarithm is taken."""

STEPS = 50
"""Steps of Newton's method after which there is no line; where there is one, ten are many."""

GOALS = {"calibration_slope.": (0.9, 1.1), "calibration_intercept.": (-0.15, 0.15)}
"""Where the line of each condition is to be (the product's goal). The exact posterior, which is
calibrated by construction, shows how many lines chance alone puts elsewhere on the same cases."""

TOP = 0.01
"""The share of cases that are given most of a condition."""


def temperatures(
    probabilities: Probabilities,
    truth: Labels,
    answers: NDArray[np.generic],
    weights: NDArray[np.float64],
) -> list[float]:
    """Return for each band of answers the temperature that gives the least log loss.

    Temperature scaling (Guo et al., arXiv 1706.04599) of the logarithms of `probabilities`,
    (n_cases, n_conditions); `truth` holds the columns that were right and
    `weights` how much each case weighs, (n_cases,).
    """
    masks = [band(answers) == b for b in range(len(BANDS))]
    return [_temperature(probabilities[m], truth[m], weights[m]) for m in masks]


def _temperature(
    probabilities: Probabilities, truth: Labels, weights: NDArray[np.float64]
) -> float:
    if len(truth) < LEAST:
        return 1.0

    def loss(log_temperature: float) -> float:
        said = tempered(probabilities, np.full(len(truth), np.exp(log_temperature)))
        of_truth = np.maximum(said[np.arange(len(truth)), truth], SMALLEST)
        return float(-np.average(np.log(of_truth), weights=weights))

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The line that what was said must be put through, in log-odds, with its standard errors.

    Logistic recalibration (Cox, Biometrika 1958;45:562): the log-odds of what happened are
    intercept + slope * the log-odds of what was said; 0 and 1 need no repair.
    """

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float


def recalibration(
    said: NDArray[np.float64], happened: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Recalibration:
    """Fit the line by Newton's method, all arguments (n_cases,); errors by the sandwich.

    Raises ValueError where there is no line: all or none of it happened, one thing alone was said,
    or what was said tells apart all that happened, so that no slope is steep enough.
    """
    there = weights > 0
    said, happened, weights = said[there], happened[there], weights[there]
    if happened.all() or not happened.any():
        raise ValueError(f"{happened.mean():.0%} of the cases are of the condition, expected some")
    if np.ptp(said) == 0:
        raise ValueError(f"{said[0]:g} was said of every case")
    x = np.column_stack([np.ones(len(said)), logit(np.clip(said, SMALLEST, 1 - SMALLEST))])
    line, bread = _line_of(x, happened, weights)
    score = x * (weights * (happened - expit(x @ line)))[:, np.newaxis]
    errors = np.sqrt(np.diag(bread @ (score.T @ score) @ bread))
    return Recalibration(*map(float, (*line, *errors)))


def _line_of(
    x: NDArray[np.float64], happened: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the line of greatest likelihood, (2,), and the inverse of its information, (2, 2)."""

    def loss(line: NDArray[np.float64]) -> float:
        odds = x @ line
        return float(weights @ (np.logaddexp(0, odds) - happened * odds))

    line = np.array([0.0, 1.0])
    for _ in range(STEPS):
        p = expit(x @ line)
        if (p * (1 - p)).max() < SMALLEST:
            raise ValueError("what was said tells apart all that happened")
        # An information without inverse is a ValueError too.
        bread = np.linalg.inv((x * (weights * p * (1 - p))[:, np.newaxis]).T @ x)
        move = bread @ (x.T @ (weights * (happened - p)))
        # A whole step may leap over the maximum, and for ever between two sides of it.
        while loss(line + move) > loss(line):
            move = move / 2
        line = line + move
        if np.abs(move).max() < 1e-9:
            return line, bread
    raise ValueError(f"the line does not come to rest in {STEPS} steps")


def figures(
    probabilities: Probabilities,
    truth: Labels,
    view: View,
    ids: Sequence[str],
    urgencies: Sequence[Urgency],
) -> list[Figure]:
    """Return slope and intercept by condition, and of the urgent ones what the top 1 % hold.

    `probabilities`, (n_cases, n_conditions), hold under the prior of the view's setting.
    """
    found: list[Figure] = []
    for i, (id, urgency) in enumerate(zip(ids, urgencies, strict=True)):
        happened = truth == i
        of_condition = view.only(happened)
        if of_condition.cases < LEAST:
            continue
        found += _line(probabilities[:, i], happened, view, id)
        if urgency >= Urgency.URGENT:
            found += _top(probabilities[:, i], happened, view, id)
    return found


def outside(found: Sequence[Figure]) -> int:
    """Return how many slopes and intercepts of some figures lie outside of GOALS."""
    return sum(
        not low <= figure.value <= high
        for figure in found
        for name, (low, high) in GOALS.items()
        if figure.name.startswith(name)
    )


def _line(
    said: NDArray[np.float64], happened: NDArray[np.bool_], view: View, id: str
) -> list[Figure]:
    """Return slope and intercept with their intervals; nothing where there is no line."""
    try:
        line = recalibration(said, happened, view.weights)
    except ValueError:
        return []
    return [
        view.figure(f"calibration_{name}.{id}", value, value - 1.96 * error, value + 1.96 * error)
        for name, value, error in (
            ("slope", line.slope, line.slope_error),
            ("intercept", line.intercept, line.intercept_error),
        )
    ]


def _top(
    said: NDArray[np.float64], happened: NDArray[np.bool_], view: View, id: str
) -> list[Figure]:
    """Return what was said and what happened among the 1 % that are given most."""
    order = np.argsort(-said)
    share = np.cumsum(view.weights[order]) / view.weights.sum()
    chosen = np.zeros(len(said), dtype=bool)
    chosen[order[: int(np.searchsorted(share, TOP)) + 1]] = True
    top = view.only(chosen)
    if top.cases < LEAST:
        return []
    seen = float(np.average(happened, weights=top.weights))
    return [
        *top.mean(f"top_percent_said.{id}", said),
        top.figure(f"top_percent_seen.{id}", seen, *interval(seen * top.cases, top.cases)),
    ]
