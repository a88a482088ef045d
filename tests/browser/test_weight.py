"""How much a first visit asks for."""

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Visits

pytestmark = pytest.mark.browser


def test_a_first_load_is_small(visit: Visits) -> None:
    """Until the first screen can be used, fewer than 10 answers come, of less than 200 KB."""
    page = visit("/")
    expect(page.get_by_role("button", name="Begin the interview")).to_be_visible()
    page.wait_for_load_state("networkidle")
    sent = visit.watches[0].requests
    sizes = [one.sizes() for one in sent if one.response()]
    assert len(sent) == len(sizes) < 10
    assert sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes) < 200_000
