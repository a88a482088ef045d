"""Visits of a test: pages in contexts of their own, all of them watched."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.watch import Watch
from tests.load.server import HOST
from tests.service.server import Server

PATIENCE = 20_000
"""Milliseconds for whatever a page does, on a machine that does something else too."""


@dataclass
class Visits:
    """Opens pages of a server, or of the one that is named, and closes them with `end`."""

    browser: Browser
    server: Server
    watches: list[Watch] = field(default_factory=list)
    end: ExitStack = field(default_factory=ExitStack)

    def __call__(
        self, path: str = "/", at: Server | None = None, expected: str | None = None, **options: Any
    ) -> Page:
        """Open a path in a new context; options are those of the context.

        `expected` is a pattern of the faults that the test brings about.
        """
        watch = Watch(f"http://{HOST}:{(at or self.server).port}", expected)
        context = self.browser.new_context(base_url=watch.origin, **options)
        self.end.callback(context.close)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        self.watches.append(watch)
        page = context.new_page()
        page.goto(path)
        return page

    def faults(self) -> list[str]:
        """Return what no page may do and one did."""
        return [fault for watch in self.watches for fault in watch.faults]
