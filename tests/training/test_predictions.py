from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from service.assessment import assess
from service.clinical import red_flags
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.model import Model
from service.opinion import TRIAGE_SETTING
from training import cases
from training.predictions import NO_FLAG, Predictions, posterior, predict
from training.workbench import Workbench

Say = Callable[..., Predictions]


def test_truth_is_the_column_of_the_condition(say: Say) -> None:
    """The columns are those of the model, in its order."""
    assert say("cab").truth.tolist() == [2, 0, 1]


def test_stated_is_the_level_of_the_patient(say: Say) -> None:
    """It is the column `triage`, not the condition's urgency."""
    stated = [Urgency.EMERGENCY, Urgency.SELF_CARE, Urgency.URGENT]

    assert say("aaa", stated=stated).stated.tolist() == stated


def test_weights_turn_even_cases_into_those_of_a_setting(say: Say) -> None:
    """Of a, b and c, drawn alike often, primary care has 1, 3 and 6 of 10; the mean weight is 1."""
    said = say("abc")

    assert said.weights("primary_care") == pytest.approx([0.3, 0.9, 1.8])
    assert said.weights("balanced") == pytest.approx([1, 1, 1])


def test_probabilities_move_to_the_setting(say: Say) -> None:
    """By Bayes' rule 0.5, 0.25 and 0.25 become 2, 3 and 6 of 11 where priors are 1, 3 and 6."""
    said = say("a", trained=[[0.5, 0.25, 0.25]])

    assert said.under("primary_care")[0] == pytest.approx([2 / 11, 3 / 11, 6 / 11])
    assert said.under("balanced")[0] == pytest.approx([0.5, 0.25, 0.25])


def test_posterior_is_there_for_all_conditions_or_not_at_all() -> None:
    """It is read by the names of the conditions, in whatever order the columns stand."""
    table = pd.DataFrame({"posterior_b": [0.25, 0.5], "posterior_a": [0.75, 0.5]})

    exact = posterior(table, ["a", "b"])

    assert exact is not None
    assert exact.tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert posterior(table, ["a", "b", "c"]) is None


def test_table_says_what_was_asked_and_said(say: Say) -> None:
    """Beside the cases stand probabilities at equal priors, sets, and the system's answer."""
    said = say(
        "ab",
        trained=[[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]],
        sets=[[1, 0, 0], [0, 1, 1]],
        given=[Urgency.EMERGENCY, Urgency.SELF_CARE],
        flag=[Urgency.URGENT, NO_FLAG],
    )

    table = said.to_table()

    pd.testing.assert_frame_equal(table[said.table.columns], said.table)
    assert table.drop(columns=said.table.columns).replace({np.nan: None}).to_dict("list") == {
        "probability_a": [0.5, 0.25],
        "probability_b": [0.25, 0.25],
        "probability_c": [0.25, 0.5],
        "in_set_a": [True, False],
        "in_set_b": [False, True],
        "in_set_c": [False, True],
        "first": ["a", "c"],
        "given": ["emergency", "self_care"],
        "flag": ["urgent", None],
        "decided_by_model": [True, True],
    }


def test_predictions_are_what_the_service_answers(model: Model, bench: Workbench) -> None:
    """Whole tables get what single cases get at the door of the service, one after the other."""
    table = bench.data.split("evaluation").head(150)
    answers = table["answers"].to_numpy()

    said = predict(model, table, bench, jobs=1)

    for i, case in enumerate(cases.single(table, bench.vocabulary)):
        (answer,) = assess([case], TRIAGE_SETTING, model, bench.conditions)
        flags = red_flags.raised(case)
        assert said.given[i] == answer.triage.level
        assert said.by_model[i] == (answer.triage.decided_by == "model")
        assert said.flag[i] == max((flag.level for flag in flags), default=NO_FLAG)
        assert answer.ranking is not None
        # A row of the data set is closed, so that only its column knows how many answers it had.
        if case.answers == answers[i]:
            shown = list(answer.ranking.probabilities.values())
            assert said.under(TRIAGE_SETTING)[i] == pytest.approx(shown, abs=1e-6)
            in_set = {id for id, is_in in zip(said.ids, said.sets[i], strict=True) if is_in}
            assert in_set == answer.ranking.prediction_set
    assert set(said.flag) > {NO_FLAG, Urgency.EMERGENCY}
    assert said.stated.tolist() == [URGENCY_BY_ID[id] for id in table["triage"]]
