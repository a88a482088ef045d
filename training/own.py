"""Own cases: a data scientist's file as training takes it, and what may be told of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from training import intake
from training.intake import Intake, IntakeError
from training.view import LEAST
from training.workbench import Workbench

FEWEST = 10
"""Cases of a condition below which nothing is learned or told of them: nobody is known by them."""


@dataclass(frozen=True, slots=True)
class Own:
    """Cases of somebody's own: those to learn from, and those that are held out.

    `train` holds those that may be learned from of the conditions of which there are FEWEST or
    more; `counts` has their number by condition, and so tells of no other case. `evaluation` holds
    what was held out of every condition.
    """

    train: pd.DataFrame
    evaluation: pd.DataFrame
    sha256: str
    counts: Mapping[str, int]
    skipped: tuple[str, ...]

    @property
    def number(self) -> int:
        """The number of cases that are learned from."""
        return sum(self.counts.values())


def read(path: Path, on: Workbench, skip_bad: bool) -> Own:
    """Read a file and hold a part of it out.

    Raises IntakeError, and then nothing is used, for a file that `intake.read` refuses, for one
    that holds too few cases of each condition to learn from any, and for one of which too few are
    held out to say anything of a model.
    """
    urgencies = {id: condition.urgency for id, condition in on.conditions.items()}
    found: Intake = intake.read(path, on.vocabulary, on.ids, urgencies, skip_bad)
    parts = intake.divide(found.table)
    learned, held_out = (parts[parts["split"] == split] for split in ("train", "evaluation"))
    every = Counter(learned["condition"])
    counts = {id: every[id] for id in on.ids if every[id] >= FEWEST}
    if fault := _too_few(counts, len(held_out)):
        raise IntakeError(f"{path} {fault}")
    return Own(
        learned[learned["condition"].isin(list(counts))].reset_index(drop=True),
        held_out.reset_index(drop=True),
        found.sha256,
        counts,
        found.bad,
    )


def _too_few(counts: Mapping[str, int], held_out: int) -> str:
    """Return what is wrong with a file of which so many cases can be used, or nothing."""
    about = f"about {1 - intake.LEARNED:.0%} are held out"
    if not counts:
        return (
            f"holds no condition with {FEWEST} cases to learn from ({about}):"
            " of fewer nothing is learned, for nobody is to be known by a small number."
        )
    if held_out < LEAST:
        return (
            f"holds too few cases: {held_out} are held out, expected {LEAST} or more ({about})."
            " Nothing could be said of a model that learned from them."
        )
    return ""
