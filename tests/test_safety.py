"""The safety case names tests that exist, and claims no review that nobody made."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from service.assessment import ADVICE, NOTICE

ROOT = Path(__file__).parents[1]
SAFETY = (ROOT / "docs" / "SAFETY.md").read_text(encoding="utf-8")

TELEPHONE = re.compile(r"\d(?:[\s().-]*\d){2,}")
"""Three digits or more, however they are set apart."""

UNREVIEWED = "No clinician has reviewed"
REVIEW = re.compile(
    r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\|[0-9a-f]{7,40}(?:\|[^|]+){3}"
)
"""Date, commit, reviewer, what was reviewed, outcome."""

CLAIM = re.compile(
    r"\b(?:reviewed|approved|signed off|accepted|checked) by (?:a|the|two|\d)\b", re.I
)
CONDITIONAL = re.compile(r"\b(?:until|not|without|no|never)\b[^.]*$", re.I)
"""What may stand before the words of a claim in its sentence, so that it is none."""


@cache
def functions(path: Path) -> frozenset[str]:
    """Return the names of the functions that a file defines itself and that have to pass."""
    if not path.is_file():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef)
        and not any(
            re.search(r"\b(?:xfail|skip|skipif)\b", ast.unparse(d)) for d in node.decorator_list
        )
    )


def cells(row: str) -> list[str]:
    """Return the cells of a row of a table."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def section(document: str, title: str) -> str:
    """Return what stands under a heading, empty without it."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def faults(document: str, root: Path) -> list[str]:
    """Return a sentence for each thing that is wrong with a safety case."""
    return [*_hazard_faults(document), *_test_faults(document, root), *_review_faults(document)]


def _hazard_faults(document: str) -> list[str]:
    """Each hazard stands once, is complete, and has a control, a residual risk and a test."""
    rows = [cells(row) for row in re.findall(r"^\| H\d.*$", document, re.MULTILINE)]
    ids = [row[0] for row in rows]
    found = [] if ids else ["there is no hazard"]
    found += [f"{id} stands {ids.count(id)} times" for id in sorted(set(ids)) if ids.count(id) > 1]
    for row in rows:
        if len(row) != 8 or not all(row):
            found.append(f"{row[0]} needs eight cells, none of them empty")
        elif not all(grade in "1234" for grade in row[4:7]):
            found.append(f"{row[0]} is graded {row[4:7]}, expected 1 to 4 each")
        elif int(row[4]) * int(row[6]) != int(row[7]):
            found.append(f"{row[0]} has the risk {row[7]}, expected {row[4]} times {row[6]}")
    records = re.findall(
        r"^- \*\*(H\d+) control:\*\*(.*?)(?=^- \*\*H\d|^## |\Z)", document, re.MULTILINE | re.DOTALL
    )
    written = [id for id, _ in records]
    if written != ids:
        found.append(f"the hazards are {ids}, the controls are of {written}")
    return found + [f"{id} {fault}" for id, text in records for fault in _record_faults(text)]


def _record_faults(text: str) -> Iterable[str]:
    control, _, rest = " ".join(text.split()).partition("**Residual risk:**")
    residual, _, tests = rest.partition("**Tests:**")
    if not control.strip():
        yield "has no control"
    if not residual.strip():
        yield "has no residual risk"
    if not re.fullmatch(r"(?: `tests/[\w/]+\.py::\w+`)+\s*", tests):
        yield "has no test, or something else where its tests stand"


def _test_faults(document: str, root: Path) -> list[str]:
    """Each test that is named is a test that a file of tests defines and that has to pass."""
    named = re.findall(r"(tests/\S*?\.py)::(\w*)", document)
    return [
        f"{path}::{name} is no test"
        for path, name in dict.fromkeys(named)
        if not name.startswith("test_")
        or not Path(path).name.startswith("test_")
        or ".." in path
        or name not in functions(root / path)
    ]


def _review_faults(document: str) -> list[str]:
    """The table of reviews says "not yet", or names date, commit, reviewer, subject and outcome."""
    rows = [cells(row) for row in re.findall(r"^\|.*$", section(document, "Review"), re.MULTILINE)]
    if len(rows) < 3:
        return ["the table of reviews has no row"]
    found = []
    reviews = ["|".join(row) for row in rows[2:]]
    if reviews != ["not yet||||"]:
        found += [f"{row!r} is no review" for row in reviews if not REVIEW.fullmatch(row)]
        if UNREVIEWED in document:
            found.append("a review is claimed and denied")
        return found
    flat = " ".join(document.split())
    if UNREVIEWED not in flat:
        found.append(f"{UNREVIEWED!r} has to stand there until one has")
    return found + [
        f"{claim.group()!r} claims a review that the table does not hold"
        for claim in CLAIM.finditer(flat)
        if not CONDITIONAL.search(flat[: claim.start()])
    ]


SOUND = """
## Review

