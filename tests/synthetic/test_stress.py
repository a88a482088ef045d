from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from service.clinical import case
from service.clinical.vocabulary import Vocabulary
from service.schemas.request import case_schema
from synthetic import bayes, generate, stress
from synthetic.generate import Machine, machine
from synthetic.profiles import Band, World
from synthetic.states import states

NUMBER = 6_000

COMPLAINTS = ("sensory", "pain", "motor", "bladder_bowel", "modifier", "systemic")

ALWAYS = "fever"
"""The finding that everybody has in the plain world."""


@pytest.fixture(scope="module")
def source(world: World) -> Machine:
    """The documented world, ready for drawing."""
    return machine(world, states(world, stress.U))


@pytest.fixture(scope="module")
def plain(world: World) -> Machine:
    """A world in which conditions hardly differ, so that each mechanism shows by itself.

    Everybody has fever, three in ten have each other finding that nothing connects. Every other
    condition has women and two-sided complaints alone, the rest neither. Bands of onset and course
    reach from never to always.
    """
    low, high = world.frequencies.low.copy(), world.frequencies.high.copy()
    for band in (low, high):
        band[:, singles(world)] = 0.3
        band[:, list(world.vocabulary.findings).index(ALWAYS)] = 1.0
    odd = np.array([float(stage.condition % 2) for stage in world.stages])
    none = np.zeros(len(odd))
    parameters = {
        **world.parameters,
        ("sex", "share_female"): Band(odd, odd),
        ("side", "share_both"): Band(odd, odd),
        ("side", "share_both_one_worse"): Band(none, none),
        ("onset", "share_sudden"): Band(none, none + 1),
        ("course", "share_persistent"): Band(none, none + 1),
    }
    made = replace(world, frequencies=Band(low, high), parameters=parameters)
    return machine(made, states(made, stress.U))


@pytest.fixture(scope="module")
def told(plain: Machine) -> pd.DataFrame:
    """Cases of the plain world."""
    table: pd.DataFrame = stress.block(plain, 20_000, 11, 0).to_pandas()
    return table


def singles(world: World, *groups: str) -> list[int]:
    """Return the places of findings that nothing connects, of all groups or of some."""
    words = world.vocabulary
    return [
        place
        for place, (id, finding) in enumerate(words.findings.items())
        if words.implied[id] == words.implying[id] == {id}
        and finding.group in (groups or (*COMPLAINTS, "exam", "risk_factor"))
    ]


def test_same_seed_gives_the_same_cases(source: Machine) -> None:
    """The second world is as repeatable as the first, and another one."""
    assert stress.block(source, 500, 1, 0).equals(stress.block(source, 500, 1, 0))
    assert not stress.block(source, 500, 1, 0).equals(stress.block(source, 500, 2, 0))
    assert not stress.block(source, 500, 1, 0).equals(generate.block(source, 500, 1, 0))


def test_service_accepts_the_cases(source: Machine, words: Vocabulary) -> None:
    """Each case is closed under `implies`, has two answers and no fault of the schema."""
    schema = case_schema(words)
    for row in stress.block(source, 1_000, 3, 0).to_pylist():
        present = [id for id in words.findings if row[id] == 1]
        absent = [id for id in words.findings if row[id] == 0]
        known = {id: row[id] for id in words.attributes if row[id] is not None}
        schema.load({"present": present, "absent": absent, "attributes": known})
        closed = case.read(present, absent, known, words)
        assert (closed.present, closed.absent) == (frozenset(present), frozenset(absent))
        assert row["answers"] >= 2


def test_second_world_is_harder_for_who_knows_the_first(source: Machine, world: World) -> None:
    """The posterior of the first world, being best there, is worse in the second."""
    first = machine(world, states(world))
    conditions = np.array(list(world.catalogue.conditions))
    right = []
    for table in (generate.block(first, NUMBER, 5, 0), stress.block(source, NUMBER, 5, 0)):
        cases = table.to_pandas()
        found = bayes.posterior(first.states, world.vocabulary, cases)
        right.append((conditions[found.argmax(axis=1)] == cases["condition"].to_numpy(str)).mean())
    # Five standard errors of the difference of two shares of as many cases.
    assert right[0] - right[1] > 5 * np.sqrt(2 * 0.25 / NUMBER)


