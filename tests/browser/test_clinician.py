"""Clinician mode: the whole vocabulary on one page, and the differential as it changes."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from service.clinical.vocabulary import vocabulary
from tests.browser.held import held
from tests.browser.visitor import LEVELS, Visitor
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser

MEANINGS = {id: one.meaning.partition(";")[0] for id, one in vocabulary().findings.items()}
"""What each finding means, without what tells it from another id."""

REFUSED = r"status of 4(00|22)"
CASE = {
    "present": ["foot_drop", "pain_radiating_down_leg"],
    "absent": ["fever", "saddle_numbness"],
    "attributes": {"age_years": 61, "sex": "male", "onset": "sudden"},
    "setting": "emergency_department",
}


@pytest.fixture
def page(visit: Visits) -> Page:
    """The clinician's form."""
    return visit("/#clinician", expected=REFUSED)


def row(page: Page, id: str) -> Locator:
    """Return the three states of a finding."""
    return page.get_by_role("group", name=MEANINGS[id], exact=True)


def state(page: Page, id: str, label: str) -> None:
    """State a finding."""
    row(page, id).get_by_role("radio", name=label, exact=True).check()


def load(page: Page, text: str) -> None:
    """Paste a case and load it."""
    box = page.get_by_role("textbox", name="Paste a JSON case")
    if not box.is_visible():
        page.get_by_text("Load a case").click()
    box.fill(text)
    page.get_by_role("button", name="Load").click()


def assert_shown(page: Page, server: Server, case: dict[str, Any]) -> None:
    """Assert that the differential is what the service answers to a case."""
    answer = server.ask("/v1/predict", case).json()
    verdict = LEVELS[answer["triage"]["level"]]
    expect(page.get_by_role("status").filter(has_text=verdict)).to_be_visible()
    live = page.get_by_role("region", name="Live differential")
    leading = answer["conditions"][0]
    expect(
        live.get_by_role("list").get_by_role("listitem").filter(has_text=leading["name"]).first
    ).to_contain_text(f"{100 * leading['probability']:.0f}")


def test_every_finding_can_be_stated(page: Page) -> None:
    """Each finding of the vocabulary stands there with its three states, unknown at first."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Clinician mode")
    expect(page.get_by_role("radio", name="Unknown", checked=True)).to_have_count(len(MEANINGS))
    for meaning in MEANINGS.values():
        expect(page.get_by_role("group", name=meaning, exact=True)).to_have_count(1)


def test_the_differential_follows(page: Page, server: Server) -> None:
    """Present, absent, unknown again, another setting: each time it is the service's answer."""
    state(page, "lower_back_pain", "Present")
    assert_shown(page, server, {"present": ["lower_back_pain"]})
    state(page, "worse_sitting", "Absent")
    case = {"present": ["lower_back_pain"], "absent": ["worse_sitting"]}
    assert_shown(page, server, case)
    page.get_by_label("Setting").select_option("balanced")
    assert_shown(page, server, {**case, "setting": "balanced"})
    page.get_by_role("textbox", name="Age in years").fill("71")
    assert_shown(page, server, {**case, "setting": "balanced", "attributes": {"age_years": 71}})
    assert Visitor(page).shown("Request")["attributes"] == {"age_years": 71}
    state(page, "lower_back_pain", "Unknown")
    expect(page.get_by_text("State at least one finding as present")).to_be_visible()


def test_a_number_that_cannot_be_read_is_unknown(page: Page, server: Server) -> None:
    """No verdict rests on the number that stood there before."""
    state(page, "lower_back_pain", "Present")
    age = page.get_by_role("textbox", name="Age in years")
    age.fill("71")
    assert_shown(page, server, {"present": ["lower_back_pain"], "attributes": {"age_years": 71}})
    age.fill("710")
    expect(page.get_by_role("alert").filter(has_text="Found “710”")).to_be_visible()
    assert_shown(page, server, {"present": ["lower_back_pain"]})


