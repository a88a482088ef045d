"""Fixtures: one small world, trained once a session, and applications with and without it."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.clinical.vocabulary import Vocabulary, vocabulary
from service.model import Model, load
from service.settings import Settings
from synthetic import dataset, profiles
from training import chain, export, fit
from training.candidates import Recipe
from training.workbench import Workbench, read

TINY = Recipe("tiny", hidden_units=64, learning_rate=3e-3, batch_sizes=(64, 128))
"""Good enough to rank textbook cases, fitted in seconds."""


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    """The vocabulary of this installation."""
    return vocabulary()


@pytest.fixture(scope="session")
def world() -> profiles.World:
    """The documented world."""
    return profiles.read()


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set of 20,000 cases."""
    folder = tmp_path_factory.mktemp("cases")
    dataset.write(20_000, 7, folder)
    return folder


@pytest.fixture(scope="session")
def bench(cases: Path) -> Workbench:
    """The data set as the steps of training take it."""
    return read(cases)


@pytest.fixture(scope="session")
def models(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small exported model; do not change it, copy it."""
    folder = tmp_path_factory.mktemp("models")
    pipeline = fit.fit(TINY, bench.data.split("train"), bench.encoding, seed=1)
    decided = chain.decide(pipeline, bench)
    metrics = chain.measure(pipeline, decided, bench.data.split("evaluation"), bench)
    artefact = export.dump(pipeline)
    identity = {"name": "cauda", "version": "1", "recipe": "tiny", "run_id": "0123abcd"}
    manifest = export.describe(artefact, identity, decided, metrics, bench)
    export.write(artefact, manifest, "# card\n", bench, folder)
    return folder


@pytest.fixture(scope="session")
def model(models: Path, bench: Workbench) -> Model:
    """The small model, loaded as the service loads it."""
    return load(models, bench.encoding, list(bench.conditions))


@pytest.fixture
def client(models: Path) -> FlaskClient:
    """A client of a service with the small model."""
    return create_app(Settings(models=models)).test_client()


@pytest.fixture
def degraded(tmp_path: Path) -> FlaskClient:
    """A client of a service that has no model."""
    return create_app(Settings(models=tmp_path)).test_client()
