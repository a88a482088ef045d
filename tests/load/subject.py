"""The subjects of the bench: servers side by side, each with what it is asked."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.clinical import case
from service.clinical.vocabulary import vocabulary
from service.features import Encoding
from tests.load import bodies
from tests.load.installation import THREADS, Installation
from tests.load.server import HOST, ROOT, Command, Failure, Server, environment, free_port, serving
from tests.load.wrk import Target

ECHO, SERVICE, RIVAL = "Flask echo", "plain predict", "mlflow models serve"
BATCH = "batch of 1,000"
CONTRACT, INCLUDES = "whole contract", "whole contract, every include"
ECHO_2, SERVICE_2 = f"{ECHO}, 2 workers", f"{SERVICE}, 2 workers"

CASES = 1_000
EVERY_INCLUDE = "/v1/predict?include=explanation,next_questions,model_ranking"
UNLIMITED = "1000000"
"""Requests a minute, by which none is refused."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A server that answers, and what it is asked."""

    name: str
    server: Server
    target: Target


@dataclass(frozen=True, slots=True)
class Question:
    """A path, the body that is sent to it and the key."""

    path: str
    body: object
    key: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A server to prepare and start, and its questions by the names of the subjects."""

    prepare: Callable[[], Command]
    questions: Mapping[str, Question]


def line_up(
    entries: Sequence[Entry], folder: Path, stack: ExitStack
) -> tuple[list[Subject], dict[str, str]]:
    """Start servers until the stack closes, and ask each question once.

    Returns the subjects that answered, and why the others did not.
    """
    found: list[Subject] = []
    missing: dict[str, str] = {}
    for entry in entries:
        try:
            command = entry.prepare()
            log = folder / f"{command.name.replace(' ', '_')}.log"
            server = stack.enter_context(serving(command, log))
        except Failure as failure:
            missing |= dict.fromkeys(entry.questions, str(failure))
            continue
        for name, question in entry.questions.items():
            try:
                found.append(_asked(name, server, question, folder))
            except Failure as failure:
                missing[name] = str(failure)
    return found, missing


def _asked(name: str, server: Server, question: Question, folder: Path) -> Subject:
    body = bodies.encoded(question.body)
    answer = server.post(question.path, body, question.key)
    if answer.get("degraded"):
        raise Failure(f"{name} answers without a model.")
    path = folder / f"{name.replace(' ', '_')}.json"
    path.write_bytes(body)
    return Subject(name, server, Target(server.url(question.path), path, question.key))


def entries(installation: Installation, models: Path, folder: Path) -> list[Entry]:
    """Return what is compared; the service is the first."""
    own = {"CAUDA_MODELS": str(models)}
    settings, key = locked(folder)
    plain, echo = Question("/v1/predict", bodies.PLAIN), Question("/echo", bodies.PLAIN)
    batch = Question("/v1/predict/batch", {"cases": bodies.cases(CASES)})
    whole = {
        CONTRACT: Question(plain.path, plain.body, key),
        INCLUDES: Question(EVERY_INCLUDE, plain.body, key),
    }
    row = Question("/invocations", {"inputs": [_encoded(bodies.PLAIN)]})
    service, flask = installation.service, installation.echo
    return [
        Entry(lambda: service("service", 1, own), {SERVICE: plain, BATCH: batch}),
        Entry(lambda: flask("echo", 1), {ECHO: echo}),
        Entry(lambda: service("service with keys", 1, own | settings), whole),
        Entry(lambda: _rival(models, folder), {RIVAL: row}),
        Entry(lambda: flask("echo 2", 2), {ECHO_2: echo}),
        Entry(lambda: service("service 2", 2, own), {SERVICE_2: plain}),
    ]


def locked(folder: Path) -> tuple[dict[str, str], str]:
    """Write a file of one key; returns the settings of a service that asks for it, and the key."""
    key, path = secrets.token_urlsafe(32), folder / "keys"
    path.write_text(f"load {sha256(key.encode()).hexdigest()}\n", encoding="ascii")
    path.chmod(0o600)
    return {"CAUDA_KEYS": str(path), "CAUDA_REQUESTS_PER_MINUTE": UNLIMITED}, key


def _encoded(body: Mapping[str, Any]) -> list[float]:
    """Return a case as the columns of the classifier, (n_columns,)."""
    words = vocabulary()
    stated = case.read(body["present"], body["absent"], {}, words)
    return [float(value) for value in Encoding(words).row(stated)]


def _rival(models: Path, folder: Path) -> Command:
    """Save the classifier as an MLflow model and return how it is served, by one worker."""
    saved, port, programs = folder / "model", free_port(), Path(sys.executable).parent
    own = THREADS | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "PATH": f"{programs}:{os.environ['PATH']}",  # it calls uvicorn by name
    }
    save = [sys.executable, "-m", "tests.load.rival", str(models / "model.joblib"), str(saved)]
    done = subprocess.run(
        save, cwd=ROOT, env=environment() | own, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failure(f"MLflow does not save the model: {done.stderr.splitlines()[-1]}")
    serve = [str(programs / "mlflow"), "models", "serve", "--model-uri", str(saved)]
    local = ["--env-manager", "local", "--host", HOST, "--port", str(port), "--workers", "1"]
    return Command("mlflow", [*serve, *local], own, "/ping", port)
