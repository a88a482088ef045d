"""A visitor of the interview, who finds by role and label what a screen reader would say."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Literal

from playwright.sync_api import Locator, Page

from service.clinical.vocabulary import Quantity, vocabulary

UNKNOWN = "Don't know"
KEY = "the-right-key_of.this~service"

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "emergency": "Emergency: get help now",
        "urgent": "Urgent: within 24 hours",
        "primary_care": "Soon: within days",
        "self_care": "Self-care",
    }
)
"""The levels as the page words them."""

CALM: Mapping[str, str] = MappingProxyType({"duration_days": "20", "onset": "gradually"})
"""Answers by id, as labels or typed text. Who gives no other denies every finding, and does not
know the attributes."""


class Visitor:
    """Goes through the interview on a page, which may ask whatever it wants."""

    def __init__(self, page: Page) -> None:
        self.page = page
        words = vocabulary()
        self._findings = words.findings.keys()
        self._numbers = {id for id, one in words.attributes.items() if isinstance(one, Quantity)}
        known = (*words.findings.values(), *words.attributes.values())
        self.questions = {one.id: one.question for one in known}
        # The page lets choose the unit; the question of the vocabulary is for days alone.
        self.questions["duration_days"] = "How long ago did these symptoms begin?"
        self._ids = {question: id for id, question in self.questions.items()}

    @property
    def heading(self) -> Locator:
        """The heading of the step."""
        return self.page.get_by_role("heading", level=1)

    def asked(self) -> str | None:
        """Return the id that the step asks for, None where it asks for none or for several."""
        return self._ids.get(self.heading.inner_text())

    @contextmanager
    def step(self) -> Iterator[None]:
        """Wait after the block until the page has gone on to another step."""
        before = self.heading.element_handle()
        yield
        before.wait_for_element_state("hidden")

    def start(self) -> None:
        """Begin the interview."""
        self.page.get_by_role("button", name="Begin the interview").click()

    def enter(self, key: str) -> None:
        """Type a key into the dialog that asks for one, and use it."""
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_role("button", name="Use this key").click()

    def press(self, name: str) -> None:
        """Press a button that leads to another step."""
        with self.step():
            self.page.get_by_role("button", name=name, exact=True).click()

    def begin(self, age: str = "34", sex: str = "female") -> None:
        """Tell age and sex, and go on."""
        self.page.get_by_role("textbox", name="How old are you?").fill(age)
        self.choose("sex", sex)
        self.press("Continue")

    def mark(self, *places: str) -> None:
        """Mark places in the list, such as `Pain: Lower back`."""
        for place in places:
            self.page.get_by_role("checkbox", name=place, exact=True).check()

    def come_to_signs(self, *places: str) -> None:
        """Begin, and go on until the emergency signs are asked."""
        self.start()
        self.begin()
        self.mark(*(places or ("Pain: Lower back",)))
        self.press("Continue")

    def group(self, id: str) -> Locator:
        """Return the choices of an emergency sign or of the sex."""
        return self.page.get_by_role("group", name=self.questions[id], exact=True)

    def choose(self, id: str, label: str) -> None:
        """Choose an answer of such a group."""
        self.group(id).get_by_role("radio", name=label, exact=True).check()

    def give(self, id: str, label: str) -> None:
        """Choose an answer of such a group, which leads to another step."""
        with self.step():
            self.group(id).get_by_role("radio", name=label, exact=True).click()

    def change(self, id: str, role: Literal["listitem", "row"]) -> None:
        """Press Change beside an answer, in a list or a table; it leads to the question."""
        answer = self.page.get_by_role(role).filter(has_text=self.questions[id])
        with self.step():
            answer.get_by_role("button", name="Change").click()

    def signs(self) -> list[str]:
        """Return the ids of the emergency signs that are asked, without those that are numbers."""
        legends = self.page.get_by_role("group").locator("legend").all_inner_texts()
        return [self._ids[legend] for legend in legends]

    def screen(self, answers: Mapping[str, str] = CALM) -> None:
        """Answer all emergency signs of the step, without going on."""
        for id in self.signs():
            if self.group(id).get_by_role("radio", checked=True, disabled=True).count() == 0:
                self.choose(id, self._answer(id, answers))
        for id in self._numbers:
            for field in self.page.get_by_role("textbox", name=self.questions[id]).all():
                self._measure(field, id, self._answer(id, answers))

    def _measure(self, field: Locator, id: str, answer: str) -> None:
        """Type a number, or tick that it is not known."""
        if answer == UNKNOWN:
            self.page.get_by_role("checkbox", name=f"{UNKNOWN}: {self.questions[id]}").check()
        else:
            field.fill(answer)

    def answer(self, answers: Mapping[str, str] = CALM) -> str | None:
        """Answer the one question of the step; return its id, None where there is none."""
        id = self.asked()
        if id is None:
            return None
        answer = self._answer(id, answers)
        if id in self._numbers and answer != UNKNOWN:
            self.page.get_by_role("textbox").fill(answer)
            answer = "Next"
        self.press(answer)
        return id

    def come_to_questions(self, answers: Mapping[str, str] = CALM, *places: str) -> None:
        """Go on until one question is asked at a time, or to the end."""
        self.come_to_signs(*places)
        while self.heading.inner_text() == "Emergency signs":
            self.screen(answers)
            self.press("Continue")

    def come_to_end(self, answers: Mapping[str, str] = CALM, *places: str) -> list[str]:
        """Go on until nothing is asked any more; return what was asked one at a time."""
        self.come_to_questions(answers, *places)
        return list(iter(lambda: self.answer(answers), None))

    def shown(self, title: str) -> Any:
        """Return what the panel for developers shows under a title, read as JSON."""
        return json.loads(self.told(title))

    def told(self, title: str) -> str:
        """Return what the panel for developers shows under a title."""
        region = self.page.get_by_role("region", name=title)
        if not region.is_visible():
            self.page.get_by_text("For developers").click()
        return region.inner_text()

    def _answer(self, id: str, answers: Mapping[str, str]) -> str:
        """Return what is answered to a question."""
        return answers.get(id, "No" if id in self._findings else UNKNOWN)
