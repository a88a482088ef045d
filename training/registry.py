"""The registry: versions of the model in MLflow, and which of them serves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from training.tracking import EXPORT, NAME

CHAMPION, CHALLENGER = "champion", "challenger"
"""The aliases of the version that serves, and of the newest one."""

ORDER = "champions"
"""The tag of the registered model that keeps the versions that served, the newest last."""


class RegistryError(Exception):
    """The registry lacks the version that is asked for; the message says which ones there are."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the registered model and the run that made it."""

    number: str
    run_id: str


def register(run_id: str, model_uri: str) -> Version:
    """Register a logged model as a new version."""
    return Version(str(mlflow.register_model(model_uri, NAME).version), run_id)


def tag(version: Version, tags: Mapping[str, str]) -> None:
    """Tag a version."""
    for name, value in tags.items():
        MlflowClient().set_model_version_tag(NAME, version.number, name, value)


def challenge(version: Version) -> None:
    """Let a version be the challenger."""
    MlflowClient().set_registered_model_alias(NAME, CHALLENGER, version.number)


def find(alias: str) -> Version | None:
    """Return the version that has an alias, None when nothing has it."""
    try:
        found = MlflowClient().get_model_version_by_alias(NAME, alias)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return None
        raise
    return Version(str(found.version), str(found.run_id))


_ABSENT = (ErrorCode.Name(RESOURCE_DOES_NOT_EXIST), "INVALID_PARAMETER_VALUE")
"""What MLflow answers for a model or for an alias that nobody has made."""


def fetch(version: Version, folder: Path) -> Path:
    """Download what a version serves, artefact, manifest and card; returns their folder."""
    found = mlflow.artifacts.download_artifacts(
        run_id=version.run_id, artifact_path=EXPORT, dst_path=str(folder)
    )
    return Path(found)


def champions() -> list[str]:
    """Return the numbers of the versions that served, the present one last."""
    try:
        tags = MlflowClient().get_registered_model(NAME).tags
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return []
        raise
    order = list(map(str, json.loads(tags.get(ORDER, "[]"))))
    champion = find(CHAMPION)
    # Somebody may have set the alias by hand: it is the alias that tells who serves.
    if champion is not None and order[-1:] != [champion.number]:
        order.append(champion.number)
    return order


def before() -> Version:
    """Return the version that served before the champion; raises RegistryError without one."""
    order = champions()
    if len(order) < 2:
        served = f"version {order[0]} alone" if order else "no version yet"
        raise RegistryError(f"There is nothing to go back to: {served} has served.")
    found = MlflowClient().get_model_version(NAME, order[-2])
    return Version(str(found.version), str(found.run_id))


def crown(order: list[str]) -> None:
    """Let the last version of an order be champion, and keep the order; nobody for an empty one."""
    client = MlflowClient()
    client.set_registered_model_tag(NAME, ORDER, json.dumps(order))
    if order:
        client.set_registered_model_alias(NAME, CHAMPION, order[-1])
    else:
        client.delete_registered_model_alias(NAME, CHAMPION)
