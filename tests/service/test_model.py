import csv
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from service.app import create_app
from service.artefact import load
from service.clinical import catalogue
from service.clinical.case import Case, read
from service.clinical.vocabulary import Urgency, Vocabulary
from service.features import Encoding
from service.manifest import ModelRefused
from service.model import Model, band, prediction_sets, tempered
from service.settings import Settings

Break = Callable[[Path], None]

PRIORS = Path(__file__).resolve().parents[2] / "synthetic" / "priors.csv"
COSTS = "the costs need a number from 0 for each stated and given level"
EMERGENCY = {"present": ["saddle_numbness", "urinary_retention"]}
CALM = {"present": ["lower_back_pain", "muscle_spasm"], "setting": "general_public"}


class _Attack:
    """An object whose unpickling makes a directory."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.victim),)


def _pickled(thing: object) -> bytes:
    file = io.BytesIO()
    joblib.dump(thing, file)
    return file.getvalue()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _state(folder: Path, **fields: Any) -> None:
    """Overwrite fields of the manifest."""
    path = folder / "manifest.json"
    stated = json.loads(path.read_text(encoding="utf-8")) | fields
    path.write_text(json.dumps(stated), encoding="utf-8")


def _manifest(folder: Path) -> dict[str, Any]:
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _replace(folder: Path, artefact: bytes) -> None:
    """Put another artefact in the folder and fix the hash up."""
    (folder / "model.joblib").write_bytes(artefact)
    _state(folder, sha256=_sha256(artefact))


def _rewrite(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the artefact and leave the manifest."""
    path = folder / "model.joblib"
    path.write_bytes(change(path.read_bytes()))


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _without(folder: Path, field: str) -> None:
    path = folder / "manifest.json"
    stated = _manifest(folder)
    del stated[field]
    path.write_text(json.dumps(stated), encoding="utf-8")


def _prior(folder: Path, setting: str, factor: float) -> None:
    priors = _manifest(folder)["priors"]
    priors[setting] = {id: p * factor for id, p in priors[setting].items()}
    _state(folder, priors=priors)


def _change_one(folder: Path, field: str, key: str, value: Any) -> None:
    _state(folder, **{field: _manifest(folder)[field] | {key: value}})


def _remove_one(folder: Path, field: str, key: str) -> None:
    kept = {name: value for name, value in _manifest(folder)[field].items() if name != key}
    _state(folder, **{field: kept})


def _cost(folder: Path, cost: Any) -> None:
    """Overwrite what it costs to leave an emergency at home."""
    row = _manifest(folder)["costs"]["emergency"] | {"self_care": cost}
    _change_one(folder, "costs", "emergency", row)


def _sources(folder: Path, sources: Any) -> None:
    """Overwrite the sources of one prior."""
    row = _manifest(folder)["prior_sources"]["primary_care"] | {"shingles": sources}
    _change_one(folder, "prior_sources", "primary_care", row)


