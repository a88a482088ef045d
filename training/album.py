"""The album: the pictures of a judgement, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from service.clinical.vocabulary import Urgency
from service.model import Probabilities, reweight
from service.opinion import TRIAGE_SETTING
from training import system
from training.judgement import Judgement
from training.plots import calibration, learning, ranking, triage
from training.plots.triage import Operating
from training.triage import COSTS, OVER_TRIAGE, Cost, Screened, thresholds
from training.trial import Trial
from training.view import View

GOALS = {"goal of search": 0.02, "goal of quick": 0.08}
RATIOS = {"missing costs 1/4": 0.25, "missing costs x 4": 4.0}
ALIKE = "synthetic cases, all conditions alike often"


def pictures(judged: Judgement, tried: Mapping[str, Trial]) -> dict[str, Figure]:
    """Return every picture; `tried` are the trials of the search by name."""
    said, on = judged.said, judged.on
    names = {id: condition.name for id, condition in on.conditions.items()}
    balanced, truth = said.under("balanced"), said.truth
    answers = said.table["answers"].to_numpy()
    of_condition = balanced, truth, names, on.urgencies, on.ids
    found = {
        "reliability": calibration.reliability(balanced, truth, answers, f"Reliability: {ALIKE}"),
        "reliability_by_condition": calibration.reliability_by_condition(*of_condition),
        "confusion": ranking.confusion(balanced, truth, on.ids, names, on.urgencies),
        "regret": learning.learning_curve(_curves(tried), GOALS),
        "triage": triage.triage(
            said.stated,
            said.given,
            said.weights(TRIAGE_SETTING),
            "Triage of the whole system: synthetic cases, weighted to primary care",
        ),
    }
    if (exact := said.posterior) is not None:
        right = balanced.argmax(axis=1) == truth
        title = f"How often the first-ranked condition is right: {ALIKE}"
        found["accuracy"] = ranking.accuracy(answers, right, exact.max(axis=1), title)
        found["costs"] = triage.operating(
            _operating(judged, exact),
            "What the triage thresholds give: synthetic cases without a flag, weighted to primary"
            " care",
        )
    return found


def _curves(tried: Mapping[str, Trial]) -> dict[str, list[tuple[int, float]]]:
    return {
        name: [(point.cases, point.regret) for point in trial.curve]
        for name, trial in tried.items()
    }


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Those who need a level to which no flag sends them, and calm people without any flag."""

    cases: Screened
    level: Urgency

    @property
    def needing(self) -> View:
        """Those who need the level."""
        unflagged = self.cases.flag < self.level
        return View((unflagged & (self.cases.stated >= self.level)).astype(np.float64))

    @property
    def calm(self) -> View:
        """Those who need nothing urgent, as often as in primary care."""
        return View(np.where(self.cases.is_calm, self.cases.weights, 0))

    def curve(self) -> system.Curve:
        """Return what each threshold would give."""
        score = self.cases.score(self.level)
        return system.curve(score, self.needing.weights, self.calm.weights)

    def point(self, cuts: Mapping[Urgency, float]) -> tuple[float, float]:
        """Return over-triage and sensitivity of thresholds by level."""
        sent = np.any([self.cases.score(at) >= cut for at, cut in cuts.items() if at >= self.level],
                      axis=0)  # fmt: skip
        return (
            float(np.average(sent, weights=self.calm.weights)),
            float(np.average(sent, weights=self.needing.weights)),
        )


def _operating(judged: Judgement, exact: Probabilities) -> dict[str, Operating]:
    """Return for each level that has a budget where its threshold stands and could stand."""
    said = judged.said
    served = _screened(judged, said.under(TRIAGE_SETTING))
    ceiling = _screened(judged, reweight(exact, judged.on.prior(TRIAGE_SETTING)))
    others = {
        name: thresholds(
            served, {level: Cost(ratio * cost.missed, cost.vain) for level, cost in COSTS.items()}
        )
        for name, ratio in RATIOS.items()
    }
    found = {}
    for level, budget in OVER_TRIAGE.items():
        crowd, best = _Crowd(served, level), _Crowd(ceiling, level).curve()
        curve = crowd.curve()
        found[level.id] = Operating(
            over_triage=curve.over_triage,
            sensitivity=curve.sensitivity,
            ceiling_over_triage=best.over_triage,
            ceiling_sensitivity=best.sensitivity,
            chosen=crowd.point(said.model.thresholds),
            others={name: crowd.point(cuts) for name, cuts in others.items()},
            budget=budget,
            needing=crowd.needing.cases,
            calm=crowd.calm.cases,
        )
    return found


def _screened(judged: Judgement, probabilities: Probabilities) -> Screened:
    said, on = judged.said, judged.on
    return Screened(
        probabilities,
        on.prior(TRIAGE_SETTING),
        on.urgencies,
        said.stated,
        said.flag,
        said.weights(TRIAGE_SETTING),
    )
