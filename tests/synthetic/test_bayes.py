from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import norm

from service.clinical.vocabulary import Category, Finding, Quantity, Urgency, Vocabulary
from synthetic import bayes, generate, grids, states
from synthetic.profiles import Band, Reporting, Stage, World
from synthetic.states import States

Reals = NDArray[np.float64]
Report = tuple[int, ...]

DRAWN = 20_000
U = (0.2, 0.8)
AGES: tuple[int | None, ...] = (None, 0, 31, 59, 60, 74, 120)
ONSETS: tuple[str | None, ...] = (None, "sudden", "gradual")

NAMES = ("weak", "both", "both_weak", "pain", "severe_pain", "smoking")
IMPLIED: Mapping[str, tuple[str, ...]] = {
    "both_weak": ("weak", "both"),
    "severe_pain": ("pain",),
}
LOW = np.array(
    [
        [0.30, 0.20, 0.10, 0.40, 0.10, 0.20],
        [0.60, 0.50, 0.40, 0.20, 0.05, 0.20],
        [0.20, 0.10, 0.02, 0.70, 0.00, 0.40],
        [0.10, 0.30, 0.05, 0.90, 0.00, 0.40],
    ]
)
HIGH = np.array(
    [
        [0.50, 0.40, 0.30, 0.60, 0.30, 0.35],
        [0.80, 0.70, 0.60, 0.40, 0.20, 0.35],
        [0.30, 0.20, 0.10, 0.90, 0.00, 0.50],
        [0.20, 0.60, 0.15, 1.00, 0.00, 0.50],
    ]
)
SHARES = {"low": (0.3, 0.7, 0.9, 0.1), "high": (0.6, 0.4, 0.5, 0.5)}
MEAN = {"low": (40.0, 50.0, 60.0, 30.0), "high": (50.0, 60.0, 75.0, 45.0)}
SD = {"low": (12.0, 12.0, 9.0, 15.0), "high": (14.0, 15.0, 9.0, 20.0)}
SUDDEN = {"low": (0.1, 0.8, 0.3, 0.2), "high": (0.2, 0.9, 0.5, 0.4)}
PRESENT = np.array([[0.3, 0.3, 0.2, 0.4, 0.5, 0.1], [0.8, 0.7, 0.9, 0.6, 0.7, 0.9]])
ABSENT = np.array([[0.05, 0.02, 0.04, 0.03, 0.01, 0.02], [0.3, 0.2, 0.4, 0.1, 0.3, 0.5]])
REPORTERS = (0.7, 0.3)
ERROR = 0.05
CONDITION_OF_STAGE = (0, 0, 1, 1)


@dataclass(frozen=True)
class Enumerated:
    """Chances of each closed case, found by going through everything that can happen.

    `reports` holds for each condition the chance of each accepted closed report with each of
    `AGES` and `ONSETS`, None being anything.
    """

    chances: tuple[Mapping[Report, Reals], ...]
    accepted: tuple[float, ...]


def small(world: World) -> World:
    """Return a world of six findings, one that implies two, two conditions of two stages."""
    findings = {
        id: Finding(
            id, "risk_factor" if id == "smoking" else "pain", id, IMPLIED.get(id, ()), (), "?", ""
        )
        for id in NAMES
    }
    implied = {id: frozenset({id, *IMPLIED.get(id, ())}) for id in NAMES}
    implying = {id: frozenset(f for f in NAMES if id in implied[f]) for id in NAMES}
    words = Vocabulary(
        findings=MappingProxyType(findings),
        attributes=MappingProxyType(
            {
                "age_years": Quantity("age_years", "age", (), "?", "years", 0, 120),
                "onset": Category("onset", "onset", (), "?", ("sudden", "gradual")),
            }
        ),
        implied=MappingProxyType(implied),
        implying=MappingProxyType(implying),
    )
    return replace(
        world,
        vocabulary=words,
        stages=tuple(Stage(c, f"stage {i}", Urgency.URGENT) for i, c in enumerate((0, 0, 1, 1))),
        shares=Band(np.array(SHARES["low"]), np.array(SHARES["high"])),
        frequencies=Band(LOW, HIGH),
        parameters={
            ("age_years", "mean"): Band(np.array(MEAN["low"]), np.array(MEAN["high"])),
            ("age_years", "sd"): Band(np.array(SD["low"]), np.array(SD["high"])),
            ("onset", "share_sudden"): Band(np.array(SUDDEN["low"]), np.array(SUDDEN["high"])),
        },
        age_odds_ratios=np.array([1, 1, 1, 1, 1, 3.0]),
        reporting=Reporting(
            shares=np.array(REPORTERS),
            present=PRESENT,
            absent=ABSENT,
            error=ERROR,
            known={"age_years": 0.9, "onset": 0.5},
        ),
    )


