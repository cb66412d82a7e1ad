"""The rules of passage: re-entry, entries per day, waits, the automatic check-out; a waiting door and a late upload."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.journal.scan import Fact, Scan, sort_key
from core.model.event import Direction, Event, PassageRules, Reentry
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, is_admission, takes_entry
from core.redeem.answer import answer_at_the_door
from core.redeem.fold import Folded, IncidentKind, KnownUse, decide, fold
from core.ticket.terms import Terms
from tests.support import facts

EVENT = facts.event()
EXIT = Direction.EXIT
HERE, THERE, _ = facts.KIOSKS
BACK = PassageRules(reentry=Reentry.AFTER_EXIT)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def _terms(rules: PassageRules, entries: int = 1) -> Terms:
    """A ticket with these rules, good for years."""
    wide = facts.terms(facts.ticket_class(entries=entries, rules=rules))
    return replace(wide, nbf=0, exp=2**32 - 1)


def _scan(number: int, at_ms: float, *, out: bool = False, **more) -> Scan:  # type: ignore[no-untyped-def]
    direction = EXIT if out else Direction.ENTRY
    return facts.scan(number, at=facts.moment(int(facts.NOW + at_ms)), direction=direction, **more)


def _told(terms: Terms, scans: Iterable[Scan], event: Event = EVENT) -> list[Outcome]:
    """What doors that ask one after the other are told; each shows what it is told."""
    known: list[Fact] = []
    told: list[Outcome] = []
    for scan in scans:
        outcome = decide(scan, fold(terms, event, known), event)
        known += [scan, facts.shown(scan, outcome)]
        told.append(outcome)
    judged = [passage.judged for passage in fold(terms, event, known).passages]
    assert judged == told, "what a late upload is judged as, a waiting door would have been told"
    return told


IN, IN_AGAIN, OUT = Outcome.ADMITTED, Outcome.ADMITTED_REENTRY, Outcome.EXIT_RECORDED
INSIDE, USED, LIMIT = Outcome.ALREADY_INSIDE, Outcome.ALREADY_USED, Outcome.LIMIT_REACHED


# --- re-entry -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (PassageRules(), [IN, OUT, USED, OUT]),
        (BACK, [IN, OUT, IN_AGAIN, OUT]),
        (replace(BACK, reentries=0), [IN, OUT, LIMIT, Outcome.EXIT_WITHOUT_ENTRY]),
    ],
)
def test_who_left_may_come_back_where_the_rules_say_so(rules: PassageRules, told: list[Outcome]) -> None:  # A13
    moves = [_scan(n, n * HOUR, out=n % 2 == 0) for n in (1, 2, 3, 4)]
    got = _told(_terms(rules), moves)
    assert got[:3] == told[:3]
    assert got[3] is (Outcome.EXIT_WITHOUT_ENTRY if got[2] in {USED, LIMIT} else OUT)


def test_a_return_takes_no_entry_and_is_no_double_admission() -> None:  # A13, I5
    scans = [_scan(n, n * MINUTE, out=n % 2 == 0) for n in range(1, 8)]
    known = [fact for scan in scans for fact in (scan, facts.shown(scan, OUT if scan.direction is EXIT else IN))]
    folded = fold(_terms(BACK), EVENT, known)
    assert ([each.scan.stamp.id.int for each in folded.entries], folded.incidents) == ([1], ())
    assert (folded.standing.returns, folded.is_inside) == (3, True)


def test_inside_is_inside_until_an_exit() -> None:  # A13
    assert _told(_terms(BACK), [_scan(1, 0), _scan(2, HOUR), _scan(3, 2 * HOUR, out=True), _scan(4, 3 * HOUR)]) == [
        IN,
        INSIDE,
        OUT,
        IN_AGAIN,
    ]


def test_returns_are_counted() -> None:
    scans = [_scan(n, n * HOUR, out=n % 2 == 0) for n in range(1, 8)]
    told = _told(_terms(replace(BACK, reentries=2)), scans)
    assert told[0::2] == [IN, IN_AGAIN, IN_AGAIN, LIMIT]


def test_an_exit_before_any_entry_is_no_leave_to_return() -> None:  # A13
    assert _told(_terms(BACK), [_scan(1, 0, out=True), _scan(2, HOUR), _scan(3, 2 * HOUR)]) == [
        Outcome.EXIT_WITHOUT_ENTRY,
        IN,
        INSIDE,
    ]


def test_a_second_guest_on_the_ticket_of_one_who_is_inside_is_one_too_many() -> None:  # G1
    first, second = _scan(1, 0, device=HERE), _scan(2, HOUR, device=THERE)
    folded = fold(_terms(BACK), EVENT, [first, facts.shown(first), second, facts.shown(second)])
    assert [one.kind for one in folded.incidents] == [IncidentKind.DOUBLE_ADMISSION]


# --- per day, on days, waits --------------------------------------------------------------------------------------


def _local(event: Event, text: str) -> int:
    """Milliseconds after `facts.NOW` of a local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(event.time_zone))
    return round(local.timestamp() * 1000) - facts.NOW


