"""The clients: they send exchanges as fast as the service answers, and note what came back."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from tests.load.exchange import (
    ABORTED,
    HALF,
    SILENT,
    SLOW,
    STALLED,
    UNANSWERED,
    UNREAD,
    Answer,
    Broken,
    Exchange,
    read,
)
from tests.load.mixture import Mixture
from tests.load.server import HOST

PATIENCE = 60
"""Seconds that a client waits for anything."""

KEPT = 50
"""Different faults that are told; all are counted."""

PIECES, PAUSE = 20, 0.1
"""How a slow client sends, with seconds between the pieces."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER by which closing a socket resets the connection."""


@dataclass(slots=True)
class Tally:
    """What all clients saw; times are seconds of the monotonic clock.

    `broken` holds when connections ended before their answer; `faults` how often each came;
    `seconds` the answers of each second; `slowest` is the longest that an answer took, in seconds,
    slow clients left out.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: Counter[int] = field(default_factory=Counter)
    broken: list[tuple[float, str]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    slowest: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, exchange: Exchange, status: int, fault: str, took: float) -> None:
        """Note an answer, 0 for a connection that ended without one, and what was wrong with it."""
        with self._lock:
            self.statuses[exchange.kind, status] += 1
            self.seconds[int(time.monotonic())] += 1
            if exchange.manner not in (SLOW, STALLED, SILENT):
                self.slowest = max(self.slowest, took)
            if fault:
                is_told = fault in self.faults or len(self.faults) < KEPT
                self.faults[fault if is_told else "others"] += 1

    def broke(self, when: float, what: str) -> None:
        """Note a connection that ended before its answer."""
        with self._lock:
            self.broken.append((when, what))


class Client(threading.Thread):
    """One connection after the other, with a pause in between, until it is stopped."""

    def __init__(
        self, mixture: Mixture, port: int, seed: int, tally: Tally, pause: float = 0
    ) -> None:
        super().__init__(daemon=True, name=f"client-{seed}")
        self._mixture, self._port, self._tally = mixture, port, tally
        self._rng, self._pause = random.Random(seed), pause  # noqa: S311  # a seed repeats a run
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End after the exchange that is under way."""
        self._stopped.set()

    def run(self) -> None:
        """Send and judge until stopped."""
        for number in count():
            if self._stopped.wait(self._pause) if self._pause else self._stopped.is_set():
                return
            self._one(self._mixture.draw(self._rng), f"{self.name}-{number}")

    def _one(self, exchange: Exchange, id: str) -> None:
        start = time.monotonic()
        try:
            answer = exchanged(self._port, exchange, id)
            fault = exchange.fault(answer, id) if answer else ""
        except (Broken, OSError) as error:
            if not exchange.may_close or isinstance(error, TimeoutError):
                self._tally.broke(time.monotonic(), f"{_named(exchange)}: {error}")
                return
            answer, fault = None, ""
        except Exception as error:  # whatever an answer makes of our reading is a fault of it
            answer, fault = None, f"{type(error).__name__}: {error}"
        status, body = (answer.status, answer.body) if answer else (0, b"")
        told = f"{_named(exchange)}: {fault}; {status} came back with {body[:200]!r}"
        self._tally.answered(exchange, status, told if fault else "", time.monotonic() - start)


def exchanged(port: int, exchange: Exchange, id: str) -> Answer | None:
    """Send a request in its manner; returns the answer, or nothing when the client leaves.

    Raises Broken or OSError when the connection ends before the answer.
    """
    with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
        # It may be refused before all of it is sent; the answer will tell.
        with suppress(BrokenPipeError, ConnectionResetError):
            _send(connection, exchange, exchange.sent(id))
        if exchange.manner in UNANSWERED:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return None
        return read(_received(connection))


def _send(connection: socket.socket, exchange: Exchange, request: bytes) -> None:
    manner = exchange.manner
    if manner == SLOW:
        size = -(-len(request) // PIECES)
        for i in range(PIECES):
            connection.sendall(request[i * size : (i + 1) * size])
            time.sleep(PAUSE)
    elif manner in (HALF, STALLED, ABORTED):
        connection.sendall(request[: len(request) - (len(exchange.body) or len(request)) // 2])
        if manner == HALF:
            connection.shutdown(socket.SHUT_WR)
    elif manner != SILENT:
        connection.sendall(request)
        if manner == UNREAD:
            time.sleep(0.001)  # so that it is being answered


def _received(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def _named(exchange: Exchange) -> str:
    line = exchange.head[:80].split(b"\r\n")[0].decode("latin-1")
    return f"{exchange.kind} {exchange.manner} {line!r} {exchange.body[:60]!r}"
