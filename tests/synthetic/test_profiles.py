import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from service.clinical.table import TableError
from synthetic import profiles
from synthetic.__main__ import main

SHIPPED = Path(profiles.__file__).parent
TABLES = (
    "finding_profiles",
    "attribute_profiles",
    "stages",
    "stage_findings",
    "stage_attributes",
    "age_odds",
    "priors",
    "reporting",
)

Row = dict[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    copy = tmp_path / "tables"
    copy.mkdir()
    for name in TABLES:
        shutil.copy(SHIPPED / f"{name}.csv", copy)
    return copy


def change(folder: Path, table: str, edit: Callable[[list[Row]], list[Row]]) -> None:
    """Rewrite a table with its rows edited."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(edit(rows))


def add(folder: Path, *cells: str) -> None:
    """Append a row to the finding profiles: its first four cells, assumed with a note."""
    change(folder, "finding_profiles", lambda rows: [*rows, finding_row(*cells)])


def finding_row(condition: str, finding: str, low: str, high: str) -> Row:
    """Return a row of the finding profiles that is assumed and says so."""
    return {
        "condition": condition,
        "finding": finding,
        "frequency_low": low,
        "frequency_high": high,
        "basis": "assumed",
        "source": "",
        "note": "a guess",
    }


def matches(row: Row, where: Mapping[str, str]) -> bool:
    """Tell whether a row has these cells."""
    return all(row[column] == value for column, value in where.items())


def delete(folder: Path, table: str, **where: str) -> None:
    """Delete all rows with these cells."""
    change(folder, table, lambda rows: [row for row in rows if not matches(row, where)])


def update(folder: Path, table: str, where: Mapping[str, str], **cells: str) -> None:
    """Change cells of all rows with those cells."""
    change(
        folder, table, lambda rows: [row | cells if matches(row, where) else row for row in rows]
    )


def faults(folder: Path) -> tuple[str, ...]:
    """Return the faults for which the tables of a folder are refused."""
    with pytest.raises(TableError) as refusal:
        profiles.read(folder)
    return refusal.value.faults


def stage_rows(world: profiles.World, condition: str) -> dict[str, int]:
    """Return the row of each stage of a condition, by its name."""
    index = list(world.catalogue.conditions).index(condition)
    return {stage.id: i for i, stage in enumerate(world.stages) if stage.condition == index}


def cell(world: profiles.World, condition: str, finding: str) -> tuple[float, float]:
    """Return the band of a finding in a condition, the same in all of its stages."""
    column = list(world.vocabulary.findings).index(finding)
    bands = {
        (float(world.frequencies.low[row, column]), float(world.frequencies.high[row, column]))
        for row in stage_rows(world, condition).values()
    }
    (band,) = bands
    return band


def copied(folder: Path, table: str, where: Mapping[str, str], **cells: str) -> None:
    """Append a copy of each row with these cells, with other cells changed."""
    change(
        folder,
        table,
        lambda rows: [*rows, *(row | cells for row in rows if matches(row, where))],
    )


def test_shipped_tables_have_no_fault(folder: Path) -> None:
    """The shipped tables and a copy of them are read, to 21 conditions in stages, 133 findings."""
    for world in (profiles.read(), profiles.read(folder)):
        stages = len(world.stages)
        assert {stage.condition for stage in world.stages} == set(range(21))
        assert world.shares.low.shape == world.shares.high.shape == (stages,)
        assert world.frequencies.low.shape == world.frequencies.high.shape == (stages, 133)
        assert {band.low.shape for band in world.parameters.values()} == {(stages,)}
        assert world.age_odds_ratios.shape == (133,)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (("lumbago", "fever", "0.1", "0.2"), "lumbago, fever, 0.1: no such condition"),
        (("shingles", "itching", "0.1", "0.2"), "shingles, itching, 0.1: no such finding"),
        (
            ("shingles", "fever", "0.1", "1.2"),
            "shingles, fever, 0.1: [0.1, 1.2] do not rise within 0 to 1",
        ),
        (
            ("shingles", "fever", "-0.1", "0.2"),
            "shingles, fever, -0.1: [-0.1, 0.2] do not rise within 0 to 1",
        ),
        (
            ("shingles", "fever", "0.4", "0.3"),
            "shingles, fever, 0.4: [0.4, 0.3] do not rise within 0 to 1",
        ),
        (
            ("shingles", "fever", "nan", "0.3"),
            "shingles, fever, nan: [nan, 0.3] do not rise within 0 to 1",
        ),
        (
            ("shingles", "fever", "often", "0.3"),
            "shingles, fever, often: ['often', '0.3'] are no numbers",
        ),
        (("shingles", "fever", "0.3", ""), "shingles, fever, 0.3: ['0.3', ''] are no numbers"),
    ],
)
def test_faulty_finding_row_is_named(folder: Path, cells: tuple[str, ...], fault: str) -> None:
    """A row of an unknown condition or finding, or without a rising band in 0 to 1, is named."""
    add(folder, *cells)

    assert faults(folder) == (fault,)


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ("finding_profiles", {"condition": "shingles", "finding": "blistering_rash"}),
        (
            "attribute_profiles",
            {"condition": "shingles", "attribute": "age_years", "parameter": "sd"},
        ),
        ("priors", {"setting": "primary_care", "condition": "shingles"}),
        ("reporting", {"reporter": "brief", "subject": "exam", "state": "absent"}),
        ("stages", {"condition": "shingles", "stage": "sacral"}),
        (
            "stage_findings",
            {
                "condition": "cauda_equina_syndrome",
                "stage": "retention",
                "finding": "saddle_numbness",
            },
        ),
        (
            "stage_attributes",
            {"condition": "cauda_equina_syndrome", "stage": "retention", "attribute": "onset"},
        ),
        ("age_odds", {"finding": "diabetes"}),
    ],
)
@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (("measured", "", "a study"), "the source '' is not in sources.csv"),
        (("measured", "nobody_1900", ""), "the source 'nobody_1900' is not in sources.csv"),
        (("described", "nobody_1900", ""), "the source 'nobody_1900' is not in sources.csv"),
        (("assumed", "000", "a guess"), "an assumed number has a note and no source"),
        (("assumed", "", ""), "an assumed number has a note and no source"),
        (
            ("recalled", "000", "from memory"),
            "the basis is 'recalled', expected one of ('measured', 'described', 'assumed')",
        ),
    ],
)
def test_row_without_sound_evidence_is_named(
    folder: Path, table: str, where: Mapping[str, str], evidence: tuple[str, str, str], fault: str
) -> None:
    """A row of any table whose basis, source and note do not fit each other is named."""
    basis, source, note = evidence
    update(folder, table, where, basis=basis, source=source, note=note)

    found = faults(folder)

    assert found
    assert all(one.startswith(", ".join(where.values())) for one in found)
    assert all(one.endswith(f": {fault}") for one in found)


def test_condition_without_profile_is_named(folder: Path) -> None:
    """A condition of which no finding is described is named."""
    delete(folder, "finding_profiles", condition="shingles")

    assert faults(folder) == ("shingles: has no profile",)


def test_finding_without_background_rate_is_named(folder: Path) -> None:
    """A finding whose rate in everybody is not stated is named."""
    delete(folder, "finding_profiles", condition="background", finding="fever")

    assert faults(folder) == ("fever: has no background rate",)


EXCLUDED = {"condition": "piriformis_syndrome", "finding": "fecal_incontinence"}
EXCLUDED_FAULT = ("piriformis_syndrome, fecal_incontinence: never occurs, so its frequency is 0",)


def test_excluded_finding_may_not_have_a_frequency(folder: Path) -> None:
    """A frequency above 0 of a finding that never occurs in a condition is refused."""
    update(folder, "finding_profiles", EXCLUDED, frequency_high="0.01")

    assert faults(folder) == EXCLUDED_FAULT


def test_excluded_finding_needs_a_row(folder: Path) -> None:
    """A finding that never occurs may not fall back to the background rate."""
    delete(folder, "finding_profiles", **EXCLUDED)

    assert faults(folder) == EXCLUDED_FAULT


@pytest.mark.parametrize("place", ["first", "last"])
def test_second_row_does_not_let_an_excluded_finding_in(folder: Path, place: str) -> None:
    """A further row above 0 of a finding that never occurs is refused wherever it stands."""
    further = finding_row("piriformis_syndrome", "fecal_incontinence", "0", "0.2")
    change(
        folder,
        "finding_profiles",
        lambda rows: [further, *rows] if place == "first" else [*rows, further],
    )

    assert faults(folder) == EXCLUDED_FAULT


@pytest.mark.parametrize("zero", ["0", "0.0", "0.00", "0e0"])
def test_zero_of_an_excluded_finding_may_be_written_as_any_zero(folder: Path, zero: str) -> None:
    """The frequency of a finding that never occurs is compared as a number."""
    update(folder, "finding_profiles", EXCLUDED, frequency_low=zero, frequency_high=zero)

    assert cell(profiles.read(folder), *EXCLUDED.values()) == (0, 0)


def test_missing_attribute_parameter_is_named(folder: Path) -> None:
    """A parameter that describes an attribute and has no row in a condition is named."""
    delete(
        folder,
        "attribute_profiles",
        condition="shingles",
        attribute="onset",
        parameter="share_sudden",
    )

    assert faults(folder) == ("shingles, onset, share_sudden: is missing",)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"condition": "lumbago"}, "lumbago, age_years, sd: is not known"),
        ({"attribute": "height"}, "shingles, height, sd: is not known"),
        ({"parameter": "variance"}, "shingles, age_years, variance: is not known"),
    ],
)
def test_unknown_attribute_parameter_is_named(
    folder: Path, cells: dict[str, str], fault: str
) -> None:
    """A parameter of an unknown condition, attribute or name is named, and what it replaced."""
    where = {"condition": "shingles", "attribute": "age_years", "parameter": "sd"}
    update(folder, "attribute_profiles", where, **cells)

    assert faults(folder) == ("shingles, age_years, sd: is missing", fault)


@pytest.mark.parametrize(
    ("where", "cells", "fault"),
    [
        (
            {"attribute": "onset", "parameter": "share_sudden"},
            {"low": "0.5", "high": "1.1"},
            "shingles, onset, share_sudden: [0.5, 1.1] do not rise within 0 to 1",
        ),
        (
            {"attribute": "age_years", "parameter": "sd"},
            {"low": "9", "high": "8"},
            "shingles, age_years, sd: [9.0, 8.0] do not rise within 0 to 36500",
        ),
        (
            {"attribute": "duration_days", "parameter": "log_sd"},
            {"low": "-1", "high": "2"},
            "shingles, duration_days, log_sd: [-1.0, 2.0] do not rise within 0 to 36500",
        ),
        (
            {"attribute": "age_years", "parameter": "sd"},
            {"low": "wide"},
            "shingles, age_years, sd: ['wide', '9'] are no numbers",
        ),
    ],
)
def test_attribute_row_without_a_band_is_named(
    folder: Path, where: Mapping[str, str], cells: dict[str, str], fault: str
) -> None:
    """A parameter needs a rising band, of a share within 0 to 1."""
    update(folder, "attribute_profiles", {"condition": "shingles", **where}, high="9")
    update(folder, "attribute_profiles", {"condition": "shingles", **where}, **cells)

    assert fault in faults(folder)


PRIOR = {"setting": "primary_care", "condition": "nonspecific_low_back_pain"}


def test_priors_have_to_sum_to_1(folder: Path) -> None:
    """A setting whose priors sum to something else is named with the sum."""
    update(folder, "priors", {"setting": "primary_care"}, prior="0.05")

    (fault,) = faults(folder)

    assert fault.startswith("primary_care: the priors sum to 1.05")
    assert fault.endswith(", expected 1")


def test_prior_may_not_be_0(folder: Path) -> None:
    """A prior of 0 is refused, even where the others sum to 1."""
    change(
        folder,
        "priors",
        lambda rows: [
            row | {"prior": "0" if row["condition"] == "shingles" else "0.05"} for row in rows
        ],
    )

    assert faults(folder) == tuple(
        f"{setting}: needs a prior above 0 for each condition"
        for setting in ("general_public", "primary_care", "emergency_department")
    )


@pytest.mark.parametrize("prior", ["-0.1", "1.1", "rare", "nan"])
def test_prior_is_a_number_within_0_to_1(folder: Path, prior: str) -> None:
    """A prior that is no number or no probability is named."""
    update(folder, "priors", PRIOR, prior=prior)

    (fault,) = faults(folder)

    assert fault.startswith(f"primary_care, nonspecific_low_back_pain, {prior}: ")


def test_setting_needs_a_prior_of_each_condition(folder: Path) -> None:
    """A setting without a row for a condition is named."""
    delete(folder, "priors", **PRIOR)

    assert "primary_care: needs a prior above 0 for each condition" in faults(folder)


@pytest.mark.parametrize("setting", ["general_public", "primary_care", "emergency_department"])
def test_each_setting_needs_priors(folder: Path, setting: str) -> None:
    """A setting of the contract that has no rows at all is named."""
    delete(folder, "priors", setting=setting)

    assert any(setting in fault for fault in faults(folder))


def test_unknown_setting_is_named(folder: Path) -> None:
    """Priors of a setting that the contract does not know are refused."""
    change(
        folder,
        "priors",
        lambda rows: [
            *rows,
            *(row | {"setting": "spa"} for row in rows if row["setting"] == "primary_care"),
        ],
    )

    assert any("spa" in fault for fault in faults(folder))


def test_prior_is_stated_once(folder: Path) -> None:
    """A second row of a prior is refused and does not silently replace the first."""
    change(folder, "priors", lambda rows: [*rows, *(row for row in rows if matches(row, PRIOR))])

    assert any("primary_care, nonspecific_low_back_pain" in fault for fault in faults(folder))


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        (("brief", "share", ""), "reporting, brief, share, : is missing"),
        (("brief", "exam", "absent"), "reporting, brief, exam, absent: is missing"),
        (("any", "onset", "known"), "reporting, any, onset, known: is missing"),
        (("any", "error", ""), "reporting, any, error, : is missing"),
    ],
)
def test_missing_reporter_row_is_named(
    folder: Path, where: tuple[str, str, str], fault: str
) -> None:
    """A chance of telling that has no row is named."""
    delete(folder, "reporting", **dict(zip(("reporter", "subject", "state"), where, strict=True)))

    assert faults(folder) == (fault,)


def test_unknown_reporter_row_is_named(folder: Path) -> None:
    """A chance of telling something that there is not is named."""
    where = {"reporter": "any", "subject": "onset", "state": "known"}
    update(folder, "reporting", where, subject="height")

    assert faults(folder) == (
        "reporting, any, onset, known: is missing",
        "reporting, any, height, known: is not known",
    )


@pytest.mark.parametrize("table", TABLES)
def test_wrong_columns_are_named(folder: Path, table: str) -> None:
    """A table of other columns is refused by its name."""
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("basis", "evidence", 1), "utf-8")

    (fault,) = faults(folder)

    assert fault.startswith(f"{table}.csv: the columns are ")


@pytest.mark.parametrize("table", TABLES)
def test_missing_table_is_named(folder: Path, table: str) -> None:
    """A table that is not there is refused by its name."""
    (folder / f"{table}.csv").unlink()

    (fault,) = faults(folder)

    assert fault.startswith(f"{table}.csv: cannot be read: ")


NUMB = {"condition": "cauda_equina_syndrome", "stage": "retention", "finding": "saddle_numbness"}
ONSET = {
    "condition": "cauda_equina_syndrome",
    "stage": "retention",
    "attribute": "onset",
    "parameter": "share_sudden",
}


def test_shares_of_stages_have_to_sum_to_1(folder: Path) -> None:
    """The shares of a condition's stages sum to 1 at each end, and each end is named by itself."""
    update(
        folder, "stages", {"condition": "gluteal_tendinopathy", "stage": "mild"}, share_low="0.6"
    )

    assert faults(folder) == (
        "gluteal_tendinopathy: share_low sums to 0.9 over its stages, expected 1",
    )


def test_shares_of_stages_may_fall_from_low_to_high(folder: Path) -> None:
    """A stage that is rarer at the high end is no fault: the other stages take its share."""
    where = {"condition": "gluteal_tendinopathy"}
    update(folder, "stages", where | {"stage": "mild"}, share_low="0.8", share_high="0.1")
    update(folder, "stages", where | {"stage": "severe"}, share_low="0.2", share_high="0.9")

    world = profiles.read(folder)
    rows = stage_rows(world, "gluteal_tendinopathy")

    assert [world.shares.low[rows[id]] for id in ("mild", "severe")] == [0.8, 0.2]
    assert [world.shares.high[rows[id]] for id in ("mild", "severe")] == [0.1, 0.9]


@pytest.mark.parametrize("share", ["-0.1", "1.1", "half", "nan", ""])
def test_share_of_a_stage_is_a_probability(folder: Path, share: str) -> None:
    """A share that is no number within 0 to 1 is named with its stage."""
    update(
        folder, "stages", {"condition": "gluteal_tendinopathy", "stage": "mild"}, share_high=share
    )

    (fault,) = faults(folder)

    assert fault.startswith("gluteal_tendinopathy, mild, ")


def fifth_stage(folder: Path) -> None:
    """Give shingles a fifth stage that nobody is in."""
    where = {"condition": "shingles", "stage": "sacral"}
    copied(folder, "stages", where, stage="later", share_low="0", share_high="0")
    for table in ("stage_findings", "stage_attributes"):
        copied(folder, table, where, stage="later")


def test_condition_has_at_most_four_stages(folder: Path) -> None:
    """A fifth stage is refused, for states are at most 64 a condition."""
    fifth_stage(folder)

    assert faults(folder) == ("shingles: needs one to 4 stages of different names",)


def test_stage_is_named_once(folder: Path) -> None:
    """A second stage of the same name is refused."""
    copied(
        folder,
        "stages",
        {"condition": "gluteal_tendinopathy", "stage": "mild"},
        share_low="0",
        share_high="0",
    )

    assert faults(folder) == ("gluteal_tendinopathy: needs one to 4 stages of different names",)


def test_condition_without_stage_is_named(folder: Path) -> None:
    """Each condition needs a stage."""
    delete(folder, "stages", condition="shingles")

    assert "shingles: has no stage" in faults(folder)


def test_stage_of_an_unknown_condition_is_named(folder: Path) -> None:
    """A stage of no condition is refused."""
    copied(folder, "stages", {"condition": "shingles", "stage": "sacral"}, condition="lumbago")

    assert faults(folder) == ("lumbago: no such condition",)


@pytest.mark.parametrize("level", ["", "soon", "EMERGENCY", "3"])
def test_unknown_level_is_named(folder: Path, level: str) -> None:
    """The level of a stage is one of the four of the contract."""
    update(folder, "stages", {"condition": "gluteal_tendinopathy", "stage": "mild"}, level=level)

    assert faults(folder) == (
        f"gluteal_tendinopathy, mild, 0.7: the level is {level!r}, expected "
        "['self_care', 'primary_care', 'urgent', 'emergency']",
    )


@pytest.mark.parametrize(
    ("table", "where", "about"),
    [
        ("stage_findings", NUMB, "cauda_equina_syndrome, saddle_numbness"),
        ("stage_attributes", ONSET, "cauda_equina_syndrome, onset, share_sudden"),
    ],
)
def test_row_of_an_unknown_stage_is_named(
    folder: Path, table: str, where: Mapping[str, str], about: str
) -> None:
    """A row of a stage that its condition has not is refused, and the stage without one too."""
    update(folder, table, where, stage="unheard_of")

    assert faults(folder) == (
        f"{about}: has no row for, or no such stage as, ['retention', 'unheard_of']",
    )


@pytest.mark.parametrize(
    ("table", "where", "about"),
    [
        ("stage_findings", NUMB, "cauda_equina_syndrome, saddle_numbness"),
        ("stage_attributes", ONSET, "cauda_equina_syndrome, onset, share_sudden"),
    ],
)
def test_row_of_one_stage_alone_is_named(
    folder: Path, table: str, where: Mapping[str, str], about: str
) -> None:
    """What is described in one stage has to be described in each stage of its condition."""
    change(
        folder,
        table,
        lambda rows: [
            row
            for row in rows
            if matches(row, where)
            or not matches(row, {k: v for k, v in where.items() if k != "stage"})
        ],
    )

    assert faults(folder) == (
        f"{about}: has no row for, or no such stage as, ['incomplete', 'suspected']",
    )


@pytest.mark.parametrize(
    ("table", "where", "column"),
    [("stage_findings", NUMB, "finding"), ("stage_attributes", ONSET, "attribute")],
)
def test_row_of_a_stage_names_something_known(
    folder: Path, table: str, where: Mapping[str, str], column: str
) -> None:
    """A row by stage of an unknown finding or attribute is named."""
    update(folder, table, where, **{column: "height"})

    assert f"cauda_equina_syndrome, retention, height: no such {column}" in faults(folder)


def test_row_of_a_stage_has_a_known_parameter(folder: Path) -> None:
    """A parameter by stage that describes no attribute is refused and not silently left out."""
    shared = {key: value for key, value in ONSET.items() if key != "stage"}
    update(folder, "stage_attributes", shared, parameter="share_slow")

    assert any("share_slow" in fault for fault in faults(folder))


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


def test_excluded_finding_stays_out_of_the_stages(folder: Path) -> None:
    """A stage may not bring in a finding that never occurs in its condition."""
    change(
        folder,
        "stage_findings",
        lambda rows: [
            *rows,
            *(
                finding_row("piriformis_syndrome", "fecal_incontinence", "0", "0.2")
                | {"stage": stage}
                for stage in ("pain", "nerve_irritation")
            ),
        ],
    )

    assert any("fecal_incontinence" in fault for fault in faults(folder))


def test_finding_is_never_more_frequent_than_one_that_it_implies(folder: Path) -> None:
    """A stage in which foot drop is more frequent than leg weakness is refused."""
    where = {"condition": "gluteal_tendinopathy", "finding": "foot_drop"}
    delete(folder, "finding_profiles", **where)
    add(folder, "gluteal_tendinopathy", "foot_drop", "0.98", "0.99")

    assert faults(folder) == tuple(
        f"gluteal_tendinopathy, {stage}, foot_drop: "
        "is more frequent than leg_weakness, which it implies"
        for stage in ("mild", "severe")
    )


@pytest.mark.parametrize(
    ("finding", "ratio", "told"),
    [("diabetes", "-1", "diabetes"), ("diabetes", "0", "diabetes"), ("height", "2", "height")],
)
def test_faulty_odds_ratio_is_named(folder: Path, finding: str, ratio: str, told: str) -> None:
    """An odds ratio is above 0 and of a finding that there is."""
    update(folder, "age_odds", {"finding": "diabetes"}, finding=finding, odds_ratio=ratio)

    assert any(fault.startswith(told) for fault in faults(folder))


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


def break_each(folder: Path) -> set[str]:
    """Put one fault into each table and return them."""
    add(folder, "lumbago", "fever", "0.1", "0.2")
    add(folder, "shingles", "fever", "0.4", "0.3")
    delete(
        folder, "attribute_profiles", condition="shingles", attribute="age_years", parameter="sd"
    )
    update(folder, "priors", {"setting": "primary_care", "condition": "shingles"}, prior="rare")
    delete(folder, "reporting", reporter="brief", subject="exam", state="absent")
    update(folder, "stages", {"condition": "shingles", "stage": "sacral"}, level="soon")
    update(folder, "stage_findings", NUMB, frequency_high="1.5", frequency_low="0.5")
    update(folder, "stage_attributes", ONSET, low="0.9", high="0.3")
    update(folder, "age_odds", {"finding": "diabetes"}, odds_ratio="high")
    return {
        "lumbago, fever, 0.1: no such condition",
        "shingles, fever, 0.4: [0.4, 0.3] do not rise within 0 to 1",
        "shingles, age_years, sd: is missing",
        "primary_care, shingles, rare: ['rare'] are no numbers",
        "reporting, brief, exam, absent: is missing",
        "shingles, sacral, 0.06: the level is 'soon', expected "
        "['self_care', 'primary_care', 'urgent', 'emergency']",
        "cauda_equina_syndrome, retention, saddle_numbness: [0.5, 1.5] do not rise within 0 to 1",
        "cauda_equina_syndrome, retention, onset: [0.9, 0.3] do not rise within 0 to 1",
        "diabetes, high, assumed: ['high'] are no numbers",
    }


def test_all_faults_are_in_one_error(folder: Path) -> None:
    """The faults of all tables come at once, each once, and are the lines of the message."""
    expected = break_each(folder)

    with pytest.raises(TableError) as refusal:
        profiles.read(folder)

    assert sorted(refusal.value.faults) == sorted(expected)
    assert sorted(str(refusal.value).splitlines()) == sorted(expected)


def test_command_writes_nothing_from_broken_tables(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`python -m synthetic` with broken tables lists the faults, returns 1 and writes nothing."""
    expected = break_each(folder)
    read = profiles.read
    monkeypatch.setattr(profiles, "read", lambda: read(folder))
    out = tmp_path / "out"

    assert main(["cases", "--number", "1000", "--out", str(out)]) == 1
    assert not out.exists()
    told = capsys.readouterr()
    assert told.out == ""
    assert expected < set(told.err.splitlines())


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
