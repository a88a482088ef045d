import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.clinical import red_flags
from service.clinical.case import read
from service.clinical.vocabulary import Vocabulary
from service.model import Model

Json = dict[str, Any]

CALM: Json = {
    "present": ["lower_back_pain", "muscle_spasm", "worse_movement"],
    "absent": ["fever", "leg_pain"],
    "attributes": {"age_years": 35, "onset": "gradual"},
}
URGENT: Json = {"present": ["buttock_pain", "cancer_history"], "attributes": {"age_years": 54}}
EMERGENCY: Json = {
    "present": ["lower_back_pain", "saddle_numbness"],
    "absent": [
        "new_urinary_symptoms",
        "fecal_incontinence",
        "leg_weakness",
        "progressive_neurological_deficit",
        "buttock_numbness",
        "bilateral_leg_symptoms",
        "severe_back_pain",
        "pain_radiating_down_leg",
        "leg_numbness",
        "trunk_numbness",
        "complete_sensory_loss",
        "bowel_retention",
        "sexual_dysfunction",
        "leg_coldness_or_pallor",
        "recent_trauma",
        "cancer_history",
        "arm_weakness_or_numbness",
    ],
    "attributes": {"age_years": 44, "onset": "gradual"},
    "setting": "emergency_department",
}
RULED_OUT: Json = {
    "present": ["buttock_pain", "fair_test_positive", "pace_sign_positive", "fecal_incontinence"],
    "attributes": {"duration_days": 200},
}
SETTINGS = ("general_public", "primary_care", "emergency_department", "balanced")

CONDITIONS = {
    "cauda_equina_syndrome": "emergency",
    "piriformis_syndrome": "primary_care",
    "lumbar_disc_herniation": "primary_care",
    "lumbar_spinal_stenosis": "primary_care",
    "spondylolisthesis": "primary_care",
    "sacroiliac_joint_dysfunction": "primary_care",
    "gluteal_tendinopathy": "primary_care",
    "gluteal_muscle_strain": "self_care",
    "peripheral_arterial_disease": "primary_care",
    "positional_paresthesia": "self_care",
    "back_muscle_spasm": "self_care",
    "degenerative_spine_disease": "primary_care",
    "spinal_injury": "emergency",
    "spinal_malignancy": "urgent",
    "spinal_infection": "urgent",
    "shingles": "urgent",
    "lyme_disease": "urgent",
    "autoimmune_neuropathy": "urgent",
    "vitamin_b_deficiency": "primary_care",
    "upper_spine_radiculopathy": "primary_care",
    "nonspecific_low_back_pain": "self_care",
}
EMERGENCY_CASES: dict[str, tuple[list[str], Json]] = {
    "urinary_retention": (["urinary_retention"], {}),
    "urinary_incontinence": (["urinary_incontinence"], {}),
    "fecal_incontinence": (["fecal_incontinence"], {}),
    "saddle_numbness": (["saddle_numbness"], {}),
    "bilateral_leg_weakness": (["bilateral_leg_weakness"], {}),
    "progressive_neurological_deficit": (["progressive_neurological_deficit"], {}),
    "sudden_weakness": (["sudden_weakness"], {}),
    "new_urinary_symptoms_with_pain": (["buttock_pain", "new_urinary_symptoms"], {}),
    "bladder_or_bowel_change_with_buttock_numbness": (["buttock_numbness", "bowel_retention"], {}),
    "sudden_leg_and_bowel_change": (["thigh_numbness", "bowel_retention"], {"onset": "sudden"}),
    "sudden_buttock_numbness": (["buttock_numbness"], {"onset": "sudden"}),
    "difficulty_walking_with_buttock_numbness": (["buttock_numbness", "difficulty_walking"], {}),
    "leg_paralysis_with_buttock_numbness": (["buttock_numbness", "leg_paralysis"], {}),
    "severe_back_pain_with_buttock_numbness": (["buttock_numbness", "severe_back_pain"], {}),
    "sudden_severe_back_pain_with_foot_drop": (
        ["severe_back_pain", "foot_drop"],
        {"onset": "sudden"},
    ),
}


