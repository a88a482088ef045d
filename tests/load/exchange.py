"""An exchange: the bytes of a request, the way they are sent, and what the answer has to be."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WHOLE, SLOW, STALLED, SILENT = "whole", "slow", "stalled", "silent"
HALF, ABORTED, UNREAD = "half", "aborted", "unread"
"""The manners of sending: at once; in small pieces; half and then nothing; nothing at all; half and
then the end of the stream; half and then a reset; all, and a reset before the answer is read."""

UNANSWERED = (ABORTED, UNREAD)
"""Manners after which the client is gone."""

REQUEST_ID = "X-Request-ID"


class Broken(Exception):
    """The connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: status, headers by lower-case name, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Check = Callable[[Answer], str]
"""Says what is wrong with an answer, nothing when it is right."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what is expected.

    `head` lacks the empty line, so that an id can be added. `is_ours` tells that the application
    answers, not the web server for it, and so echoes the id; `may_close`, that no answer is right
    too.
    """

    kind: str
    head: bytes
    body: bytes
    check: Check
    manner: str = WHOLE
    is_ours: bool = True
    may_close: bool = False

    def sent(self, id: str) -> bytes:
        """Return the bytes of the request with an id."""
        return b"%b%b: %b\r\n\r\n%b" % (
            self.head, REQUEST_ID.encode(), id.encode(), self.body
        )  # fmt: skip

    def fault(self, answer: Answer, id: str) -> str:
        """Return what is wrong with the answer to a request of an id, nothing when it is right."""
        echoed = answer.headers.get(REQUEST_ID.lower(), "nothing")
        if self.is_ours and echoed != id:
            return f"the request id {id} came back as {echoed}"
        return self.check(answer)


def read(raw: bytes) -> Answer:
    """Read an answer from all that a connection gave; raises Broken when it is not whole."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    if not status.startswith("HTTP/1.1 "):
        raise Broken(f"{len(raw)} bytes came back")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if len(body) != int(headers.get("content-length", len(body))):
        raise Broken(f"{len(body)} of {headers['content-length']} bytes came back")
    return Answer(int(status.split(" ")[1]), headers, body)


def same(expected: Answer) -> Check:
    """Expect the status and the body of an earlier answer, byte for byte."""

    def check(answer: Answer) -> str:
        if (answer.status, answer.body) == (expected.status, expected.body):
            return ""
        return f"expected {expected.status} {expected.body[:200]!r}"

    return check


def ok(answer: Answer) -> str:
    """Expect success, whatever the body."""
    return "" if answer.status == 200 else "expected 200"


def refused(answer: Answer) -> str:
    """Expect a refusal in whatever form."""
    return "" if 400 <= answer.status < 500 else "expected a refusal"


def problem(*statuses: int) -> Check:
    """Expect a refusal with one of these statuses in the contract's form."""

    def check(answer: Answer) -> str:
        if answer.status not in statuses:
            return f"expected {' or '.join(map(str, statuses))}"
        kind = answer.headers.get("content-type", "")
        if kind != "application/problem+json":
            return f"expected application/problem+json, found {kind}"
        return _shape(json.loads(answer.body), answer.status)

    return check


def _shape(body: Mapping[str, object], status: int) -> str:
    """Compare a problem with the section Errors of the contract."""
    missing = {"type", "title", "status", "detail", "instance"} - body.keys()
    if missing or body["status"] != status:
        return f"expected a problem of status {status} with {sorted(missing)}"
    errors = body.get("errors", [])
    is_listed = isinstance(errors, list) and all(
        error.keys() == {"pointer", "code", "detail"} for error in errors
    )
    if not is_listed or (status == 422 and not errors):
        return "expected errors with pointer, code and detail"
    return ""
