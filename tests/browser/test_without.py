"""What remains without JavaScript, without a model, and without the pages."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency
from tests.browser.axe import violations
from tests.browser.visitor import LEVELS, Visitor
from tests.browser.visits import Visits
from tests.service.server import Server, serving

pytestmark = pytest.mark.browser


def test_without_javascript_the_signs_and_whom_to_call_are_there(visit: Visits) -> None:
    """Every emergency flag is listed with numbers to call; no button promises what cannot work."""
    page = visit("/", java_script_enabled=False)
    for fold in ("Signs that are an emergency together", "What a doctor may find"):
        page.get_by_text(fold).click()
    signs = page.get_by_role("listitem").all_inner_texts()
    assert {flag.title for flag in RED_FLAGS if flag.level is Urgency.EMERGENCY} <= set(signs)
    for number in ("112", "999", "911", "000"):
        link = page.get_by_role("link", name=number)
        expect(link).to_have_attribute("href", f"tel:{number}")
    # Shown by a browser whose settings have scripts off, not by one whose driver has them off.
    assert "Without JavaScript" in (page.locator("noscript").text_content() or "")
    expect(page.get_by_role("button")).to_have_count(0)


def test_without_a_model_the_red_flags_answer(visit: Visits, degraded: Server) -> None:
    """The signs are asked, nothing else; the result says that there is no model, and to be seen."""
    visitor = Visitor(visit(at=degraded))
    assert visitor.come_to_end() == []
    expect(visitor.heading).to_have_text(LEVELS["primary_care"])
    expect(visitor.page.get_by_text("The model is not available")).to_be_visible()
    assert violations(visitor.page) == []


def test_without_a_model_an_emergency_is_one(visit: Visits, degraded: Server) -> None:
    """A sign raises the banner all the same."""
    visitor = Visitor(visit(at=degraded))
    visitor.come_to_signs()
    visitor.give("saddle_numbness", "Yes")
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_without_a_model_its_page_says_so(visit: Visits, degraded: Server) -> None:
    """The page about the model says that there is none, and nothing of folders."""
    page = visit("/model", at=degraded)
    expect(page.get_by_role("heading", name="No model")).to_be_visible()
    assert str(degraded.folder) not in page.content()
    assert violations(page) == []


def test_pages_can_be_left_away(visit: Visits, models: Path, tmp_path: Path) -> None:
    """With the setting off neither page is there, and no page leads to them."""
    settings = {"CAUDA_MODELS": str(models), "CAUDA_PAGE": "off", "WORKERS": "1"}
    with serving(tmp_path, **settings) as server:
        for path in ("/", "/model"):
            page = visit(path, at=server, expected="status of 404")
            expect(page.get_by_text('"status": 404')).to_be_visible()
        page = visit("/docs", at=server)
        expect(page.get_by_role("link", name="Model", exact=True)).to_have_count(0)
