from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import roc_curve

from service.clinical.vocabulary import Urgency
from training import system
from training.predictions import NO_FLAG, Predictions
from training.view import View

Say = Callable[..., Predictions]

SELF, CARE, URGENT, EMERGENCY = Urgency
TEN = (
    (EMERGENCY, EMERGENCY, EMERGENCY),
    (EMERGENCY, EMERGENCY, EMERGENCY),
    (EMERGENCY, URGENT, EMERGENCY),
    (EMERGENCY, URGENT, URGENT),
    (EMERGENCY, NO_FLAG, CARE),
    (URGENT, URGENT, URGENT),
    (CARE, NO_FLAG, CARE),
    (CARE, EMERGENCY, EMERGENCY),
    (SELF, CARE, URGENT),
    (SELF, NO_FLAG, EMERGENCY),
)
"""Ten people: the level that each needs, of the highest flag, and that is given."""

URGENCIES = [EMERGENCY, URGENT, SELF]


def test_shares_of_ten_cases_by_hand(say: Say) -> None:
    """Each share is of its own people; thirty times ten are enough to speak of each."""
    stated, flag, given = np.tile(np.array(TEN), (30, 1)).T
    said = say("a" * 300, stated=stated, flag=flag, given=given)

    found = system.figures(said, [View(np.ones(300))])

    assert {one.key: (one.value, one.cases / 30) for one in found} == {
        key: pytest.approx((numerator / people, people))
        for key, numerator, people in (
            ("emergencies_given_emergency", 3, 5),
            ("emergencies_given_urgent_or_above", 4, 5),
            ("emergencies_flagged_given_emergency", 2, 2),
            ("emergencies_flagged_given_urgent_or_above", 2, 2),
            ("emergencies_unflagged_given_emergency", 1, 3),
            ("emergencies_unflagged_given_urgent_or_above", 2, 3),
            ("calm_given_emergency", 2, 4),
            ("calm_given_urgent_or_above", 3, 4),
            ("calm_unflagged_given_emergency", 1, 2),
            ("calm_unflagged_given_urgent_or_above", 1, 2),
            ("calm_flagged_emergency", 1, 4),
            ("calm_flagged_urgent_or_above", 1, 4),
        )
    }
    (sent,) = (one for one in found if one.key == "emergencies_given_emergency")
    ends = binomtest(90, 150).proportion_ci(method="exact")
    assert (sent.low, sent.high) == pytest.approx((ends.low, ends.high))


def test_shares_are_weighted_to_the_setting(say: Say) -> None:
    """In primary care c is twice as frequent as b, so one c sent of b and c is two thirds."""
    said = say("bc" * 60, stated=CARE, given=[CARE, EMERGENCY] * 60)
    view = View(said.weights("primary_care"), setting="primary_care")

    found = {one.key: one.value for one in system.figures(said, [view])}

    assert found["primary_care/calm_given_emergency"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("digits", [1, 15], ids=["ties", "no ties"])
def test_curve_is_scikit_learns(digits: int) -> None:
    """It goes through the points of scikit-learn's ROC curve of weighted cases, and no others."""
    rng = np.random.default_rng(8)
    ill = rng.random(200) < 0.3
    score: NDArray[np.float64] = (rng.random(200) + 0.2 * ill).round(digits)
    weights = rng.exponential(size=200)

    found = system.curve(score, weights * ill, weights * ~ill)

    over, reached, _ = roc_curve(ill, score, sample_weight=weights, drop_intermediate=False)
    assert found.over_triage == pytest.approx(over)
    assert found.sensitivity == pytest.approx(reached)


def test_curve_is_read_between_its_points() -> None:
    """Between two thresholds both are drawn by lot; of several points above each other the best."""
    curve = system.Curve(
        np.array([0.0, 0, 0.2, 0.6, 0.6, 1]), np.array([0, 0.25, 0.25, 0.75, 1, 1])
    )

    reached = [curve.at(over) for over in (0, 0.2, 0.4, 0.6, 1)]

    assert reached == pytest.approx([0.25, 0.25, 0.5, 1, 1])


def test_probability_of_a_level_is_that_of_its_conditions() -> None:
    """Conditions of the level and those above it carry it."""
    said = np.array([[0.5, 0.25, 0.25], [0.0, 0.75, 0.25]])

    assert [system.carried(said, URGENCIES, level).tolist() for level in Urgency] == [
        [1, 1],
        [0.75, 0.75],
        [0.75, 0.75],
        [0.5, 0],
    ]


@pytest.mark.parametrize(
    ("sent", "reached"),
    [([], 0.25), ([0], 0.25), ([1], 0.5), ([1, 2], 1), ([0, 1, 2], 1)],
)
def test_ceiling_by_hand(say: Say, sent: list[int], reached: float) -> None:
    """The posterior gives four emergencies 0.9, 0.5, 0.5 and 0.2, and calm people 0.6, 0.5, 0.1.

    In primary care calm people of b weigh 1 and of c 2, 5 in all. From 0.9 on a quarter of the
    emergencies is sent and nobody calm, from 0.6 on a fifth of these too, from 0.5 on three
    quarters and three fifths, from 0.2 on all and three fifths. Between them lots are drawn: two
    fifths give a half. Who has a flag of emergency, and who is urgent, counts on neither side.
    """
    of_a = np.array([0.9, 0.5, 0.5, 0.2, 0.6, 0.5, 0.1, 0.95, 0.99, 0.05])
    exact = np.column_stack([of_a, 1 - of_a, np.zeros(10)])
    calm = np.where(np.isin(range(3), sent), EMERGENCY, CARE)
    said = say(
        "aaaabccabc",
        stated=[EMERGENCY] * 4 + [CARE] * 3 + [EMERGENCY, URGENT, CARE],
        flag=[NO_FLAG, CARE, URGENT] + [NO_FLAG] * 4 + [EMERGENCY, NO_FLAG, EMERGENCY],
        given=[CARE] * 4 + list(calm) + [EMERGENCY] * 3,
    )

    (found,) = system.ceiling(said, exact, URGENCIES)

    assert (found.key, found.cases) == ("emergencies_unflagged_ceiling", 4)
    assert found.value == pytest.approx(reached)
