"""The commands of the README: in a fresh clone in a new folder, and with their variables."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.load.server import free_port

ROOT = Path(__file__).parents[1]


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Run `make serve` in a folder until it answers, and stop it afterwards."""
    log = folder / "serve.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            ["make", "serve", f"PORT={port}", "WORKERS=1"],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if not k.startswith(("CAUDA_", "MLFLOW_"))},
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", server, log)
            yield
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers 200; fail with its log when it ends before."""
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(log.read_text(encoding="utf-8"))


def example() -> bytes:
    """Return the body of the README's request."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    body = re.search(r"-d '(.*?)'", readme, re.DOTALL)
    assert body
    return body.group(1).encode()


@pytest.mark.slow
def test_serve_in_a_fresh_clone_answers_and_does_not_build_twice(tmp_path: Path) -> None:
    """A clone with nothing installed ends in an answer; a second start builds nothing anew."""
    git = shutil.which("git")
    assert git
    clone = tmp_path / "clone"
    subprocess.run([git, "clone", "--quiet", str(ROOT), str(clone)], check=True)
    port = free_port()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/predict",
        data=example(),
        headers={"Content-Type": "application/json"},
    )
    with serving(clone, port), urllib.request.urlopen(request) as answer:
        assert json.load(answer)["triage"]["level"] == "emergency"
    built = {path: path.stat().st_mtime_ns for path in (clone / "models").iterdir()}
    assert {path.name for path in built} >= {"manifest.json", "model.joblib", "MODEL_CARD.md"}
    assert not (clone / "mlruns").exists()
    with serving(clone, port):
        pass
    assert {path: path.stat().st_mtime_ns for path in (clone / "models").iterdir()} == built


@pytest.mark.parametrize(
    ("arguments", "environment", "fails"),
    [
        (["PAGE=neither"], {}, True),
        ([], {"PAGE": "neither"}, True),
        ([], {"PAGE": "", "CAUDA_PAGE": "neither"}, True),
        (["PAGE=off"], {"CAUDA_PAGE": "neither"}, False),
        (["PAGE="], {}, False),
    ],
)
def test_serve_passes_whether_there_are_pages(
    arguments: list[str], environment: dict[str, str], fails: bool
) -> None:
    """PAGE reaches the service as argument and from the environment; empty leaves it as it is."""
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("CAUDA_", "PAGE"))}
    made = subprocess.run(
        ["make", "--old-file=.venv/.training", "check-settings", *arguments],
        cwd=ROOT,
        env=outer | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode != 0) == fails, made.stderr
    assert ("CAUDA_PAGE is 'neither', expected on or off." in made.stderr) == fails


def test_serve_starts_with_what_was_checked() -> None:
    """What `check-settings` was given, the server is started with."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert makefile.count("@$(SERVING) ") == 2
    assert "@$(SERVING) exec $(BIN)/gunicorn " in makefile
