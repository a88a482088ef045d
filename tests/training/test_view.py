import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from service.manifest import BANDS
from training.figure import Figure
from training.view import LEAST, View, answers_name, views


@pytest.mark.parametrize(
    ("weights", "cases"),
    [([1, 1, 1, 1], 4), ([0.5, 0.5], 2), ([1, 1, 2], 16 / 6), ([0, 3, 0], 1), ([0, 0], 0)],
)
def test_effective_number_is_kishs(weights: list[float], cases: float) -> None:
    """The square of the sum of weights over the sum of their squares, 0 of nobody."""
    assert View(np.array(weights, dtype=float)).cases == pytest.approx(cases)


def test_figures_are_of_thirty_cases_at_least() -> None:
    """Of 29 cases nothing is said, of 30 the mean."""
    for number, said in ((LEAST - 1, []), (LEAST, [Figure("age", 7.0, LEAST)])):
        assert View(np.ones(number)).mean("age", np.full(number, 7)) == said


def test_mean_and_share_are_weighted() -> None:
    """Twenty cases of weight 3 and forty of 1 are 10,000 over 220, or 45.5, cases."""
    view = View(np.repeat([3.0, 1.0], [20, 40]), "stress", "primary_care", "2-5 answers", "x")
    effective = 10_000 / 220

    (mean,) = view.mean("age", np.repeat([10, 50], [20, 40]))
    (share,) = view.share("ill", np.repeat([True, False], [20, 40]))

    assert mean.key == "stress/primary_care/2-5 answers/x/age"
    assert (mean.value, mean.cases) == pytest.approx((26, effective))
    assert (mean.low, mean.high) == (None, None)
    assert (share.value, share.cases) == pytest.approx((0.6, effective))
    assert share.low is not None
    assert share.high is not None
    # 27.3 of 45.5: the ends lie between those of 27 of 45 and of 28 of 46 or beside them.
    near = [binomtest(k, n).proportion_ci(method="exact") for k, n in ((27, 46), (28, 45))]
    assert near[0].low < share.low < near[1].low
    assert near[0].high < share.high < near[1].high


def test_only_keeps_weights_and_place() -> None:
    """Who is not chosen weighs nothing, and the view is still of the same world and setting."""
    view = View(np.array([3.0, 1, 2]), "stress", "primary_care", "2-5 answers", "sex male")

    found = view.only(np.array([True, False, True]))

    assert found.weights.tolist() == [3, 0, 2]
    assert (found.world, found.setting) == (view.world, view.setting)
    assert (found.answers, found.group) == (view.answers, view.group)


AGES = [0, 17, 17.9, 18, 39.9, 40, 59.9, 60, 79.9, 80, 120, None]
OF_AGE = {
    "age 0-17": [0, 1, 2],
    "age 18-39": [3, 4],
    "age 40-59": [5, 6],
    "age 60-79": [7, 8],
    "age 80-120": [9, 10],
    "age unknown": [11],
}


@pytest.fixture
def seen() -> list[View]:
    """Views of twelve people of all ages, of two sexes, with 2 to 133 answers."""
    table = pd.DataFrame(
        {
            "answers": [1, 2, 5, 6, 10, 11, 20, 21, 133, 5, 5, 5],
            "age_years": AGES,
            "sex": ["female", "male", None] * 4,
        }
    )
    settings = {"balanced": np.ones(12), "primary_care": np.arange(12.0)}
    return views(table, settings, "stress")


def chosen(views: list[View], kind: str) -> dict[str, list[int]]:
    """Return who weighs something in the views that are of some answers, or of some group."""
    return {
        getattr(view, kind): np.flatnonzero(view.weights).tolist()
        for view in views
        if getattr(view, kind) != "all"
    }


def test_whole_comes_first_and_each_setting_once(seen: list[View]) -> None:
    """The balanced setting is the whole; another one weighs the cases as it is told."""
    whole, care, *rest = seen

    assert (whole.setting, whole.answers, whole.group) == ("balanced", "all", "all")
    assert whole.weights.tolist() == [1] * 12
    assert (care.setting, care.answers, care.group) == ("primary_care", "all", "all")
    assert care.weights.tolist() == list(range(12))
    assert {view.setting for view in rest} == {"balanced"}
    assert {view.world for view in seen} == {"stress"}


def test_everybody_is_in_one_band_of_answers(seen: list[View]) -> None:
    """The bands end at 5, 10 and 20 answers; a single answer counts to the first."""
    assert chosen(seen, "answers") == {
        "2-5 answers": [0, 1, 2, 9, 10, 11],
        "6-10 answers": [3, 4],
        "11-20 answers": [5, 6],
        "21 or more answers": [7, 8],
    }
    assert [answers_name(*band) for band in BANDS] == list(chosen(seen, "answers"))


def test_everybody_is_in_one_group_of_age_and_one_of_sex(seen: list[View]) -> None:
    """Who is 17.9 years old is 17, who turned 18 is not; who did not say has a group."""
    of_sex = {f"sex {sex}": list(range(i, 12, 3)) for i, sex in enumerate(("female", "male"))}

    assert chosen(seen, "group") == OF_AGE | of_sex | {"sex unknown": [2, 5, 8, 11]}
