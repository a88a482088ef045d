from pathlib import Path

import numpy as np
import pytest

from synthetic import profiles
from tests.synthetic.editing import (
    add,
    add_by_stage,
    change,
    copied_tables,
    delete,
    faults,
    finding_row,
    line,
    repeat,
    stage_rows,
    update,
)

TENDON = "gluteal_tendinopathy"
EXCLUDED = {"condition": "piriformis_syndrome", "finding": "fecal_incontinence"}
NEVER = "piriformis_syndrome, fecal_incontinence: never occurs, so its frequency is 0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    return copied_tables(tmp_path)


@pytest.mark.parametrize("place", ["first", "last"])
def test_excluded_finding_may_not_have_a_frequency(folder: Path, place: str) -> None:
    """A row above 0 of a finding that never occurs is refused, also beside one that is 0."""
    further = finding_row(EXCLUDED["condition"], EXCLUDED["finding"], "0", "0.2")
    change(
        folder,
        "finding_profiles",
        lambda rows: [further, *rows] if place == "first" else [*rows, further],
    )
    number = line(folder, "finding_profiles", **EXCLUDED) if place == "last" else 2

    assert faults(folder) == (f"finding_profiles.csv, line {number}: {NEVER}",)


def test_excluded_finding_stays_out_of_the_stages(folder: Path) -> None:
    """A stage may not bring in a finding that never occurs in its condition."""
    condition, finding = EXCLUDED.values()
    add_by_stage(folder, condition, "pain", finding, "0", "0")
    add_by_stage(folder, condition, "nerve_irritation", finding, "0", "0.01")
    number = line(folder, "stage_findings", **EXCLUDED)

    assert faults(folder) == (
        f"stage_findings.csv, line {number}: piriformis_syndrome, nerve_irritation, "
        "fecal_incontinence: never occurs, so its frequency is 0",
    )


def document(folder: Path, basis: str, mild: tuple[str, str], severe: tuple[str, str]) -> None:
    """Give fever in gluteal tendinopathy a band of 0.3 to 0.4 and each of its stages one.

    Of the low end 0.7 are mild, of the high end 0.3.
    """
    where = {"condition": TENDON, "finding": "fever"}
    for table in ("finding_profiles", "stage_findings"):
        delete(folder, table, **where)
    add(folder, TENDON, "fever", "0.3", "0.4")
    source = "" if basis == "assumed" else "000"
    update(folder, "finding_profiles", where, basis=basis, source=source)
    add_by_stage(folder, TENDON, "mild", "fever", *mild)
    add_by_stage(folder, TENDON, "severe", "fever", *severe)
    stage = {"condition": TENDON, "stage": "mild"}
    update(folder, "stages", stage, share_low="0.7", share_high="0.3")
    update(folder, "stages", stage | {"stage": "severe"}, share_low="0.3", share_high="0.7")


@pytest.mark.parametrize("basis", ["measured", "described"])
@pytest.mark.parametrize(
    ("mild", "severe", "total"),
    [
        (("0.15", "0.3"), ("0.4", "0.5"), "0.225 to 0.440"),
        (("0.2", "0.3"), ("0.4", "0.55"), "0.260 to 0.475"),
        (("0.5", "0.5"), ("0", "0"), "0.350 to 0.150"),
        (("0", "0"), ("0.7", "0.7"), "0.210 to 0.490"),
        (("0.6", "0.6"), ("0.2", "0.2"), "0.480 to 0.320"),
    ],
)
def test_stages_together_keep_a_documented_band(
    folder: Path, basis: str, mild: tuple[str, str], severe: tuple[str, str], total: str
) -> None:
    """Stages that together leave what a source says by more than 0.05 are refused, either way."""
    document(folder, basis, mild, severe)

    assert faults(folder) == (
        f"stage_findings.csv: gluteal_tendinopathy, fever: gives {total} over the stages, "
        "finding_profiles.csv has 0.3 to 0.4 (000)",
    )


def test_band_is_told_with_each_of_its_sources(folder: Path) -> None:
    """The sources of a band that the stages leave are listed, so that they can be read again."""
    document(folder, "measured", ("0", "0"), ("0.7", "0.7"))
    where = {"condition": TENDON, "finding": "fever"}
    repeat(folder, "finding_profiles", where, source="deyo_1992", frequency_high="0.42")

    assert faults(folder) == (
        "stage_findings.csv: gluteal_tendinopathy, fever: gives 0.210 to 0.490 over the stages, "
        "finding_profiles.csv has 0.3 to 0.42 (000, deyo_1992)",
    )


