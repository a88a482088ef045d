"""A service that wants a key."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.visitor import KEY, Visitor
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser

UNAUTHORIZED = "status of 401"


def kept(page: Page) -> Any:
    """Return all that the browser would keep of a visit, and the address."""
    stored = (
        "[location.href, document.cookie, {...localStorage}, {...sessionStorage}, history.state]"
    )
    databases = "indexedDB.databases().then((all) => all.length)"
    return page.evaluate(stored), page.evaluate(databases), page.context.cookies()


def test_a_key_is_asked_once_and_kept_in_memory_alone(visit: Visits, keyed: Server) -> None:
    """A wrong key is told, the right one serves to the end, and nothing of it is stored."""
    visitor = Visitor(visit(at=keyed, expected=UNAUTHORIZED))
    page = visitor.page
    visitor.start()
    dialog = page.get_by_role("dialog", name="This service needs a key")
    expect(page.get_by_label("API key")).to_be_focused()
    assert violations(page) == []
    visitor.enter("a-wrong-key")
    expect(dialog.get_by_role("alert")).to_have_text("The service does not know that key.")
    expect(dialog).to_have_count(1)
    assert violations(page) == []
    visitor.enter(KEY)
    visitor.begin()
    visitor.mark("Pain: Lower back")
    visitor.press("Continue")
    visitor.screen()
    visitor.press("Continue")
    expect(dialog).to_have_count(0)
    assert KEY not in str(kept(page))
    assert KEY not in page.content()


def test_a_reload_forgets_the_key(visit: Visits, keyed: Server) -> None:
    """A page that is loaded anew asks anew."""
    visitor = Visitor(visit(at=keyed, expected=UNAUTHORIZED))
    visitor.start()
    visitor.enter(KEY)
    visitor.begin()
    visitor.page.reload()
    visitor.start()
    expect(visitor.page.get_by_role("dialog", name="This service needs a key")).to_be_visible()


@pytest.mark.parametrize("way", ["Escape", "button"])
def test_who_has_no_key_is_told_and_can_try_again(visit: Visits, keyed: Server, way: str) -> None:
    """Without a key the page says that one is needed; it holds the signs, and can be asked anew."""
    visitor = Visitor(visit(at=keyed, expected=UNAUTHORIZED))
    page = visitor.page
    visitor.start()
    dialog = page.get_by_role("dialog", name="This service needs a key")
    expect(dialog).to_be_visible()
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="I have none").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("alert").filter(has_text="key")).to_be_visible()
    expect(page.get_by_role("heading", name="Emergency signs")).to_be_visible()
    visitor.start()
    visitor.enter(KEY)
    expect(visitor.heading).to_have_text("About you")