def between(band: Mapping[str, tuple[float, ...]], stage: int, u: float) -> float:
    """Return the number at a place in a band."""
    return (1 - u) * band["low"][stage] + u * band["high"][stage]


def truth_chance(truth: tuple[bool, ...], f: Reals) -> float:
    """Return the chance of a truth: both weak among the weak, the rest of `both` among others."""
    weak, both, both_weak, pain, severe, smoking = truth
    weak_chance = f[0] if weak else 1 - f[0]
    of_weak = f[2] / f[0] if weak else 0.0
    both_weak_chance = of_weak if both_weak else 1 - of_weak
    of_rest = 1.0 if both_weak else (f[1] - f[2]) / (1 - f[2])
    both_chance = of_rest if both else 1 - of_rest
    pain_chance = f[3] if pain else 1 - f[3]
    of_pain = f[4] / f[3] if pain else 0.0
    severe_chance = of_pain if severe else 1 - of_pain
    smoking_chance = f[5] if smoking else 1 - f[5]
    return float(
        weak_chance * both_weak_chance * both_chance * pain_chance * severe_chance * smoking_chance
    )


def said_chance(said: int, is_there: bool, can_occur: bool, present: float, absent: float) -> float:
    """Return the chance that a finding is affirmed (1), denied (0) or left open (-1)."""
    wrong = ERROR if is_there or can_occur else 0.0
    told = present if is_there else absent
    truly = 1 if is_there else 0
    if said == -1:
        return 1 - told
    return told * (1 - wrong if said == truly else wrong)


def closed(statement: Report) -> tuple[Report, int]:
    """Return a statement without contradictions and closed, and how many answers are left."""
    kept = dict(zip(NAMES, statement, strict=True))
    for id, others in IMPLIED.items():
        for other in others:
            if kept[id] == 1 and kept[other] == 0:
                kept[other] = -1
    answers = sum(state != -1 for state in kept.values())
    whole = dict(kept)
    for id, others in IMPLIED.items():
        for other in others:
            if kept[id] == 1:
                whole[other] = 1
            if kept[other] == 0:
                whole[id] = 0
    return tuple(whole.values()), answers


def attribute_chances(stage: int, u: float, is_old: bool) -> tuple[float, Reals]:
    """Return the chance of an age group and, in it, that of each of AGES with each of ONSETS.

    Ages are normal, cut to 0 to 120.
    """
    mean, sd = between(MEAN, stage, u), between(SD, stage, u)
    group = age_group(stage, u, is_old)
    everybody = float(norm.cdf(120, mean, sd) - norm.cdf(0, mean, sd))
    ages = []
    for age in AGES:
        if age is None:
            ages.append(1.0)
        elif (age >= 60) != is_old:
            ages.append(0.0)
        else:
            low, high = norm.cdf([max(age - 0.5, 0), min(age + 0.5, 120)], mean, sd)
            ages.append(float(high - low) / everybody / group)
    sudden = between(SUDDEN, stage, u)
    return group, np.outer(ages, [1.0, sudden, 1 - sudden])


def age_group(stage: int, u: float, is_old: bool) -> float:
    """Return the share of people who are 60 or older, or of those who are not."""
    mean, sd = between(MEAN, stage, u), between(SD, stage, u)
    youngest, border, oldest = norm.cdf([0, 59.5, 120], mean, sd)
    old = float((oldest - border) / (oldest - youngest))
    return old if is_old else 1 - old


def frequencies(stage: int, u: float, is_old: bool) -> Reals:
    """Return the frequencies of a stage; the odds of smoking are threefold in the older.

    The odds in the younger are searched for: both groups together smoke as often as the band says.
    """
    plain = (1 - u) * LOW[stage] + u * HIGH[stage]
    old = age_group(stage, u, True)

    def together(odds: float) -> float:
        return (1 - old) * odds / (1 + odds) + old * 3 * odds / (1 + 3 * odds)

    odds = float(brentq(lambda one: together(one) - plain[5], 0, 10, xtol=1e-15, rtol=1e-14))
    own = 3 * odds if is_old else odds
    return np.array([*plain[:5], own / (1 + own)])


