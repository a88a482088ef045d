import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from service.api import access, problem
from service.app import create_app
from service.settings import Settings
from tests.service.key import bearer, digest

ROOT = Path(__file__).parents[3]

ONE, TWO = "One-key_of.43~chars+/" + "x" * 22, "another-key-of-somebody-else"

OPEN = ("/healthz", "/readyz", "/", "/model", "/static/page.js", "/docs", "/openapi.json")
"""What API.md lets answer without a key."""

CLOSED = ("/metrics", "/v1/predict", "/static", "/nothing", "/v1//findings", "/healthz/", "/docs/x")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file of two keys."""
    lines = [f"{name} {digest(key)}\n" for name, key in (("ward-1", ONE), ("ward-2", TWO))]
    (tmp_path / "keys").write_text("".join(lines), encoding="utf-8")
    return tmp_path / "keys"


def guarded(settings: Settings) -> FlaskClient:
    """Return a client of an application with every kind of route; each tells whose key it saw."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    for path in ("/healthz", "/readyz", "/", "/model", "/docs", "/openapi.json"):
        app.add_url_rule(path, path, lambda: g.get("key_name") or "nobody")
    for path in ("/static/<path:name>", "/metrics", "/v1/predict", "/v1/findings"):
        app.add_url_rule(path, path, lambda **_: g.get("key_name") or "nobody")
    problem.register(app)
    access.register(app, settings)
    return app.test_client()


@pytest.mark.parametrize("path", OPEN)
def test_an_open_route_answers_without_a_key(key_file: Path, path: str) -> None:
    """Health, pages and documentation need no key, and take one."""
    client = guarded(Settings(keys=key_file))
    answers = [client.get(path, headers=headers) for headers in ({}, bearer("x"), bearer(ONE))]
    assert [answer.text for answer in answers] == ["nobody", "nobody", "ward-1"]


@pytest.mark.parametrize("path", CLOSED)
def test_everything_else_needs_a_key(key_file: Path, path: str) -> None:
    """Without a key, also a path that does not exist tells nothing but that a key is needed."""
    client = guarded(Settings(keys=key_file))
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="cauda"'
    assert answer.get_json() == {
        "type": "urn:cauda:problem:unauthorized",
        "title": "Unauthorized",
        "status": 401,
        "detail": "A valid key is needed, in the header Authorization: Bearer KEY.",
        "instance": path,
    }
    assert client.get(path, headers=bearer(ONE)).status_code in (200, 404)


def test_no_route_of_the_service_is_left_open(key_file: Path, tmp_path: Path) -> None:
    """Of the real routes, those that API.md does not name answer 401 to whoever has no key."""
    app = create_app(Settings(models=tmp_path, keys=key_file))
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        for method in rule.methods or ():
            path = rule.rule.replace("<id>", "x")
            status = client.open(path, method=method).status_code
            is_open = path in OPEN or path.startswith("/static/")
            assert (status == 401) != is_open, (method, path)


@pytest.mark.parametrize("path", OPEN)
def test_an_open_path_never_asks_for_a_key(key_file: Path, tmp_path: Path, path: str) -> None:
    """Where no route answers an open path, whoever has no key is told that, and nothing of keys."""
    client = create_app(Settings(models=tmp_path, keys=key_file)).test_client()
    assert client.get(path).status_code in (200, 404, 503)
    assert client.delete(path).status_code in (404, 405)
    guarded_app = Flask(__name__, static_folder=None)
    problem.register(guarded_app)
    access.register(guarded_app, Settings(keys=key_file))
    assert guarded_app.test_client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (f"Bearer {ONE}", "ward-1"),
        (f"Bearer {TWO}", "ward-2"),
        (f"bearer  {ONE}", "ward-1"),
        (f"BEARER {ONE}", "ward-1"),
        ("", None),
        ("Bearer", None),
        ("Bearer ", None),
        (ONE, None),
        (f"Basic {ONE}", None),
        (f"Bearer{ONE}", None),
        (f"Bearer\t{ONE}", None),
        (f"Bearer {ONE},", None),
        (f"Bearer {ONE} {TWO}", None),
        (f"Bearer {ONE}, Bearer {TWO}", None),
        (f"Bearer {ONE}=", None),
        (f"Bearer {ONE[:-1]}", None),
        (f"Bearer {ONE.upper()}", None),
        (f"Bearer {digest(ONE)}", None),
        ("Bearer ward-1", None),
        ("Bearer \xe4", None),
    ],
)
def test_a_key_is_read_strictly(key_file: Path, header: str, name: str | None) -> None:
    """One scheme, one key, the whole of it; anything else is no key."""
    answer = guarded(Settings(keys=key_file)).get("/v1/findings", headers={"Authorization": header})
    assert answer.status_code == (200 if name else 401)
    assert (answer.text == name) == bool(name)


