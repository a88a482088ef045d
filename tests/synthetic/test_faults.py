from collections.abc import Mapping
from pathlib import Path

import pytest

from service.clinical.table import TableError
from synthetic import profiles
from synthetic.__main__ import main
from tests.synthetic.editing import (
    add,
    change,
    copied_tables,
    delete,
    faults,
    finding_row,
    line,
    matches,
    repeat,
    update,
)

SETTINGS = ("general_public", "primary_care", "emergency_department")
PRIOR = {"setting": "primary_care", "condition": "shingles"}
MILD = {"condition": "gluteal_tendinopathy", "stage": "mild"}
NUMB = {"condition": "cauda_equina_syndrome", "stage": "retention", "finding": "saddle_numbness"}
ONSET = {
    "condition": "cauda_equina_syndrome",
    "stage": "retention",
    "attribute": "onset",
    "parameter": "share_sudden",
}
SPREAD = {"condition": "shingles", "attribute": "age_years", "parameter": "sd"}
EXAM = {"reporter": "brief", "subject": "exam", "state": "absent"}

PLACES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("finding_profiles", {"condition": "shingles", "finding": "blistering_rash"}),
    ("attribute_profiles", SPREAD),
    ("stages", {"condition": "shingles", "stage": "sacral"}),
    ("stage_findings", NUMB),
    ("stage_attributes", ONSET),
    ("age_odds", {"finding": "diabetes"}),
    ("priors", PRIOR),
    ("reporting", EXAM),
)
"""A row of each table, by all that it is known by."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    return copied_tables(tmp_path)


@pytest.mark.parametrize(
    ("table", "row", "fault"),
    [
        (
            "finding_profiles",
            "lumbago,fever,0.1,0.2",
            "lumbago, fever: no such condition: 'lumbago'; there are 22 others",
        ),
        (
            "finding_profiles",
            "shingles,itching,0.1,0.2",
            "shingles, itching: no such finding: 'itching'; there are 133 others",
        ),
        (
            "attribute_profiles",
            "lumbago,age_years,mean,40,50",
            "lumbago, age_years, mean: no such condition: 'lumbago'; there are 21 others",
        ),
        (
            "attribute_profiles",
            "shingles,height,mean,1,2",
            "shingles, height, mean: no such attribute: 'height'; there are age_years, "
            "body_mass_index, course, duration_days, onset, post_void_residual_ml, sex, side, "
            "trend",
        ),
        (
            "stages",
            "lumbago,acute,1,1,urgent",
            "lumbago, acute: no such condition: 'lumbago'; there are 21 others",
        ),
        (
            "stage_findings",
            "shingles,sacral,itching,0.1,0.2",
            "shingles, sacral, itching: no such finding: 'itching'; there are 133 others",
        ),
        (
            "stage_attributes",
            "shingles,sacral,height,mean,1,2",
            "shingles, sacral, height, mean: no such attribute: 'height'; there are age_years, "
            "body_mass_index, course, duration_days, onset, post_void_residual_ml, sex, side, "
            "trend",
        ),
        ("age_odds", "itching,2", "itching: no such finding: 'itching'; there are 133 others"),
        (
            "priors",
            "spa,shingles,1",
            "spa, shingles: no such setting: 'spa'; there are emergency_department, "
            "general_public, primary_care",
        ),
        (
            "priors",
            "primary_care,background,0",
            "primary_care, background: no such condition: 'background'; there are 21 others",
        ),
    ],
)
def test_unknown_row_is_named_with_its_line_and_what_there_is(
    folder: Path, table: str, row: str, fault: str
) -> None:
    """A row below the last one of a file that names something unknown is told with its line."""
    path = folder / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}{row},assumed,,made up here\n", encoding="utf-8")
    last = text.count("\n") + 1

    assert f"{table}.csv, line {last}: {fault}" in faults(folder)


@pytest.mark.parametrize(
    ("table", "where", "cells"),
    [
        ("attribute_profiles", SPREAD, {"parameter": "variance"}),
        ("attribute_profiles", SPREAD, {"parameter": "median"}),
        ("stage_findings", NUMB, {"stage": "unheard_of"}),
        ("stage_findings", NUMB, {"stage": "nerve_irritation"}),
        ("stage_attributes", ONSET, {"stage": "unheard_of"}),
        ("stage_attributes", ONSET, {"parameter": "share_slow"}),
        ("stage_attributes", ONSET, {"parameter": "share_female"}),
        ("reporting", EXAM, {"subject": "height"}),
        ("reporting", EXAM, {"state": "known"}),
        ("reporting", EXAM, {"state": "maybe"}),
    ],
)
def test_row_that_says_nothing_of_the_world_is_named_and_what_it_replaced(
    folder: Path, table: str, where: Mapping[str, str], cells: Mapping[str, str]
) -> None:
    """A row of something unknown, or known but elsewhere, is told, and the row that is missing."""
    update(folder, table, where, **cells)
    moved = {**where, **cells}
    number = line(folder, table, **moved)

    missing, wrong = faults(folder)

    assert missing == f"{table}.csv: {', '.join(where.values())}: is missing"
    assert wrong.startswith(f"{table}.csv, line {number}: {', '.join(moved.values())}: ")


@pytest.mark.parametrize(
    ("low", "high", "fault"),
    [
        ("0.1", "1.2", "0.1, 1.2: expected 0 to 1"),
        ("-0.1", "0.2", "-0.1, 0.2: expected 0 to 1"),
        ("0.4", "0.3", "0.4, 0.3: the low is above the high"),
        ("nan", "0.3", "nan, 0.3: expected 0 to 1"),
        ("0.3", "inf", "0.3, inf: expected 0 to 1"),
        ("often", "0.3", "'often', '0.3': not a number, expected 0 to 1"),
        ("0.3", "", "'0.3', '': not a number, expected 0 to 1"),
    ],
)
@pytest.mark.parametrize("place", ["first", "last"])
def test_frequencies_are_a_rising_band_within_0_to_1(
    folder: Path, place: str, low: str, high: str, fault: str
) -> None:
    """A row without such a band is told with its line, be it the first or the last."""
    row = finding_row("shingles", "smoking", low, high)
    change(
        folder,
        "finding_profiles",
        lambda rows: [row, *rows] if place == "first" else [*rows, row],
    )
    text = (folder / "finding_profiles.csv").read_text(encoding="utf-8")
    number = 2 if place == "first" else text.count("\n")

    assert faults(folder) == (f"finding_profiles.csv, line {number}: shingles, smoking: {fault}",)


@pytest.mark.parametrize(
    ("parameter", "band", "fault"),
    [
        ("onset share_sudden", ("-0.1", "0.4"), "-0.1, 0.4: expected 0 to 1"),
        ("age_years sd", ("9", "8"), "9, 8: the low is above the high"),
        ("age_years sd", ("0", "8"), "0, 8: expected above 0 to 36500"),
        ("age_years sd", ("wide", "9"), "'wide', '9': not a number, expected above 0 to 36500"),
        ("duration_days log_sd", ("-1", "2"), "-1, 2: expected above 0 to 36500"),
        ("age_years mean", ("60", "121"), "60, 121: expected above 0 to 120"),
        ("age_years mean", ("0", "60"), "0, 60: expected above 0 to 120"),
        ("body_mass_index mean", ("7.9", "30"), "7.9, 30: expected 8 to 100"),
        ("body_mass_index mean", ("30", "101"), "30, 101: expected 8 to 100"),
        ("duration_days median", ("0", "5"), "0, 5: expected above 0 to 36500"),
        ("post_void_residual_ml median", ("40", "3001"), "40, 3001: expected above 0 to 3000"),
    ],
)
def test_parameter_is_a_rising_band_in_its_range(
    folder: Path, parameter: str, band: tuple[str, str], fault: str
) -> None:
    """Shares lie within 0 to 1, means and medians within the attribute's own range."""
    (attribute, name), (low, high) = parameter.split(), band
    where = {"condition": "shingles", "attribute": attribute, "parameter": name}
    row = where | {"low": low, "high": high}
    row |= {"basis": "assumed", "source": "", "note": "made up here"}
    change(folder, "attribute_profiles", lambda rows: [*rows, row])
    number = line(folder, "attribute_profiles", **where)

    assert faults(folder) == (
        f"attribute_profiles.csv, line {number}: shingles, {attribute}, {name}: {fault}",
    )


