from pathlib import Path

import numpy as np
import pytest

from synthetic import pictures, states
from synthetic.profiles import World
from synthetic.states import States

NAMES = ["ages.png", "profiles.png", "together.png"]


@pytest.fixture(scope="module")
def known(world: World) -> States:
    """The states of the documented world."""
    return states.states(world)


def test_pictures_are_drawn(world: World, known: States, tmp_path: Path) -> None:
    """Three PNG files with something on them are written, and nothing else."""
    pictures.draw(world, known, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    for name in NAMES:
        content = (tmp_path / name).read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(content) > 20_000


def test_frequency_is_that_of_all_stages(world: World, known: States) -> None:
    """A finding is as frequent in a condition as in its stages, weighted by their shares."""
    shown = pictures.frequencies(world, known)
    column = list(world.vocabulary.findings).index("saddle_numbness")
    expected = 0.0
    for row, stage in enumerate(world.stages):
        if stage.condition == 0:
            for u in (0.2, 0.8):
                share = (1 - u) * world.shares.low[row] + u * world.shares.high[row]
                low, high = (
                    band[row, column] for band in (world.frequencies.low, world.frequencies.high)
                )
                expected += 0.5 * share * ((1 - u) * low + u * high)

    assert next(iter(world.catalogue.conditions)) == "cauda_equina_syndrome"
    assert shown.shape == (21, 133)
    assert shown[0, column] == pytest.approx(expected, abs=1e-9)


def test_bladder_and_saddle_move_together(world: World, known: States) -> None:
    """In cauda equina syndrome what marks its late stages occurs together, both ways alike."""
    names = list(world.vocabulary.findings)
    correlation = pictures.together(known, 0)

    assert correlation.shape == (133, 133)
    np.testing.assert_allclose(correlation, correlation.T, rtol=0, atol=1e-12)
    assert np.abs(correlation).max() <= 1
    assert correlation[names.index("saddle_numbness"), names.index("urinary_retention")] > 0.1
