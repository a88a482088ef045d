"""The watch over a service under load: its memory, its workers, and one of them killed at times."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

from tests.load.process import busy, memory
from tests.load.server import Server


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory at a time, in bytes: share of all processes, and what is resident of the eldest."""

    when: float
    pss: int
    eldest: int


@dataclass(slots=True)
class Watch:
    """Looks at a server's processes, and kills the youngest worker when told to.

    The youngest, so that the eldest lives through the whole run, and tells whether it grows.
    `lost` are workers that ended without being killed.
    """

    server: Server
    eldest: int
    samples: list[Sample] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)
    _killed: set[int] = field(default_factory=set)

    def look(self) -> None:
        """Notice which workers there are."""
        alive = set(self.server.workers())
        self.lost |= self._seen - alive - self._killed
        self._seen |= alive

    def sample(self) -> None:
        """Note the memory."""
        pss = 0
        for pid in (self.server.pid, *self.server.workers()):
            with suppress(OSError):  # it may just have ended
                pss += memory(pid).pss
        with suppress(OSError):
            self.samples.append(Sample(time.monotonic(), pss, memory(self.eldest).rss))

    def kill(self) -> None:
        """Kill the youngest worker, unless it is the only one just now."""
        _, *younger = self.server.workers()
        if younger:
            self._killed.add(younger[-1])
            self.kills.append(time.monotonic())
            os.kill(younger[-1], signal.SIGKILL)

    def busy(self) -> float:
        """Return the seconds of processor time that the eldest worker has used."""
        return busy(self.eldest)