@pytest.mark.parametrize(
    ("parameter", "band", "fault"),
    [
        ("post_void_residual_ml median", ("40", "3001"), "40, 3001: expected above 0 to 3000"),
        ("post_void_residual_ml log_sd", ("0", "1"), "0, 1: expected above 0 to 36500"),
        ("duration_days median", ("9", "8"), "9, 8: the low is above the high"),
        ("trend share_improving", ("0.1", "1.1"), "0.1, 1.1: expected 0 to 1"),
    ],
)
def test_parameter_of_a_stage_is_a_rising_band_in_its_range(
    folder: Path, parameter: str, band: tuple[str, str], fault: str
) -> None:
    """What holds for a parameter of a condition holds for that of a stage."""
    (attribute, name), (low, high) = parameter.split(), band
    where = {"condition": "shingles", "stage": "sacral"}
    where |= {"attribute": attribute, "parameter": name}
    update(folder, "stage_attributes", where, low=low, high=high)
    number = line(folder, "stage_attributes", **where)

    assert (
        f"stage_attributes.csv, line {number}: shingles, sacral, {attribute}, {name}: {fault}"
    ) in faults(folder)


def test_parameter_may_lie_at_the_ends_of_its_range(folder: Path) -> None:
    """A mean age of 120 and a body mass index of 8 to 100 are read as they stand."""
    age = {"condition": "shingles", "attribute": "age_years", "parameter": "mean"}
    index = age | {"attribute": "body_mass_index"}
    update(folder, "attribute_profiles", age, low="0.1", high="120")
    update(folder, "attribute_profiles", index, low="8", high="100")

    parameters = profiles.read(folder).parameters

    assert parameters["age_years", "mean"].high.max() == 120
    assert parameters["body_mass_index", "mean"].low.min() == 8
    assert parameters["body_mass_index", "mean"].high.max() == 100


