"""The soak: mixed requests at full load for a long time, while workers are killed."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load import bodies, hostile, mixture, picture
from tests.load.client import Client, Tally, exchanged
from tests.load.exchange import Answer, Exchange
from tests.load.installation import Installation
from tests.load.mixture import mixed
from tests.load.request import Writer
from tests.load.server import Failure, Server, serving
from tests.load.subject import locked
from tests.load.verdict import ends, violations
from tests.load.watch import Watch

WORKERS = 2
CLIENTS = 8
"""Four for each worker: some always wait."""

PAUSE = 40.0
"""Seconds between two slow clients; each holds a worker for up to ten."""

WARM_UP = 20.0
"""Seconds of load before memory is looked at: a worker grows until it has met every request."""

LOGGED = 2_000
"""Lines of the service's log that are kept: a line a request is hundreds of megabytes."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long it takes, how often a worker is killed and the memory noted, in seconds."""

    seconds: float
    kill_every: float = 30
    sample_every: float = 5


def run(plan: Plan, models: Path, folder: Path, venv: Path, say: Say) -> list[str]:
    """Load a service and judge it; returns the violations, and leaves report.json and soak.png.

    Raises Failure when there is no service to load.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings, key = locked(folder)
    settings |= {"CAUDA_MODELS": str(models)}
    command = Installation(venv, say).service("service", WORKERS, settings)
    tally = Tally()
    with serving(command, folder / "server.log", LOGGED) as server:
        _, *younger = server.workers()
        watch = Watch(server, server.workers()[0])
        if not younger:
            raise Failure("the second worker has not started yet")
        with _clients(server, Writer(key), tally):
            time.sleep(WARM_UP)
            say(f"{CLIENTS} clients are at work for {plan.seconds:.0f} s")
            start, used = time.monotonic(), watch.busy()
            _watched(plan, watch, tally, say)
            busy = (watch.busy() - used) / (time.monotonic() - start)
    found = violations(tally, watch)
    (folder / "report.json").write_text(json.dumps(_report(tally, watch, busy, found), indent=1))
    picture.draw(tally, watch, start, folder / "soak.png")
    say(_told(tally, watch, busy))
    return found


@contextmanager
def _clients(server: Server, writer: Writer, tally: Tally) -> Iterator[None]:
    """Let clients work until the block ends."""

    def first(exchange: Exchange) -> Answer:
        answer = exchanged(server.port, exchange, "first")
        assert answer  # of a client that does not leave
        return answer

    usual = mixed(mixture.every(writer, first))
    slow = mixed(hostile.slow(writer, bodies.PLAIN))
    clients = [Client(usual, server.port, seed, tally) for seed in range(CLIENTS)]
    clients.append(Client(slow, server.port, CLIENTS, tally, PAUSE))
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for client in clients:
            client.stop()
        for client in clients:
            client.join()


def _watched(plan: Plan, watch: Watch, tally: Tally, say: Say) -> None:
    start = time.monotonic()
    kill, sample = plan.kill_every, 0.0
    while (past := time.monotonic() - start) < plan.seconds:
        watch.look()
        if past >= sample:
            watch.sample()
            sample += plan.sample_every
        if past >= kill:
            watch.kill()
            kill += plan.kill_every
            say(f"{past:4.0f} s, a worker was killed; {_counts(tally)}")
        time.sleep(0.1)
    watch.look()


def _counts(tally: Tally) -> str:
    answers = sum(tally.statuses.values())
    return f"{answers:,} exchanges, {tally.faults.total()} wrong, {len(tally.broken)} broken"


def _told(tally: Tally, watch: Watch, busy: float) -> str:
    """Return the figures as lines."""
    kinds = sorted({kind for kind, _ in tally.statuses})
    rows = [
        f"{kind:10} "
        + ", ".join(f"{n:,} {status or 'gone'}" for (k, status), n in _sorted(tally) if k == kind)
        for kind in kinds
    ]
    (pss, pss_end), (own, own_end) = (
        ends([one / 1e6 for one in values])
        for values in zip(*((s.pss, s.eldest) for s in watch.samples), strict=True)
    )
    return "\n".join(
        [
            f"{_counts(tally)}; {len(watch.kills)} workers killed;"
            f" the eldest was busy {busy:.0%} of the time",
            *rows,
            f"slowest answer {tally.slowest:.1f} s",
            f"memory, first and last fifth: all processes {pss:.1f} and {pss_end:.1f} MB,"
            f" the eldest worker {own:.1f} and {own_end:.1f} MB",
        ]
    )


def _sorted(tally: Tally) -> list[tuple[tuple[str, int], int]]:
    return sorted(tally.statuses.items())


def _report(tally: Tally, watch: Watch, busy: float, found: list[str]) -> dict[str, Any]:
    return {
        "violations": found,
        "exchanges": {f"{kind} {status}": n for (kind, status), n in _sorted(tally)},
        "wrong": tally.faults.total(),
        "broken": tally.broken,
        "kills": watch.kills,
        "busy": busy,
        "slowest": tally.slowest,
        "samples": [(one.when, one.pss, one.eldest) for one in watch.samples],
    }
