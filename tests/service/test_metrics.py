import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.metrics import Metrics
from tests.service.counts import REQUESTS, counted, series
from tests.service.server import ROOT, Server, serving, wait

LEVELS = {"emergency", "urgent", "primary_care", "self_care"}
DECIDERS = {"red_flags", "model", "incomplete_screening", "fallback"}
"""Both as API.md lists them."""

CASES: tuple[dict[str, Any], ...] = (
    {"present": ["saddle_numbness", "urinary_retention"]},
    {"present": ["back_pain", "fever", "injection_drug_use"]},
    {"present": ["lower_back_pain", "muscle_spasm"]},
    {"present": ["tingling", "prolonged_sitting"], "setting": "balanced"},
    {"present": ["saddle_numbness"], "absent": ["urinary_retention"]},
)
VERSIONS = "cauda_model_info"
"""Live workers by the version of the model that they serve."""

REFUSED = (b"{", b'{"present": []}', b'{"present": ["no_such_finding"]}')


def expected(answers: list[dict[str, Any]]) -> dict[str, Counter[tuple[str, ...]]]:
    """Count by hand what answers say."""
    triages = [answer["triage"] for answer in answers]
    raised = [flag["id"] for answer in answers for flag in answer["red_flags"]["raised"]]
    degraded = sum(answer["degraded"] for answer in answers)
    return {
        "cauda_answers_total": Counter((t["decided_by"], t["level"]) for t in triages),
        "cauda_red_flags_raised_total": Counter((id,) for id in raised),
        "cauda_degraded_answers_total": Counter({(): degraded} if degraded else {}),
    }


def asked(client: FlaskClient) -> list[dict[str, Any]]:
    """Return the answers to the cases."""
    return [client.post("/v1/predict", json=case).get_json() for case in CASES]


@pytest.mark.parametrize("service", ["client", "degraded"])
def test_answers_are_counted_as_they_are_given(
    request: pytest.FixtureRequest, service: str
) -> None:
    """Levels, deciders, raised flags and degraded answers add up to what callers were told."""
    client: FlaskClient = request.getfixturevalue(service)
    answers = asked(client)
    counts = counted(client.get("/metrics").get_data())
    for name, expected_ in expected(answers).items():
        assert series(counts, name) == expected_, name
    answered = set(series(counts, "cauda_answers_total"))
    assert {decider for decider, _ in answered} <= DECIDERS
    assert {level for _, level in answered} <= LEVELS


def test_requests_and_refusals_are_counted(degraded: FlaskClient) -> None:
    """A request counts once by route, method and status; one with a status of 4xx as refused."""
    degraded.post("/v1/predict", json=CASES[0])
    for body in REFUSED:
        degraded.post("/v1/predict", data=body, content_type="application/json")
    degraded.post("/v1/predict", data=b"x")
    for path in ("/v1/findings/fever", "/v1/findings/cough", "/nowhere/fever"):
        degraded.get(path)
    degraded.delete("/v1/predict")
    degraded.head("/readyz")
    counts = counted(degraded.get("/metrics").get_data())
    assert series(counts, REQUESTS) == {
        ("POST", "/v1/predict", "200"): 1,
        ("POST", "/v1/predict", "400"): 1,
        ("POST", "/v1/predict", "422"): 2,
        ("POST", "/v1/predict", "415"): 1,
        ("GET", "/v1/findings/<id>", "200"): 1,
        ("GET", "/v1/findings/<id>", "404"): 1,
        ("GET", "unmatched", "404"): 1,
        ("other", "unmatched", "405"): 1,
        ("HEAD", "/readyz", "503"): 1,
    }
    refused = {("400",): 1, ("422",): 2, ("415",): 1, ("404",): 2, ("405",): 1}
    assert series(counts, "cauda_refused_total") == refused


@pytest.mark.parametrize(("service", "version"), [("client", "1"), ("degraded", "none")])
def test_the_served_version_is_told(
    request: pytest.FixtureRequest, service: str, version: str
) -> None:
    """`cauda_model_info` is 1 for the version of the manifest, `none` without a model."""
    client: FlaskClient = request.getfixturevalue(service)
    counts = counted(client.get("/metrics").get_data())
    assert series(counts, VERSIONS) == {(version,): 1}


