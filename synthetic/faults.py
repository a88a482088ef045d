"""The faults of single tables of the world: what each row says, and which rows there are."""

from collections.abc import Iterator, Sequence
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
    SETTINGS,
    SUBJECTS,
    Key,
    Row,
    Tables,
    key,
    numbers,
)

Said = Iterator[tuple[int, str]]
"""Lines of a table, 0 for the table as a whole, with what is wrong there."""

LEAST_WORDS = 3
"""Words of a note that gives the reason for an assumed number: fewer can give none."""

SEVERAL = ("finding_profiles", "attribute_profiles")
"""Tables in which a cell may have several rows, one for each source."""

MOST_LISTED = 10
"""Ids that are listed in a message; of more their number is told."""

MOST_ODDS, MOST_QUANTITY = 1_000, 36_500
"""The greatest odds ratio, and the greatest deviation of a quantity, taken as far too much."""


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
    reporters = {row["reporter"] for row in tables["reporting"]} - {ANY}
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
        "stage_findings": _by_stage(tables["stage_findings"], stages, {(f,) for f in findings}),
        "stage_attributes": _by_stage(tables["stage_attributes"], stages, parameters),
        "age_odds": Keys({(finding,) for finding in findings}),
        "priors": Keys(priors, priors),
        "reporting": Keys(told, told),
    }


def _by_stage(rows: Sequence[Row], stages: set[Key], subjects: set[Key]) -> Keys:
    """Return keys by stage: what is described in one is described in each of its condition."""
    about = {(condition, *subject) for condition, _, *subject in map(key, rows)}
    return Keys(
        allowed={(*stage, *subject) for stage in stages for subject in subjects},
        needed={
            (condition, stage, *subject)
            for of, *subject in about
            for condition, stage in stages
            if condition == of and tuple(subject) in subjects
        },
    )


def faults(tables: Tables, words: Vocabulary, texts: Catalogue) -> list[str]:
    """Return every fault of every table, by table and line."""
    known = keys(tables, words, texts)
    return [
        located(table, line, said)
        for table, rows in tables.items()
        for line, said in sorted(
            [*_of_rows(table, rows, words, texts), *_of_keys(table, rows, known[table], texts)]
        )
    ]


def located(table: str, line: int, said: str) -> str:
    """Return what is wrong with where it stands; line 0 is the table as a whole."""
    return f"{table}.csv, line {line}: {said}" if line else f"{table}.csv: {said}"


def _of_rows(table: str, rows: Sequence[Row], words: Vocabulary, texts: Catalogue) -> Said:
    for line, row in enumerate(rows, start=2):
        for said in (*_level(row), *_numbers(table, row, words), *_evidence(row, texts)):
            yield line, f"{_listed(key(row))}: {said}"


def _level(row: Row) -> Iterator[str]:
    if row.get("level", "urgent") not in URGENCY_BY_ID:
        yield f"the level is {row['level']!r}, expected one of {', '.join(URGENCY_BY_ID)}"


def _numbers(table: str, row: Row, words: Vocabulary) -> Iterator[str]:
    """Check that a row's numbers lie in their range and rise, but those of shares of stages."""
    texts, found = [row[column] for column in row if column in NUMBERS], numbers(row)
    expected = _range(table, row, words)
    if found is None:
        yield f"{', '.join(map(repr, texts))}: not a number, expected {expected}"
    elif not all(number in expected for number in found):
        yield f"{', '.join(texts)}: expected {expected}"
    elif table != "stages" and found != sorted(found):
        yield f"{', '.join(texts)}: the low is above the high"


def _range(table: str, row: Row, words: Vocabulary) -> Range:
    if table == "age_odds":
        return Range(0, MOST_ODDS, has_low=False)
    if table == "priors":
        return Range(0, 1, has_low=False)
    if table == "reporting":
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
    return Range(0, MOST_QUANTITY, has_low=False)


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


def _of_keys(table: str, rows: Sequence[Row], known: Keys, texts: Catalogue) -> Said:
    """Check which rows there are: none twice, none that says nothing, none missing."""
    lines: dict[Key, list[int]] = {}
    for line, row in enumerate(rows, start=2):
        lines.setdefault(key(row), []).append(line)
    for found, places in lines.items():
        if found not in known.allowed:
            for line in places:
                yield line, f"{_listed(found)}: {_unknown(found, list(rows[0]), known.allowed)}"
        elif len(places) > 1 and table not in SEVERAL:
            yield places[-1], f"{_listed(found)}: stands in {len(places)} rows, expected one"
    for missing in sorted(known.needed - lines.keys()):
        yield 0, f"{_listed(missing)}: is missing"
    if table in ("finding_profiles", "stages"):
        for condition in texts.conditions.keys() - {found[0] for found in lines}:
            yield 0, f"{condition}: has no row"


def _unknown(found: Key, columns: Sequence[str], allowed: set[Key]) -> str:
    """Return which part of a key stands in none that is allowed, or that all do, but apart."""
    for place, (column, value) in enumerate(zip(columns, found, strict=False)):
        ids = {other[place] for other in allowed}
        if value not in ids:
            listed = ", ".join(sorted(ids)) if len(ids) <= MOST_LISTED else f"{len(ids)} others"
            return f"no such {column}: {value!r}; there are {listed}"
    return "these do not go together"


def _listed(found: Key) -> str:
    return ", ".join(filter(None, found))
