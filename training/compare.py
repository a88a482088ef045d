"""The comparison: challenger against champion on the same cases, and what exceeds noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from service.opinion import TRIAGE_SETTING
from training.evaluate import SMALLEST, divergence, ranks
from training.judgement import Judgement
from training.predictions import Predictions

Values = NDArray[np.float64]

RESAMPLES = 1_000
SEED = 1


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over cases: what each case gives and weighs, both (n_cases,)."""

    name: str
    of: Callable[[Judgement], tuple[Values, Values]]
    more_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of champion and challenger, and the 95 % interval of what the second adds.

    The interval is the percentile one of the paired bootstrap (Efron, Ann Statist 1979;7:1): both
    are measured on the same resampled cases.
    """

    measure: Measure
    champion: float
    challenger: float
    low: float
    high: float

    @property
    def exceeds_noise(self) -> bool:
        """Tell whether the interval leaves no difference out."""
        return self.low > 0 or self.high < 0

    @property
    def worst(self) -> float:
        """How much worse the challenger may be: the far end of the interval, below 0 if better."""
        return -self.low if self.measure.more_is_better else self.high

    @property
    def is_worse(self) -> bool:
        """Tell whether the challenger is worse by more than noise."""
        return self.high < 0 if self.measure.more_is_better else self.low > 0


def differences(champion: Judgement, challenger: Judgement) -> list[Difference]:
    """Compare two models that were judged on the same cases."""
    measures = [*MEASURES, *(OWN if champion.own and challenger.own else ())]
    return [difference(measure, champion, challenger) for measure in measures]


def difference(measure: Measure, champion: Judgement, challenger: Judgement) -> Difference:
    """Compare two models by one measure; a fixed seed resamples the cases."""
    (before, weights), (after, _) = measure.of(champion), measure.of(challenger)
    counted = weights > 0
    weights, change = weights[counted], (after - before)[counted]
    rng = np.random.default_rng(SEED)
    drawn = (rng.integers(len(change), size=len(change)) for _ in range(RESAMPLES))
    means = [np.average(change[i], weights=weights[i]) for i in drawn]
    return Difference(
        measure,
        float(np.average(before[counted], weights=weights)),
        float(np.average(after[counted], weights=weights)),
        *map(float, np.quantile(means, [0.025, 0.975])),
    )


def report(found: Sequence[Difference]) -> str:
    """Return the differences as a table."""
    table = pd.DataFrame(
        {
            "champion": [one.champion for one in found],
            "challenger": [one.challenger for one in found],
            "difference": [one.challenger - one.champion for one in found],
            "low": [one.low for one in found],
            "high": [one.high for one in found],
            "": [_word(one) for one in found],
        },
        index=[one.measure.name for one in found],
    )
    return table.to_string(float_format=lambda value: f"{value:.4f}")


def _word(one: Difference) -> str:
    if not one.exceeds_noise:
        return "noise"
    return "worse" if one.is_worse else "better"


def _top(k: int, said: Predictions) -> Values:
    return (ranks(said.under("balanced"), said.truth) <= k).astype(np.float64)


def _all(values: Values) -> tuple[Values, Values]:
    return values, np.ones(len(values))


def _log_loss(judgement: Judgement) -> tuple[Values, Values]:
    balanced, truth = judgement.said.under("balanced"), judgement.said.truth
    of_truth = balanced[np.arange(len(truth)), truth]
    return _all(-np.log(np.maximum(of_truth, SMALLEST)))


def _divergence(judgement: Judgement) -> tuple[Values, Values]:
    exact = judgement.said.posterior
    if exact is None:
        raise ValueError("the evaluation cases stand without their exact posterior")
    return _all(divergence(judgement.said.under("balanced"), exact))


def _emergencies(least: Urgency, judgement: Judgement) -> tuple[Values, Values]:
    said = judgement.said
    return (said.given >= least).astype(float), (said.stated == Urgency.EMERGENCY).astype(float)


def _calm(least: Urgency, judgement: Judgement) -> tuple[Values, Values]:
    said = judgement.said
    weights = np.where(said.stated < Urgency.URGENT, said.weights(TRIAGE_SETTING), 0)
    return (said.given >= least).astype(float), weights


def _own(k: int, judgement: Judgement) -> tuple[Values, Values]:
    if judgement.own is None:
        raise ValueError("there are no cases of somebody's own")
    return _all(_top(k, judgement.own))


def _published(k: int, judgement: Judgement) -> tuple[Values, Values]:
    return _all(np.array([float(one.rank <= k) for one in judgement.published]))


MEASURES = (
    Measure("top-1", lambda judgement: _all(_top(1, judgement.said))),
    Measure("top-3", lambda judgement: _all(_top(3, judgement.said))),
    Measure("log loss", _log_loss, more_is_better=False),
    Measure("divergence from the posterior", _divergence, more_is_better=False),
    Measure("emergencies given emergency", lambda j: _emergencies(Urgency.EMERGENCY, j)),
    Measure("emergencies given urgent or above", lambda j: _emergencies(Urgency.URGENT, j)),
    Measure("calm given emergency", lambda j: _calm(Urgency.EMERGENCY, j), more_is_better=False),
    Measure("calm given urgent or above", lambda j: _calm(Urgency.URGENT, j), more_is_better=False),
    Measure("published top-1", lambda judgement: _published(1, judgement)),
    Measure("published top-3", lambda judgement: _published(3, judgement)),
)
OWN = (
    Measure("own top-1", lambda judgement: _own(1, judgement)),
    Measure("own top-3", lambda judgement: _own(3, judgement)),
)
