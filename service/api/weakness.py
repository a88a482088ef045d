"""Weakness: what the figures of a manifest show that the model does not do well, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.api.chart import group_names, title
from service.api.share import MEASURES, SENT, Line, percent, points, read

SLICED = ("top_1", "emergencies_given_emergency")
"""What is asked of groups of people: that the right condition is first, and emergencies seen."""


def sentences(metrics: Mapping[str, Any]) -> list[str]:
    """Return what weighs most first; nothing of what was not measured."""
    return [*_missed(metrics), *_unflagged(metrics), *_stress(metrics), *_calm(metrics)]


def slices(metrics: Mapping[str, Any]) -> list[str]:
    """Return the groups of people that do clearly worse than the whole.

    Their whole 95 % interval must lie below the share of all people.
    """
    told = ((name, "; ".join(_worse(metrics, name))) for name in group_names(metrics))
    return [f"{title(name)}: {worse}." for name, worse in told if worse]


def conditions(metrics: Mapping[str, Any], names: Mapping[str, str]) -> list[Line]:
    """Return how often each condition stands first where it is the right one, lowest first.

    `names` are those of the conditions by id.
    """
    found = ((name, read(metrics, f"top_1.{id}")) for id, name in names.items())
    told = [Line(name, share) for name, share in found if share]
    return sorted(told, key=lambda line: line.share.value)


def _missed(metrics: Mapping[str, Any]) -> Iterator[str]:
    sent = [read(metrics, key) for key in SENT]
    if sent[0] and sent[1]:
        yield (
            f"Of synthetic emergencies {percent(1 - sent[0].value)} are not sent as emergencies,"
            f" and {percent(1 - sent[1].value)} not even as urgent."
        )


def _unflagged(metrics: Mapping[str, Any]) -> Iterator[str]:
    found = read(metrics, "emergencies_unflagged_given_emergency")
    possible = read(metrics, "emergencies_unflagged_ceiling")
    if found and possible:
        yield (
            f"Of emergencies that raise no emergency flag it finds {found} ({found.interval}). With"
            " every number of the synthetic world known, the same rule would find"
            f" {possible} at the same over-triage."
        )


def _stress(metrics: Mapping[str, Any]) -> Iterator[str]:
    lost = []
    for key, measure in MEASURES.items():
        here, there = read(metrics, key), read(metrics, f"stress/{key}")
        if here and there and there.value < here.value:
            less = points(here.value - there.value)
            lost.append(f"{_lower(measure)} in {there} instead of {here} ({less} less)")
    if lost:
        yield f"In a second synthetic world, which it did not learn, {'; '.join(lost)}."


def _calm(metrics: Mapping[str, Any]) -> Iterator[str]:
    sent = read(metrics, "primary_care/calm_given_urgent_or_above")
    flagged = read(metrics, "primary_care/calm_flagged_urgent_or_above")
    if sent and flagged:
        yield (
            f"Of calm cases in general practice {sent} are sent as urgent or above, {flagged} by"
            " the red flags alone."
        )


def _worse(metrics: Mapping[str, Any], name: str) -> Iterator[str]:
    for key in SLICED:
        whole, part = read(metrics, key), read(metrics, f"{name}/{key}")
        if whole and part and part.high is not None and part.high < whole.value:
            yield f"{_lower(MEASURES[key])} in {part} ({part.interval}), of all people in {whole}"


def _lower(measure: str) -> str:
    return measure[:1].lower() + measure[1:]
