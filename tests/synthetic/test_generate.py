from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from service.clinical import case
from service.clinical.vocabulary import Category, Quantity, Vocabulary
from service.schemas import case_schema
from synthetic import generate
from synthetic.generate import People, block, blocks, digest
from synthetic.profiles import World

DRAWN = 50_000
SURPRISE = 1e-6
"""A share that chance gives less often than this is taken for a fault."""


@pytest.fixture(scope="module")
def table(world: World) -> pa.Table:
    """A block of 20,000 cases."""
    return block(world, 20_000, np.random.default_rng(5))


@pytest.fixture(scope="module", params=[0.0, 1.0], ids=["low", "high"])
def shares(request: pytest.FixtureRequest, world: World) -> tuple[NDArray[np.float64], ...]:
    """Expected and drawn shares of true findings at an end of the bands, by condition."""
    u = float(request.param)
    drawn = [
        generate._truth(
            world, People(np.full(DRAWN, i), np.full(DRAWN, u)), np.random.default_rng(i)
        ).mean(axis=0)
        for i in range(len(world.catalogue.conditions))
    ]
    return (world.frequencies.high if u else world.frequencies.low), np.array(drawn)


def rows(
    table: pa.Table, words: Vocabulary
) -> list[tuple[set[str], set[str], dict[str, case.Value]]]:
    """Return what each row states: present, absent, attributes."""
    return [
        (
            {id for id in words.findings if row[id] == 1},
            {id for id in words.findings if row[id] == 0},
            {id: row[id] for id in words.attributes if row[id] is not None},
        )
        for row in table.to_pylist()
    ]


def final_digest(world: World, number: int, seed: int) -> str:
    """Return the digest of all the cases that a seed gives."""
    return [sha256 for _, sha256 in digest(blocks(world, number, seed))][-1]


def is_surprising(count: int, total: int, share: float) -> bool:
    """Tell whether the exact binomial test gives a count less than the accepted chance."""
    return float(binomtest(count, total, share).pvalue) < SURPRISE


