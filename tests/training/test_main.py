import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import TINY
from tests.training.tracked import SERVED, WARNINGS, Registry, contents, forget
from training import __main__ as command
from training import album, candidates, gates, probes, promotion
from training.__main__ import main

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS

COMMANDS = ("train", "compare", "promote", "rollback", "served", "evaluate", "screen")


def row(i: int) -> str:
    """Return a case as a line of JSON."""
    body = {"present": ["fever", "severe_back_pain"], "condition": "spinal_infection"}
    return json.dumps(body | {"attributes": {"age_years": 20 + i / 2}}) + "\n"


@dataclass
class Desk:
    """Where commands are given: the folders that they take, and what they said last."""

    folder: Path
    cases: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    @property
    def models(self) -> Path:
        """The folder that is served from."""
        return self.folder / "models"

    def run(self, name: str, *more: str) -> int:
        """Give a command; returns its exit code."""
        folder = self.folder
        places = ["--cases", str(self.cases), "--stress", str(folder / "stress")]
        places += ["--models", str(self.models), "--build", str(folder / "build"), "--jobs", "1"]
        self.capture.readouterr()
        code = main([name, *places, *more])
        self.out, self.err = self.capture.readouterr()
        # Bars of progress are not what was said.
        said = self.err.replace("\r", "\n").splitlines()
        self.err = "\n".join(line.strip() for line in said if line.strip() and "%|" not in line)
        return code


@pytest.fixture
def desk(shelf: Registry, cases: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk with an empty registry, a data set and no model."""
    return Desk(shelf.build.parent, cases, capsys)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "the following arguments are required"),
        (["fit"], "invalid choice: 'fit'"),
        (["train", "--recipe", "best"], "argument --recipe: invalid choice: 'best'"),
        (["train", "--seed", "-1"], "--seed: found '-1', expected a whole number 0 to 4294967295"),
        (["train", "--seed", "4294967296"], "expected a whole number 0 to 4294967295"),
        (["train", "--seed", "1.5"], "--seed: found '1.5', expected a whole number"),
        (["train", "--seed", "1_0"], "--seed: found '1_0', expected a whole number"),
        (["train", "--seed", ""], "--seed: found '', expected a whole number"),
        (["train", "--weight", "0"], "--weight: found '0', expected a share above 0 and below 1"),
        (["train", "--weight", "1"], "--weight: found '1', expected a share above 0 and below 1"),
        (["train", "--weight", ".0"], "--weight: found '.0', expected a share above 0"),
        (["train", "--weight", "20%"], "--weight: found '20%', expected a share above 0"),
        (["train", "--weight", "nan"], "--weight: found 'nan', expected a share above 0"),
        (["train", "--backend", "threads"], "argument --backend: invalid choice: 'threads'"),
        (["train", "--backend", "dask"], "--backend dask needs --scheduler tcp://HOST:PORT"),
        (
            ["train", "--scheduler", "localhost"],
            "--scheduler: found 'localhost', expected tcp://HOST:PORT",
        ),
        (["promote", "--skip-bad", "yes"], "argument --skip-bad: invalid choice: 'yes'"),
        (["promote", "--seed", "1"], "unrecognized arguments: --seed 1"),
        (["rollback", "two"], "unrecognized arguments: two"),
        *(
            ([name, "--jobs", jobs], f"--jobs: found '{jobs}', expected a whole number 1 to 64")
            for name in COMMANDS
            for jobs in ("0", "65")
        ),
    ],
)
def test_wrong_option_is_refused(
    arguments: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Code 2, what was found and what is expected, and nothing is written."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as refusal:
        main(arguments)

    assert refusal.value.code == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_every_command_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists the seven commands, each with its purpose."""
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert end.value.code == 0
    assert {line[0] for line in lines if len(line) > 3} >= set(COMMANDS)


@pytest.mark.parametrize("name", ["train", "compare", "promote", "screen"])
def test_missing_data_set_is_told(name: str, desk: Desk) -> None:
    """Code 1, and which command draws a data set."""
    desk.cases = desk.folder / "nothing"

    assert desk.run(name) == 1
    assert desk.err.startswith(f"There is no whole data set in {desk.cases}; `make cases` draws")
    assert desk.out == ""


def test_data_set_of_another_generator_is_not_trained_on(desk: Desk) -> None:
    """Training cases are drawn anew: that has to be the generator that drew the held-out ones."""
    other = desk.folder / "cases"
    shutil.copytree(desk.cases, other)
    card = json.loads((other / "card.json").read_text("utf-8")) | {"sources_sha256": "0" * 64}
    (other / "card.json").write_text(json.dumps(card), "utf-8")
    desk.cases = other

    assert desk.run("train") == 1
    assert "was drawn from other tables or by another generator than are here" in desk.err
    assert "`make cases` draws it again" in desk.err


@pytest.mark.parametrize("name", ["train", "compare", "promote"])
def test_missing_file_of_own_cases_is_told(name: str, desk: Desk) -> None:
    """Code 1 and the file that cannot be read."""
    missing = desk.folder / "own.parquet"

    assert desk.run(name, "--data", str(missing)) == 1
    assert desk.err.startswith(f"{missing} cannot be read: ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("compare", "There is no challenger; `make train` makes one."),
        ("promote", "There is no challenger; `make train` makes one."),
        ("rollback", "There is nothing to go back to: no version yet has served."),
        ("served", "There is no manifest.json in the model folder."),
        ("evaluate", "There is no manifest.json in the model folder."),
    ],
)
def test_nothing_to_work_with_is_told(name: str, told: str, desk: Desk) -> None:
    """Code 1 and a sentence, where there is no version or no model yet."""
    assert desk.run(name) == 1
    assert (desk.out, desk.err) == ("", told)


