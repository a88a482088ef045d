"""What a hostile client sends: too much, too deep, too slow, half, or no HTTP at all."""

from collections.abc import Iterator, Mapping

from tests.load import bodies
from tests.load.exchange import (
    ABORTED,
    HALF,
    SILENT,
    SLOW,
    STALLED,
    UNREAD,
    Check,
    Exchange,
    ok,
    problem,
    refused,
)
from tests.load.request import Writer

HUGE = 2_000_000
"""Bytes: about twice the limit of a body."""

DEEP = 60_000
"""Levels; as objects they are still within the limit of a body."""

PREDICT = "/v1/predict"


def quick(writer: Writer, case: Mapping[str, object]) -> Iterator[Exchange]:
    """Yield what is refused at once, and clients that leave."""
    yield from _bodies(writer)
    yield from _keys(writer, case)
    yield from _paths(writer)
    yield Exchange("hostile", writer.get("/v1/findings", {"SCRIPT_NAME": "/v1"}), b"", ok)
    for line in _no_http(writer):
        yield Exchange("hostile", line, b"", refused, is_ours=False, may_close=True)
    for manner in (ABORTED, UNREAD):
        yield Exchange("hostile", *writer.case(case), ok, manner)
    yield Exchange("hostile", *writer.case(case), problem(400), HALF)


def slow(writer: Writer, case: Mapping[str, object]) -> Iterator[Exchange]:
    """Yield clients that hold a worker for seconds: they are sent one at a time."""
    yield Exchange("slow", *writer.case(case), ok, SLOW)
    head, body = writer.case(case)
    yield Exchange("slow", head, body, problem(400, 408), STALLED, may_close=True)
    for manner in (STALLED, SILENT):
        yield Exchange("slow", head, b"", refused, manner, is_ours=False, may_close=True)


def _bodies(writer: Writer) -> Iterator[Exchange]:
    """Yield bodies that would cost memory, time or a stack."""
    many = bodies.encoded({"present": ["lower_back_pain"] * 20_000})
    unknown = bodies.encoded({str(i): i for i in range(10_000)})
    number = b'{"present": ["back_pain"], "attributes": {"age_years": %b}}'
    for status, body in (
        (413, b" " * HUGE),
        (400, b"[" * DEEP),
        (400, b'{"present": ' * DEEP),
        (400, b'{"present": ["\xff\xfe"]}'),
        (400, b'{"present": ["fever"], "present": ["saddle_numbness"]}'),
        (422, many),
        (422, unknown),
        (422, number % b"1e999"),
        (422, number % (b"9" * 100_000)),
    ):
        yield Exchange("hostile", *writer.post(PREDICT, body), problem(status))
    chunk = b"%x\r\n%b\r\n" % (HUGE, b" " * HUGE)
    yield Exchange("hostile", *writer.chunked(PREDICT, chunk + b"0\r\n\r\n"), problem(413))
    for wrong in (b"zz\r\n{}\r\n0\r\n\r\n", b"5\r\n{}{}{}{}\r\n0\r\n\r\n"):
        head, body = writer.chunked(PREDICT, wrong)
        yield Exchange("hostile", head, body, refused, is_ours=False, may_close=True)


def _keys(writer: Writer, case: Mapping[str, object]) -> Iterator[Exchange]:
    """Yield requests without a right key; a guesser may be slowed down."""
    unknown: Check = problem(401, 429)
    body = bodies.encoded(case)
    for sent in ("", "Bearer", "Bearer nonsense", f"Basic {writer.key}", f"Bearer {writer.key}x"):
        head, _ = writer.post(PREDICT, body, {"Authorization": sent})
        yield Exchange("hostile", head, body, unknown)
    yield Exchange("hostile", writer.get("/v1/nothing", {"Authorization": ""}), b"", unknown)


def _paths(writer: Writer) -> Iterator[Exchange]:
    """Yield paths that try to leave the routes."""
    for path in (
        "/v1/conditions/../../../etc/passwd",
        "/v1/conditions/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/conditions/%2e%2e/%2e%2e/etc/passwd",
        "/static/../service/settings.py",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/v1/conditions/%00",
        "/v1/conditions/%ff%fe",
        "/v1/findings/" + "a" * 3_000,
    ):
        yield Exchange("hostile", writer.get(path), b"", problem(404))


def _no_http(writer: Writer) -> Iterator[bytes]:
    """Yield heads that the web server refuses."""
    yield b"nonsense\r\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"  # as TLS begins
    yield writer.get("/v1/findings/" + "a" * 10_000)
    yield writer.get("/v1/findings", {"X-Long": "a" * 100_000})
    yield writer.get("/v1/findings", {f"X-{i}": "a" for i in range(500)})
    yield writer.get("/v1/findings") + b"no colon here\r\n"
    yield writer.get("/v1/findings") + b" folded: header\r\n"
    yield writer.head("POST", PREDICT, {"Content-Length": "-1"})
    yield writer.head("POST", PREDICT, {"Content-Length": "2", "Transfer-Encoding": "chunked"})
    yield writer.get("/v1/findings").replace(b"HTTP/1.1", b"HTTP/9.9")
