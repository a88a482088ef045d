"""A process as Linux shows it in /proc: memory, age, processor time and children."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a process: resident, and its proportional share of what several map."""

    rss: int
    pss: int


def memory(pid: int) -> Memory:
    """Return the memory of a process; raises OSError when it has ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
    return Memory(kilobytes["Rss"] * 1024, kilobytes["Pss"] * 1024)


def started(pid: int) -> int:
    """Return when a process was started, in ticks since the machine was; 0 when it has ended."""
    return _stat(pid, 19)


def busy(pid: int) -> float:
    """Return the seconds of processor time that a process has used; 0 when it has ended."""
    return (_stat(pid, 11) + _stat(pid, 12)) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int, place: int) -> int:
    """Return a number of /proc/<pid>/stat, by its place after the name (man 5 proc)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[place])


def below(pid: int) -> list[int]:
    """Return the ids of the processes that a process started, and of theirs."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [int(child) for child in children] + [p for c in children for p in below(int(c))]
