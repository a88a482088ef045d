"""The schemas of the operator's routes."""

from typing import Any

from marshmallow import fields

from service.manifest import Manifest
from service.schemas.member import Exact, one_of, text


class Health(Exact):
    """The process lives, and its rules screen an emergency."""

    status = one_of(("ok",), "Anything else is a problem")


class Readiness(Exact):
    """The model is verified."""

    status = one_of(("ready",), "Anything else is a problem")
    version = text("The version of the model")


def _field(name: str) -> fields.Field[Any]:
    return fields.Raw(
        required=True,
        metadata={"description": f"As models/README.md says: {name}"},
    )


ManifestOfModel = Exact.from_dict(
    {name: _field(name) for name in Manifest.__slots__}, name="Manifest"
)
"""The manifest of the model that is served."""
