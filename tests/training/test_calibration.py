import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import binomtest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from service.clinical.vocabulary import Urgency
from training import calibration
from training.figure import Figure
from training.view import View

Reals = NDArray[np.float64]
IDS = ["a", "b"]
URGENCIES = [Urgency.URGENT, Urgency.SELF_CARE]


def test_temperature_is_that_of_scikit_learn() -> None:
    """In each band it is the one that scikit-learn finds on the weighted cases of that band."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1100, 4))
    y = (x @ rng.normal(size=(4, 3)) + 2 * rng.gumbel(size=(1100, 3))).argmax(axis=1)
    # A hundred cases are few, so that what it says is too sure of itself.
    classifier = LogisticRegression(C=np.inf).fit(x[:100], y[:100])
    x, y, weights = x[100:], y[100:], rng.exponential(size=1000)
    answers = np.where(np.arange(1000) % 2, 8, 25)

    found = calibration.temperatures(classifier.predict_proba(x), y, answers, weights)

    assert found[0] == found[2] == 1
    for band, number in ((1, 8), (3, 25)):
        chosen = answers == number
        theirs = CalibratedClassifierCV(FrozenEstimator(classifier), method="temperature")
        with warnings.catch_warnings():
            # It says that the frozen classifier ignores the weights, as it should.
            warnings.filterwarnings("ignore", message="Since FrozenEstimator")
            theirs.fit(x[chosen], y[chosen], sample_weight=weights[chosen])
        (calibrator,) = theirs.calibrated_classifiers_[0].calibrators
        assert found[band] == pytest.approx(1 / calibrator.beta_, rel=1e-4)
        assert found[band] > 1.1


def test_temperature_needs_thirty_cases() -> None:
    """Of 29 cases in a band nothing is learned, of 30 something is."""
    said = np.tile([0.9, 0.1], (59, 1))
    answers = np.repeat([3, 8], [29, 30])

    found = calibration.temperatures(said, np.arange(59) % 2, answers, np.ones(59))

    assert found[0] == 1
    assert found[1] > 2


def spread() -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[Any]]:
    """Return 200 cases of what was said and happened, and weights 1 to 4, by golden ratios."""
    i = np.arange(200)
    said = 0.02 + 0.96 * ((i * 0.6180339887) % 1)
    return said, (i * 0.7548776662) % 1 < 0.1 + 0.7 * said, 1.0 + i % 4


@pytest.mark.parametrize(
    ("weighted", "line"),
    [
        (False, (-0.23548191707, 0.59341957265, 0.15509366868, 0.11827460989)),
        (True, (-0.28917565614, 0.61114785683, 0.16996434653, 0.12495010677)),
    ],
)
def test_line_and_errors_are_those_of_statsmodels(weighted: bool, line: tuple[float, ...]) -> None:
    """They are what statsmodels 0.15.0 gives: GLM(Binomial(), var_weights), cov_type "HC0"."""
    said, happened, weights = spread()

    found = calibration.recalibration(said, happened, weights if weighted else np.ones(200))

    assert (
        found.intercept,
        found.slope,
        found.intercept_error,
        found.slope_error,
    ) == pytest.approx(line, rel=1e-8)


def test_line_is_that_of_scikit_learn() -> None:
    """It is a logistic regression on the log-odds, without a penalty."""
    said, happened, weights = spread()
    theirs = LogisticRegression(C=np.inf, tol=1e-10)
    theirs.fit(logit(said)[:, np.newaxis], happened, sample_weight=weights)

    found = calibration.recalibration(said, happened, weights)

    line = [*theirs.intercept_, *theirs.coef_[0]]
    assert [found.intercept, found.slope] == pytest.approx(line, rel=1e-5)


def test_what_comes_true_as_often_as_said_needs_no_repair() -> None:
    """Of 0.2, 0.5 and 0.9 a fifth, half and nine tenths happen: intercept 0, slope 1."""
    said = np.repeat([0.2, 0.5, 0.9], 10)
    happened = np.concatenate([np.arange(10) < count for count in (2, 5, 9)])

    found = calibration.recalibration(said, happened, np.ones(30))

    assert (found.intercept, found.slope) == pytest.approx((0, 1), abs=1e-9)


def test_what_is_too_sure_has_a_slope_under_one() -> None:
    """Log-odds of 9 to 1 said, 3 to 1 happened on both sides: the slope is ln 3 / ln 9, a half."""
    said = np.repeat([0.1, 0.9], 40)
    happened = np.concatenate([np.arange(40) < count for count in (10, 30)])

    found = calibration.recalibration(said, happened, np.ones(80))

    assert (found.intercept, found.slope) == pytest.approx((0, 0.5), abs=1e-9)


def test_line_is_found_where_whole_steps_leap_over_it() -> None:
    """Of probabilities near 0 and 1 every second comes true: the slope is 0, not what it began."""
    said = ranked(4000)[:, 0]

    found = calibration.recalibration(said, np.arange(4000) % 2 == 0, np.ones(4000))

    # The odd cases' logits are those of the even ones but for a step of 1 in 4001.
    assert (found.intercept, found.slope) == pytest.approx((0, 0), abs=2e-3)
    # Of 4,000 cases half of which happen: 1 / sqrt(4000 / 4), and the logits' variance is pi² / 3.
    assert found.intercept_error == pytest.approx(2 / np.sqrt(4000), rel=1e-3)
    assert found.slope_error == pytest.approx(2 / np.sqrt(4000 * np.pi**2 / 3), rel=1e-2)


def test_certainties_are_kept_from_infinity() -> None:
    """Certain counts as 1e12 to 1; where 19 to 1 happened the slope is the ratio of their logs."""
    said = np.repeat([0.0, 1.0], 20)
    happened = np.concatenate([np.arange(20) < count for count in (1, 19)])

    found = calibration.recalibration(said, happened, np.ones(40))

    ratio = np.log(19) / np.log(1e12)
    assert (found.intercept, found.slope) == pytest.approx((0, ratio), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(("happened", "told"), [(True, "100%"), (False, "0%")])
def test_no_line_where_all_or_none_happened(happened: bool, told: str) -> None:
    """There is no slope among cases that are all alike."""
    with pytest.raises(ValueError, match=told):
        calibration.recalibration(np.full(9, 0.5), np.full(9, happened), np.ones(9))


@pytest.mark.parametrize(
    ("said", "happened"),
    [
        ([0.25, 0.75], [False, True]),
        ([0.0, 1.0], [False, True]),
        ([0.2, 0.5, 0.5, 0.8], [False, False, True, True]),
        ([1e-12, 0.5, 0.5, 1.0], [False, False, True, True]),
        ([0.3, 0.3], [False, True]),
    ],
    ids=["told apart", "certain", "told apart but for ties", "certain but for ties", "alike"],
)
def test_no_line_where_no_slope_is_the_best(said: list[float], happened: list[bool]) -> None:
    """What is told apart asks for ever steeper lines, and what is alike for any."""
    numbers, so = np.tile(said, 20), np.tile(happened, 20)
    truth = np.where(so, 0, 1)
    view = View(np.ones(len(so)))

    with pytest.raises(ValueError, match=r"tells apart|come to rest|Singular|every case"):
        calibration.recalibration(numbers, so, view.weights)
    both = np.column_stack([numbers, 1 - numbers])
    assert calibration.figures(both, truth, view, IDS, URGENCIES) == []


def test_no_line_where_all_cases_are_of_one_condition() -> None:
    """A band of somebody's own cases may hold one condition alone: that is no reason to fail."""
    truth = np.zeros(40, dtype=np.intp)

    assert calibration.figures(ranked(40), truth, View(np.ones(40)), IDS, URGENCIES) == []


