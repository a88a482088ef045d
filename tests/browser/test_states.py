"""What holds in every state: for anyone, on a phone, in the dark, without motion."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import states
from tests.browser.axe import violations
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

WALKS = (states.interview, states.emergency, states.clinician)
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "is_mobile": True,
    "has_touch": True,
}
STILL: dict[str, Any] = {"color_scheme": "dark", "reduced_motion": "reduce"}
REFUSED = r"status of 4(00|22)"

Walk = Callable[[Page], Iterator[str]]

SMALL = """() => {
  const targets = "a.button, button, input, select, textarea, summary, nav a";
  return [...document.querySelectorAll(targets)]
    .map((one) => (one.matches("label *") ? one.closest("label") : one))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([one, { width }]) => one.checkVisibility() && width)
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([one, { width, height }]) => `${one.outerHTML.slice(0, 90)} ${width} x ${height}`);
}"""
"""The targets that are smaller than WCAG 2.2 asks for (2.5.8), besides links within a sentence."""

MOVING = """() => document.getAnimations()
    .filter(({ effect }) => !effect.getKeyframes().every((frame) => "pointerEvents" in frame))
    .map(({ effect }) => effect.target.outerHTML.slice(0, 90))"""
"""What is animated, but for what only keeps a tap from being taken for two."""

BEYOND = """() => [...document.querySelectorAll("main *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("walk", WALKS)
def test_no_state_shuts_anyone_out(visit: Visits, walk: Walk) -> None:
    """In the usual colours axe-core finds nothing in any state."""
    page = visit("/", expected=REFUSED)
    assert [(state, line) for state in walk(page) for line in violations(page)] == []


@pytest.mark.parametrize("walk", WALKS)
def test_in_the_dark_and_without_motion(visit: Visits, walk: Walk) -> None:
    """In dark colours axe-core finds nothing, and where no motion is wanted nothing moves."""
    page = visit("/", expected=REFUSED, **STILL)
    for state in walk(page):
        assert page.evaluate(MOVING) == [], state
        assert violations(page) == [], state


@pytest.mark.parametrize("walk", WALKS)
def test_every_state_fits_a_phone(visit: Visits, walk: Walk) -> None:
    """Nothing has to be moved sideways, a thumb can hit everything, and axe-core finds nothing."""
    page = visit("/", expected=REFUSED, **PHONE)
    for state in walk(page):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == 360, (state, page.evaluate(BEYOND))
        assert page.evaluate(SMALL) == [], state
        assert violations(page) == [], state


@pytest.mark.parametrize("path", ["/model", "/docs"])
@pytest.mark.parametrize("options", [{}, STILL, PHONE], ids=["light", "dark", "phone"])
def test_the_pages_to_read(visit: Visits, path: str, options: dict[str, Any]) -> None:
    """The pages about the model and the contract are for anyone and fit every screen too."""
    page = visit(path, **options)
    assert violations(page) == []
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width, page.evaluate(BEYOND)
    assert page.evaluate(SMALL) == []