def test_same_seed_gives_the_same_cases(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed gives the same cases each time, over several blocks and a part of one."""
    monkeypatch.setattr(generate, "BLOCK", 400)

    first, second = (list(blocks(world, 1000, 3)) for _ in range(2))

    assert [len(part) for part in first] == [400, 400, 200]
    assert pa.concat_tables(first).equals(pa.concat_tables(second))
    assert final_digest(world, 1000, 3) == final_digest(world, 1000, 3)


def test_other_seed_gives_other_cases(world: World) -> None:
    """Seeds, and lengths, have digests of their own."""
    runs = [(500, 1), (500, 2), (499, 1), (500, 0)]

    assert len({final_digest(world, number, seed) for number, seed in runs}) == len(runs)


def test_blocks_of_a_run_differ(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No block repeats another one of its run."""
    monkeypatch.setattr(generate, "BLOCK", 300)

    first, second = blocks(world, 600, 1)

    assert not first.equals(second)


def test_longer_run_starts_with_the_shorter_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Further blocks change nothing in those before them."""
    monkeypatch.setattr(generate, "BLOCK", 300)

    short = pa.concat_tables(blocks(world, 600, 9))
    long = pa.concat_tables(blocks(world, 1500, 9))

    assert len(long) == 1500
    assert long.slice(0, 600).equals(short)


def test_digest_is_of_the_values(world: World) -> None:
    """One changed cell, of a finding, an attribute or a label, changes the digest."""
    drawn = block(world, 50, np.random.default_rng(1))
    changed = [drawn]
    for name, value in (("fever", 1), ("age_years", 33.5), ("condition", "shingles")):
        column = drawn[name].to_pylist()
        other = [None if column[0] == value else value, *column[1:]]
        changed.append(
            drawn.set_column(
                drawn.column_names.index(name), name, pa.array(other, drawn[name].type)
            )
        )

    digests = {next(digest(iter([one])))[1] for one in changed}

    assert len(digests) == 4


def test_columns_are_findings_attributes_and_labels(table: pa.Table, words: Vocabulary) -> None:
    """A table has a column for each finding and attribute, then the answers and three labels."""
    assert table.column_names == [
        *words.findings,
        *words.attributes,
        "answers",
        "condition",
        "triage",
        "split",
    ]


def test_cases_are_closed_under_implies(table: pa.Table, words: Vocabulary) -> None:
    """What a row says is all that follows from it, without a contradiction."""
    for present, absent, attributes in rows(table.slice(0, 2000), words):
        closed = case.read(present, absent, attributes, words)
        assert closed.present == present
        assert closed.absent == absent


def test_service_accepts_the_cases(table: pa.Table, words: Vocabulary) -> None:
    """Each of 2,000 rows, sent as a body, passes the service's schema."""
    schema = case_schema(words)
    bodies = [
        {"present": sorted(present), "absent": sorted(absent), "attributes": attributes}
        for present, absent, attributes in rows(table.slice(0, 2000), words)
    ]

    assert [schema.validate(body) for body in bodies] == [{}] * 2000


def test_each_case_has_a_present_finding_and_two_answers(
    table: pa.Table, words: Vocabulary
) -> None:
    """Nobody says nothing: one finding or more is present, and two or more are answered.

    What is stated grows by what it implies, so there are at least as many cells as answers.
    """
    answers = table["answers"].to_pylist()
    stated = rows(table, words)

    assert min(answers) == 2
    assert all(present for present, _, _ in stated)
    assert all(
        count <= len(present | absent)
        for count, (present, absent, _) in zip(answers, stated, strict=True)
    )


def test_attributes_lie_within_the_vocabulary(table: pa.Table, words: Vocabulary) -> None:
    """Quantities keep to their range, categories take each value but the unsourced sex `other`."""
    for attribute in words.attributes.values():
        values = table[attribute.id].drop_null().to_pylist()
        assert 0 < len(values) < len(table)
        if isinstance(attribute, Quantity):
            assert attribute.minimum <= min(values) < max(values) <= attribute.maximum
        elif isinstance(attribute, Category):
            assert set(values) == set(attribute.values) - {"other"}


def test_conditions_are_alike_often(table: pa.Table, world: World) -> None:
    """Each of the 21 conditions is drawn as often as a share of 1 in 21 gives."""
    drawn = table["condition"].to_pylist()

    assert set(drawn) == set(world.catalogue.conditions)
    assert not [id for id in set(drawn) if is_surprising(drawn.count(id), len(drawn), 1 / 21)]


@pytest.mark.parametrize(
    ("split", "share"),
    [("train", 0.70), ("calibration", 0.10), ("conformal", 0.10), ("evaluation", 0.10)],
)
def test_split_has_its_share(table: pa.Table, split: str, share: float) -> None:
    """Each row stands in one of four splits, which have their shares."""
    drawn = table["split"].to_pylist()

    assert set(drawn) == {"train", "calibration", "conformal", "evaluation"}
    assert not is_surprising(drawn.count(split), len(drawn), share)


def test_split_does_not_depend_on_the_condition(table: pa.Table) -> None:
    """The share of training cases is the same in each condition."""
    labels = list(zip(table["condition"].to_pylist(), table["split"].to_pylist(), strict=True))
    conditions = [condition for condition, _ in labels]

    assert not [
        id
        for id in set(conditions)
        if is_surprising(labels.count((id, "train")), conditions.count(id), 0.70)
    ]


def test_no_case_is_in_two_splits(table: pa.Table, words: Vocabulary) -> None:
    """What cases of ten answers or more say in one split is not repeated in another."""
    told = table.filter(pa.compute.greater_equal(table["answers"], 10))
    columns = [told[id].to_pylist() for id in (*words.findings, *words.attributes)]
    splits: dict[tuple[object, ...], set[str]] = {}
    for row, split in zip(zip(*columns, strict=True), told["split"].to_pylist(), strict=True):
        splits.setdefault(row, set()).add(split)

    assert len(splits) > 1000
    assert {len(found) for found in splits.values()} == {1}


@pytest.mark.parametrize("finding", ["fecal_incontinence", "urinary_incontinence"])
def test_excluded_finding_never_occurs(world: World, finding: str) -> None:
    """No one with piriformis syndrome leaks urine or stool, nor tells of it."""
    i = list(world.catalogue.conditions).index("piriformis_syndrome")
    rng = np.random.default_rng(2)
    people = People(np.full(DRAWN, i), rng.random(DRAWN))
    column = list(world.vocabulary.findings).index(finding)

    assert not generate._truth(world, people, rng)[:, column].any()
    assert not generate._stated(world, people, rng)[0][:, column].any()


def test_excluded_finding_stays_out_of_the_cases(table: pa.Table) -> None:
    """In the rows of piriformis syndrome an excluded finding is absent or unknown, both occur."""
    rows_ = table.filter(pa.compute.equal(table["condition"], "piriformis_syndrome"))

    for finding in ("fecal_incontinence", "urinary_incontinence"):
        assert set(rows_[finding].to_pylist()) == {0, None}


def off(
    shares: Sequence[NDArray[np.float64]], world: World, findings: Sequence[str]
) -> list[tuple[str, str, float, float]]:
    """Return the cells whose drawn share is over 5 standard errors from the table's."""
    expected, drawn = shares
    error = np.sqrt(expected * (1 - expected) / DRAWN)
    far = np.abs(drawn - expected) > 5 * error
    return [
        (condition, finding, float(expected[i, j]), float(drawn[i, j]))
        for i, condition in enumerate(world.catalogue.conditions)
        for j, finding in enumerate(world.vocabulary.findings)
        if finding in findings and far[i, j]
    ]


def test_leaf_findings_are_as_frequent_as_the_table_says(
    shares: Sequence[NDArray[np.float64]], world: World
) -> None:
    """A finding that no other implies is true in the share of people that its band's end says."""
    leaves = [id for id, ids in world.vocabulary.implying.items() if ids == {id}]

    assert len(leaves) == 123
    assert off(shares, world, leaves) == []


def test_implied_findings_are_as_frequent_as_the_table_says(
    shares: Sequence[NDArray[np.float64]], world: World
) -> None:
    """A finding that others imply is true as often as its own band says, not more often."""
    implied = [id for id, ids in world.vocabulary.implying.items() if len(ids) > 1]

    assert len(implied) == 10
    assert off(shares, world, implied) == []


@pytest.mark.parametrize(
    ("condition", "finding"),
    [
        ("cauda_equina_syndrome", "new_urinary_symptoms"),
        ("cauda_equina_syndrome", "leg_weakness"),
        ("lumbar_disc_herniation", "pain_radiating_down_leg"),
        ("vitamin_b_deficiency", "foot_numbness"),
    ],
)
def test_implied_finding_with_room_is_as_frequent_as_the_table_says(
    shares: Sequence[NDArray[np.float64]], world: World, condition: str, finding: str
) -> None:
    """An implied finding keeps its band where those that imply it leave room for it."""
    assert (condition, finding) not in [cell[:2] for cell in off(shares, world, [finding])]


def test_people_between_the_ends_lie_between_the_bands(world: World) -> None:
    """One place `u` moves all bands alike: a leaf finding at a quarter is a quarter up its band."""
    i = list(world.catalogue.conditions).index("lumbar_disc_herniation")
    j = list(world.vocabulary.findings).index("straight_leg_raise_positive")
    low, high = world.frequencies.low[i, j], world.frequencies.high[i, j]
    people = People(np.full(DRAWN, i), np.full(DRAWN, 0.25))

    truth = generate._truth(world, people, np.random.default_rng(4))

    assert low < high
    assert not is_surprising(int(truth[:, j].sum()), DRAWN, 0.75 * low + 0.25 * high)


def test_truth_is_closed_under_implies(world: World) -> None:
    """Whoever has a finding has all that it implies."""
    rng = np.random.default_rng(8)
    people = People(rng.integers(21, size=5000), rng.random(5000))
    truth = generate._truth(world, people, rng)
    position = {id: i for i, id in enumerate(world.vocabulary.findings)}

    for id, finding in world.vocabulary.findings.items():
        for other in finding.implies:
            assert truth[truth[:, position[id]], position[other]].all(), (id, other)
