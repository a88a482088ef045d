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


ATTRIBUTES = (
    "no such attribute: 'height', expected age_years, body_mass_index, course, duration_days, "
    "onset, post_void_residual_ml, sex, side, trend"
)
NO_LUMBAGO = "no such condition: 'lumbago', expected one of 21"
NO_ITCHING = "no such finding: 'itching', expected one of 133"
STAGES_OF_SHINGLES = "expected before_rash, lumbar, sacral, thoracic"
REPORTERS = "expected any, brief, described, examined, questioned"

UNKNOWN = (
    (
        "finding_profiles",
        "lumbago,fever",
        "0.1,0.2",
        "no such condition: 'lumbago', expected one of 22",
    ),
    ("finding_profiles", "shingles,itching", "0.1,0.2", NO_ITCHING),
    ("attribute_profiles", "lumbago,age_years,mean", "40,50", NO_LUMBAGO),
    ("attribute_profiles", "shingles,height,mean", "1,2", ATTRIBUTES),
    (
        "attribute_profiles",
        "shingles,trend,share_slow",
        "0.1,0.2",
        "no such parameter: 'share_slow', expected share_improving, share_worsening",
    ),
    ("stages", "lumbago,acute", "1,1,urgent", NO_LUMBAGO),
    ("stage_findings", "lumbago,acute,fever", "0.1,0.2", NO_LUMBAGO),
    (
        "stage_findings",
        "shingles,retention,blistering_rash",
        "0.1,0.2",
        f"no such stage: 'retention', {STAGES_OF_SHINGLES}",
    ),
    ("stage_findings", "shingles,sacral,itching", "0.1,0.2", NO_ITCHING),
    ("stage_attributes", "lumbago,acute,age_years,mean", "40,50", NO_LUMBAGO),
    (
        "stage_attributes",
        "shingles,retention,trend,share_worsening",
        "0.1,0.2",
        f"no such stage: 'retention', {STAGES_OF_SHINGLES}",
    ),
    ("stage_attributes", "shingles,sacral,height,mean", "1,2", ATTRIBUTES),
    ("age_odds", "itching", "2", NO_ITCHING),
    (
        "priors",
        "spa,shingles",
        "1",
        "no such setting: 'spa', expected emergency_department, general_public, primary_care",
    ),
    (
        "priors",
        "primary_care,background",
        "0.1",
        "no such condition: 'background', expected one of 21",
    ),
    ("reporting", "silent,exam,absent", "0.1", f"no such reporter: 'silent', {REPORTERS}"),
    ("reporting", "brief,share,present", "0.1", "no such state: 'present', expected none"),
    ("reporting", "any,onset,", "0.1", "no such state: '', expected known"),
)
"""Rows that name something unknown, by table: the key, the rest, and what is told of it."""


def test_unknown_rows_are_named_with_their_lines_and_what_there_is(folder: Path) -> None:
    """Rows below the last of a file that name something unknown are told with their lines."""
    expected = []
    for table, known, rest, said in UNKNOWN:
        path = folder / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}{known},{rest},assumed,,made up here\n", encoding="utf-8")
        number, place = text.count("\n") + 1, known.rstrip(",").replace(",", ", ")
        expected.append(f"{table}.csv, line {number}: {place}: {said}")

    assert faults(folder) == tuple(expected)


@pytest.mark.parametrize(
    ("table", "where", "cells", "said"),
    [
        (
            "attribute_profiles",
            SPREAD,
            {"parameter": "variance"},
            "no such parameter: 'variance', expected mean, sd",
        ),
        (
            "attribute_profiles",
            SPREAD,
            {"parameter": "median"},
            "no such parameter: 'median', expected mean, sd",
        ),
        (
            "stage_findings",
            NUMB,
            {"stage": "unheard_of"},
            "no such stage: 'unheard_of', expected incomplete, retention, suspected",
        ),
        (
            "stage_findings",
            NUMB,
            {"stage": "nerve_irritation"},
            "no such stage: 'nerve_irritation', expected incomplete, retention, suspected",
        ),
        (
            "stage_attributes",
            ONSET,
            {"stage": "unheard_of"},
            "no such stage: 'unheard_of', expected incomplete, retention, suspected",
        ),
        (
            "stage_attributes",
            ONSET,
            {"parameter": "share_female"},
            "no such parameter: 'share_female', expected share_sudden",
        ),
        (
            "reporting",
            EXAM,
            {"reporter": "breif"},
            f"no such reporter: 'breif', {REPORTERS}",
        ),
        (
            "reporting",
            EXAM,
            {"subject": "height"},
            "no such subject: 'height', expected exam, risk_factor, share, symptom",
        ),
        (
            "reporting",
            EXAM,
            {"state": "known"},
            "no such state: 'known', expected absent, present",
        ),
    ],
)
def test_row_that_says_nothing_of_the_world_is_named_and_what_it_replaced(
    folder: Path, table: str, where: Mapping[str, str], cells: Mapping[str, str], said: str
) -> None:
    """A row of something unknown, or known but elsewhere, is told, and the row that is missing."""
    update(folder, table, where, **cells)
    moved = {**where, **cells}
    number = line(folder, table, **moved)

    assert faults(folder) == (
        f"{table}.csv: {', '.join(where.values())}: is missing",
        f"{table}.csv, line {number}: {', '.join(moved.values())}: {said}",
    )


