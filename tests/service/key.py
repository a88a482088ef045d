"""A key as its file and a request hold it."""

import hashlib


def digest(key: str) -> str:
    """Return what a file of keys holds of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def bearer(key: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}
