import csv
import hashlib
import operator
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import URGENCY_BY_ID
from synthetic import pictures
from synthetic.profiles import World
from synthetic.states import states

ROOT = Path(__file__).parents[1]
Row = Mapping[str, str]

CARRIER_OF_KIND = {
    "profile": "finding_profiles",
    "exam": "finding_profiles",
    "demographic": "attribute_profiles",
    "red_flag": "red_flags",
    "see_doctor": "red_flags",
    "never": "never",
    "rarity": "rarity",
    "urgency": "urgency",
}
"""Facts of these kinds stand where the product acts on them; those of the others are texts."""

OVERRULED = {"002-29": "texts"}
"""It calls cauda equina syndrome rare, and 000-31, which the product follows, ultra rare."""

BEYOND = {">": operator.gt, "<": operator.lt}


def rows(path: str) -> list[dict[str, str]]:
    """Return the rows of a table of the repository."""
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FACTS = {row["id"]: row for row in rows("tests/data/seed_facts.csv")}
TRACES = rows("tests/data/documented_facts.csv")
FINDINGS = rows("synthetic/finding_profiles.csv")
ATTRIBUTES = rows("synthetic/attribute_profiles.csv")
CONDITIONS = {row["id"]: row for row in rows("service/clinical/conditions.csv")}
TEXTS = rows("service/clinical/texts.csv")
FLAGS = {flag.id: flag for flag in RED_FLAGS}


def of_fact(row: Row, fact: Row) -> bool:
    """Tell whether a profile's row is taken from the fact's article and opens with its id."""
    return row["source"] == fact["source"] and row["note"].startswith(f"{fact['id']}:")


def in_findings(fact: Row, trace: Row) -> bool:
    """Tell whether the finding occurs in the condition, or seldom where the fact says absent."""
    condition, finding = trace["key"].split("/")
    highs = [
        float(row["frequency_high"])
        for row in FINDINGS
        if (row["condition"], row["finding"]) == (condition, finding) and of_fact(row, fact)
    ]
    holds = {"present": lambda high: high > 0, "low": lambda high: high <= 0.5}[trace["says"]]
    return any(map(holds, highs))


def in_attributes(fact: Row, trace: Row) -> bool:
    """Tell whether a parameter's band is wholly beyond the bound that the fact sets."""
    condition, attribute = trace["key"].split("/")
    parameter, beyond, bound = re.split("([<>])", trace["says"])
    cell = condition, attribute, parameter
    return any(
        all(BEYOND[beyond](float(row[end]), float(bound)) for end in ("low", "high"))
        for row in ATTRIBUTES
        if (row["condition"], row["attribute"], row["parameter"]) == cell and of_fact(row, fact)
    )


def in_red_flags(fact: Row, trace: Row) -> bool:
    """Tell whether the flag names the fact and is no lower than the fact demands."""
    flag = FLAGS.get(trace["key"])
    lowest = max(URGENCY_BY_ID[level] for level in (trace["says"], fact["at_least"]))
    return flag is not None and fact["id"] in flag.facts and flag.level >= lowest


def in_never(fact: Row, trace: Row) -> bool:
    """Tell whether the fact rules the finding out in the condition."""
    condition, finding = trace["key"].split("/")
    row = CONDITIONS[condition]
    return finding in row["never"].split(";") and fact["id"] in row["never_facts"].split(";")


def in_condition(fact: Row, trace: Row) -> bool:
    """Tell whether the condition has the rarity or urgency of the fact."""
    column, stated = trace["carrier"], trace["says"]
    return fact["refers_to"] == f"{column}={stated}" == f"{column}={_cell(trace['key'], column)}"


def _cell(condition: str, column: str) -> str:
    return CONDITIONS[condition][column]


def in_texts(fact: Row, trace: Row) -> bool:
    """Tell whether the texts of that subject and kind still are those that were read for the fact.

    They are pinned by the beginning of their SHA-256: who changes one reads the fact again.
    """
    subject, kind = trace["key"].split("/")
    said = [
        row["text"]
        for row in TEXTS
        if (row["subject"], row["kind"]) == (subject, kind) and fact["id"] in row["fact"].split(";")
    ]
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return bool(said) and digest.startswith(trace["says"])


CARRIERS: Mapping[str, Callable[[Row, Row], bool]] = {
    "finding_profiles": in_findings,
    "attribute_profiles": in_attributes,
    "red_flags": in_red_flags,
    "never": in_never,
    "rarity": in_condition,
    "urgency": in_condition,
    "texts": in_texts,
}


def test_every_documented_fact_is_traced() -> None:
    """The table traces each of the documented facts and nothing else."""
    assert {trace["fact"] for trace in TRACES} == FACTS.keys()


@pytest.mark.parametrize("id", FACTS)
def test_fact_stands_in_the_product(id: str) -> None:
    """Every row that carries the fact is there and still says so."""
    lost = [
        (trace["carrier"], trace["key"], trace["says"])
        for trace in TRACES
        if trace["fact"] == id and not CARRIERS[trace["carrier"]](FACTS[id], trace)
    ]
    assert lost == [], f"{id}: {FACTS[id]['statement']}"


@pytest.mark.parametrize("id", FACTS)
def test_fact_is_carried_where_it_counts(id: str) -> None:
    """A fact that the product has to act on is not left to a text alone."""
    needed = OVERRULED.get(id, CARRIER_OF_KIND.get(FACTS[id]["kind"], "texts"))
    assert needed in {trace["carrier"] for trace in TRACES if trace["fact"] == id}, id


def test_what_occurs_in_a_condition_is_more_frequent_there_than_in_anybody(world: World) -> None:
    """Each traced finding lies above its background in the world as it is drawn."""
    frequencies = pictures.frequencies(world, states(world))
    conditions, findings = list(world.catalogue.conditions), list(world.vocabulary.findings)
    background = {
        row["finding"]: (float(row["frequency_low"]) + float(row["frequency_high"])) / 2
        for row in FINDINGS
        if row["condition"] == "background"
    }
    traced = [
        trace["key"].split("/")
        for trace in TRACES
        if (trace["carrier"], trace["says"]) == ("finding_profiles", "present")
    ]
    below = [
        f"{condition}/{finding}"
        for condition, finding in traced
        if frequencies[conditions.index(condition), findings.index(finding)] <= background[finding]
    ]
    assert (len(traced) > 150, below) == (True, [])