def test_refused_promotion_says_what_serves(
    desk: Desk, shelf: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code 1, the gate with its figures, and that nothing has changed."""
    shelf.put()
    gate = gates.Gate("size", ("artefact_bytes",), at_most=1)
    monkeypatch.setattr(gates, "GATES", (gate,))

    assert desk.run("promote") == 1
    first, second = desk.err.splitlines()
    assert first == "Refused; what serves is as it was."
    assert second.startswith("size: artefact_bytes is ")
    assert not desk.models.exists()


def test_rollback_serves_the_version_before(desk: Desk, shelf: Registry) -> None:
    """Code 0 and both numbers."""
    shelf.serve()
    shelf.serve()

    assert desk.run("rollback") == 0
    assert desk.out.startswith("Back from version 2 to 1. Version 1 is champion and exported")
    assert shelf.served() == "1"


def test_served_model_is_named(desk: Desk, shelf: Registry) -> None:
    """The model that the service takes is told by version; one that it refuses is code 1."""
    shelf.serve()
    assert desk.run("served") == 0
    assert desk.out == f"{desk.models} holds version 1, which the service takes.\n"

    with (desk.models / "model.joblib").open("ab") as artefact:
        artefact.write(b"\0")
    assert desk.run("served") == 1
    assert desk.err.startswith("The model is refused: the artefact's SHA-256 is ")


def test_served_model_is_evaluated(
    desk: Desk, shelf: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published patients are judged by the model that serves, pinned or not."""
    shelf.serve()
    assert desk.run("evaluate") == 0
    assert desk.out.splitlines()[0] == "94 published patients, model version 1"
    assert "top-1 0." in desk.out

    monkeypatch.setenv("CAUDA_MODEL_SHA256", "0" * 64)
    assert desk.run("evaluate") == 1
    assert desk.err.endswith(f"expected {'0' * 64}.")


def test_flags_are_screened(desk: Desk) -> None:
    """The red flags are measured without any model."""
    assert desk.run("screen") == 0
    assert "saddle_numbness" in desk.out


def test_interrupt_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with code 130 and a sentence."""

    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(promotion, "roll_back", interrupt)

    assert desk.run("rollback") == 130
    assert desk.err == "Interrupted; what serves is as it was."


def test_full_disk_is_told(desk: Desk, shelf: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the operating system is a sentence and code 1, and nothing is changed."""
    shelf.serve()
    shelf.serve()
    before = shelf.state()

    def refuse(*_: object) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)

    assert desk.run("rollback") == 1
    assert desk.err == "Stopped: No space left on device."
    assert shelf.state() == before


