"""The schemas of requests: the only gate for what a caller states, derived from the vocabulary.

A message of an error is `code: sentence`; `service.api.problem` makes the contract's shape of it.
"""

from collections.abc import Mapping
from math import isinf
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from service.clinical.case import contradictions
from service.clinical.vocabulary import Attribute, Category, Quantity, Vocabulary
from service.manifest import SETTINGS

_NULL: dict[str, Any] = {"null": "null: Null is not allowed; leave out what is unknown."}

_REQUIRED: dict[str, Any] = {"required": "required: This field is required."}

MOST_IDS = 1_000
"""Ids that a list may hold, repeated ones counted; far more than there are findings."""

MOST_EXPLAINED = 100
"""Cases of a batch with `explanation`: each is ranked again without each thing that it states."""


class FindingIds(fields.Field[tuple[str, ...]]):
    """A list of finding ids; a repeated one is allowed, and counts once in a case."""

    def __init__(self, vocabulary: Vocabulary, minimum: int, meaning: str, **options: Any) -> None:
        documented = {
            "description": meaning,
            "type": "array",
            "items": {"type": "string", "enum": list(vocabulary.findings)},
            "minItems": minimum,
            "maxItems": MOST_IDS,
        }
        super().__init__(error_messages=_NULL | _REQUIRED, metadata=documented, **options)
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
        documented = {
            "description": f"{quantity.meaning}, in {quantity.unit}",
            "type": "number",
            "minimum": quantity.minimum,
            "maximum": quantity.maximum,
        }
        super().__init__(error_messages=_NULL, metadata=documented)
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

    def __init__(self, values: tuple[str, ...], meaning: str, **options: Any) -> None:
        documented = {"description": meaning, "type": "string", "enum": list(values)}
        super().__init__(error_messages=_NULL, metadata=documented, **options)
        self.values = values

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str) or value not in self.values:
            found = quoted(value) if isinstance(value, str) else kind(value)
            allowed = ", ".join(self.values)
            raise ValidationError(f"not_allowed: Found {found}, allowed are {allowed}.")
        return value


class Cases(fields.List[Any]):
    """A list of cases, of which there may be so many."""

    def __init__(self, case: Schema, most: int) -> None:
        documented = {"description": "The cases", "minItems": 1, "maxItems": most}
        super().__init__(
            fields.Nested(case, error_messages=_NULL),
            required=True,
            error_messages=_NULL | _REQUIRED,
            metadata=documented,
        )
        self._most = most

    def _deserialize(self, value: Any, *rest: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"wrong_type: Expected a list of cases, found {kind(value)}.")
        if not 1 <= len(value) <= self._most:
            raise ValidationError(
                f"wrong_length: {len(value)} cases were sent, allowed are 1 to {self._most}."
            )
        return super()._deserialize(value, *rest, **options)


def case_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a body of `POST /v1/predict`.

    It loads to present, absent, attributes and setting.
    """

    class Case(_stated(vocabulary, "Attributes", "setting")):  # type: ignore[misc]
        setting = _setting()

    return Case()


def batch_schema(vocabulary: Vocabulary, most: int) -> Schema:
    """Return the schema of a body of `POST /v1/predict/batch`, of at most so many cases.

    It loads to setting and cases, each of which has present, absent and attributes.
    """

    class CaseOfBatch(_stated(vocabulary, "AttributesOfBatch")):  # type: ignore[misc]
        pass

    class Batch(_strict("cases", "setting")):  # type: ignore[misc]
        cases = Cases(CaseOfBatch(), most)
        setting = _setting()

    return Batch()


def _setting() -> Choice:
    meaning = "Whose patients these are: it changes the probabilities, not the triage"
    return Choice(SETTINGS, meaning, load_default="primary_care")


def _stated(vocabulary: Vocabulary, attributes: str, *more: str) -> type[Schema]:
    """Return the schema of what is stated about one person, to which more fields are added.

    `attributes` is the name that the schema of its attributes has in the documentation.
    """
    known = _attributes(vocabulary, attributes)

    class _Stated(_strict("attributes", "absent", "present", *more)):  # type: ignore[misc]
        present = FindingIds(vocabulary, 1, "Findings that the person has", required=True)
        absent = FindingIds(
            vocabulary, 0, "Findings that the person was asked for and has not", load_default=()
        )
        attributes = fields.Nested(
            known,
            load_default=dict,
            error_messages=_NULL,
            metadata={"description": "What else is known; leave out what is not"},
        )

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

    return _Stated


def _attributes(vocabulary: Vocabulary, name: str) -> Schema:
    known = {attribute.id: _value(attribute) for attribute in vocabulary.attributes.values()}
    return _strict(*known).from_dict(known, name=name)()


def _value(attribute: Attribute) -> fields.Field[Any]:
    if isinstance(attribute, Category):
        return Choice(attribute.values, attribute.meaning)
    return Number(attribute)


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
