"""The fields of requests, each with its own refusals and its documentation.

A message of an error is `code: sentence`; `service.api.problem` makes the contract's shape of it.
"""

from collections.abc import Collection, Iterator, Sequence
from math import isinf
from typing import Any

from marshmallow import Schema, ValidationError, fields

from service.clinical.vocabulary import Quantity, Vocabulary

NULL: dict[str, Any] = {"null": "null: Null is not allowed; leave out what is unknown."}

REQUIRED: dict[str, Any] = {"required": "required: This field is required."}

MOST_IDS = 1_000
"""Ids that a list may hold, repeated ones counted; far more than there are findings."""

LISTED = 500
"""Faults that a refusal lists; a sensible request cannot have as many."""


class Ids(fields.Field[tuple[str, ...]]):
    """A list of known ids; a repeated one is allowed, and counts once in a case."""

    kind = "finding or attribute"
    routes = "GET /v1/findings and /v1/attributes list"

    def __init__(self, known: Collection[str], minimum: int, meaning: str, **options: Any) -> None:
        documented = {
            "description": meaning,
            "type": "array",
            "items": {"type": "string", "enum": list(known)},
            "minItems": minimum,
            "maxItems": MOST_IDS,
        }
        super().__init__(error_messages=NULL | REQUIRED, metadata=documented, **options)
        self._known = known
        self._minimum = minimum

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValidationError(
                f"wrong_type: Expected a list of {self.kind} ids, found {kind(value)}."
            )
        if not self._minimum <= len(value) <= MOST_IDS:
            allowed = f"{self._minimum} to {MOST_IDS}"
            raise ValidationError(
                f"wrong_length: {len(value)} ids were stated, allowed are {allowed}."
            )
        faults = {place: [fault] for place, id in once(value) if (fault := self._fault(id))}
        if faults:
            raise ValidationError(faults, valid_data=list(map(self._if_known, value)))
        return tuple(value)

    def _if_known(self, id: Any) -> str:
        """Return an id, or nothing in the place of what is none."""
        return id if isinstance(id, str) and id in self._known else ""

    def _fault(self, id: Any) -> str:
        if not isinstance(id, str):
            return f"wrong_type: Expected a {self.kind} id as a string, found {kind(id)}."
        return "" if id in self._known else f"unknown_id: {self._unknown(id)}"

    def _unknown(self, id: str) -> str:
        return f"{quoted(id)} is no {self.kind}; {self.routes} them."


class FindingIds(Ids):
    """A list of finding ids, which tells where an attribute belongs."""

    kind = "finding"
    routes = "GET /v1/findings lists"

    def __init__(self, vocabulary: Vocabulary, minimum: int, meaning: str, **options: Any) -> None:
        super().__init__(vocabulary.findings, minimum, meaning, **options)
        self._attributes = vocabulary.attributes

    def _unknown(self, id: str) -> str:
        if id in self._attributes:
            return f"{id} is an attribute; state its value under attributes."
        return super()._unknown(id)


class Number(fields.Field[float]):
    """A finite JSON number within the range of a quantity."""

    def __init__(self, quantity: Quantity) -> None:
        documented = {
            "description": quantity.meaning,
            "type": "number",
            "minimum": quantity.minimum,
            "maximum": quantity.maximum,
        }
        super().__init__(error_messages=NULL, metadata=documented)
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
        super().__init__(error_messages=NULL, metadata=documented, **options)
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
            fields.Nested(case, error_messages=NULL),
            required=True,
            error_messages=NULL | REQUIRED,
            metadata=documented,
        )
        self._most = most

    def _deserialize(self, value: Any, *_: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"wrong_type: Expected a list of cases, found {kind(value)}.")
        if not 1 <= len(value) <= self._most:
            raise ValidationError(
                f"wrong_length: {len(value)} cases were sent, allowed are 1 to {self._most}."
            )
        found, faults, number = [], {}, 0
        for place, case in enumerate(value):
            try:
                found.append(self.inner.deserialize(case, **options))
            except ValidationError as error:
                faults[place] = error.messages
                number += _number(error.messages)
                if number > LISTED:  # no more is listed, and a megabyte holds half a million
                    break
        if faults:
            raise ValidationError(faults)
        return found


def once(ids: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the first place of each id, and each place of what is no id."""
    seen = set()
    for place, id in enumerate(ids):
        if isinstance(id, str):
            if id in seen:
                continue
            seen.add(id)
        yield place, id


def _number(messages: Any) -> int:
    """Return how many faults marshmallow's nested messages tell."""
    return sum(map(_number, messages.values())) if isinstance(messages, dict) else len(messages)


def kind(value: Any) -> str:
    """Return what a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def quoted(text: str) -> str:
    """Quote what a caller sent, in ASCII and short, so that an error can always be written."""
    return ascii(text if len(text) <= 60 else text[:60] + "...")
