"""The schemas of the catalogue; they document and test what the routes write."""

from typing import Any

from marshmallow import fields

from service.clinical.catalogue import RARITIES, TEXT_KINDS
from service.schemas.answer import LEVELS
from service.schemas.member import (
    Exact,
    nested,
    number,
    one_of,
    probability,
    several,
    text,
    texts,
    whole,
)


class Text(Exact):
    """What the sources say."""

    text = text("The text")
    facts = texts("Ids of the documented facts behind it")
    sources = texts("Ids of their sources")


def _kinds() -> dict[str, fields.Field[Any]]:
    """Return a field for each kind of text; those that a doctor may ask stand under questions."""
    names = ("questions" if kind == "question" else kind for kind in TEXT_KINDS)
    return {name: several(Text, f"Texts of this kind: {name}", required=False) for name in names}


Texts = Exact.from_dict(_kinds(), name="Texts")
"""What the sources say of a subject, by kind."""


class Finding(Exact):
    """A finding that a case may state."""

    id = text("Its id")
    group = text("The group that it belongs to")
    meaning = text("What it means")
    question = text("A question in plain words")
    implies = texts("Ids of the findings that it implies")
    sources = texts("Ids of the sources that name it")
    clinician = text("Words for a clinician, of findings of an examination", required=False)


class FindingList(Exact):
    """All findings."""

    findings = several(Finding, "In the order of their table")


class Attribute(Exact):
    """An attribute that a case may give: a number in a range, or one of some values."""

    id = text("Its id")
    meaning = text("What it means")
    question = text("A question in plain words")
    sources = texts("Ids of the sources that name it")
    type = one_of(("number", "category"), "Whether it is a number or one of some values")
    unit = text("Unit of a number", required=False)
    minimum = number("The least number that is allowed", required=False)
    maximum = number("The greatest number that is allowed", required=False)
    values = texts("The values of a category", required=False)


class AttributeList(Exact):
    """All attributes."""

    attributes = several(Attribute, "In the order of their table")


class Condition(Exact):
    """A condition that a case may come from."""

    id = text("Its id")
    name = text("Its name")
    icd10 = text("Its code in ICD-10")
    rarity = one_of(RARITIES, "How rare it is")
    urgency = one_of(LEVELS, "How soon somebody with it has to be seen")
    never = texts("Findings that a documented fact rules out in it")
    sources = texts("Ids of the sources that name it")


class ConditionList(Exact):
    """All conditions."""

    conditions = several(Condition, "In the order of their table")


class Share(Exact):
    """How often a finding is present in a condition."""

    finding = text("Id of the finding")
    meaning = text("What it means")
    frequency = text("How often, in the words of the Human Phenotype Ontology")


class Profile(Exact):
    """The profile of a condition in words."""

    basis = text("What the words rest on")
    findings = several(Share, "Those that are frequent or more, most frequent first")


class FindingPage(Finding, Texts):  # type: ignore[valid-type,misc]
    """A finding with what the sources say of it."""


class AttributePage(Attribute, Texts):  # type: ignore[valid-type,misc]
    """An attribute with what the sources say of it."""


class ConditionPage(Condition, Texts):  # type: ignore[valid-type,misc]
    """A condition with its profile and what the sources say of it."""

    profile = nested(Profile, "Omitted when there is no model", required=False)


class Rule(Exact):
    """A red flag: a rule that overrules the model."""

    id = text("Its id")
    level = one_of(LEVELS[:-1], "The level that it demands")
    title = text("The rule in words")
    when = fields.List(
        fields.List(fields.String()),
        required=True,
        metadata={"description": "One of each list has to hold"},
    )
    suspects = texts("Conditions that it names")
    facts = texts("Ids of the documented facts that demand it")
    sources = texts("Ids of the sources that demand it")


class RuleList(Exact):
    """All red flags."""

    red_flags = several(Rule, "The most urgent first")
    version = text("The version of the rules")


class Prior(Exact):
    """The prior of a condition in a setting."""

    condition = text("Id of the condition")
    prior = probability("Its share among the patients of the setting")
    sources = texts("Ids of its sources; none where it is assumed")


class Setting(Exact):
    """Whose patients are meant."""

    id = text("Its id")
    meaning = text("What it means")
    priors = several(Prior, "Omitted when there is no model", required=False)


class SettingList(Exact):
    """All settings."""

    settings = several(Setting, "From the calmest on")


class Source(Exact):
    """A publication or article."""

    id = text("Its id")
    kind = text("What it is")
    citation = text("Where it is to be found")
    note = text("What is to be known of it")


class SourceList(Exact):
    """All sources."""

    sources = several(Source, "In the order of their table")


class Requests(Exact):
    """What a request may hold."""

    max_body_bytes = whole("The longest body")
    max_cases = whole("Cases of a batch")
    max_explained_cases = whole("Cases of a batch with explanation")
    max_ids = whole("Ids that a list of findings may hold")
    requests_per_minute = whole("For each key and process; omitted without keys", required=False)


class Limits(Exact):
    """What Cauda does not do."""

    requests = nested(Requests, "What a request may hold")
    use = texts("What the answers are not for, and how far they go")
