import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError, dataclass, replace
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from service.clinical import catalogue, emergency, primary_care, red_flags, urgent
from service.clinical.case import Case, Value, contradictions, read
from service.clinical.red_flags import COUNTED, RED_FLAGS, VERSION, raised, screen
from service.clinical.rule import Above, Alternatives, Below, Is, RedFlag, Term
from service.clinical.screen import Screen
from service.clinical.table import TableError
from service.clinical.vocabulary import Category, Urgency, Vocabulary

FACTS = Path(__file__).parents[2] / "data" / "seed_facts.csv"
DEMANDING = ("red_flag", "see_doctor")
AGES = {"003-09": ("age_years", 17), "001-34": ("age_years", 51)}
"""The nearest whole age within the range that the statement of a fact gives."""

Stated = tuple[str, Value | bool]
"""A finding that is present (True) or absent (False), or an attribute with its value."""


@dataclass(frozen=True)
class Fact:
    """A documented fact that demands a level in each of its minimal cases."""

    id: str
    at_least: str
    conditions: frozenset[str]
    cases: tuple[tuple[Stated, ...], ...]


def stated(fact: str, term: str) -> Stated:
    """Return what a term of the documented grammar states: `a`, `a=absent`, `attribute=value`."""
    name, _, value = term.partition("=")
    if name == "age_years":
        return AGES[fact]
    return (name, value != "absent") if value in ("", "absent") else (name, value)


def documented() -> list[Fact]:
    """Return the facts that demand a flag, each with one case for every choice it leaves open."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] in DEMANDING]
    facts = []
    for row in rows:
        terms = [
            [stated(row["id"], term) for term in conjunct.split("|")]
            for conjunct in row["refers_to"].split(";")
        ]
        if row["id"] in AGES and [AGES[row["id"]]] not in terms:
            terms.append([AGES[row["id"]]])
        conditions = frozenset(row["conditions"].split(";")) - {""}
        facts.append(Fact(row["id"], row["at_least"], conditions, tuple(product(*terms))))
    return facts


DOCUMENTED = documented()
LEVELS = {level.id: level for level in Urgency}


def build(statements: tuple[Stated, ...], words: Vocabulary) -> Case | None:
    """Return the case, closed under what its findings imply; None when it contradicts itself."""
    present = [id for id, value in statements if value is True]
    absent = [id for id, value in statements if value is False]
    attributes = {id: value for id, value in statements if id in words.attributes}
    if contradictions(present, absent, words):
        return None
    return read(present, absent, attributes, words)


def sure(statements: tuple[Stated, ...], words: Vocabulary) -> Case:
    """Return the case of statements that cannot contradict one another."""
    case = build(statements, words)
    assert case is not None
    return case


def ids(case: Case) -> list[str]:
    """Return the ids of the flags that a case raises, in their order."""
    return [flag.id for flag in raised(case)]


def level(case: Case) -> int:
    """Return the highest level that the flags of a case demand, -1 without a flag."""
    return max((flag.level for flag in raised(case)), default=-1)


def example(term: Term) -> Stated:
    """Return a statement by which a term holds, just inside a bound."""
    if isinstance(term, str):
        return term, True
    if isinstance(term, Is):
        return term.attribute, term.value
    return term.attribute, term.bound + (1 if isinstance(term, Above) else -1)


def minimal(flag: RedFlag) -> list[tuple[Stated, ...]]:
    """Return what just suffices for a flag: one alternative of each conjunct, in every choice."""
    return [tuple(map(example, terms)) for terms in product(*flag.when)]


def domains(flag: RedFlag, words: Vocabulary) -> dict[str, list[Value | bool]]:
    """Return all that can be stated of each id in a flag, as far as the flag can tell."""
    found: dict[str, list[Value | bool]] = {}
    for term in (term for terms in flag.when for term in terms):
        if isinstance(term, str):
            found[term] = [True, False]
        elif isinstance(term, Is):
            attribute = words.attributes[term.attribute]
            assert isinstance(attribute, Category)
            found[term.attribute] = list(attribute.values)
        else:
            values = found.setdefault(term.attribute, [])
            values += [term.bound - 1, term.bound, term.bound + 1]
    return found


def three_valued(
    flag: RedFlag, words: Vocabulary
) -> tuple[list[str], list[list[Value | bool | None]]]:
    """Return the ids of a flag and, for each, all that a case can say of it; None is unknown."""
    allowed = domains(flag, words)
    return list(allowed), [[*values, None] for values in allowed.values()]


def bare(ids: Sequence[str], values: Sequence[Value | bool | None]) -> Case:
    """Return the case that says just this, whatever its findings imply."""
    stated = dict(zip(ids, values, strict=True))
    present = frozenset(id for id, value in stated.items() if value is True)
    absent = frozenset(id for id, value in stated.items() if value is False)
    attributes = {id: v for id, v in stated.items() if v is not None and not isinstance(v, bool)}
    return Case(present, absent, attributes, present | absent)


def existing(table: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Let what holds for any value of an id hold where it is unknown, the last on its axis."""
    found = table.copy()
    found[(slice(None),) * axis + (-1,)] = table.any(axis=axis)
    return found


