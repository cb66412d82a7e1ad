"""What the window is told of the trust box."""

from dataclasses import replace

import pytest

from app.kiosk.trust_facts import Bar, Difference, Download, ListFacts, TrustFacts
from app.kiosk.trust_reading import Standing, read_trust
from app.runtime.reckoning import Reckoning
from app.runtime.trust_box import TrustBox
from app.store.rescue import Rescue
from core.model.ids import CodeDigest
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome
from core.sync.adoption import Lease, Objection, StaleAfter
from core.sync.tally import Finding
from core.ticket.segments import ListsOfSegments
from tests.support.door import EVENT, NOON_MS, lists, taken

NOW = Moment(Millis(NOON_MS + 125_000), 1_000, ClockQuality.SYNCED, "boot-1")
USUAL = Standing()


def box(of: ListsOfSegments | None = None) -> TrustBox:
    made = TrustBox(EVENT)
    made.adopt(taken(41, of), NOON_MS)
    return made


def lists_of(facts: TrustFacts) -> ListFacts:
    assert facts.lists is not None
    return facts.lists


def test_a_manifest_in_force_is_told_with_its_age_and_its_lists() -> None:
    of = lists(allowed=[CodeDigest(bytes([number]) * 16) for number in range(3)])
    facts = read_trust(box(of), NOW, USUAL)
    assert (facts.version, facts.bar, facts.objection, facts.lease) == (41, None, None, Lease.RUNNING)
    assert lists_of(facts).age_ms == 125_000
    assert (lists_of(facts).held, lists_of(facts).total) == (3, 3)
    assert lists_of(facts).used_age_ms is not None


def test_the_organizers_thresholds_come_with_the_lists() -> None:
    stale = taken().manifest.policy.stale
    assert lists_of(read_trust(box(), NOW, USUAL)).after == StaleAfter(stale.warn_ms, stale.amber_ms)


def test_past_fresh_until_is_told() -> None:
    late = replace(NOW, at_ms=Millis(taken().manifest.fresh_until_ms + 1))
    assert lists_of(read_trust(box(), late, USUAL)).is_past_fresh_until
    assert not lists_of(read_trust(box(), NOW, USUAL)).is_past_fresh_until


def test_a_refused_manifest_is_told_and_bars_nothing() -> None:  # G21
    held = box()
    held.object_to(Objection.BAD_SIGNATURE)
    facts = read_trust(held, NOW, USUAL)
    assert (facts.objection, facts.bar) == (Objection.BAD_SIGNATURE, None)


@pytest.mark.parametrize("before_ms", [3_600_000, 23 * 3_600_000])
def test_a_lease_that_ends_is_told_with_its_end(before_ms: int) -> None:
    end_ms = taken().manifest.lease_until_ms
    facts = read_trust(box(), replace(NOW, at_ms=Millis(end_ms - before_ms)), USUAL)
    assert facts.lease is (Lease.ENDS_SOON if before_ms < 7_200_000 else Lease.ENDS_TODAY)
    assert facts.lease_until_ms == end_ms


@pytest.mark.parametrize(
    ("standing", "outcome", "objection", "bar"),
    [
        (USUAL, Outcome.SNAPSHOT_EXPIRED, None, Bar.NO_LIST),
        (USUAL, Outcome.SNAPSHOT_EXPIRED, Objection.BAD_SIGNATURE, Bar.NO_LIST),
        (USUAL, Outcome.SNAPSHOT_EXPIRED, Objection.LEASE_OVER, Bar.LEASE_OVER),
        (USUAL, Outcome.DEVICE_REVOKED, None, Bar.DEVICE_REVOKED),
        (USUAL, Outcome.NOT_AUTHORISED, None, Bar.NOT_AUTHORISED),
        (Standing(is_loading=True), Outcome.SNAPSHOT_EXPIRED, None, Bar.LOADING),
        (Standing(is_pending=True), Outcome.NOT_AUTHORISED, None, Bar.NOT_CONFIRMED),
        (Standing(are_keys_lost=True), Outcome.NOT_AUTHORISED, None, Bar.KEYS_LOST),
    ],
)
def test_a_bar_is_told_by_its_cure(standing: Standing, outcome: Outcome, objection: Objection | None, bar: Bar) -> None:
    barred = TrustBox(EVENT)
    barred.clear(outcome)
    barred.object_to(objection)
    facts = read_trust(barred, NOW, standing)
    assert (facts.bar, facts.lists) == (bar, None)


def test_lost_keys_bar_nothing_while_the_door_can_verify() -> None:
    assert read_trust(box(), NOW, Standing(are_keys_lost=True)).bar is None


def test_a_download_is_told() -> None:
    assert read_trust(box(), NOW, Standing(download=Download(1, 2))).download == Download(1, 2)


def test_only_a_difference_is_told_of_a_comparison() -> None:
    assert read_trust(box(), NOW, USUAL).difference is None
    assert read_trust(box(), NOW, Standing(reckoning=Reckoning(Finding.EQUAL, 0, 1))).difference is None
    found = read_trust(box(), NOW, Standing(reckoning=Reckoning(Finding.SERVER_BEHIND, 2, 1))).difference
    assert found == Difference(Finding.SERVER_BEHIND, 2)


def test_what_a_start_had_to_rescue_is_told() -> None:
    found = Rescue("its chain is broken", 120, set_aside=("kiosk.damaged-1.db",))
    assert read_trust(box(), NOW, USUAL).rescue is None
    assert read_trust(box(), NOW, Standing(rescue=found)).rescue == found