@pytest.mark.parametrize(
    ("basis", "mild", "severe"),
    [
        ("measured", ("0.2", "0.3"), ("0.4", "0.5")),
        ("measured", ("0.26", "0.44"), ("0.26", "0.44")),
        ("assumed", ("0", "0"), ("0.9", "0.9")),
    ],
)
def test_stages_may_differ_about_a_documented_band(
    folder: Path, basis: str, mild: tuple[str, str], severe: tuple[str, str]
) -> None:
    """Stages that together stay near the band are read, and so are any where it is assumed."""
    document(folder, basis, mild, severe)

    world = profiles.read(folder)
    rows, column = stage_rows(world, TENDON), list(world.vocabulary.findings).index("fever")

    assert world.frequencies.low[rows["severe"], column] == float(severe[0])
    assert world.frequencies.high[rows["mild"], column] == float(mild[1])


def weaken(folder: Path, foot_drop: tuple[str, str], leg_weakness: tuple[str, str]) -> None:
    """Give foot drop and leg weakness one band each in gluteal tendinopathy."""
    for finding, band in (("foot_drop", foot_drop), ("leg_weakness", leg_weakness)):
        for table in ("finding_profiles", "stage_findings"):
            delete(folder, table, condition=TENDON, finding=finding)
        add(folder, TENDON, finding, *band)


@pytest.mark.parametrize("foot_drop", [("0.6", "0.7"), ("0.2", "0.4"), ("0.05", "0.6")])
def test_finding_is_never_more_frequent_than_one_that_it_implies(
    folder: Path, foot_drop: tuple[str, str]
) -> None:
    """Foot drop may pass leg weakness at neither end; no stage is told where none differs."""
    weaken(folder, foot_drop, ("0.1", "0.5"))

    assert faults(folder) == (
        "finding_profiles.csv: gluteal_tendinopathy, foot_drop: is more frequent than "
        "leg_weakness, which it implies",
    )


@pytest.mark.parametrize("staged", ["foot_drop", "leg_weakness"])
def test_stage_in_which_a_finding_is_too_frequent_is_named(folder: Path, staged: str) -> None:
    """Where one of the two findings has rows by stage, only the stage that is wrong is told."""
    weaken(folder, ("0.2", "0.3"), ("0.2", "0.3"))
    mild = ("0.25", "0.35") if staged == "foot_drop" else ("0.15", "0.25")
    add_by_stage(folder, TENDON, "mild", staged, *mild)
    add_by_stage(folder, TENDON, "severe", staged, "0.2", "0.3")

    assert faults(folder) == (
        "stage_findings.csv: gluteal_tendinopathy, mild, foot_drop: is more frequent than "
        "leg_weakness, which it implies",
    )


def test_finding_may_be_as_frequent_as_one_that_it_implies(folder: Path) -> None:
    """Equal bands of foot drop and leg weakness are read: all the weakness may be foot drop."""
    weaken(folder, ("0.2", "0.4"), ("0.2", "0.4"))

    world = profiles.read(folder)
    column = list(world.vocabulary.findings).index("foot_drop")

    assert set(world.frequencies.high[list(stage_rows(world, TENDON).values()), column]) == {0.4}


def share_sides(folder: Path, *cells: str) -> None:
    """Set the band of both sides alike in gluteal tendinopathy, then that of one side worse."""
    for i, name in enumerate(("share_both", "share_both_one_worse")):
        where = {"condition": TENDON, "parameter": name}
        delete(folder, "stage_attributes", **where)
        low, high = cells[2 * i : 2 * i + 2]
        update(folder, "attribute_profiles", where, low=low, high=high)


def test_shares_of_values_sum_to_at_most_1(folder: Path) -> None:
    """Shares of two values of an attribute that sum to more than 1 leave none for the others."""
    share_sides(folder, "0.2", "0.7", "0.3", "0.4")

    assert faults(folder) == (
        "attribute_profiles.csv: gluteal_tendinopathy, side: share_both, share_both_one_worse "
        "sum to 1.1, expected at most 1",
    )


def test_shares_of_values_may_sum_to_1(folder: Path) -> None:
    """Shares of two values that sum to 1, but for rounding, are read: the others do not occur."""
    share_sides(folder, "0.4", "0.7", "0.3", "0.3000000000001")

    world = profiles.read(folder)
    rows = list(stage_rows(world, TENDON).values())

    assert set(world.parameters["side", "share_both"].high[rows]) == {0.7}


