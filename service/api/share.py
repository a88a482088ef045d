"""Shares: the figures of a manifest as a reader sees them, percentages with their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

SPACE = "\u00a0"
"""Keeps a number and its sign on one line."""

RANKED = {
    "top_1": "The right condition stands first",
    "top_3": "The right condition is among the first three",
}
SENT = {
    "emergencies_given_emergency": "An emergency is sent as an emergency",
    "emergencies_given_urgent_or_above": "An emergency is sent as urgent or as an emergency",
}
MEASURES = RANKED | SENT
"""What is asked of every set of cases, by the name of the metric."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1, with the ends of its 95 % interval where the manifest has them."""

    value: float
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return percent(self.value)

    @property
    def interval(self) -> str:
        """The interval as text, empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"{_digits(self.low)} to {percent(self.high)}"


class Line(NamedTuple):
    """A share and what it is of."""

    name: str
    share: Share


class Group(NamedTuple):
    """Lines that belong together, in a chart below each other."""

    name: str
    lines: list[Line]


def percent(share: float) -> str:
    """Write a share as a percentage: one decimal, below 0.1 % two; only 0 and 1 are 0 and 100 %."""
    return f"{_digits(share)}{SPACE}%"


def points(share: float) -> str:
    """Write a difference of shares, more than 0, in points of a percentage."""
    return f"{100 * share:.1f} points" if share >= 0.001 else "<0.1 points"


def _digits(share: float) -> str:
    if share in (0, 1):
        return f"{100 * share:.0f}"
    if share > 0.999:
        return ">99.9"
    if share < 0.0001:
        return "<0.01"
    return f"{100 * share:.1f}" if share >= 0.001 else f"{100 * share:.2f}"


def read(metrics: Mapping[str, Any], key: str) -> Share | None:
    """Return a share of the metrics of a manifest; None where it is missing or no share."""
    value, low, high = (metrics.get(f"{key}{end}") for end in ("", "_low", "_high"))
    if not _is_share(value):
        return None
    return Share(value, low, high) if _is_share(low) and _is_share(high) else Share(value)


def lines(metrics: Mapping[str, Any], named: Mapping[str, str]) -> list[Line]:
    """Return what the metrics have of some shares, by key what each is called."""
    found = ((name, read(metrics, key)) for key, name in named.items())
    return [Line(name, share) for name, share in found if share]


def groups(metrics: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]) -> list[Group]:
    """Return the groups of which the metrics have anything."""
    found = (Group(name, lines(metrics, keys)) for name, keys in named.items())
    return [group for group in found if group.lines]


def _is_share(number: Any) -> TypeGuard[float]:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number <= 1
