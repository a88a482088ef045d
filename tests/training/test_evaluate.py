from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, entropy

from service.clinical.vocabulary import Urgency
from training import evaluate
from training.figure import Figure
from training.predictions import Predictions
from training.view import View, views

Say = Callable[..., Predictions]

URGENCIES = [Urgency.EMERGENCY, Urgency.URGENT, Urgency.SELF_CARE]
OF_FOUR = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.125, 0.125, 0.75], [0.5, 0.375, 0.125]]
SETS_OF_FOUR = [[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0]]
EACH = 30


def by_key(said: Predictions, seen: Sequence[View]) -> dict[str, Figure]:
    """Return the figures of some views by key; no two have the same."""
    found = evaluate.figures(said, seen, URGENCIES)
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


@pytest.fixture
def four(say: Say) -> Predictions:
    """Four cases of the conditions a, a, c and b, with 3, 5, 8 and 25 answers, thirty of each."""
    return say(
        "aacb" * EACH,
        trained=OF_FOUR * EACH,
        sets=SETS_OF_FOUR * EACH,
        answers=[3, 5, 8, 25] * EACH,
    )


def test_figures_by_hand(four: Predictions) -> None:
    """Every figure of the ranking and of the sets is what a pencil gives.

    The log loss is the mean of -ln of 0.5, 0.25, 0.75 and 0.375; predicted are a, b, c, a, so the
    F1 of a is 1/2, of b 0 and of c 1. No set is larger than half of the conditions but the second.
    """
    found = by_key(four, [View(np.ones(4 * EACH))])

    values = {key: one.value for key, one in found.items() if not key.startswith("calibration_")}
    assert values == pytest.approx(
        {
            "log_loss": 0.836988,
            "top_1": 0.5,
            "top_3": 1,
            "top_5": 1,
            "macro_f1": 0.5,
            "coverage": 0.75,
            "set_size": 1.25,
            "insufficient": 0.25,
            "coverage.a": 1,
            "coverage.b": 0,
            "coverage.c": 1,
            "top_1.a": 0.5,
            "top_1.b": 0,
            "top_1.c": 1,
        },
        abs=1e-6,
    )
    ends = binomtest(60, 120).proportion_ci(method="exact")
    assert (found["top_1"].low, found["top_1"].high) == pytest.approx((ends.low, ends.high))
    assert (found["top_1"].cases, found["coverage.a"].cases) == (120, 60)


def test_slices_by_hand(four: Predictions) -> None:
    """Each band of answers has its own share, of its own cases; groups get neither line nor set."""
    found = by_key(four, views(four.table, {}))

    assert {
        key: (found[key].value, found[key].cases)
        for key in found
        if key.endswith(("answers/top_1", "answers/coverage"))
    } == {
        "2-5 answers/top_1": (0.5, 60),
        "2-5 answers/coverage": (1, 60),
        "6-10 answers/top_1": (1, 30),
        "6-10 answers/coverage": (1, 30),
        "21 or more answers/top_1": (0, 30),
        "21 or more answers/coverage": (0, 30),
    }
    of_group = {key for key in found if key.startswith("age 40-59/")}
    names = ("log_loss", "top_1", "top_3", "top_5", "macro_f1", "coverage", "set_size")
    assert of_group == {f"age 40-59/{name}" for name in (*names, "insufficient")}


def test_setting_weighs_cases_and_moves_the_prior(say: Say) -> None:
    """In primary care b is three times as frequent as a, so 0.5 to 0.25 for a turns into b."""
    said = say("ab" * 60, trained=[[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]] * 60)
    weights = said.weights("primary_care")

    found = by_key(said, [View(weights, setting="primary_care")])

    # 0.5 * 0.1, 0.25 * 0.3 and 0.25 * 0.6 are 2, 3 and 6 of 11: c comes first, a last.
    loss = -(0.1 * np.log(2 / 11) + 0.3 * np.log(3 / 11)) / 0.4
    assert found["primary_care/log_loss"].value == pytest.approx(loss)
    assert found["primary_care/top_1"].value == 0
    # Weights 1 to 3: 60 * 4 squared over 60 * 10.
    assert found["primary_care/top_1"].cases == pytest.approx(96)


