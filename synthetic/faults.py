"""The faults of single tables of the world: what each row says, and which rows there are."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import product

from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import URGENCY_BY_ID, Quantity, Vocabulary
from synthetic.tables import (
    ANY,
    BACKGROUND,
    BASES,
    NUMBERS,
    PARAMETERS,
    PROFILES,
    SETTINGS,
    SUBJECTS,
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

LEAST_SPREAD = 0.05
"""The least deviation of a quantity or of its logarithm: less is a slip of the pen."""

MOST_ODDS, MOST_QUANTITY = 1_000, 36_500
"""The greatest odds ratio, and the greatest deviation of a quantity, taken as far too much."""


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
class Range:
    """The numbers from `low` to `high`, with or without these themselves."""

    low: float
    high: float
    has_low: bool = True
    has_high: bool = True

    def __contains__(self, number: float) -> bool:
        """Tell whether a number lies in the range."""
        above = self.low <= number if self.has_low else self.low < number
        return above and (number <= self.high if self.has_high else number < self.high)

    def __str__(self) -> str:
        """Return the range as it is told."""
        low, high = "" if self.has_low else "above ", "" if self.has_high else "below "
        return f"{low}{self.low:g} to {high}{self.high:g}"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the rows of a table may be known by, and what they must."""

    allowed: set[Key]
    needed: set[Key] = field(default_factory=set)


def keys(tables: Tables, words: Vocabulary, texts: Catalogue) -> dict[str, Keys]:
    """Return the keys of each table."""
    conditions, findings = texts.conditions, words.findings
    background: set[Key] = {(BACKGROUND, finding) for finding in findings}
    never: set[Key] = {(c.id, finding) for c in conditions.values() for finding in c.never}
    parameters: set[Key] = {
        (attribute, name) for attribute in PARAMETERS for name in PARAMETERS[attribute]
    }
    described: set[Key] = {(c, *parameter) for c in conditions for parameter in parameters}
    stages = {found for found in map(key, tables["stages"]) if found[0] in conditions}
    priors: set[Key] = set(product(SETTINGS, conditions))
    rows_of = Counter(row["reporter"] for row in tables["reporting"])
    reporters = {id for id, times in rows_of.items() if id != ANY and times > 1}
    told: set[Key] = {
        (ANY, "error", ""),
        *((ANY, attribute, "known") for attribute in words.attributes),
    }
    told |= {(reporter, "share", "") for reporter in reporters}
    told |= set(product(reporters, SUBJECTS, ("present", "absent")))
    return {
        "finding_profiles": Keys(
            background | set(product(conditions, findings)), background | never
        ),
        "attribute_profiles": Keys(described, described),
        "stages": Keys(stages),
        "stage_findings": _by_stage(
            tables["stage_findings"], conditions.keys(), stages, {(f,) for f in findings}
        ),
        "stage_attributes": _by_stage(
            tables["stage_attributes"], conditions.keys(), stages, parameters
        ),
        "age_odds": Keys({(finding,) for finding in findings}),
        "priors": Keys(priors, priors),
        "reporting": Keys(told, told),
    }


def _by_stage(
    rows: Sequence[Row], conditions: Set[str], stages: set[Key], subjects: set[Key]
) -> Keys:
    """Return keys by stage: what is described in one is described in each of its condition.

    Rows of a condition without stages are let pass: that it has none is told once.
    """
    found = set(map(key, rows))
    about = {(one[0], *one[2:]) for one in found if one[:2] in stages}
    without = conditions - {condition for condition, _ in stages}
    return Keys(
        allowed={(*stage, *subject) for stage in stages for subject in subjects}
        | {one for one in found if one[0] in without},
        needed={
            (condition, stage, *subject)
            for of, *subject in about
            for condition, stage in stages
            if condition == of and tuple(subject) in subjects
        },
    )


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
    expected = _range(row, words)
    if found is None:
        yield f"{', '.join(map(repr, texts))}: not a number, expected {expected}"
    elif not all(number in expected for number in found):
        yield f"{', '.join(texts)}: expected {expected}"
    elif "share_low" not in row and found != sorted(found):
        yield f"{', '.join(texts)}: the low is above the high"


def _range(row: Row, words: Vocabulary) -> Range:
    if "odds_ratio" in row:
        return Range(0, MOST_ODDS, has_low=False)
    if "prior" in row:
        return Range(0, 1, has_low=False)
    if "reporter" in row:
        # More of what is said is right than wrong, and nobody is sure to speak of a finding.
        most = {"error": 0.5} | dict.fromkeys(SUBJECTS, 1.0)
        return Range(0, most.get(row["subject"], 1), has_high=row["subject"] not in most)
    if row.get("parameter", "share_").startswith("share_"):
        return Range(0, 1)
    return _quantity(row, words)


def _quantity(row: Row, words: Vocabulary) -> Range:
    """Return the range of a parameter of a quantity: what lies in its middle lies in its range."""
    quantity = words.attributes.get(row["attribute"])
    if row["parameter"] in ("mean", "median") and isinstance(quantity, Quantity):
        return Range(quantity.minimum, quantity.maximum, has_low=quantity.minimum > 0)
    return Range(LEAST_SPREAD, MOST_QUANTITY)


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
