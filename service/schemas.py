"""The schemas: the only gate for what a caller states, derived from the vocabulary.

A message of an error is `code: sentence`; `service.api.problem` makes the contract's shape of it.
"""

from collections.abc import Mapping
from math import isinf
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from service.clinical.case import contradictions
from service.clinical.vocabulary import Category, Quantity, Vocabulary
from service.manifest import SETTINGS

_NULL: dict[str, Any] = {"null": "null: Null is not allowed; leave out what is unknown."}

_REQUIRED: dict[str, Any] = {"required": "required: This field is required."}

MOST_IDS = 1_000
"""Ids that a list may hold, repeated ones counted; far more than there are findings."""


class FindingIds(fields.Field[tuple[str, ...]]):
    """A list of finding ids; a repeated one is allowed, and counts once in a case."""

    def __init__(self, vocabulary: Vocabulary, minimum: int, **options: Any) -> None:
        super().__init__(error_messages=_NULL | _REQUIRED, **options)
        self._known = vocabulary.findings
        self._attributes = vocabulary.attributes
        self._minimum = minimum

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValidationError(
                f"wrong_type: Expected a list of finding ids, found {kind(value)}."
            )
        if not self._minimum <= len(value) <= MOST_IDS:
            allowed = f"{self._minimum} to {MOST_IDS}"
            raise ValidationError(
                f"wrong_length: {len(value)} ids were stated, allowed are {allowed}."
            )
        faults = {i: [fault] for i, id in enumerate(value) if (fault := self._fault(id))}
        if faults:
            raise ValidationError(faults)
        return tuple(value)

    def _fault(self, id: Any) -> str:
        if not isinstance(id, str):
            return f"wrong_type: Expected a finding id as a string, found {kind(id)}."
        if id in self._known:
            return ""
        if id in self._attributes:
            return f"unknown_id: {id} is an attribute; state its value under attributes."
        return f"unknown_id: {quoted(id)} is no finding; GET /v1/findings lists them."


class Number(fields.Field[float]):
    """A finite JSON number within the range of a quantity."""

    def __init__(self, quantity: Quantity) -> None:
        super().__init__(error_messages=_NULL)
        self._quantity = quantity

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        quantity = self._quantity
        allowed = f"{quantity.minimum:g} to {quantity.maximum:g} {quantity.unit}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError(
                f"wrong_type: Expected a number from {allowed}, found {kind(value)}."
            )
        if not quantity.minimum <= value <= quantity.maximum:
            found = "a number too large to hold" if isinf(value) else f"{value}"
            raise ValidationError(f"out_of_range: {found} is outside {allowed}.")
        return value


class Choice(fields.Field[str]):
    """One of a few strings."""

    def __init__(self, values: tuple[str, ...], **options: Any) -> None:
        super().__init__(error_messages=_NULL, **options)
        self.values = values

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or value not in self.values:
            found = quoted(value) if isinstance(value, str) else kind(value)
            allowed = ", ".join(self.values)
            raise ValidationError(f"not_allowed: Found {found}, allowed are {allowed}.")
        return value


def case_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a body of `POST /v1/predict`.

    It loads to present, absent, attributes and setting.
    """

    class _Case(_strict("attributes", "absent", "present", "setting")):  # type: ignore[misc]
        present = FindingIds(vocabulary, 1, required=True)
        absent = FindingIds(vocabulary, 0, load_default=())
        attributes = fields.Nested(_attributes(vocabulary), load_default=dict, error_messages=_NULL)
        setting = Choice(SETTINGS, load_default="primary_care")

        @validates_schema(skip_on_field_errors=False)
        def _has_no_contradiction(self, case: Mapping[str, Any], **_: Any) -> None:
            present, absent = dict.fromkeys(case.get("present", ())), case.get("absent", ())
            faults = {
                i: [_contradiction(p, a) for p, a in contradictions(present, [id], vocabulary)]
                for i, id in enumerate(absent)
            }
            faults = {i: found for i, found in faults.items() if found}
            if faults:
                raise ValidationError({"absent": faults})

    return _Case()


def _attributes(vocabulary: Vocabulary) -> Schema:
    known: dict[str, fields.Field[Any]] = {}
    for attribute in vocabulary.attributes.values():
        if isinstance(attribute, Category):
            known[attribute.id] = Choice(attribute.values)
        else:
            known[attribute.id] = Number(attribute)
    return _strict(*known).from_dict(known)()


def _strict(*names: str) -> type[Schema]:
    """Return a base that refuses fields of other names, and says which are known."""

    class _Strict(Schema):
        class Meta:
            unknown = RAISE

        error_messages = {  # noqa: RUF012  # marshmallow reads it and never writes
            "unknown": f"unknown_field: Unknown; the fields are {', '.join(sorted(names))}.",
            "type": "wrong_type: Expected an object.",
        }

    return _Strict


def _contradiction(present: str, absent: str) -> str:
    if present == absent:
        return f"contradiction: {absent} is stated both present and absent."
    return f"contradiction: {present} is stated present and implies {absent}, stated absent."


def kind(value: Any) -> str:
    """Return what a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def quoted(text: str) -> str:
    """Quote what a caller sent, in ASCII and short, so that an error can always be written."""
    return ascii(text if len(text) <= 60 else text[:60] + "...")
