"""Tracking: the one module that talks to MLflow."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.models import infer_signature
from sklearn.pipeline import Pipeline

from service.features import Matrix

NAME = "cauda"
"""The experiment and the registered model."""

CHAMPION = "champion"
"""The alias of the version that serves."""

EXAMPLES = 3
LIBRARIES = ("scikit-learn", "numpy", "joblib")
"""What a logged model needs where it is loaded."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A logged model: the run that made it and where it lies."""

    run_id: str
    model_uri: str


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
    return uri


def log(
    pipeline: Pipeline,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, float],
    card: Mapping[str, Any],
    example: Matrix,
) -> Logged:
    """Log one run: parameters, metrics, the data's digest, and the model with its signature.

    The run is named after the parameter `recipe`. `example` is encoded synthetic cases,
    (n_cases, n_columns).
    """
    with mlflow.start_run(run_name=parameters["recipe"]) as run:
        mlflow.log_params(dict(parameters))
        mlflow.log_metrics(dict(metrics))
        mlflow.log_input(_data(card), context="training")
        mlflow.set_tags({"data_sha256": card["sha256"], "generator_commit": card["commit"]})
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
        return Logged(run.info.run_id, info.model_uri)


def add(logged: Logged, metrics: Mapping[str, float]) -> None:
    """Add metrics to a run after it has ended."""
    mlflow.log_metrics(dict(metrics), run_id=logged.run_id)


def register(logged: Logged) -> str:
    """Register a logged model and return its version."""
    return str(mlflow.register_model(logged.model_uri, NAME).version)


def champion(number: str) -> None:
    """Give a version the alias of the one that serves."""
    MlflowClient().set_registered_model_alias(NAME, CHAMPION, number)


def tag(logged: Logged, name: str, value: str) -> None:
    """Tag a run after it has ended."""
    MlflowClient().set_tag(logged.run_id, name, value)


def _data(card: Mapping[str, Any]) -> MetaDataset:
    source = CodeDatasetSource(tags={"seed": str(card["seed"]), "commit": str(card["commit"])})
    # MLflow takes digests of at most 36 characters; the whole one is a tag.
    return MetaDataset(  # type: ignore[abstract]  # MLflow's own users make it so
        source, name="synthetic cases", digest=card["sha256"][:36]
    )
