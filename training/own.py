"""Own cases: a data scientist's file as training takes it, and what may be told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from training import intake
from training.intake import Intake, IntakeError
from training.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Own:
    """Cases of somebody's own: those to learn from, and those that are held out."""

    train: pd.DataFrame
    evaluation: pd.DataFrame
    sha256: str
    counts: Mapping[str, int]
    skipped: tuple[str, ...]

    @property
    def number(self) -> int:
        """The number of cases that are used."""
        return len(self.train) + len(self.evaluation)


SEED = 1
"""Divides a file alike for every training, so that no model has learned what another is held to."""


def read(path: Path, on: Workbench, skip_bad: bool) -> Own:
    """Read a file and hold a part of it out; raises IntakeError, and then nothing is used."""
    urgencies = {id: condition.urgency for id, condition in on.conditions.items()}
    found: Intake = intake.read(path, on.vocabulary, on.ids, urgencies, skip_bad)
    parts = intake.divide(found.table, SEED)
    held_out = parts["split"] == "evaluation"
    if not held_out.any():
        raise IntakeError(
            f"{path} holds too few cases to hold any out: {len(parts)}, of no condition more than"
            " three. Nothing could be said of a model that learned from them."
        )
    return Own(
        parts[~held_out].reset_index(drop=True),
        parts[held_out].reset_index(drop=True),
        found.sha256,
        found.counts,
        found.bad,
    )
