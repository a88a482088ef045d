"""Fixtures: a real MLflow with one training in it, and registries to promote in."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from service.manifest import Manifest
from tests.training import tracked
from tests.training.tracked import Chained, Registry, copied, forget
from training import chain, gates, latency, patients, tracking
from training.__main__ import PUBLISHED
from training.judgement import HeldOut
from training.search import Backend
from training.workbench import Workbench


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow in which nothing happened yet."""
    folder = tmp_path_factory.mktemp("database")
    MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_registered_models()
    return folder / "mlflow.db"


@pytest.fixture(scope="session")
def held_out(bench: Workbench) -> HeldOut:
    """Published patients and synthetic cases that the models of the tests are judged on."""
    known = patients.read_published(PUBLISHED, bench.vocabulary)
    return HeldOut(bench.data.split("evaluation"), None, None, known)


@pytest.fixture(scope="session")
def few(held_out: HeldOut) -> HeldOut:
    """The published patients and so few synthetic cases that a judgement takes half a second."""
    return HeldOut(held_out.evaluation.head(150), None, None, held_out.patients)


@pytest.fixture(scope="session")
def trained(
    order: chain.Order,
    bench: Workbench,
    held_out: HeldOut,
    database: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Chained:
    """A training with a real MLflow; what it left is read, not changed."""
    folder = tmp_path_factory.mktemp("chain")
    copied(database, folder / "build")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        forget(patch)
        # A run of a real training lasts longer than the ten seconds that are usual.
        patch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.2")
        # So few cases cannot show what the gates ask; a failing model would be no challenger.
        patch.setattr(gates, "GATES", tuple(gate for gate in gates.GATES if gate.name == "size"))
        told = chain.train(order, bench, held_out, Backend(), folder / "build")
    return tracked.chained(folder, told)


@pytest.fixture
def lax(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gates and a measure of latency for models that few cases are to judge."""
    size = tuple(gate for gate in gates.GATES if gate.name == "size")
    monkeypatch.setattr(gates, "GATES", size)
    monkeypatch.setattr(latency, "ROUNDS", 1)
    monkeypatch.setattr(latency, "CALLS", 1)


@pytest.fixture
def shelf(
    lax: None,  # noqa: ARG001  # the models on it are judged by few cases
    models: Path,
    database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Registry:
    """An empty registry, and a small model to put into it as often as wanted."""
    copied(database, tmp_path / "build")
    monkeypatch.chdir(tmp_path)
    forget(monkeypatch)
    tracking.connect(tmp_path / "build")
    text = (models / "manifest.json").read_text(encoding="utf-8")
    artefact = (models / "model.joblib").read_bytes()
    return Registry(tmp_path / "build", tmp_path / "models", artefact, Manifest.parse(text))
