import csv
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.clinical.table import TableError
from service.settings import Settings
from tests.service.key import digest

ROOT = Path(__file__).parents[3]
FACTS = ROOT / "tests" / "data" / "seed_facts.csv"
ROUTES = ("findings", "attributes", "conditions", "red-flags")


def _listed(client: FlaskClient, route: str) -> list[dict[str, Any]]:
    response = client.get(f"/v1/{route}")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    entries = response.get_json()[route.replace("-", "_")]
    assert isinstance(entries, list)
    return entries


@pytest.mark.parametrize(
    ("route", "number"), [("findings", 133), ("attributes", 9), ("conditions", 21)]
)
def test_a_route_lists_every_entry_once(client: FlaskClient, route: str, number: int) -> None:
    """Each route of the vocabulary lists as many different ids as there are."""
    ids = [entry["id"] for entry in _listed(client, route)]
    assert (len(ids), len(set(ids))) == (number, number)


@pytest.mark.parametrize("route", ROUTES)
def test_an_answer_holds_the_list_alone(client: FlaskClient, route: str) -> None:
    """The list stands under its name; the red flags add the version of their rules."""
    expected = {"red_flags", "version"} if route == "red-flags" else {route}
    assert set(client.get(f"/v1/{route}").get_json()) == expected


def test_a_finding_is_described(client: FlaskClient) -> None:
    """A finding comes with its group, meaning, question, sources and what it implies."""
    findings = {entry["id"]: entry for entry in _listed(client, "findings")}
    assert findings["pain_below_knee"] == {
        "id": "pain_below_knee",
        "group": "pain",
        "meaning": "Radiating pain that reaches below the knee",
        "question": "Does shooting pain run down your leg so far that it passes the knee?",
        "implies": ["pain_radiating_down_leg", "leg_pain"],
        "sources": ["004"],
    }


def test_findings_of_an_examination_have_words_for_a_clinician(client: FlaskClient) -> None:
    """A finding has words for a clinician when it is found on examination, and only then."""
    findings = _listed(client, "findings")
    for_clinicians = {entry["id"] for entry in findings if "clinician" in entry}
    assert for_clinicians == {entry["id"] for entry in findings if entry["group"] == "exam"}
    assert {"straight_leg_raise_positive", "reduced_anal_tone"} <= for_clinicians


def test_the_attributes_say_what_they_allow(client: FlaskClient) -> None:
    """A number comes with its range and unit, a category with its values."""
    kinds = {"type", "unit", "minimum", "maximum", "values"}
    found = {
        entry["id"]: {key: value for key, value in entry.items() if key in kinds}
        for entry in _listed(client, "attributes")
    }
    assert found == {
        "age_years": {"type": "number", "unit": "years", "minimum": 0, "maximum": 120},
        "sex": {"type": "category", "values": ["female", "male", "other"]},
        "body_mass_index": {"type": "number", "unit": "kg/m2", "minimum": 8, "maximum": 100},
        "duration_days": {"type": "number", "unit": "days", "minimum": 0, "maximum": 36500},
        "onset": {"type": "category", "values": ["sudden", "gradual"]},
        "course": {"type": "category", "values": ["persistent", "intermittent"]},
        "trend": {"type": "category", "values": ["worsening", "stable", "improving"]},
        "side": {"type": "category", "values": ["left", "right", "both", "both_one_worse"]},
        "post_void_residual_ml": {"type": "number", "unit": "ml", "minimum": 0, "maximum": 3000},
    }


def test_what_an_attribute_allows_is_accepted(client: FlaskClient) -> None:
    """Every value and both ends of every range that the catalogue names can be stated."""
    for entry in _listed(client, "attributes"):
        for value in entry.get("values") or (entry["minimum"], entry["maximum"]):
            body = {"present": ["fever"], "attributes": {entry["id"]: value}}
            assert client.post("/v1/predict", json=body).status_code == 200


def test_every_listed_finding_can_be_stated(degraded: FlaskClient) -> None:
    """Every id of the catalogue is accepted as present and as absent."""
    for entry in _listed(degraded, "findings"):
        other = "fatigue" if entry["id"] == "fever" else "fever"
        for body in ({"present": [entry["id"]]}, {"present": [other], "absent": [entry["id"]]}):
            assert degraded.post("/v1/predict", json=body).status_code == 200


