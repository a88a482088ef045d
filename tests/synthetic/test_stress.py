import numpy as np
import pytest

from service.clinical import case
from service.clinical.vocabulary import Vocabulary
from service.schemas import case_schema
from synthetic import bayes, generate, stress
from synthetic.generate import Machine, machine
from synthetic.profiles import World
from synthetic.states import states

NUMBER = 6_000


@pytest.fixture(scope="module")
def source(world: World) -> Machine:
    """The documented world, ready for drawing."""
    return machine(world, states(world, stress.U))


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
    conditions = np.array(list(world.catalogue.conditions))
    right = []
    for draw in (generate.block, stress.block):
        table = draw(source, NUMBER, 5, 0).to_pandas()
        found = bayes.posterior(source.states, world.vocabulary, table)
        right.append((conditions[found.argmax(axis=1)] == table["condition"].to_numpy(str)).mean())
    # Five standard errors of the difference of two shares of as many cases.
    assert right[0] - right[1] > 5 * np.sqrt(2 * 0.25 / NUMBER)


def test_what_never_occurs_is_never_stated(source: Machine) -> None:
    """Nobody with piriformis syndrome leaks, in this world either."""
    table = stress.block(source, NUMBER, 7, 0).to_pandas()
    own = table[table["condition"] == "piriformis_syndrome"]
    assert len(own) > 100
    assert not (own["urinary_incontinence"] == 1).any()
    assert not (own["fecal_incontinence"] == 1).any()