BANDS = (
    ("0.1", "1.2", "0.1, 1.2: expected 0 to 1"),
    ("-0.1", "0.2", "-0.1, 0.2: expected 0 to 1"),
    ("0.4", "0.3", "0.4, 0.3: the low is above the high"),
    ("nan", "0.3", "'nan', '0.3': not a number, expected 0 to 1"),
    ("0.3", "inf", "'0.3', 'inf': not a number, expected 0 to 1"),
    ("often", "0.3", "'often', '0.3': not a number, expected 0 to 1"),
    ("0.3", "", "'0.3', '': not a number, expected 0 to 1"),
)
"""What is no rising band within 0 to 1, with what is told of it."""


@pytest.mark.parametrize("place", ["first", "last"])
def test_frequencies_are_a_rising_band_within_0_to_1(folder: Path, place: str) -> None:
    """Rows without such a band are told with their lines, be they the first or the last."""
    new = [finding_row("shingles", "smoking", low, high) for low, high, _ in BANDS]
    change(
        folder,
        "finding_profiles",
        lambda rows: [*new, *rows] if place == "first" else [*rows, *new],
    )
    text = (folder / "finding_profiles.csv").read_text(encoding="utf-8")
    number = 2 if place == "first" else text.count("\n") - len(BANDS) + 1

    assert faults(folder) == tuple(
        f"finding_profiles.csv, line {number + i}: shingles, smoking: {said}"
        for i, (_, _, said) in enumerate(BANDS)
    )


def parameter_row(parameter: str, low: str, high: str) -> dict[str, str]:
    """Return a row of a parameter in shingles, given as attribute and name."""
    attribute, name = parameter.split()
    row = {"condition": "shingles", "attribute": attribute, "parameter": name}
    row |= {"low": low, "high": high}
    return row | {"basis": "assumed", "source": "", "note": "made up here"}


PARAMETER_BANDS = (
    ("onset share_sudden", "-0.1", "0.4", "-0.1, 0.4: expected 0 to 1"),
    ("age_years sd", "9", "8", "9, 8: the low is above the high"),
    ("age_years sd", "0", "8", "0, 8: expected 0.05 to 36500"),
    ("age_years sd", "wide", "9", "'wide', '9': not a number, expected 0.05 to 36500"),
    ("duration_days log_sd", "-1", "2", "-1, 2: expected 0.05 to 36500"),
    ("age_years mean", "60", "121", "60, 121: expected above 0 to 120"),
    ("age_years mean", "0", "60", "0, 60: expected above 0 to 120"),
    ("body_mass_index mean", "7.9", "30", "7.9, 30: expected 8 to 100"),
    ("body_mass_index mean", "30", "101", "30, 101: expected 8 to 100"),
    ("duration_days median", "0", "5", "0, 5: expected above 0 to 36500"),
    ("post_void_residual_ml median", "40", "3001", "40, 3001: expected above 0 to 3000"),
)
"""What is no rising band in the range of a parameter, with what is told of it."""


def test_parameter_is_a_rising_band_in_its_range(folder: Path) -> None:
    """Shares lie within 0 to 1, means and medians within the attribute's own range."""
    new = [parameter_row(*band) for *band, _ in PARAMETER_BANDS]
    change(folder, "attribute_profiles", lambda rows: [*rows, *new])
    text = (folder / "attribute_profiles.csv").read_text(encoding="utf-8")
    number = text.count("\n") - len(PARAMETER_BANDS) + 1

    assert faults(folder) == tuple(
        f"attribute_profiles.csv, line {number + i}: shingles, {', '.join(known.split())}: {said}"
        for i, (known, _, _, said) in enumerate(PARAMETER_BANDS)
    )


