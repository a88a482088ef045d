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
    """A demand: each figure of these keys lies within bounds; a dot at its end asks each condition.

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
            for asked in [f"{key}{id}" for id in judgement.on.ids] if key.endswith(".") else [key]:
                if figure := judgement.by_key.get(asked):
                    yield from self._outside(asked, figure.value)
                else:
                    yield f"{self.name}: {asked} was not measured"

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


GATES = (
    Gate("emergencies", ("emergencies_given_emergency",), at_least=0.75),
    Gate("emergencies", ("emergencies_given_urgent_or_above",), at_least=0.85),
    Gate("emergencies", ("emergencies_unflagged_given_urgent_or_above",), at_least=0.70),
    Gate("over-triage", ("primary_care/calm_unflagged_given_emergency",), at_most=0.06),
    Gate("over-triage", ("primary_care/calm_unflagged_given_urgent_or_above",), at_most=0.22),
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

OWN = Gate("own cases", ("own/top_3",), at_least=0.5)
"""Asked beside the others of a model that learned from somebody's own cases (assumed)."""

MARGINS = {
    "emergencies given emergency": 0.005,
    "emergencies given urgent or above": 0.005,
    "calm given emergency": 0.01,
    "calm given urgent or above": 0.02,
    "published top-1": 0.10,
    "published top-3": 0.10,
    "own top-1": 0.10,
}
"""How much worse than the champion a challenger may be (assumed): the interval of the difference
may not reach further. Of 94 published patients less than a tenth cannot be told from chance."""


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
        *(fault for gate in asked(challenger) for fault in gate.faults(challenger)),
        *(regressions(challenger, champion) if champion else ()),
    ]


def asked(challenger: Judgement) -> list[Gate]:
    """Return the gates that a challenger has to pass."""
    if challenger.learned_own:
        return [*(gate for gate in GATES if not gate.of_the_world), OWN]
    return list(GATES)


def regressions(challenger: Judgement, champion: Judgement) -> Iterator[str]:
    """Yield what the challenger may do worse than the champion by more than its margin."""
    for one in compare.differences(champion, challenger):
        margin = MARGINS.get(one.measure.name, float("inf"))
        if one.worst > margin:
            yield (
                f"no worse than the champion: {one.measure.name} is {one.challenger:.3f},"
                f" the champion's {one.champion:.3f}; it may be worse by {one.worst:.3f},"
                f" {margin:g} is allowed"
            )