def test_a_condition_is_described(client: FlaskClient) -> None:
    """A condition comes with name, code, rarity, urgency, sources and what never occurs in it."""
    conditions = {entry["id"]: entry for entry in _listed(client, "conditions")}
    assert conditions["piriformis_syndrome"] == {
        "id": "piriformis_syndrome",
        "name": "Piriformis syndrome",
        "icd10": "G57.0",
        "rarity": "common",
        "urgency": "primary_care",
        "never": ["fecal_incontinence", "urinary_incontinence"],
        "sources": ["000", "001", "002", "004"],
    }


def test_the_conditions_have_their_urgencies(client: FlaskClient) -> None:
    """Two conditions are emergencies, five urgent, ten for a doctor and four for self-care."""
    urgencies = Counter(entry["urgency"] for entry in _listed(client, "conditions"))
    assert urgencies == {"emergency": 2, "urgent": 5, "primary_care": 10, "self_care": 4}


def test_every_documented_red_flag_has_a_rule(client: FlaskClient) -> None:
    """Each documented fact of the kind red_flag stands behind one of the rules."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        documented = {row["id"] for row in csv.DictReader(file) if row["kind"] == "red_flag"}
    assert documented
    assert documented <= {fact for rule in _listed(client, "red-flags") for fact in rule["facts"]}


def test_a_red_flag_is_described(client: FlaskClient) -> None:
    """A rule comes as a clinician reads it: alternatives within brackets, all brackets hold."""
    rules = {entry["id"]: entry for entry in _listed(client, "red-flags")}
    assert rules["child_with_buttock_pain"] == {
        "id": "child_with_buttock_pain",
        "level": "urgent",
        "title": "Buttock pain in someone under 18",
        "when": [["buttock_pain"], ["age_years<18"]],
        "suspects": ["spinal_infection"],
        "facts": ["003-09"],
        "sources": ["003"],
    }
    assert rules["weight_loss_with_back_pain_over_50"]["when"] == [
        ["back_pain"],
        ["unexplained_weight_loss"],
        ["age_years>50"],
    ]
    assert rules["sudden_buttock_numbness"]["when"] == [["buttock_numbness"], ["onset=sudden"]]


@pytest.mark.parametrize("route", ROUTES)
def test_the_catalogue_is_the_same_without_a_model(
    client: FlaskClient, degraded: FlaskClient, route: str
) -> None:
    """The catalogue needs no model."""
    assert degraded.get(f"/v1/{route}").get_json() == client.get(f"/v1/{route}").get_json()


@pytest.mark.parametrize("route", ROUTES)
def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, route: str) -> None:
    """With the ETag of the answer the reply is 304 without a body; with another it is whole."""
    first = client.get(f"/v1/{route}")
    tag = first.headers["ETag"]
    again = client.get(f"/v1/{route}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    other = client.get(f"/v1/{route}", headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


ANY = {"If-None-Match": "*"}


def _is_refused(client: FlaskClient, path: str, status: int, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json()["status"] == status
    assert "ETag" not in answer.headers


def test_any_answer_that_is_there_is_known(client: FlaskClient) -> None:
    """`If-None-Match: *` asks for an answer only when there is none: there is, so 304."""
    answer = client.get("/v1/findings", headers=ANY)
    assert (answer.status_code, answer.data) == (304, b"")


def test_no_refusal_is_an_unchanged_answer(
    degraded: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """401, 404, 429 and 503 are told as they are, whatever tag the caller knows, and have none."""
    _is_refused(degraded, "/v1/findings/itch", 404, ANY)
    (tmp_path / "keys").write_text(f"ward {digest('key-of-the-ward-that-asks')}\n")
    settings = Settings(models=tmp_path, keys=tmp_path / "keys", requests_per_minute=1)
    guarded = create_app(settings).test_client()
    _is_refused(guarded, "/v1/findings", 401, ANY)
    _is_refused(guarded, "/v1/findings", 429, ANY)
    monkeypatch.setattr("service.clinical.catalogue.read", _fail)
    broken = create_app(Settings(models=tmp_path)).test_client()
    _is_refused(broken, "/v1/conditions", 503, ANY)


def _fail(*_: object) -> NoReturn:
    raise TableError(["broken"])


def test_a_read_has_no_precondition(client: FlaskClient) -> None:
    """`If-Match` is for changes: the answer is whole, with its tag, and no 412."""
    answer = client.get("/v1/findings", headers={"If-Match": '"another"'})
    assert answer.status_code == 200
    assert answer.data == client.get("/v1/findings").data


def test_each_route_has_its_own_etag(client: FlaskClient) -> None:
    """Different answers have different tags."""
    assert len({client.get(f"/v1/{route}").headers["ETag"] for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_the_catalogue_is_only_read(client: FlaskClient, route: str) -> None:
    """Another method than GET is refused with the methods that are allowed."""
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = client.open(f"/v1/{route}", method=method)
        assert response.status_code == 405
        assert "GET" in response.headers["Allow"]


def test_a_condition_has_a_page(client: FlaskClient) -> None:
    """The page of a condition shows its entry and what the facts say of it, each with a source."""
    page = client.get("/v1/conditions/cauda_equina_syndrome").json
    assert page is not None
    assert (page["urgency"], page["rarity"]) == ("emergency", "ultra_rare")
    facts = {kind: [text["facts"] for text in page[kind]] for kind in ("imaging", "treatment")}
    assert ["001-36"] in facts["imaging"]
    assert ["001-37"] in facts["treatment"]
    assert all(text["text"] and text["sources"] for text in page["imaging"])


def test_findings_and_attributes_have_pages(client: FlaskClient) -> None:
    """The definition of saddle numbness and the course of numbness are to be read."""
    finding = client.get("/v1/findings/saddle_numbness").json
    attribute = client.get("/v1/attributes/side").json
    assert finding is not None
    assert attribute is not None
    assert ["000-112"] in [text["facts"] for text in finding["definition"]]
    assert ["000-03"] in [text["facts"] for text in attribute["course"]]


def test_what_is_said_in_general_is_listed(client: FlaskClient) -> None:
    """Texts about no single condition or finding have a page of their own."""
    page = client.get("/v1/texts").json
    assert page is not None
    assert ["000-83"] in [text["facts"] for text in page["disclaimer"]]


def test_sources_are_listed(client: FlaskClient) -> None:
    """Every source that a condition or text names can be looked up."""
    listed = client.get("/v1/sources").json
    assert listed is not None
    assert {"000", "001", "002", "003", "004"} < {source["id"] for source in listed["sources"]}


@pytest.mark.parametrize("kind", ["condition", "finding", "attribute"])
def test_an_unknown_page_is_not_found(client: FlaskClient, kind: str) -> None:
    """A page of something unknown is a 404 that says where the known ones are."""
    answer = client.get(f"/v1/{kind}s/itch")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["detail"] == f"'itch' is no {kind}; GET /v1/{kind}s lists them."


SETTINGS = ["general_public", "primary_care", "emergency_department", "balanced"]


def test_settings_have_their_priors_and_sources(client: FlaskClient) -> None:
    """Each setting has a prior over the 21 conditions, of known sources or assumed."""
    settings = _listed(client, "settings")
    assert [setting["id"] for setting in settings] == SETTINGS
    known = {source["id"] for source in _listed(client, "sources")}
    for setting in settings:
        assert setting["meaning"]
        assert len(setting["priors"]) == 21
        assert sum(prior["prior"] for prior in setting["priors"]) == pytest.approx(1, abs=1e-5)
        assert all(set(prior["sources"]) <= known for prior in setting["priors"])


def test_priors_are_those_of_the_documented_world(client: FlaskClient) -> None:
    """Number and source of each prior are the row of `synthetic/priors.csv` that it comes from."""
    with (ROOT / "synthetic" / "priors.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["setting"], row["condition"]): row for row in csv.DictReader(file)}
    shown = {setting["id"]: setting["priors"] for setting in _listed(client, "settings")}
    for (setting, condition), row in rows.items():
        (prior,) = [p for p in shown[setting] if p["condition"] == condition]
        whole = sum(float(r["prior"]) for (s, _), r in rows.items() if s == setting)
        assert prior["prior"] == pytest.approx(float(row["prior"]) / whole, rel=1e-4)
        assert prior["sources"] == [source for source in row["source"].split(";") if source]


def test_without_a_model_settings_have_no_priors(degraded: FlaskClient) -> None:
    """The priors travel with the model; ids and meanings of the settings do not."""
    assert [set(setting) for setting in _listed(degraded, "settings")] == [{"id", "meaning"}] * 4


WORDS = ("", "frequent", "very frequent", "always")


def _words(frequency: float) -> int:
    """Return the place of a frequency's word: HPO frequent from 30 %, very frequent from 80 %."""
    return (frequency >= 0.3) + (frequency >= 0.8) + (frequency >= 0.995)


