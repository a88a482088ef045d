import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings

Json = dict[str, Any]

CASES: list[Json] = [
    {"present": ["saddle_numbness", "urinary_retention"], "attributes": {"age_years": 44}},
    {"present": ["back_pain", "fever", "spinal_tenderness", "injection_drug_use"]},
    {"present": ["leg_pain", "weak_leg_pulses"], "attributes": {"age_years": 71}},
    {"present": ["tingling", "prolonged_sitting", "relieved_by_position_change"]},
    {"present": ["lower_back_pain", "muscle_spasm"], "absent": ["fever"]},
]
SETTINGS = ("general_public", "primary_care", "emergency_department", "balanced")


def _batch(client: FlaskClient, body: Any, query: str = "") -> Any:
    response = client.post(f"/v1/predict/batch{query}", json=body)
    assert response.status_code == 200, response.get_json()
    assert response.headers["Cache-Control"] == "no-store"
    assert response.get_json().keys() == {"results"}
    return response.get_json()["results"]


def _faults(client: FlaskClient, body: Any, query: str = "") -> list[tuple[str, str]]:
    """Return pointer and code of every fault for which a batch is refused."""
    response = client.post(f"/v1/predict/batch{query}", json=body)
    problem = response.get_json()
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert "results" not in problem
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


@pytest.mark.parametrize("service", ["client", "degraded"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_each_case_of_a_batch_is_answered_as_if_it_were_alone(
    request: pytest.FixtureRequest, service: str, setting: str
) -> None:
    """The results, in the order of the cases, are what `/v1/predict` answers to each of them."""
    client: FlaskClient = request.getfixturevalue(service)
    alone = [client.post("/v1/predict", json=c | {"setting": setting}).get_json() for c in CASES]
    together = _batch(client, {"cases": CASES, "setting": setting})
    assert [one["triage"] for one in together] == [one["triage"] for one in alone]
    assert [one["red_flags"] for one in together] == [one["red_flags"] for one in alone]
    assert [one.keys() for one in together] == [one.keys() for one in alone]
    for one, other in zip(together, alone, strict=True):
        # A matrix of one row is multiplied in another order than one of five: the ninth digit may
        # be rounded the other way.
        assert one.get("conditions", []) == [
            entry | {"probability": pytest.approx(entry["probability"], rel=1e-8)}
            for entry in other.get("conditions", [])
        ]


def test_a_batch_is_of_primary_care_unless_told_otherwise(client: FlaskClient) -> None:
    """Without a setting the results are those of primary care, and each says so."""
    assert _batch(client, {"cases": CASES}) == _batch(
        client, {"cases": CASES, "setting": "primary_care"}
    )
    assert {one["setting"] for one in _batch(client, {"cases": CASES})} == {"primary_care"}


def test_the_order_of_the_cases_is_that_of_the_results(client: FlaskClient) -> None:
    """The reversed batch has the reversed results: no answer is another person's."""
    results = _batch(client, {"cases": CASES})
    backwards = _batch(client, {"cases": CASES[::-1]})
    assert [one["triage"] for one in backwards] == [one["triage"] for one in results[::-1]]
    assert len({json.dumps(one) for one in results}) == len(CASES)


def test_what_is_included_stands_in_each_result(client: FlaskClient) -> None:
    """Each result of a batch holds what was asked to be included."""
    query = "?include=explanation,next_questions,model_ranking"
    for one in _batch(client, {"cases": CASES}, query):
        assert {"explanation", "next_questions", "model_ranking"} <= one.keys()


def test_each_case_passes_over_what_its_own_person_does_not_know(client: FlaskClient) -> None:
    """One who cannot tell is asked something else; the same case without it is asked as ever."""
    case: Json = {"present": ["buttock_pain"]}
    passing = case | {"passed_over": ["new_urinary_symptoms", "onset"]}
    query = "?include=next_questions"
    results = _batch(client, {"cases": [case, passing, case]}, query)
    first, second, third = ([one["ask"] for one in r["next_questions"]] for r in results)

    assert first == third
    assert "new_urinary_symptoms" in first
    assert not {"new_urinary_symptoms", "onset"} & set(second)
    assert _faults(client, {"cases": [case, case | {"passed_over": ["itch"]}]}) == [
        ("/cases/1/passed_over/0", "unknown_id")
    ]


def test_one_bad_case_refuses_the_batch_and_is_named(client: FlaskClient) -> None:
    """Every fault of every case is told with its place, and nothing is answered."""
    cases: list[Any] = [{"present": ["fever"]} for _ in range(20)]
    cases[17] = {"present": ["headache"]}
    assert _faults(client, {"cases": cases}) == [("/cases/17/present/0", "unknown_id")]
    cases[3] = {"present": ["fever"], "absent": ["fever"], "attributes": {"age_years": 121}}
    cases[4] = None
    assert _faults(client, {"cases": cases, "setting": "moon"}) == [
        ("/cases/17/present/0", "unknown_id"),
        ("/cases/3/absent/0", "contradiction"),
        ("/cases/3/attributes/age_years", "out_of_range"),
        ("/cases/4", "null"),
        ("/setting", "not_allowed"),
    ]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("/cases", "required")]),
        ({"cases": []}, [("/cases", "wrong_length")]),
        ({"cases": None}, [("/cases", "null")]),
        ({"cases": {"present": ["fever"]}}, [("/cases", "wrong_type")]),
        ({"cases": ["fever"]}, [("/cases/0", "wrong_type")]),
        ({"present": ["fever"]}, [("/cases", "required"), ("/present", "unknown_field")]),
        (
            {"cases": [{"present": ["fever"], "setting": "balanced"}]},
            [("/cases/0/setting", "unknown_field")],
        ),
    ],
)
def test_a_faulty_batch_is_refused(client: FlaskClient, body: Json, faults: list[Any]) -> None:
    """Each way to send a batch wrongly has its fault; a setting stands outside of the cases."""
    assert _faults(client, body) == faults


