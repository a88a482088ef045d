"""Requests as bytes, so that they can be as wrong as a hostile client's."""

from collections.abc import Mapping

from tests.load import bodies

JSON = {"Content-Type": "application/json"}


class Writer:
    """Writes requests to one service, with its key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the head of a GET."""
        return self.head("GET", path, headers or {})

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, bytes]:
        """Return head and body of a POST; headers of the same name replace those of JSON."""
        length = {"Content-Length": str(len(body))}
        return self.head("POST", path, JSON | length | dict(headers or {})), body

    def case(self, body: object, query: str = "") -> tuple[bytes, bytes]:
        """Return head and body of a question about a case."""
        return self.post(f"/v1/predict{query}", bodies.encoded(body))

    def chunked(self, path: str, chunks: bytes) -> tuple[bytes, bytes]:
        """Return head and body of a POST in chunks, which may be wrong."""
        return self.head("POST", path, JSON | {"Transfer-Encoding": "chunked"}), chunks

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        """Return a head with Host and Authorization; an empty header is left out."""
        own = {"Host": "127.0.0.1", "Connection": "close", "Authorization": f"Bearer {self.key}"}
        lines = [f"{name}: {value}" for name, value in {**own, **headers}.items() if value]
        return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, ""]).encode("latin-1")
