import pandas as pd
import pytest

from service.clinical.vocabulary import Vocabulary
from synthetic import profiles, states
from synthetic.people import people


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    """Four thousand people."""
    return people(4_000, 5)


def test_everything_is_known(drawn: pd.DataFrame, words: Vocabulary) -> None:
    """No finding and no attribute of anybody is unknown."""
    assert len(drawn) == 4_000
    assert not drawn[[*words.findings, *words.attributes]].isna().any(axis=None)


def test_what_is_known_fits_together(drawn: pd.DataFrame, words: Vocabulary) -> None:
    """Whoever has a finding has what it implies."""
    for id, implied in words.implied.items():
        assert (drawn.loc[drawn[id] == 1, sorted(implied)] == 1).all(axis=None), id


def test_findings_are_as_frequent_as_the_profiles_say(
    drawn: pd.DataFrame, world: profiles.World
) -> None:
    """Over all conditions alike often each finding is there as often as the states have it."""
    known = states.states(world)
    expected = known.frequency.T @ known.prior / len(world.catalogue.conditions)
    found = drawn[list(world.vocabulary.findings)].mean().to_numpy(dtype=float)
    # Five standard errors of a share of 4,000, and a little for those who are drawn again.
    assert abs(found - expected).max() < 0.04


def test_same_seed_gives_the_same_people(drawn: pd.DataFrame) -> None:
    """They do not depend on anything but number and seed."""
    pd.testing.assert_frame_equal(drawn, people(4_000, 5))
    assert not drawn.equals(people(4_000, 6))
