"""A real MLflow in a folder of its own, and versions in it that nobody had to train."""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from service.manifest import Manifest
from training import export, registry, tracking
from training.registry import Version

WARNINGS = [
    # MLflow maps its tables with a strategy that SQLAlchemy is about to drop.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
    # MLflow warns of its own type hints when it is first imported in full.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]
"""The marks of a module that uses MLflow."""

SERVED = ["MODEL_CARD.md", "manifest.json", "model.joblib"]
"""What a folder that is served from holds."""


def forget(patch: pytest.MonkeyPatch) -> None:
    """Let MLflow know no earlier server; what it sets itself is undone with the patch."""
    for name in (
        "MLFLOW_TRACKING_URI",
        "MLFLOW_EXPERIMENT_ID",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
        "MLFLOW_HTTP_REQUEST_TIMEOUT",
    ):
        patch.setenv(name, "")
        patch.delenv(name)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, hidden ones too; nothing for one that is not there."""
    found = folder.iterdir() if folder.exists() else ()
    return {path.name: path.read_bytes() for path in found}


def nested(client: MlflowClient, parent: str) -> list[Run]:
    """Return the runs nested in another, by name."""
    experiment = client.get_run(parent).info.experiment_id
    found = client.search_runs(
        [experiment], filter_string=f"tags.`mlflow.parentRunId` = '{parent}'"
    )
    return sorted(found, key=lambda run: str(run.info.run_name))


@dataclass(frozen=True)
class Registry:
    """A registry with the models that a test puts into it, and the folder that is served from.

    The versions share one artefact; their manifests, and so their answers, may differ.
    """

    build: Path
    models: Path
    artefact: bytes
    manifest: Manifest

    @property
    def client(self) -> MlflowClient:
        """A client of the same database."""
        return MlflowClient(f"sqlite:///{self.build.resolve() / 'mlflow.db'}")

    def put(self, data: Mapping[str, Any] | None = None, **changed: Any) -> Version:
        """Register a model whose manifest is changed so, as the challenger.

        `data` is added to what the manifest says of the cases.
        """
        client = self.client
        if not client.search_registered_models():
            client.create_registered_model(tracking.NAME)
        experiment = client.get_experiment_by_name(tracking.NAME)
        assert experiment is not None
        run = client.create_run(experiment.experiment_id).info.run_id
        made = client.create_model_version(tracking.NAME, f"runs:/{run}/model", run_id=run)
        number = str(made.version)
        identity = {**self.manifest.model, "version": number, "run_id": run}
        learned = {**self.manifest.data, **(data or {})}
        described = replace(self.manifest, model=identity, data=learned, **changed)
        with TemporaryDirectory() as folder:
            export.write(Path(folder), self.artefact, described, f"# card of {number}\n")
            client.log_artifacts(run, folder, tracking.EXPORT)
        version = Version(number, run)
        registry.challenge(version)
        return version

    def serve(self, **changed: Any) -> Version:
        """Register a model and let it serve, unjudged."""
        version = self.put(**changed)
        registry.crown([*registry.champions(), version.number])
        self.models.mkdir(exist_ok=True)
        for name in SERVED:
            shutil.copyfile(self.stored(version, name), self.models / name)
        return version

    def stored(self, version: Version, name: str) -> Path:
        """Return where a file of a version's export lies on disk."""
        run = self.build / "mlartifacts" / version.run_id
        return Path(run, "artifacts", tracking.EXPORT, name)

    def damage(self, version: Version) -> None:
        """Flip a bit in the middle of a version's stored artefact."""
        path = self.stored(version, "model.joblib")
        found = bytearray(path.read_bytes())
        found[len(found) // 2] ^= 1
        path.write_bytes(bytes(found))

    def state(self) -> tuple[str | None, str | None, list[str], dict[str, bytes]]:
        """Champion, challenger, the order of champions and what is served."""
        champion, challenger = (
            found.number if (found := registry.find(alias)) else None
            for alias in (registry.CHAMPION, registry.CHALLENGER)
        )
        return champion, challenger, registry.champions(), contents(self.models)

    def served(self) -> str:
        """The version in the manifest of the folder served."""
        text = (self.models / "manifest.json").read_text(encoding="utf-8")
        return str(json.loads(text)["model"]["version"])


@dataclass(frozen=True)
class Chained:
    """What one training left in a folder of its own."""

    folder: Path
    told: str
    client: MlflowClient
    run: Run

    @property
    def artifacts(self) -> Path:
        """The artefacts of the run."""
        return Path(self.folder, "build", "mlartifacts", self.run.info.run_id, "artifacts")

    @property
    def manifest(self) -> Manifest:
        """The manifest among them."""
        return Manifest.parse((self.artifacts / "export" / "manifest.json").read_text("utf-8"))


def chained(folder: Path, told: str) -> Chained:
    """Return what the newest training in a folder left."""
    client = MlflowClient(f"sqlite:///{folder / 'build' / 'mlflow.db'}")
    version = client.get_model_version_by_alias(tracking.NAME, registry.CHALLENGER)
    return Chained(folder, told, client, client.get_run(str(version.run_id)))


def copied(database: Path, build: Path) -> None:
    """Copy an empty database into a build folder: to make one takes seconds."""
    build.mkdir(parents=True)
    shutil.copyfile(database, build / "mlflow.db")


def dump(database: Path) -> str:
    """Return all that a database holds, as SQL."""
    with sqlite3.connect(database) as found:
        return "\n".join(found.iterdump())
