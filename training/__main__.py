"""`python -m training`: search and train, compare, promote and roll back; measure what serves."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client
from mlflow.exceptions import MlflowException

from service.clinical.table import TableError
from service.clinical.vocabulary import vocabulary
from service.manifest import ModelRefused
from synthetic import blocks
from synthetic.people import people
from training import (
    cases,
    chain,
    interview,
    options,
    own,
    patients,
    promotion,
    screening,
    stop,
    tracking,
    workbench,
)
from training.candidates import RECIPES
from training.cases import DataSetError
from training.gates import GateError
from training.intake import IntakeError
from training.judgement import HeldOut
from training.own import Own
from training.plots import interview as plots_interview
from training.registry import RegistryError
from training.search import Backend
from training.served import known, served
from training.workbench import Workbench

PUBLISHED = Path(__file__).parents[1] / "tests" / "data" / "published_cases.jsonl"


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if getattr(asked, "backend", "") == "dask" and not asked.scheduler:
        parser.error("--backend dask needs --scheduler tcp://HOST:PORT")
    try:
        print(asked.run(asked))
    except (DataSetError, IntakeError, ModelRefused, RegistryError, TableError) as error:
        print(error, file=sys.stderr)
        return 1
    except GateError as error:
        print(f"Refused; what serves is as it was.\n{error}", file=sys.stderr)
        return 1
    except MlflowException as error:
        print(f"MLflow refuses or does not answer: {error.message}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Stopped: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; what serves is as it was.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run, purpose in (
        ("train", _train, "search the candidates, fit, measure, track and register a challenger"),
        ("compare", _compare, "set the challenger against the champion"),
        ("promote", _promote, "serve the challenger if it passes its gates"),
        ("rollback", _roll_back, "serve the version that served before"),
        ("restore", _restore, "export the champion again, to a folder that lost it"),
        ("served", _served, "tell whether the service takes the model that serves"),
        ("evaluate", _evaluate, "judge the served model on the published patients"),
        ("screen", _screen, "measure the red flags alone"),
        ("interview", _interview, "measure how soon the next questions tell enough"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.set_defaults(run=run)
        options.add_places(command)
        if name == "train":
            options.add_training(command)
    return parser


def _train(asked: argparse.Namespace) -> str:
    on = workbench.read(asked.cases)
    mine = _own(asked, on)
    stream = blocks.stream(on.data.card["seed"])
    if stream.order.sources != on.data.card["sources_sha256"]:
        raise DataSetError(
            f"The data set in {asked.cases} was drawn from other tables or by another generator"
            " than are here; `make cases` draws it again."
        )
    order = chain.order(RECIPES[asked.recipe], asked.seed, stream, on)
    if mine:
        order = chain.mixed(order, mine, asked.weight, on)
    with _backend(asked) as backend:
        return chain.train(order, on, _held_out(asked, on, mine), backend, asked.build)


@contextmanager
def _backend(asked: argparse.Namespace) -> Iterator[Backend]:
    if asked.backend == "loky":
        yield Backend("loky", asked.jobs)
        return
    with Client(asked.scheduler):  # type: ignore[no-untyped-call]
        yield Backend("dask", asked.jobs)


def _own(asked: argparse.Namespace, on: Workbench) -> Own | None:
    if not asked.data:
        return None
    found = own.read(Path(asked.data), on, skip_bad=asked.skip_bad == "1")
    for fault in found.skipped:
        print(f"Left out: {fault}", file=sys.stderr)
    return found


def _held_out(asked: argparse.Namespace, on: Workbench, mine: Own | None) -> HeldOut:
    """Read the cases that models are judged on; the stress world only where it was drawn."""
    stress = None
    if (asked.stress / "card.json").exists():
        stress = cases.read(asked.stress, on.vocabulary, world="stress").split("evaluation")
    return HeldOut(
        evaluation=on.data.split("evaluation"),
        stress=stress,
        own=mine.evaluation if mine and len(mine.evaluation) else None,
        patients=patients.read_published(PUBLISHED, on.vocabulary),
        own_sha256=mine.sha256 if mine else "",
    )


def _compare(asked: argparse.Namespace) -> str:
    tracking.connect(asked.build)
    on = workbench.read(asked.cases)
    return promotion.compared(on, _held_out(asked, on, _own(asked, on)), asked.jobs)


def _promote(asked: argparse.Namespace) -> str:
    tracking.connect(asked.build)
    on = workbench.read(asked.cases)
    held_out = _held_out(asked, on, _own(asked, on))
    return promotion.promote(on, held_out, asked.models, asked.jobs)


def _roll_back(asked: argparse.Namespace) -> str:
    tracking.connect(asked.build)
    return promotion.roll_back(*known(), asked.models)


def _restore(asked: argparse.Namespace) -> str:
    tracking.connect(asked.build)
    return promotion.restore(*known(), asked.models)


def _served(asked: argparse.Namespace) -> str:
    model, _ = served(asked.models)
    version = model.manifest.model["version"]
    return f"{asked.models} holds version {version}, which the service takes."


def _evaluate(asked: argparse.Namespace) -> str:
    model, conditions = served(asked.models)
    judged = patients.judge(patients.read_published(PUBLISHED, vocabulary()), model, conditions)
    title = f"{len(judged)} published patients, model version {model.manifest.model['version']}"
    return f"{title}\n{patients.report(judged)}"


def _screen(asked: argparse.Namespace) -> str:
    on = workbench.read(asked.cases)
    return screening.report(patients.read_published(PUBLISHED, on.vocabulary), on)


def _interview(asked: argparse.Namespace) -> str:
    model, conditions = served(asked.models)
    drawn, made = people(*interview.PEOPLE), {}
    for setting in stop.SETTINGS:
        interviewer = interview.Interviewer(model, vocabulary(), conditions, setting)
        made[setting] = interview.interviews(drawn, interviewer, asked.jobs)
    return plots_interview.write(asked.build, made)


def _stop(signal_number: int, _: object) -> None:
    # As an exception: the run and its trials are marked as ended, and the pools with them.
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
