"""The documented world: how often findings occur, as arrays, read from tables with evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.clinical import catalogue, table
from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary, vocabulary
from synthetic import faults
from synthetic.faults import BACKGROUND, PARAMETERS, SUBJECTS, Row

Rates = NDArray[np.float64]

EVIDENCE = ("basis", "source", "note")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "finding_profiles": ("condition", "finding", "frequency_low", "frequency_high", *EVIDENCE),
    "attribute_profiles": ("condition", "attribute", "parameter", "low", "high", *EVIDENCE),
    "stages": ("condition", "stage", "share_low", "share_high", "level", *EVIDENCE),
    "stage_findings": (
        "condition", "stage", "finding", "frequency_low", "frequency_high", *EVIDENCE,
    ),
    "stage_attributes": (
        "condition", "stage", "attribute", "parameter", "low", "high", *EVIDENCE,
    ),
    "age_odds": ("finding", "odds_ratio", *EVIDENCE),
    "priors": ("setting", "condition", "prior", *EVIDENCE),
    "reporting": ("reporter", "subject", "state", "probability", *EVIDENCE),
}  # fmt: skip
"""The tables, each a file of its name in this folder."""

Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Band:
    """Two ends between which a number lies, shape (n_stages,) or (n_stages, n)."""

    low: Rates
    high: Rates


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a condition (by its place in the catalogue) and the level of a patient in it."""

    condition: int
    id: str
    level: Urgency


@dataclass(frozen=True, slots=True)
class Reporting:
    """How much is told, by a latent reporter.

    `shares` of reporters has shape (n_reporters,), the chances that a `present` and an `absent`
    finding is spoken of (n_reporters, n_findings); `error` is the share of that which is wrong,
    `known` the chance that an attribute is stated.
    """

    shares: Rates
    present: Rates
    absent: Rates
    error: float
    known: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class World:
    """The tables as arrays; stages in the order of their table, findings in the vocabulary's.

    `shares` has shape (n_stages,), `frequencies` (n_stages, n_findings), each of `parameters`
    (n_stages,) and `age_odds_ratios` (n_findings,). `bases` counts the rows of each table by basis.
    """

    vocabulary: Vocabulary
    catalogue: Catalogue
    stages: tuple[Stage, ...]
    shares: Band
    frequencies: Band
    parameters: Mapping[tuple[str, str], Band]
    age_odds_ratios: Rates
    priors: Mapping[str, Mapping[str, float]]
    reporting: Reporting
    bases: Mapping[str, Mapping[str, int]]


def read(folder: Path = Path(__file__).parent) -> World:
    """Read the tables of the world; raises TableError with every fault of all of them."""
    words = vocabulary()
    texts = catalogue.read(words)
    tables = {name: table.read(folder / f"{name}.csv", COLUMNS[name]) for name in COLUMNS}
    if found := _faults(tables, words, texts):
        raise table.TableError(found)
    world = _world(tables, words, texts)
    if found := _implied_faults(world):
        raise table.TableError(found)
    return world


def subject(group: str) -> str:
    """Return what a finding's group is to a reporter."""
    return group if group in SUBJECTS else "symptom"


def _faults(tables: Tables, words: Vocabulary, texts: Catalogue) -> list[str]:
    stages = tables["stages"]
    found = [
        *faults.findings(tables["finding_profiles"], words, texts),
        *faults.attributes(tables["attribute_profiles"], texts),
        *faults.stages(stages, texts),
        *faults.staged(tables["stage_findings"], "finding", words.findings, stages),
        *faults.staged(tables["stage_attributes"], "attribute", words.attributes, stages),
        *faults.stage_findings(tables["stage_findings"], texts),
        *faults.stage_attributes(tables["stage_attributes"]),
        *faults.age_odds(tables["age_odds"], words),
        *faults.priors(tables["priors"], texts),
        *faults.reporting(tables["reporting"], words),
    ]
    for rows in tables.values():
        found += faults.evidence(rows, texts)
    return found


def _implied_faults(world: World) -> list[str]:
    """A finding is never more frequent than one that it implies."""
    conditions, findings = list(world.catalogue.conditions), world.vocabulary.findings
    place = {id: i for i, id in enumerate(findings)}
    return [
        f"{conditions[stage.condition]}, {stage.id}, {finding.id}: "
        f"is more frequent than {implied}, which it implies"
        for row, stage in enumerate(world.stages)
        for finding in findings.values()
        for implied in finding.implies
        if any(
            end[row, place[finding.id]] > end[row, place[implied]] + 1e-9
            for end in (world.frequencies.low, world.frequencies.high)
        )
    ]


