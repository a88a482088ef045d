"""The world in words: a profile as a clinician reads it, and figures against publications."""

from collections.abc import Iterator

from synthetic.figures import Figure, compare
from synthetic.profiles import World
from synthetic.states import States

BANDS = (
    (1.0, "always"),
    (0.80, "very frequent"),
    (0.30, "frequent"),
    (0.05, "occasional"),
    (0.01, "very rare"),
    (0.0, "hardly ever"),
)
"""Words for frequencies, by the lower ends of the bands of the Human Phenotype Ontology."""


def word(low: float, high: float) -> str:
    """Return the word for the middle of a band; `never` for 0."""
    middle = (low + high) / 2
    return "never" if high == 0 else next(name for end, name in BANDS if middle >= end)


def profile(world: World, condition: str) -> str:
    """Return the profile of a condition: its stages, and findings by group, most frequent first."""
    known = world.catalogue.conditions[condition]
    lines = [f"{known.name} ({known.icd10}), {known.rarity}, {known.urgency.id}"]
    index = list(world.catalogue.conditions).index(condition)
    for row, stage in enumerate(world.stages):
        if stage.condition == index:
            share = _percent(*sorted((world.shares.low[row], world.shares.high[row])))
            lines += ["", f"Stage {stage.id}: {share} of patients, level {stage.level.id}"]
            lines += _findings(world, row)
    return "\n".join(lines)


def _findings(world: World, row: int) -> Iterator[str]:
    cells = world.evidence[row]
    findings = world.vocabulary.findings
    for group in dict.fromkeys(finding.group for finding in findings.values()):
        yield f"  {group}"
        own = [id for id, finding in findings.items() if finding.group == group]
        for id in sorted(own, key=lambda one: -(cells[one].low + cells[one].high)):
            low, high = cells[id].low, cells[id].high
            grounds = ", ".join([cells[id].basis, *cells[id].sources])
            said = f"{word(low, high):14} {_percent(low, high):>12}  {findings[id].meaning}"
            yield f"    {said} ({grounds})"


def figures(world: World, states: States, is_complete: bool = False) -> str:
    """Return published figures against the world's: those that disagree, with why, or all."""
    compared = compare(world, states)
    off = [figure for figure in compared if not figure.agrees]
    inputs = [figure for figure in compared if figure.is_input]
    checks = [figure for figure in compared if not figure.is_input]
    lines = [
        f"Published figures that come out again: {_agreeing(inputs)} of sources that the profiles"
        f" took a number from, {_agreeing(checks)} of others. Those that do not:"
    ]
    for one in compared if is_complete else off:
        published, simulated = (_band(*band) for band in (one.published, one.simulated))
        verdict = "agrees" if one.agrees else one.explanation or "not explained"
        lines.append(f"  {one.condition}, {one.finding}, {one.measure}: published {published}, "
                     f"simulated {simulated}: {verdict}")  # fmt: skip
    return "\n".join(lines)


def _agreeing(compared: list[Figure]) -> str:
    return f"{sum(figure.agrees for figure in compared)} of {len(compared)}"


def _percent(low: float, high: float) -> str:
    return f"{100 * low:.1f}-{100 * high:.1f} %"


def _band(low: float, high: float) -> str:
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
