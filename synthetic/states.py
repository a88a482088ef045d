"""The latent states: every joint state that a person of a condition can be in, in one place.

A state is a stage of the condition, a place `u` in the uncertainty about the source's population,
an age group and a reporter. Given it, findings are independent but for those that `implies`
connects, and attributes are independent of each other and of the findings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.clinical.table import TableError
from service.clinical.vocabulary import Category, Quantity
from synthetic import grids
from synthetic.profiles import Band, World
from synthetic.reports import Family, Speech, families, family

Reals = NDArray[np.float64]
Places = NDArray[np.intp]

U = (0.2, 0.8)
"""The places in a band, alike likely: nearer to its low or to its high end."""

LEAST_ACCEPTED = 0.01
"""Reports of a condition that can be a case, at least: others are drawn again without end."""

OLD_FROM = 60
"""The age in years from which a person is of the older group (assumed)."""


@dataclass(frozen=True, slots=True)
class Single:
    """Findings that nothing connects: places, (n,), and chances to be stated, (n_states, n)."""

    findings: Places
    present: Reals
    absent: Reals


@dataclass(frozen=True, slots=True)
class States:
    """Every joint state with what it makes of findings and attributes.

    `condition`, `stage` (its row in the world), `u` and `prior` (the chance of the state given
    its condition) have shape (n_states,), `frequency` of each finding (n_states, n_findings).
    `attributes` holds for each attribute the chance of each
    value of its grid, (n_states, n_values), `known` the chance that it is stated. `accepted` is
    the chance of each condition, (n_conditions,), that a report can be a case: one finding
    affirmed and two answers.
    """

    condition: Places
    stage: Places
    u: Reals
    prior: Reals
    frequency: Reals
    single: Single
    families: tuple[Family, ...]
    attributes: Mapping[str, Reals]
    known: Mapping[str, float]
    accepted: Reals


def states(world: World, places: tuple[float, ...] = U) -> States:
    """Enumerate the states of a world, with alike likely places in its bands."""
    n_stages, n_reporters = len(world.stages), len(world.reporting.shares)
    stage, place, is_old, reporter = (
        axis.ravel()
        for axis in np.meshgrid(
            range(n_stages), range(len(places)), (False, True), range(n_reporters), indexing="ij"
        )
    )
    u = np.array(places)[place]
    age, group = _ages(world, stage, u, is_old)
    prior = _at(world.shares, stage, u) / len(places) * group * world.reporting.shares[reporter]
    frequency = _frequencies(world, stage, u, is_old, group)
    speech = _speech(world, frequency, reporter)
    groups = families(world.vocabulary)
    single = _single([group[0] for group in groups if len(group) == 1], frequency, speech)
    connected = tuple(
        family(group, frequency, speech, world.vocabulary) for group in groups if len(group) > 1
    )
    condition = np.array([s.condition for s in world.stages])[stage]
    accepted = np.bincount(condition, prior * (1 - _refused(single, connected)))
    if (accepted < LEAST_ACCEPTED).any():
        named = [id for id, a in zip(world.catalogue.conditions, accepted, strict=True)
                 if a < LEAST_ACCEPTED]  # fmt: skip
        raise TableError([f"reporting.csv: hardly anybody says enough for a case of {named}"])
    return States(
        condition=condition,
        stage=stage,
        u=u,
        prior=prior,
        frequency=frequency,
        single=single,
        families=connected,
        attributes=_attributes(world, stage, u) | {"age_years": age},
        known=world.reporting.known,
        accepted=accepted.astype(np.float64),
    )


def _at(band: Band, stage: Places, u: Reals) -> Reals:
    """Return what a band gives at the place u, (n_states,) or (n_states, n)."""
    low, high = band.low[stage], band.high[stage]
    return np.asarray(low + (u if low.ndim == 1 else u[:, np.newaxis]) * (high - low))


def _ages(world: World, stage: Places, u: Reals, is_old: NDArray[np.bool_]) -> tuple[Reals, Reals]:
    """Return the chance of each age within its group, and that of the group."""
    mean = _at(world.parameters["age_years", "mean"], stage, u)
    sd = _at(world.parameters["age_years", "sd"], stage, u)
    chance = grids.normal("age_years", mean, sd)
    of_group = (grids.GRIDS["age_years"] >= OLD_FROM) == is_old[:, np.newaxis]
    within = np.where(of_group, chance, 0)
    group = within.sum(axis=1)
    return within / np.maximum(group, np.finfo(float).tiny)[:, np.newaxis], group


def _frequencies(
    world: World, stage: Places, u: Reals, is_old: NDArray[np.bool_], group: Reals
) -> Reals:
    """Return how often each finding is there, (n_states, n_findings): risk factors follow age.

    With the odds x in the younger and r x in the older group, r being the odds ratio, both groups
    together have the profile's frequency f: (1 - p) x / (1 + x) + p r x / (1 + r x) = f, p being
    the share of the older; x is the positive root of the quadratic equation that this is.
    """
    f, ratio = _at(world.frequencies, stage, u), world.age_odds_ratios
    older = np.where(is_old, group, 1 - group)[:, np.newaxis]
    inside = np.clip(f, 1e-12, 1 - 1e-12)
    a, b = ratio * (1 - inside), 1 - older + ratio * older - inside * (1 + ratio)
    x = (-b + np.sqrt(b**2 + 4 * a * inside)) / (2 * a)
    odds = np.where(is_old[:, np.newaxis], ratio * x, x)
    return np.where((ratio == 1) | (f != inside), f, odds / (1 + odds))


def _speech(world: World, frequency: Reals, reporter: Places) -> Speech:
    """Return how each state speaks; nobody invents what never occurs in it."""
    reporting = world.reporting
    can_occur = frequency > 0
    return Speech(
        affirmed=reporting.present[reporter] * (1 - reporting.error),
        missed=reporting.present[reporter] * reporting.error,
        invented=reporting.absent[reporter] * reporting.error * can_occur,
        denied=reporting.absent[reporter] * (1 - reporting.error * can_occur),
    )


def _single(findings: list[int], frequency: Reals, speech: Speech) -> Single:
    f = frequency[:, findings]
    return Single(
        findings=np.array(findings),
        present=f * speech.affirmed[:, findings] + (1 - f) * speech.invented[:, findings],
        absent=f * speech.missed[:, findings] + (1 - f) * speech.denied[:, findings],
    )


def _refused(single: Single, connected: tuple[Family, ...]) -> Reals:
    """Return the chance in each state that nothing is affirmed or one answer is all."""
    affirmed_in_none = np.prod(1 - single.present, axis=1)
    silent = np.prod(1 - single.present - single.absent, axis=1)
    alone = (single.present / (1 - single.present - single.absent)).sum(axis=1)
    for one in connected:
        affirmed_in_none *= one.chances[:, ~one.is_affirming].sum(axis=1)
        silent *= one.silence
        once = one.chances[:, one.is_affirming & (one.answers == 1)].sum(axis=1)
        alone += once / one.silence
    return np.asarray(affirmed_in_none + silent * alone)


def _attributes(world: World, stage: Places, u: Reals) -> dict[str, Reals]:
    return {
        attribute.id: _category(world, attribute, stage, u)
        if isinstance(attribute, Category)
        else _quantity(world, attribute, stage, u)
        for attribute in world.vocabulary.attributes.values()
    }


def _quantity(world: World, quantity: Quantity, stage: Places, u: Reals) -> Reals:
    if (quantity.id, "mean") in world.parameters:
        mean, sd = (_at(world.parameters[quantity.id, p], stage, u) for p in ("mean", "sd"))
        return grids.normal(quantity.id, mean, sd)
    median, log_sd = (_at(world.parameters[quantity.id, p], stage, u) for p in ("median", "log_sd"))
    return grids.log_normal(quantity.id, median, log_sd)


def _category(world: World, category: Category, stage: Places, u: Reals) -> Reals:
    """Return the chance of each value: the named shares, the rest divided evenly.

    Sex `other` is left out: no source gives a share by condition.
    """
    named = {
        parameter.removeprefix("share_"): _at(band, stage, u)
        for (id, parameter), band in world.parameters.items()
        if id == category.id
    }
    rest = [value for value in category.values if value not in (*named, "other")]
    left = np.clip(1 - sum(named.values()), 0, 1) / len(rest)
    columns = [named.get(value, left if value in rest else 0 * u) for value in category.values]
    chances = np.stack(columns, axis=1)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))
