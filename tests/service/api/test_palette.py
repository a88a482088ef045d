"""The colours of the model page's pictures, against the page and each other."""

import re

import pytest
from flask.testing import FlaskClient

LEAST = 3.0
"""The contrast that WCAG 2.2 asks of graphical objects (1.4.11)."""


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def palette(client: FlaskClient, scheme: int) -> dict[str, str]:
    """Return the colours of the model page by name, light (0) or dark (1)."""
    found: dict[str, str] = {}
    for name in ("cauda.css", "model.css"):
        with client.get(f"/static/{name}") as file:
            text = file.get_data(as_text=True)
        pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
        found |= {name: colours[scheme] for name, *colours in pairs}
    return found


def test_contrast_is_that_of_wcag() -> None:
    """Black on white has 21; #767676 is the known lightest grey with 4.5 on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5 <= contrast("#767676", "#ffffff")


@pytest.mark.parametrize("scheme", [0, 1])
def test_bars_are_seen_against_the_page(client: FlaskClient, scheme: int) -> None:
    """Each colour of a bar differs enough from the paper, which also shows between blocks."""
    colours = palette(client, scheme)
    bars = [name for name in colours if name.startswith(("series-", "basis-"))]
    assert len(bars) == 7
    against = {name: contrast(colours[name], colours["paper"]) for name in bars}
    assert {name: ratio for name, ratio in against.items() if ratio < LEAST} == {}


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("other", ["measured", "assumed"])
def test_neighbouring_blocks_differ(client: FlaskClient, scheme: int, other: str) -> None:
    """What is described lies between what is measured and what is assumed."""
    colours = palette(client, scheme)
    assert contrast(colours["basis-described"], colours[f"basis-{other}"]) >= LEAST
