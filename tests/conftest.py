"""Fixtures: one small world, trained once a session, and applications with and without it."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.artefact import load
from service.clinical.vocabulary import Vocabulary, vocabulary
from service.model import Model
from service.settings import Settings
from synthetic import blocks, dataset, profiles
from training import chain, export
from training.candidates import PERCEPTRON, Candidate, Recipe, Step
from training.search import Backend, search
from training.trial import Trial
from training.workbench import Workbench, read

TINY = Recipe(
    "tiny",
    (
        Candidate(
            "perceptron",
            PERCEPTRON.make,
            {"hidden_layer_sizes": [(64,)], "learning_rate_init": [3e-3]},
            number=1,
        ),
    ),
    (Step(1, (32, 64)),),
)
"""Good enough to rank textbook cases, fitted in seconds on the training cases of one block."""


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
def order(bench: Workbench) -> chain.Order:
    """An order of the tiny recipe."""
    return chain.order(TINY, 1, blocks.stream(bench.data.card["seed"]), bench)


@pytest.fixture(scope="session")
def trial(order: chain.Order, bench: Workbench) -> Trial:
    """The fitted trial of that order."""
    return search(order.recipe, order.seed, chain.ground(order, bench), Backend(), lambda *_: None)


@pytest.fixture(scope="session")
def models(
    order: chain.Order,
    trial: Trial,
    bench: Workbench,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with a small exported model; do not change it, copy it."""
    folder = tmp_path_factory.mktemp("models")
    artefact, small = chain.made(trial, order, bench, "0123abcd", jobs=1)
    manifest = replace(small.manifest, model={**small.manifest.model, "version": "1"})
    export.write(folder, artefact, manifest, "# card\n")
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
