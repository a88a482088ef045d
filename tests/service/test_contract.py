"""The contract against the running service, asked as its own document says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.server import ROOT, Server, serving

README = (ROOT / "README.md").read_text(encoding="utf-8")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
REFUSING = "[400, 401, 404, 405, 413, 415, 422, 429]"
"""The statuses by which API.md refuses what breaks the contract."""


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gunicorn that serves the small model as it is deployed."""
    with serving(tmp_path_factory.mktemp("server"), CAUDA_MODELS=str(models)) as running:
        yield running


def test_nothing_undocumented_is_answered(server: Server, tmp_path: Path) -> None:
    """Schemathesis, an independent reader of the document, gets no server error and no surprise."""
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(f"[checks]\nnegative_data_rejection.expected-statuses = {REFUSING}\n")
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(configuration)),
        *("run", f"http://127.0.0.1:{server.port}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", "30", "--generation-deterministic", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-1_000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested, done.stdout[-3_000:]
    # All but the document itself.
    assert int(tested[1]) == len(server.ask("/openapi.json").json()["paths"]) - 1


def test_the_client_of_the_readme_works(server: Server) -> None:
    """The lines of Python in the README ask the service and print what it answers."""
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert code.count("\n") <= 10
    code = code.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    level, rest = done.stdout.splitlines()
    assert level.split()[0] in ("primary_care", "urgent", "emergency")
    assert re.fullmatch(r"\d+ emergencies are not ruled out", rest)
