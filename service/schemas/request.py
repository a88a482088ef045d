"""The schemas of requests: the only gate for what a caller states, derived from the vocabulary.

How a message of an error is written is told in `service.schemas.field`.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from service.clinical.case import contradictions
from service.clinical.vocabulary import Attribute, Category, Vocabulary
from service.manifest import SETTINGS
from service.opinion import TRIAGE_SETTING
from service.schemas.field import NULL, Cases, Choice, FindingIds, Ids, Number, once

MOST_EXPLAINED = 100
"""Cases of a batch with `explanation`: each is ranked again without each thing that it states."""

STATED = ("attributes", "absent", "passed_over", "present")
"""The fields of a case, alone or in a batch."""


def case_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a body of `POST /v1/predict`.

    It loads to present, absent, attributes and setting, and to passed_over where it has that.
    """

    class Case(_stated(vocabulary, "Attributes", "setting")):  # type: ignore[misc]
        setting = _setting()

    return Case()


def batch_schema(vocabulary: Vocabulary, most: int) -> Schema:
    """Return the schema of a body of `POST /v1/predict/batch`, of at most so many cases.

    It loads to setting and cases, each of which has present, absent and attributes, and
    passed_over where it has that.
    """

    class CaseOfBatch(_stated(vocabulary, "AttributesOfBatch")):  # type: ignore[misc]
        pass

    class Batch(_strict("cases", "setting")):  # type: ignore[misc]
        cases = Cases(CaseOfBatch(), most)
        setting = _setting()

    return Batch()


def _setting() -> Choice:
    meaning = "Whose patients these are: it changes the probabilities, not the triage"
    return Choice(SETTINGS, meaning, load_default=TRIAGE_SETTING)


def _stated(vocabulary: Vocabulary, attributes: str, *more: str) -> type[Schema]:
    """Return the schema of what is stated about one person, to which more fields are added.

    `attributes` is the name that the schema of its attributes has in the documentation.
    """
    known = _attributes(vocabulary, attributes)

    class _Stated(_strict(*STATED, *more)):  # type: ignore[misc]
        present = FindingIds(vocabulary, 1, "Findings that the person has", required=True)
        absent = FindingIds(
            vocabulary, 0, "Findings that the person was asked for and has not", load_default=()
        )
        attributes = fields.Nested(
            known,
            load_default=dict,
            error_messages=NULL,
            metadata={"description": "What else is known; leave out what is not"},
        )
        # Without a default: most requests have none, and are to pay nothing for it.
        passed_over = Ids(
            {**vocabulary.findings, **vocabulary.attributes},
            0,
            "Findings and attributes that the person was asked for and nobody knows: next_questions"
            " asks none of them again. It states nothing and changes nothing else",
        )

        @validates_schema(skip_on_field_errors=False)
        def _has_no_contradiction(self, case: Mapping[str, Any], **_: Any) -> None:
            # Of ids that are none an empty one is left, in their places; it contradicts nothing.
            present = [id for _, id in once(case.get("present", ())) if id]
            faults = {
                i: [_contradiction(p, a) for p, a in contradictions(present, [id], vocabulary)]
                for i, id in once(case.get("absent", ()))
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
