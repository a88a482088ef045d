"""An emergency ends the interview at once."""

import pytest
from playwright.sync_api import expect

from service.clinical.red_flags import RED_FLAGS
from tests.browser.visitor import LEVELS, Visitor
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser

SIGN = "new_urinary_symptoms"
FLAG = next(flag for flag in RED_FLAGS if flag.id == "new_urinary_symptoms_with_pain")


def test_a_sign_ends_the_interview_at_once(visit: Visits, server: Server) -> None:
    """Yes to one sign, and the page says what to do, by which answer, by which rule and source."""
    visitor = Visitor(visit())
    visitor.come_to_signs("Pain: Lower back")
    visitor.give(SIGN, "Yes")
    page = visitor.page
    banner = page.get_by_role("alert")
    expect(banner.get_by_role("heading", level=1, name=LEVELS["emergency"])).to_be_focused()
    told = server.ask("/v1/predict", {"present": ["lower_back_pain", SIGN]}).json()
    expect(banner).to_contain_text(told["triage"]["advice"])
    expect(banner.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")
    expect(page.get_by_role("heading", name=FLAG.title)).to_be_visible()
    causes = page.get_by_role("listitem").filter(has_text=visitor.questions[SIGN])
    expect(causes).to_contain_text("yes")
    sources = {one["id"]: one for one in server.ask("/v1/sources").json()["sources"]}
    for source in FLAG.sources:
        expect(page.get_by_text(sources[source]["citation"])).to_be_visible()


def test_the_banner_takes_the_whole_width(visit: Visits) -> None:
    """On a phone and on a wide screen the banner goes from edge to edge."""
    for width in (360, 1280):
        visitor = Visitor(visit(viewport={"width": width, "height": 640}))
        visitor.come_to_signs()
        visitor.give(SIGN, "Yes")
        box = visitor.page.get_by_role("alert").bounding_box()
        assert box
        assert (box["x"], box["width"]) == (0, width)


def test_a_place_can_be_an_emergency(visit: Visits) -> None:
    """Who marks a numb saddle is not asked anything more."""
    visitor = Visitor(visit())
    visitor.start()
    visitor.begin()
    place = "Numbness: Between the legs: genitals, anus, inner thighs"
    with visitor.step():  # clicked, for once it is checked it is gone
        visitor.page.get_by_role("checkbox", name=place, exact=True).click()
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_a_slip_can_be_corrected(visit: Visits) -> None:
    """Back from the banner leads to the signs, which say that it stands until No is answered."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    visitor.choose("fever", "Don't know")
    visitor.give(SIGN, "Yes")
    visitor.press("Back")
    expect(visitor.heading).to_have_text("Emergency signs")
    expect(visitor.group("fever").get_by_role("radio", name="Don't know")).to_be_checked()
    reminder = visitor.page.get_by_role("alert").filter(has_text="call for emergency help now")
    expect(reminder).to_be_visible()
    visitor.choose(SIGN, "No")
    expect(reminder).to_be_hidden()
    visitor.screen()
    visitor.press("Continue")
    expect(visitor.heading).not_to_have_text(LEVELS["emergency"])


def test_the_answer_that_caused_it_can_be_changed_from_any_step(visit: Visits) -> None:
    """Change leads to the question itself, and another answer out of the emergency."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    visitor.give(SIGN, "Yes")
    visitor.change(SIGN, "listitem")
    assert visitor.asked() == SIGN
    visitor.press("No")
    expect(visitor.heading).to_have_text("Emergency signs")
