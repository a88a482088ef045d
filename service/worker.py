"""gunicorn's sync worker, which no client can hold and which leaves when another has taken over.

A sync worker waits for its client for ever, until gunicorn kills it: one client that connects and
says nothing would cost a worker. And at SIGHUP gunicorn ends the old workers while the new ones
still load the model: for these seconds nobody would answer.
"""

import functools
import mmap
import select
import socket
import time
from typing import Any, Self

from gunicorn.workers.sync import SyncWorker  # type: ignore[import-untyped]

SECONDS = 10.0
"""Seconds that a client has to send its whole request, and again to take its answer."""

GLANCE = 0.1
"""Seconds between two looks of a worker that was told to leave at whether it may."""

_MADE, _BOOTED = 0, 1


class Client(socket.socket):
    """A client's socket that reads as ended once the time for the request is over."""

    _deadline: float

    @classmethod
    def of(cls, accepted: socket.socket) -> Self:
        """Take over an accepted socket; its time runs from now."""
        family, kind, protocol = accepted.family, accepted.type, accepted.proto
        client = cls(family, kind, protocol, fileno=accepted.detach())
        client.settimeout(SECONDS)
        client._deadline = time.monotonic() + SECONDS
        return client

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Receive what has come; nothing, as at the end of a stream, when the time is over."""
        left = self._deadline - time.monotonic()
        wait = max(0.0, min(left, self.gettimeout() or 0.0))
        return super().recv(size, flags) if select.select([self], [], [], wait)[0] else b""


@functools.cache
def _ages() -> memoryview:
    """Return the age of the youngest worker made and booted, in memory that processes share."""
    return memoryview(mmap.mmap(-1, 16)).cast("Q")


class Worker(SyncWorker):  # type: ignore[misc]  # of a package without types
    """A sync worker; gunicorn counts `age` up with each one that it makes."""

    def __init__(self, age: int, *rest: Any) -> None:
        super().__init__(age, *rest)
        self._leave_by: float | None = None
        _ages()[_MADE] = age  # still in gunicorn's own process, before the fork

    def run(self) -> None:
        """Answer clients until told to leave."""
        if self.age == _ages()[_MADE]:
            _ages()[_BOOTED] = self.age
        super().run()

    def handle_exit(self, *_: Any) -> None:
        """Leave, but not before the youngest has booted, or failed to for too long."""
        self._leave_by = time.monotonic() + self.cfg.graceful_timeout

    def notify(self) -> None:
        """Tell gunicorn that the worker lives; called before each client."""
        super().notify()
        if self._leave_by is not None:
            replaced = _ages()[_BOOTED] == _ages()[_MADE]
            self.alive = not replaced and time.monotonic() < self._leave_by

    def wait(self, timeout: float) -> Any:
        """Wait for a client, or for the time of the next look."""
        return super().wait(timeout if self._leave_by is None else GLANCE)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Answer one client."""
        super().handle(listener, Client.of(client), addr)
