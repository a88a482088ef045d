from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.model import Model
from training import compare, judgement
from training.compare import Difference, Measure
from training.judgement import HeldOut, Judgement
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]

Values = NDArray[np.float64]


class Stated:
    """A judgement of which one measure is stated: what each case gives and weighs, (n_cases,)."""

    def __init__(self, values: Values, weights: Values | None = None) -> None:
        self.values = values
        self.weights = np.ones(len(values)) if weights is None else weights


def measured(
    before: Values, after: Values, weights: Values | None = None, more_is_better: bool = True
) -> Difference:
    """Return the difference of two judgements by what is stated of them."""

    def of(judgement: Judgement) -> tuple[Values, Values]:
        stated = cast(Stated, judgement)
        return stated.values, stated.weights

    champion, challenger = Stated(before, weights), Stated(after, weights)
    measure = Measure("measure", of, more_is_better)
    return compare.difference(measure, cast(Judgement, champion), cast(Judgement, challenger))


def paired(number: int, shift: float, seed: int) -> tuple[Values, Values]:
    """Return right and wrong answers of two models that mostly err on the same cases."""
    rng = np.random.default_rng(seed)
    hardness = rng.random(number)
    before = hardness + rng.normal(0, 0.1, number) < 0.6
    after = hardness + rng.normal(0, 0.1, number) < 0.6 + shift
    return before.astype(float), after.astype(float)


def test_interval_is_that_of_scipy() -> None:
    """Low and high agree with SciPy's paired percentile bootstrap of the mean difference."""
    before, after = paired(800, 0.03, seed=3)

    def change(first: Values, second: Values, axis: int = -1) -> Values:
        return np.asarray(second.mean(axis=axis) - first.mean(axis=axis))

    expected = stats.bootstrap(
        (before, after),
        change,
        n_resamples=10_000,
        paired=True,
        method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval
    found = measured(before, after)

    width = expected.high - expected.low
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.1 * width)
    assert (found.champion, found.challenger) == (before.mean(), after.mean())


def test_weighted_interval_is_the_analytic_one() -> None:
    """With weights it agrees with the normal interval of a weighted mean (the delta method)."""
    rng = np.random.default_rng(11)
    before, after = rng.normal(1, 1, 3000), rng.normal(1.05, 1, 3000)
    weights = rng.exponential(1, 3000)
    change = after - before
    mean = (weights * change).sum() / weights.sum()
    error = np.sqrt((weights**2 * (change - mean) ** 2).sum()) / weights.sum()

    found = measured(before, after, weights)

    assert (found.low, found.high) == pytest.approx(
        (mean - 1.96 * error, mean + 1.96 * error), abs=0.15 * error
    )
    assert found.challenger - found.champion == pytest.approx(mean)


def test_pairing_narrows_the_interval() -> None:
    """Models that err on the same cases are told apart where two samples would not be."""
    before, after = paired(2000, 0.02, seed=7)

    found = measured(before, after)

    apart = 1.96 * np.sqrt(before.var() / 2000 + after.var() / 2000)
    assert found.high - found.low < apart


def test_cases_without_weight_do_not_count() -> None:
    """Cases that weigh nothing change neither the means nor the interval."""
    before, after = paired(300, 0.05, seed=1)
    wild = np.full(500, 1e6)

    alone = measured(before, after)
    mixed = measured(
        np.append(before, wild), np.append(after, -wild), np.repeat([1.0, 0.0], [300, 500])
    )

    assert (mixed.champion, mixed.challenger) == (alone.champion, alone.challenger)
    assert (mixed.low, mixed.high) == (alone.low, alone.high)


def test_identical_models_do_not_differ() -> None:
    """The same answers give no difference at all, whichever direction is better."""
    before, _ = paired(500, 0.0, seed=2)

    for more_is_better in (True, False):
        found = measured(before, before, more_is_better=more_is_better)
        assert (found.low, found.high) == (0, 0)
        assert not found.exceeds_noise
        assert not found.is_worse


def test_noise_exceeds_noise_one_time_in_twenty() -> None:
    """Of 100 pairs of models that are equally good, about five seem to differ."""
    found = [measured(*paired(100, 0.0, seed)) for seed in range(100)]

    # Of the binomial distribution of 100 at 0.05 one in a hundred lies outside.
    assert 1 <= sum(one.exceeds_noise for one in found) <= 11


@pytest.mark.parametrize(
    ("shift", "more_is_better", "word"),
    [
        (0.2, True, "better"),
        (-0.2, True, "worse"),
        (0.2, False, "worse"),
        (-0.2, False, "better"),
        (0.0, True, "noise"),
        (0.0, False, "noise"),
    ],
)
def test_direction_says_what_is_worse(shift: float, more_is_better: bool, word: str) -> None:
    """More is worse where less is better; within noise nothing is either."""
    before, _ = paired(400, 0.0, seed=4)
    noise = np.random.default_rng(9).permutation(np.tile([0.3, -0.3], 200))

    found = measured(before, before + shift + noise, more_is_better=more_is_better)

    assert found.is_worse == (word == "worse")
    assert compare.report([found]).splitlines()[1].split()[-1] == word


