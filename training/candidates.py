"""The candidates: unfitted scikit-learn parts, and how each is fed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sklearn.neural_network import MLPClassifier


@dataclass(frozen=True, slots=True)
class Recipe:
    """A classifier and its passes over the training cases, one batch size each.

    A growing batch size lowers the noise of the gradient as a falling learning rate would
    (Smith et al., arXiv 1711.00489), and is the schedule that Adam leaves to us.
    """

    name: str
    hidden_units: int
    learning_rate: float
    batch_sizes: tuple[int, ...]

    def classifier(self, seed: int) -> MLPClassifier:
        """Return the unfitted classifier."""
        return MLPClassifier(
            hidden_layer_sizes=(self.hidden_units,),
            learning_rate_init=self.learning_rate,
            alpha=1e-5,
            random_state=seed,
        )


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (Recipe("quick", 256, 1e-3, batch_sizes=(128, 256, 512, 1024, 2048)),)
}
