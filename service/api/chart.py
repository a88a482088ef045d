"""Charts: shares of different cases and people, to be drawn beside each other."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from service.api.share import MEASURES, SENT, Group, groups
from service.manifest import BANDS

WORLDS = {
    "": "Synthetic, learned",
    "stress/": "Synthetic, second",
    "published/": "Published patients",
}
SETTINGS = {
    "": "All alike often",
    "general_public/": "General public",
    "primary_care/": "General practice",
    "emergency_department/": "Emergency dept.",
}

GROUP = re.compile(r"(age|sex) ([^/]+)/top_1")
"""The key of a metric of a group of people."""


class Chart(NamedTuple):
    """Groups of shares, drawn as a picture and listed as a table, and what they show."""

    id: str
    title: str
    text: str
    groups: list[Group]

    @property
    def series(self) -> list[str]:
        """What the lines are called, each once: the columns of the table."""
        return list(dict.fromkeys(line.name for group in self.groups for line in group.lines))


def charts(metrics: Mapping[str, Any]) -> list[Chart]:
    """Return the charts in which the metrics of a manifest give something to compare."""
    found = (*_of_answers(metrics), *_of_sets(metrics), *_of_people(metrics))
    return [chart for chart in found if sum(len(group.lines) for group in chart.groups) > 1]


def band_names() -> list[str]:
    """Return what the bands of answers are called in the keys of metrics."""
    return [f"{low}-{high} answers" if high else f"{low} or more answers" for low, high in BANDS]


def title(name: str) -> str:
    """Write a band of answers or a group as a heading: `Age 0 to 17`, `Female`."""
    spoken = re.sub(r"(?<=\d)-(?=\d)", " to ", name.replace("unknown", "not told"))
    spoken = re.sub(r"^sex (?!not)", "", spoken)
    return spoken[:1].upper() + spoken[1:]


def group_names(metrics: Iterable[str]) -> list[str]:
    """Return the groups of age and sex that the metrics tell of, who is unknown last of each."""
    found = [match.groups() for match in map(GROUP.fullmatch, metrics) if match]
    ordered = sorted(found, key=lambda group: (group[0], group[1] == "unknown", _first(group[1])))
    return [f"{kind} {value}" for kind, value in ordered]


def _first(value: str) -> tuple[int, str]:
    number = re.match(r"\d{1,9}", value)
    return (int(number[0]) if number else 0, value)


def _of_sets(metrics: Mapping[str, Any]) -> Iterator[Chart]:
    """Yield the charts of different sets of cases."""
    yield Chart(
        "worlds",
        "Its own world, a second one, and published patients",
        "The model learned the first synthetic world. The second has other numbers: it shows what"
        " is lost when people differ from the tables. Published patients are real people.",
        _by_measure(metrics, WORLDS),
    )
    yield Chart(
        "settings",
        "Whose patients they are",
        "The same synthetic cases, weighted by how often each condition is in each setting.",
        _by_measure(metrics, SETTINGS),
    )


def _of_answers(metrics: Mapping[str, Any]) -> Iterator[Chart]:
    """Yield the charts by number of answers."""
    answers = {band: f"{band}/" for band in band_names()}
    yield Chart(
        "ranking-by-answers",
        "The right condition, by number of answers",
        "Synthetic cases, all conditions alike often.",
        _by_people(metrics, answers, {"top_1": "First", "top_3": "Among three"}),
    )
    sent = dict(zip(SENT, ("As emergency", "At least urgent"), strict=True))
    yield Chart(
        "emergencies-by-answers",
        "Emergencies, by number of answers",
        "Synthetic cases, all conditions alike often.",
        _by_people(metrics, answers, sent),
    )


def _of_people(metrics: Mapping[str, Any]) -> Iterator[Chart]:
    """Yield the chart by age and sex."""
    asked = {"top_1": "Right one first", "emergencies_given_emergency": "Emergency as such"}
    yield Chart(
        "groups",
        "Age and sex",
        "Synthetic cases, all conditions alike often: the right condition first, and emergencies"
        " sent as emergencies.",
        _by_people(metrics, {name: f"{name}/" for name in group_names(metrics)}, asked),
    )


def _by_measure(metrics: Mapping[str, Any], sets: Mapping[str, str]) -> list[Group]:
    """Return a group for each measure, with a line for each set of cases; prefixes by name."""
    named = {
        measure: {f"{prefix}{key}": name for prefix, name in sets.items()}
        for key, measure in MEASURES.items()
    }
    return groups(metrics, named)


def _by_people(
    metrics: Mapping[str, Any], people: Mapping[str, str], measures: Mapping[str, str]
) -> list[Group]:
    """Return a group for each kind of people, with a line for each measure."""
    named = {
        title(name): {f"{prefix}{key}": measure for key, measure in measures.items()}
        for name, prefix in people.items()
    }
    return groups(metrics, named)
