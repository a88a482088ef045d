"""The contract as OpenAPI 3.1 writes it, and a page that shows it."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from flask import Blueprint, Flask, Response, render_template, request
from flask_smorest import Api

from service.api import contract
from service.api.example import BODIES, IDS, INCLUDED
from service.api.problem import Problem
from service.assessment import NOTICE

TITLE, VERSION = "Cauda", "1"

SHOWN = 2
"""Objects of a list of the catalogue that an example shows."""

UNSHOWN = frozenset(("/openapi.json", "/v1/model"))
"""Routes without an example: it would hold itself, or tell without a key what needs one."""


class Contract(Api):  # type: ignore[misc]  # of a library without types
    """The API of the application; each route names its own refusals."""

    DEFAULT_ERROR_RESPONSE_NAME = None


def api(app: Flask) -> Contract:
    """Return the API with which blueprints are registered, so that they are documented."""
    app.config |= {"API_TITLE": TITLE, "API_VERSION": VERSION, "OPENAPI_VERSION": "3.1.0"}
    key = {"type": "http", "scheme": "bearer", "description": "Where keys are set"}
    found = Contract(app, spec_kwargs={"info": {"description": NOTICE}})
    found.spec.components.security_scheme("key", key)
    return found


def blueprint(app: Flask, api: Contract) -> Blueprint:
    """Return the routes that show the contract, with answers of this very service as examples."""
    routes = contract.routes("document", "The contract")

    @cache
    def document() -> Mapping[str, Any]:
        return _with_examples(app, api.spec.to_dict())

    # Once in a process: who may ask without a key and a limit is to cost as little as a file.
    @cache
    def written() -> bytes:
        return app.json.dumps(document()).encode()

    @cache
    def page() -> bytes:
        return _page(document()).encode()

    @routes.get("/openapi.json")
    @contract.shows({"type": "object"}, "application/json", keyed=False)
    def openapi() -> Response:
        """Return this contract."""
        return Response(written(), mimetype="application/json")

    @routes.get("/docs")
    @contract.shows({"type": "string"}, "text/html", keyed=False)
    def docs() -> Response:
        """Show this contract to a reader."""
        return Response(page(), mimetype="text/html")

    return routes


def _with_examples(app: Flask, document: dict[str, Any]) -> Mapping[str, Any]:
    for path, method, operation in _operations(document):
        _add_example(app, path, method, operation)
    return document


def _page(document: Mapping[str, Any]) -> str:
    schemas = document["components"]["schemas"]
    return render_template(
        "docs.html",
        contract=document,
        operations=list(_operations(document)),
        inner=lambda schema: _inner(schema, schemas),
        written=lambda example: json.dumps(example, indent=2, ensure_ascii=False),
    )


def _inner(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that a schema holds: itself, what it refers to, or what it lists."""
    while "properties" not in schema:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        elif "allOf" in schema:
            schema = schema["allOf"][0]
        elif "items" in schema:
            schema = schema["items"]
        else:
            break
    return schema


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation of each route."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post"):
                yield path, method, operation


def _add_example(app: Flask, path: str, method: str, operation: dict[str, Any]) -> None:
    """Give an operation its example of a request, and what this service answers to it."""
    if path in UNSHOWN:
        return
    answers = operation["responses"]["200"]["content"].get("application/json")
    if path in BODIES:
        operation["requestBody"]["content"]["application/json"]["example"] = BODIES[path]
    if answers is not None and (answer := _answer(app, path, method)) is not None:
        answers["example"] = answer if path in BODIES else _shortened(answer)


def _answer(app: Flask, path: str, method: str) -> Any:
    """Return what a route answers to its example, None when it refuses."""
    asked = path.replace("{id}", IDS.get(path, "")) + INCLUDED.get(path, "")
    # A context of its own: what a view leaves in `flask.g` is none of the outer request's.
    with app.app_context(), app.test_request_context(asked, method=method, json=BODIES.get(path)):
        view = app.view_functions[request.endpoint or path]
        try:
            answer = cast("Response", view(**(request.view_args or {})))
            return answer.get_json()
        except Problem:
            return None


def _shortened(value: Any) -> Any:
    """Return what the catalogue answers with the first of each list of objects alone."""
    if isinstance(value, dict):
        return {name: _shortened(member) for name, member in value.items()}
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return [_shortened(each) for each in value[:SHOWN]]
    return value
