"""The browser of the tests: the machine's own Chromium, for Playwright would download another."""

import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = f"No browser: none of {', '.join(NAMES)} is in PATH. On Debian: apt-get install chromium"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)
"""No request of the browser's own, nothing that a container lacks; root has no sandbox."""


def found() -> str:
    """Return the path of the browser; raises FileNotFoundError, which says what to install."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(MISSING)


if __name__ == "__main__":
    try:
        found()
    except FileNotFoundError as error:
        sys.exit(str(error))