def without(statements: Mapping[str, Value | bool], id: str) -> tuple[Stated, ...]:
    """Return the statements but the one about an id."""
    return tuple((other, value) for other, value in statements.items() if other != id)


every_flag = pytest.mark.parametrize("flag", RED_FLAGS, ids=lambda flag: flag.id)


def test_documented_facts_are_read() -> None:
    """The table of facts holds the 30 red flags and 16 reasons to see a doctor."""
    assert len(DOCUMENTED) == 46
    assert sum(len(fact.cases) for fact in DOCUMENTED) == 82


@pytest.mark.parametrize(
    ("fact", "statements"),
    [(fact, case) for fact in DOCUMENTED for case in fact.cases],
    ids=[
        f"{fact.id}-{'+'.join(f'{i}={v}' if v is not True else i for i, v in case)}"
        for fact in DOCUMENTED
        for case in fact.cases
    ],
)
def test_a_documented_fact_raises_a_flag_that_names_it(
    words: Vocabulary, fact: Fact, statements: tuple[Stated, ...]
) -> None:
    """Every case that a fact speaks of raises a flag for it, at the level it demands or higher."""
    flags = raised(sure(statements, words))
    assert [flag.id for flag in flags if flag.level >= LEVELS[fact.at_least]]
    named = [flag for flag in flags if fact.id in flag.facts]
    assert [flag.id for flag in named if flag.level >= LEVELS[fact.at_least]]


def test_flags_rest_on_the_documented_facts() -> None:
    """The facts that the flags name are all those that demand one, and no others."""
    assert {id for flag in RED_FLAGS for id in flag.facts} == {fact.id for fact in DOCUMENTED}


@pytest.mark.parametrize("flag", [f for f in RED_FLAGS if f.facts], ids=lambda flag: flag.id)
def test_a_flag_is_what_its_facts_demand(flag: RedFlag) -> None:
    """A flag is no lower than any of its facts, suspects what they name and cites their sources."""
    facts = [fact for fact in DOCUMENTED if fact.id in flag.facts]
    assert flag.level >= max(LEVELS[fact.at_least] for fact in facts)
    assert set(flag.suspects) == frozenset().union(*(fact.conditions for fact in facts))
    assert set(flag.sources) == {id[:3] for id in flag.facts} | set(flag.guidelines)
    assert len(set(flag.sources)) == len(flag.sources)


@pytest.mark.parametrize("flag", [f for f in RED_FLAGS if f.guidelines], ids=lambda flag: flag.id)
def test_a_recalled_guideline_is_never_alone_for_emergency(
    flag: RedFlag, words: Vocabulary
) -> None:
    """Guidelines are sources of that kind, and one that was only recalled calls nobody out."""
    sources = [catalogue.read(words).sources[id] for id in flag.guidelines]
    assert {source.kind for source in sources} == {"guideline"}
    is_recalled = all(source.note.startswith("recalled") for source in sources)
    assert not (is_recalled and not flag.facts and flag.level is Urgency.EMERGENCY)


GUIDELINES = FACTS.with_name("guideline_rules.csv")
SIGNS_ALONE = {"g06": "post_void_residual_with_pain", "g08": "reduced_anal_tone"}
"""Statements that are answered a tier lower: at emergency an examination finding that was not
examined would leave everyone with back pain unscreened, and nobody could stay at home."""


def guideline_rows() -> list[dict[str, str]]:
    """Return the statements of guidelines, each with a minimal case and the level it demands."""
    with GUIDELINES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def guideline_case(row: Mapping[str, str], words: Vocabulary) -> Case:
    """Return the minimal case of a statement."""
    attributes: dict[str, Value] = {}
    for stated in filter(None, row["attributes"].split(";")):
        id, _, value = stated.partition("=")
        attributes[id] = value if isinstance(words.attributes[id], Category) else float(value)
    return read(list(filter(None, row["present"].split("|"))), [], attributes, words)


