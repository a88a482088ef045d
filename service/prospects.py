"""The prospects: what each answer to what a case leaves open would make of its row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.clinical.case import Case
from service.clinical.vocabulary import Vocabulary
from service.features import Matrix
from service.frequency import Shares, weights

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
        `then`, weighted by P(a), less the mean of the entropies. An answer that leaves no
        condition possible tells nothing of them.
        """
        now = now / now.sum()
        left = then.sum(axis=1, keepdims=True)
        as_now = np.tile(now, (len(then), 1))
        then = np.divide(then, left, out=as_now, where=left > 0)
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

    def __init__(self, shares: Shares) -> None:
        """Take the shares by column, in the order of the encoding's columns."""
        self._width = len(shares)
        self._shares = _as_asked(shares)
        self._labels: dict[str, list[int]] = {}
        self._present: dict[str, int] = {}
        self._absent: dict[str, int] = {}
        self._unknown: dict[str, int] = {}
        own = {"present": self._present, "absent": self._absent, "unknown": self._unknown}
        for i, name in enumerate(shares):
            id, _, label = name.partition("=")
            if label in own:
                own[label][id] = i
            if label != "unknown":
                self._labels.setdefault(id, []).append(i)

    def of(self, case: Case, row: Matrix, vocabulary: Vocabulary) -> Prospects:
        """Return the prospects of a case, which the encoding has made the row of, (n_columns,)."""
        known = case.present | case.absent | case.attributes.keys()
        ids = [id for id in (*vocabulary.findings, *vocabulary.attributes) if id not in known]
        places = [self._labels[id] for id in ids]
        column = np.array([place for labels in places for place in labels], dtype=np.intp)
        answers = np.array([len(labels) for labels in places], dtype=np.intp)
        question = np.repeat(np.arange(len(ids)), answers)
        rows = np.repeat(row[np.newaxis], len(column), axis=0)
        # All at once in the flat rows: numpy takes longer over each assignment than over its cells.
        flat, (ones, zeros) = rows.reshape(-1), self._cells(ids, vocabulary)
        flat[zeros] = 0
        flat[ones] = 1
        rows[np.arange(len(column)), column] = 1
        more = np.array([id in vocabulary.findings for id in ids], dtype=np.intp)[question]
        return Prospects(tuple(ids), question, rows, more, self._chances(question, column))

    def _cells(self, ids: Sequence[str], vocabulary: Vocabulary) -> tuple[list[int], list[int]]:
        """Return the cells of the flat rows that follow from answers: those of 1 and those of 0."""
        ones, zeros, first, width = list[int](), list[int](), 0, self._width
        for id in ids:
            rows = range(first, first := first + width * len(self._labels[id]), width)
            if id in vocabulary.findings:
                present, absent = rows
                ones += [present + self._present[other] for other in vocabulary.implied[id]]
                ones += [absent + self._absent[other] for other in vocabulary.implying[id]]
            else:
                zeros += [cell + self._unknown[id] for cell in rows]
        return ones, zeros

    def _chances(self, question: NDArray[np.intp], column: NDArray[np.intp]) -> Reals:
        """Return each answer's share of what is stated to its question, by condition."""
        stated = self._shares[column] + SMALLEST * self._shares[column].mean(axis=1, keepdims=True)
        total = np.zeros((question.max(initial=-1) + 1, stated.shape[1]))
        np.add.at(total, question, stated)
        whole = total[question]
        return np.asarray(np.divide(stated, whole, out=np.zeros_like(stated), where=whole > 0))


def _as_asked(shares: Shares) -> Reals:
    """Return the shares, (n_columns, n_conditions), as if everybody were asked for findings."""
    told, denied = weights(shares)
    weight = [
        told if name.endswith("=present") else denied if name.endswith("=absent") else 1.0
        for name in shares
    ]
    return np.asarray(np.array(list(shares.values())) * np.array(weight)[:, np.newaxis])
