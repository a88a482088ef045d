"""The search: trials of the candidates, halved step by step by what they do on one split."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
from tqdm import tqdm

from training.candidates import Recipe
from training.trial import Ground, Stretch, Trial, advance

Told = Callable[[Trial, bool], None]
"""Is told of each trial after each step, and whether it goes on."""


@dataclass(frozen=True, slots=True)
class Backend:
    """Where trials run: joblib's backend (`loky` or `dask`) and as many of them at once."""

    name: str = "loky"
    jobs: int = 1


def search(recipe: Recipe, seed: int, on: Ground, backend: Backend, told: Told) -> Trial:
    """Return the trial with the least validation log loss after the recipe's steps.

    The trials of a step run side by side; one that is left alone is fed by all processes. The same
    seed and cases give the same trial, wherever it ran.
    """
    going, best = trials(recipe, seed), list[Trial]()
    stretches = [
        Stretch(start, step)
        for start, step in zip([0, *(s.stop for s in recipe.steps)], recipe.steps, strict=False)
    ]
    with tqdm(total=_work(recipe, stretches), unit="block", desc=recipe.name) as bar:
        for stretch in stretches:
            bar.set_postfix_str(f"{len(going)} at once" if len(going) > 1 else going[0].name)
            done = sorted(_side_by_side(going, stretch, on, backend, bar), key=_loss)
            streamed = [trial for trial in done if not trial.candidate.whole]
            going = streamed[: stretch.step.keep] if stretch is not stretches[-1] else []
            # One is enough: a forest that lost takes as much memory as all else.
            best = sorted([*best, *(trial for trial in done if trial not in going)], key=_loss)[:1]
            for trial in done:
                told(trial, trial in going)
    return best[0]


def trials(recipe: Recipe, seed: int) -> list[Trial]:
    """Return the unfitted trials of a recipe."""
    return [
        Trial(f"{one.name}-{i}", one, setting, one.classifier(setting, seed))
        for one in recipe.candidates
        for i, setting in enumerate(one.settings(seed), start=1)
    ]


def _side_by_side(
    going: Sequence[Trial], stretch: Stretch, on: Ground, backend: Backend, bar: "tqdm[Any]"
) -> Iterator[Trial]:
    """Yield the trials after a stretch as they end."""
    if len(going) == 1:
        yield advance(going[0], stretch, on, backend.jobs, fed=bar.update)
        return
    tasks = (joblib.delayed(advance)(trial, stretch, on) for trial in going)
    with joblib.parallel_config(backend.name, n_jobs=backend.jobs):
        for trial in joblib.Parallel(return_as="generator_unordered")(tasks):
            bar.update(stretch.blocks)
            yield trial


def _work(recipe: Recipe, stretches: Sequence[Stretch]) -> int:
    """Return the number of blocks that the trials of all stretches are fed, together."""
    going = [sum(one.number for one in recipe.candidates), *(step.keep for step in recipe.steps)]
    return sum(n * stretch.blocks for n, stretch in zip(going, stretches, strict=False))


def _loss(trial: Trial) -> tuple[float, str]:
    return trial.curve[-1].log_loss, trial.name
