"""Screening: what the red flags alone do, each by itself, on published and synthetic patients."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from service.clinical import red_flags
from service.clinical.case import Case
from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency, Vocabulary
from service.opinion import TRIAGE_SETTING
from training import cases
from training.parts import mapped
from training.patients import Patient
from training.predictions import NO_FLAG, levels
from training.workbench import Workbench

Flags = NDArray[np.bool_]
NONE = "none"
MOST = 40_000
"""Synthetic cases that are screened: their shares are known to half a per cent."""


def report(patients: Sequence[Patient], on: Workbench) -> str:
    """Return the tables of patients by level, of misses, and of each flag's share and cost."""
    table = on.data.split("evaluation").head(MOST)
    synthetic = cases.single(table, on.vocabulary)
    weights = on.prior(TRIAGE_SETTING)[on.truth(table)]
    lines = [
        f"{len(RED_FLAGS)} rules: {_counted(Counter(flag.level.id for flag in RED_FLAGS))}",
        "",
        f"{len(patients)} published patients by the rules alone: stated level, highest flag:",
        by_level(patients).to_string(),
        "",
        "lower than stated:",
        *(f"  {miss}" for miss in misses(patients)),
        "",
        f"each rule on {len(synthetic)} synthetic cases: the share of emergencies, of urgent and of"
        " calm people that raise it, and of calm people that raise no other of its level or above,"
        f" weighted to {TRIAGE_SETTING}; then the published patients that raise it:",
        each(raised(synthetic), levels(table), weights)
        .join(
            each(raised([p.case for p in patients]), *_published(patients)).add_suffix(" patients")
        )
        .to_string(float_format=lambda share: f"{share:.4f}"),
    ]
    return "\n".join(lines)


def by_level(patients: Sequence[Patient]) -> pd.DataFrame:
    """Return counts of patients by stated level (rows) and the highest flag's level (columns)."""
    counts = Counter((patient.level.id, _highest(patient.case)) for patient in patients)
    levels = [level.id for level in reversed(Urgency)]
    given = [*levels[: levels.index(Urgency.SELF_CARE.id)], NONE]
    return pd.DataFrame(
        [[counts[stated, flag] for flag in given] for stated in levels],
        index=pd.Index(levels, name="stated"),
        columns=pd.Index(given, name="flag"),
    )


def misses(patients: Sequence[Patient]) -> list[str]:
    """Return each urgent or emergency patient whom the flags put lower, with what was said."""
    return [
        f"{patient.id}: stated {patient.level.id}, flag {_highest(patient.case)}; "
        f"present {', '.join(sorted(patient.case.stated & patient.case.present))}"
        for patient in patients
        if patient.level >= Urgency.URGENT
        and max((flag.level for flag in red_flags.raised(patient.case)), default=-1) < patient.level
    ]


def highest(table: pd.DataFrame, vocabulary: Vocabulary, jobs: int) -> NDArray[np.int64]:
    """Return the level of the highest flag that each case of a table raises, NO_FLAG for none."""
    return mapped(partial(_highest_flags, vocabulary), table, jobs, "screen")


def _highest_flags(vocabulary: Vocabulary, table: pd.DataFrame) -> NDArray[np.int64]:
    return np.array(
        [
            max((flag.level for flag in red_flags.raised(case)), default=NO_FLAG)
            for case in cases.single(table, vocabulary)
        ]
    )


def raised(cases: Sequence[Case]) -> Flags:
    """Return which case raises which flag of the table, (n_cases, n_flags)."""
    return np.array(
        [
            [flag.is_raised(case) for flag in RED_FLAGS]
            for case in tqdm(cases, desc="screen", unit="case", unit_scale=True, disable=None)
        ]
    )


def each(flags: Flags, levels: NDArray[np.int64], weights: NDArray[np.float64]) -> pd.DataFrame:
    """Return for each flag the weighted share of people of each level that raise it.

    `flags` has shape (n_cases, n_flags), `levels` and `weights` (n_cases,). `alone` is the share
    of calm people that raise it and no other of its level or above: what they are spared without.
    """
    own = np.array([flag.level for flag in RED_FLAGS])
    others = np.array([(flags & (own >= level)).sum(axis=1) for level in own]).T
    groups = {
        "emergency": levels == Urgency.EMERGENCY,
        "urgent": levels == Urgency.URGENT,
        "calm": levels < Urgency.URGENT,
    }
    any_ = {
        f"any {least.id} or above": flags[:, own >= least].any(axis=1)
        for least in (Urgency.EMERGENCY, Urgency.URGENT)
    }
    shown = np.column_stack([flags, *any_.values()])
    columns = {
        name: np.average(shown[chosen], axis=0, weights=weights[chosen])
        for name, chosen in groups.items()
    }
    calm = groups["calm"]
    alone = (flags & (others == 1))[calm]
    columns["alone"] = np.append(
        np.average(alone, axis=0, weights=weights[calm]), [np.nan] * len(any_)
    )
    index = pd.Index([*(flag.id for flag in RED_FLAGS), *any_], name="flag")
    return pd.DataFrame(columns, index=index)


def _published(patients: Sequence[Patient]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return np.array([patient.level for patient in patients]), np.ones(len(patients))


def _highest(case: Case) -> str:
    flags = red_flags.raised(case)
    return flags[0].level.id if flags else NONE


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
