"""A second world, for testing alone: the same tables, believed less and bound together otherwise.

A model is never judged in the world that it learned alone. Here every frequency is wrong by a
random amount that is the same for a whole block, one severity for each person moves all complaints
and signs together, the places in the bands lie nearer to their ends, each person tells another
share of what there is, more of it is wrong, and a tenth of the people have anybody's attributes.
All numbers below are assumed.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import expit, logit

from service.clinical.vocabulary import Vocabulary
from synthetic import generate
from synthetic.generate import Machine, Reports
from synthetic.lineage import lineage
from synthetic.profiles import World, subject
from synthetic.reports import ABSENT, PRESENT, UNKNOWN
from synthetic.tables import SUBJECTS

U = (0.02, 0.98)
"""The places in the bands, for `states.states`."""

TABLE_ERROR = 0.5
"""Standard deviation of the error of a frequency's log-odds."""

SEVERITY = 0.7
"""Standard deviation of a person's severity, on the log-odds of complaints and signs."""

WRONG = 0.05
"""Share of what is stated that is wrong."""

ANYBODYS = 0.10
"""Share of people whose attributes are drawn without regard to their condition."""

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def block(source: Machine, number: int, seed: int, i: int) -> pa.Table:
    """Draw block i of a seed: `number` cases in the form of the default world's, no posterior.

    The machine is made of states at the places `U`.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, i)))
    condition = rng.integers(len(source.states.accepted), size=number)
    error = rng.normal(0, TABLE_ERROR, size=(source.states.frequency.shape[1],))
    parts: list[Reports] = []
    while condition.size:
        reports = _reports(source, condition, error, rng)
        is_case = (reports.answers >= 2) & (reports.stated == PRESENT).any(axis=1)
        parts.append(reports.take(is_case))
        condition = source.states.condition[reports.state[~is_case]]
    cases = generate.shuffled(parts, rng)
    stranger = rng.permutation(cases.state)
    shown = np.where(rng.random(number) < ANYBODYS, stranger, cases.state)
    return generate.table(source, cases, shown, rng, {"evaluation": 1.0})


def _reports(
    source: Machine, condition: NDArray[np.intp], error: Reals, rng: np.random.Generator
) -> Reports:
    world = source.world
    state = np.sort(source.by_condition.draw(condition, rng))
    frequency = source.states.frequency[state]
    truth = _truth(_moved(frequency, world, error, rng), world.vocabulary, rng)
    stated = _stated(truth, frequency > 0, world, rng)
    kept = _without_contradiction(stated, world.vocabulary)
    answers = (kept != UNKNOWN).sum(axis=1).astype(np.int16)
    return Reports(state, answers, _closed(kept, world.vocabulary))


def _moved(frequency: Reals, world: World, error: Reals, rng: np.random.Generator) -> Reals:
    """Return each person's frequencies, (n, n_findings); 0 and 1 stay what they are."""
    groups = [subject(finding.group) for finding in world.vocabulary.findings.values()]
    follows = np.array([group != "risk_factor" for group in groups])
    severity = rng.normal(0, SEVERITY, size=(len(frequency), 1)) * follows
    inside = np.clip(frequency, 1e-9, 1 - 1e-9)
    shifted = expit(logit(inside) + error + severity)
    return np.where(frequency == inside, shifted, frequency)


def _truth(frequency: Reals, words: Vocabulary, rng: np.random.Generator) -> Flags:
    """Draw true findings in the order of their lineage, closed under `implies`."""
    draw = rng.random(frequency.shape)
    truth = draw < frequency
    for step in lineage(words):
        f, other = frequency[:, step.finding], frequency[:, step.other]
        held = truth[:, step.other]
        if step.is_above:
            chance = np.where(held, f / np.maximum(other, 1e-12), 0)
        else:
            chance = np.where(held, 1, (f - other) / np.maximum(1 - other, 1e-12))
        truth[:, step.finding] = draw[:, step.finding] < chance
    return truth


def _stated(
    truth: Flags, can_occur: Flags, world: World, rng: np.random.Generator
) -> NDArray[np.int8]:
    """Let each person tell another share of complaints, history and signs, some of it wrongly."""
    groups = [subject(finding.group) for finding in world.vocabulary.findings.values()]
    kind = np.array([SUBJECTS.index(group) for group in groups])
    shape = (len(truth), len(SUBJECTS))
    told = np.where(truth, rng.beta(2, 4, shape)[:, kind], rng.beta(0.6, 20, shape)[:, kind])
    examined = rng.random((len(truth), 1)) < 0.4
    told = np.where((kind == SUBJECTS.index("exam")) & ~examined, 0, told)
    is_wrong = (rng.random(truth.shape) < WRONG) & can_occur
    said = np.where(truth ^ is_wrong, PRESENT, ABSENT)
    return np.where(rng.random(truth.shape) < told, said, UNKNOWN).astype(np.int8)


def _without_contradiction(stated: NDArray[np.int8], words: Vocabulary) -> NDArray[np.int8]:
    place = {id: i for i, id in enumerate(words.findings)}
    kept = stated.copy()
    for id, implying in words.implying.items():
        special = [place[other] for other in implying if other != id]
        if special:
            entailed = (stated[:, special] == PRESENT).any(axis=1)
            kept[(stated[:, place[id]] == ABSENT) & entailed, place[id]] = UNKNOWN
    return kept


def _closed(stated: NDArray[np.int8], words: Vocabulary) -> NDArray[np.int8]:
    place = {id: i for i, id in enumerate(words.findings)}
    closed = stated.copy()
    for id in words.findings:
        absent = [place[other] for other in words.implied[id]]
        present = [place[other] for other in words.implying[id]]
        closed[(stated[:, absent] == ABSENT).any(axis=1), place[id]] = ABSENT
        closed[(stated[:, present] == PRESENT).any(axis=1), place[id]] = PRESENT
    return closed
