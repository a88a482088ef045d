"""The picture of a soak: memory and rate over time, with the kills."""

from pathlib import Path

from matplotlib.figure import Figure

from tests.load.client import Tally
from tests.load.watch import Watch


def draw(tally: Tally, watch: Watch, start: float, path: Path) -> None:
    """Draw memory in megabytes and answers a second over seconds since the start."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    memory, rate = figure.subplots(2, 1, sharex=True)
    when = [sample.when - start for sample in watch.samples]
    memory.plot(when, [s.pss / 1e6 for s in watch.samples], label="all processes, PSS")
    memory.plot(when, [s.eldest / 1e6 for s in watch.samples], label="eldest worker, RSS")
    memory.set(ylabel="MB", ylim=(0, None))
    seconds = range(int(start) + 1, max(tally.seconds))  # the first and the last are not whole
    rate.plot([s - start for s in seconds], [tally.seconds[s] for s in seconds])
    rate.set(ylabel="exchanges a second", xlabel="seconds", ylim=(0, None))
    for axes in (memory, rate):
        for i, kill in enumerate(watch.kills):
            axes.axvline(kill - start, color="0.6", linestyle=":", label="" if i else "kill")
    memory.legend(loc="lower right")
    figure.savefig(path)
