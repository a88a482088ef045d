"""`python -m training`: train a model, evaluate the one that is served, measure the red flags."""

import argparse
import os
import sys
from pathlib import Path

from service.clinical import catalogue
from service.clinical.table import TableError
from service.clinical.vocabulary import vocabulary
from service.features import Encoding
from service.manifest import ModelRefused
from service.model import load
from training import chain, evaluate, screening, workbench
from training.candidates import RECIPES
from training.cases import DataSetError
from training.gates import GateError


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("command", choices=tuple(_COMMANDS))
    parser.add_argument("--recipe", choices=sorted(RECIPES), default="quick")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the fit")
    parser.add_argument("--cases", type=Path, default=Path("build/cases"), help="the data set")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the folder served")
    parser.add_argument("--build", type=Path, default=Path("build"), help="where MLflow writes")
    options = parser.parse_args(arguments)
    try:
        print(_COMMANDS[options.command](options))
    except (DataSetError, ModelRefused, TableError) as error:
        print(error, file=sys.stderr)
        return 1
    except GateError as error:
        print(f"Nothing was exported: the model failed its gates.\n{error}", file=sys.stderr)
        print("models/ is as it was. More cases may help: make cases N=400000", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: nothing was exported, models/ is as it was.", file=sys.stderr)
        return 130
    return 0


def _train(options: argparse.Namespace) -> str:
    on = workbench.read(options.cases)
    return chain.train(RECIPES[options.recipe], options.seed, on, options.models, options.build)


def _evaluate(options: argparse.Namespace) -> str:
    words = vocabulary()
    conditions = catalogue.read(words).conditions
    pinned = os.environ.get("CAUDA_MODEL_SHA256", "").lower()
    model = load(options.models, Encoding(words), list(conditions), pinned)
    patients = evaluate.read_published(chain.PUBLISHED, words)
    judged = evaluate.judge(patients, model, conditions)
    title = f"{len(patients)} published patients, model version {model.manifest.model['version']}"
    return f"{title}\n{evaluate.report(judged)}"


def _screen(options: argparse.Namespace) -> str:
    on = workbench.read(options.cases)
    return screening.report(evaluate.read_published(chain.PUBLISHED, on.vocabulary), on)


_COMMANDS = {"train": _train, "evaluate": _evaluate, "screen": _screen}


if __name__ == "__main__":
    sys.exit(main())
