"""What no page may do, whatever a test is about."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

TELL = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
"""Chromium writes a violation into the console too, but not one that a page has caught."""


@dataclass
class Watch:
    """The faults of the pages of one context, and the requests that they sent.

    A fault is an error in the console or in a script, which a violation of the content security
    policy is too, and a request to another origin. `expected` is a pattern of the faults that a
    test brings about.
    """

    origin: str
    expected: str | None = None
    faults: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch a context from now on."""
        context.add_init_script(TELL)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        """Note an error in the console."""
        if message.type == "error":
            self._fault(f"console: {message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        """Note an exception that no script has caught."""
        self._fault(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        """Note a request; a page's own blob, such as a download, asks nobody."""
        self.requests.append(request)
        address = urlsplit(request.url.removeprefix("blob:"))
        if f"{address.scheme}://{address.netloc}" != self.origin:
            self._fault(f"request elsewhere: {request.url}")

    def _fault(self, text: str) -> None:
        """Note a fault that was not expected."""
        if self.expected is None or not re.search(self.expected, text):
            self.faults.append(text)
