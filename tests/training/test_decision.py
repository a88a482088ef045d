import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import betabinom

from service.clinical.vocabulary import Urgency
from training import decision

BANDS = {0: (2, 5), 1: (6, 10), 2: (11, 20), 3: (21, 60)}
"""Least and greatest number of answers in each band."""


def two_columns(of_first: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities of two conditions, (n_cases, 2), from those of the first."""
    return np.column_stack([of_first, 1 - of_first])


@pytest.mark.parametrize(
    ("cases", "rank"),
    [
        (0, 0),
        (1, 0),
        (18, 0),
        (19, 1),
        (38, 1),
        (39, 2),
        (58, 2),
        (59, 3),
        (99, 5),
        (199, 10),
        (999, 50),
    ],
)
def test_threshold_is_the_probability_of_that_rank(cases: int, rank: int) -> None:
    """With n cases it is the floor((n + 1) / 20)-th smallest probability, 0 with fewer than 19."""
    ascending = (np.arange(cases) + 1) / 2048
    shuffled = np.random.default_rng(1).permutation(ascending)
    labels = np.full(cases, "a")

    found = decision.conformal(two_columns(shuffled), labels, np.full(cases, 3), ["a", "b"])

    assert found == {"a": [rank / 2048, 0, 0, 0], "b": [0, 0, 0, 0]}


def test_threshold_is_of_its_condition_and_band_alone() -> None:
    """Cases of another condition or band do not move a threshold; each column is its own."""
    first = np.array([0.5] * 19 + [0.25] * 19 + [0.125] * 19)
    labels = np.array(["a"] * 38 + ["b"] * 19)
    answers = np.array([5] * 19 + [6] * 19 + [20] * 19)

    found = decision.conformal(two_columns(first), labels, answers, ["a", "b"])

    assert found == {"a": [0.5, 0.25, 0, 0], "b": [0, 0, 0.875, 0]}


@pytest.mark.parametrize(
    ("answers", "band"),
    [(1, 0), (2, 0), (5, 0), (6, 1), (10, 1), (11, 2), (20, 2), (21, 3), (133, 3)],
)
def test_band_reaches_from_its_least_to_its_greatest_number(answers: int, band: int) -> None:
    """The bands are 2 to 5, 6 to 10, 11 to 20 and over 20 answers; one counts to the first."""
    found = decision.conformal(
        two_columns(np.full(19, 0.5)), np.full(19, "a"), np.full(19, answers), ["a"]
    )

    assert found == {"a": [0.5 if i == band else 0 for i in range(4)]}


def test_sets_cover_95_percent_of_each_condition_and_band() -> None:
    """On exchangeable cases each condition is in its set as often as promised in every band.

    With 1,999 cases the 100th smallest is the threshold, so how many of further ones reach it is
    beta-binomial with 1,900 and 100.
    """
    rng = np.random.default_rng(12)
    ids = ["a", "b", "c"]
    known, further = 1999, 2000
    low, high = betabinom(further, 1900, 100).interval(1 - 1e-6)

    def draw(each: int) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.intp]]:
        labels = np.repeat(ids, 4 * each)
        answers = np.tile(
            np.concatenate(
                [rng.integers(*ends, size=each, endpoint=True) for ends in BANDS.values()]
            ),
            len(ids),
        )
        scores = rng.gamma(1 + 2 * (labels[:, np.newaxis] == ids) * answers[:, np.newaxis] / 20)
        return scores / scores.sum(axis=1, keepdims=True), labels, answers

    found = decision.conformal(*draw(known), ids)
    probabilities, labels, answers = draw(further)

    for i, id in enumerate(ids):
        for band, (least, greatest) in BANDS.items():
            chosen = (labels == id) & (answers >= least) & (answers <= greatest)
            assert chosen.sum() == further
            assert low <= (probabilities[chosen, i] >= found[id][band]).sum() <= high


URGENCIES = [Urgency.EMERGENCY, Urgency.URGENT, Urgency.PRIMARY_CARE, Urgency.SELF_CARE]

FIVE = np.array(
    [
        [0.750, 0.125, 0.125, 0.000],
        [0.500, 0.125, 0.250, 0.125],
        [0.250, 0.125, 0.500, 0.125],
        [0.125, 0.000, 0.500, 0.375],
        [0.000, 0.000, 0.250, 0.750],
    ]
)
WEIGHTS = np.array([1.0, 3, 14, 42, 40])
NO_PRIOR = np.zeros(4)
"""Nobody has any of the conditions before something is known: the budget alone decides."""


def test_a_level_is_never_carried_by_the_prior_alone() -> None:
    """A level needs twice the prior of its conditions, where the budget would need less."""
    found = decision.thresholds(
        FIVE, URGENCIES, np.array([0.3, 0.1, 0, 0]), WEIGHTS, np.full(5, True)
    )

    assert found == {"primary_care": 0.25, "emergency": 0.6, "urgent": 0.8}


def test_thresholds_by_hand() -> None:
    """The emergency threshold lies just above the third case, the urgent one above the fourth.

    The weights sum to 100. From 0.25 on an emergency has 18 of them, over 0.25 the 4 that its 5 %
    allow; from 0.125 on urgent has 60 of them, over 0.125 the 18 that its 20 % allow.
    """
    found = decision.thresholds(FIVE, URGENCIES, NO_PRIOR, WEIGHTS, np.full(5, True))

    assert found == {
        "primary_care": 0.25,
        "emergency": float(np.nextafter(0.25, 1)),
        "urgent": float(np.nextafter(0.125, 1)),
    }


def test_thresholds_ignore_all_but_calm_unflagged_cases() -> None:
    """Who is urgent, or is sent by a flag anyway, uses up nothing of the budget."""
    more = np.concatenate([np.tile([1.0, 0, 0, 0], (3, 1)), FIVE])
    weights = np.concatenate([[50.0, 50.0, 50.0], WEIGHTS])
    calm = np.array([False] * 3 + [True] * 5)

    assert decision.thresholds(more, URGENCIES, NO_PRIOR, weights, calm) == decision.thresholds(
        FIVE, URGENCIES, NO_PRIOR, WEIGHTS, np.full(5, True)
    )


def test_order_of_the_cases_does_not_matter() -> None:
    """The thresholds are of a set of cases, in whatever order they come."""
    order = [3, 0, 4, 2, 1]

    assert decision.thresholds(
        FIVE[order], URGENCIES, NO_PRIOR, WEIGHTS[order], np.full(5, True)
    ) == decision.thresholds(FIVE, URGENCIES, NO_PRIOR, WEIGHTS, np.full(5, True))


@pytest.mark.parametrize("digits", [1, 2, 15], ids=["many ties", "ties", "no ties"])
@pytest.mark.parametrize("seed", range(10))
def test_at_most_the_budget_is_sent(seed: int, digits: int) -> None:
    """Of calm people without a flag at most 5 % reach emergency and 20 % urgent, by weight."""
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet([0.3, 0.5, 2, 2], size=700).round(digits)
    weights = rng.exponential(size=700)
    calm = rng.random(700) < 0.8

    found = decision.thresholds(scores, URGENCIES, NO_PRIOR, weights, calm)

    for level, columns, budget in (("emergency", 1, 0.05), ("urgent", 2, 0.20)):
        sent = calm & (scores[:, :columns].sum(axis=1) >= found[level])
        assert weights[sent].sum() <= budget * weights[calm].sum()
        if digits == 15:
            assert weights[sent].sum() > (budget - 0.02) * weights[calm].sum()


def test_thresholds_are_above_0() -> None:
    """Where no calm case has any probability of an emergency, nothing is no reason for one."""
    scores = np.tile([0.0, 0, 0, 1.0], (10, 1))

    found = decision.thresholds(scores, URGENCIES, NO_PRIOR, np.ones(10), np.full(10, True))

    assert 0 < found["emergency"] <= 1e-6
    assert 0 < found["urgent"] <= 1e-6
