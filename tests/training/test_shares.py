import numpy as np
import pandas as pd
import pytest

from service.features import KNOTS
from training.shares import shares
from training.workbench import Workbench


@pytest.fixture(scope="module")
def train(bench: Workbench) -> pd.DataFrame:
    """The training cases on disk."""
    return bench.data.split("train")


@pytest.fixture(scope="module")
def found(bench: Workbench) -> dict[str, list[float]]:
    """The shares of these cases."""
    return shares(bench)


def test_shares_of_findings_are_those_of_the_table(
    found: dict[str, list[float]], train: pd.DataFrame, bench: Workbench
) -> None:
    """Each finding is stated present and absent as often as pandas counts, by condition."""
    for id in bench.vocabulary.findings:
        for state, value in (("present", 1), ("absent", 0)):
            stated = (train[id] == value).fillna(value=False)
            counted = stated.groupby(train["condition"]).mean().reindex(bench.ids)
            np.testing.assert_allclose(
                found[f"{id}={state}"], counted.to_numpy(dtype=float), rtol=5.1e-4, atol=1e-12
            )


def test_shares_of_attributes_are_those_of_the_table(
    found: dict[str, list[float]], train: pd.DataFrame, bench: Workbench
) -> None:
    """Values and what is unknown have their shares; the knots of an age add up to the mean age."""
    by_condition = train.groupby("condition")
    male = by_condition["sex"].apply(lambda sex: (sex == "male").mean()).reindex(bench.ids)
    unknown = by_condition["onset"].apply(lambda onset: onset.isna().mean()).reindex(bench.ids)
    ages = by_condition["age_years"].apply(lambda age: age.fillna(0).mean()).reindex(bench.ids)
    knots = [np.array(found[f"age_years={knot:g}"]) * knot for knot in KNOTS["age_years"]]

    np.testing.assert_allclose(found["sex=male"], male, rtol=5.1e-4)
    np.testing.assert_allclose(found["onset=unknown"], unknown, rtol=5.1e-4)
    np.testing.assert_allclose(np.sum(knots, axis=0), ages, rtol=1e-3)


def test_shares_have_four_digits_in_the_order_of_the_encoding(
    found: dict[str, list[float]], bench: Workbench
) -> None:
    """Every column is there, in order; a share says no more than four significant digits."""
    assert list(found) == list(bench.encoding.columns)
    assert all(share == float(f"{share:.3e}") for row in found.values() for share in row)
