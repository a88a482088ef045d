import csv
import operator
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import URGENCY_BY_ID

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
    """Tell whether a text of that subject and kind names the fact and is not empty."""
    subject, kind = trace["key"].split("/")
    return any(
        (row["subject"], row["kind"]) == (subject, kind)
        and fact["id"] in row["fact"].split(";")
        and row["text"].strip()
        for row in TEXTS
    )


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
