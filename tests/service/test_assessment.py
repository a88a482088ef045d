import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from service.assessment import ADVICE, Assessment, Triage, assess
from service.clinical import catalogue
from service.clinical.case import Case, read
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Urgency, Vocabulary
from service.opinion import Model, Ranking

SELF_CARE, PRIMARY_CARE = Urgency.SELF_CARE, Urgency.PRIMARY_CARE
URGENT, EMERGENCY = Urgency.URGENT, Urgency.EMERGENCY

CONDITIONS: Mapping[Urgency, tuple[str, ...]] = {
    EMERGENCY: ("cauda_equina_syndrome", "spinal_injury"),
    URGENT: (
        "spinal_malignancy",
        "spinal_infection",
        "shingles",
        "lyme_disease",
        "autoimmune_neuropathy",
    ),
    PRIMARY_CARE: (
        "piriformis_syndrome",
        "lumbar_disc_herniation",
        "lumbar_spinal_stenosis",
        "spondylolisthesis",
        "sacroiliac_joint_dysfunction",
        "gluteal_tendinopathy",
        "peripheral_arterial_disease",
        "degenerative_spine_disease",
        "vitamin_b_deficiency",
        "upper_spine_radiculopathy",
    ),
    SELF_CARE: (
        "gluteal_muscle_strain",
        "positional_paresthesia",
        "back_muscle_spasm",
        "nonspecific_low_back_pain",
    ),
}
IDS = tuple(id for ids in CONDITIONS.values() for id in ids)
URGENCY = {id: level for level, ids in CONDITIONS.items() for id in ids}

THRESHOLDS: Mapping[Urgency, float] = {EMERGENCY: 0.3, URGENT: 0.3, PRIMARY_CARE: 0.3}
DENIED = (
    "urinary_incontinence",
    "urinary_retention",
    "new_urinary_symptoms",
    "fecal_incontinence",
    "bowel_retention",
    "bilateral_leg_symptoms",
    "progressive_neurological_deficit",
    "sudden_weakness",
    "buttock_numbness",
    "severe_back_pain",
    "leg_weakness",
    "leg_numbness",
    "trunk_numbness",
    "complete_sensory_loss",
    "pain_radiating_down_leg",
    "leg_coldness_or_pallor",
    "sexual_dysfunction",
    "cancer_history",
    "arm_weakness_or_numbness",
    "unsteady_gait",
)
"""With `saddle_numbness`, what every flag of level emergency needs one of."""

FLAGS: Mapping[Urgency | None, tuple[tuple[str, ...], str]] = {
    None: (("tingling",), ""),
    PRIMARY_CARE: (("buttock_pain", "recent_trauma"), "buttock_pain_after_injury"),
    URGENT: (("buttock_pain", "fever"), "fever_with_buttock_pain"),
    EMERGENCY: (("saddle_numbness",), "saddle_numbness"),
}
"""What is present and which flag it raises alone, by the level of the flag."""

EXPECTED: Mapping[tuple[Urgency | None, Urgency | None], tuple[Urgency, str]] = {
    (None, None): (PRIMARY_CARE, "fallback"),
    (None, SELF_CARE): (PRIMARY_CARE, "incomplete_screening"),
    (None, PRIMARY_CARE): (PRIMARY_CARE, "model"),
    (None, URGENT): (URGENT, "model"),
    (None, EMERGENCY): (EMERGENCY, "model"),
    (PRIMARY_CARE, None): (PRIMARY_CARE, "red_flags"),
    (PRIMARY_CARE, SELF_CARE): (PRIMARY_CARE, "red_flags"),
    (PRIMARY_CARE, PRIMARY_CARE): (PRIMARY_CARE, "red_flags"),
    (PRIMARY_CARE, URGENT): (URGENT, "model"),
    (PRIMARY_CARE, EMERGENCY): (EMERGENCY, "model"),
    (URGENT, None): (URGENT, "red_flags"),
    (URGENT, SELF_CARE): (URGENT, "red_flags"),
    (URGENT, PRIMARY_CARE): (URGENT, "red_flags"),
    (URGENT, URGENT): (URGENT, "red_flags"),
    (URGENT, EMERGENCY): (EMERGENCY, "model"),
    (EMERGENCY, None): (EMERGENCY, "red_flags"),
    (EMERGENCY, SELF_CARE): (EMERGENCY, "red_flags"),
    (EMERGENCY, PRIMARY_CARE): (EMERGENCY, "red_flags"),
    (EMERGENCY, URGENT): (EMERGENCY, "red_flags"),
    (EMERGENCY, EMERGENCY): (EMERGENCY, "red_flags"),
}
"""Level and who decides, by the levels of flag and model (None: no flag, no usable model).

Emergency flags are unscreened; where they are screened, self-care alone stays self-care.
"""


