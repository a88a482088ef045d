import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException

from service.clinical import red_flags
from service.manifest import digest
from service.model import reweight
from tests.training.tracked import WARNINGS, Chained, Registry, copied, forget, nested
from training import chain, fit, tracking
from training.candidates import Recipe, Step
from training.judgement import HeldOut
from training.search import Backend
from training.trial import Trial
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS

SIZES: Mapping[str, Sequence[Any]] = {"hidden_layer_sizes": [(8,), (16,)]}
"""Two settings of a perceptron."""

PNG = b"\x89PNG\r\n\x1a\n"


def test_run_has_the_parameters(trained: Chained, trial: Trial) -> None:
    """The run names recipe, candidate, trial, seeds and how the classifier was set."""
    assert trained.run.data.params == {
        "recipe": "tiny",
        "candidate": "perceptron",
        "trial": "perceptron-1",
        "seed": "1",
        "training_cases": str(trial.cases),
        "data_seed": "7",
        "classifier.hidden_layer_sizes": "(64,)",
        "classifier.learning_rate_init": "0.003",
    }


def test_run_has_the_tags(trained: Chained, bench: Workbench) -> None:
    """The tags hold what the figures depend on, the version and the outcome of the gates."""
    card, tags = bench.data.card, trained.run.data.tags

    assert (
        tags.items()
        >= {
            "seed": "1",
            "data_sha256": card["sha256"],
            "generator_commit": card["commit"],
            "vocabulary": digest(bench.encoding.columns),
            "rules_version": red_flags.VERSION,
            "version": "1",
        }.items()
    )
    assert tags["gates"] == "passed"
    assert trained.run.info.status == "FINISHED"


def test_run_has_the_metrics(trained: Chained) -> None:
    """The metrics are figures of `figures.csv` with a few intervals, so few that one reads them."""
    table = pd.read_csv(trained.artifacts / "figures.csv")
    metrics = trained.run.data.metrics
    known = dict(zip(table["key"], table["value"], strict=True))
    ends = {
        f"{row.key}_{end}": getattr(row, end)
        for row in table[table["low"].notna()].itertuples()
        for end in ("low", "high")
    }

    measured = {key: value for key, value in metrics.items() if not key.startswith("system/")}

    assert measured == pytest.approx({key: (known | ends)[key] for key in measured})
    assert {"top_1", "regret", "primary_care/calm_given_emergency", "published/top_1"} <= set(
        measured
    )
    assert not any("answers" in key or key.startswith(("age", "sex")) for key in measured)
    assert len(measured) < 150
    assert table["key"].is_unique
    assert 1 / 21 < metrics["top_1"] < metrics["top_3"] < metrics["top_5"] <= 1
    assert metrics["coverage_low"] < metrics["coverage"] < metrics["coverage_high"]


def test_system_metrics_are_taken(trained: Chained) -> None:
    """The run tells what it took of the machine."""
    metrics = trained.run.data.metrics

    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"} <= set(
        metrics
    )
    assert metrics["system/system_memory_usage_megabytes"] > 0


def test_run_has_the_digest_of_the_data(trained: Chained, bench: Workbench) -> None:
    """The run's input is the data set, by as much of its digest as MLflow takes."""
    assert trained.run.inputs is not None
    (used,) = trained.run.inputs.dataset_inputs

    assert used.dataset.name == "synthetic cases"
    assert used.dataset.digest == bench.data.card["sha256"][:36]
    assert {tag.key: tag.value for tag in used.tags} == {"mlflow.data.context": "training"}


def test_trials_are_nested_runs(trained: Chained, trial: Trial) -> None:
    """Each trial is a run under that of the search, with its figures by the cases it had seen."""
    (found,) = nested(trained.client, trained.run.info.run_id)
    point = trial.curve[-1]

    def history(name: str) -> list[Metric]:
        return trained.client.get_metric_history(found.info.run_id, name)

    assert (found.info.run_name, found.info.status) == ("perceptron-1", "FINISHED")
    assert found.data.params == {
        "candidate": "perceptron",
        "hidden_layer_sizes": "(64,)",
        "learning_rate_init": "0.003",
    }
    for name, value in (
        ("validation_log_loss", point.log_loss),
        ("validation_regret", point.regret),
    ):
        assert [(one.step, one.value) for one in history(name)] == [(trial.cases, value)]
    assert [one.step for one in history("seconds")] == [trial.cases]


def test_pictures_are_png(trained: Chained) -> None:
    """Every picture of the album is an artefact in PNG."""
    found = sorted((trained.artifacts / "pictures").iterdir())

    assert [path.name for path in found] == [
        "accuracy.png",
        "confusion.png",
        "costs.png",
        "regret.png",
        "reliability.png",
        "reliability_by_condition.png",
        "triage.png",
    ]
    assert {path.read_bytes()[:8] for path in found} == {PNG}


def test_predictions_can_be_sliced(trained: Chained, bench: Workbench) -> None:
    """The predictions are a table with the cases and the probability of each condition."""
    table = pd.read_parquet(trained.artifacts / "predictions" / "evaluation.parquet")
    columns = [f"probability_{id}" for id in bench.ids]
    evaluation = bench.data.split("evaluation")
    found = table[columns].to_numpy(dtype=np.float64)
    first = np.array(bench.ids)[found.argmax(axis=1)]

    assert list(table["condition"]) == list(evaluation["condition"])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert list(table["first"]) == list(first)
    assert (first == table["condition"]).mean() == pytest.approx(
        trained.run.data.metrics["top_1"], abs=1e-9
    )
    assert table["decided_by_model"].dtype == bool
    assert set(table["given"]) <= {"emergency", "urgent", "primary_care", "self_care"}


