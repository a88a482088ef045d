"""What axe-core finds in a page as it stands."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
"""All rules of WCAG 2.2 at A and AA, which holds the size of targets, and the best practices."""


def violations(page: Page) -> list[str]:
    """Return what is violated, a line for each element: rule, what it asks for, and the element."""
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [_line(rule, node) for rule in found for node in rule["nodes"]]


def _line(rule: dict[str, Any], node: dict[str, Any]) -> str:
    """Return one violation in one line."""
    return f"{rule['id']}: {rule['help']}: {node['html']} {node['failureSummary']}"
