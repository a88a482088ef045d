"""Evaluation: of the model alone and of the whole system, on synthetic and published cases."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import entr, rel_entr
from scipy.stats import beta
from sklearn.metrics import f1_score, log_loss

from service.assessment import Assessment, assess
from service.clinical import case
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary
from service.manifest import BANDS
from service.model import Probabilities, band
from service.opinion import TRIAGE_SETTING, Model


def interval(count: float, total: float) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper and Pearson, Biometrika 1934;26:404).

    It is written with the beta distribution, so that a weighted count of an effective total fits.
    """
    low = beta.ppf(0.025, count, total - count + 1) if count > 0 else 0.0
    high = beta.ppf(0.975, count + 1, total - count) if count < total else 1.0
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a total, with its exact (Clopper-Pearson) 95 % interval."""

    count: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """The lower and upper end."""
        return interval(self.count, self.total)

    def __str__(self) -> str:
        low, high = self.interval
        share = self.count / self.total
        return f"{share:.3f} ({low:.3f} to {high:.3f}, {self.count} of {self.total})"


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


def metrics(
    balanced: Probabilities,
    sets: NDArray[np.bool_],
    labels: NDArray[Any],
    answers: NDArray[Any],
    ids: Sequence[str],
) -> dict[str, float]:
    """Return figures of the model alone on synthetic cases, by name.

    `balanced` and `sets` have shape (n_cases, n_conditions), `labels` and `answers` (n_cases,).
    """
    truth = np.searchsorted(ids, labels)
    everyone = np.arange(len(truth))
    rank = (balanced > balanced[everyone, truth][:, np.newaxis]).sum(axis=1)
    inside = sets[everyone, truth]
    found = {
        "log_loss": float(log_loss(labels, balanced, labels=list(ids))),
        "macro_f1": float(f1_score(truth, balanced.argmax(axis=1), average="macro")),
        "least_coverage_of_a_condition": min(
            float(inside[truth == i].mean()) for i in np.unique(truth)
        ),
        "mean_set_size": float(sets.sum(axis=1).mean()),
    }
    for name, chosen in _by_answers(answers):
        for k in (1, 3, 5):
            found |= _share(f"top_{k}{name}", rank < k, chosen)
        found |= _share(f"coverage{name}", inside, chosen)
    return found


def regret(
    balanced: Probabilities, posterior: Probabilities, answers: NDArray[Any]
) -> dict[str, float]:
    """Return the regret against the exact posterior, over all and by answers.

    It is the mean Kullback-Leibler divergence of the model's probabilities from the posterior,
    both (n_cases, n_conditions) under the balanced prior, divided by the posterior's mean
    entropy; `posterior_top_k` is how often the posterior itself, being right as often as it says,
    ranks the condition among the first k.
    """
    divergence = rel_entr(posterior, np.maximum(balanced, 1e-300)).sum(axis=1)
    entropy_ = entr(posterior).sum(axis=1)
    ranked = -np.sort(-posterior, axis=1)
    found: dict[str, float] = {}
    for name, chosen in _by_answers(answers):
        found[f"regret{name}"] = float(divergence[chosen].mean() / entropy_[chosen].mean())
        for k in (1, 3):
            found[f"posterior_top_{k}{name}"] = float(ranked[chosen, :k].sum(axis=1).mean())
    return found


def system_metrics(
    given: NDArray[Any], stated: NDArray[Any], answers: NDArray[Any], weights: NDArray[np.float64]
) -> dict[str, float]:
    """Return the triage of the whole system on synthetic cases, all arguments (n_cases,).

    Sensitivities are shares of the drawn emergencies; over-triage is the share of calm people,
    weighted to primary care, that get a level which none of them needs.
    """
    is_emergency, is_calm = stated == Urgency.EMERGENCY, stated < Urgency.URGENT
    found: dict[str, float] = {}
    for name, chosen in _by_answers(answers):
        calm = np.where(chosen & is_calm, weights, 0)
        for least in (Urgency.URGENT, Urgency.EMERGENCY):
            level = f"{least.id}{'_or_above' if least < Urgency.EMERGENCY else ''}{name}"
            found |= _share(f"system_emergencies_{level}", given >= least, chosen & is_emergency)
            found |= _share(f"system_calm_{level}", given >= least, calm)
    return found


def _by_answers(answers: NDArray[Any]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the ending of a metric's name and a mask, for all cases and each band of answers."""
    bands = band(answers)
    chosen = [("", np.ones(len(answers), dtype=bool))]
    for i, (low, high) in enumerate(BANDS):
        band_name = f"{low}_to_{high}" if high else f"{low}_or_more"
        chosen.append((f"_with_{band_name}_answers", bands == i))
    return [(name, mask) for name, mask in chosen if mask.any()]


def _share(name: str, values: NDArray[np.bool_], weights: NDArray[Any]) -> dict[str, float]:
    """Return a weighted share by its name, with the ends of its interval as _low and _high.

    The total is Kish's effective sample size, the number of cases where all weights are alike.
    """
    weights = weights.astype(np.float64)
    if weights.sum() <= 0:
        return {}
    share = float(np.average(values, weights=weights))
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    low, high = interval(share * effective, effective)
    return {name: share, f"{name}_low": low, f"{name}_high": high}
