"""The verdict on a soak: what must not have happened."""

import statistics
from collections.abc import Iterator, Sequence

from tests.load.client import Tally
from tests.load.watch import Watch

WINDOW = 2.0
"""Seconds after a kill in which its connection may be found broken."""

GROWTH = 1.05
"""The last fifth's memory over the first fifth's: above it memory is not flat (assumed)."""


def violations(tally: Tally, watch: Watch) -> list[str]:
    """Return a sentence for each thing that must not happen, nothing when all is well."""
    return [
        *(f"{n} wrong: {fault}" for fault, n in tally.faults.most_common()),
        *_failed(tally),
        *(f"A connection broke without a kill: {what}" for what in stray(tally, watch)),
        *(f"The worker {pid} ended without being killed." for pid in sorted(watch.lost)),
        *_grown("all processes", [sample.pss for sample in watch.samples]),
        *_grown("the eldest worker", [sample.eldest for sample in watch.samples]),
    ]


def stray(tally: Tally, watch: Watch) -> list[str]:
    """Return what broke though no worker had just been killed."""
    return [
        what
        for when, what in tally.broken
        if not any(0 <= when - kill <= WINDOW for kill in watch.kills)
    ]


def ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the first and of the last fifth."""
    fifth = max(1, len(values) // 5)
    return statistics.median(values[:fifth]), statistics.median(values[-fifth:])


def _failed(tally: Tally) -> Iterator[str]:
    for (kind, status), number in sorted(tally.statuses.items()):
        if status >= 500:
            yield f"{number} answers {status} to {kind} requests."


def _grown(name: str, values: Sequence[float]) -> Iterator[str]:
    first, last = ends(values)
    if last > GROWTH * first:
        yield f"Memory of {name} grew from {first / 1e6:.1f} to {last / 1e6:.1f} MB."
