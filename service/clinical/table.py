"""CSV tables: every clinical fact that is data lies in one."""

import csv
from collections.abc import Sequence
from pathlib import Path


class TableError(Exception):
    """A table is missing, unreadable or breaks its own rules; the message lists every fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        # What is handed on is what a pickle hands back: a process of a pool raises it too.
        super().__init__(tuple(faults))
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(self.faults)


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV table as dicts, every value stripped.

    Raises TableError when the file cannot be read, its header is not `columns`, a row has another
    number of cells, or a cell a line break, so that row and line are the same.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        # Without the path, for `/readyz` and `/model` tell it to everybody.
        reason = error.strerror if isinstance(error, OSError) else error
        raise TableError([f"{path.name}: cannot be read: {reason}"]) from error
    header = lines[0] if lines else []
    if header != list(columns):
        raise TableError([f"{path.name}: the columns are {header}, expected {list(columns)}"])
    faults = [
        f"{path.name}, line {number}: a line break in a cell"
        for number, line in enumerate(lines, start=1)
        if any("\n" in cell or "\r" in cell for cell in line)
    ]
    # What follows a line break would be told with a wrong number.
    faults = faults[:1] or [
        f"{path.name}, line {number}: {len(line)} cells, expected {len(columns)}"
        for number, line in enumerate(lines[1:], start=2)
        if len(line) != len(columns)
    ]
    if faults:
        raise TableError(faults)
    return [dict(zip(columns, map(str.strip, line), strict=True)) for line in lines[1:]]


def several(cell: str) -> tuple[str, ...]:
    """Return the entries of a cell that lists several, separated by semicolons."""
    return tuple(entry for entry in cell.split(";") if entry)


def repeated(path: Path, ids: Sequence[str]) -> list[str]:
    """Return a fault for each id that stands in a table twice."""
    return [
        f"{path.name}: the id {id!r} stands in {ids.count(id)} rows"
        for id in sorted({id for id in ids if ids.count(id) > 1})
    ]
