import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Faults = list[tuple[str, str]]

MEMBERS = {"type", "title", "status", "detail", "instance"}
TITLES = {
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
}
NUMBERS = ("age_years", "body_mass_index", "duration_days", "post_void_residual_ml")
CATEGORIES = ("sex", "onset", "course", "trend", "side")
FINDING = '{"present": ["fever"]'
DEEP = 100_000
SHORT = 2_000
"""More than any one fault needs to be told in, far less than a hostile body."""


def _attribute(id: str, value: str) -> str:
    return f'{FINDING}, "attributes": {{"{id}": {value}}}}}'


def _wrong_types() -> list[tuple[str, str, Faults]]:
    """Return a body for every field and every JSON type that it does not take."""
    values = {
        "string": '"fever"',
        "number": "1",
        "boolean": "true",
        "object": '{"fever": true}',
        "list": '["fever"]',
    }
    found: list[tuple[str, str, Faults]] = []
    for kind, value in values.items():
        if kind != "list":
            found.append(
                (f"present {kind}", f'{{"present": {value}}}', [("/present", "wrong_type")])
            )
            body = f'{FINDING}, "absent": {value}}}'
            found.append((f"absent {kind}", body, [("/absent", "wrong_type")]))
            body = f'{FINDING}, "passed_over": {value}}}'
            found.append((f"passed over {kind}", body, [("/passed_over", "wrong_type")]))
        if kind != "object":
            body = f'{FINDING}, "attributes": {value}}}'
            found.append((f"attributes {kind}", body, [("/attributes", "wrong_type")]))
        if kind != "string":
            body = f'{{"present": [{value}]}}'
            found.append((f"present holds {kind}", body, [("/present/0", "wrong_type")]))
            body = f'{FINDING}, "absent": ["fatigue", {value}]}}'
            found.append((f"absent holds {kind}", body, [("/absent/1", "wrong_type")]))
            body = f'{FINDING}, "passed_over": ["onset", {value}]}}'
            found.append((f"passed over holds {kind}", body, [("/passed_over/1", "wrong_type")]))
        body = f'{FINDING}, "setting": {value}}}'
        found.append((f"setting {kind}", body, [("/setting", "not_allowed")]))
        found += [
            (f"{id} {kind}", _attribute(id, value), [(f"/attributes/{id}", "wrong_type")])
            for id in NUMBERS
            if kind != "number"
        ]
        found += [
            (f"{id} {kind}", _attribute(id, value), [(f"/attributes/{id}", "not_allowed")])
            for id in CATEGORIES
        ]
    return found


def _nulls() -> list[tuple[str, str, Faults]]:
    """Return a body for every place where a null can stand."""
    bodies: list[tuple[str, str, Faults]] = [
        ("present null", '{"present": null}', [("/present", "null")]),
        ("absent null", f'{FINDING}, "absent": null}}', [("/absent", "null")]),
        ("attributes null", f'{FINDING}, "attributes": null}}', [("/attributes", "null")]),
        ("passed over null", f'{FINDING}, "passed_over": null}}', [("/passed_over", "null")]),
        (
            "passed over holds null",
            f'{FINDING}, "passed_over": [null]}}',
            [("/passed_over/0", "wrong_type")],
        ),
        ("setting null", f'{FINDING}, "setting": null}}', [("/setting", "null")]),
        ("present holds null", '{"present": [null]}', [("/present/0", "wrong_type")]),
        ("absent holds null", f'{FINDING}, "absent": [null]}}', [("/absent/0", "wrong_type")]),
        ("unknown field null", f'{FINDING}, "colour": null}}', [("/colour", "unknown_field")]),
    ]
    return bodies + [
        (f"{id} null", _attribute(id, "null"), [(f"/attributes/{id}", "null")])
        for id in NUMBERS + CATEGORIES
    ]


def _ranges() -> list[tuple[str, str, Faults]]:
    """Return a body for every number outside of what a field allows."""
    values = {
        "age_years": ("-1", "-1e-9", "120.001", "1000", "1e999", "-1e999", "9" * 5_000),
        "body_mass_index": ("0", "7.99", "100.5", "-0.0"),
        "duration_days": ("-1", "36501", "1e308", "9" * 400),
        "post_void_residual_ml": ("-5", "3001", "99999999999999999999999"),
    }
    return [
        (f"{id} {value[:8]}", _attribute(id, value), [(f"/attributes/{id}", "out_of_range")])
        for id, outside in values.items()
        for value in outside
    ]