@pytest.mark.parametrize(("table", "where"), PLACES)
@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (("measured", "", "a study"), "the source '' is not in sources.csv"),
        (("measured", "nobody_1900", ""), "the source 'nobody_1900' is not in sources.csv"),
        (("described", "nobody_1900", ""), "the source 'nobody_1900' is not in sources.csv"),
        (("assumed", "000", "made up here"), "an assumed number has no source, found '000'"),
        (
            ("assumed", "", ""),
            "the note '' gives no reason for an assumed number, expected 3 words or more",
        ),
        (
            ("assumed", "", "a  guess"),
            "the note 'a  guess' gives no reason for an assumed number, expected 3 words or more",
        ),
        (
            ("recalled", "000", "made up here"),
            "the basis is 'recalled', expected one of measured, described, assumed",
        ),
    ],
)
def test_row_without_sound_evidence_is_named(
    folder: Path, table: str, where: Mapping[str, str], evidence: tuple[str, str, str], fault: str
) -> None:
    """A row of any table whose basis, source and note do not fit each other is named."""
    basis, source, note = evidence
    update(folder, table, where, basis=basis, source=source, note=note)
    number = line(folder, table, **where)

    assert f"{table}.csv, line {number}: {', '.join(where.values())}: {fault}" in faults(folder)


@pytest.mark.parametrize(("table", "where"), PLACES[2:])
def test_row_stands_once(folder: Path, table: str, where: Mapping[str, str]) -> None:
    """A second row of what a table says once is refused and does not replace the first."""
    repeat(folder, table, where)
    number = line(folder, table, **where)

    assert (
        f"{table}.csv, line {number}: {', '.join(where.values())}: stands in 2 rows, expected one"
    ) in faults(folder)


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ("attribute_profiles", SPREAD),
        ("attribute_profiles", {**SPREAD, "attribute": "onset", "parameter": "share_sudden"}),
        ("finding_profiles", {"condition": "background", "finding": "fever"}),
        (
            "finding_profiles",
            {"condition": "piriformis_syndrome", "finding": "fecal_incontinence"},
        ),
        ("stage_findings", NUMB),
        ("stage_attributes", ONSET),
        ("priors", PRIOR),
        ("reporting", EXAM),
        ("reporting", {"reporter": "brief", "subject": "share"}),
        ("reporting", {"reporter": "any", "subject": "onset", "state": "known"}),
        ("reporting", {"reporter": "any", "subject": "error"}),
    ],
)
def test_missing_row_is_named(folder: Path, table: str, where: Mapping[str, str]) -> None:
    """What has to be stated is told when its row is gone, and nothing is put in its place."""
    delete(folder, table, **where)

    assert f"{table}.csv: {', '.join(where.values())}: is missing" in faults(folder)


@pytest.mark.parametrize("table", ["finding_profiles", "stages"])
def test_condition_without_a_row_is_named(folder: Path, table: str) -> None:
    """Each condition needs a finding and a stage."""
    delete(folder, table, condition="shingles")

    assert f"{table}.csv: shingles: has no row" in faults(folder)


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_setting_needs_priors(folder: Path, setting: str) -> None:
    """A setting that has no rows at all is told once for each of the 21 conditions."""
    delete(folder, "priors", setting=setting)

    found = faults(folder)

    assert len(found) == 21
    assert f"priors.csv: {setting}, shingles: is missing" in found


