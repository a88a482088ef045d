"""Fitting: training cases are encoded chunk by chunk and streamed into a classifier."""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from service.features import Encoding, Matrix
from training.candidates import Recipe

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
        tqdm(total=total, unit="case", unit_scale=True, desc="fit") as progress,
    ):
        for batch_size in recipe.batch_sizes:
            classifier.set_params(batch_size=batch_size)
            order = rng.permutation(len(labels))
            for start in starts:
                chosen = order[start : start + CHUNK]
                classifier.partial_fit(features[chosen], labels[chosen], classes=classes)
                progress.update(len(chosen))
    return Pipeline([("classifier", classifier)])


def _encoded(table: pd.DataFrame, encoding: Encoding) -> Matrix:
    """Encode in chunks, so that no second copy of the whole table is needed."""
    features = np.empty((len(table), len(encoding.columns)), dtype=np.float32)
    for start in range(0, len(table), CHUNK):
        features[start : start + CHUNK] = encoding.matrix(table.iloc[start : start + CHUNK])
    return features
