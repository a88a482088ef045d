"""Probes: single cases of which the answer is known beforehand."""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from service.assessment import assess
from service.clinical import case
from service.clinical.red_flags import RED_FLAGS
from service.clinical.rule import Above, Is, RedFlag, Term
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.opinion import TRIAGE_SETTING
from training.judgement import Judgement
from training.patients import Judged, Patient, judge

GOLDEN = Path(__file__).with_name("golden_cases.jsonl")
GOLDEN_RANK = 3
"""A golden case's condition is among as many first ones."""


def faults(judgement: Judgement) -> list[str]:
    """Return every probe that is answered wrongly."""
    return [
        *(f"golden case: {fault}" for fault in golden(judgement)),
        *(f"documented flag: {fault}" for fault in flags(judgement)),
        *(f"published emergency: {fault}" for fault in emergencies(judgement.published)),
    ]


def golden(judgement: Judgement) -> list[str]:
    """Each textbook case is ranked among the first and gets a level within its bounds."""
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    words = judgement.on.vocabulary
    patients = [
        Patient(
            id=row["name"],
            case=case.read(row["present"], row["absent"], row["attributes"], words),
            accepted=frozenset([row["condition"]]),
            level=URGENCY_BY_ID[row["at_least"]],
        )
        for row in rows
    ]
    faults = []
    found = judge(patients, judgement.said.model, judgement.on.conditions)
    for row, one in zip(rows, found, strict=True):
        if one.rank > GOLDEN_RANK:
            faults.append(f"{one.patient.id}: ranked {one.rank}, first was {one.ranked[0]}")
        faults += _too_low(one, one.patient.level)
        given, most = one.assessment.triage.level, URGENCY_BY_ID[row.get("at_most", "emergency")]
        if given > most:
            faults.append(f"{one.patient.id}: given {given.id}, expected at most {most.id}")
    return faults


def flags(judgement: Judgement) -> list[str]:
    """The least cases of each red flag get at least the flag's level, whatever the model says.

    That is so by construction of the assessment: the gate checks the code, not the model.
    """
    faults, on = [], judgement.on
    for flag, terms in _least_cases():
        findings = [term for term in terms if isinstance(term, str)]
        attributes = {t.attribute: _value(t) for t in terms if not isinstance(t, str)}
        least = case.read(findings, (), attributes, on.vocabulary)
        (answer,) = assess([least], TRIAGE_SETTING, judgement.said.model, on.conditions)
        if answer.triage.level < flag.level:
            faults.append(f"{flag.id}: given {answer.triage.level.id}, expected {flag.level.id}")
    return faults


def _least_cases() -> Iterator[tuple[RedFlag, tuple[Term, ...]]]:
    for flag in RED_FLAGS:
        for terms in product(*flag.when):
            yield flag, terms


def _value(term: Term) -> case.Value:
    if isinstance(term, str):
        raise TypeError(f"{term} is a finding, expected a term about an attribute")
    if isinstance(term, Is):
        return term.value
    return term.bound + 1 if isinstance(term, Above) else term.bound - 1


def emergencies(published: Sequence[Judged]) -> list[str]:
    """Each published emergency gets at least urgent."""
    return [
        fault
        for one in published
        if one.patient.level is Urgency.EMERGENCY
        for fault in _too_low(one, Urgency.URGENT)
    ]


def _too_low(one: Judged, floor: Urgency) -> list[str]:
    given = one.assessment.triage.level
    return [f"{one.patient.id}: given {given.id}, expected {floor.id}"] if given < floor else []
