"""The artefact: verifies and loads what lies in `models/`."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import joblib
import numpy as np
import sklearn

from service.clinical import red_flags
from service.clinical.case import Case
from service.features import Encoding
from service.manifest import Manifest, ModelRefused, digest
from service.model import Model
from service.opinion import TRIAGE_SETTING

ARTEFACT, MANIFEST = "model.joblib", "manifest.json"


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
        (
            "the digest of the shares' columns",
            digest(sorted(manifest.shares)),
            digest(sorted(encoding.columns)),
        ),
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