def test_a_batch_holds_a_thousand_cases_and_no_more(client: FlaskClient) -> None:
    """By default 1,000 cases are answered and 1,001 refused, with both numbers told."""
    case = {"present": ["fever"]}
    assert len(_batch(client, {"cases": [case] * 1_000})) == 1_000
    response = client.post("/v1/predict/batch", json={"cases": [case] * 1_001})
    (error,) = response.get_json()["errors"]
    assert (error["pointer"], error["code"]) == ("/cases", "wrong_length")
    assert {"1001", "1000"} <= set(error["detail"].replace(",", "").replace(".", "").split())


def test_the_operator_sets_how_many_cases_a_batch_may_hold(models: Path) -> None:
    """With a limit of 3 a batch of 3 is answered and one of 4 refused."""
    client = create_app(Settings(models=models, max_cases=3)).test_client()
    assert len(_batch(client, {"cases": CASES[:3]})) == 3
    assert _faults(client, {"cases": CASES[:4]}) == [("/cases", "wrong_length")]


def test_a_hundred_cases_are_explained_and_no_more(client: FlaskClient) -> None:
    """With explanation 100 cases are answered and 101 refused, with 101 and without is well."""
    cases = [{"present": ["fever"]}] * 101
    query = "?include=explanation"
    assert len(_batch(client, {"cases": cases[:100]}, query)) == 100
    assert _faults(client, {"cases": cases}, query) == [("/cases", "wrong_length")]
    assert len(_batch(client, {"cases": cases}, "?include=next_questions")) == 101


@pytest.mark.parametrize("body", ["[]", "", '{"cases": [], "cases": []}', '{"cases": [NaN]}'])
def test_a_batch_that_is_no_strict_json_is_refused(client: FlaskClient, body: str) -> None:
    """The body of a batch is read as strictly as that of a single case."""
    response = client.post("/v1/predict/batch", data=body, content_type="application/json")
    assert response.status_code == 400
