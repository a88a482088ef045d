"""The chain: from cases on disk to a model that serves, one step a function."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from service.assessment import assess
from service.clinical import red_flags
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.manifest import Manifest
from service.model import Model, prediction_sets, reweight
from service.opinion import TRIAGE_SETTING
from training import candidates, card, cases, decision, evaluate, export, fit, gates, tracking
from training.workbench import Workbench

SYSTEM_CASES = 20_000
"""Synthetic cases that the whole system answers: enough for an interval of half a point."""

PUBLISHED = Path(__file__).parents[1] / "tests" / "data" / "published_cases.jsonl"


def train(recipe: candidates.Recipe, seed: int, on: Workbench, models: Path, build: Path) -> str:
    """Fit, measure, log, gate, export and register a model; returns what to tell the user.

    Raises GateError when the model may not serve; then only its run is left.
    """
    tracking.connect(build)
    patients = evaluate.read_published(PUBLISHED, on.vocabulary)
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
    model = Model(pipeline, manifest, on.encoding)
    system = measure_system(model, evaluation, on)
    tracking.add(logged, system)
    published = gated(model, patients, logged, on)
    manifest = replace(
        manifest,
        model=identity | {"version": tracking.register(logged)},
        metrics=metrics | system,
    )
    text = card.text(manifest, published, len(evaluation))
    tracking.champion(manifest.model["version"])
    export.write(artefact, manifest, text, on, models)
    return told(manifest, published)


def decide(pipeline: Pipeline, on: Workbench) -> dict[str, Any]:
    """Set the conformal thresholds and those of triage, each on a split of its own."""
    conformal = on.data.split("conformal")
    balanced = reweight(on.probabilities(pipeline, conformal), on.weights("balanced"))
    labels = conformal["condition"].to_numpy(dtype=str)
    calibration = on.data.split("calibration")
    weights = on.weights(TRIAGE_SETTING)
    return {
        "coverage": decision.COVERAGE,
        "conformal": decision.conformal(balanced, labels, conformal["answers"].to_numpy(), on.ids),
        "thresholds": decision.thresholds(
            reweight(on.probabilities(pipeline, calibration), weights),
            [on.conditions[id].urgency for id in on.ids],
            np.array([on.data.card["priors"][TRIAGE_SETTING][id] for id in on.ids]),
            weights[np.searchsorted(on.ids, calibration["condition"].to_numpy(dtype=str))],
            _is_calm_and_unflagged(calibration, on),
        ),
    }


def measure(
    pipeline: Pipeline, decided: Mapping[str, Any], table: pd.DataFrame, on: Workbench
) -> dict[str, float]:
    """Return the figures of the model alone on synthetic cases, all conditions alike often."""
    balanced = reweight(on.probabilities(pipeline, table), on.weights("balanced"))
    answers = table["answers"].to_numpy()
    thresholds = np.array([decided["conformal"][id] for id in on.ids])
    sets = prediction_sets(balanced, thresholds, answers)
    labels = table["condition"].to_numpy(dtype=str)
    posterior = table[[f"posterior_{id}" for id in on.ids]].to_numpy(dtype=np.float64)
    return evaluate.metrics(balanced, sets, labels, answers, on.ids) | evaluate.regret(
        balanced, posterior, answers
    )


def measure_system(model: Model, table: pd.DataFrame, on: Workbench) -> dict[str, float]:
    """Return the figures of the whole system on the first SYSTEM_CASES synthetic cases."""
    first = table.head(SYSTEM_CASES)
    answers = assess(cases.single(first, on.vocabulary), TRIAGE_SETTING, model, on.conditions)
    weights = on.weights(TRIAGE_SETTING)
    return evaluate.system_metrics(
        given=np.array([answer.triage.level for answer in answers]),
        stated=first["triage"].map(URGENCY_BY_ID).to_numpy(),
        answers=first["answers"].to_numpy(),
        weights=weights[np.searchsorted(on.ids, first["condition"].to_numpy(dtype=str))],
    )


def gated(
    model: Model, patients: Sequence[evaluate.Patient], logged: tracking.Logged, on: Workbench
) -> list[evaluate.Judged]:
    """Judge the published patients and check the gates; the run is tagged with what came out."""
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
        f"{manifest.model['name']} version {manifest.model['version']} is exported: a service loads"
        " it at its start and on SIGHUP.\n"
        f"synthetic top-1 {manifest.metrics['top_1']:.3f}, top-3 {manifest.metrics['top_3']:.3f}\n"
        f"published top-1 {evaluate.top(published, 1)}\n"
        f"published top-3 {evaluate.top(published, 3)}"
    )


def _is_calm_and_unflagged(table: pd.DataFrame, on: Workbench) -> Any:
    """Tell of each case whether its level is calm and no flag raises it above that."""
    levels = table["triage"].map(URGENCY_BY_ID)
    flagged = [
        any(flag.level >= Urgency.URGENT for flag in red_flags.raised(case))
        for case in cases.single(table, on.vocabulary)
    ]
    return ((levels < Urgency.URGENT) & ~np.array(flagged)).to_numpy()
