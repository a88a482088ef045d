"""The model: verifies and loads `models/`, and ranks the conditions of cases."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from numpy.typing import NDArray

from service.clinical import red_flags
from service.clinical.case import Case
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.features import Encoding
from service.manifest import BANDS, Manifest, ModelRefused, digest
from service.opinion import TRIAGE_SETTING, Ranking

ARTEFACT, MANIFEST = "model.joblib", "manifest.json"

Probabilities = NDArray[np.float64]


class Model:
    """A verified classifier with what its manifest says of its use."""

    def __init__(self, classifier: Any, manifest: Manifest, encoding: Encoding) -> None:
        self.manifest = manifest
        self.thresholds: Mapping[Urgency, float] = {
            URGENCY_BY_ID[id]: threshold for id, threshold in manifest.thresholds.items()
        }
        self._classifier = classifier
        self._encoding = encoding
        self._ids = tuple(manifest.conditions)
        self._conformal = np.array([manifest.conformal[id] for id in self._ids])

    def rank(self, cases: Sequence[Case], setting: str) -> list[Ranking]:
        """Rank the conditions of each case under the prior of a setting."""
        trained = self._classifier.predict_proba(self._encoding.rows(cases)).astype(np.float64)
        shown = self._under(setting, trained)
        triage = self._under(TRIAGE_SETTING, trained)
        in_set = self._in_set(self._under("balanced", trained), [case.answers for case in cases])
        return [
            Ranking(
                probabilities=dict(zip(self._ids, map(float, shown[i]), strict=True)),
                triage=dict(zip(self._ids, map(float, triage[i]), strict=True)),
                prediction_set=frozenset(
                    id for id, inside in zip(self._ids, in_set[i], strict=True) if inside
                ),
            )
            for i in range(len(cases))
        ]

    def _under(self, setting: str, trained: Probabilities) -> Probabilities:
        """Move probabilities, (n_cases, n_conditions), from the trained prior to a setting's."""
        prior = self.manifest.priors[setting]
        ratio = np.array([prior[id] / self.manifest.trained_prior[id] for id in self._ids])
        return reweight(trained, ratio)

    def _in_set(self, balanced: Probabilities, answers: Sequence[int]) -> NDArray[np.bool_]:
        return prediction_sets(balanced, self._conformal, np.asarray(answers))


def reweight(probabilities: Probabilities, ratio: Probabilities) -> Probabilities:
    """Return posteriors, (n_cases, n_conditions), under a prior that is `ratio` times the old.

    This is Bayes' rule for prior probability shift (Saerens et al., Neural Comput 2002;14:21-41).
    """
    weighted = probabilities * ratio
    return np.asarray(weighted / weighted.sum(axis=1, keepdims=True))


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


def load(
    folder: Path, encoding: Encoding, conditions: Sequence[str], pinned_sha256: str = ""
) -> Model:
    """Verify the artefact of a folder and load it from the very bytes that were hashed.

    `conditions` are those of the catalogue; `pinned_sha256` is the artefact's hash as known from
    outside the folder. Raises ModelRefused, and never unpickles bytes that the hashes refuse.
    """
    try:
        manifest = Manifest.parse((folder / MANIFEST).read_text(encoding="utf-8"))
        artefact = (folder / ARTEFACT).read_bytes()
    except FileNotFoundError as error:
        raise ModelRefused(
            f"There is no {Path(error.filename).name} in the model folder."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ModelRefused(f"The model folder cannot be read: {type(error).__name__}.") from error
    _verify(manifest, artefact, encoding, conditions, pinned_sha256)
    try:
        classifier = joblib.load(io.BytesIO(artefact))
    except Exception as error:  # an unpickler can raise anything
        raise ModelRefused(f"The artefact cannot be unpickled: {type(error).__name__}.") from error
    if list(getattr(classifier, "classes_", ())) != list(manifest.conditions):
        raise ModelRefused("The artefact's classes are not the manifest's conditions in order.")
    model = Model(classifier, manifest, encoding)
    _try(model)
    return model


def _verify(
    manifest: Manifest,
    artefact: bytes,
    encoding: Encoding,
    conditions: Sequence[str],
    pinned_sha256: str,
) -> None:
    """Compare what was found with what is expected; raises ModelRefused at the first difference."""
    found = hashlib.sha256(artefact).hexdigest()
    for name, is_, expected in (
        ("the artefact's SHA-256", found, manifest.sha256),
        ("the artefact's SHA-256", found, pinned_sha256 or found),
        (
            "the scikit-learn of training",
            manifest.libraries.get("scikit-learn"),
            sklearn.__version__,
        ),
        ("the digest of the features", manifest.columns_sha256, digest(encoding.columns)),
        ("the list of conditions", sorted(manifest.conditions), sorted(conditions)),
        ("the version of the red flags", manifest.rules_version, red_flags.VERSION),
    ):
        if is_ != expected:
            raise ModelRefused(f"The model is refused: {name} is {is_}, expected {expected}.")


def _try(model: Model) -> None:
    """Rank one case, so that a model that cannot is refused now and not at the first request."""
    example = Case(frozenset(), frozenset(), {}, frozenset())
    try:
        (ranking,) = model.rank([example], TRIAGE_SETTING)
    except Exception as error:  # whatever it raises, it is no model of ours
        raise ModelRefused(f"The artefact cannot rank a case: {type(error).__name__}.") from error
    if not np.isfinite(list(ranking.probabilities.values())).all():
        raise ModelRefused("The artefact ranks a case with numbers that are not finite.")
