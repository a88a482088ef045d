"""The chain: from cases on disk to a version that waits to be promoted, one step a function."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.clinical import red_flags
from service.model import Model
from service.opinion import TRIAGE_SETTING
from training import album, card, decision, export, figure, gates, judgement, registry, tracking
from training.candidates import Recipe
from training.fit import Preparation
from training.judgement import HeldOut, Judgement
from training.mixture import Mixture
from training.own import Own
from training.predictions import posterior
from training.search import Backend, search
from training.tracking import Run
from training.trial import Ground, Stream, Trial
from training.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained: a recipe and a seed, on a stream of cases of a known prior.

    `prior` has shape (n_conditions,); `own` says of somebody's own cases what may be told.
    """

    recipe: Recipe
    seed: int
    stream: Stream
    prior: NDArray[np.float64]
    own: Mapping[str, Any]


def order(recipe: Recipe, seed: int, stream: Stream, on: Workbench) -> Order:
    """Return an order for synthetic cases alone."""
    return Order(recipe, seed, stream, np.full(len(on.ids), 1 / len(on.ids)), {})


def mixed(order: Order, mine: Own, weight: float, on: Workbench) -> Order:
    """Return an order in which somebody's own cases have a share of `weight`."""
    stream = Mixture(order.stream, Preparation(on.encoding)(mine.train), weight, order.seed)
    own = {"sha256": mine.sha256, "number": mine.number, "weight": weight, "counts": mine.counts}
    return replace(order, stream=stream, prior=stream.prior(np.array(on.ids)), own=own)


def train(order: Order, on: Workbench, held_out: HeldOut, backend: Backend, build: Path) -> str:
    """Search, measure, log and register a model as challenger; returns what to tell the user.

    What serves stays as it is until `promote` decides otherwise.
    """
    tracking.connect(build)
    with tracking.run(order.recipe.name, _tags(order, on)) as run:
        run.data("synthetic cases", on.data.card["sha256"], "training")
        if order.own:
            run.data("own cases", order.own["sha256"], "training")
        tried: dict[str, Trial] = {}
        trial = search(order.recipe, order.seed, ground(order, on), backend, _told(run, tried))
        run.parameters(_parameters(order, trial, on))
        artefact, model = made(trial, order, on, run.id, backend.jobs)
        judged = judgement.judged(model, len(artefact), on, held_out, backend.jobs)
        run.metrics(shown(judged))
        _illustrate(run, judged, tried)
        example = on.encoding.matrix(held_out.evaluation.head(tracking.EXAMPLES))
        version = registry.register(run.id, run.model(trial.pipeline, example))
        found = gates.faults(judged, None)
        _exported(run, artefact, model, judged, version)
        run.describe(told(version.number, judged, found).replace("\n", "\n\n"))
        outcome = {"gates": "failed: " + "\n".join(found) if found else "passed"}
        run.tag({"version": version.number} | {k: v[:5000] for k, v in outcome.items()})
        registry.tag(version, _version_tags(judged) | outcome)
        if not found:
            registry.challenge(version)
    return told(version.number, judged, found)


def ground(order: Order, on: Workbench) -> Ground:
    """Return what every trial of an order stands on."""
    validation = on.data.split("validation")
    exact = posterior(validation, on.ids)
    if exact is None:
        raise ValueError("the validation cases stand without their exact posterior")
    prepare = Preparation(on.encoding)
    classes = np.array(on.ids)
    return Ground(order.stream, prepare, prepare(validation), exact, classes, order.prior)


def made(trial: Trial, order: Order, on: Workbench, run_id: str, jobs: int) -> tuple[bytes, Model]:
    """Return a fitted trial as an artefact and as the model that it is with its decisions."""
    artefact = export.dump(trial.pipeline)
    decided = decision.decide(trial.classifier, order.prior, on, jobs)
    identity = {
        "name": tracking.NAME,
        "version": "0",
        "recipe": order.recipe.name,
        "candidate": trial.name,
        "run_id": run_id,
    }
    learned: dict[str, Any] = {"training_cases": trial.cases, "training_seed": order.seed}
    learned |= {"own": order.own} if order.own else {}
    manifest = export.describe(artefact, identity, decided, learned, on)
    return artefact, Model(trial.pipeline, manifest, on.encoding)


def told(number: str, judged: Judgement, faults: list[str]) -> str:
    """Return the few lines that a user reads after a training."""
    by_key = judged.by_key
    lines = [
        f"{tracking.NAME} version {number} is registered.",
        *(f"{key}: {by_key[key]}" for key in card.SHORT if key in by_key),
    ]
    if faults:
        return "\n".join([*lines, "It fails its gates and is no challenger:", *faults])
    lines.append(
        "It is the challenger: `make compare` sets it against the champion, `make promote` serves"
        " it."
    )
    return "\n".join(lines)


def _told(run: Run, tried: dict[str, Trial]) -> Any:
    def told(trial: Trial, goes_on: bool) -> None:
        # For the picture alone, so without the classifier.
        tried[trial.name] = replace(trial, classifier=None)
        run.trial(trial, goes_on)

    return told


def shown(judged: Judgement) -> dict[str, float]:
    """Return the metrics that the UI shows: few enough to compare runs by; the table holds all.

    They are of whole worlds, all conditions alike often or as in primary care; the main ones have
    the ends of their intervals beside them.
    """
    settings = ("balanced", TRIAGE_SETTING)
    told = [one for one in judged.figures if one.is_headline and one.setting in settings]
    short = (judged.by_key[key] for key in card.SHORT if key in judged.by_key)
    return {one.key: one.value for one in told} | figure.metrics(short)


def _illustrate(run: Run, judged: Judgement, tried: Mapping[str, Trial]) -> None:
    """Log the tables and the pictures of a judgement."""
    run.table("figures.csv", figure.table(judged.figures))
    run.table("predictions/evaluation.parquet", judged.said.to_table())
    run.table("predictions/development.parquet", judged.published_table())
    run.pictures(album.pictures(judged, tried))


def _exported(
    run: Run, artefact: bytes, model: Model, judged: Judgement, version: registry.Version
) -> None:
    """Log what is served: artefact, manifest and model card."""
    manifest = replace(
        model.manifest,
        model={**model.manifest.model, "version": version.number},
        metrics=figure.metrics(f for f in judged.figures if f.is_headline or f.is_slice),
    )
    with TemporaryDirectory() as folder:
        export.write(Path(folder), artefact, manifest, card.text(manifest, judged))
        run.export(Path(folder))


def _parameters(order: Order, trial: Trial, on: Workbench) -> dict[str, Any]:
    return {
        "recipe": order.recipe.name,
        "candidate": trial.candidate.name,
        "trial": trial.name,
        "seed": order.seed,
        "training_cases": trial.cases,
        "data_seed": on.data.card["seed"],
        **{f"classifier.{name}": value for name, value in trial.setting.items()},
        **{f"own.{name}": value for name, value in order.own.items() if name != "counts"},
    }


def _tags(order: Order, on: Workbench) -> dict[str, str]:
    return {
        "seed": str(order.seed),
        "data_sha256": on.data.card["sha256"],
        "generator_commit": on.data.card["commit"],
        "vocabulary": export.vocabulary_version(on),
        "rules_version": red_flags.VERSION,
    }


def _version_tags(judged: Judgement) -> dict[str, str]:
    return {key: str(judged.by_key[key]) for key in card.SHORT if key in judged.by_key}
