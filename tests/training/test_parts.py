from time import sleep
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from training.parts import mapped, parts

TABLE = pd.DataFrame({"number": np.arange(10_000)})


def slow_at_first(table: pd.DataFrame) -> NDArray[Any]:
    """Return the squares of the numbers, and take longest for the first part."""
    numbers = table["number"].to_numpy()
    sleep(0.3 if numbers[0] == 0 else 0)
    return numbers**2


@pytest.mark.parametrize(
    ("number", "lengths"),
    [
        (0, []),
        (1, [1]),
        (4_095, [4_095]),
        (4_096, [4_096]),
        (4_097, [4_096, 1]),
        (10_000, [4_096, 4_096, 1_808]),
    ],
)
def test_parts_are_the_table_in_its_order(number: int, lengths: list[int]) -> None:
    """Each row is in one part, and no part but the last is less than full."""
    divided = list(parts(TABLE.head(number)))

    assert [len(part) for part in divided] == lengths
    assert [row for part in divided for row in part["number"]] == list(range(number))


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_made_stands_in_the_order_of_the_table(jobs: int) -> None:
    """However many processes work, the rows stay where they were, also when the first is last."""
    assert mapped(slow_at_first, TABLE, jobs, "squares").tolist() == [i * i for i in range(10_000)]


def test_rows_of_parts_are_put_below_each_other() -> None:
    """What is made of a part may have columns."""
    pairs = mapped(lambda part: part[["number", "number"]].to_numpy(), TABLE, 1, "pairs")

    assert pairs.tolist() == [[i, i] for i in range(10_000)]
