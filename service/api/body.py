"""The body of a request: strict JSON, refused before anything can be lost in it."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from flask import Request, current_app

from service.api.problem import Problem, pointer
from service.schemas.field import kind, quoted

_LONG = 20
"""Digits past which an integer is read as a float: no attribute needs them, and Python refuses
to convert some thousands."""


_CHUNK = 65_536
_DRAINED = 16_777_216
"""Bytes of a body that is too large which are read and thrown away before it is refused; one that
states more is refused unread, for its client would hold the worker."""


class _Repeats(dict[str, Any]):
    """A JSON object that states `key` more than once."""

    key: str


def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request; raises Problem with 400, 413 or 415."""
    if request.mimetype != "application/json":
        found = request.mimetype or "none"
        raise Problem(415, f"The content type is {quoted(found)}, expected application/json.")
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise Problem(415, f"The charset is {quoted(charset)}, expected utf-8.")
    if request.content_encoding not in (None, "", "identity"):
        raise Problem(415, "A content encoding is not supported; send the body as it is.")
    parsed = parse(_read(request))
    if not isinstance(parsed, dict):
        raise _malformed("", "not_an_object", f"Expected an object, found {kind(parsed)}.")
    return parsed


def _read(request: Request) -> bytes:
    """Return the body, whole; one that is too large is read on, or the client sees no answer.

    It is read here, for a chunked body that is too large would otherwise be cut without a word.
    """
    limit, stated = int(current_app.config["MAX_CONTENT_LENGTH"]), request.content_length
    too_large = Problem(413, f"The body is larger than {limit} bytes, which is the limit.")
    if stated is not None and stated - limit > _DRAINED:
        raise too_large
    stream = request.environ["wsgi.input"]
    try:
        body: bytes = stream.read(limit + 1 if stated is None else min(stated, limit + 1))
        if len(body) > limit:
            _drain(stream, _DRAINED if stated is None else min(_DRAINED, stated - len(body)))
    except OSError as error:  # of gunicorn: a chunk that is none, or a client that is gone
        raise Problem(400, "The body cannot be read to its end.") from error
    if len(body) > limit:
        raise too_large
    if stated is not None and len(body) < stated:
        raise Problem(400, f"The body ended after {len(body)} of {stated} bytes.")
    return body


def _drain(stream: BinaryIO, left: int) -> None:
    while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)


def parse(body: bytes) -> Any:
    """Parse strict JSON: UTF-8, no repeated key, no NaN, no nesting without end."""
    repeats: list[_Repeats] = []
    try:
        parsed = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=lambda pairs: _object(pairs, repeats),
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise _malformed("", "not_utf8", f"Byte {error.start} of the body is not UTF-8.") from error
    except RecursionError as error:
        raise _malformed("", "too_deep", "The body is nested too deeply.") from error
    except ValueError as error:
        raise _malformed("", "malformed_json", f"The body is no JSON: {error}.") from error
    if repeats:
        path = _path(parsed) or (repeats[0].key,)
        raise _malformed(
            pointer(path), "repeated_key", f"The key {quoted(str(path[-1]))} stands twice."
        )
    return parsed


def _object(pairs: list[tuple[str, Any]], repeats: list[_Repeats]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    marked = _Repeats(pairs)
    marked.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    repeats.append(marked)
    return marked


def _path(value: Any) -> tuple[str | int, ...]:
    """Return the path of the first key that stands twice, an outer one before what it holds.

    Without recursion, for any depth; it holds one path at a time, for a body can be a million
    lists.
    """
    levels: list[Iterator[tuple[str | int, Any]]] = [iter([("", value)])]
    path: list[str | int] = []
    while levels:
        for key, found in levels[-1]:
            path[len(levels) - 1 :] = [key]
            if isinstance(found, _Repeats):
                return (*path[1:], found.key)
            levels.append(_inside(found))
            break
        else:
            levels.pop()
    return ()


def _inside(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str | int, Any]]:
    """Yield what a value holds that can hold more, each with its key or place."""
    for key, found in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(found, dict | list):
            yield key, found


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONG else float(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")


def _malformed(where: str, code: str, detail: str) -> Problem:
    error = {"pointer": where, "code": code, "detail": detail}
    return Problem(400, "The body is not a JSON object that can be read.", [error])
