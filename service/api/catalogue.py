"""The catalogue's routes: what may be stated, what may be answered, and by which rules."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify

from service.api import contract, entries
from service.api.problem import Problem
from service.api.tag import tag
from service.clinical import red_flags
from service.clinical.catalogue import GENERAL
from service.clinical.setting import SETTINGS
from service.limits import LIMITS
from service.runtime import Runtime
from service.schemas import catalogue as schemas
from service.schemas.field import quoted
from service.settings import Settings

T = TypeVar("T")


def blueprint(runtime: Runtime, settings: Settings) -> Blueprint:
    """Return the routes of the catalogue; each answer that is no refusal has an ETag."""
    routes = contract.routes("catalogue", "What there is", "/v1")
    _add_lists(routes, runtime)
    _add_pages(routes, runtime)
    _add_frame(routes, runtime, settings)

    routes.after_request(tag)
    return routes


def _add_lists(routes: Blueprint, runtime: Runtime) -> None:
    """Add the routes that list what a case may state and an answer may name."""

    @routes.get("/findings")
    @contract.gets(schemas.FindingList)
    def findings() -> Response:
        """List the findings that a case may state as present or absent."""
        return _listed("findings", map(entries.finding, runtime.vocabulary.findings.values()))

    @routes.get("/attributes")
    @contract.gets(schemas.AttributeList)
    def attributes() -> Response:
        """List the attributes that a case may give, each with what it allows."""
        return _listed("attributes", map(entries.attribute, runtime.vocabulary.attributes.values()))

    @routes.get("/conditions")
    @contract.gets(schemas.ConditionList, 503)
    def conditions() -> Response:
        """List the conditions that an answer may name."""
        known = runtime.catalogue.conditions
        if not known:
            raise Problem(503, f"The catalogue cannot be read. {runtime.refusal}")
        return _listed("conditions", map(entries.condition, known.values()))

    @routes.get("/red-flags")
    @contract.gets(schemas.RuleList)
    def flags() -> Response:
        """List the rules that overrule the model, and the facts that demand them."""
        rules = map(entries.flag, red_flags.RED_FLAGS)
        return _listed("red_flags", rules, version=red_flags.VERSION)


def _add_pages(routes: Blueprint, runtime: Runtime) -> None:
    """Add the routes that show what the sources say of one subject."""
    texts = runtime.catalogue.texts

    @routes.get("/conditions/<id>")
    @contract.gets(schemas.ConditionPage, 404)
    def condition(id: str) -> Response:
        """Show a condition: its profile in words and what the sources say of it."""
        known = _found(runtime.catalogue.conditions, id, "condition", "/v1/conditions")
        page = entries.condition(known) | entries.said(texts, id)
        if runtime.manifest is not None:
            page["profile"] = entries.profile(id, runtime.manifest, runtime.vocabulary)
        return jsonify(page)

    @routes.get("/findings/<id>")
    @contract.gets(schemas.FindingPage, 404)
    def finding(id: str) -> Response:
        """Show a finding and what the sources say of it."""
        known = _found(runtime.vocabulary.findings, id, "finding", "/v1/findings")
        return jsonify(entries.finding(known) | entries.said(texts, id))

    @routes.get("/attributes/<id>")
    @contract.gets(schemas.AttributePage, 404)
    def attribute(id: str) -> Response:
        """Show an attribute and what the sources say of it."""
        known = _found(runtime.vocabulary.attributes, id, "attribute", "/v1/attributes")
        return jsonify(entries.attribute(known) | entries.said(texts, id))


def _add_frame(routes: Blueprint, runtime: Runtime, operated: Settings) -> None:
    """Add the routes that say whose patients are meant, by which sources, within which limits."""

    @routes.get("/settings")
    @contract.gets(schemas.SettingList)
    def settings() -> Response:
        """List the settings with their priors and the sources of these."""
        return _listed("settings", (entries.setting(id, runtime.manifest) for id in SETTINGS))

    @routes.get("/texts")
    @contract.gets(schemas.Texts)
    def texts() -> Response:
        """Show what the sources say in general."""
        return jsonify(entries.said(runtime.catalogue.texts, GENERAL))

    @routes.get("/sources")
    @contract.gets(schemas.SourceList)
    def sources() -> Response:
        """List the articles and publications that facts and numbers come from."""
        return _listed("sources", map(asdict, runtime.catalogue.sources.values()))

    @routes.get("/limits")
    @contract.gets(schemas.Limits)
    def limits() -> Response:
        """Show what a request may hold, and what the answers are not for."""
        return jsonify(requests=entries.requests(operated), use=LIMITS)


def _listed(name: str, entries: Iterable[dict[str, Any]], **more: str) -> Response:
    return jsonify({name: list(entries), **more})


def _found(known: Mapping[str, T], id: str, kind: str, route: str) -> T:
    if id not in known:
        raise Problem(404, f"{quoted(id)} is no {kind}; GET {route} lists them.")
    return known[id]
