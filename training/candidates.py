"""The candidates: unfitted scikit-learn classifiers and what is searched of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ParameterSampler
from sklearn.naive_bayes import BernoulliNB
from sklearn.neural_network import MLPClassifier


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of classifier and the parameters that are searched.

    `space` holds the values of each parameter, of which `number` settings are drawn. A candidate
    is fed block after block, or fitted once on the first `whole` blocks.
    """

    name: str
    make: Callable[..., Any]
    space: Mapping[str, Sequence[Any]]
    number: int
    whole: int = 0

    def settings(self, seed: int) -> list[Mapping[str, Any]]:
        """Draw the settings that are tried; the same seed gives the same ones."""
        return list(ParameterSampler(self.space, self.number, random_state=seed))

    def classifier(self, setting: Mapping[str, Any], seed: int) -> Any:
        """Return an unfitted classifier."""
        seeded = {"random_state": seed} if "random_state" in self.make().get_params() else {}
        return self.make(**setting, **seeded)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the search: trials are fed up to the block `stop`, and the best `keep` go on.

    The cases of the step are divided evenly among `batch_sizes`. A growing batch size lowers the
    noise of the gradient as a falling learning rate would (Smith et al., arXiv 1711.00489), and is
    the schedule that Adam leaves to us; a classifier without batches takes each block as it is.
    """

    stop: int
    batch_sizes: tuple[int, ...]
    keep: int = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is tried, and by which steps it is halved: the last one trains what is left."""

    name: str
    candidates: tuple[Candidate, ...]
    steps: tuple[Step, ...]


PERCEPTRON = Candidate(
    "perceptron",
    MLPClassifier,
    {
        "hidden_layer_sizes": [(128,), (256,), (384,), (128, 128)],
        "learning_rate_init": [1e-3, 2e-3, 3e-3],
        "alpha": [0.0, 1e-6, 1e-5],
    },
    number=6,
)

CANDIDATES = (
    Candidate("naive_bayes", BernoulliNB, {"alpha": [0.1, 1.0, 10.0]}, number=2),
    PERCEPTRON,
    Candidate(
        "logistic_regression",
        LogisticRegression,
        {"C": [0.1, 1.0, 10.0], "max_iter": [100]},
        number=2,
        whole=4,
    ),
    Candidate(
        "extra_trees",
        ExtraTreesClassifier,
        {"max_leaf_nodes": [500, 1000], "n_estimators": [30]},
        number=1,
        whole=2,
    ),
)
"""What is fitted once gets 72,000 or 144,000 cases and a bounded number of iterations, so that a
search ends in minutes; a forest takes a hundred times as long as a logistic regression."""

QUICK = Candidate(
    "perceptron",
    MLPClassifier,
    {"hidden_layer_sizes": [(256,)], "learning_rate_init": [2e-3], "alpha": [0.0]},
    number=1,
)

RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("quick", (QUICK,), (Step(24, (128, 256, 512, 1024, 2048)),)),
        Recipe(
            "search",
            CANDIDATES,
            (
                Step(20, (256, 512), keep=3),
                Step(48, (256, 512, 1024), keep=1),
                Step(380, (256, 512, 1024, 2048, 4096, 8192, 16384)),
            ),
        ),
    )
}
"""`quick` is one perceptron on a million cases, for a service that has no model yet; `search` tries
every candidate."""
