from math import log

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB
from threadpoolctl import threadpool_limits

from service.clinical.vocabulary import Vocabulary
from service.features import Encoding
from tests.training.oracle import CLASSES, Call, Dealt, Oracle, ground
from training.candidates import Candidate, Step
from training.trial import Ground, Stretch, Trial, advance

LATER = Stretch(2, Step(8, (10, 20, 40)))
"""Six blocks, two for each batch size."""


@pytest.fixture
def on(words: Vocabulary) -> Ground:
    """Where all classes are alike."""
    return ground(Encoding(words))


def asked(on: Ground) -> list[tuple[int, int, int]]:
    """Return what the stream of a ground was asked for."""
    assert isinstance(on.stream, Dealt)
    return on.stream.asked


def trial(whole: int = 0, *sure: float) -> Trial:
    """Return the trial of an oracle."""
    oracle = Oracle(sure or (0.5,))
    return Trial("oracle-1", Candidate("oracle", Oracle, {}, 1, whole), {}, oracle)


def test_batches_grow_as_the_step_says(on: Ground) -> None:
    """The blocks of a stretch, and no others, are fed in order, each third by a larger batch."""
    advanced = advance(trial(), LATER, on)

    # Block i holds 3 (i + 1) cases.
    assert advanced.classifier.calls == [
        Call("partial_fit", 9, 10),
        Call("partial_fit", 12, 10),
        Call("partial_fit", 15, 20),
        Call("partial_fit", 18, 20),
        Call("partial_fit", 21, 40),
        Call("partial_fit", 24, 40),
    ]
    assert advanced.cases == 9 + 12 + 15 + 18 + 21 + 24


def test_blocks_that_do_not_divide_are_shared_out() -> None:
    """Of five blocks the smaller of two batch sizes gets three."""
    stretch = Stretch(10, Step(15, (8, 16)))

    assert [stretch.batch_size(i) for i in range(5)] == [8, 8, 8, 16, 16]


def test_classifiers_without_batches_take_blocks_as_they_are(on: Ground) -> None:
    """Naive Bayes counts all cases of the stretch, whatever the batch size."""
    bayes = Trial("bayes-1", Candidate("bayes", BernoulliNB, {}, 1), {}, BernoulliNB())

    advanced = advance(bayes, LATER, on)

    assert advanced.classifier.class_count_.tolist() == [33, 33, 33]
    assert advanced.classifier.classes_.tolist() == CLASSES.tolist()


def test_whole_candidates_are_fitted_once_on_the_first_blocks(on: Ground) -> None:
    """A candidate that is fitted once gets its own number of blocks, from the first on."""
    advanced = advance(trial(3), LATER, on, workers=2)

    assert advanced.classifier.calls == [Call("fit", 3 + 6 + 9, 0)]
    assert advanced.cases == 18
    assert asked(on) == [(0, 3, 2)]


def test_processes_and_progress_are_passed_on(on: Ground) -> None:
    """The stream draws by as many processes as it is told, and each block is reported."""
    fed: list[str] = []

    advance(trial(), LATER, on, workers=3, fed=lambda: fed.append("block"))

    assert asked(on) == [(2, 8, 3)]
    assert fed == ["block"] * 6


def test_curve_has_a_point_for_each_stretch(on: Ground) -> None:
    """A point tells the cases so far, the log loss of the truth and the regret, each by hand."""
    first = advance(trial(0, 0.5, 0.8), Stretch(0, Step(1, (1,))), on)
    second = advance(first, Stretch(1, Step(2, (1,))), on)

    # The posterior is 1/3 each, so its entropy is log 3 and the divergence from (p, q, q) is
    # -log 3 - (log p + 2 log q) / 3.
    regrets = [-1 - (log(p) + 2 * log(q)) / 3 / log(3) for p, q in ((0.5, 0.25), (0.8, 0.1))]
    assert [point.cases for point in second.curve] == [3, 9]
    assert np.allclose([point.log_loss for point in second.curve], -np.log([0.5, 0.8]))
    assert np.allclose([point.regret for point in second.curve], regrets)
    assert all(point.seconds > 0 for point in second.curve)
    assert (trial().cases, first.cases) == (0, 3)


def test_trials_are_judged_as_if_all_conditions_were_alike(words: Vocabulary) -> None:
    """What is learned under a prior is divided by it before it is compared."""
    on = ground(Encoding(words), np.array([0.5, 0.25, 0.25]))
    oracle = Oracle((0.5,))

    balanced = on.balanced(oracle)

    # (1/2, 1/4, 1/4) / (1/2, 1/4, 1/4), (1/4, 1/2, 1/4) / ... and (1/4, 1/4, 1/2) / ..., of sum 1.
    rows = [[1 / 3, 1 / 3, 1 / 3], [1 / 7, 4 / 7, 2 / 7], [1 / 7, 2 / 7, 4 / 7]]
    assert np.allclose(balanced, np.repeat(rows, 3, axis=0))
    assert balanced.dtype == np.float64


def test_trials_keep_to_one_thread(on: Ground) -> None:
    """BLAS is on one thread while a classifier learns and is asked, and only then."""
    with threadpool_limits(2):
        advanced = advance(trial(), LATER, on)
        advanced_whole = advance(trial(1), LATER, on)
        outside = Oracle()
        outside.predict_proba(on.validation.features)

    assert advanced.classifier.threads == advanced_whole.classifier.threads == {1}
    assert outside.threads == {2}


def test_what_is_served_is_the_classifier_alone() -> None:
    """The pipeline of a trial has no step but its classifier."""
    one = trial()

    assert one.pipeline.steps == [("classifier", one.classifier)]
