"""Each defect that somebody could write is found by the simulation, and found by the invariant that it breaks."""

from functools import cache

import pytest

from tests.simulation.defects import DEFECTS, Defect
from tests.simulation.plan import Plan, plan_of
from tests.simulation.runs import run

MOST_NIGHTS = 6
"""Nights that a defect may survive."""
MOST_VISITS = 45


def nights(defect: Defect) -> list[Plan]:
    """Small nights with what the defect needs to show."""
    small = [plan for plan in map(plan_of, range(60)) if len(plan.visits) <= MOST_VISITS]
    return [defect.seasoned(plan) for plan in small[:MOST_NIGHTS]]


@cache
def findings_of(plan: Plan) -> tuple[str, ...]:
    """What a night brings with nothing planted: several defects are sought in the same ones."""
    return run(plan).findings


def test_enough_is_planted_and_each_has_a_name_of_its_own() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 12


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_planted_defect_is_found_in_nights_that_pass_without_it(defect: Defect) -> None:
    for plan in nights(defect):
        with pytest.MonkeyPatch.context() as patch:
            defect.plant(patch)
            found = run(plan)
        assert findings_of(plan) == (), "the same night, and nothing planted"
        if found.findings:
            assert found.kinds & defect.breaks, found.findings
            return
    pytest.fail(f"{defect.name}: not found in {MOST_NIGHTS} nights")