def ranked(number: int) -> Reals:
    """Return probabilities of a and b, (n_cases, 2): that of a falls from case to case."""
    of_a = 1 - (np.arange(number) + 1) / (number + 1)
    return np.column_stack([of_a, 1 - of_a])


def test_top_percent_by_hand() -> None:
    """Forty of 4,000 are given most of a: 1 - 20.5 / 4001 on average; three in four have it."""
    truth = np.where(np.arange(4000) % 4 == 0, 1, 0)
    view = View(np.ones(4000))

    found = {
        one.name: one for one in calibration.figures(ranked(4000), truth, view, IDS, URGENCIES)
    }

    ends = binomtest(30, 40).proportion_ci(method="exact")
    said, seen = found["top_percent_said.a"], found["top_percent_seen.a"]
    assert (said.value, said.cases) == pytest.approx((1 - 20.5 / 4001, 40))
    assert (seen.value, seen.cases) == (0.75, 40)
    assert (seen.low, seen.high) == pytest.approx((ends.low, ends.high))
    # Of what is not urgent the top is not asked for.
    assert [name for name in found if name.endswith(".b")] == [
        "calibration_slope.b",
        "calibration_intercept.b",
    ]


def test_top_percent_is_of_weights() -> None:
    """The first 40 cases weigh 2 and 1 in turn, 60 of 6,000; the 40 are 60² / 100 = 36 cases."""
    weights = np.concatenate([np.tile([2.0, 1.0], 20), np.full(3960, 1.5)])
    truth = np.arange(4000) % 2

    found = {
        one.name: one
        for one in calibration.figures(ranked(4000), truth, View(weights), IDS, URGENCIES)
    }

    seen = found["top_percent_seen.a"]
    assert (seen.value, seen.cases) == pytest.approx((40 / 60, 36))


