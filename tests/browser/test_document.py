"""What leaves the page: JSON, a line for a shell, and paper."""

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_interview import INCLUDE
from tests.browser.visitor import Visitor
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser


def test_the_download_is_what_the_service_answers(visit: Visits, server: Server) -> None:
    """The file is JSON of a request and its answer, which a POST of that request gives again."""
    visitor = Visitor(visit())
    visitor.come_to_end()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Download as JSON").click()
    assert download.value.suggested_filename.endswith(".json")
    content = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert content.keys() == {"request", "answer"}
    assert server.ask(INCLUDE, content["request"]).json() == content["answer"]


def test_the_line_of_curl_gives_the_answer_of_the_page(visit: Visits) -> None:
    """Run by a shell as it stands in the panel, the line prints what the page was answered."""
    visitor = Visitor(visit())
    visitor.come_to_questions()
    printed = subprocess.run(
        ["sh", "-c", visitor.told("The same by curl")], check=True, capture_output=True, timeout=60
    )
    assert json.loads(printed.stdout) == visitor.shown("Answer")


def test_the_line_can_be_copied(visit: Visits) -> None:
    """The button puts the very line into the clipboard, and says so."""
    visitor = Visitor(visit(permissions=["clipboard-read", "clipboard-write"]))
    visitor.come_to_signs()
    line = visitor.told("The same by curl")
    visitor.page.get_by_role("button", name="Copy the line").click()
    expect(visitor.page.get_by_text("Copied.")).to_be_visible()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == line


def test_paper_holds_the_result_and_no_controls(visit: Visits) -> None:
    """In print stand level, notice and unfolded facts; no button, no navigation."""
    visitor = Visitor(visit())
    visitor.come_to_end()
    page = visitor.page
    told = visitor.shown("Answer")
    expect(page.get_by_text("Reading what the sources say")).to_have_count(0)
    assert page.pdf().startswith(b"%PDF-")
    page.emulate_media(media="print")
    expect(visitor.heading).to_be_visible()
    expect(page.get_by_text(told["notice"]).first).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("navigation")).to_have_count(0)
