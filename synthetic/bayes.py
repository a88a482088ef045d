"""The exact posterior: the ceiling for any classifier of cases that the generator makes.

Given a condition and a joint state the chance of a case is a product over single findings,
families and attributes; the sum over the condition's states is its likelihood. An attribute that
is not known is summed out, that is left out, for it is left unknown by chance alone.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from service.clinical.vocabulary import Vocabulary
from synthetic import grids
from synthetic.reports import ABSENT, PRESENT, UNKNOWN
from synthetic.states import States

Reals = NDArray[np.float64]
Stated = NDArray[np.int8]

CHUNK = 4_096
IMPOSSIBLE = -1e30
"""The logarithm of a chance of 0: low enough that nothing adds up to it, and no infinity."""


def posterior(states: States, vocabulary: Vocabulary, table: pd.DataFrame) -> Reals:
    """Return the posterior of each condition, (n_cases, n_conditions), all alike likely before.

    `table` holds cases as the service reads them: closed under `implies`, a column for each
    finding (1 present, 0 absent, null unknown) and attribute, of the kind that the generator
    accepts. A case that no condition can give gets the prior.
    """
    tables = _Tables(states, vocabulary)
    return np.concatenate([tables.posterior(chunk) for chunk in _chunks(table)])


def _chunks(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(table), 1), CHUNK):
        yield table.iloc[start : start + CHUNK]


def _log(chances: Reals) -> Reals:
    return np.where(chances > 0, np.log(np.maximum(chances, np.finfo(float).tiny)), IMPOSSIBLE)


class _Tables:
    """The logarithms of all chances, looked up for each case."""

    def __init__(self, states: States, vocabulary: Vocabulary) -> None:
        self._states = states
        self._vocabulary = vocabulary
        single = states.single
        silence = _log(1 - single.present - single.absent)
        self._silence = silence.sum(axis=1)
        self._present = (_log(single.present) - silence).T
        self._absent = (_log(single.absent) - silence).T
        self._families = [(_log(f.given(0)), _log(f.given(2)), f) for f in states.families]
        self._attributes = {id: _log(chances) for id, chances in states.attributes.items()}

    def posterior(self, table: pd.DataFrame) -> Reals:
        likelihood = self._likelihood(table)
        n_conditions = len(self._states.accepted)
        joint = np.empty((len(table), n_conditions))
        weighted = np.maximum(likelihood + _log(self._states.prior), IMPOSSIBLE)
        for condition in range(n_conditions):
            of_condition = self._states.condition == condition
            joint[:, condition] = logsumexp(weighted[:, of_condition], axis=1)
        joint -= np.log(self._states.accepted)
        # What no condition can give says nothing: the prior stays.
        joint[joint.max(axis=1) <= IMPOSSIBLE / 2] = 0
        joint -= joint.max(axis=1, keepdims=True)
        return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)))

    def _likelihood(self, table: pd.DataFrame) -> Reals:
        """Return the logarithm of the chance of each case in each state, (n_cases, n_states)."""
        stated = _stated(table, self._vocabulary)
        single = stated[:, self._states.single.findings]
        likelihood = self._silence + (single == PRESENT) @ self._present
        likelihood += (single == ABSENT) @ self._absent
        told = [(stated[:, f.findings] != UNKNOWN).any(axis=1) for f in self._states.families]
        is_single_told = (single != UNKNOWN).any(axis=1)
        for i, (any_, twice, one) in enumerate(self._families):
            report = _report(stated[:, one.findings], one.reports)
            others = np.any([is_single_told, *told[:i], *told[i + 1 :]], axis=0)
            # What is stated of this family alone was accepted only if it took two answers.
            is_alone = (told[i] & ~others)[:, np.newaxis]
            looked_up = np.where(is_alone, twice.T[report], any_.T[report])
            likelihood += np.where((report >= 0)[:, np.newaxis], looked_up, IMPOSSIBLE)
        for id, chances in self._attributes.items():
            known = np.flatnonzero(table[id].notna())
            attribute = self._vocabulary.attributes[id]
            values = grids.index(attribute, table[id].iloc[known].tolist())
            # A value that nobody has in this world (sex `other`, a body mass of 95) says nothing.
            is_possible = chances.max(axis=0)[values] > IMPOSSIBLE
            likelihood[known[is_possible]] += chances.T[values[is_possible]]
        return np.asarray(likelihood)


def _stated(table: pd.DataFrame, vocabulary: Vocabulary) -> Stated:
    values = table[list(vocabulary.findings)].to_numpy(dtype=np.float32, na_value=np.nan)
    return np.where(np.isnan(values), UNKNOWN, values).astype(np.int8)


def _report(stated: Stated, reports: Stated) -> NDArray[np.intp]:
    """Return the place of each row, (n_cases, n_findings), among the reports; -1 for none."""
    base = 3 ** np.arange(stated.shape[1])
    place = np.full(3 ** stated.shape[1], -1)
    place[(reports + 1) @ base] = np.arange(len(reports))
    return np.asarray(place[(stated + 1) @ base])
