"""The documented world: how often findings occur, as arrays, read from tables with evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.clinical import catalogue
from service.clinical.catalogue import Catalogue
from service.clinical.table import TableError, several
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary, vocabulary
from synthetic import cells, coherence, faults, tables
from synthetic.cells import Cell
from synthetic.tables import PARAMETERS, PROFILES, SUBJECTS, Row, Tables, key

Rates = NDArray[np.float64]


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
    (n_stages,) and `age_odds_ratios` (n_findings,). `evidence` holds for each stage the cell of
    each finding that is in effect, `prior_sources` the sources of each prior, none where it is
    assumed; `bases` counts the rows of each table by basis, `taken` holds condition, subject and
    source of each number that was taken from a source.
    """

    vocabulary: Vocabulary
    catalogue: Catalogue
    stages: tuple[Stage, ...]
    shares: Band
    frequencies: Band
    evidence: tuple[Mapping[str, Cell], ...]
    parameters: Mapping[tuple[str, str], Band]
    age_odds_ratios: Rates
    priors: Mapping[str, Mapping[str, float]]
    prior_sources: Mapping[str, Mapping[str, Sequence[str]]]
    reporting: Reporting
    bases: Mapping[str, Mapping[str, int]]
    taken: frozenset[tuple[str, str, str]]


def read(folder: Path = Path(__file__).parent) -> World:
    """Read the tables of the world; raises TableError with every fault of all of them."""
    words = vocabulary()
    texts = catalogue.read(words)
    rows = tables.read(folder)
    examined = faults.examine(rows, words, texts)
    if found := [*examined.faults, *coherence.faults(examined, words)]:
        raise TableError(found)
    return _world(rows, words, texts)


def subject(group: str) -> str:
    """Return what a finding's group is to a reporter."""
    return group if group in SUBJECTS else "symptom"


def _world(rows: Tables, words: Vocabulary, texts: Catalogue) -> World:
    place = {id: i for i, id in enumerate(texts.conditions)}
    stages = [key(row) for row in rows["stages"]]
    findings, attributes = cells.findings(rows), cells.attributes(rows)
    evidence = tuple({id: findings[*stage, id] for id in words.findings} for stage in stages)
    odds = {row["finding"]: float(row["odds_ratio"]) for row in rows["age_odds"]}
    return World(
        vocabulary=words,
        catalogue=texts,
        stages=tuple(
            Stage(place[row["condition"]], row["stage"], URGENCY_BY_ID[row["level"]])
            for row in rows["stages"]
        ),
        shares=Band(
            *(
                np.array([float(row[end]) for row in rows["stages"]])
                for end in ("share_low", "share_high")
            )
        ),
        frequencies=_stacked([_band(list(found.values())) for found in evidence]),
        evidence=evidence,
        parameters={
            (id, name): _band([attributes[*stage, id, name] for stage in stages])
            for id, names in PARAMETERS.items()
            for name in names
        },
        age_odds_ratios=np.array([odds.get(id, 1.0) for id in words.findings]),
        priors=_priors(rows["priors"], texts),
        prior_sources=_prior_sources(rows["priors"], texts),
        reporting=_reporting(rows["reporting"], words),
        bases={
            name: dict(sorted(Counter(row["basis"] for row in own).items()))
            for name, own in rows.items()
        },
        taken=frozenset(
            (row["condition"], row.get("finding") or row["attribute"], row["source"])
            for name in PROFILES
            for row in rows[name]
            if row["source"]
        ),
    )


def _band(found: Sequence[Cell]) -> Band:
    return Band(np.array([cell.low for cell in found]), np.array([cell.high for cell in found]))


def _stacked(bands: Sequence[Band]) -> Band:
    return Band(np.stack([band.low for band in bands]), np.stack([band.high for band in bands]))


def _priors(rows: Sequence[Row], texts: Catalogue) -> dict[str, dict[str, float]]:
    priors: dict[str, dict[str, float]] = {}
    for row in rows:
        priors.setdefault(row["setting"], {})[row["condition"]] = float(row["prior"])
    return priors | {"balanced": dict.fromkeys(texts.conditions, 1 / len(texts.conditions))}


def _prior_sources(rows: Sequence[Row], texts: Catalogue) -> dict[str, dict[str, list[str]]]:
    sources: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        sources.setdefault(row["setting"], {})[row["condition"]] = [*several(row["source"])]
    return sources | {"balanced": {id: [] for id in texts.conditions}}


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
