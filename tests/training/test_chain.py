import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from mlflow import MlflowClient

from service import artefact
from tests.training.tracked import SERVED, WARNINGS, Chained, Registry, contents, forget
from training import album, chain, gates, promotion, registry, tracking
from training.judgement import HeldOut, Judgement
from training.search import Backend
from training.trial import Trial
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS


def test_version_is_a_challenger(trained: Chained) -> None:
    """A training registers a version and lets it challenge; nobody serves by that."""
    (version,) = trained.client.search_model_versions("name = 'cauda'")
    (known,) = trained.client.search_registered_models()

    assert (str(version.version), version.run_id) == ("1", trained.run.info.run_id)
    assert {name: str(number) for name, number in known.aliases.items()} == {"challenger": "1"}
    assert not (trained.folder / "models").exists()


def test_version_says_what_it_is_worth(trained: Chained) -> None:
    """The version in the registry has the main figures and the outcome of the gates as tags."""
    tags = trained.client.get_model_version("cauda", "1").tags
    figures = ("top_1", "top_3", "coverage", "emergencies_given_emergency", "published/top_1")

    assert tags["gates"] == trained.run.data.tags["gates"]
    for name in figures:
        value, low, high = (
            trained.run.data.metrics[f"{name}{end}"] for end in ("", "_low", "_high")
        )
        assert tags[name] == f"{value:.3f} ({low:.3f} to {high:.3f})"


def test_user_is_told_what_fails(measured: Judgement) -> None:
    """A training whose model fails its gates says so, with each fault, and not to promote it."""
    told = chain.told("7", measured, ["regret: too much", "size: too large"])

    lines = told.splitlines()
    assert lines[0] == "cauda version 7 is registered."
    assert lines[1].startswith("top_1: 0.")
    assert lines[-3:] == [
        "It fails its gates and is no challenger:",
        "regret: too much",
        "size: too large",
    ]
    assert "make promote" not in told


def test_failing_model_is_no_challenger(
    order: chain.Order,
    bench: Workbench,
    shelf: Registry,
    held_out: HeldOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is registered and tagged with what it fails, and the challenger stays who it was."""
    waiting = shelf.put()
    monkeypatch.setattr(gates, "faults", lambda *_: ["size: too large"])
    monkeypatch.setattr(album, "pictures", lambda *_: {})

    chain.train(order, bench, held_out, Backend(), shelf.build)

    tags = shelf.client.get_model_version("cauda", "2").tags
    assert tags["gates"] == "failed: size: too large"
    assert registry.find("challenger") == waiting


def test_export_is_a_model_that_the_service_takes(
    trained: Chained, bench: Workbench, trial: Trial
) -> None:
    """The run holds the three files of a model; the manifest names version, run and recipe."""
    folder = trained.artifacts / "export"

    loaded = artefact.load(folder, bench.encoding, list(bench.conditions), trained.manifest.sha256)

    assert sorted(contents(folder)) == SERVED
    assert dict(loaded.manifest.model) == {
        "name": "cauda",
        "version": "1",
        "recipe": "tiny",
        "candidate": "perceptron-1",
        "run_id": trained.run.info.run_id,
    }
    card = bench.data.card
    assert dict(loaded.manifest.data) == {
        "training_cases": trial.cases,
        "training_seed": 1,
        **{key: card[key] for key in ("sha256", "number", "seed", "commit", "rows_by_basis")},
    }


def test_manifest_has_the_headline_metrics(trained: Chained) -> None:
    """The metrics of the manifest are some of the run's; of conditions and slices the main ones."""
    metrics, logged = trained.manifest.metrics, trained.run.data.metrics

    both = metrics.keys() & logged.keys()
    assert {key: logged[key] for key in both} == {key: metrics[key] for key in both}
    assert len(both) > 50
    assert {"top_1", "top_3_low", "regret", "published/top_1"} <= set(metrics)
    assert {"2-5 answers/top_1", "sex male/emergencies_given_emergency_high"} <= set(metrics)
    parts = [key for key in metrics if "." in key or "age " in key or "answers" in key]
    main = ("top_1", "top_3", "emergencies_given_emergency", "emergencies_given_urgent_or_above")
    assert [key for key in parts if not key.rpartition("/")[2].startswith(main)] == []
    assert not logged.keys() & set(parts)


def test_same_seed_and_data_give_the_same_artefact(trained: Chained, models: Path) -> None:
    """Fitting the same order again gives the same bytes; the registry's are those."""
    assert (trained.artifacts / "export" / "model.joblib").read_bytes() == (
        models / "model.joblib"
    ).read_bytes()


class Server:
    """A server of MLflow on the loopback interface, with a database and artefacts of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
                *("--port", str(port), "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{folder / 'server.db'}"),
                *("--artifacts-destination", str(folder / "artifacts")),
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Wait until the server answers."""
        for _ in range(600):
            try:
                with urlopen(f"{self.url}/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                assert self._process.poll() is None, "the server ended"
                sleep(0.2)
        raise TimeoutError(f"{self.url} does not answer")

    def stop(self) -> None:
        """End the server and its workers, which are a session of their own."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(timeout=60)


@pytest.fixture
def server(tmp_path: Path, database: Path) -> Iterator[Server]:
    """A server that answers."""
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "server.db").write_bytes(database.read_bytes())
    started = Server(folder)
    try:
        started.wait()
        yield started
    finally:
        started.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("lax")
def test_life_cycle_on_a_server(  # noqa: PLR0913, PLR0917  # fixtures, not what a caller gives
    server: Server,
    order: chain.Order,
    bench: Workbench,
    few: HeldOut,
    held_out: HeldOut,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over HTTP: train, promote, train, compare, promote, and roll back as often as it goes."""
    forget(monkeypatch)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    monkeypatch.chdir(tmp_path)
    # Two seeds on a few cases differ by more than the margins.
    monkeypatch.setattr(gates, "MARGINS", {})
    models, ids = tmp_path / "models", list(bench.conditions)

    def train(seed: int) -> str:
        ordered = replace(order, seed=seed)
        return chain.train(ordered, bench, held_out, Backend(), tmp_path / "build").splitlines()[0]

    def promote() -> dict[str, bytes]:
        promotion.promote(bench, few, models, jobs=1)
        return contents(models)

    def roll_back() -> dict[str, bytes]:
        promotion.roll_back(bench.encoding, ids, models)
        return contents(models)

    assert train(1) == "cauda version 1 is registered."
    first = promote()
    assert train(2) == "cauda version 2 is registered."
    assert contents(models) == first
    compared = promotion.compared(bench, few, jobs=1)
    assert compared.startswith("champion version 1, challenger version 2")
    second = promote()
    assert first["model.joblib"] != second["model.joblib"]
    assert registry.champions() == ["1", "2"]
    assert roll_back() == first
    assert artefact.load(models, bench.encoding, ids).manifest.model["version"] == "1"
    with pytest.raises(registry.RegistryError, match="version 1 alone has served"):
        roll_back()
    assert contents(models) == first
    assert promote() == second
    client = MlflowClient(server.url)
    assert tracking.connect(tmp_path / "build") == server.url
    assert {name: str(n) for name, n in client.get_registered_model("cauda").aliases.items()} == {
        "champion": "2",
        "challenger": "2",
    }
    # The files went through the server: nothing of MLflow lies beside what is served.
    assert list((server.folder / "artifacts").rglob("model.joblib"))
    assert not list((tmp_path / "build").iterdir())
