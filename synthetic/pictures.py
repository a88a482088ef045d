"""Pictures of the world: profiles, what occurs together, and ages."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from synthetic import grids
from synthetic.profiles import World
from synthetic.states import States

Reals = NDArray[np.float64]
PICTURES = ("profiles.png", "together.png", "ages.png")


def draw(world: World, states: States, folder: Path) -> None:
    """Write the pictures as PNG into a folder."""
    with mpl.rc_context({"font.size": 6, "savefig.dpi": 130}):
        for name, figure in zip(
            PICTURES, (_profiles(world, states), _together(world, states), _ages(world, states)),
            strict=True,
        ):  # fmt: skip
            figure.savefig(folder / name, bbox_inches="tight")


def frequencies(world: World, states: States) -> Reals:
    """Return how often each finding is there in each condition, (n_conditions, n_findings)."""
    of_condition = states.condition == np.arange(len(world.catalogue.conditions))[:, np.newaxis]
    return np.asarray((of_condition * states.prior) @ states.frequency)


def together(states: States, condition: int) -> Reals:
    """Return the correlation of findings that the states of a condition make, (n, n).

    Findings are independent given the state, so their covariance is that of their frequencies
    over the states.
    """
    weight = np.where(states.condition == condition, states.prior, 0)
    mean = weight @ states.frequency
    centred = states.frequency - mean
    covariance = (centred * weight[:, np.newaxis]).T @ centred
    spread = np.sqrt(np.maximum(mean * (1 - mean), 1e-12))
    return np.asarray(covariance / np.outer(spread, spread))


def _profiles(world: World, states: States) -> Figure:
    figure = Figure(figsize=(20, 5))
    axes = figure.subplots()
    image = axes.imshow(frequencies(world, states), vmin=0, vmax=1, aspect="auto", cmap="magma_r")
    axes.set_xticks(range(len(world.vocabulary.findings)), world.vocabulary.findings, rotation=90)
    axes.set_yticks(range(len(world.catalogue.conditions)), world.catalogue.conditions)
    axes.set_title("How often a finding is there (synthetic; published, described or assumed)")
    figure.colorbar(image, label="share of patients", pad=0.01)
    return figure


def _together(world: World, states: States) -> Figure:
    """Draw the findings that move together most in cauda equina syndrome."""
    condition = list(world.catalogue.conditions).index("cauda_equina_syndrome")
    correlation = together(states, condition)
    np.fill_diagonal(correlation, 0)
    chosen = np.sort(np.argsort(-np.abs(correlation).max(axis=1))[:30])
    names = [list(world.vocabulary.findings)[i] for i in chosen]
    figure = Figure(figsize=(8, 7))
    axes = figure.subplots()
    shown = correlation[np.ix_(chosen, chosen)]
    limit = float(np.abs(shown).max())
    image = axes.imshow(shown, vmin=-limit, vmax=limit, cmap="RdBu_r")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_title(
        "What moves together in cauda equina syndrome through stage, bands and age (synthetic)"
    )
    figure.colorbar(image, label="correlation through the latent state")
    return figure


def _ages(world: World, states: States) -> Figure:
    figure = Figure(figsize=(12, 6), layout="constrained")
    ages = grids.GRIDS["age_years"]
    conditions = world.catalogue.conditions
    panels = figure.subplots(-(-len(conditions) // 7), 7, sharex=True, squeeze=False).ravel()
    for axes in panels[len(conditions) :]:
        axes.set_axis_off()
    for i, (axes, condition) in enumerate(zip(panels, conditions, strict=False)):
        weight = np.where(states.condition == i, states.prior, 0)
        axes.fill_between(ages, weight @ states.attributes["age_years"])
        axes.set_title(condition)
        axes.set_yticks([])
    figure.suptitle("Ages in years (synthetic)")
    return figure
