from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from service.clinical import case
from service.clinical.vocabulary import Finding, Vocabulary
from synthetic import reports, states
from synthetic.profiles import World
from synthetic.reports import Speech
from synthetic.states import States

FAMILIES = {
    frozenset({"foot_numbness", "ascending_numbness"}),
    frozenset(
        {
            "leg_weakness",
            "bilateral_leg_symptoms",
            "bilateral_leg_weakness",
            "leg_paralysis",
            "foot_drop",
        }
    ),
    frozenset({"new_urinary_symptoms", "urinary_retention", "urinary_incontinence"}),
    frozenset(
        {
            "leg_pain",
            "thigh_pain",
            "calf_or_foot_pain",
            "pain_radiating_down_leg",
            "pain_below_knee",
        }
    ),
    frozenset({"difficulty_walking", "unsteady_gait"}),
    frozenset(
        {
            "abnormal_neurological_exam",
            "reduced_reflexes",
            "increased_reflexes",
            "loss_of_vibration_or_position_sense",
        }
    ),
    frozenset(
        {
            "back_pain",
            "lower_back_pain",
            "severe_back_pain",
            "pain_radiating_to_buttock",
            "upper_back_pain",
        }
    ),
    frozenset({"buttock_pain", "deep_aching_pain", "severe_buttock_pain", "upper_buttock_pain"}),
}
"""The families of the shipped vocabulary, found by hand in the column `implies`."""


@pytest.fixture(scope="module")
def known(world: World) -> States:
    """The states of the documented world."""
    return states.states(world)


@pytest.fixture
def pains() -> Vocabulary:
    """A vocabulary of a pain and a severe pain, which implies it."""
    findings = {
        "pain": Finding("pain", "pain", "pain", (), (), "?", ""),
        "severe": Finding("severe", "pain", "severe pain", ("pain",), (), "?", ""),
    }
    return Vocabulary(
        findings=findings,
        attributes={},
        implied={"pain": frozenset({"pain"}), "severe": frozenset({"pain", "severe"})},
        implying={"pain": frozenset({"pain", "severe"}), "severe": frozenset({"severe"})},
    )


def speech(affirmed: float, missed: float, invented: float, denied: float) -> Speech:
    """Return one state that speaks alike of two findings."""
    return Speech(*(np.full((1, 2), chance) for chance in (affirmed, missed, invented, denied)))


def entries(one: reports.Family) -> dict[tuple[tuple[int, ...], int], float]:
    """Return the chance of each report by each number of answers, in the first state."""
    return {
        (tuple(int(state) for state in one.reports[report]), int(answers)): float(chance)
        for report, answers, chance in zip(one.report, one.answers, one.chances[0], strict=True)
    }


def test_families_are_those_found_by_hand(words: Vocabulary) -> None:
    """`implies` connects eight families, every other finding stands by itself, none twice."""
    names = list(words.findings)
    found = [frozenset(names[i] for i in group) for group in reports.families(words)]

    assert {group for group in found if len(group) > 1} == FAMILIES
    assert sorted(id for group in found for id in group) == sorted(names)


