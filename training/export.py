"""The export: artefact, manifest and model card, verified before they replace those that serve."""

import hashlib
import io
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

from service import manifest, model
from service.clinical import red_flags
from training.workbench import Workbench

CARD = "MODEL_CARD.md"
OF_THE_DATA = ("sha256", "number", "seed", "commit", "rows_by_basis")
"""What the manifest says of the cases, out of their card."""

LIBRARIES = ("scikit-learn", "numpy", "joblib")


def dump(pipeline: Pipeline) -> bytes:
    """Return a fitted pipeline as the bytes of the artefact."""
    file = io.BytesIO()
    joblib.dump(pipeline, file, compress=3)
    return file.getvalue()


def describe(
    artefact: bytes,
    identity: Mapping[str, str],
    decision: Mapping[str, Any],
    metrics: Mapping[str, float],
    on: Workbench,
) -> manifest.Manifest:
    """Return the manifest of an artefact.

    `identity` is name, version, recipe and run; `decision` thresholds, coverage and conformal.
    """
    return manifest.Manifest(
        format=manifest.FORMAT,
        sha256=hashlib.sha256(artefact).hexdigest(),
        model=identity,
        conditions=sorted(on.prior),
        columns_sha256=manifest.digest(on.encoding.columns),
        libraries={"python": python_version()} | {name: version(name) for name in LIBRARIES},
        trained_prior=on.prior,
        priors=on.data.card["priors"],
        data={key: on.data.card[key] for key in OF_THE_DATA},
        rules_version=red_flags.VERSION,
        metrics=metrics,
        **decision,
    )


def write(
    artefact: bytes,
    described: manifest.Manifest,
    text: str,
    on: Workbench,
    folder: Path,
) -> None:
    """Verify the parts as the service will and move them into the folder.

    Each file is replaced by rename. Between the two renames artefact and manifest do not fit each
    other, which a service that starts just then refuses; those that run keep what they loaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        (new / model.ARTEFACT).write_bytes(artefact)
        (new / model.MANIFEST).write_text(described.text(), encoding="utf-8")
        (new / CARD).write_text(text, encoding="utf-8")
        model.load(new, on.encoding, list(on.conditions))
        for name in (model.ARTEFACT, CARD, model.MANIFEST):
            (new / name).replace(folder / name)
    finally:
        shutil.rmtree(new)