def _answer(client: FlaskClient, body: Json, query: str = "") -> Json:
    response = client.post(f"/v1/predict{query}", json=body)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer = response.get_json()
    assert isinstance(answer, dict)
    return answer


def _probabilities(entries: list[Json]) -> dict[str, float]:
    return {entry["id"]: entry["probability"] for entry in entries}


def test_an_emergency_without_a_model_is_answered_as_the_contract_says(
    degraded: FlaskClient,
) -> None:
    """The whole answer of the red flags alone is the one that the contract describes."""
    assert _answer(degraded, EMERGENCY) == {
        "triage": {
            "level": "emergency",
            "decided_by": "red_flags",
            "because": ["saddle_numbness"],
            "advice": "Get medical help now: call the emergency number or go to an emergency"
            " department. Do not wait for the symptoms to pass.",
        },
        "red_flags": {
            "raised": [
                {
                    "id": "saddle_numbness",
                    "level": "emergency",
                    "title": "Lost feeling where a saddle would touch",
                    "because": ["saddle_numbness"],
                    "suspects": ["cauda_equina_syndrome", "spinal_injury"],
                    "sources": ["001", "002", "000"],
                }
            ],
            "not_screened": [{"id": "sudden_weakness", "ask": ["sudden_weakness"]}],
            "version": red_flags.VERSION,
        },
        "setting": "emergency_department",
        "degraded": True,
        "notice": "This is information, not a diagnosis, and no substitute for being examined by a"
        " doctor. It was learned from synthetic cases, and no clinician has reviewed it.",
    }


def test_an_answer_has_the_members_of_the_contract(client: FlaskClient) -> None:
    """With a model and nothing withheld the answer and its conditions have exactly these keys."""
    answer = _answer(client, CALM)
    assert set(answer) == {
        "triage",
        "red_flags",
        "conditions",
        "prediction_set",
        "withheld",
        "information",
        "setting",
        "model",
        "degraded",
        "notice",
    }
    assert {frozenset(entry) for entry in answer["conditions"]} == {
        frozenset({"id", "name", "icd10", "probability", "urgency", "in_prediction_set"})
    }
    assert set(answer["triage"]) == {"level", "decided_by", "because", "advice"}
    assert set(answer["red_flags"]) == {"raised", "not_screened", "version"}
    assert answer["degraded"] is False


def test_the_answer_names_the_model_that_gave_it(client: FlaskClient, models: Path) -> None:
    """Version, run, artefact and data of the model stand in the answer."""
    manifest = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
    assert _answer(client, CALM)["model"] == {
        "version": "1",
        "sha256": hashlib.sha256((models / "model.joblib").read_bytes()).hexdigest(),
        "run_id": "0123abcd",
        "data_sha256": manifest["data"]["sha256"],
    }


def test_without_a_flag_every_condition_is_listed(client: FlaskClient) -> None:
    """A case without flags lists all 21 conditions with their urgency and withholds none."""
    answer = _answer(client, CALM)
    assert {entry["id"]: entry["urgency"] for entry in answer["conditions"]} == CONDITIONS
    assert answer["withheld"] == {"count": 0, "probability": 0}
    assert answer["red_flags"]["raised"] == []


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("body", [CALM, URGENT, EMERGENCY, RULED_OUT])
def test_probabilities_sum_to_one(client: FlaskClient, body: Json, setting: str) -> None:
    """The conditions, most probable first, and what is withheld have probability 1 together."""
    answer = _answer(client, body | {"setting": setting})
    listed = [entry["probability"] for entry in answer["conditions"]]
    assert sum(listed) + answer["withheld"]["probability"] == pytest.approx(1, abs=1e-6)
    assert listed == sorted(listed, reverse=True)
    assert answer["setting"] == setting


def test_primary_care_is_the_default_setting(client: FlaskClient) -> None:
    """A case without a setting is answered as one of primary care."""
    assert _answer(client, CALM) == _answer(client, CALM | {"setting": "primary_care"})


