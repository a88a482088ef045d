from collections.abc import Iterator

import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from service.clinical.vocabulary import Vocabulary
from service.features import Encoding
from synthetic import blocks
from tests.training.oracle import Call, Dealt, Oracle, ground
from training import chain, export, search
from training.candidates import PERCEPTRON, Candidate, Recipe, Step
from training.search import Backend
from training.trial import Ground, Trial
from training.workbench import Workbench

RATES = [1e-3, 3e-3]

SMALL = Recipe(
    "small",
    (
        Candidate(
            "perceptron",
            PERCEPTRON.make,
            {"hidden_layer_sizes": [(16,)], "learning_rate_init": RATES},
            number=2,
        ),
    ),
    (Step(1, (64,), keep=1), Step(2, (256,))),
)
"""Two perceptrons side by side on one block, the better one alone on the next."""


class Listener:
    """Is told of trials, and keeps their names."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bool]] = []

    def __call__(self, trial: Trial, goes_on: bool) -> None:
        """Note the name of a trial and whether it goes on."""
        self.heard.append((trial.name, goes_on))


def oracle(name: str, *sure: float, whole: int = 0) -> Candidate:
    """Return a candidate that gives the truth so much after each time that it is fed."""
    return Candidate(name, Oracle, {"sure": [sure]}, 1, whole)


def searched(recipe: Recipe, on: Ground, backend: Backend, seed: int = 1) -> Trial:
    """Return what a search finds that tells nobody."""
    return search.search(recipe, seed, on, backend, lambda *_: None)


@pytest.fixture
def on(words: Vocabulary) -> Ground:
    """Where oracles are tried."""
    return ground(Encoding(words))


@pytest.fixture(scope="module")
def documented(bench: Workbench) -> Ground:
    """Where perceptrons learn from cases of the documented world."""
    return chain.ground(chain.order(SMALL, 1, blocks.stream(7), bench), bench)


@pytest.fixture(scope="module")
def found(documented: Ground) -> Trial:
    """What is found by one process."""
    return searched(SMALL, documented, Backend())


@pytest.fixture
def cluster() -> Iterator[Client]:
    """A Dask cluster of two processes on this machine."""
    alone = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    local = LocalCluster(n_workers=2, **alone)  # type: ignore[no-untyped-call]
    with local, Client(local) as client:  # type: ignore[no-untyped-call]
        yield client


def test_halving_keeps_the_best(on: Ground) -> None:
    """After each step the trials of the least loss go on, and the best of the last is returned."""
    recipe = Recipe(
        "halving",
        (
            oracle("late", 0.3, 0.9, 0.99),
            oracle("fast", 0.6, 0.7, 0.99),
            oracle("sound", 0.5, 0.8, 0.9),
            oracle("slow", 0.4, 0.99, 0.99),
        ),
        (Step(1, (1,), keep=2), Step(2, (2,), keep=1), Step(3, (4,))),
    )
    told = Listener()

    best = search.search(recipe, 1, on, Backend(), told)

    assert told.heard == [
        ("fast-1", True),
        ("sound-1", True),
        ("slow-1", False),
        ("late-1", False),
        ("sound-1", True),
        ("fast-1", False),
        ("sound-1", False),
    ]
    assert best.name == "sound-1"
    assert np.allclose([point.log_loss for point in best.curve], -np.log([0.5, 0.8, 0.9]))
    assert best.classifier.calls == [
        Call("partial_fit", 3, 1),
        Call("partial_fit", 6, 2),
        Call("partial_fit", 9, 4),
    ]


@pytest.mark.parametrize(("sure", "best"), [(0.95, "forest-1"), (0.85, "stream-1")])
def test_whole_candidates_take_part_once(on: Ground, sure: float, best: str) -> None:
    """What is fitted once takes no other's place in the next step, and wins if it stays best."""
    recipe = Recipe(
        "once",
        (oracle("forest", sure, whole=2), oracle("stream", 0.5, 0.9), oracle("lost", 0.4, 0.99)),
        (Step(1, (1,), keep=1), Step(2, (1,))),
    )
    told = Listener()

    winner = search.search(recipe, 1, on, Backend(), told)

    assert told.heard == [
        ("forest-1", False),
        ("stream-1", True),
        ("lost-1", False),
        ("stream-1", False),
    ]
    assert winner.name == best
    fed = {"forest-1": [Call("fit", 9, 0)], "stream-1": [Call("partial_fit", n, 1) for n in (3, 6)]}
    assert winner.classifier.calls == fed[best]


def test_trial_that_is_alone_is_fed_by_all_processes(on: Ground) -> None:
    """Where one trial is left its blocks are drawn side by side instead."""
    recipe = Recipe("alone", (oracle("one", 0.5),), (Step(2, (1,)), Step(5, (1,))))

    searched(recipe, on, Backend(jobs=2))

    assert isinstance(on.stream, Dealt)
    assert on.stream.asked == [(0, 2, 2), (2, 5, 2)]


def test_trials_are_made_by_seed() -> None:
    """A trial has a name of its own, one of the settings and the seed of the search."""
    made = search.trials(SMALL, 5)

    assert [trial.name for trial in made] == ["perceptron-1", "perceptron-2"]
    assert sorted(trial.setting["learning_rate_init"] for trial in made) == RATES
    for trial in made:
        assert isinstance(trial.classifier, MLPClassifier)
        known = {**trial.setting, "random_state": 5}
        assert known.items() <= trial.classifier.get_params().items()


def test_search_does_what_is_done_by_hand(found: Trial, documented: Ground) -> None:
    """The artefact is that of scikit-learn alone, fed the same blocks and compared once."""
    first, second = documented.stream(0, 2, documented.prepare)
    validation, classes = documented.validation, documented.classes
    losses = {}
    with threadpool_limits(1):
        for rate in RATES:
            one = MLPClassifier((16,), learning_rate_init=rate, batch_size=64, random_state=1)
            one.partial_fit(first.features, first.labels, classes=classes)
            said = one.predict_proba(validation.features)
            losses[log_loss(validation.labels, said, labels=classes)] = one
        best = losses[min(losses)].set_params(batch_size=256)
        best.partial_fit(second.features, second.labels)

    assert found.cases == len(first.labels) + len(second.labels)
    assert export.dump(found.pipeline) == export.dump(Pipeline([("classifier", best)]))


def test_processes_do_not_change_the_artefact(found: Trial, documented: Ground) -> None:
    """Two processes of joblib, then of the stream, give the bytes that one process gives."""
    together = searched(SMALL, documented, Backend("loky", 2))

    assert export.dump(together.pipeline) == export.dump(found.pipeline)


def test_cluster_does_not_change_the_artefact(
    found: Trial, documented: Ground, cluster: Client
) -> None:
    """The workers of a Dask cluster give the bytes that one process gives, and do the work."""
    together = searched(SMALL, documented, Backend("dask", 2))

    assert export.dump(together.pipeline) == export.dump(found.pipeline)
    done = cluster.run(lambda dask_worker: dask_worker.state.executed_count)
    assert sum(done.values()) == 2


def test_same_seed_gives_the_same_artefact(found: Trial, documented: Ground) -> None:
    """A search that is run again gives the same bytes, with another seed it gives others."""
    again = searched(SMALL, documented, Backend())
    other = searched(SMALL, documented, Backend(), seed=2)

    assert export.dump(again.pipeline) == export.dump(found.pipeline)
    assert export.dump(other.pipeline) != export.dump(found.pipeline)
