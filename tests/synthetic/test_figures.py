import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.clinical.table import TableError
from synthetic import figures, states
from synthetic.figures import Figure
from synthetic.profiles import Band, World

HEADER = "condition,stage,finding,measure,value,low,high,population,source,quality,explanation"
SOURCE = "dionne_2019"


@pytest.fixture(scope="module")
def simple(world: World) -> World:
    """A world in which saddle numbness is as frequent as can be worked out by hand.

    Cauda equina syndrome has it in 0.2 to 0.4 of half of its people and in 0.4 to 0.8 and 0.8 to 1
    of a quarter each, piriformis syndrome in 0.3 to 0.4, everyone else in 0.1 to 0.2.
    """
    conditions = list(world.catalogue.conditions)
    column = list(world.vocabulary.findings).index("saddle_numbness")
    ids = [(conditions[stage.condition], stage.id) for stage in world.stages]
    low, high = world.frequencies.low.copy(), world.frequencies.high.copy()
    share_low, share_high = world.shares.low.copy(), world.shares.high.copy()
    low[:, column], high[:, column] = 0.1, 0.2
    for row, (condition, stage) in enumerate(ids):
        if condition == "piriformis_syndrome":
            low[row, column], high[row, column] = 0.3, 0.4
        if condition == "cauda_equina_syndrome":
            bands = {"suspected": (0.2, 0.4), "incomplete": (0.4, 0.8), "retention": (0.8, 1.0)}
            low[row, column], high[row, column] = bands[stage]
            share_low[row] = share_high[row] = 0.5 if stage == "suspected" else 0.25
    priors = dict.fromkeys(conditions, 0.3 / 19)
    priors |= {"cauda_equina_syndrome": 0.1, "piriformis_syndrome": 0.6}
    return replace(
        world,
        frequencies=Band(low, high),
        shares=Band(share_low, share_high),
        priors={"primary_care": priors},
    )


def compared(world: World, folder: Path, *rows: str) -> list[Figure]:
    """Return what becomes of published rows."""
    path = folder / "figures.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return figures.compare(world, states.states(world), path)


def row(measure: str, value: str, stage: str = "", finding: str = "saddle_numbness") -> str:
    """Return a published row of cauda equina syndrome."""
    return f"cauda_equina_syndrome,{stage},{finding},{measure},{value},,,people,{SOURCE},seen,"


@pytest.mark.parametrize(
    ("measure", "stage", "expected"),
    [
        ("frequency", "", (0.45, 0.60)),
        ("frequency", "incomplete|retention", (0.66, 0.84)),
        ("frequency", "suspected", (0.24, 0.36)),
        ("specificity", "", (1 - 0.94 / 3, 1 - 0.76 / 3)),
        ("lr_plus", "", (0.45 * 3 / 0.76, 0.60 * 3 / 0.94)),
        ("lr_minus", "", (0.40 / (1 - 0.94 / 3), 0.55 / (1 - 0.76 / 3))),
    ],
)
def test_figure_is_that_of_a_hand_computation(
    measure: str, stage: str, expected: tuple[float, float], simple: World, tmp_path: Path
) -> None:
    """Others have saddle numbness in (2 * 0.32 + 0.12) / 3 and (2 * 0.38 + 0.18) / 3 of people."""
    (found,) = compared(simple, tmp_path, row(measure, "0.5", stage))

    assert found.simulated == pytest.approx(expected, abs=1e-9)
    assert found.published == (0.5, 0.5)
    assert found.stages == tuple(filter(None, stage.split("|")))


def test_published_band_goes_before_its_value(simple: World, tmp_path: Path) -> None:
    """A row with low and high is a band, one without is a value."""
    value = row("frequency", "0.5")
    band = value.replace("0.5,,", "0.5,0.4,0.7") + "because"

    (found,) = compared(simple, tmp_path, band)

    assert found.published == (0.4, 0.7)
    assert found.explanation == "because"


