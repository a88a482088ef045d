import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import betabinom, binom

from service.clinical.vocabulary import Urgency
from service.manifest import BANDS as ENDS
from service.model import Model, band, prediction_sets
from service.opinion import TRIAGE_SETTING
from training import decision, screening
from training.predictions import levels
from training.triage import COSTS, OVER_TRIAGE, Screened, cost_matrix
from training.workbench import Workbench

Reals = NDArray[np.float64]
Whole = NDArray[np.intp]

BANDS = {0: (2, 5), 1: (6, 10), 2: (11, 20), 3: (21, 60)}
"""Least and greatest number of answers in each band."""


def two_columns(of_first: Reals) -> Reals:
    """Return probabilities of two conditions, (n_cases, 2), from those of the first."""
    return np.column_stack([of_first, 1 - of_first])


@pytest.mark.parametrize(
    ("cases", "rank"),
    [
        (0, 0),
        (1, 0),
        (18, 0),
        (19, 1),
        (38, 1),
        (39, 2),
        (58, 2),
        (59, 3),
        (99, 5),
        (199, 10),
        (999, 50),
    ],
)
def test_threshold_is_the_probability_of_that_rank(cases: int, rank: int) -> None:
    """With n cases it is the floor((n + 1) / 20)-th smallest probability, 0 with fewer than 19."""
    ascending = (np.arange(cases) + 1) / 2048
    shuffled = np.random.default_rng(1).permutation(ascending)
    truth = np.zeros(cases, dtype=np.intp)

    found = decision.conformal(two_columns(shuffled), truth, np.full(cases, 3), ["a", "b"])

    assert found == {"a": [rank / 2048, 0, 0, 0], "b": [0, 0, 0, 0]}


def test_threshold_is_of_its_condition_and_band_alone() -> None:
    """Cases of another condition or band do not move a threshold; each column is its own."""
    first = np.array([0.5] * 19 + [0.25] * 19 + [0.125] * 19)
    truth = np.repeat([0, 1], [38, 19])
    answers = np.array([5] * 19 + [6] * 19 + [20] * 19)

    found = decision.conformal(two_columns(first), truth, answers, ["a", "b"])

    assert found == {"a": [0.5, 0.25, 0, 0], "b": [0, 0, 0.875, 0]}


@pytest.mark.parametrize(
    ("answers", "band"),
    [(1, 0), (2, 0), (5, 0), (6, 1), (10, 1), (11, 2), (20, 2), (21, 3), (133, 3)],
)
def test_band_reaches_from_its_least_to_its_greatest_number(answers: int, band: int) -> None:
    """The bands are 2 to 5, 6 to 10, 11 to 20 and over 20 answers; one counts to the first."""
    found = decision.conformal(
        two_columns(np.full(19, 0.5)), np.zeros(19, dtype=np.intp), np.full(19, answers), ["a"]
    )

    assert found == {"a": [0.5 if i == band else 0 for i in range(4)]}


def test_sets_cover_95_percent_of_each_condition_and_band() -> None:
    """On exchangeable cases each condition is in its set as often as promised in every band.

    With 1,999 cases the 100th smallest is the threshold, so how many of further ones reach it is
    beta-binomial with 1,900 and 100.
    """
    rng = np.random.default_rng(12)
    ids = ["a", "b", "c"]
    known, further = 1999, 2000
    low, high = betabinom(further, 1900, 100).interval(1 - 1e-6)

    def draw(each: int) -> tuple[Reals, Whole, Whole]:
        truth = np.repeat(np.arange(3), 4 * each)
        answers = np.tile(
            np.concatenate(
                [rng.integers(*ends, size=each, endpoint=True) for ends in BANDS.values()]
            ),
            len(ids),
        )
        scores = rng.gamma(1 + 2 * (truth[:, np.newaxis] == range(3)) * answers[:, np.newaxis] / 20)
        return scores / scores.sum(axis=1, keepdims=True), truth, answers

    found = decision.conformal(*draw(known), ids)
    probabilities, truth, answers = draw(further)

    for i, id in enumerate(ids):
        for b, (least, greatest) in BANDS.items():
            chosen = (truth == i) & (answers >= least) & (answers <= greatest)
            assert chosen.sum() == further
            assert low <= (probabilities[chosen, i] >= found[id][b]).sum() <= high


