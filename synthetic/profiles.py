"""The documented world: how often findings occur, read from tables whose faults are all listed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.clinical import catalogue, table
from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import Vocabulary, vocabulary

Rates = NDArray[np.float64]
Row = Mapping[str, str]

BACKGROUND = "background"
BASES = ("measured", "described", "assumed")
EVIDENCE = ("basis", "source", "note")
FINDING_COLUMNS = ("condition", "finding", "frequency_low", "frequency_high", *EVIDENCE)
ATTRIBUTE_COLUMNS = ("condition", "attribute", "parameter", "low", "high", *EVIDENCE)
PRIOR_COLUMNS = ("setting", "condition", "prior", *EVIDENCE)
REPORTING_COLUMNS = ("reporter", "subject", "state", "probability", *EVIDENCE)

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "age_years": ("mean", "sd"),
    "sex": ("share_female",),
    "body_mass_index": ("mean", "sd"),
    "duration_days": ("median", "log_sd"),
    "onset": ("share_sudden",),
    "course": ("share_persistent",),
    "trend": ("share_worsening", "share_improving"),
    "side": ("share_both", "share_both_one_worse"),
    "post_void_residual_ml": ("median", "log_sd"),
}
"""What describes an attribute in a condition: mean and standard deviation of a normal, median and
standard deviation of the logarithm of a log-normal, both clipped to the range, or shares."""

SETTINGS = ("general_public", "primary_care", "emergency_department")
"""Those that the priors are given for; under `balanced` all conditions are alike by definition."""

SUBJECTS = ("symptom", "risk_factor", "exam")
"""What a reporter tells of differently; every finding outside the other two is a symptom."""


@dataclass(frozen=True, slots=True)
class Band:
    """Two ends between which a number lies, shape (n_conditions,) or (n_conditions, n)."""

    low: Rates
    high: Rates


@dataclass(frozen=True, slots=True)
class Reporting:
    """How much is told, by a latent reporter.

    `shares` of reporters has shape (n_reporters,), the chances that a `present` and an `absent`
    finding is stated (n_reporters, n_findings); `known` is the chance that an attribute is.
    """

    shares: Rates
    present: Rates
    absent: Rates
    known: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class World:
    """The tables as arrays; conditions and findings in the order of the vocabulary.

    `frequencies` has shape (n_conditions, n_findings), each of `parameters` (n_conditions,).
    """

    vocabulary: Vocabulary
    catalogue: Catalogue
    frequencies: Band
    parameters: Mapping[tuple[str, str], Band]
    priors: Mapping[str, Mapping[str, float]]
    reporting: Reporting


def read(folder: Path = Path(__file__).parent) -> World:
    """Read the tables of the world; raises TableError with every fault of all of them."""
    words = vocabulary()
    texts = catalogue.read(words)
    findings = table.read(folder / "finding_profiles.csv", FINDING_COLUMNS)
    attributes = table.read(folder / "attribute_profiles.csv", ATTRIBUTE_COLUMNS)
    priors = table.read(folder / "priors.csv", PRIOR_COLUMNS)
    reporting = table.read(folder / "reporting.csv", REPORTING_COLUMNS)
    faults = [
        *_finding_faults(findings, words, texts),
        *_attribute_faults(attributes, texts),
        *_prior_faults(priors, texts),
        *_reporting_faults(reporting, words),
        *(fault for rows in (findings, attributes, priors, reporting)
          for fault in _evidence_faults(rows, texts)),
    ]  # fmt: skip
    if faults:
        raise table.TableError(faults)
    frequencies = _frequencies(findings, words, texts)
    if faults := _implied_faults(frequencies, words, texts):
        raise table.TableError(faults)
    return World(
        vocabulary=words,
        catalogue=texts,
        frequencies=frequencies,
        parameters=_parameters(attributes, texts),
        priors=_priors(priors, texts),
        reporting=_reporting(reporting, words),
    )


def subject(group: str) -> str:
    """Return what a finding's group is to a reporter."""
    return group if group in SUBJECTS else "symptom"


def _named(row: Row) -> str:
    return ", ".join(value for value in list(row.values())[:3] if value)


def _evidence_faults(rows: Iterable[Row], texts: Catalogue) -> list[str]:
    faults = []
    for row in rows:
        basis, source = row["basis"], row["source"]
        if basis not in BASES:
            faults.append(f"{_named(row)}: the basis is {basis!r}, expected one of {BASES}")
        elif basis == "assumed" and (source or not row["note"]):
            faults.append(f"{_named(row)}: an assumed number has a note and no source")
        elif basis != "assumed" and source not in texts.sources:
            faults.append(f"{_named(row)}: the source {source!r} is not in sources.csv")
    return faults


def _number_faults(row: Row, columns: Sequence[str], maximum: float) -> list[str]:
    try:
        numbers = [float(row[column]) for column in columns]
    except ValueError:
        return [f"{_named(row)}: {[row[c] for c in columns]} are no numbers"]
    if not all(0 <= number <= maximum for number in numbers) or numbers != sorted(numbers):
        return [f"{_named(row)}: {numbers} do not rise within 0 to {maximum:g}"]
    return []


