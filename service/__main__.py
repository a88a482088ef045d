"""`python -m service`: make an API key."""

import argparse
import os
import sys

from service import keys
from service.settings import SettingError, Settings


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        path = Settings.from_environment(os.environ).keys
        if path is None:
            raise SettingError("CAUDA_KEYS is empty, expected the file that the keys stand in.")
        key = keys.add(path, asked.name)
    except (keys.KeyFileError, SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    print(key)
    print(
        f"This is the only time that the key is shown; {path} holds its SHA-256. It is valid once "
        "the service was started or its gunicorn got SIGHUP.",
        file=sys.stderr,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("key", help="make a key and add its SHA-256 to CAUDA_KEYS")
    command.add_argument("name", help="whose key it is: 1 to 64 letters, digits, . _ -")
    return parser


if __name__ == "__main__":
    sys.exit(main())
