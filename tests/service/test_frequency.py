import json
from pathlib import Path

import numpy as np
import pytest

from service.frequency import frequencies, weights


def shares_of(frequency: dict[str, list[float]], r: float, s: float) -> dict[str, list[float]]:
    """Return the shares of people who tell r of what they have and s of what they lack."""
    present = {f"{id}=present": [r * f for f in row] for id, row in frequency.items()}
    absent = {f"{id}=absent": [s * (1 - f) for f in row] for id, row in frequency.items()}
    return present | absent | {"age_years=unknown": [0.05, 0.05]}


def test_frequencies_are_those_before_the_telling() -> None:
    """People who tell 40 % of what is there and 4 % of what is not still show how much is there."""
    frequency = {"fever": [0.02, 0.9], "back_pain": [0.55, 0.31], "limping": [0.0, 1.0]}
    shares = shares_of(frequency, 0.40, 0.04)

    assert weights(shares) == pytest.approx((1 / 0.40, 1 / 0.04))
    found = frequencies(shares, list(frequency))
    assert {id: pytest.approx(row) for id, row in frequency.items()} == found


def test_weights_are_the_least_squares(models: Path) -> None:
    """They are those that NumPy's solver finds for the shares of a trained model."""
    shares = json.loads((models / "manifest.json").read_text(encoding="utf-8"))["shares"]
    findings = [name.partition("=")[0] for name in shares if name.endswith("=present")]
    stated = [
        np.concatenate([shares[f"{id}={state}"] for id in findings])
        for state in ("present", "absent")
    ]
    expected, *_ = np.linalg.lstsq(np.stack(stated, axis=1), np.ones(len(stated[0])))
    np.testing.assert_allclose(weights(shares), expected, rtol=1e-9)


@pytest.mark.parametrize(("present", "absent"), [(0.0, 0.0), (0.2, 0.2), (0.2, 0.0)])
def test_shares_that_tell_no_difference_are_taken_as_they_are(
    present: float, absent: float
) -> None:
    """Where nobody tells, or told and denied stand in one proportion, neither is weighed up."""
    shares = {"fever=present": [present] * 2, "fever=absent": [absent] * 2}
    assert weights(shares) == (1, 1)
    expected = present / (present + absent) if present else 0
    assert frequencies(shares, ["fever"]) == {"fever": [expected] * 2}


def test_impossible_shares_give_no_negative_frequency() -> None:
    """Shares that sum to more than can be told still give frequencies between 0 and 1."""
    shares = {"fever=present": [1.0, 0.5], "fever=absent": [1.0, 0.9]}
    assert min(weights(shares)) > 0
    (row,) = frequencies(shares, ["fever"]).values()
    assert all(0 <= f <= 1 for f in row)