def golden(number: int, start: int) -> tuple[Reals, Whole, Whole]:
    """Return probabilities, truth and answers of cases of a, b and c, by golden ratios."""
    i = np.arange(start, start + number)
    raw = np.column_stack([(i * ratio) % 1 for ratio in (0.6180339887, 0.7548776662, 0.569840291)])
    truth, answers = i % 3, np.array([3, 8, 15, 30])[(i // 3) % 4]
    raw[np.arange(number), truth] += answers / 20
    return (raw + 0.05) / (raw + 0.05).sum(axis=1, keepdims=True), truth, answers


CREPES = """
    011 111 101 000 011 100 010 001 111 111 011 100 010 011 100 010 001 100 010 001 111 011 111 101
"""
"""The sets of 24 cases that crepes 0.9.1 gives after 540: its ConformalClassifier without smoothing
at a confidence of 0.95, of 1 - the probability, with condition and band of answers as bins."""


def test_sets_are_those_of_crepes() -> None:
    """Another implementation of Mondrian sets has the same members, but for the leading one."""
    thresholds = decision.conformal(*golden(540, 0), ["a", "b", "c"])
    balanced, _, answers = golden(24, 1000)
    theirs = np.array([list(row) for row in CREPES.split()]) == "1"
    theirs[np.arange(24), balanced.argmax(axis=1)] = True

    found = prediction_sets(balanced, np.array(list(thresholds.values())), answers)

    assert found.tolist() == theirs.tolist()


def test_sets_are_decided_on_their_split_as_the_service_uses_them(
    model: Model, bench: Workbench
) -> None:
    """Of n cases of a condition in a band less than a twentieth of n + 1 are under its threshold.

    They are those of the split `conformal`, and what is compared is what the service compares:
    tempered, and moved to equal priors.
    """
    table = bench.data.split("conformal")
    answers = table["answers"].to_numpy()
    said = model.under("balanced", model.trained(bench.encoding.matrix(table), answers))
    truth, bands = bench.truth(table), band(answers)

    for i, id in enumerate(bench.ids):
        for b in range(len(ENDS)):
            of_cell = said[(truth == i) & (bands == b), i]
            threshold, under = model.manifest.conformal[id][b], int((len(of_cell) + 1) / 20)
            assert (of_cell < threshold * (1 - 1e-6)).sum() == max(under - 1, 0)
            assert (of_cell <= threshold * (1 + 1e-6)).sum() == under


def test_sets_cover_held_out_cases(model: Model, bench: Workbench) -> None:
    """Of cases that decided nothing 95 % are covered, in all and in each band, but for chance."""
    table = bench.data.split("evaluation")
    answers = table["answers"].to_numpy()
    said = model.under("balanced", model.trained(bench.encoding.matrix(table), answers))
    thresholds = np.array([model.manifest.conformal[id] for id in model.manifest.conditions])
    covered = (said >= thresholds[:, band(answers)].T)[np.arange(len(table)), bench.truth(table)]

    for chosen in [np.full(len(table), True), *(band(answers) == b for b in range(len(ENDS)))]:
        assert covered[chosen].sum() >= binom.ppf(1e-4, chosen.sum(), decision.COVERAGE)


def test_triage_is_decided_on_calibration_cases(model: Model, bench: Workbench) -> None:
    """On the split `calibration` no other cut above the floor and within the budget costs less.

    Those are the cases as primary care has them: reweighted to it, behind the flags.
    """
    table = bench.data.split("calibration")
    said = model.trained(bench.encoding.matrix(table), table["answers"].to_numpy())
    prior = bench.prior(TRIAGE_SETTING)
    weights = prior[bench.truth(table)]
    cases = Screened(
        model.under(TRIAGE_SETTING, said),
        prior,
        bench.urgencies,
        levels(table),
        screening.highest(table, bench.vocabulary, jobs=1),
        weights,
    )
    sent = np.zeros(len(table), dtype=bool)
    for level in (Urgency.EMERGENCY, Urgency.URGENT, Urgency.PRIMARY_CARE):
        cut = model.thresholds[level]
        score, open_ = cases.score(level), (cases.flag < level) & ~sent
        gain = np.where(cases.stated >= level, COSTS[level].missed, -COSTS[level].vain) * weights
        calm = np.where(cases.is_calm, weights, 0)
        reached = gain[open_ & (score >= cut * (1 - 1e-6))].sum()
        for other in np.unique(score[open_ & (score >= cases.floor(level))]):
            over = calm[sent | (score >= other)].sum() / calm.sum()
            won = gain[open_ & (score >= other)].sum()
            assert over > OVER_TRIAGE.get(level, 1) or won <= reached + 1e-9
        sent |= score >= cut * (1 - 1e-6)


def test_manifest_holds_what_was_decided(model: Model, bench: Workbench) -> None:
    """The prior of training is even, the costs are the owners', each band has its temperature."""
    manifest = model.manifest

    assert manifest.trained_prior == pytest.approx(dict.fromkeys(bench.ids, 1 / len(bench.ids)))
    assert manifest.costs == cost_matrix()
    assert manifest.coverage == 0.95
    assert len(manifest.temperatures) == len(ENDS)
    # Trained for seconds, it is not far off and not perfect in any band.
    assert all(0.8 < temperature < 1.3 for temperature in manifest.temperatures)
    assert 1.0 not in manifest.temperatures