def test_tie_counts_against_the_model(say: Say) -> None:
    """What is as probable as the truth stands before it: who says nothing is never right."""
    said = say("c" * EACH, trained=[[0.25, 0.375, 0.375]] * EACH)

    found = by_key(said, [View(np.ones(EACH))])

    assert (found["top_1"].value, found["top_3"].value) == (0, 1)


def test_macro_f1_is_of_the_conditions_that_are_there(say: Say) -> None:
    """Who is right about everybody has 1 in a view without one of the conditions too."""
    said = say("ab" * EACH, trained=[[0.9, 0.05, 0.05], [0.05, 0.9, 0.05]] * EACH)
    only_b = View(np.tile([0.0, 1.0], EACH))

    assert by_key(said, [only_b])["macro_f1"].value == 1


def test_regret_by_hand() -> None:
    """KL is ln(4/3)/2 where 0.5 was 0.75, and ln 2 where 1 was 0.5; the entropies ln 2 and 0."""
    model = np.array([[0.75, 0.25], [0.5, 0.5]])
    exact = np.array([[0.5, 0.5], [1.0, 0.0]])

    assert evaluate.divergence(model, exact) == pytest.approx([np.log(4 / 3) / 2, np.log(2)])
    assert evaluate.regret(model, exact) == pytest.approx(1 + np.log(4 / 3) / (2 * np.log(2)))


def test_regret_is_that_of_scipys_entropies() -> None:
    """The entropies are those of `scipy.stats.entropy`; the posterior itself regrets nothing."""
    rng = np.random.default_rng(5)
    model, exact = rng.dirichlet([1, 1, 2, 3], 50), rng.dirichlet([0.2, 1, 2, 3], 50)

    theirs = entropy(exact, model, axis=1).mean() / entropy(exact, axis=1).mean()

    assert evaluate.regret(model, exact) == pytest.approx(theirs)
    assert evaluate.regret(exact, exact) == 0


def test_what_was_ruled_out_costs_much_and_not_infinitely() -> None:
    """A model that gives 0 to what is certain loses ln 1e300."""
    loss = evaluate.divergence(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))

    assert loss == pytest.approx([300 * np.log(10)])


def test_regret_of_each_band_and_how_often_the_posterior_is_right(say: Say) -> None:
    """With few answers the model says as much as the posterior, with many half as much."""
    exact = np.repeat([[0.5, 0.5, 0.0], [0.75, 0.25, 0.0]], EACH, axis=0)
    model = np.repeat([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]], EACH, axis=0)
    said = say("ab" * EACH, trained=model, answers=np.repeat([3, 8], EACH))
    columns = {f"posterior_{id}": exact[:, i] for i, id in enumerate("abc")}
    said = replace(said, table=said.table.assign(**columns))

    found = by_key(said, views(said.table, {"primary_care": said.weights("primary_care")}))

    few, many = np.log(2), -0.75 * np.log(0.75) - 0.25 * np.log(0.25)
    lost = 0.75 * np.log(3) - 0.25 * np.log(3)
    assert {key: one.value for key, one in found.items() if "regret" in key} == pytest.approx(
        {
            "regret": (lost / 2) / ((few + many) / 2),
            "2-5 answers/regret": 0,
            "6-10 answers/regret": lost / many,
        }
    )
    assert {
        key: one.value for key, one in found.items() if "posterior_top" in key
    } == pytest.approx(
        {
            f"{band}posterior_top_{k}": right if k == 1 else 1
            for band, right in (("", 0.625), ("2-5 answers/", 0.5), ("6-10 answers/", 0.75))
            for k in (1, 3, 5)
        }
    )
