"""Published figures against what the synthetic world says, without drawing a case.

A figure whose source the profiles took a number from shows whether the world still holds what it
took; the others are checks. The comparison group of specificities and likelihood ratios is everyone
without the condition as primary care sees them, which seldom is the study's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.clinical import table
from synthetic import grids
from synthetic.profiles import World
from synthetic.states import States, U
from synthetic.tables import BACKGROUND

Reals = NDArray[np.float64]

COLUMNS = (
    "condition", "stage", "finding", "measure", "value", "low", "high", "population", "source",
    "quality", "explanation",
)  # fmt: skip
NEAR, ODDS = 0.10, 3.0
"""A share agrees when the bands are no farther apart than this, and their odds no more than by this
factor, so that 0.02 and 0.10 differ (assumed)."""

EDGE = 0.005
"""What counts as 0 or 1 in a ratio of odds: a study of 200 can hardly tell (assumed)."""

FACTOR = 2.0
"""A ratio or a duration agrees when the bands are no farther apart than this factor (assumed)."""

YEARS = 5.0
"""A mean or standard deviation of age agrees within as many years (assumed)."""

GROUP = "primary_care"

PATH = Path(__file__).with_name("published_figures.csv")
RATIOS = ("lr_plus", "lr_minus")
MEASURES = (
    "frequency", "specificity", *RATIOS, "age_mean", "age_sd", "duration_median_days",
    "female_share", "onset_sudden_share", "bilateral_share",
)  # fmt: skip
UNCOMPARED = ("prevalence",)
"""What the priors are about: no profile gives it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure, its band, and the band that the world gives for it.

    `stages` are those of the condition that the study is about, all of them when there is none.
    `is_input` tells that the profiles took a number from the same source: it should come out again.
    """

    condition: str
    stages: tuple[str, ...]
    finding: str
    measure: str
    published: tuple[float, float]
    simulated: tuple[float, float]
    explanation: str
    is_input: bool

    @property
    def agrees(self) -> bool:
        """Tell whether the two bands touch, or nearly."""
        below = max(self.published[0], self.simulated[0])
        above = min(self.published[1], self.simulated[1])
        if self.measure in RATIOS:
            # Evidence for is never near evidence against.
            is_across = above < 1 < below
            return below <= above * FACTOR and not is_across
        if self.measure == "duration_median_days":
            return below <= above * FACTOR
        if self.measure.startswith("age_"):
            return below <= above + YEARS
        return below <= above + NEAR and _odds(below) <= _odds(above) * ODDS


def _odds(share: float) -> float:
    inside = min(max(share, EDGE), 1 - EDGE)
    return inside / (1 - inside)


def compare(world: World, states: States, path: Path = PATH) -> list[Figure]:
    """Return each published figure with what the world says.

    Left out are prevalences, and the accuracy of a value of an attribute: no grid is cut there.
    Raises TableError with every fault of the table of figures.
    """
    measured = _Measured(world, states)
    return [
        Figure(
            condition=row["condition"],
            stages=tuple(filter(None, row["stage"].split("|"))),
            finding=row["finding"],
            measure=row["measure"],
            published=(
                float(row["low"] or row["value"]),
                float(row["high"] or row["value"]),
            ),
            simulated=measured.band(row),
            explanation=row["explanation"],
            is_input=_taken(row) in world.taken,
        )
        for row in read(world, path)
        if measured.knows(row["finding"], row["measure"])
    ]


def read(world: World, path: Path = PATH) -> list[dict[str, str]]:
    """Return the rows of published figures; raises TableError with every fault of them."""
    rows = table.read(path, COLUMNS)
    faults = [
        f"{path.name}, line {line}: {row['condition']}, {row['finding']}, {row['measure']}: {said}"
        for line, row in enumerate(rows, start=2)
        for said in _faults(row, world)
    ]
    if faults:
        raise table.TableError(faults)
    return rows


def _faults(row: Mapping[str, str], world: World) -> Iterator[str]:
    conditions = list(world.catalogue.conditions)
    if row["condition"] in conditions:
        place = conditions.index(row["condition"])
        stages = [stage.id for stage in world.stages if stage.condition == place]
        for stage in filter(None, row["stage"].split("|")):
            if stage not in stages:
                yield f"no such stage: {stage!r}, expected {', '.join(stages)}"
    else:
        yield f"no such condition: {row['condition']!r}"
    if row["measure"] not in (*MEASURES, *UNCOMPARED):
        yield f"no such measure: {row['measure']!r}, expected {', '.join((*MEASURES, *UNCOMPARED))}"
    words = world.vocabulary
    if row["finding"] not in (*words.findings, *words.attributes, ""):
        yield f"no such finding or attribute: {row['finding']!r}"
    if row["source"] not in world.catalogue.sources:
        yield f"the source {row['source']!r} is not in sources.csv"
    try:
        low, value, high = (float(row[c] or row["value"]) for c in ("low", "value", "high"))
    except ValueError:
        yield f"{row['value']!r}, {row['low']!r} to {row['high']!r}: not a number"
    else:
        if not 0 <= low <= value <= high:
            yield f"{value:g} does not lie within {low:g} to {high:g}"


def _taken(row: Mapping[str, str]) -> tuple[str, str, str]:
    """Return where the profiles would have taken a figure to: a specificity to the background."""
    condition = BACKGROUND if row["measure"] == "specificity" else row["condition"]
    return condition, row["finding"], row["source"]


class _Measured:
    """Looks a measure up in the states, at each place in the bands."""

    def __init__(self, world: World, states: States) -> None:
        self._world = world
        self._states = states
        self._conditions = list(world.catalogue.conditions)
        self._stage_ids = np.array([stage.id for stage in world.stages])[states.stage]
        self._findings = {id: i for i, id in enumerate(world.vocabulary.findings)}
        self._measures: Mapping[str, Callable[[Reals, Reals, str], float]] = {
            "frequency": self._frequency,
            "specificity": lambda _, others, f: 1 - self._frequency(others, others, f),
            "lr_plus": self._lr_plus,
            "lr_minus": self._lr_minus,
            "age_mean": lambda of, _, a: self._moments(of, a)[0],
            "age_sd": lambda of, _, a: self._moments(of, a)[1],
            "duration_median_days": self._median,
            "female_share": lambda of, _, a: self._share(of, a, ("female",)),
            "onset_sudden_share": lambda of, _, a: self._share(of, a, ("sudden",)),
            "bilateral_share": lambda of, _, a: self._share(of, a, ("both", "both_one_worse")),
        }

    def knows(self, subject: str, measure: str) -> bool:
        """Tell whether the world has an answer."""
        of_finding = measure in ("frequency", "specificity", "lr_plus", "lr_minus")
        return measure in self._measures and of_finding == (subject in self._findings)

    def band(self, row: Mapping[str, str]) -> tuple[float, float]:
        """Return the least and the greatest value of a published row over the places in bands."""
        values = [
            self._measures[row["measure"]](
                self._people(row["condition"], row["stage"], u),
                self._others(row["condition"], u),
                row["finding"],
            )
            for u in U
        ]
        return min(values), max(values)

    def _people(self, condition: str, stage: str, u: float) -> Reals:
        """Return the weight of each state among people of a condition, or of stages of it."""
        chosen = self._states.condition == self._conditions.index(condition)
        if stage:
            chosen &= np.isin(self._stage_ids, stage.split("|"))
        weight = self._states.prior * (chosen & (self._states.u == u))
        return np.asarray(weight / weight.sum())

    def _others(self, condition: str, u: float) -> Reals:
        """Return the weight of each state among those without a condition in primary care."""
        prior = self._world.priors[GROUP]
        rest = {other: p for other, p in prior.items() if other != condition}
        weights = [p * self._people(other, "", u) for other, p in rest.items()]
        return np.asarray(np.sum(weights, axis=0) / sum(rest.values()))

    def _frequency(self, of: Reals, _: Reals, finding: str) -> float:
        return float(of @ self._states.frequency[:, self._findings[finding]])

    def _lr_plus(self, of: Reals, others: Reals, finding: str) -> float:
        return self._frequency(of, of, finding) / self._frequency(others, others, finding)

    def _lr_minus(self, of: Reals, others: Reals, finding: str) -> float:
        missed, cleared = (1 - self._frequency(who, who, finding) for who in (of, others))
        return missed / cleared

    def _moments(self, of: Reals, attribute: str) -> tuple[float, float]:
        chances, grid = of @ self._states.attributes[attribute], grids.GRIDS[attribute]
        mean = float(chances @ grid)
        return mean, float(np.sqrt(chances @ (grid - mean) ** 2))

    def _median(self, of: Reals, _: Reals, attribute: str) -> float:
        reached = np.cumsum(of @ self._states.attributes[attribute])
        return float(grids.GRIDS[attribute][np.searchsorted(reached, 0.5)])

    def _share(self, of: Reals, attribute: str, values: tuple[str, ...]) -> float:
        places = grids.index(self._world.vocabulary.attributes[attribute], values)
        return float((of @ self._states.attributes[attribute])[places].sum())
