"""The API keys: a file with a name and the SHA-256 of a key on each line, never a key itself.

A key holds 256 random bits, so that its hash needs neither salt nor stretching: there is nothing
to guess. Two keys are valid beside each other, which is how one replaces the other.
"""

import fcntl
import hashlib
import hmac
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_LINE = re.compile(rb"[ \t]*([A-Za-z0-9._-]{1,64})[ \t]+([0-9a-fA-F]{64})[ \t\r]*")
_NOTHING = re.compile(rb"[ \t\r]*(#.*)?", re.DOTALL)

KEY_BYTES = 32

LISTED = 10
"""Faults that an error lists: more of them, and the file is another one."""


class KeyFileError(Exception):
    """The file of keys cannot be used; the message says what is wrong, never what a line holds."""


class Keys:
    """The digests of the valid keys, by name."""

    def __init__(self, digests: Mapping[str, bytes]) -> None:
        self._digests = dict(digests)

    def __contains__(self, name: str) -> bool:
        return name in self._digests

    def __len__(self) -> int:
        return len(self._digests)

    def name(self, key: str) -> str | None:
        """Return the name of a key, or None for one that is not valid.

        Every digest is compared, each in constant time: how long it takes tells nothing.
        """
        digest = hashlib.sha256(key.encode()).digest()
        found = None
        for name, stored in self._digests.items():
            if hmac.compare_digest(stored, digest):
                found = name
        return found


def parse(text: bytes) -> tuple[Keys, list[str]]:
    """Return the keys of the good lines, and for each other line its number and what is wrong."""
    digests: dict[str, bytes] = {}
    faults = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        if _NOTHING.fullmatch(line):
            continue
        found = _LINE.fullmatch(line)
        fault = _fault(found, digests)
        if found and not fault:
            digests[found[1].decode()] = bytes.fromhex(found[2].decode())
        else:
            faults.append(f"line {number}: {fault}")
    return Keys(digests), faults


def _fault(found: re.Match[bytes] | None, digests: Mapping[str, bytes]) -> str:
    if not found:
        return "expected a name (1 to 64 letters, digits, . _ -) and 64 hexadecimal digits"
    if found[1].decode() in digests:
        return "the name stands on a line before"
    if bytes.fromhex(found[2].decode()) in digests.values():
        return "the key stands on a line before, under another name"
    return ""


def read(path: Path) -> Keys:
    """Read a file of keys, strictly; raises KeyFileError with its faults."""
    keys, faults = parse(_bytes(path))
    if faults:
        more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
        told = "; ".join(faults[:LISTED]) + more
        raise KeyFileError(f"The file of keys {path} has faults: {told}.")
    return keys


def read_leniently(path: Path) -> tuple[Keys, list[str]]:
    """Read what can be read of a file of keys, and say what cannot: that is no valid key.

    Where no key is left, the log warns that nobody is let in.
    """
    try:
        keys, faults = parse(_bytes(path))
    except KeyFileError as error:
        keys, faults = Keys({}), [str(error)]
    if not keys:
        _log.warning("the file of keys %s holds no key: nobody is let in", path)
    return keys, faults


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(
            f"The file of keys {path} cannot be read: {type(error).__name__}."
        ) from error


def add(path: Path, name: str) -> str:
    """Make a key, add its hash to a file of keys, and return the key, which is stored nowhere.

    What the file holds stays byte by byte, as do its owner and mode; a new file is readable by
    its owner alone. Raises KeyFileError, and changes nothing, for a name that is not allowed or
    is taken, a file with faults, and one that cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise KeyFileError(f"The name is {name!r}, expected 1 to 64 letters, digits, . _ or -.")
    path = path.resolve()  # a link stays, and what it points to is replaced
    if not path.parent.is_dir():
        raise KeyFileError(f"There is no folder {path.parent} for the file of keys: make it first.")
    try:
        with _alone(path.parent):
            key = secrets.token_urlsafe(KEY_BYTES)
            _replace(path, _with_line(path, name, key))
    except OSError as error:
        raise KeyFileError(
            f"The file of keys {path} cannot be written: {type(error).__name__}."
        ) from error
    return key


def _with_line(path: Path, name: str, key: str) -> bytes:
    before = b""
    if path.exists():
        if name in read(path):
            raise KeyFileError(f"There is a key of the name {name} already, in {path}.")
        before = path.read_bytes()
    if before and not before.endswith(b"\n"):
        before += b"\n"
    return before + f"{name} {hashlib.sha256(key.encode()).hexdigest()}\n".encode()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder, so that of two keys that are made at once none is lost."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _replace(path: Path, text: bytes) -> None:
    """Put a text in the place of a file, whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            if path.exists():
                # A service that runs as another user must still be able to read it.
                was = path.stat()
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
                os.fchmod(file.fileno(), was.st_mode & 0o7777)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