def test_interval_of_the_line_is_twice_its_error() -> None:
    """Slope and intercept come with 1.96 standard errors on both sides, of the view's setting."""
    said, happened, weights = spread()
    view = View(weights, setting="primary_care")

    slope, intercept, *_ = calibration.figures(
        np.column_stack([said, 1 - said]), np.where(happened, 0, 1), view, IDS, URGENCIES
    )

    effective = weights.sum() ** 2 / (weights**2).sum()
    assert (slope.name, slope.setting) == ("calibration_slope.a", "primary_care")
    assert [slope.value, slope.low, slope.high] == pytest.approx(
        [0.61114786, 0.61114786 - 0.24490221, 0.61114786 + 0.24490221]
    )
    assert isinstance(intercept, Figure)
    assert intercept.value == pytest.approx(-0.28917566)
    assert intercept.cases == pytest.approx(effective)


def test_rare_condition_and_small_top_are_left_out() -> None:
    """With 29 cases of a there is no line of it, and 1 % of 2,900 cases is too few for a top."""
    few = np.where(np.arange(2900) % 100 == 0, 0, 1)
    half = np.arange(2900) % 2

    def names(truth: NDArray[np.intp]) -> list[str]:
        view = View(np.ones(2900))
        return [one.name for one in calibration.figures(ranked(2900), truth, view, IDS, URGENCIES)]

    assert names(few) == ["calibration_slope.b", "calibration_intercept.b"]
    assert names(half) == [
        f"calibration_{name}.{id}" for id in IDS for name in ("slope", "intercept")
    ]


def test_lines_outside_of_their_goals_are_counted() -> None:
    """Slopes count beyond 0.9 to 1.1, intercepts beyond 0.15 either way; other figures do not."""
    values = {
        "calibration_slope.a": 0.89,
        "calibration_slope.b": 1.1,
        "calibration_intercept.a": -0.16,
        "calibration_intercept.b": 0.15,
        "top_percent_said.a": 5.0,
    }

    assert calibration.outside([Figure(name, value, 100) for name, value in values.items()]) == 2
