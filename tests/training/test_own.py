import hashlib
import json
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping
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
    """Each case is held out, learned from or of a rare condition; about 0.3 are held out."""
    stated = Counter(str(row["condition"]) for row in rows())
    used = Counter([*mine.train["condition"], *mine.evaluation["condition"]])
    number = stated.total()

    assert {id: n for id, n in used.items() if id != RARE} == {
        id: n for id, n in stated.items() if id != RARE
    }
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
    """The digest is that of the file, the counts those of the cases that are learned from."""
    stated = {str(row["condition"]) for row in rows()}

    assert mine.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert mine.counts == Counter(mine.train["condition"])
    assert mine.counts.keys() == stated - {RARE}
    assert mine.number == len(mine.train)
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
    """Digest, number, weight and counts of ten or more are all; the prior tells no other."""
    assert mixed.manifest.data["own"] == {
        "sha256": mine.sha256,
        "number": mine.number,
        "weight": WEIGHT,
        "counts": dict(mine.counts),
    }
    learned, others = WEIGHT / len(mine.counts) + (1 - WEIGHT) / 21, (1 - WEIGHT) / 21
    assert mixed.manifest.trained_prior == pytest.approx(
        {id: learned if id in mine.counts else others for id in mixed.manifest.conditions}
    )


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
    learned = set(mine.train["condition"])

    expected = [WEIGHT * (id in learned) / len(learned) + (1 - WEIGHT) / 21 for id in bench.ids]

    np.testing.assert_allclose(ordered.prior, expected)
    assert ordered.seed == order.seed
    assert order.own == {}
    prepared = Preparation(bench.encoding)
    (block,) = ordered.stream(0, 1, prepared)
    found = pd.Series(block.labels).value_counts(normalize=True).reindex(bench.ids, fill_value=0)
    np.testing.assert_allclose(found, expected, atol=0.01)


class Folder:
    """Where files of so many cases of each condition are written and read."""

    def __init__(self, path: Path, bench: Workbench) -> None:
        self.path, self._on = path / "cases.jsonl", bench

    def read(self, numbers: Mapping[str, int]) -> Own:
        """Return a file as it is taken; the first cases of a condition are those of fewer, too."""
        with self.path.open("w", encoding="utf-8") as file:
            for id, number in numbers.items():
                for i in range(number):
                    about = {"age_years": i % 100, "duration_days": 1 + self._on.ids.index(id)}
                    row = {"present": ["fever"], "attributes": about, "condition": id}
                    file.write(json.dumps(row) + "\n")
        return own.read(self.path, self._on, skip_bad=False)

    def refusal(self, numbers: Mapping[str, int]) -> str:
        """Return the words with which a file is refused, without its path."""
        with pytest.raises(IntakeError) as refused:
            self.read(numbers)
        return str(refused.value).removeprefix(f"{self.path} ")


@pytest.fixture
def folder(tmp_path: Path, bench: Workbench) -> Folder:
    """An empty folder."""
    return Folder(tmp_path, bench)


OFTEN = {"shingles": 90, "spinal_infection": 70}
"""Cases of which enough are learned from, and held out."""


def told(mine: Own, order: chain.Order, on: Workbench) -> dict[str, object]:
    """Return what a manifest tells of own cases, apart from the digest of their file."""
    ordered = chain.mixed(order, mine, WEIGHT, on)
    fields = {name: value for name, value in ordered.own.items() if name != "sha256"}
    return fields | {"trained_prior": ordered.prior.tolist()}


@pytest.mark.parametrize("seed", range(6))
def test_small_numbers_change_nothing_that_is_told(
    folder: Folder, order: chain.Order, bench: Workbench, seed: int
) -> None:
    """Files that differ only in conditions of fewer than ten cases have the same fields."""
    numbers = np.random.default_rng(seed).integers(10, size=len(bench.ids)).tolist()
    few = {id: n for id, n in zip(bench.ids, numbers, strict=True) if id not in OFTEN}
    assert sum(few.values()) > 20

    assert told(folder.read(few | OFTEN), order, bench) == told(folder.read(OFTEN), order, bench)


@pytest.mark.parametrize("number", range(10, 22))
def test_no_small_number_can_be_computed(
    folder: Folder, order: chain.Order, bench: Workbench, number: int
) -> None:
    """Whatever share is held out of a condition: solved for counts, the fields give none under 10.

    The prior is solved for the share of each condition among the own cases, that for its count; the
    sum is solved for what the counts leave.
    """
    mine = folder.read(OFTEN | {RARE: number})
    fields = chain.mixed(order, mine, WEIGHT, bench)
    counts, total = fields.own["counts"], fields.own["number"]

    shares = (fields.prior - (1 - WEIGHT) / len(bench.ids)) / WEIGHT

    assert min(counts.values()) >= 10
    assert total - sum(counts.values()) == 0
    is_told = np.isin(bench.ids, list(counts))
    np.testing.assert_allclose(shares[is_told] * total, total / len(counts))
    np.testing.assert_allclose(shares[~is_told], 0, atol=1e-12)
    assert set(mine.train["condition"]) == set(counts)


def test_condition_is_learned_from_its_tenth_case_on(folder: Folder) -> None:
    """As a condition grows, it is left out up to nine learned cases and all in from ten on."""
    seen = {}
    for number in range(5, 30):
        mine = folder.read(OFTEN | {RARE: number})
        held_out = int((mine.evaluation["condition"] == RARE).sum())
        learned = int((mine.train["condition"] == RARE).sum())
        seen[number - held_out] = (learned, mine.counts.get(RARE, 0))

    assert {8, 9, 10, 11} <= seen.keys()
    assert seen == {n: (n, n) if n >= 10 else (0, 0) for n in seen}


def test_file_of_rare_conditions_alone_is_refused(folder: Folder, bench: Workbench) -> None:
    """Nothing is learned where no condition has ten cases, however many cases there are."""
    assert folder.refusal(dict.fromkeys(bench.ids, 9)) == (
        "holds no condition with 10 cases to learn from (about 30% are held out): of fewer nothing"
        " is learned, for nobody is to be known by a small number."
    )


def test_file_too_small_to_hold_out_is_refused(folder: Folder) -> None:
    """Under thirty held-out cases nothing could be said of a model; from thirty on it can."""
    held_out = {}
    for number in range(70, 101):
        try:
            held_out[number] = len(folder.read({"shingles": number}).evaluation)
        except IntakeError as error:
            said = str(error).removeprefix(f"{folder.path} holds too few cases: ")
            held_out[number] = int(said.split()[0])
            assert said == (
                f"{held_out[number]} are held out, expected 30 or more (about 30% are held out)."
                " Nothing could be said of a model that learned from them."
            )
            assert held_out[number] < 30
        else:
            assert held_out[number] >= 30

    assert {29, 30} <= set(held_out.values())
