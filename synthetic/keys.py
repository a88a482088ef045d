"""What the rows of the world's tables may be known by, and what they must."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import product

from service.clinical.catalogue import Catalogue
from service.clinical.vocabulary import Vocabulary
from synthetic.tables import ANY, BACKGROUND, PARAMETERS, SETTINGS, SUBJECTS, Key, Row, Tables, key


@dataclass(frozen=True, slots=True)
class Keys:
    """What the rows of a table may be known by, and what they must."""

    allowed: set[Key]
    needed: set[Key] = field(default_factory=set)


def keys(tables: Tables, words: Vocabulary, texts: Catalogue) -> dict[str, Keys]:
    """Return the keys of each table."""
    conditions, findings = texts.conditions, words.findings
    background: set[Key] = {(BACKGROUND, finding) for finding in findings}
    never: set[Key] = {(c.id, finding) for c in conditions.values() for finding in c.never}
    parameters: set[Key] = {
        (attribute, name) for attribute in PARAMETERS for name in PARAMETERS[attribute]
    }
    described: set[Key] = {(c, *parameter) for c in conditions for parameter in parameters}
    stages = {found for found in map(key, tables["stages"]) if found[0] in conditions}
    priors: set[Key] = set(product(SETTINGS, conditions))
    rows_of = Counter(row["reporter"] for row in tables["reporting"])
    reporters = {id for id, times in rows_of.items() if id != ANY and times > 1}
    told: set[Key] = {
        (ANY, "error", ""),
        *((ANY, attribute, "known") for attribute in words.attributes),
    }
    told |= {(reporter, "share", "") for reporter in reporters}
    told |= set(product(reporters, SUBJECTS, ("present", "absent")))
    return {
        "finding_profiles": Keys(
            background | set(product(conditions, findings)), background | never
        ),
        "attribute_profiles": Keys(described, described),
        "stages": Keys(stages),
        "stage_findings": _by_stage(
            tables["stage_findings"], conditions.keys(), stages, {(f,) for f in findings}
        ),
        "stage_attributes": _by_stage(
            tables["stage_attributes"], conditions.keys(), stages, parameters
        ),
        "age_odds": Keys({(finding,) for finding in findings}),
        "priors": Keys(priors, priors),
        "reporting": Keys(told, told),
    }


def _by_stage(
    rows: Sequence[Row], conditions: Set[str], stages: set[Key], subjects: set[Key]
) -> Keys:
    """Return keys by stage: what is described in one is described in each of its condition.

    Rows of a condition without stages are let pass: that it has none is told once.
    """
    found = set(map(key, rows))
    about = {(one[0], *one[2:]) for one in found if one[:2] in stages}
    without = conditions - {condition for condition, _ in stages}
    return Keys(
        allowed={(*stage, *subject) for stage in stages for subject in subjects}
        | {one for one in found if one[0] in without},
        needed={
            (condition, stage, *subject)
            for of, *subject in about
            for condition, stage in stages
            if condition == of and tuple(subject) in subjects
        },
    )
