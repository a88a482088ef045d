import signal
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from synthetic import blocks
from tests.training.oracle import CLASSES, Call, Oracle, block
from training import cases, fit
from training.fit import Encoded, Preparation
from training.parts import PART
from training.workbench import Workbench

ENTRANCES: dict[str, Callable[[Any], None]] = {
    "feed": lambda classifier: fit.feed(classifier, block(9), CLASSES, batch_size=5),
    "fit": lambda classifier: fit.fit(classifier, [block(9), block(9)]),
}
"""The two ways to fit a classifier."""


class Struck(MLPClassifier):  # type: ignore[misc]
    """A perceptron in the middle of whose fit somebody presses Ctrl-C."""

    def _backprop(self, *arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return super()._backprop(*arguments)


class Warner(Oracle):
    """An oracle that warns of something else when it is fed."""

    def partial_fit(self, *_: Any, **__: Any) -> None:
        """Warn."""
        warnings.warn("the well runs dry", UserWarning, stacklevel=1)

    def fit(self, *_: Any, **__: Any) -> None:
        """Warn."""
        self.partial_fit()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Training cases as the stream draws them, more than one part of them."""
    (drawn,) = blocks.stream(7)(0, 1, lambda table: table.head(PART + 500))
    return drawn


def test_cases_are_encoded_as_the_service_does(table: pd.DataFrame, bench: Workbench) -> None:
    """Training takes each drawn case, in its order, as the service would take it by itself."""
    encoded = Preparation(bench.encoding)(table)

    one_by_one = [bench.encoding.row(one) for one in cases.single(table, bench.vocabulary)]
    assert encoded.features.format == "csr"
    assert encoded.features.dtype == np.float32
    assert np.array_equal(encoded.features.toarray(), np.array(one_by_one))
    assert encoded.labels.tolist() == table["condition"].tolist()


def test_cases_on_disk_are_encoded_as_the_service_does(bench: Workbench) -> None:
    """The validation cases, which are read instead of drawn, are encoded alike."""
    table = bench.data.split("validation")

    encoded = Preparation(bench.encoding)(table)

    assert np.array_equal(
        encoded.features.toarray(), bench.encoding.rows(cases.single(table, bench.vocabulary))
    )


def test_first_cases_may_lack_a_class() -> None:
    """A classifier that is fed has a column for each class, though it saw no case of some."""
    features = sparse.csr_matrix(np.eye(3, dtype=np.float32)[[2, 2, 0]])
    lacking = Encoded(features, CLASSES[[2, 2, 0]])

    for classifier in (BernoulliNB(), MLPClassifier((4,), random_state=1)):
        fit.feed(classifier, lacking, CLASSES, batch_size=2)
        assert classifier.classes_.tolist() == CLASSES.tolist()
        assert classifier.predict_proba(features).shape == (3, 3)


def test_whole_fit_takes_all_blocks_at_once() -> None:
    """A classifier that is fitted once gets the cases of all blocks in one call."""
    oracle = Oracle()

    fit.fit(oracle, map(block, range(3)))

    assert oracle.calls == [Call("fit", 3 + 6 + 9, 0)]


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=ENTRANCES)
def test_interrupt_stays_an_interrupt(entrance: Callable[[Any], None]) -> None:
    """Ctrl-C ends a perceptron's fit even where the user has silenced warnings."""
    struck = Struck((4,), batch_size=5, random_state=1)
    # What was started in the background of a shell ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(KeyboardInterrupt):
                entrance(struck)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=ENTRANCES)
def test_other_warnings_are_no_interrupt(entrance: Callable[[Any], None]) -> None:
    """Where warnings are errors another one is raised as it is."""
    with pytest.raises(UserWarning, match="the well runs dry"):
        entrance(Warner())


def test_fit_that_is_cut_short_is_no_fault() -> None:
    """A fit that has not converged after its iterations is taken without a warning."""
    classifier = LogisticRegression(max_iter=1)

    fit.fit(classifier, [block(9)])

    assert classifier.n_iter_.tolist() == [1]


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=ENTRANCES)
def test_fits_keep_to_one_thread(entrance: Callable[[Any], None]) -> None:
    """BLAS and OpenMP are on one thread in a fit, and on as many as before after it."""
    oracle, after = Oracle(), Oracle()

    with threadpool_limits(2):
        entrance(oracle)
        after.predict_proba(block(0).features)

    assert oracle.threads == {1}
    assert after.threads == {2}


def test_probabilities_are_those_of_each_case(table: pd.DataFrame, bench: Workbench) -> None:
    """What is said part by part is what is said of all cases at once, on one thread."""
    said_of: list[int] = []

    class Summing:
        """Says of a case how often it says yes, and notes how many cases it was asked of."""

        def predict_proba(self, features: Any) -> Any:
            said_of.append(len(features))
            return features[:, :2] + features.sum(axis=1, keepdims=True)

    said = fit.probabilities(Summing(), table, bench.encoding)

    features = bench.encoding.rows(cases.single(table, bench.vocabulary))
    assert np.array_equal(said, features[:, :2] + features.sum(axis=1, keepdims=True))
    assert said.dtype == np.float64
    assert said_of == [PART, 500]
