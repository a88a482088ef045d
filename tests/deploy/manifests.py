"""The Kubernetes manifests as they are written."""

from pathlib import Path
from typing import Any

from kubernetes_validate import utils  # type: ignore[import-untyped]  # it publishes no types

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"

Resource = dict[str, Any]


def read() -> dict[str, Resource]:
    """Return the resources by kind, kustomization.yaml among them; no two are of one kind."""
    paths = sorted(FOLDER.glob("*.yaml"))
    found = [resource for path in paths for resource in utils.resources_from_file(str(path))]
    kinds = {resource["kind"]: resource for resource in found}
    assert len(kinds) == len(found)
    return kinds


def pod() -> Resource:
    """Return the pod of the deployment, as it is specified."""
    return dict(read()["Deployment"]["spec"]["template"]["spec"])


def container() -> Resource:
    """Return the one container of that pod."""
    (only,) = pod()["containers"]
    return dict(only)


def variables() -> dict[str, str]:
    """Return the environment that the manifests give the container."""
    return {variable["name"]: variable["value"] for variable in container()["env"]}


def probes() -> dict[str, Resource]:
    """Return what each probe asks, by the name of the probe."""
    names = ("startupProbe", "readinessProbe", "livenessProbe")
    return {name: container()[name] for name in names}


def amount(quantity: str) -> int:
    """Return the number of bytes that a quantity in Mi or Gi states."""
    return int(quantity[:-2]) * {"Mi": 2**20, "Gi": 2**30}[quantity[-2:]]
