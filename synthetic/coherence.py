"""The faults between rows and tables of the world: what has to fit together.

What is faulty by itself is left out before, so that all faults come in one message, each once.
"""

from collections.abc import Iterable, Iterator

from service.clinical.vocabulary import Vocabulary
from synthetic import cells
from synthetic.cells import Cells
from synthetic.faults import Examined, located
from synthetic.tables import BACKGROUND, PARAMETERS, Key, Row, Tables, key, numbers

MOST_STAGES = 4
"""Stages of a condition: with 2 places in the bands, 2 age groups and 4 reporters 64 states."""

MOST_REPORTERS = 4

NEAR = 0.05
"""How far the stages of a condition together may leave a documented band (assumed)."""

ROUNDING = 1e-9


def faults(examined: Examined, words: Vocabulary) -> list[str]:
    """Return every fault between the sound rows of tables that were examined one by one."""
    tables, spoilt = examined.sound, examined.spoilt
    findings = {
        found: cell
        for found, cell in cells.findings(tables).items()
        if spoilt.isdisjoint({(found[0], found[2]), (BACKGROUND, found[2])})
    }
    attributes = {
        found: cell
        for found, cell in cells.attributes(tables).items()
        if (found[0], found[2]) not in spoilt
    }
    return [
        *_sums(tables),
        *_too_many(tables),
        *_alike(tables, spoilt),
        *_shadowed(tables, findings),
        *_implied(tables, findings, words),
        *_shares_of_values(tables, attributes),
    ]


def _alike(tables: Tables, spoilt: set[Key]) -> Iterator[str]:
    """Stages are told apart by something: a condition that has several has rows by stage."""
    conditions = [row["condition"] for row in tables["stages"]]
    rows = (*tables["stage_findings"], *tables["stage_attributes"])
    described = {row["condition"] for row in rows} | {condition for condition, *_ in spoilt}
    for condition in dict.fromkeys(conditions):
        if conditions.count(condition) > 1 and condition not in described:
            yield located("stages", 0, f"{condition}: its stages differ in nothing")


def _shadowed(tables: Tables, findings: Cells) -> Iterator[str]:
    """The stages of a condition together keep the band that a source documents for it."""
    stages = {key(row): numbers(row) or [] for row in tables["stages"]}
    staged = _staged(tables["stage_findings"])
    for (condition, finding), band in cells.gathered(tables["finding_profiles"]).items():
        shares = {found: share for found, share in stages.items() if found[0] == condition}
        if not shares or (condition, finding) not in staged or not band.sources:
            continue
        if any((*found, finding) not in findings for found in shares):
            continue
        low = sum(share[0] * findings[*found, finding].low for found, share in shares.items())
        high = sum(share[1] * findings[*found, finding].high for found, share in shares.items())
        if min(low, high) < band.low - NEAR or max(low, high) > band.high + NEAR:
            sources = ", ".join(band.sources)
            said = (
                f"{condition}, {finding}: gives {low:.3f} to {high:.3f} over the stages, "
                f"finding_profiles.csv has {band.low:g} to {band.high:g} ({sources})"
            )
            yield located("stage_findings", 0, said)


def _staged(rows: Iterable[Row]) -> set[Key]:
    """Return condition and subject of what has rows by stage."""
    return {(condition, subject) for condition, _, subject, *_ in map(key, rows)}


def _implied(tables: Tables, findings: Cells, words: Vocabulary) -> Iterator[str]:
    """A finding is never more frequent than one that it implies, in any stage."""
    staged = _staged(tables["stage_findings"])
    told = []
    for (condition, stage, id), cell in findings.items():
        for implied in words.findings[id].implies:
            above = findings.get((condition, stage, implied), cell)
            if cell.low > above.low + ROUNDING or cell.high > above.high + ROUNDING:
                by_stage = not staged.isdisjoint({(condition, id), (condition, implied)})
                said = f"{id}: is more frequent than {implied}, which it implies"
                told.append(_placed("finding", condition, stage if by_stage else "", said))
    yield from dict.fromkeys(told)


def _shares_of_values(tables: Tables, attributes: Cells) -> Iterator[str]:
    """The shares of the values of an attribute sum to at most 1, at each end of the bands."""
    staged = _staged(tables["stage_attributes"])
    totals: dict[Key, tuple[float, float]] = {}
    for found, cell in attributes.items():
        if found[-1].startswith("share_"):
            low, high = totals.get(found[:-1], (0.0, 0.0))
            totals[found[:-1]] = low + cell.low, high + cell.high
    told = []
    for (condition, stage, attribute), total in totals.items():
        if max(total) > 1 + ROUNDING:
            by_stage = (condition, attribute) in staged
            names = ", ".join(PARAMETERS[attribute])
            said = f"{attribute}: {names} sum to {max(total):g}, expected at most 1"
            told.append(_placed("attribute", condition, stage if by_stage else "", said))
    yield from dict.fromkeys(told)


def _placed(subject: str, condition: str, stage: str, said: str) -> str:
    """Return what is wrong in a stage, or in a condition where none of its stages differs."""
    table = f"stage_{subject}s" if stage else f"{subject}_profiles"
    return located(table, 0, ", ".join(filter(None, (condition, stage, said))))


def _sums(tables: Tables) -> Iterator[str]:
    """Priors of a setting, shares of reporters and of a condition's stages sum to 1."""
    yield from _sum("priors", tables["priors"], "setting", "prior")
    reporters = [row for row in tables["reporting"] if row["subject"] == "share"]
    yield from _sum("reporting", reporters, "subject", "probability")
    for column in ("share_low", "share_high"):
        yield from _sum("stages", tables["stages"], "condition", column)


def _sum(table: str, rows: Iterable[Row], whole: str, column: str) -> Iterator[str]:
    totals: dict[str, float] = {}
    for row in rows:
        totals[row[whole]] = totals.get(row[whole], 0) + float(row[column])
    for name, total in totals.items():
        if abs(total - 1) > ROUNDING:
            yield located(table, 0, f"{name}: {column} sums to {total:g}, expected 1")


def _too_many(tables: Tables) -> Iterator[str]:
    """The joint states of a condition stay few enough to be summed."""
    stages = [row["condition"] for row in tables["stages"]]
    for condition in dict.fromkeys(stages):
        if (found := stages.count(condition)) > MOST_STAGES:
            said = f"{condition}: has {found} stages, expected at most {MOST_STAGES}"
            yield located("stages", 0, said)
    reporters = sum(row["subject"] == "share" for row in tables["reporting"])
    if reporters > MOST_REPORTERS:
        said = f"there are {reporters} reporters, expected at most {MOST_REPORTERS}"
        yield located("reporting", 0, said)
