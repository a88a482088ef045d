"""A server under load: started, waited for, looked at and stopped, always by its own id."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.load.process import below, started

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PATIENCE = 120
"""Seconds that a start or a stop may take."""


class Failure(Exception):
    """Something could not be measured; the message says what and why."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is started.

    `environment` is what it adds to ours, `ready` the path that answers 200 when it is ready.
    """

    name: str
    line: Sequence[str]
    environment: Mapping[str, str]
    ready: str
    port: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready, and the seconds from its start until it was."""

    name: str
    pid: int
    port: int
    seconds: float

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{HOST}:{self.port}{path}"

    def workers(self) -> list[int]:
        """Return the ids of the processes below the first, the eldest first."""
        return sorted(below(self.pid), key=started)

    def post(self, path: str, body: bytes, key: str = "") -> Any:
        """POST a body; returns the parsed answer, or raises Failure when it is no 200."""
        status, answer = ask(self.port, "POST", path, body, key)
        if status != http.client.OK:
            raise Failure(f"{self.name} answered {status} on {path}: {answer[:300]!r}")
        return json.loads(answer)


@contextmanager
def serving(command: Command, log: Path, kept: int = 0) -> Iterator[Server]:
    """Run a server until the block ends; what it says, or the last lines of it, goes to a file.

    Raises Failure when it ends, or says that it is not ready.
    """
    with _output(log, kept) as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.line,
            cwd=ROOT,
            env=environment() | dict(command.environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            is_ready = _is_ready(command, process)
            took = time.perf_counter() - start
            if is_ready:
                yield Server(command.name, process.pid, command.port, took)
        finally:
            _stop(process)
    if not is_ready:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
        raise Failure(f"{command.name} ended with code {process.returncode}: {''.join(said)}")


@contextmanager
def _output(log: Path, kept: int) -> Iterator[IO[bytes]]:
    """Open a file for all that a server says, or for the last lines of it."""
    with log.open("wb") as file:
        if not kept:
            yield file
            return
        command = ["tail", "-n", str(kept)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=file, start_new_session=True
        ) as tail:
            assert tail.stdin
            yield tail.stdin


def environment() -> dict[str, str]:
    """Return this process's environment without what configures servers, Python or MLflow."""
    ours = ("CAUDA_", "MLFLOW_", "PYTHON", "GUNICORN_", "PROMETHEUS_")
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(ours) and key not in ("HOST", "PORT", "WORKERS", "TIMEOUT")
    }


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def ask(
    port: int, method: str, path: str, body: bytes | None = None, key: str = ""
) -> tuple[int, bytes]:
    """Send one request; returns status and body."""
    headers = {"Content-Type": "application/json"} | (
        {"Authorization": f"Bearer {key}"} if key else {}
    )
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _is_ready(command: Command, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a server answers; returns False when it ends before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        try:
            status, answer = ask(command.port, "GET", command.ready)
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
            continue
        if status == http.client.OK:
            return True
        raise Failure(
            f"{command.name} is not ready: {_detail(answer)} `make serve` builds a model."
        )
    raise Failure(f"{command.name} was not ready after {PATIENCE} s.")


def _detail(answer: bytes) -> str:
    """Return what a problem says, or any other answer as it is."""
    try:
        return str(json.loads(answer)["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.decode(errors="replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server, and what is left of its session, which is its own."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