def test_chances_of_a_family_sum_to_1_in_every_state(known: States) -> None:
    """Something is reported of each family, be it nothing."""
    for one in known.families:
        assert one.chances.min() >= 0
        np.testing.assert_allclose(one.chances.sum(axis=1), 1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(one.given(0).sum(axis=1), 1, rtol=0, atol=1e-12)


def test_reports_are_what_the_service_makes_of_them(known: States, words: Vocabulary) -> None:
    """Each report of a family is without contradiction and closed, and in the list once."""
    names = list(words.findings)
    for one in known.families:
        ids = [names[i] for i in one.findings]
        for report in one.reports:
            present = {id for id, state in zip(ids, report, strict=True) if state == 1}
            absent = {id for id, state in zip(ids, report, strict=True) if state == 0}
            read = case.read(present, absent, {}, words)
            assert (set(read.present), set(read.absent)) == (present, absent)
        assert len({report.tobytes() for report in one.reports}) == len(one.reports)


def test_answers_are_no_more_than_what_is_stated(known: States) -> None:
    """A report takes at least one answer unless it is silent, and at most one a stated finding."""
    for one in known.families:
        stated = (one.reports != -1).sum(axis=1)[one.report]
        assert (one.answers <= stated).all()
        assert ((one.answers == 0) == (stated == 0)).all()
        np.testing.assert_array_equal(
            one.is_affirming, [(one.reports[i] == 1).any() for i in one.report]
        )


def test_family_of_two_is_that_of_a_hand_computation(pains: Vocabulary) -> None:
    """Half have pain and a fifth severe pain; what each can say is added up by hand."""
    one = reports.family((0, 1), np.array([[0.5, 0.2]]), speech(0.6, 0.1, 0.05, 0.3), pains)

    assert one.findings == (0, 1)
    assert entries(one) == pytest.approx(
        {
            ((-1, -1), 0): 0.28775,
            ((1, -1), 1): 0.16925,
            ((-1, 0), 1): 0.13050,
            ((1, 0), 2): 0.07350,
            ((0, 0), 1): 0.12300,
            ((0, 0), 2): 0.05600,
            ((1, 1), 1): 0.07775,
            ((1, 1), 2): 0.08225,
        },
        abs=1e-12,
    )
    assert one.silence == pytest.approx(0.28775, abs=1e-12)
    np.testing.assert_allclose(one.given(2).sum(), 0.0735 + 0.056 + 0.08225, atol=1e-12)


def test_denial_of_what_is_affirmed_more_specifically_is_no_answer(pains: Vocabulary) -> None:
    """Who affirms severe pain and denies pain is taken to have said the former alone."""
    always = np.array([[1.0, 1.0]])
    mixed = Speech(
        affirmed=np.array([[0.0, 1.0]]),
        missed=np.array([[1.0, 0.0]]),
        invented=np.zeros((1, 2)),
        denied=np.zeros((1, 2)),
    )

    one = reports.family((0, 1), always, mixed, pains)

    assert entries(one) == {((1, 1), 1): 1.0}


def test_denied_general_finding_denies_the_specific(pains: Vocabulary) -> None:
    """Who denies pain has said that it is not severe either, by one answer."""
    honest = Speech(
        affirmed=np.zeros((1, 2)),
        missed=np.zeros((1, 2)),
        invented=np.zeros((1, 2)),
        denied=np.array([[1.0, 0.0]]),
    )

    one = reports.family((0, 1), np.zeros((1, 2)), honest, pains)

    assert entries(one) == {((0, 0), 1): 1.0}


def family_truths(
    known: States, words: Vocabulary
) -> Iterator[tuple[tuple[int, ...], NDArray[np.bool_], NDArray[np.float64]]]:
    """Yield each family with its truths, (n, n_members), and their chances, (n, n_states)."""
    for one in known.families:
        listed = list(reports.truths(one.findings, known.frequency, words))
        yield one.findings, np.array([t for t, _ in listed]), np.array([c for _, c in listed])


def test_truths_are_as_frequent_as_the_world_says(known: States, words: Vocabulary) -> None:
    """In each state each finding of a family is there as often as its own frequency says."""
    for members, truth, chances in family_truths(known, words):
        np.testing.assert_allclose(chances.sum(axis=0), 1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            chances.T @ truth, known.frequency[:, members], rtol=0, atol=1e-9
        )


def test_truths_are_closed_under_implies(known: States, words: Vocabulary) -> None:
    """Whoever has a finding has all that it implies."""
    names = list(words.findings)
    for members, truth, _ in family_truths(known, words):
        column = {names[member]: truth[:, i] for i, member in enumerate(members)}
        for id, held in column.items():
            for implied in words.findings[id].implies:
                assert column[implied][held].all(), (id, implied)


@pytest.mark.parametrize("finding", ["fecal_incontinence", "urinary_incontinence"])
def test_excluded_finding_is_never_invented(finding: str, world: World, known: States) -> None:
    """Nobody with piriformis syndrome tells of leaking, though errors invent other findings."""
    of_condition = known.condition == list(world.catalogue.conditions).index("piriformis_syndrome")
    place = list(world.vocabulary.findings).index(finding)

    affirmed = np.zeros(len(known.prior))
    denied = np.zeros(len(known.prior))
    if place in known.single.findings:
        column = list(known.single.findings).index(place)
        affirmed, denied = known.single.present[:, column], known.single.absent[:, column]
    for one in known.families:
        if place in one.findings:
            state = one.reports[one.report][:, one.findings.index(place)]
            affirmed = one.chances[:, state == 1].sum(axis=1)
            denied = one.chances[:, state == 0].sum(axis=1)

    assert (affirmed[of_condition] == 0).all()
    assert (denied[of_condition] > 0).all()
    assert affirmed[~of_condition].max() > 0.01
