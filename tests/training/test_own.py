import hashlib
import json
import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from tests.training import tracked
from tests.training.tracked import WARNINGS, Chained, copied, dump, forget
from training import chain, gates, mixture, own, probes
from training.fit import Preparation
from training.intake import IntakeError
from training.judgement import HeldOut
from training.own import Own
from training.search import Backend
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS

MARK = 61.4375
"""An age that nobody else has: where it is found, somebody's case is."""

COPIES = 30
RARE = "lyme_disease"
"""A condition of which the file has fewer than ten cases."""

WEIGHT = 0.4


def rows() -> Iterator[dict[str, object]]:
    """Yield the textbook cases, each in thirty copies of other ages, and a few of a rare one."""
    lines = probes.GOLDEN.read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        for i in range(4 if row["condition"] == RARE else COPIES):
            body = {key: row[key] for key in ("present", "absent", "condition")}
            yield body | {"attributes": row["attributes"] | {"age_years": MARK - i}}


def file(folder: Path) -> Path:
    """Write such cases as JSON lines."""
    path = folder / "cases.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of somebody's cases."""
    return file(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def mine(path: Path, bench: Workbench) -> Own:
    """The file as it is taken."""
    return own.read(path, bench, skip_bad=False)


def test_every_case_is_in_one_part(mine: Own) -> None:
    """Each case is learned from or held out, none in both; about 0.3 are held out."""
    number = sum(1 for _ in rows())

    assert len(mine.train) + len(mine.evaluation) == mine.number == number
    assert set(mine.train["split"]) == {"train"}
    assert set(mine.evaluation["split"]) == {"evaluation"}
    assert 0.25 < len(mine.evaluation) / number < 0.35
    findings = [name for name in mine.train if name not in ("split", "answers")]
    parts = [
        set(map(tuple, part[findings].astype(str).to_numpy()))
        for part in (mine.train, mine.evaluation)
    ]
    assert not parts[0] & parts[1]


def test_file_is_known_by_its_bytes(mine: Own, path: Path) -> None:
    """The digest is that of the file, the counts those of conditions with ten cases or more."""
    counted = Counter(str(row["condition"]) for row in rows())

    assert mine.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert mine.counts == {id: n for id, n in counted.items() if n >= 10}
    assert RARE not in mine.counts
    assert mine.skipped == ()


def test_division_is_the_same_for_every_training(path: Path, bench: Workbench) -> None:
    """Champion and challenger of other seeds learned from the same part: reading divides alike."""
    first, second = (own.read(path, bench, skip_bad=False) for _ in range(2))

    pd.testing.assert_frame_equal(first.train, second.train)
    pd.testing.assert_frame_equal(first.evaluation, second.evaluation)


def test_bad_rows_are_left_out_on_demand_alone(path: Path, bench: Workbench, mine: Own) -> None:
    """A row that is no case is refused, or, if wanted, left out and told; the others stay."""
    bad = path.with_name("bad.jsonl")
    bad.write_bytes(path.read_bytes() + b'{"present": ["fever"], "condition": "flu"}\n')

    with pytest.raises(IntakeError, match="1 bad and"):
        own.read(bad, bench, skip_bad=False)

    kept = own.read(bad, bench, skip_bad=True)
    assert kept.number == mine.number
    assert len(kept.skipped) == 1
    assert "flu" in kept.skipped[0]


@pytest.fixture(scope="module")
def mixed(  # noqa: PLR0913, PLR0917  # fixtures, not arguments that a caller gives
    order: chain.Order,
    bench: Workbench,
    held_out: HeldOut,
    mine: Own,
    database: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Chained:
    """A training in which somebody's own cases have a share."""
    folder = tmp_path_factory.mktemp("mixed")
    copied(database, folder / "build")
    known = HeldOut(held_out.evaluation, None, mine.evaluation, held_out.patients, mine.sha256)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        forget(patch)
        ordered = chain.mixed(order, mine, WEIGHT, bench)
        told = chain.train(ordered, bench, known, Backend(), folder / "build")
    return tracked.chained(folder, told)


def test_manifest_tells_of_own_cases_what_may_be_told(mixed: Chained, mine: Own) -> None:
    """Digest, number, weight and counts of ten or more: that is all."""
    assert mixed.manifest.data["own"] == {
        "sha256": mine.sha256,
        "number": mine.number,
        "weight": WEIGHT,
        "counts": dict(mine.counts),
    }


def test_run_tells_digest_number_and_weight(mixed: Chained, mine: Own) -> None:
    """The parameters and the inputs of the run name the file by digest, and no count."""
    assert {k: v for k, v in mixed.run.data.params.items() if k.startswith("own.")} == {
        "own.sha256": mine.sha256,
        "own.number": str(mine.number),
        "own.weight": str(WEIGHT),
    }
    assert mixed.run.inputs is not None
    used = {one.dataset.name: one.dataset.digest for one in mixed.run.inputs.dataset_inputs}
    assert used["own cases"] == mine.sha256[:36]
    assert set(used) == {"own cases", "synthetic cases"}


def test_own_cases_are_measured_by_themselves(mixed: Chained, mine: Own) -> None:
    """The held-out part has figures of its own: on copies of what was learned they are high."""
    metrics = mixed.run.data.metrics

    assert metrics["own/top_1"] > 0.9
    assert len(mine.evaluation) >= 30
    assert "- own/top_1: " in (mixed.artifacts / "export" / "MODEL_CARD.md").read_text("utf-8")


def test_world_is_not_asked_of_the_model(mixed: Chained) -> None:
    """What was learned differs from the synthetic world, so its gates are not among the faults."""
    outcome = mixed.run.data.tags["gates"].removeprefix("failed: ")

    assert mixed.run.data.metrics["regret"] > 0.08
    assert not [
        line
        for line in outcome.splitlines()
        if line.startswith(("regret", "calibration", "coverage"))
    ]
    assert {gate.name for gate in gates.GATES if gate.of_the_world} == {
        "regret",
        "calibration",
        "coverage",
    }


def forms(value: float) -> list[bytes]:
    """Return how a number may be written into a file: as text and as binary floats."""
    return [str(value).encode(), np.float64(value).tobytes(), np.float32(value).tobytes()]


def test_no_row_is_in_the_store(mixed: Chained, path: Path) -> None:
    """The age of the marked cases is in the file, and nowhere in MLflow's database or artefacts."""
    build = mixed.folder / "build"
    assert str(MARK).encode() in path.read_bytes()

    stored = {one: one.read_bytes() for one in build.rglob("*") if one.is_file()}
    stored[build / "as SQL"] = dump(build / "mlflow.db").encode()
    for one in list(stored):
        if one.suffix == ".joblib":
            stored[one] = pickle.dumps(joblib.load(one))
        if one.suffix == ".parquet":
            stored[one] = pd.read_parquet(one).to_csv().encode()

    kinds = {one.suffix for one in stored}
    assert {".joblib", ".pkl", ".parquet", ".png", ".md", ".json", ".db", ".csv"} <= kinds
    for one, found in stored.items():
        assert str(path).encode() not in found, one
        assert not [form for form in forms(MARK) if len(form) > 4 and form in found], one


def test_weight_is_the_share_of_own_cases(order: chain.Order, bench: Workbench, mine: Own) -> None:
    """The prior of the mixture is that of its parts by weight, and so are its blocks."""
    ordered = chain.mixed(order, mine, WEIGHT, bench)
    assert isinstance(ordered.stream, mixture.Mixture)
    shares = mine.train["condition"].value_counts(normalize=True)

    expected = [WEIGHT * shares.get(id, 0) + (1 - WEIGHT) / 21 for id in bench.ids]

    np.testing.assert_allclose(ordered.prior, expected)
    assert ordered.seed == order.seed
    assert order.own == {}
    prepared = Preparation(bench.encoding)
    (block,) = ordered.stream(0, 1, prepared)
    found = pd.Series(block.labels).value_counts(normalize=True).reindex(bench.ids, fill_value=0)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_file_too_small_to_hold_out_is_refused(tmp_path: Path, bench: Workbench) -> None:
    """Of three cases of a condition none is held out, and of a model nothing could be said."""
    path = tmp_path / "few.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in list(rows())[:3]), "utf-8")

    with pytest.raises(IntakeError, match="too few cases to hold any out: 3"):
        own.read(path, bench, skip_bad=False)
