"""The vocabulary: findings and attributes, read from their two tables into frozen records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from service.clinical import table

FINDING_COLUMNS = (
    "id", "group", "meaning", "implies", "documented_in", "question", "clinician",
)  # fmt: skip
ATTRIBUTE_COLUMNS = ("id", "type", "values", "meaning", "documented_in", "unit", "question")


class Urgency(IntEnum):
    """How soon a person has to be seen; a higher level is a greater number."""

    SELF_CARE = 0
    PRIMARY_CARE = 1
    URGENT = 2
    EMERGENCY = 3

    @property
    def id(self) -> str:
        """The name that stands in tables and answers."""
        return self.name.lower()


URGENCY_BY_ID: Mapping[str, Urgency] = MappingProxyType({level.id: level for level in Urgency})


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom, sign or risk factor that a case states as present or absent."""

    id: str
    group: str
    meaning: str
    implies: tuple[str, ...]
    sources: tuple[str, ...]
    question: str
    clinician: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """An attribute that is a number from `minimum` to `maximum`, both allowed, in `unit`."""

    id: str
    meaning: str
    sources: tuple[str, ...]
    question: str
    unit: str
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Category:
    """An attribute that is one of `values`."""

    id: str
    meaning: str
    sources: tuple[str, ...]
    question: str
    values: tuple[str, ...]


Attribute = Quantity | Category


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All findings and attributes by id, in the order of their tables.

    `implied[f]` holds f and all that a present f makes present; `implying[f]` holds f and all
    that an absent f makes absent.
    """

    findings: Mapping[str, Finding]
    attributes: Mapping[str, Attribute]
    implied: Mapping[str, frozenset[str]]
    implying: Mapping[str, frozenset[str]]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of this installation; the tables are read at the first call."""
    return read(Path(__file__).parent)


def read(folder: Path) -> Vocabulary:
    """Read `findings.csv` and `attributes.csv` of a folder; raises TableError with every fault."""
    findings, finding_faults = _read_findings(folder / "findings.csv")
    attributes, attribute_faults = _read_attributes(folder / "attributes.csv")
    shared = sorted(findings.keys() & attributes.keys())
    both = [f"{id!r} is both a finding and an attribute" for id in shared]
    if faults := [*finding_faults, *attribute_faults, *both]:
        raise table.TableError(faults)
    implied = {id: _reach(id, findings) for id in findings}
    implying = {id: frozenset(f for f in findings if id in implied[f]) for id in findings}
    return Vocabulary(
        findings=MappingProxyType(findings),
        attributes=MappingProxyType(attributes),
        implied=MappingProxyType(implied),
        implying=MappingProxyType(implying),
    )


def _read_findings(path: Path) -> tuple[dict[str, Finding], list[str]]:
    try:
        rows = table.read(path, FINDING_COLUMNS)
    except table.TableError as error:
        return {}, list(error.faults)
    findings = {row["id"]: _finding(row) for row in rows}
    faults = table.repeated(path, [row["id"] for row in rows])
    for finding in findings.values():
        faults += [f"{path.name}: {fault}" for fault in _finding_faults(finding, findings)]
    return findings, faults if findings else [f"{path.name}: holds no finding"]


def _finding(row: Mapping[str, str]) -> Finding:
    return Finding(
        id=row["id"],
        group=row["group"],
        meaning=row["meaning"],
        implies=table.several(row["implies"]),
        sources=table.several(row["documented_in"]),
        question=row["question"],
        clinician=row["clinician"],
    )


def _finding_faults(finding: Finding, findings: Mapping[str, Finding]) -> list[str]:
    required = ("id", "group", "meaning", "sources", "question")
    faults = [f"{finding.id!r} has no {name}" for name in required if not getattr(finding, name)]
    if (finding.group == "exam") != bool(finding.clinician):
        faults.append(f"{finding.id!r}: exam findings alone have words for a clinician")
    unknown = [id for id in finding.implies if id not in findings]
    faults += [f"{finding.id!r} implies {id!r}, which is no finding" for id in unknown]
    if not unknown and finding.id in _reach_below(finding, findings):
        faults.append(f"{finding.id!r} implies itself")
    return faults


def _reach_below(finding: Finding, findings: Mapping[str, Finding]) -> frozenset[str]:
    parents = [id for id in finding.implies if id in findings]
    return frozenset().union(*(_reach(id, findings) for id in parents))


def _reach(id: str, findings: Mapping[str, Finding]) -> frozenset[str]:
    """Return id and every finding that it implies, directly or through others."""
    reached, frontier = {id}, [id]
    while frontier:
        new = set(findings[frontier.pop()].implies) & findings.keys() - reached
        reached |= new
        frontier += new
    return frozenset(reached)


def _read_attributes(path: Path) -> tuple[dict[str, Attribute], list[str]]:
    try:
        rows = table.read(path, ATTRIBUTE_COLUMNS)
    except table.TableError as error:
        return {}, list(error.faults)
    faults = table.repeated(path, [row["id"] for row in rows])
    attributes: dict[str, Attribute] = {}
    for row in rows:
        try:
            attributes[row["id"]] = _attribute(row)
        except ValueError as error:
            faults.append(f"{path.name}: {row['id']!r}: {error}")
    return attributes, faults if rows else [f"{path.name}: holds no attribute"]


def _attribute(row: Mapping[str, str]) -> Attribute:
    if not (row["id"] and row["meaning"] and row["question"]):
        raise ValueError("id, meaning and question are required")
    words = (row["id"], row["meaning"], table.several(row["documented_in"]), row["question"])
    if row["type"] == "category":
        values = tuple(row["values"].split("|"))
        if len(set(values)) < max(2, len(values)) or not all(values):
            raise ValueError(f"the values are {row['values']!r}, expected two or more, as a|b")
        return Category(*words, values)
    if row["type"] == "number":
        return Quantity(*words, row["unit"], *_range(row["values"]))
    raise ValueError(f"the type is {row['type']!r}, expected number or category")


def _range(cell: str) -> tuple[float, float]:
    bounds = re.fullmatch(r"(\d+(?:\.\d+)?) to (\d+(?:\.\d+)?)", cell)
    if not bounds or not float(bounds[1]) < float(bounds[2]):
        raise ValueError(f"the range is {cell!r}, expected as 0 to 120")
    return float(bounds[1]), float(bounds[2])
