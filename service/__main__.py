"""`python -m service`: make an API key, or check what a start or a reload would take."""

import argparse
import logging
import os
import sys

from service import keys, runtime
from service.clinical.table import TableError
from service.settings import SettingError, Settings


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    try:
        settings = Settings.from_environment(os.environ)
        return _key(settings, asked.name) if "name" in asked else _check(settings)
    except (keys.KeyFileError, SettingError, TableError) as error:
        print(error, file=sys.stderr)
        return 1


def _key(settings: Settings, name: str) -> int:
    if settings.keys is None:
        raise SettingError("CAUDA_KEYS is empty, expected the file that the keys stand in.")
    print(keys.add(settings.keys, name))
    print(
        f"This is the only time that the key is shown; {settings.keys} holds its SHA-256. It is "
        "valid once the service was started or its gunicorn got SIGHUP.",
        file=sys.stderr,
    )
    return 0


def _check(settings: Settings) -> int:
    """Load all that the service loads; why a model is refused stands in the log."""
    if settings.keys:
        print(f"{settings.keys} holds {len(keys.read(settings.keys))} keys.")
    manifest = runtime.start(settings).manifest
    if manifest is None:
        return 1
    print(f"{settings.models} holds version {manifest.model['version']}, sha256 {manifest.sha256}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("key", help="make a key and add its SHA-256 to CAUDA_KEYS")
    command.add_argument("name", help="whose key it is: 1 to 64 letters, digits, . _ -")
    commands.add_parser("check", help="load CAUDA_MODELS and CAUDA_KEYS as the service would")
    return parser


if __name__ == "__main__":
    sys.exit(main())