def _world(tables: Tables, words: Vocabulary, texts: Catalogue) -> World:
    stages = tables["stages"]
    place = {id: i for i, id in enumerate(texts.conditions)}
    odds = {row["finding"]: float(row["odds_ratio"]) for row in tables["age_odds"]}
    return World(
        vocabulary=words,
        catalogue=texts,
        stages=tuple(
            Stage(place[row["condition"]], row["stage"], URGENCY_BY_ID[row["level"]])
            for row in stages
        ),
        shares=Band(
            *(np.array([float(row[c]) for row in stages]) for c in ("share_low", "share_high"))
        ),
        frequencies=_frequencies(tables, words),
        parameters=_parameters(tables),
        age_odds_ratios=np.array([odds.get(id, 1.0) for id in words.findings]),
        priors=_priors(tables["priors"], texts),
        reporting=_reporting(tables["reporting"], words),
        bases={
            name: dict(sorted(Counter(row["basis"] for row in rows).items()))
            for name, rows in tables.items()
        },
    )


def _frequencies(tables: Tables, words: Vocabulary) -> Band:
    """Return the band of each stage: its own, else its condition's, else the background's."""
    ends = ("frequency_low", "frequency_high")
    general = _widest(tables["finding_profiles"], ("condition", "finding"), ends)
    own = _widest(tables["stage_findings"], ("condition", "stage", "finding"), ends)
    cells = []
    for row in tables["stages"]:
        condition, stage = row["condition"], row["stage"]
        ranked = [
            own.get((condition, stage, f)) or general.get((condition, f)) or general[BACKGROUND, f]
            for f in words.findings
        ]
        cells.append(ranked)
    return Band(*np.moveaxis(np.array(cells), 2, 0))


def _parameters(tables: Tables) -> dict[tuple[str, str], Band]:
    ends = ("low", "high")
    general = _widest(tables["attribute_profiles"], ("condition", "attribute", "parameter"), ends)
    own = _widest(
        tables["stage_attributes"], ("condition", "stage", "attribute", "parameter"), ends
    )
    stages = [(row["condition"], row["stage"]) for row in tables["stages"]]
    return {
        (a, p): Band(*np.array([own.get((c, s, a, p)) or general[c, a, p] for c, s in stages]).T)
        for a, names in PARAMETERS.items()
        for p in names
    }


def _widest(
    rows: Sequence[Row], key: Sequence[str], ends: Sequence[str]
) -> dict[tuple[str, ...], tuple[float, float]]:
    """Return for each cell the lowest low and the highest high of its rows."""
    bands: dict[tuple[str, ...], tuple[float, float]] = {}
    for row in rows:
        cell = tuple(row[column] for column in key)
        low, high = (float(row[end]) for end in ends)
        known_low, known_high = bands.get(cell, (low, high))
        bands[cell] = min(low, known_low), max(high, known_high)
    return bands


def _priors(rows: Sequence[Row], texts: Catalogue) -> dict[str, dict[str, float]]:
    priors: dict[str, dict[str, float]] = {}
    for row in rows:
        priors.setdefault(row["setting"], {})[row["condition"]] = float(row["prior"])
    return priors | {"balanced": dict.fromkeys(texts.conditions, 1 / len(texts.conditions))}


def _reporting(rows: Sequence[Row], words: Vocabulary) -> Reporting:
    cell = {(r["reporter"], r["subject"], r["state"]): float(r["probability"]) for r in rows}
    reporters = [row["reporter"] for row in rows if row["subject"] == "share"]
    subjects = [subject(finding.group) for finding in words.findings.values()]
    shares = np.array([cell[reporter, "share", ""] for reporter in reporters])
    return Reporting(
        shares=shares / shares.sum(),
        present=np.array([[cell[r, s, "present"] for s in subjects] for r in reporters]),
        absent=np.array([[cell[r, s, "absent"] for s in subjects] for r in reporters]),
        error=cell["any", "error", ""],
        known={id: cell["any", id, "known"] for id in words.attributes},
    )