def test_entries_today_are_counted_by_the_event_s_own_midnight() -> None:  # A16
    """Local midnight is 23:00 UTC."""
    times = ["2026-11-20 22:00", "2026-11-20 23:59:59", "2026-11-21 00:00", "2026-11-21 09:00"]
    scans = [_scan(n, _local(EVENT, text)) for n, text in enumerate(times, 1)]
    assert _told(_terms(PassageRules(per_day=1), entries=10), scans) == [IN, LIMIT, IN, LIMIT]
    tokyo = replace(EVENT, time_zone="Asia/Tokyo")  # there it is another day between the first two, and one afterwards
    assert _told(_terms(PassageRules(per_day=1), entries=10), scans, tokyo) == [IN, LIMIT, LIMIT, LIMIT]


def test_entries_on_distinct_days_are_limited_by_the_days() -> None:  # A16
    times = ["2026-11-20 20:00", "2026-11-20 22:00", "2026-11-21 20:00", "2026-11-22 20:00"]
    scans = [_scan(n, _local(EVENT, text)) for n, text in enumerate(times, 1)]
    assert _told(_terms(PassageRules(days=2), entries=10), scans) == [IN, IN, IN, LIMIT]


def test_a_wait_is_counted_from_the_last_admission_and_its_end_is_free() -> None:  # A16
    rules = PassageRules(cooldown_ms=HOUR)
    scans = [_scan(1, 0), _scan(2, HOUR - 1), _scan(3, HOUR), _scan(4, HOUR + MINUTE), _scan(5, 2 * HOUR)]
    assert _told(_terms(rules, entries=10), scans) == [IN, LIMIT, IN, LIMIT, IN]


def test_an_admission_against_a_rule_takes_an_entry_that_is_left_and_is_seen() -> None:
    scans = [_scan(1, 0, device=HERE), _scan(2, MINUTE, device=THERE)]
    known = [fact for scan in scans for fact in (scan, facts.shown(scan))]
    folded = fold(_terms(PassageRules(per_day=1), entries=2), EVENT, known)
    assert len(folded.entries) == 2
    assert [(one.kind, one.scan.int) for one in folded.incidents] == [(IncidentKind.AGAINST_RULES, 2)]


def test_a_suspect_clock_is_not_asked_for_days_and_waits_but_the_number_holds() -> None:  # G8
    rules = PassageRules(per_day=1, days=1, cooldown_ms=HOUR)
    suspect = facts.scan(2, at=facts.moment(facts.NOW + 1, quality=ClockQuality.SUSPECT))
    covered = replace(_terms(rules, entries=2), nbf=0)
    known = [first := _scan(1, 0), facts.shown(first)]
    assert decide(suspect, fold(covered, EVENT, known), EVENT) is IN
    assert decide(suspect, fold(_terms(rules), EVENT, known), EVENT) is USED


def test_the_only_entry_known_of_elsewhere_counts_for_its_day_and_its_wait() -> None:
    elsewhere = KnownUse(1, Millis(facts.NOW), "south", "Kiosk 2")
    terms = _terms(PassageRules(per_day=1), entries=5)
    assert decide(_scan(1, HOUR), fold(terms, EVENT, [], elsewhere=elsewhere), EVENT) is LIMIT
    assert decide(_scan(1, 2 * DAY), fold(terms, EVENT, [], elsewhere=elsewhere), EVENT) is IN


# --- the automatic check-out --------------------------------------------------------------------------------------

BERLIN = replace(EVENT, time_zone="Europe/Berlin", checkout_at=time(6))


def _inside(event: Event, scans: Iterable[Scan], until: str, terms: Terms | None = None) -> bool:
    known = [fact for scan in scans for fact in (scan, facts.shown(scan, OUT if scan.direction is EXIT else IN))]
    as_of_ms = Millis(facts.NOW + _local(event, until))
    return fold(terms or _terms(BACK), event, known, as_of_ms=as_of_ms).is_inside


def test_the_automatic_check_out_leaves_nobody_inside_and_records_no_exit() -> None:  # A15
    entry = _scan(1, _local(BERLIN, "2026-11-20 22:00"))
    assert _inside(BERLIN, [entry], "2026-11-21 05:59:59")
    assert not _inside(BERLIN, [entry], "2026-11-21 06:00")
    assert not _inside(BERLIN, [entry], "2026-11-23 06:00"), "again the next night: nothing more happens"
    assert _inside(replace(BERLIN, checkout_at=None), [entry], "2026-11-30 06:00"), "negative control"
    folded = fold(_terms(BACK), BERLIN, [entry, facts.shown(entry)], as_of_ms=Millis(facts.NOW + 10 * DAY))
    assert [passage.judged for passage in folded.passages] == [IN]


