"""Limits: what a judgement shows that a model does not do well, said in sentences."""

from collections.abc import Iterator

from training.figure import ALL, Figure
from training.judgement import Judgement

SENSITIVITY = "emergencies_given_emergency"

STRESS = {SENSITIVITY: 0.03, "top_1": 0.10}
"""How much less a figure may be in the stress world before the card's first limit says so."""

ALWAYS = (
    "Synthetic figures say how well the model learned its world, not how well it does on people.",
    "Findings move together in the synthetic world only through stage, age, reporter and what"
    " implies what; in life there is more. Attributes depend on the stage, not on single findings"
    " or on sex: a pregnant person may be a man, and symptoms of both legs have a side.",
    "A few answers carry little: the figures by number of answers above say how little.",
    "The prior of each setting is a published figure for a few conditions and assumed for others.",
    "What errors of triage cost is assumed; the manifest holds the matrix, a picture its effect.",
)


def limits(judged: Judgement) -> list[str]:
    """Return the limits of a model, what the stress world shows first."""
    return [*_stress(judged), *_slices(judged), *ALWAYS]


def _stress(judged: Judgement) -> Iterator[str]:
    """Yield what is lost in the stress world beyond STRESS, or that it was not measured."""
    if judged.stress is None:
        yield "The model was not measured in the stress world; `make stress` draws its cases."
        return
    for name, most in STRESS.items():
        here, there = judged.by_key[name], judged.by_key[f"stress/{name}"]
        if here.value - there.value > most:
            yield (
                f"In a second synthetic world, which the model did not learn, {name} is {there},"
                f" {100 * (here.value - there.value):.1f} points less than in the one that it"
                f" learned; {100 * most:.0f} are expected at most. Real people differ from both."
            )


def _slices(judged: Judgement) -> Iterator[str]:
    """Yield each age band and sex in which fewer emergencies are seen than in the whole."""
    whole = judged.by_key[SENSITIVITY]
    for figure in judged.figures:
        if _is_slice(figure) and whole.low is not None and figure.value < whole.low:
            yield (
                f"Of emergencies of {figure.group} {figure} are sent as such, of all {whole}: the"
                " slice lies under the interval of the whole."
            )


def _is_slice(figure: Figure) -> bool:
    return figure.name == SENSITIVITY and figure.group != ALL and figure.world == "documented"
