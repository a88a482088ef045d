import re
from dataclasses import replace

import pytest

from service.clinical.vocabulary import URGENCY_BY_ID
from service.manifest import SETTINGS
from training import evaluate
from training.figure import Figure
from training.judgement import Judgement
from training.predictions import Predictions

NAME = re.compile(r"[\w.\- /]{1,245}")
"""What MLflow takes for the name of a metric, `_high` and all in at most 250 characters."""


def sightless(said: Predictions) -> Predictions:
    """Return predictions of the same cases without the exact posterior beside them."""
    columns = [f"posterior_{id}" for id in said.ids]
    return replace(said, table=said.table.drop(columns=columns))


def test_every_figure_has_a_key_of_its_own_that_mlflow_takes(measured: Judgement) -> None:
    """No figure hides another, and each can be logged."""
    assert len(measured.by_key) == len(measured.figures)
    assert [key for key in measured.by_key if not NAME.fullmatch(key)] == []
    assert measured.value("top_1") == measured.by_key["top_1"].value


def test_intervals_enclose_their_values(measured: Judgement) -> None:
    """Every share lies between its ends, and these between 0 and 1 where it is no line's."""
    for one in measured.figures:
        if one.low is not None and one.high is not None:
            assert one.low <= one.value <= one.high
            assert one.name.startswith("calibration_") or 0 <= one.low <= one.high <= 1


def test_worlds_settings_and_slices_are_all_there(measured: Judgement) -> None:
    """Both worlds are measured alike, but that only the learned one has a posterior's ceiling."""
    keys = set(measured.by_key)
    named = {
        *(f"{setting}/top_1" for setting in SETTINGS if setting != "balanced"),
        *(f"{setting}/calm_given_urgent_or_above" for setting in SETTINGS if setting != "balanced"),
        *("top_1", "regret", "emergencies_given_emergency", "emergencies_unflagged_ceiling"),
        *("stress/top_1", "stress/primary_care/top_1", "stress/emergencies_given_emergency"),
        *("2-5 answers/top_1", "sex female/top_1", "age 18-39/top_1"),
        *("published/top_1", "latency_ratio", "artefact_bytes"),
    }

    assert named <= keys
    assert "stress/emergencies_unflagged_ceiling" not in keys


def test_ceiling_bounds_the_model(measured: Judgement) -> None:
    """At the same over-triage the posterior sends at least as many, but for chance."""
    reached = measured.by_key["emergencies_unflagged_given_emergency"]

    assert reached.low is not None
    assert reached.low <= measured.value("emergencies_unflagged_ceiling") <= 1


def test_regret_is_of_the_evaluation_cases(measured: Judgement) -> None:
    """It is the divergence from the posterior beside the cases, in all and in a band."""
    exact, balanced = measured.said.posterior, measured.said.under("balanced")
    assert exact is not None
    few = measured.said.table["answers"].to_numpy() <= 5

    assert measured.value("regret") == pytest.approx(evaluate.regret(balanced, exact))
    assert measured.value("2-5 answers/regret") == pytest.approx(
        evaluate.regret(balanced[few], exact[few])
    )


def test_without_posterior_stress_or_own_nothing_is_said_of_them(measured: Judgement) -> None:
    """What was not there to be measured has no figure; own cases have theirs by their world."""
    blind = sightless(measured.said)
    own = sightless(measured.stress) if measured.stress else None

    keys = set(replace(measured, said=blind, stress=None, own=own).by_key)

    assert not [key for key in keys if "regret" in key or "posterior" in key or "ceiling" in key]
    assert not [key for key in keys if key.startswith("stress/")]
    assert {"own/top_1", "own/emergencies_given_emergency", "top_1"} <= keys


def test_published_patients_by_hand(measured: Judgement) -> None:
    """Their figures are counts of the table that is logged of them, with the ends of 94."""
    table = measured.published_table()
    emergencies = table[table["stated"] == "emergency"]
    given = emergencies["given"].map(URGENCY_BY_ID)
    by_key = measured.by_key

    assert list(table.columns) == [
        *("id", "accepted", "rank", "ranked", "stated", "given", "decided_by", "because"),
    ]
    assert len(table) == 94
    for i, row in table.iterrows():
        ranked, accepted = row["ranked"].split(";"), set(row["accepted"].split(";"))
        assert row["rank"] == next(n for n, id in enumerate(ranked, 1) if id in accepted), i
    assert by_key["published/top_1"].value == (table["rank"] <= 1).mean()
    assert by_key["published/top_3"].value == (table["rank"] <= 3).mean()
    assert by_key["published/emergencies_given_emergency"].value == (given == 3).mean()
    assert by_key["published/emergencies_given_urgent_or_above"].value == (given >= 2).mean()
    assert by_key["published/top_1"].cases == 94
    assert by_key["published/emergencies_given_emergency"].cases == len(emergencies)


def test_size_and_latency_stand_beside(measured: Judgement) -> None:
    """The bytes are those it was told; a ranking takes longer than a bare classifier's half."""
    assert measured.by_key["artefact_bytes"] == Figure("artefact_bytes", 4_321, 1)
    assert measured.value("latency_ratio") > 0
