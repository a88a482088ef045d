from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from service.clinical import catalogue
from service.clinical.vocabulary import Urgency, vocabulary
from service.model import Model
from training import gates, judgement, probes
from training.figure import Figure
from training.gates import GateError
from training.judgement import HeldOut, Judgement
from training.workbench import Workbench

pytest_plugins = ["tests.training.runs"]

BANDS = ("2-5 answers", "6-10 answers", "11-20 answers", "21 or more answers")

IDS = tuple(catalogue.read(vocabulary()).conditions)

WELL: Mapping[str, float] = {
    "emergencies_given_emergency": 0.75,
    "emergencies_given_urgent_or_above": 0.85,
    "emergencies_unflagged_given_urgent_or_above": 0.70,
    "primary_care/calm_unflagged_given_emergency": 0.06,
    "primary_care/calm_unflagged_given_urgent_or_above": 0.22,
    "published/top_1": 0.55,
    "published/top_3": 0.75,
    "regret": 0.08,
    **{f"calibration_slope.{id}": 1.15 for id in IDS},
    **{f"calibration_intercept.{id}": 0.3 for id in IDS},
    **{f"coverage.{id}": 0.93 for id in IDS},
    "calibration_slope.shingles": 0.85,
    "calibration_intercept.shingles": -0.3,
    **{f"{band}/coverage": 0.93 for band in BANDS},
    "latency_ratio": 2.0,
    "artefact_bytes": 5_000_000,
}
"""Figures of a model that passes every gate by nothing, the bounds belonging to what passes."""

WORLD = ("regret", "calibration", "coverage")
"""The gates that are about the synthetic world."""


@pytest.fixture(scope="module")
def judged(model: Model, bench: Workbench, few: HeldOut) -> Judgement:
    """A real judgement on a few cases."""
    return judgement.judged(model, 1, bench, few, jobs=1)


@pytest.fixture(autouse=True)
def _right_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes have tests of their own: here they are passed."""
    monkeypatch.setattr(probes, "faults", lambda _: ["probe"][:0])


def with_figures(judged: Judgement, values: Mapping[str, float]) -> Judgement:
    """Return the judgement with other figures, by key."""
    stated = replace(judged)
    vars(stated)["figures"] = [_figure(key, value) for key, value in values.items()]
    return stated


def _figure(key: str, value: float) -> Figure:
    before, _, name = key.rpartition("/")
    if before == "published":
        return Figure(name, value, 94, world=before)
    if before == "primary_care":
        return Figure(name, value, 1000, setting=before)
    return Figure(name, value, 1000, answers=before or "all")


def learned_own(judged: Judgement) -> Judgement:
    """Return the judgement as one of a model that learned from somebody's own cases."""
    model = judged.said.model
    data = {**model.manifest.data, "own": {"sha256": "ab" * 32}}
    manifest = replace(model.manifest, data=data)
    other = Model(None, manifest, judged.on.encoding)
    return replace(judged, said=replace(judged.said, model=other))


def test_bounds_are_good_enough(judged: Judgement) -> None:
    """A model whose every figure lies on its bound may serve."""
    gates.check(with_figures(judged, WELL), None)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        (
            "emergencies_given_emergency",
            0.65,
            "emergencies: {} is 0.65, expected at least 0.75, which it misses by 0.1",
        ),
        (
            "emergencies_unflagged_given_urgent_or_above",
            0.6,
            "emergencies: {} is 0.6, expected at least 0.7, which it misses by 0.1",
        ),
        (
            "primary_care/calm_unflagged_given_emergency",
            0.26,
            "over-triage: {} is 0.26, expected at most 0.06, which it misses by 0.2",
        ),
        (
            "primary_care/calm_unflagged_given_urgent_or_above",
            0.32,
            "over-triage: {} is 0.32, expected at most 0.22, which it misses by 0.1",
        ),
        (
            "emergencies_given_urgent_or_above",
            0.84,
            "emergencies: {} is 0.84, expected at least 0.85, which it misses by 0.01",
        ),
        (
            "published/top_1",
            0.5,
            "published patients: {} is 0.5, expected at least 0.55, which it misses by 0.05",
        ),
        (
            "published/top_3",
            0.7,
            "published patients: {} is 0.7, expected at least 0.75, which it misses by 0.05",
        ),
        ("regret", 0.1, "regret: {} is 0.1, expected at most 0.08, which it misses by 0.02"),
        (
            "calibration_slope.shingles",
            0.75,
            "calibration: {} is 0.75, expected at least 0.85, which it misses by 0.1",
        ),
        (
            "calibration_slope.lyme_disease",
            1.25,
            "calibration: {} is 1.25, expected at most 1.15, which it misses by 0.1",
        ),
        (
            "calibration_intercept.shingles",
            -0.5,
            "calibration: {} is -0.5, expected at least -0.3, which it misses by 0.2",
        ),
        (
            "calibration_intercept.lyme_disease",
            0.5,
            "calibration: {} is 0.5, expected at most 0.3, which it misses by 0.2",
        ),
        (
            "coverage.shingles",
            0.92,
            "coverage: {} is 0.92, expected at least 0.93, which it misses by 0.01",
        ),
        *(
            (
                f"{band}/coverage",
                0.9,
                "coverage: {} is 0.9, expected at least 0.93, which it misses by 0.03",
            )
            for band in BANDS
        ),
        ("latency_ratio", 2.5, "latency: {} is 2.5, expected at most 2, which it misses by 0.5"),
        (
            "artefact_bytes",
            6e6,
            "size: {} is 6e+06, expected at most 5e+06, which it misses by 1e+06",
        ),
    ],
)
def test_figure_out_of_bounds_is_refused(
    key: str, value: float, told: str, judged: Judgement
) -> None:
    """Each gate names the figure, what it is, what was expected and by how much it is missed."""
    assert set(WELL) >= {key}

    with pytest.raises(GateError) as refusal:
        gates.check(with_figures(judged, {**WELL, key: value}), None)

    assert str(refusal.value) == told.format(key)