def test_what_never_happened_is_0(degraded: FlaskClient) -> None:
    """Every red flag has its series from the start, so that its first time is an increase."""
    flags = {entry["id"] for entry in degraded.get("/v1/red-flags").get_json()["red_flags"]}
    counts = counted(degraded.get("/metrics").get_data())
    name = "cauda_red_flags_raised_total"
    assert [counts[name, frozenset({("flag", id)})] for id in flags] == [0] * len(flags)
    assert counts["cauda_degraded_answers_total", frozenset()] == 0


def test_two_applications_count_for_themselves() -> None:
    """What one application counted is not in the metrics of another of the same process."""
    first, second = Metrics("1"), Metrics("2")
    first.requested("/v1/predict", "POST", 200, 0.0004)
    assert series(counted(first.text()), REQUESTS) == {("POST", "/v1/predict", "200"): 1}
    assert series(counted(second.text()), REQUESTS) == {}


def test_durations_fall_into_their_buckets() -> None:
    """A duration counts in every bucket whose bound it does not exceed, from 0.5 ms to 10 s."""
    metrics = Metrics("1")
    for seconds in (0.0004, 0.0005, 0.0006, 0.3, 10.0, 11.0):
        metrics.requested("/v1/predict", "POST", 200, seconds)
    counts = counted(metrics.text())
    buckets = {
        float(dict(labels)["le"]): count
        for (name, labels), count in counts.items()
        if name == "cauda_request_duration_seconds_bucket"
    }
    assert (buckets[0.0005], buckets[0.001], buckets[10.0], buckets[float("inf")]) == (2, 3, 5, 6)
    assert (min(buckets), sorted(buckets)[-2]) == (0.0005, 10.0)


def test_no_caller_lengthens_the_metrics(degraded: FlaskClient) -> None:
    """Whatever path, id, query, method or id of a request is sent, the series stay the same."""

    def shown() -> set[Any]:
        return set(counted(degraded.get("/metrics").get_data()))

    def ask(word: str) -> None:
        degraded.get(f"/{word}")
        degraded.get(f"/v1/findings/{word}?{word}={word}", headers={"X-Request-ID": word})
        degraded.open("/v1/predict", method=word.upper())
        degraded.post("/v1/predict", json={"present": [word], word: word})

    ask("first")
    shown()  # the request for the metrics is a series too
    before = shown()
    for word in ("second", "third", "sore_elbow", "patch", "x" * 500):
        ask(word)
    assert shown() == before


def answerers(server: Server) -> set[int]:
    """Return the processes that keep counts of requests that they answered."""
    return {int(path.stem.split("_")[1]) for path in server.counts().glob("histogram_*.db")}


def test_workers_add_up_and_none_is_lost_with_a_worker(tmp_path: Path) -> None:
    """Counts of two workers are one sum, also after one was killed and replaced."""
    with serving(tmp_path, CAUDA_MODELS=str(tmp_path), WORKERS="2") as server:
        answers: list[dict[str, Any]] = []

        def have_answered(number: int) -> bool:
            given = [server.ask("/v1/predict", case) for case in CASES]
            assert [answer.status for answer in given] == [200] * len(CASES)
            answers.extend(answer.json() for answer in given)
            return len(answerers(server)) >= number

        def check() -> None:
            counts = server.metrics()
            for name, expected_ in expected(answers).items():
                assert series(counts, name) == expected_, name
            assert series(counts, REQUESTS)["POST", "/v1/predict", "200"] == len(answers)

        wait(lambda: have_answered(2), server)
        check()
        os.kill(answerers(server).pop(), signal.SIGKILL)
        wait(lambda: have_answered(3), server)
        wait(lambda: series(server.metrics(), VERSIONS) == {("none",): 2}, server)
        check()


