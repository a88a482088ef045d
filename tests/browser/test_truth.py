"""What the interview shows is of the answers as they are, whatever way a visitor takes."""

import re

import pytest
from playwright.sync_api import Dialog, expect

from tests.browser.held import held
from tests.browser.visitor import LEVELS, Visitor
from tests.browser.visits import Visits

pytestmark = pytest.mark.browser

SIGN = "fecal_incontinence"


def test_a_result_is_of_no_other_answers(visit: Visits) -> None:
    """Back to a result after a change that is an emergency leads to the emergency again."""
    visitor = Visitor(visit())
    visitor.come_to_end()
    calm = visitor.heading.inner_text()
    assert calm != LEVELS["emergency"]
    visitor.page.get_by_text(re.compile(r"^Your \d+ answers$")).click()
    visitor.change(SIGN, "row")
    visitor.press("Yes")
    expect(visitor.heading).to_have_text(LEVELS["emergency"])
    visitor.press("Back")
    assert visitor.asked() == SIGN
    visitor.page.go_back()
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_back_and_forward_drop_no_screen(visit: Visits) -> None:
    """An answer that was left before it was screened is screened when its step is shown again."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    with held(visitor.page):
        visitor.choose(SIGN, "Yes")
        visitor.press("Back")
    visitor.page.go_forward()
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_an_interview_that_is_left_writes_nothing(visit: Visits) -> None:
    """Who begins anew while an answer of another person is on its way sees nothing of it."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    with held(visitor.page):
        visitor.choose(SIGN, "Yes")
        for _ in range(3):
            visitor.page.go_back()
        visitor.start()
        expect(visitor.heading).to_have_text("About you")
    visitor.page.wait_for_timeout(500)
    expect(visitor.heading).to_have_text("About you")
    expect(visitor.page.get_by_role("textbox", name="How old are you?")).to_have_value("")


def test_a_visit_to_the_clinicians_form_loses_nothing(visit: Visits) -> None:
    """The interview is where it was, and an answer on its way is screened on return."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    pages = visitor.page.get_by_role("navigation", name="Pages")
    with held(visitor.page):
        visitor.choose(SIGN, "Yes")
        pages.get_by_role("link", name="Clinician mode").click()
        expect(visitor.heading).to_have_text("Clinician mode")
    pages.get_by_role("link", name="Interview").click()
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_begun_anew_nothing_of_before_comes_back(visit: Visits) -> None:
    """After Start again neither Back nor Forward shows an old answer, and Back leads out."""
    visitor = Visitor(visit())
    visitor.come_to_end()
    visitor.press("Start again")
    expect(visitor.heading).to_have_text("About you")
    visitor.page.go_forward()
    expect(visitor.heading).to_have_text("About you")
    expect(visitor.group("sex").get_by_role("radio", checked=True)).to_have_count(0)
    begin = visitor.page.get_by_role("button", name="Begin the interview")
    for _ in range(60):
        visitor.page.go_back()
        if begin.is_visible():
            break
        expect(visitor.heading).to_have_text("About you")
    expect(begin).to_be_visible()


def test_a_second_click_answers_no_unseen_question(visit: Visits) -> None:
    """A double click on an answer answers the question that was read, and no other."""
    visitor = Visitor(visit())
    visitor.come_to_questions()
    asked = visitor.asked()
    assert asked
    with visitor.step():
        visitor.page.get_by_role("button", name="Don't know").dblclick()
    expect(visitor.heading).to_be_visible()
    visitor.page.wait_for_timeout(600)
    assert visitor.shown("Request")["passed_over"][-1] == asked


def test_arrows_pass_over_an_answer(visit: Visits) -> None:
    """Who moves by keyboard past Yes to Don't know has not said Yes."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    visitor.group(SIGN).get_by_role("radio", name="No", exact=True).focus()
    visitor.page.keyboard.press("ArrowLeft")
    visitor.page.keyboard.press("ArrowLeft")
    expect(visitor.group(SIGN).get_by_role("radio", name="Don't know")).to_be_checked()
    visitor.page.wait_for_timeout(2000)
    expect(visitor.heading).to_have_text("Emergency signs")
    visitor.page.keyboard.press("ArrowRight")
    expect(visitor.group(SIGN).get_by_role("radio", name="Yes")).to_be_checked()
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_a_tap_marks_what_it_says(visit: Visits) -> None:
    """Where nothing can hurt by the vocabulary, a tap for pain marks nothing, and says so."""
    visitor = Visitor(visit())
    visitor.start()
    visitor.begin()
    visitor.page.locator("[data-place=saddle]").click()
    expect(visitor.page.get_by_role("status").filter(has_text="cannot be marked")).to_be_visible()
    expect(visitor.page.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_without_a_complaint_there_is_nothing_to_ask(visit: Visits) -> None:
    """Who takes the only complaint back is asked for another one, not refused."""
    visitor = Visitor(visit())
    visitor.come_to_end()
    visitor.page.get_by_text(re.compile(r"^Your \d+ answers$")).click()
    visitor.change("lower_back_pain", "row")
    visitor.press("No")
    expect(visitor.heading).to_have_text("Where is it?")
    expect(visitor.page.get_by_role("alert").filter(has_text="Nothing is marked")).to_be_visible()


def test_an_emergency_is_of_no_other_answers(visit: Visits) -> None:
    """Back to where the banner stood, after its cause was taken back, leads on in the interview."""
    visitor = Visitor(visit())
    visitor.come_to_signs()
    visitor.give(SIGN, "Yes")
    visitor.change(SIGN, "listitem")
    visitor.press("No")
    expect(visitor.heading).to_have_text("Emergency signs")
    visitor.page.go_back()
    visitor.page.go_back()
    expect(visitor.heading).to_have_text("Emergency signs")
    expect(visitor.group(SIGN)).to_have_count(0)


def test_only_who_calls_for_help_leaves_without_a_word(visit: Visits) -> None:
    """The page warns before answers are lost, but not when a number is dialled."""
    visitor = Visitor(visit(expected="tel:112"))
    visitor.come_to_signs()
    visitor.give(SIGN, "Yes")
    warned: list[str] = []

    def note(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.accept()

    visitor.page.on("dialog", note)
    visitor.page.get_by_role("alert").get_by_role("link", name="112").click()
    visitor.page.wait_for_timeout(1500)
    assert warned == []
    visitor.page.reload()
    assert warned == ["beforeunload"]


def test_an_answer_on_its_way_is_of_the_answers_that_it_was_asked_for(visit: Visits) -> None:
    """A sign that is marked while the result is being asked for is screened, and ends it."""
    visitor = Visitor(visit())
    visitor.come_to_end()
    for _ in range(60):
        visitor.page.go_back()
        if visitor.heading.inner_text() == "Where is it?":
            break
    with held(visitor.page):
        visitor.page.get_by_role("button", name="Continue").click()
        visitor.page.get_by_role("radio", name="Numbness", exact=True).check()
        visitor.page.locator("[data-place=saddle]").click()
    expect(visitor.heading).to_have_text(LEVELS["emergency"])


def test_a_refusal_hides_no_sign(visit: Visits) -> None:
    """A proxy in front of a dead service answers, and the banner comes all the same."""
    visitor = Visitor(visit(expected="status of 503"))
    visitor.come_to_signs()
    with held(visitor.page) as routes:
        visitor.choose(SIGN, "Yes")
        visitor.page.wait_for_timeout(300)
        routes[-1].fulfill(status=503, body="<html>Service Unavailable</html>")
        expect(visitor.heading).to_have_text(LEVELS["emergency"])
