"""Labelled synthetic cases, drawn block by block from the tables of the latent states.

A person's condition is drawn, all alike often, then a joint state, then what is stated: findings
one by one, families as closed reports, attributes on their grids. A report that is no case is
drawn again within its condition.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from service.clinical.vocabulary import URGENCY_BY_ID, Category
from synthetic import grids
from synthetic.profiles import World
from synthetic.reports import PRESENT, UNKNOWN, Family
from synthetic.states import States
from synthetic.wheel import Wheel

BLOCK = 65_536
"""Cases in a block; block i is drawn from SeedSequence(seed, spawn_key=(i,))."""

SPLITS = {
    "train": 0.55,
    "validation": 0.05,
    "calibration": 0.15,
    "conformal": 0.15,
    "evaluation": 0.10,
}
"""Shares of the splits; no case is in two of them."""

HELD_OUT_BLOCKS = 16
"""Blocks from which cases are held out; later ones are all for training."""

POSTERIOR = "posterior_"
"""Begins the names of columns that are computed of the drawn ones, and are not in the digest."""

Places = NDArray[np.intp]
Stated = NDArray[np.int8]
Generator = np.random.Generator


STEPS = 2**32
"""Whole numbers that are drawn: a chance is met within 1e-9, which float32 numbers do not."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A world and its states, made ready for drawing.

    `present` and `told` hold of how many in STEPS it is stated that a single finding is there, and
    that it is or is not, (n_states, n_singles).
    """

    world: World
    states: States
    by_condition: Wheel
    present: NDArray[np.uint32]
    told: NDArray[np.uint32]
    families: tuple[tuple[Family, Wheel], ...]
    attributes: dict[str, Wheel]


def machine(world: World, states: States) -> Machine:
    """Prepare the tables of a world's states."""
    conditions = np.arange(len(states.accepted))[:, np.newaxis]
    single = states.single
    return Machine(
        world=world,
        states=states,
        by_condition=Wheel.of(np.where(states.condition == conditions, states.prior, 0)),
        present=_steps(single.present),
        told=_steps(single.present + single.absent),
        families=tuple((family, Wheel.of(family.chances)) for family in states.families),
        attributes={id: Wheel.of(chances) for id, chances in states.attributes.items()},
    )


def _steps(chances: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.minimum(np.round(chances * STEPS), STEPS - 1).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Reports:
    """What people say: state and number of answers, (n,), findings, (n, n_findings)."""

    state: Places
    answers: NDArray[np.int16]
    stated: Stated

    def take(self, which: NDArray[np.generic]) -> "Reports":
        """Return some of the reports, by place or by mask."""
        return Reports(self.state[which], self.answers[which], self.stated[which])


def block(source: Machine, number: int, seed: int, i: int) -> pa.Table:
    """Draw block i of a seed: `number` cases that the service would accept, with two answers."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,)))
    condition = rng.integers(len(source.states.accepted), size=number)
    parts = []
    while condition.size:
        reports = _reports(source, condition, rng)
        is_case = (reports.answers >= 2) & (reports.stated == PRESENT).any(axis=1)
        parts.append(reports.take(is_case))
        condition = source.states.condition[reports.state[~is_case]]
    cases = shuffled(parts, rng)
    splits = SPLITS if i < HELD_OUT_BLOCKS else {"train": 1.0}
    return table(source, cases, cases.state, rng, splits)


def shuffled(parts: Sequence[Reports], rng: Generator) -> Reports:
    """Put reports together in random order."""
    together = Reports(
        np.concatenate([part.state for part in parts]),
        np.concatenate([part.answers for part in parts]),
        np.concatenate([part.stated for part in parts]),
    )
    return together.take(rng.permutation(len(together.state)))


def table(
    source: Machine, cases: Reports, shown: Places, rng: Generator, splits: Mapping[str, float]
) -> pa.Table:
    """Return cases as a table; their attributes are drawn from the states `shown`, (n,).

    `splits` holds the share of each split that the cases are put in.
    """
    world, states = source.world, source.states
    levels = np.array([stage.level.value for stage in world.stages])
    chances = [splits.get(name, 0.0) for name in SPLITS]
    split = rng.choice(len(SPLITS), size=len(shown), p=chances)
    columns = {
        id: pa.array(column, mask=column == UNKNOWN)
        for id, column in zip(world.vocabulary.findings, cases.stated.T.copy(), strict=True)
    }
    return pa.table(
        columns
        | _attributes(source, shown, rng)
        | {
            "answers": cases.answers,
            "condition": _named(states.condition[cases.state], list(world.catalogue.conditions)),
            "triage": _named(levels[states.stage[cases.state]], list(URGENCY_BY_ID)),
            "split": _named(split, list(SPLITS)),
        }
    )


def _reports(source: Machine, condition: Places, rng: Generator) -> Reports:
    """Draw for each condition a state and what is said in it, sorted by state for speed."""
    state = np.sort(source.by_condition.draw(condition, rng))
    people = np.bincount(state, minlength=len(source.states.prior))
    draw = rng.integers(STEPS, size=(len(state), source.told.shape[1]), dtype=np.uint32)
    is_told = draw < np.repeat(source.told, people, axis=0)
    is_present = draw < np.repeat(source.present, people, axis=0)
    answers = is_told.sum(axis=1, dtype=np.int16)
    stated = np.empty((len(state), len(source.world.vocabulary.findings)), dtype=np.int8)
    # UNKNOWN, ABSENT and PRESENT are -1, 0 and 1.
    stated[:, source.states.single.findings] = is_told.view(np.int8) + is_present.view(np.int8) - 1
    for family, wheel in source.families:
        entry = wheel.draw(state, rng)
        stated[:, family.findings] = family.reports[family.report[entry]]
        answers += family.answers[entry].astype(np.int16)
    return Reports(state, answers, stated)


def _attributes(source: Machine, state: Places, rng: Generator) -> dict[str, pa.Array]:
    columns = {}
    for id, wheel in source.attributes.items():
        place = wheel.draw(state, rng)
        is_unknown = rng.random(len(state), dtype=np.float32) >= source.states.known[id]
        attribute = source.world.vocabulary.attributes[id]
        if isinstance(attribute, Category):
            columns[id] = _named(place, list(attribute.values), is_unknown)
        else:
            columns[id] = pa.array(grids.GRIDS[id].astype(np.float32)[place], mask=is_unknown)
    return columns


def _named(
    places: Places, names: Sequence[str], is_unknown: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    """Return names by place, held once each."""
    codes = pa.array(places.astype(np.int8), mask=is_unknown)
    return pa.DictionaryArray.from_arrays(codes, list(names))


def digest(tables: Iterator[pa.Table]) -> Iterator[tuple[pa.Table, str]]:
    """Yield each table with the SHA-256 of all drawn columns up to it.

    It is over the values, so it depends on neither files, workers nor compression.
    """
    sha256 = hashlib.sha256()
    for table in tables:
        for name in (name for name in table.column_names if not name.startswith(POSTERIOR)):
            sha256.update(name.encode())
            column = table[name].unify_dictionaries().combine_chunks()
            if pa.types.is_dictionary(column.type):
                sha256.update("\n".join(column.dictionary.to_pylist()).encode())
                column = column.indices
            sha256.update(column.fill_null(-1).to_numpy(zero_copy_only=False))
        yield table, sha256.hexdigest()
