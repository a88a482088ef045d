"""Requests about a case that are held back, as by a slow network."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Error, Page, Route

PREDICT = "**/v1/predict*"


@contextmanager
def held(page: Page) -> Iterator[list[Route]]:
    """Hold what is sent about a case until the end of the block; yields what is held."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route(PREDICT, hold)
    yield routes
    page.unroute(PREDICT, hold)
    for route in routes:
        with suppress(Error):  # the page has given it up, or the test has answered it
            route.continue_()
