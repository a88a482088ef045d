"""`POST /v1/predict`: the answer about a case."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from service.api.body import read_object
from service.api.problem import Problem
from service.assessment import ADVICE, NOTICE, Assessment, assess
from service.clinical import case, red_flags
from service.clinical.rule import RedFlag
from service.manifest import Manifest
from service.metrics import Metrics
from service.opinion import Ranking
from service.runtime import Runtime
from service.schemas import case_schema, quoted

INCLUDABLE = ("explanation", "next_questions", "model_ranking")


def blueprint(runtime: Runtime, metrics: Metrics) -> Blueprint:
    """Return the routes that answer about cases."""
    routes = Blueprint("predict", __name__, url_prefix="/v1")
    schema = case_schema(runtime.vocabulary)

    @routes.post("/predict")
    def predict() -> Response:
        include = _include()
        stated = schema.load(read_object(request))
        setting = stated.pop("setting")
        read = case.read(**stated, vocabulary=runtime.vocabulary)
        (assessment,) = assess([read], setting, runtime.model, runtime.catalogue.conditions)
        metrics.answered([assessment])
        return jsonify(_answer(assessment, read, setting, include, runtime))

    @routes.after_request
    def keep_out_of_caches(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"  # refusals too: they echo what was stated
        return response

    return routes


def _include() -> frozenset[str]:
    """Read `?include=`; raises Problem for any other parameter or value."""
    values = [value for text in request.args.getlist("include") for value in text.split(",")]
    allowed = f"include, with any of {', '.join(INCLUDABLE)}"
    faults = [
        {
            "pointer": "",
            "code": "unknown_parameter",
            "detail": f"{quoted(key)}: allowed is {allowed}.",
        }
        for key in request.args
        if key != "include"
    ] + [
        {
            "pointer": "",
            "code": "unknown_include",
            "detail": f"{quoted(value)}: allowed is {allowed}.",
        }
        for value in values
        if value not in INCLUDABLE
    ]
    if faults:
        raise Problem(422, "The query is not understood.", faults)
    return frozenset(values)


def _answer(
    assessment: Assessment,
    read: case.Case,
    setting: str,
    include: frozenset[str],
    runtime: Runtime,
) -> dict[str, Any]:
    triage = assessment.triage
    answer: dict[str, Any] = {
        "triage": {
            "level": triage.level.id,
            "decided_by": triage.decided_by,
            "because": triage.because,
            "advice": ADVICE[triage.level],
        },
        "red_flags": {
            "raised": [_raised(flag, read) for flag in assessment.raised],
            "not_screened": [{"id": flag.id, "ask": ask} for flag, ask in assessment.not_screened],
            "version": red_flags.VERSION,
        },
    }
    if assessment.ranking and runtime.manifest:
        answer |= _opinion(assessment, assessment.ranking, include, runtime)
        answer["model"] = _model(runtime.manifest)
    return answer | {"setting": setting, "degraded": assessment.is_degraded, "notice": NOTICE}


def _raised(flag: RedFlag, read: case.Case) -> dict[str, Any]:
    return {
        "id": flag.id,
        "level": flag.level.id,
        "title": flag.title,
        "because": flag.because(read),
        "suspects": flag.suspects,
        "sources": flag.sources,
    }


def _opinion(
    assessment: Assessment, ranking: Ranking, include: frozenset[str], runtime: Runtime
) -> dict[str, Any]:
    """Return what the model adds: conditions, prediction set, what is withheld."""
    everything_shown = not assessment.withheld
    inside = ranking.prediction_set if everything_shown else None
    opinion: dict[str, Any] = {
        "conditions": [
            _condition(id, p, runtime) | ({"in_prediction_set": id in inside} if inside else {})
            for id, p in assessment.conditions.items()
        ],
        "withheld": {
            "count": len(assessment.withheld),
            "probability": _rounded(sum(assessment.withheld.values())),
        },
        "information": "sufficient" if assessment.is_sufficient else "insufficient",
    }
    # The set speaks of the whole ranking, so it is shown only where the whole ranking is.
    if runtime.manifest and (everything_shown or "model_ranking" in include):
        size = len(ranking.prediction_set)
        opinion["prediction_set"] = {"coverage": runtime.manifest.coverage, "size": size}
    if "model_ranking" in include:
        opinion["model_ranking"] = _model_ranking(ranking)
    return opinion


def _condition(id: str, probability: float, runtime: Runtime) -> dict[str, Any]:
    condition = runtime.catalogue.conditions[id]
    return {
        "id": id,
        "name": condition.name,
        "icd10": condition.icd10,
        "probability": _rounded(probability),
        "urgency": condition.urgency.id,
    }


def _model_ranking(ranking: Ranking) -> list[dict[str, Any]]:
    ranked = sorted(ranking.probabilities.items(), key=lambda item: -item[1])
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


def _rounded(probability: float) -> float:
    """Keep nine significant digits: only what is ruled out is 0, and all sum to 1 within 1e-7."""
    return float(f"{probability:.9g}")