def test_a_fault_in_the_file_closes(key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A line that became faulty gives no key and is logged by number; without a file all closes."""
    lines = key_file.read_text(encoding="utf-8").splitlines()
    key_file.write_text(f"{lines[0][:-1]}\n{lines[1]}\n", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        client = guarded(Settings(keys=key_file))
    assert "line 1: expected" in caplog.text
    assert lines[0][-40:-1] not in caplog.text
    statuses = [client.get("/v1/findings", headers=bearer(key)).status_code for key in (ONE, TWO)]
    assert statuses == [401, 200]
    key_file.unlink()
    client = guarded(Settings(keys=key_file))
    assert client.get("/v1/findings", headers=bearer(TWO)).status_code == 401
    assert client.get("/healthz").status_code == 200


def test_each_key_has_its_own_limit(key_file: Path) -> None:
    """The request after the last that is allowed is 429 for this key alone, whatever the route."""
    client = guarded(Settings(keys=key_file, requests_per_minute=3))
    paths = ("/v1/findings", "/v1/predict", "/v1/findings", "/metrics", "/v1/findings")
    answers = [client.get(path, headers=bearer(ONE)) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["title"] == "Too Many Requests"
    assert "More than 3 requests in a minute" in refused.get_json()["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert client.get("/v1/findings", headers=bearer(TWO)).status_code == 200
    assert client.get("/healthz", headers=bearer(ONE)).status_code == 200


def test_who_has_no_key_is_limited_by_address(key_file: Path) -> None:
    """Wrong keys from one address end in 429, and take nothing from a key or another address."""
    key_file.write_text(
        key_file.read_text(encoding="utf-8").replace("ward-1", "10.0.0.7"), encoding="utf-8"
    )
    client = guarded(Settings(keys=key_file, requests_per_minute=2))

    def ask(address: str, key: str) -> int:
        return client.get(
            "/v1/findings", headers=bearer(key), environ_base={"REMOTE_ADDR": address}
        ).status_code

    assert [ask("10.0.0.7", f"guess{i}") for i in range(4)] == [401, 401, 429, 429]
    assert ask("10.0.0.8", "guess") == 401
    assert [ask("10.0.0.7", key) for key in (ONE, TWO)] == [200, 200]


HERE = {"Host": "localhost:8000"}


@pytest.mark.parametrize(
    ("host", "is_trusted"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:8000", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("evil.localhost", False),
        ("localhost:8000:9", False),
        ("localhost:", False),
        ("localhost@evil.example", False),
        ("127.0.0.2", False),
        ("::1", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_without_keys_a_page_cannot_reach_the_service_by_its_own_name(
    host: str, is_trusted: bool
) -> None:
    """DNS rebinding: a browser states the name of the page, which is not one of this machine."""
    answer = guarded(Settings()).get("/healthz", headers={"Host": host})
    assert answer.status_code == (200 if is_trusted else 400)
    if not is_trusted:
        assert answer.mimetype == "application/problem+json"
        assert answer.get_json()["detail"] == (
            f"The host is {host!r}, allowed are localhost, 127.0.0.1, [::1]."
        )


def test_hosts_that_are_listed_are_the_only_ones(key_file: Path) -> None:
    """With keys any host is taken, unless a list says which."""
    hosts = ("cauda.example", "[2001:db8::1]:8000", "localhost", "10.0.0.7")
    listed = Settings(keys=key_file, trusted_hosts=("cauda.example", "[2001:db8::1]"))
    for settings, expected in (
        (Settings(keys=key_file), [200, 200, 200, 200]),
        (listed, [200, 200, 400, 400]),
    ):
        client = guarded(settings)
        found = [client.get("/healthz", headers={"Host": host}).status_code for host in hosts]
        assert found == expected


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("127.1.2.3", 200), ("::1", 200), ("10.0.0.7", 401), ("", 401)],
)
def test_without_keys_metrics_stay_on_this_machine(address: str, status: int) -> None:
    """Who asks from elsewhere gets no metrics, and is told why; other routes answer."""
    client = guarded(Settings(trusted_hosts=("localhost",), allow_no_keys=True))
    base = {"REMOTE_ADDR": address}
    assert client.get("/metrics", environ_base=base).status_code == status
    assert client.get("/v1/findings", environ_base=base).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/healthz", HERE, 200),
        ("GET", "/readyz", HERE, 503),
        ("GET", "/v1/findings", HERE, 200),
        ("OPTIONS", "/v1/findings", HERE, 405),
        ("GET", "/nothing", HERE, 404),
        ("POST", "/healthz", HERE, 405),
        ("POST", "/v1/predict", HERE, 415),
        ("GET", "/healthz", {"Host": "evil.example"}, 400),
        ("GET", "/v1/findings", {**HERE, "Origin": "https://evil.example"}, 200),
    ],
)
def test_every_answer_carries_the_security_headers(
    tmp_path: Path, method: str, path: str, headers: Mapping[str, str], status: int
) -> None:
    """Answers and refusals alike carry each header once, and none lets another site read them."""
    client = create_app(Settings(models=tmp_path)).test_client()
    answer = client.open(path, method=method, headers=dict(headers))
    assert answer.status_code == status
    expected = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    assert {name: answer.headers.getlist(name) for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(("given", "loaded"), [("None", "False"), ("Path('keys')", "True")])
def test_the_limiter_is_loaded_with_keys_alone(given: str, loaded: str, tmp_path: Path) -> None:
    """A service without keys does not depend on the package that limits them."""
    code = (
        "import sys; from pathlib import Path; from service.app import create_app;"
        "from service.settings import Settings;"
        f"create_app(Settings(models=Path({str(tmp_path)!r}), keys={given}));"
        "print('limits' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.strip() == loaded
