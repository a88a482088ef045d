"""A judgement: all that is measured of one model, alone and within the whole system."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from service.clinical.vocabulary import Urgency
from service.manifest import SETTINGS
from service.model import Model, reweight
from service.opinion import TRIAGE_SETTING
from training import evaluate, latency, system
from training.figure import Figure, Share
from training.patients import Judged, Patient, judge, top
from training.predictions import Predictions, predict
from training.view import View, views
from training.workbench import Workbench


@dataclass(frozen=True)
class Judgement:
    """What a model and the system with it say of every set of cases, and the figures of it.

    `stress` are cases of the world for testing alone, `own` the held-out part of a data scientist's
    data; both may be missing. `latency` is the ratio of `training.latency`, `size` the bytes of the
    artefact.
    """

    on: Workbench
    said: Predictions
    stress: Predictions | None
    own: Predictions | None
    published: Sequence[Judged]
    latency: float
    size: int

    @cached_property
    def figures(self) -> Sequence[Figure]:
        """Every figure, the headline ones first."""
        return [
            *self._of(self.said, "documented"),
            *self._ceiling(),
            *(self._of(self.stress, "stress") if self.stress else ()),
            *(self._of(self.own, "own") if self.own else ()),
            *_published(self.published),
            Figure("latency_ratio", self.latency, 1),
            Figure("artefact_bytes", self.size, 1),
        ]

    @property
    def learned_own(self) -> bool:
        """Tell whether the model learned from somebody's own cases."""
        return bool(self.said.model.manifest.data.get("own"))

    def value(self, key: str) -> float:
        """Return the value of a figure by its key."""
        return self.by_key[key].value

    @cached_property
    def by_key(self) -> dict[str, Figure]:
        """The figures by key."""
        return {figure.key: figure for figure in self.figures}

    def published_table(self) -> pd.DataFrame:
        """Return what was said of the published patients as a table."""
        return pd.DataFrame(
            {
                "id": one.patient.id,
                "accepted": ";".join(sorted(one.patient.accepted)),
                "rank": one.rank,
                "ranked": ";".join(one.ranked),
                "stated": one.patient.level.id,
                "given": one.assessment.triage.level.id,
                "decided_by": one.assessment.triage.decided_by,
                "because": ";".join(one.assessment.triage.because),
            }
            for one in self.published
        )

    def _of(self, said: Predictions, world: str) -> Iterator[Figure]:
        if world == "own":
            # They came as they came: how often each condition is in a setting is not in them.
            seen = [View(np.ones(len(said.table)), world)]
        else:
            settings = {setting: said.weights(setting) for setting in SETTINGS}
            seen = views(said.table, settings, world)
        yield from evaluate.figures(said, seen, self.on.urgencies)
        # Who raises a flag and who does not are too few of somebody's own not to be known by it.
        yield from (
            f for f in system.figures(said, seen) if world != "own" or "flagged" not in f.name
        )

    def _ceiling(self) -> list[Figure]:
        if (exact := self.said.posterior) is None:
            return []
        triage = reweight(exact, self.on.prior(TRIAGE_SETTING))
        return system.ceiling(self.said, triage, self.on.urgencies)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The cases that a model is judged on and learned nothing from; `own` and `stress` may lack.

    `own_sha256` is that of the file that `own` was held out of, if there is one.
    """

    evaluation: pd.DataFrame
    stress: pd.DataFrame | None
    own: pd.DataFrame | None
    patients: Sequence[Patient]
    own_sha256: str = ""


def judged(model: Model, size: int, on: Workbench, held_out: HeldOut, jobs: int) -> Judgement:
    """Measure a model, whose artefact has so many bytes, on all that was held out."""
    stress, own = held_out.stress, held_out.own
    return Judgement(
        on=on,
        said=predict(model, held_out.evaluation, on, jobs),
        stress=None if stress is None else predict(model, stress, on, jobs),
        own=None if own is None else predict(model, own, on, jobs),
        published=judge(held_out.patients, model, on.conditions),
        latency=latency.ratio(model, held_out.patients[0].case, on),
        size=size,
    )


def _published(judged: Sequence[Judged]) -> Iterator[Figure]:
    """Yield top-1 and top-3 on published patients, and how soon their emergencies are sent."""
    emergencies = [one for one in judged if one.patient.level is Urgency.EMERGENCY]
    for name, share in (
        ("top_1", top(judged, 1)),
        ("top_3", top(judged, 3)),
        ("emergencies_given_emergency", _given(emergencies, Urgency.EMERGENCY)),
        ("emergencies_given_urgent_or_above", _given(emergencies, Urgency.URGENT)),
    ):
        yield Figure(name, share.value, share.total, *share.interval, world="published")


def _given(judged: Sequence[Judged], least: Urgency) -> Share:
    return Share(sum(one.assessment.triage.level >= least for one in judged), len(judged))
