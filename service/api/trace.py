"""The trace of a request: its ids, its line in the log, and its place in the metrics."""

import os
import re
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Request, g

from service.log import lines
from service.metrics import UNMATCHED, Metrics, known

QUIET = frozenset(("/healthz", "/metrics", "/readyz"))
"""Routes that machines ask every few seconds; a line each would bury the others."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
"""W3C Trace Context: trace id, the caller's span id, flags. Version 00 ends there, after 55
characters; a higher one may go on, and is read as 00; ff is forbidden."""


class Trace(NamedTuple):
    """The ids of one request, in lower-case hex but for `request_id`, and when it began.

    `parent_id` is the caller's span, empty if there is none; `began` is in seconds of
    `perf_counter`.
    """

    request_id: str
    trace_id: str
    parent_id: str
    span_id: str
    flags: str
    began: float

    @property
    def parent(self) -> str:
        """The header `traceparent` that names this request."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def register(app: Flask, metrics: Metrics) -> None:
    """Trace, count and log every request, whatever any hook or view of the application makes of it.

    The line names the route and never the path, the query, the host, the user agent or an
    address: these are a caller's to choose, can hold what a patient stated, or are personal data.
    Nor does it tell the length of an answer, which can give away the flags that it raises.
    """
    log, wsgi = lines(), app.wsgi_app

    def traced(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        trace = begun(environ)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            end(environ["werkzeug.request"], int(status[:3]), trace)
            own = [("X-Request-ID", trace.request_id), ("traceparent", trace.parent)]
            return start_response(status, headers + own, *error)

        return wsgi(environ, start)

    def end(request: Request, status: int, trace: Trace) -> None:
        rule, method = request.url_rule, known(request.method)
        route = rule.rule if rule else UNMATCHED
        seconds = perf_counter() - trace.began
        metrics.requested(route, method, status, seconds)
        if route not in QUIET:
            milliseconds = round(seconds * 1000, 3)
            line = {"method": method, "route": route, "status": status}
            log.info("request", **line, duration_ms=milliseconds, **_ids(trace))

    app.wsgi_app = traced  # type: ignore[method-assign]  # as Flask advises


def begun(environ: Mapping[str, Any]) -> Trace:
    """Return the trace of a request that begins: the caller's ids where they are valid, or new."""
    began = perf_counter()
    stated, parent = environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", "")
    drawn = os.urandom(40).hex()
    span_id, request_id = drawn[:16], drawn[16:48]
    if _REQUEST_ID.fullmatch(stated):
        request_id = stated
    if found := _PARENT.fullmatch(parent):
        return Trace(request_id, found[1], found[2], span_id, found[3], began)
    return Trace(request_id, drawn[48:], "", span_id, "00", began)


def _ids(trace: Trace) -> dict[str, str]:
    """Return the ids of a line: those of the trace and, where keys are set, the key's name."""
    ids = {
        "request_id": trace.request_id,
        "trace_id": trace.trace_id,
        "span_id": trace.span_id,
        "parent_id": trace.parent_id,
        "key": g.get("key_name", ""),
    }
    return {name: id for name, id in ids.items() if id}
