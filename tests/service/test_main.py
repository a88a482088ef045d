import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.key import digest

ROOT = Path(__file__).parents[2]


def check(**settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m service check` with settings."""
    return subprocess.run(
        [sys.executable, "-m", "service", "check"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_sound_start_is_told(models: Path, tmp_path: Path) -> None:
    """The check of what can serve ends with 0, the number of keys, and version and hash."""
    (tmp_path / "keys").write_text(f"a {digest('one')}\nb {digest('two')}\n", encoding="utf-8")
    done = check(CAUDA_MODELS=str(models), CAUDA_KEYS=str(tmp_path / "keys"))
    sha256 = hashlib.sha256((models / "model.joblib").read_bytes()).hexdigest()
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"{tmp_path / 'keys'} holds 2 keys.\n{models} holds version 1, sha256 {sha256}.\n",
        "",
    )


def test_a_damaged_artefact_is_refused(models: Path, tmp_path: Path) -> None:
    """The check of an artefact that would leave the service degraded ends with 1 and says why."""
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    artefact = folder / "model.joblib"
    artefact.write_bytes(artefact.read_bytes()[:-1])
    done = check(CAUDA_MODELS=str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("degraded: The model is refused: the artefact's SHA-256 is ")


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("CAUDA_MAX_CASES", "1001", "CAUDA_MAX_CASES is '1001', expected 1 to 1000."),
        ("CAUDA_KEYS", "/nowhere", "The file of keys /nowhere cannot be read: "),
    ],
)
def test_what_ends_a_start_is_told(models: Path, setting: str, value: str, line: str) -> None:
    """A setting or a key file that a start refuses ends the check with 1 and that line."""
    done = check(**{"CAUDA_MODELS": str(models), setting: value})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(line)
