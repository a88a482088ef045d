from pathlib import Path

import numpy as np
import pytest

from synthetic import profiles
from tests.synthetic.editing import add, change, copied_tables, delete, matches, stage_rows, update

EXCLUDED = {"condition": "piriformis_syndrome", "finding": "fecal_incontinence"}
NUMB = {"condition": "cauda_equina_syndrome", "stage": "retention", "finding": "saddle_numbness"}
ONSET = {
    "condition": "cauda_equina_syndrome",
    "stage": "retention",
    "attribute": "onset",
    "parameter": "share_sudden",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    return copied_tables(tmp_path)


def cell(world: profiles.World, condition: str, finding: str) -> tuple[float, float]:
    """Return the band of a finding in a condition, the same in all of its stages."""
    column = list(world.vocabulary.findings).index(finding)
    bands = {
        (float(world.frequencies.low[row, column]), float(world.frequencies.high[row, column]))
        for row in stage_rows(world, condition).values()
    }
    (band,) = bands
    return band


def test_shipped_tables_have_no_fault(folder: Path) -> None:
    """The shipped tables and a copy of them are read, to 21 conditions in stages, 133 findings."""
    for world in (profiles.read(), profiles.read(folder)):
        stages = len(world.stages)
        assert {stage.condition for stage in world.stages} == set(range(21))
        assert world.shares.low.shape == world.shares.high.shape == (stages,)
        assert world.frequencies.low.shape == world.frequencies.high.shape == (stages, 133)
        assert {band.low.shape for band in world.parameters.values()} == {(stages,)}
        assert world.age_odds_ratios.shape == (133,)


@pytest.mark.parametrize("zero", ["0", "0.0", "0.00", "0e0"])
def test_zero_of_an_excluded_finding_may_be_written_as_any_zero(folder: Path, zero: str) -> None:
    """The frequency of a finding that never occurs is compared as a number."""
    update(folder, "finding_profiles", EXCLUDED, frequency_low=zero, frequency_high=zero)

    assert cell(profiles.read(folder), *EXCLUDED.values()) == (0, 0)


def test_row_of_a_stage_goes_before_the_condition(folder: Path) -> None:
    """A stage's own band holds in that stage, whatever the profile of its condition says."""
    update(folder, "stage_findings", NUMB, frequency_low="0.911", frequency_high="0.922")
    update(folder, "stage_attributes", ONSET, low="0.333", high="0.444")

    world = profiles.read(folder)
    row = stage_rows(world, "cauda_equina_syndrome")["retention"]
    column = list(world.vocabulary.findings).index("saddle_numbness")
    onset = world.parameters["onset", "share_sudden"]

    assert world.frequencies.low[row, column] == 0.911
    assert world.frequencies.high[row, column] == 0.922
    assert (onset.low[row], onset.high[row]) == (0.333, 0.444)


def test_odds_ratio_is_1_where_none_is_stated(folder: Path) -> None:
    """Only what the table names changes with age."""
    update(folder, "age_odds", {"finding": "diabetes"}, odds_ratio="7")

    world = profiles.read(folder)
    ratios = dict(zip(world.vocabulary.findings, world.age_odds_ratios, strict=True))

    assert ratios["diabetes"] == 7
    assert ratios["saddle_numbness"] == 1


def test_error_is_one_chance_for_all_reporters(folder: Path) -> None:
    """The share of wrong answers is read from its own row."""
    update(folder, "reporting", {"subject": "error"}, probability="0.07")

    assert profiles.read(folder).reporting.error == 0.07


def test_cell_without_row_takes_the_background_rate(folder: Path) -> None:
    """A finding without a row in a condition is as frequent there as in everybody."""
    delete(folder, "finding_profiles", condition="shingles", finding="fever")
    delete(folder, "finding_profiles", condition="background", finding="fever")
    add(folder, "background", "fever", "0.011", "0.022")

    assert cell(profiles.read(folder), "shingles", "fever") == (0.011, 0.022)


def test_several_rows_of_a_finding_give_the_widest_band(folder: Path) -> None:
    """The band of a cell reaches from its rows' lowest low to their highest high."""
    delete(folder, "finding_profiles", condition="shingles", finding="fever")
    for low, high in (("0.3", "0.4"), ("0.1", "0.2"), ("0.35", "0.5"), ("0.15", "0.25")):
        add(folder, "shingles", "fever", low, high)

    assert cell(profiles.read(folder), "shingles", "fever") == (0.1, 0.5)


def test_several_rows_of_a_parameter_give_the_widest_band(folder: Path) -> None:
    """The band of an attribute's parameter is the widest of its rows too."""
    where = {"condition": "shingles", "attribute": "age_years", "parameter": "mean"}
    update(folder, "attribute_profiles", where, low="50", high="60")
    change(
        folder,
        "attribute_profiles",
        lambda rows: [
            *rows,
            *(
                row | {"low": low, "high": high}
                for row in rows
                if matches(row, where)
                for low, high in (("45", "55"), ("58", "71"))
            ),
        ],
    )

    world = profiles.read(folder)
    band = world.parameters["age_years", "mean"]
    rows = list(stage_rows(world, "shingles").values())

    assert set(band.low[rows]) == {45}
    assert set(band.high[rows]) == {71}


def test_shares_of_reporters_sum_to_1() -> None:
    """The four reporters share all people out, and every chance of telling is a probability."""
    reporting = profiles.read().reporting

    np.testing.assert_allclose(reporting.shares, [0.30, 0.35, 0.25, 0.10], rtol=1e-12)
    assert reporting.present.shape == reporting.absent.shape == (4, 133)


def test_balanced_setting_has_all_conditions_alike() -> None:
    """The setting `balanced` stands beside the three of the table, each condition 1 in 21."""
    priors = profiles.read().priors

    assert sorted(priors) == [
        "balanced",
        "emergency_department",
        "general_public",
        "primary_care",
    ]
    assert set(priors["balanced"].values()) == {1 / 21}
