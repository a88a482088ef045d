import subprocess
from pathlib import Path

from tests.deploy import dockerfile

COPIED = ("service", "deploy/gunicorn.conf.py", "requirements/service.txt")
"""What an image of the service alone is made of."""


def test_the_builder_gets_the_service_and_nothing_else(tmp_path: Path) -> None:
    """What .dockerignore lets through are the files of the service that git knows or would take."""
    dockerfile.context(tmp_path / "context")
    found = {path for path in (tmp_path / "context").rglob("*") if path.is_file()}
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *COPIED]
    listed = subprocess.run(
        command, cwd=dockerfile.ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    known = {Path(name) for name in listed if (dockerfile.ROOT / name).exists()}
    assert {path.relative_to(tmp_path / "context") for path in found} == known


def test_no_instruction_is_overlooked() -> None:
    """The Dockerfile has these instructions in this order, and the tests of the image know each."""
    assert [instruction.name for instruction in dockerfile.instructions()] == [
        *("FROM", "LABEL", "WORKDIR", "COPY", "RUN", "COPY", "COPY", "RUN"),
        *("ENV", "USER", "EXPOSE", "HEALTHCHECK", "CMD"),
    ]


def test_the_base_image_is_a_named_python_that_is_supported() -> None:
    """The base is the slim image of a version from 3.11 on, and of a named Debian."""
    name, _, tag = dockerfile.only("FROM").arguments.partition(":")
    version, slim, debian = tag.split("-")
    assert (name, slim, debian.isalpha()) == ("python", "slim", True)
    assert tuple(map(int, version.split("."))) >= (3, 11)


def test_only_the_lock_is_installed() -> None:
    """The lock of the service is installed by its hashes, and no cache stays in the image."""
    runs = [step.words for step in dockerfile.instructions() if step.name == "RUN"]
    (install,) = (words for words in runs if "pip" in words)
    assert install[:4] == ["python", "-m", "pip", "install"]
    assert {"--require-hashes", "--no-cache-dir"} <= set(install)
    assert install[-2:] == ["--requirement", "requirements/service.txt"]


def test_gunicorn_gets_the_signals() -> None:
    """CMD and HEALTHCHECK are lists: with a shell between, SIGTERM would not reach gunicorn."""
    assert dockerfile.only("CMD").arguments.startswith("[")
    assert dockerfile.only("CMD").words[0] == "gunicorn"
    assert dockerfile.health_check()[0] == "python"
