import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.questions import Question
from training import stop
from training.interview import LEAST, PAGE, Interview

FLAG = None

INTERVIEW = Path(__file__).parents[2] / "service" / "web" / "static" / "interview.js"


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


@pytest.mark.parametrize(
    ("gains", "most", "questions"),
    [
        ([FLAG, 0.3, 0.3, 0.3], 2, 3),
        ([FLAG, 0.3, 0.3, FLAG, 0.3, FLAG], 2, 4),
        ([0.3, 0.1, 0.3], 2, 1),
        ([FLAG, 0.3, 0.3], 2, 3),
        ([FLAG, 0.3], 0, 1),
    ],
    ids=["cut off", "flags go on", "too little before", "as many as there are", "flags alone"],
)
def test_stop_is_after_so_many_for_information_at_most(
    gains: list[float | None], most: int, questions: int
) -> None:
    """The questions of the red flags are none of them, and are asked in any case."""
    assert person([1] * (len(gains) + 1), gains, 1).stop(0.2, most) == questions


def test_page_stops_where_it_is_measured() -> None:
    """The page's own script holds numbers and setting; each interview is measured as far."""
    script = INTERVIEW.read_text(encoding="utf-8")
    found = dict(re.findall(r"^const (LEAST|ROUND|SETTING) = (.+?);", script, re.MULTILINE))

    assert {name: json.loads(value) for name, value in found.items()} == {
        "LEAST": PAGE[0],
        "ROUND": PAGE[1],
        "SETTING": stop.SETTINGS[1],
    }
    assert min(LEAST) <= PAGE[0]


def test_page_cuts_off_who_has_more_to_gain() -> None:
    """Of four people two are asked 20 questions for information, and one of them could go on."""
    asked = [
        person([3] * 22 + [1], [FLAG, *[0.5] * 21], 1),
        person([3] * 20 + [1], [0.5] * 20, 1),
        person([3] * 21 + [1], [FLAG, *[0.5] * 19, 0.01], 1),
        person([1, 1], [FLAG], 1),
    ]

    found = stop.stops({"general_public": asked})

    (page,) = found.dropna(subset="most").to_dict("records")
    assert (page["least"], page["most"]) == (0.015, 20)
    assert (page["cut_off"], page["questions"], page["information"]) == (0.25, 15.5, 14.75)
    assert (page["red_flag"], page["nine_in_ten"], page["not_reached"]) == (0.75, 21, 0)
    assert (page["top_1"], page["top_3"], page["loss"]) == (0.5, 1, 0.5)
    assert found.loc[found["most"].isna(), "cut_off"].dropna().tolist() == [0] * len(LEAST)
    told = [
        line.split("information")[1].split()
        for line in stop.report(found).splitlines()
        if "0.015 bits, at most 20 for information" in line
    ]
    assert told == [["15.5", "21", "0.75", "0.25", "0.5", "1", "0.5"]]


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
        for least in (*LEAST, 0.015, math.inf)
    ]
    row = found.iloc[LEAST.index(0.05)]
    counted = ["questions", "nine_in_ten", "red_flag", "information", "not_reached"]
    assert row[counted].tolist() == [2, 3, 1.5, 0.5, 0]
    assert row[["top_1", "top_3", "loss"]].tolist() == [0.5, 1, 0.5]
    complete = found.iloc[len(LEAST) + 1]
    assert complete[["top_1", "top_3"]].tolist() == [1, 1]


def test_longest_interview_has_not_reached_its_stop() -> None:
    """Of four people one is still asked at the end."""
    endless = person([2] * 81, [0.5] * 80, 1)
    found = stop.stops({"balanced": [endless, *[person([1, 1], [0.5], 1)] * 3]})

    assert found["not_reached"].dropna().tolist() == [0.25] * len(LEAST) + [0]
    assert found["nine_in_ten"].dropna().tolist() == [80] * len(LEAST) + [20]


def test_report_tells_each_stop() -> None:
    """A line for each number of bits holds the questions until then and how often is right."""
    asked = [person([2, 2, 1], [FLAG, 0.04], 1)] * 3 + [person([2, 4, 3], [FLAG, 0.04], 1)]

    lines = stop.report(stop.stops({"balanced": asked})).splitlines()

    told = [line.split("bits")[1].split() for line in lines if " 0.02 bits" in line]
    assert told == [["2", "2", "1", "0", "0.75", "1", "0.25"]]
    told = [line.split("bits")[1].split() for line in lines if " 0.05 bits" in line]
    assert told == [["1", "1", "1", "0", "0", "0.75", "1"]]
    assert lines[-1].split() == ["all", "answers", "1", "1"]
