from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from service.clinical.case import Case
from service.model import Model
from service.opinion import Ranking
from service.questions import Question, examinations
from synthetic.people import people
from training import interview
from training.cases import single
from training.interview import Interview, Interviewer
from training.plots import interview as plot
from training.workbench import Workbench

FLAG = Question("fever", "finding", "red_flag")
TELLS = Question("fatigue", "finding", "information", 0.5)


class Recorder:
    """The small model, which remembers what it was asked to rank."""

    def __init__(self, model: Model) -> None:
        self.thresholds, self.gains = model.thresholds, model.gains
        self.cases: list[Case] = []
        self.settings: set[str] = set()
        self._model = model

    def rank(self, cases: Sequence[Case], setting: str) -> list[Ranking]:
        """Rank as the model does."""
        self.cases += cases
        self.settings.add(setting)
        return self._model.rank(cases, setting)


@pytest.fixture(scope="module")
def person() -> pd.DataFrame:
    """One person who answers everything."""
    return people(1, 3)


def test_interview_asks_one_question_at_a_time_and_hears_the_truth(
    person: pd.DataFrame, model: Model, bench: Workbench
) -> None:
    """From one or two complaints on each case has one answer more, and each answer is true."""
    (truth,) = single(person, bench.vocabulary)
    recorder = Recorder(model)
    interviewer = Interviewer(recorder, bench.vocabulary, bench.conditions)  # type: ignore[arg-type]

    made = interviewer.interview(truth, person["condition"][0], 1)

    asked = list(dict.fromkeys(map(known, recorder.cases)))
    *steps, everything = asked
    assert recorder.settings == {"balanced"}
    assert len(made.ranks) == len(steps) == len(made.questions) + 1
    assert [len(step) - len(steps[0]) for step in steps] == list(range(len(steps)))
    assert all(set(before) < set(after) for before, after in pairwise(steps))
    assert set(steps[-1]) <= set(known(truth)) | {(id, "present") for id in truth.present} | {
        (id, "absent") for id in truth.absent
    }
    hard = examinations(bench.vocabulary)
    told = {id for id, _ in everything}
    assert not told & hard
    assert recorder.cases[-1].present | recorder.cases[-1].absent == (
        bench.vocabulary.findings.keys() - hard
    )
    assert recorder.cases[-1].attributes.keys() == bench.vocabulary.attributes.keys() - hard


def test_interview_goes_on_beyond_the_curve_while_there_is_something_to_gain(
    person: pd.DataFrame, model: Model, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the curve's end all is asked, then what gains enough, and never more than the longest."""
    (truth,) = single(person, bench.vocabulary)
    recorder = Recorder(model)
    interviewer = Interviewer(recorder, bench.vocabulary, bench.conditions, "general_public")  # type: ignore[arg-type]

    def asked(curve: int, longest: int) -> Interview:
        monkeypatch.setattr(interview, "QUESTIONS", curve)
        monkeypatch.setattr(interview, "LONGEST", longest)
        return interviewer.interview(truth, person["condition"][0], 1)

    whole, short = asked(60, 60), asked(0, 60)
    gains = [question.gain for question in whole.questions if question.gain is not None]

    assert recorder.settings == {"general_public"}
    assert len(whole.questions) == 60
    assert min(gains) < 0.01
    assert short.questions == whole.questions[: len(short.questions)]
    assert all(one.gain is None or one.gain >= 0.01 for one in short.questions)
    assert (left := whole.questions[len(short.questions)].gain) is not None
    assert left < 0.01
    assert len(asked(3, 5).questions) == 5


def known(case: Case) -> tuple[tuple[str, object], ...]:
    """Return what was stated: findings with their state, attributes with their value."""
    findings = [(id, "present" if id in case.present else "absent") for id in case.stated]
    return tuple(sorted([*findings, *case.attributes.items()], key=lambda one: one[0]))


def test_curve_counts_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares and losses are those that can be counted by hand; a rank stays at the end."""
    monkeypatch.setattr(interview, "QUESTIONS", 3)
    asked = [
        Interview((5, 2, 1), (FLAG, TELLS), 1),
        Interview((1, 1, 1, 1), (FLAG, FLAG, TELLS), 2),
        Interview((4, 4, 4, 2), (TELLS, TELLS, TELLS), 1),
        Interview((9, 9, 9, 9), (FLAG, FLAG, FLAG), 1),
    ]

    found = interview.curve(asked)

    assert found["questions"].tolist() == [0, 1, 2, 3]
    assert found["top_1"].tolist() == [0.25, 0.25, 0.5, 0.5]
    assert found["top_3"].tolist() == [0.25, 0.5, 0.5, 0.75]
    assert found["red_flag"].tolist() == [0, 0.75, 0.5, 0.25]
    assert found["information"].tolist() == [0, 0.25, 0.5, 0.5]
    # Three of four are first after all answers, one of whom is not the one that was before.
    assert found["loss"].tolist() == [0.5, 0.5, 0.25, 0.25]


def test_interval_of_the_loss_is_the_exact_one_of_those_who_differ() -> None:
    """Of ten who differ nine lose: Clopper and Pearson give 0.555 to 0.997 of them."""
    lost = [Interview((2,), (), 1)] * 9
    won = [Interview((1,), (), 2)]
    alike = [Interview((1,), (), 1)] * 90

    row = interview.curve([*lost, *won, *alike]).iloc[0]

    assert row["loss"] == pytest.approx(0.08)
    assert row["loss_low"] == pytest.approx((2 * 0.5550 - 1) / 10, abs=1e-4)
    assert row["loss_high"] == pytest.approx((2 * 0.9975 - 1) / 10, abs=1e-4)


def test_reached_is_from_where_the_loss_stays_small(tmp_path: Path) -> None:
    """Right after one question, wrong after two and right again from three on is three."""
    swaying = [Interview((2, 1, 2, *[1] * 38), (FLAG,) * 40, 1)] * 100

    assert "reached after 3 questions" in plot.write(tmp_path, {"balanced": swaying})


def test_curve_is_written_as_table_and_picture(tmp_path: Path) -> None:
    """All files are there, the tables read back, and the text says whether it is near enough."""
    near = [Interview((2, *[1] * 45), (FLAG,) * 18 + (TELLS,) * 22 + (FLAG,) * 5, 1)] * 200
    far = [Interview((2,), (), 1)] * 200

    told = plot.write(tmp_path / "build", {"balanced": near, "general_public": far})

    table = pd.read_csv(tmp_path / "build" / "interview.csv")
    stops = pd.read_csv(tmp_path / "build" / "interview_stops.csv")
    last = stops[stops["least"] == 0.01].set_index("setting")
    assert last["questions"].to_dict() == {"balanced": 45, "general_public": 0}
    assert last["top_1"].to_dict() == {"balanced": 1, "general_public": 0}
    assert (tmp_path / "build" / "interview.png").read_bytes().startswith(b"\x89PNG")
    assert table["top_1"].tolist() == [0.0] + [1.0] * 40
    assert "18.0 of them of the red flags" in told
    assert "reached after 1 questions" in told