FAULTY_CASES: list[tuple[str, str, Faults]] = [
    *_wrong_types(),
    *_nulls(),
    *_ranges(),
    ("unknown id", '{"present": ["fever", "headache"]}', [("/present/1", "unknown_id")]),
    ("other case", '{"present": ["Fever"]}', [("/present/0", "unknown_id")]),
    ("spaces", '{"present": [" fever"]}', [("/present/0", "unknown_id")]),
    ("empty id", '{"present": [""]}', [("/present/0", "unknown_id")]),
    ("red flag", '{"present": ["child_with_buttock_pain"]}', [("/present/0", "unknown_id")]),
    ("attribute", f'{FINDING}, "absent": ["onset"]}}', [("/absent/0", "unknown_id")]),
    ("condition", '{"present": ["shingles"]}', [("/present/0", "unknown_id")]),
    ("lone surrogate as id", '{"present": ["\\ud800"]}', [("/present/0", "unknown_id")]),
    ("control characters", '{"present": ["\\u0000\\u001b[2J"]}', [("/present/0", "unknown_id")]),
    ("10,000 ids", json.dumps({"present": ["fever"] * 10_000}), [("/present", "wrong_length")]),
    (
        "10,000 absent ids",
        json.dumps({"present": ["fever"], "absent": ["x"] * 10_000}),
        [("/absent", "wrong_length")],
    ),
    (
        "1,001 ids passed over",
        json.dumps({"present": ["fever"], "passed_over": ["fever"] * 1_001}),
        [("/passed_over", "wrong_length")],
    ),
    (
        "unknown id passed over, twice",
        f'{FINDING}, "passed_over": ["onset", "itch", "fatigue", "itch"]}}',
        [("/passed_over/1", "unknown_id")],
    ),
    (
        "condition passed over",
        f'{FINDING}, "passed_over": ["shingles"]}}',
        [("/passed_over/0", "unknown_id")],
    ),
    ("empty present", '{"present": []}', [("/present", "wrong_length")]),
    ("present missing", "{}", [("/present", "required")]),
    ("absent alone", '{"absent": ["fever"]}', [("/present", "required")]),
    ("category of other case", _attribute("sex", '"Female"'), [("/attributes/sex", "not_allowed")]),
    ("category of another", _attribute("onset", '"left"'), [("/attributes/onset", "not_allowed")]),
    ("empty category", _attribute("trend", '""'), [("/attributes/trend", "not_allowed")]),
    ("setting unknown", f'{FINDING}, "setting": "hospital"}}', [("/setting", "not_allowed")]),
    ("setting empty", f'{FINDING}, "setting": ""}}', [("/setting", "not_allowed")]),
    ("unknown field", f'{FINDING}, "colour": 1}}', [("/colour", "unknown_field")]),
    ("field of the batch", f'{FINDING}, "cases": []}}', [("/cases", "unknown_field")]),
    ("empty key", f'{FINDING}, "": 1}}', [("/", "unknown_field")]),
    ("slash and tilde", f'{FINDING}, "a/b~c~1": 1}}', [("/a~1b~0c~01", "unknown_field")]),
    ("lone surrogate as key", f'{FINDING}, "\\udfff": 1}}', [("/\udfff", "unknown_field")]),
    ("key of marshmallow", f'{FINDING}, "_schema": 1}}', [("/_schema", "unknown_field")]),
    ("unknown attribute", _attribute("colour", "1"), [("/attributes/colour", "unknown_field")]),
    ("finding as attribute", _attribute("fever", "true"), [("/attributes/fever", "unknown_field")]),
    ("attribute with slash", _attribute("~/", "1"), [("/attributes/~0~1", "unknown_field")]),
    (
        "both lists",
        '{"present": ["fever", "fatigue"], "absent": ["tingling", "fatigue"]}',
        [("/absent/1", "contradiction")],
    ),
    (
        "implied",
        '{"present": ["lower_back_pain"], "absent": ["back_pain"]}',
        [("/absent/0", "contradiction")],
    ),
    (
        "several contradictions",
        '{"present": ["foot_drop", "severe_buttock_pain"],'
        ' "absent": ["fever", "leg_weakness", "buttock_pain"]}',
        [("/absent/1", "contradiction"), ("/absent/2", "contradiction")],
    ),
    (
        "several faults",
        '{"present": ["nonsense", "fever", 7], "absent": {}, "colour": 1, "setting": "moon",'
        ' "passed_over": ["fever", "sure"],'
        ' "attributes": {"age_years": -1, "sex": "x", "shoe": 44, "onset": null}}',
        [
            ("/present/0", "unknown_id"),
            ("/present/2", "wrong_type"),
            ("/absent", "wrong_type"),
            ("/colour", "unknown_field"),
            ("/setting", "not_allowed"),
            ("/passed_over/1", "unknown_id"),
            ("/attributes/age_years", "out_of_range"),
            ("/attributes/sex", "not_allowed"),
            ("/attributes/shoe", "unknown_field"),
            ("/attributes/onset", "null"),
        ],
    ),
    (
        "contradictions among bad ids",
        '{"present": ["headache", "lower_back_pain", 7], "absent": ["itch", [], "back_pain"]}',
        [
            ("/present/0", "unknown_id"),
            ("/present/2", "wrong_type"),
            ("/absent/0", "unknown_id"),
            ("/absent/1", "wrong_type"),
            ("/absent/2", "contradiction"),
        ],
    ),
    (
        "a contradiction among other faults",
        '{"present": ["fever"], "absent": ["fever"], "attributes": {"age_years": 121}}',
        [("/absent/0", "contradiction"), ("/attributes/age_years", "out_of_range")],
    ),
]

