import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from service.perceptron import Perceptron, lean

RANDOM = np.random.default_rng(3)
FEATURES = (RANDOM.random((400, 30)) < 0.2).astype(np.float32)
CLASSES = np.array(["disc", "muscle", "nerve", "tumour"])[RANDOM.integers(0, 4, 400)]


def fitted(**options: object) -> MLPClassifier:
    """Return a perceptron that has seen the features, in single precision as ours have."""
    model = MLPClassifier(random_state=0, **options)
    for _ in range(5):
        model.partial_fit(FEATURES, CLASSES, classes=np.unique(CLASSES))
    return model


@pytest.mark.parametrize("layers", [(16,), (32, 16), (8, 8, 8)])
@pytest.mark.parametrize("number", [1, 7, 400])
def test_the_forward_pass_is_scikit_learns(layers: tuple[int, ...], number: int) -> None:
    """For one row and for many the probabilities are those of `predict_proba` in float32."""
    model = fitted(hidden_layer_sizes=layers)
    ours = lean(model)
    assert isinstance(ours, Perceptron)
    given = FEATURES[:number].copy()
    assert_allclose(ours.predict_proba(given), model.predict_proba(given), rtol=0, atol=1e-6)
    assert_array_equal(given, FEATURES[:number])
    assert_array_equal(ours.classes_, model.classes_)


def test_a_row_is_predicted_alike_alone_and_among_others() -> None:
    """Alone and among 400 a row has the same probabilities in nine digits and more."""
    ours = lean(fitted(hidden_layer_sizes=(64, 32)))
    alone = [ours.predict_proba(row[np.newaxis])[0] for row in FEATURES]
    assert_allclose(ours.predict_proba(FEATURES), alone, rtol=1e-11)


@pytest.mark.parametrize(
    "model",
    [
        fitted(activation="tanh"),
        fitted(activation="logistic"),
        MLPClassifier(random_state=0).partial_fit(
            FEATURES, CLASSES == "disc", classes=[False, True]
        ),
        LogisticRegression().fit(FEATURES, CLASSES),
    ],
    ids=["tanh", "logistic", "two classes", "no perceptron"],
)
def test_what_predicts_in_another_way_is_left_as_it_is(model: object) -> None:
    """Another activation, an output of one unit or another classifier predicts by itself."""
    assert lean(model) is model
