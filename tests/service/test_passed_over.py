"""What nobody knows is not asked again, and what it hides is looked for in another way."""

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Any

import pytest

from service.assessment import assess
from service.clinical import catalogue, red_flags
from service.clinical.case import Case, Value, read
from service.clinical.catalogue import Condition
from service.clinical.rule import RedFlag
from service.clinical.vocabulary import Urgency, Vocabulary
from service.cover import cover
from service.model import Model
from service.questions import Question, next_questions

HARMLESS: Mapping[str, Value] = {
    "age_years": 40, "onset": "gradual", "duration_days": 400, "trend": "stable", "side": "left",
    "post_void_residual_ml": 0,
}  # fmt: skip
ALARMING: Mapping[str, Value] = {
    "age_years": 80, "onset": "sudden", "duration_days": 1, "trend": "worsening", "side": "both",
    "post_void_residual_ml": 900,
}  # fmt: skip
"""Of each attribute that an emergency flag asks for the value that raises it."""

EMERGENCIES = [flag for flag in red_flags.RED_FLAGS if flag.level is Urgency.EMERGENCY]
SIGNS = [flag.id for flag in EMERGENCIES if len(flag.terms()) == 1]
"""Emergencies by themselves: each of these flags is named as its one finding."""


@pytest.fixture(scope="module")
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of this installation."""
    return catalogue.read(words).conditions


def asked(case: Case, words: Vocabulary, conditions: Mapping[str, Condition]) -> list[Question]:
    """Return what red flags ask about a case."""
    (assessment,) = assess([case], "balanced", None, conditions)
    return next_questions(case, assessment, "balanced", None, words)


def answered(
    case: Case,
    words: Vocabulary,
    present: Iterable[str] = (),
    absent: Iterable[str] = (),
    attributes: Mapping[str, Value] | None = None,
) -> Case:
    """Return the case with more answers, in which the same is passed over."""
    return read(
        (case.stated & case.present) | set(present),
        (case.stated & case.absent) | set(absent),
        {**case.attributes, **(attributes or {})},
        words,
        case.passed_over,
    )


def denied(case: Case, ids: Collection[str], words: Vocabulary) -> Case:
    """Return the case after these are denied."""
    absent = [id for id in ids if id in words.findings]
    return answered(case, words, (), absent, {i: HARMLESS[i] for i in ids if i in words.attributes})


def worst(case: Case, words: Vocabulary) -> Case:
    """Return the case in which all that can still be asked for is answered as badly as can be."""
    known = case.present | case.absent | case.passed_over | case.attributes.keys()
    attributes = {id: value for id, value in ALARMING.items() if id not in known}
    return answered(case, words, words.findings.keys() - known, (), attributes)


def passing(case: Case, ids: Iterable[str], words: Vocabulary) -> Case:
    """Return the case in which these are passed over too."""
    present, absent = case.stated & case.present, case.stated & case.absent
    return read(present, absent, case.attributes, words, case.passed_over | set(ids))


def is_settled(case: Case, start: Case, flags: Iterable[RedFlag], words: Vocabulary) -> bool:
    """Tell whether no answer raises a flag, and each is screened that the start can screen."""
    askable = {*words.findings, *HARMLESS} - start.present - start.absent - start.passed_over
    best, bad = denied(start, askable - start.attributes.keys(), words), worst(case, words)
    open_ = [flag for flag in flags if not flag.is_raised(start)]
    screenable = [flag for flag in open_ if not flag.ask(best)]
    return not any(flag.ask(case) for flag in screenable) and not any(
        flag.is_raised(bad) for flag in open_
    )


def test_there_are_the_signs_that_are_emergencies_by_themselves() -> None:
    """Those that the tests below go through are these, all of which a patient can tell of."""
    assert set(SIGNS) == {
        "urinary_retention",
        "urinary_incontinence",
        "fecal_incontinence",
        "saddle_numbness",
        "bilateral_leg_weakness",
        "progressive_neurological_deficit",
        "sudden_weakness",
        "leg_paralysis",
    }


def test_a_sign_is_asked_for_when_the_broad_question_was_not_answered(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Whoever cannot say whether passing urine has changed is asked for both emergencies of it."""
    case = read(["buttock_pain"], (), {}, words)
    before = {question.ask for question in asked(case, words, conditions)}
    after = passing(case, ["new_urinary_symptoms"], words)
    signs = {"urinary_retention", "urinary_incontinence"}

    assert before & {"new_urinary_symptoms", *signs} == {"new_urinary_symptoms"}
    assert {question.ask for question in asked(after, words, conditions)} >= signs


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_is_asked_for_whatever_implied_finding_is_passed_over(
    sign: str, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """It stands among the questions, or something that it implies does, until itself is passed."""
    broad = sorted(words.implied[sign] - {sign})
    for number in range(len(broad) + 1):
        for passed in combinations(broad, number):
            case = passing(read(["muscle_spasm"], (), {}, words), passed, words)
            ids = {question.ask for question in asked(case, words, conditions)}
            assert ids & (words.implied[sign] - set(passed)), passed
            if number == len(broad):
                assert sign in ids


def test_every_sign_was_asked_for_when_nothing_is_left_to_ask(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Whoever knows nothing, whatever the complaint, is asked once for all that raises a flag."""
    for complaint in words.findings:
        case = read([complaint], (), {}, words)
        start = case
        while ids := [question.ask for question in asked(case, words, conditions)]:
            assert not case.passed_over & set(ids)
            case = passing(case, ids, words)
        before = {flag.id for flag in EMERGENCIES if flag.is_raised(start)}

        assert case.passed_over >= set(SIGNS) - start.present, complaint
        assert {f.id for f in EMERGENCIES if f.is_raised(worst(case, words))} == before, complaint


@pytest.mark.parametrize("complaint", ["muscle_spasm", "lower_back_pain", "leg_weakness"])
def test_denied_questions_settle_every_flag_whatever_is_passed_over(
    complaint: str, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """One thing that nobody knows, or all that was asked: the others rule out what they can."""
    start = read([complaint], (), {}, words)
    first = [question.ask for question in asked(start, words, conditions)]
    for passed in [[id] for id in (*words.findings, *words.attributes)] + [first, first[::2]]:
        case = passing(start, passed, words)
        ids = [question.ask for question in asked(case, words, conditions)]
        assert not set(passed) & set(ids)
        assert is_settled(denied(case, ids, words), case, EMERGENCIES, words), passed


@pytest.mark.parametrize(
    ("names", "stated", "passed"),
    [
        (["urinary_retention", "urinary_incontinence"], "fatigue", ["new_urinary_symptoms"]),
        (["urinary_retention", "urinary_incontinence"], "fatigue", ["urinary_retention"]),
        (["bladder_and_bowel_change", "urinary_retention"], "fatigue", ["new_urinary_symptoms"]),
        (["bladder_and_bowel_change"], "fatigue", ["bowel_retention", "new_urinary_symptoms"]),
        (["bilateral_leg_weakness", "leg_paralysis"], "fatigue", ["leg_weakness"]),
        (["bilateral_leg_weakness"], "fatigue", ["leg_weakness", "bilateral_leg_symptoms"]),
        (["weak_leg_with_cord_sign"], "leg_weakness", ["trunk_numbness"]),
        (["numb_trunk_with_deficit"], "trunk_numbness", ["leg_numbness", "unsteady_gait"]),
        (["numb_trunk_with_deficit", "urinary_retention"], "unsteady_gait", ["trunk_numbness"]),
        (["cold_leg_of_new_onset"], "leg_pain", ["duration_days"]),
        (["cold_leg_of_new_onset"], "leg_coldness_or_pallor", ["duration_days", "leg_pain"]),
        (["sudden_bilateral_sciatica"], "pain_radiating_down_leg", ["onset", "side"]),
    ],
)
def test_cover_is_as_small_as_any_that_settles_the_flags(
    names: list[str], stated: str, passed: list[str], words: Vocabulary
) -> None:
    """Of all sets of questions none that is smaller settles these flags."""
    case = passing(read([stated], (), {}, words), passed, words)
    flags = [flag for flag in EMERGENCIES if flag.id in names]
    found = cover(flags, case, words, frozenset())
    terms = {id for flag in flags for id in flag.ask(case)}
    about = {near for id in terms for near in words.implied.get(id, (id,))}
    about |= {near for id in terms for near in words.implying.get(id, (id,))}
    askable = sorted(about - case.present - set(passed))

    def settles(ids: Collection[str]) -> bool:
        return is_settled(denied(case, ids, words), case, flags, words)

    assert len(flags) == len(names)
    assert set(found) <= set(askable)
    assert settles(found)
    assert not any(
        settles(ids) for number in range(len(found)) for ids in combinations(askable, number)
    )


def test_nothing_is_asked_for_a_flag_that_no_answer_raises(words: Vocabulary) -> None:
    """Where itself is passed over, and all that it implies, the sign stays open and unasked."""
    case = read(["fatigue"], (), {}, words, ["urinary_retention", "new_urinary_symptoms"])
    flags = [flag for flag in EMERGENCIES if flag.id == "urinary_retention"]

    assert cover(flags, case, words, frozenset()) == []
    assert flags[0] in [flag for flag, _ in red_flags.screen(case)[1]]


def test_what_is_denied_is_not_asked_again_in_place_of_something_broader(
    words: Vocabulary,
) -> None:
    """With a numb trunk a change of the bladder is left to find, by the one way that is open."""
    stated = read(["trunk_numbness"], ["urinary_retention"], {}, words, ["new_urinary_symptoms"])
    flags = [flag for flag in EMERGENCIES if flag.id == "numb_trunk_with_deficit"]

    assert set(cover(flags, stated, words, frozenset())) == {
        "bilateral_leg_symptoms",
        "leg_numbness",
        "unsteady_gait",
        "urinary_incontinence",
    }


def test_examinations_stay_last_and_are_passed_over_too(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Where a weak leg leaves signs of the examiner open, they come after the patient's own."""
    start = read(["leg_weakness", "buttock_pain", "unsteady_gait"], (), {}, words)
    case = passing(start, ["new_urinary_symptoms", "reduced_anal_tone"], words)
    questions = asked(case, words, conditions)
    hard = [question.kind == "examination" for question in questions]

    assert hard == sorted(hard)
    assert any(hard)
    assert "reduced_anal_tone" not in {question.ask for question in questions}


def test_what_is_passed_over_is_not_asked_for_information(
    model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Those that would tell the next most come in its place, whatever it would tell."""

    class Telling:
        thresholds, rank = model.thresholds, model.rank

        def gains(self, *_: Any) -> dict[str, float]:
            return {"muscle_spasm": 3.0, "course": 2.0, "fatigue": 1.0, "smoking": 0.5}

    case = read(["buttock_pain"], (), {}, words, ["muscle_spasm", "course"])
    (assessment,) = assess([case], "balanced", model, conditions)
    questions = next_questions(case, assessment, "balanced", Telling(), words)

    assert [one.ask for one in questions if one.reason == "information"] == ["fatigue", "smoking"]
