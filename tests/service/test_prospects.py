import numpy as np
import pytest

from service.clinical.case import Case, read
from service.clinical.vocabulary import Category, Vocabulary
from service.features import KNOTS, Encoding
from service.prospects import Outlook, entropy


@pytest.fixture(scope="module")
def encoding(words: Vocabulary) -> Encoding:
    """The encoding of this installation."""
    return Encoding(words)


@pytest.fixture
def case(words: Vocabulary) -> Case:
    """A case with findings that imply others and deny others."""
    return read(["pain_below_knee", "fever"], ["back_pain"], {"sex": "female"}, words)


@pytest.fixture(scope="module")
def outlook(encoding: Encoding) -> Outlook:
    """Shares of two conditions in which nothing is stated more than anything else."""
    return Outlook({name: [0.1, 0.2] for name in encoding.columns})


def test_rows_are_those_of_the_answered_case(
    case: Case, outlook: Outlook, encoding: Encoding, words: Vocabulary
) -> None:
    """Each answer gives the row that the case has when it is read anew with the answer stated."""
    prospects = outlook.of(case, encoding.row(case), words)
    present, absent = case.stated & case.present, case.stated & case.absent
    expected = []
    for id in prospects.ids:
        if id in words.findings:
            expected += [
                read(present | {id}, absent, case.attributes, words),
                read(present, absent | {id}, case.attributes, words),
            ]
            continue
        attribute = words.attributes[id]
        values = attribute.values if isinstance(attribute, Category) else KNOTS[id]
        expected += [
            read(present, absent, {**case.attributes, id: value}, words) for value in values
        ]

    np.testing.assert_array_equal(prospects.rows, encoding.rows(expected))
    np.testing.assert_array_equal(
        case.answers + prospects.more, [answered.answers for answered in expected]
    )


def test_questions_are_all_that_is_unknown(
    case: Case, outlook: Outlook, encoding: Encoding, words: Vocabulary
) -> None:
    """Every finding and attribute that the case leaves open is asked for, and no other."""
    prospects = outlook.of(case, encoding.row(case), words)
    known = case.present | case.absent | case.attributes.keys()

    assert set(prospects.ids) == (words.findings.keys() | words.attributes.keys()) - known


def test_nothing_is_left_to_ask_of_who_told_everything(
    outlook: Outlook, encoding: Encoding, words: Vocabulary
) -> None:
    """A case that leaves nothing open has no prospects and no gains."""
    given = {
        id: known.values[0] if isinstance(known, Category) else KNOTS[id][0]
        for id, known in words.attributes.items()
    }
    everything = read([], tuple(words.findings), given, words)

    prospects = outlook.of(everything, encoding.row(everything), words)

    assert prospects.rows.shape == (0, len(encoding.columns))
    assert prospects.information(np.ones(2), np.ones((0, 2))) == {}


def test_answers_are_as_frequent_as_findings_are(
    case: Case, encoding: Encoding, words: Vocabulary
) -> None:
    """People who tell 40 % of what is there and 5 % of what is not still show how much is there."""
    rng = np.random.default_rng(3)
    shares = {name: rng.dirichlet(np.ones(3), 2).T[0] for name in encoding.columns}
    frequency = {id: rng.random(2) for id in words.findings}
    for id, f in frequency.items():
        shares[f"{id}=present"], shares[f"{id}=absent"] = 0.40 * f, 0.05 * (1 - f)
    told = Outlook({name: share.tolist() for name, share in shares.items()})

    prospects = told.of(case, encoding.row(case), words)

    for question, id in enumerate(prospects.ids):
        chances = prospects.chances[prospects.question == question]
        np.testing.assert_allclose(chances.sum(axis=0), 1)
        if id in words.findings:
            np.testing.assert_allclose(chances, [frequency[id], 1 - frequency[id]], atol=1e-6)


def test_shares_of_nothing_say_nothing(case: Case, encoding: Encoding, words: Vocabulary) -> None:
    """Where nobody stated anything every chance is 0, not a division by it."""
    silent = Outlook({name: [0.0, 0.0] for name in encoding.columns})

    prospects = silent.of(case, encoding.row(case), words)
    information = prospects.information(np.ones(2), np.ones((len(prospects.rows), 2)))

    assert not prospects.chances.any()
    assert set(information.values()) == {0.0}


def test_information_is_that_of_a_textbook_channel(
    case: Case, encoding: Encoding, words: Vocabulary
) -> None:
    """A binary symmetric channel with an error of 0.11 carries half a bit (Shannon 1948)."""
    shares = {name: [0.5, 0.5] for name in encoding.columns}
    shares |= {"onset=sudden": [0.89, 0.11], "onset=gradual": [0.11, 0.89]}
    prospects = Outlook(shares).of(case, encoding.row(case), words)
    onset = prospects.question == prospects.ids.index("onset")
    then = np.full((len(prospects.rows), 2), 0.5)
    then[onset] = [[0.89, 0.11], [0.11, 0.89]]

    information = prospects.information(np.array([0.5, 0.5]), then)

    assert information["onset"] / np.log(2) == pytest.approx(0.5, abs=1e-3)
    assert information["trend"] == pytest.approx(0, abs=1e-12)


def test_answer_that_leaves_nothing_possible_tells_nothing(
    case: Case, outlook: Outlook, encoding: Encoding, words: Vocabulary
) -> None:
    """Where a hypothetical answer gives every possible condition 0, the gains stay numbers.

    It counts as if nothing had been learned, so the other answer alone tells.
    """
    prospects = outlook.of(case, encoding.row(case), words)
    now, then = np.array([0.5, 0.5]), np.full((len(prospects.rows), 2), 0.5)
    trend = np.flatnonzero(prospects.question == prospects.ids.index("trend"))
    then[trend[0]] = 0

    information = prospects.information(now, then)

    assert list(information.values()) == pytest.approx([0.0] * len(information), abs=1e-12)


def test_entropy_of_alike_chances_is_the_logarithm_of_their_number() -> None:
    """Certainty has none, four alike chances have log 4 nats."""
    rows = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    np.testing.assert_allclose(entropy(rows), [0, np.log(4)])