def test_parameter_of_a_stage_is_a_rising_band_in_its_range(folder: Path) -> None:
    """What holds for a parameter of a condition holds for that of a stage."""
    expected = []
    for parameter, low, high, said in (
        ("post_void_residual_ml median", "40", "3001", "40, 3001: expected above 0 to 3000"),
        ("post_void_residual_ml log_sd", "0", "1", "0, 1: expected 0.05 to 36500"),
        ("duration_days median", "9", "8", "9, 8: the low is above the high"),
        ("trend share_improving", "0.1", "1.1", "0.1, 1.1: expected 0 to 1"),
    ):
        attribute, name = parameter.split()
        where = {"condition": "shingles", "stage": "sacral"}
        where |= {"attribute": attribute, "parameter": name}
        update(folder, "stage_attributes", where, low=low, high=high)
        number = line(folder, "stage_attributes", **where)
        place = f"shingles, sacral, {attribute}, {name}"
        expected.append(f"stage_attributes.csv, line {number}: {place}: {said}")

    assert sorted(faults(folder)) == sorted(expected)


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
    folder: Path, evidence: tuple[str, str, str], fault: str
) -> None:
    """A row of any table whose basis, source and note do not fit each other is named."""
    basis, source, note = evidence
    expected = []
    for table, where in PLACES:
        update(folder, table, where, basis=basis, source=source, note=note)
        place = f"{table}.csv, line {line(folder, table, **where)}: {', '.join(where.values())}"
        expected.append(f"{place}: {fault}")

    assert faults(folder) == tuple(expected)


def test_row_stands_once(folder: Path) -> None:
    """A second row of what a table says once is refused and does not replace the first."""
    expected = []
    for table, where in PLACES[2:]:
        repeat(folder, table, where, note="said once more here", basis="assumed", source="")
        place = f"{table}.csv, line {line(folder, table, **where)}: {', '.join(where.values())}"
        expected.append(f"{place}: stands in 2 rows, expected one")

    assert faults(folder) == tuple(expected)


@pytest.mark.parametrize(("table", "where"), PLACES[:2])
def test_row_of_one_source_stands_once(folder: Path, table: str, where: Mapping[str, str]) -> None:
    """The very same row twice is a slip, even where a cell may have several rows."""
    first = line(folder, table, **where)
    repeat(folder, table, where)
    number = line(folder, table, **where)

    assert faults(folder) == (
        f"{table}.csv, line {number}: {', '.join(where.values())}: is the same as line {first}",
    )


def test_same_row_of_a_table_of_single_rows_is_told_once(folder: Path) -> None:
    """A row copied as it stands is one slip, told once."""
    repeat(folder, "age_odds", {"finding": "diabetes"})
    number = line(folder, "age_odds", finding="diabetes")

    assert faults(folder) == (
        f"age_odds.csv, line {number}: diabetes: stands in 2 rows, expected one",
    )


MISSING: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("finding_profiles", {"condition": "background", "finding": "fever"}),
    ("finding_profiles", {"condition": "piriformis_syndrome", "finding": "fecal_incontinence"}),
    ("attribute_profiles", SPREAD),
    ("attribute_profiles", {**SPREAD, "attribute": "onset", "parameter": "share_sudden"}),
    ("stage_findings", NUMB),
    ("stage_attributes", ONSET),
    ("priors", PRIOR),
    ("reporting", {"reporter": "any", "subject": "error"}),
    ("reporting", {"reporter": "any", "subject": "onset", "state": "known"}),
    ("reporting", EXAM),
)
"""Rows that have to be stated, in the order in which they are told."""


def test_missing_rows_are_named(folder: Path) -> None:
    """What has to be stated is told when its row is gone, and nothing is put in its place."""
    for table, where in MISSING:
        delete(folder, table, **where)

    assert faults(folder) == tuple(
        f"{table}.csv: {', '.join(where.values())}: is missing" for table, where in MISSING
    )


def test_missing_share_of_a_reporter_is_named(folder: Path) -> None:
    """A reporter of whom all but the share is stated lacks the share, and nothing else."""
    delete(folder, "reporting", reporter="brief", subject="share")

    assert faults(folder) == ("reporting.csv: brief, share: is missing",)


