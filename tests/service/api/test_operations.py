import json
import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from flask.testing import FlaskClient

from service.api.answer import Answers
from service.app import create_app
from service.clinical import red_flags
from service.clinical.screen import Screen
from service.settings import Settings
from tests.service.counts import counted, series


@pytest.mark.parametrize("service", ["client", "degraded"])
def test_the_service_is_alive_with_and_without_a_model(
    request: pytest.FixtureRequest, service: str
) -> None:
    """`/healthz` needs no model."""
    asked: FlaskClient = request.getfixturevalue(service)
    response = asked.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_the_service_is_not_well_when_the_rules_miss_the_golden_emergency(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/healthz` answers 503 when no rule screens the golden emergency, whatever the model says."""
    monkeypatch.setattr(red_flags, "_SCREEN", Screen(()))
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.mimetype == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0


def test_the_service_is_ready_with_a_model(client: FlaskClient) -> None:
    """`/readyz` answers 200 with the version of the verified model."""
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ready", "version": "1"})


@pytest.mark.parametrize("path", ["/readyz", "/v1/model"])
def test_without_a_model_the_reason_is_given(degraded: FlaskClient, path: str) -> None:
    """Without a model the answer is a problem of status 503 that says why and when to ask again."""
    response = degraded.get(path)
    problem = response.get_json()
    assert response.status_code == 503
    assert response.mimetype == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0
    assert "There is no manifest.json in the model folder." in problem.pop("detail")
    assert problem == {
        "type": "urn:cauda:problem:service-unavailable",
        "title": "Service Unavailable",
        "status": 503,
        "instance": path,
    }


def test_the_model_route_gives_the_manifest(models: Path, tmp_path: Path) -> None:
    """`/v1/model` answers with the manifest as it lies beside the artefact, metrics included."""
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["metrics"] = {"top_1.low": 0.5, "cases": 20_000}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    response = create_app(Settings(models=folder)).test_client().get("/v1/model")
    assert (response.status_code, response.get_json()) == (200, manifest)
    assert (manifest["format"], len(manifest["temperatures"]), len(manifest["costs"])) == (3, 4, 4)


def _fail(*_: object) -> NoReturn:
    raise RuntimeError


def test_an_answer_that_is_not_given_is_not_counted(
    degraded: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When an answer cannot be written, nobody was told of an emergency."""
    with monkeypatch.context() as broken:
        broken.setattr(Answers, "write", _fail)
        refused = degraded.post("/v1/predict", json={"present": ["saddle_numbness"]})
    assert refused.status_code == 500
    for number in (0, 1):
        counts = counted(degraded.get("/metrics").get_data())
        assert sum(series(counts, "cauda_answers_total").values()) == number
        degraded.post("/v1/predict", json={"present": ["saddle_numbness"]})


def test_the_metrics_are_prometheus_text(degraded: FlaskClient) -> None:
    """`/metrics` answers in the text format, with a version and charset that Prometheus takes."""
    response = degraded.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.get_data().startswith(b"# HELP cauda_")
