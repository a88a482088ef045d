"""`service.assessment.assess` is the only door to an answer about a case.

Every route of the application is sent a few cases, from calm to emergency, with `assess` replaced
by a wrapper that counts its calls and marks what it returns. An answer is about a case when it
holds what only such an answer holds, or differs between the cases.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from werkzeug.routing import Rule

from service import assessment
from service.app import create_app
from service.assessment import Assessment, Triage, assess
from service.clinical import catalogue
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Urgency, Vocabulary
from service.model import Model
from service.settings import Settings

API = Path(__file__).parents[3] / "service" / "api"

ANSWERING = ("POST /v1/predict", "POST /v1/predict/batch")
"""The routes that answer about a case that the caller states."""

OTHER = (
    "GET /healthz",
    "GET /readyz",
    "GET /v1/attributes",
    "GET /v1/attributes/<id>",
    "GET /v1/conditions",
    "GET /v1/conditions/<id>",
    "GET /v1/findings",
    "GET /v1/findings/<id>",
    "GET /v1/limits",
    "GET /v1/model",
    "GET /v1/red-flags",
    "GET /v1/settings",
    "GET /v1/sources",
    "GET /v1/texts",
)
"""The routes that say the same whatever case is stated."""

DOCUMENTING = ("GET /docs", "GET /openapi.json", "GET /static/<path:filename>")
"""The routes that show the contract, with answers about its own examples, and files."""

PAGES = ("GET /", "GET /model")
"""The pages for people, which are no JSON."""

COUNTING = ("GET /metrics",)
"""The route that tells how many answers there were, about nobody in particular."""

IDS = {
    "/v1/attributes/<id>": "onset",
    "/v1/conditions/<id>": "shingles",
    "/v1/findings/<id>": "fever",
}
"""A known id for each route that takes one."""

CASES: tuple[Mapping[str, Any], ...] = (
    {"present": ["saddle_numbness", "urinary_retention"], "attributes": {"age_years": 44}},
    {"present": ["back_pain", "fever", "spinal_tenderness", "injection_drug_use"]},
    {"present": ["leg_pain", "weak_leg_pulses"], "attributes": {"age_years": 71}},
    {"present": ["tingling", "prolonged_sitting", "relieved_by_position_change"]},
    {"present": ["lower_back_pain", "muscle_spasm"], "absent": ["fever"]},
)
"""From an emergency to a calm one, so different that no model says the same of all."""

OF_A_CASE = {
    "because",
    "decided_by",
    "degraded",
    "model_ranking",
    "not_screened",
    "prediction_set",
    "probabilities",
    "probability",
    "raised",
    "triage",
    "withheld",
}
"""The keys that only an answer about a case has; those of the catalogue are not among them."""

MARK = Triage(Urgency.EMERGENCY, "the door", ("assess",))
"""What the replaced `assess` makes of every triage, with a level that `/healthz` accepts."""


@dataclass
class Door:
    """The replaced `assess`: it counts its calls and marks what the real one answers."""

    calls: int = 0

    def __call__(
        self,
        cases: Sequence[Case],
        setting: str,
        model: Any,
        conditions: Mapping[str, Condition],
    ) -> list[Assessment]:
        """Answer the cases as they are, with the triage marked."""
        self.calls += 1
        return [replace(a, triage=MARK) for a in assess(cases, setting, model, conditions)]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    """The marked door, put in the place of `assess` in every module of the service."""
    marked = Door()
    holders = [
        (module, name)
        for title, module in list(sys.modules.items())
        if title.partition(".")[0] == "service"
        for name, value in list(vars(module).items())
        if value is assess
    ]
    assert (assessment, "assess") in holders
    for module, name in holders:
        monkeypatch.setattr(module, name, marked)
    return marked


def keys(answer: Any) -> Iterator[str]:
    """Yield every key of an answer, at whatever depth."""
    if isinstance(answer, dict):
        yield from answer
    for value in answer.values() if isinstance(answer, dict) else answer:
        if isinstance(value, dict | list):
            yield from keys(value)


def triages(answer: Any) -> Iterator[Any]:
    """Yield every triage of an answer, at whatever depth."""
    if isinstance(answer, dict) and "triage" in answer:
        yield answer["triage"]
    for value in answer.values() if isinstance(answer, dict) else answer:
        if isinstance(value, dict | list):
            yield from triages(value)


def is_about_a_case(answers: Sequence[Any]) -> bool:
    """Tell whether the answers to different cases say anything of them."""
    are_alike = all(answer == answers[0] for answer in answers)
    return not are_alike or not OF_A_CASE.isdisjoint(keys(answers))


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Yield every route of an application, a method and a rule, with its name in the lists."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}", rule


def check(
    app: Flask, door: Door, answering: Sequence[str] = ANSWERING, other: Sequence[str] = OTHER
) -> None:
    """Fail unless every route is known, and every answer about a case comes from `assess`."""
    for route, rule in routes(app):
        if route in (*DOCUMENTING, *PAGES, *COUNTING):
            continue
        assert route in answering or route in other, (
            f"{route} is in no list of {Path(__file__).name}. If it answers about a case, let it"
            " call service.assessment.assess and nothing else of the model, and add it to"
            " ANSWERING; if not, add it to OTHER."
        )
        method, path = route.split(" ", 1)
        path = re.sub(r"<[^>]*>", IDS.get(rule.rule, "unknown"), path)
        answers, calls = [], []
        for body in CASES:
            before = door.calls
            query = {"include": "explanation,next_questions,model_ranking"}
            query = query if route in answering else {"present": ",".join(body["present"])}
            sent = {"cases": [body]} if path.endswith("/batch") else body
            response = app.test_client().open(path, method=method, json=sent, query_string=query)
            assert response.status_code == 200, f"{route} was not reached: {response.status}"
            assert response.is_json, f"{route} answers what this test cannot read"
            answers.append(response.get_json())
            calls.append(door.calls - before)
        if route in other:
            assert not is_about_a_case(answers), (
                f"{route} is listed as one that answers about no case, and does."
            )
            continue
        assert is_about_a_case(answers), f"{route} answers about no case; move it to OTHER."
        assert 0 not in calls, f"{route} answers about a case and never calls assess."
        expected = {"level": "emergency", "decided_by": "the door", "because": ["assess"]}
        for answer in answers:
            found = [{name: t.get(name) for name in expected} for t in triages(answer)]
            assert found, f"{route} answers about a case and gives no triage."
            assert found == [expected] * len(found), (
                f"{route} calls assess and answers with another triage than its own."
            )


@pytest.fixture
def app(models: Path) -> Flask:
    """An application with the small model."""
    return create_app(Settings(models=models))


def test_every_answer_about_a_case_comes_from_assess(app: Flask, door: Door) -> None:
    """No route of the service with its model says anything of a case but through the one door."""
    check(app, door)
    assert door.calls >= len(CASES)


def test_without_a_model_every_answer_comes_from_assess(tmp_path: Path, door: Door) -> None:
    """A degraded service has no second door either: its fallback is that of `assess`."""
    client = create_app(Settings(models=tmp_path)).test_client()
    for body in CASES:
        answer = client.post("/v1/predict", json=body).get_json()
        assert answer["triage"]["decided_by"] == "the door"
        assert answer["degraded"] is True
    assert door.calls == len(CASES)


def test_the_lists_name_routes_that_exist(app: Flask) -> None:
    """A route that was removed or renamed leaves the lists, and none stands in both."""
    listed = sorted([*ANSWERING, *OTHER, *DOCUMENTING, *PAGES, *COUNTING])
    assert listed == sorted(name for name, _ in routes(app))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_the_same_whatever_is_stated(app: Flask, door: Door, page: str) -> None:
    """The pages are shells: no case that is sent with the request changes a byte of them."""
    client, path = app.test_client(), page.removeprefix("GET ")
    shown = {
        client.get(path, json=body, query_string={"present": ",".join(body["present"])}).data
        for body in CASES
    }
    assert len(shown) == 1
    assert door.calls == 0


@pytest.mark.usefixtures("door")
def test_the_examples_of_the_contract_come_from_assess(app: Flask) -> None:
    """Every triage in the documentation is what the one door gave, whatever else was asked."""
    client = app.test_client()
    shown = [client.get("/openapi.json", json=body).get_json() for body in CASES]
    found = list(triages(shown[0]["paths"]))
    assert len(found) >= len(ANSWERING)
    assert {triage["decided_by"] for triage in found if "decided_by" in triage} == {"the door"}
    assert all(document == shown[0] for document in shown)


def test_every_route_that_takes_a_body_is_known_to_answer(app: Flask) -> None:
    """Nothing but the listed routes takes another method than GET."""
    assert tuple(name for name, _ in routes(app) if not name.startswith("GET ")) == ANSWERING


# That the check bites: routes that go round the door.


def _case(words: Vocabulary) -> Case:
    body = request.get_json()
    return read(body["present"], (), {}, words)


def _ranked(model: Model, words: Vocabulary) -> dict[str, float]:
    (ranking,) = model.rank([_case(words)], "primary_care")
    return dict(ranking.probabilities)


def _probabilities(model: Model, words: Vocabulary) -> Response:
    return jsonify(conditions=_ranked(model, words))


def _first_condition(model: Model, words: Vocabulary) -> Response:
    ranked = _ranked(model, words)
    return jsonify(likely=max(ranked, key=ranked.__getitem__))


def _own_triage(model: Model, words: Vocabulary) -> Response:
    _ranked(model, words)
    return jsonify(triage={"level": "self_care", "decided_by": "model", "because": []})


def _own_triage_after_assess(model: Model, words: Vocabulary) -> Response:
    assessment.assess([_case(words)], "primary_care", model, catalogue.read(words).conditions)
    return _own_triage(model, words)


def _one_of_two_triages(model: Model, words: Vocabulary) -> Response:
    (answer,) = assessment.assess([_case(words)], "primary_care", model, {})
    own = {"level": "self_care", "decided_by": "model", "because": []}
    through = {
        "level": answer.triage.level.id,
        "decided_by": answer.triage.decided_by,
        "because": answer.triage.because,
    }
    return jsonify(results=[{"triage": through}, {"triage": own}])


def _assess_without_triage(model: Model, words: Vocabulary) -> Response:
    assessment.assess([_case(words)], "primary_care", model, {})
    return _probabilities(model, words)


View = Callable[[Model, Vocabulary], Response]
Quick = Callable[[View, str], Flask]


@pytest.fixture
def quick(app: Flask, model: Model, words: Vocabulary) -> Quick:
    """A way to add `/v1/quick`, which answers by a view of the model, to the application."""

    def add(view: View, method: str) -> Flask:
        app.add_url_rule("/v1/quick", "quick", lambda: view(model, words), methods=[method])
        return app

    return add


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_an_unknown_route_fails_with_what_to_do(quick: Quick, door: Door, method: str) -> None:
    """A new route fails the check until somebody has said what it is, and the message says how."""
    app = quick(_probabilities, method)
    with pytest.raises(AssertionError, match=rf"^{method} /v1/quick is in no list.*ANSWERING"):
        check(app, door)


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (_probabilities, "never calls assess"),
        (_first_condition, "never calls assess"),
        (_own_triage, "never calls assess"),
        (_own_triage_after_assess, "another triage than its own"),
        (_one_of_two_triages, "another triage than its own"),
        (_assess_without_triage, "gives no triage"),
    ],
)
def test_a_route_that_goes_round_assess_fails(
    quick: Quick, door: Door, view: View, message: str
) -> None:
    """A listed route that answers from the model fails, also one that calls assess for show."""
    app = quick(view, "POST")
    with pytest.raises(AssertionError, match=f"^POST /v1/quick .*{message}"):
        check(app, door, answering=[*ANSWERING, "POST /v1/quick"])


@pytest.mark.parametrize("view", [_probabilities, _first_condition, _own_triage])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_route_cannot_hide_among_those_about_no_case(
    quick: Quick, door: Door, view: View, method: str
) -> None:
    """What says something of a case is found out, whichever list and method it was given."""
    app = quick(view, method)
    with pytest.raises(AssertionError, match=rf"^{method} /v1/quick is listed as .* and does"):
        check(app, door, other=[*OTHER, f"{method} /v1/quick"])


def test_a_route_that_answers_through_assess_passes(quick: Quick, door: Door) -> None:
    """The check asks for nothing but the door: another route that uses it is accepted."""

    def through(model: Model, words: Vocabulary) -> Response:
        (answer,) = assessment.assess([_case(words)], "primary_care", model, {})
        triage = {"level": answer.triage.level.id, "decided_by": answer.triage.decided_by}
        return jsonify(triage=triage | {"because": answer.triage.because})

    check(quick(through, "POST"), door, answering=[*ANSWERING, "POST /v1/quick"])


# The source of the routes.

FORBIDDEN = (
    "service.model",
    "service.artefact",
    "service.opinion.ask",
    "service.features",
    "joblib",
    "sklearn",
)
"""What no route may import: the model, the way to ask it, and what it is made of."""

ASKING = ("rank", "ask", "predict_proba")
"""The names by which a model is asked."""


def ways_round(source: str) -> list[str]:
    """Return what a module does to ask a model by itself."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if _is_forbidden(alias.name)]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name for name in names if _is_forbidden(name)]
        elif isinstance(node, ast.Attribute) and node.attr in ASKING and _is_asked(node):
            found.append(f".{node.attr}")
        elif isinstance(node, ast.Call) and _called(node) in ("getattr", "attrgetter"):
            words = [a.value for a in node.args if isinstance(a, ast.Constant)]
            found += [f"getattr {word}" for word in words if word in ASKING]
    return found


