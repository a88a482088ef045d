"""The settings: what an operator may change, from the environment, checked at the start."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).parents[1]


class SettingError(Exception):
    """A setting has a value that is not allowed; the message says which are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running service; the README lists them."""

    models: Path = REPOSITORY / "models"
    model_sha256: str = ""
    max_body_bytes: int = 1_048_576

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `CAUDA_MODELS`, `CAUDA_MODEL_SHA256`, `CAUDA_MAX_BODY_BYTES`.

        Raises SettingError for a value that is not allowed and for an unknown CAUDA_ variable.
        """
        names = {f"CAUDA_{name.upper()}": name for name in cls.__slots__}
        given = {key: value for key, value in environment.items() if key.startswith("CAUDA_")}
        unknown = sorted(given.keys() - names.keys())
        if unknown:
            raise SettingError(f"Unknown settings {unknown}; known are {sorted(names)}.")
        readers: Mapping[str, Callable[[str], Any]] = {
            "models": _folder,
            "model_sha256": _sha256,
            "max_body_bytes": _size,
        }
        return cls(**{names[key]: readers[names[key]](value) for key, value in given.items()})


def _folder(value: str) -> Path:
    if not value:
        raise SettingError("CAUDA_MODELS is empty, expected a folder.")
    return Path(value)


def _sha256(value: str) -> str:
    if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise SettingError(f"CAUDA_MODEL_SHA256 is {value!r}, expected 64 hexadecimal digits.")
    return value.lower()


def _size(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < 1024:
        raise SettingError(f"CAUDA_MAX_BODY_BYTES is {value!r}, expected 1024 to 999999999.")
    return int(value)
