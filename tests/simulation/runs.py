"""Nights by their seeds: run, judged, shrunk when something does not hold, and told.

Owns what a finding looks like to a person, and the one command that repeats it.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.simulation.invariants import judge
from tests.simulation.night import Line, Night
from tests.simulation.plan import Plan, plan_of, smaller

MOST_SHRINKING = 150
"""Nights that are tried to make a failing one smaller."""
MOST_TOLD = 5


@dataclass(frozen=True)
class Result:
    """What came of one night."""

    plan: Plan
    findings: tuple[str, ...]
    counts: Counter[str]
    trace: tuple[Line, ...] = field(default=(), repr=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The invariants that did not hold."""
        return frozenset(finding.split(":")[0] for finding in self.findings)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage in the middle of a night: it leaves little, and all of it goes together."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run(plan: Plan, *, is_traced: bool = False) -> Result:
    """One night from a plan."""
    with _uncollected():
        return _run(plan, is_traced=is_traced)


def _run(plan: Plan, *, is_traced: bool) -> Result:
    night = Night(plan, is_traced=is_traced)
    try:
        night.run()
        if not night.findings:
            judge(night)
    except Exception as err:  # noqa: BLE001 — whatever the server or a kiosk raises to nobody is what is looked for
        night.find("bug", f"{type(err).__name__}: {err}")
    finally:
        night.close()
    return Result(plan, tuple(night.findings), night.counts, tuple(night.trace or ()))


def shrunk(plan: Plan, still_fails: Callable[[Plan], bool], most: int = MOST_SHRINKING) -> Plan:
    """A plan with less in it that fails as well, found by leaving things out."""
    left = most
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for attempt in smaller(plan):
            if left == 0:
                return plan
            left -= 1
            if still_fails(attempt):
                plan, is_smaller = attempt, True
                break
    return plan


def smallest(result: Result, most: int = MOST_SHRINKING) -> Result:
    """The smallest night found that breaks one of the same invariants, with its trace."""
    plan = shrunk(result.plan, lambda plan: bool(run(plan).kinds & result.kinds), most)
    return run(plan, is_traced=True)


def told(result: Result) -> str:
    """A finding as one line."""
    what = "; ".join(result.findings[:MOST_TOLD])
    return f"seed {result.plan.seed}: {what} ({result.plan}) — dev.py soak simulate --seed {result.plan.seed} --count 1"


def search(first: int, count: int) -> tuple[int, list[str]]:
    """The findings among some seeds, a line each."""
    results = (run(plan_of(seed)) for seed in range(first, first + count))
    return count, [told(result) for result in results if result.findings]
