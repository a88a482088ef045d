import logging
import math
from collections.abc import Collection, Mapping
from itertools import combinations
from typing import Any

import pytest

from service.assessment import Assessment, assess
from service.clinical import catalogue, red_flags
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.rule import Is, RedFlag
from service.clinical.vocabulary import Urgency, Vocabulary
from service.cover import cover
from service.model import Model
from service.questions import Question, next_questions

MEASURED = "post_void_residual_ml"


@pytest.fixture(scope="module")
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of this installation."""
    return catalogue.read(words).conditions


@pytest.fixture
def back(words: Vocabulary) -> Case:
    """A calm case that leaves most open."""
    attributes: dict[str, float | str] = {"age_years": 50, "sex": "male"}
    return read(["lower_back_pain", "buttock_pain"], ["fever"], attributes, words)


def asked(
    case: Case, model: Any, words: Vocabulary, conditions: Mapping[str, Condition]
) -> list[Question]:
    """Return the next questions about a case in the setting in which all conditions are alike."""
    (assessment,) = assess([case], "balanced", model, conditions)
    return next_questions(case, assessment, "balanced", model, words)


def denied(case: Case, ids: Collection[str], words: Vocabulary) -> Case:
    """Return the case after the questions are denied: the attributes have harmless values."""
    harmless: dict[str, float | str] = {"onset": "gradual", "duration_days": 400, MEASURED: 0}
    harmless |= {"trend": "stable", "side": "left", "age_years": 40}
    attributes = dict(case.attributes) | {i: harmless[i] for i in ids if i in words.attributes}
    absent = (case.stated & case.absent) | {id for id in ids if id in words.findings}
    return read(case.stated & case.present, absent, attributes, words)


def is_screened(case: Case) -> bool:
    """Tell whether no emergency flag can be raised any more that is not raised."""
    return not red_flags.screen(case)[1]


def test_denied_flag_questions_screen_every_complaint(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Whatever finding somebody comes with, denying all of them leaves no emergency flag open."""
    for id in words.findings:
        case = read([id], (), {}, words)
        questions = asked(case, None, words, conditions)
        assert {question.reason for question in questions} == {"red_flag"}
        assert is_screened(denied(case, [question.ask for question in questions], words)), id


