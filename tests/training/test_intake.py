import hashlib
import json
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.clinical import case, catalogue
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Quantity, Vocabulary
from service.features import Encoding
from training import cases as training_cases
from training import intake
from training.intake import Intake, IntakeError

GOLDEN = Path(training_cases.__file__).with_name("golden_cases.jsonl")

SHINGLES: dict[str, object] = {"present": ["fever"], "condition": "shingles"}
"""A body that nothing is wrong with."""

GOOD = json.dumps(SHINGLES)


@pytest.fixture(scope="session")
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of this installation."""
    return catalogue.read(words).conditions


class Desk:
    """Where files are handed in: writes them and has them read."""

    def __init__(
        self, folder: Path, words: Vocabulary, conditions: Mapping[str, Condition]
    ) -> None:
        self.path = folder / "cases"
        self._words, self._conditions = words, conditions

    def read(self, content: bytes | str | pa.Table, skip_bad: bool = False) -> Intake:
        """Return what is taken in of a file with this content."""
        if isinstance(content, pa.Table):
            pq.write_table(content, self.path)
        else:
            self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        urgencies = {id: condition.urgency for id, condition in self._conditions.items()}
        return intake.read(self.path, self._words, list(self._conditions), urgencies, skip_bad)

    def refusal(self, content: bytes | str | pa.Table, skip_bad: bool = False) -> str:
        """Return the words with which a file is refused, without its path."""
        with pytest.raises(IntakeError) as refused:
            self.read(content, skip_bad)
        return str(refused.value).removeprefix(f"{self.path} ")


@pytest.fixture
def desk(tmp_path: Path, words: Vocabulary, conditions: Mapping[str, Condition]) -> Desk:
    """A desk with the vocabulary and the conditions of this installation."""
    return Desk(tmp_path, words, conditions)


def lines(*bodies: object) -> str:
    """Return bodies as JSON lines."""
    return "".join(json.dumps(body) + "\n" for body in bodies)


def stated(table: pd.DataFrame, row: int) -> dict[str, Any]:
    """Return what a row says, without what is unknown."""
    return {str(name): value for name, value in table.loc[row].items() if not pd.isna(value)}


def test_body_becomes_a_row_of_the_documented_form(desk: Desk, words: Vocabulary) -> None:
    """A row states what a body does and what follows: implied findings, answers and triage."""
    body = {
        "present": ["bilateral_leg_weakness", "fever", "fever"],
        "absent": ["saddle_numbness"],
        "attributes": {"age_years": 44, "sex": "female", "duration_days": 2.5},
        "setting": "primary_care",
        "passed_over": ["leg_pain", "onset"],
        "condition": "lumbar_disc_herniation",
    }

    table = desk.read(lines(body, SHINGLES | {"triage": "emergency"})).table

    assert stated(table, 0) == {
        "bilateral_leg_weakness": 1,
        "bilateral_leg_symptoms": 1,
        "leg_weakness": 1,
        "fever": 1,
        "saddle_numbness": 0,
        "age_years": 44.0,
        "sex": "female",
        "duration_days": 2.5,
        "condition": "lumbar_disc_herniation",
        "triage": "primary_care",
        "answers": 3,
    }
    assert stated(table, 1) == {
        "fever": 1,
        "condition": "shingles",
        "triage": "emergency",
        "answers": 1,
    }
    assert list(table.columns) == [
        *words.findings, *words.attributes, "condition", "triage", "answers",
    ]  # fmt: skip


def test_columns_have_the_types_of_the_documented_form(desk: Desk, words: Vocabulary) -> None:
    """Findings are Int8 with NA, quantities float64, texts have None for unknown."""
    table = desk.read(GOOD).table

    assert {str(table[id].dtype) for id in words.findings} == {"Int8"}
    for id, attribute in words.attributes.items():
        if isinstance(attribute, Quantity):
            assert table[id].dtype == np.float64
        else:
            assert table[id].to_list() == [None]


def test_bodies_are_closed_as_the_service_closes_them(desk: Desk, words: Vocabulary) -> None:
    """Rows hold the present, absent and attributes of the case that the service reads."""
    golden = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    bodies = [
        {name: one[name] for name in ("present", "absent", "attributes", "condition")}
        for one in golden
    ]
    expected = [case.read(b["present"], b["absent"], b["attributes"], words) for b in bodies]

    table = desk.read(lines(*bodies)).table

    for row, one in enumerate(expected):
        said = stated(table, row)
        assert {id for id in words.findings if said.get(id) == 1} == one.present
        assert {id for id in words.findings if said.get(id) == 0} == one.absent
        assert {id: said[id] for id in words.attributes if id in said} == one.attributes
        assert said["answers"] == one.answers
    assert np.array_equal(Encoding(words).matrix(table), Encoding(words).rows(expected))


def drawn(cases: Path) -> pa.Table:
    """Return 300 synthetic cases in the documented form."""
    table = pq.read_table(cases / "cases.parquet").slice(0, 300)
    computed = [name for name in table.column_names if name.startswith("posterior_")]
    return table.drop_columns([*computed, "answers"])


def test_parquet_and_lines_of_the_same_cases_are_one_table(
    desk: Desk, cases: Path, words: Vocabulary
) -> None:
    """Synthetic cases come back as they were drawn, from Parquet and from JSON lines."""
    table = drawn(cases)
    frame = table.to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
    bodies = [
        {
            "present": sorted(one.present & one.stated),
            "absent": sorted(one.absent & one.stated),
            "attributes": dict(one.attributes),
            "condition": condition,
            "triage": triage,
        }
        for one, condition, triage in zip(
            training_cases.single(frame, words), frame["condition"], frame["triage"], strict=True
        )
    ]

    of_sheet, of_bodies = desk.read(table).table, desk.read(lines(*bodies)).table

    pd.testing.assert_frame_equal(of_sheet, of_bodies)
    kept = [name for name in table.column_names if name != "split"]
    for name in kept:
        assert of_sheet[name].map(str).replace({"nan": "None", "<NA>": "None"}).to_list() == [
            str(value) for value in table[name].to_pylist()
        ]


def test_pandas_writes_what_is_read(desk: Desk) -> None:
    """Floats for findings, categories for texts and an index without a name are no fault."""
    frame = pd.DataFrame(
        {"fever": [1.0, None], "night_pain": [0.0, 1.0], "sex": ["male", None]}, index=[7, 3]
    ).astype({"sex": "category"})
    frame["condition"] = "shingles"
    frame.to_parquet(desk.path)

    table = desk.read(desk.path.read_bytes()).table

    labels = {"condition": "shingles", "triage": "urgent"}
    first = {"fever": 1, "night_pain": 0, "sex": "male", "answers": 2}
    assert stated(table, 0) == first | labels
    assert stated(table, 1) == {"night_pain": 1, "answers": 1} | labels


def test_answers_are_the_fewest_that_imply_the_others(desk: Desk) -> None:
    """Counted answers leave out what others imply; stated answers stay."""
    table = pa.table(
        {
            "bilateral_leg_weakness": [1, None, 1, 0],
            "leg_weakness": [1, 0, None, None],
            "foot_drop": [None, 0, None, None],
            "fever": [None, 1, 1, 1],
            "answers": [None, None, 17, None],
            "condition": ["shingles"] * 4,
        }
    )

    assert desk.read(table).table["answers"].to_list() == [1, 2, 17, 2]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"present": ["x"]}', "present holds 'x', which is no finding; condition is missing"),
        ({"present": ["fever", 1]}, "present holds a number, which is no finding"),
        ({"present": ["fever", None]}, "present holds null, which is no finding"),
        ({"present": ["fever", ["fever"]]}, "present holds a list, which is no finding"),
        ({"present": ["age_years"]}, "present holds 'age_years', which is no finding"),
        (
            {"absent": ["é" * 70, True]},
            "absent holds '" + r"\xe9" * 60 + "...', which is no finding; "
            "absent holds a boolean, which is no finding",
        ),
        ({"present": "fever"}, "present is a text, expected a list of finding ids"),
        ({"present": None}, "present is null, expected a list of finding ids"),
        ({"present": []}, "no finding is present"),
        ({"absent": ["fever"]}, "fever is stated both present and absent"),
        ({"absent": {}}, "absent is an object, expected a list of finding ids"),
        ({"attributes": []}, "attributes is a list, expected an object"),
        ({"attributes": None}, "attributes is null, expected an object"),
        (
            {"attributes": {"height": 1, "fever": 1}},
            "attributes holds 'height', which is no attribute; "
            "attributes holds 'fever', which is no attribute",
        ),
        ({"attributes": {"age_years": "44"}}, "age_years is a text, expected a number"),
        ({"attributes": {"age_years": True}}, "age_years is a boolean, expected a number"),
        ({"attributes": {"age_years": None}}, "age_years is null, expected a number"),
        ({"attributes": {"age_years": 120.5}}, "age_years is 120.5, allowed are 0 to 120 years"),
        ({"attributes": {"age_years": -1}}, "age_years is -1, allowed are 0 to 120 years"),
        ({"attributes": {"sex": "m"}}, "sex is 'm', allowed are female, male, other"),
        ({"attributes": {"sex": 1}}, "sex is a number, expected a text"),
        ({"attributes": {"sex": ["male"]}}, "sex is a list, expected a text"),
        ({"condition": "flu"}, "condition is 'flu', which is no condition"),
        ({"condition": None}, "condition is missing"),
        ({"condition": 5}, "condition is a number, expected a text"),
        (
            {"triage": "now"},
            "triage is 'now', allowed are self_care, primary_care, urgent, emergency",
        ),
        (
            {"name": "Ann"},
            "'name' is none of present, absent, attributes, condition, triage, setting, "
            "passed_over",
        ),
        (
            {"attributes": {"age_years": 121, "sex": "m"}, "condition": "flu"},
            "age_years is 121, allowed are 0 to 120 years; sex is 'm', allowed are female, male, "
            "other; condition is 'flu', which is no condition",
        ),
        ("", "blank, expected an object"),
        ("[1]", "expected an object, found a list"),
        ("null", "expected an object, found null"),
        ("7", "expected an object, found a number"),
        ("{", "no JSON: Expecting property name enclosed in double quotes at character 2"),
        (f"{GOOD} {GOOD}", f"no JSON: Extra data at character {len(GOOD) + 2}"),
        ('{"attributes": {"age_years": NaN}}', "NaN is no number of JSON"),
        ('{"attributes": {"age_years": -Infinity}}', "-Infinity is no number of JSON"),
        (
            '{"present": ["fever"], "condition": "shingles", "attributes": {"age_years": 1e999}}',
            "age_years is inf, allowed are 0 to 120 years",
        ),
        (
            '{"present": ["fever"], "condition": "shingles", "attributes": {"age_years": 1%s}}'
            % ("0" * 5000),
            "age_years is inf, allowed are 0 to 120 years",
        ),
        ('{"present": ["fever"], "present": []}', "the key 'present' stands twice"),
        ('{"attributes": {"sex": "male", "sex": "male"}}', "the key 'sex' stands twice"),
        (b'{"present": ["\xff"]}', "byte 15 is not UTF-8"),
        (
            '{"condition": "\\ud800"}',
            "half a character is escaped, a surrogate without its other",
        ),
        ("[" * 200_000, "nested too deeply"),
    ],
    ids=lambda part: str(part)[:60],
)
def test_bad_line_is_named_with_every_fault(
    desk: Desk, line: bytes | str | dict[str, Any], fault: str
) -> None:
    """A bad line between good ones is refused by its number, with all that is wrong with it."""
    text = json.dumps({**SHINGLES, **line}) if isinstance(line, dict) else line
    bad = text.encode() if isinstance(text, str) else text

    told = desk.refusal(b"\n".join([GOOD.encode(), bad, GOOD.encode()]))

    assert told == (f"holds 1 bad and 2 good rows:\nline 2: {fault}\nSKIP_BAD=1 leaves them out.")


@pytest.mark.parametrize(
    "text",
    [f"{GOOD}\n", GOOD, f"{GOOD}\n\n", f"\ufeff{GOOD}\n", f"{GOOD}\r\n", f"  {GOOD}\n  \n"],
)
def test_end_and_beginning_may_be_as_editors_leave_them(desk: Desk, text: str) -> None:
    """A last empty line, a missing end of line, a byte order mark and CRLF are no fault."""
    read = desk.read(text)

    assert (len(read.table), read.bad) == (1, ())


def test_null_triage_is_that_of_the_condition(
    desk: Desk, conditions: Mapping[str, Condition]
) -> None:
    """Each condition gives its urgency where a line has null or nothing."""
    bodies = [SHINGLES | {"condition": id, "triage": None} for id in conditions]
    bodies += [SHINGLES | {"condition": id} for id in conditions]

    levels = desk.read(lines(*bodies)).table["triage"].to_list()

    assert levels == [condition.urgency.id for condition in conditions.values()] * 2


def test_contradictions_name_both_ends(desk: Desk, words: Vocabulary) -> None:
    """Each finding that implies another cannot be present without it, in lines and in a sheet."""
    pairs = [(p, a) for p, implied in words.implied.items() for a in sorted(implied - {p})]
    bodies = [{"present": [p], "absent": [a], "condition": "shingles"} for p, a in pairs]
    rows = [{p: 1, a: 0, "condition": "shingles"} for p, a in pairs]
    names = dict.fromkeys(name for row in rows for name in row)
    sheet = pa.table({name: [row.get(name) for row in rows] for name in names})
    expected = [f"{p} is present and implies {a}, stated absent" for p, a in pairs]

    of_bodies = desk.read(lines(*bodies, SHINGLES), skip_bad=True).bad
    of_sheet = desk.refusal(sheet).splitlines()[1:-1]

    assert of_bodies == tuple(f"line {i}: {said}" for i, said in enumerate(expected, 1))
    assert of_sheet == [f"row {i}: {said}" for i, said in enumerate(expected, 1)]


def of_shingles(**columns: Any) -> pa.Table:
    """Return three rows of the documented form with these columns."""
    return pa.table({"fever": [1, 1, 1], "condition": ["shingles"] * 3} | columns)


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        ({"fever": [2, 1, 1]}, {1: "fever is 2, expected 1, 0 or null; no finding is present"}),
        ({"night_pain": [1, 300, None]}, {2: "night_pain is 300, expected 1, 0 or null"}),
        ({"night_pain": [0.5, None, 1]}, {1: "night_pain is 0.5, expected 1, 0 or null"}),
        (
            {"night_pain": np.array([1, np.nan, 0])},
            {2: "night_pain is NaN, expected a number or null"},
        ),
        (
            {"age_years": np.array([120, np.nan, np.inf])},
            {
                2: "age_years is NaN, expected a number or null",
                3: "age_years is inf, allowed are 0 to 120 years",
            },
        ),
        ({"fever": [1, 0, None]}, dict.fromkeys([2, 3], "no finding is present")),
        ({"sex": ["", None, "male"]}, {1: "sex is '', allowed are female, male, other"}),
        ({"condition": ["shingles", None, "Shingles"]}, {
            2: "condition is missing", 3: "condition is 'Shingles', which is no condition",
        }),
        ({"triage": ["urgent", None, "Urgent"]}, {
            3: "triage is 'Urgent', allowed are self_care, primary_care, urgent, emergency",
        }),
        ({"answers": [0, 1.5, 134]}, {
            1: "answers is 0, expected a whole number from 1 to 133",
            2: "answers is 1.5, expected a whole number from 1 to 133",
            3: "answers is 134, expected a whole number from 1 to 133",
        }),
    ],
)  # fmt: skip
def test_bad_row_is_named_with_every_fault(
    desk: Desk, columns: Mapping[str, Any], faults: Mapping[int, str]
) -> None:
    """A row of a sheet that is out of range, or of no known value, is refused by its number."""
    told = desk.refusal(of_shingles(**columns)).splitlines()

    assert told[0] == f"holds {len(faults)} bad and {3 - len(faults)} good rows:"
    assert told[1:-1] == [f"row {row}: {fault}" for row, fault in faults.items()]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (of_shingles(fever=["1"] * 3), "the column fever is of string, expected numbers"),
        (of_shingles(fever=[True] * 3), "the column fever is of bool, expected numbers"),
        (
            of_shingles(age_years=["44"] * 3, sex=[1] * 3),
            "the column age_years is of string, expected numbers; "
            "the column sex is of int64, expected texts",
        ),
        (of_shingles(condition=[1] * 3), "the column condition is of int64, expected texts"),
        (of_shingles().drop_columns("condition"), "the column condition is missing"),
        (
            of_shingles(**{"posterior_x": [0.5] * 3, "a.b": [1] * 3}),
            "there is no column 'posterior_x' in the documented form; "
            "there is no column 'a.b' in the documented form",
        ),
        (
            of_shingles(x=[1] * 3).rename_columns(["fever", "condition", "fever"]),
            "there are 2 columns 'fever'",
        ),
    ],
)
def test_wrong_columns_are_refused_whole(desk: Desk, table: pa.Table, fault: str) -> None:
    """Columns that are missing, unknown or of the wrong type are refused, whatever is skipped."""
    assert desk.refusal(table, skip_bad=True) == f"cannot be read: {fault}."


@pytest.mark.parametrize(
    "spare", [pa.nulls(3), pa.array([1, 2, 3]), pa.array(["train", "x", None])]
)
def test_split_of_a_sheet_is_ignored(desk: Desk, spare: pa.Array) -> None:
    """A column `split` may hold anything, and is gone."""
    assert "split" not in desk.read(of_shingles(split=spare)).table


def test_skipping_leaves_bad_rows_out(desk: Desk) -> None:
    """The good lines stay in their order, and each one left out is told."""
    text = f'{{"present": ["fever"]}}\n{GOOD}\n\n[]\n{lines(SHINGLES | {"present": ["rash"]})}'
    text = text.replace("rash", "night_pain")

    read = desk.read(text, skip_bad=True)

    assert [set(stated(read.table, row)) for row in (0, 1)] == [
        {name, "condition", "triage", "answers"} for name in ("fever", "night_pain")
    ]
    assert read.bad == (
        "line 1: condition is missing",
        "line 3: blank, expected an object",
        "line 4: expected an object, found a list",
    )


def test_no_good_row_is_refused_even_when_skipping(desk: Desk) -> None:
    """A file with nothing but bad rows is refused with them, and promises nothing."""
    told = desk.refusal('{"present": ["fever"]}\n{}\n', skip_bad=True)

    assert told == (
        "holds 2 bad and 0 good rows:\nline 1: condition is missing\n"
        "line 2: condition is missing; no finding is present\nNo good row is left."
    )


@pytest.mark.parametrize(("bad", "more"), [(50, []), (51, ["... and 1 more"])])
def test_fifty_bad_rows_are_listed(desk: Desk, bad: int, more: list[str]) -> None:
    """The first fifty bad rows are listed, the others counted."""
    told = desk.refusal(lines(*[{}] * bad, SHINGLES)).splitlines()

    fault = "condition is missing; no finding is present"
    assert told == [
        f"holds {bad} bad and 1 good rows:",
        *[f"line {i}: {fault}" for i in range(1, 51)],
        *more,
        "SKIP_BAD=1 leaves them out.",
    ]


@pytest.mark.parametrize("content", [GOOD, of_shingles()], ids=["lines", "sheet"])
def test_digest_is_of_the_bytes(desk: Desk, content: str | pa.Table) -> None:
    """The digest is the SHA-256 of the file as it lies there."""
    assert desk.read(content).sha256 == hashlib.sha256(desk.path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "content",
    [b"fever,condition\n1,shingles\n", b"[{}]", GOOD.encode("utf-16"), b"\x00\x01", b"PAR", b"\n"],
)
def test_other_files_are_refused(desk: Desk, content: bytes) -> None:
    """A table of commas, a list, another encoding and noise are neither form."""
    assert desk.refusal(content) == (
        "is neither Parquet nor JSON lines, which begin with an object."
    )


def test_empty_file_is_refused(desk: Desk) -> None:
    """A file of no bytes, and a sheet of no rows, hold no case."""
    assert desk.refusal(b"") == "is empty."
    assert desk.refusal(of_shingles().slice(0, 0)) == "holds no case."


def test_missing_file_is_refused(tmp_path: Path, words: Vocabulary) -> None:
    """A file that is not there, and a folder, are refused with their path."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(IntakeError, match=f"^{path} cannot be read: .+"):
            intake.read(path, words, [], {})


