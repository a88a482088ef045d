"""The rival: `mlflow models serve` of the very classifier that the service serves.

Run as a program, so that MLflow is in no process that measures.
"""

import sys
from importlib.metadata import version
from typing import Any

import joblib
import mlflow.sklearn
import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

LIBRARIES = ("scikit-learn", "numpy", "joblib")


def main(artefact: str, folder: str) -> None:
    """Save a served artefact as an MLflow model of tensors in a folder that does not exist yet."""
    classifier: Any = joblib.load(artefact)
    classes, columns = len(classifier.classes_), classifier.n_features_in_
    mlflow.sklearn.save_model(
        classifier,
        folder,
        signature=ModelSignature(
            Schema([TensorSpec(np.dtype(np.float32), (-1, columns))]),
            Schema([TensorSpec(np.dtype(np.float32), (-1, classes))]),
        ),
        pyfunc_predict_fn="predict_proba",
        # The default, skops, refuses pipelines with parts that it does not know.
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
        pip_requirements=[f"{name}=={version(name)}" for name in LIBRARIES],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
