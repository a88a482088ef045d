"""The stop: what an interview takes and tells that ends when little is left to gain."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from training.interview import LEAST, LONGEST, PAGE, Interview
from training.ranks import loss, shares

SETTINGS = ("balanced", "general_public")
"""The setting of the curve, and that of people who are asked at home."""


def stops(made: Mapping[str, Sequence[Interview]]) -> pd.DataFrame:
    """Return a row for each setting and each of LEAST, in bits, for PAGE, and for all answers.

    `most` is the greatest number of questions for information, where there is one, `questions` the
    mean number of those asked until the stop, `red_flag` and `information` the means by reason,
    `nine_in_ten` the number that nine in ten people are asked at most, `not_reached` how often even
    LONGEST did not reach the stop, `cut_off` how often `most` ends the interview while a question
    has so much to gain. Shares and loss are as in a curve; after all answers nothing is lost.
    """
    rows: list[dict[str, float | str]] = []
    for setting, asked in made.items():
        complete = [one.complete for one in asked]
        rows += [{"setting": setting, **_stop(asked, least)} for least in LEAST]
        rows.append({"setting": setting, **_stop(asked, *PAGE)})
        rows.append({"setting": setting, **shares(complete)})
    return pd.DataFrame(rows)


def _stop(asked: Sequence[Interview], least: float, most: float = math.inf) -> dict[str, float]:
    numbers = [one.stop(least, most) for one in asked]
    ends = list(zip(asked, numbers, strict=True))
    ranks = [one.rank(number) for one, number in ends]
    flags = [one.reasons[:number].count("red_flag") for one, number in ends]
    return (
        {
            "least": least,
            "most": most if math.isfinite(most) else math.nan,
            "questions": float(np.mean(numbers)),
            "nine_in_ten": float(np.quantile(numbers, 0.9, method="inverted_cdf")),
            "red_flag": float(np.mean(flags)),
            "information": float(np.mean(numbers) - np.mean(flags)),
            "not_reached": float(np.mean([number == LONGEST for number in numbers])),
            "cut_off": float(np.mean([number < one.stop(least) for one, number in ends])),
        }
        | shares(ranks)
        | loss(ranks, [one.complete for one in asked])
    )


def report(found: pd.DataFrame) -> str:
    """Return the stops in a few lines, without the intervals."""
    columns = ["questions", "nine_in_ten", "red_flag", "cut_off", "top_1", "top_3", "loss"]
    named = [_name(*ends) for ends in zip(found["least"], found["most"], strict=True)]
    shown = found.assign(stop=named).set_index(["setting", "stop"])[columns]
    return "stopped when no question that is left gains so many bits:\n" + shown.to_string(
        float_format=lambda value: f"{value:.3g}", na_rep=""
    )


def _name(least: float, most: float) -> str:
    if math.isnan(least):
        return "all answers"
    capped = "" if math.isnan(most) else f", at most {most:.0f} for information"
    return f"{least:g} bits{capped}"
