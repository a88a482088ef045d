import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENTS = [
    json.loads(line)
    for line in (REPOSITORY / "tests" / "data" / "published_cases.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
STATED = ("present", "absent", "attributes")
MANY_KEYS = b"{%s}" % b",".join([b'"%x":1' % i for i in range(100_000)] + [b'"k":1', b'"k":2'])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _send(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """Return status and JSON; a server may answer and hang up before it has read a large body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, path)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(body)
        with connection.getresponse() as response:
            return response.status, json.loads(response.read())
    finally:
        connection.close()


def _await_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(6000):
        if process.poll() is not None:
            break
        try:
            if _send(port, "GET", "/healthz")[0] == 200:
                return
        except OSError:
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
    pytest.fail(f"gunicorn does not answer: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="module")
def port(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gunicorn that serves the small model as it is deployed."""
    port = _free_port()
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("CAUDA_")}
    environment = inherited | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": "1",
        "CAUDA_MODELS": str(models),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _await_answer(port, process, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            # The whole session, or a worker that is busy would outlive its master.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_served_model_is_ready(port: int) -> None:
    """The server that is deployed loads and verifies the model."""
    assert _send(port, "GET", "/readyz") == (200, {"status": "ready", "version": "1"})


@pytest.mark.parametrize("patient", PATIENTS, ids=[patient["id"] for patient in PATIENTS])
def test_a_published_patient_is_answered(port: int, patient: dict[str, Any]) -> None:
    """Every published patient is answered by the model and the red flags together."""
    body = json.dumps({key: patient[key] for key in STATED}).encode()
    status, answer = _send(port, "POST", "/v1/predict", body)
    assert (status, answer.get("degraded")) == (200, False)
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
    port: int, body: bytes, status: int, codes: list[str]
) -> None:
    """A body that is too large or too deep is refused, and the next emergency is answered."""
    refused, problem = _send(port, "POST", "/v1/predict", body)
    assert (refused, problem["status"]) == (status, status)
    assert [error["code"] for error in problem.get("errors", [])] == codes
    emergency = b'{"present": ["saddle_numbness", "urinary_retention"]}'
    answered, answer = _send(port, "POST", "/v1/predict", emergency)
    assert (answered, answer["triage"]["level"], answer["degraded"]) == (200, "emergency", False)
