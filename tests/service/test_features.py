from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from service.clinical import case
from service.clinical.case import Case, Value
from service.clinical.vocabulary import Category, Vocabulary
from service.features import Encoding
from training import cases as training_cases

KNOTS: Mapping[str, tuple[str, ...]] = {
    "age_years": ("0", "10", "18", "25", "30", "40", "50", "60", "70", "80", "120"),
    "body_mass_index": ("8", "18.5", "22", "25", "30", "35", "100"),
    "duration_days": (
        "0",
        "0.5",
        "1",
        "2",
        "4",
        "7",
        "14",
        "28",
        "42",
        "90",
        "180",
        "365",
        "1095",
        "3650",
        "36500",
    ),
    "post_void_residual_ml": ("0", "25", "50", "100", "200", "400", "600", "3000"),
}
"""The knots as written in the columns' names; another list makes every earlier model unusable."""

ON_KNOTS = [(id, knot) for id, knots in KNOTS.items() for knot in knots]


@pytest.fixture(scope="module")
def encoding(words: Vocabulary) -> Encoding:
    """The encoding of the shipped vocabulary."""
    return Encoding(words)


def attributes_only(**attributes: Value) -> Case:
    """Return a case of which only attributes are known."""
    return Case(frozenset(), frozenset(), attributes, frozenset())


def filled(encoding: Encoding, one: Case) -> dict[str, float]:
    """Return the columns of a case that are not 0, without those for unknown."""
    row = encoding.row(one)
    return {
        column: float(value)
        for column, value in zip(encoding.columns, row, strict=True)
        if value and not column.endswith("=unknown")
    }


def unknown(encoding: Encoding, one: Case) -> set[str]:
    """Return the attributes that a case's row says are unknown."""
    row = encoding.row(one)
    return {
        column.removesuffix("=unknown")
        for column, value in zip(encoding.columns, row, strict=True)
        if value == 1 and column.endswith("=unknown")
    }


def test_columns_are_unique_and_complete(encoding: Encoding, words: Vocabulary) -> None:
    """Two columns a finding, one a knot or value, one unknown an attribute; none twice."""
    findings = [f"{id}={state}" for id in words.findings for state in ("present", "absent")]
    attributes = [
        f"{id}={label}"
        for id, attribute in words.attributes.items()
        for label in (
            *(attribute.values if isinstance(attribute, Category) else KNOTS[id]),
            "unknown",
        )
    ]

    assert encoding.columns == (*findings, *attributes)
    assert len(set(encoding.columns)) == 2 * 133 + 41 + 14 + 9


def test_table_and_cases_are_encoded_alike(
    cases: Path, encoding: Encoding, words: Vocabulary
) -> None:
    """500 synthetic rows give the same float32 numbers as a table and as single cases."""
    table = training_cases.read(cases, words).split("train").head(500)
    singles = training_cases.single(table, words)

    matrix = encoding.matrix(table)
    rows = encoding.rows(singles)

    assert matrix.dtype == rows.dtype == np.float32
    assert matrix.shape == (500, 330)
    np.testing.assert_array_equal(matrix, rows)
    np.testing.assert_array_equal(matrix, np.stack([encoding.row(one) for one in singles]))


def test_table_may_hold_further_columns_and_any_index(
    cases: Path, encoding: Encoding, words: Vocabulary
) -> None:
    """Neither the order of the columns, nor others, nor the index change the numbers."""
    table = training_cases.read(cases, words).split("train").iloc[100:150]
    other = table[list(reversed(table.columns))].assign(note="x").set_index("answers")

    np.testing.assert_array_equal(encoding.matrix(other), encoding.matrix(table))


def test_no_case_has_no_row(encoding: Encoding) -> None:
    """No cases give a matrix of no rows."""
    assert encoding.rows([]).shape == (0, 330)


def test_each_finding_has_its_two_columns(encoding: Encoding, words: Vocabulary) -> None:
    """A present finding fills its column `present`, an absent one `absent`, with what follows."""
    for id, finding in words.findings.items():
        present = filled(encoding, case.read([id], [], {}, words))
        absent = filled(encoding, case.read([], [id], {}, words))
        assert present[f"{id}=present"] == absent[f"{id}=absent"] == 1
        assert {f"{other}=present" for other in finding.implies} < present.keys()
        assert all(column.endswith("=present") for column in present)
        assert all(column.endswith("=absent") for column in absent)


def test_leaf_finding_fills_one_column(encoding: Encoding, words: Vocabulary) -> None:
    """A finding that implies nothing fills one column, and what is unknown none."""
    fever = case.read(["fever"], ["night_pain"], {}, words)

    assert filled(encoding, fever) == {"fever=present": 1, "night_pain=absent": 1}
    assert filled(encoding, attributes_only()) == {}


def test_unknown_attributes_say_so(encoding: Encoding, words: Vocabulary) -> None:
    """Each attribute has its column for unknown, which is set unless it is known."""
    everything: dict[str, Value] = {
        "age_years": 40,
        "sex": "male",
        "body_mass_index": 25,
        "duration_days": 7,
        "onset": "sudden",
        "course": "persistent",
        "trend": "stable",
        "side": "left",
        "post_void_residual_ml": 50,
    }

    assert unknown(encoding, attributes_only()) == set(words.attributes)
    assert unknown(encoding, attributes_only(**everything)) == set()
    for id, value in everything.items():
        assert unknown(encoding, attributes_only(**{id: value})) == set(words.attributes) - {id}


@pytest.mark.parametrize(("id", "knot"), ON_KNOTS)
def test_quantity_on_a_knot_fills_that_column_alone(encoding: Encoding, id: str, knot: str) -> None:
    """On a knot a quantity is wholly that knot's, the two ends of the range included."""
    one = attributes_only(**{id: float(knot)})

    assert filled(encoding, one) == {f"{id}={knot}": 1}


@pytest.mark.parametrize(
    ("id", "value", "expected"),
    [
        ("age_years", 35, {"age_years=30": 0.5, "age_years=40": 0.5}),
        ("age_years", 110, {"age_years=80": 0.25, "age_years=120": 0.75}),
        ("age_years", 5, {"age_years=0": 0.5, "age_years=10": 0.5}),
        ("duration_days", 0.25, {"duration_days=0": 0.5, "duration_days=0.5": 0.5}),
        ("duration_days", 3, {"duration_days=2": 0.5, "duration_days=4": 0.5}),
        ("body_mass_index", 32.5, {"body_mass_index=30": 0.5, "body_mass_index=35": 0.5}),
        (
            "post_void_residual_ml",
            1200,
            {"post_void_residual_ml=600": 0.75, "post_void_residual_ml=3000": 0.25},
        ),
    ],
)
def test_quantity_between_knots_is_divided(
    encoding: Encoding, id: str, value: float, expected: dict[str, float]
) -> None:
    """Between two knots a quantity is shared by them as it is near."""
    assert filled(encoding, attributes_only(**{id: value})) == expected


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("sex", "female"),
        ("sex", "male"),
        ("sex", "other"),
        ("onset", "sudden"),
        ("onset", "gradual"),
        ("course", "persistent"),
        ("course", "intermittent"),
        ("trend", "worsening"),
        ("trend", "stable"),
        ("trend", "improving"),
        ("side", "left"),
        ("side", "right"),
        ("side", "both"),
        ("side", "both_one_worse"),
    ],
)
def test_category_fills_the_column_of_its_value(encoding: Encoding, id: str, value: str) -> None:
    """A category fills the column of its value alone."""
    assert filled(encoding, attributes_only(**{id: value})) == {f"{id}={value}": 1}