def _finding_faults(rows: Sequence[Row], words: Vocabulary, texts: Catalogue) -> list[str]:
    faults = []
    for row in rows:
        if row["condition"] not in (*texts.conditions, BACKGROUND):
            faults.append(f"{_named(row)}: no such condition")
        if row["finding"] not in words.findings:
            faults.append(f"{_named(row)}: no such finding")
        faults += _number_faults(row, ("frequency_low", "frequency_high"), 1)
    described = {row["condition"] for row in rows}
    faults += [f"{id}: has no profile" for id in texts.conditions if id not in described]
    background = {row["finding"] for row in rows if row["condition"] == BACKGROUND}
    faults += [f"{id}: has no background rate" for id in words.findings if id not in background]
    return faults or _never_faults(rows, texts)


def _never_faults(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    highs: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        cell = row["condition"], row["finding"]
        highs.setdefault(cell, []).append(float(row["frequency_high"]))
    return [
        f"{condition.id}, {finding}: never occurs, so its frequency is 0"
        for condition in texts.conditions.values()
        for finding in sorted(condition.never)
        if max(highs.get((condition.id, finding), [1.0])) > 0
    ]


def _implied_faults(frequencies: Band, words: Vocabulary, texts: Catalogue) -> list[str]:
    """A finding is never more frequent than one that it implies."""
    position = {id: i for i, id in enumerate(words.findings)}
    return [
        f"{condition}, {finding.id}: is more frequent than {implied}, which it implies"
        for row, condition in enumerate(texts.conditions)
        for finding in words.findings.values()
        for implied in finding.implies
        if any(
            end[row, position[finding.id]] > end[row, position[implied]]
            for end in (frequencies.low, frequencies.high)
        )
    ]


def _attribute_faults(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    faults = []
    needed = {(c, a, p) for c in texts.conditions for a in PARAMETERS for p in PARAMETERS[a]}
    found = {(row["condition"], row["attribute"], row["parameter"]) for row in rows}
    faults += [f"{', '.join(cell)}: is missing" for cell in sorted(needed - found)]
    faults += [f"{', '.join(cell)}: is not known" for cell in sorted(found - needed)]
    for row in rows:
        is_share = row["parameter"].startswith("share_")
        faults += _number_faults(row, ("low", "high"), 1 if is_share else 36500)
    return faults


def _prior_faults(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    faults = [fault for row in rows for fault in _number_faults(row, ("prior",), 1)]
    cells = [(row["setting"], row["condition"]) for row in rows]
    faults += [
        f"{', '.join(cell)}: has several priors"
        for cell in sorted(set(cells))
        if cells.count(cell) > 1
    ]
    found = {setting for setting, _ in cells}
    faults += [f"{setting}: has no priors" for setting in SETTINGS if setting not in found]
    faults += [f"{setting}: is no setting" for setting in sorted(found - set(SETTINGS))]
    if faults:
        return faults
    for setting in SETTINGS:
        priors = {
            row["condition"]: float(row["prior"]) for row in rows if row["setting"] == setting
        }
        if priors.keys() != texts.conditions.keys() or min(priors.values()) <= 0:
            faults.append(f"{setting}: needs a prior above 0 for each condition")
        if abs(sum(priors.values()) - 1) > 1e-9:
            faults.append(f"{setting}: the priors sum to {sum(priors.values())}, expected 1")
    return faults


def _reporting_faults(rows: Sequence[Row], words: Vocabulary) -> list[str]:
    faults = [fault for row in rows for fault in _number_faults(row, ("probability",), 1)]
    told = {(row["reporter"], row["subject"], row["state"]) for row in rows}
    needed = {("any", id, "known") for id in words.attributes}
    for reporter in {row["reporter"] for row in rows} - {"any"}:
        needed |= {(reporter, s, state) for s in SUBJECTS for state in ("present", "absent")}
        needed |= {(reporter, "share", "")}
    faults += [f"reporting, {', '.join(cell)}: is missing" for cell in sorted(needed - told)]
    faults += [f"reporting, {', '.join(cell)}: is not known" for cell in sorted(told - needed)]
    return faults


def _frequencies(rows: Sequence[Row], words: Vocabulary, texts: Catalogue) -> Band:
    """Return the widest band of each cell; a cell without a row takes the background's."""
    bands = _widest(rows, ("condition", "finding"), ("frequency_low", "frequency_high"))
    cells = [
        [bands.get((c, f), bands[BACKGROUND, f]) for f in words.findings] for c in texts.conditions
    ]
    return Band(*np.moveaxis(np.array(cells), 2, 0))


def _parameters(rows: Sequence[Row], texts: Catalogue) -> dict[tuple[str, str], Band]:
    bands = _widest(rows, ("condition", "attribute", "parameter"), ("low", "high"))
    return {
        (a, p): Band(*np.array([bands[c, a, p] for c in texts.conditions]).T)
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
        known={id: cell["any", id, "known"] for id in words.attributes},
    )