def test_share_of_a_stage_is_summed_with_one_of_its_condition(folder: Path) -> None:
    """A stage's own share of one value counts together with its condition's of another."""
    improving = {"condition": TENDON, "parameter": "share_improving"}
    delete(folder, "stage_attributes", **improving)
    update(folder, "attribute_profiles", improving, low="0.1", high="0.2")
    worsening = {"condition": TENDON, "parameter": "share_worsening"}
    update(folder, "stage_attributes", worsening | {"stage": "mild"}, low="0.1", high="0.8")
    update(folder, "stage_attributes", worsening | {"stage": "severe"}, low="0.1", high="0.85")

    assert faults(folder) == (
        "stage_attributes.csv: gluteal_tendinopathy, severe, trend: share_worsening, "
        "share_improving sum to 1.05, expected at most 1",
    )


def test_priors_have_to_sum_to_1(folder: Path) -> None:
    """A setting whose priors sum to something else is named with the sum."""
    update(folder, "priors", {"setting": "primary_care"}, prior="0.05")

    assert faults(folder) == ("priors.csv: primary_care: prior sums to 1.05, expected 1",)


def test_shares_of_stages_have_to_sum_to_1(folder: Path) -> None:
    """The shares of a condition's stages sum to 1 at each end, and each end is named by itself."""
    where = {"condition": TENDON}
    delete(folder, "stage_findings", **where)
    update(folder, "stages", where | {"stage": "mild"}, share_low="0.6", share_high="0.3")
    update(folder, "stages", where | {"stage": "severe"}, share_low="0.3", share_high="0.7")

    assert faults(folder) == (
        "stages.csv: gluteal_tendinopathy: share_low sums to 0.9, expected 1",
    )


def test_shares_of_reporters_have_to_sum_to_1(folder: Path) -> None:
    """Reporters whose shares sum to something else are refused and not scaled in silence."""
    update(folder, "reporting", {"subject": "share"}, probability="0.3")

    assert faults(folder) == ("reporting.csv: share: probability sums to 1.2, expected 1",)


def test_shares_of_stages_may_fall_from_low_to_high(folder: Path) -> None:
    """A stage that is rarer at the high end is no fault: the other stages take its share."""
    where = {"condition": TENDON}
    delete(folder, "stage_findings", **where)
    update(folder, "stages", where | {"stage": "mild"}, share_low="0.8", share_high="0.1")
    update(folder, "stages", where | {"stage": "severe"}, share_low="0.2", share_high="0.9")

    world = profiles.read(folder)
    rows = [stage_rows(world, TENDON)[stage] for stage in ("mild", "severe")]

    np.testing.assert_array_equal(world.shares.low[rows], [0.8, 0.2])
    np.testing.assert_array_equal(world.shares.high[rows], [0.1, 0.9])


def test_condition_has_at_most_four_stages(folder: Path) -> None:
    """A fifth stage is refused, even one that nobody is in."""
    where = {"condition": "shingles", "stage": "sacral"}
    repeat(folder, "stages", where, stage="later", share_low="0", share_high="0")
    for table in ("stage_findings", "stage_attributes"):
        repeat(folder, table, where, stage="later")

    assert faults(folder) == ("stages.csv: shingles: has 5 stages, expected at most 4",)


def test_there_are_at_most_four_reporters(folder: Path) -> None:
    """A fifth reporter is refused, even one that nobody is."""
    repeat(folder, "reporting", {"reporter": "brief"}, reporter="silent")
    update(folder, "reporting", {"reporter": "silent", "subject": "share"}, probability="0")

    assert faults(folder) == ("reporting.csv: there are 5 reporters, expected at most 4",)


@pytest.mark.parametrize(
    ("finding", "others"),
    [
        ("foot_drop", "leg_weakness"),
        ("leg_pain", "calf_or_foot_pain, pain_below_knee, pain_radiating_down_leg, thigh_pain"),
    ],
)
def test_connected_finding_cannot_follow_age(folder: Path, finding: str, others: str) -> None:
    """Age odds on a finding that implies another, or is implied by others, are refused."""
    update(folder, "age_odds", {"finding": "diabetes"}, finding=finding)
    number = line(folder, "age_odds", finding=finding)

    assert faults(folder) == (
        f"age_odds.csv, line {number}: {finding}: is connected with {others}, "
        "so it cannot follow age",
    )


def test_row_without_numbers_is_not_compared_with_others(folder: Path) -> None:
    """A row that holds no number is told once and said nothing more of."""
    where = {"condition": TENDON, "stage": "mild", "finding": "leg_weakness"}
    update(folder, "stage_findings", where, frequency_low="seldom", frequency_high="0.07")
    number = line(folder, "stage_findings", **where)

    assert faults(folder) == (
        f"stage_findings.csv, line {number}: gluteal_tendinopathy, mild, leg_weakness: "
        "'seldom', '0.07': not a number, expected 0 to 1",
    )