def test_what_never_occurs_is_never_stated(source: Machine) -> None:
    """Nobody with piriformis syndrome leaks, in this world either."""
    table = stress.block(source, NUMBER, 7, 0).to_pandas()
    own = table[table["condition"] == "piriformis_syndrome"]
    assert len(own) > 100
    assert not (own["urinary_incontinence"] == 1).any()
    assert not (own["fecal_incontinence"] == 1).any()


def test_frequencies_are_wrong_by_block(plain: Machine, world: World) -> None:
    """The log-odds of findings differ between two blocks by half, times the root of two.

    A complaint that is there is told by a third of the people. Their severities flatten the odds
    a little. About 70 findings give that spread within a tenth of itself.
    """
    ids = np.array(list(world.vocabulary.findings))[singles(world, *COMPLAINTS)]
    ids = ids[ids != ALWAYS]
    odds = []
    for i in (0, 1):
        cases = stress.block(plain, NUMBER, 11, i).to_pandas()
        truth = (cases[ids] == 1).mean().to_numpy() * 3
        odds.append(np.log(truth / (1 - truth)))

    spread = (odds[0] - odds[1]).std()
    assert len(ids) > 50
    assert 0.7 * 0.5 < spread < 0.7 * 1.5


def test_severity_moves_complaints_and_signs_together(told: pd.DataFrame, world: World) -> None:
    """Who affirms more complaints has more signs, although each is told by itself; no more risks.

    Five standard errors of a correlation that is not there are 5 over the root of the cases.
    """
    ids = np.array(list(world.vocabulary.findings))
    complaints, signs, risks = (
        (told[ids[singles(world, *groups)]] == 1).sum(axis=1)
        for groups in (COMPLAINTS, ("exam",), ("risk_factor",))
    )
    chance = 5 / np.sqrt(len(told))

    assert np.corrcoef(complaints, signs)[0, 1] > chance
    assert abs(np.corrcoef(complaints, risks)[0, 1]) < chance


def test_a_twentieth_of_what_is_stated_is_wrong(told: pd.DataFrame) -> None:
    """What everybody has is denied in 0.05 of the answers to it, within 5 standard errors."""
    answers = told[ALWAYS].dropna()

    wrong = (answers == 0).mean()

    assert len(answers) > 1_000
    assert wrong == pytest.approx(0.05, abs=5 * np.sqrt(0.05 * 0.95 / len(answers)))


def test_a_tenth_have_anybodys_attributes(told: pd.DataFrame, world: World) -> None:
    """Of ten of 21 conditions with women alone, 0.1 times 11 in 21 are not, within 5 errors.

    And of the others 0.1 times 10 in 21 are women.
    """
    names = list(world.catalogue.conditions)
    of_women = told["condition"].isin(names[1::2])

    for is_own, strangers in ((of_women, 11 / 21), (~of_women, 10 / 21)):
        sex = told.loc[is_own, "sex"].dropna()
        other = (sex != ("female" if is_own is of_women else "male")).mean()
        share = 0.1 * strangers
        assert other == pytest.approx(share, abs=5 * np.sqrt(share / len(sex)))


def test_places_in_the_bands_lie_near_their_ends(told: pd.DataFrame) -> None:
    """Where a band reaches from never to always, a person's onset and course go together.

    At 0.02 and 0.98 of the bands 0.96 of people have both or neither, anybody's attributes lower
    it. At 0.2 and 0.8 it would be 0.68 at most.
    """
    known = told[["onset", "course"]].dropna()

    alike = (known["onset"] == "sudden") == (known["course"] == "persistent")

    assert alike.mean() > 0.8


def test_all_cases_are_for_evaluation(told: pd.DataFrame) -> None:
    """Nothing of the second world is ever learned from."""
    assert set(told["split"]) == {"evaluation"}
