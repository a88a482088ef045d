"""Fitting: training cases are encoded chunk by chunk and streamed into a classifier."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from service.features import Encoding, Matrix
from training.candidates import Recipe

Labels = NDArray[Any]

CHUNK = 65_536


def fit(recipe: Recipe, table: pd.DataFrame, encoding: Encoding, seed: int) -> Pipeline:
    """Return a fitted pipeline of the recipe; the same seed and table give the same one.

    The features are stateless and computed outside, so the pipeline holds the classifier alone
    and takes the float32 matrix of `service.features`, (n_cases, n_columns).
    """
    rng = np.random.default_rng(seed)
    classifier = recipe.classifier(seed)
    features = _encoded(table, encoding)
    labels = table["condition"].to_numpy(dtype=str)
    classes = np.unique(labels)
    starts = range(0, len(labels), CHUNK)
    total = len(recipe.batch_sizes) * len(labels)
    # BLAS on one thread: the order of a sum, and so the fitted model, does not depend on cores.
    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
        tqdm(total=total, unit="case", unit_scale=True, desc="fit") as progress,
    ):
        # scikit-learn turns an interrupt into this warning and goes on with half a pass.
        warnings.filterwarnings("error", message="Training interrupted by user")
        for batch_size in recipe.batch_sizes:
            classifier.set_params(batch_size=batch_size)
            order = rng.permutation(len(labels))
            for start in starts:
                chosen = order[start : start + CHUNK]
                _feed(classifier, features[chosen], labels[chosen], classes)
                progress.update(len(chosen))
    return Pipeline([("classifier", classifier)])


def _feed(classifier: Any, features: Matrix, labels: Labels, classes: Labels) -> None:
    try:
        classifier.partial_fit(features, labels, classes=classes)
    except UserWarning as interruption:
        raise KeyboardInterrupt from interruption


def _encoded(table: pd.DataFrame, encoding: Encoding) -> Matrix:
    """Encode in chunks, so that no second copy of the whole table is needed."""
    features = np.empty((len(table), len(encoding.columns)), dtype=np.float32)
    for start in range(0, len(table), CHUNK):
        features[start : start + CHUNK] = encoding.matrix(table.iloc[start : start + CHUNK])
    return features
