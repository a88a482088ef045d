"""The served model: loaded and refused as by the service."""

import os
from collections.abc import Mapping
from pathlib import Path

from service.artefact import load
from service.clinical import catalogue
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import vocabulary
from service.features import Encoding
from service.model import Model


def known() -> tuple[Encoding, list[str]]:
    """Return the encoding and the conditions of this installation, which a model must fit."""
    words = vocabulary()
    return Encoding(words), list(catalogue.read(words).conditions)


def served(models: Path) -> tuple[Model, Mapping[str, Condition]]:
    """Return the model of a folder with the conditions that it ranks; raises ModelRefused."""
    pinned = os.environ.get("CAUDA_MODEL_SHA256", "").lower()
    return load(models, *known(), pinned), catalogue.read(vocabulary()).conditions
