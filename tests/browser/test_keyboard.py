"""The whole interview without a pointer."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import LEVELS, UNKNOWN, Visitor
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

MOST = 400
"""Times that Tab is pressed before something counts as out of reach."""

SEEN = """() => {
  const own = document.activeElement;
  return [own, own.closest("label"), own.nextElementSibling].some((one) => {
    const { outlineStyle, outlineWidth } = one ? getComputedStyle(one) : {};
    return one && outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
}"""
"""Whether what has the focus, or the label around it, has an outline that can be seen."""


def reach(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus, which is seen wherever it goes."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if target.evaluate("(one) => one === document.activeElement"):
            assert page.evaluate(SEEN), target
            return
    pytest.fail(f"{target} cannot be reached")


def press(visitor: Visitor, name: str) -> None:
    """Reach a button and press Enter; the next step begins at its heading."""
    reach(visitor.page, visitor.page.get_by_role("button", name=name, exact=True))
    with visitor.step():
        visitor.page.keyboard.press("Enter")
    expect(visitor.heading).to_be_focused()


def deny(visitor: Visitor) -> None:
    """Answer all emergency signs, each by the second of its choices."""
    page = visitor.page
    for id in visitor.signs():
        reach(page, visitor.group(id).get_by_role("radio").first)
        page.keyboard.press("ArrowDown")
        expect(visitor.group(id).get_by_role("radio").nth(1)).to_be_checked()
    for field in page.get_by_role("textbox").all():
        field.focus()
        page.keyboard.type("20")


def test_an_interview_takes_no_pointer(visit: Visits) -> None:
    """From the start to the result by Tab, arrows, Space and Enter, with the focus in sight."""
    visitor = Visitor(visit())
    page = visitor.page
    press(visitor, "Begin the interview")
    page.keyboard.press("Tab")
    page.keyboard.type("34")
    reach(page, visitor.group("sex").get_by_role("radio").first)
    page.keyboard.press("Space")
    press(visitor, "Continue")
    reach(page, page.get_by_role("checkbox", name="Pain: Lower back"))
    page.keyboard.press("Space")
    press(visitor, "Continue")
    deny(visitor)
    press(visitor, "Continue")
    while asked := visitor.asked():
        known = page.get_by_role("button", name="No", exact=True).count()
        press(visitor, "No" if known else UNKNOWN)
        assert visitor.asked() != asked
    assert visitor.heading.inner_text() in LEVELS.values()
    assert visitor.shown("Request")["attributes"].items() >= {
        ("age_years", 34),
        ("duration_days", 20),
    }
    press(visitor, "Back")


def test_an_emergency_takes_no_pointer(visit: Visits) -> None:
    """Space on a sign raises the banner, and the focus is on it."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    reach(visitor.page, visitor.group("saddle_numbness").get_by_role("radio").first)
    with visitor.step():
        visitor.page.keyboard.press("Space")
    expect(visitor.heading).to_have_text(LEVELS["emergency"])
    expect(visitor.heading).to_be_focused()


def test_the_frame_can_be_skipped(visit: Visits) -> None:
    """The first Tab shows a link that leads past the navigation."""
    for path in ("/", "/model", "/docs"):
        page = visit(path)
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name="Skip to the content")
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()
