"""The faults of the world's tables, every one at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import URGENCY_BY_ID, Vocabulary

Row = Mapping[str, str]
Cell = tuple[str, ...]

BACKGROUND = "background"
BASES = ("measured", "described", "assumed")
SETTINGS = ("general_public", "primary_care", "emergency_department")
"""Those that the priors are given for; under `balanced` all conditions are alike by definition."""

MOST_STAGES = 4
"""Stages of a condition: with 2 places in the bands, 2 age groups and 4 reporters 64 states."""

SUBJECTS = ("symptom", "risk_factor", "exam")
"""What a reporter tells of differently; every finding outside the other two is a symptom."""

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


def _named(row: Row) -> str:
    return ", ".join(value for value in list(row.values())[:3] if value)


def evidence(rows: Iterable[Row], texts: Catalogue) -> list[str]:
    """Return the faults of basis, source and note."""
    faults = []
    for row in rows:
        basis, source = row["basis"], row["source"]
        if basis not in BASES:
            faults.append(f"{_named(row)}: the basis is {basis!r}, expected one of {BASES}")
        elif basis == "assumed" and (source or not row["note"]):
            faults.append(f"{_named(row)}: an assumed number has a note and no source")
        elif basis != "assumed" and source not in texts.sources:
            faults.append(f"{_named(row)}: the source {source!r} is not in sources.csv")
    return faults


def numbers(row: Row, columns: Sequence[str], maximum: float) -> list[str]:
    """Return the fault of numbers that are none, or do not rise within 0 to a maximum."""
    try:
        numbers = [float(row[column]) for column in columns]
    except ValueError:
        return [f"{_named(row)}: {[row[c] for c in columns]} are no numbers"]
    if not all(0 <= number <= maximum for number in numbers) or numbers != sorted(numbers):
        return [f"{_named(row)}: {numbers} do not rise within 0 to {maximum:g}"]
    return []


def findings(rows: Sequence[Row], words: Vocabulary, texts: Catalogue) -> list[str]:
    """Return the faults of the profiles of conditions and of the background."""
    faults = []
    for row in rows:
        if row["condition"] not in (*texts.conditions, BACKGROUND):
            faults.append(f"{_named(row)}: no such condition")
        if row["finding"] not in words.findings:
            faults.append(f"{_named(row)}: no such finding")
        faults += numbers(row, ("frequency_low", "frequency_high"), 1)
    described = {row["condition"] for row in rows}
    faults += [f"{id}: has no profile" for id in texts.conditions if id not in described]
    background = {row["finding"] for row in rows if row["condition"] == BACKGROUND}
    faults += [f"{id}: has no background rate" for id in words.findings if id not in background]
    return faults or _never(rows, texts)


def _never(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    highs: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        cell = row["condition"], row["finding"]
        highs.setdefault(cell, []).append(float(row["frequency_high"]))
    return [
        f"{condition.id}, {finding}: never occurs, so its frequency is 0"
        for condition in texts.conditions.values()
        for finding in sorted(condition.never)
        if max(highs.get((condition.id, finding), [1.0])) > 0
    ]


def attributes(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    """Return the faults of the attributes' profiles."""
    faults = []
    needed = {(c, a, p) for c in texts.conditions for a in PARAMETERS for p in PARAMETERS[a]}
    found = {(row["condition"], row["attribute"], row["parameter"]) for row in rows}
    faults += [f"{', '.join(cell)}: is missing" for cell in sorted(needed - found)]
    faults += [f"{', '.join(cell)}: is not known" for cell in sorted(found - needed)]
    return [*faults, *_parameters(rows)]