@pytest.fixture(scope="module")
def judged(model: Model, bench: Workbench, held_out: HeldOut) -> Judgement:
    """A real judgement on some cases, a part of which plays somebody's own."""
    few = held_out.evaluation.head(400)
    known = replace(held_out, evaluation=few, own=few.head(40))
    return judgement.judged(model, 1, bench, known, jobs=1)


def by_name(found: Sequence[Difference]) -> Mapping[str, Difference]:
    """Return differences by the names of their measures."""
    return {one.measure.name: one for one in found}


def test_measures_are_those_of_the_predictions(judged: Judgement) -> None:
    """Each measure is what pandas makes of the table of predictions."""
    found = by_name(compare.differences(judged, judged))
    table = judged.said.to_table()
    ids = list(judged.said.ids)
    chances = table[[f"probability_{id}" for id in ids]].set_axis(ids, axis=1)
    of_truth = pd.Series([chances.loc[i, id] for i, id in enumerate(table["condition"])])
    place = chances.rank(axis=1, ascending=False, method="min")
    rank = pd.Series([place.loc[i, id] for i, id in enumerate(table["condition"])])
    stated, given = table["triage"].map(URGENCY_BY_ID), table["given"].map(URGENCY_BY_ID)
    prior = judged.on.data.card["priors"]["primary_care"]
    weight = table["condition"].map(prior)[stated < Urgency.URGENT]
    emergencies = given[stated == Urgency.EMERGENCY]
    calm = given[stated < Urgency.URGENT]

    expected = {
        "top-1": (rank <= 1).mean(),
        "top-3": (rank <= 3).mean(),
        "log loss": -np.log(of_truth).mean(),
        "emergencies given emergency": (emergencies >= Urgency.EMERGENCY).mean(),
        "emergencies given urgent or above": (emergencies >= Urgency.URGENT).mean(),
        "calm given emergency": np.average(calm >= Urgency.EMERGENCY, weights=weight),
        "calm given urgent or above": np.average(calm >= Urgency.URGENT, weights=weight),
        "published top-1": np.mean([one.rank == 1 for one in judged.published]),
        "published top-3": np.mean([one.rank <= 3 for one in judged.published]),
        "own top-1": (rank[:40] <= 1).mean(),
        "own top-3": (rank[:40] <= 3).mean(),
    }
    assert {name: found[name].champion for name in expected} == pytest.approx(expected, rel=1e-5)
    assert set(found) - set(expected) == {"divergence from the posterior"}


def test_divergence_is_that_of_scipy(judged: Judgement) -> None:
    """The divergence is the mean relative entropy, case by case, of SciPy."""
    found = by_name(compare.differences(judged, judged))
    exact = judged.said.posterior
    assert exact is not None

    each = stats.entropy(exact, judged.said.under("balanced"), axis=1)

    assert found["divergence from the posterior"].challenger == pytest.approx(each.mean())


@pytest.mark.parametrize("without", ["champion", "challenger"])
def test_own_cases_are_compared_where_both_were_judged_on_them(
    without: str, judged: Judgement
) -> None:
    """Without own cases on one side there is no measure of them."""
    pair = {"champion": judged, "challenger": judged} | {without: replace(judged, own=None)}

    found = by_name(compare.differences(**pair))

    assert not [name for name in found if name.startswith("own")]


def test_less_is_better_for_losses_and_over_triage() -> None:
    """Log loss, divergence and calm people sent are better when less, all else when more."""
    less = {one.name for one in (*compare.MEASURES, *compare.OWN) if not one.more_is_better}

    assert less == {
        "log loss",
        "divergence from the posterior",
        "calm given emergency",
        "calm given urgent or above",
    }


def test_report_has_a_line_for_each_measure(judged: Judgement) -> None:
    """The table names the measures and shows both values, the difference and its interval."""
    before, after = np.zeros(50), np.tile([1.0, 0.0], 25)

    report = compare.report([measured(before, after)])

    head, line = report.splitlines()
    assert head.split() == ["champion", "challenger", "difference", "low", "high"]
    name, *numbers, word = line.split()
    assert (name, word) == ("measure", "better")
    assert numbers[:3] == ["0.0000", "0.5000", "0.5000"]
    assert 0.3 < float(numbers[3]) < 0.5 < float(numbers[4]) < 0.7
    assert len(compare.report(compare.differences(judged, judged)).splitlines()) == 13
