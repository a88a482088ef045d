"""The gates: what a model must do before it may serve."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.assessment import TRIAGE_SETTING, Model, assess
from service.clinical import case
from service.clinical.catalogue import Condition
from service.clinical.red_flags import RED_FLAGS
from service.clinical.rule import Above, Is, Term
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary
from training.evaluate import Judged, Patient, judge

GOLDEN = Path(__file__).with_name("golden_cases.jsonl")
GOLDEN_RANK = 3
"""A golden case's condition is among as many first ones."""


class GateError(Exception):
    """A model may not serve; the message names each gate that it failed, and where."""


def check(
    model: Model,
    published: Sequence[Judged],
    vocabulary: Vocabulary,
    conditions: Mapping[str, Condition],
) -> None:
    """Raise GateError with every fault of every gate."""
    faults = [
        *(f"golden case: {fault}" for fault in _golden(model, vocabulary, conditions)),
        *(f"documented flag: {fault}" for fault in _flags(model, vocabulary, conditions)),
        *(f"published emergency: {fault}" for fault in _emergencies(published)),
    ]
    if faults:
        raise GateError("\n".join(faults))


def _golden(model: Model, vocabulary: Vocabulary, conditions: Mapping[str, Condition]) -> list[str]:
    """Each textbook case is ranked among the first and gets at least its level."""
    rows = map(json.loads, GOLDEN.read_text(encoding="utf-8").splitlines())
    patients = [
        Patient(
            id=row["name"],
            case=case.read(row["present"], row["absent"], row["attributes"], vocabulary),
            accepted=frozenset([row["condition"]]),
            level=URGENCY_BY_ID[row["at_least"]],
        )
        for row in rows
    ]
    faults = []
    for one in judge(patients, model, conditions):
        if one.rank > GOLDEN_RANK:
            faults.append(f"{one.patient.id}: ranked {one.rank}, first was {one.ranked[0]}")
        faults += _too_low(one, one.patient.level)
    return faults


def _flags(model: Model, vocabulary: Vocabulary, conditions: Mapping[str, Condition]) -> list[str]:
    """The least case of each red flag gets at least the flag's level."""
    faults = []
    for flag in RED_FLAGS:
        terms = [alternatives[0] for alternatives in flag.when]
        findings = [term for term in terms if isinstance(term, str)]
        attributes = {t.attribute: _value(t) for t in terms if not isinstance(t, str)}
        least = case.read(findings, (), attributes, vocabulary)
        (answer,) = assess([least], TRIAGE_SETTING, model, conditions)
        if answer.triage.level < flag.level:
            faults.append(f"{flag.id}: given {answer.triage.level.id}, expected {flag.level.id}")
    return faults


def _value(term: Term) -> case.Value:
    if isinstance(term, str):
        raise TypeError(f"{term} is a finding, expected a term about an attribute")
    if isinstance(term, Is):
        return term.value
    return term.bound + 1 if isinstance(term, Above) else term.bound - 1


def _emergencies(published: Sequence[Judged]) -> list[str]:
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