def _text(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def _latin_1(folder: Path) -> None:
    (folder / "manifest.json").write_bytes('{"name": "caf\u00e9"}'.encode("latin-1"))


def _make_folder_of_the_artefact(folder: Path) -> None:
    (folder / "model.joblib").unlink()
    (folder / "model.joblib").mkdir()


def _fitted(folder: Path, n_columns: int) -> MLPClassifier:
    """Return a classifier of the same conditions, fitted on another number of columns."""
    ids = _manifest(folder)["conditions"]
    classifier = MLPClassifier(hidden_layer_sizes=(2,), batch_size=len(ids), random_state=0)
    return classifier.partial_fit(np.zeros((len(ids), n_columns)), ids, classes=ids)


def _speechless(folder: Path) -> MLPClassifier:
    """Return the folder's classifier with weights that are not numbers."""
    pipeline = joblib.load(folder / "model.joblib")
    pipeline["classifier"].coefs_[0][:] = np.nan
    return pipeline


def _with_conditions(folder: Path, ids: list[str]) -> None:
    share = dict.fromkeys(ids, 1 / len(ids))
    _state(
        folder,
        conditions=ids,
        trained_prior=share,
        priors=dict.fromkeys(_manifest(folder)["priors"], share),
        prior_sources={key: {id: [] for id in ids} for key in _manifest(folder)["priors"]},
        shares={name: row[: len(ids)] for name, row in _manifest(folder)["shares"].items()},
        conformal={id: [0, 0, 0, 0] for id in ids},
    )


def _rename_one(folder: Path) -> None:
    _with_conditions(folder, ["lumbago", *_manifest(folder)["conditions"][1:]])


def _drop_one(folder: Path) -> None:
    _with_conditions(folder, _manifest(folder)["conditions"][1:])


def _reorder(folder: Path) -> None:
    _state(folder, conditions=_manifest(folder)["conditions"][::-1])


BREAKS: dict[str, tuple[Break, str]] = {
    "folder missing": (shutil.rmtree, "There is no manifest.json in the model folder."),
    "artefact missing": (
        lambda f: (f / "model.joblib").unlink(),
        "There is no model.joblib in the model folder.",
    ),
    "artefact a folder": (
        _make_folder_of_the_artefact,
        "cannot be read",
    ),
    "artefact empty": (lambda f: _rewrite(f, lambda _: b""), "SHA-256"),
    "artefact truncated": (lambda f: _rewrite(f, lambda data: data[:-1]), "SHA-256"),
    "artefact longer": (lambda f: _rewrite(f, lambda data: data + b"\0"), "SHA-256"),
    "one bit changed": (lambda f: _rewrite(f, _flip), "SHA-256"),
    "manifest missing": (
        lambda f: (f / "manifest.json").unlink(),
        "There is no manifest.json in the model folder.",
    ),
    "manifest empty": (lambda f: _text(f, ""), "is no JSON"),
    "manifest no JSON": (lambda f: _text(f, "format: 1"), "is no JSON"),
    "manifest too deep": (lambda f: _text(f, "[" * 100_000), "is no JSON"),
    "manifest a list": (lambda f: _text(f, "[]"), "holds list"),
    "manifest null": (lambda f: _text(f, "null"), "holds NoneType"),
    "manifest no UTF-8": (_latin_1, "cannot be read"),
    "unknown field": (lambda f: _state(f, colour="red"), "colour"),
    "field missing": (lambda f: _without(f, "thresholds"), "thresholds"),
    "format 1": (lambda f: _state(f, format=1), "format is 1, expected 3"),
    "format 2": (lambda f: _state(f, format=2), "format is 2, expected 3"),
    "format text": (lambda f: _state(f, format="3"), "format is '3', expected 3"),
    "older scikit-learn": (
        lambda f: _change_one(f, "libraries", "scikit-learn", "1.5.2"),
        "scikit-learn of training is 1.5.2",
    ),
    "no scikit-learn": (lambda f: _remove_one(f, "libraries", "scikit-learn"), "scikit-learn"),
    "libraries a list": (lambda f: _state(f, libraries=["scikit-learn"]), "libraries"),
    "other columns": (lambda f: _state(f, columns_sha256="0" * 64), "features"),
    "condition renamed": (_rename_one, "list of conditions"),
    "condition dropped": (_drop_one, "list of conditions"),
    "conditions reordered": (_reorder, "classes are not the manifest's conditions in order"),
    "prior sums to 1.01": (lambda f: _prior(f, "primary_care", 1.01), "primary_care"),
    "prior sums to 0.99": (lambda f: _prior(f, "general_public", 0.99), "general_public"),
    "prior of 0": (
        lambda f: _change_one(f, "trained_prior", "shingles", 0),
        "trained_prior is no distribution",
    ),
    "prior not a number": (
        lambda f: _change_one(f, "trained_prior", "shingles", float("nan")),
        "trained_prior is no distribution",
    ),
    "prior text": (lambda f: _change_one(f, "trained_prior", "shingles", "1"), "trained_prior"),
    "prior incomplete": (lambda f: _remove_one(f, "trained_prior", "shingles"), "trained_prior"),
    "setting missing": (lambda f: _remove_one(f, "priors", "balanced"), "settings"),
    "sources missing": (lambda f: _without(f, "prior_sources"), "prior_sources"),
    "sources of three settings": (
        lambda f: _remove_one(f, "prior_sources", "balanced"),
        "prior_sources needs a list of ids for each setting and condition",
    ),
    "sources of no condition": (
        lambda f: _change_one(f, "prior_sources", "balanced", {}),
        "prior_sources needs a list of ids for each setting and condition",
    ),
    "source no list": (
        lambda f: _sources(f, "acp_2007"),
        "prior_sources needs a list of ids for each setting and condition",
    ),
    "source a number": (
        lambda f: _sources(f, [1]),
        "prior_sources needs a list of ids for each setting and condition",
    ),
    "shares missing": (lambda f: _without(f, "shares"), "shares"),
    "shares a list": (lambda f: _state(f, shares=[]), "shares is [], expected dict"),
    "shares of no list": (
        lambda f: _change_one(f, "shares", "sex=male", 0.5),
        "the shares of sex=male are 0.5, expected a list of 21 from 0 to 1",
    ),
    "shares of too few": (
        lambda f: _change_one(f, "shares", "sex=male", [0.5]),
        "the shares of sex=male are [0.5], expected a list of 21 from 0 to 1",
    ),
    "share above 1": (
        lambda f: _change_one(f, "shares", "sex=male", [1.5] * 21),
        "expected a list of 21 from 0 to 1",
    ),
    "share not a number": (
        lambda f: _change_one(f, "shares", "sex=male", [float("nan")] * 21),
        "expected a list of 21 from 0 to 1",
    ),
    "share null": (
        lambda f: _change_one(f, "shares", "sex=male", [None] * 21),
        "expected a list of 21 from 0 to 1",
    ),
    "shares of other columns": (
        lambda f: _change_one(f, "shares", "lumbago=present", [0.5] * 21),
        "the digest of the shares' columns",
    ),
    "shares of a column too few": (
        lambda f: _remove_one(f, "shares", "sex=male"),
        "the digest of the shares' columns",
    ),
    "three temperatures": (
        lambda f: _state(f, temperatures=[1.0, 1.0, 1.0]),
        "the temperatures are [1.0, 1.0, 1.0], expected 4 above 0",
    ),
    "temperature of 0": (
        lambda f: _state(f, temperatures=[1.0, 1.0, 0, 1.0]),
        "the temperatures are [1.0, 1.0, 0, 1.0], expected 4 above 0",
    ),
    "temperature below 0": (
        lambda f: _state(f, temperatures=[-1.5, 1.0, 1.0, 1.0]),
        "the temperatures are [-1.5, 1.0, 1.0, 1.0], expected 4 above 0",
    ),
    "temperature infinite": (
        lambda f: _state(f, temperatures=[1.0, 1.0, 1.0, float("inf")]),
        "expected 4 above 0",
    ),
    "temperature not a number": (
        lambda f: _state(f, temperatures=[1.0, float("nan"), 1.0, 1.0]),
        "expected 4 above 0",
    ),
    "temperature text": (lambda f: _state(f, temperatures=["1", 1, 1, 1]), "expected 4 above 0"),
    "temperature true": (lambda f: _state(f, temperatures=[True, 1, 1, 1]), "expected 4 above 0"),
    "temperatures by band": (
        lambda f: _state(f, temperatures={"2-5": 1.0}),
        'temperatures is {"2-5": 1.0}, expected list',
    ),
    "temperatures missing": (lambda f: _without(f, "temperatures"), "temperatures"),
    "costs missing": (lambda f: _without(f, "costs"), "costs"),
    "costs a list": (lambda f: _state(f, costs=[]), "costs is [], expected dict"),
    "costs empty": (lambda f: _state(f, costs={}), COSTS),
    "costs of three levels": (lambda f: _remove_one(f, "costs", "urgent"), COSTS),
    "costs of a fifth level": (lambda f: _change_one(f, "costs", "soon", {}), COSTS),
    "row of costs a list": (lambda f: _change_one(f, "costs", "urgent", [0, 0, 0, 0]), COSTS),
    "row of costs incomplete": (lambda f: _change_one(f, "costs", "urgent", {"urgent": 0}), COSTS),
    "cost below 0": (lambda f: _cost(f, -1), COSTS),
    "cost infinite": (lambda f: _cost(f, float("inf")), COSTS),
    "cost not a number": (lambda f: _cost(f, float("nan")), COSTS),
    "cost text": (lambda f: _cost(f, "100"), COSTS),
    "cost null": (lambda f: _cost(f, None), COSTS),
    "cost true": (lambda f: _cost(f, True), COSTS),
    "thresholds empty": (lambda f: _state(f, thresholds={}), "thresholds"),
    "threshold missing": (lambda f: _remove_one(f, "thresholds", "emergency"), "thresholds"),
    "threshold of 0": (lambda f: _change_one(f, "thresholds", "urgent", 0), "thresholds"),
    "threshold above 1": (lambda f: _change_one(f, "thresholds", "urgent", 1.5), "thresholds"),
    "threshold of self_care": (
        lambda f: _change_one(f, "thresholds", "self_care", 0.5),
        "thresholds",
    ),
    "conformal incomplete": (lambda f: _remove_one(f, "conformal", "shingles"), "conformal"),
    "three bands": (lambda f: _change_one(f, "conformal", "shingles", [0, 0, 0]), "conformal"),
    "coverage text": (lambda f: _state(f, coverage="high"), "coverage"),
    "coverage null": (lambda f: _state(f, coverage=None), "coverage"),
    "model without version": (lambda f: _remove_one(f, "model", "version"), "version"),
    "data without hash": (lambda f: _remove_one(f, "data", "sha256"), "sha256"),
    "data a list": (lambda f: _state(f, data=["sha256"]), "data"),
    "artefact no pickle": (lambda f: _replace(f, b"not a pickle"), "cannot be unpickled"),
    "artefact a dict": (lambda f: _replace(f, _pickled({"a": 1})), "classes"),
    "artefact no classifier": (lambda f: _replace(f, _pickled(StandardScaler())), "classes"),
    "artefact not fitted": (lambda f: _replace(f, _pickled(MLPClassifier())), "classes"),
    "artefact of other columns": (
        lambda f: _replace(f, _pickled(_fitted(f, 3))),
        "cannot rank a case",
    ),
    "artefact of no numbers": (lambda f: _replace(f, _pickled(_speechless(f))), "artefact"),
}


@pytest.fixture
def encoding(words: Vocabulary) -> Encoding:
    """The encoding of this installation."""
    return Encoding(words)


@pytest.fixture
def conditions(words: Vocabulary) -> tuple[str, ...]:
    """The ids of the conditions of this installation."""
    return tuple(catalogue.read(words).conditions)


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """A copy of the model folder that a test may break."""
    return Path(shutil.copytree(models, tmp_path / "models"))


def _check_degraded(settings: Settings, because: str) -> None:
    """Check that a service with these settings answers by the red flags alone and says why."""
    client = create_app(settings).test_client()
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert because in ready.get_json()["detail"]
    emergency = client.post("/v1/predict", json=EMERGENCY).get_json()
    assert (emergency["triage"]["level"], emergency["degraded"]) == ("emergency", True)
    calm = client.post("/v1/predict", json=CALM).get_json()
    assert (calm["triage"]["level"], calm["degraded"]) == ("primary_care", True)
    assert "conditions" not in emergency.keys() | calm.keys()


def test_an_unchanged_copy_is_accepted(
    folder: Path, encoding: Encoding, conditions: tuple[str, ...]
) -> None:
    """The folder that the tests break is good before, with and without its hash pinned."""
    digest = _sha256((folder / "model.joblib").read_bytes())
    for pinned in ("", digest):
        assert load(folder, encoding, conditions, pinned).manifest.sha256 == digest
    client = create_app(Settings(models=folder, model_sha256=digest)).test_client()
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(("damage", "because"), BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_model_is_refused_with_a_sentence(
    folder: Path, encoding: Encoding, conditions: tuple[str, ...], damage: Break, because: str
) -> None:
    """Each way to break the folder is refused with a sentence that names what is wrong."""
    damage(folder)
    with pytest.raises(ModelRefused, match=re.escape(because)) as refused:
        load(folder, encoding, conditions)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(("damage", "because"), BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_model_leaves_the_red_flags(folder: Path, damage: Break, because: str) -> None:
    """With each broken folder the service says why it is not ready and answers from the rules."""
    damage(folder)
    _check_degraded(Settings(models=folder), because)


def test_a_pinned_hash_refuses_another_artefact(
    folder: Path, encoding: Encoding, conditions: tuple[str, ...]
) -> None:
    """An artefact replaced together with its manifest is refused by the hash from outside."""
    old = _sha256((folder / "model.joblib").read_bytes())
    _replace(folder, _pickled(joblib.load(folder / "model.joblib")))
    assert load(folder, encoding, conditions).manifest.sha256 != old
    with pytest.raises(ModelRefused, match=f"expected {old}"):
        load(folder, encoding, conditions, old)
    settings = Settings.from_environment(
        {"CAUDA_MODELS": str(folder), "CAUDA_MODEL_SHA256": old.upper()}
    )
    _check_degraded(settings, f"expected {old}")


@pytest.mark.parametrize("is_manifest_forged", [False, True])
def test_what_a_hash_refuses_is_not_unpickled(
    folder: Path,
    encoding: Encoding,
    conditions: tuple[str, ...],
    tmp_path: Path,
    is_manifest_forged: bool,
) -> None:
    """A pickle that would act when it is read does not, by the manifest's hash or the pinned."""
    pinned = _sha256((folder / "model.joblib").read_bytes())
    victim = tmp_path / "victim"
    attack = _pickled(_Attack(victim))
    if is_manifest_forged:
        _replace(folder, attack)
    else:
        (folder / "model.joblib").write_bytes(attack)
    with pytest.raises(ModelRefused):
        load(folder, encoding, conditions, pinned if is_manifest_forged else "")
    _check_degraded(
        Settings(models=folder, model_sha256=pinned if is_manifest_forged else ""), "SHA-256"
    )
    assert not victim.exists()
    joblib.load(io.BytesIO(attack))
    assert victim.exists()


def _cases(words: Vocabulary) -> list[Case]:
    return [
        read(["lower_back_pain"], ["fever"], {"age_years": 40}, words),
        read(["buttock_pain", "worse_sitting", "fair_test_positive"], [], {"sex": "female"}, words),
        read(["saddle_numbness", "urinary_retention"], [], {"onset": "sudden"}, words),
        read(["tingling", "foot_numbness", "diabetes", "fatigue"], ["back_pain"], {}, words),
        read(
            ["lower_back_pain", "pain_below_knee", "straight_leg_raise_positive"],
            ["fever", "cancer_history", "night_pain"],
            {},
            words,
        ),
    ]


SETTINGS = ["general_public", "primary_care", "emergency_department", "balanced"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_weighs_by_bayes_rule(
    models: Path, model: Model, words: Vocabulary, setting: str
) -> None:
    """Each condition, tempered, is weighed by its prior over its share in training, and normed."""
    manifest = _manifest(models)
    trained = manifest["trained_prior"]
    with PRIORS.open(encoding="utf-8", newline="") as file:
        prior = {
            row["condition"]: float(row["prior"])
            for row in csv.DictReader(file)
            if row["setting"] == setting
        }
    prior = prior or dict.fromkeys(trained, 1 / 21)
    assert len(prior) == 21
    classifier = joblib.load(models / "model.joblib")
    cases = _cases(words)
    likely = classifier.predict_proba(Encoding(words).rows(cases))
    for case, ranking, row in zip(cases, model.rank(cases, setting), likely, strict=True):
        answers = len(case.stated)
        temperature = manifest["temperatures"][sum(answers > most for most in (5, 10, 20))]
        weighed = {
            str(id): float(p) ** (1 / temperature) * prior[str(id)] / trained[str(id)]
            for id, p in zip(classifier.classes_, row, strict=True)
        }
        expected = {id: weight / sum(weighed.values()) for id, weight in weighed.items()}
        assert ranking.probabilities == pytest.approx(expected, abs=1e-6)


def test_temperatures_go_by_band_of_answers(models: Path, model: Model, words: Vocabulary) -> None:
    """The power of a band's inverse temperature is taken, and the rest of the manifest is not."""
    classifier = joblib.load(models / "model.joblib")
    manifest = replace(model.manifest, temperatures=[0.5, 1.0, 2.0, 4.0])
    features = Encoding(words).rows([_cases(words)[-1]] * 4)
    said = classifier.predict_proba(features)[0].astype(float)
    powers = np.array([said**2, said, np.sqrt(said), np.sqrt(np.sqrt(said))])

    found = Model(classifier, manifest, Encoding(words)).trained(features, np.array([5, 6, 11, 21]))

    np.testing.assert_allclose(found, powers / powers.sum(axis=1)[:, np.newaxis], rtol=1e-5)


def test_a_ranking_is_tempered_by_the_answers_of_its_case(
    models: Path, model: Model, words: Vocabulary
) -> None:
    """In a list each case gets the temperature of its own number of answers, 2 and 6 here."""
    classifier = joblib.load(models / "model.joblib")
    manifest = replace(model.manifest, temperatures=[1.0, 2.0, 1.0, 1.0])
    cases = [_cases(words)[0], _cases(words)[-1]]
    few, more = classifier.predict_proba(Encoding(words).rows(cases)).astype(float)
    expected = [few / few.sum(), np.sqrt(more) / np.sqrt(more).sum()]

    rankings = Model(classifier, manifest, Encoding(words)).rank(cases, "balanced")

    for ranking, row in zip(rankings, expected, strict=True):
        by_condition = dict(zip(manifest.conditions, row, strict=True))
        assert ranking.probabilities == pytest.approx(by_condition, rel=1e-5)


def test_tempered_probabilities_of_a_hand_made_example() -> None:
    """At 1 nothing moves; 0.9 to 0.1 is 81 to 1 at a half, 3 to 1 at 2; what is 0 stays so."""
    said = np.array([[0.9, 0.1, 0], [0.9, 0.1, 0], [0.9, 0.1, 0]])
    found = tempered(said, np.array([1, 0.5, 2]))
    np.testing.assert_allclose(found, [[0.9, 0.1, 0], [81 / 82, 1 / 82, 0], [0.75, 0.25, 0]])


def test_the_lowest_temperature_leaves_a_distribution() -> None:
    """Where no power can be held in a number the likeliest share the whole, alike."""
    said = np.array([[0.05] * 20, [0.06, *[0.06], *[0.88 / 18] * 18]])
    found = tempered(said, np.array([1e-4, 1e-4]))
    np.testing.assert_allclose(found, [[0.05] * 20, [0.5, 0.5, *[0] * 18]], atol=1e-12)


def test_tempered_probabilities_are_those_of_scikit_learn() -> None:
    """At the temperature that scikit-learn finds, naive Bayes on iris is as it calibrates it."""
    features, labels = load_iris(return_X_y=True)
    odd = GaussianNB().fit(features[::2], labels[::2])
    other = CalibratedClassifierCV(FrozenEstimator(odd), method="temperature", ensemble=False)
    other.fit(features[1::2], labels[1::2])
    (calibrated,) = other.calibrated_classifiers_
    temperature = 1 / calibrated.calibrators[0].beta_

    found = tempered(odd.predict_proba(features), np.full(len(features), temperature))

    assert abs(temperature - 1) > 0.2
    np.testing.assert_allclose(found, other.predict_proba(features), atol=1e-6)


def test_the_triage_of_a_ranking_is_that_of_primary_care(model: Model, words: Vocabulary) -> None:
    """Whatever the setting, the triage's probabilities and the set are the same."""
    cases = _cases(words)
    expected = model.rank(cases, "primary_care")
    for setting in ("general_public", "emergency_department", "balanced"):
        for ranking, primary_care in zip(model.rank(cases, setting), expected, strict=True):
            assert ranking.triage == primary_care.probabilities
            assert ranking.prediction_set == primary_care.prediction_set


def test_a_case_is_ranked_the_same_alone_and_among_others(model: Model, words: Vocabulary) -> None:
    """The company of other cases does not change what is said of one."""
    cases = _cases(words)
    for case, together in zip(cases, model.rank(cases, "primary_care"), strict=True):
        (alone,) = model.rank([case], "primary_care")
        assert alone.probabilities == pytest.approx(together.probabilities, abs=1e-6)
        assert alone.prediction_set == together.prediction_set


def test_the_set_of_a_ranking_follows_the_manifest(
    models: Path, model: Model, words: Vocabulary
) -> None:
    """A condition is in the set when its balanced probability reaches the threshold of its band."""
    conformal = _manifest(models)["conformal"]
    case = _cases(words)[-1]
    (ranking,) = model.rank([case], "balanced")
    reached = {id for id, p in ranking.probabilities.items() if p >= conformal[id][1]}
    first = max(ranking.probabilities, key=ranking.probabilities.__getitem__)
    assert ranking.prediction_set == reached | {first}


def test_a_model_has_a_threshold_for_each_level_above_self_care(model: Model, models: Path) -> None:
    """The thresholds of the manifest stand by level."""
    stated = _manifest(models)["thresholds"]
    assert model.thresholds == {
        Urgency.EMERGENCY: stated["emergency"],
        Urgency.URGENT: stated["urgent"],
        Urgency.PRIMARY_CARE: stated["primary_care"],
    }


def test_prediction_sets_of_a_hand_made_example() -> None:
    """A condition is in from its threshold in the band of answers; the leading one always is."""
    balanced = np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    thresholds = np.array(
        [[0.0, 0.7, 0.9, 0.2], [0.0, 0.2, 0.3, 0.3], [0.0, 0.11, 0.1, 0.9]],
    )
    found = prediction_sets(balanced, thresholds, np.array([2, 6, 11, 21]))
    assert found.tolist() == [
        [True, True, True],
        [True, True, False],
        [True, False, True],
        [False, True, True],
    ]


@pytest.mark.parametrize(
    ("answers", "expected"), [(1, 0), (2, 0), (5, 0), (6, 1), (10, 1), (11, 2), (20, 2), (21, 3)]
)
def test_the_edges_of_the_bands(answers: int, expected: int) -> None:
    """The bands are up to 5, 6 to 10, 11 to 20 and more answers."""
    assert band(np.array([answers])).tolist() == [expected]
