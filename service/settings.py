"""The settings: what an operator may change, from the environment, checked at the start."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[1]

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""The names by which a service on the own machine is asked."""


class SettingError(Exception):
    """A setting has a value that is not allowed; the message says which are."""


def _folder(value: str) -> Path:
    if not value:
        raise ValueError("a folder")
    return Path(value)


def _file(value: str) -> Path | None:
    return Path(value) if value else None


def _sha256(value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise ValueError("64 hexadecimal digits")
    return value.lower()


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(f"{least} to {most}")
        return int(value)

    return read


def _names(value: str) -> tuple[str, ...]:
    names = tuple(value.lower().split(",")) if value else ()
    if not all(re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", name) for name in names):
        raise ValueError("names or addresses without ports, separated by commas, IPv6 in brackets")
    return names


def _yes(value: str) -> bool:
    if value not in ("", "yes"):
        raise ValueError("yes or nothing")
    return value == "yes"


def _switch(value: str) -> bool:
    if value not in ("on", "off"):
        raise ValueError("on or off")
    return value == "on"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running service; the README lists them with their meanings.

    Each has a reader of the text that an operator states, which raises ValueError with what is
    expected instead.
    """

    models: Path = field(default=REPOSITORY / "models", metadata={"read": _folder})
    model_sha256: str = field(default="", metadata={"read": _sha256})
    max_body_bytes: int = field(default=1_048_576, metadata={"read": _whole(1024, 999_999_999)})
    max_cases: int = field(default=1000, metadata={"read": _whole(1, 1000)})
    keys: Path | None = field(default=None, metadata={"read": _file})
    requests_per_minute: int = field(default=600, metadata={"read": _whole(1, 1_000_000)})
    trusted_hosts: tuple[str, ...] = field(default=(), metadata={"read": _names})
    allow_no_keys: bool = field(default=False, metadata={"read": _yes})
    page: bool = field(default=True, metadata={"read": _switch})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read each setting from `CAUDA_` and its name in capitals.

        Raises SettingError for a value that is not allowed and for an unknown CAUDA_ variable.
        """
        known = {f"CAUDA_{each.name.upper()}": each for each in fields(cls)}
        given = {key: value for key, value in environment.items() if key.startswith("CAUDA_")}
        unknown = sorted(given.keys() - known.keys())
        if unknown:
            raise SettingError(f"Unknown settings {unknown}; known are {sorted(known)}.")
        found = {}
        for key, value in given.items():
            try:
                found[known[key].name] = known[key].metadata["read"](value)
            except ValueError as error:
                raise SettingError(f"{key} is {value!r}, expected {error}.") from error
        return cls(**found)

    def hosts(self) -> tuple[str, ...]:
        """Return the names of the service that a request may state; none stands for any.

        Without keys a page that a browser shows could reach the service under a name of its own
        (DNS rebinding), so that only the names of the own machine are taken.
        """
        return self.trusted_hosts or (() if self.keys else LOOPBACK_NAMES)

    def check_exposure(self, hosts: Iterable[str]) -> None:
        """Raise SettingError if others than this machine can reach a service without keys.

        `hosts` are names or addresses that the service is to listen on.
        """
        if self.keys or self.allow_no_keys:
            return
        reached = [host for host in hosts if not is_loopback(host)]
        if reached:
            raise SettingError(
                f"Without keys the service listens on this machine alone, not on {reached}: name a "
                "file of keys in CAUDA_KEYS, or set CAUDA_ALLOW_NO_KEYS=yes to serve everyone."
            )


def is_loopback(host: str) -> bool:
    """Tell whether a name or address of a host is that of the own machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
