import hashlib
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.clinical.case import Case
from service.clinical.vocabulary import Vocabulary
from training import cases as training_cases
from training.cases import DataSetError

WHOLE = "There is no whole data set in "


@pytest.fixture
def copy(cases: Path, tmp_path: Path) -> Path:
    """A copy of the small data set that a test may damage."""
    return Path(shutil.copytree(cases, tmp_path / "copy"))


def refusal(folder: Path, words: Vocabulary) -> str:
    """Return the sentence with which a data set is refused."""
    with pytest.raises(DataSetError) as refused:
        training_cases.read(folder, words)
    return str(refused.value)


def table_of(words: Vocabulary, **cells: object) -> pd.DataFrame:
    """Return a table of one row that states these cells and nothing else."""
    findings = dict.fromkeys(words.findings, float("nan"))
    return pd.DataFrame([{**findings, **dict.fromkeys(words.attributes), **cells}])


def test_whole_data_set_is_read(cases: Path, words: Vocabulary) -> None:
    """A whole data set is its file and what its card says."""
    data = training_cases.read(cases, words)

    assert data.file == cases / "cases.parquet"
    assert data.card == json.loads((cases / "card.json").read_text(encoding="utf-8"))
    assert (data.card["number"], data.card["seed"]) == (20_000, 7)


def test_another_world_is_refused_with_its_target(copy: Path, words: Vocabulary) -> None:
    """Cases to learn from are no cases for testing, and who asks is told how to draw those."""
    told = f"There is no whole data set in {copy}; `make stress` draws one. "
    told += "(its cases are of the world 'documented', not 'stress')"

    with pytest.raises(DataSetError, match=re.escape(told)):
        training_cases.read(copy, words, "stress")


@pytest.mark.parametrize("name", ["card.json", "cases.parquet"])
def test_missing_file_is_refused(copy: Path, words: Vocabulary, name: str) -> None:
    """A data set without its card or cases is refused by a sentence that names folder and file."""
    (copy / name).unlink()

    told = refusal(copy, words)

    assert told.startswith(f"{WHOLE}{copy}; ")
    assert name in told


def test_missing_folder_is_refused(tmp_path: Path, words: Vocabulary) -> None:
    """A folder that is not there is named."""
    assert refusal(tmp_path / "none", words).startswith(f"{WHOLE}{tmp_path / 'none'}; ")


@pytest.mark.parametrize("kept", [0, 4, 100_000])
def test_truncated_cases_are_refused(copy: Path, words: Vocabulary, kept: int) -> None:
    """Cases that were cut off are refused and not read as far as they go."""
    path = copy / "cases.parquet"
    whole = path.read_bytes()
    assert kept < len(whole)
    path.write_bytes(whole[:kept])

    assert refusal(copy, words).startswith(f"{WHOLE}{copy}; ")


@pytest.mark.parametrize("text", ["", "{", '{"number": 20000', "\udcff"])
def test_card_that_is_no_json_is_refused(copy: Path, words: Vocabulary, text: str) -> None:
    """A card that was cut off or is no text is refused."""
    (copy / "card.json").write_bytes(text.encode("utf-8", "surrogateescape"))

    assert refusal(copy, words).startswith(f"{WHOLE}{copy}; ")


@pytest.mark.parametrize("card", [{}, {"seed": 7}, [], 20_000, None])
def test_card_without_number_is_refused(copy: Path, words: Vocabulary, card: object) -> None:
    """A card that is JSON but no card is refused in a sentence too."""
    (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")

    assert str(copy) in refusal(copy, words)


@pytest.mark.parametrize("number", [19_999, 20_001, 0])
def test_wrong_number_in_the_card_is_refused(copy: Path, words: Vocabulary, number: int) -> None:
    """Another number of cases than the card says is refused with both numbers."""
    path = copy / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(card | {"number": number}), encoding="utf-8")

    assert refusal(copy, words) == f"{copy} holds 20000 cases, its card says {number}."


