"""The model: ranks the conditions of cases."""

from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.clinical.case import Case
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary
from service.features import Encoding, Matrix
from service.manifest import BANDS, Manifest
from service.opinion import TRIAGE_SETTING, Ranking
from service.perceptron import lean
from service.prospects import Outlook

Probabilities = NDArray[np.float64]


class Model:
    """A verified classifier with what its manifest says of its use."""

    def __init__(self, classifier: Any, manifest: Manifest, encoding: Encoding) -> None:
        self.manifest = manifest
        self.thresholds: Mapping[Urgency, float] = {
            URGENCY_BY_ID[id]: threshold for id, threshold in manifest.thresholds.items()
        }
        self._classifier = lean(classifier)
        self._encoding = encoding
        self._outlook = Outlook({name: manifest.shares[name] for name in encoding.columns})
        self._ids = tuple(manifest.conditions)
        self._conformal = np.array([manifest.conformal[id] for id in self._ids])
        self._temperatures = np.array(manifest.temperatures)
        trained = np.array([manifest.trained_prior[id] for id in self._ids])
        self._ratios = {
            setting: np.array([prior[id] for id in self._ids]) / trained
            for setting, prior in manifest.priors.items()
        }

    def rank(self, cases: Sequence[Case], setting: str) -> list[Ranking]:
        """Rank the conditions of each case under the prior of a setting."""
        answers = np.array([case.answers for case in cases])
        trained = self.trained(self._encoding.rows(cases), answers)
        shown = self.under(setting, trained).tolist()
        is_same = setting == TRIAGE_SETTING
        triage = shown if is_same else self.under(TRIAGE_SETTING, trained).tolist()
        in_set = self.sets(self.under("balanced", trained), answers).tolist()
        return [
            Ranking(
                probabilities=dict(zip(self._ids, shown[i], strict=True)),
                triage=dict(zip(self._ids, triage[i], strict=True)),
                prediction_set=frozenset(compress(self._ids, in_set[i])),
            )
            for i in range(len(cases))
        ]

    def trained(self, features: Matrix, answers: NDArray[Any]) -> Probabilities:
        """Return calibrated probabilities, (n_cases, n_conditions), under the trained prior.

        `features` has shape (n_cases, n_columns), `answers`, the number of them, (n_cases,).
        """
        said = self._classifier.predict_proba(features).astype(np.float64)
        return tempered(said, self._temperatures[band(answers)])

    def under(self, setting: str, trained: Probabilities) -> Probabilities:
        """Move probabilities, (n_cases, n_conditions), from the trained prior to a setting's."""
        return reweight(trained, self._ratios[setting])

    def sets(self, balanced: Probabilities, answers: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which conditions are in each case's conformal set, (n_cases, n_conditions)."""
        return prediction_sets(balanced, self._conformal, answers)

    def gains(
        self, case: Case, setting: str, possible: Collection[str], vocabulary: Vocabulary
    ) -> dict[str, float]:
        """Return the information, in nats, in the answer to each id that a case leaves open.

        It is the mutual information of answer and condition under the prior of a setting: what
        the entropy of the possible conditions is expected to fall by. An answer is as likely as
        in the conditions' shares, and what follows of it is what the model says then.
        """
        row = self._encoding.row(case)
        prospects = self._outlook.of(case, row, vocabulary)
        rows = np.concatenate([row[np.newaxis], prospects.rows])
        answers = case.answers + np.concatenate([[0], prospects.more])
        said = self.under(setting, self.trained(rows, answers))
        said *= np.isin(self._ids, list(possible))
        return prospects.information(said[0], said[1:])


def reweight(probabilities: Probabilities, ratio: Probabilities) -> Probabilities:
    """Return posteriors, (n_cases, n_conditions), under a prior that is `ratio` times the old.

    This is Bayes' rule for prior probability shift (Saerens et al., Neural Comput 2002;14:21-41).
    """
    weighted = probabilities * ratio
    return np.asarray(weighted / weighted.sum(axis=1, keepdims=True))


def tempered(probabilities: Probabilities, temperatures: NDArray[np.float64]) -> Probabilities:
    """Return probabilities, (n_cases, n_conditions), at temperatures, (n_cases,).

    Above 1 they move towards each other, below 1 apart (Guo et al., arXiv 1706.04599).
    """
    # Over the greatest of its row, or a low temperature would turn an unsure row into nothing.
    relative = probabilities / probabilities.max(axis=1, keepdims=True)
    powered = relative ** (1 / temperatures)[:, np.newaxis]
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


def prediction_sets(
    balanced: Probabilities, thresholds: Probabilities, answers: NDArray[Any]
) -> NDArray[np.bool_]:
    """Tell which conditions are in each case's conformal set, (n_cases, n_conditions).

    A condition is in when its balanced probability reaches its threshold, (n_conditions,
    n_bands), for the band of the number of answers. The leading one always is.
    """
    inside = balanced >= thresholds[:, band(answers)].T
    inside[np.arange(len(balanced)), balanced.argmax(axis=1)] = True
    return np.asarray(inside)


def band(answers: NDArray[Any]) -> NDArray[np.intp]:
    """Return the index of the band of answers; a single answer counts to the first band."""
    return np.searchsorted([low for low, _ in BANDS[1:]], answers, side="right")