@pytest.mark.parametrize("table", ["finding_profiles", "stages"])
def test_condition_without_a_row_is_named(folder: Path, table: str) -> None:
    """Each condition needs a finding and a stage, and what is known of its stages is no fault."""
    delete(folder, table, condition="shingles")

    assert faults(folder) == (f"{table}.csv: shingles: has no row",)


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

    assert faults(folder) == (
        f"{table}.csv: {first}: is missing",
        f"{table}.csv: {second}: is missing",
    )


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ("0", "0: expected above 0 to 1"),
        ("-0.1", "-0.1: expected above 0 to 1"),
        ("1.1", "1.1: expected above 0 to 1"),
        ("nan", "'nan': not a number, expected above 0 to 1"),
        ("rare", "'rare': not a number, expected above 0 to 1"),
    ],
)
def test_prior_is_a_probability_above_0(folder: Path, prior: str, said: str) -> None:
    """A prior that is no probability, or 0 so that the condition could never be told, is named."""
    update(folder, "priors", PRIOR, prior=prior)
    number = line(folder, "priors", **PRIOR)

    assert faults(folder) == (f"priors.csv, line {number}: primary_care, shingles: {said}",)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("-0.1", "0.7, -0.1: expected 0 to 1"),
        ("1.1", "0.7, 1.1: expected 0 to 1"),
        ("nan", "'0.7', 'nan': not a number, expected 0 to 1"),
        ("half", "'0.7', 'half': not a number, expected 0 to 1"),
        ("", "'0.7', '': not a number, expected 0 to 1"),
    ],
)
def test_share_of_a_stage_is_a_probability(folder: Path, share: str, said: str) -> None:
    """A share that is no number within 0 to 1 is named with its stage."""
    update(folder, "stages", MILD, share_low="0.7", share_high=share)
    number = line(folder, "stages", **MILD)

    assert faults(folder) == (f"stages.csv, line {number}: gluteal_tendinopathy, mild: {said}",)


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
        ("nan", "'nan': not a number, expected above 0 to 1000"),
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
    update(folder, "stages", {"condition": "piriformis_syndrome", "stage": "pain"}, level="soon")
    update(folder, "stage_findings", NUMB, frequency_low="0.5", frequency_high="often")
    update(folder, "stage_attributes", trend, low="0.1", high="0.6")
    update(folder, "stage_attributes", ONSET, low="0.9", high="0.3")
    repeat(folder, "age_odds", {"finding": "diabetes"}, odds_ratio="2.5")
    update(folder, "age_odds", {"finding": "inactivity"}, finding="leg_paralysis")
    update(folder, "priors", {"setting": "primary_care"}, prior="0.05")
    update(folder, "reporting", {"subject": "share"}, probability="0.3")
    update(folder, "priors", {"setting": "general_public", "condition": "shingles"}, note="a guess")

    def at(table: str, **where: str) -> str:
        return f"{table}.csv, line {line(folder, table, **where)}"

    return {
        f"{at('finding_profiles', finding='itching')}: shingles, itching: "
        "no such finding: 'itching', expected one of 133",
        f"{at('finding_profiles', **never)}: piriformis_syndrome, fecal_incontinence: "
        "never occurs, so its frequency is 0",
        "stage_findings.csv: gluteal_tendinopathy, mild, foot_drop: is more frequent than "
        "leg_weakness, which it implies",
        "stage_findings.csv: gluteal_tendinopathy, severe, foot_drop: is more frequent than "
        "leg_weakness, which it implies",
        "attribute_profiles.csv: shingles, age_years, sd: is missing",
        f"{at('stages', condition='piriformis_syndrome', stage='pain')}: piriformis_syndrome, "
        "pain: the level is 'soon', expected one of self_care, primary_care, urgent, emergency",
        f"{at('stage_findings', **NUMB)}: cauda_equina_syndrome, retention, saddle_numbness: "
        "'0.5', 'often': not a number, expected 0 to 1",
        f"{at('stage_attributes', **ONSET)}: cauda_equina_syndrome, retention, onset, "
        "share_sudden: 0.9, 0.3: the low is above the high",
        "stage_attributes.csv: shingles, sacral, trend: share_worsening, share_improving "
        "sum to 1.2, expected at most 1",
        f"{at('age_odds', finding='diabetes')}: diabetes: stands in 2 rows, expected one",
        f"{at('age_odds', finding='leg_paralysis')}: leg_paralysis: is connected with "
        "leg_weakness, so it cannot follow age",
        "priors.csv: primary_care: prior sums to 1.05, expected 1",
        "reporting.csv: share: probability sums to 1.2, expected 1",
        f"{at('priors', setting='general_public', condition='shingles')}: general_public, "
        "shingles: the note 'a guess' gives no reason for an assumed number, expected 3 words "
        "or more",
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
            NO_LUMBAGO,
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
