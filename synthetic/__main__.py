"""`python -m synthetic`: draw a data set of labelled synthetic cases."""

import argparse
import sys
from pathlib import Path

from service.clinical.table import TableError
from synthetic import dataset, profiles


def main(arguments: list[str] | None = None) -> int:
    """Draw the cases that the arguments ask for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m synthetic", description=__doc__)
    parser.add_argument("--number", type=_number, default=400_000, help="how many cases")
    parser.add_argument("--seed", type=_seed, default=1, help="the seed of the random numbers")
    parser.add_argument("--out", type=Path, default=Path("build/cases"), help="the folder")
    options = parser.parse_args(arguments)
    try:
        card = dataset.write(profiles.read(), options.number, options.seed, options.out)
    except TableError as error:
        print(
            f"The tables of the world hold faults; nothing was written.\n{error}", file=sys.stderr
        )
        return 1
    print(f"{card['number']} cases, {card['mean_answers']} answers each, SHA-256 {card['sha256']}")
    return 0


def _number(text: str) -> int:
    return _within(text, 1_000, 100_000_000)


def _seed(text: str) -> int:
    return _within(text, 0, 2**63 - 1)


def _within(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number {low} to {high}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
