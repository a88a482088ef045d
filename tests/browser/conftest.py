"""Fixtures: a browser, the real server with the small model, and visits that are watched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import QUIET, found
from tests.browser.judged import judged
from tests.browser.visitor import KEY
from tests.browser.visits import PATIENCE, Visits
from tests.service.key import digest
from tests.service.server import Server, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine; without one the tests fail."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the small model, all figures in its manifest, and no keys; do not stop it."""
    folder = tmp_path_factory.mktemp("server")
    own = judged(models, folder / "models")
    with serving(folder, CAUDA_MODELS=str(own), WORKERS="1") as server:
        yield server


@pytest.fixture(scope="session")
def degraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has no model."""
    folder = tmp_path_factory.mktemp("degraded")
    with serving(folder, CAUDA_MODELS=str(folder / "nothing"), WORKERS="1") as server:
        yield server


@pytest.fixture(scope="session")
def keyed(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks for a key."""
    folder = tmp_path_factory.mktemp("keyed")
    keys = folder / "keys"
    keys.write_text(f"visitor {digest(KEY)}\n", encoding="utf-8")
    with serving(folder, CAUDA_MODELS=str(models), CAUDA_KEYS=str(keys), WORKERS="1") as server:
        yield server


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visits]:
    """Opens pages; at the end the test fails if a page did what no page may do."""
    visits = Visits(browser, server)
    with visits.end:
        yield visits
    assert visits.faults() == []
