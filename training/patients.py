"""Patients: published and textbook cases, and what model and system say of them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from service.assessment import Assessment, assess
from service.clinical import case
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary
from service.opinion import TRIAGE_SETTING, Model
from training.figure import Share


@dataclass(frozen=True, slots=True)
class Patient:
    """A published or golden case with what is known of it."""

    id: str
    case: case.Case
    accepted: frozenset[str]
    level: Urgency


@dataclass(frozen=True, slots=True)
class Judged:
    """A patient with the model's ranking, most probable first, and the system's answer."""

    patient: Patient
    ranked: tuple[str, ...]
    assessment: Assessment

    @property
    def rank(self) -> int:
        """The place of the best accepted condition, 1 for the first."""
        return min(self.ranked.index(id) for id in self.patient.accepted) + 1


def read_published(path: Path, vocabulary: Vocabulary) -> list[Patient]:
    """Read published patients, JSON lines of our ids; `triage` is the stated level."""
    return [
        Patient(
            id=row["id"],
            case=case.read(row["present"], row["absent"], row["attributes"], vocabulary),
            accepted=frozenset([row["diagnosis"], *row["also_acceptable"]]),
            level=URGENCY_BY_ID[row["triage"]],
        )
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def judge(
    patients: Sequence[Patient], model: Model, conditions: Mapping[str, Condition]
) -> list[Judged]:
    """Rank under `balanced`, before the screen, and triage under `primary_care`, after it."""
    cases = [patient.case for patient in patients]
    rankings = [ranking.probabilities for ranking in model.rank(cases, "balanced")]
    ranked = [tuple(sorted(ranking, key=lambda c: -ranking[c])) for ranking in rankings]
    answers = assess(cases, TRIAGE_SETTING, model, conditions)
    return list(map(Judged, patients, ranked, answers))


def top(judged: Sequence[Judged], k: int) -> Share:
    """Return the share of patients whose condition is among the first k."""
    return Share(sum(one.rank <= k for one in judged), len(judged))


def triage_table(judged: Sequence[Judged]) -> pd.DataFrame:
    """Return counts of patients by stated level (rows) and given level (columns)."""
    counts = Counter((one.patient.level, one.assessment.triage.level) for one in judged)
    levels = list(reversed(Urgency))
    return pd.DataFrame(
        [[counts[stated, given] for given in levels] for stated in levels],
        index=pd.Index([level.id for level in levels], name="stated"),
        columns=pd.Index([level.id for level in levels], name="given"),
    )


def report(judged: Sequence[Judged]) -> str:
    """Return the figures on patients as text, each miss by id."""
    lines = [
        f"top-1 {top(judged, 1)}",
        f"top-3 {top(judged, 3)}",
        "",
        "stated level (rows) against given level (columns):",
        triage_table(judged).to_string(),
        "",
        "not ranked first:",
    ]
    for one in sorted(judged, key=lambda one: -one.rank):
        if one.rank > 1:
            accepted = ", ".join(sorted(one.patient.accepted))
            lines.append(
                f"  rank {one.rank:2}  {one.patient.id}: {accepted}; first {one.ranked[0]}"
            )
    lines += ["", "given a lower level than stated:"]
    for one in judged:
        if one.assessment.triage.level < one.patient.level:
            lines.append(f"  {_levels(one)}")
    lines += ["", "given a higher level than stated:"]
    for one in judged:
        if one.assessment.triage.level > one.patient.level:
            lines.append(f"  {_levels(one)}")
    return "\n".join(lines)


def _levels(one: Judged) -> str:
    triage = one.assessment.triage
    because = ", ".join(triage.because)
    stated = one.patient.level.id
    given = f"{triage.level.id} by {triage.decided_by} ({because})"
    return f"{one.patient.id}: stated {stated}, given {given}"
