"""The watch over pages sees what no page may do."""

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import violations
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("console.error('wrong')", "console: wrong"),
        ("setTimeout(() => { throw new Error('lost') })", "script: lost"),
        ("fetch('/nowhere')", "404"),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
        ("setTimeout(() => { document.body.innerHTML = '<b>' })", "TrustedHTML"),
        ("document.images[0].src = 'http://127.0.0.2/'", "img-src"),
    ],
)
def test_a_fault_of_a_page_is_seen(
    browser: Browser, server: Server, script: str, fault: str
) -> None:
    """An error in the console or a script and a violation of the policy are told, each by name."""
    visits = Visits(browser, server)
    with visits.end:
        page = visits("/docs")
        page.evaluate(f"{{ {script} }}")
        page.wait_for_timeout(200)
    assert any(fault in told for told in visits.faults())


def test_a_request_elsewhere_is_seen(browser: Browser, server: Server) -> None:
    """A request to another origin is told, though the policy of this service lets none be sent."""
    visits = Visits(browser, server)
    with visits.end:
        page = visits("/docs", bypass_csp=True)
        page.evaluate("fetch('http://127.0.0.2:9/').catch(() => 0)")
    assert "request elsewhere: http://127.0.0.2:9/" in visits.faults()


def test_a_barrier_is_seen(visit: Visits) -> None:
    """A picture without words and a button without a name are found by axe, under their rules."""
    page = visit("/docs")
    page.evaluate(
        "document.querySelector('main').append(document.createElement('button'), "
        "Object.assign(new Image(), {src: '/static/icon.svg'}))"
    )
    assert {line.partition(":")[0] for line in violations(page)} == {"button-name", "image-alt"}
