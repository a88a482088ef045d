"""The card of the served model for readers: the figures of its manifest, in words and charts.

What a manifest does not have is left out: its format says nothing of which metrics there are.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from service.api import weakness
from service.api.chart import Chart, charts
from service.api.share import MEASURES, RANKED, SENT, Line, Share, lines, percent
from service.manifest import Manifest

RANKINGS = RANKED | {"coverage": "The set of likely conditions holds the right one"}
SENDINGS = SENT | {
    "primary_care/calm_given_emergency": "In general practice, a calm case is sent as an emergency",
    "primary_care/calm_given_urgent_or_above": (
        "In general practice, a calm case is sent as urgent or as an emergency"
    ),
}
PATIENTS = {f"published/{key}": name for key, name in MEASURES.items()}
OWN = {f"own/{key}": name for key, name in MEASURES.items()}

BASES = {
    "measured": "A published study counted it",
    "described": "A source says it in words, such as “often”",
    "assumed": "Nobody counted it: set by the authors, with a reason",
}
"""What a row of the tables of the synthetic world rests on."""


class Basis(NamedTuple):
    """How many rows of the tables rest on something, and which share of all they are."""

    name: str
    meaning: str
    rows: int
    share: Share


class Card(NamedTuple):
    """What the page shows of a model, beside its manifest."""

    ranked: list[Line]
    sent: list[Line]
    patients: list[Line]
    own: list[Line]
    charts: list[Chart]
    bases: list[Basis]
    weak: list[str]
    slices: list[str]
    conditions: list[Line]
    thresholds: dict[str, str]


def card(manifest: Manifest, names: Mapping[str, str]) -> Card:
    """Return the card of a model; `names` are those of the conditions by id."""
    metrics = manifest.metrics
    return Card(
        ranked=lines(metrics, RANKINGS),
        sent=lines(metrics, SENDINGS),
        patients=lines(metrics, PATIENTS),
        own=lines(metrics, OWN),
        charts=charts(metrics),
        bases=_bases(manifest.data.get("rows_by_basis")),
        weak=weakness.sentences(metrics),
        slices=weakness.slices(metrics),
        conditions=weakness.conditions(metrics, names),
        thresholds={level: percent(least) for level, least in manifest.thresholds.items()},
    )


def _bases(tables: Any) -> list[Basis]:
    """Return how many rows of all tables have each basis."""
    total = Counter[str]()
    for rows in tables.values() if isinstance(tables, dict) else ():
        counted = rows.items() if isinstance(rows, dict) else ()
        total.update({basis: n for basis, n in counted if isinstance(n, int) and n > 0})
    known = {basis: total[basis] for basis in BASES if total[basis]}
    return [
        Basis(basis, BASES[basis], rows, Share(rows / sum(known.values())))
        for basis, rows in known.items()
    ]
