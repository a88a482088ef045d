"""Tracking: the runs that MLflow keeps, each with all that it takes to compare and to rebuild."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import mlflow.sklearn
import pandas as pd
from matplotlib.figure import Figure as Picture
from mlflow import MlflowClient
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.models import infer_signature
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE
from sklearn.pipeline import Pipeline

from service.features import Matrix
from training.trial import Trial

NAME = "cauda"
"""The experiment and the registered model."""

EXPORT = "export"
"""The folder of a run's artefacts that holds what is served: artefact, manifest and card."""

EXAMPLES = 3
LIBRARIES = ("scikit-learn", "numpy", "joblib")
"""What a logged model needs where it is loaded."""


def connect(build: Path) -> str:
    """Point MLflow to `MLFLOW_TRACKING_URI`, or to SQLite in the build folder; returns it."""
    build.mkdir(parents=True, exist_ok=True)
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{build.resolve() / 'mlflow.db'}"
    mlflow.set_tracking_uri(uri)
    # A server that does not answer is told within half a minute, not after MLflow's many tries.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    if uri.startswith("sqlite:") and mlflow.get_experiment_by_name(NAME) is None:
        # Named, or MLflow would lay mlruns/ into the folder that the command was started in.
        mlflow.create_experiment(NAME, (build.resolve() / "mlartifacts").as_uri())
    mlflow.set_experiment(NAME)
    for chatty in ("mlflow.sklearn", "mlflow.system_metrics"):
        # A pickle is our choice, and that metrics are taken is no news at every run.
        logging.getLogger(chatty).setLevel(logging.ERROR)
    return uri


@dataclass(slots=True)
class Run:
    """A run of MLflow and, nested in it, one for each trial of its search."""

    id: str
    _nested: dict[str, str] = field(default_factory=dict)

    def trial(self, trial: Trial, goes_on: bool) -> None:
        """Log how a trial does after a step, and end its run when it does not go on."""
        client = MlflowClient()
        if trial.name not in self._nested:
            self._nested[trial.name] = self._begin(client, trial)
        nested, point = self._nested[trial.name], trial.curve[-1]
        for name, value in (
            ("validation_log_loss", point.log_loss),
            ("validation_regret", point.regret),
            ("seconds", point.seconds),
        ):
            client.log_metric(nested, name, value, step=point.cases)
        if not goes_on:
            client.set_terminated(self._nested.pop(trial.name))

    def _begin(self, client: MlflowClient, trial: Trial) -> str:
        experiment = client.get_run(self.id).info.experiment_id
        tags = {MLFLOW_PARENT_RUN_ID: self.id, "candidate": trial.candidate.name}
        nested = client.create_run(experiment, tags=tags, run_name=trial.name).info.run_id
        client.log_param(nested, "candidate", trial.candidate.name)
        for name, value in trial.setting.items():
            client.log_param(nested, name, value)
        return str(nested)

    def parameters(self, parameters: Mapping[str, Any]) -> None:
        """Log what the model was made with."""
        mlflow.log_params(dict(parameters), run_id=self.id)

    def metrics(self, metrics: Mapping[str, float]) -> None:
        """Log figures by name."""
        mlflow.log_metrics(dict(metrics), run_id=self.id)

    def tag(self, tags: Mapping[str, str]) -> None:
        """Tag the run."""
        mlflow.set_tags(dict(tags))

    def describe(self, text: str) -> None:
        """Set the description that the UI shows, Markdown."""
        mlflow.set_tag(MLFLOW_RUN_NOTE, text)

    def data(self, name: str, sha256: str, context: str) -> None:
        """Log a data set by name and digest."""
        # MLflow takes digests of at most 36 characters; the whole one is a tag of the run.
        used = MetaDataset(  # type: ignore[abstract]  # MLflow's own users make it so
            CodeDatasetSource(tags={"sha256": sha256}), name=name, digest=sha256[:36]
        )
        mlflow.log_input(used, context=context)

    def table(self, name: str, table: pd.DataFrame) -> None:
        """Log a table as an artefact: Parquet, or CSV where the name says so."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write = table.to_csv if path.suffix == ".csv" else table.to_parquet
            write(path, index=False)
            mlflow.log_artifacts(folder)

    def pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Log pictures by name as PNG artefacts."""
        for name, picture in pictures.items():
            mlflow.log_figure(picture, f"pictures/{name}.png")

    def export(self, folder: Path) -> None:
        """Log the files that are served."""
        mlflow.log_artifacts(str(folder), EXPORT)

    def model(self, pipeline: Pipeline, example: Matrix) -> str:
        """Log the model with its signature; returns its URI.

        `example` is encoded synthetic cases, (n_cases, n_columns).
        """
        example = example[:EXAMPLES]
        info = mlflow.sklearn.log_model(
            pipeline,
            name="model",
            signature=infer_signature(example, pipeline.predict_proba(example)),
            input_example=example,
            pyfunc_predict_fn="predict_proba",
            # The default, skops, refuses pipelines with parts that it does not know.
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
            pip_requirements=[f"{name}=={version(name)}" for name in LIBRARIES],
        )
        return str(info.model_uri)


@contextmanager
def run(name: str, tags: Mapping[str, str]) -> Iterator[Run]:
    """Open a run; it is marked as failed when an error ends it, and its trials with it."""
    with mlflow.start_run(run_name=name, tags=dict(tags), log_system_metrics=True) as active:
        opened = Run(active.info.run_id)
        try:
            yield opened
        except BaseException:
            for nested in opened._nested.values():
                MlflowClient().set_terminated(nested, "KILLED")
            raise