def priors(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    """Return the faults of the priors."""
    faults = [fault for row in rows for fault in numbers(row, ("prior",), 1)]
    cells = [(row["setting"], row["condition"]) for row in rows]
    faults += [
        f"{', '.join(cell)}: has several priors"
        for cell in sorted(set(cells))
        if cells.count(cell) > 1
    ]
    found = {setting for setting, _ in cells}
    faults += [f"{setting}: has no priors" for setting in SETTINGS if setting not in found]
    faults += [f"{setting}: is no setting" for setting in sorted(found - set(SETTINGS))]
    if faults:
        return faults
    for setting in SETTINGS:
        priors = {
            row["condition"]: float(row["prior"]) for row in rows if row["setting"] == setting
        }
        if priors.keys() != texts.conditions.keys() or min(priors.values()) <= 0:
            faults.append(f"{setting}: needs a prior above 0 for each condition")
        if abs(sum(priors.values()) - 1) > 1e-9:
            faults.append(f"{setting}: the priors sum to {sum(priors.values())}, expected 1")
    return faults


def reporting(rows: Sequence[Row], words: Vocabulary) -> list[str]:
    """Return the faults of the chances to speak."""
    faults = [fault for row in rows for fault in numbers(row, ("probability",), 1)]
    faults += [
        f"{_named(row)}: the probability is {row['probability']}, expected below {most:g}"
        for row in rows
        if (most := {"error": 0.5, "symptom": 1, "risk_factor": 1, "exam": 1}.get(row["subject"]))
        and not numbers(row, ("probability",), 1)
        and float(row["probability"]) >= most
    ]
    reporters = {row["reporter"] for row in rows} - {"any"}
    if len(reporters) > MOST_STAGES:
        faults.append(f"reporting: {len(reporters)} reporters, expected at most {MOST_STAGES}")
    told = {(row["reporter"], row["subject"], row["state"]) for row in rows}
    needed = {("any", id, "known") for id in words.attributes} | {("any", "error", "")}
    for reporter in {row["reporter"] for row in rows} - {"any"}:
        needed |= {(reporter, s, state) for s in SUBJECTS for state in ("present", "absent")}
        needed |= {(reporter, "share", "")}
    faults += [f"reporting, {', '.join(cell)}: is missing" for cell in sorted(needed - told)]
    faults += [f"reporting, {', '.join(cell)}: is not known" for cell in sorted(told - needed)]
    return faults


def stages(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    """Return the faults of the stages: shares sum to 1 at each end, at most four a condition."""
    faults = [
        fault
        for row in rows
        for column in ("share_low", "share_high")
        for fault in numbers(row, (column,), 1)
    ]
    faults += [
        f"{_named(row)}: the level is {row['level']!r}, expected {list(URGENCY_BY_ID)}"
        for row in rows
        if row["level"] not in URGENCY_BY_ID
    ]
    found = {row["condition"] for row in rows}
    faults += [f"{id}: has no stage" for id in texts.conditions if id not in found]
    faults += [f"{id}: no such condition" for id in sorted(found - texts.conditions.keys())]
    if faults:
        return faults
    for id in texts.conditions:
        own = [row for row in rows if row["condition"] == id]
        if len({row["stage"] for row in own}) < len(own) or len(own) > MOST_STAGES:
            faults.append(f"{id}: needs one to {MOST_STAGES} stages of different names")
        for column in ("share_low", "share_high"):
            total = sum(float(row[column]) for row in own)
            if abs(total - 1) > 1e-6:
                faults.append(f"{id}: {column} sums to {total:g} over its stages, expected 1")
    return faults


def staged(
    rows: Sequence[Row], subject: str, known: Collection[str], stage_rows: Sequence[Row]
) -> list[str]:
    """Return the faults of rows by stage: names, and a row for every stage of the condition."""
    of_condition: dict[str, set[str]] = {}
    for row in stage_rows:
        of_condition.setdefault(row["condition"], set()).add(row["stage"])
    found: dict[Cell, set[str]] = {}
    for row in rows:
        cell_ = row["condition"], row[subject], row.get("parameter", "")
        found.setdefault(cell_, set()).add(row["stage"])
    faults = [f"{_named(row)}: no such {subject}" for row in rows if row[subject] not in known]
    for cell, named in found.items():
        if unknown := of_condition.get(cell[0], set()) ^ named:
            about = ", ".join(filter(None, cell))
            faults.append(f"{about}: has no row for, or no such stage as, {sorted(unknown)}")
    return faults


def stage_findings(rows: Sequence[Row], texts: Catalogue) -> list[str]:
    """Return the faults of the frequencies by stage: what never occurs has none."""
    faults = [
        f"{_named(row)}: never occurs in the condition, so it has no row"
        for row in rows
        if row["condition"] in texts.conditions
        and row["finding"] in texts.conditions[row["condition"]].never
    ]
    for row in rows:
        faults += numbers(row, ("frequency_low", "frequency_high"), 1)
    return faults


def stage_attributes(rows: Sequence[Row]) -> list[str]:
    """Return the faults of the attributes by stage: parameters and their ranges."""
    faults = [
        f"{_named(row)}: the parameter is {row['parameter']!r}, expected one of {known}"
        for row in rows
        if (known := PARAMETERS.get(row["attribute"], ())) and row["parameter"] not in known
    ]
    return [*faults, *_parameters(rows)]


def age_odds(rows: Sequence[Row], words: Vocabulary) -> list[str]:
    """Return the faults of the odds ratios by age: known findings, numbers above 0."""
    faults = [f"{row['finding']}: no such finding" for row in rows
              if row["finding"] not in words.findings]  # fmt: skip
    for row in rows:
        wrong = numbers(row, ("odds_ratio",), 1000)
        if not wrong and float(row["odds_ratio"]) <= 0:
            wrong = [f"{row['finding']}: the odds ratio is 0, expected above 0"]
        faults += wrong
    return faults


def _parameters(rows: Sequence[Row]) -> list[str]:
    """Return the faults of parameters of attributes: shares up to 1, the others above 0."""
    faults = []
    for row in rows:
        is_share = row["parameter"].startswith("share_")
        wrong = numbers(row, ("low", "high"), 1 if is_share else 36500)
        if not wrong and not is_share and float(row["low"]) <= 0:
            wrong = [f"{_named(row)}: {row['parameter']} is {row['low']}, expected above 0"]
        faults += wrong
    return faults