def test_damaged_sheet_is_refused(desk: Desk) -> None:
    """A sheet that was cut off anywhere is refused."""
    desk.read(of_shingles())
    whole = desk.path.read_bytes()

    for kept in range(4, len(whole), 7):
        assert desk.refusal(whole[:kept]).startswith("cannot be read: ")


def sides(table: pd.DataFrame) -> list[str]:
    """Return on which side of a division each row of a table comes."""
    return intake.divide(table)["split"].to_list()


def spread(desk: Desk, number: int) -> pd.DataFrame:
    """Return so many cases, no two of which state the same."""
    bodies = [
        {"present": [present], "attributes": {"age_years": i % 100, "duration_days": 1 + i // 100}}
        for i, present in zip(range(number), cycle(("fever", "night_pain", "leg_weakness")))
    ]
    return desk.read(lines(*({"condition": "shingles"} | body for body in bodies))).table


def test_division_adds_a_column_alone(desk: Desk) -> None:
    """The rows stay as they were and in their order."""
    table = spread(desk, 40)

    divided = intake.divide(table)

    pd.testing.assert_frame_equal(divided.drop(columns="split"), table)
    assert set(divided["split"]) == {"train", "evaluation"}


@pytest.mark.parametrize("first", [0, 3_000, 6_000])
def test_seven_tenths_are_learned_from(desk: Desk, first: int) -> None:
    """Of 3,000 other cases 2,100 are, within four standard errors of 25.1 cases."""
    table = spread(desk, first + 3_000).iloc[first:]

    assert abs(sides(table).count("train") - 2_100) < 4 * (3_000 * 0.7 * 0.3) ** 0.5


def test_drawn_cases_are_learned_from_as_often(cases: Path, desk: Desk) -> None:
    """Of synthetic cases that differ 0.7 are learned from, within four standard errors."""
    table = desk.read(drawn(cases)).table
    stated = table.drop(columns=["condition", "triage", "answers"]).astype(str)

    found = sides(table[~stated.duplicated()])

    expected, error = 0.7 * len(found), (0.21 * len(found)) ** 0.5
    assert len(found) > 200
    assert abs(found.count("train") - expected) < 4 * error


def test_case_stays_on_its_side_as_its_file_grows(desk: Desk) -> None:
    """A case is put alike alone, among others, in another order and in a sheet of few columns."""
    table = spread(desk, 60)
    found = sides(table)
    rng = np.random.default_rng(1)
    order = rng.permutation(60)
    columns = list(rng.permutation(table.columns))

    assert sides(spread(desk, 2_000))[:60] == found
    assert sides(table.iloc[order]) == [found[i] for i in order]
    assert sides(table[columns]) == found
    assert [sides(table.iloc[[i]]) for i in range(60)] == [[side] for side in found]
    sheet = table[["fever", "night_pain", "leg_weakness", "age_years", "duration_days"]]
    sheet = sheet.astype("float64").assign(condition="lyme_disease", answers=5)
    assert sides(desk.read(pa.Table.from_pandas(sheet)).table) == found


def test_repeated_cases_stay_together(desk: Desk) -> None:
    """Rows that state the same are on one side, whatever their condition, triage and answers."""
    bodies = [
        {"present": [present], "attributes": {"age_years": age}, "condition": condition}
        for age in range(50)
        for present in ("fever", "night_pain", "bilateral_leg_weakness")
        for condition in ("shingles", "lyme_disease")
    ]
    closed = [
        body | {"present": ["bilateral_leg_weakness", "leg_weakness"], "triage": "emergency"}
        for body in bodies
        if body["present"] == ["bilateral_leg_weakness"]
    ]
    table = desk.read(lines(*bodies, *closed)).table

    divided = intake.divide(table)

    splits = divided.groupby(["age_years", "fever", "night_pain"], dropna=False)["split"]
    assert splits.nunique().to_list() == [1] * 150
    assert set(splits.size()) == {2, 4}
