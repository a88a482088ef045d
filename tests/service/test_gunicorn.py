"""The real server: what it refuses to start with, and what a reload and a bad client cost."""

import http.client
import json
import os
import runpy
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from service.worker import Worker, reloaded
from tests.service.key import bearer, digest
from tests.service.server import ROOT, Server, lives, serving, start, wait

CONFIGURATION = ROOT / "deploy" / "gunicorn.conf.py"
CASE = {"present": ["lower_back_pain"], "absent": ["fever"]}
EMERGENCY = {"present": ["saddle_numbness"]}

DEGRADED = "degraded"

EVERYONE = "0.0.0.0"  # noqa: S104  # is refused, and never listened on


@pytest.mark.parametrize(
    ("environment", "arguments", "line"),
    [
        ({"PORT": "65536"}, [], "PORT is '65536', expected a whole number from 1 to 65535."),
        ({"WORKERS": "0"}, [], "WORKERS is '0', expected a whole number from 1 to 256."),
        ({"TIMEOUT": "19"}, [], "TIMEOUT is '19', expected a whole number from 20 to 3600."),
        ({"CAUDA_MAX_CASES": "0"}, [], "CAUDA_MAX_CASES is '0', expected 1 to 1000."),
        ({"HOST": EVERYONE}, [], "Without keys the service listens on this machine alone, "),
        ({"HOST": "::"}, [], "Without keys the service listens on this machine alone, "),
        ({"HOST": ""}, [], "Without keys the service listens on this machine alone, "),
        ({}, ["--bind", "0.0.0.0:1"], "Without keys the service listens on this machine alone, "),
        ({}, ["--bind", "unix:x", "--bind", "10.0.0.7:1"], "Without keys the service listens on "),
        ({"CAUDA_KEYS": "/nowhere"}, [], "The file of keys /nowhere cannot be read: "),
        (
            {"CAUDA_KEYS": "pyproject.toml"},
            [],
            "The file of keys pyproject.toml has faults: line 1: ",
        ),
    ],
)
def test_a_wrong_start_ends_with_one_clear_line(
    tmp_path: Path, environment: dict[str, str], arguments: list[str], line: str
) -> None:
    """The start ends with code 1 before a worker starts, and the last line says what is wrong."""
    server = start(tmp_path, environment, *arguments)
    assert server.process.wait(timeout=60) == 1
    assert server.log().splitlines()[-1].startswith(line)
    assert server.workers() == []
    assert "Listening" not in server.log()


def test_a_socket_that_was_handed_over_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which address a parent process has bound is asked of the socket, not of the settings."""
    monkeypatch.delenv("CAUDA_KEYS", raising=False)
    monkeypatch.setenv("CAUDA_ALLOW_NO_KEYS", "")
    ready = runpy.run_path(str(CONFIGURATION))["when_ready"]
    with socket.socket() as bound:
        bound.bind((EVERYONE, 0))
        with pytest.raises(SystemExit, match=r"not on \['0\.0\.0\.0'\]"):
            ready(SimpleNamespace(LISTENERS=[bound]))


def test_who_says_so_may_serve_everyone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another address is allowed by keys, by the operator's word, and a Unix socket always."""
    check = runpy.run_path(str(CONFIGURATION))["check"]
    check(["/run/cauda.sock", ("127.0.0.1", 8000), ("::1", 8000, 0, 0)])
    monkeypatch.setenv("CAUDA_ALLOW_NO_KEYS", "yes")
    check([(EVERYONE, 8000)])
    (tmp_path / "keys").write_text(f"a {digest('one')}\n", encoding="utf-8")
    monkeypatch.setenv("CAUDA_ALLOW_NO_KEYS", "")
    monkeypatch.setenv("CAUDA_KEYS", str(tmp_path / "keys"))
    check([(EVERYONE, 8000)])


@pytest.mark.parametrize(
    ("host", "bind"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("::1", "[::1]:8000"),
        ("[::1]", "[::1]:8000"),
        ("localhost", "localhost:8000"),
    ],
)
def test_a_host_may_be_any_address(monkeypatch: pytest.MonkeyPatch, host: str, bind: str) -> None:
    """An IPv6 address gets the brackets that keep it apart from the port."""
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "8000")
    assert runpy.run_path(str(CONFIGURATION))["bind"] == bind


def test_the_server_keeps_its_version_and_cleans_up(tmp_path: Path) -> None:
    """No version is told; the folder of the metrics is made anew and gone after the end."""
    folder = tmp_path / "tmp"
    with serving(tmp_path, CAUDA_MODELS=str(tmp_path), WORKERS="1") as server:
        assert server.ask("/healthz").headers["Server"] == "gunicorn"
        assert [path.name.startswith("cauda-metrics-") for path in folder.iterdir()] == [True]
    assert list(folder.iterdir()) == []
    told = [json.loads(line) for line in server.log().splitlines()]
    assert [line for line in told if line["event"].startswith("Worker exiting")] != []
    assert [line for line in told if "exception" in line or "withheld" in line["event"]] == []