MALFORMED: list[tuple[str, bytes, Faults]] = [
    ("empty", b"", [("", "malformed_json")]),
    ("whitespace", b" \r\n\t", [("", "malformed_json")]),
    ("array", b'[{"present": ["fever"]}]', [("", "not_an_object")]),
    ("null", b"null", [("", "not_an_object")]),
    ("string", b'"present"', [("", "not_an_object")]),
    ("number", b"1", [("", "not_an_object")]),
    ("true", b"true", [("", "not_an_object")]),
    ("NaN", _attribute("age_years", "NaN").encode(), [("", "malformed_json")]),
    ("Infinity", _attribute("age_years", "Infinity").encode(), [("", "malformed_json")]),
    ("-Infinity", _attribute("age_years", "-Infinity").encode(), [("", "malformed_json")]),
    ("hexadecimal", _attribute("age_years", "0x20").encode(), [("", "malformed_json")]),
    ("leading zero", _attribute("age_years", "054").encode(), [("", "malformed_json")]),
    ("single quotes", b"{'present': ['fever']}", [("", "malformed_json")]),
    ("trailing comma", b'{"present": ["fever"],}', [("", "malformed_json")]),
    ("comment", b'{"present": ["fever"]} // calm', [("", "malformed_json")]),
    ("trailing garbage", b'{"present": ["fever"]}x', [("", "malformed_json")]),
    ("two documents", b'{"present": ["fever"]}{"present": []}', [("", "malformed_json")]),
    ("cut off", b'{"present": ["fever"', [("", "malformed_json")]),
    ("raw line break", b'{"present": ["fe\nver"]}', [("", "malformed_json")]),
    ("form", b"present=fever", [("", "malformed_json")]),
    ("byte order mark", b'\xef\xbb\xbf{"present": ["fever"]}', [("", "malformed_json")]),
    ("invalid UTF-8", b'{"present": ["\xff"]}', [("", "not_utf8")]),
    ("UTF-8 cut off", b'{"present": ["\xe2\x82', [("", "not_utf8")]),
    ("surrogate in UTF-8", b'{"present": ["\xed\xa0\x80"]}', [("", "not_utf8")]),
    ("overlong UTF-8", b'{"present": ["\xc0\xaf"]}', [("", "not_utf8")]),
    ("UTF-16", '{"present": ["fever"]}'.encode("utf-16"), [("", "not_utf8")]),
    ("UTF-16 bare", '{"present": ["fever"]}'.encode("utf-16-le"), [("", "malformed_json")]),
    ("deep array", b"[" * DEEP + b"]" * DEEP, [("", "too_deep")]),
    ("deep object", b'{"a":' * DEEP + b"1" + b"}" * DEEP, [("", "too_deep")]),
    ("deep and open", b'{"present": ' + b"[" * DEEP, [("", "too_deep")]),
    (
        "repeated key",
        b'{"present": ["saddle_numbness"], "present": ["fever"]}',
        [("/present", "repeated_key")],
    ),
    (
        "repeated key of equal values",
        b'{"present": ["fever"], "present": ["fever"]}',
        [("/present", "repeated_key")],
    ),
    (
        "repeated key written in another way",
        b'{"present": ["fever"], "pre\\u0073ent": ["fatigue"]}',
        [("/present", "repeated_key")],
    ),
    (
        "repeated attribute",
        b'{"present": ["fever"], "attributes": {"age_years": 9, "sex": "other", "age_years": 54}}',
        [("/attributes/age_years", "repeated_key")],
    ),
    (
        "repeated key below a list",
        b'{"present": [{}, {"a/b": 1, "a/b": 2}]}',
        [("/present/1/a~1b", "repeated_key")],
    ),
    (
        "repeated key within what is repeated",
        b'{"absent": {"x": 1, "x": 2}, "absent": []}',
        [("/absent", "repeated_key")],
    ),
]

