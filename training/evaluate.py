"""Evaluation of a model alone: what its probabilities and prediction sets are worth."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, rel_entr
from sklearn.metrics import f1_score

from service.clinical.vocabulary import Urgency
from service.model import Probabilities, reweight
from training import calibration
from training.figure import ALL, Figure
from training.predictions import Predictions
from training.view import LEAST, View

TOPS = (1, 3, 5)

SMALLEST = 1e-300
"""What is said is at least so much before its logarithm is taken."""


def figures(said: Predictions, views: Sequence[View], urgencies: Sequence[Urgency]) -> list[Figure]:
    """Return the figures of the model alone in each view; `urgencies` are (n_conditions,)."""
    return [
        figure
        for view in views
        for figure in (*_ranking(said, view), *_sets(said, view), *_of_whole(said, view, urgencies))
    ]


def regret(balanced: Probabilities, posterior: Probabilities) -> float:
    """Return the regret against the exact posterior, both (n_cases, n_conditions) and balanced.

    It is the mean Kullback-Leibler divergence of the model's probabilities from the posterior,
    divided by the posterior's mean entropy.
    """
    return float(divergence(balanced, posterior).mean() / entr(posterior).sum(axis=1).mean())


def ranks(probabilities: Probabilities, truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each case's condition, (n_cases,), 1 for the first; the last of equals.

    `probabilities` have shape (n_cases, n_conditions), `truth`, the columns, (n_cases,).
    """
    of_truth = probabilities[np.arange(len(truth)), truth]
    return np.asarray((probabilities >= of_truth[:, np.newaxis]).sum(axis=1))


def divergence(balanced: Probabilities, posterior: Probabilities) -> NDArray[np.float64]:
    """Return each case's Kullback-Leibler divergence from the posterior, (n_cases,), in nats."""
    return np.asarray(rel_entr(posterior, np.maximum(balanced, SMALLEST)).sum(axis=1))


def _ranking(said: Predictions, view: View) -> list[Figure]:
    """Return log loss, top-k and macro F1 under the prior of the view's setting."""
    probabilities, truth = said.under(view.setting), said.truth
    of_truth = probabilities[np.arange(len(truth)), truth]
    rank = ranks(probabilities, truth)
    return [
        *view.mean("log_loss", -np.log(np.maximum(of_truth, SMALLEST))),
        *(figure for k in TOPS for figure in view.share(f"top_{k}", rank <= k)),
        *_macro_f1(probabilities.argmax(axis=1), truth, view),
    ]


def _macro_f1(first: NDArray[np.intp], truth: NDArray[np.intp], view: View) -> list[Figure]:
    if view.cases < LEAST:
        return []
    # What weighs nothing is left out, or its conditions would count as missed.
    seen = view.weights > 0
    f1 = f1_score(truth[seen], first[seen], average="macro", sample_weight=view.weights[seen])
    return [view.figure("macro_f1", float(f1))]


def _sets(said: Predictions, view: View) -> list[Figure]:
    """Return coverage and size of the prediction sets, and how often nothing can be said."""
    size = said.sets.sum(axis=1)
    covered = said.sets[np.arange(len(size)), said.truth]
    return [
        *view.share("coverage", covered),
        *view.mean("set_size", size),
        *view.share("insufficient", 2 * size > len(said.ids)),
    ]


def _of_whole(said: Predictions, view: View, urgencies: Sequence[Urgency]) -> list[Figure]:
    """Return what is not asked of slices: regret, calibration and figures by condition."""
    if view.group != ALL or view.world == "own":
        return []
    return [
        *_against_posterior(said, view),
        *_by_condition(said, view),
        *_calibration(said, view, urgencies),
    ]


def _calibration(said: Predictions, view: View, urgencies: Sequence[Urgency]) -> list[Figure]:
    """Return the lines of calibration and how many miss their goals, the posterior's beside it."""

    def lines(probabilities: Probabilities) -> list[Figure]:
        return calibration.figures(probabilities, said.truth, view, said.ids, urgencies)

    own = lines(said.under(view.setting))
    counts = [view.figure("calibration_outside", calibration.outside(own))]
    if said.posterior is not None:
        prior = said.model.manifest.priors[view.setting]
        exact = reweight(said.posterior, np.array([prior[id] for id in said.ids]))
        missed = calibration.outside(lines(exact))
        counts.append(view.figure("posterior_calibration_outside", missed))
    return [*counts, *own]


def _against_posterior(said: Predictions, view: View) -> list[Figure]:
    """Return regret and how often the posterior itself is right, which knows how often it is."""
    if said.posterior is None or view.setting != "balanced" or view.cases < LEAST:
        return []
    chosen = view.weights > 0
    balanced, exact = said.under("balanced")[chosen], said.posterior[chosen]
    ranked = -np.sort(-exact, axis=1)
    return [
        view.figure("regret", regret(balanced, exact)),
        *(view.figure(f"posterior_top_{k}", float(ranked[:, :k].sum(1).mean())) for k in TOPS),
    ]


def _by_condition(said: Predictions, view: View) -> list[Figure]:
    """Return each condition's coverage, and how often it stands first where it is the right one."""
    if view.setting != "balanced":
        return []
    covered = said.sets[np.arange(len(said.truth)), said.truth]
    first = ranks(said.under(view.setting), said.truth) == 1
    return [
        figure
        for i, id in enumerate(said.ids)
        for name, values in (("coverage", covered), ("top_1", first))
        for figure in view.only(said.truth == i).share(f"{name}.{id}", values)
    ]
