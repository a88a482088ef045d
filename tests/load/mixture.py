"""The mixture of the soak: what is sent, and how often."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from tests.load import bodies, hostile
from tests.load.exchange import WHOLE, Answer, Exchange, ok, problem, same
from tests.load.request import Writer
from tests.load.server import Failure

SINGLES = 400
BATCHES = (1, 10, 50, 1_000)
INCLUDES = (
    "explanation",
    "next_questions",
    "model_ranking",
    "explanation,next_questions,model_ranking",
)
SETTINGS = ("general_public", "primary_care", "emergency_department", "balanced")
CATALOGUE = (
    "/v1/findings", "/v1/attributes", "/v1/conditions", "/v1/conditions/cauda_equina_syndrome",
    "/v1/red-flags", "/v1/settings", "/v1/sources", "/v1/limits", "/v1/model", "/openapi.json",
    "/docs", "/healthz", "/readyz",
)  # fmt: skip

SHARES = {
    "valid": 0.61,
    "include": 0.08,
    "batch": 0.01,
    "catalogue": 0.10,
    "invalid": 0.14,
    "hostile": 0.06,
    "slow": 1.0,
}
"""How often each kind is drawn (assumed); the slow ones are drawn among themselves."""

Ask = Callable[[Exchange], Answer]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Exchanges with the sums of their shares."""

    exchanges: tuple[Exchange, ...]
    sums: tuple[float, ...]

    def draw(self, rng: random.Random) -> Exchange:
        """Draw one."""
        (drawn,) = rng.choices(self.exchanges, cum_weights=self.sums)
        return drawn


def mixed(exchanges: Iterable[Exchange]) -> Mixture:
    """Give each kind its share, all of a kind alike."""
    found = tuple(exchanges)
    kinds = [one.kind for one in found]
    return Mixture(found, tuple(accumulate(SHARES[kind] / kinds.count(kind) for kind in kinds)))


def every(writer: Writer, ask: Ask) -> Iterator[Exchange]:
    """Yield all exchanges; answers that later ones are compared with are asked for now.

    Raises Failure when the service does not answer what is right with 200.
    """
    for kind, head, body in _right(writer):
        asked = Exchange(kind, head, body, ok)
        answer = ask(asked)
        if answer.status != 200 or b'"degraded":true' in answer.body:
            line = head.split(b"\r\n")[0].decode()
            raise Failure(f"{line} was answered with {answer.status} {answer.body[:300]!r}.")
        yield Exchange(kind, head, body, same(answer))
        if tag := answer.headers.get("etag"):
            path = head.split(b" ")[1].decode()
            unchanged = same(Answer(304, {}, b""))
            yield Exchange(kind, writer.get(path, {"If-None-Match": tag}), b"", unchanged)
    yield Exchange("catalogue", writer.get("/metrics"), b"", ok)
    yield from invalid(writer)
    yield from hostile.quick(writer, bodies.PLAIN)


def _right(writer: Writer) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield kind, head and body of requests that are answered with 200."""
    cases = bodies.cases(max(BATCHES))
    for i, case in enumerate(cases[:SINGLES]):
        setting = {"setting": SETTINGS[i % len(SETTINGS)]}
        yield "valid", *writer.case(case | setting)
        if i % 5 == 0:
            include = INCLUDES[i // 5 % len(INCLUDES)]
            yield "include", *writer.case(case | setting, f"?include={include}")
    for number in BATCHES:
        body = bodies.encoded({"cases": cases[:number], "setting": "balanced"})
        yield "batch", *writer.post("/v1/predict/batch", body)
    for path in CATALOGUE:
        yield "catalogue", writer.get(path), b""


def invalid(writer: Writer) -> Iterator[Exchange]:
    """Yield requests of clients that are wrong, each with the contract's refusal."""
    plain = bodies.PLAIN
    for status, body in _wrong_bodies(plain):
        yield Exchange("invalid", *writer.post("/v1/predict", body), problem(status))
    batch = "/v1/predict/batch"
    for cases in ([], [plain, {"present": ["nonsense"]}], [plain | {"setting": "balanced"}]):
        head, body = writer.post(batch, bodies.encoded({"cases": cases}))
        yield Exchange("invalid", head, body, problem(422))
    yield Exchange("invalid", *writer.case(plain, "?include=everything"), problem(422))
    yield Exchange("invalid", *writer.case(plain, "?explain=yes"), problem(422))
    text, zipped = {"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}
    for headers in (text, zipped):
        head, body = writer.post("/v1/predict", bodies.encoded(plain), headers)
        yield Exchange("invalid", head, body, problem(415))
    for method, path, status in (
        ("GET", "/v1/predict", 405),
        ("DELETE", "/v1/findings", 405),
        ("TRACE", "/v1/findings", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/conditions/nonsense", 404),
    ):
        yield Exchange("invalid", writer.head(method, path, {}), b"", problem(status), WHOLE)


def _wrong_bodies(plain: dict[str, list[str]]) -> Iterator[tuple[int, bytes]]:
    """Yield statuses and bodies of POST /v1/predict."""
    for text in ("", "[]", "null", '{"present": ', '{"present": [NaN]}', '{"a": 1, "a": 2}'):
        yield 400, text.encode()
    contradiction = plain | {"absent": plain["present"][:1]}
    faulty: tuple[object, ...] = (
        {},
        {"present": []},
        {"present": None},
        {"present": "lower_back_pain"},
        {"present": ["nonsense"]},
        {"present": [7]},
        contradiction,
        plain | {"setting": "mars"},
        plain | {"attributes": {"age_years": 999}},
        plain | {"attributes": {"onset": "yesterday"}},
        plain | {"name": "Jane"},
    )
    for body in faulty:
        yield 422, json.dumps(body).encode()
