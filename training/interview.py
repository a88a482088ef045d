"""The interview: how soon the next questions tell as much as all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd
from tqdm import tqdm

from service.assessment import Assessment, assess
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Vocabulary
from service.model import Model
from service.questions import examinations, next_questions

SETTING = "balanced"
QUESTIONS = 40
"""Questions that a patient is asked at most, those of the red flags among them."""

COMPLAINTS = ("pain", "sensory", "motor", "bladder_bowel")
"""The groups of findings that somebody comes with."""

TOLD = ("age_years", "sex")
"""The attributes that are known before the first question."""


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Who asks, with all that it takes."""

    model: Model
    vocabulary: Vocabulary
    conditions: Mapping[str, Condition]

    def asked(self, truth: Case, condition: str, seed: int) -> list[tuple[int, str]]:
        """Interview a person of a condition; returns the rank of the condition, and the reason.

        The first entry is that of the complaint, each further one follows a question; the last one
        is that of all answers at once. The reason is why the question was asked, or what it was.
        """
        known = self._complaint(truth, np.random.default_rng(seed))
        found = [(0, "complaint")]
        assessment = self._assessed(known)
        found = [(_rank(assessment, condition), "complaint")]
        for _ in range(QUESTIONS):
            question = next(
                (
                    q
                    for q in next_questions(known, assessment, SETTING, self.model, self.vocabulary)
                    if q.kind != "examination"
                ),
                None,
            )
            if question is None:
                break
            known = self._answered(known, question.ask, truth)
            assessment = self._assessed(known)
            found.append((_rank(assessment, condition), question.reason))
        found += [(found[-1][0], "none")] * (QUESTIONS + 1 - len(found))
        everything = self._assessed(self._everything(truth))
        return [*found, (_rank(everything, condition), "everything")]

    def _assessed(self, case: Case) -> Assessment:
        (assessment,) = assess([case], SETTING, self.model, self.conditions)
        return assessment

    def _complaint(self, truth: Case, rng: np.random.Generator) -> Case:
        findings = self.vocabulary.findings
        able = [id for id in findings if id in truth.present - examinations(self.vocabulary)]
        first = [id for id in able if findings[id].group in COMPLAINTS] or able
        number = min(len(first), int(rng.integers(1, 3)))
        present = [str(id) for id in rng.choice(first, number, replace=False)]
        attributes = {id: truth.attributes[id] for id in TOLD}
        return read(present, (), attributes, self.vocabulary)

    def _answered(self, known: Case, ask: str, truth: Case) -> Case:
        present, absent = known.stated & known.present, known.stated & known.absent
        attributes = dict(known.attributes)
        if ask in truth.attributes:
            attributes[ask] = truth.attributes[ask]
        elif ask in truth.present:
            present |= {ask}
        else:
            absent |= {ask}
        return read(present, absent, attributes, self.vocabulary)

    def _everything(self, truth: Case) -> Case:
        hard = examinations(self.vocabulary)
        attributes = {id: value for id, value in truth.attributes.items() if id not in hard}
        return read(truth.present - hard, truth.absent - hard, attributes, self.vocabulary)


def _rank(assessment: Assessment, condition: str) -> int:
    if assessment.ranking is None:
        raise ValueError("the model gave no ranking")
    probabilities = assessment.ranking.probabilities
    return 1 + sum(p > probabilities[condition] for p in probabilities.values())
