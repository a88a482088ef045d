"""The export: artefact, manifest and model card, verified before they replace those that serve."""

import hashlib
import io
import pickle
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from tempfile import mkdtemp
from typing import Any

from sklearn.pipeline import Pipeline

from service import manifest
from service.artefact import ARTEFACT, MANIFEST, load
from service.clinical import red_flags
from service.features import Encoding
from training.shares import shares
from training.workbench import Workbench

CARD = "MODEL_CARD.md"
FILES = (ARTEFACT, CARD, MANIFEST)
"""What is exported, in the order in which it replaces what serves."""

OF_THE_DATA = ("sha256", "number", "seed", "commit", "rows_by_basis")
"""What the manifest says of the cases, out of their card."""

LIBRARIES = ("scikit-learn", "numpy", "joblib")


def vocabulary_version(on: Workbench) -> str:
    """Return what tells two vocabularies apart: the digest of the columns that they give."""
    return manifest.digest(on.encoding.columns)


def dump(pipeline: Pipeline) -> bytes:
    """Return a fitted pipeline as the bytes of the artefact, which `joblib.load` reads.

    Equal pipelines give equal bytes, in whichever process they were fitted.
    """
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.DEFAULT_PROTOCOL)
    # What came from another process shares other objects in memory, as the types of its arrays, and
    # a pickle tells what is shared. Without a memo everything is written out where it stands.
    pickler.fast = True
    pickler.dump(pipeline)
    return zlib.compress(file.getvalue(), level=3)


def describe(
    artefact: bytes,
    identity: Mapping[str, str],
    decision: Mapping[str, Any],
    learned: Mapping[str, Any],
    on: Workbench,
) -> manifest.Manifest:
    """Return the manifest of an artefact.

    `identity` is name, version, recipe and run; `decision` all that `decision.decide` returns;
    `learned` what was learned from, beside the card of the cases. Its metrics are yet to come.
    """
    return manifest.Manifest(
        format=manifest.FORMAT,
        sha256=hashlib.sha256(artefact).hexdigest(),
        model=identity,
        conditions=on.ids,
        columns_sha256=vocabulary_version(on),
        libraries={"python": python_version()} | {name: version(name) for name in LIBRARIES},
        priors=on.data.card["priors"],
        prior_sources=on.data.card["prior_sources"],
        shares=shares(on),
        data={key: on.data.card[key] for key in OF_THE_DATA} | dict(learned),
        rules_version=red_flags.VERSION,
        metrics={},
        **decision,
    )


def write(folder: Path, artefact: bytes, described: manifest.Manifest, card: str) -> None:
    """Write the three files into a folder that nobody serves from."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARTEFACT).write_bytes(artefact)
    (folder / MANIFEST).write_text(described.text(), encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")


@contextmanager
def verified(
    new: Path, folder: Path, encoding: Encoding, conditions: Sequence[str]
) -> Iterator[Callable[[], None]]:
    """Verify the files of a folder as the service will; yields what puts them in another's place.

    Each file is replaced by rename, and what was there is put back when one cannot be. Between
    the renames artefact and manifest do not fit each other, which a service that starts just then
    refuses; those that run keep what they loaded.
    Raises ModelRefused, and then the folder is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=".new-", dir=folder))
    try:
        for name in FILES:
            shutil.copyfile(new / name, beside / name)
        load(beside, encoding, conditions)
        yield lambda: _place(beside, folder)
    finally:
        shutil.rmtree(beside)


def _place(beside: Path, folder: Path) -> None:
    old = beside / "old"
    old.mkdir()
    for name in FILES:
        if (folder / name).exists():
            shutil.copyfile(folder / name, old / name)
    placed: list[str] = []
    try:
        for name in FILES:
            (beside / name).replace(folder / name)
            placed.append(name)
    except BaseException:
        _put_back(old, folder, placed)
        raise


def _put_back(old: Path, folder: Path, names: Sequence[str]) -> None:
    for name in names:
        if (old / name).exists():
            (old / name).replace(folder / name)
        else:
            (folder / name).unlink()