@pytest.mark.parametrize(
    "body",
    [
        CALM,
        URGENT,
        EMERGENCY,
        {"present": ["tingling", "prolonged_sitting", "relieved_by_position_change"]},
        {"present": ["leg_pain", "weak_leg_pulses"], "attributes": {"age_years": 71}},
        {"present": ["fever", "back_pain", "spinal_tenderness", "injection_drug_use"]},
    ],
)
def test_a_setting_changes_probabilities_and_not_the_triage(
    client: FlaskClient, body: Json
) -> None:
    """Each setting gives probabilities of its own and all give the same triage."""
    answers = [_answer(client, body | {"setting": setting}) for setting in SETTINGS]
    assert [answer["triage"] for answer in answers] == [answers[0]["triage"]] * len(SETTINGS)
    told_apart = {json.dumps(_probabilities(a["conditions"]), sort_keys=True) for a in answers}
    assert len(told_apart) == len(SETTINGS)


def test_a_repeated_id_counts_once(client: FlaskClient) -> None:
    """Stating ids again, in any order, changes nothing of the answer."""
    again = CALM | {
        "present": CALM["present"][::-1] + CALM["present"],
        "absent": CALM["absent"] * 2,
    }
    assert _answer(client, again) == _answer(client, CALM)


@pytest.mark.parametrize("body", [CALM, EMERGENCY])
def test_a_request_can_be_repeated(client: FlaskClient, body: Json) -> None:
    """The same request gives the same answer, whatever was asked between."""
    query = "?include=model_ranking"
    first = _answer(client, body, query)
    _answer(client, URGENT)
    assert _answer(client, body, query) == first


@pytest.mark.parametrize("body", [CALM, EMERGENCY])
def test_the_model_ranking_is_given_when_asked_for(client: FlaskClient, body: Json) -> None:
    """The ranking before the screen holds all 21 conditions, most probable first, summing to 1."""
    ranking = _answer(client, body, "?include=model_ranking")["model_ranking"]
    assert {entry["id"] for entry in ranking} == set(CONDITIONS)
    assert len(ranking) == 21
    assert {frozenset(entry) for entry in ranking} == {
        frozenset({"id", "probability", "in_prediction_set"})
    }
    listed = [entry["probability"] for entry in ranking]
    assert listed == sorted(listed, reverse=True)
    assert sum(listed) == pytest.approx(1, abs=1e-6)
    assert "model_ranking" not in _answer(client, body)


def test_without_exclusion_the_ranking_and_the_conditions_agree(client: FlaskClient) -> None:
    """Where nothing is withheld or ruled out the conditions are the model's own ranking."""
    answer = _answer(client, CALM, "?include=model_ranking")
    ranking = _probabilities(answer["model_ranking"])
    assert _probabilities(answer["conditions"]) == pytest.approx(ranking, abs=1e-8)


@pytest.mark.parametrize(
    "query",
    [
        "?include=explanation,next_questions",
        "?include=explanation&include=next_questions",
        "?include=explanation,explanation",
    ],
)
def test_includes_of_the_contract_are_accepted(
    client: FlaskClient, degraded: FlaskClient, query: str
) -> None:
    """What is included stands beside the same answer; without a model nothing is explained."""
    names = set(query.removeprefix("?").replace("include=", "").replace("&", ",").split(","))
    for asked, added in ((client, names), (degraded, names - {"explanation"})):
        plain, more = _answer(asked, CALM), _answer(asked, CALM, query)
        assert more == plain | {name: more[name] for name in added}
        assert more.keys() - plain.keys() == added


def test_a_question_for_information_tells_its_gain(
    client: FlaskClient, model: Model, words: Vocabulary
) -> None:
    """It is the model's own, from nats to bits, in four digits; one of a red flag has none."""
    body = CALM | {"setting": "balanced"}
    questions = _answer(client, body, "?include=next_questions")["next_questions"]
    case = read(CALM["present"], CALM["absent"], CALM["attributes"], words)
    nats = model.gains(case, "balanced", list(CONDITIONS), words)
    names = {"ask", "kind", "question", "reason"}
    gains = [one["gain"] for one in questions if one["reason"] == "information"]

    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0.05
    for one in questions:
        is_flag = one["reason"] == "red_flag"
        assert one.keys() == (names if is_flag else names | {"gain"})
        if not is_flag:
            assert one["gain"] == float(f"{nats[one['ask']] / math.log(2):.3e}")


