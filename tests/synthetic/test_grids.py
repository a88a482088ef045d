import numpy as np
import pytest

from service.clinical.vocabulary import Quantity, Vocabulary
from synthetic import grids

QUANTITIES = ["age_years", "body_mass_index", "duration_days", "post_void_residual_ml"]


@pytest.mark.parametrize("id", QUANTITIES)
def test_grid_spans_the_range(id: str, words: Vocabulary) -> None:
    """A grid rises strictly from the least to the greatest value that the vocabulary allows."""
    quantity = words.attributes[id]

    assert isinstance(quantity, Quantity)
    assert (grids.GRIDS[id][0], grids.GRIDS[id][-1]) == (quantity.minimum, quantity.maximum)
    assert (np.diff(grids.GRIDS[id]) > 0).all()


def test_each_quantity_has_a_grid(words: Vocabulary) -> None:
    """No number is drawn without one."""
    quantities = {a.id for a in words.attributes.values() if isinstance(a, Quantity)}

    assert set(grids.GRIDS) == quantities == set(QUANTITIES)


@pytest.mark.parametrize("id", ["age_years", "body_mass_index"])
@pytest.mark.parametrize(("mean", "sd"), [(40.0, 12.0), (0.0, 1.0), (200.0, 5.0), (60.0, 1e-3)])
def test_chances_of_a_normal_sum_to_1(id: str, mean: float, sd: float) -> None:
    """What lies outside of the range is at its ends, so that nothing is lost."""
    chances = grids.normal(id, np.array([mean]), np.array([sd]))

    assert chances.shape == (1, len(grids.GRIDS[id]))
    assert chances.min() >= 0
    assert chances.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("id", ["duration_days", "post_void_residual_ml"])
@pytest.mark.parametrize(("median", "log_sd"), [(100.0, 1.0), (0.01, 0.5), (1e6, 2.0), (7.0, 1e-3)])
def test_chances_of_a_log_normal_sum_to_1(id: str, median: float, log_sd: float) -> None:
    """What lies outside of the range is at its ends, so that nothing is lost."""
    chances = grids.log_normal(id, np.array([median]), np.array([log_sd]))

    assert chances.min() >= 0
    assert chances.sum() == pytest.approx(1, abs=1e-12)


def test_normal_is_that_of_the_tables() -> None:
    """Of a normal of mean 40 and deviation 10 years 3.99 % are 40, the cut ends shared out."""
    (chances,) = grids.normal("age_years", np.array([40.0]), np.array([10.0]))

    assert chances[40] == pytest.approx(0.0398776 / 0.9999683, abs=1e-6)
    assert chances[:30].sum() + chances[30] / 2 == pytest.approx(0.1586553, abs=1e-3)
    assert chances @ grids.GRIDS["age_years"] == pytest.approx(40, abs=0.01)


@pytest.mark.parametrize("days", [1.0, 7.0, 42.0, 365.0, 3650.0])
def test_median_of_a_log_normal_is_its_median(days: float) -> None:
    """Half of the people lie at or below the grid value of the median, half at or above."""
    (chances,) = grids.log_normal("duration_days", np.array([days]), np.array([1.2]))
    place = grids.GRIDS["duration_days"].tolist().index(days)

    assert chances[: place + 1].sum() > 0.5
    assert chances[place:].sum() > 0.5


def test_rows_are_independent() -> None:
    """Several distributions are each what they are alone."""
    means, sds = np.array([20.0, 50.0]), np.array([3.0, 20.0])

    together = grids.normal("age_years", means, sds)

    for i in range(2):
        np.testing.assert_array_equal(
            together[i], grids.normal("age_years", means[[i]], sds[[i]])[0]
        )


@pytest.mark.parametrize("id", QUANTITIES)
def test_grid_value_is_its_own_place(id: str, words: Vocabulary) -> None:
    """A value of the grid is found again, as a float of 32 bits too."""
    grid = grids.GRIDS[id]

    for values in (grid, grid.astype(np.float32)):
        places = grids.index(words.attributes[id], values.tolist())
        assert places.tolist() == list(range(len(grid)))


@pytest.mark.parametrize(
    ("id", "value", "nearest"),
    [
        ("age_years", 40.4, 40),
        ("age_years", 40.6, 41),
        ("age_years", 0.0, 0),
        ("age_years", 120.0, 120),
        ("body_mass_index", 24.7, 24.5),
        ("body_mass_index", 24.8, 25),
        ("duration_days", 0.04, 0),
        ("duration_days", 0.06, 0.1),
        ("duration_days", 11.1, 12),
        ("duration_days", 10.9, 10),
        ("duration_days", 48.0, 42),
        ("duration_days", 49.0, 56),
        ("duration_days", 36500.0, 36500),
        ("post_void_residual_ml", 2.0, 0),
        ("post_void_residual_ml", 3.0, 5),
        ("post_void_residual_ml", 2237.0, 2500),
        ("post_void_residual_ml", 2235.0, 2000),
    ],
)
def test_index_is_nearest(id: str, value: float, nearest: float, words: Vocabulary) -> None:
    """A value stands for the nearest of its grid, of days and millilitres in ratio."""
    (place,) = grids.index(words.attributes[id], [value])

    assert grids.GRIDS[id][place] == nearest


def test_index_of_a_category_is_its_place(words: Vocabulary) -> None:
    """Words are found in the order of the vocabulary."""
    assert grids.index(words.attributes["trend"], ["improving", "worsening"]).tolist() == [2, 0]
