"""Options: what the command line takes, each value refused with what was expected."""

import os
import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from training.candidates import RECIPES


def add_places(command: ArgumentParser) -> None:
    """Add what every command takes: where things are, and the user's own cases."""
    command.add_argument("--cases", type=Path, default=Path("build/cases"), help="the data set")
    command.add_argument("--stress", type=Path, default=Path("build/stress"), help="for testing")
    command.add_argument("--models", type=Path, default=Path("models"), help="the folder served")
    command.add_argument("--build", type=Path, default=Path("build"), help="where MLflow writes")
    command.add_argument("--jobs", type=jobs, default=os.cpu_count() or 1, help="processes")
    command.add_argument("--data", default="", help="your own cases: Parquet or JSON lines")
    command.add_argument("--skip-bad", choices=("", "0", "1"), default="", help="1: no bad cases")


def add_training(command: ArgumentParser) -> None:
    """Add what a training takes besides."""
    command.add_argument("--recipe", choices=sorted(RECIPES), default="search")
    command.add_argument("--seed", type=seed, default=1, help="the seed of search and fit")
    command.add_argument("--weight", type=weight, default=0.2, help="of your own cases")
    command.add_argument("--backend", choices=("loky", "dask"), default="loky")
    command.add_argument("--scheduler", type=scheduler, default="", help="of Dask")


def jobs(value: str) -> int:
    """Read a number of processes."""
    return _whole(value, 1, 64)


def seed(value: str) -> int:
    """Read a seed; scikit-learn takes those of 32 bits."""
    return _whole(value, 0, 2**32 - 1)


def scheduler(value: str) -> str:
    """Read the address of a Dask scheduler; nothing is no scheduler."""
    if value and not re.fullmatch(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}", value):
        raise ArgumentTypeError(f"found {value!r}, expected tcp://HOST:PORT")
    return value


def weight(value: str) -> float:
    """Read a share between 0 and 1, both left out."""
    if not re.fullmatch(r"0?\.[0-9]+", value) or not 0 < float(value) < 1:
        raise ArgumentTypeError(f"found {value!r}, expected a share above 0 and below 1")
    return float(value)


def _whole(value: str, least: int, most: int) -> int:
    # Digits of ASCII alone: int() would take signs, spaces, underscores and Arabic numerals too.
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ArgumentTypeError(f"found {value!r}, expected a whole number {least} to {most}")
    return int(value)
