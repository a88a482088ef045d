import numpy as np
import pytest
from scipy.stats import binomtest

from synthetic.wheel import Wheel

CHANCES = np.array([[0.0, 1.0, 3.0, 0.0], [0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 2.0]])
DRAWN = 20_000


@pytest.mark.parametrize("order", ["sorted", "mixed"])
def test_values_are_drawn_as_often_as_their_chances(order: str) -> None:
    """Each row's values come in proportion to its chances, in whatever order rows are asked for."""
    rng = np.random.default_rng(3)
    rows = np.repeat(np.arange(3), DRAWN)
    if order == "mixed":
        rows = rng.permutation(rows)

    values = Wheel.of(CHANCES).draw(rows, rng)

    for row in range(3):
        counts = np.bincount(values[rows == row], minlength=4)
        shares = CHANCES[row] / CHANCES[row].sum()
        for count, share in zip(counts.tolist(), shares.tolist(), strict=True):
            assert binomtest(count, DRAWN, share).pvalue > 1e-6


def test_value_without_a_chance_is_never_drawn() -> None:
    """A chance of 0 at the start, in the middle or at the end gives nothing."""
    rng = np.random.default_rng(4)
    rows = np.repeat(np.arange(3), DRAWN)

    values = Wheel.of(CHANCES).draw(rows, rng)

    assert set(values[rows == 0].tolist()) == {1, 2}
    assert set(values[rows == 1].tolist()) == {0, 3}
    assert set(values[rows == 2].tolist()) == {3}


def test_last_of_many_rows_keeps_its_values() -> None:
    """Rounding in a long table moves nothing into a neighbouring row."""
    chances = np.tile([0.1, 0.2, 0.3, 0.4], (5000, 1))
    rows = np.full(DRAWN, 4999)

    values = Wheel.of(chances).draw(rows, np.random.default_rng(5))

    assert set(values.tolist()) == {0, 1, 2, 3}
    assert binomtest(int((values == 0).sum()), DRAWN, 0.1).pvalue > 1e-6


def test_nothing_is_drawn_of_no_rows() -> None:
    """No rows give no values."""
    drawn = Wheel.of(CHANCES).draw(np.array([], dtype=np.intp), np.random.default_rng(1))

    assert drawn.shape == (0,)
