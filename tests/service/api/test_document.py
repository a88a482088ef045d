import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from service.app import create_app
from service.settings import Settings

README = Path(__file__).parents[3] / "README.md"

Json = dict[str, Any]

WITHOUT_KEY = {"/", "/model", "/healthz", "/readyz", "/docs", "/openapi.json"}
"""The routes that API.md lets answer without a key, as far as they are documented here."""


def _document(client: FlaskClient) -> Json:
    response = client.get("/openapi.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    document = response.get_json()
    assert isinstance(document, dict)
    return document


def _operations(document: Json) -> list[tuple[str, str, Json]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post")
    ]


@pytest.mark.parametrize("service", ["client", "degraded"])
def test_the_contract_is_valid_openapi(request: pytest.FixtureRequest, service: str) -> None:
    """With and without a model the document is OpenAPI 3.1 to an independent validator."""
    document = _document(request.getfixturevalue(service))
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_every_route_is_documented(client: FlaskClient) -> None:
    """The document has the operations of the README's table, which has the application's."""
    listed = set(re.findall(r"^\| `((?:GET|POST) /\S*)` \|", README.read_text(), re.MULTILINE))
    documented = {f"{method.upper()} {path}" for path, method, _ in _operations(_document(client))}
    assert documented == {route for route in listed if not route.startswith("GET /static")}


def test_every_operation_says_what_it_does_and_refuses(client: FlaskClient) -> None:
    """Each operation has a sentence, an answer, and refusals in the one shape of errors."""
    for path, _, operation in _operations(_document(client)):
        assert operation["summary"].endswith("."), path
        assert {"200", "400", "500"} <= operation["responses"].keys(), path
        for status, refusal in operation["responses"].items():
            if status not in ("200", "304"):
                assert refusal["content"].keys() == {"application/problem+json"}, path


def test_the_contract_says_which_routes_ask_for_a_key(client: FlaskClient) -> None:
    """Those that answer without a key are documented so, and all others with one."""
    free = {
        path
        for path, _, operation in _operations(_document(client))
        if operation["security"] == [{}]
    }
    assert free == WITHOUT_KEY


def test_refusals_about_keys_are_documented_where_keys_are_asked_for(client: FlaskClient) -> None:
    """401 and 429 belong to exactly the routes that an open path is not."""
    for path, _, operation in _operations(_document(client)):
        refusals = {"401", "429"} & operation["responses"].keys()
        assert refusals == (set() if path in WITHOUT_KEY else {"401", "429"}), path


def test_unchanged_answers_are_documented_where_there_are_tags(client: FlaskClient) -> None:
    """304 belongs to exactly the routes that answer with an ETag, and has one and no body."""
    for path, method, operation in _operations(_document(client)):
        asked = path.replace("/{id}", "")
        tagged = method == "get" and "ETag" in client.get(asked).headers
        assert ("304" in operation["responses"]) == tagged, path
        if tagged:
            assert "ETag" in operation["responses"]["304"]["headers"]
            assert "content" not in operation["responses"]["304"]


def test_the_document_tells_nothing_of_the_manifest(client: FlaskClient, models: Path) -> None:
    """What `/v1/model` asks a key for does not stand in its documentation, but its fields do."""
    manifest = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
    for page in ("/openapi.json", "/docs"):
        assert manifest["columns_sha256"] not in client.get(page).get_data(as_text=True)
    documented = _document(client)["components"]["schemas"]["Manifest"]["properties"]
    assert set(documented) == set(manifest)
    json_types = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    for name, member in documented.items():
        assert member["type"] == json_types[type(manifest[name])], name
        assert member["description"], name


def test_the_document_says_what_may_be_passed_over(client: FlaskClient) -> None:
    """Alone and in a batch: any finding and any attribute, and it need not be there."""
    routes = {"/v1/findings": "findings", "/v1/attributes": "attributes"}
    ids = [
        each["id"] for path, name in routes.items() for each in client.get(path).get_json()[name]
    ]
    schemas = _document(client)["components"]["schemas"]
    for name in ("Case", "CaseOfBatch"):
        member = schemas[name]["properties"]["passed_over"]
        assert (member["type"], member["items"]["enum"]) == ("array", ids)
        assert (member["minItems"], member["maxItems"]) == (0, 1_000)
        assert schemas[name]["required"] == ["present"]


def test_the_document_says_that_no_gain_is_below_0(client: FlaskClient) -> None:
    """A client may count on it: an interview stops by it."""
    gain = _document(client)["components"]["schemas"]["Question"]["properties"]["gain"]
    assert (gain["type"], gain["minimum"]) == ("number", 0)


def test_the_document_and_its_page_are_made_once(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time what was made is sent: these routes have no key and no limit."""
    first = [client.get(path).data for path in ("/openapi.json", "/docs")]
    monkeypatch.setattr("service.api.document.render_template", None)
    monkeypatch.setattr(client.application.json, "dumps", None)
    assert [client.get(path).data for path in ("/openapi.json", "/docs")] == first


def test_the_examples_are_what_the_service_answers(client: FlaskClient) -> None:
    """Each example of a request, sent as it stands, gets the example of the answer."""
    document = _document(client)
    for path in ("/v1/predict", "/v1/predict/batch"):
        operation = document["paths"][path]["post"]
        sent = operation["requestBody"]["content"]["application/json"]["example"]
        shown = operation["responses"]["200"]["content"]["application/json"]["example"]
        query = "?include=explanation,next_questions,model_ranking"
        asked = path + (query if path == "/v1/predict" else "")
        assert client.post(asked, json=sent).get_json() == shown


def test_the_examples_of_the_catalogue_are_its_first_entries(client: FlaskClient) -> None:
    """An example shows what the route answers, of each list of objects the first two."""
    for path, method, operation in _operations(_document(client)):
        is_listed = path.startswith("/v1/") and "{" not in path and path != "/v1/model"
        if method == "get" and is_listed:
            shown = operation["responses"]["200"]["content"]["application/json"]["example"]
            _check_is_beginning(shown, client.get(path).get_json())


def _check_is_beginning(shown: Any, found: Any) -> None:
    if isinstance(found, list) and found and isinstance(found[0], dict):
        assert len(shown) == min(2, len(found))
        for one, other in zip(shown, found, strict=False):
            _check_is_beginning(one, other)
    elif isinstance(found, dict):
        assert shown.keys() == found.keys()
        for name, value in found.items():
            _check_is_beginning(shown[name], value)
    else:
        assert shown == found


def test_a_body_is_documented_with_every_id_that_may_be_stated(client: FlaskClient) -> None:
    """The 133 findings and 9 attributes of the catalogue are those of the documented body."""
    schemas = _document(client)["components"]["schemas"]
    findings = [entry["id"] for entry in client.get("/v1/findings").get_json()["findings"]]
    attributes = [entry["id"] for entry in client.get("/v1/attributes").get_json()["attributes"]]
    for name in ("Case", "CaseOfBatch"):
        assert schemas[name]["properties"]["present"]["items"]["enum"] == findings
        assert schemas[name]["additionalProperties"] is False
    assert list(schemas["Attributes"]["properties"]) == attributes


class _Outside(HTMLParser):
    """Collects what a content policy without inline code or outside addresses would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.loaded: list[str] = []
        self.anchors: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts and styles within the page, handlers, and what is loaded."""
        given = dict(attrs)
        inline = tag == "style" or (tag == "script" and "src" not in given) or "style" in given
        if inline or any(name.startswith("on") for name in given):
            self.refused.append(self.get_starttag_text() or tag)
        if tag == "section":
            self.anchors.append(given["id"] or "")
        if tag == "a" and (target := given["href"] or "").startswith("#"):
            self.targets.append(target[1:])
        if tag != "a":
            self.loaded += [given[name] or "" for name in ("src", "href") if name in given]


def test_the_page_of_the_contract_is_of_its_own_files(client: FlaskClient) -> None:
    """`/docs` has no inline code or style and loads nothing but what the service serves."""
    response = client.get("/docs")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    page = _Outside()
    page.feed(response.get_data(as_text=True))
    assert page.refused == []
    assert set(page.loaded) == {"/static/cauda.css", "/static/docs.css", "/static/icon.svg"}
    with client.get("/static/docs.css") as style:
        assert (style.status_code, style.mimetype) == (200, "text/css")


def test_the_page_of_the_contract_shows_every_route(client: FlaskClient) -> None:
    """`/docs` has a section with a heading for each documented route."""
    page = client.get("/docs").get_data(as_text=True)
    for path, method, _ in _operations(_document(client)):
        assert f"<h2><code>{method.upper()} {path}</code></h2>" in page


def test_the_page_of_the_contract_leads_to_every_route(client: FlaskClient) -> None:
    """Each link goes to a section, by a name that can be written in an address as it is."""
    page = _Outside()
    page.feed(client.get("/docs").get_data(as_text=True))
    assert page.targets == ["main", *page.anchors]  # after the link that skips to the content
    assert len(set(page.anchors)) == len(list(_operations(_document(client))))
    assert all(re.fullmatch("[a-z0-9.-]+", anchor) for anchor in page.anchors)


def test_the_page_of_the_contract_is_plain(client: FlaskClient) -> None:
    """A range reads as one would say it, with its unit once; the headers of all are named once."""
    page = client.get("/docs").get_data(as_text=True)
    assert "Age in years. From 0 to 120." in page
    assert page.count("X-Request-ID") == page.count("traceparent") == 1


def test_the_document_is_there_without_a_model(tmp_path: Path) -> None:
    """A degraded service documents itself with what it answers then."""
    client = create_app(Settings(models=tmp_path)).test_client()
    operation = _document(client)["paths"]["/v1/predict"]["post"]
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert (shown["degraded"], shown["triage"]["level"]) == (True, "emergency")
    assert client.get("/docs").status_code == 200
