"""Copies of the shipped tables with faults put in by hand, and where these stand."""

import csv
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from service.clinical.table import TableError
from synthetic import profiles

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


def copied_tables(parent: Path) -> Path:
    """Copy the shipped tables into a new folder there and return it."""
    folder = parent / "tables"
    folder.mkdir()
    for name in TABLES:
        shutil.copy(SHIPPED / f"{name}.csv", folder)
    return folder


def change(folder: Path, table: str, edit: Callable[[list[Row]], list[Row]]) -> None:
    """Rewrite a table with its rows edited."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(edit(rows))


def add(folder: Path, *cells: str) -> None:
    """Append a row to the finding profiles: its first four cells, assumed with a note."""
    change(folder, "finding_profiles", lambda rows: [*rows, finding_row(*cells)])


def add_by_stage(folder: Path, *cells: str) -> None:
    """Append a row to the findings of stages: condition, stage, finding, low and high."""
    condition, stage, *rest = cells
    row = finding_row(condition, *rest) | {"stage": stage}
    change(folder, "stage_findings", lambda rows: [*rows, row])


def finding_row(condition: str, finding: str, low: str, high: str) -> Row:
    """Return a row of the finding profiles that is assumed and says so."""
    return {
        "condition": condition,
        "finding": finding,
        "frequency_low": low,
        "frequency_high": high,
        "basis": "assumed",
        "source": "",
        "note": "made up here",
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


def repeat(folder: Path, table: str, where: Mapping[str, str], **cells: str) -> None:
    """Append a copy of each row with these cells, with other cells changed."""
    change(
        folder,
        table,
        lambda rows: [*rows, *(row | cells for row in rows if matches(row, where))],
    )


def line(folder: Path, table: str, **where: str) -> int:
    """Return the line of the file on which the last row with these cells stands."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return [reader.line_num for row in reader if matches(row, where)][-1]


def faults(folder: Path) -> tuple[str, ...]:
    """Return the faults for which the tables of a folder are refused."""
    with pytest.raises(TableError) as refusal:
        profiles.read(folder)
    return refusal.value.faults


def stage_rows(world: profiles.World, condition: str) -> dict[str, int]:
    """Return the row of each stage of a condition, by its name."""
    index = list(world.catalogue.conditions).index(condition)
    return {stage.id: i for i, stage in enumerate(world.stages) if stage.condition == index}
