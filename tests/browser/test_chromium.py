"""Where the tests have their browser from."""

from pathlib import Path

import pytest

from tests.browser import chromium


def test_the_browser_is_one_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the names is installed is taken; none at all says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"apt-get install chromium$"):
        chromium.found()
    for name in ("google-chrome", "chromium-browser", "chromium"):
        (tmp_path / name).touch(mode=0o755)
        assert chromium.found() == str(tmp_path / name)
