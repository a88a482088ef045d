"""The bench: what is compared is measured turn by turn in one run, for machines are noisy."""

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.load import subject, wrk
from tests.load.installation import THREADS, Installation
from tests.load.process import Memory, busy, memory
from tests.load.server import Failure, environment, serving
from tests.load.subject import BATCH, SERVICE, Subject
from tests.load.wrk import Load

CONNECTIONS = 4
IMPORT = "import sklearn.neural_network, flask"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many turns there are, the seconds of load of each, and how many starts."""

    rounds: int = 5
    seconds: int = 5
    starts: int = 7


@dataclass(slots=True)
class Measured:
    """What a run found, by subject: a load for each round, memory of the largest worker, and start.

    `starts` holds pairs of seconds: the bare import, and from the start until ready. `missing`
    says why a subject could not be measured.
    """

    loads: dict[str, list[Load]] = field(default_factory=dict)
    memory: dict[str, Memory] = field(default_factory=dict)
    ready: dict[str, float] = field(default_factory=dict)
    starts: list[tuple[float, float]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def run(plan: Plan, models: Path, folder: Path, say: Say) -> Measured:
    """Measure everything; raises Failure when there is no service to measure."""
    wrk.check()
    folder.mkdir(parents=True, exist_ok=True)
    installation = Installation(folder / "venv", say)
    scratch = folder / "run"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    measured = Measured()
    with ExitStack() as stack:
        entries = subject.entries(installation, models, scratch)
        subjects, measured.missing = subject.line_up(entries, scratch, stack)
        if SERVICE in measured.missing:
            raise Failure(measured.missing[SERVICE])
        _round(subjects, plan.seconds, measured)
        measured.loads.clear()  # the first round warms up
        for i in range(plan.rounds):
            _round(subjects, plan.seconds, measured)
            say(f"round {i + 1} of {plan.rounds}: {_rates(measured)}")
        for one in subjects:
            measured.memory[one.name] = max(map(memory, one.server.workers()), key=_resident)
            measured.ready[one.name] = one.server.seconds
    measured.starts = _starts(plan.starts, installation, models, scratch, say)
    return measured


def _round(subjects: list[Subject], seconds: int, measured: Measured) -> None:
    for one in subjects:
        if one.name in measured.missing:
            continue
        before = _busy(one)
        try:
            found = wrk.load(one.target, 1 if one.name == BATCH else CONNECTIONS, seconds)
        except Failure as failure:
            measured.missing[one.name] = str(failure)
            continue
        measured.loads.setdefault(one.name, []).append(
            replace(found, processor=_busy(one) - before)
        )


def _busy(one: Subject) -> float:
    return sum(map(busy, one.server.workers()))


def _rates(measured: Measured) -> str:
    return "; ".join(f"{name} {loads[-1].rate:,.0f}" for name, loads in measured.loads.items())


def _resident(found: Memory) -> int:
    return found.rss


def _starts(
    number: int, installation: Installation, models: Path, folder: Path, say: Say
) -> list[tuple[float, float]]:
    """Time the bare import and a start of the service in turns; the first turn fills the caches."""
    command = installation.service("service", 1, {"CAUDA_MODELS": str(models)})
    pairs = []
    for _ in range(number + 1):
        begin = time.perf_counter()
        subprocess.run(
            [installation.program("python"), "-c", IMPORT], env=environment() | THREADS, check=True
        )
        imported = time.perf_counter() - begin
        with serving(command, folder / "start.log") as server:
            pairs.append((imported, server.seconds))
    ratio = statistics.median(ready / imported for imported, ready in pairs[1:])
    say(f"{number} starts: ready after {ratio:.2f} times the bare import")
    return pairs[1:]
