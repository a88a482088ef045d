from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, binomtest, chisquare

from service.clinical import case
from service.clinical.vocabulary import Category, Quantity, Vocabulary
from service.schemas.request import case_schema
from synthetic import generate, grids, states
from synthetic.generate import Machine, block, digest
from synthetic.profiles import World
from synthetic.states import States

Reals = NDArray[np.float64]

MANY = 100_000
"""Cases that show what a few thousand do not."""

SURPRISE = 1e-6
"""A share that chance gives less often than this is taken for a fault."""


@pytest.fixture(scope="module")
def machine(world: World) -> Machine:
    """The documented world, ready for drawing."""
    return generate.machine(world, states.states(world))


@pytest.fixture(scope="module")
def table(machine: Machine) -> pa.Table:
    """A block of 20,000 cases."""
    return block(machine, 20_000, 5, 0)


@pytest.fixture(scope="module")
def many(machine: Machine) -> pa.Table:
    """A long block of cases."""
    return block(machine, MANY, 17, 0)


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


def sha256_of(tables: Sequence[pa.Table]) -> str:
    """Return the digest of cases."""
    return [sha256 for _, sha256 in digest(iter(tables))][-1]


def is_surprising(count: int, total: int, share: float) -> bool:
    """Tell whether the exact binomial test gives a count less than the accepted chance."""
    return float(binomtest(count, total, share).pvalue) < SURPRISE


def test_same_seed_gives_the_same_cases(machine: Machine, world: World) -> None:
    """A block of a seed is the same each time, of a machine made anew too."""
    again = generate.machine(world, states.states(world))

    first, second = block(machine, 1000, 3, 2), block(again, 1000, 3, 2)

    assert len(first) == 1000
    assert first.equals(second)
    assert sha256_of([first]) == sha256_of([second])


def test_other_seed_or_block_gives_other_cases(machine: Machine) -> None:
    """Seeds, blocks and lengths have digests of their own."""
    runs = [(500, 1, 0), (500, 2, 0), (499, 1, 0), (500, 0, 0), (500, 1, 1), (500, 0, 1)]

    assert len({sha256_of([block(machine, *run)]) for run in runs}) == len(runs)


def test_digest_is_of_the_values(machine: Machine) -> None:
    """One changed cell, of a finding, an attribute or a label, changes the digest."""
    drawn = block(machine, 50, 1, 0)
    plain = pa.table({name: plainly(drawn[name]) for name in drawn.column_names})
    changed = [plain]
    for name, value in (("fever", 1), ("age_years", 33.0), ("condition", 3), ("split", 3)):
        column = plain[name].to_pylist()
        other = [None if column[0] == value else value, *column[1:]]
        place = plain.column_names.index(name)
        changed.append(plain.set_column(place, name, pa.array(other, plain[name].type)))

    assert len({sha256_of([one]) for one in changed}) == len(changed)


