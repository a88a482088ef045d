from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import binomtest

from service.clinical import case
from service.clinical.vocabulary import Category, Quantity, Vocabulary
from service.schemas import case_schema
from synthetic import generate, grids, states
from synthetic.generate import Machine, block, digest
from synthetic.profiles import World

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
    """Cases of the first 16 blocks are in all four splits."""
    drawn = block(machine, 500, 1, i)["split"].to_pylist()

    assert set(drawn) == {"train", "calibration", "conformal", "evaluation"}


@pytest.mark.parametrize("i", [16, 17, 1000])
def test_later_blocks_are_for_training_alone(i: int, machine: Machine) -> None:
    """Cases after the first 16 blocks are all for training."""
    assert set(block(machine, 500, 1, i)["split"].to_pylist()) == {"train"}


def test_blocks_are_about_a_million_held_out_from(machine: Machine) -> None:
    """A block is 65,536 cases, so that held-out splits have at most about 105,000 each."""
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