def test_who_came_in_after_the_check_out_is_inside() -> None:  # A15
    late = _scan(1, _local(BERLIN, "2026-11-21 06:00"))
    assert _inside(BERLIN, [late], "2026-11-21 12:00")


def test_who_was_checked_out_has_left_and_comes_back_as_from_an_exit() -> None:  # A15, A13
    nights = [_scan(n, _local(BERLIN, f"2026-11-{19 + n} 22:00")) for n in (1, 2)]
    assert _told(_terms(BACK), nights, BERLIN) == [IN, IN_AGAIN]
    assert _told(_terms(BACK), nights, replace(BERLIN, checkout_at=None)) == [IN, INSIDE]
    assert _told(_terms(PassageRules()), nights, BERLIN) == [IN, USED]


@pytest.mark.parametrize(
    ("before", "at", "utc"),
    [
        ("2026-03-28 23:00", "2026-03-29 06:00", "2026-03-29T04:00"),  # clocks went forward at 02:00
        ("2026-10-24 23:00", "2026-10-25 06:00", "2026-10-25T05:00"),  # clocks went back at 03:00
        ("2026-07-10 23:00", "2026-07-11 06:00", "2026-07-11T04:00"),
    ],
)
def test_the_check_out_is_at_the_local_hour_over_both_changes_of_the_clocks(before: str, at: str, utc: str) -> None:
    """A15."""
    entry = _scan(1, _local(BERLIN, before))
    instant = round(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1000)
    assert facts.NOW + _local(BERLIN, at) == instant
    known = [entry, facts.shown(entry)]
    assert fold(_terms(BACK), BERLIN, known, as_of_ms=Millis(instant - 1)).is_inside
    assert not fold(_terms(BACK), BERLIN, known, as_of_ms=Millis(instant)).is_inside


@pytest.mark.parametrize(
    ("hour", "local", "expected"),
    [
        (time(2, 30), "2026-03-29 12:00", "2026-03-29T01:30"),  # skipped: as if the clocks had not changed yet
        (time(2, 30), "2026-10-25 12:00", "2026-10-25T00:30"),  # twice: the first
        (time(23, 59), "2026-11-21 00:00", "2026-11-20T22:59"),
    ],
)
def test_an_hour_that_is_skipped_or_comes_twice_is_one_instant(hour: time, local: str, expected: str) -> None:  # A15
    at = replace(BERLIN, checkout_at=hour).last_checkout(Millis(facts.NOW + _local(BERLIN, local)))
    assert at == round(datetime.fromisoformat(expected).replace(tzinfo=UTC).timestamp() * 1000)


@given(st.integers(0, 2**42), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]))
def test_the_last_check_out_is_within_the_last_day_and_a_bit(at_ms: int, zone: str) -> None:  # A15
    """25 hours where the clocks went back; two days where a zone skipped one."""
    event = replace(BERLIN, time_zone=zone)
    last = event.last_checkout(Millis(at_ms))
    assert last is not None
    assert 0 <= at_ms - last <= 49 * HOUR
    assert event.last_checkout(last) == last


# --- kiosk and server: the same lines -----------------------------------------------------------------------------


@given(facts.TERMS, facts.histories(), facts.MOMENTS)
def test_an_answer_counts_an_entry_exactly_where_one_is_taken(terms: Terms, known: list[Fact], at) -> None:  # type: ignore[no-untyped-def]  # G13
    """The one case that looks like two guests: a return granted to a kiosk whose clock is behind the exit before it."""
    others = fold(terms, EVENT, known)
    asking = facts.scan(900, at=at, device=facts.KIOSKS[2], seq=9_000)
    answer = answer_at_the_door(asking, others, EVENT, {})
    after: Folded = fold(terms, EVENT, [*known, asking, facts.shown(asking, answer.outcome)])
    is_last = all(sort_key(fact) < sort_key(asking) for fact in known if isinstance(fact, Scan))
    if takes_entry(answer.outcome):
        assert (answer.entry_number, answer.entries_used) == (others.entries_used + 1, others.entries_used + 1)
        assert len(after.entries) <= terms.entries
    else:
        assert (answer.entry_number, answer.entries_used) == (None, others.entries_used)
    if is_admission(answer.outcome) and (is_last or answer.outcome is not Outcome.ADMITTED_REENTRY):
        assert _doubles(after) == _doubles(others)


def _doubles(folded: Folded) -> int:
    return sum(incident.kind is IncidentKind.DOUBLE_ADMISSION for incident in folded.incidents)
