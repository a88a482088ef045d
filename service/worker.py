"""gunicorn's sync worker, which no client can hold and which leaves when another has taken over.

A sync worker waits for its client for ever, until gunicorn kills it: one client that connects and
says nothing would cost a worker. And at SIGHUP gunicorn ends the old workers while the new ones
still load the model: for these seconds nobody would answer.
"""

import functools
import logging
import mmap
import select
import socket
import time
from typing import Any, Self

from gunicorn.workers.sync import SyncWorker  # type: ignore[import-untyped]

_log = logging.getLogger(__name__)

SECONDS = 10.0
"""Seconds that a client has to send its whole request, and again to take its answer."""

GLANCE = 0.1
"""Seconds between two looks of a worker that was told to leave at whether it may."""

_MADE, _BOOTED = 0, 1


class Client(socket.socket):
    """A client's socket that reads as ended once the time for the request is over."""

    _deadline: float
    _is_awaited: bool

    @classmethod
    def of(cls, accepted: socket.socket) -> Self:
        """Take over an accepted socket; its time runs from now."""
        family, kind, protocol = accepted.family, accepted.type, accepted.proto
        client = cls(family, kind, protocol, fileno=accepted.detach())
        client.settimeout(SECONDS)
        client._deadline = time.monotonic() + SECONDS
        client._is_awaited = True
        return client

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Receive what has come; nothing, as at the end of a stream, when the time is over."""
        left = self._deadline - time.monotonic()
        wait = max(0.0, min(left, self.gettimeout() or 0.0))
        if select.select([self], [], [], wait)[0]:
            return super().recv(size, flags)
        self._cut_off()
        return b""

    def shutdown(self, how: int, /) -> None:
        """End what is sent; what still comes is no request, and none is awaited."""
        self._is_awaited = False
        super().shutdown(how)

    def _cut_off(self) -> None:
        if self._is_awaited:
            self._is_awaited = False
            _log.warning("a client was cut off: no whole request within %d seconds", SECONDS)


@functools.cache
def _generations() -> memoryview:
    """Return the youngest generation made and booted, in memory that processes share.

    A generation is the workers between two reloads, and those that replace them when they die.
    """
    return memoryview(mmap.mmap(-1, 16)).cast("Q")


def reloaded() -> None:
    """Begin a generation; called by gunicorn's own process before it makes the workers."""
    _generations()[_MADE] += 1


class Worker(SyncWorker):  # type: ignore[misc]  # of a package without types
    """A sync worker of the generation in which gunicorn has made it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._leave_by: float | None = None
        self._generation = _generations()[_MADE]  # still in gunicorn's own process

    def handle_exit(self, *_: Any) -> None:
        """Leave, but not while a younger generation is to boot, unless it takes too long."""
        if self._leave_by is None:  # gunicorn says it every second
            self._leave_by = time.monotonic() + self.cfg.graceful_timeout

    def notify(self) -> None:
        """Tell gunicorn and the older workers that this one lives; called before each client."""
        super().notify()
        made, booted = _generations()
        if booted < self._generation:
            _generations()[_BOOTED] = self._generation
        if self._leave_by is not None:
            is_needed = booted <= self._generation < made
            self.alive = is_needed and time.monotonic() < self._leave_by

    def wait(self, timeout: float) -> Any:
        """Wait for a client, or for the time of the next look."""
        return super().wait(timeout if self._leave_by is None else GLANCE)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Answer one client."""
        super().handle(listener, Client.of(client), addr)