@pytest.mark.parametrize("body", [CALM, URGENT, EMERGENCY])
def test_what_is_passed_over_changes_the_questions_alone(
    client: FlaskClient, degraded: FlaskClient, body: Json
) -> None:
    """The rest of the answer is the same, and nothing of what nobody knows is asked for again."""
    query = "?include=explanation,next_questions,model_ranking"
    for asked in (client, degraded):
        plain = _answer(asked, body, query)
        ids = [one["ask"] for one in plain["next_questions"]]
        passed = _answer(asked, body | {"passed_over": ids[::2] * 2}, query)

        assert passed | {"next_questions": 0} == plain | {"next_questions": 0}
        assert not {one["ask"] for one in passed["next_questions"]} & set(ids[::2])


def test_what_is_stated_and_passed_over_counts_as_stated(client: FlaskClient) -> None:
    """An answer that came later than "don't know" leaves nothing of that."""
    query = "?include=next_questions"
    stated = [*CALM["present"], *CALM["absent"], *CALM["attributes"]]
    assert _answer(client, CALM | {"passed_over": stated}, query) == _answer(client, CALM, query)
    assert _answer(client, CALM | {"passed_over": []}, query) == _answer(client, CALM, query)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("?include=everything", ["unknown_include"]),
        ("?include=", ["unknown_include"]),
        ("?include=model_ranking,", ["unknown_include"]),
        ("?include=model_ranking%20", ["unknown_include"]),
        ("?include=Explanation", ["unknown_include"]),
        ("?include=explanation&include=a,b", ["unknown_include", "unknown_include"]),
        ("?setting=balanced", ["unknown_parameter"]),
        ("?explain=true", ["unknown_parameter"]),
        ("?included=x&include=y", ["unknown_parameter", "unknown_include"]),
    ],
)
def test_an_unknown_query_is_refused(client: FlaskClient, query: str, codes: list[str]) -> None:
    """A parameter or include that the contract does not know is a fault of its own."""
    response = client.post(f"/v1/predict{query}", json=CALM)
    assert response.status_code == 422
    assert [error["code"] for error in response.get_json()["errors"]] == codes


def test_answers_are_not_to_be_stored(client: FlaskClient, degraded: FlaskClient) -> None:
    """An answer about a case carries `Cache-Control: no-store`, with and without a model."""
    for asked in (client, degraded):
        response = asked.post("/v1/predict", json=CALM)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.mimetype == "application/json"


@pytest.mark.parametrize(
    ("body", "listed"),
    [
        (URGENT, {"emergency", "urgent", "primary_care"}),
        (EMERGENCY, {"emergency", "urgent"}),
    ],
)
def test_a_flag_withholds_what_is_less_urgent(
    client: FlaskClient, body: Json, listed: set[str]
) -> None:
    """Under an urgent flag self-care is withheld, under an emergency flag primary care too."""
    answer = _answer(client, body)
    expected = {id for id, urgency in CONDITIONS.items() if urgency in listed}
    assert {entry["id"] for entry in answer["conditions"]} == expected
    assert answer["withheld"]["count"] == 21 - len(expected)
    assert answer["withheld"]["probability"] > 0


def test_a_suspect_is_listed_whatever_its_urgency(client: FlaskClient) -> None:
    """The suspect of a lesser flag stays listed under an emergency flag."""
    body = {"present": ["buttock_pain", "leg_numbness", "saddle_numbness"]}
    answer = _answer(client, body)
    assert "leg_deficit_with_buttock_pain" in [f["id"] for f in answer["red_flags"]["raised"]]
    assert "lumbar_disc_herniation" in _probabilities(answer["conditions"])
    assert answer["withheld"]["count"] == 13


