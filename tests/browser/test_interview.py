"""An interview that ends calmly, and changes of mind on its way."""

import re

import pytest
from playwright.sync_api import expect

from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency, vocabulary
from tests.browser.visitor import CALM, LEVELS, UNKNOWN, Visitor
from tests.browser.visits import Visits
from tests.service.server import Server

pytestmark = pytest.mark.browser

INCLUDE = "/v1/predict?include=explanation,next_questions,model_ranking"


def test_a_calm_case_comes_to_its_end(visit: Visits, server: Server) -> None:
    """Who denies all that is asked hears what the service says of just these answers."""
    visitor = Visitor(visit())
    asked = visitor.come_to_end(CALM, "Pain: Lower back", "Pain: Buttock")
    page = visitor.page
    request = visitor.shown("Request")
    assert request["present"] == ["lower_back_pain", "buttock_pain"]
    assert request["attributes"]["age_years"] == 34
    assert {id for id in asked if CALM.get(id) != UNKNOWN} >= set(asked) & set(request["absent"])
    answer = server.ask(INCLUDE, request).json()
    assert visitor.shown("Answer") == answer
    expect(visitor.heading).to_have_text(LEVELS[answer["triage"]["level"]])
    expect(page.get_by_text(answer["triage"]["advice"]).first).to_be_visible()
    expect(page.get_by_text(answer["notice"]).first).to_be_visible()
    leading = answer["conditions"][0]
    bar = page.get_by_role("listitem").filter(has_text=leading["name"]).first
    expect(bar).to_contain_text(f"{100 * leading['probability']:.0f}")


def test_every_question_is_asked_once_and_none_in_vain(visit: Visits) -> None:
    """Nothing is asked twice, even if nothing is known; each sign is asked, no scan or reflex."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    signs: list[str] = []
    while visitor.heading.inner_text() == "Emergency signs":
        signs += visitor.signs()
        visitor.screen(dict.fromkeys(visitor.questions, UNKNOWN))
        visitor.press("Continue")
    alone = {flag.terms() for flag in RED_FLAGS if flag.level is Urgency.EMERGENCY}
    assert {terms[0] for terms in alone if len(terms) == 1} <= set(signs)
    asked = []
    while id := visitor.answer(dict.fromkeys(visitor.questions, UNKNOWN)):
        asked.append(id)
    assert asked
    assert len({*signs, *asked}) == len(signs) + len(asked)
    groups = {id: finding.group for id, finding in vocabulary().findings.items()}
    assert "exam" not in {groups.get(id) for id in (*signs, *asked)}
    assert "post_void_residual_ml" not in {*signs, *asked}


def test_a_change_of_mind_changes_the_answer(visit: Visits, server: Server) -> None:
    """Back shows the question before with its answer; the new one takes the place of the old."""
    visitor = Visitor(visit())
    visitor.come_to_questions()
    first = visitor.answer({})
    assert first
    visitor.press("Back")
    assert visitor.asked() == first
    page = visitor.page
    expect(page.get_by_role("button", name="No", exact=True, pressed=True)).to_be_visible()
    visitor.press("Yes")
    request = visitor.shown("Request")
    assert first in request["present"]
    assert first not in request["absent"]
    assert visitor.shown("Answer") == server.ask(INCLUDE, request).json()


def test_the_browsers_own_back_and_forward_are_the_interviews(visit: Visits) -> None:
    """Back of the browser goes a step back, and forward again where nothing was changed."""
    visitor = Visitor(visit())
    visitor.come_to_questions()
    question = visitor.asked()
    visitor.answer()
    for move, expected in (
        (visitor.page.go_back, question),
        (visitor.page.go_back, None),
        (visitor.page.go_forward, question),
    ):
        with visitor.step():
            move()
        assert visitor.asked() == expected


def test_what_lay_ahead_of_a_change_is_gone(visit: Visits) -> None:
    """Back to the signs and a change there: forward does not lead to a question of before."""
    visitor = Visitor(visit())
    visitor.come_to_questions()
    visitor.press("Back")
    visitor.choose("fever", UNKNOWN)
    visitor.page.go_forward()
    expect(visitor.heading).to_have_text("Emergency signs")
    expect(visitor.group("fever").get_by_role("radio", name=UNKNOWN)).to_be_checked()
    visitor.press("Continue")
    assert "fever" not in visitor.shown("Request")["absent"]


def test_an_answer_can_be_changed_in_the_result(visit: Visits) -> None:
    """The result lists every answer; one is changed there, and the request holds the new one."""
    visitor = Visitor(visit())
    asked = visitor.come_to_end()
    page = visitor.page
    page.get_by_text(re.compile(r"^Your \d+ answers")).click()
    changed = next(id for id in asked if id in visitor.shown("Request")["absent"])
    with visitor.step():
        page.get_by_role("row", name=visitor.questions[changed]).get_by_role("button").click()
    assert visitor.asked() == changed
    visitor.press("Yes")
    assert changed in visitor.shown("Request")["present"]


def test_what_is_missing_is_told_where_it_is_missing(visit: Visits) -> None:
    """A wrong age, no place, and an open sign: each is told, and nothing goes on before."""
    visitor = Visitor(visit())
    visitor.start()
    page = visitor.page
    age = page.get_by_role("textbox", name="How old are you?")
    for wrong in ("-1", "121", "abc", "1e2"):
        age.fill(wrong)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert").filter(has_text=f"Found “{wrong}”")).to_be_visible()
        expect(age).to_be_focused()
        expect(age).to_have_attribute("aria-invalid", "true")
    visitor.begin("", "male")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").filter(has_text="Nothing is marked")).to_be_visible()
    visitor.mark("Pain: Lower back")
    visitor.press("Continue")
    page.get_by_role("button", name="Continue").click()
    number = len(visitor.signs()) + 1
    expect(page.get_by_role("alert").filter(has_text="still open")).to_contain_text(str(number))


def test_the_picture_and_the_list_say_the_same(visit: Visits) -> None:
    """A tap on the picture ticks the box, for pain or for numbness, and another one unticks it."""
    visitor = Visitor(visit())
    visitor.start()
    visitor.begin()
    page = visitor.page
    back = page.locator("g", has=page.locator("title", has_text="Upper back")).last
    for feeling in ("Pain", "Numbness"):
        page.get_by_role("radio", name=feeling).check()
        box = page.get_by_role("checkbox", name=f"{feeling}: Upper back")
        back.click()
        expect(box).to_be_checked()
        back.click()
        expect(box).not_to_be_checked()


def test_who_looks_elsewhere_can_come_back(visit: Visits) -> None:
    """By Back from clinician mode, or from the start by its button, the interview goes on."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    visitor.choose("fever", UNKNOWN)
    page = visitor.page
    page.get_by_role("link", name="Clinician mode").click()
    expect(visitor.heading).to_have_text("Clinician mode")
    page.go_back()
    expect(visitor.heading).to_have_text("Emergency signs")
    for _ in range(2):
        visitor.press("Back")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Continue the interview").click()
    visitor.press("Continue")
    visitor.press("Continue")
    assert visitor.shown("Request")["passed_over"] == ["fever"]


def test_answers_are_not_left_by_a_slip(visit: Visits) -> None:
    """The browser asks before it leaves a page with answers, which stay for who stays."""
    visitor = Visitor(visit())
    visitor.start()
    visitor.begin()
    with visitor.page.expect_event("dialog") as asked:
        visitor.page.evaluate("setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    visitor.press("Back")
    age = visitor.page.get_by_role("textbox", name="How old are you?")
    expect(age).to_have_value("34")
