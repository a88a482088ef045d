"""The model card: what a model is, what it is for, how good it is and where it ends."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.manifest import Manifest
from training import calibration
from training.figure import ALL, Figure
from training.judgement import Judgement
from training.limits import limits
from training.patients import triage_table

SHORT = (
    "top_1",
    "top_3",
    "regret",
    "coverage",
    "emergencies_given_emergency",
    "emergencies_given_urgent_or_above",
    "primary_care/calm_unflagged_given_emergency",
    "primary_care/calm_unflagged_given_urgent_or_above",
    "stress/top_1",
    "published/top_1",
    "published/top_3",
    "own/top_1",
)
"""The figures that say most, by key."""

NOTED = {
    "emergencies_unflagged_ceiling",
    "emergencies_unflagged_given_emergency",
    "primary_care/calm_flagged_emergency",
    "primary_care/calm_flagged_urgent_or_above",
}
"""The figures of the sentence about the flags."""

GOALS = tuple(calibration.GOALS)

TEMPLATE = Path(__file__).with_name("model_card.md")

COLUMNS = {
    "top_1": "top-1",
    "top_3": "top-3",
    "log_loss": "log loss",
    "macro_f1": "macro F1",
    "coverage": "coverage",
    "set_size": "set size",
    "emergencies_given_emergency": "emergencies sent as such",
    "emergencies_given_urgent_or_above": "emergencies urgent or above",
    "calm_given_emergency": "calm people sent as emergencies",
    "calm_given_urgent_or_above": "calm people urgent or above",
}


def text(manifest: Manifest, judged: Judgement) -> str:
    """Return the card of a model as Markdown."""
    by_key, figures = judged.by_key, judged.figures
    return TEMPLATE.read_text(encoding="utf-8").format(
        name=manifest.model["name"],
        version=manifest.model["version"],
        recipe=manifest.model["recipe"],
        candidate=manifest.model["candidate"],
        n_conditions=len(manifest.conditions),
        rules_version=manifest.rules_version,
        learned=_learned(manifest.data),
        bases=_bases(manifest.data["rows_by_basis"]),
        summary="\n".join(f"- {key}: {by_key[key]}" for key in SHORT if key in by_key),
        triage_note=_triage_note(by_key),
        evaluated=f"{len(judged.said.table):,}",
        settings=_table([f for f in figures if f.answers == f.group == ALL], ("world", "setting")),
        answers=_table(_of(figures, "answers"), ("answers",)),
        slices=_table(_of(figures, "group"), ("group",)),
        lines=sum(f.world == "documented" and f.name.startswith(GOALS) for f in figures),
        outside=_sum(figures, "calibration_outside"),
        outside_posterior=_sum(figures, "posterior_calibration_outside"),
        published=len(judged.published),
        top_1=by_key["published/top_1"],
        top_3=by_key["published/top_3"],
        triage=triage_table(judged.published).to_string().replace("\n", "\n    "),
        limits="\n".join(f"- {limit}" for limit in limits(judged)),
        number=manifest.data["number"],
        data_seed=manifest.data["seed"],
        training_seed=manifest.data["training_seed"],
        commit=manifest.data["commit"],
        data_sha256=manifest.data["sha256"],
        sha256=manifest.sha256,
    )


def _learned(data: Mapping[str, Any]) -> str:
    """Return what the model learned from, in a sentence or two."""
    synthetic = (
        f"{data['training_cases']:,} cases, drawn by the generator as long as they were needed"
        f" (seed {data['seed']}, commit `{data['commit']}`)."
    )
    if not (own := data.get("own")):
        return f"Synthetic cases alone, no patient's data: {synthetic}"
    return (
        f"{synthetic} A share of {own['weight']:.0%} of them was drawn again and again from"
        f" {own['number']:,} cases of somebody's own, SHA-256 `{own['sha256']}`."
    )


def _bases(tables: Mapping[str, Mapping[str, int]]) -> str:
    total = Counter[str]()
    for rows in tables.values():
        total.update(rows)
    return ", ".join(f"{number} {basis}" for basis, number in total.most_common())


def _triage_note(by_key: Mapping[str, Figure]) -> str:
    """Return what the model adds to the red flags, and what the same rule could."""
    if not by_key.keys() >= NOTED:  # of too few cases
        return ""
    return (
        "Emergencies that raise an emergency flag are sent as such by construction: that checks the"
        " code. Of those that raise none, the model sends"
        f" {by_key['emergencies_unflagged_given_emergency']}; the same rule on the exact posterior,"
        f" at the same over-triage, {by_key['emergencies_unflagged_ceiling'].value:.3f}. Of calm"
        " people, weighted to primary care, the flags alone send"
        f" {by_key['primary_care/calm_flagged_emergency']} as emergencies and"
        f" {by_key['primary_care/calm_flagged_urgent_or_above']} as urgent or above."
    )


def _sum(figures: Iterable[Figure], name: str) -> int:
    return sum(int(f.value) for f in figures if f.world == "documented" and f.name == name)


def _of(figures: Sequence[Figure], part: str) -> Iterator[Figure]:
    """Yield the figures of the default world that are of bands of answers, or of groups."""
    return (f for f in figures if f.world == "documented" and getattr(f, part) != ALL)


def _table(figures: Iterable[Figure], parts: Sequence[str]) -> str:
    """Return figures as a Markdown table, a row for each value of some parts of their keys."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for figure in figures:
        if figure.name in COLUMNS:
            row = rows.setdefault(tuple(getattr(figure, part) for part in parts), {})
            row[figure.name] = str(figure)
    used = [name for name in COLUMNS if any(name in row for row in rows.values())]
    lines = [[*parts, *(COLUMNS[name] for name in used)], ["---"] * (len(parts) + len(used))]
    lines += [[*key, *(row.get(name, "") for name in used)] for key, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
