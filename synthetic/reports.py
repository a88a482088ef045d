"""Reports: what is stated of connected findings, as a table that can be drawn from and summed.

Findings that `implies` connects form a family. For a family every truth and every way to speak of
it is enumerated, so that the chance of each closed report is known exactly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from service.clinical.vocabulary import Vocabulary
from synthetic.lineage import Step, lineage

Reals = NDArray[np.float64]
UNKNOWN, ABSENT, PRESENT = -1, 0, 1


@dataclass(frozen=True, slots=True)
class Speech:
    """The chances to speak of a finding, each (n_states, n_findings).

    `affirmed` and `missed` of a finding that is there (stated present, stated absent), `invented`
    and `denied` of one that is not; the rest is silence or doubt.
    """

    affirmed: Reals
    missed: Reals
    invented: Reals
    denied: Reals


@dataclass(frozen=True, slots=True)
class Family:
    """Connected findings with what can be stated of them.

    `findings` holds their places in the vocabulary; `reports` the closed reports, (n_reports,
    n_findings), of UNKNOWN, ABSENT and PRESENT. A report can be given by one or by more answers:
    entry i is report `report[i]` by `answers[i]` answers, with `chances`, (n_states, n_entries).
    """

    findings: tuple[int, ...]
    reports: NDArray[np.int8]
    report: NDArray[np.intp]
    answers: NDArray[np.intp]
    chances: Reals

    def given(self, least: int) -> Reals:
        """Return the chance of each report by at least so many answers, (n_states, n_reports)."""
        enough = np.where(self.answers >= least, self.chances, 0)
        return np.array([np.bincount(self.report, row, len(self.reports)) for row in enough])

    @property
    def is_affirming(self) -> NDArray[np.bool_]:
        """Tell of each entry whether it affirms a finding."""
        return np.asarray((self.reports == PRESENT).any(axis=1)[self.report])

    @property
    def silence(self) -> Reals:
        """The chance that nothing is stated, (n_states,)."""
        return np.asarray(self.chances[:, self.answers == 0].sum(axis=1))


def families(vocabulary: Vocabulary) -> list[tuple[int, ...]]:
    """Return the groups of findings that `implies` connects, a single one by itself."""
    position = {id: i for i, id in enumerate(vocabulary.findings)}
    groups: list[set[str]] = []
    for id in vocabulary.findings:
        joined = {id} | vocabulary.implied[id] | vocabulary.implying[id]
        apart = [group for group in groups if not group & joined]
        groups = [*apart, joined.union(*(group for group in groups if group & joined))]
    return [tuple(sorted(position[id] for id in group)) for group in groups]


def truths(
    members: Sequence[int], frequency: Reals, vocabulary: Vocabulary
) -> Iterator[tuple[tuple[bool, ...], Reals]]:
    """Yield each truth of a family with its chance in each state, (n_states,).

    `frequency` has shape (n_states, n_findings of the vocabulary). Whoever has a finding has what
    it implies: it is drawn among those alone with the chance f / f_above; a second finding that it
    implies is drawn after it, with the chance (f - f_below) / (1 - f_below) among the rest.
    """
    steps = {step.finding: step for step in lineage(vocabulary)}
    for truth in product((False, True), repeat=len(members)):
        held = dict(zip(members, truth, strict=True))
        chance = np.ones(len(frequency))
        for member, is_present in held.items():
            given = _given(member, steps.get(member), held, frequency)
            chance = chance * (given if is_present else 1 - given)
        if chance.any():
            yield truth, chance


def _given(member: int, step: Step | None, held: dict[int, bool], frequency: Reals) -> Reals:
    """Return the chance that a finding is there given those that come before it."""
    f = frequency[:, member]
    if step is None:
        return f
    other = frequency[:, step.other]
    if step.is_above:
        ratio = np.divide(f, other, out=np.zeros_like(f), where=other > 0)
        return np.clip(ratio, 0, 1) if held[step.other] else np.zeros_like(f)
    rest = np.divide(f - other, 1 - other, out=np.zeros_like(f), where=other < 1)
    return np.ones_like(f) if held[step.other] else np.clip(rest, 0, 1)


def family(
    members: tuple[int, ...], frequency: Reals, speech: Speech, vocabulary: Vocabulary
) -> Family:
    """Enumerate a family: every truth, every way to speak of it, closed as the service reads it."""
    ids = [list(vocabulary.findings)[member] for member in members]
    implied = np.array([[b in vocabulary.implied[a] for b in ids] for a in ids])
    spoken = [_spoken(member, speech) for member in members]
    entries: dict[tuple[bytes, int], Reals] = {}
    for truth, chance in truths(members, frequency, vocabulary):
        for statement in product((UNKNOWN, ABSENT, PRESENT), repeat=len(members)):
            said = chance
            for by_truth, is_present, state in zip(spoken, truth, statement, strict=True):
                said = said * by_truth[is_present][state]
            if said.any():
                kept = _without_contradiction(np.array(statement, dtype=np.int8), implied)
                entry = _closed(kept, implied).tobytes(), int((kept != UNKNOWN).sum())
                entries[entry] = entries.get(entry, 0) + said
    keys = sorted({key for key, _ in entries})
    return Family(
        findings=members,
        reports=np.array([np.frombuffer(key, dtype=np.int8) for key in keys]),
        report=np.array([keys.index(key) for key, _ in entries]),
        answers=np.array([answers for _, answers in entries]),
        chances=np.stack(list(entries.values()), axis=1),
    )


def _spoken(member: int, speech: Speech) -> dict[bool, dict[int, Reals]]:
    """Return the chance of each state of a statement, by whether the finding is there."""
    affirmed, missed = speech.affirmed[:, member], speech.missed[:, member]
    invented, denied = speech.invented[:, member], speech.denied[:, member]
    return {
        True: {PRESENT: affirmed, ABSENT: missed, UNKNOWN: 1 - affirmed - missed},
        False: {PRESENT: invented, ABSENT: denied, UNKNOWN: 1 - invented - denied},
    }


def _without_contradiction(
    statement: NDArray[np.int8], implied: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Leave out what is denied although something more specific is affirmed."""
    entailed = implied[statement == PRESENT].any(axis=0)
    return np.where((statement == ABSENT) & entailed, np.int8(UNKNOWN), statement)


def _closed(statement: NDArray[np.int8], implied: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Close a statement both ways, as the service does on reading."""
    closed = statement.copy()
    closed[implied[:, statement == ABSENT].any(axis=1)] = ABSENT
    closed[implied[statement == PRESENT].any(axis=0)] = PRESENT
    return closed