@dataclass
class Fake:
    """A model that answers as it is told, and remembers the settings that it was asked under."""

    answer: Callable[[Sequence[Case]], Sequence[Ranking]]
    thresholds: Mapping[Urgency, float] = field(default_factory=lambda: THRESHOLDS)
    settings: list[str] = field(default_factory=list)

    def rank(self, cases: Sequence[Case], setting: str) -> Sequence[Ranking]:
        """Return the answer about the cases."""
        self.settings.append(setting)
        return self.answer(cases)


def spread(**probabilities: float) -> dict[str, float]:
    """Return these probabilities, with what is left shared evenly by the other conditions."""
    rest = max(0.0, 1 - sum(probabilities.values())) / (len(IDS) - len(probabilities))
    return {id: probabilities.get(id, rest) for id in IDS}


def ranking(**probabilities: float) -> Ranking:
    """Return a sound ranking with these probabilities and a small prediction set."""
    return Ranking(spread(**probabilities), spread(**probabilities), frozenset({IDS[0]}))


def always(answer: Ranking) -> Fake:
    """Return a model that ranks every case alike."""
    return Fake(lambda cases: [answer] * len(cases))


def leading(id: str) -> Ranking:
    """Return a ranking that one condition leads with 0.9; each of the others has 0.005."""
    return ranking(**{id: 0.9})


def fail(_: Sequence[Case]) -> Sequence[Ranking]:
    """Fail as a model may."""
    raise RuntimeError("the model is broken")


SOUND = leading("shingles")
SHINGLES = spread(shingles=0.9)
LACKING = dict.fromkeys(IDS[1:], 1 / 20)
BAD_PROBABILITIES: Mapping[str, Mapping[str, float]] = {
    "nan": SHINGLES | {"shingles": math.nan},
    "all_nan": dict.fromkeys(IDS, math.nan),
    "negative": SHINGLES | {"shingles": 0.91, "lyme_disease": -0.005},
    "infinite": SHINGLES | {"shingles": math.inf},
    "above_one": SHINGLES | {"shingles": 1.9, "lyme_disease": -0.995},
    "just_above_one": dict.fromkeys(IDS, 0.0) | {"shingles": 1 + 5e-7},
    "too_little": dict.fromkeys(IDS, 0.01),
    "too_much": SHINGLES | {"shingles": 0.95},
    "all_zero": dict.fromkeys(IDS, 0.0),
    "one_missing": LACKING,
    "one_too_many": SHINGLES | {"gout": 0.0},
    "another_instead": LACKING | {"gout": 1 / 20},
    "empty": {},
}
BAD_RANKINGS: Mapping[str, Ranking] = {
    **{f"shown_{name}": replace(SOUND, probabilities=p) for name, p in BAD_PROBABILITIES.items()},
    **{f"triage_{name}": replace(SOUND, triage=p) for name, p in BAD_PROBABILITIES.items()},
    "unknown_in_set": replace(SOUND, prediction_set=frozenset({"shingles", "gout"})),
}
BROKEN: Mapping[str, Model | None] = {
    "absent": None,
    "exception": Fake(fail),
    "too_few": Fake(lambda cases: [SOUND] * (len(cases) - 1)),
    "too_many": Fake(lambda cases: [SOUND] * (len(cases) + 1)),
    "no_thresholds": Fake(lambda cases: [SOUND] * len(cases), thresholds={}),
    "not_a_ranking": Fake(lambda cases: [None] * len(cases)),  # type: ignore[list-item]
    **{name: always(bad) for name, bad in BAD_RANKINGS.items()},
}

