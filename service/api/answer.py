"""The answer about a case as the contract writes it."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from service import explanation, questions
from service.assessment import ADVICE, NOTICE, Assessment
from service.clinical import red_flags
from service.clinical.case import Case
from service.clinical.catalogue import Condition
from service.clinical.rule import RedFlag
from service.manifest import Manifest
from service.opinion import Ranking
from service.questions import Question
from service.runtime import Runtime

INCLUDABLE = ("explanation", "next_questions", "model_ranking")

Include = frozenset[str]
"""Those of INCLUDABLE that the caller asks for."""


class Answers:
    """Writes answers, with what the running service knows of flags and conditions."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._flags = {flag.id: _flag(flag) for flag in red_flags.RED_FLAGS}
        self._conditions = {
            id: _condition(condition) for id, condition in runtime.catalogue.conditions.items()
        }
        self._questions = {
            id: known.question
            for table in (runtime.vocabulary.findings, runtime.vocabulary.attributes)
            for id, known in table.items()
        }

    def write(
        self, case: Case, assessment: Assessment, setting: str, include: Include
    ) -> dict[str, Any]:
        """Return the answer about one case under a setting; what is absent in it is omitted."""
        triage = assessment.triage
        answer: dict[str, Any] = {
            "triage": {
                "level": triage.level.id,
                "decided_by": triage.decided_by,
                "because": triage.because,
                "advice": ADVICE[triage.level],
            },
            "red_flags": {
                "raised": [
                    self._flags[flag.id] | {"because": flag.because(case)}
                    for flag in assessment.raised
                ],
                "not_screened": [
                    {"id": flag.id, "ask": ask} for flag, ask in assessment.not_screened
                ],
                "version": red_flags.VERSION,
            },
        }
        if assessment.ranking and self._runtime.manifest:
            answer |= self._opinion(assessment, assessment.ranking, include)
            answer["model"] = _model(self._runtime.manifest)
            if "explanation" in include:
                answer["explanation"] = self._explanation(case, assessment, setting)
        if "next_questions" in include:
            answer["next_questions"] = self._next_questions(case, assessment, setting)
        return answer | {"setting": setting, "degraded": assessment.is_degraded, "notice": NOTICE}

    def _opinion(
        self, assessment: Assessment, ranking: Ranking, include: Include
    ) -> dict[str, Any]:
        """Return what the model adds: conditions, prediction set, what is withheld."""
        everything_shown = not assessment.withheld
        opinion: dict[str, Any] = {
            "conditions": [
                self._conditions[id] | {"probability": _rounded(probability)}
                for id, probability in assessment.conditions.items()
            ],
            "withheld": {
                "count": len(assessment.withheld),
                "probability": _rounded(sum(assessment.withheld.values())),
            },
            "information": "sufficient" if assessment.is_sufficient else "insufficient",
        }
        # The set speaks of the whole ranking, so it is shown only where the whole ranking is.
        if everything_shown:
            for entry in opinion["conditions"]:
                entry["in_prediction_set"] = entry["id"] in ranking.prediction_set
        if self._runtime.manifest and (everything_shown or "model_ranking" in include):
            size = len(ranking.prediction_set)
            opinion["prediction_set"] = {"coverage": self._runtime.manifest.coverage, "size": size}
        if "model_ranking" in include:
            opinion["model_ranking"] = _model_ranking(ranking)
        return opinion

    def _explanation(
        self, case: Case, assessment: Assessment, setting: str
    ) -> list[dict[str, Any]]:
        known = self._runtime
        reasons = explanation.explain(
            case, assessment, setting, known.model, known.vocabulary, known.catalogue.conditions
        )
        return [
            {
                "stated": reason.stated,
                "state": reason.state,
                "condition": reason.condition,
                "weight": reason.weight,
            }
            for reason in reasons
        ]

    def _next_questions(
        self, case: Case, assessment: Assessment, setting: str
    ) -> list[dict[str, Any]]:
        asked = questions.next_questions(
            case, assessment, setting, self._runtime.model, self._runtime.vocabulary
        )
        return [self._question(question) for question in asked]

    def _question(self, question: Question) -> dict[str, Any]:
        written: dict[str, Any] = {
            "ask": question.ask,
            "kind": question.kind,
            "question": self._questions[question.ask],
            "reason": question.reason,
        }
        if question.gain is not None:
            written["gain"] = _rounded(question.gain, 4)
        return written


def _flag(flag: RedFlag) -> dict[str, Any]:
    return {
        "id": flag.id,
        "level": flag.level.id,
        "title": flag.title,
        "because": (),
        "suspects": flag.suspects,
        "sources": flag.sources,
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "id": condition.id,
        "name": condition.name,
        "icd10": condition.icd10,
        "probability": 0.0,
        "urgency": condition.urgency.id,
    }


def _model_ranking(ranking: Ranking) -> list[dict[str, Any]]:
    ranked = sorted(ranking.probabilities.items(), key=itemgetter(1), reverse=True)
    return [
        {"id": id, "probability": _rounded(p), "in_prediction_set": id in ranking.prediction_set}
        for id, p in ranked
    ]


def _model(manifest: Manifest) -> Mapping[str, str]:
    return {
        "version": manifest.model["version"],
        "sha256": manifest.sha256,
        "run_id": manifest.model["run_id"],
        "data_sha256": manifest.data["sha256"],
    }


def _rounded(number: float, digits: int = 9) -> float:
    """Keep significant digits, so that a probability is 0 only where something rules it out.

    With nine of them all probabilities sum to 1 within 1e-7.
    """
    return float(f"{number:.{digits}g}")
