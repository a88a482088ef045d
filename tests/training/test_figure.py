import numpy as np
import pandas as pd
import pytest
from scipy.special import betainc
from scipy.stats import binomtest

from training import figure
from training.figure import Figure, Share


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (8, 10, 0.444, 0.975),
        (0, 20, 0.0, 0.168),
        (20, 20, 0.832, 1.0),
        (1, 2, 0.013, 0.987),
        (5, 10, 0.187, 0.813),
        (0, 1, 0.0, 0.975),
    ],
)
def test_interval_is_the_published_one(count: int, total: int, low: float, high: float) -> None:
    """The ends are those of published tables of exact (Clopper-Pearson) 95 % intervals."""
    assert tuple(round(end, 3) for end in Share(count, total).interval) == (low, high)


def test_interval_is_that_of_the_binomial_test() -> None:
    """Every count of every total up to 30 has the ends that SciPy finds by searching for a root."""
    for total in range(1, 31):
        for count in range(total + 1):
            ends = binomtest(count, total).proportion_ci(method="exact")
            assert figure.interval(count, total) == pytest.approx((ends.low, ends.high), abs=1e-9)


def test_interval_of_an_effective_number() -> None:
    """At the ends of 8.5 of 20.25 the two tails of the beta distribution are 2.5 % each."""
    low, high = figure.interval(8.5, 20.25)

    assert betainc(8.5, 12.75, low) == pytest.approx(0.025)
    assert betainc(9.5, 11.75, high) == pytest.approx(0.975)


def test_share_tells_its_interval_and_counts() -> None:
    """A share never stands alone in a text."""
    assert str(Share(8, 10)) == "0.800 (0.444 to 0.975, 8 of 10)"


def test_figure_tells_its_interval_where_it_has_one() -> None:
    """A share comes with its ends, any other number with itself."""
    assert str(Figure("top_1", 0.8, 10, 0.444, 0.975)) == "0.800 (0.444 to 0.975)"
    assert str(Figure("regret", 0.05, 10)) == "0.050"


@pytest.mark.parametrize(
    ("one", "key", "is_headline"),
    [
        (Figure("regret", 0, 1), "regret", True),
        (Figure("coverage.shingles", 0, 1), "coverage.shingles", False),
        (Figure("top_1", 0, 1, world="stress"), "stress/top_1", True),
        (Figure("top_1", 0, 1, setting="primary_care"), "primary_care/top_1", True),
        (Figure("top_1", 0, 1, answers="2-5 answers"), "2-5 answers/top_1", False),
        (
            Figure("top_1", 0, 1, None, None, "own", "primary_care", "2-5 answers", "sex male"),
            "own/primary_care/2-5 answers/sex male/top_1",
            False,
        ),
    ],
)
def test_key_names_what_is_not_as_usual(one: Figure, key: str, is_headline: bool) -> None:
    """World, setting, answers and group stand before the name, unless they are the usual ones."""
    assert (one.key, one.is_headline) == (key, is_headline)


@pytest.mark.parametrize(
    ("one", "is_slice"),
    [
        (Figure("top_1", 0, 1), False),
        (Figure("top_1.shingles", 0, 1), True),
        (Figure("coverage.shingles", 0, 1), False),
        (Figure("top_1", 0, 1, answers="2-5 answers"), True),
        (Figure("top_1.shingles", 0, 1, answers="2-5 answers"), False),
        (Figure("emergencies_given_emergency", 0, 1, group="sex male"), True),
        (Figure("log_loss", 0, 1, group="sex male"), False),
        (Figure("top_1", 0, 1, world="stress", group="sex male"), False),
        (Figure("top_1", 0, 1, setting="primary_care", group="sex male"), False),
    ],
)
def test_slice_is_a_main_figure_of_one_part(one: Figure, is_slice: bool) -> None:
    """What a manifest tells beside the headlines is of one band, group or condition."""
    assert one.is_slice is is_slice


TWO = (Figure("top_1", 0.8, 10, 0.4, 0.9, world="stress"), Figure("regret", 0.05, 12.5))


def test_metrics_hold_values_and_ends() -> None:
    """Each figure is a metric by its key, and where it has ends they are two more."""
    assert figure.metrics(TWO) == {
        "stress/top_1": 0.8,
        "stress/top_1_low": 0.4,
        "stress/top_1_high": 0.9,
        "regret": 0.05,
    }


def test_table_has_a_row_for_each_figure() -> None:
    """All that a figure says of itself is a column, and its key another one."""
    expected = pd.DataFrame(
        {
            "name": ["top_1", "regret"],
            "value": [0.8, 0.05],
            "cases": [10, 12.5],
            "low": [0.4, np.nan],
            "high": [0.9, np.nan],
            "world": ["stress", "documented"],
            "setting": ["balanced", "balanced"],
            "answers": ["all", "all"],
            "group": ["all", "all"],
            "key": ["stress/top_1", "regret"],
        }
    )

    pd.testing.assert_frame_equal(figure.table(TWO), expected)
