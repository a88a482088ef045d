"""The prospects: what each answer to what a case leaves open would make of its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.clinical.case import Case
from service.clinical.vocabulary import Vocabulary
from service.features import Matrix

Reals = NDArray[np.float64]

SMALLEST = 1e-9
"""The weight of all conditions together in a share, beside the condition's own cases: it decides
only where none of these said anything about a finding."""


@dataclass(frozen=True, slots=True)
class Prospects:
    """The answers to open questions, those to one question beside each other.

    `ids` are the questions, (n_questions,), and answer i is to the question at the place
    `question[i]`. It would make of the case the row `rows[i]`, (n_answers, n_columns), by
    `more[i]` findings stated more, and is given with `chances[i]` in each condition, (n_answers,
    n_conditions), which sum to 1 over the answers to a question.
    """

    ids: tuple[str, ...]
    question: NDArray[np.intp]
    rows: Matrix
    more: NDArray[np.intp]
    chances: Reals

    def information(self, now: Reals, then: Reals) -> dict[str, float]:
        """Return the mutual information, in nats, of answer and condition for each question.

        `now` holds the conditions' probabilities, (n_conditions,), `then` those after each answer,
        (n_answers, n_conditions). With an answer a of chance P(a) it is the entropy of the mean of
        `then`, weighted by P(a), less the mean of the entropies.
        """
        now = now / now.sum()
        then = then / then.sum(axis=1, keepdims=True)
        chance = self.chances @ now
        mean = np.zeros((len(self.ids), len(now)))
        np.add.at(mean, self.question, chance[:, np.newaxis] * then)
        after = np.bincount(self.question, chance * entropy(then), len(self.ids))
        return dict(zip(self.ids, (entropy(mean) - after).tolist(), strict=True))


def entropy(probabilities: Reals) -> Reals:
    """Return the entropy in nats of each row of probabilities, (n, n_conditions)."""
    logarithms = np.log(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    return np.asarray(-(probabilities * logarithms).sum(axis=1))


class Outlook:
    """The columns of an encoding with what is stated in them by condition."""

    def __init__(self, shares: Mapping[str, Sequence[float]]) -> None:
        """Take the shares by column, in the order of the encoding's columns."""
        self._place = {name: i for i, name in enumerate(shares)}
        self._shares = _as_asked(list(shares), np.array(list(shares.values())))
        self._labels: dict[str, list[int]] = {}
        for i, name in enumerate(shares):
            id, _, label = name.partition("=")
            if label != "unknown":
                self._labels.setdefault(id, []).append(i)

    def of(self, case: Case, row: Matrix, vocabulary: Vocabulary) -> Prospects:
        """Return the prospects of a case, which the encoding has made the row of, (n_columns,)."""
        known = case.present | case.absent | case.attributes.keys()
        ids = [id for id in (*vocabulary.findings, *vocabulary.attributes) if id not in known]
        answers = [(q, column) for q, id in enumerate(ids) for column in self._labels[id]]
        question, column = np.array(answers, dtype=np.intp).reshape(-1, 2).T
        rows = np.repeat(row[np.newaxis], len(answers), axis=0)
        rows[np.arange(len(answers)), column] = 1
        i = 0
        for id in ids:
            if id in vocabulary.findings:
                rows[i, [self._place[f"{f}=present"] for f in vocabulary.implied[id]]] = 1
                rows[i + 1, [self._place[f"{f}=absent"] for f in vocabulary.implying[id]]] = 1
            else:
                rows[i : i + len(self._labels[id]), self._place[f"{id}=unknown"]] = 0
            i += len(self._labels[id])
        more = np.array([id in vocabulary.findings for id in ids], dtype=np.intp)[question]
        return Prospects(tuple(ids), question, rows, more, self._chances(question, column))

    def _chances(self, question: NDArray[np.intp], column: NDArray[np.intp]) -> Reals:
        """Return each answer's share of what is stated to its question, by condition."""
        stated = self._shares[column] + SMALLEST * self._shares[column].mean(axis=1, keepdims=True)
        total = np.zeros((question.max(initial=-1) + 1, stated.shape[1]))
        np.add.at(total, question, stated)
        whole = total[question]
        return np.asarray(np.divide(stated, whole, out=np.zeros_like(stated), where=whole > 0))


def _as_asked(names: Sequence[str], shares: Reals) -> Reals:
    """Weigh the shares, (n_columns, n_conditions), as if everybody had been asked for findings.

    Unasked, people tell of what they have far more often than of what they lack. Where f of the
    people of a condition have a finding, and a finding that is there is told with the chance r, one
    that is not with s, the shares that state it are P = r f and A = s (1 - f), so that
    P / r + A / s = 1. The 1 / r and 1 / s that fit all findings and conditions best, by least
    squares, turn the shares into f and 1 - f; that r and s are alike for all findings is a
    simplification.
    """
    present, absent = (
        np.array([name.endswith(f"={state}") for name in names]) for state in ("present", "absent")
    )
    stated = np.stack([shares[present].ravel(), shares[absent].ravel()], axis=1)
    weights, *_ = np.linalg.lstsq(stated, np.ones(len(stated)))
    # Shares that nobody could have stated so give no sensible weights; none is below 0.
    told, denied = np.maximum(weights, SMALLEST)
    return shares * np.where(present, told, np.where(absent, denied, 1))[:, np.newaxis]