No clinician has reviewed it.

| date | commit | reviewer | what | outcome |
|---|---|---|---|---|
| not yet | | | | |

## Hazards

| H01 | hazard | cause | effect | 4 | 3 | 2 | 8 |
| H02 | hazard | cause | effect | 2 | 3 | 1 | 2 |

## Controls

- **H01 control:** a control. **Residual
  risk:** some is left. **Tests:**
  `tests/test_made.py::test_one`
  `tests/below/test_made.py::test_two`
- **H02 control:** a control. **Residual risk:** some. **Tests:**
  `tests/test_made.py::test_one`

## More
"""
NOT_YET = "| not yet | | | | |"
DENIED = "No clinician has reviewed it."
REVIEWED = "| 2030-01-31 | 0123abc | A. Name, surgeon | all tables | two rules raised |"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the tests that the small document names."""
    (tmp_path / "tests" / "below").mkdir(parents=True)
    source = "def test_one():\n    def test_inner(): ...\n\ndef helper(): ...\n"
    source += "\n@pytest.mark.xfail\ndef test_failing(): ...\n"
    (tmp_path / "tests" / "test_made.py").write_text(source, encoding="utf-8")
    (tmp_path / "tests" / "made.py").write_text(source, encoding="utf-8")
    (tmp_path / "tests" / "below" / "test_made.py").write_text("def test_two(): ...\n", "utf-8")
    return tmp_path


def test_the_safety_case_has_no_fault() -> None:
    """Every test that docs/SAFETY.md names exists, and every hazard is complete."""
    assert faults(SAFETY, ROOT) == []


def test_the_hazards_are_numbered_without_a_gap() -> None:
    """A hazard is never taken out in silence: the ids run from H01 on, 22 of them or more."""
    ids = re.findall(r"^\| (H\d+) \|", SAFETY, re.MULTILINE)
    assert ids == [f"H{number:02}" for number in range(1, len(ids) + 1)]
    assert len(ids) >= 22


def test_no_line_is_too_long() -> None:
    """The file can be read as plain text of 100 columns."""
    assert [line for line in SAFETY.splitlines() if len(line) > 100] == []


def test_the_answer_admits_what_the_safety_case_admits() -> None:
    """While no review is noted every answer says that no clinician has reviewed it."""
    assert ("no clinician has reviewed" in NOTICE) is (UNREVIEWED in SAFETY)


