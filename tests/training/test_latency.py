from time import sleep
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_info, threadpool_limits

from service.clinical.case import Case, read
from service.clinical.vocabulary import Vocabulary
from service.model import Model
from training import latency
from training.trial import Trial
from training.workbench import Workbench


class Slow:
    """A classifier that rests before it answers."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def predict_proba(self, features: Any) -> Any:
        """Rest and answer."""
        sleep(0.005)
        return self._pipeline.predict_proba(features)


class Clock:
    """A clock that stands still but for what is told to take time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Timed:
    """A classifier that takes 6 seconds by a clock, and one time much longer."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self.threads, self.calls = clock, set[int](), 0

    def predict_proba(self, features: Any) -> Any:
        """Take the time, and say that all conditions are alike."""
        self.calls += 1
        self.threads |= {pool["num_threads"] for pool in threadpool_info()}
        self._clock.now += 100_000 if self.calls == 5 else 6
        return np.full((len(features), 21), 1 / 21)


@pytest.fixture
def case(words: Vocabulary) -> Case:
    """A case of a few answers."""
    return read(["leg_numbness"], ["fever"], {}, words)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which latency is measured; the bare perceptron takes 2 seconds by it."""
    clock = Clock()

    def answer(_: MLPClassifier, features: Any) -> Any:
        clock.now += 2
        return np.full((len(features), 21), 1 / 21)

    monkeypatch.setattr(latency, "ROUNDS", 3)
    monkeypatch.setattr(latency, "perf_counter", clock)
    monkeypatch.setattr(MLPClassifier, "predict_proba", answer)
    return clock


def test_slower_models_have_a_greater_ratio(
    model: Model, trial: Trial, case: Case, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ratio is positive, and greater for the same model that rests before it answers."""
    monkeypatch.setattr(latency, "ROUNDS", 5)
    slow = Model(Slow(trial.pipeline), model.manifest, bench.encoding)

    assert 0 < latency.ratio(model, case, bench) < latency.ratio(slow, case, bench)


def test_ratio_is_that_of_the_best_rounds(
    model: Model, case: Case, bench: Workbench, clock: Clock
) -> None:
    """Against a perceptron of 2 seconds one of 6 takes three times as long, but for one call."""
    timed = Timed(clock)

    found = latency.ratio(Model(timed, model.manifest, bench.encoding), case, bench)

    assert found == 3


def test_ratio_is_measured_on_one_thread(
    model: Model, case: Case, bench: Workbench, clock: Clock
) -> None:
    """A model is measured as a service of one thread asks it."""
    timed = Timed(clock)

    with threadpool_limits(2):
        latency.ratio(Model(timed, model.manifest, bench.encoding), case, bench)

    assert timed.threads == {1}