def test_demographics_are_those_of_the_profile(world: World, tmp_path: Path) -> None:
    """Ages, shares and durations come from the attributes of a condition."""
    names = ["mean", "sd"]
    mean, sd = (world.parameters["age_years", name] for name in names)
    sex = world.parameters["sex", "share_female"]
    duration = world.parameters["duration_days", "median"]
    stage = next(i for i, s in enumerate(world.stages) if s.id == "retention")
    rows = [
        row("age_mean", "50", "retention", "age_years"),
        row("age_sd", "10", "retention", "age_years"),
        row("female_share", "0.5", "retention", "sex"),
        row("duration_median_days", "2", "retention", "duration_days"),
    ]

    ages, spreads, women, days = compared(world, tmp_path, *rows)

    for found, band, tolerance in ((ages, mean, 1.0), (spreads, sd, 2.0), (women, sex, 1e-9)):
        ends = [band.low[stage] * (1 - u) + band.high[stage] * u for u in (0.2, 0.8)]
        assert found.simulated == pytest.approx((min(ends), max(ends)), abs=tolerance)
    low, high = duration.low[stage], duration.high[stage]
    assert low / 1.3 <= days.simulated[0] <= days.simulated[1] <= high * 1.3


def test_what_the_world_has_no_answer_to_is_left_out(world: World, tmp_path: Path) -> None:
    """Prevalences and the accuracy of an attribute's value are no figures of the world."""
    rows = [
        row("prevalence", "0.1", finding=""),
        row("lr_plus", "2", finding="post_void_residual_ml"),
        row("frequency", "0.5", finding="age_years"),
        row("age_mean", "50", finding="saddle_numbness"),
    ]

    assert compared(world, tmp_path, *rows) == []


@pytest.mark.parametrize(
    ("measure", "published", "simulated", "agrees"),
    [
        ("frequency", (0.5, 0.6), (0.55, 0.7), True),
        ("frequency", (0.5, 0.5), (0.59, 0.7), True),
        ("frequency", (0.5, 0.5), (0.62, 0.7), False),
        ("frequency", (0.9, 0.95), (0.3, 0.79), False),
        ("frequency", (0.02, 0.02), (0.10, 0.10), False),
        ("frequency", (0.10, 0.12), (0.01, 0.03), False),
        ("frequency", (0.02, 0.02), (0.05, 0.10), True),
        ("frequency", (0.98, 0.98), (0.85, 0.90), False),
        ("frequency", (0.0, 0.0), (0.012, 0.02), True),
        ("frequency", (0.0, 0.0), (0.02, 0.03), False),
        ("specificity", (0.9, 0.9), (0.3, 0.81), True),
        ("specificity", (0.99, 0.99), (0.95, 0.96), False),
        ("female_share", (0.9, 0.9), (0.3, 0.79), False),
        ("age_mean", (50, 50), (40, 46), True),
        ("age_mean", (50, 50), (40, 44), False),
        ("age_sd", (10, 10), (14, 20), True),
        ("age_sd", (10, 10), (16, 20), False),
        ("lr_plus", (4, 4), (1, 2.1), True),
        ("lr_plus", (4, 4), (1, 1.9), False),
        ("lr_plus", (1.4, 7.7), (0.76, 0.83), False),
        ("lr_plus", (0.8, 0.9), (1.1, 1.2), False),
        ("lr_plus", (0.8, 1.0), (1.1, 1.2), True),
        ("lr_minus", (0.9, 0.9), (1.1, 1.3), False),
        ("lr_minus", (0.1, 0.1), (0.19, 0.5), True),
        ("lr_minus", (0.1, 0.1), (0.21, 0.5), False),
        ("duration_median_days", (30, 30), (7, 15), True),
        ("duration_median_days", (30, 30), (7, 14), False),
    ],
)
def test_bands_agree_when_they_touch_or_nearly(
    measure: str, published: tuple[float, float], simulated: tuple[float, float], agrees: bool
) -> None:
    """A share may be 0.10 and a factor 3 in odds off, an age 5 years, the rest a factor of 2.

    A ratio above 1 never agrees with one below.
    """
    found = Figure("x", (), "y", measure, published, simulated, "", is_input=False)

    assert found.agrees is agrees


