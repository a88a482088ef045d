"""The tables of the world: their columns, what their rows are known by, and their numbers."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from service.clinical import table

Row = Mapping[str, str]
Key = tuple[str, ...]
Tables = Mapping[str, Sequence[Row]]

EVIDENCE = ("basis", "source", "note")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "finding_profiles": ("condition", "finding", "frequency_low", "frequency_high", *EVIDENCE),
    "attribute_profiles": ("condition", "attribute", "parameter", "low", "high", *EVIDENCE),
    "stages": ("condition", "stage", "share_low", "share_high", "level", *EVIDENCE),
    "stage_findings": (
        "condition", "stage", "finding", "frequency_low", "frequency_high", *EVIDENCE,
    ),
    "stage_attributes": (
        "condition", "stage", "attribute", "parameter", "low", "high", *EVIDENCE,
    ),
    "age_odds": ("finding", "odds_ratio", *EVIDENCE),
    "priors": ("setting", "condition", "prior", *EVIDENCE),
    "reporting": ("reporter", "subject", "state", "probability", *EVIDENCE),
}  # fmt: skip
"""The tables, each a file of its name in this folder."""

PROFILES = ("finding_profiles", "attribute_profiles", "stage_findings", "stage_attributes")
"""The tables of what is found in a condition."""

NUMBER = r"-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?"
NUMBERS = (
    "frequency_low", "frequency_high", "low", "high", "share_low", "share_high", "odds_ratio",
    "prior", "probability",
)  # fmt: skip
"""The columns that hold numbers; what stands before them is what a row is known by."""

BACKGROUND = "background"
"""In the place of a condition: everybody, whatever the condition."""

BASES = ("measured", "described", "assumed")
SETTINGS = ("general_public", "primary_care", "emergency_department")
"""Those that the priors are given for; under `balanced` all conditions are alike by definition."""

SUBJECTS = ("symptom", "risk_factor", "exam")
"""What a reporter tells of differently; every finding outside the other two is a symptom."""

ANY = "any"
"""In the place of a reporter: all of them."""

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "age_years": ("mean", "sd"),
    "sex": ("share_female",),
    "body_mass_index": ("mean", "sd"),
    "duration_days": ("median", "log_sd"),
    "onset": ("share_sudden",),
    "course": ("share_persistent",),
    "trend": ("share_worsening", "share_improving"),
    "side": ("share_both", "share_both_one_worse"),
    "post_void_residual_ml": ("median", "log_sd"),
}
"""What describes an attribute: mean and standard deviation of a normal, median and standard
deviation of the logarithm of a log-normal, both cut to the range, or shares of its values."""


def read(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Read all tables of a folder; raises TableError with every one that cannot be read."""
    tables: dict[str, list[dict[str, str]]] = {}
    faults: list[str] = []
    for name, columns in COLUMNS.items():
        try:
            tables[name] = table.read(folder / f"{name}.csv", columns)
        except table.TableError as error:
            faults += error.faults
    if faults:
        raise table.TableError(faults)
    return tables


def key(row: Row) -> Key:
    """Return what a row is known by: the cells before its first number."""
    columns = list(row)
    first = next(i for i, column in enumerate(columns) if column in NUMBERS)
    return tuple(row[column] for column in columns[:first])


def numbers(row: Row) -> list[float] | None:
    """Return the numbers of a row, or nothing when one of them is none."""
    texts = [value for column, value in row.items() if column in NUMBERS]
    if not all(re.fullmatch(NUMBER, text) for text in texts):
        return None
    return [float(text) for text in texts]
