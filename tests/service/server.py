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
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load.server import HOST, environment, free_port
from tests.service.counts import Counts, counted

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds that a start, an answer or an end may take."""


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
    """A running gunicorn; its log and its temporary files are in the folder."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    def log(self) -> str:
        """Return what the server has written so far, output and errors."""
        return output(self.folder).read_text(encoding="utf-8")

    def ask(self, path: str, body: Any = None, headers: Mapping[str, str] = {}) -> Answer:
        """GET a path, or POST a body to it, on a connection of its own; bytes are sent as they are.

        A server may refuse a large body, and hang up, before it has read all of it.
        """
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                if body is None:
                    connection.request("GET", path, headers=dict(headers))
                else:
                    sent = body if isinstance(body, bytes) else json.dumps(body)
                    stated = {"Content-Type": "application/json", **headers}
                    connection.request("POST", path, sent, stated)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def send(self, data: bytes) -> bytes:
        """Send what need not be a request; return what comes back."""
        with socket.create_connection((HOST, self.port), timeout=PATIENCE) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def metrics(self) -> Counts:
        """Return what `/metrics` tells."""
        answer = self.ask("/metrics")
        assert answer.status == 200, answer.body
        return counted(answer.body)

    def counts(self) -> Path:
        """Return the folder in which the workers keep their counts."""
        (found,) = (self.folder / "tmp").glob("cauda-metrics-*")
        return found

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

    def answers(self, path: str) -> bool:
        """Tell whether the server answers 200 to a path."""
        try:
            return self.ask(path).status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """End the server by SIGTERM, and then whatever is left of its session."""
        self.process.terminate()
        try:
            self.process.wait(timeout=PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def output(folder: Path) -> Path:
    """Return the file for what the server of a folder writes."""
    return folder / "server.log"


def lives(pid: int) -> bool:
    """Tell whether there is a process, and be it one that has ended and was not missed yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait(until: Callable[[], Any], server: Server) -> None:
    """Wait until something is so; fail with the log when the server ends or patience does."""
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert server.alive(), server.log()
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.05)


def start(folder: Path, settings: Mapping[str, str], *arguments: str) -> Server:
    """Start gunicorn on a free port, without waiting for it."""
    port, temporary = free_port(), folder / "tmp"
    temporary.mkdir()
    with output(folder).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", *arguments],
            cwd=ROOT,
            env={**environment(), "PORT": str(port), "TMPDIR": str(temporary), **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(process, port, folder)


@contextmanager
def stopping(server: Server, ready: str = "/healthz") -> Iterator[None]:
    """Wait until a server answers 200 to a path, and stop it at the end of the block."""
    try:
        wait(lambda: server.answers(ready), server)
        yield
    finally:
        server.stop()


@contextmanager
def serving(folder: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """Run gunicorn until the end of the block; its log and temporary files go to the folder."""
    server = start(folder, settings, *arguments)
    with stopping(server):
        yield server
