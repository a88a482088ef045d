"""The interview: how soon the next questions tell as much as all answers at once.

A synthetic person who would answer everything names a complaint, and is then asked the first of
the next questions that a patient can answer, again and again. Where to stop is in training.stop.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import joblib
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from service.assessment import Assessment, assess
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Vocabulary
from service.model import Model
from service.questions import Question, Reason, examinations, next_questions
from training.cases import single
from training.figure import Share
from training.ranks import loss, shares

SETTING = "balanced"
QUESTIONS = 40
"""Questions that the curve goes to, those of the red flags among them."""

PAGE = 0.015, 20
"""Where the page of the service ends its interview and shows the result: the least gain, in bits,
and the most questions for information; `LEAST` and `ROUND` of service/web/static/interview.js."""

LEAST = 0.1, 0.05, 0.02, PAGE[0], 0.01
"""Bits: an interview can stop when no question that a patient can answer has so much to gain."""

LONGEST = 80
"""Questions that a patient is asked at most, while one has the smallest gain of those."""

PEOPLE = 1_000, 1
"""How many are interviewed, so that a difference of one in a hundred shows, and their seed."""

MARGIN = 0.01
"""How much less often than after all answers the condition may be first after these questions."""

COMPLAINTS = ("pain", "sensory", "motor", "bladder_bowel")
"""The groups of the findings that somebody comes with."""

TOLD = ("age_years", "sex")
"""The attributes that are known before the first question."""


@dataclass(frozen=True, slots=True)
class Interview:
    """How one person was asked.

    `ranks` are those of the person's condition before the first of the `questions` and after each;
    `complete` is the rank after all that a patient can answer.
    """

    ranks: tuple[int, ...]
    questions: tuple[Question, ...]
    complete: int

    @property
    def reasons(self) -> list[Reason]:
        """Why each question was asked."""
        return [question.reason for question in self.questions]

    def rank(self, number: int) -> int:
        """Return the rank after so many questions; it stays when nothing is left to ask."""
        return self.ranks[min(number, len(self.questions))]

    def stop(self, least: float, most: float = math.inf) -> int:
        """Return after how many questions the next would gain less than so many bits.

        The stop is earlier where so many were asked for information at `most`, and another would
        be. Those of the red flags are asked in any case.
        """
        gains = [(i, one.gain) for i, one in enumerate(self.questions) if one.gain is not None]
        ends = (i for told, (i, gain) in enumerate(gains) if told >= most or gain < least)
        return next(ends, len(self.questions))


@dataclass(frozen=True, slots=True)
class Interviewer:
    """Who asks, with all that it takes."""

    model: Model
    vocabulary: Vocabulary
    conditions: Mapping[str, Condition]
    setting: str = SETTING

    def interview(self, truth: Case, condition: str, seed: int) -> Interview:
        """Ask a person of a condition, of whom everything is known to be true or not."""
        case = self._complaint(truth, np.random.default_rng(seed))
        ranks, asked = [self._rank(case, condition)], list[Question]()
        while len(asked) < LONGEST and (question := self._next(case)):
            if len(asked) >= QUESTIONS and question.gain is not None and question.gain < LEAST[-1]:
                break
            case = self._answered(case, question.ask, truth)
            ranks.append(self._rank(case, condition))
            asked.append(question)
        return Interview(tuple(ranks), tuple(asked), self._rank(self._all(truth), condition))

    def _assessed(self, case: Case) -> Assessment:
        return assess([case], self.setting, self.model, self.conditions)[0]

    def _rank(self, case: Case, condition: str) -> int:
        if (ranking := self._assessed(case).ranking) is None:
            raise ValueError("the model gave no usable ranking")
        probabilities = ranking.probabilities
        return 1 + sum(p > probabilities[condition] for p in probabilities.values())

    def _next(self, case: Case) -> Question | None:
        assessment = self._assessed(case)
        questions = next_questions(case, assessment, self.setting, self.model, self.vocabulary)
        return next((one for one in questions if one.kind != "examination"), None)

    def _complaint(self, truth: Case, rng: np.random.Generator) -> Case:
        """Return what the person comes with: one or two complaints, age and sex."""
        findings = self.vocabulary.findings
        able = [id for id in findings if id in truth.present - examinations(self.vocabulary)]
        complaints = [id for id in able if findings[id].group in COMPLAINTS] or able
        named = rng.choice(complaints, min(len(complaints), int(rng.integers(1, 3))), replace=False)
        attributes = {id: truth.attributes[id] for id in TOLD}
        return read(named.tolist(), (), attributes, self.vocabulary)

    def _answered(self, case: Case, ask: str, truth: Case) -> Case:
        present, absent = case.stated & case.present, case.stated & case.absent
        given = {ask: truth.attributes[ask]} if ask in truth.attributes else {}
        return read(
            present | ({ask} & truth.present),
            absent | ({ask} & truth.absent),
            {**case.attributes, **given},
            self.vocabulary,
        )

    def _all(self, truth: Case) -> Case:
        hard = examinations(self.vocabulary)
        given = {id: value for id, value in truth.attributes.items() if id not in hard}
        return read(truth.present - hard, truth.absent - hard, given, self.vocabulary)


def interviews(people: pd.DataFrame, interviewer: Interviewer, jobs: int) -> list[Interview]:
    """Interview people who answer everything, several at once; the seed of each is its place."""
    truths = single(people, interviewer.vocabulary)
    tasks = (
        joblib.delayed(_interview)(interviewer, truth, condition, seed)
        for seed, (truth, condition) in enumerate(zip(truths, people["condition"], strict=True))
    )
    made = joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks)
    return list(tqdm(made, total=len(truths), unit="person", desc="interviews"))


def _interview(interviewer: Interviewer, truth: Case, condition: str, seed: int) -> Interview:
    with threadpool_limits(1):
        return interviewer.interview(truth, condition, seed)


def curve(asked: Sequence[Interview]) -> pd.DataFrame:
    """Return top-1 and top-3 after 0 to QUESTIONS questions, with exact 95 % intervals.

    `loss` is how much less often than after all answers the condition is first, with the exact
    interval given how many people differ: of these each is right one way or the other.
    """
    rows, complete = [], [one.complete for one in asked]
    for number in range(QUESTIONS + 1):
        ranks = [one.rank(number) for one in asked]
        row = {"questions": number, **shares(ranks)}
        reasons = [one.reasons[number - 1] for one in asked if 0 < number <= len(one.reasons)]
        row["red_flag"] = reasons.count("red_flag") / len(asked)
        row["information"] = reasons.count("information") / len(asked)
        rows.append(row | loss(ranks, complete))
    return pd.DataFrame(rows)


def report(found: pd.DataFrame, asked: Sequence[Interview]) -> str:
    """Return in a few lines how near the questions come to all answers."""
    last = found.iloc[-1]
    complete = Share(sum(one.complete == 1 for one in asked), len(asked))
    top_3 = Share(sum(one.complete <= 3 for one in asked), len(asked))
    stays = (found["loss"] <= MARGIN)[::-1].cummin()
    near = found.loc[stays, "questions"]
    flags = np.mean([one.reasons[:QUESTIONS].count("red_flag") for one in asked])
    return "\n".join(
        [
            f"{len(asked)} synthetic people who answer everything, all conditions alike often:",
            f"after all answers top-1 {complete}, top-3 {top_3};",
            f"after {QUESTIONS} questions ({flags:.1f} of them of the red flags) top-1"
            f" {last.top_1:.3f} ({last.top_1_low:.3f} to {last.top_1_high:.3f}), top-3"
            f" {last.top_3:.3f} ({last.top_3_low:.3f} to {last.top_3_high:.3f});",
            f"top-1 is {last.loss:.3f} lower ({last.loss_low:.3f} to {last.loss_high:.3f}), wanted"
            f" is {MARGIN} at most: "
            + (f"reached after {near.min()} questions." if len(near) else "it is not reached."),
        ]
    )
