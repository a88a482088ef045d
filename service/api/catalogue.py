"""The catalogue's routes: what may be stated, what may be answered, and by which rules."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request

from service.api.problem import Problem
from service.clinical import red_flags
from service.clinical.catalogue import GENERAL, Condition
from service.clinical.rule import Above, Is, RedFlag, Term
from service.clinical.vocabulary import Attribute, Finding, Quantity
from service.runtime import Runtime
from service.schemas import quoted

T = TypeVar("T")


def blueprint(runtime: Runtime) -> Blueprint:
    """Return the routes of the catalogue; each answer has an ETag."""
    routes = Blueprint("catalogue", __name__, url_prefix="/v1")

    @routes.get("/findings")
    def findings() -> Response:
        return _listed("findings", map(_finding, runtime.vocabulary.findings.values()))

    @routes.get("/attributes")
    def attributes() -> Response:
        return _listed("attributes", map(_attribute, runtime.vocabulary.attributes.values()))

    @routes.get("/conditions")
    def conditions() -> Response:
        if not runtime.catalogue.conditions:
            raise Problem(503, f"The catalogue cannot be read. {runtime.refusal}")
        return _listed("conditions", map(_condition, runtime.catalogue.conditions.values()))

    @routes.get("/red-flags")
    def flags() -> Response:
        return _listed("red_flags", map(_flag, red_flags.RED_FLAGS), version=red_flags.VERSION)

    _add_pages(routes, runtime)

    @routes.after_request
    def tag(response: Response) -> Response:
        response.add_etag()
        response.make_conditional(request)
        return response

    return routes


def _add_pages(routes: Blueprint, runtime: Runtime) -> None:
    """Add the routes that show what the sources say of one subject, or in general."""

    @routes.get("/conditions/<id>")
    def condition(id: str) -> Response:
        known = _found(runtime.catalogue.conditions, id, "condition", "/v1/conditions")
        return jsonify(_condition(known) | _page(runtime, id))

    @routes.get("/findings/<id>")
    def finding(id: str) -> Response:
        known = _found(runtime.vocabulary.findings, id, "finding", "/v1/findings")
        return jsonify(_finding(known) | _page(runtime, id))

    @routes.get("/attributes/<id>")
    def attribute(id: str) -> Response:
        known = _found(runtime.vocabulary.attributes, id, "attribute", "/v1/attributes")
        return jsonify(_attribute(known) | _page(runtime, id))

    @routes.get("/texts")
    def texts() -> Response:
        return jsonify(_page(runtime, GENERAL))

    @routes.get("/sources")
    def sources() -> Response:
        return _listed("sources", map(asdict, runtime.catalogue.sources.values()))


def _listed(name: str, entries: Iterable[dict[str, Any]], **more: str) -> Response:
    return jsonify({name: list(entries), **more})


def _found(known: Mapping[str, T], id: str, kind: str, route: str) -> T:
    if id not in known:
        raise Problem(404, f"{quoted(id)} is no {kind}; GET {route} lists them.")
    return known[id]


def _page(runtime: Runtime, subject: str) -> dict[str, Any]:
    """Return the texts of a subject by kind; those a doctor may ask stand under `questions`."""
    page: dict[str, Any] = {}
    for text in runtime.catalogue.texts:
        if text.subject == subject:
            entry = {"text": text.text, "facts": text.facts, "sources": text.sources}
            kind = "questions" if text.kind == "question" else text.kind
            page.setdefault(kind, []).append(entry)
    return page


def _finding(finding: Finding) -> dict[str, Any]:
    entry = {
        "id": finding.id,
        "group": finding.group,
        "meaning": finding.meaning,
        "question": finding.question,
        "implies": finding.implies,
        "sources": finding.sources,
    }
    return entry | ({"clinician": finding.clinician} if finding.clinician else {})


def _attribute(attribute: Attribute) -> dict[str, Any]:
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


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "id": condition.id,
        "name": condition.name,
        "icd10": condition.icd10,
        "rarity": condition.rarity,
        "urgency": condition.urgency.id,
        "never": sorted(condition.never),
        "sources": condition.sources,
    }


def _flag(flag: RedFlag) -> dict[str, Any]:
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