def said_in(f: Reals, reporter: int) -> dict[Report, float]:
    """Return the chance of each accepted closed report."""
    found: dict[Report, float] = {}
    truths = [(t, truth_chance(t, f)) for t in product((False, True), repeat=6)]
    possible = [(truth, chance) for truth, chance in truths if chance > 0]
    spoken = [
        {
            (said, is_there): said_chance(
                said, is_there, bool(f[i] > 0), PRESENT[reporter, i], ABSENT[reporter, i]
            )
            for said in (-1, 0, 1)
            for is_there in (False, True)
        }
        for i in range(6)
    ]
    for statement in product((-1, 0, 1), repeat=6):
        report, answers = closed(statement)
        if answers < 2 or 1 not in report:
            continue
        total = 0.0
        for truth, chance in possible:
            by_finding = zip(spoken, statement, truth, strict=True)
            total += chance * prod(by_truth[said, held] for by_truth, said, held in by_finding)
        if total > 0:
            found[report] = found.get(report, 0.0) + total
    return found


@pytest.fixture(scope="module")
def little(world: World) -> World:
    """The small world."""
    return small(world)


@pytest.fixture(scope="module")
def little_states(little: World) -> States:
    """The states of the small world."""
    return states.states(little)


@pytest.fixture(scope="module")
def enumerated() -> Enumerated:
    """Every closed case of the small world with its chance in each condition."""
    chances: tuple[dict[Report, Reals], ...] = ({}, {})
    accepted = [0.0, 0.0]
    for stage, u, is_old, reporter in product(range(4), U, (False, True), range(2)):
        condition = CONDITION_OF_STAGE[stage]
        group, attributes = attribute_chances(stage, u, is_old)
        weight = between(SHARES, stage, u) / 2 * group * REPORTERS[reporter]
        f = frequencies(stage, u, is_old)
        for report, chance in said_in(f, reporter).items():
            accepted[condition] += weight * chance
            cell = chances[condition].setdefault(report, np.zeros((len(AGES), len(ONSETS))))
            cell += weight * chance * attributes
    return Enumerated(chances, (accepted[0], accepted[1]))


def table_of(reports: list[Report]) -> pd.DataFrame:
    """Return each report with each of AGES and ONSETS, as the data set has them."""
    rows = [
        [*(None if state == -1 else state for state in report), age, onset]
        for report in reports
        for age in AGES
        for onset in ONSETS
    ]
    table = pd.DataFrame(rows, columns=[*NAMES, "age_years", "onset"])
    return table.astype(dict.fromkeys((*NAMES, "age_years"), "float32"))


def joint(enumerated: Enumerated, reports: list[Report]) -> Reals:
    """Return the chance of each row of the table in each condition, among its cases."""
    zero = np.zeros((len(AGES), len(ONSETS)))
    columns = [
        np.concatenate([chances.get(report, zero).ravel() / accepted for report in reports])
        for chances, accepted in zip(enumerated.chances, enumerated.accepted, strict=True)
    ]
    return np.stack(columns, axis=1)


def all_reports(enumerated: Enumerated) -> list[Report]:
    """Return every closed report that some condition gives."""
    return sorted(set(enumerated.chances[0]) | set(enumerated.chances[1]))


def test_accepted_is_the_chance_of_all_cases(enumerated: Enumerated, little_states: States) -> None:
    """The chance that a report is a case is what all cases have together."""
    np.testing.assert_allclose(little_states.accepted, enumerated.accepted, rtol=0, atol=1e-12)


def test_posterior_is_that_of_everything_that_can_happen(
    enumerated: Enumerated, little: World, little_states: States
) -> None:
    """For every closed case, with any attributes, the posterior is the enumerated one."""
    reports = all_reports(enumerated)
    expected = joint(enumerated, reports)
    # Ages so far out that no computer tells them from never are left to the calibration.
    possible = expected.sum(axis=1) > 1e-12
    expected = expected / np.maximum(expected.sum(axis=1, keepdims=True), 1e-300)

    found = bayes.posterior(little_states, little.vocabulary, table_of(reports))

    assert len(reports) > 150
    assert possible.mean() > 0.9
    np.testing.assert_allclose(found[possible], expected[possible], rtol=0, atol=1e-9)


def test_likelihoods_sum_to_1(enumerated: Enumerated, little: World, little_states: States) -> None:
    """All accepted cases of a condition have the chance 1 together."""
    reports = all_reports(enumerated)
    table = table_of(reports)
    table = table[table["age_years"].isna() & table["onset"].isna()]

    likelihood = bayes._Tables(little_states, little.vocabulary)._likelihood(table)

    chance = np.exp(likelihood) @ np.where(
        little_states.condition[:, np.newaxis] == [0, 1], little_states.prior[:, np.newaxis], 0
    )
    assert len(table) == len(reports)
    np.testing.assert_allclose(chance.sum(axis=0) / little_states.accepted, 1, rtol=0, atol=1e-9)


