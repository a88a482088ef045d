"""Trials: a classifier on its way through the training cases, and how it does on the way."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from service.model import Probabilities, reweight
from training import fit
from training.candidates import Candidate, Step
from training.evaluate import regret
from training.fit import Encoded, Labels, Preparation


class Stream(Protocol):
    """Training cases, block by block and without end."""

    def __call__(
        self, start: int, stop: int, prepare: Preparation, workers: int = 1
    ) -> Iterator[Encoded]:
        """Yield the blocks start to stop - 1 in their order, drawn by as many processes."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every trial stands on: where its cases come from and what it is measured by.

    `posterior` is the exact one of the validation cases, (n_cases, n_conditions), `prior` that of
    the training cases, (n_conditions,).
    """

    stream: Stream
    prepare: Preparation
    validation: Encoded
    posterior: Probabilities
    classes: Labels
    prior: NDArray[np.float64]

    def balanced(self, classifier: Any) -> Probabilities:
        """Return what a classifier says of the validation cases when all conditions are alike."""
        with threadpool_limits(1):
            found = classifier.predict_proba(self.validation.features).astype(np.float64)
        return reweight(found, 1 / self.prior)


@dataclass(frozen=True, slots=True)
class Point:
    """How a trial does on the validation split after so many training cases."""

    cases: int
    log_loss: float
    regret: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate with a setting, its classifier as far as it is fitted, and how it did so far."""

    name: str
    candidate: Candidate
    setting: Mapping[str, Any]
    classifier: Any
    curve: tuple[Point, ...] = ()

    @property
    def cases(self) -> int:
        """The training cases that it has seen."""
        return self.curve[-1].cases if self.curve else 0

    @property
    def pipeline(self) -> Pipeline:
        """The fitted classifier as it is served."""
        return Pipeline([("classifier", self.classifier)])


@dataclass(frozen=True, slots=True)
class Stretch:
    """The blocks of a step: from where the step before it ended."""

    start: int
    step: Step

    def batch_size(self, block: int) -> int:
        """Return the batch size at a block of the stretch, counted from its start."""
        sizes = self.step.batch_sizes
        return sizes[block * len(sizes) // self.blocks]

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return self.step.stop - self.start


def advance(
    trial: Trial,
    stretch: Stretch,
    on: Ground,
    workers: int = 1,
    fed: Callable[[], object] = lambda: None,
) -> Trial:
    """Fit a trial on the blocks of a stretch, drawn by so many processes, and measure it."""
    began, cases = perf_counter(), trial.cases
    if whole := trial.candidate.whole:
        blocks = list(on.stream(0, whole, on.prepare, workers))
        fit.fit(trial.classifier, blocks)
        cases += sum(len(block.labels) for block in blocks)
    else:
        drawn = on.stream(stretch.start, stretch.step.stop, on.prepare, workers)
        for i, block in enumerate(drawn):
            fit.feed(trial.classifier, block, on.classes, stretch.batch_size(i))
            cases += len(block.labels)
            fed()
    return _measured(trial, cases, perf_counter() - began, on)


def _measured(trial: Trial, cases: int, seconds: float, on: Ground) -> Trial:
    """Append how a trial does now to its curve."""
    balanced = on.balanced(trial.classifier)
    point = Point(
        cases=cases,
        log_loss=float(log_loss(on.validation.labels, balanced, labels=on.classes)),
        regret=regret(balanced, on.posterior),
        seconds=seconds,
    )
    return replace(trial, curve=(*trial.curve, point))
