"""Lineage: from which code and cases, by which run, the served artefact came, step by step."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from service.api.share import read
from service.manifest import Manifest


class Step(NamedTuple):
    """A step of the chain, and what identifies it."""

    title: str
    text: str
    facts: dict[str, str]


def steps(manifest: Manifest) -> list[Step]:
    """Return the steps from the tables to the artefact; what a manifest lacks is left out."""
    data, model = manifest.data, manifest.model
    return [
        Step(
            "The synthetic world",
            "Tables of how often each finding occurs in each condition, and a generator.",
            _known({"Generator commit": data.get("commit"), "Seed": data.get("seed")}),
        ),
        Step(
            "The cases",
            "Drawn from that world. A part of them is held out: the model is judged on it. Training"
            " draws more of them than are stored, as long as it learns.",
            _known({"Stored": data.get("number"), "SHA-256": data.get("sha256")}),
        ),
        Step("The training", "A search over candidates; the best is kept.", _training(data, model)),
        Step(
            "The artefact",
            "What the service verified, byte by byte, before it loaded it.",
            {
                "Version": model["version"],
                "SHA-256": manifest.sha256,
                "Manifest format": str(manifest.format),
                "Red flags version": manifest.rules_version,
            },
        ),
    ]


def commands(manifest: Manifest) -> list[str]:
    """Return what makes the same artefact again; none where the manifest does not say enough."""
    data, recipe = manifest.data, manifest.model.get("recipe")
    asked = [data.get(name) for name in ("number", "seed", "training_seed")]
    if recipe is None or not all(map(_is_whole, asked)):
        return []
    number, seed, training_seed = asked
    return [
        f"make cases N={number} SEED={seed}",
        "make stress",
        f"make train RECIPE={recipe} TRAIN_SEED={training_seed}",
    ]


def own(manifest: Manifest) -> str:
    """Return which part somebody's own cases had in training, in words; empty without any."""
    told = manifest.data.get("own")
    if not isinstance(told, dict):
        return ""
    number, weight = told.get("number"), read(told, "weight")
    if not _is_whole(number) or weight is None:
        return "Synthetic cases and cases of its users; how many is not told."
    which = (
        "Mostly synthetic cases" if weight.value < 0.5 else "Synthetic cases and cases of its users"
    )
    return f"{which}: {weight} were drawn, again and again, from {number:,} cases of its users."


def _training(data: Mapping[str, Any], model: Mapping[str, str]) -> dict[str, str]:
    return _known(
        {
            "Recipe": model.get("recipe"),
            "Candidate": model.get("candidate"),
            "Run": model["run_id"],
            "Cases learned from": data.get("training_cases"),
            "Seed": data.get("training_seed"),
        }
    )


def _known(facts: Mapping[str, Any]) -> dict[str, str]:
    return dict(_written(facts))


def _written(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, fact in facts.items():
        if isinstance(fact, str):
            yield name, fact
        elif _is_whole(fact):
            yield name, str(fact) if name == "Seed" else f"{fact:,}"


def _is_whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
