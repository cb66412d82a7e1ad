"""Facts arrive at a ledger: guests who wait, uploads of what is long decided, and batches of both."""

import random

from hypothesis import given
from hypothesis import strategies as st

from core.journal.scan import Fact, Scan
from core.model.ids import DeviceId, FactId
from core.model.outcomes import Outcome, is_admission
from core.redeem.fold import IncidentKind, fold
from core.redeem.settle import Settled, settle
from core.ticket.lists import EVERY_GEN, Denial, DenialReason
from core.ticket.terms import Terms
from tests.support import facts

EVENT = facts.event()
HERE, THERE, _ = facts.KIOSKS


def _scan(number: int, device: DeviceId = HERE, seconds: int | None = None) -> Scan:
    at = facts.moment(facts.NOW + 1000 * (number if seconds is None else seconds))
    return facts.scan(number, at=at, device=device)


def _settle(
    terms: Terms,
    known: list[Fact],
    arriving: list[Fact],
    *,
    waiting: set[FactId] = frozenset(),  # type: ignore[assignment]
    promised: dict[FactId, Outcome] | None = None,
) -> Settled:
    return settle(terms, EVENT, known, arriving, promised=promised or {}, waiting=waiting, device_names={})


def _told(settled: Settled) -> dict[int, Outcome]:
    return {id_.int: answer.outcome for id_, answer in settled.answers.items()}


def test_a_guest_who_waits_is_told_by_all_that_is_known() -> None:  # G8
    """Its clock is behind: at its place in time it would be the first."""
    first, late = _scan(1), _scan(2, THERE, seconds=-60)
    known: list[Fact] = [first, facts.shown(first)]
    assert _told(_settle(facts.terms(), known, [late], waiting={late.stamp.id})) == {2: Outcome.ALREADY_USED}
    assert _told(_settle(facts.terms(), known, [late])) == {2: Outcome.ADMITTED}


def test_two_guests_who_wait_in_one_batch_do_not_both_get_the_last_entry() -> None:  # G2
    one, two = _scan(1), _scan(2, THERE, seconds=-60)
    settled = _settle(facts.terms(), [], [one, two], waiting={one.stamp.id, two.stamp.id})
    assert _told(settled) == {1: Outcome.ADMITTED, 2: Outcome.ALREADY_USED}
    assert settled.folded.incidents == ()


def test_an_upload_with_what_was_shown_is_answered_by_its_place() -> None:  # G1
    one, two = _scan(1), _scan(2, THERE)
    settled = _settle(facts.terms(), [], [two, facts.shown(two), one, facts.shown(one)])
    assert _told(settled) == {1: Outcome.ADMITTED, 2: Outcome.ALREADY_USED}
    assert [incident.scan for incident in settled.folded.incidents] == [two.stamp.id]


def test_what_the_door_shows_replaces_what_it_was_told() -> None:  # G29
    scan = _scan(1)
    promised = {scan.stamp.id: Outcome.ADMITTED}
    assert _settle(facts.terms(), [scan], [], promised=promised).folded.entries_used == 1
    shown: list[Fact] = [facts.shown(scan, Outcome.TIMEOUT)]
    assert _settle(facts.terms(), [scan], shown, promised=promised).folded.entries_used == 0


def test_a_shown_that_came_first_does_not_answer_for_its_own_scan() -> None:
    scan = _scan(1)
    settled = _settle(facts.terms(), [facts.shown(scan)], [scan], waiting={scan.stamp.id})
    assert _told(settled) == {1: Outcome.ADMITTED}


@given(facts.TERMS, facts.histories(), st.integers(0, 2**32))
def test_uploads_in_any_batches_end_in_one_state(terms: Terms, known: list[Fact], seed: int) -> None:  # I6, I12
    dice = random.Random(seed)
    waiting = dice.sample(known, len(known))
    arrived: list[Fact] = []
    settled = _settle(terms, [], [])
    while waiting:
        size = dice.randint(1, 4)
        settled = _settle(terms, arrived, waiting[:size])
        arrived, waiting = arrived + waiting[:size], waiting[size:]
    assert settled.folded == fold(terms, EVENT, known)


@given(st.integers(1, 3), st.lists(st.integers(-600, 600), max_size=8), st.integers(0, 2**32))
def test_waiting_guests_never_get_more_entries_than_there_are(entries: int, times: list[int], seed: int) -> None:  # I3
    dice = random.Random(seed)
    scans = [_scan(number, dice.choice(facts.KIOSKS), seconds) for number, seconds in enumerate(times, 1)]
    promised: dict[FactId, Outcome] = {}
    arrived: list[Fact] = []
    while scans:
        size = dice.randint(1, 3)
        batch, scans = scans[:size], scans[size:]
        settled = _settle(
            facts.terms(entries=entries),
            arrived,
            list(batch),
            waiting={scan.stamp.id for scan in batch},
            promised=promised,
        )
        promised |= {id_: answer.outcome for id_, answer in settled.answers.items()}
        arrived += batch
    assert sum(map(is_admission, promised.values())) == min(entries, len(times))


def test_a_refund_after_the_guest_went_in_is_no_incident() -> None:
    one = _scan(1)
    refunded = facts.terms(denial=Denial(EVERY_GEN, DenialReason.CANCELED, 9))
    known: list[Fact] = [one]
    told = settle(
        refunded,
        EVENT,
        known,
        [facts.shown(one)],
        promised={one.stamp.id: Outcome.ADMITTED},
        waiting=(),
        device_names={},
        passed={one.stamp.id},
    )
    assert told.folded.incidents == ()
    assert len(told.folded.entries) == 1


def test_a_refund_before_the_upload_is_a_late_cancel() -> None:
    one = _scan(1)
    refunded = facts.terms(denial=Denial(EVERY_GEN, DenialReason.CANCELED, 9))
    told = _settle(refunded, [], [one, facts.shown(one)])
    assert [incident.kind for incident in told.folded.incidents] == [IncidentKind.LATE_CANCEL]


def test_a_scan_whose_kiosk_died_keeps_its_entry_when_the_ticket_is_refunded_later() -> None:
    one, two = _scan(1), _scan(2, THERE)
    refunded = facts.terms(denial=Denial(EVERY_GEN, DenialReason.CANCELED, 9))
    told = settle(refunded, EVENT, [one], [two], promised={}, waiting=(), device_names={}, passed={one.stamp.id})
    assert [passage.scan.stamp.id for passage in told.folded.entries] == [one.stamp.id]
    assert told.answers[two.stamp.id].outcome is Outcome.CANCELED
