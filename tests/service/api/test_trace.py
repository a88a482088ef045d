import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from tests.service.counts import REQUESTS, counted, series
from tests.service.server import ROOT

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
"""Those of the examples in W3C Trace Context."""
PARENT = f"00-{TRACE}-{SPAN}-01"

LINE = {
    "duration_ms",
    "event",
    "level",
    "method",
    "request_id",
    "route",
    "span_id",
    "status",
    "timestamp",
    "trace_id",
}
"""The fields that every line of a request has."""

Captured = pytest.CaptureFixture[str]


def lines(capfd: Captured) -> list[dict[str, Any]]:
    """Return the lines that were written since the last time."""
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    "stated", ["a", "A-b_c.9", "x" * 64, "6f1c4d0e-8f5b-4d0e-9b7a-0c1d2e3f4a5b"]
)
def test_the_callers_request_id_is_echoed(
    degraded: FlaskClient, capfd: Captured, stated: str
) -> None:
    """An id of 1 to 64 letters, digits, dots, dashes and underscores comes back and is logged."""
    response = degraded.get("/v1/sources", headers={"X-Request-ID": stated})
    assert response.headers["X-Request-ID"] == stated
    assert [line["request_id"] for line in lines(capfd)] == [stated]


@pytest.mark.parametrize(
    "stated", [None, "", "x" * 65, "a b", "a/b", "a,b", '"a"', "é", "a;b", "${jndi}", "a:b"]
)
def test_another_request_id_is_replaced(
    degraded: FlaskClient, capfd: Captured, stated: str | None
) -> None:
    """Without an id, or with one that could break a log, each request gets one of its own."""
    headers = {} if stated is None else {"X-Request-ID": stated}
    given = [degraded.get("/v1/sources", headers=headers).headers["X-Request-ID"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", id) for id in given)
    assert given[0] != given[1]
    assert [line["request_id"] for line in lines(capfd)] == given


@pytest.mark.parametrize("flags", ["00", "01", "03"])
def test_a_trace_goes_on(degraded: FlaskClient, capfd: Captured, flags: str) -> None:
    """The answer names the caller's trace and flags, with a span of its own."""
    parent = f"00-{TRACE}-{SPAN}-{flags}"
    response = degraded.get("/v1/sources", headers={"traceparent": parent})
    version, trace, span, told = response.headers["traceparent"].split("-")
    assert (version, trace, told) == ("00", TRACE, flags)
    assert re.fullmatch("[0-9a-f]{16}", span)
    assert span != SPAN
    (line,) = lines(capfd)
    assert (line["trace_id"], line["span_id"], line["parent_id"]) == (TRACE, span, SPAN)


@pytest.mark.parametrize("version", ["01", "cc", "fe"])
@pytest.mark.parametrize("more", ["", "-", "-what-the-future-will-be-like"])
def test_a_trace_of_a_later_version_goes_on(
    degraded: FlaskClient, capfd: Captured, version: str, more: str
) -> None:
    """W3C Trace Context: the known fields of a higher version are read, and answered as 00."""
    parent = f"{version}-{TRACE}-{SPAN}-01{more}"
    response = degraded.get("/v1/sources", headers={"traceparent": parent})
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-01", response.headers["traceparent"])
    assert [line["parent_id"] for line in lines(capfd)] == [SPAN]


@pytest.mark.parametrize(
    "stated",
    [
        None,
        "",
        f"cc-{TRACE}-{SPAN}-01.what",
        f"cc-{TRACE}-{SPAN}-012",
        f"cc-{TRACE}-{SPAN}",
        f"cc-{'0' * 32}-{SPAN}-01",
        f"CC-{TRACE}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01-what",
        f"{PARENT}-",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        PARENT.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}0-01",
        f"{PARENT}-what",
        f" {PARENT}x",
        f"{PARENT},{PARENT}",
        PARENT.replace("-", "_"),
    ],
)
def test_an_invalid_trace_is_ignored(
    degraded: FlaskClient, capfd: Captured, stated: str | None
) -> None:
    """A traceparent that W3C Trace Context forbids starts a new trace, without a parent."""
    headers = {} if stated is None else {"traceparent": stated}
    response = degraded.get("/v1/sources", headers=headers)
    made = re.fullmatch("00-([0-9a-f]{32})-([0-9a-f]{16})-00", response.headers["traceparent"])
    assert made
    assert made[1] not in (TRACE, "0" * 32)
    (line,) = lines(capfd)
    assert (line["trace_id"], line["span_id"]) == made.groups()
    assert "parent_id" not in line


def _fail(*_: object) -> NoReturn:
    raise RuntimeError("saddle_numbness")


def _send_large(client: FlaskClient) -> Any:
    return client.post("/v1/predict", data=b" " * 2_000_000, content_type="application/json")


REFUSALS: dict[str, tuple[int, str, str, Callable[[FlaskClient], Any]]] = {
    "malformed": (400, "POST", "/v1/predict", lambda c: c.post("/v1/predict", json=[])),
    "foreign host": (400, "GET", "unmatched", lambda c: c.get("/", base_url="http://evil.example")),
    "no route": (404, "GET", "unmatched", lambda c: c.get("/fever")),
    "no finding": (404, "GET", "/v1/findings/<id>", lambda c: c.get("/v1/findings/cough")),
    "wrong method": (405, "other", "unmatched", lambda c: c.delete("/v1/predict")),
    "odd method": (405, "other", "unmatched", lambda c: c.open("/v1/predict", method="FEVER")),
    "too large": (413, "POST", "/v1/predict", _send_large),
    "no type": (415, "POST", "/v1/predict", lambda c: c.post("/v1/predict", data=b"{}")),
    "fault": (422, "POST", "/v1/predict", lambda c: c.post("/v1/predict", json={"present": []})),
    "failure": (
        500,
        "POST",
        "/v1/predict",
        lambda c: c.post("/v1/predict", json={"present": ["fever"]}),
    ),
    "no model": (503, "GET", "/v1/model", lambda c: c.get("/v1/model")),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refusals_are_traced_too(
    degraded: FlaskClient, monkeypatch: pytest.MonkeyPatch, capfd: Captured, refusal: str
) -> None:
    """Whatever is refused, before a route is found or after, has its ids, line and count."""
    status, method, route, ask = REFUSALS[refusal]
    degraded.application.config["TRUSTED_HOSTS"] = ["localhost"]
    monkeypatch.setattr("service.api.predict.assess", _fail)
    response = ask(degraded)
    assert response.status_code == status
    (line,) = lines(capfd)
    assert line.keys() == LINE
    told = (line["event"], line["method"], line["route"], line["status"])
    assert told == ("request", method, route, status)
    assert response.headers["X-Request-ID"] == line["request_id"]
    assert response.headers["traceparent"] == f"00-{line['trace_id']}-{line['span_id']}-00"
    counts = counted(degraded.get("/metrics").get_data())
    assert series(counts, REQUESTS)[method, route, str(status)] == 1


@pytest.mark.parametrize("route", ["/healthz", "/readyz", "/metrics"])
def test_what_machines_ask_all_the_time_is_not_logged(
    degraded: FlaskClient, capfd: Captured, route: str
) -> None:
    """Probes and scrapes have their ids and are counted, but write no line."""
    response = degraded.get(route)
    assert {"X-Request-ID", "traceparent"} <= set(response.headers.keys())
    assert lines(capfd) == []
    counts = counted(degraded.get("/metrics").get_data())
    asked = series(counts, REQUESTS).items()
    assert [count for (_, rule, _), count in asked if rule == route] == [1]


def test_the_name_of_a_key_is_logged(degraded: FlaskClient, capfd: Captured) -> None:
    """Where a key was given, the line tells its name."""
    app: Flask = degraded.application

    @app.before_request
    def allow() -> None:
        g.key_name = "ward-7"

    degraded.get("/v1/sources")
    (line,) = lines(capfd)
    assert line.keys() == LINE | {"key"}
    assert line["key"] == "ward-7"


def test_a_line_tells_how_long_the_request_took(
    degraded: FlaskClient, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`duration_ms` is what passed between the first hook and the last, in milliseconds."""
    clock = iter([100.0, 100.0123456])
    monkeypatch.setattr("service.api.trace.perf_counter", lambda: next(clock))
    degraded.get("/v1/sources")
    assert [line["duration_ms"] for line in lines(capfd)] == [12.346]


DEAF = """
import os, sys
from pathlib import Path
from service.app import create_app
from service.settings import Settings
client = create_app(Settings(models=Path("nowhere"))).test_client()
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 2)
print(client.post("/v1/predict", json={"present": ["saddle_numbness"]}).status_code)
os.close(2)
print(client.post("/v1/predict", json={"present": ["saddle_numbness"]}).status_code)
"""
"""Answers while nobody reads the log, and while there is none."""


def test_a_line_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    """A broken pipe or a closed standard error leaves the answers as they are."""
    command = [sys.executable, "-c", DEAF]
    with (tmp_path / "errors.txt").open("wb") as errors:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, timeout=60, check=False
        )
    assert done.stdout.split() == [b"200", b"200"]
