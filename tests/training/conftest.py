"""Fixtures of judgements: a model of three conditions for figures by hand, and a real judgement."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from service.clinical.vocabulary import Urgency
from service.model import Model
from training import judgement, patients, predictions
from training.judgement import HeldOut, Judgement
from training.predictions import Predictions
from training.workbench import Workbench

PUBLISHED = Path(__file__).parents[1] / "data" / "published_cases.jsonl"

Say = Callable[..., Predictions]


@pytest.fixture(scope="session")
def three(model: Model, bench: Workbench) -> Model:
    """A model of the conditions a, b and c, whose probabilities are given and never asked for."""
    prior = {"a": 0.25, "b": 0.25, "c": 0.5}
    manifest = replace(
        model.manifest,
        conditions=["a", "b", "c"],
        trained_prior=dict.fromkeys("abc", 1 / 3),
        priors={
            "balanced": dict.fromkeys("abc", 1 / 3),
            "general_public": prior,
            "primary_care": {"a": 0.1, "b": 0.3, "c": 0.6},
            "emergency_department": prior,
        },
        conformal={id: [0.2] * 4 for id in "abc"},
    )
    return Model(None, manifest, bench.encoding)


@pytest.fixture(scope="session")
def say(three: Model) -> Say:
    """Return predictions of the three conditions, of which only what matters need be given."""

    def said(  # noqa: PLR0913, PLR0917 - each test names what it is about
        conditions: str,
        trained: ArrayLike | None = None,
        sets: ArrayLike | None = None,
        stated: ArrayLike = Urgency.SELF_CARE,
        given: ArrayLike = Urgency.SELF_CARE,
        flag: ArrayLike = predictions.NO_FLAG,
        answers: ArrayLike = 3,
    ) -> Predictions:
        number = len(conditions)
        levels = np.array([level.id for level in Urgency])[np.broadcast_to(stated, number)]
        table = pd.DataFrame(
            {
                "condition": list(conditions),
                "triage": levels,
                "answers": np.broadcast_to(answers, number),
                "age_years": 40.0,
                "sex": "female",
            }
        )
        return Predictions(
            model=three,
            table=table,
            trained=np.full((number, 3), 1 / 3) if trained is None else np.array(trained),
            sets=np.ones((number, 3), bool) if sets is None else np.array(sets, bool),
            given=np.broadcast_to(given, number).astype(np.int64),
            by_model=np.ones(number, bool),
            flag=np.broadcast_to(flag, number).astype(np.int64),
        )

    return said


@pytest.fixture(scope="session")
def measured(model: Model, bench: Workbench) -> Judgement:
    """A judgement of the small model on the evaluation cases, with 300 of them as "stress"."""
    held_out = HeldOut(
        evaluation=bench.data.split("evaluation"),
        stress=bench.data.split("evaluation").head(300),
        own=None,
        patients=patients.read_published(PUBLISHED, bench.vocabulary),
    )
    return judgement.judged(model, 4_321, bench, held_out, jobs=1)