def test_shipped_figures_are_numbers_of_the_world(world: World) -> None:
    """Each published figure is compared with a number, in the range that its measure has."""
    found = figures.compare(world, states.states(world))

    assert len(found) > 300
    for one in found:
        assert np.isfinite(one.simulated).all(), one
        assert one.published[0] <= one.published[1], one
        assert one.simulated[0] <= one.simulated[1], one
        if one.measure in ("frequency", "specificity") or one.measure.endswith("_share"):
            assert 0 <= one.simulated[0] <= one.simulated[1] <= 1, one


def test_shipped_figures_name_stages_of_their_condition(world: World) -> None:
    """A stage to which a figure is limited is one of the condition."""
    conditions = list(world.catalogue.conditions)
    known = {(conditions[stage.condition], stage.id) for stage in world.stages}

    for one in figures.compare(world, states.states(world)):
        assert {(one.condition, stage) for stage in one.stages} <= known


def test_figure_is_input_where_the_profiles_took_its_source(simple: World, tmp_path: Path) -> None:
    """A number of the same condition, finding and source was taken; a specificity's is everyone's.

    The comparison group of a specificity is everybody, so the background took it.
    """
    taken = {("cauda_equina_syndrome", "saddle_numbness", SOURCE), ("background", "fever", SOURCE)}
    rows = [
        row("frequency", "0.5"),
        row("specificity", "0.5"),
        row("frequency", "0.5", finding="fever"),
        row("specificity", "0.5", finding="fever"),
    ]

    found = compared(replace(simple, taken=frozenset(taken)), tmp_path, *rows)

    assert [one.is_input for one in found] == [True, False, False, True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            ",retention,",
            ",late,",
            "no such stage: 'late', expected suspected, incomplete, retention",
        ),
        ("cauda_equina_syndrome", "cauda", "no such condition: 'cauda'"),
        ("saddle_numbness", "saddle", "no such finding or attribute: 'saddle'"),
        (",frequency,", ",often,", "no such measure: 'often', expected frequency, specificity"),
        (SOURCE, "x", "the source 'x' is not in sources.csv"),
        (",0.5,", ",half,", "'half', '' to '': not a number"),
        (",0.5,,,", ",0.5,0.6,0.7,", "0.5 does not lie within 0.6 to 0.7"),
    ],
)
def test_fault_of_a_published_row_is_told(
    old: str, new: str, said: str, simple: World, tmp_path: Path
) -> None:
    """What the table of figures gets wrong is named with its line."""
    wrong = row("frequency", "0.5", "retention").replace(old, new)

    with pytest.raises(TableError) as refusal:
        compared(simple, tmp_path, row("frequency", "0.5"), wrong)

    (fault,) = refusal.value.faults
    assert fault.startswith("figures.csv, line 3: ")
    assert f": {said}" in fault


def test_every_figure_that_does_not_agree_is_explained(world: World) -> None:
    """Where the world differs from a publication the table says why."""
    found = figures.compare(world, states.states(world))

    assert [
        (one.condition, one.finding, one.measure)
        for one in found
        if not one.agrees and not one.explanation
    ] == []


def test_explanations_say_something(world: World) -> None:
    """An explanation is several words, and what is said of many figures is of one kind of them."""
    kinds: dict[str, set[str]] = {}
    for published in figures.read(world):
        if published["explanation"]:
            kinds.setdefault(published["explanation"], set()).add(published["measure"])

    assert len(kinds) > 50
    assert [text for text in kinds if len(set(re.findall("[a-z]{2,}", text.lower()))) < 4] == []
    assert [text for text, measures in kinds.items() if len(measures) > 2] == []