@pytest.mark.parametrize(
    ("table", "where", "first", "second"),
    [
        (
            "stage_findings",
            NUMB,
            "cauda_equina_syndrome, incomplete, saddle_numbness",
            "cauda_equina_syndrome, suspected, saddle_numbness",
        ),
        (
            "stage_attributes",
            ONSET,
            "cauda_equina_syndrome, incomplete, onset, share_sudden",
            "cauda_equina_syndrome, suspected, onset, share_sudden",
        ),
    ],
)
def test_row_of_one_stage_alone_is_named(
    folder: Path, table: str, where: Mapping[str, str], first: str, second: str
) -> None:
    """What is described in one stage has to be described in each stage of its condition."""
    others = {column: value for column, value in where.items() if column != "stage"}
    change(
        folder,
        table,
        lambda rows: [row for row in rows if matches(row, where) or not matches(row, others)],
    )

    found = faults(folder)

    assert f"{table}.csv: {first}: is missing" in found
    assert f"{table}.csv: {second}: is missing" in found


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ("0", "0: expected above 0 to 1"),
        ("-0.1", "-0.1: expected above 0 to 1"),
        ("1.1", "1.1: expected above 0 to 1"),
        ("nan", "nan: expected above 0 to 1"),
        ("rare", "'rare': not a number, expected above 0 to 1"),
    ],
)
def test_prior_is_a_probability_above_0(folder: Path, prior: str, said: str) -> None:
    """A prior that is no probability, or 0 so that the condition could never be told, is named."""
    update(folder, "priors", PRIOR, prior=prior)
    number = line(folder, "priors", **PRIOR)

    assert f"priors.csv, line {number}: primary_care, shingles: {said}" in faults(folder)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("-0.1", "0.7, -0.1: expected 0 to 1"),
        ("1.1", "0.7, 1.1: expected 0 to 1"),
        ("nan", "0.7, nan: expected 0 to 1"),
        ("half", "'0.7', 'half': not a number, expected 0 to 1"),
        ("", "'0.7', '': not a number, expected 0 to 1"),
    ],
)
def test_share_of_a_stage_is_a_probability(folder: Path, share: str, said: str) -> None:
    """A share that is no number within 0 to 1 is named with its stage."""
    update(folder, "stages", MILD, share_low="0.7", share_high=share)
    number = line(folder, "stages", **MILD)

    assert f"stages.csv, line {number}: gluteal_tendinopathy, mild: {said}" in faults(folder)


@pytest.mark.parametrize("level", ["", "soon", "EMERGENCY", "3"])
def test_unknown_level_is_named(folder: Path, level: str) -> None:
    """The level of a stage is one of the four of the contract."""
    update(folder, "stages", MILD, level=level)
    number = line(folder, "stages", **MILD)

    assert faults(folder) == (
        f"stages.csv, line {number}: gluteal_tendinopathy, mild: the level is {level!r}, "
        "expected one of self_care, primary_care, urgent, emergency",
    )


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        ("-1", "-1: expected above 0 to 1000"),
        ("0", "0: expected above 0 to 1000"),
        ("1001", "1001: expected above 0 to 1000"),
        ("nan", "nan: expected above 0 to 1000"),
        ("high", "'high': not a number, expected above 0 to 1000"),
    ],
)
def test_odds_ratio_is_above_0(folder: Path, ratio: str, said: str) -> None:
    """An odds ratio that is no number above 0, or far too great, is named."""
    update(folder, "age_odds", {"finding": "diabetes"}, odds_ratio=ratio)
    number = line(folder, "age_odds", finding="diabetes")

    assert faults(folder) == (f"age_odds.csv, line {number}: diabetes: {said}",)


@pytest.mark.parametrize(
    ("where", "chance", "said"),
    [
        ({"subject": "error"}, "0.5", "any, error: 0.5: expected 0 to below 0.5"),
        ({"subject": "error"}, "-0.1", "any, error: -0.1: expected 0 to below 0.5"),
        (EXAM, "1", "brief, exam, absent: 1: expected 0 to below 1"),
        (EXAM, "often", "brief, exam, absent: 'often': not a number, expected 0 to below 1"),
        (
            {"subject": "sex", "state": "known"},
            "1.1",
            "any, sex, known: 1.1: expected 0 to 1",
        ),
    ],
)
def test_chance_of_telling_is_a_probability(
    folder: Path, where: Mapping[str, str], chance: str, said: str
) -> None:
    """Less than half of what is said is wrong, and nobody is sure to speak of a finding."""
    update(folder, "reporting", where, probability=chance)
    number = line(folder, "reporting", **where)

    assert faults(folder) == (f"reporting.csv, line {number}: {said}",)


