"""What is missing before doors, step by step."""

from dataclasses import replace

import pytest

from core.gate.operators import DoorRole
from core.insight.preparation import _TABLE, Known, Lack, Missing, Step, preparation_of
from core.model.moments import Millis
from core.sync.messages import ClassRow, CodesRow, EventRow, GateRow, OperatorReply

NOW = Millis(1_795_000_000_000)
ANA = OperatorReply("a" * 32, "Ana", DoorRole.SUPERVISOR, 20, is_active=True, made_ms=NOW)
BO = replace(ANA, id="b" * 32, name="Bo", role=DoorRole.OPERATOR)
EVENT = EventRow(
    "ab",
    "Night",
    "UTC",
    NOW + 1,
    NOW + 2,
    gates=[GateRow("n", "North"), GateRow("s", "South")],
    classes=[ClassRow(1, "Day")],
)
READY = Known(EVENT, 5, NOW, (ANA, BO), {"n": 1, "s": 2})


def test_an_event_with_everything_is_ready() -> None:
    found = preparation_of(READY)
    assert (found.done, found.next, found.is_ready) == (len(Step), None, True)
    assert [each.step for each in found.steps] == list(Step) == list(_TABLE)


@pytest.mark.parametrize(
    ("known", "step", "missing"),
    [
        (replace(READY, now_ms=Millis(NOW + 2)), Step.DATES, Missing(Lack.OVER)),
        (replace(READY, event=replace(EVENT, gates=[])), Step.GATES, Missing(Lack.NO_GATE)),
        (replace(READY, event=replace(EVENT, classes=[])), Step.CLASSES, Missing(Lack.NO_CLASS)),
        (
            replace(READY, event=replace(EVENT, classes=[ClassRow(1, "Car", opens_doors=False)])),
            Step.CLASSES,
            Missing(Lack.NO_CLASS),
        ),
        (
            replace(READY, event=replace(EVENT, classes=[ClassRow(1, "Day"), ClassRow(2, "VIP", gates=[])])),
            Step.CLASSES,
            Missing(Lack.CLASS_WITHOUT_GATE, "VIP"),
        ),
        (
            replace(READY, event=replace(EVENT, classes=[ClassRow(2, "VIP", dates=[])])),
            Step.CLASSES,
            Missing(Lack.CLASS_WITHOUT_DAY, "VIP"),
        ),
        (
            replace(READY, event=replace(EVENT, codes=CodesRow("migrating", legacy_until_ms=NOW + 1))),
            Step.CODES,
            Missing(Lack.OLD_CODES_END_EARLY),
        ),
        (replace(READY, tickets=0), Step.TICKETS, Missing(Lack.NO_TICKET)),
        (replace(READY, staff=()), Step.STAFF, Missing(Lack.NO_STAFF)),
        (replace(READY, staff=(replace(ANA, is_active=False),)), Step.STAFF, Missing(Lack.NO_STAFF)),
        (replace(READY, staff=(BO, replace(ANA, is_active=False))), Step.STAFF, Missing(Lack.NO_SUPERVISOR)),
        (replace(READY, kiosks={}), Step.KIOSKS, Missing(Lack.NO_KIOSK)),
        (replace(READY, kiosks={"n": 1}), Step.KIOSKS, Missing(Lack.GATE_WITHOUT_KIOSK, "South")),
    ],
)
def test_each_lack_is_of_its_step_alone(known: Known, step: Step, missing: Missing) -> None:  # D1
    found = preparation_of(known)
    assert found.of(step).missing == missing
    assert [each.step for each in found.steps if not each.is_done] == [step]
    assert found.next == found.of(step)
    assert (found.done, found.is_ready) == (len(Step) - 1, False)


def test_what_nobody_has_answered_is_neither_done_nor_missing() -> None:
    found = preparation_of(replace(READY, staff=None, kiosks=None))
    assert [each.step for each in found.steps if not each.is_known] == [Step.STAFF, Step.KIOSKS]
    assert (found.next, found.is_ready) == (None, False)


def test_old_codes_that_last_as_long_as_the_event_are_enough() -> None:
    for codes in (CodesRow("migrating", legacy_until_ms=NOW + 2), CodesRow("migrating"), CodesRow("foreign")):
        assert preparation_of(replace(READY, event=replace(EVENT, codes=codes))).of(Step.CODES).is_done
