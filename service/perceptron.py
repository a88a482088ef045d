"""The forward pass of a fitted perceptron."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

Floats = NDArray[Any]


class Perceptron:
    """An `MLPClassifier` that predicts without checking its input.

    On a single row scikit-learn's checks take most of the time of a prediction, and the encoding
    gives them nothing to find. The operations are those of `MLPClassifier.predict_proba`, but in
    double precision: one row alone and the same row among others, which are added up in another
    order, then agree in all digits that are served.
    """

    def __init__(self, fitted: MLPClassifier) -> None:
        """Take over a fitted classifier of several classes, with rectified linear units."""
        self.classes_ = fitted.classes_
        self._layers = tuple(
            (weights.astype(np.float64), bias.astype(np.float64))
            for weights, bias in zip(fitted.coefs_, fitted.intercepts_, strict=True)
        )

    def predict_proba(self, features: Floats) -> Floats:
        """Return probabilities, (n_cases, n_classes), of features, (n_cases, n_columns)."""
        *hidden, (weights, bias) = self._layers
        values = features.astype(np.float64)
        for weight, intercept in hidden:
            values = values @ weight
            values += intercept
            np.maximum(values, 0, out=values)
        values = values @ weights
        values += bias
        values -= values.max(axis=1, keepdims=True)
        np.exp(values, out=values)
        return np.asarray(values / values.sum(axis=1, keepdims=True))


def lean(classifier: Any) -> Any:
    """Return what predicts as the classifier does, in less time where that is known how.

    A pipeline of one step is asked through its step: its own checks cost a prediction too.
    """
    steps: Sequence[tuple[str, Any]] = getattr(classifier, "steps", [])
    inner = steps[0][1] if len(steps) == 1 else classifier
    is_known = type(inner) is MLPClassifier and (
        inner.activation == "relu" and inner.out_activation_ == "softmax"
    )
    return Perceptron(inner) if is_known else inner
