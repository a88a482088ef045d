"""The faults of single tables of the world: what each row says, and which rows there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import URGENCY_BY_ID, Vocabulary
from synthetic import ranges
from synthetic.keys import Keys, keys
from synthetic.tables import (
    BASES,
    NUMBERS,
    PROFILES,
    Key,
    Row,
    Tables,
    key,
    numbers,
)

WHOLES = {
    "finding_profiles": (0, 1),
    "attribute_profiles": (0, 1),
    "stages": (0,),
    "stage_findings": (0, 2),
    "stage_attributes": (0, 2),
    "age_odds": (0,),
    "priors": (0,),
    "reporting": (),
}
"""Which parts of the key rows share that only mean something together, by table."""

LEAST_WORDS = 3
"""Words of a note that gives the reason for an assumed number: fewer can give none."""

SEVERAL = ("finding_profiles", "attribute_profiles")
"""Tables in which a cell may have several rows, one for each source."""

MOST_LISTED = 10
"""Ids that are listed in a message; of more their number is told."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in a line of a table, 0 for the table as a whole, with the key it is about.

    `spoils` tells whether numbers cannot be compared with it: a note that is too short does not.
    """

    line: int
    key: Key
    said: str
    spoils: bool = True


@dataclass(frozen=True, slots=True)
class Examined:
    """What single tables hold: every fault, by table and line, and what can be compared.

    `sound` are the rows but for those that only mean something together with a spoilt one, such as
    the priors of a setting; `spoilt` the conditions and subjects whose profile is not sound.
    """

    faults: list[str]
    sound: dict[str, list[Row]]
    spoilt: set[Key]


def examine(tables: Tables, words: Vocabulary, texts: Catalogue) -> Examined:
    """Look for faults in each table by itself."""
    known = keys(tables, words, texts)
    examined = Examined([], {}, set())
    for table, rows in tables.items():
        told = sorted([*_of_rows(rows, words, texts), *_of_keys(table, rows, known[table], texts)])
        examined.faults.extend(
            located(table, one.line, f"{_listed(one.key)}: {one.said}") for one in told
        )
        spoilt = {_whole(table, one.key) for one in told if one.spoils}
        examined.sound[table] = [row for row in rows if _whole(table, key(row)) not in spoilt]
        if table in PROFILES:
            examined.spoilt.update(spoilt)
    return examined


def _whole(table: str, found: Key) -> Key:
    """Return the part of a key that rows share which only mean something together."""
    return tuple(found[place] for place in WHOLES[table] if place < len(found))


def located(table: str, line: int, said: str) -> str:
    """Return what is wrong with where it stands; line 0 is the table as a whole."""
    return f"{table}.csv, line {line}: {said}" if line else f"{table}.csv: {said}"


def _of_rows(rows: Sequence[Row], words: Vocabulary, texts: Catalogue) -> Iterator[Fault]:
    for line, row in enumerate(rows, start=2):
        for said in (*_numbers(row, words), *_never(row, texts), *_connected(row, words)):
            yield Fault(line, key(row), said)
        for said in (*_level(row), *_evidence(row, texts)):
            yield Fault(line, key(row), said, spoils=False)


def _level(row: Row) -> Iterator[str]:
    if row.get("level", "urgent") not in URGENCY_BY_ID:
        yield f"the level is {row['level']!r}, expected one of {', '.join(URGENCY_BY_ID)}"


def _numbers(row: Row, words: Vocabulary) -> Iterator[str]:
    """Check that a row's numbers lie in their range and rise, but those of shares of stages."""
    texts, found = [row[column] for column in row if column in NUMBERS], numbers(row)
    expected = ranges.of(row, words)
    if found is None:
        yield f"{', '.join(map(repr, texts))}: not a number, expected {expected}"
    elif not all(number in expected for number in found):
        yield f"{', '.join(texts)}: expected {expected}"
    elif "share_low" not in row and found != sorted(found):
        yield f"{', '.join(texts)}: the low is above the high"


def _evidence(row: Row, texts: Catalogue) -> Iterator[str]:
    basis, source, words = row["basis"], row["source"], len(row["note"].split())
    if basis not in BASES:
        yield f"the basis is {basis!r}, expected one of {', '.join(BASES)}"
    elif basis != "assumed" and source not in texts.sources:
        yield f"the source {source!r} is not in sources.csv"
    elif basis == "assumed" and source:
        yield f"an assumed number has no source, found {source!r}"
    elif basis == "assumed" and words < LEAST_WORDS:
        yield (
            f"the note {row['note']!r} gives no reason for an assumed number, "
            f"expected {LEAST_WORDS} words or more"
        )


def _never(row: Row, texts: Catalogue) -> Iterator[str]:
    condition = texts.conditions.get(row.get("condition", ""))
    is_never = condition is not None and row.get("finding") in condition.never
    if is_never and any(numbers(row) or ()):
        yield "never occurs, so its frequency is 0"


def _connected(row: Row, words: Vocabulary) -> Iterator[str]:
    """Only a finding that nothing connects to others follows age: else the two would disagree."""
    if "odds_ratio" in row:
        id = row["finding"]
        others = words.implied.get(id, frozenset()) | words.implying.get(id, frozenset())
        if len(others) > 1:
            yield f"is connected with {', '.join(sorted(others - {id}))}, so it cannot follow age"


def _of_keys(table: str, rows: Sequence[Row], known: Keys, texts: Catalogue) -> Iterator[Fault]:
    """Check which rows there are: none twice, none that says nothing, none missing."""
    lines: dict[Key, list[int]] = {}
    for line, row in enumerate(rows, start=2):
        lines.setdefault(key(row), []).append(line)
    for found, places in lines.items():
        if found not in known.allowed:
            for line in places:
                yield Fault(line, found, _unknown(found, list(rows[0]), known.allowed))
        elif len(places) > 1 and table not in SEVERAL:
            yield Fault(places[-1], found, f"stands in {len(places)} rows, expected one")
    if table in SEVERAL:
        same: dict[tuple[str, ...], int] = {}
        for line, row in enumerate(rows, start=2):
            if (first := same.setdefault(tuple(row.values()), line)) < line:
                yield Fault(line, key(row), f"is the same as line {first}")
    for missing in known.needed - lines.keys():
        yield Fault(0, missing, "is missing")
    if table in ("finding_profiles", "stages"):
        for condition in texts.conditions.keys() - {found[0] for found in lines}:
            yield Fault(0, (condition,), "has no row")


def _unknown(found: Key, columns: Sequence[str], allowed: set[Key]) -> str:
    """Return the first part of a key with which no allowed key goes on, and how one may."""
    for place, (column, value) in enumerate(zip(columns, found, strict=False)):
        ids = {other[place] for other in allowed if other[:place] == found[:place]}
        if value not in ids:
            listed = ", ".join(sorted(filter(None, ids)))
            told = listed if len(ids) <= MOST_LISTED else f"one of {len(ids)}"
            return f"no such {column}: {value!r}, expected {told or 'none'}"
    return ""


def _listed(found: Key) -> str:
    return ", ".join(filter(None, found))