@pytest.mark.parametrize("row", guideline_rows(), ids=lambda row: row["id"])
def test_what_guidelines_demand_is_flagged(row: dict[str, str], words: Vocabulary) -> None:
    """A statement written down without knowing the rules gets its level, or stays below urgent."""
    case = guideline_case(row, words)
    if row["level"] == "at_most_primary_care":
        assert level(case) <= Urgency.PRIMARY_CARE, row["statement"]
    elif row["id"] in SIGNS_ALONE:
        assert level(case) == Urgency.URGENT
        assert SIGNS_ALONE[row["id"]] in ids(case)
    else:
        assert level(case) >= LEVELS[row["level"]], row["statement"]


def test_statements_of_guidelines_are_read(words: Vocabulary) -> None:
    """The 72 statements name ids and sources that there are, and cover all three tiers."""
    rows = guideline_rows()
    sources = catalogue.read(words).sources
    assert len(rows) == len({row["id"] for row in rows}) == 72
    assert all(sources[row["guideline"]].kind == "guideline" for row in rows)
    assert {row["level"] for row in rows} == {*list(LEVELS)[1:], "at_most_primary_care"}


IMPLIED = {"leg_paralysis_with_buttock_numbness": "it carries the documented fact 000-62"}
"""Flags that never are the only ones of their level or above, with the reason why they stand."""


@every_flag
def test_no_flag_is_implied_by_others_without_a_reason(flag: RedFlag, words: Vocabulary) -> None:
    """A minimal case raises the flag and no other of its level or above, or a reason is given."""
    alone = [
        case
        for case in (sure(statements, words) for statements in minimal(flag))
        if [other for other in raised(case) if other.level >= flag.level] == [flag]
    ]
    assert bool(alone) != (flag.id in IMPLIED)


@every_flag
def test_suspects_are_conditions_that_nothing_excludes(flag: RedFlag, words: Vocabulary) -> None:
    """What a flag suspects is in the catalogue, and no finding can give it the probability 0."""
    conditions = catalogue.read(words).conditions
    assert [id for id in flag.suspects if id not in conditions] == []
    assert [id for id in flag.suspects if conditions[id].never] == []


@pytest.mark.parametrize("age", [0, 17, 17.9])
def test_a_child_is_under_18(words: Vocabulary, age: float) -> None:
    """Buttock pain in a child is urgent."""
    case = read(["buttock_pain"], [], {"age_years": age}, words)
    assert ids(case) == ["child_with_buttock_pain"]
    assert level(case) == Urgency.URGENT


@pytest.mark.parametrize("age", [18, 18.0, 50, 120])
def test_an_adult_is_no_child(words: Vocabulary, age: float) -> None:
    """At 18 the rule for children no longer applies."""
    assert ids(read(["buttock_pain"], [], {"age_years": age}, words)) == []


@pytest.mark.parametrize("age", [50.1, 51, 120])
def test_weight_loss_over_50_is_a_flag(words: Vocabulary, age: float) -> None:
    """Weight loss with low back pain above 50 has to be seen."""
    findings = ["lower_back_pain", "unexplained_weight_loss"]
    case = read(findings, [], {"age_years": age}, words)
    assert ids(case) == ["weight_loss_with_back_pain_over_50", "weight_loss_with_back_pain"]
    assert level(case) == Urgency.URGENT


@pytest.mark.parametrize("age", [20, 49, 50, 50.0])
def test_fifty_is_not_over_50(words: Vocabulary, age: float) -> None:
    """At 50 the rule for those above 50 does not apply yet, and the milder one does."""
    findings = ["lower_back_pain", "unexplained_weight_loss"]
    case = read(findings, [], {"age_years": age}, words)
    assert ids(case) == ["weight_loss_with_back_pain"]
    assert level(case) == Urgency.PRIMARY_CARE


