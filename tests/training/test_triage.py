from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from service.clinical.vocabulary import URGENCY_BY_ID, Urgency
from service.model import Model
from service.opinion import TRIAGE_SETTING
from training import triage
from training.predictions import NO_FLAG, predict
from training.triage import ABOVE_PRIOR, COSTS, OVER_TRIAGE, Cost, Screened
from training.workbench import Workbench

SELF, CARE, URGENT, EMERGENCY = Urgency
URGENCIES = [EMERGENCY, URGENT, CARE, SELF]
NO_PRIOR = np.zeros(4)
"""Nobody has any of the conditions before something is known: costs and budget alone decide."""


@pytest.mark.parametrize(
    ("stated", "costs"),
    [
        ("emergency", {"emergency": 0, "urgent": 100, "primary_care": 120, "self_care": 123}),
        ("urgent", {"emergency": 1, "urgent": 0, "primary_care": 20, "self_care": 23}),
        ("primary_care", {"emergency": 2, "urgent": 1, "primary_care": 0, "self_care": 3}),
        ("self_care", {"emergency": 3, "urgent": 2, "primary_care": 1, "self_care": 0}),
    ],
)
def test_costs_by_hand(stated: str, costs: dict[str, float]) -> None:
    """A missed emergency costs 100, urgent patient 20, one for a doctor 3; each level in vain 1."""
    assert triage.cost_matrix()[stated] == costs
    assert len(triage.cost_matrix()) == 4


def test_costs_of_two_levels_are_the_sum_of_both() -> None:
    """Whoever is two levels off costs what is lost on the way from one to the next."""
    costs = triage.cost_matrix()

    for one, two, three in permutations(sorted(Urgency), 3):
        if one < two < three or one > two > three:
            there, on = costs[one.id][two.id], costs[two.id][three.id]
            assert costs[one.id][three.id] == there + on


def screened(seed: int, steps: int, prior: NDArray[np.float64] = NO_PRIOR) -> Screened:
    """Return 40 people of all levels with and without flags, of whom little is known."""
    rng = np.random.default_rng(seed)
    stated = rng.choice(4, 40, p=[0.4, 0.3, 0.15, 0.15])
    shape = np.full((40, 4), 0.4)
    shape[np.arange(40), 3 - stated] += 1
    drawn = rng.gamma(shape)
    return Screened(
        # In parts of a power of 2 sums are exact, so that ties are ties however they are added up.
        probabilities=np.floor(drawn / drawn.sum(axis=1, keepdims=True) * steps) / steps,
        prior=prior,
        urgencies=URGENCIES,
        stated=stated,
        flag=rng.choice([NO_FLAG, CARE, URGENT, EMERGENCY], 40, p=[0.7, 0.1, 0.1, 0.1]),
        weights=rng.integers(1, 4, 40).astype(float),
    )


def cost(
    cases: Screened, level: Urgency, cut: float, sent: set[int], costs: Mapping[Urgency, Cost]
) -> tuple[float, float]:
    """Return what a threshold of a level costs and whom it takes of the calm, person by person.

    Those who are flagged or already sent cost what they cost with any threshold.
    """
    total = over = 0.0
    for i in range(len(cases.stated)):
        said = sum(p for p, u in zip(cases.probabilities[i], URGENCIES, strict=True) if u >= level)
        is_sent = i in sent or said >= cut
        if cases.stated[i] < URGENT and cases.flag[i] == NO_FLAG:
            over += cases.weights[i] * is_sent
        if cases.flag[i] < level and i not in sent:
            needs = cases.stated[i] >= level
            total += cases.weights[i] * (
                costs[level].missed * (needs and not is_sent)
                + costs[level].vain * (is_sent and not needs)
            )
    return total, over


def cuts(cases: Screened, level: Urgency) -> Iterator[float]:
    """Yield every threshold that sends other people than the next: each sum, and more than all."""
    carriers = [urgency >= level for urgency in URGENCIES]
    yield from np.unique(cases.probabilities[:, carriers].sum(axis=1)) - 1e-9
    yield 1.0


RATIOS = {
    "owners'": COSTS,
    "alike": {level: Cost(1, 1) for level in COSTS},
    "dear": {level: Cost(1, 3) for level in COSTS},
}


