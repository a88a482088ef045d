"""A model whose manifest holds each kind of figure that training writes, for the page about it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from service.manifest import BANDS
from training.figure import SLICED, Figure, metrics
from training.view import answers_name

LOW, SHARE, HIGH = 0.5123, 0.5678, 0.6234

PARTS: tuple[dict[str, str], ...] = (
    {},
    *({"world": world} for world in ("stress", "published")),
    *({"setting": s} for s in ("general_public", "primary_care", "emergency_department")),
    *({"answers": answers_name(*band)} for band in BANDS),
    *({"group": group} for group in ("age 0-17", "age 40-59", "age 80-120", "sex male")),
)


def judged(models: Path, folder: Path) -> Path:
    """Return a folder with a copy of a model that has all figures."""
    shutil.copytree(models, folder)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["metrics"] |= metrics(_figures(manifest["conditions"]))
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _figures(conditions: list[str]) -> Iterator[Figure]:
    """Yield the same share for everything: what it says is another test's concern."""
    for name in (*SLICED, "coverage", "calm_given_emergency", "calm_given_urgent_or_above"):
        for part in PARTS:
            yield Figure(name, SHARE, 100, LOW, HIGH, **part)
    for condition in conditions:
        yield Figure(f"top_1.{condition}", SHARE, 100, LOW, HIGH)
