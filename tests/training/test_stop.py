import math
from collections.abc import Sequence

import pytest

from service.questions import Question
from training import stop
from training.interview import LEAST, Interview

FLAG = None


def person(ranks: Sequence[int], gains: Sequence[float | None], complete: int) -> Interview:
    """Return an interview whose questions gained so much; those of red flags have none."""
    questions = [
        Question("fever", "finding", "red_flag" if gain is None else "information", gain)
        for gain in gains
    ]
    return Interview(tuple(ranks), tuple(questions), complete)


@pytest.mark.parametrize(
    ("gains", "least", "questions"),
    [
        ([FLAG, 0.3, 0.2, 0.1], 0.2, 3),
        ([FLAG, 0.3, 0.2, 0.1], 0.25, 2),
        ([FLAG, 0.3, 0.2, 0.1], 0.01, 4),
        ([0.1, FLAG, 0.3], 0.2, 0),
        ([0.3, FLAG, FLAG, 0.1, 0.9], 0.2, 3),
        ([FLAG, FLAG], 9.0, 2),
        ([], 0.1, 0),
    ],
    ids=["just enough", "between", "all", "first", "flags go on", "flags alone", "nothing"],
)
def test_stop_is_before_the_first_question_that_gains_less(
    gains: list[float | None], least: float, questions: int
) -> None:
    """What would come later does not count, and the red flags are asked in any case."""
    assert person([1] * (len(gains) + 1), gains, 1).stop(least) == questions


def test_stops_count_people() -> None:
    """Two people stop after three questions and one, one of them where the condition is first."""
    asked = [
        person([9, 5, 2, 1, 4], [FLAG, FLAG, 0.06, 0.04], 1),
        person([8, 3, 1], [FLAG, 0.03], 1),
    ]

    found = stop.stops({"balanced": asked, "general_public": asked[:1]})

    keys = list(zip(found["setting"], found["least"].fillna(math.inf), strict=True))
    assert keys == [
        (setting, least)
        for setting in ("balanced", "general_public")
        for least in (*LEAST, math.inf)
    ]
    row = found.iloc[LEAST.index(0.05)]
    counted = ["questions", "nine_in_ten", "red_flag", "information", "not_reached"]
    assert row[counted].tolist() == [2, 3, 1.5, 0.5, 0]
    assert row[["top_1", "top_3", "loss"]].tolist() == [0.5, 1, 0.5]
    complete = found.iloc[len(LEAST)]
    assert complete[["top_1", "top_3"]].tolist() == [1, 1]


def test_longest_interview_has_not_reached_its_stop() -> None:
    """Of four people one is still asked at the end."""
    endless = person([2] * 81, [0.5] * 80, 1)
    found = stop.stops({"balanced": [endless, *[person([1, 1], [0.5], 1)] * 3]})

    assert found["not_reached"].dropna().tolist() == [0.25] * len(LEAST)
    assert found["nine_in_ten"].dropna().tolist() == [80] * len(LEAST)


def test_report_tells_each_stop() -> None:
    """A line for each number of bits holds the questions until then and how often is right."""
    asked = [person([2, 2, 1], [FLAG, 0.04], 1)] * 3 + [person([2, 4, 3], [FLAG, 0.04], 1)]

    lines = stop.report(stop.stops({"balanced": asked})).splitlines()

    told = [line.split("bits")[1].split() for line in lines if " 0.02 bits" in line]
    assert told == [["2", "2", "1", "0.75", "1", "0.25"]]
    told = [line.split("bits")[1].split() for line in lines if " 0.05 bits" in line]
    assert told == [["1", "1", "1", "0", "0.75", "1"]]
    assert lines[-1].split() == ["all", "answers", "1", "1"]
