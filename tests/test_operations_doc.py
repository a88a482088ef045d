"""docs/OPERATIONS.md names what exists, and its commands do what it says."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.app import create_app
from service.clinical.vocabulary import Urgency
from service.settings import Settings
from tests.load.server import environment, free_port
from tests.service.server import Server, lives, output, stopping, wait

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
)["groups"][0]["rules"]
ALERTS = {rule["alert"]: rule for rule in RULES}


def block(heading: str) -> str:
    """Return the first block of shell commands under a heading."""
    found = re.search(rf"^## {heading}\n.*?^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found.group(1)


def anchors() -> set[str]:
    """Return the anchors of the headings, as Git hosts make them."""
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_what_is_named_exists() -> None:
    """Targets, settings, files and headings are those of the repository."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)\b(?=`| NAME|\n)", TEXT)) <= targets
    settings = {f"CAUDA_{name.upper()}" for name in Settings.__slots__}
    assert set(re.findall(r"CAUDA_[A-Z_0-9]+", TEXT)) <= settings
    paths = set(re.findall(r"\b(?:deploy|docs|requirements|service|tests)/[\w./-]*\w", TEXT))
    assert len(paths) > 4
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) <= anchors()
    commands = set(re.findall(r"python -m (\w+) (\w+)", TEXT))
    assert commands
    for command in commands:
        subprocess.run([sys.executable, "-m", *command, "--help"], cwd=ROOT, check=True)


def test_routes_and_metrics_are_those_of_the_service(tmp_path: Path) -> None:
    """The routes answer, and the table of metrics is the service's, labels included."""
    client = create_app(Settings(models=tmp_path)).test_client()
    for path in set(re.findall(r"GET (/\w+)", TEXT)):
        assert client.get(path).status_code in (200, 503), path
    client.post("/v1/predict", json={"present": ["saddle_numbness"]})
    client.post("/v1/predict", json={"present": []})
    metrics = client.get("/metrics").text
    told = dict(re.findall(r"^\| `(cauda_\w+)` \|([^|]*)\|", TEXT, re.MULTILINE))
    assert (
        set(re.findall(r"^# TYPE (cauda_\w+)(?<!_created) ", metrics, re.MULTILINE)) == told.keys()
    )
    for name, labels in told.items():
        sample = re.search(rf"^{name}(?:_count)?(?:{{(.*)}})? ", metrics, re.MULTILINE)
        assert sample, name
        assert set(re.findall(r"(\w+)=\"", sample[1] or "")) == set(re.findall(r"`(\w+)`", labels))


def test_each_alert_says_what_to_do() -> None:
    """The document lists the rules of the file, and each points to a section of it."""
    assert re.findall(r"^\| `(Cauda\w+)` \|", TEXT, re.MULTILINE) == list(ALERTS)
    assert len(RULES) >= 4
    (job,) = re.findall(r"job_name: (\w+)", TEXT)
    assert re.findall(r'job="(\w+)"', ALERTS["CaudaDown"]["expr"]) == [job, job]
    for name, rule in ALERTS.items():
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}, name
        assert rule["labels"]["severity"] in ("page", "ticket")
        document, _, anchor = rule["annotations"]["what_to_do"].partition("#")
        assert (document, anchor in anchors()) == ("docs/OPERATIONS.md", True), name


def test_alerts_ask_for_what_is_measured(tmp_path: Path) -> None:
    """Expressions name metrics of the table, routes that exist and levels that there are."""
    rules = {rule.rule for rule in create_app(Settings(models=tmp_path)).url_map.iter_rules()}
    metrics = set(re.findall(r"^\| `(cauda_\w+)` \|", TEXT, re.MULTILINE))
    expressions = " ".join(rule["expr"] for rule in RULES)
    named = re.findall(r"cauda_\w+", expressions + TEXT)
    assert {re.sub(r"_(count|bucket)$", "", name) for name in named} <= metrics
    routes = re.findall(r'route[=!~]+"([^"]*)"', expressions)
    assert len(routes) == 3
    assert {path for route in routes for path in route.split("|")} <= rules
    assert set(re.findall(r'level="(\w+)"', expressions)) <= {level.id for level in Urgency}
    assert expressions.count("(") == expressions.count(")")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a fresh repository, and a home, in which commands may write."""
    for name in ("deploy", "service", "Makefile", "requirements"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def run(command: str, place: Path) -> str:
    """Run shell commands as they are printed; return what they write."""
    # The suite may be run by make, which would have this one tell where it is.
    outside = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        ["sh", "-eu", "-c", command],
        cwd=place,
        env=outside,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_start_and_reload_as_told(place: Path) -> None:
    """The printed commands start a service, and reload it."""
    port = free_port()
    command = block("Start").replace(".venv/bin/gunicorn", "exec .venv/bin/gunicorn")
    with output(place).open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-eu", "-c", command],
            cwd=place,
            env={**environment(), "PORT": str(port), "WORKERS": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, port, place)
    with stopping(server):
        assert (place / "home" / "cauda" / "gunicorn.pid").exists()
        run(block("Reload"), place)
        wait(lambda: not lives(server.workers()[0]), server)
        assert server.answers("/healthz")


def test_a_key_is_made_as_told(place: Path) -> None:
    """The printed commands make a key and a file with its name."""
    shown = run(block("Keys").replace("make key", "make --old-file=.venv/.training key"), place)
    assert len(shown.strip().splitlines()[-1]) == 43
    path = place / "home" / "cauda" / "keys"
    assert path.read_text(encoding="utf-8").startswith("ward-1 ")


def test_a_backup_is_whole_while_others_write(place: Path) -> None:
    """The printed commands copy the database as it was before a write that is not finished."""
    (place / "build" / "mlartifacts" / "1").mkdir(parents=True)
    (place / "build" / "mlartifacts" / "1" / "model.joblib").write_bytes(b"model")
    (place / "home" / "cauda").mkdir(parents=True)
    (place / "home" / "cauda" / "keys").write_text("ward-1 ...", encoding="utf-8")
    with closing(sqlite3.connect(place / "build" / "mlflow.db")) as database:
        database.execute("CREATE TABLE runs (id TEXT)")
        database.execute("INSERT INTO runs VALUES ('kept')")
        database.commit()
        database.execute("INSERT INTO runs VALUES ('not finished')")
        run(block("Back up"), place)
        database.rollback()
    (copy,) = (place / "home" / "cauda").glob("backup-*")
    with closing(sqlite3.connect(copy / "mlflow.db")) as database:
        assert database.execute("SELECT id FROM runs").fetchall() == [("kept",)]
    assert (copy / "mlartifacts" / "1" / "model.joblib").read_bytes() == b"model"
    assert (copy / "keys").read_text(encoding="utf-8") == "ward-1 ..."


def test_a_backup_needs_neither_artefacts_nor_keys(place: Path) -> None:
    """Where a server keeps the artefacts and nobody has a key, the database alone is copied."""
    (place / "build").mkdir()
    with closing(sqlite3.connect(place / "build" / "mlflow.db")) as database:
        database.execute("CREATE TABLE runs (id TEXT)")
    run(block("Back up"), place)
    (copy,) = (place / "home" / "cauda").glob("backup-*")
    assert [path.name for path in copy.iterdir()] == ["mlflow.db"]
