import ast
import os
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from kubernetes_validate.utils import all_versions, validate  # type: ignore[import-untyped]

from service.settings import SettingError, Settings
from tests.deploy import dockerfile, manifests

CONFIGURATION = dockerfile.ROOT / "deploy" / "gunicorn.conf.py"

VERSIONS = sorted(
    version for version in set(all_versions()) if tuple(map(int, version.split(".")[:2])) >= (1, 30)
)
"""The versions of Kubernetes since the one that the deployment asks for."""


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_valid(version: str) -> None:
    """Every resource fits the schema of its kind, without a field that the schema does not have."""
    kinds = manifests.read().keys() - {"Kustomization"}
    assert len(kinds) == 6
    for kind in sorted(kinds):
        validate(manifests.read()[kind], version, strict=True)


def test_the_resources_are_complete() -> None:
    """`kubectl apply -k` takes every other file of the folder, with the image of this version."""
    kustomization = manifests.read()["Kustomization"]
    names = {path.name for path in manifests.FOLDER.iterdir()} - {"kustomization.yaml"}
    assert sorted(kustomization["resources"]) == sorted(names)
    project = tomllib.loads((dockerfile.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (image,) = kustomization["images"]
    assert (image["name"], image["newTag"]) == (manifests.container()["image"], project["version"])


def test_the_labels_lead_to_the_pods() -> None:
    """Deployment, service, budget, policy and spread choose the pods that the deployment makes."""
    kinds = manifests.read()
    template = kinds["Deployment"]["spec"]["template"]
    (spread,) = template["spec"]["topologySpreadConstraints"]
    chosen = [
        kinds["Deployment"]["spec"]["selector"]["matchLabels"],
        kinds["Service"]["spec"]["selector"],
        kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        spread["labelSelector"]["matchLabels"],
    ]
    assert chosen == [template["metadata"]["labels"]] * 5


def test_the_autoscaler_scales_the_deployment() -> None:
    """The autoscaler names the deployment, keeps two pods, and alone says how many there are."""
    kinds = manifests.read()
    scaler, deployment = kinds["HorizontalPodAutoscaler"]["spec"], kinds["Deployment"]
    named = {key: deployment[key] for key in ("apiVersion", "kind")}
    assert scaler["scaleTargetRef"] == named | {"name": deployment["metadata"]["name"]}
    assert scaler["minReplicas"] == 2
    assert "replicas" not in deployment["spec"]
    assert "cpu" in manifests.container()["resources"]["requests"]


def test_the_port_is_one() -> None:
    """Image, container, service, policy and probes mean the same port."""
    (port,) = manifests.container()["ports"]
    assert port["containerPort"] == int(dockerfile.only("EXPOSE").arguments)
    assert port["containerPort"] == int(dockerfile.variables()["PORT"])
    kinds = manifests.read()
    (served,) = kinds["Service"]["spec"]["ports"]
    (rule,) = kinds["NetworkPolicy"]["spec"]["ingress"]
    asked = [probe["httpGet"]["port"] for probe in manifests.probes().values()]
    assert {served["targetPort"], rule["ports"][0]["port"], *asked} == {port["name"]}


@pytest.mark.parametrize(
    ("service", "passed"),
    [
        ("client", {"startupProbe": True, "readinessProbe": True, "livenessProbe": True}),
        ("degraded", {"startupProbe": False, "readinessProbe": True, "livenessProbe": True}),
    ],
)
def test_a_bad_artefact_stops_a_start_and_nothing_that_runs(
    request: pytest.FixtureRequest, service: str, passed: dict[str, bool]
) -> None:
    """Without a model the startup probe fails; those that a running pod is asked do not."""
    asked: FlaskClient = request.getfixturevalue(service)
    paths = {name: probe["httpGet"]["path"] for name, probe in manifests.probes().items()}
    assert {name: asked.get(path).status_code == 200 for name, path in paths.items()} == passed


def test_old_pods_serve_until_the_roll_out_has_failed() -> None:
    """No pod is taken away for a new one, and the failure is told after the last startup probe."""
    spec = manifests.read()["Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    startup = manifests.probes()["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] < spec["progressDeadlineSeconds"]


def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Return gunicorn's configuration in the container."""
    for name in [name for name in os.environ if name.startswith("CAUDA_")]:
        monkeypatch.delenv(name)
    for name, value in (dockerfile.variables() | manifests.variables()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return runpy.run_path(str(CONFIGURATION))


def test_requests_end_before_the_container_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The pause before SIGTERM and gunicorn's patience fit into the time that a pod is given."""
    graceful = configured(monkeypatch, tmp_path)["graceful_timeout"]
    pause = manifests.container()["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause + graceful < manifests.pod()["terminationGracePeriodSeconds"]


def test_the_service_knows_its_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each variable of image and manifests is a setting of service, gunicorn or Python."""
    names = dockerfile.variables().keys() | manifests.variables().keys()
    settings = {f"CAUDA_{name.upper()}" for name in Settings.__slots__}
    tree = ast.walk(ast.parse(CONFIGURATION.read_text(encoding="utf-8")))
    texts = {node.value for node in tree if isinstance(node, ast.Constant)}
    others = {name for name in names - settings if not name.startswith("PYTHON")}
    assert others == {"HOST", "PORT", "WORKERS"}
    assert others <= texts
    configuration = configured(monkeypatch, tmp_path)
    assert configuration["bind"] == f"0.0.0.0:{dockerfile.variables()['PORT']}"
    assert configuration["workers"] == int(manifests.variables()["WORKERS"])


def test_the_cluster_adds_no_setting() -> None:
    """What Kubernetes would say of its services is refused as a setting, so it is kept away."""
    name = manifests.read()["Service"]["metadata"]["name"]
    with pytest.raises(SettingError, match="Unknown settings"):
        Settings.from_environment({f"{name.upper()}_SERVICE_HOST": "10.0.0.1"})
    assert manifests.pod()["enableServiceLinks"] is False


def test_what_the_settings_name_is_mounted() -> None:
    """Models and keys lie on volumes that cannot be written, and TMPDIR on one that can."""
    mounts = {m["name"]: m for m in manifests.container()["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in manifests.pod()["volumes"]}
    assert mounts.keys() == volumes.keys() == {"models", "keys", "tmp"}
    named = manifests.variables()
    assert Path(named["CAUDA_MODELS"]).parent == Path(mounts["models"]["mountPath"])
    assert Path(named["CAUDA_KEYS"]).parent == Path(mounts["keys"]["mountPath"])
    assert mounts["models"]["readOnly"] is mounts["keys"]["readOnly"] is True
    claim = manifests.read()["PersistentVolumeClaim"]["metadata"]["name"]
    assert volumes["models"]["persistentVolumeClaim"] == {"claimName": claim, "readOnly": True}
    assert (mounts["tmp"]["mountPath"], "emptyDir" in volumes["tmp"]) == ("/tmp", True)  # noqa: S108  # the container's


def test_a_pod_may_do_nothing_but_serve() -> None:
    """The pod is within Kubernetes' profile `restricted`, reads only, and asks nobody."""
    pod, own = manifests.pod(), manifests.container()["securityContext"]
    user = {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001}
    assert pod["securityContext"] == user | {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert dockerfile.only("USER").arguments == "10001:10001"
    policy = manifests.read()["NetworkPolicy"]["spec"]
    assert (policy["policyTypes"], policy["egress"]) == (["Ingress", "Egress"], [])


def test_no_secret_is_in_the_manifests() -> None:
    """The keys come from a Secret that somebody else makes."""
    assert "Secret" not in manifests.read()
    (keys,) = (volume["secret"] for volume in manifests.pod()["volumes"] if "secret" in volume)
    assert set(keys) == {"secretName", "defaultMode"}
