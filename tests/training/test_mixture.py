from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from scipy import sparse

from service.clinical.vocabulary import Vocabulary
from service.features import Encoding
from synthetic import blocks
from tests.training.oracle import CLASSES
from training.fit import Encoded, Preparation
from training.mixture import Mixture
from training.workbench import Workbench

OWN = Encoded(
    sparse.csr_matrix(np.array([[1, 1], [1, 2], [1, 3], [1, 4]], dtype=np.float32)),
    CLASSES[[0, 0, 0, 2]],
)
"""Three aches and a rash; the first feature marks them as own, the second tells which it is."""


def marked(start: int, stop: int, prepare: Preparation, workers: int = 1) -> Iterator[Encoded]:
    """Yield blocks of 1,200 cases, alike in class; the second feature numbers them."""
    del prepare, workers
    for i in range(start, stop):
        numbers = np.arange(1_200) + 1_200 * i + 1
        features = np.column_stack([np.zeros(1_200), numbers]).astype(np.float32)
        yield Encoded(sparse.csr_matrix(features), CLASSES[numbers % 3])


@pytest.fixture
def prepare(words: Vocabulary) -> Preparation:
    """What a stream is told to prepare cases by; the marked ones are prepared already."""
    return Preparation(Encoding(words))


def mixed(prepare: Preparation, start: int, stop: int, seed: int = 1) -> list[Encoded]:
    """Return blocks of a mixture of which a fifth are own cases."""
    return list(Mixture(marked, OWN, 0.2, seed)(start, stop, prepare))


def same(one: Encoded, other: Encoded) -> bool:
    """Tell whether two blocks hold the same cases in the same order."""
    rows = np.array_equal(one.features.toarray(), other.features.toarray())
    return rows and np.array_equal(one.labels, other.labels)


@pytest.mark.parametrize(
    ("weight", "number"), [(0.2, 300), (0.5, 1_200), (0.75, 3_600), (0.001, 1)]
)
def test_own_cases_have_their_share(prepare: Preparation, weight: float, number: int) -> None:
    """Of all cases of a block, not of the synthetic ones, a share of the weight is own."""
    (block,) = Mixture(marked, OWN, weight, 1)(0, 1, prepare)

    assert np.bincount(block.features.toarray()[:, 0].astype(int)).tolist() == [1_200, number]
    assert len(block.labels) == 1_200 + number


def test_cases_are_whole_and_synthetic_ones_come_once(prepare: Preparation) -> None:
    """Each case keeps its label, and no synthetic one is lost for the own ones."""
    (block,) = mixed(prepare, 2, 3)

    features = block.features.toarray().astype(int)
    is_own, number = features[:, 0] == 1, features[:, 1]
    expected = np.where(is_own, CLASSES[np.where(number < 4, 0, 2)], CLASSES[number % 3])
    assert block.labels.tolist() == expected.tolist()
    assert sorted(number[~is_own]) == list(range(2_401, 3_601))


def test_own_conditions_are_alike_often_and_everywhere(prepare: Preparation) -> None:
    """Each own condition has half, each ache a sixth; they are not put behind the others."""
    (block,) = mixed(prepare, 0, 1)

    features = block.features.toarray().astype(int)
    own = Counter(features[features[:, 0] == 1, 1].tolist())
    # 300 draws: 50 of each ache with a standard deviation of 6.5, 150 of the rash with one of 8.7;
    # 150 in each half of the block, with one of 7.7.
    assert own.keys() == {1, 2, 3, 4}
    assert all(abs(own[ache] - 50) < 32 for ache in (1, 2, 3))
    assert abs(own[4] - 150) < 43
    assert abs(features[:750, 0].sum() - 150) < 39
    synthetic = features[features[:, 0] == 0, 1]
    assert synthetic.tolist() != sorted(synthetic)


def test_blocks_depend_on_seed_and_number_alone(prepare: Preparation) -> None:
    """A block is the same wherever the stream begins; seeds and blocks differ in what they draw."""
    blocks = mixed(prepare, 0, 4)
    later = mixed(prepare, 2, 4)
    other = mixed(prepare, 0, 1, seed=2)

    assert [same(a, b) for a, b in zip(blocks[2:], later, strict=True)] == [True, True]
    assert not same(blocks[0], other[0])
    places = [block.features.toarray()[:, 0].tolist() for block in (*blocks, *other)]
    assert len({tuple(place) for place in places}) == 5


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        # 1/2 aches and 1/2 rashes among the own, 1/3 each among the synthetic.
        (0.2, [11 / 30, 4 / 15, 11 / 30]),
        (0.5, [5 / 12, 1 / 6, 5 / 12]),
    ],
)
def test_prior_is_that_of_the_cases(
    prepare: Preparation, weight: float, expected: list[float]
) -> None:
    """The prior follows from the shares by hand, and the drawn cases have it."""
    mixture = Mixture(marked, OWN, weight, 1)

    prior = mixture.prior(CLASSES)

    assert np.allclose(prior, expected)
    labels = np.concatenate([block.labels for block in mixture(0, 20, prepare)])
    seen = [(labels == condition).mean() for condition in CLASSES]
    # 6,000 own cases or more: a standard error below 0.003.
    assert np.allclose(seen, expected, atol=0.012)


def test_prior_tells_no_number() -> None:
    """Whatever the numbers of the own conditions, the prior is the same."""
    expected = Mixture(marked, OWN, 0.2, 1).prior(CLASSES)

    for aches, rashes in ((1, 1), (1, 90), (50, 3)):
        labels = CLASSES[[0] * aches + [2] * rashes]
        own = Encoded(sparse.csr_matrix((len(labels), 2), dtype=np.float32), labels)
        assert np.array_equal(Mixture(marked, own, 0.2, 1).prior(CLASSES), expected)


def test_processes_do_not_change_the_mixture(bench: Workbench) -> None:
    """Blocks that two processes draw are mixed as those of one are."""
    prepare = Preparation(bench.encoding)
    own = prepare(bench.data.split("calibration").head(40))
    mixture = Mixture(blocks.stream(7), own, 0.2, 1)

    (alone,) = mixture(1, 2, prepare)
    (together,) = mixture(1, 2, prepare, workers=2)

    assert same(alone, together)
