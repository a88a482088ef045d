"""The members of answers: fields that carry the sentence by which they are documented."""

from collections.abc import Sequence
from typing import Any

from marshmallow import RAISE, Schema, fields, validate


class Exact(Schema):
    """An object with these members and no other."""

    class Meta:
        """What marshmallow is told of the schema."""

        unknown = RAISE


def text(meaning: str, *, required: bool = True) -> fields.String:
    """Return a field of a string."""
    return fields.String(required=required, metadata={"description": meaning})


def texts(meaning: str, *, required: bool = True) -> fields.List[str]:
    """Return a field of a list of strings."""
    return fields.List(fields.String(), required=required, metadata={"description": meaning})


def one_of(values: Sequence[str], meaning: str, *, required: bool = True) -> fields.String:
    """Return a field of one of a few strings."""
    allowed = validate.OneOf(values)
    return fields.String(required=required, validate=allowed, metadata={"description": meaning})


def flag(meaning: str, *, required: bool = True) -> fields.Boolean:
    """Return a field of true or false."""
    return fields.Boolean(required=required, metadata={"description": meaning})


def whole(meaning: str, *, required: bool = True) -> fields.Integer:
    """Return a field of a whole number from 0."""
    least = validate.Range(min=0)
    return fields.Integer(required=required, validate=least, metadata={"description": meaning})


def number(meaning: str, *, required: bool = True) -> fields.Float:
    """Return a field of a number."""
    return fields.Float(required=required, metadata={"description": meaning})


def amount(meaning: str, *, required: bool = True) -> fields.Float:
    """Return a field of a number from 0."""
    least = validate.Range(min=0)
    return fields.Float(required=required, validate=least, metadata={"description": meaning})


def probability(meaning: str, *, required: bool = True) -> fields.Float:
    """Return a field of a number from 0 to 1."""
    share = validate.Range(min=0, max=1)
    return fields.Float(required=required, validate=share, metadata={"description": meaning})


def numbers(meaning: str, *, required: bool = True) -> fields.List[Any]:
    """Return a field of a list of numbers."""
    return fields.List(fields.Float(), required=required, metadata={"description": meaning})


def mapping(values: fields.Field[Any], meaning: str) -> fields.Dict:
    """Return a field of an object with any names, each with such a value."""
    return fields.Dict(values=values, required=True, metadata={"description": meaning})


def nested(schema: type[Schema], meaning: str, *, required: bool = True) -> fields.Nested:
    """Return a field of an object."""
    return fields.Nested(schema, required=required, metadata={"description": meaning})


def several(schema: type[Schema], meaning: str, *, required: bool = True) -> fields.List[Any]:
    """Return a field of a list of objects."""
    return fields.List(fields.Nested(schema), required=required, metadata={"description": meaning})