@pytest.mark.parametrize("body", [URGENT, EMERGENCY])
def test_the_prediction_set_is_shown_where_the_whole_ranking_is(
    client: FlaskClient, body: Json
) -> None:
    """With something withheld the set is omitted, and stands with the model ranking alone."""
    plain = _answer(client, body)
    assert "prediction_set" not in plain
    assert all("in_prediction_set" not in entry for entry in plain["conditions"])
    audited = _answer(client, body, "?include=model_ranking")
    size = sum(entry["in_prediction_set"] for entry in audited["model_ranking"])
    assert audited["prediction_set"] == {"coverage": 0.95, "size": size}
    assert all("in_prediction_set" not in entry for entry in audited["conditions"])


def test_the_prediction_set_is_counted(client: FlaskClient) -> None:
    """With nothing withheld the size is the number of marked conditions, the first among them."""
    answer = _answer(client, CALM)
    marked = [entry["in_prediction_set"] for entry in answer["conditions"]]
    assert answer["prediction_set"] == {"coverage": 0.95, "size": sum(marked)}
    balanced = _answer(client, CALM | {"setting": "balanced"})["conditions"]
    assert balanced[0]["in_prediction_set"] is True


@pytest.mark.parametrize(
    "body",
    [CALM, {"present": ["back_pain"]}, {"present": ["fatigue"], "absent": ["fever"]}],
)
def test_a_set_of_more_than_half_is_insufficient_information(
    client: FlaskClient, body: Json
) -> None:
    """Information is insufficient from 11 of 21 conditions, and then a doctor is advised."""
    answer = _answer(client, body)
    is_wide = answer["prediction_set"]["size"] >= 11
    assert answer["information"] == ("insufficient" if is_wide else "sufficient")
    if is_wide:
        assert answer["triage"]["level"] != "self_care"


def test_what_a_fact_rules_out_has_probability_zero(client: FlaskClient) -> None:
    """Piriformis syndrome with lost bowel control keeps none of the probability it was given."""
    answer = _answer(client, RULED_OUT, "?include=model_ranking")
    ranking = _probabilities(answer["model_ranking"])
    rest = 1 - ranking["piriformis_syndrome"]
    assert rest < 0.9999
    expected = {id: ranking[id] / rest for id in _probabilities(answer["conditions"])}
    assert _probabilities(answer["conditions"]) == pytest.approx(expected, abs=2e-6)
    withheld = [id for id in ranking if id not in expected and id != "piriformis_syndrome"]
    assert answer["withheld"]["count"] == 14
    assert answer["withheld"]["probability"] == pytest.approx(
        sum(ranking[id] for id in withheld) / rest, abs=2e-6
    )


@pytest.mark.parametrize("flag", EMERGENCY_CASES)
@pytest.mark.parametrize("service", ["client", "degraded"])
def test_an_emergency_is_one_with_and_without_a_model(
    request: pytest.FixtureRequest, service: str, flag: str
) -> None:
    """The least that raises an emergency flag is answered `emergency` by that flag."""
    present, attributes = EMERGENCY_CASES[flag]
    asked: FlaskClient = request.getfixturevalue(service)
    body = {"present": present, "attributes": attributes, "setting": "general_public"}
    answer = _answer(asked, body)
    assert (answer["triage"]["level"], answer["triage"]["decided_by"]) == (
        "emergency",
        "red_flags",
    )
    assert flag in answer["triage"]["because"]
    assert answer["degraded"] is (service == "degraded")


def test_a_calm_case_without_a_model_is_sent_to_a_doctor(degraded: FlaskClient) -> None:
    """Without model and flag the fallback is primary care, and nothing of a model is said."""
    answer = _answer(degraded, CALM, "?include=model_ranking")
    triage = answer["triage"]
    assert (triage["level"], triage["decided_by"], triage["because"]) == (
        "primary_care",
        "fallback",
        [],
    )
    assert set(answer) == {"triage", "red_flags", "setting", "degraded", "notice"}