SHARE = {"reporter": "brief", "subject": "share"}
SACRAL = {"condition": "shingles", "stage": "sacral"}


@pytest.mark.parametrize(
    ("table", "where", "cells", "said"),
    [
        ("priors", {"setting": "primary_care", "condition": "shingles"}, {"prior": "2"}, "2"),
        ("stages", SACRAL, {"share_low": "1.5", "share_high": "0.2"}, "1.5, 0.2"),
        ("reporting", SHARE, {"probability": "1.5"}, "1.5"),
        (
            "finding_profiles",
            {"condition": TENDON, "finding": "foot_drop"},
            {"frequency_low": "0.01", "frequency_high": "1.5"},
            "0.01, 1.5",
        ),
        (
            "stage_findings",
            {**SACRAL, "finding": "leg_weakness"},
            {"frequency_low": "0.02", "frequency_high": "1.5"},
            "0.02, 1.5",
        ),
        (
            "attribute_profiles",
            {"condition": TENDON, "attribute": "side", "parameter": "share_both"},
            {"low": "0.2", "high": "1.5"},
            "0.2, 1.5",
        ),
        (
            "stage_attributes",
            {**SACRAL, "attribute": "trend", "parameter": "share_improving"},
            {"low": "0.1", "high": "1.5"},
            "0.1, 1.5",
        ),
    ],
)
def test_fault_of_a_row_is_not_told_again_of_what_it_belongs_to(
    folder: Path, table: str, where: dict[str, str], cells: dict[str, str], said: str
) -> None:
    """A number out of its range spoils a sum or a comparison too, but is told by its line only."""
    update(folder, table, where, **cells)
    number = line(folder, table, **where)
    low = "above 0 to 1" if table == "priors" else "0 to 1"

    assert faults(folder) == (
        f"{table}.csv, line {number}: {', '.join(where.values())}: {said}: expected {low}",
    )


def test_faulty_row_hides_no_fault_elsewhere(folder: Path) -> None:
    """One setting's and one condition's bad numbers are told with the bad sums of others."""
    shingles = {"setting": "primary_care", "condition": "shingles"}
    update(folder, "priors", shingles, prior="rare")
    update(folder, "priors", {"setting": "general_public"}, prior="0.05")
    update(folder, "stages", SACRAL, share_low="few", share_high="0.2")
    delete(folder, "stage_findings", condition=TENDON)
    update(folder, "stages", {"condition": TENDON, "stage": "mild"}, share_low="0.6")
    stages, priors = line(folder, "stages", **SACRAL), line(folder, "priors", **shingles)

    assert faults(folder) == (
        f"stages.csv, line {stages}: shingles, sacral: 'few', '0.2': not a number, expected 0 to 1",
        f"priors.csv, line {priors}: primary_care, shingles: 'rare': not a number, "
        "expected above 0 to 1",
        "priors.csv: general_public: prior sums to 1.05, expected 1",
        "stages.csv: gluteal_tendinopathy: share_low sums to 0.9, expected 1",
    )


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ("finding_profiles", {"condition": "gluteal_muscle_strain", "finding": "buttock_pain"}),
        ("stage_findings", {"condition": "lyme_disease", "finding": "foot_numbness"}),
    ],
)
def test_finding_without_numbers_is_not_compared_with_what_implies_it(
    folder: Path, table: str, where: dict[str, str]
) -> None:
    """Nothing is more frequent than a finding of which nothing is known, nor taken from others."""
    update(folder, table, where, frequency_low="often")

    assert {": not a number, " in fault for fault in faults(folder)} == {True}


def test_stages_whose_only_rows_are_faulty_are_not_said_to_be_alike(folder: Path) -> None:
    """A condition's only findings by stage, without numbers, still tell its stages apart."""
    delete(folder, "stage_findings", condition=TENDON)
    delete(folder, "stage_attributes", condition=TENDON)
    for stage in ("mild", "severe"):
        add_by_stage(folder, TENDON, stage, "fever", "often", "0.5")
    last = line(folder, "stage_findings", condition=TENDON)

    assert faults(folder) == tuple(
        f"stage_findings.csv, line {number}: gluteal_tendinopathy, {stage}, fever: "
        "'often', '0.5': not a number, expected 0 to 1"
        for number, stage in ((last - 1, "mild"), (last, "severe"))
    )


def test_stages_differ_in_something(folder: Path) -> None:
    """A condition of several stages without any row by stage is named."""
    delete(folder, "stage_findings", condition=TENDON)
    delete(folder, "stage_attributes", condition=TENDON)

    assert faults(folder) == ("stages.csv: gluteal_tendinopathy: its stages differ in nothing",)
