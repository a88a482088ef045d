"""The page of the contract in a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_anyone_can_read_the_contract(visit: Visits, scheme: str) -> None:
    """Nothing of the page stands in the way of anyone, in light or dark colours."""
    page = visit("/docs", color_scheme=scheme)
    expect(page.get_by_role("heading", name="POST /v1/predict", exact=True)).to_be_visible()
    assert violations(page) == []


def test_the_contract_fits_a_phone(visit: Visits) -> None:
    """On a narrow screen nothing but an example needs to be moved sideways."""
    page = visit("/docs", viewport={"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_contract_is_on_one_page(visit: Visits) -> None:
    """The page asks for its own three files and follows its own links; the watch sees the rest."""
    page = visit("/docs")
    page.get_by_role("navigation", name="Routes").get_by_role("link", name="GET /v1/limits").click()
    expect(page.get_by_role("heading", name="GET /v1/limits")).to_be_in_viewport()