@pytest.mark.parametrize("ratio", list(RATIOS))
@pytest.mark.parametrize("prior", [[0, 0, 0, 1], [0.05, 0.1, 0.15, 0.7]], ids=["free", "floors"])
@pytest.mark.parametrize("steps", [8, 2**40], ids=["ties", "no ties"])
def test_no_other_threshold_costs_less(steps: int, prior: list[float], ratio: str) -> None:
    """Of all cuts of small samples within budget and above the floor none is cheaper.

    The budget is of all calm unflagged people, and those whom a higher level has sent have used it.
    """
    for seed in range(7):
        cases = screened(seed, steps, np.array(prior))
        costs = RATIOS[ratio]

        found = triage.thresholds(cases, costs)

        sent: set[int] = set()
        calm = cases.weights[(cases.stated < URGENT) & (cases.flag == NO_FLAG)].sum()
        for level in (EMERGENCY, URGENT, CARE):
            floor = ABOVE_PRIOR * sum(
                p for p, u in zip(prior, URGENCIES, strict=True) if u >= level
            )
            floor *= level in OVER_TRIAGE
            budget = OVER_TRIAGE.get(level, 1) * calm
            ours, over = cost(cases, level, found[level], sent, costs)
            others = [
                theirs
                for cut in cuts(cases, level)
                if cut >= floor - 1e-9
                for theirs, spent in [cost(cases, level, cut, sent, costs)]
                if spent <= budget
            ]
            assert found[level] >= min(floor, 1) - 1e-12
            assert over <= budget
            assert ours == pytest.approx(min(others))
            carriers = [urgency >= level for urgency in URGENCIES]
            score = cases.probabilities[:, carriers].sum(axis=1)
            sent |= set(np.flatnonzero(score >= found[level]).tolist())


FIVE = Screened(
    probabilities=np.array(
        [
            [0.750, 0.125, 0.125, 0.000],
            [0.500, 0.125, 0.250, 0.125],
            [0.250, 0.125, 0.500, 0.125],
            [0.125, 0.000, 0.500, 0.375],
            [0.000, 0.000, 0.250, 0.750],
        ]
    ),
    prior=NO_PRIOR,
    urgencies=URGENCIES,
    stated=np.array([EMERGENCY, SELF, URGENT, SELF, SELF]),
    flag=np.full(5, NO_FLAG),
    weights=np.array([1.0, 4, 1, 76, 20]),
)


def test_thresholds_by_hand() -> None:
    """The first person alone is worth an emergency; the third is worth the second for urgent.

    The second weighs 4 of 100 calm. To send the third as urgent wins 20 and costs 4; the fourth,
    of 76, is beyond the budget of 20, and nobody from there on needs a doctor.
    """
    assert triage.thresholds(FIVE) == {EMERGENCY: 0.75, URGENT: 0.375, CARE: 1.0}


def test_a_level_is_never_carried_by_the_prior_alone() -> None:
    """A level that has a budget needs one and a half times the prior of its conditions.

    Without a floor the first would be sent as an emergency and the third as urgent; here 0.8 is
    asked for an emergency, and 0.85, which the first reaches, for urgent. A doctor has no floor;
    to send the third to one would win 3 and cost the 4 of the second.
    """
    found = triage.thresholds(replace(FIVE, prior=np.array([0.55, 0.02, 0.3, 0.13])))

    assert found == {EMERGENCY: 1.0, URGENT: 0.875, CARE: 1.0}


def test_levels_share_a_budget() -> None:
    """Who is sent as an emergency in vain has used 5 of the 20 per cent that urgent may send.

    The next calm people to be sent would weigh 16, which is 1 too many.
    """
    cases = replace(
        FIVE,
        probabilities=np.array([[0.75, 0, 0, 0.25]] * 2 + [[0, 0.5, 0, 0.5]] * 2 + [[0, 0, 0, 1]]),
        stated=np.array([EMERGENCY, SELF, URGENT, SELF, SELF]),
        weights=np.array([1.0, 5, 1, 16, 79]),
    )
    within = replace(cases, weights=np.array([1.0, 5, 1, 15, 80]))

    assert triage.thresholds(cases)[URGENT] == 1.0
    assert triage.thresholds(within)[URGENT] == 0.5
    assert triage.thresholds(cases)[EMERGENCY] == triage.thresholds(within)[EMERGENCY] == 0.75


