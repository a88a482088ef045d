"""The clean serving installation: a virtual environment with the locked runtime alone."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.load.server import HOST, ROOT, Command, Failure, environment, free_port

LOCK = ROOT / "requirements" / "service.txt"
CONFIGURATION = "deploy/gunicorn.conf.py"
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""As gunicorn.conf.py sets them, for what the service is compared with."""


class Installation:
    """A virtual environment in a folder, made anew when the lock has changed."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        """Install where it is missing; raises Failure when that cannot be done."""
        self._folder = folder
        mark, digest = folder / "lock.sha256", hashlib.sha256(LOCK.read_bytes()).hexdigest()
        if mark.is_file() and mark.read_text(encoding="ascii") == digest:
            return
        say(f"Installing the service from {LOCK.relative_to(ROOT)} into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        pip = [self.program("python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "install", "--require-hashes", "-r", str(LOCK)])
        mark.write_text(digest, encoding="ascii")

    def program(self, name: str) -> str:
        """Return the path of an installed command."""
        return str(self._folder / "bin" / name)

    def service(self, name: str, workers: int, settings: Mapping[str, str]) -> Command:
        """Return how the service is started, with settings by the names of their variables."""
        return self._gunicorn(name, workers, [], settings)

    def echo(self, name: str, workers: int) -> Command:
        """Return how the echo is started, under the very same configuration of gunicorn."""
        return self._gunicorn(name, workers, ["tests.load.echo:create_app()"], {})

    def _gunicorn(
        self, name: str, workers: int, app: list[str], settings: Mapping[str, str]
    ) -> Command:
        port = free_port()
        own = {"HOST": HOST, "PORT": str(port), "WORKERS": str(workers), **settings}
        line = [self.program("gunicorn"), "--config", CONFIGURATION, *app]
        return Command(name, line, own, "/readyz", port)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, env=environment(), check=False)
    if done.returncode:
        raise Failure(f"{' '.join(command)} failed with exit code {done.returncode}.")
