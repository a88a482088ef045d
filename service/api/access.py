"""Who may ask: names of the host, API keys and their limits; and the headers of every answer."""

import logging
import math
import re
import time
from collections.abc import Collection, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, g, request

from service import keys
from service.api.problem import Problem
from service.keys import Keys
from service.settings import Settings, is_loopback

_log = logging.getLogger(__name__)

OPEN = frozenset(("/healthz", "/readyz", "/", "/model", "/docs", "/openapi.json"))
"""The routes that answer without a key, besides those of static files."""

_STATIC = "/static/"
_PORT = re.compile(r":[0-9]{1,5}\Z")
_BEARER = re.compile(r"(?i:bearer) +([A-Za-z0-9._~+/-]+=*)")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cauda"'}

SECURITY = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
"""The headers of every answer, pages and refusals alike: nothing of it is for another site."""


def register(app: Flask, settings: Settings) -> None:
    """Let an application answer only whom the settings allow, with the security headers.

    The name of a valid key is left in `flask.g.key_name`.
    """
    app.wsgi_app = _secured(app.wsgi_app)  # type: ignore[assignment]  # as Flask advises
    if settings.hosts():
        _check_hosts(app, settings.hosts())
    if settings.keys is None:
        app.before_request(_keep_metrics_here)
        return
    known, faults = keys.read_leniently(settings.keys)
    for fault in faults:
        _log.error("in the file of keys, which gives no key: %s", fault)
    _ask_for_keys(app, known, settings.requests_per_minute)


def _secured(wsgi: WSGIApplication) -> WSGIApplication:
    """Add the security headers to every answer, without what Flask's own hooks cost."""

    def secured(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, headers + SECURITY, *error)

        return wsgi(environ, start)

    return secured


def _check_hosts(app: Flask, trusted: Collection[str]) -> None:
    # Not by Flask's TRUSTED_HOSTS, which cuts an IPv6 address at its first colon.
    @app.before_request
    def check_host() -> None:
        host = request.environ.get("HTTP_HOST", "")
        if _PORT.sub("", host).lower() not in trusted:
            raise Problem(400, f"The host is {host[:60]!a}, allowed are {', '.join(trusted)}.")


def _keep_metrics_here() -> None:
    if request.path == "/metrics" and not is_loopback(request.remote_addr or ""):
        raise Problem(401, "The metrics need a key, and none is set.", headers=_CHALLENGE)


def _ask_for_keys(app: Flask, known: Keys, requests_per_minute: int) -> None:
    """Refuse a request without a key; limit the requests of each key, and of each guesser."""

    # In this order, so that wrong keys are limited too before they are refused.
    @app.before_request
    def identify() -> None:
        sent = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        g.key_name = known.name(sent[1]) if sent else None

    _limit(app, requests_per_minute)

    @app.before_request
    def refuse() -> None:
        if g.key_name is None and not _is_open():
            raise Problem(
                401,
                "A valid key is needed, in the header Authorization: Bearer KEY.",
                headers=_CHALLENGE,
            )


def _is_open() -> bool:
    # By the route that will answer and not by the path, so that no other route can be meant;
    # where none will, the path gets its 404 or 405 with or without a key.
    rule = request.url_rule.rule if request.url_rule else request.path
    return rule in OPEN or rule.startswith(_STATIC)


def _limit(app: Flask, requests_per_minute: int) -> None:
    # With keys alone: a service without them does not depend on the package that limits. Not by
    # flask-limiter, which is made of it and takes seven times as long for a request.
    from limits import RateLimitItemPerMinute  # noqa: PLC0415
    from limits.storage import MemoryStorage  # noqa: PLC0415
    from limits.strategies import FixedWindowRateLimiter  # noqa: PLC0415

    allowed = RateLimitItemPerMinute(requests_per_minute)
    window = FixedWindowRateLimiter(MemoryStorage())

    @app.before_request
    def limit() -> None:
        if _is_open() or window.hit(allowed, _caller()):
            return
        reset = window.get_window_stats(allowed, _caller()).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        detail = f"More than {requests_per_minute} requests in a minute; try in {seconds} seconds."
        raise Problem(429, detail, headers={"Retry-After": str(seconds)})


def _caller() -> str:
    """Return whom a request counts for: a key, or else an address."""
    return f"key {g.key_name}" if g.key_name else f"address {request.remote_addr}"
