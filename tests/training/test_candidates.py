from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from service.clinical import catalogue
from service.clinical.vocabulary import Vocabulary
from synthetic.generate import BLOCK
from training import fit
from training.candidates import CANDIDATES, QUICK, RECIPES, Candidate, Recipe
from training.fit import Encoded
from training.trial import Stretch

SETTINGS = [
    pytest.param(candidate, dict(zip(candidate.space, values, strict=True)), id=candidate.name)
    for candidate in (*CANDIDATES, QUICK)
    for values in product(*candidate.space.values())
]
"""Every setting that a search may draw, 49 of them."""


def stretches(recipe: Recipe) -> list[Stretch]:
    """Return the stretches of a recipe, each of which begins where the one before it ends."""
    starts = [0, *(step.stop for step in recipe.steps)]
    return [Stretch(start, step) for start, step in zip(starts, recipe.steps, strict=False)]


def drawn(candidate: Candidate, seed: int) -> list[Mapping[str, Any]]:
    """Return the settings of a candidate in an order of their own."""
    return sorted((dict(setting) for setting in candidate.settings(seed)), key=repr)


@pytest.mark.parametrize(("candidate", "setting"), SETTINGS)
def test_every_setting_learns_every_condition(
    candidate: Candidate, setting: Mapping[str, Any], words: Vocabulary
) -> None:
    """Whatever setting is drawn, the classifier gives all conditions in order and learns them."""
    ids = sorted(catalogue.read(words).conditions)
    # A condition has a feature of its own, so who learned it puts it first.
    features = sparse.csr_matrix(np.tile(np.eye(len(ids), dtype=np.float32), (4, 1)))
    cases = Encoded(features, np.tile(ids, 4))
    classifier = candidate.classifier(setting, seed=1)

    if candidate.whole:
        fit.fit(classifier, [cases, cases])
    for _ in range(0 if candidate.whole else 15):
        fit.feed(classifier, cases, np.array(ids), batch_size=12)
    said = classifier.predict_proba(features[: len(ids)])

    assert classifier.classes_.tolist() == ids
    assert said.argmax(axis=1).tolist() == list(range(len(ids)))
    assert np.allclose(said.sum(axis=1), 1)
    assert {name: classifier.get_params()[name] for name in setting} == setting


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda one: one.name)
def test_settings_are_drawn_by_seed(candidate: Candidate) -> None:
    """A seed always draws the same settings, each of them once and out of the space."""
    settings = candidate.settings(seed=3)

    assert settings == candidate.settings(seed=3)
    assert len({repr(setting) for setting in settings}) == candidate.number
    for setting in settings:
        assert setting.keys() == candidate.space.keys()
        assert all(setting[name] in values for name, values in candidate.space.items())


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda one: one.name)
def test_seeds_try_other_settings(candidate: Candidate) -> None:
    """Some of ten seeds draw other settings than the first."""
    assert any(drawn(candidate, seed) != drawn(candidate, 0) for seed in range(1, 10))


def test_what_is_random_is_seeded() -> None:
    """Each classifier that draws numbers gets the seed; naive Bayes draws none."""
    seeds = {
        one.name: one.classifier(one.settings(0)[0], seed=5).get_params().get("random_state")
        for one in CANDIDATES
    }

    assert seeds == {
        "naive_bayes": None,
        "perceptron": 5,
        "logistic_regression": 5,
        "extra_trees": 5,
    }


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda one: one.name)
def test_recipes_keep_what_they_promise(recipe: Recipe) -> None:
    """Each step goes on from the last, uses all of its batch sizes and leaves fewer trials."""
    for stretch in stretches(recipe):
        sizes = [stretch.batch_size(i) for i in range(stretch.blocks)]
        assert tuple(dict.fromkeys(sizes)) == stretch.step.batch_sizes == tuple(sorted({*sizes}))
        # scikit-learn cuts a batch that is larger than the block, about half of which is training.
        assert sizes[-1] <= BLOCK // 2
    streamed = sum(one.number for one in recipe.candidates if not one.whole)
    keeps = [streamed, *(step.keep for step in recipe.steps[:-1])]
    assert all(more > fewer for more, fewer in pairwise(keeps))
    assert keeps[-1] == 1
    assert len({one.name for one in recipe.candidates}) == len(recipe.candidates)
    # What is fitted once learns from no more cases than the others had when it is compared.
    assert all(one.whole <= recipe.steps[0].stop for one in recipe.candidates)