@pytest.mark.parametrize(
    ("present", "inside", "outside", "flag"),
    [
        ("back_pain", "post_void_residual_ml=200", "199", "post_void_residual_with_pain"),
        ("leg_weakness", "post_void_residual_ml=200", "199", "post_void_residual_with_deficit"),
        ("leg_weakness", "duration_days=14", "15", "new_leg_weakness"),
        ("severe_back_pain|recent_trauma", "age_years=65", "64", "severe_back_pain_after_injury"),
        (
            "hip_pain|buttock_injury",
            "age_years=71",
            "70",
            "buttock_pain_after_injury_with_frail_bones",
        ),
        ("night_pain|spinal_tenderness|back_pain", "age_years=51", "50", "tumour_signs_over_50"),
        ("back_pain", "duration_days=43", "42", "back_pain_that_stays"),
        ("back_pain|morning_stiffness", "duration_days=31", "30", "inflammatory_back_pain"),
        ("back_pain", "age_years=19", "20", "back_pain_under_20"),
    ],
)
def test_bounds_are_where_the_guidelines_have_them(
    present: str, inside: str, outside: str, flag: str, words: Vocabulary
) -> None:
    """On one side of a bound the flag is raised, on the other it is not."""
    attribute, _, value = inside.partition("=")
    findings = present.split("|")
    assert flag in ids(read(findings, [], {attribute: float(value)}, words))
    assert flag not in ids(read(findings, [], {attribute: float(outside)}, words))


@every_flag
def test_a_minimal_case_raises_its_flag(flag: RedFlag, words: Vocabulary) -> None:
    """One alternative of each conjunct suffices, and the flag says by which it was raised."""
    for statements in minimal(flag):
        case = sure(statements, words)
        assert flag in raised(case)
        assert {id for id, _ in statements} <= set(flag.because(case))


@every_flag
def test_less_than_a_minimal_case_does_not_raise_it(flag: RedFlag, words: Vocabulary) -> None:
    """No term of a flag is idle: a minimal case that lacks any of them does not raise it."""
    for statements in minimal(flag):
        if flag.id in SERVE_TWICE and not SERVE_TWICE[flag.id].isdisjoint(dict(statements)):
            continue
        for id, _ in statements:
            case = sure(without(dict(statements), id), words)
            assert flag not in raised(case)


SERVE_TWICE = {
    flag: {"upper_back_pain"} for flag in ("tumour_signs_over_50", "single_warning_with_back_pain")
}
"""What is back pain and a sign of its own at once: without the pain the sign still implies it."""


def test_upper_back_pain_is_back_pain_and_a_warning(words: Vocabulary) -> None:
    """Upper back pain alone raises the warning that it is, and with age and nights the graver."""
    assert ids(read(["upper_back_pain"], [], {}, words)) == ["single_warning_with_back_pain"]
    case = read(["upper_back_pain", "night_pain"], [], {"age_years": 51}, words)
    assert ids(case) == ["tumour_signs_over_50", "single_warning_with_back_pain"]


@every_flag
def test_a_further_finding_never_lowers_the_level(flag: RedFlag, words: Vocabulary) -> None:
    """Whoever reports more is never sent home for it: no present finding silences a flag."""
    assert len(words.findings) == 133
    for statements in minimal(flag):
        alone = sure(statements, words)
        for finding in words.findings:
            more = sure((*statements, (finding, True)), words)
            assert set(ids(alone)) <= set(ids(more))
            assert level(more) >= level(alone) >= flag.level


@every_flag
def test_an_absent_finding_changes_no_flag(flag: RedFlag, words: Vocabulary) -> None:
    """An absent finding neither makes a rule hold nor keeps one from holding."""
    for statements in minimal(flag):
        alone = ids(sure(statements, words))
        for finding in words.findings:
            denied = build((*statements, (finding, False)), words)
            assert denied is None or ids(denied) == alone


def test_all_findings_absent_raise_nothing(words: Vocabulary) -> None:
    """Someone who denies everything raises no flag and leaves none open, at any age and onset."""
    ages, onsets, courses = (0, 17, 51), ("sudden", "gradual"), ("persistent", "intermittent")
    trends = ("worsening", "stable", "improving")
    for age, onset, course, trend in product(ages, onsets, courses, trends):
        attributes: dict[str, Value] = {"age_years": age, "onset": onset}
        attributes |= {"course": course, "trend": trend}
        case = read([], tuple(words.findings), attributes, words)
        assert screen(case) == ((), ())
        assert not [flag.id for flag in RED_FLAGS if flag.ask(case)]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (RED_FLAGS[0], "level"),
        (Is("onset", "sudden"), "value"),
        (Above("age_years", 50), "bound"),
        (Below("age_years", 18), "bound"),
    ],
)
def test_nothing_changes_a_rule_at_run_time(record: object, field: str) -> None:
    """A rule and its terms refuse to be given another value."""
    with pytest.raises(FrozenInstanceError):
        setattr(record, field, getattr(record, field))


