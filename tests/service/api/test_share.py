import math
from typing import Any

import pytest

from service.api.share import Share, percent, points, read


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.6249, "62.5 %"),
        (0.97, "97.0 %"),
        (1, "100 %"),
        (0, "0 %"),
        (0.0241734, "2.4 %"),
        (0.0096, "1.0 %"),
        (0.001, "0.1 %"),
        (0.00081932, "0.08 %"),
        (0.0001, "0.01 %"),
        (5e-07, "<0.01 %"),
        (math.ulp(0.0), "<0.01 %"),
        (0.999, "99.9 %"),
        (0.9996, ">99.9 %"),
        (math.nextafter(1, 0), ">99.9 %"),
    ],
)
def test_a_share_is_a_percentage(share: float, text: str) -> None:
    """Nothing but 1 is 100 % and nothing but 0 is 0 %, and no line breaks before the sign."""
    assert percent(share) == text.replace(" ", "\u00a0")


def test_a_difference_is_in_points() -> None:
    """62.5 % less 53.9 % are points and no percentage; a small loss is not written as none."""
    assert points(0.625 - 0.539) == "8.6 points"
    assert points(0.6250 - 0.6248) == "<0.1 points"


def test_an_interval_has_one_sign() -> None:
    """Both ends stand with one sign; without ends there is no interval."""
    assert Share(0.625, 0.622, 0.628).interval == "62.2 to 62.8\u00a0%"
    assert Share(0.9997, 0.9994, 1).interval == ">99.9 to 100\u00a0%"
    assert Share(0.625).interval == ""


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"a": 0.5, "a_low": 0.4, "a_high": 0.6}, Share(0.5, 0.4, 0.6)),
        ({"a": 1}, Share(1)),
        ({"a": 0.5, "a_low": 0.4}, Share(0.5)),
        ({"a": 0.5, "a_low": "0.4", "a_high": 0.6}, Share(0.5)),
        ({}, None),
        ({"a": math.nan}, None),
        ({"a": math.inf}, None),
        ({"a": -0.1}, None),
        ({"a": 1.1}, None),
        ({"a": "0.5"}, None),
        ({"a": True}, None),
        ({"a": None}, None),
    ],
)
def test_what_is_no_share_is_missing(metrics: dict[str, Any], expected: Share | None) -> None:
    """What metrics hold is not checked when a manifest is read, so it is here."""
    assert read(metrics, "a") == expected
