import re

import pytest

from synthetic import figures, states, text
from synthetic.profiles import World


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1, 1, "always"),
        (0.9, 1.0, "very frequent"),
        (0.80, 0.80, "very frequent"),
        (0.7, 0.89, "frequent"),
        (0.30, 0.30, "frequent"),
        (0.2, 0.39, "occasional"),
        (0.05, 0.05, "occasional"),
        (0.01, 0.01, "very rare"),
        (0.0, 0.01, "hardly ever"),
        (0.0, 0.0, "never"),
    ],
)
def test_word_is_that_of_the_middle_of_the_band(low: float, high: float, expected: str) -> None:
    """A band reads as the frequency term of the Human Phenotype Ontology of its middle."""
    assert text.word(low, high) == expected


def test_profile_has_each_stage_with_all_findings(world: World) -> None:
    """A profile names the condition, then for each stage its level and each of 133 findings."""
    lines = text.profile(world, "cauda_equina_syndrome").splitlines()
    stages = [line for line in lines if line.startswith("Stage ")]

    assert lines[0] == "Cauda equina syndrome (G83.4), ultra_rare, emergency"
    assert [line.split(":")[0] for line in stages] == [
        "Stage suspected",
        "Stage incomplete",
        "Stage retention",
    ]
    assert all(line.endswith("level emergency") for line in stages)
    for finding in world.vocabulary.findings.values():
        assert sum(f" %  {finding.meaning} (" in line for line in lines) == 3


def test_profile_is_ordered_by_frequency(world: World) -> None:
    """Within a group the most frequent finding comes first."""
    ends: list[float] = []
    for line in text.profile(world, "piriformis_syndrome").splitlines():
        band = re.search(r" (\d+\.\d)-(\d+\.\d) %  ", line)
        if band is None:
            ends = []
        else:
            ends.append(float(band[1]) + float(band[2]))
            assert ends == sorted(ends, reverse=True) or abs(ends[-1] - ends[-2]) < 0.25, line


def test_excluded_finding_reads_never(world: World) -> None:
    """What never occurs in a condition is said so."""
    lines = text.profile(world, "piriformis_syndrome").splitlines()
    meaning = world.vocabulary.findings["fecal_incontinence"].meaning

    told = [line.split() for line in lines if f"  {meaning} (" in line]

    assert len(told) == 2
    assert {words[0] for words in told} == {"never"}


def test_each_number_says_what_it_rests_on(world: World) -> None:
    """A measured band stands with its study, an assumed one with that word."""
    lines = text.profile(world, "cauda_equina_syndrome").splitlines()
    retention = lines[lines.index(next(line for line in lines if "Stage retention" in line)) :]

    told = {id: next(line for line in retention if f"  {finding.meaning} (" in line)
            for id, finding in world.vocabulary.findings.items()}  # fmt: skip

    assert told["saddle_numbness"].endswith("(assumed)")
    assert told["leg_numbness"].endswith("(measured, uk_oncall_series_undated)")


@pytest.mark.parametrize("condition", ["shingles", "nonspecific_low_back_pain", "lyme_disease"])
def test_level_of_each_stage_is_told(condition: str, world: World) -> None:
    """A stage's line has the level of a patient in it."""
    index = list(world.catalogue.conditions).index(condition)
    told = re.findall(
        r"^Stage (\w+): .* of patients, level (\w+)$", text.profile(world, condition), re.MULTILINE
    )

    assert told == [(s.id, s.level.name.lower()) for s in world.stages if s.condition == index]


def test_figures_are_counted_and_the_rest_told(world: World) -> None:
    """The first line counts, apart for inputs; each further line does not agree and says why."""
    known = states.states(world)
    compared = figures.compare(world, known)

    first, *rest = text.figures(world, known).splitlines()

    counts = [int(count) for count in re.findall(r"\d+", first)]
    inputs = [one.agrees for one in compared if one.is_input]
    others = [one.agrees for one in compared if not one.is_input]
    assert counts == [sum(inputs), len(inputs), sum(others), len(others)]
    assert len(rest) == len(compared) - sum(inputs) - sum(others)
    for line, one in zip(rest, (one for one in compared if not one.agrees), strict=True):
        assert line.startswith(f"  {one.condition}, {one.finding}, {one.measure}: published ")
        assert ", simulated " in line
        assert line.endswith(f": {one.explanation or 'not explained'}")


def test_all_figures_are_told_when_asked(world: World) -> None:
    """The complete list has a line for each figure, those that agree said so."""
    known = states.states(world)
    compared = figures.compare(world, known)

    _, *told = text.figures(world, known, is_complete=True).splitlines()

    assert [line.endswith(": agrees") for line in told] == [one.agrees for one in compared]