every_flag_level = pytest.mark.parametrize(
    "flag", FLAGS, ids=lambda level: level.id if level is not None else "none"
)
either_screening = pytest.mark.parametrize("screened", [True, False], ids=["screened", "open"])


@pytest.fixture
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The shipped conditions."""
    return catalogue.read(words).conditions


def case_of(flag: Urgency | None, screened: bool, words: Vocabulary) -> Case:
    """Return a case that raises one flag of a level, or none, with emergencies denied or open."""
    present, _ = FLAGS[flag]
    denied = [id for id in (*DENIED, "saddle_numbness") if id not in present]
    return read(present, denied if screened else (), {}, words)


def answer(
    case: Case, model: Model | None, conditions: Mapping[str, Condition], setting: str = "balanced"
) -> Assessment:
    """Return the answer about one case."""
    (assessment,) = assess([case], setting, model, conditions)
    return assessment


def test_conditions_are_those_of_the_contract(conditions: Mapping[str, Condition]) -> None:
    """The levels that these tests reckon with are the shipped ones."""
    assert {id: condition.urgency for id, condition in conditions.items()} == URGENCY
    assert len(URGENCY) == 21


@every_flag_level
@either_screening
def test_cases_are_what_they_stand_for(
    words: Vocabulary,
    conditions: Mapping[str, Condition],
    flag: Urgency | None,
    screened: bool,
) -> None:
    """Each case raises the one flag of its level, and leaves emergencies open or not."""
    assessment = answer(case_of(flag, screened, words), None, conditions)
    assert [(f.id, f.level) for f in assessment.raised] == (
        [(FLAGS[flag][1], flag)] if flag else []
    )
    assert bool(assessment.not_screened) is not screened
    assert {f.level for f, _ in assessment.not_screened} <= {EMERGENCY}


def because(
    decided_by: str, flag: Urgency | None, lead: str, assessment: Assessment
) -> tuple[str, ...]:
    """Return what a decision has to be founded on."""
    return {
        "red_flags": (FLAGS[flag][1],),
        "model": (lead,),
        "incomplete_screening": tuple(f.id for f, _ in assessment.not_screened),
        "fallback": (),
    }[decided_by]


@every_flag_level
@either_screening
@pytest.mark.parametrize("lead", IDS)
def test_flags_and_model_decide_together(
    words: Vocabulary,
    conditions: Mapping[str, Condition],
    flag: Urgency | None,
    screened: bool,
    lead: str,
) -> None:
    """The level is the higher of flags and model, and self-care only after screening."""
    model = URGENCY[lead]
    level, decided_by = EXPECTED[flag, model]
    if screened and (flag, model) == (None, SELF_CARE):
        level, decided_by = SELF_CARE, "model"
    assessment = answer(case_of(flag, screened, words), always(leading(lead)), conditions)
    founded = because(decided_by, flag, lead, assessment)
    assert assessment.triage == Triage(level, decided_by, founded)
    assert (assessment.is_degraded, assessment.is_sufficient) == (False, True)


@every_flag_level
@either_screening
@pytest.mark.parametrize("lead", IDS)
def test_calm_conditions_are_withheld_under_a_flag(
    words: Vocabulary,
    conditions: Mapping[str, Condition],
    flag: Urgency | None,
    screened: bool,
    lead: str,
) -> None:
    """What a flag's level makes implausible is withheld; with it the rest sums to 1, unscaled."""
    hidden: dict[Urgency | None, tuple[str, ...]] = {
        EMERGENCY: (*CONDITIONS[PRIMARY_CARE], *CONDITIONS[SELF_CARE]),
        URGENT: CONDITIONS[SELF_CARE],
    }
    given = leading(lead)
    assessment = answer(case_of(flag, screened, words), always(given), conditions)
    assert set(assessment.withheld) == set(hidden.get(flag, ()))
    assert {**assessment.conditions, **assessment.withheld} == given.probabilities
    shown = list(assessment.conditions.values())
    assert shown == sorted(shown, reverse=True)
    assert math.isclose(sum(shown) + sum(assessment.withheld.values()), 1)
    assert {id for f in assessment.raised for id in f.suspects} <= assessment.conditions.keys()


