"""What the routes promise: their schemas, refusals and headers, as OpenAPI writes them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import flask
import flask_smorest
from marshmallow import Schema

from service.api.answer import INCLUDABLE
from service.schemas.field import LISTED
from service.schemas.problem import Problem

View = TypeVar("View", bound=Callable[..., Any])

REFUSALS: Mapping[int, str] = {
    400: "The body is no JSON object, or the Host header is not one that is served",
    401: "Keys are set and the key is missing or wrong",
    404: "There is no such id",
    413: "The body is larger than the limit",
    415: "The body is not application/json in UTF-8",
    422: f"The request is understood and has faults; every one is listed, up to {LISTED}",
    429: "The key has asked too often; Retry-After says when to ask again",
    500: "Something failed inside; nothing of the inside is told",
    503: "What is asked for is not there; Retry-After says when to ask again",
}
ALWAYS = (400, 500)
"""Refusals that each route can give."""

GUARDED = (401, 429)
"""Refusals of the routes that ask for a key where keys are set."""

PROBLEM = "application/problem+json"

_TEXT = {"schema": {"type": "string"}}
_TRACE = {
    "X-Request-ID": {"description": "The caller's id of the request, or a new one", **_TEXT},
    "traceparent": {"description": "The W3C trace context of the answer", **_TEXT},
}
_NOT_CACHED = {"Cache-Control": {"description": "no-store: it speaks of a person", **_TEXT}}
_TAGGED = {"ETag": {"description": "Changes with the content", **_TEXT}}
_RETRY = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "How to send a key", **_TEXT}}

OPEN: list[dict[str, list[str]]] = [{}]
KEYED: list[dict[str, list[str]]] = [{"key": []}, {}]
"""A key is asked for where keys are set."""

UNCHANGED: Mapping[str, Any] = {
    "description": "The answer is still the one whose ETag the header If-None-Match states",
    "headers": {**_TRACE, **_TAGGED},
}


def routes(name: str, meaning: str, url_prefix: str | None = None) -> flask.Blueprint:
    """Return a blueprint whose routes are documented."""
    blueprint: flask.Blueprint = flask_smorest.Blueprint(
        name, __name__, url_prefix=url_prefix, description=meaning
    )
    return blueprint


def posts(request: Schema, answer: type[Schema]) -> Callable[[View], View]:
    """Document a route that takes a body about cases and answers about them."""
    include = {
        "name": "include",
        "in": "query",
        "description": "What to add to each answer, separated by commas",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string", "enum": list(INCLUDABLE)}},
    }
    return _documented(
        {200: _answer(answer, "application/json", _NOT_CACHED)},
        (413, 415, 422),
        requestBody={"required": True, "content": {"application/json": {"schema": request}}},
        parameters=[include],
        security=KEYED,
    )


def gets(answer: type[Schema], *refusals: int) -> Callable[[View], View]:
    """Document a route of the catalogue, which asks for a key where keys are set."""
    answers = {200: _answer(answer, "application/json", _TAGGED), 304: UNCHANGED}
    return _documented(answers, refusals, security=KEYED)


def reads() -> Callable[[View], View]:
    """Document a page for people, which never asks for a key."""
    answer = _answer({"type": "string"}, "text/html", _TAGGED)
    return _documented({200: answer, 304: UNCHANGED}, (), security=OPEN)


def shows(
    answer: type[Schema] | Mapping[str, str], content_type: str, *refusals: int, keyed: bool
) -> Callable[[View], View]:
    """Document a route of the operator, `keyed` when it asks for a key where keys are set."""
    security = KEYED if keyed else OPEN
    return _documented({200: _answer(answer, content_type, {})}, refusals, security=security)


def _documented(
    answers: Mapping[int, Any],
    refusals: Iterable[int],
    *,
    security: list[dict[str, list[str]]],
    **operation: Any,
) -> Callable[[View], View]:
    guarded = GUARDED if security is KEYED else ()
    refused = {status: _refusal(status) for status in sorted((*ALWAYS, *guarded, *refusals))}
    doc: Callable[[View], View] = flask_smorest.Blueprint.doc(
        responses={**answers, **refused}, security=security, **operation
    )
    return doc


def _answer(
    schema: type[Schema] | Mapping[str, str], content_type: str, headers: Mapping[str, Any]
) -> Mapping[str, Any]:
    return {
        "description": "The answer",
        "content": {content_type: {"schema": schema}},
        "headers": {**_TRACE, **headers},
    }


def _refusal(status: int) -> Mapping[str, Any]:
    more = {401: _CHALLENGE, 429: _RETRY, 503: _RETRY}.get(status, {})
    return {
        "description": REFUSALS[status],
        "content": {PROBLEM: {"schema": Problem}},
        "headers": {**_TRACE, **more},
    }
