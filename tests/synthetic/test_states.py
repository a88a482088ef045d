from dataclasses import replace

import numpy as np
import pytest

from synthetic import generate, states
from synthetic.profiles import Band, World
from synthetic.states import States

DRAWN = 2_000
"""Reports of each condition."""


@pytest.fixture(scope="module")
def known(world: World) -> States:
    """The states of the documented world."""
    return states.states(world)


def test_condition_has_at_most_64_states(world: World, known: States) -> None:
    """Four stages, two places in bands, two age groups and four reporters at most."""
    counts = np.bincount(known.condition)

    assert len(counts) == 21
    assert counts.max() <= 64
    assert len(known.prior) == 16 * len(world.stages)


def test_priors_sum_to_1_in_each_condition(known: States) -> None:
    """Everybody of a condition is in one of its states."""
    assert known.prior.min() >= 0
    np.testing.assert_allclose(np.bincount(known.condition, known.prior), 1, rtol=0, atol=1e-9)


def test_places_in_the_bands_are_alike_likely(known: States) -> None:
    """Half of the people of a condition lie nearer to the low end of its bands."""
    for condition in range(21):
        of_condition = known.condition == condition
        for u in (0.2, 0.8):
            chosen = of_condition & (known.u == u)
            assert known.prior[chosen].sum() == pytest.approx(0.5, abs=1e-9)


def test_stages_have_the_shares_of_their_place(world: World, known: States) -> None:
    """At a fifth of the band a stage has four parts of its low share and one of its high."""
    for row in range(len(world.stages)):
        low, high = world.shares.low[row], world.shares.high[row]
        for u, share in ((0.2, 0.8 * low + 0.2 * high), (0.8, 0.2 * low + 0.8 * high)):
            chosen = (known.stage == row) & (known.u == u)
            assert known.prior[chosen].sum() == pytest.approx(share / 2, abs=1e-9)


def test_stage_belongs_to_its_condition(world: World, known: States) -> None:
    """A state is of the condition of its stage."""
    conditions = [world.stages[row].condition for row in known.stage]

    assert known.condition.tolist() == conditions


def is_old(known: States) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell of each state whether its people are 60 or older."""
    ages = known.attributes["age_years"]
    return np.asarray(ages[:, 60:].sum(axis=1) > 0.5)


def test_ages_lie_within_their_group(known: States) -> None:
    """A person of a state is either below 60 for sure or 60 or older for sure."""
    ages = known.attributes["age_years"]
    old = is_old(known)

    assert old.sum() == len(old) / 2
    assert (ages[old, :60] == 0).all()
    assert (ages[~old, 60:] == 0).all()
    np.testing.assert_allclose(ages[known.prior > 0].sum(axis=1), 1, rtol=0, atol=1e-9)


def test_attributes_have_one_value(known: States) -> None:
    """The chances of the values of each attribute sum to 1, and nobody is of sex `other`."""
    for id, chances in known.attributes.items():
        assert chances.min() >= 0
        possible = chances[known.prior > 0]
        np.testing.assert_allclose(possible.sum(axis=1), 1, rtol=0, atol=1e-9, err_msg=id)
    assert (known.attributes["sex"][:, 2] == 0).all()


def pairs(known: States) -> tuple[list[int], list[int]]:
    """Return the states of the older and of the younger that are alike but for age.

    Those of a stage and a place in the bands stand in one order of reporters in both groups.
    """
    old = is_old(known)
    older, younger = [], []
    for row in range(int(known.stage.max()) + 1):
        for u in (0.2, 0.8):
            chosen = (known.stage == row) & (known.u == u)
            older += np.flatnonzero(chosen & old).tolist()
            younger += np.flatnonzero(chosen & ~old).tolist()
    return older, younger


def odds_ratio(known: States, column: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the odds of a finding in the older over those in the younger."""
    older, younger = pairs(known)
    f = known.frequency[:, column]
    odds = f / (1 - f)
    return np.asarray(odds[older] / odds[younger])


