"""The pages for people: the interview, and what the served model is worth."""

from functools import cache

from flask import Blueprint, Response, render_template

from service.api import contract, lineage
from service.api.card import card
from service.api.tag import tag
from service.assessment import ADVICE, NOTICE
from service.clinical.red_flags import RED_FLAGS
from service.clinical.rule import name
from service.clinical.vocabulary import Urgency
from service.limits import LIMITS
from service.questions import examinations
from service.runtime import Runtime


def blueprint(runtime: Runtime) -> Blueprint:
    """Return the pages; without a model, too: then the one about it says so, and why."""
    routes = contract.routes("page", "For people, in a browser")

    # Once in a process: who may ask without a key and a limit is to cost as little as a file.
    @cache
    def interview() -> bytes:
        return _interview(runtime).encode()

    @cache
    def model() -> bytes:
        return _model(runtime).encode()

    @routes.get("/")
    @contract.reads()
    def show_interview() -> Response:
        """Ask a person, in a browser, what the service needs to know."""
        return Response(interview(), mimetype="text/html")

    @routes.get("/model")
    @contract.reads()
    def show_model() -> Response:
        """Show a reader what the served model learned from, how good it is and where it is weak."""
        return Response(model(), mimetype="text/html")

    @routes.after_request
    def revalidate(response: Response) -> Response:
        response.cache_control.no_cache = True
        return tag(response)

    return routes


def _interview(runtime: Runtime) -> str:
    """Render the shell with the emergency flags, by what it takes to notice them."""
    hard = examinations(runtime.vocabulary)
    flags = [flag for flag in RED_FLAGS if flag.level is Urgency.EMERGENCY]
    alone = [flag for flag in flags if len(flag.terms()) == 1]
    found = [flag for flag in flags if any(hard.issuperset(map(name, any_)) for any_ in flag.when)]
    return render_template(
        "interview.html",
        notice=NOTICE,
        advice=ADVICE[Urgency.EMERGENCY],
        alone=alone,
        together=[flag for flag in flags if flag not in alone and flag not in found],
        found=found,
    )


def _model(runtime: Runtime) -> str:
    manifest, conditions = runtime.manifest, runtime.catalogue.conditions
    if manifest is None:
        return render_template(
            "model.html", notice=NOTICE, limits=LIMITS, manifest=None, refusal=runtime.refusal
        )
    return render_template(
        "model.html",
        notice=NOTICE,
        limits=LIMITS,
        manifest=manifest,
        card=card(manifest, {id: condition.name for id, condition in conditions.items()}),
        steps=lineage.steps(manifest),
        commands=lineage.commands(manifest),
        own=lineage.own(manifest),
    )