@contextmanager
def silent() -> Iterator[int]:
    """A port where calls are taken and never answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(20)
        yield listening.getsockname()[1]


@contextmanager
def closed() -> Iterator[int]:
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("port", [silent, closed])
def test_server_that_does_not_answer_is_told(
    port: Callable[[], AbstractContextManager[int]],
    cases: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Code 1 and the place, after what MLflow's settings allow: by default half a minute."""
    forget(monkeypatch)
    with port() as number:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{number}")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        desk = Desk(tmp_path, cases, capsys)

        assert desk.run("rollback") == 1

    assert desk.err.startswith("MLflow refuses or does not answer: ")
    assert str(number) in desk.err
    assert "Traceback" not in desk.err


def test_server_is_given_up_within_a_minute(desk: Desk) -> None:
    """Unless the user says otherwise, all tries together take less than a minute."""
    assert desk.run("rollback") == 1

    tries = 1 + int(os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
    assert tries * int(os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"]) < 60


def test_command_line_is_a_module(tmp_path: Path) -> None:
    """`python -m training` ends with the code of the command."""
    folder = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "training", "served", "--models", folder],
        cwd=Path(command.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "There is no manifest.json in the model folder."


def test_own_cases_from_training_to_serving(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With DATA: train, and promote with the same file alone; a bad row is left out and told."""
    monkeypatch.setitem(candidates.RECIPES, "tiny", TINY)
    monkeypatch.setattr(album, "pictures", lambda *_: {})
    monkeypatch.setattr(probes, "faults", lambda _: list[str]())
    file = desk.folder / "own.jsonl"
    file.write_text("".join(row(i) for i in range(130)) + '{"present": []}\n', "utf-8")
    data = ["--data", str(file)]
    training = ("--recipe", "tiny", "--seed", "5", "--weight", "0.1")

    assert desk.run("train", *data, *training) == 1
    assert "1 bad and 130 good rows" in desk.err
    data += ["--skip-bad", "1"]
    assert desk.run("train", *data, *training) == 0
    assert desk.out.startswith("cauda version 1 is registered.\n")
    assert not desk.models.exists()

    assert desk.run("promote") == 1
    assert "but DATA is not given; name the same file by DATA." in desk.err
    assert not desk.models.exists()
    assert desk.run("compare", *data) == 0
    assert desk.out == "There is no champion yet: nothing to compare version 1 with.\n"
    assert desk.err.startswith("Left out: line 131: ")
    assert desk.run("promote", *data) == 0
    assert sorted(contents(desk.models)) == SERVED
    manifest = json.loads((desk.models / "manifest.json").read_text("utf-8"))
    known = manifest["data"]["own"]
    assert known["counts"] == {"spinal_infection": known["number"]}
    assert 70 < known["number"] <= 100
    assert desk.run("served") == 0
    assert desk.run("compare", *data) == 1
    assert "is champion and challenger at once" in desk.err


def test_too_few_own_cases_are_refused(desk: Desk) -> None:
    """Where a file is too small to hold cases out nothing is trained, and the command says why."""
    file = desk.folder / "own.jsonl"
    file.write_text("".join(row(i) for i in range(30)), "utf-8")

    assert desk.run("train", "--data", str(file)) == 1
    assert "are held out, expected 30 or more" in desk.err