def test_a_rule_cannot_say_no() -> None:
    """A term is a present finding or a statement about an attribute; none asks for absence."""
    assert get_args(Term) == (str, Is, Above, Below)
    assert get_args(Alternatives) == (Term, ...)


@pytest.mark.parametrize("flags", [RED_FLAGS, RED_FLAGS[::-1]], ids=["table", "reversed"])
def test_flags_stand_the_most_urgent_first(words: Vocabulary, flags: tuple[RedFlag, ...]) -> None:
    """The order of raised flags is that of their levels, in whatever order the table is."""
    findings = ["buttock_pain", "recent_trauma", "fever", "saddle_numbness"]
    case = read(findings, [], {}, words)
    assert [flag.id for flag in Screen(flags).raised(case)] == [
        "saddle_numbness",
        "fever_with_buttock_pain",
        "buttock_pain_after_injury",
    ]


@every_flag
def test_what_could_still_raise_a_flag_is_asked(flag: RedFlag, words: Vocabulary) -> None:
    """In every three-valued case of a flag's own terms it asks for just what could raise it.

    An id has to be asked when it is unknown and there is a way to complete the other unknowns
    such that the flag is raised with some value of the id and is not without one.
    """
    ids, values = three_valued(flag, words)
    cases = [bare(ids, chosen) for chosen in product(*values)]
    shape = [len(own) for own in values]
    is_raised = np.array([flag.is_raised(case) for case in cases]).reshape(shape)
    asked = np.empty((len(ids), *shape), dtype=bool)
    for axis in range(len(ids)):
        unknown = np.take(is_raised, [-1], axis=axis)
        tips = np.zeros(shape, dtype=bool)
        tips[(slice(None),) * axis + (-1,)] = (is_raised.any(axis=axis, keepdims=True) & ~unknown)[
            (slice(None),) * axis + (0,)
        ]
        for other in range(len(ids)):
            tips = tips if other == axis else existing(tips, other)
        asked[axis] = tips & ~is_raised
    expected = asked.reshape(len(ids), -1).T
    told = np.array([[id in ask for id in ids] for ask in (flag.ask(case) for case in cases)])
    np.testing.assert_array_equal(told, expected)


def test_everything_is_open_at_first(words: Vocabulary) -> None:
    """Where nothing is known every flag is unscreened, and the ids to ask for stand in order."""
    case = read([], [], {}, words)
    open_ = {flag.id: flag.ask(case) for flag in RED_FLAGS}
    assert all(open_.values())
    emergencies = [flag for flag in RED_FLAGS if flag.level is Urgency.EMERGENCY]
    assert screen(case) == ((), tuple((flag, open_[flag.id]) for flag in emergencies))
    assert open_["saddle_numbness"] == ("saddle_numbness",)
    assert open_["sudden_buttock_numbness"] == ("buttock_numbness", "onset")


def test_what_is_implied_absent_is_screened(words: Vocabulary) -> None:
    """Who denies any change in passing urine is not asked about retention."""
    case = read([], ["new_urinary_symptoms"], {}, words)
    open_ = {flag.id for flag in RED_FLAGS if flag.ask(case)}
    closed = {"urinary_retention", "urinary_incontinence", "new_urinary_symptoms_with_pain"}
    closed |= {"bladder_and_bowel_change"}
    assert open_ == {flag.id for flag in RED_FLAGS} - closed


def rule(**changes: object) -> RedFlag:
    """Return a sound flag with some of its fields changed."""
    sound: dict[str, object] = {
        "id": "rule",
        "level": Urgency.URGENT,
        "title": "A title",
        "when": (("fever",),),
        "suspects": (),
        "facts": ("004-18",),
    }
    return RedFlag(**(sound | changes))  # type: ignore[arg-type]


