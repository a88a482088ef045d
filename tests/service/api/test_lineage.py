import json
from pathlib import Path
from typing import Any

import pytest

from service.api import lineage
from service.manifest import Manifest


def manifest(models: Path, **data: Any) -> Manifest:
    """Return the small model's manifest with other data."""
    fields = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
    return Manifest.parse(json.dumps(fields | {"data": {"sha256": "0" * 64} | data}))


def test_the_chain_goes_from_the_world_to_the_artefact(models: Path) -> None:
    """Each step has what identifies it; a count has its thousands marked, a seed is no count."""
    told = {"commit": "abc123", "seed": 20_000, "number": 1_048_576, "training_cases": 1_100_871}
    steps = lineage.steps(manifest(models, **told))
    assert [step.title for step in steps] == [
        "The synthetic world",
        "The cases",
        "The training",
        "The artefact",
    ]
    world, cases, training, artefact = (step.facts for step in steps)
    assert world == {"Generator commit": "abc123", "Seed": "20000"}
    assert cases == {"Stored": "1,048,576", "SHA-256": "0" * 64}
    assert training["Cases learned from"] == "1,100,871"
    assert artefact["Manifest format"] == "3"


@pytest.mark.parametrize("missing", ["number", "seed", "training_seed"])
def test_without_a_number_there_are_no_commands(models: Path, missing: str) -> None:
    """Half of the commands would make another artefact."""
    data = {"number": 1000, "seed": 1, "training_seed": 2}
    assert lineage.commands(manifest(models, **data))[-1] == "make train RECIPE=tiny TRAIN_SEED=2"
    del data[missing]
    assert lineage.commands(manifest(models, **data)) == []


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (
            {"number": 1234, "weight": 0.2},
            "Mostly synthetic cases: 20.0 % were drawn, again and again, from 1,234 cases of its"
            " users.",
        ),
        (
            {"number": 1234, "weight": 0.499},
            "Mostly synthetic cases: 49.9 % were drawn, again and again, from 1,234 cases of its"
            " users.",
        ),
        (
            {"number": 1234, "weight": 0.5},
            "Synthetic cases and cases of its users: 50.0 % were drawn, again and again, from 1,234"
            " cases of its users.",
        ),
        (
            {"number": 9, "weight": 0.9999},
            "Synthetic cases and cases of its users: >99.9 % were drawn, again and again, from 9"
            " cases of its users.",
        ),
        ({"number": 1234}, "Synthetic cases and cases of its users; how many is not told."),
        (
            {"number": 1234, "weight": 20},
            "Synthetic cases and cases of its users; how many is not told.",
        ),
        (None, ""),
    ],
)
def test_own_cases_are_never_kept_quiet(models: Path, own: Any, sentence: str) -> None:
    """The page says which part they were, mostly only of the larger, and always that there were."""
    said = lineage.own(manifest(models, **({"own": own} if own else {})))
    assert said.replace("\u00a0", " ") == sentence
