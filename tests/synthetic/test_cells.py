import pytest

from synthetic import cells
from synthetic.tables import Row, Tables


def row(place: str, low: str, high: str, basis: str = "assumed", source: str = "") -> Row:
    """Return a row of findings: a condition, perhaps a stage, and the finding fever."""
    condition, *stage = place.split()
    known = {"condition": condition} | ({"stage": stage[0]} if stage else {})
    return {
        **known,
        "finding": "fever",
        "frequency_low": low,
        "frequency_high": high,
        "basis": basis,
        "source": source,
        "note": "made up here",
    }


STAGES = [
    {"condition": "shingles", "stage": stage, "share_low": "0.5", "share_high": "0.5"}
    for stage in ("lumbar", "sacral")
]


def world(profiles: list[Row], stage_findings: list[Row]) -> Tables:
    """Return tables of two stages of shingles with these rows of findings."""
    return {"stages": STAGES, "finding_profiles": profiles, "stage_findings": stage_findings}


def bands(tables: Tables) -> dict[str, tuple[float, float]]:
    """Return the band of fever in effect in each stage of shingles."""
    found = cells.findings(tables)
    return {stage: (cell.low, cell.high) for (_, stage, _), cell in found.items()}


def test_stage_goes_before_its_condition_and_that_before_everybody() -> None:
    """A number is taken from the narrowest group of people that has one."""
    everybody, condition = row("background", "0.01", "0.02"), row("shingles", "0.1", "0.2")
    stage = row("shingles sacral", "0.5", "0.6")

    assert bands(world([everybody], [])) == {"lumbar": (0.01, 0.02), "sacral": (0.01, 0.02)}
    assert bands(world([everybody, condition], [])) == {"lumbar": (0.1, 0.2), "sacral": (0.1, 0.2)}
    assert bands(world([condition, everybody], [stage])) == {
        "lumbar": (0.1, 0.2),
        "sacral": (0.5, 0.6),
    }


def test_rows_of_a_cell_are_joined_and_rows_without_numbers_left_out() -> None:
    """A cell reaches over all of its rows, and one that holds no number widens nothing."""
    rows = [
        row("shingles", "0.3", "0.4"),
        row("shingles", "never", "0.9"),
        row("shingles", "0.1", "0.2"),
        row("background", "rare", "0.9"),
    ]

    found = cells.gathered(rows)

    assert {place: (cell.low, cell.high, len(cell.rows)) for place, cell in found.items()} == {
        ("shingles", "fever"): (0.1, 0.4, 2)
    }


@pytest.mark.parametrize(
    ("bases", "told"),
    [
        (("measured", "measured"), "measured"),
        (("described",), "described"),
        (("assumed", "assumed"), "assumed"),
        (("assumed", "measured"), "mixed"),
        (("described", "assumed", "described"), "mixed"),
    ],
)
def test_cell_is_only_as_well_founded_as_all_of_its_rows(bases: tuple[str, ...], told: str) -> None:
    """A band that an assumed row widens is not told as measured."""
    found = cells.gathered([row("shingles", "0.1", "0.2", basis) for basis in bases])

    assert found["shingles", "fever"].basis == told


def test_cell_names_each_source_once() -> None:
    """Two rows of one source name it once, and an assumed row names none."""
    rows = [
        row("shingles", "0.1", "0.2", "measured", "kim_2009"),
        row("shingles", "0.1", "0.3"),
        row("shingles", "0.2", "0.3", "measured", "chen_2002"),
        row("shingles", "0.3", "0.4", "described", "kim_2009"),
    ]

    assert cells.gathered(rows)["shingles", "fever"].sources == ("kim_2009", "chen_2002")
