"""The Dockerfile carried out without an engine: its instructions, in a virtual environment."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its continuation lines joined."""

    name: str
    arguments: str

    @property
    def words(self) -> list[str]:
        """The arguments, one by one: of a JSON list its items."""
        if self.arguments.startswith("["):
            return [str(item) for item in json.loads(self.arguments)]
        return shlex.split(self.arguments)


def instructions() -> Iterator[Instruction]:
    """Yield the instructions of deploy/Dockerfile in order."""
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "")
    for line in filter(None, lines.splitlines()):
        name, _, arguments = line.partition(" ")
        yield Instruction(name, arguments.strip())


def only(name: str) -> Instruction:
    """Return the one instruction of a name."""
    (found,) = (instruction for instruction in instructions() if instruction.name == name)
    return found


def variables() -> dict[str, str]:
    """Return the environment that the image gives its processes."""
    pairs = (word for step in instructions() if step.name == "ENV" for word in step.words)
    return dict(pair.split("=", 1) for pair in pairs)


def health_check() -> list[str]:
    """Return the command that asks whether a container is healthy."""
    return Instruction("CMD", only("HEALTHCHECK").arguments.partition(" CMD ")[2]).words


def context(folder: Path) -> None:
    """Copy to a new folder what .dockerignore lets through, as it is read for a list of exceptions.

    Fails where its first line does not keep everything out, for then more would come through.
    """
    text = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    first, *patterns = [line for line in text.splitlines() if not line.startswith("#")]
    assert first == "*"
    left_out = [pattern.removeprefix("**/") for pattern in patterns if pattern[0] != "!"]
    folder.mkdir()
    for pattern in (pattern[1:] for pattern in patterns if pattern[0] == "!"):
        _copy(ROOT / pattern, folder / pattern, left_out)


def _copy(source: Path, target: Path, left_out: list[str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))
    else:
        shutil.copyfile(source, target)


class Image:
    """What a build leaves: the packages, the folder that stands for WORKDIR, the environment.

    A virtual environment stands for the base image, so the version of Python is that of the tests.
    """

    def __init__(self, parent: Path) -> None:
        self.app, self.packages = parent / "app", parent / "venv"
        self._context = parent / "context"
        self.environment = {"PATH": f"{self.packages / 'bin'}{os.pathsep}{os.defpath}"}

    def build(self) -> None:
        """Carry out the instructions that lay files down, in order, then take the rights to write.

        Raises CalledProcessError when a command of the Dockerfile fails.
        """
        subprocess.run([sys.executable, "-m", "venv", str(self.packages)], check=True)
        context(self._context)
        self.app.mkdir()
        for step in instructions():
            if step.name == "COPY":
                source, target = step.words
                _copy(self._context / source, self.app / target, [])
            elif step.name == "ENV":
                self.environment |= dict(pair.split("=", 1) for pair in step.words)
            elif step.name == "RUN":
                self._run(step.arguments)
        self.allow_writing(False)

    def _run(self, command: str) -> None:
        # Beside the image's environment that of the tests, which says how pip reaches its packages.
        kept = {n: value for n, value in os.environ.items() if n[:6] not in ("CAUDA_", "PYTHON")}
        environment = kept | self.environment
        subprocess.run(["sh", "-c", command], cwd=self.app, env=environment, check=True)

    def allow_writing(self, allowed: bool) -> None:
        """Give or take the right to write to anything of the image."""
        mode = "u+w" if allowed else "a-w"
        subprocess.run(["chmod", "-R", mode, str(self.app), str(self.packages)], check=True)

    def files(self) -> set[Path]:
        """Return every file of the image."""
        return {path for top in (self.app, self.packages) for path in top.rglob("*")}

    def start(self, command: list[str], log: Path, **settings: str) -> subprocess.Popen[bytes]:
        """Start a command as a container does, without the capabilities that root would have."""
        bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        with log.open("ab") as output:
            return subprocess.Popen(
                (bare if os.geteuid() == 0 else []) + command,
                cwd=self.app,
                env=self.environment | {"HOME": str(self.app)} | settings,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
