"""The states of the pages, one after the other."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browser.visitor import CALM, UNKNOWN, Visitor

BACK = "Pain: Lower back"


def interview(page: Page) -> Iterator[str]:
    """Go through an interview and an emergency; yield the name of each state once it is shown."""
    visitor = Visitor(page)
    yield "start"
    visitor.start()
    expect(visitor.heading).to_have_text("About you")
    yield "person"
    page.get_by_role("textbox", name="How old are you?").fill("old")
    page.get_by_role("button", name="Continue").click()
    yield "a wrong age"
    visitor.begin()
    visitor.mark(BACK, "Numbness: Buttock")
    yield "place"
    visitor.press("Continue")
    yield "flags"
    page.get_by_role("button", name="Continue").click()
    yield "an open flag"
    visitor.screen()
    visitor.press("Continue")
    yield "question"
    visitor.shown("Request")
    yield "panel"
    while visitor.answer({**CALM, "back_pain": UNKNOWN}):
        pass
    expect(page.get_by_text("Reading what the sources say")).to_have_count(0)
    yield "result"
    for fold in page.get_by_role("main").locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    yield "unfolded result"


def emergency(page: Page) -> Iterator[str]:
    """Raise an emergency flag."""
    visitor = Visitor(page)
    visitor.come_to_signs()
    visitor.give("saddle_numbness", "Yes")
    yield "emergency"


def clinician(page: Page) -> Iterator[str]:
    """Use the clinician's form, rightly and wrongly."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Clinician mode").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clinician mode")
    yield "clinician"
    row = page.get_by_role("group", name="Pain in the lower back", exact=True)
    row.get_by_role("radio", name="Present").check()
    live = page.get_by_role("region", name="Live differential")
    expect(live.get_by_role("listitem").first).to_be_visible()
    yield "differential"
    page.get_by_text("Load a case").click()
    page.get_by_role("textbox", name="Paste a JSON case").fill("[]")
    page.get_by_role("button", name="Load").click()
    expect(page.get_by_role("alert").filter(has_text="refused")).to_be_visible()
    yield "a refused case"
    page.get_by_role("searchbox", name="Search findings").fill("reflex")
    yield "search"