def test_unknown_onset_is_a_mixture(
    enumerated: Enumerated, little: World, little_states: States
) -> None:
    """Without the onset the posterior is that with each onset, weighted by its chance."""
    reports = all_reports(enumerated)
    shape = (len(reports), len(AGES), len(ONSETS), 2)
    chance = joint(enumerated, reports).reshape(shape).sum(axis=3)
    possible = chance[:, :, 0] > 1e-12

    found = bayes.posterior(little_states, little.vocabulary, table_of(reports)).reshape(shape)
    weight = chance[:, :, 1:] / np.maximum(chance[:, :, :1], 1e-300)
    mixture = (weight[:, :, :, np.newaxis] * found[:, :, 1:]).sum(axis=2)

    np.testing.assert_allclose(found[:, :, 0][possible], mixture[possible], rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def known(world: World) -> States:
    """The states of the documented world."""
    return states.states(world)


@pytest.fixture(scope="module")
def drawn(world: World, known: States) -> pd.DataFrame:
    """Cases of the documented world."""
    table: pd.DataFrame = generate.block(generate.machine(world, known), DRAWN, 23, 0).to_pandas()
    return table


@pytest.fixture(scope="module")
def found(world: World, known: States, drawn: pd.DataFrame) -> Reals:
    """The posteriors of the drawn cases."""
    return bayes.posterior(known, world.vocabulary, drawn)


def test_posteriors_sum_to_1(found: Reals) -> None:
    """Each case has a chance within 0 to 1 of each condition, 1 together."""
    assert found.shape == (DRAWN, 21)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-9)


@pytest.mark.parametrize("share", [1.0, 0.01], ids=["all", "most_likely"])
def test_posterior_is_calibrated(
    share: float, world: World, drawn: pd.DataFrame, found: Reals
) -> None:
    """A condition is as frequent as the posteriors say, of all and of the cases most like it.

    The tolerance is 4 standard errors and one case, for there may be fewer than one to expect.
    """
    off = {}
    for i, condition in enumerate(world.catalogue.conditions):
        chosen = np.argsort(-found[:, i])[: int(share * DRAWN)]
        chance = found[chosen, i]
        count = int((drawn["condition"].iloc[chosen] == condition).sum())
        error = float(np.sqrt((chance * (1 - chance)).sum()))
        if abs(count - chance.sum()) > 4 * error + 1:
            off[condition] = count, float(chance.sum()), error

    assert off == {}


def test_posterior_is_calibrated_in_ten_bins(
    world: World, drawn: pd.DataFrame, found: Reals
) -> None:
    """Of cases with a posterior of about 0.4, say, about 40 % are of the condition.

    The bins are those of the posterior's tenths, over all conditions together and for each. The
    tolerance is 5 standard errors, and one case, for there may be fewer than one to expect.
    """
    names = np.array(list(world.catalogue.conditions))
    is_own = drawn["condition"].to_numpy(str)[:, np.newaxis] == names
    bins = np.minimum((found * 10).astype(int), 9)
    shape = (10, len(names))
    counts, sums, variances = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i in range(10):
        inside = bins == i
        counts[i] = (is_own & inside).sum(axis=0)
        sums[i] = np.where(inside, found, 0).sum(axis=0)
        variances[i] = np.where(inside, found * (1 - found), 0).sum(axis=0)

    off = np.abs(counts - sums) > 5 * np.sqrt(variances) + 1
    assert [(i / 10, names[j]) for i, j in np.argwhere(off)] == []
    # Conditions exclude each other, so that together they err less than this.
    apart = np.abs(counts.sum(axis=1) - sums.sum(axis=1))
    assert (apart <= 5 * np.sqrt(variances.sum(axis=1))).all(), apart
    assert (counts.sum(axis=1) > 100).all()


def test_true_condition_can_always_be(world: World, drawn: pd.DataFrame, found: Reals) -> None:
    """No case is impossible in the condition that it was drawn from."""
    place = {id: i for i, id in enumerate(world.catalogue.conditions)}
    true = drawn["condition"].astype(str).map(place).to_numpy()

    assert found[np.arange(DRAWN), true].min() > 0


def test_order_and_number_of_cases_change_nothing(
    world: World, known: States, drawn: pd.DataFrame, found: Reals
) -> None:
    """A case has its posterior by itself, whatever stands beside it."""
    some = [4095, 4096, 12, 0, DRAWN - 1]

    alone = bayes.posterior(known, world.vocabulary, drawn.iloc[some])

    np.testing.assert_allclose(alone, found[some], rtol=0, atol=1e-12)


