import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from service.clinical import vocabulary
from service.clinical.table import TableError
from service.clinical.vocabulary import Category, Finding, Quantity, Urgency, Vocabulary

SHIPPED = Path(vocabulary.__file__).parent
SHARED = Path(__file__).parents[2] / "data" / "shared_ids.csv"
TABLES = ("findings.csv", "attributes.csv")

FINDINGS = "id,group,meaning,implies,documented_in,question,clinician"
ATTRIBUTES = "id,type,values,meaning,documented_in,unit,question"


def shared(kind: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return id, meaning and implied ids of one kind, as they are agreed with other products."""
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    return [(row["id"], row["meaning"], tuple(row["implies"].split(";"))) for row in rows]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    for name in TABLES:
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def edit(folder: Path, name: str, id: str, /, **cells: str) -> None:
    """Change cells of the one row with an id."""
    path = folder / name
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (row,) = [row for row in rows if row["id"] == id]
    row |= cells
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def append(folder: Path, name: str, *lines: str) -> None:
    """Append lines to a table."""
    with (folder / name).open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def faults(folder: Path) -> tuple[str, ...]:
    """Return the faults for which the tables of a folder are refused."""
    with pytest.raises(TableError) as refusal:
        vocabulary.read(folder)
    assert str(refusal.value) == "\n".join(refusal.value.faults)
    return refusal.value.faults


def test_findings_are_the_shared_ones(words: Vocabulary) -> None:
    """The ids, meanings and implications of the findings are those that were agreed, in order."""
    findings = [(f.id, f.meaning, f.implies or ("",)) for f in words.findings.values()]
    assert findings == shared("finding")
    assert len(findings) == 133


def test_attributes_are_the_shared_ones(words: Vocabulary) -> None:
    """The ids and meanings of the attributes are those that were agreed, in order."""
    attributes = [(a.id, a.meaning, ("",)) for a in words.attributes.values()]
    assert attributes == shared("attribute")
    assert len(attributes) == 9


def test_attributes_have_the_agreed_values(words: Vocabulary) -> None:
    """What a caller may state of each attribute is what the contract allows."""
    allowed = {
        a.id: a.values if isinstance(a, Category) else (a.minimum, a.maximum, a.unit)
        for a in words.attributes.values()
    }
    assert allowed == {
        "age_years": (0, 120, "years"),
        "sex": ("female", "male", "other"),
        "body_mass_index": (8, 100, "kg/m2"),
        "duration_days": (0, 36500, "days"),
        "onset": ("sudden", "gradual"),
        "course": ("persistent", "intermittent"),
        "trend": ("worsening", "stable", "improving"),
        "side": ("left", "right", "both", "both_one_worse"),
        "post_void_residual_ml": (0, 3000, "ml"),
    }


def test_rows_become_records(tmp_path: Path) -> None:
    """Every cell of the two tables is read, with lists split and blanks around it removed."""
    (tmp_path / "findings.csv").write_text(
        f"{FINDINGS}\n"
        'numb,sensory," Numb, anywhere ",,000;001, Is it numb? ,\n'
        "cold_test,exam,Cold,numb,002,Was it cold?,Touch it.\n",
        encoding="utf-8",
    )
    (tmp_path / "attributes.csv").write_text(
        f"{ATTRIBUTES}\n"
        "height,number,0.5 to 2.5,Height,003,m,How tall are you?\n"
        "hand,category,left|right,Hand,000;004,,Which hand?\n",
        encoding="utf-8",
    )
    numb = Finding("numb", "sensory", "Numb, anywhere", (), ("000", "001"), "Is it numb?", "")
    cold = Finding("cold_test", "exam", "Cold", ("numb",), ("002",), "Was it cold?", "Touch it.")
    assert vocabulary.read(tmp_path) == Vocabulary(
        findings={"numb": numb, "cold_test": cold},
        attributes={
            "height": Quantity("height", "Height", ("003",), "How tall are you?", "m", 0.5, 2.5),
            "hand": Category("hand", "Hand", ("000", "004"), "Which hand?", ("left", "right")),
        },
        implied={"numb": frozenset({"numb"}), "cold_test": frozenset({"cold_test", "numb"})},
        implying={"numb": frozenset({"numb", "cold_test"}), "cold_test": frozenset({"cold_test"})},
    )


def test_implications_reach_through_others(folder: Path) -> None:
    """What a finding implies through another one is closed in both directions."""
    (folder / "findings.csv").write_text(
        f"{FINDINGS}\n"
        "a,pain,A,b,000,A?,\nb,pain,B,c;d,000,B?,\nc,pain,C,,000,C?,\nd,pain,D,,000,D?,\n",
        encoding="utf-8",
    )
    read = vocabulary.read(folder)
    assert {id: "".join(sorted(ids)) for id, ids in read.implied.items()} == {
        "a": "abcd",
        "b": "bcd",
        "c": "c",
        "d": "d",
    }
    assert {id: "".join(sorted(ids)) for id, ids in read.implying.items()} == {
        "a": "a",
        "b": "ab",
        "c": "abc",
        "d": "abd",
    }


def test_vocabulary_cannot_be_changed(words: Vocabulary) -> None:
    """No part of the running service can alter what the others read."""
    for mapping in (words.findings, words.attributes, words.implied, words.implying):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["new"] = None  # type: ignore[index]


def test_every_question_is_a_question_of_its_own(words: Vocabulary) -> None:
    """Each finding and attribute has a question that ends in a question mark, no two alike."""
    questions = [entry.question for entry in (*words.findings.values(), *words.attributes.values())]
    assert [question for question in questions if not question.endswith("?")] == []
    assert len(set(questions)) == len(questions) == 142


def test_exam_findings_alone_speak_to_clinicians(words: Vocabulary) -> None:
    """A sign that only an examiner can elicit says how, and nothing else does."""
    with_words = {f.id for f in words.findings.values() if f.clinician}
    assert with_words == {f.id for f in words.findings.values() if f.group == "exam"}
    assert len(with_words) == 18


def test_bladder_and_bowel_questions_ask_for_what_is_new(words: Vocabulary) -> None:
    """A lifelong weak bladder is no red flag, so each of these questions names the beginning."""
    questions = {f.id: f.question for f in words.findings.values() if f.group == "bladder_bowel"}
    assert set(questions) == {
        "urinary_retention",
        "urinary_incontinence",
        "new_urinary_symptoms",
        "bowel_retention",
        "fecal_incontinence",
        "sexual_dysfunction",
    }
    opening = "Since your symptoms began, or shortly before, ha"
    assert [id for id, question in questions.items() if not question.startswith(opening)] == []


def test_urgencies_are_ordered() -> None:
    """The levels of the contract rise from self-care to emergency."""
    assert [level.id for level in sorted(Urgency)] == [
        "self_care",
        "primary_care",
        "urgent",
        "emergency",
    ]


@pytest.mark.parametrize(
    ("id", "cells", "fault"),
    [
        ("fever", {"id": "limping"}, "the id 'limping' stands in 2 rows"),
        ("fever", {"id": ""}, "'' has no id"),
        ("fever", {"group": ""}, "'fever' has no group"),
        ("fever", {"meaning": " "}, "'fever' has no meaning"),
        ("fever", {"documented_in": ""}, "'fever' has no sources"),
        ("fever", {"question": ""}, "'fever' has no question"),
        ("fever", {"implies": "feverish"}, "'fever' implies 'feverish', which is no finding"),
        ("fever", {"implies": "onset"}, "'fever' implies 'onset', which is no finding"),
        ("fever", {"implies": "fever"}, "'fever' implies itself"),
        (
            "fever",
            {"clinician": "Look."},
            "'fever': exam findings alone have words for a clinician",
        ),
        (
            "femoral_bruit",
            {"clinician": ""},
            "'femoral_bruit': exam findings alone have words for a clinician",
        ),
    ],
)
def test_a_faulty_finding_is_refused(
    folder: Path, id: str, cells: Mapping[str, str], fault: str
) -> None:
    """Each rule of the table of findings is checked, and its breach told in one sentence."""
    edit(folder, "findings.csv", id, **cells)
    assert faults(folder) == (f"findings.csv: {fault}",)


def test_a_circle_of_implications_is_refused(folder: Path) -> None:
    """Findings that imply one another are each named, through however many others."""
    edit(folder, "findings.csv", "leg_pain", implies="pain_below_knee")
    assert faults(folder) == tuple(
        f"findings.csv: {id!r} implies itself"
        for id in ("pain_radiating_down_leg", "pain_below_knee", "leg_pain")
    )


@pytest.mark.parametrize(
    ("id", "cells", "fault"),
    [
        ("sex", {"id": "side"}, "the id 'side' stands in 2 rows"),
        ("sex", {"id": ""}, "'': id, meaning and question are required"),
        ("sex", {"meaning": ""}, "'sex': id, meaning and question are required"),
        ("sex", {"question": ""}, "'sex': id, meaning and question are required"),
        ("sex", {"type": "text"}, "'sex': the type is 'text', expected number or category"),
        ("sex", {"type": ""}, "'sex': the type is '', expected number or category"),
        *(
            (
                "sex",
                {"values": values},
                f"'sex': the values are {values!r}, expected two or more, as a|b",
            )
            for values in ("", "female", "female|female", "female||male")
        ),
        *(
            (
                "age_years",
                {"values": cell},
                f"'age_years': the range is {cell!r}, expected as 0 to 120",
            )
            for cell in ("", "0", "0-120", "120 to 0", "5 to 5", "nan to 120", "zero to 120")
        ),
    ],
)
def test_a_faulty_attribute_is_refused(
    folder: Path, id: str, cells: Mapping[str, str], fault: str
) -> None:
    """Each rule of the table of attributes is checked, and its breach told in one sentence."""
    edit(folder, "attributes.csv", id, **cells)
    assert faults(folder) == (f"attributes.csv: {fault}",)


def test_every_fault_of_a_table_is_told_at_once(folder: Path) -> None:
    """One reading lists all that is wrong with the findings."""
    edit(folder, "findings.csv", "fever", question="", group="")
    edit(folder, "findings.csv", "limping", implies="hopping;limping")
    append(folder, "findings.csv", "fatigue,systemic,Tired,,000,Tired?,")
    assert sorted(faults(folder)) == [
        "findings.csv: 'fever' has no group",
        "findings.csv: 'fever' has no question",
        "findings.csv: 'limping' implies 'hopping', which is no finding",
        "findings.csv: the id 'fatigue' stands in 2 rows",
    ]


def test_faults_of_both_tables_are_told_at_once(folder: Path) -> None:
    """A fault of the findings does not hide one of the attributes."""
    edit(folder, "findings.csv", "fever", question="")
    edit(folder, "attributes.csv", "sex", type="text")
    edit(folder, "attributes.csv", "age_years", values="120 to 0")
    assert sorted(faults(folder)) == [
        "attributes.csv: 'age_years': the range is '120 to 0', expected as 0 to 120",
        "attributes.csv: 'sex': the type is 'text', expected number or category",
        "findings.csv: 'fever' has no question",
    ]


def test_an_id_names_one_thing(folder: Path) -> None:
    """A finding and an attribute cannot share an id."""
    edit(folder, "findings.csv", "limping", id="onset")
    edit(folder, "findings.csv", "fever", id="course")
    assert faults(folder) == (
        "'course' is both a finding and an attribute",
        "'onset' is both a finding and an attribute",
    )


@pytest.mark.parametrize(
    ("name", "columns"), [("findings.csv", FINDINGS), ("attributes.csv", ATTRIBUTES)]
)
@pytest.mark.parametrize("found", [[], ["id"], ["id", "name", "group"]])
def test_other_columns_are_refused(
    folder: Path, name: str, columns: str, found: Sequence[str]
) -> None:
    """A header that is not the expected one is told with the expected one."""
    (folder / name).write_text(",".join(found) + "\n" if found else "", encoding="utf-8")
    expected = columns.split(",")
    assert faults(folder) == (f"{name}: the columns are {found}, expected {expected}",)


@pytest.mark.parametrize(
    ("name", "columns", "what"),
    [("findings.csv", FINDINGS, "finding"), ("attributes.csv", ATTRIBUTES, "attribute")],
)
def test_an_empty_table_is_refused(folder: Path, name: str, columns: str, what: str) -> None:
    """A table that lost its rows is damage, not a small vocabulary."""
    (folder / name).write_text(columns + "\n", encoding="utf-8")
    assert faults(folder) == (f"{name}: holds no {what}",)


@pytest.mark.parametrize(("name", "last"), [("findings.csv", 134), ("attributes.csv", 10)])
def test_ragged_rows_are_refused(folder: Path, name: str, last: int) -> None:
    """Each row with too few or too many cells is told by its number."""
    append(folder, name, "a,b", "a,b,c,d,e,f,g", "a,b,c,d,e,f,g,h")
    assert faults(folder) == (
        f"{name}, line {last + 1}: 2 cells, expected 7",
        f"{name}, line {last + 3}: 8 cells, expected 7",
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table_is_refused(folder: Path, name: str) -> None:
    """A table that is not there is told by its name."""
    (folder / name).unlink()
    (fault,) = faults(folder)
    assert fault.startswith(f"{name}: cannot be read: ")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("damage", [b"\xff\xfe", b'"never closed'])
def test_an_unreadable_table_is_refused(folder: Path, name: str, damage: bytes) -> None:
    """Bytes that are not text, and text that is not CSV, are a fault and no crash."""
    with (folder / name).open("ab") as file:
        file.write(damage)
    (fault,) = faults(folder)
    assert fault.startswith(f"{name}: cannot be read: ")