def _bands() -> dict[tuple[str, str], tuple[float, float]]:
    """Return by condition and finding the least and greatest frequency of the documented world."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    with (ROOT / "synthetic" / "finding_profiles.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["condition"], row["finding"]
            low, high = found.get(key, (1.0, 0.0))
            found[key] = (
                min(low, float(row["frequency_low"])),
                max(high, float(row["frequency_high"])),
            )
    return {key: band for key, band in found.items() if key[0] != "background"}


def test_profiles_are_those_of_the_documented_world(client: FlaskClient) -> None:
    """The words are those of the frequencies in the tables that the cases were drawn from.

    At most one in eight is not the word of the middle of the band (8 % of those that the promoted
    model shows, 10 % of the few cases here), one in thirty none of the band's (1 %): the stages of
    a condition, what is told unlike the rest and chance move the frequency.
    """
    shown = {
        (entry["id"], finding["finding"]): WORDS.index(finding["frequency"])
        for entry in _listed(client, "conditions")
        for finding in client.get(f"/v1/conditions/{entry['id']}").get_json()["profile"]["findings"]
    }
    bands = _bands()
    off = [shown.get(k, 0) != _words((low + high) / 2) for k, (low, high) in bands.items()]
    outside = [
        not _words(low) <= shown.get(k, 0) <= _words(high) for k, (low, high) in bands.items()
    ]
    assert len(shown) > len(bands) / 10
    assert sum(off) < len(bands) / 8
    assert sum(outside) < len(bands) / 30


def test_a_profile_names_the_most_frequent_first(client: FlaskClient) -> None:
    """Findings stand by falling frequency with their meaning, and the basis says synthetic."""
    profile = client.get("/v1/conditions/cauda_equina_syndrome").get_json()["profile"]
    meanings = {entry["id"]: entry["meaning"] for entry in _listed(client, "findings")}
    places = [WORDS.index(entry["frequency"]) for entry in profile["findings"]]
    assert places == sorted(places, reverse=True)
    assert min(places) == 1
    assert all(entry["meaning"] == meanings[entry["finding"]] for entry in profile["findings"])
    assert "synthetic" in profile["basis"]


def test_without_a_model_a_condition_has_no_profile(degraded: FlaskClient) -> None:
    """The profile travels with the model; what the sources say does not."""
    page = degraded.get("/v1/conditions/cauda_equina_syndrome").get_json()
    assert "profile" not in page
    assert {"advice", "treatment", "imaging"} & page.keys()


def test_the_limits_of_requests_are_the_enforced_ones(models: Path) -> None:
    """What `/v1/limits` allows is answered, and one more is refused."""
    app = create_app(Settings(models=models, max_body_bytes=4_096, max_cases=5))
    client = app.test_client()
    limits = client.get("/v1/limits").get_json()["requests"]
    expected = {"max_body_bytes": 4_096, "max_cases": 5, "max_explained_cases": 100}
    assert limits == expected | {"max_ids": 1_000}
    for more, status in ((0, 200), (1, 413)):
        body = b'{"present": ["fever"]}'.ljust(4_096 + more)
        response = client.post("/v1/predict", data=body, content_type="application/json")
        assert response.status_code == status
    for number, status in ((5, 200), (6, 422)):
        cases = {"cases": [{"present": ["fever"]}] * number}
        assert client.post("/v1/predict/batch", json=cases).status_code == status


def test_the_limits_of_use_are_told(client: FlaskClient) -> None:
    """A reader of the interface alone is told that it is no diagnosis, and synthetic."""
    use = " ".join(client.get("/v1/limits").get_json()["use"])
    for word in ("does not diagnose", "not a medical device", "synthetic", "no clinician"):
        assert word in use
