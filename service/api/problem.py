"""Errors: one shape, RFC 9457 problem details, from one handler."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.http import HTTP_STATUS_CODES

from service.schemas.field import LISTED

_log = logging.getLogger(__name__)

Fault = Mapping[str, str]

LONGEST = 60
"""Characters of a caller's key that a pointer shows."""


class Problem(Exception):
    """A request is refused, with a status, a sentence, the faults found and more headers."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers


def register(app: Flask) -> None:
    """Answer every error of an application as a problem."""
    app.register_error_handler(HTTPException, _handle)
    app.register_error_handler(Exception, _handle)


def pointer(path: Sequence[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path; a part that is far too long is cut."""
    escaped = (str(part)[:LONGEST].replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in escaped)


def _handle(error: Exception) -> Response:
    if isinstance(error, ValidationError):
        error = _invalid(error.messages)
    elif isinstance(error, HTTPException):
        kept = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")}
        status = error.code or 500
        error = Problem(status, _sentence(error, status), headers=kept)
    elif not isinstance(error, Problem):
        # Type and route alone: a message, a trace or a path could hold what a patient stated.
        _log.error("unhandled %s on %s", type(error).__name__, request.url_rule)
        error = Problem(500, "Something failed inside. The request changed nothing.")
    response = _response(error)
    response.headers.extend(error.headers)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers.setdefault("Retry-After", "30")
    return response


def _invalid(messages: Any) -> Problem:
    """Return the problem of a request with faults, of which no more are read than listed."""
    faults = list(islice(_faults(messages, ()), LISTED + 1))
    detail = f"The request has {len(faults)} fault{'s' if len(faults) > 1 else ''}."
    if len(faults) > LISTED:
        detail = f"The request has more than {LISTED} faults; the first {LISTED} are listed."
    return Problem(422, detail, sorted(faults[:LISTED], key=lambda fault: fault["pointer"]))


def _sentence(error: HTTPException, status: int) -> str:
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(error.valid_methods or ())
        return f"{request.method} is not allowed on {request.path[:LONGEST]}, allowed is {allowed}."
    if isinstance(error, NotFound):
        return f"There is nothing at {request.path[:LONGEST]!a}; /docs lists the routes."
    return error.description or HTTP_STATUS_CODES[status]


def _response(problem: Problem) -> Response:
    # Werkzeug's names, for those of the standard library differ between versions of Python.
    title = HTTP_STATUS_CODES[problem.status]
    body: dict[str, Any] = {
        "type": f"urn:cauda:problem:{title.lower().replace(' ', '-')}",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return Response(json.dumps(body), problem.status, mimetype="application/problem+json")


def _faults(messages: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """Flatten marshmallow's nested messages, each `code: sentence`, in the order of the body."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from _faults(below, (*path, key))
        return
    if path[-1:] == ("_schema",) and not messages[0].startswith("unknown_field"):
        path = path[:-1]  # marshmallow's name for an object as a whole
    for message in messages:
        code, _, detail = message.partition(": ")
        yield {"pointer": pointer(path), "code": code, "detail": detail}
