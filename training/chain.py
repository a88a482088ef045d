"""The chain: from cases on disk to a model that serves, one step a function."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from service.assessment import TRIAGE_SETTING
from service.clinical import red_flags
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.manifest import Manifest
from service.model import Model, Probabilities, prediction_sets, reweight
from training import candidates, card, cases, decision, evaluate, export, fit, gates, tracking
from training.workbench import Workbench

PUBLISHED = Path(__file__).parents[1] / "tests" / "data" / "published_cases.jsonl"


def train(recipe: candidates.Recipe, seed: int, on: Workbench, models: Path, build: Path) -> str:
    """Fit, measure, log, gate, export and register a model; returns what to tell the user.

    Raises GateError when the model may not serve; then only its run is left.
    """
    tracking.connect(build)
    pipeline = fit.fit(recipe, on.data.split("train"), on.encoding, seed)
    decided = decide(pipeline, on)
    evaluation = on.data.split("evaluation")
    metrics = measure(pipeline, decided, evaluation, on)
    artefact = export.dump(pipeline)
    parameters = {"recipe": recipe.name, "seed": seed, **pipeline["classifier"].get_params()}
    example = on.encoding.matrix(evaluation.head(tracking.EXAMPLES))
    logged = tracking.log(pipeline, parameters, metrics, on.data.card, example)
    identity = {
        "name": tracking.NAME,
        "version": "0",
        "recipe": recipe.name,
        "run_id": logged.run_id,
    }
    manifest = export.describe(artefact, identity, decided, metrics, on)
    published = gated(Model(pipeline, manifest, on.encoding), logged, on)
    manifest = replace(manifest, model=identity | {"version": tracking.register(logged)})
    text = card.text(manifest, published, len(evaluation))
    export.write(artefact, manifest, text, on, models)
    tracking.champion(manifest.model["version"])
    return told(manifest, published)


def decide(pipeline: Pipeline, on: Workbench) -> dict[str, Any]:
    """Set the conformal thresholds and those of triage, each on a split of its own."""
    ids = sorted(on.prior)
    conformal = on.data.split("conformal")
    calibration = on.data.split("calibration")
    labels = conformal["condition"].to_numpy(dtype=str)
    answers = conformal["answers"].to_numpy()
    return {
        "coverage": decision.COVERAGE,
        "conformal": decision.conformal(
            on.probabilities(pipeline, conformal), labels, answers, ids
        ),
        "thresholds": decision.thresholds(
            reweight(on.probabilities(pipeline, calibration), _ratio(ids, on)),
            [on.conditions[id].urgency for id in ids],
            calibration["condition"].map(dict(zip(ids, _ratio(ids, on), strict=True))).to_numpy(),
            _is_calm_and_unflagged(calibration, on),
        ),
    }


def measure(
    pipeline: Pipeline, decided: Mapping[str, Any], table: pd.DataFrame, on: Workbench
) -> dict[str, float]:
    """Return the figures of the model alone on synthetic cases."""
    ids = sorted(on.prior)
    balanced = on.probabilities(pipeline, table)
    answers = table["answers"].to_numpy()
    thresholds = np.array([decided["conformal"][id] for id in ids])
    sets = prediction_sets(balanced, thresholds, answers)
    return evaluate.metrics(balanced, sets, table["condition"].to_numpy(dtype=str), answers, ids)


def gated(model: Model, logged: tracking.Logged, on: Workbench) -> list[evaluate.Judged]:
    """Judge the published patients and check the gates; the run is tagged with what came out."""
    patients = evaluate.read_published(PUBLISHED, on.vocabulary)
    published = evaluate.judge(patients, model, on.conditions)
    try:
        gates.check(model, published, on.vocabulary, on.conditions)
    except gates.GateError as error:
        tracking.tag(logged, "gates", f"failed: {error}"[:5000])
        raise
    tracking.tag(logged, "gates", "passed")
    return published


def told(manifest: Manifest, published: Sequence[evaluate.Judged]) -> str:
    """Return the few lines that a user reads after a training."""
    return (
        f"{manifest.model['name']} version {manifest.model['version']} serves from now on.\n"
        f"synthetic top-1 {manifest.metrics['top_1']:.3f}, top-3 {manifest.metrics['top_3']:.3f}\n"
        f"published top-1 {evaluate.top(published, 1)}\n"
        f"published top-3 {evaluate.top(published, 3)}"
    )


def _ratio(ids: Sequence[str], on: Workbench) -> Probabilities:
    prior = on.data.card["priors"][TRIAGE_SETTING]
    return np.array([prior[id] / on.prior[id] for id in ids])


def _is_calm_and_unflagged(table: pd.DataFrame, on: Workbench) -> Any:
    """Tell of each case whether its level is calm and no flag raises it above that."""
    levels = table["triage"].map(URGENCY_BY_ID)
    flagged = [
        any(flag.level >= Urgency.URGENT for flag in red_flags.raised(case))
        for case in cases.single(table, on.vocabulary)
    ]
    return ((levels < Urgency.URGENT) & ~np.array(flagged)).to_numpy()
