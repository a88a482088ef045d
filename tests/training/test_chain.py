import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import joblib
import mlflow
import mlflow.sklearn
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from service import model as service_model
from service.manifest import Manifest
from training import chain, export, fit, gates
from training.candidates import Recipe
from training.gates import GateError
from training.workbench import Workbench

TINY = Recipe("tiny", hidden_units=64, learning_rate=3e-3, batch_sizes=(64, 128))

pytestmark = [
    # MLflow maps its tables with a strategy that SQLAlchemy is about to drop.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
    # MLflow warns of its own type hints when it is first imported in full.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


@dataclass(frozen=True)
class Trained:
    """What two trainings on the same cases with the same seed left in a folder of their own."""

    folder: Path
    client: MlflowClient
    told: tuple[str, str]
    manifests: tuple[Manifest, Manifest]
    champions: tuple[str, str]

    @property
    def run(self) -> Run:
        """The run of the second training."""
        return self.client.get_run(self.manifests[1].model["run_id"])


def client(build: Path) -> MlflowClient:
    """Return a client of the database in a build folder."""
    return MlflowClient(f"sqlite:///{build / 'mlflow.db'}")


def forget(patch: pytest.MonkeyPatch) -> None:
    """Let MLflow know no earlier database; what it sets itself is undone with the patch."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID"):
        patch.setenv(name, "")
        patch.delenv(name)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    """Two trainings, with a real MLflow; the small model passes the real gates."""
    folder = tmp_path_factory.mktemp("chain")
    models, build = folder / "models", folder / "build"
    told, manifests, champions = [], [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        forget(patch)
        for _ in range(2):
            told.append(chain.train(TINY, 1, bench, models, build))
            text = (models / "manifest.json").read_text(encoding="utf-8")
            manifests.append(Manifest.parse(text))
            version = client(build).get_model_version_by_alias("cauda", "champion")
            champions.append(str(version.version))
        yield Trained(
            folder,
            client(build),
            (told[0], told[1]),
            (manifests[0], manifests[1]),
            (champions[0], champions[1]),
        )


def test_exported_model_serves(trained: Trained, bench: Workbench) -> None:
    """The folder holds a model that the service verifies, pinned hash and all, and can ask."""
    folder = trained.folder / "models"
    conditions = list(bench.conditions)

    loaded = service_model.load(folder, bench.encoding, conditions, trained.manifests[1].sha256)

    assert sorted(contents(folder)) == ["MODEL_CARD.md", "manifest.json", "model.joblib"]
    assert sorted(loaded.manifest.conditions) == sorted(conditions)


def test_each_training_is_a_version_of_its_own(trained: Trained) -> None:
    """The first training registers version 1, the second 2, and each is champion in its turn."""
    versions = trained.client.search_model_versions("name = 'cauda'")

    assert sorted(str(version.version) for version in versions) == ["1", "2"]
    assert trained.champions == ("1", "2")


def test_manifest_names_what_mlflow_knows(trained: Trained) -> None:
    """Name, version and run of each manifest are those under which MLflow keeps the model."""
    for manifest, number in zip(trained.manifests, ("1", "2"), strict=True):
        registered = trained.client.get_model_version("cauda", number)
        assert dict(manifest.model) == {
            "name": registered.name,
            "version": str(registered.version),
            "recipe": "tiny",
            "run_id": registered.run_id,
        }


def test_same_seed_and_data_give_the_same_artefact(trained: Trained, bench: Workbench) -> None:
    """Training again gives the same bytes, another seed other ones."""
    first, second = trained.manifests
    other = fit.fit(TINY, bench.data.split("train"), bench.encoding, seed=2)
    artefact = export.dump(other)

    assert first.sha256 == second.sha256
    assert first.metrics == second.metrics
    assert export.describe(artefact, {}, _decided(first), {}, bench).sha256 != first.sha256


def _decided(manifest: Manifest) -> dict[str, object]:
    return {
        "coverage": manifest.coverage,
        "conformal": manifest.conformal,
        "thresholds": manifest.thresholds,
    }


def test_run_has_the_parameters(trained: Trained) -> None:
    """The run names its recipe and seed and how the classifier was set."""
    parameters = trained.run.data.params

    assert (
        parameters.items()
        >= {
            "recipe": "tiny",
            "seed": "1",
            "hidden_layer_sizes": "(64,)",
            "learning_rate_init": "0.003",
            "alpha": "1e-05",
            "random_state": "1",
        }.items()
    )


def test_run_has_the_metrics_of_the_manifest(trained: Trained) -> None:
    """The metrics of the run are those of the manifest, the shares among them in order."""
    metrics = trained.run.data.metrics

    assert metrics == dict(trained.manifests[1].metrics)
    assert 1 / 21 < metrics["top_1"] < metrics["top_3"] < metrics["top_5"] <= 1
    assert 0.9 < metrics["coverage"] <= 1


def test_run_has_the_digest_of_the_data(trained: Trained, bench: Workbench) -> None:
    """The run's input is the data set by digest; tags hold it whole, the commit and the gates."""
    card = bench.data.card
    run = trained.run
    assert run.inputs is not None
    (used,) = run.inputs.dataset_inputs

    assert used.dataset.digest == card["sha256"][:36]
    assert (
        run.data.tags.items()
        >= {
            "data_sha256": card["sha256"],
            "generator_commit": card["commit"],
            "gates": "passed",
        }.items()
    )
    assert dict(trained.manifests[1].data) == {
        key: card[key] for key in ("sha256", "number", "seed", "commit", "rows_by_basis")
    }


def test_logged_model_has_a_signature_and_an_example(trained: Trained) -> None:
    """The model in MLflow says what goes in and out, and shows three encoded cases."""
    version = trained.client.get_model_version("cauda", "2")
    info = mlflow.models.get_model_info(str(version.source))
    (given,), (returned,) = info.signature.inputs.inputs, info.signature.outputs.inputs

    assert (given.type, given.shape) == (np.dtype("float32"), (-1, 330))
    assert returned.shape == (-1, 21)
    assert info.saved_input_example_info is not None
    assert info.run_id == trained.manifests[1].model["run_id"]


def test_logged_model_is_the_one_that_serves(trained: Trained, bench: Workbench) -> None:
    """What MLflow loads gives the same probabilities as what the service loads."""
    rows = bench.data.split("evaluation").head(50)
    version = trained.client.get_model_version("cauda", "2")
    served = joblib.load(trained.folder / "models" / "model.joblib")

    logged = mlflow.sklearn.load_model(version.source)

    np.testing.assert_array_equal(
        bench.probabilities(logged, rows), bench.probabilities(served, rows)
    )


def test_card_has_the_figures(trained: Trained, bench: Workbench) -> None:
    """The model card tells version, data, every metric and what the user was told."""
    text = (trained.folder / "models" / "MODEL_CARD.md").read_text(encoding="utf-8")
    manifest = trained.manifests[1]
    lines = text.splitlines()
    told = dict(re.findall(r"published (top-\d) (.+)", trained.told[1]))

    assert lines[0] == "# Model card: cauda version 2"
    assert bench.data.card["sha256"] in text
    assert sorted(told) == ["top-1", "top-3"]
    for name, share in told.items():
        assert f"- {name}: {share}" in lines
    for name, value in manifest.metrics.items():
        line = f"- {name.replace('_', ' ')}: {value:.3f}"
        if f"{name}_low" in manifest.metrics:
            low, high = manifest.metrics[f"{name}_low"], manifest.metrics[f"{name}_high"]
            assert f"{line} ({low:.3f} to {high:.3f})" in lines
        elif not name.endswith(("_low", "_high")):
            assert line in lines
    assert "94 published" in text
    assert "{" not in text


def test_user_is_told_what_serves(trained: Trained) -> None:
    """What is told names the version and when it is served."""
    assert [text.splitlines()[0] for text in trained.told] == [
        "cauda version 1 is exported: a service loads it at its start and on SIGHUP.",
        "cauda version 2 is exported: a service loads it at its start and on SIGHUP.",
    ]


def test_nothing_is_left_in_the_working_directory(trained: Trained) -> None:
    """MLflow writes into the build folder and lays no mlruns/ where the command was started."""
    assert sorted(path.name for path in trained.folder.iterdir()) == ["build", "models"]
    assert sorted(path.name for path in (trained.folder / "build").iterdir()) == [
        "mlartifacts",
        "mlflow.db",
    ]


def test_failing_gate_leaves_the_served_model(
    bench: Workbench, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that fails its gates is neither exported nor registered; its run says why."""
    served = Path(shutil.copytree(models, tmp_path / "models"))
    before = contents(served)
    monkeypatch.chdir(tmp_path)
    forget(monkeypatch)

    def fail(*_: object) -> None:
        raise GateError("golden case: shingles: ranked 9")

    monkeypatch.setattr(gates, "check", fail)

    with pytest.raises(GateError, match="shingles: ranked 9"):
        chain.train(TINY, 1, bench, served, tmp_path / "build")

    known = client(tmp_path / "build")
    experiment = known.get_experiment_by_name("cauda")
    assert experiment is not None
    (run,) = known.search_runs([experiment.experiment_id])
    assert contents(served) == before
    assert known.search_registered_models() == []
    assert run.data.tags["gates"] == "failed: golden case: shingles: ranked 9"
    assert run.data.metrics["top_1"] > 1 / 21
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "models"]