def card_again(folder: Path) -> None:
    """Let the card name the file as it is now."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["file_sha256"] = hashlib.sha256((folder / "cases.parquet").read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize(
    "columns",
    [["fever"], ["age_years"], ["answers"], ["condition"], ["triage"], ["split"], ["fever", "sex"]],
)
def test_missing_columns_are_refused(copy: Path, words: Vocabulary, columns: list[str]) -> None:
    """Cases of another vocabulary, or without a label, are refused, naming what is missing."""
    path = copy / "cases.parquet"
    pq.write_table(pq.read_table(path).drop_columns(columns), path)
    card_again(copy)

    assert refusal(copy, words) == f"The data set in {copy} lacks the columns {columns}."


def test_further_columns_are_allowed(copy: Path, words: Vocabulary) -> None:
    """A column that nobody asked for is no fault."""
    path = copy / "cases.parquet"
    table = pq.read_table(path)
    pq.write_table(table.append_column("stage", pa.nulls(len(table))), path)
    card_again(copy)

    assert "stage" in training_cases.read(copy, words).split("train").columns


def test_splits_share_the_rows_out(cases: Path, words: Vocabulary) -> None:
    """The five splits hold the rows of their name, numbered from 0, and all rows together."""
    data = training_cases.read(cases, words)
    splits = {
        name: data.split(name)
        for name in ("train", "validation", "calibration", "conformal", "evaluation")
    }

    assert {name: len(split) for name, split in splits.items()} == data.card["split"]
    assert sum(map(len, splits.values())) == 20_000
    for name, split in splits.items():
        assert set(split["split"]) == {name}
        assert list(split.index) == list(range(len(split)))


def test_split_keeps_the_order_of_the_file(cases: Path, words: Vocabulary) -> None:
    """The rows of a split follow each other as in the file, with the values that stand there."""
    whole = pq.read_table(cases / "cases.parquet").to_pandas()
    chosen = whole[whole["split"] == "validation"].reset_index(drop=True)

    found = training_cases.read(cases, words).split("validation")

    pd.testing.assert_frame_equal(found, chosen, check_dtype=False, check_categorical=False)


def test_names_of_a_split_are_plain_texts(cases: Path, words: Vocabulary) -> None:
    """What the file holds once each is given as a text in each row, and findings as whole numbers.

    So cases of several files, or of one's own, can be put together.
    """
    table = training_cases.read(cases, words).split("conformal")

    assert {type(value) for value in table["condition"]} == {str}
    assert {type(value) for value in table["sex"].dropna()} == {str}
    assert set(table[list(words.findings)].dtypes) == {pd.Int8Dtype()}


def test_split_of_another_name_is_empty(cases: Path, words: Vocabulary) -> None:
    """There is nothing in a split that was not drawn."""
    assert training_cases.read(cases, words).split("holdout").empty


def test_single_present_finding_stands_for_what_it_implies(words: Vocabulary) -> None:
    """Of each finding with all that it implies, that finding alone was stated."""
    for id, closed in words.implied.items():
        (one,) = training_cases.single(table_of(words, **dict.fromkeys(closed, 1)), words)
        assert one == Case(closed, frozenset(), {}, frozenset({id}))


def test_single_absent_finding_stands_for_what_implies_it(words: Vocabulary) -> None:
    """Of each absent finding with all that imply it, that finding alone was stated."""
    for id, closed in words.implying.items():
        (one,) = training_cases.single(table_of(words, **dict.fromkeys(closed, 0)), words)
        assert one == Case(frozenset(), closed, {}, frozenset({id}))


def test_single_keeps_known_attributes_alone(words: Vocabulary) -> None:
    """A case has the attributes that its row knows, numbers and words, and no null."""
    row = table_of(words, fever=1, night_pain=0, age_years=41.5, sex="female")

    (one,) = training_cases.single(row, words)

    assert one == Case(
        present=frozenset({"fever"}),
        absent=frozenset({"night_pain"}),
        attributes={"age_years": 41.5, "sex": "female"},
        stated=frozenset({"fever", "night_pain"}),
    )


def test_single_gives_a_case_for_each_row(cases: Path, words: Vocabulary) -> None:
    """Cases come in the order of the rows, and none has more answers than were given."""
    table = training_cases.read(cases, words).split("train").head(1000)

    singles = training_cases.single(table, words)

    assert [len(one.present) for one in singles] == list(
        (table[list(words.findings)] == 1).sum(axis=1)
    )
    assert all(
        0 < one.answers <= answers for one, answers in zip(singles, table["answers"], strict=True)
    )