def test_published_patients_are_a_table(trained: Chained) -> None:
    """What was said of each published patient stands beside: 94, of whom the metric is taken."""
    table = pd.read_parquet(trained.artifacts / "predictions" / "development.parquet")

    assert (len(table), table["id"].nunique()) == (94, 94)
    assert (table["rank"] <= 3).mean() == pytest.approx(trained.run.data.metrics["published/top_3"])


def test_logged_model_has_a_signature_and_a_synthetic_example(
    trained: Chained, bench: Workbench
) -> None:
    """The model says what goes in and out, and shows the first synthetic cases, encoded."""
    mlflow.set_tracking_uri(f"sqlite:///{trained.folder / 'build' / 'mlflow.db'}")
    info = mlflow.models.get_model_info(_folder(trained))
    (given,), (returned,) = info.signature.inputs.inputs, info.signature.outputs.inputs
    columns = len(bench.encoding.columns)
    example = np.array(mlflow.models.Model.load(_folder(trained)).load_input_example())

    assert (given.type, given.shape) == (np.dtype("float32"), (-1, columns))
    assert returned.shape == (-1, 21)
    assert info.run_id == trained.run.info.run_id
    np.testing.assert_array_equal(
        example, bench.encoding.matrix(bench.data.split("evaluation").head(3))
    )


def _folder(trained: Chained) -> str:
    (found,) = (trained.folder / "build" / "mlartifacts" / "models").glob("*/artifacts")
    return str(found)


def test_logged_model_is_the_one_that_was_judged(trained: Chained, bench: Workbench) -> None:
    """What MLflow loads, at the manifest's temperatures, gives the logged predictions."""
    rows = bench.data.split("evaluation").head(50)
    table = pd.read_parquet(trained.artifacts / "predictions" / "evaluation.parquet").head(50)
    manifest = trained.manifest

    said = fit.probabilities(mlflow.sklearn.load_model(_folder(trained)), rows, bench.encoding)

    # By the bands of answers 2-5, 6-10, 11-20 and more.
    bands = pd.cut(rows["answers"], [0, 5, 10, 20, 999], labels=False).to_numpy()
    powers = 1 / np.array(manifest.temperatures)[bands]
    found = reweight(said ** powers[:, np.newaxis], np.ones(21))
    expected = table[[f"probability_{id}" for id in bench.ids]].to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_run_is_described(trained: Chained) -> None:
    """The description that the UI shows is what the user was told, a paragraph a line."""
    text = trained.run.data.tags["mlflow.note.content"]

    assert text.split("\n\n") == trained.told.split("\n")


def test_nothing_is_left_in_the_working_directory(trained: Chained) -> None:
    """MLflow writes into the build folder and lays no mlruns/ where the command was started."""
    build = trained.folder / "build"

    assert [path.name for path in trained.folder.iterdir()] == ["build"]
    assert sorted(path.name for path in build.iterdir()) == ["mlartifacts", "mlflow.db"]


class Blocks:
    """A stream of one block of cases, of which the second cannot be had: the user interrupts."""

    def __init__(self, block: fit.Encoded) -> None:
        self._block = block

    def __call__(
        self,
        start: int,
        stop: int,
        prepare: fit.Preparation,  # noqa: ARG002  # the block is prepared
        workers: int = 1,  # noqa: ARG002
    ) -> Iterator[fit.Encoded]:
        """Yield the first block."""
        for i in range(start, stop):
            if i:
                raise KeyboardInterrupt
            yield self._block


def test_interrupted_run_is_ended(
    shelf: Registry, order: chain.Order, bench: Workbench, few: HeldOut
) -> None:
    """An interrupt ends the run and the trials under way, and registers nothing.

    The trial that the search had left behind stays what it was: finished.
    """
    two = replace(order.recipe.candidates[0], space=SIZES, number=2)
    recipe = Recipe("interrupted", (two,), (Step(1, (256,)), Step(2, (256,))))
    block = fit.Preparation(bench.encoding)(bench.data.split("validation"))
    cut = replace(order, recipe=recipe, stream=Blocks(block))

    with pytest.raises(KeyboardInterrupt):
        chain.train(cut, bench, few, Backend(), shelf.build)

    experiment = shelf.client.get_experiment_by_name("cauda")
    assert experiment is not None
    runs = shelf.client.search_runs([experiment.experiment_id])
    (run,) = (one for one in runs if one.info.run_name == "interrupted")
    trials = nested(shelf.client, run.info.run_id)
    assert len(runs) == 3
    assert run.info.status == "FAILED"
    assert sorted(one.info.status for one in trials) == ["FINISHED", "KILLED"]
    assert all(one.info.end_time for one in runs)
    assert shelf.client.search_registered_models() == []
    assert mlflow.active_run() is None


def test_database_lies_in_the_build_folder(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a server runs go to SQLite in the build folder, artefacts beside it."""
    forget(monkeypatch)
    copied(database, tmp_path / "build")

    uri = tracking.connect(tmp_path / "build")

    experiment = MlflowClient(uri).get_experiment_by_name("cauda")
    assert uri == f"sqlite:///{tmp_path / 'build' / 'mlflow.db'}"
    assert experiment is not None
    assert experiment.artifact_location == (tmp_path / "build" / "mlartifacts").as_uri()


def test_server_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that nobody listens at is an error of MLflow that names the place."""
    forget(monkeypatch)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")

        with pytest.raises(MlflowException, match=f"127.0.0.1.*{port}"):
            tracking.connect(tmp_path)
