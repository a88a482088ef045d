"""The cells of the world: each number of a stage with the rows that speak for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synthetic.tables import BACKGROUND, Key, Row, Tables, key, numbers


@dataclass(frozen=True, slots=True)
class Cell:
    """A band and its rows: it reaches from their lowest low to their highest high."""

    low: float
    high: float
    rows: tuple[Row, ...]

    @property
    def basis(self) -> str:
        """The basis of its rows, `mixed` when they have several."""
        bases = {row["basis"] for row in self.rows}
        return bases.pop() if len(bases) == 1 else "mixed"

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of its rows, each once."""
        return tuple(dict.fromkeys(row["source"] for row in self.rows if row["source"]))


Cells = Mapping[Key, Cell]


def gathered(rows: Iterable[Row]) -> dict[Key, Cell]:
    """Return the cells of a table by what its rows are known by; rows without numbers are none."""
    cells: dict[Key, Cell] = {}
    for row in rows:
        if found := numbers(row):
            low, high, *_ = found
            known = cells.get(key(row), Cell(low, high, ()))
            cells[key(row)] = Cell(min(low, known.low), max(high, known.high), (*known.rows, row))
    return cells


def findings(tables: Tables) -> dict[Key, Cell]:
    """Return the cell in effect of each condition, stage and finding.

    It is the stage's own, else its condition's, else the background's.
    """
    general, own = gathered(tables["finding_profiles"]), gathered(tables["stage_findings"])
    cells: dict[Key, Cell] = {}
    for condition, stage in map(key, tables["stages"]):
        for finding in dict.fromkeys(finding for _, finding in general):
            found = (
                own.get((condition, stage, finding))
                or general.get((condition, finding))
                or general.get((BACKGROUND, finding))
            )
            if found:
                cells[condition, stage, finding] = found
    return cells


def attributes(tables: Tables) -> dict[Key, Cell]:
    """Return the cell in effect of each condition, stage, attribute and parameter."""
    general, own = gathered(tables["attribute_profiles"]), gathered(tables["stage_attributes"])
    return {
        (condition, stage, attribute, parameter): own.get(
            (condition, stage, attribute, parameter), cell
        )
        for condition, stage in map(key, tables["stages"])
        for (of, attribute, parameter), cell in general.items()
        if of == condition
    }
