"""What is typed is text, wherever it is typed."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_keys import UNAUTHORIZED
from tests.browser.visitor import CALM, Visitor
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser

REFUSED = re.compile("is no JSON|refused the request")
SCRIPT = "window.ran = true"
HOSTILE = (
    f"<img src=/static/icon.svg onload='{SCRIPT}'>",
    f"\"'><img src=/static/icon.svg onload='{SCRIPT}'><script>{SCRIPT}</script>",
    f"<details open ontoggle='{SCRIPT}'>{{{{7*7}}}}${{{SCRIPT}}}</details>",
)


def assert_nothing_ran(page: Page) -> None:
    """Assert that no script ran and no element came of what was typed."""
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran ?? false") is False
    typed = "document.querySelectorAll('main img, main script, [onload], [ontoggle]').length"
    assert page.evaluate(typed) == 0


@pytest.fixture
def open_page(visit: Visits) -> Page:
    """The page without its content security policy, which must not be what it takes."""
    return visit("/", expected=r"status of 4(00|22)", bypass_csp=True)


def test_the_marker_shows_a_script_that_runs(open_page: Page) -> None:
    """Parsed as HTML each text would run: else the other tests would prove nothing."""
    for text in HOSTILE:
        open_page.evaluate("window.ran = false")
        open_page.evaluate("(text) => { document.querySelector('main').innerHTML = text }", text)
        open_page.wait_for_function("window.ran")


@pytest.mark.parametrize("text", HOSTILE)
def test_numbers(open_page: Page, text: str) -> None:
    """An age and a duration that are markup are told as the text that they are."""
    visitor = Visitor(open_page)
    visitor.start()
    open_page.get_by_role("textbox", name="How old are you?").fill(text)
    open_page.get_by_role("button", name="Continue").click()
    fault = open_page.get_by_role("alert").filter(has_text=f"Found “{text[:20]}")
    expect(fault).to_be_visible()
    visitor.begin()
    visitor.mark("Pain: Lower back")
    visitor.press("Continue")
    visitor.screen({**CALM, "duration_days": text})
    open_page.get_by_role("button", name="Continue").click()
    expect(fault).to_be_visible()
    assert_nothing_ran(open_page)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_address(visit: Visits, text: str) -> None:
    """What stands behind the address is no part of the page."""
    page = visit(f"/?q={text}#{text}", bypass_csp=True)
    expect(page.get_by_role("button", name="Begin the interview")).to_be_visible()
    assert_nothing_ran(page)
    page.evaluate("(text) => { location.hash = text }", f"clinician{text}")
    assert_nothing_ran(page)


def test_a_key(visit: Visits, keyed: Server) -> None:
    """A key that is markup is refused, by the browser or by the service, and never shown."""
    page = visit(at=keyed, expected=UNAUTHORIZED, bypass_csp=True)
    visitor = Visitor(page)
    visitor.start()
    for text in HOSTILE:
        visitor.enter(text)
        expect(page.get_by_label("API key")).to_be_visible()
    assert_nothing_ran(page)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_search_and_a_pasted_case(open_page: Page, text: str) -> None:
    """A search finds nothing; a case with markup for ids and keys is refused in its own words."""
    open_page.get_by_role("link", name="I am a clinician").click()
    open_page.get_by_role("searchbox", name="Search findings").fill(text)
    expect(open_page.get_by_role("status").filter(has_text="0 of")).to_be_visible()
    open_page.get_by_text("Load a case").click()
    for case in (
        text,
        json.dumps({"present": [text]}),
        json.dumps({"present": ["fever"], text: text}),
    ):
        open_page.get_by_role("textbox", name="Paste a JSON case").fill(case)
        open_page.get_by_role("button", name="Load").click()
        expect(open_page.get_by_role("alert").filter(has_text=REFUSED)).to_be_visible()
    assert_nothing_ran(open_page)
