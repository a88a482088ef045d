"""`python -m synthetic`: draw cases, check the tables, read a profile, compare with figures."""

import argparse
import os
import re
import signal
import sys
from pathlib import Path

from service.clinical.table import TableError
from synthetic import (
    blocks,
    dataset,
    figures,
    generate,
    pictures,
    profiles,
    published,
    speed,
    states,
    text,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        _COMMANDS[options.command](options)
    except TableError as error:
        print(
            f"The tables hold faults; there is no data set until they are mended.\n{error}",
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"Stopped: {error}. An earlier data set is as it was.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. An earlier data set is as it was.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m synthetic", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, number, purpose in (
        ("cases", 1_048_576, "draw labelled cases, with a card and pictures"),
        ("stress", 100_000, "draw cases of a second world, for testing alone"),
    ):
        drawing = commands.add_parser(name, help=purpose)
        drawing.add_argument("--number", type=_number, default=number, help="how many cases")
        drawing.add_argument("--seed", type=_seed, default=1, help="the seed of random numbers")
        drawing.add_argument("--out", type=_folder, default=Path("build") / name, help="the folder")
        drawing.add_argument("--workers", type=_workers, default=2, help="how many processes draw")
        drawing.add_argument(
            "--scheduler", type=_scheduler, default="", help="tcp://HOST:PORT of Dask"
        )
    commands.add_parser("check", help="list every fault of the tables")
    commands.add_parser("figures", help="compare the world with published figures")
    commands.add_parser("published", help="rank published patients by the exact posterior")
    speed_ = commands.add_parser("speed", help="measure cases a second and peak memory")
    speed_.add_argument("--number", type=_number, default=1_048_576, help="how many cases")
    profile = commands.add_parser("profile", help="print a profile as a clinician would read it")
    profile.add_argument("condition", help="the condition's id")
    return parser


def _cases(options: argparse.Namespace) -> None:
    world = profiles.read()
    known = states.states(world)
    told = text.figures(world, known)
    drawn = _draw(options, blocks.DOCUMENTED)
    pictures.draw(world, known, options.out)
    (options.out / "figures.txt").write_text(text.figures(world, known, True), encoding="utf-8")
    _publish(drawn)
    print(f"{told}\nAll of them stand in {options.out / 'figures.txt'}.")


def _stress(options: argparse.Namespace) -> None:
    _publish(_draw(options, blocks.STRESS))


def _draw(options: argparse.Namespace, world: str) -> dataset.Drawn:
    by = options.scheduler or options.workers
    return dataset.draw(options.number, options.seed, options.out, by, world)


def _publish(drawn: dataset.Drawn) -> None:
    card = dataset.publish(drawn)
    print(f"{card['number']} cases, {card['mean_answers']} answers each, SHA-256 {card['sha256']}")


def _check(_: argparse.Namespace) -> None:
    world = profiles.read()
    figures.read(world)
    states.states(world)
    print(f"No fault in the tables of {len(world.catalogue.conditions)} conditions.")


def _figures(_: argparse.Namespace) -> None:
    world = profiles.read()
    print(text.figures(world, states.states(world)))


def _published(_: argparse.Namespace) -> None:
    world = profiles.read()
    known = states.states(world)
    print(published.report(world, known))
    print(published.difficulty(generate.machine(world, known)))


def _speed(options: argparse.Namespace) -> None:
    print(speed.report(profiles.read(), options.number))


def _profile(options: argparse.Namespace) -> None:
    world = profiles.read()
    if options.condition not in world.catalogue.conditions:
        known = ", ".join(world.catalogue.conditions)
        raise SystemExit(f"{options.condition!r} is no condition; known are {known}.")
    print(text.profile(world, options.condition))


_COMMANDS = {
    "cases": _cases,
    "stress": _stress,
    "check": _check,
    "figures": _figures,
    "published": _published,
    "profile": _profile,
    "speed": _speed,
}


def _folder(value: str) -> Path:
    if not value.strip():
        raise argparse.ArgumentTypeError("found nothing, expected the name of a folder")
    return Path(value)


def _scheduler(value: str) -> str:
    if value and not re.fullmatch(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}", value):
        raise argparse.ArgumentTypeError(f"found {value!r}, expected tcp://HOST:PORT")
    return value


def _number(value: str) -> int:
    return _within(value, 1_000, 100_000_000)


def _seed(value: str) -> int:
    return _within(value, 0, 2**63 - 1)


def _workers(value: str) -> int:
    return _within(value, 1, 64)


def _within(value: str, low: int, high: int) -> int:
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise argparse.ArgumentTypeError(
            f"found {value!r}, expected a whole number {low} to {high}"
        )
    return int(value)


def _stop(signal_number: int, _: object) -> None:
    # As an exception: the workers of the pool are ended, and half a file is taken away.
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
