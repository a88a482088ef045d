"""Many flagged cases at once."""

import pytest

from service.assessment import assess
from service.clinical.case import Case
from service.clinical.red_flags import raised
from service.clinical.vocabulary import Urgency
from service.model import Model
from synthetic import generate, states
from synthetic.profiles import World
from training import cases
from training.workbench import Workbench

NUMBER = 100_000


def flagged(world: World) -> list[Case]:
    """Return synthetic cases that raise an emergency flag, of all conditions alike often."""
    source = generate.machine(world, states.states(world))
    found: list[Case] = []
    block = 0
    while len(found) < NUMBER:
        table = generate.block(source, generate.BLOCK, 11, block).to_pandas()
        drawn = cases.single(table, world.vocabulary)
        found += [case for case in drawn if raised(case)[:1] and _is_emergency(case)]
        block += 1
    return found[:NUMBER]


def _is_emergency(case: Case) -> bool:
    return raised(case)[0].level is Urgency.EMERGENCY


@pytest.mark.slow
def test_no_flagged_case_is_answered_below_emergency(
    world: World, bench: Workbench, model: Model
) -> None:
    """Of 100,000 cases that raise an emergency flag each is an emergency, with its suspects."""
    for start in range(0, len(together := flagged(world)), 5_000):
        some = together[start : start + 5_000]
        for case, answer in zip(
            some, assess(some, "primary_care", model, bench.conditions), strict=True
        ):
            assert answer.triage.level is Urgency.EMERGENCY
            assert answer.triage.decided_by == "red_flags"
            suspects = {id for flag in raised(case) for id in flag.suspects}
            assert suspects <= answer.conditions.keys()
            assert not answer.is_degraded
