"""The whole system behind `assess`: whom it sends how soon, with red flags and model together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from service.model import Probabilities
from service.opinion import TRIAGE_SETTING
from training.figure import Figure
from training.predictions import NO_FLAG, Predictions
from training.view import View

SENT: Mapping[str, Urgency] = {"emergency": Urgency.EMERGENCY, "urgent_or_above": Urgency.URGENT}
"""The levels that people are sent to, by the name of the figure."""


def figures(said: Predictions, views: Sequence[View]) -> list[Figure]:
    """Return in each view whom the system sends where; emergencies and calm people by level."""
    emergency, calm = said.stated == Urgency.EMERGENCY, said.stated < Urgency.URGENT
    return [
        figure
        for view in views
        for name, least in SENT.items()
        for group, chosen in (
            ("emergencies", emergency),
            ("emergencies_flagged", emergency & (said.flag == Urgency.EMERGENCY)),
            ("emergencies_unflagged", emergency & (said.flag < Urgency.EMERGENCY)),
            ("calm", calm),
            ("calm_unflagged", calm & (said.flag == NO_FLAG)),
        )
        for figure in view.only(chosen).share(f"{group}_given_{name}", said.given >= least)
    ] + [
        figure
        for view in views
        for name, least in SENT.items()
        for figure in view.only(calm).share(f"calm_flagged_{name}", said.flag >= least)
    ]


@dataclass(frozen=True, slots=True)
class Curve:
    """What thresholds on a score would give: two shares as the threshold falls, (n_points,)."""

    over_triage: NDArray[np.float64]
    sensitivity: NDArray[np.float64]

    def at(self, over_triage: float) -> float:
        """Return the sensitivity at an over-triage."""
        return float(np.interp(over_triage, self.over_triage, self.sensitivity))


def curve(
    score: NDArray[np.float64],
    positive: NDArray[np.float64],
    negative: NDArray[np.float64],
) -> Curve:
    """Return the curve of a score, (n_cases,), by what each case weighs as one or the other."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return Curve(
        *(
            np.append(0, (np.cumsum(weights[order]) / weights.sum())[last])
            for weights in (negative, positive)
        )
    )


def carried(
    probabilities: Probabilities, urgencies: Sequence[Urgency], level: Urgency
) -> NDArray[np.float64]:
    """Return the probability of conditions of at least a level, (n_cases,)."""
    carriers = [urgency >= level for urgency in urgencies]
    return np.asarray(probabilities[:, carriers].sum(axis=1))


def ceiling(said: Predictions, exact: Probabilities, urgencies: Sequence[Urgency]) -> list[Figure]:
    """Return what the same rule reaches with the exact posterior at the model's over-triage.

    `exact` is the posterior under the prior of TRIAGE_SETTING, (n_cases, n_conditions). Both are
    thresholds on the same sum of conditions, for those whom no flag sends to the emergency level.
    """
    weights = said.weights(TRIAGE_SETTING)
    unflagged = said.flag < Urgency.EMERGENCY
    emergency = unflagged & (said.stated == Urgency.EMERGENCY)
    calm = unflagged & (said.stated < Urgency.URGENT)
    score = carried(exact, urgencies, Urgency.EMERGENCY)
    sent = said.given == Urgency.EMERGENCY
    over = float(np.average(sent[calm], weights=weights[calm]))
    reached = curve(score, emergency.astype(float), np.where(calm, weights, 0)).at(over)
    view = View(emergency.astype(float))
    return [view.figure("emergencies_unflagged_ceiling", reached)]