@pytest.mark.parametrize("complaint", ["lower_back_pain", "buttock_numbness", "foot_drop"])
def test_no_flag_question_is_superfluous(
    complaint: str, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Left out, any one of them leaves a flag open."""
    case = read([complaint], (), {}, words)
    ids = [question.ask for question in asked(case, None, words, conditions)]
    for id in ids:
        assert not is_screened(denied(case, [other for other in ids if other != id], words)), id


def test_questions_are_about_what_is_unknown_each_once(
    back: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Flags come first; no question repeats another or asks for what is stated or implied."""
    questions = asked(back, model, words, conditions)
    ids = [question.ask for question in questions]
    known = back.present | back.absent | back.attributes.keys()
    reasons = [question.reason for question in questions]

    assert len(set(ids)) == len(ids)
    assert not known & set(ids)
    assert reasons == sorted(reasons, reverse=True)
    assert reasons.count("information") == 10


def test_kind_says_what_it_takes_to_answer(
    back: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Signs and the measured residual need an examination; other attributes are attributes."""
    open_ = read(["leg_weakness"], (), {}, words)
    for question in (
        *asked(back, model, words, conditions),
        *asked(open_, model, words, conditions),
    ):
        if question.ask in words.attributes:
            assert question.kind == ("examination" if question.ask == MEASURED else "attribute")
        else:
            is_sign = words.findings[question.ask].group == "exam"
            assert question.kind == ("examination" if is_sign else "finding")


def test_examinations_come_after_what_a_patient_can_answer(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """A weak leg leaves flags that only signs screen: these stand last, and each is needed."""
    stated = ["leg_weakness", "buttock_pain", "unsteady_gait"]
    questions = asked(read(stated, (), {}, words), None, words, conditions)
    kinds = [question.kind == "examination" for question in questions]

    assert kinds == sorted(kinds)
    assert {q.ask for q in questions if q.kind == "examination"} >= {"reduced_anal_tone", MEASURED}


def test_few_examinations_are_asked_for_information(
    back: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Where everything else is worth little, a patient still finds seven questions to answer."""

    class Examiner:
        thresholds = model.thresholds
        rank = model.rank

        def gains(self, *_: Any) -> dict[str, float]:
            signs = {id for id, finding in words.findings.items() if finding.group == "exam"}
            return {id: 1.0 if id in signs else 0.1 for id in words.findings}

    questions = [q for q in asked(back, Examiner(), words, conditions) if q.reason != "red_flag"]

    assert [question.kind for question in questions] == ["examination"] * 3 + ["finding"] * 7


def test_cover_prefers_one_question_to_several(words: Vocabulary) -> None:
    """Two ways to lose urine are one question; of two flags' groups the shared one is denied."""

    def flag(*when: tuple[Any, ...]) -> RedFlag:
        return RedFlag("flag", Urgency.EMERGENCY, "A flag", when, ())

    case = read(["muscle_spasm"], (), {}, words)
    urine = [flag(("urinary_retention",)), flag(("urinary_incontinence",))]
    shared = [
        flag(("fever", "night_pain"), ("cancer_history",)),
        flag(("cancer_history",), (Is("onset", "sudden"),)),
    ]

    assert cover(urine, case, words, frozenset()) == ["new_urinary_symptoms"]
    assert cover(shared, case, words, frozenset()) == ["cancer_history"]
    assert cover(shared, case, words, frozenset({"cancer_history"})) == [
        "onset",
        "fever",
        "night_pain",
    ]


def test_cover_is_as_small_as_any(words: Vocabulary) -> None:
    """The greedy cover of a few real flags has as many questions as the smallest of all sets."""
    case = read(["buttock_pain"], (), {}, words)
    open_ = [flag for flag in red_flags.RED_FLAGS if flag.ask(case)]
    flags = [flag for flag in open_ if "numbness" in flag.id][:6]
    found = cover(flags, case, words, frozenset())
    asked_for = sorted({id for flag in flags for id in flag.ask(case)})

    def screens(ids: tuple[str, ...]) -> bool:
        after = denied(case, ids, words)
        return not any(flag.ask(after) for flag in flags)

    smaller = combinations(asked_for, len(found) - 1)
    assert screens(tuple(found))
    assert not any(map(screens, smaller))


def entropy(probabilities: Collection[float]) -> float:
    """Return the entropy in nats."""
    return -sum(p * math.log(p) for p in probabilities if p > 0)


def test_gain_is_the_information_in_the_answer(back: Case, model: Model, words: Vocabulary) -> None:
    """Of a category it is the mutual information, by shares and by what the model ranks then."""
    (now,) = model.rank([back], "balanced")
    gains = model.gains(back, "balanced", list(now.probabilities), words)

    stated, absent = back.stated & back.present, back.stated & back.absent
    onsets = ("sudden", "gradual")
    answered = [read(stated, absent, {**back.attributes, "onset": o}, words) for o in onsets]
    then = [ranking.probabilities for ranking in model.rank(answered, "balanced")]
    ids, table = model.manifest.conditions, model.manifest.shares
    shares = [dict(zip(ids, table[f"onset={o}"], strict=True)) for o in onsets]
    told = {id: shares[0][id] + shares[1][id] for id in shares[0]}
    chance = [sum(now.probabilities[id] * share[id] / told[id] for id in told) for share in shares]
    mean = [chance[0] * then[0][id] + chance[1] * then[1][id] for id in told]
    after = sum(p * entropy(t.values()) for p, t in zip(chance, then, strict=True))

    assert gains["onset"] == pytest.approx(entropy(mean) - after, rel=1e-4)


class Telling:
    """A model that ranks as another one, by which a few questions have the gains of a test."""

    def __init__(self, model: Model, gains: Mapping[str, float]) -> None:
        self.thresholds, self.rank = model.thresholds, model.rank
        self._gains = gains

    def gains(self, *_: Any) -> Mapping[str, float]:
        """Return the gains, in nats."""
        return self._gains


def test_gain_of_a_question_is_in_bits(
    back: Case, model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """To decide between two equal ones, or four, is 1 bit or 2; a rounding below 0 is none."""
    nats = {"muscle_spasm": math.log(2), "fatigue": math.log(4), "smoking": -1e-17}
    questions = asked(back, Telling(model, nats), words, conditions)
    flags = [question for question in questions if question.reason == "red_flag"]
    told = [question for question in questions if question.reason == "information"]

    assert flags
    assert {question.gain for question in flags} == {None}
    assert [question.ask for question in told] == ["fatigue", "muscle_spasm", "smoking"]
    assert [question.gain for question in told] == pytest.approx([2, 1, 0], abs=1e-15)
    assert str(told[-1].gain) == "0.0"


def test_question_about_nothing_open_tells_nothing(
    back: Case, model: Model, words: Vocabulary
) -> None:
    """Where one condition alone is possible no answer can tell more; no gain is ever below 0."""
    certain = model.gains(back, "balanced", ["shingles"], words)
    open_ = model.gains(back, "balanced", model.manifest.conditions, words)

    assert list(certain.values()) == pytest.approx([0.0] * len(certain), abs=1e-9)
    assert min(open_.values()) > -1e-9
    assert max(open_.values()) > 0.05


class Broken:
    """A model that ranks as another one, and fails when it is asked what a question is worth."""

    def __init__(self, model: Model, gains: Any) -> None:
        self.thresholds, self.rank = model.thresholds, model.rank
        self._gains = gains

    def gains(self, *_: Any) -> Any:
        """Give or raise what the test wants."""
        if isinstance(self._gains, Exception):
            raise self._gains
        return self._gains


@pytest.mark.parametrize(
    ("gains", "error"),
    [
        (MemoryError("of a patient"), "MemoryError"),
        ({"fever": math.nan}, "ValueError"),
        ({"fever": "much"}, "ValueError"),
        (None, "AttributeError"),
    ],
    ids=["raises", "no number", "text", "nothing"],
)
def test_failing_model_costs_only_its_own_questions(  # noqa: PLR0913, PLR0917 - a model, a failure
    gains: Any,
    error: str,
    back: Case,
    model: Model,
    words: Vocabulary,
    conditions: Mapping[str, Condition],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The flags' questions are those without a model; the log has the type of the error alone."""
    with caplog.at_level(logging.ERROR):
        found = asked(back, Broken(model, gains), words, conditions)

    assert found == asked(back, None, words, conditions)
    assert [r.getMessage() for r in caplog.records] == [
        f"the model failed with {error}; red flags ask alone"
    ]


def test_unusable_ranking_leaves_flag_questions_alone(
    back: Case, model: Model, words: Vocabulary
) -> None:
    """A degraded assessment asks no model, even one that would answer."""
    degraded: Assessment
    (degraded,) = assess([back], "balanced", None, {})

    questions = next_questions(back, degraded, "balanced", model, words)

    assert {question.reason for question in questions} == {"red_flag"}


def test_excluded_conditions_are_not_asked_about(
    model: Model, words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """What a documented fact rules out is no possible condition of the gains."""
    seen: list[Collection[str]] = []

    class Watched(Broken):
        def gains(self, _: Any, __: Any, possible: Collection[str], ___: Any) -> dict[str, float]:
            seen.append(possible)
            return {}

    asked(read(["fecal_incontinence"], (), {}, words), Watched(model, None), words, conditions)

    never = {id for id, one in conditions.items() if "fecal_incontinence" in one.never}
    assert never
    assert set(seen[0]) == conditions.keys() - never
