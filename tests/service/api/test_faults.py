import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.schemas import field

LISTED = 500
"""Faults that a refusal lists."""


def _refused(client: FlaskClient, path: str, body: Any) -> dict[str, Any]:
    response = client.post(path, json=body)
    assert response.status_code == 422
    problem = response.get_json()
    assert isinstance(problem, dict)
    return problem


def test_sentences_are_made_for_what_is_listed(
    degraded: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte of faults costs the sentences of the listed ones and of one more case."""
    made = []

    def quoted(text: str) -> str:
        made.append(text)
        return ascii(text)

    monkeypatch.setattr(field, "quoted", quoted)
    case = {"present": [f"{i:x}" for i in range(200)]}
    problem = _refused(degraded, "/v1/predict/batch", {"cases": [case] * 1_000})
    assert (
        problem["detail"] == f"The request has more than {LISTED} faults; the first 500 are listed."
    )
    assert len(problem["errors"]) == LISTED
    assert len(made) <= LISTED + 200


def test_as_many_faults_as_are_listed_are_counted(degraded: FlaskClient) -> None:
    """500 faults are told by number, one more is only told to be more."""
    present = [f"x{i}" for i in range(LISTED + 1)]
    for number, told in ((1, "1 fault."), (LISTED, "500 faults."), (LISTED + 1, "more than 500")):
        problem = _refused(degraded, "/v1/predict", {"present": present[:number]})
        assert problem["detail"].startswith(f"The request has {told}")
        assert len(problem["errors"]) == min(number, LISTED)


def test_unknown_fields_are_listed_as_far_as_faults_are(degraded: FlaskClient) -> None:
    """Unknown fields by the ten thousand are refused with the first 500, in their order."""
    body = {"present": ["fever"]} | {f"k{i:05}": 1 for i in range(10_000)}
    errors = _refused(degraded, "/v1/predict", body)["errors"]
    assert all(error["code"] == "unknown_field" for error in errors)
    assert len(errors) == LISTED


@pytest.mark.parametrize("absent", [["fever"] * 1_000, ["itch"] * 1_000, ["itch", "fever"] * 500])
def test_a_repeated_id_has_its_faults_once(degraded: FlaskClient, absent: list[str]) -> None:
    """What is wrong with an id is told at its first place alone, as a repeated id counts once."""
    errors = _refused(degraded, "/v1/predict", {"present": ["fever"], "absent": absent})["errors"]
    codes = {"fever": "contradiction", "itch": "unknown_id"}
    expected = {f"/absent/{absent.index(id)}": codes[id] for id in set(absent)}
    assert {error["pointer"]: error["code"] for error in errors} == expected
    assert len(errors) == len(expected)


def test_faults_of_a_batch_are_told_in_the_order_of_their_places(degraded: FlaskClient) -> None:
    """Of a batch with too many faults the listed ones are those of its first cases."""
    cases = [{"present": [f"{i}-{j}" for j in range(100)]} for i in range(9)]
    errors = _refused(degraded, "/v1/predict/batch", {"cases": cases})["errors"]
    assert {json.dumps(error["pointer"].split("/")[2]) for error in errors} == {
        json.dumps(str(i)) for i in range(5)
    }