def _is_forbidden(name: str) -> bool:
    return any(name == f or name.startswith(f"{f}.") for f in FORBIDDEN) or name == (
        "service.opinion.*"
    )


def _is_asked(node: ast.Attribute) -> bool:
    """Tell `model.rank` from `flag.ask`: a red flag may tell what it would ask for."""
    return node.attr != "ask" or (isinstance(node.value, ast.Name) and node.value.id == "opinion")


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


@pytest.mark.parametrize("path", sorted(API.rglob("*.py")), ids=lambda path: path.stem)
def test_no_module_of_routes_asks_a_model(path: Path) -> None:
    """The routes neither rank cases nor import what could."""
    assert ways_round(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from service.model import Model", ["service.model.Model"]),
        ("from service import model", ["service.model"]),
        ("import service.model", ["service.model"]),
        ("from service.opinion import Ranking, ask", ["service.opinion.ask"]),
        ("from service.opinion import *", ["service.opinion.*"]),
        ("from service import opinion\nopinion.ask([], '', None, {})", [".ask"]),
        ("def view(runtime):\n    return runtime.model.rank([], '')", [".rank"]),
        ("rank = runtime.model.rank", [".rank"]),
        ("getattr(runtime.model, 'rank')([], '')", ["getattr rank"]),
        ("classifier.predict_proba([])", [".predict_proba"]),
        ("from service.opinion import Ranking\nflag.ask(case)\nassess([], '', m, {})", []),
    ],
)
def test_the_search_for_ways_round_finds_them(source: str, found: list[str]) -> None:
    """Each way to ask a model in a module of routes is found, and what is allowed is not."""
    assert ways_round(source) == found