def check_faults(
    flags: tuple[RedFlag, ...], words: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """Return the faults for which a table of rules is refused, none when it is not."""
    monkeypatch.setattr(red_flags, "RED_FLAGS", flags)
    try:
        red_flags.check(words)
    except TableError as refusal:
        return refusal.faults
    return ()


@pytest.mark.parametrize(
    ("special", "general"),
    [("lower_back_pain", "back_pain"), ("leg_paralysis", "leg_weakness")],
)
def test_a_lost_implication_is_refused(special: str, general: str, words: Vocabulary) -> None:
    """A vocabulary in which a finding no longer counts as the general one is told by both."""
    lost = {**words.implying, general: words.implying[general] - {special}}
    with pytest.raises(TableError) as refusal:
        red_flags.check(replace(words, implying=lost))
    assert refusal.value.faults == (
        f"{special!r} does not imply {general!r}, which red flags rest on",
    )


def test_every_implication_that_rules_use_is_counted_on(words: Vocabulary) -> None:
    """What implies a term of a rule stands in the list that the start checks."""
    terms = {term for flag in RED_FLAGS for term in flag.terms() if isinstance(term, str)}
    used = {term: words.implying[term] - {term} for term in terms}
    assert {t: set(COUNTED.get(t, ())) for t in terms} == {t: set(used[t]) for t in terms}


def test_the_shipped_rules_have_no_fault(words: Vocabulary) -> None:
    """The table of rules knows nothing that the vocabulary does not."""
    red_flags.check(words)
    assert len({flag.id for flag in RED_FLAGS}) == len(RED_FLAGS)


@pytest.mark.parametrize(
    "term",
    [
        "fever",
        Is("onset", "sudden"),
        Above("age_years", 0),
        Above("age_years", 119),
        Below("age_years", 1),
        Below("age_years", 120),
    ],
)
def test_a_rule_that_can_hold_is_accepted(
    words: Vocabulary, term: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every term that some case fulfils is allowed."""
    assert check_faults((rule(when=((term,),)),), words, monkeypatch) == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"when": (("feverish",),)}, "'feverish' is no finding"),
        ({"when": (("fever", "onset"),)}, "'onset' is no finding"),
        ({"when": ((Is("onset", "slow"),),)}, "onset=slow is no value of the vocabulary"),
        ({"when": ((Is("pace", "slow"),),)}, "pace=slow is no value of the vocabulary"),
        ({"when": ((Is("fever", "high"),),)}, "fever=high is no value of the vocabulary"),
        ({"when": ((Is("age_years", "50"),),)}, "age_years=50 is no value of the vocabulary"),
        *(
            ({"when": ((term,),)}, f"{term.attribute} and {term.bound} are outside the vocabulary")
            for term in (
                Above("age_years", 120),
                Above("age_years", 121),
                Above("age_years", -1),
                Below("age_years", 0),
                Below("age_years", -1),
                Below("age_years", 121),
                Above("onset", 1),
                Below("height", 1),
            )
        ),
        ({"when": ()}, "needs one or more alternatives, none of them empty"),
        ({"when": (("fever",), ())}, "needs one or more alternatives, none of them empty"),
        ({"title": ""}, "needs a title and facts or guidelines"),
        ({"facts": ()}, "needs a title and facts or guidelines"),
    ],
)
def test_a_bad_rule_is_refused(
    words: Vocabulary,
    changes: dict[str, object],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rule that no case can fulfil, or that says too little, is told by its id."""
    assert check_faults((rule(**changes),), words, monkeypatch) == (f"red flag 'rule': {fault}",)


def test_every_fault_of_the_rules_is_told_at_once(
    words: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One check lists all that is wrong with all rules."""
    flags = (
        rule(),
        rule(title=""),
        rule(id="other", when=(("a", "b"), (Is("sex", "c"),)), facts=()),
    )
    assert sorted(check_faults(flags, words, monkeypatch)) == [
        "red flag 'other': 'a' is no finding",
        "red flag 'other': 'b' is no finding",
        "red flag 'other': needs a title and facts or guidelines",
        "red flag 'other': sex=c is no value of the vocabulary",
        "red flag 'rule' stands twice",
        "red flag 'rule': needs a title and facts or guidelines",
    ]


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        (emergency.FLAGS, Urgency.EMERGENCY),
        (urgent.FLAGS, Urgency.URGENT),
        (primary_care.FLAGS, Urgency.PRIMARY_CARE),
    ],
    ids=["emergency", "urgent", "primary_care"],
)
def test_a_module_holds_the_rules_of_its_level_alone(
    flags: tuple[RedFlag, ...], level: Urgency
) -> None:
    """Who reviews the rules of one level finds all of them in one module, and no other."""
    assert [flag for flag in RED_FLAGS if flag.level is level] == list(flags)


def test_the_version_names_this_very_table() -> None:
    """A changed rule needs a new version, which stands in every answer: change both here."""
    digest = hashlib.sha256(repr(RED_FLAGS).encode()).hexdigest()
    assert (VERSION, digest) == (
        "3",
        "85db788ffd1ba92b993c3f21a99ac6d52db8a96f5b3435668854f83556139cfc",
    )