def test_a_verdict_says_when_it_is_of_another_case(page: Page) -> None:
    """Until the service has answered the level is marked as old, and it goes when none comes."""
    state(page, "lower_back_pain", "Present")
    verdict = page.get_by_role("status").filter(has_text=LEVELS["primary_care"])
    expect(verdict).to_be_in_viewport()
    with held(page) as routes:
        state(page, "worse_sitting", "Present")
        expect(page.get_by_text("The case has changed")).to_be_visible()
        expect(verdict).to_be_visible()
        page.wait_for_timeout(500)
        routes[0].fulfill(status=422, json={"detail": "No."})
        expect(page.get_by_text("No verdict on this case")).to_be_visible()


def test_a_sign_is_an_emergency_without_an_answer(page: Page) -> None:
    """What is an emergency by itself is said as one while the service refuses to answer."""
    with held(page) as routes:
        state(page, "urinary_retention", "Present")
        page.wait_for_timeout(500)
        routes[0].fulfill(status=422, json={"detail": "No."})
        verdict = page.get_by_role("status").filter(has_text=LEVELS["emergency"])
        expect(verdict).to_be_in_viewport()


def test_what_follows_cannot_contradict(page: Page) -> None:
    """What a present finding implies is shown as present, with the reason, and cannot be denied."""
    state(page, "foot_drop", "Present")
    implied = row(page, "leg_weakness")
    expect(implied.get_by_role("radio", name="Present")).to_be_checked()
    expect(implied.get_by_role("radio", name="Absent")).to_be_disabled()
    expect(implied).to_contain_text(f"Follows from: {MEANINGS['foot_drop']}")
    state(page, "foot_drop", "Unknown")
    expect(implied.get_by_role("radio", name="Unknown")).to_be_checked()


def test_a_search_leaves_what_it_finds(page: Page) -> None:
    """Only the findings with all of the words stay, and their number is told."""
    search = page.get_by_role("searchbox", name="Search findings")
    search.fill("reflex REDUCED")
    expect(row(page, "reduced_reflexes")).to_be_visible()
    expect(row(page, "fever")).to_be_hidden()
    expect(
        page.get_by_role("status").filter(has_text=f"of {len(MEANINGS)} findings")
    ).to_be_visible()
    search.fill("")
    expect(row(page, "fever")).to_be_visible()


@pytest.mark.parametrize("wrap", [False, True], ids=["case", "download"])
def test_a_case_is_loaded(page: Page, server: Server, wrap: bool) -> None:
    """A pasted request, or a downloaded result, fills the form, and its answer is shown."""
    load(page, json.dumps({"request": CASE, "answer": {}} if wrap else CASE))
    assert_shown(page, server, CASE)
    for id in ("fever", "saddle_numbness"):
        expect(row(page, id).get_by_role("radio", name="Absent")).to_be_checked()
    expect(row(page, "foot_drop").get_by_role("radio", name="Present")).to_be_checked()
    expect(page.get_by_label("Setting")).to_have_value("emergency_department")
    expect(page.get_by_role("textbox", name="Age in years")).to_have_value("61")
    assert Visitor(page).shown("Request") == CASE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ('{"present": ["fever"]', "no JSON"),
        ('{"present": ["fever"], "present": ["lower_back_pain"]}', "present"),
        ("null", "refused"),
        ("[]", "refused"),
        ("7", "refused"),
        ('{"present": []}', "/present"),
        ('{"present": ["nonsense"]}', "nonsense"),
        ('{"present": ["fever"], "absent": ["fever"]}', "fever"),
        ('{"present": ["fever"], "attributes": {"age_years": 200}}', "/attributes/age_years"),
    ],
)
def test_a_case_that_cannot_be_is_told(page: Page, text: str, said: str) -> None:
    """What is wrong is said in the words of the service, and the form stays as it was."""
    state(page, "lower_back_pain", "Present")
    load(page, text)
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    expect(row(page, "lower_back_pain").get_by_role("radio", name="Present")).to_be_checked()
    expect(row(page, "fever").get_by_role("radio", name="Unknown")).to_be_checked()


def test_all_can_be_cleared(page: Page) -> None:
    """One button forgets the case."""
    load(page, json.dumps(CASE))
    expect(row(page, "foot_drop").get_by_role("radio", name="Present")).to_be_checked()
    page.get_by_text("Load a case").click()
    page.get_by_role("button", name="Clear everything").click()
    expect(page.get_by_role("radio", name="Unknown", checked=True)).to_have_count(len(MEANINGS))
