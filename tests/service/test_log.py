import hashlib
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.clinical.table import TableError
from service.log import config
from service.runtime import start
from service.settings import Settings
from tests.service.server import ROOT, Server, serving

AGE, DAYS = 47.3125, 19.0625
"""Numbers that stand in no version, duration or path."""

FAILING = """
import logging, sys, warnings
from service import app
from service.api import entries, predict

def page(finding):
    raise LookupError(finding.id)

def fail(cases, *_):
    raise RuntimeError(f"{sorted(cases[0].present)} at {cases[0].attributes}")

def application():
    flask = app.create_app()

    @flask.after_request
    def break_(response):
        if response.status_code == 415:
            warnings.warn(f"saddle_numbness {response.status_code}")
            logging.getLogger("elsewhere").warning("aged 47.3125")
            raise ValueError("saddle_numbness")
        return response

    def outside(environ, start_response):
        if environ["PATH_INFO"] == "/outside/saddle_numbness":
            raise KeyError(environ["QUERY_STRING"])
        return flask(environ, start_response)

    predict.assess = fail
    entries.finding = page
    return outside
"""
"""A service that fails at every place: a page, the assessment, a hook, and outside of Flask."""


def ids(client: FlaskClient) -> dict[str, list[str]]:
    """Return every id of the catalogue, as the service itself lists them."""
    listed = {
        "findings": "/v1/findings",
        "attributes": "/v1/attributes",
        "conditions": "/v1/conditions",
        "red_flags": "/v1/red-flags",
    }
    return {
        name: [entry["id"] for entry in client.get(path).get_json()[name]]
        for name, path in listed.items()
    }


def said(text: str, words: list[str]) -> set[str]:
    """Return the words that stand in a text, by themselves, in any case."""
    found = set(re.findall(r"[a-z0-9_.]+", text.lower()))
    parts = {part for word in found for part in (word, *word.split("."))}
    return parts & set(words)


def state(server: Server, known: dict[str, list[str]]) -> list[int]:
    """State every id in every place of a request; return the statuses."""
    about = {"age_years": AGE, "duration_days": DAYS, "sex": "female", "onset": "sudden"}
    requests: list[tuple[str, Any]] = []
    for id in known["findings"]:
        requests += [("/v1/predict", {"present": [id], "attributes": about})]
        requests += [(f"/v1/findings/{id}?include={id}", None)]
    for id in known["attributes"]:
        requests += [(f"/v1/attributes/{id}", None), (f"/{id}", None)]
        requests += [("/v1/predict", {"present": ["fever"], "attributes": {id: AGE}})]
    for id in known["conditions"] + known["red_flags"]:
        requests += [(f"/v1/conditions/{id}", None), (f"/v1/{id}", None)]
        requests += [(f"/v1/predict?include={id}", {"present": [id], id: id})]
        requests += [("/v1/predict", f'{{"{id}": '.encode())]
    return [server.ask(path, body).status for path, body in requests]


def send_what_is_no_request(server: Server) -> None:
    """Send what gunicorn itself refuses, with an id in every part of it."""
    for data in (
        b"saddle_numbness\r\n\r\n",
        b"GET /saddle_numbness HTTP/saddle_numbness\r\n\r\n",
        b"sad(dle_numbness /saddle_numbness HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nsaddle_numbness\r\n\r\n",
        b"GET / HTTP/1.1\r\nsaddle_numbness : urinary_retention\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\r\n saddle_numbness\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: saddle_numbness\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nContent-Type: application/json\r\n"
        b'Transfer-Encoding: chunked\r\n\r\nsaddle_numbness\r\n{"saddle_numbness": 47.3125}',
        b"GET /saddle_numbness" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n",
        b'POST /v1/predict HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"present": ["saddle_numbness',
    ):
        server.send(data)