def test_risk_factors_rise_with_age_as_the_table_says(world: World, known: States) -> None:
    """The odds of a risk factor in the older are those in the younger times its odds ratio."""
    names = list(world.vocabulary.findings)
    wanted = {"cancer_history": 6.0, "smoking": 1.5, "known_spine_disease": 2.0}

    for finding, ratio in wanted.items():
        assert world.age_odds_ratios[names.index(finding)] == ratio
        np.testing.assert_allclose(odds_ratio(known, names.index(finding)), ratio, rtol=1e-6)


def test_other_findings_do_not_change_with_age(world: World, known: States) -> None:
    """Without an odds ratio the older are as the younger."""
    older, younger = pairs(known)
    same = world.age_odds_ratios == 1

    assert 100 < same.sum() < 133
    np.testing.assert_array_equal(
        known.frequency[older][:, same], known.frequency[younger][:, same]
    )


@pytest.mark.parametrize("always", [0.0, 1.0])
def test_never_and_always_do_not_change_with_age(always: float, world: World) -> None:
    """A risk factor that never or always occurs does so at every age."""
    column = list(world.vocabulary.findings).index("cancer_history")
    low, high = world.frequencies.low.copy(), world.frequencies.high.copy()
    low[:, column] = high[:, column] = always

    extreme = states.states(replace(world, frequencies=Band(low, high)))

    assert set(extreme.frequency[:, column]) == {always}


def test_age_does_not_move_the_average_of_a_risk_factor(world: World, known: States) -> None:
    """The older and the younger of a stage together have a risk factor as often as its band says.

    A frequency in the tables is of all patients, so age may only divide it among them.
    """
    follows = world.age_odds_ratios != 1
    for row in range(len(world.stages)):
        low, high = world.frequencies.low[row, follows], world.frequencies.high[row, follows]
        for u in (0.2, 0.8):
            chosen = (known.stage == row) & (known.u == u)
            weight = known.prior[chosen] / known.prior[chosen].sum()
            together = weight @ known.frequency[chosen][:, follows]
            np.testing.assert_allclose(together, low + u * (high - low), rtol=0, atol=1e-6)


def test_frequencies_lie_at_their_place_in_the_band(world: World, known: States) -> None:
    """What does not follow age lies a fifth or four fifths up its band."""
    same = world.age_odds_ratios == 1
    low, high = world.frequencies.low[known.stage], world.frequencies.high[known.stage]
    expected = low + known.u[:, np.newaxis] * (high - low)

    np.testing.assert_allclose(known.frequency[:, same], expected[:, same], rtol=0, atol=1e-12)


def test_accepted_is_the_share_of_reports_that_are_cases(world: World, known: States) -> None:
    """Of the reports drawn of each condition as many are cases as computed, within 4 errors."""
    condition = np.repeat(np.arange(21), DRAWN)
    rng = np.random.default_rng(12)

    drawn = generate._reports(generate.machine(world, known), condition, rng)

    is_case = (drawn.answers >= 2) & (drawn.stated == 1).any(axis=1)
    share = np.bincount(known.condition[drawn.state], is_case) / DRAWN
    error = np.sqrt(known.accepted * (1 - known.accepted) / DRAWN)
    assert ((known.accepted > 0.5) & (known.accepted < 1)).all()
    assert (np.abs(share - known.accepted) <= 4 * error).all()


def test_other_places_move_frequencies_and_stages(world: World) -> None:
    """At the very ends of the bands people have the low and the high frequencies and shares."""
    extreme = states.states(world, (0.0, 1.0))
    row = 0
    for place, band in ((0.0, world.frequencies.low), (1.0, world.frequencies.high)):
        chosen = (extreme.stage == row) & (extreme.u == place)
        same = world.age_odds_ratios == 1
        at_end = np.broadcast_to(band[row, same], (chosen.sum(), same.sum()))
        np.testing.assert_allclose(extreme.frequency[chosen][:, same], at_end, rtol=0, atol=1e-12)
    first = (extreme.stage == row) & (extreme.u == 0.0)
    assert extreme.prior[first].sum() == pytest.approx(world.shares.low[row] / 2, abs=1e-9)
