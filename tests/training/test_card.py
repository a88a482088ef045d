import re
from dataclasses import replace

import pytest

from service.model import Model
from tests.training.tracked import WARNINGS, Chained
from training import card, judgement
from training.judgement import HeldOut, Judgement
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]
pytestmark = WARNINGS


@pytest.fixture(scope="module")
def text(trained: Chained) -> str:
    """The card of a trained model."""
    return (trained.artifacts / "export" / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def judged(model: Model, bench: Workbench, held_out: HeldOut) -> Judgement:
    """A judgement with cases of a stress world, here of the same one."""
    known = replace(held_out, stress=held_out.evaluation.head(600))
    return judgement.judged(model, 1, bench, known, jobs=1)


def test_card_names_the_model(text: str, trained: Chained, bench: Workbench) -> None:
    """Version, recipe, best trial, digests and how to rebuild it stand in the card."""
    data = bench.data.card

    assert text.startswith("# Model card: cauda version 1\n")
    assert "Recipe `tiny`, of whose trials `perceptron-1` was the best" in text
    assert f"make cases N={data['number']} SEED={data['seed']}\n" in text
    assert "make train RECIPE=tiny TRAIN_SEED=1\n" in text
    for found in (data["sha256"], data["commit"], trained.manifest.sha256):
        assert f"`{found}`" in text


def test_card_has_the_figures_of_the_run(text: str, trained: Chained) -> None:
    """The main figures are the metrics of the run with their intervals."""
    metrics = trained.run.data.metrics

    for name in ("top_1", "top_3", "coverage", "emergencies_given_emergency", "published/top_1"):
        value, low, high = (metrics[f"{name}{end}"] for end in ("", "_low", "_high"))
        assert f"- {name}: {value:.3f} ({low:.3f} to {high:.3f})\n" in text
    assert f"- regret: {metrics['regret']:.3f}\n" in text


def test_card_is_filled_in(text: str) -> None:
    """No field of the template is left open."""
    assert not re.findall(r"[{}]|\bnan\b|None", text)


def test_card_counts_the_published_patients(text: str) -> None:
    """Stated against given level: the table holds each of the 94 patients once."""
    rows = re.findall(r"^    (?:emergency|urgent|primary_care|self_care) +(\d.*)$", text, re.M)

    assert len(rows) == 4
    assert sum(int(number) for row in rows for number in row.split()) == 94
    assert "On 94 published patients" in text


def test_card_has_a_row_for_each_setting_band_and_slice(text: str) -> None:
    """The tables tell all settings, all bands of answers, and age and sex."""
    rows = re.findall(r"^\| (.+?) \|", text, re.M)

    for band in ("2-5 answers", "6-10 answers", "11-20 answers", "21 or more answers"):
        assert rows.count(band) == 1
    assert {"age 18-39", "age 80-120", "sex female", "sex male"} <= set(rows)
    for setting in ("balanced", "general_public", "primary_care", "emergency_department"):
        assert f"| documented | {setting} |" in text


def test_tables_are_whole(text: str) -> None:
    """Every line of a table has as many cells as its head."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_card_says_that_no_patient_was_learned_from(text: str, trained: Chained) -> None:
    """Synthetic cases alone were learned from, with their number."""
    number = int(trained.run.data.params["training_cases"])

    assert f"Synthetic cases alone, no patient's data: {number:,} cases" in text


def test_card_tells_of_own_cases_only_their_number(judged: Judgement) -> None:
    """Of somebody's own cases share, number and digest are told, and no count of a condition."""
    manifest = judged.said.model.manifest
    own = {"sha256": "ab" * 32, "number": 1234, "weight": 0.25, "counts": {"shingles": 98765}}

    found = card.text(replace(manifest, data={**manifest.data, "own": own}), judged)

    assert (
        f"A share of 25% of them was drawn again and again from 1,234 cases of somebody's own,"
        f" SHA-256 `{'ab' * 32}`."
    ) in found
    assert "98765" not in found.replace(",", "")
    assert "no patient's data" not in found


def test_stress_world_is_told(text: str, judged: Judgement) -> None:
    """Without its cases the first limit says that it was not measured; with them it has a row."""
    measured = card.text(judged.said.model.manifest, judged)
    missing = "The model was not measured in the stress world; `make stress` draws its cases."

    assert text.partition("## Limits\n\n- ")[2].startswith(missing)
    assert missing not in measured
    assert "| stress | balanced |" in measured
    assert f"- stress/top_1: {judged.by_key['stress/top_1']}\n" in measured


def test_card_does_not_repeat_itself(judged: Judgement) -> None:
    """The same judgement gives the same card."""
    manifest = judged.said.model.manifest

    assert card.text(manifest, judged) == card.text(manifest, judged)
