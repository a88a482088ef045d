"""The screen answers in bits what the wording of the rules says plainly."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from service.clinical.case import Case, Value
from service.clinical.red_flags import RED_FLAGS, raised, screen
from service.clinical.rule import Above, Alternatives, Below, Is, RedFlag, Term
from service.clinical.screen import Screen
from service.clinical.vocabulary import Category, Quantity, Urgency, Vocabulary

Plain = tuple[bool, tuple[str, ...]]
"""Whether a flag is raised, and what it asks for."""


def has(term: Term, case: Case) -> bool:
    """Tell whether a term holds, by nothing but what a case says."""
    if isinstance(term, str):
        return term in case.present
    if term.attribute not in case.attributes:
        return False
    value = case.attributes[term.attribute]
    if isinstance(term, Is):
        return value == term.value
    assert not isinstance(value, str)
    return value > term.bound if isinstance(term, Above) else value < term.bound


def about(term: Term) -> str:
    """Return the id that a term is about."""
    return term if isinstance(term, str) else term.attribute


def plain(flag: RedFlag, case: Case) -> Plain:
    """Return what a flag's wording says of a case, one term after the other."""
    known = {*case.present, *case.absent, *case.attributes}
    asked: set[str] = set()
    is_raised, can_be_raised = True, True
    for alternatives in flag.when:
        if not [term for term in alternatives if has(term, case)]:
            unknown = [about(term) for term in alternatives if about(term) not in known]
            is_raised = False
            can_be_raised = can_be_raised and unknown != []
            asked.update(unknown)
    ids = dict.fromkeys(about(term) for terms in flag.when for term in terms)
    return is_raised, tuple(id for id in ids if id in asked and can_be_raised)


def sayable(terms: tuple[Term, ...], words: Vocabulary) -> dict[str, list[Value | bool | None]]:
    """Return all that a case can say of the ids of terms, as far as they can tell; None last."""
    found: dict[str, list[Value | bool | None]] = {}
    for term in terms:
        attribute = words.attributes.get(about(term))
        values = found.setdefault(about(term), [])
        if isinstance(attribute, Category):
            values[:] = attribute.values
        elif isinstance(term, Above | Below):
            values += [term.bound - 1, term.bound, term.bound + 1]
        else:
            values[:] = [True, False]
    return {id: [*values, None] for id, values in found.items()}


def case_of(said: dict[str, Value | bool | None]) -> Case:
    """Return the case that says just this, whatever its findings imply."""
    present = frozenset(id for id, value in said.items() if value is True)
    absent = frozenset(id for id, value in said.items() if value is False)
    attributes = {id: v for id, v in said.items() if v is not None and not isinstance(v, bool)}
    return Case(present, absent, attributes, present | absent)


def drawn(number: int, words: Vocabulary) -> Iterator[Case]:
    """Draw cases that say something of few, some or nearly all of all ids."""
    draw = random.Random(6)  # noqa: S311  # for cases, not for secrets
    everything = sayable(tuple(term for flag in RED_FLAGS for term in flag.terms()), words)
    for place in range(number):
        share = (0.05, 0.15, 0.4, 0.9)[place % 4]
        lean = draw.random()
        said: dict[str, Value | bool | None] = {}
        for id, values in everything.items():
            if draw.random() < share:
                is_finding = isinstance(values[0], bool)
                said[id] = draw.random() < lean if is_finding else draw.choice(values)
        yield case_of(said)


SHAPES: dict[str, tuple[Alternatives, ...]] = {
    "a term in two alternatives": (("limping", "fever"), ("night_pain", "fever")),
    "the same term twice": (("fever", "fever"), ("limping",)),
    "an attribute in two alternatives": (
        ("fever", Above("age_years", 50)),
        (Below("age_years", 70), Is("onset", "sudden")),
    ),
    "nothing that could hold": (("fever",), ()),
}
ODD = tuple(
    RedFlag(id, Urgency.URGENT, "A title", when, (), ("004-18",)) for id, when in SHAPES.items()
)
"""Rules of shapes that the table does not have, or need not keep."""


@pytest.mark.parametrize("flag", [*RED_FLAGS, *ODD], ids=lambda flag: flag.id)
def test_every_case_of_one_rule_is_screened_by_its_wording(
    flag: RedFlag, words: Vocabulary
) -> None:
    """In every three-valued case of a rule's terms the screen and the rule say what is written.

    As an emergency, since of these alone the screen tells what is open.
    """
    flag = replace(flag, level=Urgency.EMERGENCY)
    allowed = sayable(flag.terms(), words)
    alone = Screen((flag,))
    for values in product(*allowed.values()):
        case = case_of(dict(zip(allowed, values, strict=True)))
        is_raised, ask = plain(flag, case)
        up, open_ = (flag,) if is_raised else (), ((flag, ask),) if ask else ()
        assert (alone.raised(case), alone.screened(case)) == (up, (up, open_))
        assert (flag.is_raised(case), flag.ask(case)) == (is_raised, ask)


def test_the_whole_table_is_screened_by_its_wording(words: Vocabulary) -> None:
    """On cases of all ids together no rule of the table disturbs another, raised or open."""
    kinds = set()
    every = Screen([replace(flag, level=Urgency.EMERGENCY) for flag in RED_FLAGS])
    for case in drawn(3_000, words):
        said = [(flag, plain(flag, case)) for flag in RED_FLAGS]
        up = tuple(flag for flag, (is_raised, _) in said if is_raised)
        open_ = tuple((flag, ask) for flag, (_, ask) in said if ask)
        shown = tuple(one for one in open_ if one[0].level is Urgency.EMERGENCY)
        assert (raised(case), screen(case)) == (up, (up, shown))
        found = tuple((flag.id, ask) for flag, ask in every.screened(case)[1])
        assert found == tuple((flag.id, ask) for flag, ask in open_)
        kinds |= {(flag.id, "raised") for flag in up} | {(flag.id, "open") for flag, _ in open_}
        kinds |= {(flag.id, "closed") for flag, (one, ask) in said if not (one or ask)}
    assert len(kinds) == 3 * len(RED_FLAGS)


def test_a_number_that_is_a_text_is_neither_above_nor_below() -> None:
    """A value that cannot be compared raises nothing and breaks nothing."""
    case = Case(frozenset(), frozenset(), {"age_years": "60"}, frozenset())
    assert not Above("age_years", 50).holds(case)
    assert not Below("age_years", 70).holds(case)


def test_what_no_rule_is_about_changes_nothing(words: Vocabulary) -> None:
    """Findings and attributes that stand in no rule leave the whole table open."""
    used = {about(term) for flag in RED_FLAGS for term in flag.terms()}
    others = [id for id in words.findings if id not in used]
    quantities = [id for id, a in words.attributes.items() if isinstance(a, Quantity)]
    attributes: dict[str, Value] = {id: 40.0 for id in quantities if id not in used}
    assert others
    assert attributes
    case = Case(frozenset(others[::2]), frozenset(others[1::2]), attributes, frozenset(others))
    assert raised(case) == ()
    assert screen(case) == screen(Case(frozenset(), frozenset(), {}, frozenset()))
    assert not any(flag.is_raised(case) for flag in RED_FLAGS)
    assert all(flag.ask(case) for flag in RED_FLAGS)