@every_flag_level
@either_screening
@pytest.mark.parametrize("behaviour", BROKEN)
def test_flags_answer_without_a_usable_model(
    words: Vocabulary,
    conditions: Mapping[str, Condition],
    flag: Urgency | None,
    screened: bool,
    behaviour: str,
) -> None:
    """Whatever fails in the model, the flags decide, at primary care at least, and alone."""
    level, decided_by = EXPECTED[flag, None]
    case = case_of(flag, screened, words)
    assessment = answer(case, BROKEN[behaviour], conditions)
    assert assessment.triage == Triage(level, decided_by, because(decided_by, flag, "", assessment))
    assert assessment == answer(case, None, conditions)
    assert assessment.is_degraded
    assert assessment.ranking is None
    assert (assessment.conditions, assessment.withheld) == ({}, {})
    assert not assessment.is_sufficient


def test_suspects_are_listed_whatever_their_level_and_probability(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """A calm suspect of a lesser flag stays in sight under an emergency, at any probability."""
    case = read(["saddle_numbness", "buttock_pain", "leg_numbness"], [], {}, words)
    for probability in (0.0, 1e-12, 0.5):
        given = ranking(lumbar_disc_herniation=probability)
        assessment = answer(case, always(given), conditions)
        assert set(assessment.conditions) == {
            *CONDITIONS[EMERGENCY],
            *CONDITIONS[URGENT],
            "lumbar_disc_herniation",
        }
        assert assessment.conditions["lumbar_disc_herniation"] == probability


def test_the_highest_flags_alone_decide(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Of several flags those of the highest level are named, each of them."""
    case = read(["saddle_numbness", "fecal_incontinence", "buttock_pain", "fever"], [], {}, words)
    triage = answer(case, None, conditions).triage
    assert triage == Triage(EMERGENCY, "red_flags", ("fecal_incontinence", "saddle_numbness"))


@pytest.mark.parametrize("finding", ["fecal_incontinence", "urinary_incontinence"])
@pytest.mark.parametrize("lead", IDS)
def test_an_excluded_condition_has_probability_zero(
    words: Vocabulary, conditions: Mapping[str, Condition], finding: str, lead: str
) -> None:
    """Leaking rules out piriformis syndrome, and the others share what it had in proportion."""
    given = replace(leading(lead), prediction_set=frozenset({"piriformis_syndrome", lead}))
    case = read([finding], [], {}, words)
    assessment = answer(case, always(given), conditions)
    everything = {**assessment.conditions, **assessment.withheld}
    rest = 0.1 if lead == "piriformis_syndrome" else 0.995
    assert everything == pytest.approx(
        {id: p / rest for id, p in given.probabilities.items()} | {"piriformis_syndrome": 0.0}
    )
    assert everything["piriformis_syndrome"] == 0
    assert sum(everything.values()) == pytest.approx(1)
    assert assessment.ranking == given


@pytest.mark.parametrize("field_", ["probabilities", "triage"])
def test_certainty_of_an_excluded_condition_is_unusable(
    words: Vocabulary, conditions: Mapping[str, Condition], field_: str
) -> None:
    """A model that is certain of what cannot be is not believed."""
    certain = dict.fromkeys(IDS, 0.0) | {"piriformis_syndrome": 1.0}
    given = replace(SOUND, **{field_: certain})  # type: ignore[arg-type]
    case = read(["fecal_incontinence"], [], {}, words)
    assert answer(case, always(given), conditions) == answer(case, None, conditions)


def test_an_excluded_condition_carries_no_level(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """The level comes from the probabilities after the exclusions."""
    cauda = replace(conditions["cauda_equina_syndrome"], never=frozenset({"tingling"}))
    given = ranking(cauda_equina_syndrome=0.9, back_muscle_spasm=0.09)
    assessment = answer(
        case_of(None, True, words), always(given), {**conditions, "cauda_equina_syndrome": cauda}
    )
    assert assessment.triage == Triage(SELF_CARE, "model", ("back_muscle_spasm",))


@pytest.mark.parametrize(
    ("probabilities", "level", "carriers"),
    [
        (
            {"cauda_equina_syndrome": 0.2, "spinal_injury": 0.15, "shingles": 0.6},
            EMERGENCY,
            ("cauda_equina_syndrome", "spinal_injury"),
        ),
        (
            {"cauda_equina_syndrome": 0.15, "spinal_injury": 0.2, "shingles": 0.6},
            EMERGENCY,
            ("spinal_injury", "cauda_equina_syndrome"),
        ),
        (
            {"cauda_equina_syndrome": 0.2, "shingles": 0.25, "spondylolisthesis": 0.5},
            URGENT,
            ("shingles", "cauda_equina_syndrome"),
        ),
        (
            {"shingles": 0.28, "spondylolisthesis": 0.21, "back_muscle_spasm": 0.5},
            PRIMARY_CARE,
            ("shingles", "spondylolisthesis"),
        ),
        ({"spinal_injury": 0.3, "back_muscle_spasm": 0.7}, EMERGENCY, ("spinal_injury",)),
        ({"back_muscle_spasm": 0.8, "shingles": 0.2}, SELF_CARE, ("back_muscle_spasm",)),
        (
            {"shingles": 0.29, "gluteal_muscle_strain": 0.27, "back_muscle_spasm": 0.44},
            SELF_CARE,
            ("back_muscle_spasm",),
        ),
    ],
)
def test_conditions_carry_a_level_together(
    words: Vocabulary,
    conditions: Mapping[str, Condition],
    probabilities: Mapping[str, float],
    level: Urgency,
    carriers: tuple[str, ...],
) -> None:
    """The level is the highest whose conditions reach its threshold, by the fewest of them."""
    case = case_of(None, True, words)
    triage = answer(case, always(ranking(**probabilities)), conditions).triage
    assert triage == Triage(level, "model", carriers)


def test_self_care_is_not_founded_on_a_graver_condition(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Where a graver condition leads below its threshold, self-care names a self-care one."""
    given = ranking(
        cauda_equina_syndrome=0.28,
        back_muscle_spasm=0.27,
        positional_paresthesia=0.225,
        nonspecific_low_back_pain=0.225,
    )
    triage = answer(case_of(None, True, words), always(given), conditions).triage
    assert (triage.level, triage.decided_by) == (SELF_CARE, "model")
    assert {URGENCY[id] for id in triage.because} == {SELF_CARE}


@pytest.mark.parametrize(
    ("lead", "level"),
    [
        ("back_muscle_spasm", PRIMARY_CARE),
        ("spondylolisthesis", PRIMARY_CARE),
        ("shingles", URGENT),
        ("spinal_injury", EMERGENCY),
    ],
)
@pytest.mark.parametrize("size", [1, 10, 11, 21])
def test_a_set_of_more_than_half_is_insufficient(
    words: Vocabulary, conditions: Mapping[str, Condition], lead: str, level: Urgency, size: int
) -> None:
    """A model that can rule out less than half of the conditions sends nobody to self-care."""
    given = replace(leading(lead), prediction_set=frozenset(IDS[:size]))
    assessment = answer(case_of(None, True, words), always(given), conditions)
    is_sufficient = size <= 10
    expected = SELF_CARE if is_sufficient and URGENCY[lead] is SELF_CARE else level
    assert assessment.is_sufficient is is_sufficient
    assert (assessment.triage.level, assessment.triage.decided_by) == (expected, "model")


def test_half_of_the_conditions_is_sufficient(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Of twenty conditions a set of ten holds not more than half."""
    twenty = {id: conditions[id] for id in IDS[:20]}
    even = dict.fromkeys(twenty, 1 / 20)
    given = Ranking(even, even, frozenset(IDS[:10]))
    (assessment,) = assess([case_of(None, True, words)], "balanced", always(given), twenty)
    assert not assessment.is_degraded
    assert assessment.is_sufficient


def test_with_too_little_to_go_on_the_likeliest_harmless_condition_is_named(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Primary care for want of answers rests on what leads, though that could be looked after."""
    given = replace(leading("back_muscle_spasm"), prediction_set=frozenset(IDS))
    triage = answer(case_of(None, True, words), always(given), conditions).triage
    assert triage == Triage(PRIMARY_CARE, "model", ("back_muscle_spasm",))


def test_a_lesser_flag_does_not_hide_the_highest_from_a_graver_model(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Beside a flag of a lower level than the model's the emergency still decides."""
    case = read(["saddle_numbness", "buttock_pain", "severe_buttock_pain"], [], {}, words)
    assert {f.level for f in answer(case, None, conditions).raised} == {EMERGENCY, PRIMARY_CARE}
    triage = answer(case, always(leading("shingles")), conditions).triage
    assert triage == Triage(EMERGENCY, "red_flags", ("saddle_numbness",))


@pytest.mark.parametrize(
    ("threshold", "is_used"),
    [(-0.5, False), (0.0, False), (1.0, True), (1.5, False), (math.nan, False)],
)
def test_a_threshold_is_a_probability_above_0(
    words: Vocabulary, conditions: Mapping[str, Condition], threshold: float, is_used: bool
) -> None:
    """A model whose threshold would carry every case, or none, is not believed."""
    model = always(leading("shingles"))
    model.thresholds = {**THRESHOLDS, URGENT: threshold}
    assert answer(case_of(None, True, words), model, conditions).is_degraded is not is_used


def test_a_large_batch_is_ranked(words: Vocabulary, conditions: Mapping[str, Condition]) -> None:
    """However many cases there are, as many rankings are believed."""
    many = [case_of(None, True, words)] * 300
    assert not any(one.is_degraded for one in assess(many, "balanced", always(SOUND), conditions))


def test_a_certain_model_is_used(words: Vocabulary, conditions: Mapping[str, Condition]) -> None:
    """A probability of just 1 is a probability."""
    certain = dict.fromkeys(IDS, 0.0) | {"shingles": 1.0}
    assessment = answer(
        case_of(None, True, words),
        always(Ranking(certain, certain, frozenset(IDS[:1]))),
        conditions,
    )
    assert assessment.conditions["shingles"] == 1.0


def test_certainty_of_an_excluded_condition_costs_its_own_case_alone(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """Whoever the model is wrongly sure of leaves the others of the batch their answers."""
    certain = dict.fromkeys(IDS, 0.0) | {"piriformis_syndrome": 1.0}
    cases = [read(["fecal_incontinence"], [], {}, words), case_of(None, True, words)]
    model = Fake(lambda _: [replace(SOUND, probabilities=certain), SOUND])
    first, second = assess(cases, "balanced", model, conditions)
    assert (first.is_degraded, second.is_degraded) == (True, False)


def test_only_unusable_rankings_are_logged(
    words: Vocabulary, conditions: Mapping[str, Condition], caplog: pytest.LogCaptureFixture
) -> None:
    """An operator is told of rankings that could not be used, and of nothing else."""
    case = case_of(None, True, words)
    answer(case, always(SOUND), conditions)
    assert caplog.messages == []
    answer(case, always(replace(SOUND, probabilities={})), conditions)
    assert caplog.messages == ["the model gave 1 unusable rankings"]


def test_nothing_changes_an_answer_after_it_was_given(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """The records of an answer refuse to be given another value."""
    assessment = answer(case_of(EMERGENCY, True, words), always(SOUND), conditions)
    for record, field_ in ((assessment, "raised"), (assessment.triage, "level"), (SOUND, "triage")):
        with pytest.raises(FrozenInstanceError):
            setattr(record, field_, getattr(record, field_))


@pytest.mark.parametrize("size", [11, 21])
def test_screening_alone_has_to_keep_from_self_care(
    words: Vocabulary, conditions: Mapping[str, Condition], size: int
) -> None:
    """Where too little is known as well, incomplete screening is not what decided."""
    given = replace(leading("back_muscle_spasm"), prediction_set=frozenset(IDS[:size]))
    triage = answer(case_of(None, False, words), always(given), conditions).triage
    assert (triage.level, triage.decided_by) == (PRIMARY_CARE, "model")


@pytest.mark.parametrize(
    "setting", ["general_public", "primary_care", "emergency_department", "balanced"]
)
def test_no_setting_lowers_the_level(
    words: Vocabulary, conditions: Mapping[str, Condition], setting: str
) -> None:
    """The caller's setting changes what is shown; the level comes from that of triage."""
    calm, grave = spread(back_muscle_spasm=0.9), spread(spinal_injury=0.9)
    model = always(Ranking(probabilities=calm, triage=grave, prediction_set=frozenset(IDS[:1])))
    assessment = answer(case_of(None, True, words), model, conditions, setting)
    assert assessment.triage == Triage(EMERGENCY, "model", ("spinal_injury",))
    assert assessment.conditions == calm
    assert assessment.withheld == {}
    assert model.settings == [setting]


@pytest.mark.parametrize("bad", BAD_RANKINGS)
def test_a_bad_ranking_costs_its_own_case_alone(
    words: Vocabulary, conditions: Mapping[str, Condition], bad: str
) -> None:
    """In a batch the cases beside one that was ranked badly keep their answers."""
    cases = [case_of(flag, False, words) for flag in (None, URGENT, EMERGENCY)]
    model = Fake(lambda _: [leading("shingles"), BAD_RANKINGS[bad], leading("spondylolisthesis")])
    assert assess(cases, "balanced", model, conditions) == [
        answer(cases[0], always(leading("shingles")), conditions),
        answer(cases[1], None, conditions),
        answer(cases[2], always(leading("spondylolisthesis")), conditions),
    ]


def test_answers_stand_in_the_order_of_the_cases(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """A batch gives each case the answer that it has alone, in one call of the model."""
    by_case = {
        case_of(flag, screened, words).stated: leading(lead)
        for (flag, screened), lead in zip(
            ((flag, screened) for flag in FLAGS for screened in (True, False)), IDS, strict=False
        )
    }
    model = Fake(lambda cases: [by_case[case.stated] for case in cases])
    cases = [case_of(flag, screened, words) for flag in FLAGS for screened in (True, False)]
    alone = [answer(case, model, conditions) for case in cases]
    model.settings.clear()
    assert assess(cases, "balanced", model, conditions) == alone
    assert assess(cases[::-1], "balanced", model, conditions) == alone[::-1]
    assert model.settings == ["balanced", "balanced"]
    assert len({assessment.triage for assessment in alone}) > 4


@pytest.mark.parametrize("behaviour", ["absent", "exception"])
def test_a_degraded_batch_keeps_its_order(
    words: Vocabulary, conditions: Mapping[str, Condition], behaviour: str
) -> None:
    """Without a model too there is one answer for each case, in their order."""
    cases = [case_of(flag, False, words) for flag in FLAGS]
    assessments = assess(cases, "balanced", BROKEN[behaviour], conditions)
    assert [assessment.triage for assessment in assessments] == [
        Triage(PRIMARY_CARE, "fallback", ()),
        Triage(PRIMARY_CARE, "red_flags", ("buttock_pain_after_injury",)),
        Triage(URGENT, "red_flags", ("fever_with_buttock_pain",)),
        Triage(EMERGENCY, "red_flags", ("saddle_numbness",)),
    ]


@pytest.mark.parametrize("model", [None, always(SOUND)], ids=["degraded", "model"])
def test_no_case_has_no_answer(model: Model | None, conditions: Mapping[str, Condition]) -> None:
    """An empty batch is answered by an empty list."""
    assert assess([], "balanced", model, conditions) == []


def test_flags_need_no_catalogue(words: Vocabulary) -> None:
    """A damaged catalogue costs the model's answer, never the screen."""
    for flag in (PRIMARY_CARE, URGENT, EMERGENCY):
        triage = answer(case_of(flag, False, words), always(SOUND), {}).triage
        assert triage == Triage(flag, "red_flags", (FLAGS[flag][1],))


def test_every_level_has_advice_of_its_own() -> None:
    """Each level says something, and no two the same."""
    assert set(ADVICE) == set(Urgency)
    assert len(set(ADVICE.values())) == 4