def check(server: Server, known: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the lines of a run, after looking for all that may not be in them."""
    text = server.log()
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    assert all({"timestamp", "level", "event"} <= line.keys() for line in lines)
    assert said(text, [id for listed in known.values() for id in listed]) == set()
    assert said(text, ["emergency", "urgent", "primary_care", "self_care"]) == set()
    assert said(text, ["female", "sudden"]) == set()
    assert text.count("127.0.0.1") == 1  # gunicorn's own line about where it listens
    for number in (AGE, DAYS):
        assert str(number) not in text
    return lines


@pytest.fixture
def known(client: FlaskClient) -> dict[str, list[str]]:
    """Every id of the catalogue."""
    return ids(client)


@pytest.fixture(params=["a model", "no model"])
def server(request: pytest.FixtureRequest, models: Path, tmp_path: Path) -> Iterator[Server]:
    """A service of two workers, with and without a model."""
    folder = models if request.param == "a model" else tmp_path
    with serving(tmp_path, CAUDA_MODELS=str(folder), WORKERS="2") as running:
        yield running


def test_the_log_of_a_run_holds_nothing_of_what_was_stated(
    server: Server, known: dict[str, list[str]]
) -> None:
    """Every id, age and number, sent in every place, is in no line; every request has one."""
    statuses = state(server, known)
    assert {200, 400, 404, 422} <= set(statuses)
    send_what_is_no_request(server)
    assert server.ask("/v1/sources", headers={"X-Request-ID": "the-last-one"}).status == 200
    lines = check(server, known)
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests[: len(statuses)]] == statuses
    assert requests[-1]["request_id"] == "the-last-one"
    withheld = [line for line in lines if line["event"] == "text withheld: it may quote a request"]
    assert {line["exception"] for line in withheld} >= {"InvalidRequestLine", "InvalidHeaderName"}


def test_failures_are_logged_without_what_they_quote(
    tmp_path: Path, known: dict[str, list[str]]
) -> None:
    """Whatever fails, ours or another's, the type and the place are told and no message."""
    (tmp_path / "failing.py").write_text(FAILING, encoding="utf-8")
    settings = {"CAUDA_MODELS": str(tmp_path), "PYTHONPATH": str(tmp_path), "WORKERS": "1"}
    with serving(tmp_path, "failing:application()", **settings) as server:
        case = {"present": ["saddle_numbness"], "attributes": {"age_years": AGE}}
        answers = [
            server.ask("/v1/predict", case),
            server.ask("/v1/predict", case, {"Content-Type": "fever"}),
            server.ask("/v1/findings/saddle_numbness"),
            server.ask("/outside/saddle_numbness?saddle_numbness=fever"),
        ]
        assert [answer.status for answer in answers] == [500] * 4
        lines = check(server, known)
    by_logger = {(line.get("logger"), line.get("exception")) for line in lines}
    assert by_logger >= {
        ("service.api.problem", "RuntimeError"),
        ("service.api.problem", "LookupError"),
        ("service.app", "ValueError"),
        ("gunicorn.error", "KeyError"),
        ("py.warnings", None),
        ("elsewhere", None),
    }
    (failed,) = [line for line in lines if line.get("exception") == "KeyError"]
    assert failed["level"] == "error"
    assert failed["at"][-1].startswith(str(tmp_path / "failing.py"))
    assert failed["at"][-1].endswith(" outside")
    assert "message" not in failed


@pytest.fixture
def formatter() -> logging.Formatter:
    """The formatter that the configuration names."""
    made = config()["formatters"]["json"]["()"]()
    assert isinstance(made, logging.Formatter)
    return made


def record(text: str, error: BaseException | None = None) -> logging.LogRecord:
    """Return a record of another package."""
    given = (type(error), error, error.__traceback__) if error else None
    path = "/elsewhere/module.py"
    return logging.LogRecord("other", logging.WARNING, path, 7, text, ("b",), given)


def test_a_record_is_one_line_of_json(formatter: logging.Formatter) -> None:
    """A record of the standard library has time in UTC, level, logger and its whole text."""
    before = datetime.now(UTC)
    line = formatter.format(record("a\n%s \u2028 \udcff"))
    found = json.loads(line)
    assert line.splitlines() == [line]
    assert line.isascii()
    stamp = found.pop("timestamp")
    assert stamp.endswith("Z")
    assert before <= datetime.fromisoformat(stamp) <= datetime.now(UTC)
    assert found == {"level": "warning", "logger": "other", "event": "a\nb \u2028 \udcff"}


def test_outside_of_a_request_an_exception_says_what_is_wrong(formatter: logging.Formatter) -> None:
    """The process that serves nobody tells the message of an exception, for its operator."""
    found = json.loads(formatter.format(record("no %s", OSError(98, "in use"))))
    assert found["event"] == "no b"
    assert (found["exception"], found["message"]) == ("OSError", "[Errno 98] in use")


def test_an_ordinary_end_is_no_exception(formatter: logging.Formatter) -> None:
    """What is told on the way out is whole, but an error on the same way has its exception."""
    told, failed = record("exiting %s"), record("failing %s")
    told.levelno = logging.INFO
    try:
        sys.exit(0)
    except SystemExit:
        lines = [json.loads(formatter.format(each)) for each in (told, failed)]
    assert [(line["event"], line.get("exception")) for line in lines] == [
        ("exiting b", None),
        ("failing b", "SystemExit"),
    ]


def test_the_log_says_which_model_serves(models: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each start of the service tells the version and the first digits of the hash."""
    caplog.set_level(logging.INFO)
    start(Settings(models=models))
    found = hashlib.sha256((models / "model.joblib").read_bytes()).hexdigest()
    assert caplog.messages == [f"serving model version 1, sha256 {found[:12]}"]


def test_in_a_request_only_what_is_about_the_start_says_what_is_wrong(
    formatter: logging.Formatter,
) -> None:
    """While a request is handled an exception's message is withheld, but for a broken table."""
    errors = (ValueError("saddle_numbness"), TableError(["findings.csv, row 3: empty id"]))
    with Flask("other").test_request_context("/saddle_numbness"):
        found = [json.loads(formatter.format(record("of %s", error))) for error in errors]
    assert {line["event"] for line in found} == {"text withheld: it may quote a request"}
    assert [(line["exception"], line.get("message")) for line in found] == [
        ("ValueError", None),
        ("TableError", "findings.csv, row 3: empty id"),
    ]


def test_the_standard_library_takes_the_configuration() -> None:
    """A service without gunicorn can apply it: what follows is JSON on standard error."""
    code = (
        "import logging.config; from service.log import config;"
        "logging.config.dictConfig(config()); logging.getLogger('any').error('first')"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, json.loads(done.stderr)["event"]) == ("", "first")
