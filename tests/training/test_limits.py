from collections.abc import Sequence
from dataclasses import replace

import pytest

from training.figure import Figure
from training.judgement import Judgement
from training.limits import ALWAYS, limits

WHOLE = Figure("emergencies_given_emergency", 0.80, 400, 0.76, 0.84)
FIRST = Figure("top_1", 0.70, 2000, 0.68, 0.72)
UNCHANGED = (replace(WHOLE, world="stress"), replace(FIRST, world="stress"))


def showing(measured: Judgement, figures: Sequence[Figure]) -> Judgement:
    """Return a judgement that shows these figures."""
    shown = replace(measured)
    vars(shown)["figures"] = figures
    return shown


def test_nothing_is_said_where_nothing_is_amiss(measured: Judgement) -> None:
    """A slice at the lower end of the whole, a stress world as good: only what always holds."""
    even = replace(WHOLE, value=0.76, group="sex male")

    assert limits(showing(measured, [WHOLE, FIRST, *UNCHANGED, even])) == list(ALWAYS)


@pytest.mark.parametrize(
    ("name", "here", "there", "is_said"),
    [
        ("emergencies_given_emergency", 0.80, 0.771, False),
        ("emergencies_given_emergency", 0.80, 0.769, True),
        ("emergencies_given_emergency", 0.80, 0.90, False),
        ("top_1", 0.70, 0.601, False),
        ("top_1", 0.70, 0.599, True),
    ],
)
def test_loss_in_the_stress_world_comes_first(
    measured: Judgement, name: str, here: float, there: float, is_said: bool
) -> None:
    """Three points of emergencies and ten of the ranking may be lost, more is said."""
    stress = [replace(one, value=there) if one.name == name else one for one in UNCHANGED]

    found = limits(showing(measured, [WHOLE, FIRST, *stress]))

    assert found[-len(ALWAYS) :] == list(ALWAYS)
    assert len(found) == len(ALWAYS) + is_said
    if is_said:
        assert f"{name} is {there:.3f} (" in found[0]
        assert f"{100 * (here - there):.1f} points less" in found[0]


def test_stress_world_that_was_not_measured_is_said(measured: Judgement) -> None:
    """Without its cases the first limit tells how to draw them."""
    blind = showing(replace(measured, stress=None), [WHOLE, FIRST])

    assert "`make stress`" in limits(blind)[0]
    assert limits(blind)[1:] == list(ALWAYS)


def test_slice_under_the_interval_of_the_whole_is_named(measured: Judgement) -> None:
    """It is named with both figures; a slice of the stress world or of another figure is not."""
    low = replace(WHOLE, value=0.75, low=0.60, high=0.87, group="age 0-17")
    others = [
        replace(low, world="stress", group="sex male"),
        replace(FIRST, value=0.1, group="sex male"),
        replace(WHOLE, value=0.1, answers="2-5 answers"),
    ]

    first, *rest = limits(showing(measured, [WHOLE, FIRST, *UNCHANGED, low, *others]))

    assert "of age 0-17 0.750 (0.600 to 0.870) are" in first
    assert "of all 0.800 (0.760 to 0.840)" in first
    assert rest == list(ALWAYS)


def test_limits_of_a_real_judgement(measured: Judgement) -> None:
    """Each slice that it names is one of its figures and under the interval of the whole."""
    found = limits(measured)
    whole = measured.by_key[WHOLE.name]
    assert whole.low is not None
    under = [
        one.group
        for key, one in measured.by_key.items()
        if key.startswith(("age ", "sex ")) and key.endswith(f"/{WHOLE.name}")
        and one.value < whole.low
    ]  # fmt: skip

    assert [group for group in under if not any(f" {group} " in said for said in found)] == []
    assert sum("the slice lies under" in " ".join(said.split()) for said in found) == len(under)