UNSUPPORTED: list[tuple[str, dict[str, str]]] = [
    ("no content type", {}),
    ("text/plain", {"Content-Type": "text/plain"}),
    ("form", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("multipart", {"Content-Type": "multipart/form-data; boundary=x"}),
    ("problem", {"Content-Type": "application/problem+json"}),
    ("prefix", {"Content-Type": "application/jsonp"}),
    ("latin-1", {"Content-Type": "application/json; charset=latin-1"}),
    ("utf-16", {"Content-Type": "application/json; charset=utf-16"}),
    ("gzip", {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
    ("br", {"Content-Type": "application/json", "Content-Encoding": "br"}),
]


def _post(client: FlaskClient, body: bytes | str, path: str = "/v1/predict") -> TestResponse:
    return client.post(path, data=body, content_type="application/json")


def _problem(response: TestResponse, status: int, path: str = "/v1/predict") -> dict[str, Any]:
    """Return the problem of a refusal, whose shape is the contract's."""
    problem = response.get_json()
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert isinstance(problem, dict)
    assert set(problem) - {"errors"} == MEMBERS
    phrase = TITLES[status]
    expected_type = f"urn:cauda:problem:{phrase.lower().replace(' ', '-')}"
    assert (problem["type"], problem["title"]) == (expected_type, phrase)
    assert (problem["status"], problem["instance"]) == (status, path)
    assert problem["detail"]
    for error in problem.get("errors", ()):
        assert set(error) == {"pointer", "code", "detail"}
        assert re.fullmatch("[a-z0-9_]+", error["code"])
        assert error["detail"].endswith(".")
    return problem


def _faults(problem: dict[str, Any]) -> Faults:
    return sorted((error["pointer"], error["code"]) for error in problem["errors"])


@pytest.mark.parametrize(
    ("body", "faults"),
    [pytest.param(body, faults, id=name) for name, body, faults in FAULTY_CASES],
)
def test_every_fault_of_a_case_is_returned(client: FlaskClient, body: str, faults: Faults) -> None:
    """A case that breaks the schema is 422 with every fault, each where it stands, and no more."""
    assert _faults(_problem(_post(client, body), 422)) == sorted(faults)


@pytest.mark.parametrize(
    ("body", "faults"),
    [pytest.param(body, faults, id=name) for name, body, faults in MALFORMED],
)
def test_a_body_that_is_no_strict_json_object_is_refused(
    client: FlaskClient, body: bytes, faults: Faults
) -> None:
    """What is no JSON object in UTF-8 without repeated keys is 400 before the case is looked at."""
    assert _faults(_problem(_post(client, body), 400)) == sorted(faults)


@pytest.mark.parametrize(
    "headers", [pytest.param(headers, id=name) for name, headers in UNSUPPORTED]
)
def test_another_content_type_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    """Anything but application/json in UTF-8, sent as it is, is 415."""
    response = client.post("/v1/predict", data=FINDING + "}", headers=headers)
    assert "errors" not in _problem(response, 415)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "APPLICATION/JSON", "application/json; charset=UTF-8"],
)
def test_the_content_type_of_the_contract_is_accepted(
    client: FlaskClient, content_type: str
) -> None:
    """The media type is read without regard to case, and UTF-8 may be named."""
    response = client.post("/v1/predict", data=FINDING + "}", content_type=content_type)
    assert response.status_code == 200


def test_a_body_of_10_mb_is_refused(client: FlaskClient) -> None:
    """A body above the limit is 413, whatever stands in it."""
    problem = _problem(_post(client, (FINDING + "}").encode().ljust(10_000_000)), 413)
    assert "errors" not in problem


@pytest.mark.parametrize(
    ("present", "absent"),
    [
        ("fatigue", "fatigue"),
        ("lower_back_pain", "back_pain"),
        ("urinary_retention", "new_urinary_symptoms"),
        ("pain_below_knee", "pain_radiating_down_leg"),
        ("ascending_numbness", "foot_numbness"),
    ],
)
def test_a_contradiction_names_both_ends(client: FlaskClient, present: str, absent: str) -> None:
    """The detail of a contradiction names the finding stated present and the one stated absent."""
    body = json.dumps({"present": ["tingling", present], "absent": ["local_redness", absent]})
    (error,) = _problem(_post(client, body), 422)["errors"]
    assert (error["pointer"], error["code"]) == ("/absent/1", "contradiction")
    assert present in error["detail"]
    assert absent in error["detail"]


def test_an_attribute_among_the_findings_is_told_where_it_belongs(client: FlaskClient) -> None:
    """An attribute stated as a finding is refused with the place where its value belongs."""
    (error,) = _problem(_post(client, '{"present": ["age_years"]}'), 422)["errors"]
    assert "attributes" in error["detail"]


def test_what_may_be_passed_over_is_told_where_it_is_not(client: FlaskClient) -> None:
    """What is neither a finding nor an attribute is refused with the routes that list these."""
    body = json.dumps({"present": ["fever"], "passed_over": ["itch"]})
    (error,) = _problem(_post(client, body), 422)["errors"]
    assert error["detail"] == (
        "'itch' is no finding or attribute; GET /v1/findings and /v1/attributes list them."
    )


@pytest.mark.parametrize("depth", [10, 100, *range(200, 1100, 20), 5_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [('{"a":', "}"), ("[", "]"), ('[{"a":', "}]")], ids=["{", "[", "[{"]
)
def test_no_depth_breaks_the_search_for_a_repeated_key(
    client: FlaskClient, opening: str, closing: str, depth: int
) -> None:
    """A key that is repeated at any depth is refused as repeated, or as too deep to be read."""
    deep = opening * depth + '{"k": 1, "k": 2}' + closing * depth
    problem = _problem(_post(client, f'{{"present": {deep}}}'), 400)
    assert {error["code"] for error in problem["errors"]} <= {"repeated_key", "too_deep"}


@pytest.mark.parametrize("depth", [10, 100, *range(200, 1100, 20)])
def test_no_depth_breaks_the_schema(client: FlaskClient, depth: int) -> None:
    """A value of any depth where an id belongs is refused, and never fails inside."""
    response = _post(client, f'{{"present": [{"[" * depth}{"]" * depth}]}}')
    problem = _problem(response, response.status_code)
    assert (problem["status"], _faults(problem)) in (
        (422, [("/present/0", "wrong_type")]),
        (400, [("", "too_deep")]),
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(json.dumps({"present": ["x" * 100_000]}), 422, id="id"),
        pytest.param(json.dumps({"present": ["\U0001f4a9" * 20_000]}), 422, id="emoji"),
        pytest.param(json.dumps({"present": ["fever"], "k" * 100_000: 1}), 422, id="key"),
        pytest.param(json.dumps({"present": ["fever"], "/" * 100_000: 1}), 422, id="slashes"),
        pytest.param(
            json.dumps({"present": ["fever"], "attributes": {"k" * 100_000: 1}}),
            422,
            id="attribute",
        ),
        pytest.param(_attribute("sex", f'"{"x" * 100_000}"'), 422, id="category"),
        pytest.param(_attribute("age_years", "9" * 100_000), 422, id="number"),
        pytest.param(f'{FINDING}, "setting": "{"x" * 100_000}"}}', 422, id="setting"),
        pytest.param(
            f'{FINDING}, "{"k" * 100_000}": 1, "{"k" * 100_000}": 2}}', 400, id="repeated key"
        ),
        pytest.param("x" * 100_000, 400, id="no JSON"),
        pytest.param("[" + "1," * 50_000 + "1]", 400, id="array"),
    ],
)
def test_a_refusal_echoes_only_a_little(client: FlaskClient, body: str, status: int) -> None:
    """However long what was sent, the refusal of one fault stays short."""
    response = _post(client, body)
    _problem(response, status)
    assert len(response.data) < SHORT


@pytest.mark.parametrize("query", [f"include={'x' * 5_000}", f"{'x' * 5_000}=1"])
def test_a_refused_query_is_echoed_only_a_little(client: FlaskClient, query: str) -> None:
    """However long a query, its refusal stays short."""
    response = _post(client, FINDING + "}", f"/v1/predict?{query}")
    _problem(response, 422)
    assert len(response.data) < SHORT


def test_a_refused_content_type_is_echoed_only_a_little(client: FlaskClient) -> None:
    """However long a content type, its refusal stays short."""
    content_type = f"text/{'x' * 5_000}"
    response = client.post("/v1/predict", data=FINDING + "}", content_type=content_type)
    _problem(response, 415)
    assert len(response.data) < SHORT


def test_a_refusal_is_valid_ascii_json(client: FlaskClient) -> None:
    """What a caller sent is escaped, so that a refusal can be written and read everywhere."""
    response = _post(client, '{"present": ["\\ud83d", "\u202e", "<script>"], "\\udead": 1}')
    _problem(response, 422)
    assert response.data.isascii()


@pytest.mark.parametrize(
    "path",
    ["/nope", "/v1", "/v1/predict/", "/v1/predict/x", "/v1/findings/fever/page", "/v2/predict"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_a_problem(client: FlaskClient, path: str, method: str) -> None:
    """A path that no route has is 404 in the one shape of errors."""
    detail = _problem(client.open(path, method=method), 404, path)["detail"]
    assert detail == f"There is nothing at {path!r}; /docs lists the routes."


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/predict", {"POST"}),
        ("PUT", "/v1/predict", {"POST"}),
        ("DELETE", "/v1/predict", {"POST"}),
        ("BREW", "/v1/predict", {"POST"}),
        ("OPTIONS", "/v1/predict", {"POST"}),
        ("OPTIONS", "/v1/findings", {"GET", "HEAD"}),
        ("OPTIONS", "/static/docs.css", {"GET", "HEAD"}),
        ("POST", "/v1/findings", {"GET", "HEAD"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
        ("DELETE", "/v1/model", {"GET", "HEAD"}),
    ],
)
def test_a_wrong_method_is_a_problem(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    """A method that a route does not take is 405 with those that it takes, told twice alike."""
    response = client.open(path, method=method)
    detail = _problem(response, 405, path)["detail"]
    told = detail.removeprefix(f"{method} is not allowed on {path}, allowed is ").rstrip(".")
    assert set(response.headers["Allow"].split(", ")) == set(told.split(", ")) == allowed


def _fail(*_: object) -> None:
    raise RuntimeError("secret saddle_numbness at /srv/cauda")


def test_a_failure_inside_tells_nothing_of_the_inside(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is 500 in one sentence, and neither answer nor log holds its message."""
    monkeypatch.setattr("service.api.predict.assess", _fail)
    response = _post(client, FINDING + "}")
    assert "errors" not in _problem(response, 500)
    for secret in ("secret", "saddle", "RuntimeError", "Traceback", "/srv", "assess"):
        assert secret not in response.get_data(as_text=True)
    assert "secret" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_refused_request_changes_nothing(client: FlaskClient) -> None:
    """After every kind of refusal a good case gets the answer that it got before."""
    before = _post(client, FINDING + "}").get_json()
    for _, faulty, _faulty in FAULTY_CASES:
        _post(client, faulty)
    for _, malformed, _malformed in MALFORMED:
        _post(client, malformed)
    assert _post(client, FINDING + "}").get_json() == before