@pytest.mark.parametrize(
    "header",
    [
        {"SCRIPT_NAME": "/v1"},
        {"SCRIPT_NAME": "/elsewhere"},
        {"PATH_INFO": "/healthz"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"},
    ],
)
def test_no_header_changes_what_is_asked_for(refusing: Server, header: dict[str, str]) -> None:
    """A path or a scheme that a client states in a header changes nothing, on loopback too."""
    assert refusing.ask("/v1/findings", headers=header).status == 401


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with keys, none of which is used."""
    folder = tmp_path_factory.mktemp("refusing")
    (folder / "keys").write_text(f"a {digest('one')}\n", encoding="utf-8")
    given = {"CAUDA_MODELS": str(folder), "CAUDA_KEYS": str(folder / "keys"), "WORKERS": "1"}
    with serving(folder, **given) as server:
        yield server


@pytest.fixture
def worker() -> Iterator[Callable[[], Worker]]:
    """Make workers as gunicorn does before it forks."""
    with ExitStack() as made:

        def make() -> Worker:
            one = Worker(1, os.getpid(), [], None, 30, Config(), None)
            made.callback(one.tmp.close)
            return one

        yield make


def told(*workers: Worker) -> list[bool]:
    """Tell workers to leave; return which stay, once each has had its look at whether it may."""
    for each in workers:
        each.handle_exit()
    for each in workers:
        each.notify()
    return [each.alive for each in workers]


def test_the_old_stay_until_any_of_the_young_can_answer(worker: Callable[[], Worker]) -> None:
    """At a reload all of the old stay while none has booted, and leave when one has."""
    old = [worker(), worker()]
    for each in old:
        each.notify()
    reloaded()
    young, _ = worker(), worker()  # the second dies before it boots
    assert told(*old) == [True, True]
    young.notify()
    assert told(*old) == [False, False]


def test_without_a_reload_a_worker_leaves_at_once(worker: Callable[[], Worker]) -> None:
    """At the end of the service nobody waits for a worker that is just being replaced."""
    first, second = worker(), worker()
    first.notify()
    assert told(first, second) == [False, False]


def test_a_worker_that_is_told_to_leave_again_waits_no_longer(
    worker: Callable[[], Worker],
) -> None:
    """Where no young worker boots, the time that an old one stays runs from the first word."""
    old = worker()
    old.cfg.set("graceful_timeout", 0)
    reloaded()
    worker()
    old.handle_exit()
    old.cfg.set("graceful_timeout", 600)
    assert told(old) == [False]


@contextmanager
def load(server: Server, clients: int = 3) -> Iterator[list[str]]:
    """Ask all the time; give a growing list of the version of each answer, or how it failed."""
    found: list[str] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            try:
                answer = server.ask("/v1/predict", CASE)
            except (OSError, http.client.HTTPException) as error:
                found.append(type(error).__name__)
                continue
            told = answer.json()
            version = DEGRADED if told.get("degraded") else told["model"]["version"]
            found.append(version if answer.status == 200 else f"status {answer.status}")

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        is_over.set()
        for thread in threads:
            thread.join(timeout=60)


def grown(found: list[str], server: Server, more: int = 30) -> list[str]:
    """Return the answers to questions that are put from now on."""
    begin = len(found) + 3  # those that the clients are waiting for now
    wait(lambda: len(found) >= begin + more, server)
    return found[begin:]


@pytest.mark.slow
def test_a_reload_costs_no_request(models: Path, tmp_path: Path) -> None:
    """Under load SIGHUP loads a new artefact, then goes on without a damaged one: nothing fails."""
    folder = Path(shutil.copytree(models, tmp_path / "models"))
    manifest = folder / "manifest.json"
    with (
        serving(tmp_path, CAUDA_MODELS=str(folder), WORKERS="2") as server,
        load(server) as found,
    ):
        assert set(grown(found, server)) == {"1"}
        stated = json.loads(manifest.read_text(encoding="utf-8"))
        stated["model"]["version"] = "2"
        manifest.write_text(json.dumps(stated), encoding="utf-8")
        asked = len(found)
        server.reload()
        # The old leave when one of the young has booted: the other may still be loading.
        wait(lambda: server.log().count("serving model version 2, sha256 ") == 2, server)
        # The old workers answer until the new ones can: far more than each finishing its request.
        assert found[asked:].count("1") > 50
        assert set(grown(found, server)) == {"2"}
        assert set(found) == {"1", "2"}

        artefact = folder / "model.joblib"
        artefact.write_bytes(artefact.read_bytes()[:-1])
        server.reload()
        assert set(grown(found, server)) == {DEGRADED}
        assert set(found) == {"1", "2", DEGRADED}
        ready = server.ask("/readyz")
        assert ready.status == 503
        assert "the artefact's SHA-256 is" in ready.json()["detail"]
        told = server.ask("/v1/predict", EMERGENCY).json()
        assert (told["degraded"], told["triage"]["level"]) == (True, "emergency")
        assert [flag["id"] for flag in told["red_flags"]["raised"]] == ["saddle_numbness"]
    assert len(server.workers()) == 6


@pytest.mark.slow
def test_a_young_worker_that_dies_does_not_hold_the_reload(tmp_path: Path) -> None:
    """The old leave long before their time is over though the youngest was killed at its boot."""
    given = {"CAUDA_MODELS": str(tmp_path), "WORKERS": "2", "TIMEOUT": "3600"}
    with serving(tmp_path, **given) as server:
        wait(lambda: len(server.workers()) == 2, server)
        old = server.workers()
        server.process.send_signal(signal.SIGHUP)
        wait(lambda: len(server.workers()) == 4, server)
        os.kill(server.workers()[-1], signal.SIGKILL)
        wait(lambda: not any(map(lives, old)), server)
        wait(lambda: len(server.workers()) == 5, server)
        assert server.answers("/healthz")


@pytest.mark.slow
def test_a_broken_key_file_at_a_reload_closes_and_does_not_end_the_service(tmp_path: Path) -> None:
    """At SIGHUP good lines count, a broken one and a lost file give no key; the service goes on."""
    path = tmp_path / "keys"
    path.write_text(f"a {digest('one')}\nb {digest('two')}\n", encoding="utf-8")

    def ask() -> list[int]:
        return [
            server.ask("/v1/findings", headers=bearer(key)).status
            for key in ("one", "two", "three", "")
        ]

    given = {"CAUDA_MODELS": str(tmp_path), "CAUDA_KEYS": str(path)}
    with serving(tmp_path, WORKERS="1", **given) as server:
        assert ask() == [200, 200, 401, 401]
        path.write_text(f"a {digest('one')}\nb {digest('two')[:-1]}x\n", encoding="utf-8")
        server.reload()
        assert ask() == [200, 401, 401, 401]
        assert "line 2: expected" in server.log()
        assert digest("two")[:-1] not in server.log()
        path.unlink()
        server.reload()
        assert ask() == [401, 401, 401, 401]
        path.write_text(f"c {digest('three')}\n", encoding="utf-8")
        server.reload()
        assert ask() == [401, 401, 200, 401]
        assert server.alive()


HEAD = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def silent(_: socket.socket) -> None:
    """Send nothing at all."""


def half_a_head(client: socket.socket) -> None:
    """Send a part of the headers."""
    client.sendall(HEAD)


def half_a_body(client: socket.socket) -> None:
    """Send a part of the body that was announced."""
    client.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"present"')


def drop_by_drop(client: socket.socket) -> None:
    """Send a header that never ends, a byte each second, until the server has enough."""
    client.sendall(HEAD + b"X: ")
    client.settimeout(1)
    for _ in range(60):
        try:
            client.send(b"x")
            if client.recv(1, socket.MSG_PEEK) == b"":
                return
        except TimeoutError:
            continue
        except OSError:
            return


def received(client: socket.socket) -> bytes:
    """Return what a server still sends, until it closes."""
    client.settimeout(60)
    parts = []
    try:
        while part := client.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


@pytest.mark.slow
def test_a_client_that_does_not_finish_costs_no_worker(tmp_path: Path) -> None:
    """Each kind of slow client takes a worker for seconds; the same workers answer afterwards."""
    kinds: list[Callable[[socket.socket], Any]] = [silent, half_a_head, half_a_body, drop_by_drop]
    with serving(tmp_path, CAUDA_MODELS=str(tmp_path), WORKERS="4") as server:
        wait(lambda: len(server.workers()) == 4, server)
        clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in kinds]
        threads = [
            threading.Thread(target=kind, args=(client,))
            for kind, client in zip(kinds, clients, strict=True)
        ]
        for thread in threads:
            thread.start()
        assert [server.ask("/healthz").status for _ in range(8)] == [200] * 8
        answers = [received(client) for client in clients]
        for thread, client in zip(threads, clients, strict=True):
            thread.join(timeout=60)
            client.close()
        assert [answer[:12] for answer in answers] == [b"", b"", b"HTTP/1.1 400", b""]
        assert b"The body ended after 10 of 100 bytes." in answers[2]
        assert len(server.workers()) == 4
        assert server.log().count("a client was cut off: no whole request within 10 seconds") == 4
        assert "TIMEOUT" not in server.log()
        assert "Traceback" not in server.log()
