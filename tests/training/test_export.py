import hashlib
import io
import pickle
import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
import pytest

from service.artefact import load
from service.manifest import Manifest, ModelRefused
from service.model import Model
from tests.training.tracked import SERVED, contents
from training import export
from training.trial import Trial
from training.workbench import Workbench


@pytest.fixture
def served(models: Path, tmp_path: Path) -> Path:
    """A folder in which another model serves."""
    folder = Path(shutil.copytree(models, tmp_path / "served"))
    (folder / "MODEL_CARD.md").write_text("# the card of another\n", encoding="utf-8")
    return folder


def place(new: Path, folder: Path, on: Workbench) -> None:
    """Verify a folder and put its files into the place of another's."""
    with export.verified(new, folder, on.encoding, list(on.conditions)) as put:
        put()


def test_artefact_is_the_pipeline(trial: Trial, bench: Workbench) -> None:
    """The bytes hold a pipeline that gives the same probabilities as the fitted one."""
    features = bench.encoding.matrix(bench.data.split("evaluation").head(20))

    loaded = joblib.load(io.BytesIO(export.dump(trial.pipeline)))

    np.testing.assert_array_equal(
        loaded.predict_proba(features), trial.pipeline.predict_proba(features)
    )


def test_artefact_does_not_depend_on_where_it_was_fitted(trial: Trial) -> None:
    """A classifier that came from another process gives the same bytes as one from here."""
    travelled = replace(trial, classifier=pickle.loads(pickle.dumps(trial.classifier)))  # noqa: S301  # ours

    assert export.dump(travelled.pipeline) == export.dump(trial.pipeline)


def test_manifest_says_what_the_artefact_is(models: Path, bench: Workbench) -> None:
    """Digest, libraries, priors and conditions are those of the file, installation and data."""
    manifest = Manifest.parse((models / "manifest.json").read_text(encoding="utf-8"))
    card = bench.data.card

    assert manifest.sha256 == hashlib.sha256((models / "model.joblib").read_bytes()).hexdigest()
    assert manifest.libraries == {
        "python": platform.python_version(),
        **{name: version(name) for name in ("scikit-learn", "numpy", "joblib")},
    }
    assert manifest.priors == card["priors"]
    assert manifest.prior_sources == card["prior_sources"]
    assert manifest.conditions == sorted(bench.conditions)
    assert manifest.data["sha256"] == card["sha256"]


def test_written_folder_holds_three_files(models: Path, model: Model, tmp_path: Path) -> None:
    """A folder that is not there yet is made; the manifest reads back as it was."""
    folder = tmp_path / "a" / "b"

    export.write(folder, b"artefact", model.manifest, "# card\n")

    found = contents(folder)
    assert found["model.joblib"] == b"artefact"
    assert found["MODEL_CARD.md"] == b"# card\n"
    assert found["manifest.json"] == (models / "manifest.json").read_bytes()
    assert sorted(found) == SERVED


@pytest.mark.parametrize("exists", [True, False])
def test_verified_files_replace_those_served(
    exists: bool, models: Path, served: Path, bench: Workbench
) -> None:
    """Every file is replaced, in an old folder and in a new one, and nothing is left beside."""
    if not exists:
        shutil.rmtree(served)

    place(models, served, bench)

    assert contents(served) == contents(models)


def test_other_files_stay(models: Path, served: Path, bench: Workbench) -> None:
    """What else lies in the folder, such as its README, is not touched."""
    (served / "README.md").write_text("read me\n", encoding="utf-8")

    place(models, served, bench)

    assert contents(served) == {**contents(models), "README.md": b"read me\n"}


def test_nothing_is_placed_before_it_is_asked_for(
    models: Path, served: Path, bench: Workbench
) -> None:
    """Verifying alone changes nothing, and cleans up after itself."""
    before = contents(served)

    with export.verified(models, served, bench.encoding, list(bench.conditions)):
        visible = [path.name for path in served.iterdir() if not path.name.startswith(".")]

    assert sorted(visible) == SERVED
    assert contents(served) == before


@pytest.mark.parametrize("name", SERVED)
def test_missing_file_is_refused(
    name: str, models: Path, served: Path, bench: Workbench, tmp_path: Path
) -> None:
    """Of three files none may lack; those that serve stay."""
    new = Path(shutil.copytree(models, tmp_path / "new"))
    (new / name).unlink()
    before = contents(served)

    with pytest.raises(FileNotFoundError, match=name):
        place(new, served, bench)

    assert contents(served) == before


def test_refused_model_replaces_nothing(
    models: Path, served: Path, bench: Workbench, tmp_path: Path
) -> None:
    """An artefact that is not the manifest's is refused as by the service."""
    new = Path(shutil.copytree(models, tmp_path / "new"))
    with (new / "model.joblib").open("ab") as file:
        file.write(b"\0")
    before = contents(served)

    with pytest.raises(ModelRefused, match="SHA-256"):
        place(new, served, bench)

    assert contents(served) == before


@pytest.mark.parametrize("failing", SERVED)
@pytest.mark.parametrize("there", [SERVED, SERVED[:1], []], ids=["all", "card", "none"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_failed_rename_is_undone(  # noqa: PLR0913, PLR0917  # what fails, and where it does
    failing: str,
    there: Sequence[str],
    error: type[BaseException],
    models: Path,
    served: Path,
    bench: Workbench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever file cannot be renamed, the folder holds again what it held, not a mixture."""
    for name in set(SERVED) - set(there):
        (served / name).unlink()
    before, rename = contents(served), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if path.name == failing:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(error):
        place(models, served, bench)

    assert contents(served) == before


def test_a_reader_sees_no_half_written_file(
    models: Path, served: Path, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the renames each file is whole; a service that starts there refuses the mixture."""
    new = contents(models)
    (served / "model.joblib").write_bytes(b"the artefact of another")
    old, seen, rename = contents(served), list[dict[str, bytes]](), Path.replace

    def watch(path: Path, target: Path) -> Path:
        seen.append({name: (served / name).read_bytes() for name in SERVED})
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", watch)
    place(models, served, bench)

    assert all(found[name] in (old[name], new[name]) for found in seen for name in SERVED)
    assert len(seen) == 3
    assert load(served, bench.encoding, list(bench.conditions)).manifest.format == 3
