"""The page about the model in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser


def test_the_page_tells_the_figures_of_the_served_model(visit: Visits, server: Server) -> None:
    """A reader comes there from the start, and reads the figures and their origin."""
    page = visit()
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page).to_have_url(f"http://127.0.0.1:{server.port}/model")
    first = page.get_by_text("The right condition stands first").first
    told = page.get_by_role("definition").filter(has_text="56.8\N{NO-BREAK SPACE}%")
    expect(first).to_be_visible()
    expect(told.filter(has_text="51.2 to 62.3").first).to_be_visible()
    manifest = server.ask("/v1/model").json()
    for origin in (manifest["sha256"], manifest["data"]["sha256"], manifest["model"]["run_id"]):
        expect(page.get_by_role("main")).to_contain_text(origin)


def test_its_contents_lead_to_its_parts(visit: Visits) -> None:
    """Each entry of the contents brings the heading that begins so into sight."""
    page = visit("/model")
    contents = page.get_by_role("navigation", name="On this page").get_by_role("link")
    assert contents.count() >= 5
    for link in contents.all():
        link.click()
        heading = page.get_by_role("heading", level=2, name=link.inner_text())
        expect(heading).to_be_in_viewport()


def test_its_pictures_have_words(visit: Visits) -> None:
    """Each picture says what it shows, and its numbers stand in a table too."""
    page = visit("/model")
    pictures = page.get_by_role("figure")
    assert pictures.count() >= 4
    for picture in pictures.all():
        expect(picture.get_by_role("img").first).to_have_accessible_name(re.compile(r"\w+ \w+"))
        for fold in picture.get_by_text(re.compile("^The numbers:")).all():
            fold.click()
        expect(picture.get_by_role("table")).to_be_visible()
