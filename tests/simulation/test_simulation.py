"""Nights in which everything may go wrong, by their seeds; docs/simulation.md says what is in them."""

import hashlib
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.plan import Act, Fault, plan_of
from tests.simulation.runs import Result, run, shrunk, told

ROOT = Path(__file__).resolve().parents[2]
COUNT = 240
"""Some 90 s of one core, of the 120 that the tests have for them. `dev.py soak simulate` runs more."""
PIECE = 20


@pytest.mark.slow
@pytest.mark.timeout(600)  # some 15 s of work, on a machine that may do ten other things
@pytest.mark.parametrize("first", range(0, COUNT, PIECE))
def test_every_invariant_holds_in_the_nights_of_these_seeds(first: int) -> None:  # G1 G3 G7 G8 G12 G13 G19 G25 G29 G30
    results = [run(plan_of(seed)) for seed in range(first, first + PIECE)]
    assert [told(result) for result in results if result.findings] == []


def test_the_power_may_go_while_staff_are_asked_about_the_cut_before() -> None:
    """A longer search stood still at this one: the power went in the boot itself, before anything was at work."""
    result = run(plan_of(2564))
    assert (result.findings, result.counts["crash"]) == ((), 4)


def test_a_night_is_the_same_each_time_and_in_every_process() -> None:
    seed = next(seed for seed in range(100) if len(plan_of(seed).breaks) >= 6)
    here = [_digest(run(plan_of(seed), is_traced=True)) for _ in range(2)]
    script = (
        "from tests.simulation.test_simulation import _digest, run, plan_of;"
        f"print(_digest(run(plan_of({seed}), is_traced=True)))"
    )
    other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {*here, other.stdout.split()[-1]} == {here[0]}


def _digest(result: Result) -> str:
    return hashlib.sha256("\n".join(map(str, result.trace)).encode()).hexdigest()


def test_the_nights_hold_every_fault_and_every_deed() -> None:
    plans = [plan_of(seed) for seed in range(COUNT)]
    faults = Counter(each.fault for plan in plans for each in plan.breaks)
    deeds = Counter(each.act for plan in plans for each in plan.deeds)
    assert min(faults[fault] for fault in Fault) >= 5
    assert min(deeds[act] for act in Act) >= 5


def test_a_failing_night_is_made_smaller_as_long_as_it_fails() -> None:
    plan = next(plan for plan in map(plan_of, range(100)) if len(plan.breaks) >= 6 and len(plan.visits) >= 40)
    guilty, victim = plan.breaks[3], plan.visits[20]
    small = shrunk(plan, lambda plan: guilty in plan.breaks and victim in plan.visits, most=500)
    assert small == replace(plan, breaks=(guilty,), visits=(victim,), deeds=())


def test_a_finding_says_how_to_repeat_it() -> None:
    result = Result(plan_of(7), ("I1: green without a row",), Counter())
    assert "dev.py soak simulate --seed 7 --count 1" in told(result)
    assert "I1: green without a row" in told(result)
