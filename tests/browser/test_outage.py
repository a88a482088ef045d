"""The service goes down in the middle of an interview."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.held import held
from tests.browser.visitor import Visitor
from tests.browser.visits import Visits
from tests.service.server import Server, serving, start, stopping

pytestmark = pytest.mark.browser

REFUSED = r"net::ERR_CONNECTION_REFUSED"


@contextmanager
def again(server: Server, folder: Path, **settings: str) -> Iterator[None]:
    """Run another server where one has been stopped."""
    folder.mkdir()
    fresh = start(folder, {**settings, "PORT": str(server.port)})
    with stopping(replace(fresh, port=server.port)):
        yield


def test_answers_outlive_the_service(visit: Visits, models: Path, tmp_path: Path) -> None:
    """The page says that nothing answers and what to do; later the interview goes on as it was."""
    settings = {"CAUDA_MODELS": str(models), "WORKERS": "1"}
    with serving(tmp_path, **settings) as server:
        visitor = Visitor(visit(at=server, expected=REFUSED))
        visitor.come_to_questions()
        server.stop()
        asked, before = visitor.asked(), visitor.shown("Request")
        assert asked
        page = visitor.page
        page.get_by_role("button", name="Don't know").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The service does not answer")
        expect(alert).to_contain_text("kept in this page")
        expect(page.get_by_role("heading", name="emergency signs")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Try again").click()
        expect(alert).to_be_visible()
        with again(server, tmp_path / "again", **settings), visitor.step():
            page.get_by_role("button", name="Try again").click()
        expect(alert).to_be_hidden()
        assert visitor.asked() != asked
        passed = [*before.get("passed_over", []), asked]
        assert visitor.shown("Request") == {**before, "passed_over": passed}


def test_a_sign_without_the_service(visit: Visits, models: Path, tmp_path: Path) -> None:
    """Where a sign cannot be screened, the page says at once not to wait for it."""
    with serving(tmp_path, CAUDA_MODELS=str(models), WORKERS="1") as server:
        visitor = Visitor(visit(at=server, expected=REFUSED))
        visitor.come_to_signs()
        server.stop()
        visitor.choose("saddle_numbness", "Yes")
        expect(visitor.page.get_by_role("alert").filter(has_text="get help now")).to_be_visible()
        expect(visitor.page.get_by_role("link", name="112")).to_be_visible()


def test_a_start_without_the_service(visit: Visits, models: Path, tmp_path: Path) -> None:
    """Begin says that nothing can be asked, with the signs below, and works once it can."""
    settings = {"CAUDA_MODELS": str(models), "WORKERS": "1"}
    with serving(tmp_path, **settings) as server:
        visitor = Visitor(visit(at=server, expected=REFUSED))
        visitor.page.wait_for_load_state("networkidle")
        server.stop()
        visitor.start()
        expect(visitor.page.get_by_role("alert").filter(has_text="not answer")).to_be_visible()
        expect(visitor.page.get_by_role("heading", name="Emergency signs")).to_be_visible()
        with again(server, tmp_path / "again", **settings):
            visitor.start()
            expect(visitor.heading).to_have_text("About you")


def test_a_clinician_without_the_service(visit: Visits, models: Path, tmp_path: Path) -> None:
    """The form keeps what was stated, and the differential follows once the service is back."""
    settings = {"CAUDA_MODELS": str(models), "WORKERS": "1"}
    with serving(tmp_path, **settings) as server:
        page = visit("/#clinician", at=server, expected=REFUSED)
        row = page.get_by_role("group", name="Pain in the lower back", exact=True)
        expect(row).to_be_visible()
        page.wait_for_load_state("networkidle")
        server.stop()
        row.get_by_role("radio", name="Present").check()
        live = page.get_by_role("region", name="Live differential")
        fault = page.get_by_role("alert").filter(has_text="The service does not answer")
        expect(fault).to_be_visible()
        with again(server, tmp_path / "again", **settings):
            fault.get_by_role("button", name="Try again").click()
            expect(live.get_by_role("listitem").first).to_be_visible()
        expect(row.get_by_role("radio", name="Present")).to_be_checked()


def test_a_slow_service(visit: Visits) -> None:
    """Who waits is told so, after a while with the signs; the answer ends both."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    visitor.screen()
    page = visitor.page
    waits = page.get_by_role("status").filter(has_text="Asking the service")
    signs = page.get_by_role("heading", name="Emergency signs: do not wait")
    with visitor.step(), held(page):
        page.get_by_role("button", name="Continue").click()
        expect(waits).to_be_visible()
        expect(signs).to_be_visible()
    expect(waits).to_have_count(0)
    expect(signs).to_be_hidden()