def test_a_half_failed_reload_is_seen(models: Path, tmp_path: Path) -> None:
    """`cauda_model_info` is the number of live workers by the version that each serves."""
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    with serving(tmp_path, CAUDA_MODELS=str(folder), WORKERS="2") as server:
        wait(lambda: series(server.metrics(), VERSIONS) == {("1",): 2}, server)
        (folder / "model.joblib").write_bytes(b"damaged")
        os.kill(server.workers()[0], signal.SIGKILL)
        both = {("1",): 1, ("none",): 1}
        wait(lambda: series(server.metrics(), VERSIONS) == both, server)


def test_without_the_folder_of_the_counts_answers_go_on(tmp_path: Path) -> None:
    """When the folder is deleted, every case is still answered, and new workers start too."""
    with serving(tmp_path, CAUDA_MODELS=str(tmp_path), WORKERS="1") as server:

        def statuses() -> list[int]:
            return [server.ask("/v1/predict", case).status for case in CASES]

        assert statuses() == [200] * len(CASES)
        shutil.rmtree(server.counts())
        assert statuses() == [200] * len(CASES)
        assert server.ask("/v1/red-flags").status == 200
        answer = server.ask("/metrics")
        assert (answer.status, answer.json()["detail"]) == (
            503,
            "The counts of the workers cannot be read: ValueError.",
        )
        os.kill(server.workers()[0], signal.SIGKILL)
        assert statuses() == [200] * len(CASES)
        assert "a metric is not counted: FileNotFoundError" in server.log()


LIMITED = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from service.app import create_app
from service.settings import Settings
client = create_app(Settings(models=Path("nowhere"))).test_client()
case = {"present": ["saddle_numbness"]}
answers = [client.post("/v1/predict", json=case).get_json() for _ in range(3)]
for rule in list(client.application.url_map.iter_rules()):
    for method in sorted(rule.methods):
        client.open(rule.rule, method=method, json=case)
found = client.get("/metrics")
print(json.dumps([[a["triage"]["level"] for a in answers], found.status_code, found.text]))
"""
"""Answers while no file may grow past a number of bytes, as when a disk is full."""


@pytest.mark.parametrize(("limit", "counts"), [(0, False), (65_536, True)])
def test_on_a_full_disk_answers_go_on(tmp_path: Path, limit: int, counts: bool) -> None:
    """Where no file can be written, or none can grow, answers are right and the rest is counted."""
    environment = dict(os.environ) | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    levels, status, text = json.loads(done.stdout)
    assert (levels, status) == (["emergency"] * 3, 200)
    assert "a metric is not counted: OSError" in done.stderr
    found = counted(text.encode())
    flags = series(found, "cauda_red_flags_raised_total")
    assert bool(flags) is counts
    assert all(count >= 3 for count in flags.values())


FILLED = """
from itertools import product
from service.assessment import Assessment, Triage
from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency
from service.metrics import Metrics
metrics = Metrics("1")
deciders = ("red_flags", "model", "incomplete_screening", "fallback")
for level, decider in product(Urgency, deciders):
    triage = Triage(level, decider, ())
    metrics.answered([Assessment(triage, RED_FLAGS, (), None, {}, {}, False)])
for status, route in product(range(400, 425), ("/v1/predict", "/a/rule/of/sixty" + "x" * 44)):
    metrics.requested(route, "OPTIONS", status, 0.3)
"""
"""Makes every series of the counters, and of the histogram 50."""


def test_a_worker_writes_its_files_before_they_are_mapped(tmp_path: Path) -> None:
    """All counters have room in the 64 KiB that are filled first, a histogram in 4 KiB each.

    Past what is filled, prometheus_client would map holes into memory, and a full disk kill the
    worker.
    """
    environment = dict(os.environ) | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", FILLED], cwd=ROOT, env=environment, timeout=60, check=True
    )
    files = {path.stem.split("_")[0]: path.read_bytes() for path in tmp_path.iterdir()}
    used = {kind: int.from_bytes(data[:4], sys.byteorder) for kind, data in files.items()}
    assert used.keys() == {"counter", "gauge", "histogram"}
    assert used["counter"] < 65_536 == len(files["counter"])
    assert used["histogram"] < 50 * 4096 <= len(files["histogram"])
