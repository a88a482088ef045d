"""What bench and soak make of what they see."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clinical.vocabulary import Vocabulary
from tests.load import bodies, report, verdict
from tests.load.bench import Measured
from tests.load.client import Client, Tally, exchanged
from tests.load.exchange import (
    ABORTED,
    HALF,
    SLOW,
    UNREAD,
    WHOLE,
    Answer,
    Broken,
    Exchange,
    problem,
    read,
    same,
)
from tests.load.installation import CONFIGURATION
from tests.load.mixture import mixed
from tests.load.process import Memory
from tests.load.request import Writer
from tests.load.server import HOST, Command, Failure, Server, free_port, serving
from tests.load.subject import CONTRACT, ECHO, RIVAL, SERVICE
from tests.load.watch import Sample, Watch
from tests.load.wrk import Load, outcome

# The bodies.


def test_the_plain_case_is_what_the_target_names(client: FlaskClient, words: Vocabulary) -> None:
    """Eleven findings that the service takes, with nothing withheld."""
    answered = client.post("/v1/predict", json=bodies.PLAIN).get_json()
    assert len({*bodies.PLAIN["present"], *bodies.PLAIN["absent"]} & set(words.findings)) == 11
    assert answered["withheld"]["count"] == 0


def test_the_cases_differ_and_are_taken(client: FlaskClient) -> None:
    """Each of them is the body of a request, and none comes twice."""
    cases = bodies.cases(100)
    assert len({json.dumps(case) for case in cases}) == 100
    statuses = Counter(client.post("/v1/predict", json=case).status_code for case in cases)
    assert statuses == {200: 100}


# The bench.


def test_what_wrk_prints_is_read() -> None:
    """The line of post.lua becomes a load; the rate is answers by seconds."""
    line = '{"requests": 30, "seconds": 1.5, "failed": 0, "p50": 1.0, "p90": 2.0, "p99": 3.0}'
    found = outcome(f"Running 1s test @ http://127.0.0.1\n{line}\n")
    assert (found, found.rate) == (Load(30, 1.5, 1.0, 2.0, 3.0), 20)


def test_a_load_with_failures_is_no_measurement() -> None:
    """One refused request among many is told instead of a rate."""
    line = '{"requests": 9, "seconds": 1.5, "failed": 1, "p50": 1.0, "p90": 2.0, "p99": 3.0}'
    with pytest.raises(Failure, match="9 requests were answered, 1 refused"):
        outcome(line)


def loads(*rates: int) -> list[Load]:
    """Return loads of one second each."""
    return [Load(rate, 1.0, 1e3, 2e3, 3e3) for rate in rates]


def test_a_target_is_judged_by_the_median_of_ratios_within_rounds() -> None:
    """A round in which the whole machine was slow counts like any other."""
    measured = Measured({ECHO: loads(100, 10, 100), SERVICE: loads(40, 6, 60)})
    found = report.judged(report.GOALS[0], measured)
    assert (found.value, found.outcome) == ("0.60 (0.40 to 0.60)", "reached")
    measured.loads[SERVICE] = loads(40, 6, 45)
    assert report.judged(report.GOALS[0], measured).outcome == "missed"


def test_what_is_missing_is_not_measured_and_the_rest_is_told(tmp_path: Path) -> None:
    """A subject that did not start leaves its targets open and its reason in the report."""
    measured = Measured(
        {ECHO: loads(100), SERVICE: loads(60), RIVAL: loads(20)},
        dict.fromkeys((ECHO, SERVICE, RIVAL), Memory(150_000_000, 90_000_000)),
        dict.fromkeys((ECHO, SERVICE, RIVAL), 2.0),
        [(1.0, 1.2), (1.0, 2.0), (2.0, 2.8)],
        {CONTRACT: "it has no keys"},
    )
    text = report.write(measured, tmp_path)
    found = {
        one["text"]: one for one in json.loads((tmp_path / "report.json").read_text())["targets"]
    }
    assert [one["outcome"] for one in found.values()] == [
        "reached",
        "not measured",
        "not measured",
        "not measured",
        "reached",
        "reached",
    ]
    assert f"Not measured: {CONTRACT}. it has no keys" in text
    assert text == (tmp_path / "report.md").read_text()


# The soak: answers.


def test_an_answer_is_read() -> None:
    """Status, headers by lower-case name and body."""
    raw = b"HTTP/1.1 422 Unprocessable\r\nX-Request-ID: a\r\nContent-Length: 2\r\n\r\n{}"
    assert read(raw) == Answer(422, {"x-request-id": "a", "content-length": "2"}, b"{}")


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", b"nonsense\r\n\r\n"]
)
def test_an_answer_that_is_cut_is_broken(raw: bytes) -> None:
    """Nothing, a part of the body and no HTTP are no answers."""
    with pytest.raises(Broken):
        read(raw)


def refusal(client: FlaskClient, body: bytes) -> Answer:
    """Return a refusal of the service."""
    answer = client.post("/v1/predict", data=body, content_type="application/json")
    headers = {"content-type": answer.headers["Content-Type"]}
    return Answer(answer.status_code, headers, answer.data)


def test_refusals_of_the_service_have_the_shape(client: FlaskClient) -> None:
    """A 400 and a 422 of the service pass, and not as anything else."""
    malformed, wrong = refusal(client, b"{"), refusal(client, b'{"present": []}')
    assert [problem(400)(malformed), problem(422)(wrong), problem(400, 422)(wrong)] == [""] * 3
    assert problem(422)(malformed) == "expected 422"


@pytest.mark.parametrize(
    "changed",
    [
        {"title": None},
        {"status": 400},
        {"errors": []},
        {"errors": [{"pointer": "", "code": "x"}]},
        {"errors": {}},
    ],
)
def test_another_shape_is_a_fault(client: FlaskClient, changed: dict[str, Any]) -> None:
    """A field that lacks, another status and a 422 without its errors are noticed."""
    right = refusal(client, b'{"present": []}')
    body = {k: v for k, v in (json.loads(right.body) | changed).items() if v is not None}
    assert problem(422)(Answer(422, right.headers, json.dumps(body).encode()))


def test_an_answer_to_another_request_is_a_fault() -> None:
    """The id that comes back tells whose answer it is."""
    exchange = Exchange("valid", b"GET / HTTP/1.1\r\n", b"", same(Answer(200, {}, b"{}")))
    mine = Answer(200, {"x-request-id": "a"}, b"{}")
    assert exchange.fault(mine, "a") == ""
    assert exchange.fault(mine, "b") == "the request id b came back as a"
    assert exchange.fault(Answer(200, mine.headers, b"[]"), "a") == "expected 200 b'{}'"


# The soak: the verdict.

SERVER = Server("service", 0, 0, 0.0)


def watched(pss: list[int], eldest: list[int], kills: list[float]) -> Watch:
    """Return a watch that saw this memory, in megabytes, and these kills."""
    pairs = enumerate(zip(pss, eldest, strict=True))
    samples = [Sample(i, share * 10**6, own * 10**6) for i, (share, own) in pairs]
    return Watch(SERVER, 0, samples, kills)


def test_a_quiet_run_is_no_violation() -> None:
    """Right answers, flat memory and what a kill breaks are well."""
    tally = Tally(Counter({("valid", 200): 9, ("invalid", 422): 3}))
    tally.broke(31.5, "valid")
    assert verdict.violations(tally, watched([200] * 10, [100] * 10, [31.0])) == []


def test_every_violation_is_told() -> None:
    """Wrong answers, failures, connections that broke alone, lost workers and growth."""
    tally = Tally(Counter({("valid", 200): 9, ("hostile", 500): 2}))
    tally.faults["expected 400"] += 2
    tally.broke(30.9, "before")
    tally.broke(33.1, "after")
    watch = watched([200] * 8 + [220] * 2, [100] * 8 + [106] * 2, [31.0])
    watch.lost.add(7)
    assert verdict.violations(tally, watch) == [
        "2 wrong: expected 400",
        "2 answers 500 to hostile requests.",
        "A connection broke without a kill: before",
        "A connection broke without a kill: after",
        "The worker 7 ended without being killed.",
        "Memory of all processes grew from 200.0 to 220.0 MB.",
        "Memory of the eldest worker grew from 100.0 to 106.0 MB.",
    ]


# The soak: clients against a real server.


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Server]:
    """The echo under gunicorn with two workers."""
    port = free_port()
    line = [sys.executable, "-m", "gunicorn", "--config", CONFIGURATION]
    own = {"HOST": HOST, "PORT": str(port), "WORKERS": "2"}
    app = "tests.load.echo:create_app()"
    with serving(Command("echo", [*line, app], own, "/readyz", port), tmp_path / "log") as server:
        while len({*server.workers()}) < 2:
            time.sleep(0.05)
        yield server


def posted(manner: str, expected: bytes) -> Exchange:
    """Return a POST to the echo and the body that is expected."""
    head, body = Writer("").post("/echo", b'{"a":1}')
    check = same(Answer(200, {}, expected))
    return Exchange("valid", head, body, check, manner, is_ours=False)


def test_each_manner_ends_as_it_says(echo: Server) -> None:
    """What is sent whole or slowly is answered, half of it refused; who leaves gets nothing."""
    found = {
        manner: exchanged(echo.port, posted(manner, b""), "a")
        for manner in (WHOLE, SLOW, HALF, ABORTED, UNREAD)
    }
    statuses = {manner: answer and answer.status for manner, answer in found.items()}
    assert statuses == {WHOLE: 200, SLOW: 200, HALF: 400, ABORTED: None, UNREAD: None}


def test_a_killed_worker_breaks_no_more_than_its_connection(echo: Server) -> None:
    """Clients count right and wrong answers while the youngest worker is killed."""
    right, wrong = posted(WHOLE, b'{"a":1}\n'), posted(WHOLE, b'{"a":2}\n')
    tally, mixture = Tally(), mixed([right, wrong])
    eldest, youngest = echo.workers()
    watch = Watch(echo, eldest)
    clients = [Client(mixture, echo.port, seed, tally) for seed in range(4)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    watch.look()
    watch.kill()
    deadline = time.monotonic() + 20
    while len({*echo.workers()} - {youngest}) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    watch.look()
    watch.sample()
    for client in clients:
        client.stop()
        client.join()
    assert {*echo.workers()} > {eldest}
    assert youngest not in echo.workers()
    assert (watch.lost, len(watch.kills), len(watch.samples)) == (set(), 1, 1)
    assert len(tally.broken) <= 1
    assert verdict.stray(tally, watch) == []
    answers = tally.statuses["valid", 200]
    assert 0 < tally.faults.total() < answers == tally.statuses.total()


def test_a_server_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The exit code and the last line of its log are in the failure."""
    line = [sys.executable, "-c", "raise SystemExit('no model here')"]
    command = Command("service", line, {}, "/readyz", free_port())
    for kept in (0, 10):
        with (
            pytest.raises(Failure, match="service ended with code 1: no model here"),
            serving(command, tmp_path / "log", kept),
        ):
            pass
