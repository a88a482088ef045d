"""The gates: what a model must do before it may serve."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.manifest import BANDS
from training import compare, probes
from training.judgement import Judgement
from training.view import answers_name


class GateError(Exception):
    """A model may not serve; the message names each gate that it failed, and by how much."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A demand: every figure of these keys lies within bounds; a key with a dot at its end is many.

    A figure that was not measured is a fault. A gate that is `of_the_world` is about the synthetic
    world and not asked of a model that learned from somebody's own data.
    """

    name: str
    keys: tuple[str, ...]
    at_least: float = -float("inf")
    at_most: float = float("inf")
    of_the_world: bool = False

    def faults(self, judgement: Judgement) -> Iterator[str]:
        """Yield what lies outside of the bounds, and by how much."""
        for key in self.keys:
            found = [one for one in judgement.figures if _is_of(one.key, key)]
            if not found:
                yield f"{self.name}: {key} was not measured"
            for figure in found:
                yield from self._outside(figure.key, figure.value)

    def _outside(self, key: str, value: float) -> Iterator[str]:
        # Asked this way round, a figure that is no number is at fault.
        if not value >= self.at_least:
            yield self._told(key, value, "at least", self.at_least)
        if not value <= self.at_most:
            yield self._told(key, value, "at most", self.at_most)

    def _told(self, key: str, value: float, side: str, bound: float) -> str:
        return (
            f"{self.name}: {key} is {value:.4g}, expected {side} {bound:g},"
            f" which it misses by {abs(value - bound):.3g}"
        )


def _is_of(key: str, asked: str) -> bool:
    """Tell whether the key of a figure is asked for; what ends with a dot asks for many."""
    return key.startswith(asked) if asked.endswith(".") else key == asked


GATES = (
    Gate("emergencies", ("emergencies_given_urgent_or_above",), at_least=0.85),
    Gate("published patients", ("published/top_1",), at_least=0.55),
    Gate("published patients", ("published/top_3",), at_least=0.75),
    Gate("regret", ("regret",), at_most=0.08, of_the_world=True),
    Gate("calibration", ("calibration_slope.",), 0.85, 1.15, of_the_world=True),
    Gate("calibration", ("calibration_intercept.",), -0.3, 0.3, of_the_world=True),
    Gate(
        "coverage",
        ("coverage.", *(f"{answers_name(*band)}/coverage" for band in BANDS)),
        at_least=0.93,
        of_the_world=True,
    ),
    Gate("latency", ("latency_ratio",), at_most=2.0),
    Gate("size", ("artefact_bytes",), at_most=5e6),
)
"""The bounds leave `quick` through and stop what is broken (assumed); how good a model is beyond
them is for `make compare` to say."""

NO_WORSE = (
    "emergencies given emergency",
    "emergencies given urgent or above",
    "published top-1",
    "published top-3",
    "own top-1",
)
"""Measures in which a challenger may not be worse than the champion by more than noise."""


def check(challenger: Judgement, champion: Judgement | None) -> None:
    """Raise GateError with every fault of every gate.

    Without a champion there is nothing to be worse than: the gates are absolute.
    """
    if found := faults(challenger, champion):
        raise GateError("\n".join(found))


def faults(challenger: Judgement, champion: Judgement | None) -> list[str]:
    """Return the faults of every gate."""
    return [
        *probes.faults(challenger),
        *(
            fault
            for gate in GATES
            if not (gate.of_the_world and challenger.learned_own)
            for fault in gate.faults(challenger)
        ),
        *(regressions(challenger, champion) if champion else ()),
    ]


def regressions(challenger: Judgement, champion: Judgement) -> Iterator[str]:
    """Yield what the challenger does worse than the champion by more than noise."""
    for one in compare.differences(champion, challenger):
        if one.measure.name in NO_WORSE and one.is_worse:
            yield (
                f"no worse than the champion: {one.measure.name} is {one.challenger:.3f},"
                f" the champion's {one.champion:.3f}; the difference is"
                f" {one.low:.3f} to {one.high:.3f}"
            )
