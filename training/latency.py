"""Latency: what one prediction takes, against a bare classifier in the same run."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from service.clinical.case import Case
from service.model import Model
from service.opinion import TRIAGE_SETTING
from training.candidates import QUICK
from training.workbench import Workbench

ROUNDS, CALLS = 101, 5


def ratio(model: Model, case: Case, on: Workbench) -> float:
    """Return how many times as long one ranking takes as a bare `predict_proba` of `quick`.

    The ranking encodes the case, asks the classifier, calibrates, moves the prior and looks up the
    prediction set. The reference has weights that nobody fitted, which does not change its speed.
    Each has the best of its rounds, taken in turn: what else the machine does only ever adds time.
    """
    row = on.encoding.row(case)[np.newaxis]
    reference = _reference(len(on.encoding.columns), on.ids)
    with threadpool_limits(1):
        rounds = [
            (
                _seconds(lambda: model.rank([case], TRIAGE_SETTING)),
                _seconds(lambda: reference.predict_proba(row)),
            )
            for _ in range(ROUNDS)
        ]
    ranked, bare = map(min, zip(*rounds, strict=True))
    return float(ranked / bare)


def _reference(n_columns: int, ids: list[str]) -> MLPClassifier:
    (setting,) = QUICK.settings(seed=0)
    classifier: MLPClassifier = QUICK.classifier(setting, seed=0)
    nobody = np.zeros((len(ids), n_columns), dtype=np.float32)
    return classifier.set_params(batch_size=len(ids)).partial_fit(nobody, ids, classes=ids)


def _seconds(call: Callable[[], Any]) -> float:
    start = perf_counter()
    for _ in range(CALLS):
        call()
    return perf_counter() - start