def test_people_of_one_score_go_together() -> None:
    """Three of the same score, of whom one is an emergency, are sent or left together."""
    alike = replace(
        FIVE,
        probabilities=np.tile([0.5, 0, 0, 0.5], (5, 1)),
        stated=np.array([EMERGENCY, SELF, SELF, SELF, SELF]),
        weights=np.ones(5),
    )

    assert triage.thresholds(alike)[EMERGENCY] == 1.0


def test_flagged_people_decide_nothing() -> None:
    """Who is sent by a flag anyway neither wins anything nor uses up the budget."""
    more = replace(
        FIVE,
        probabilities=np.vstack([np.tile([1.0, 0, 0, 0], (3, 1)), FIVE.probabilities]),
        stated=np.concatenate([[SELF, SELF, EMERGENCY], FIVE.stated]),
        flag=np.concatenate([np.full(3, EMERGENCY), FIVE.flag]),
        weights=np.concatenate([np.full(3, 500.0), FIVE.weights]),
    )

    assert triage.thresholds(more) == triage.thresholds(FIVE)


def test_order_of_the_cases_does_not_matter() -> None:
    """The thresholds are of a set of cases, in whatever order they come."""
    order = np.array([3, 0, 4, 2, 1])
    turned = replace(
        FIVE,
        probabilities=FIVE.probabilities[order],
        stated=FIVE.stated[order],
        weights=FIVE.weights[order],
    )

    assert triage.thresholds(turned) == triage.thresholds(FIVE)


def test_nobody_left_to_send() -> None:
    """Where flags have sent all whom the model could send there is nothing to learn from."""
    said = FIVE.probabilities.copy()
    said[1:, 0] = 0
    flagged = replace(FIVE, probabilities=said, flag=np.array([EMERGENCY, *[NO_FLAG] * 4]))

    assert triage.thresholds(flagged)[EMERGENCY] == 1.0


def test_somebody_has_to_be_calm() -> None:
    """Without a calm person there is no budget; the message says so."""
    with pytest.raises(ValueError, match="no case is calm"):
        triage.thresholds(replace(FIVE, flag=np.full(5, EMERGENCY)))


def test_nothing_is_no_reason_for_a_level() -> None:
    """Where those who need a level have no probability of it, nobody is sent for it."""
    said = np.tile([0.0, 0, 0, 1.0], (5, 1))

    found = triage.thresholds(replace(FIVE, probabilities=said, stated=np.full(5, CARE)))

    assert found == dict.fromkeys((EMERGENCY, URGENT, CARE), 1.0)


@pytest.fixture(scope="module")
def moved(model: Model, bench: Workbench) -> tuple[Model, Screened, NDArray[np.int64]]:
    """The small model with thresholds that many reach, evaluation cases, and what `assess` gives.

    The thresholds are so that a sixth, a third and two thirds of the cases reach them.
    """
    table = bench.data.split("evaluation").head(800)
    said = predict(model, table, bench, jobs=1)
    cases = Screened(
        said.under(TRIAGE_SETTING),
        bench.prior(TRIAGE_SETTING),
        bench.urgencies,
        said.stated,
        said.flag,
        said.weights(TRIAGE_SETTING),
    )
    cuts = {
        level.id: float(np.quantile(cases.score(level), 1 - share))
        for level, share in ((EMERGENCY, 1 / 6), (URGENT, 1 / 3), (CARE, 2 / 3))
    }
    asked = copy(model)
    asked.thresholds = {URGENCY_BY_ID[id]: cut for id, cut in cuts.items()}
    return asked, cases, predict(asked, table, bench, jobs=1).given


def test_service_gives_the_levels_that_thresholds_promise(
    moved: tuple[Model, Screened, NDArray[np.int64]],
) -> None:
    """Who reaches a threshold and has no flag is given just that level by `assess`.

    Below all thresholds it is self-care, or a doctor where the flags could not be screened or the
    prediction set is too large.
    """
    model, cases, given = moved
    promised = np.zeros(len(given), dtype=np.int64)
    for level in (CARE, URGENT, EMERGENCY):
        promised[cases.score(level) >= model.thresholds[level]] = level
    unflagged = cases.flag == NO_FLAG

    below = unflagged & (promised == SELF)
    assert given[unflagged & ~below].tolist() == promised[unflagged & ~below].tolist()
    assert set(given[below]) <= {SELF, CARE}
    assert set(promised[unflagged]) == set(Urgency)