def plainly(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column with codes in place of names."""
    if not pa.types.is_dictionary(column.type):
        return column
    return pa.chunked_array([chunk.indices for chunk in column.chunks])


def test_digest_is_of_the_names_too(machine: Machine) -> None:
    """A column of another name, or a value of another name, changes the digest."""
    drawn = block(machine, 50, 1, 0)
    renamed = drawn.rename_columns(["x" if n == "fever" else n for n in drawn.column_names])
    codes = drawn["sex"].chunk(0).indices
    other = pa.DictionaryArray.from_arrays(codes, ["male", "female", "other"])
    place = drawn.column_names.index("sex")

    digests = {sha256_of([one]) for one in (drawn, renamed, drawn.set_column(place, "sex", other))}

    assert len(digests) == 3


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
    [
        ("train", 0.55),
        ("validation", 0.05),
        ("calibration", 0.15),
        ("conformal", 0.15),
        ("evaluation", 0.10),
    ],
)
def test_split_has_its_share(table: pa.Table, split: str, share: float) -> None:
    """Each row stands in one of five splits, which have their shares."""
    drawn = table["split"].to_pylist()

    assert set(drawn) == {"train", "validation", "calibration", "conformal", "evaluation"}
    assert not is_surprising(drawn.count(split), len(drawn), share)


def test_split_does_not_depend_on_the_condition(table: pa.Table) -> None:
    """The share of training cases is the same in each condition."""
    labels = list(zip(table["condition"].to_pylist(), table["split"].to_pylist(), strict=True))
    conditions = [condition for condition, _ in labels]

    assert not [
        id
        for id in set(conditions)
        if is_surprising(labels.count((id, "train")), conditions.count(id), 0.55)
    ]


def test_no_case_is_in_two_splits(table: pa.Table, words: Vocabulary) -> None:
    """What cases of ten answers or more say in one split is not repeated in another."""
    told = table.filter(pc.greater_equal(table["answers"], 10))
    columns = [told[id].to_pylist() for id in (*words.findings, *words.attributes)]
    splits: dict[tuple[object, ...], set[str]] = {}
    for row, split in zip(zip(*columns, strict=True), told["split"].to_pylist(), strict=True):
        splits.setdefault(row, set()).add(split)

    assert len(splits) > 1000
    assert {len(found) for found in splits.values()} == {1}


def test_excluded_finding_stays_out_of_the_cases(table: pa.Table) -> None:
    """In the rows of piriformis syndrome an excluded finding is absent or unknown, both occur."""
    rows_ = table.filter(pc.equal(table["condition"].cast(pa.string()), "piriformis_syndrome"))

    assert len(rows_) > 500
    for finding in ("fecal_incontinence", "urinary_incontinence"):
        assert set(rows_[finding].to_pylist()) == {0, None}


@pytest.mark.parametrize("i", [0, 15])
def test_early_blocks_hold_cases_out(i: int, machine: Machine) -> None:
    """Cases of the first 16 blocks are in all five splits."""
    drawn = block(machine, 500, 1, i)["split"].to_pylist()

    assert set(drawn) == {"train", "validation", "calibration", "conformal", "evaluation"}


@pytest.mark.parametrize("i", [16, 17, 1000])
def test_later_blocks_are_for_training_alone(i: int, machine: Machine) -> None:
    """Cases after the first 16 blocks are all for training."""
    assert set(block(machine, 500, 1, i)["split"].to_pylist()) == {"train"}


def test_blocks_are_about_a_million_held_out_from(machine: Machine) -> None:
    """A block is 65,536 cases, so that about 105,000 at most are for evaluation, a tenth."""
    assert (generate.BLOCK, generate.HELD_OUT_BLOCKS) == (65_536, 16)
    assert len(block(machine, 1, 1, 0)) == 1


def test_quantities_lie_on_their_grid(table: pa.Table) -> None:
    """A number is one of those that people say, as a float of 32 bits."""
    for id, grid in grids.GRIDS.items():
        values = set(table[id].drop_null().to_pylist())
        assert values <= set(grid.astype(np.float32).tolist())


@pytest.mark.parametrize(
    "id", ["age_years", "sex", "body_mass_index", "duration_days", "post_void_residual_ml", "side"]
)
def test_attribute_is_known_as_often_as_the_world_says(
    id: str, table: pa.Table, world: World
) -> None:
    """An attribute is left out by chance alone, alike in all conditions."""
    share = world.reporting.known[id]
    known = table[id].is_valid().to_pylist()
    labels = list(zip(table["condition"].to_pylist(), known, strict=True))

    assert not is_surprising(sum(known), len(known), share)
    assert not [
        condition
        for condition in world.catalogue.conditions
        if is_surprising(
            labels.count((condition, True)),
            labels.count((condition, True)) + labels.count((condition, False)),
            share,
        )
    ]


def test_triage_is_the_level_of_the_stage(table: pa.Table, world: World) -> None:
    """A case has a level that a stage of its condition has, and each level of those occurs."""
    conditions = list(world.catalogue.conditions)
    found: dict[str, set[str]] = {}
    for condition, level in zip(
        table["condition"].to_pylist(), table["triage"].to_pylist(), strict=True
    ):
        found.setdefault(condition, set()).add(level)
    expected: dict[str, set[str]] = {}
    for stage in world.stages:
        expected.setdefault(conditions[stage.condition], set()).add(stage.level.name.lower())

    assert found == expected


def test_stated_findings_are_as_frequent_as_computed(
    table: pa.Table, machine: Machine, world: World
) -> None:
    """Among all cases findings are present as often as the states make them, errors included.

    It leaves out that reports which are no cases are drawn again: what they would have stated is
    counted in both, so the share among cases is that of the reports over the accepted.
    """
    known = machine.states
    weight = known.prior / known.accepted[known.condition] / 21
    off: dict[str, Any] = {}
    names = list(world.vocabulary.findings)
    for column, finding in enumerate(known.single.findings):
        name = names[finding]
        stated = float(weight @ known.single.present[:, column])
        # A report of this finding alone is refused: at most the share of all that are.
        least = stated - float((1 - known.accepted).mean())
        share = pc.sum(pc.equal(table[name], 1)).as_py() / len(table)
        error = 5 * np.sqrt(stated * (1 - stated) / len(table))
        if not least - error <= share <= stated + error:
            off[name] = (least, stated, share)

    assert off == {}


def spoken(known: States, world: World) -> tuple[Reals, Reals]:
    """Return the chances that each single finding is affirmed and denied, (n_states, n).

    They follow from the frequencies and the table of reporting alone: whoever speaks of a finding
    errs in a share of cases, but nobody affirms what never occurs.
    """
    reporting, single = world.reporting, known.single.findings
    # Reporters are the innermost order of the states.
    reporter = np.arange(len(known.prior)) % len(reporting.shares)
    f = known.frequency[:, single]
    there = f * reporting.present[reporter][:, single]
    not_there = (1 - f) * reporting.absent[reporter][:, single]
    error = np.where(f > 0, reporting.error, 0.0)
    return there * (1 - error) + not_there * error, there * error + not_there * (1 - error)


def expected_shares(known: States, world: World) -> tuple[Reals, Reals]:
    """Return how many cases of a condition affirm and deny a single finding, (n_conditions, n).

    A report that affirms it is a case when anything else is said too, one that denies it when
    anything else is affirmed: the chance of that is the state's, with the finding itself left out.
    """
    present, absent = spoken(known, world)
    silent = np.log(1 - present - absent)
    unaffirmed = np.log(1 - present)
    families_silent = np.prod([family.silence for family in known.families], axis=0)
    families_unaffirmed = np.prod(
        [family.chances[:, ~family.is_affirming].sum(axis=1) for family in known.families], axis=0
    )
    others_silent = np.exp(silent.sum(axis=1, keepdims=True) - silent)
    others_unaffirmed = np.exp(unaffirmed.sum(axis=1, keepdims=True) - unaffirmed)
    affirmed = present * (1 - others_silent * families_silent[:, np.newaxis])
    denied = absent * (1 - others_unaffirmed * families_unaffirmed[:, np.newaxis])
    conditions = np.arange(21)[:, np.newaxis]
    weight = np.where(known.condition == conditions, known.prior, 0)
    weight /= known.accepted[:, np.newaxis]
    return weight @ affirmed, weight @ denied


def counted(many: pa.Table, world: World) -> dict[str, NDArray[np.bool_]]:
    """Return for each condition which of the cases are of it."""
    conditions = many["condition"].cast(pa.string()).to_numpy()
    return {id: conditions == id for id in world.catalogue.conditions}


@pytest.mark.parametrize("state", [1, 0], ids=["affirmed", "denied"])
def test_single_finding_is_stated_as_often_as_its_chance_among_cases(
    state: int, many: pa.Table, machine: Machine, world: World
) -> None:
    """In each condition and in all a finding is affirmed and denied as often as it should be.

    The exact binomial test is used, for there may be few to expect.
    """
    known = machine.states
    expected = expected_shares(known, world)[1 - state]
    names = [list(world.vocabulary.findings)[place] for place in known.single.findings]
    stated = np.stack([pc.fill_null(many[id], -1).to_numpy() == state for id in names], axis=1)
    masks = counted(many, world)
    sizes = np.array([mask.sum() for mask in masks.values()])[:, np.newaxis]
    counts = np.stack([stated[mask].sum(axis=0) for mask in masks.values()])
    total = (sizes * expected).sum(axis=0) / MANY

    chance = 2 * np.minimum(
        binom.cdf(counts, sizes, expected), binom.sf(counts - 1, sizes, expected)
    )
    of_all = 2 * np.minimum(
        binom.cdf(counts.sum(axis=0), MANY, total), binom.sf(counts.sum(axis=0) - 1, MANY, total)
    )

    off = [(list(masks)[i], names[j]) for i, j in np.argwhere(chance < SURPRISE)]
    assert off == []
    assert [names[j] for j in np.flatnonzero(of_all < SURPRISE)] == []


def test_conditions_of_refused_reports_stay(many: pa.Table, world: World) -> None:
    """A report that is no case is drawn again within its condition: the first draw is kept."""
    rng = np.random.default_rng(np.random.SeedSequence(17, spawn_key=(0,)))
    first = np.bincount(rng.integers(21, size=MANY), minlength=21)

    assert [mask.sum() for mask in counted(many, world).values()] == first.tolist()


def grouped(expected: Reals) -> NDArray[np.intp]:
    """Return the group of each value: neighbours together have ten expected cases or more."""
    group, held, groups = 0, 0.0, []
    for count in expected:
        groups.append(group)
        held += count
        if held >= 10:
            group, held = group + 1, 0.0
    # What is left over at the end belongs to the last whole group.
    return np.minimum(groups, max(group - 1, 0))


@pytest.mark.parametrize(
    "id",
    [
        "age_years", "sex", "body_mass_index", "duration_days", "onset", "course", "trend", "side",
        "post_void_residual_ml",
    ],
)  # fmt: skip
def test_attribute_has_the_values_of_its_condition(
    id: str, many: pa.Table, machine: Machine, world: World
) -> None:
    """The values of an attribute are distributed as the states of the condition say.

    Chi-square over the values, neighbours put together until ten are expected. Strangers' values,
    be they few, show where the own condition has hardly any.
    """
    known, attribute = machine.states, world.vocabulary.attributes[id]
    weight = known.prior * (1 - states._refused(known.single, known.families))
    off = {}
    for i, (condition, mask) in enumerate(counted(many, world).items()):
        values = many[id].filter(pa.array(mask)).drop_null().to_pylist()
        places = grids.index(attribute, values)
        own = np.where(known.condition == i, weight, 0)
        expected = own @ known.attributes[id] / own.sum() * len(values)
        found = np.bincount(places, minlength=len(expected))
        assert found[expected == 0].sum() == 0
        group = grouped(expected)
        sums = [np.bincount(group, counts) for counts in (found, expected)]
        if len(sums[0]) > 1 and chisquare(*sums).pvalue < SURPRISE:
            off[condition] = sums

    assert off == {}


def test_body_mass_index_has_the_mean_of_the_tables(many: pa.Table, world: World) -> None:
    """All cases together have the mean of the profiles' stages within 5 standard errors.

    That is 0.16, a third of the grid's step.
    """
    mean = world.parameters["body_mass_index", "mean"]
    sums = [
        (world.shares.low * (1 - u) + world.shares.high * u) @ (mean.low * (1 - u) + mean.high * u)
        for u in (0.2, 0.8)
    ]
    values = many["body_mass_index"].drop_null().to_numpy()

    error = values.std() / np.sqrt(len(values))
    assert 5 * error < 0.25
    assert values.mean() == pytest.approx(np.mean(sums) / 21, abs=5 * error)