@pytest.mark.parametrize("key", [key for key in WELL if "." not in key])
def test_figure_that_was_not_measured_is_refused(key: str, judged: Judgement) -> None:
    """A gate is not passed by having nothing to measure."""
    found = gates.faults(
        with_figures(judged, {one: value for one, value in WELL.items() if one != key}), None
    )

    assert [fault.partition(": ")[2] for fault in found] == [f"{key} was not measured"]


def test_condition_by_condition_figures_have_to_be_there(judged: Judgement) -> None:
    """Calibration and coverage are asked of each condition, also of one that has no figure."""
    found = gates.faults(
        with_figures(judged, {key: value for key, value in WELL.items() if "." not in key}), None
    )

    assert sorted(found) == sorted(
        f"{gate}: {name}.{id} was not measured"
        for gate, name in (
            ("calibration", "calibration_slope"),
            ("calibration", "calibration_intercept"),
            ("coverage", "coverage"),
        )
        for id in IDS
    )


@pytest.mark.parametrize("key", WELL)
def test_no_number_is_refused(key: str, judged: Judgement) -> None:
    """A figure that is not a number lies within no bounds."""
    found = gates.faults(with_figures(judged, {**WELL, key: float("nan")}), None)

    assert found
    assert all(f"{key} is nan" in fault for fault in found)


def test_other_worlds_are_not_gated(judged: Judgement) -> None:
    """Figures of the stress world or of a slice are for the card: no gate asks for them."""
    bad = [
        Figure("regret", 9.0, 100, world="stress"),
        Figure("coverage.shingles", 0.0, 100, world="stress"),
        Figure("emergencies_given_urgent_or_above", 0.0, 100, group="sex male"),
        Figure("top_1", 0.0, 100),
    ]
    stated = with_figures(judged, WELL)
    vars(stated)["figures"] += bad

    assert gates.faults(stated, None) == []


def test_every_fault_is_told_at_once(judged: Judgement, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error holds what probes and gates find, each on a line."""
    monkeypatch.setattr(probes, "faults", lambda _: ["golden case: x", "golden case: y"])
    bad = {**WELL, "regret": 1.0, "artefact_bytes": 1e9, "latency_ratio": 3.0}

    with pytest.raises(GateError) as refusal:
        gates.check(with_figures(judged, bad), None)

    names = [line.partition(":")[0] for line in str(refusal.value).splitlines()]
    assert names == ["golden case", "golden case", "regret", "latency", "size"]


def test_world_is_not_asked_of_who_learned_own_cases(judged: Judgement) -> None:
    """A model of somebody's own cases may differ from the synthetic world, and in nothing else."""
    bad = dict.fromkeys(WELL, -1.0) | {"latency_ratio": 9.0, "artefact_bytes": 9e9, "regret": 9.0}
    bad |= {key: 9.0 for key in WELL if "calm" in key}

    synthetic = gates.faults(with_figures(judged, bad), None)
    own = gates.faults(with_figures(learned_own(judged), bad), None)

    assert {fault.partition(":")[0] for fault in synthetic} == {
        *WORLD,
        "emergencies",
        "over-triage",
        "published patients",
        "latency",
        "size",
    }
    assert own == [
        *(fault for fault in synthetic if not fault.startswith(WORLD)),
        "own cases: own/top_3 was not measured",
    ]


def missing(judged: Judgement, share: float) -> Judgement:
    """Return the judgement with a share of its emergencies sent nowhere soon."""
    said = judged.said
    emergencies = np.flatnonzero(said.stated == Urgency.EMERGENCY)
    given = said.given.copy()
    given[:] = Urgency.EMERGENCY
    given[emergencies[: round(len(emergencies) * share)]] = Urgency.SELF_CARE
    return replace(judged, said=replace(said, given=given))


def test_challenger_is_no_worse_than_the_champion(judged: Judgement) -> None:
    """What misses emergencies that the champion sends is refused with both shares."""
    worse = with_figures(missing(judged, 0.5), WELL)

    found = gates.faults(worse, missing(judged, 0.0))

    assert [fault.partition(" is ")[0] for fault in found] == [
        "no worse than the champion: emergencies given emergency",
        "no worse than the champion: emergencies given urgent or above",
    ]
    assert all("the champion's 1.000; it may be worse by 0." in fault for fault in found)
    assert all(fault.endswith("0.005 is allowed") for fault in found)


def test_better_challenger_or_none_is_let_through(judged: Judgement) -> None:
    """What sends more emergencies passes, so does its equal, and without a champion anything."""
    worse, better = (with_figures(missing(judged, share), WELL) for share in (0.5, 0.0))

    assert gates.faults(better, worse) == []
    assert gates.faults(worse, worse) == []
    assert gates.faults(worse, None) == []
