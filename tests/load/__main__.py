"""`python -m tests.load`: bench and soak."""

import argparse
import re
import signal
import sys
from pathlib import Path

from tests.load import bench, report, soak
from tests.load.server import ROOT, Failure

BUILD = ROOT / "build"


def main() -> int:
    """Run the command that the arguments name; returns the exit code."""
    options = _parser().parse_args()
    try:
        return int(options.run(options))
    except Failure as failure:
        print(f"Stopped: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; every server was stopped.", file=sys.stderr)
        return 130


def _bench(options: argparse.Namespace) -> bool:
    """Tell whether something could not be measured; a target that is missed is told, no more."""
    plan = bench.Plan(options.rounds, options.seconds, options.rounds)
    measured = bench.run(plan, options.models.resolve(), BUILD / "bench", print)
    print(report.write(measured, BUILD / "bench"))
    return bool(measured.missing)


def _soak(options: argparse.Namespace) -> bool:
    """Tell whether something happened that must not."""
    plan = soak.Plan(60 * options.minutes)
    folder = BUILD / "soak"
    found = soak.run(plan, options.models.resolve(), folder, BUILD / "bench" / "venv", print)
    print("\n".join([*found, f"{len(found)} violations; see {folder / 'soak.png'}"]))
    return bool(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    commands = parser.add_subparsers(required=True)
    of_bench = commands.add_parser("bench", help="compare with an echo and with MLflow's server")
    of_bench.add_argument("--rounds", type=_whole, default=5, help="turns of each")
    of_bench.add_argument("--seconds", type=_whole, default=5, help="seconds of load in a turn")
    of_bench.set_defaults(run=_bench)
    of_soak = commands.add_parser("soak", help="load the service while workers are killed")
    of_soak.add_argument("--minutes", type=_minutes, default=10, help="how long")
    of_soak.set_defaults(run=_soak)
    for command in commands.choices.values():
        command.add_argument("--models", type=Path, default=ROOT / "models", help="the artefact")
    return parser


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 3600):
        raise argparse.ArgumentTypeError(f"found {value!r}, expected a whole number 1 to 3600")
    return int(value)


def _minutes(value: str) -> float:
    if not (re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", value) and float(value) >= 0.2):
        raise argparse.ArgumentTypeError(f"found {value!r}, expected minutes, 0.2 or more")
    return float(value)


def _stop(signal_number: int, _: object) -> None:
    raise SystemExit(128 + signal_number)  # as an exception, so that every server is stopped


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
