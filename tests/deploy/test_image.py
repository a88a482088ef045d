import re
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import dockerfile, manifests
from tests.deploy.dockerfile import Image
from tests.load.server import HOST, free_port
from tests.service.key import bearer, digest
from tests.service.server import Server, output, stopping

pytestmark = pytest.mark.slow

MODULES = ("mlflow", "pandas", "pyarrow", "matplotlib", "pytest", "training", "synthetic")
"""What training and tests need and a service does not."""

TIMES = 3
"""How often each worker is sent the longest batch, on average, before its memory is read."""


@dataclass(frozen=True)
class Served(Server):
    """A started image, and the key that it takes."""

    key: str = field(repr=False)

    def post(self, path: str, body: Any) -> Any:
        """Return the body of the answer to a POST with the key, which has to succeed."""
        answer = self.ask(path, body, bearer(self.key))
        assert answer.status == 200, answer
        return answer.json()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, built by the commands of the Dockerfile and then made read-only."""
    built = Image(tmp_path_factory.mktemp("image"))
    built.build()
    yield built
    built.allow_writing(True)


@pytest.fixture(scope="module")
def served(
    image: Image, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The image, serving the small model."""
    with serving(image, models, tmp_path_factory.mktemp("served")) as started:
        yield started


@contextmanager
def serving(image: Image, models: Path, folder: Path) -> Iterator[Served]:
    """Start the image by its CMD with a model, a key and a writable TMPDIR, until it is ready."""
    key = secrets.token_urlsafe(32)
    (folder / "keys").write_text(f"caller {digest(key)}\n", "utf-8")
    (folder / "keys").chmod(0o600)
    (folder / "tmp").mkdir()
    settings = {
        "HOST": HOST,
        "PORT": str(free_port()),
        "WORKERS": manifests.variables()["WORKERS"],
        "TMPDIR": str(folder / "tmp"),
        "CAUDA_MODELS": str(models),
        "CAUDA_KEYS": str(folder / "keys"),
    }
    process = image.start(dockerfile.only("CMD").words, output(folder), **settings)
    started = Served(process, int(settings["PORT"]), folder, key)
    with stopping(started, ready="/readyz"):
        yield started


def test_nothing_of_training_can_be_imported(image: Image) -> None:
    """The installation holds what the service needs and neither MLflow nor pandas."""
    code = f"import importlib.util as i; print([m for m in {MODULES} if i.find_spec(m)])"
    command = [str(image.packages / "bin" / "python"), "-c", code]
    found = subprocess.run(command, cwd=image.app, capture_output=True, check=True)
    assert found.stdout.strip() == b"[]"


def test_every_module_is_compiled_before_nothing_can_be_written(image: Image) -> None:
    """Beside each module of the service lies its bytecode."""
    modules = set((image.app / "service").rglob("*.py"))
    compiled = {
        path.parents[1] / f"{path.name.partition('.')[0]}.py"
        for path in (image.app / "service").rglob("*.pyc")
    }
    assert compiled == modules


@pytest.mark.parametrize("probe", manifests.probes())
def test_a_probe_passes_by_the_address_of_the_pod(served: Served, probe: str) -> None:
    """The kubelet asks without a key, and its `Host` is the address of a pod."""
    asked = manifests.probes()[probe]["httpGet"]
    answer = served.ask(asked["path"], headers={"Host": "10.244.1.7:8000"})
    well = "ok" if asked["path"] == "/healthz" else "ready"
    assert (answer.status, answer.json()["status"]) == (200, well)


def test_the_image_answers_who_has_a_key(served: Served) -> None:
    """A request with the key is answered by the model, one without is not."""
    case = {"present": ["saddle_numbness", "urinary_retention"]}
    assert served.ask("/v1/predict", case).status == 401
    answer = served.post("/v1/predict", case)
    assert (answer["triage"]["level"], answer["degraded"]) == ("emergency", False)


def test_the_health_check_passes_while_it_serves(image: Image, served: Served) -> None:
    """The HEALTHCHECK asks the port that is served, and fails on one where nothing listens."""
    asked, log = dockerfile.health_check(), output(served.folder)
    assert image.start(asked, log, PORT=str(served.port)).wait(30) == 0
    assert image.start(asked, log, PORT=str(free_port())).wait(30) == 1


def resident(process: int) -> int:
    """Return the most bytes of memory that a process has held at once."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024


def test_the_memory_limit_is_above_what_is_taken(served: Served) -> None:
    """Arbiter, twice the workers as at SIGHUP, after the longest batches, and /tmp fit the limit.

    Memory that processes share is counted for each of them, so the true sum is lower.
    """
    cases = [{"present": ["lower_back_pain", "pain_radiating_down_leg"]}] * 1000
    path = "/v1/predict/batch?include=model_ranking"
    number = int(manifests.variables()["WORKERS"])
    for _ in range(TIMES * number):
        assert len(served.post(path, {"cases": cases})["results"]) == 1000
    started = served.workers()
    assert len(started) == number
    most = max(map(resident, started))
    taken = resident(served.process.pid) + 2 * len(started) * most
    (tmp,) = (v["emptyDir"] for v in manifests.pod()["volumes"] if "emptyDir" in v)
    limit = manifests.amount(manifests.container()["resources"]["limits"]["memory"])
    assert taken + manifests.amount(tmp["sizeLimit"]) < limit, f"{taken / 2**20:.0f} MiB taken"


def test_sigterm_ends_it_and_nothing_was_written(
    image: Image, models: Path, tmp_path: Path
) -> None:
    """A service that answers and ends on SIGTERM has missed no right to write but in TMPDIR."""
    before = image.files()
    with serving(image, models, tmp_path) as started:
        started.post("/v1/predict", {"present": ["lower_back_pain"]})
        started.process.send_signal(signal.SIGTERM)
        assert started.process.wait(timeout=60) == 0
    assert image.files() == before
    said = started.log()
    assert re.findall(r"(?i)traceback|permission denied|read-only|failed", said) == []
