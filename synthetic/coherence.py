"""The faults between rows and tables of the world: what has to fit together.

Rows that are faulty by themselves are passed over, so that all faults come in one message.
"""

from collections.abc import Iterable, Iterator

from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import Vocabulary
from synthetic import cells
from synthetic.cells import Cells
from synthetic.faults import located
from synthetic.tables import PARAMETERS, Key, Row, Tables, key, numbers

MOST_STAGES = 4
"""Stages of a condition: with 2 places in the bands, 2 age groups and 4 reporters 64 states."""

MOST_REPORTERS = 4

NEAR = 0.05
"""How far the stages of a condition together may leave a documented band (assumed)."""

ROUNDING = 1e-9


def faults(tables: Tables, words: Vocabulary, texts: Catalogue) -> list[str]:
    """Return every fault between rows and tables."""
    findings = cells.findings(tables)
    return [
        *_never(tables, texts),
        *_shadowed(tables, findings),
        *_implied(findings, words),
        *_shares_of_values(cells.attributes(tables)),
        *_sums(tables),
        *_too_many(tables),
        *_connected(tables, words),
    ]


def _never(tables: Tables, texts: Catalogue) -> Iterator[str]:
    """What never occurs in a condition has a frequency of 0, in each of its stages."""
    for table in ("finding_profiles", "stage_findings"):
        for line, row in enumerate(tables[table], start=2):
            condition = texts.conditions.get(row["condition"])
            is_never = condition is not None and row["finding"] in condition.never
            if is_never and any(numbers(row) or ()):
                said = f"{', '.join(key(row))}: never occurs, so its frequency is 0"
                yield located(table, line, said)


def _shadowed(tables: Tables, findings: Cells) -> Iterator[str]:
    """The stages of a condition together keep the band that a source documents for it."""
    shares = _shares(tables["stages"])
    general = cells.gathered(tables["finding_profiles"])
    staged = {(row["condition"], row["finding"]) for row in tables["stage_findings"]}
    for (condition, finding), band in general.items():
        if (condition, finding) not in staged or band.basis == "assumed":
            continue
        own = {stage: share for (of, stage), share in shares.items() if of == condition}
        of_stage = {stage: findings[condition, stage, finding] for stage in own}
        low = sum(share[0] * of_stage[stage].low for stage, share in own.items())
        high = sum(share[1] * of_stage[stage].high for stage, share in own.items())
        if min(low, high) < band.low - NEAR or max(low, high) > band.high + NEAR:
            said = (
                f"{condition}, {finding}: gives {low:.3f} to {high:.3f} over the stages, "
                f"finding_profiles.csv has {band.low:g} to {band.high:g} of {band.sources}"
            )
            yield located("stage_findings", 0, said)


def _implied(findings: Cells, words: Vocabulary) -> Iterator[str]:
    """A finding is never more frequent than one that it implies."""
    for (condition, stage, id), cell in findings.items():
        for implied in words.findings[id].implies if id in words.findings else ():
            above = findings.get((condition, stage, implied), cell)
            if cell.low > above.low + ROUNDING or cell.high > above.high + ROUNDING:
                yield (
                    f"{condition}, {stage}, {id}: is more frequent than {implied}, which it implies"
                )


def _shares_of_values(attributes: Cells) -> Iterator[str]:
    """The shares of the values of an attribute sum to at most 1, at each end of the bands."""
    shares: dict[Key, list[cells.Cell]] = {}
    for found, cell in attributes.items():
        if found[-1].startswith("share_"):
            shares.setdefault(found[:-1], []).append(cell)
    for place, own in shares.items():
        total = max(sum(cell.low for cell in own), sum(cell.high for cell in own))
        if total > 1 + ROUNDING:
            names = ", ".join(PARAMETERS.get(place[-1], ()))
            yield f"{', '.join(place)}: {names} sum to {total:g}, expected at most 1"


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
        if numbers(row):
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


def _connected(tables: Tables, words: Vocabulary) -> Iterator[str]:
    """Only a finding that nothing connects to others follows age: else the two would disagree."""
    for line, row in enumerate(tables["age_odds"], start=2):
        id = row["finding"]
        others = words.implied.get(id, frozenset()) | words.implying.get(id, frozenset())
        if len(others) > 1:
            said = f"{id}: is connected with {', '.join(sorted(others - {id}))}"
            yield located("age_odds", line, f"{said}, so it cannot follow age")


def _shares(rows: Iterable[Row]) -> dict[Key, list[float]]:
    return {key(row): found for row in rows if (found := numbers(row))}