def test_no_case_has_no_posterior(world: World, known: States, drawn: pd.DataFrame) -> None:
    """No cases give a matrix of no rows."""
    assert bayes.posterior(known, world.vocabulary, drawn.head(0)).shape == (0, 21)


@pytest.mark.parametrize("id", ["trend", "side", "age_years", "duration_days"])
def test_unknown_attribute_is_summed_out(
    id: str, world: World, known: States, drawn: pd.DataFrame
) -> None:
    """Without an attribute the posterior is that with each value, weighted by its chance."""
    cases = drawn.head(20).assign(**{id: None})
    attribute = world.vocabulary.attributes[id]
    values: list[Any] = (
        list(attribute.values)
        if isinstance(attribute, Category)
        else list(grids.GRIDS[id].tolist())
    )
    likelihood = bayes._Tables(known, world.vocabulary)._likelihood(cases)
    log_prior = np.log(np.maximum(known.prior, 1e-300))
    log_weight = likelihood + log_prior - np.log(known.accepted)[known.condition]
    weight = np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True))
    chance = weight @ known.attributes[id]

    each = pd.concat([cases.assign(**{id: value}) for value in values], ignore_index=True)
    found = bayes.posterior(known, world.vocabulary, each).reshape(len(values), len(cases), 21)
    expected = np.einsum("cv,vck->ck", chance, found)

    unknown = bayes.posterior(known, world.vocabulary, cases)
    np.testing.assert_allclose(chance.sum(axis=1), 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(unknown, expected, rtol=0, atol=1e-9)


def stated(words: Vocabulary, **cells: int) -> pd.DataFrame:
    """Return a table of one row that states these findings and nothing else."""
    row: dict[str, object] = dict.fromkeys(words.findings, float("nan"))
    return pd.DataFrame([row | dict.fromkeys(words.attributes) | cells])


@pytest.mark.parametrize(
    "cells",
    [
        {"foot_drop": 1, "leg_weakness": 0, "fever": 1},
        {"foot_drop": 1, "fever": 1},
        {"foot_drop": 1, "leg_weakness": 0, "fecal_incontinence": 1},
    ],
    ids=["contradiction", "not_closed", "impossible_for_one_twice"],
)
def test_case_that_no_condition_gives_has_the_prior(
    cells: dict[str, int], world: World, known: States
) -> None:
    """What nobody can say tells nothing: all conditions are alike, however much excludes each."""
    found = bayes.posterior(known, world.vocabulary, stated(world.vocabulary, **cells))

    np.testing.assert_allclose(found, np.full((1, 21), 1 / 21), rtol=1e-9)


@pytest.mark.parametrize("finding", ["fecal_incontinence", "urinary_incontinence"])
def test_excluded_finding_excludes_its_condition(finding: str, world: World, known: States) -> None:
    """A present finding that never occurs in a condition leaves it no chance, but others some."""
    closed_cells = dict.fromkeys(world.vocabulary.implied[finding], 1) | {"buttock_numbness": 1}

    (found,) = bayes.posterior(known, world.vocabulary, stated(world.vocabulary, **closed_cells))

    chance = dict(zip(world.catalogue.conditions, found, strict=True))
    assert chance["piriformis_syndrome"] == 0
    assert chance["cauda_equina_syndrome"] > 0.1
    assert sum(chance.values()) == pytest.approx(1, abs=1e-9)


def test_no_attribute_is_known_of_an_empty_table(little: World, little_states: States) -> None:
    """A column in which nothing is known is allowed, whatever its type."""
    row = dict.fromkeys(NAMES, float("nan")) | {"weak": 1.0, "smoking": 1.0}
    table = pd.DataFrame([row | {"age_years": None, "onset": None}])

    (found,) = bayes.posterior(little_states, little.vocabulary, table)

    assert found.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("attribute", "value"), [("sex", "other"), ("body_mass_index", 95.0)])
def test_a_value_that_nobody_has_says_nothing(
    world: World, attribute: str, value: str | float
) -> None:
    """What the service accepts and the world never draws leaves the other answers their weight."""
    known = states.states(world)
    drawn = generate.block(generate.machine(world, known), 200, 1, 0).to_pandas()
    unknown = drawn.assign(**{attribute: None})
    stated = drawn.assign(**{attribute: value})
    np.testing.assert_allclose(
        bayes.posterior(known, world.vocabulary, stated),
        bayes.posterior(known, world.vocabulary, unknown),
        atol=1e-12,
    )
