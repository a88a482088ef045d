"""The real server: gunicorn with the configuration that the repository ships."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running gunicorn; `log` is what it has written so far."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path = field(repr=False)

    def log(self) -> str:
        """Return what the server has written."""
        return self.output.read_text(encoding="utf-8")

    def ask(
        self,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """GET a path, or POST a body to it, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if body is None:
                connection.request("GET", path, headers=dict(headers))
            else:
                sent = {"Content-Type": "application/json", **headers}
                connection.request("POST", path, json.dumps(body), sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """Return the process of each worker that was ever started, in order."""
        return [int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", self.log())]

    def reload(self) -> None:
        """Send SIGHUP and wait until the workers of before have left."""
        before = self.workers()
        self.process.send_signal(signal.SIGHUP)
        wait(lambda: not any(map(lives, before)), self)

    def alive(self) -> bool:
        """Tell whether the server runs."""
        return self.process.poll() is None


def lives(pid: int) -> bool:
    """Tell whether there is a process, and be it one that has ended and was not missed yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait(until: Callable[[], bool], server: Server) -> None:
    """Wait until something is so; fail with the log when the server ends or a minute passes."""
    deadline = time.monotonic() + 60
    while not until():
        assert server.alive(), server.log()
        if time.monotonic() > deadline:
            pytest.fail(server.log())
        time.sleep(0.05)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(output: Path, environment: Mapping[str, str], *arguments: str) -> Server:
    """Start gunicorn on a free port, without waiting for it."""
    port = free_port()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CAUDA_", "GUNICORN_"))}
    clean = {k: v for k, v in clean.items() if k not in ("HOST", "WORKERS", "TIMEOUT")}
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *arguments],
            cwd=ROOT,
            env={**clean, "PORT": str(port), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    return Server(process, port, output)


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Server]:
    """Run gunicorn until the end of the block; its log and temporary files go to the folder."""
    (folder / "tmp").mkdir()
    server = start(folder / "server.log", {"TMPDIR": str(folder / "tmp"), **environment})
    try:
        wait(lambda: _answers(server), server)
        yield server
    finally:
        server.process.terminate()
        server.process.wait(timeout=60)


def _answers(server: Server) -> bool:
    try:
        return server.ask("/healthz").status == 200
    except OSError:
        return False
