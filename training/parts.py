"""Parts of a table: what is slow case by case is done by several processes, part by part."""

from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

PART = 4_096
"""Cases that are worked on at once."""


def parts(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield a table in parts, so that what is made of it needs little memory at once."""
    for start in range(0, len(table), PART):
        yield table.iloc[start : start + PART]


def mapped(
    of: Callable[[pd.DataFrame], NDArray[Any]], table: pd.DataFrame, jobs: int, desc: str
) -> NDArray[Any]:
    """Return what a function makes of each part, put together, by so many processes."""
    made = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(of)(part) for part in parts(table)
    )
    total = -(-len(table) // PART)
    return np.concatenate(list(tqdm(made, total=total, unit="part", desc=desc, leave=False)))
