"""A real gunicorn with our logger, workers that keep their counts together, and what it wrote."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]

CONFIGURATION = """
logger_class = "service.log.ServerLog"
timeout = 120
control_socket_disable = True
def child_exit(server, worker):
    from prometheus_client import multiprocess
    multiprocess.mark_process_dead(worker.pid)
"""

Counts = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True)
class Service:
    """A running service: its port, the folder of its counts and the files of its output."""

    port: int
    counts: Path
    outputs: tuple[Path, Path]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Send a request on a connection of its own; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def send(self, data: bytes) -> bytes:
        """Send bytes as they are; return what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    def metrics(self) -> Counts:
        """Return what `/metrics` tells, by name and labels."""
        status, text = self.ask("GET", "/metrics")
        assert status == 200
        return counted(text)

    def workers(self) -> set[int]:
        """Return the processes that keep counts of requests that they answered."""
        return {int(path.stem.split("_")[1]) for path in self.counts.glob("histogram_*.db")}

    def written(self) -> str:
        """Return everything that the service wrote so far, output and errors."""
        return "".join(path.read_text(encoding="utf-8") for path in self.outputs)


def counted(text: bytes) -> Counts:
    """Read Prometheus' text format."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def wait(until: Callable[[], Any]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 120
    while not until():
        assert time.monotonic() < deadline, "it did not happen within two minutes"
        time.sleep(0.05)


@contextmanager
def serving(
    folder: Path, models: Path, workers: int, application: str = "service.app:create_app()"
) -> Iterator[Service]:
    """Run a service in a process of its own; the folder takes what it writes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    counts, outputs = folder / "counts", (folder / "output.txt", folder / "errors.txt")
    counts.mkdir()
    (folder / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CAUDA_", "GUNICORN"))}
    environment |= {"CAUDA_MODELS": str(models), "PROMETHEUS_MULTIPROC_DIR": str(counts)}
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    command = [sys.executable, "-m", "gunicorn", "--config", str(folder / "conf.py")]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), application]
    with outputs[0].open("wb") as out, outputs[1].open("wb") as errors:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=errors)
        try:
            service = Service(port, counts, outputs)

            def has_started() -> bool:
                assert server.poll() is None, service.written()
                return len(list(counts.glob("gauge_livesum_*.db"))) == workers

            wait(has_started)
            wait(lambda: service.ask("GET", "/healthz")[0] == 200)
            yield service
        finally:
            server.terminate()
            server.wait(timeout=30)