def test_attribute_may_be_known_of_all(folder: Path) -> None:
    """A chance of 1 is no fault where everybody is asked, as for age."""
    update(folder, "reporting", {"subject": "age_years"}, probability="1")

    assert profiles.read(folder).reporting.known["age_years"] == 1


def break_each(folder: Path) -> set[str]:
    """Put faults of all kinds into all tables and return what is told of them."""
    drop = {"condition": "gluteal_tendinopathy", "finding": "foot_drop"}
    never = {"condition": "piriformis_syndrome", "finding": "fecal_incontinence"}
    trend = {"condition": "shingles", "stage": "sacral", "attribute": "trend"}
    add(folder, "shingles", "itching", "0.1", "0.2")
    update(folder, "finding_profiles", never, frequency_high="0.01")
    update(folder, "finding_profiles", drop, frequency_low="0.98", frequency_high="0.99")
    delete(folder, "attribute_profiles", **SPREAD)
    update(folder, "stages", {"condition": "shingles", "stage": "sacral"}, level="soon")
    update(folder, "stage_findings", NUMB, frequency_low="0.5", frequency_high="often")
    update(folder, "stage_attributes", trend, low="0.1", high="0.6")
    update(folder, "stage_attributes", ONSET, low="0.9", high="0.3")
    repeat(folder, "age_odds", {"finding": "diabetes"})
    update(folder, "age_odds", {"finding": "inactivity"}, finding="leg_paralysis")
    update(folder, "priors", {"setting": "primary_care"}, prior="0.05")
    update(folder, "reporting", {"subject": "share"}, probability="0.3")
    update(folder, "reporting", {"subject": "error"}, note="a guess")

    def at(table: str, **where: str) -> str:
        return f"{table}.csv, line {line(folder, table, **where)}"

    return {
        f"{at('finding_profiles', finding='itching')}: shingles, itching: "
        "no such finding: 'itching'; there are 133 others",
        f"{at('finding_profiles', **never)}: piriformis_syndrome, fecal_incontinence: "
        "never occurs, so its frequency is 0",
        "gluteal_tendinopathy, mild, foot_drop: is more frequent than leg_weakness, "
        "which it implies",
        "gluteal_tendinopathy, severe, foot_drop: is more frequent than leg_weakness, "
        "which it implies",
        "attribute_profiles.csv: shingles, age_years, sd: is missing",
        f"{at('stages', condition='shingles', stage='sacral')}: shingles, sacral: "
        "the level is 'soon', expected one of self_care, primary_care, urgent, emergency",
        f"{at('stage_findings', **NUMB)}: cauda_equina_syndrome, retention, saddle_numbness: "
        "'0.5', 'often': not a number, expected 0 to 1",
        f"{at('stage_attributes', **ONSET)}: cauda_equina_syndrome, retention, onset, "
        "share_sudden: 0.9, 0.3: the low is above the high",
        "shingles, sacral, trend: share_worsening, share_improving sum to 1.2, expected at most 1",
        f"{at('age_odds', finding='diabetes')}: diabetes: stands in 2 rows, expected one",
        f"{at('age_odds', finding='leg_paralysis')}: leg_paralysis: is connected with "
        "leg_weakness, so it cannot follow age",
        "priors.csv: primary_care: prior sums to 1.05, expected 1",
        "reporting.csv: share: probability sums to 1.2, expected 1",
        f"{at('reporting', subject='error')}: any, error: the note 'a guess' gives no reason "
        "for an assumed number, expected 3 words or more",
    }


def test_all_faults_are_in_one_error(folder: Path) -> None:
    """Faults of rows, sums and between tables come at once, each once, a line of the message."""
    expected = break_each(folder)

    with pytest.raises(TableError) as refusal:
        profiles.read(folder)

    assert sorted(refusal.value.faults) == sorted(expected)
    assert sorted(str(refusal.value).splitlines()) == sorted(expected)


def test_one_row_may_have_several_faults(folder: Path) -> None:
    """An unknown stage's level, numbers and evidence are told of the same line together."""
    row = "lumbago,acute,1,2,soon,recalled,,made up here\n"
    with (folder / "stages.csv").open("a", encoding="utf-8") as file:
        file.write(row)
    number = (folder / "stages.csv").read_text(encoding="utf-8").count("\n")

    found = [fault for fault in faults(folder) if f", line {number}: " in fault]

    assert sorted(found) == [
        f"stages.csv, line {number}: lumbago, acute: {said}"
        for said in (
            "1, 2: expected 0 to 1",
            "no such condition: 'lumbago'; there are 21 others",
            "the basis is 'recalled', expected one of measured, described, assumed",
            "the level is 'soon', expected one of self_care, primary_care, urgent, emergency",
        )
    ]


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
