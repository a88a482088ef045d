"""The report of the bench: every target with what was reached, every subject with its figures."""

import json
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.load.bench import CONNECTIONS, Measured
from tests.load.subject import (
    BATCH,
    CASES,
    CONTRACT,
    ECHO,
    ECHO_2,
    RIVAL,
    SERVICE,
    SERVICE_2,
)

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Goal:
    """A target: what is measured, its bound, whether it is a floor, and a value for each round."""

    text: str
    bound: float
    is_floor: bool
    values: Callable[[Measured], list[float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target and the median of what was measured, with the least and the greatest."""

    text: str
    bound: str
    value: str
    outcome: str


def over(one: str, other: str) -> Callable[[Measured], list[float]]:
    """Return the ratios of two subjects' rates, round by round."""

    def ratios(measured: Measured) -> list[float]:
        pairs = zip(measured.loads[one], measured.loads[other], strict=False)
        return [a.rate / b.rate for a, b in pairs]

    return ratios


def _tail(measured: Measured) -> list[float]:
    return [load.p99 / load.p50 for load in measured.loads[SERVICE_2]]


def _cases(measured: Measured) -> list[float]:
    """Return cases a second on one connection, by the median latency of each round."""
    return [CASES / (load.p50 / 1e6) for load in measured.loads[BATCH]]


def _megabytes(measured: Measured) -> list[float]:
    """Return what the largest worker of all services needs."""
    services = (SERVICE, CONTRACT, SERVICE_2)
    found = [measured.memory[name].rss for name in services if name in measured.memory]
    return [max(found) / MEGABYTE]


def _starts(measured: Measured) -> list[float]:
    return [ready / imported for imported, ready in measured.starts]


GOALS = (
    Goal(f"{SERVICE}, 11 findings, of the {ECHO}", 0.5, True, over(SERVICE, ECHO)),
    Goal(f"p99 of p50, 2 workers, {CONNECTIONS} connections", 3, False, _tail),
    Goal(f"{CONTRACT} of {RIVAL}, 1 worker each", 2, True, over(CONTRACT, RIVAL)),
    Goal(f"{BATCH}: cases a second, 1 worker", 5_000, True, _cases),
    Goal("resident memory of a worker, MB", 200, False, _megabytes),
    Goal("ready after, of the bare import of scikit-learn and Flask", 1.5, False, _starts),
)


def judged(goal: Goal, measured: Measured) -> Verdict:
    """Compare the median of the rounds with a target."""
    bound = f"{'at least' if goal.is_floor else 'at most'} {goal.bound:,g}"
    try:
        values = goal.values(measured)
        middle = statistics.median(values)
    except (KeyError, ValueError):
        return Verdict(goal.text, bound, "", "not measured")
    reached = middle >= goal.bound if goal.is_floor else middle <= goal.bound
    told = f"{_short(middle)} ({_short(min(values))} to {_short(max(values))})"
    return Verdict(goal.text, bound, told, "reached" if reached else "missed")


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def write(measured: Measured, folder: Path) -> str:
    """Write report.md and report.json into a folder; returns what the first holds."""
    verdicts = [judged(goal, measured) for goal in GOALS]
    text = "\n".join([*_targets(verdicts), "", *_figures(measured), "", *_notes(measured)]) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    found = {"targets": [asdict(verdict) for verdict in verdicts], "measured": asdict(measured)}
    machine = {"processors": os.cpu_count(), "python": platform.python_version()}
    (folder / "report.json").write_text(json.dumps(found | machine, indent=1), encoding="utf-8")
    return text


def _targets(verdicts: list[Verdict]) -> list[str]:
    rows = [(v.text, v.bound, v.value, v.outcome) for v in verdicts]
    return table(("target", "to reach", "median (range of the rounds)", "outcome"), rows)


def _figures(measured: Measured) -> list[str]:
    heads = ("subject", "answers/s", "of the echo", "p50 ms", "p90 ms", "p99 ms",
             "CPU ms", "RSS MB", "PSS MB", "start s")  # fmt: skip
    return table(heads, [_row(name, measured) for name in measured.loads])


def _row(name: str, measured: Measured) -> tuple[str, ...]:
    loads, memory = measured.loads[name], measured.memory[name]
    echo = ECHO_2 if name in (ECHO_2, SERVICE_2) else ECHO
    ratios = over(name, echo)(measured) if echo in measured.loads and name != BATCH else []
    return (
        name,
        _short(statistics.median(load.rate for load in loads)),
        f"{statistics.median(ratios):.2f}" if ratios else "",
        *(
            f"{statistics.median(times) / 1e3:.2f}"
            for times in zip(*((load.p50, load.p90, load.p99) for load in loads), strict=True)
        ),
        f"{statistics.median(load.processor / load.requests for load in loads) * 1e3:.2f}",
        f"{memory.rss / MEGABYTE:.0f}",
        f"{memory.pss / MEGABYTE:.0f}",
        f"{measured.ready[name]:.1f}",
    )


def _notes(measured: Measured) -> list[str]:
    return [
        f"{os.cpu_count()} processors, Python {platform.python_version()}, {CONNECTIONS}"
        " connections, 1 worker where no other number stands; the batch on one connection. Medians"
        " of the rounds; CPU is the workers' processor time for an answer.",
        *(f"Not measured: {name}. {reason}" for name, reason in measured.missing.items()),
    ]


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the lines of a Markdown table that is readable as it is."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, tuple("-" * width for width in widths), *rows]
    return [f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines]
