"""Labelled synthetic cases: people are drawn from the documented world, then what they tell.

A person has a condition (all alike often), a place `u` in the uncertainty about the source's
population, which moves all bands of the condition together, and findings that are independent
given both, but for those that `implies` connects. What is told follows a latent reporter.
The first generator: stages of a disease, doubts and misreports are not yet drawn.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from service.clinical.vocabulary import Category, Quantity
from synthetic.lineage import lineage
from synthetic.profiles import World

BLOCK = 65_536
"""Cases in a block; block i is drawn from SeedSequence(seed, spawn_key=(i,))."""

SPLITS = {"train": 0.70, "calibration": 0.10, "conformal": 0.10, "evaluation": 0.10}
"""Shares of the splits; no case is in two of them."""

TINY = np.finfo(np.float64).tiny
"""Keeps a division by a frequency of 0 or 1 defined; its result is not used."""

Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class People:
    """Who is drawn: index of the condition and place `u` in its bands, each (n_cases,)."""

    condition: NDArray[np.intp]
    u: Reals


def blocks(world: World, number: int, seed: int) -> Iterator[pa.Table]:
    """Yield `number` cases in tables of at most BLOCK rows, the same for the same seed."""
    for i in range(-(-number // BLOCK)):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,)))
        yield block(world, min(BLOCK, number - i * BLOCK), rng)


def block(world: World, number: int, rng: np.random.Generator) -> pa.Table:
    """Draw `number` cases that the service would accept, with at least two answers each."""
    people = People(rng.integers(len(world.catalogue.conditions), size=number), rng.random(number))
    stated_present, stated_absent = _stated(world, people, rng)
    while (refused := _refused(stated_present, stated_absent)).any():
        again = People(people.condition[refused], people.u[refused])
        stated_present[refused], stated_absent[refused] = _stated(world, again, rng)
    columns = _finding_columns(world, stated_present, stated_absent)
    columns |= _attribute_columns(world, people, rng)
    answers = (stated_present | stated_absent).sum(axis=1).astype(np.int16)
    conditions = list(world.catalogue.conditions.values())
    levels = np.array([condition.urgency.id for condition in conditions])
    return pa.table(
        columns
        | {
            "answers": answers,
            "condition": np.array([c.id for c in conditions])[people.condition],
            "triage": levels[people.condition],
            "split": rng.choice(list(SPLITS), size=number, p=list(SPLITS.values())),
        }
    )


def digest(tables: Iterator[pa.Table]) -> Iterator[tuple[pa.Table, str]]:
    """Yield each table with the SHA-256 of all columns up to it.

    It is over the values, so it depends on neither files nor compression.
    """
    sha256 = hashlib.sha256()
    for table in tables:
        for name in table.column_names:
            column = table[name].combine_chunks()
            sha256.update(name.encode())
            if pa.types.is_string(column.type):
                sha256.update("\n".join(map(str, column.to_pylist())).encode())
            else:
                sha256.update(column.fill_null(-1).to_numpy(zero_copy_only=False).tobytes())
        yield table, sha256.hexdigest()


def _refused(stated_present: Flags, stated_absent: Flags) -> Flags:
    answers = stated_present.sum(axis=1) + stated_absent.sum(axis=1)
    return np.asarray((answers < 2) | ~stated_present.any(axis=1))


def _stated(world: World, people: People, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Draw what is true and what of it is told, each (n_cases, n_findings)."""
    truth = _truth(world, people, rng)
    reporting = world.reporting
    reporter = rng.choice(len(reporting.shares), size=len(truth), p=reporting.shares)
    chance = np.where(truth, reporting.present[reporter], reporting.absent[reporter])
    told = rng.random(truth.shape) < chance
    return told & truth, told & ~truth


def _truth(world: World, people: People, rng: np.random.Generator) -> Flags:
    """Draw the true findings, each as often as its row says, closed under `implies`.

    Whoever has a finding has what it implies, so it is drawn among those alone, with the chance
    f / f_above. A further finding that it implies is drawn after it: among those who do not have
    the finding below with the chance (f - f_below) / (1 - f_below).
    """
    low, high = world.frequencies.low[people.condition], world.frequencies.high[people.condition]
    frequency = low + people.u[:, np.newaxis] * (high - low)
    draw = rng.random(frequency.shape)
    truth = draw < frequency
    for step in lineage(world.vocabulary):
        f, other = frequency[:, step.finding], frequency[:, step.other]
        if step.is_above:
            chance = np.where(truth[:, step.other], f / np.maximum(other, TINY), 0)
        else:
            chance = np.where(truth[:, step.other], 1, (f - other) / np.maximum(1 - other, TINY))
        truth[:, step.finding] = draw[:, step.finding] < chance
    return truth


def _finding_columns(
    world: World, stated_present: Flags, stated_absent: Flags
) -> dict[str, pa.Array]:
    """Close what is stated under `implies` both ways and give each finding its column."""
    position = {id: i for i, id in enumerate(world.vocabulary.findings)}
    columns = {}
    for id in position:
        present = stated_present[:, [position[f] for f in world.vocabulary.implying[id]]]
        absent = stated_absent[:, [position[f] for f in world.vocabulary.implied[id]]]
        is_present, is_absent = present.any(axis=1), absent.any(axis=1)
        columns[id] = pa.array(is_present.astype(np.int8), mask=~(is_present | is_absent))
    return columns


def _attribute_columns(
    world: World, people: People, rng: np.random.Generator
) -> dict[str, pa.Array]:
    columns = {}
    for attribute in world.vocabulary.attributes.values():
        if isinstance(attribute, Quantity):
            values: NDArray[np.generic] = _quantity(world, people, attribute, rng)
        else:
            values = _category(world, people, attribute, rng)
        unknown = rng.random(len(values)) >= world.reporting.known[attribute.id]
        columns[attribute.id] = pa.array(values, mask=unknown)
    return columns


def _parameter(world: World, people: People, attribute: str, name: str) -> Reals:
    band = world.parameters[attribute, name]
    low, high = band.low[people.condition], band.high[people.condition]
    return np.asarray(low + people.u * (high - low))


def _quantity(
    world: World, people: People, quantity: Quantity, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw a normal (mean, sd) or log-normal (median, log_sd) value, kept within the range."""
    noise = rng.standard_normal(len(people.u))
    if (quantity.id, "mean") in world.parameters:
        mean = _parameter(world, people, quantity.id, "mean")
        values = mean + noise * _parameter(world, people, quantity.id, "sd")
    else:
        median = _parameter(world, people, quantity.id, "median")
        values = median * np.exp(noise * _parameter(world, people, quantity.id, "log_sd"))
    return np.clip(values, quantity.minimum, quantity.maximum).round(1).astype(np.float32)


def _category(
    world: World, people: People, category: Category, rng: np.random.Generator
) -> NDArray[np.str_]:
    """Draw a value: the named shares first, the rest divided evenly among the values left.

    Sex `other` is left out: no source gives a share by condition.
    """
    named = [name for name in world.parameters if name[0] == category.id]
    first = [name.removeprefix("share_") for _, name in named]
    rest = [value for value in category.values if value not in (*first, "other")]
    shares = [_parameter(world, people, *name) for name in named]
    left = np.clip(1 - np.sum(shares, axis=0), 0, 1) / len(rest)
    steps = np.cumsum([*shares, *([left] * len(rest))], axis=0)
    chosen = (rng.random(len(people.u)) * steps[-1] >= steps).sum(axis=0)
    values = np.array([*first, *rest])
    return np.asarray(values[np.minimum(chosen, len(values) - 1)])