def test_a_sound_document_is_accepted(root: Path) -> None:
    """The small document that the next tests spoil is without fault, and so is a noted review."""
    assert faults(SOUND, root) == []
    assert faults(SOUND.replace(DENIED, "").replace(NOT_YET, REVIEWED), root) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("test_made.py::test_two", "test_made.py::test_three", "test_three is no test"),
        ("below/test_made", "above/test_made", "tests/above/test_made.py::test_two is no test"),
        ("::test_two", "::test_inner", "test_inner is no test"),
        ("below/test_made.py::test_two", "test_made.py::test_failing", "test_failing is no test"),
        ("below/test_made.py::test_two", "test_made.py::helper", "helper is no test"),
        ("below/test_made.py::test_two", "made.py::test_one", "tests/made.py::test_one is no test"),
        ("`tests/below/test_made.py::test_two`", "`tests/test_made.py`", "H01 has no test"),
        (". **Tests:**\n  `tests/test_made.py::test_one`\n\n## M", ".\n\n## M", "H02 has no test"),
        ("::test_one`\n\n## M", "::test_one` and more\n\n## M", "H02 has no test, or something"),
        ("**Residual risk:** some.", "**Residual risk:**", "H02 has no residual risk"),
        ("**Residual risk:** some. ", "", "H02 has no residual risk"),
        ("a control. **Residual risk:** some.", "**Residual risk:** some.", "H02 has no control"),
        ("| H02 |", "| H01 |", "H01 stands 2 times"),
        ("**H02 control:**", "**H01 control:**", "the controls are of ['H01', 'H01']"),
        ("## Controls", "| H03 | h | c | e | 1 | 1 | 1 | 1 |", "the controls are of"),
        ("| effect | 2 |", "| | 2 |", "H02 needs eight cells"),
        ("| effect | 2 |", "| 2 |", "H02 needs eight cells"),
        ("| 2 | 3 | 1 | 2 |", "| 5 | 3 | 1 | 5 |", "H02 is graded ['5', '3', '1']"),
        ("| 3 | 2 | 8 |", "| 3 | 2 | 6 |", "H01 has the risk 6, expected 4 times 2"),
    ],
)
def test_an_incomplete_hazard_is_told(root: Path, old: str, new: str, fault: str) -> None:
    """A test that is not there, a gap in a record, a repeated id and a wrong risk are each told."""
    assert SOUND.count(old) >= 1
    assert fault in "\n".join(faults(SOUND.replace(old, new), root))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (NOT_YET + "\n", "", "the table of reviews has no row"),
        ("## Review", "## History", "the table of reviews has no row"),
        (NOT_YET, "| yes | | | | |", "is no review"),
        (NOT_YET, REVIEWED.replace("0123abc", ""), "is no review"),
        (NOT_YET, REVIEWED.replace("2030-01-31", ""), "is no review"),
        (NOT_YET, REVIEWED.replace("2030-01-31", "last spring"), "is no review"),
        (NOT_YET, REVIEWED.replace("2030-01-31", "2030-13-31"), "is no review"),
        (NOT_YET, REVIEWED.replace("0123abc", "HEAD"), "is no review"),
        (NOT_YET, REVIEWED.replace("A. Name, surgeon", ""), "is no review"),
        (NOT_YET, REVIEWED + "\n" + NOT_YET, "'not yet||||' is no review"),
        (NOT_YET, REVIEWED, "a review is claimed and denied"),
        (DENIED, "", "has to stand there until one has"),
        ("## More", "## More\n\nAll was reviewed by\na doctor.", "'reviewed by a' claims a review"),
    ],
)
def test_a_review_that_nobody_made_is_told(root: Path, old: str, new: str, fault: str) -> None:
    """A review needs date, commit, reviewer, subject and outcome, and is claimed nowhere else."""
    assert SOUND.count(old) == 1
    assert fault in "\n".join(faults(SOUND.replace(old, new), root))


def test_a_document_without_hazards_is_told(root: Path) -> None:
    """A file that lost its table does not pass for a safe product."""
    assert faults("", root) == ["there is no hazard", "the table of reviews has no row"]


def test_advice_names_no_telephone_number() -> None:
    """No country's emergency number stands in what people are told to do."""
    assert [text for text in (*ADVICE.values(), NOTICE) if TELEPHONE.search(text)] == []


@pytest.mark.parametrize("text", ["Call 112.", "Call 9-1-1.", "Dial 9 9 9 now", "+44 (0)20 7946"])
def test_a_telephone_number_is_found(text: str) -> None:
    """A number is one however it is set; hours and days are none."""
    assert TELEPHONE.search(text)
    assert not TELEPHONE.search("See a doctor within 24 hours, or in 10 days.")
