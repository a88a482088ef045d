import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.server import ROOT, Server, serving

PATIENTS = [
    json.loads(line)
    for line in (ROOT / "tests" / "data" / "published_cases.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
STATED = ("present", "absent", "attributes")
MANY_KEYS = b"{%s}" % b",".join([b'"%x":1' % i for i in range(100_000)] + [b'"k":1', b'"k":2'])


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gunicorn that serves the small model as it is deployed."""
    folder = tmp_path_factory.mktemp("gunicorn")
    with serving(folder, CAUDA_MODELS=str(models), WORKERS="1") as running:
        yield running


def test_the_served_model_is_ready(server: Server) -> None:
    """The server that is deployed loads and verifies the model."""
    ready = server.ask("/readyz")
    assert (ready.status, ready.json()) == (200, {"status": "ready", "version": "1"})


@pytest.mark.parametrize("patient", PATIENTS, ids=[patient["id"] for patient in PATIENTS])
def test_a_published_patient_is_answered(server: Server, patient: dict[str, Any]) -> None:
    """Every published patient is answered by the model and the red flags together."""
    given = server.ask("/v1/predict", {key: patient[key] for key in STATED})
    answer = given.json()
    assert (given.status, answer.get("degraded")) == (200, False)
    assert answer["triage"]["level"] in ("emergency", "urgent", "primary_care", "self_care")
    listed = sum(entry["probability"] for entry in answer["conditions"])
    assert listed + answer["withheld"]["probability"] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("body", "status", "codes"),
    [
        (b'{"present": ["fever"]}'.ljust(10_000_000), 413, []),
        (b"[" * 100_000 + b"]" * 100_000, 400, ["too_deep"]),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, ["too_deep"]),
        (b'{"present": ' + b"[" * 100_000, 400, ["too_deep"]),
        (MANY_KEYS, 400, ["repeated_key"]),
    ],
    ids=["10 MB", "nested arrays", "nested objects", "nested and open", "100,000 keys"],
)
def test_a_hostile_body_is_refused_and_the_server_goes_on(
    server: Server, body: bytes, status: int, codes: list[str]
) -> None:
    """A body that is too large or too deep is refused, and the next emergency is answered."""
    refused = server.ask("/v1/predict", body)
    problem = refused.json()
    assert (refused.status, problem["status"]) == (status, status)
    assert [error["code"] for error in problem.get("errors", [])] == codes
    answered = server.ask("/v1/predict", {"present": ["saddle_numbness", "urinary_retention"]})
    answer = answered.json()
    assert (answered.status, answer["triage"]["level"]) == (200, "emergency")
    assert answer["degraded"] is False
