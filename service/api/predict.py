"""`POST /v1/predict` and `/v1/predict/batch`: the answers about cases."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from service.api import contract
from service.api.answer import INCLUDABLE, Answers, Include
from service.api.body import read_object
from service.api.problem import Problem
from service.assessment import assess
from service.clinical import case
from service.metrics import Metrics
from service.runtime import Runtime
from service.schemas import answer as schemas
from service.schemas.field import quoted
from service.schemas.request import MOST_EXPLAINED, batch_schema, case_schema


def blueprint(runtime: Runtime, metrics: Metrics, most_cases: int) -> Blueprint:
    """Return the routes that answer about cases, at most so many at a time."""
    routes = contract.routes("predict", "Answers about cases", "/v1")
    answers = Answers(runtime)
    one, several = case_schema(runtime.vocabulary), batch_schema(runtime.vocabulary, most_cases)

    @routes.post("/predict")
    @contract.posts(one, schemas.Answer)
    def predict() -> Response:
        """Answer about one person: how soon to be seen, why, and which conditions fit."""
        include = _include()
        stated = one.load(read_object(request))
        setting = stated.pop("setting")
        (found,) = _answered([stated], setting, include, runtime, answers)
        return jsonify(found)

    @routes.post("/predict/batch")
    @contract.posts(several, schemas.Answers)
    def batch() -> Response:
        """Answer about several people, in their order; one bad case refuses all."""
        include = _include()
        stated = several.load(read_object(request))
        _check_explained(len(stated["cases"]), include)
        cases, setting = stated["cases"], stated["setting"]
        return jsonify(results=_answered(cases, setting, include, runtime, answers))

    @routes.after_request
    def finish(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"  # refusals too: they echo what was stated
        # Here and not in a view, for the examples of the documentation are nobody's answers.
        metrics.answered(g.get("assessments", ()))
        return response

    return routes


def _answered(
    stated: Sequence[Mapping[str, Any]],
    setting: str,
    include: Include,
    runtime: Runtime,
    answers: Answers,
) -> list[dict[str, Any]]:
    """Return the answers about what is stated of each person, in their order."""
    cases = [case.read(**one, vocabulary=runtime.vocabulary) for one in stated]
    found = assess(cases, setting, runtime.model, runtime.catalogue.conditions)
    written = [
        answers.write(read, assessment, setting, include)
        for read, assessment in zip(cases, found, strict=True)
    ]
    g.assessments = found  # counted when the request ends, once they are answers
    return written


def _include() -> Include:
    """Read `?include=`; raises Problem for any other parameter or value."""
    if not request.query_string:
        return frozenset()
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


def _check_explained(number: int, include: Include) -> None:
    if "explanation" in include and number > MOST_EXPLAINED:
        detail = f"{number} cases were sent with explanation, allowed are {MOST_EXPLAINED}."
        fault = {"pointer": "/cases", "code": "wrong_length", "detail": detail}
        raise Problem(422, "There are too many cases to explain.", [fault])
