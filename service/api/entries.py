"""The entries of the catalogue as the contract writes them."""

from collections.abc import Iterable
from typing import Any

from service.clinical.catalogue import Condition, Text
from service.clinical.rule import Above, Is, RedFlag, Term
from service.clinical.setting import SETTINGS
from service.clinical.vocabulary import Attribute, Finding, Quantity, Vocabulary
from service.frequency import frequencies
from service.manifest import Manifest
from service.schemas.field import MOST_IDS
from service.schemas.request import MOST_EXPLAINED
from service.settings import Settings

FREQUENCIES = ((0.995, "always"), (0.8, "very frequent"), (0.3, "frequent"))
"""From which share a finding is called so: the bands of the Human Phenotype Ontology (obligate,
very frequent 80 to 99 %, frequent 30 to 79 %); what is rarer is not listed."""

PROFILE_BASIS = (
    "How often the finding is present in the synthetic cases that the model was trained on, as far"
    " as that shows in how often they state it present and absent: most of their numbers are"
    " assumed."
)


def said(texts: Iterable[Text], subject: str) -> dict[str, Any]:
    """Return the texts of a subject by kind; those a doctor may ask stand under `questions`."""
    page: dict[str, Any] = {}
    for text in texts:
        if text.subject == subject:
            entry = {"text": text.text, "facts": text.facts, "sources": text.sources}
            kind = "questions" if text.kind == "question" else text.kind
            page.setdefault(kind, []).append(entry)
    return page


def finding(finding: Finding) -> dict[str, Any]:
    """Return a finding of the vocabulary."""
    entry = {
        "id": finding.id,
        "group": finding.group,
        "meaning": finding.meaning,
        "question": finding.question,
        "implies": finding.implies,
        "sources": finding.sources,
    }
    return entry | ({"clinician": finding.clinician} if finding.clinician else {})


def attribute(attribute: Attribute) -> dict[str, Any]:
    """Return an attribute of the vocabulary with what it allows."""
    entry: dict[str, Any] = {
        "id": attribute.id,
        "meaning": attribute.meaning,
        "question": attribute.question,
        "sources": attribute.sources,
    }
    if isinstance(attribute, Quantity):
        allowed = {"minimum": attribute.minimum, "maximum": attribute.maximum}
        return entry | {"type": "number", "unit": attribute.unit, **allowed}
    return entry | {"type": "category", "values": attribute.values}


def condition(condition: Condition) -> dict[str, Any]:
    """Return a condition of the catalogue."""
    return {
        "id": condition.id,
        "name": condition.name,
        "icd10": condition.icd10,
        "rarity": condition.rarity,
        "urgency": condition.urgency.id,
        "never": sorted(condition.never),
        "sources": condition.sources,
    }


def flag(flag: RedFlag) -> dict[str, Any]:
    """Return a rule with its terms as a clinician reads them."""
    return {
        "id": flag.id,
        "level": flag.level.id,
        "title": flag.title,
        "when": [[written(term) for term in terms] for terms in flag.when],
        "suspects": flag.suspects,
        "facts": flag.facts,
        "sources": flag.sources,
    }


def written(term: Term) -> str:
    """Write a term as a clinician reads it: an id, `onset=sudden` or `age_years<18`."""
    if isinstance(term, str):
        return term
    if isinstance(term, Is):
        return f"{term.attribute}={term.value}"
    return f"{term.attribute}{'>' if isinstance(term, Above) else '<'}{term.bound:g}"


def profile(id: str, manifest: Manifest, words: Vocabulary) -> dict[str, Any]:
    """Return the profile of a condition in words, most frequent findings first."""
    place = list(manifest.conditions).index(id)
    shares = {
        finding: row[place]
        for finding, row in frequencies(manifest.shares, list(words.findings)).items()
    }
    listed = (
        {"finding": finding, "meaning": words.findings[finding].meaning, "frequency": frequency}
        for finding, share in sorted(shares.items(), key=lambda item: -item[1])
        if (frequency := _frequency(share))
    )
    return {"basis": PROFILE_BASIS, "findings": list(listed)}


def _frequency(share: float) -> str:
    return next((word for least, word in FREQUENCIES if share >= least), "")


def setting(id: str, manifest: Manifest | None) -> dict[str, Any]:
    """Return a setting with its priors and their sources, which the manifest holds."""
    entry: dict[str, Any] = {"id": id, "meaning": SETTINGS[id]}
    if manifest is None:
        return entry
    sources = manifest.prior_sources[id]
    priors = [
        {"condition": condition, "prior": prior, "sources": sources[condition]}
        for condition, prior in manifest.priors[id].items()
    ]
    return entry | {"priors": priors}


def requests(settings: Settings) -> dict[str, int]:
    """Return what a request may hold, and how many there may be."""
    limits = {
        "max_body_bytes": settings.max_body_bytes,
        "max_cases": settings.max_cases,
        "max_explained_cases": MOST_EXPLAINED,
        "max_ids": MOST_IDS,
    }
    return limits | ({"requests_per_minute": settings.requests_per_minute} if settings.keys else {})
