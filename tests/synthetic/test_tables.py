from pathlib import Path

import pytest

from tests.synthetic.editing import TABLES, copied_tables, faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    return copied_tables(tmp_path)


@pytest.mark.parametrize("table", TABLES)
def test_wrong_columns_are_named(folder: Path, table: str) -> None:
    """A table of other columns is refused by its name."""
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("basis", "evidence", 1), "utf-8")

    (fault,) = faults(folder)

    assert fault.startswith(f"{table}.csv: the columns are ")
    assert "'evidence'" in fault


@pytest.mark.parametrize("table", TABLES)
def test_missing_table_is_named(folder: Path, table: str) -> None:
    """A table that is not there is refused by its name."""
    (folder / f"{table}.csv").unlink()

    (fault,) = faults(folder)

    assert fault.startswith(f"{table}.csv: cannot be read: ")


def test_all_tables_that_cannot_be_read_are_named_at_once(folder: Path) -> None:
    """One table's bad columns, another's short row and a third's absence are told together."""
    (folder / "priors.csv").unlink()
    (folder / "age_odds.csv").write_text("finding,odds\n", "utf-8")
    with (folder / "stages.csv").open("a", encoding="utf-8") as file:
        file.write("shingles,later\n")

    found = faults(folder)

    assert sorted(fault.split(".csv")[0] for fault in found) == ["age_odds", "priors", "stages"]


@pytest.mark.parametrize("broken", ["made\nup here", "made\rup here", "made up here\r\n"])
def test_line_break_in_a_cell_is_refused(folder: Path, broken: str) -> None:
    """A cell over two lines would put every later row off its line, so it is told with its own."""
    path = folder / "stages.csv"
    text = path.read_text(encoding="utf-8")
    row = f'shingles,later,0,0,urgent,assumed,,"{broken}"\n'
    path.write_text(f"{text}{row}", encoding="utf-8", newline="")

    last = text.count("\n")

    assert faults(folder) == (f"stages.csv, line {last + 1}: a line break in a cell",)


def test_row_of_too_few_cells_is_told_with_its_line(folder: Path) -> None:
    """Rows with cells missing are told by the lines of the file, an empty one with them."""
    path = folder / "age_odds.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}smoking,2\n\n", encoding="utf-8")
    last = text.count("\n")

    assert faults(folder) == (
        f"age_odds.csv, line {last + 1}: 2 cells, expected 5",
        f"age_odds.csv, line {last + 2}: 0 cells, expected 5",
    )
