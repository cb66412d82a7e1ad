"""What people decide about a scan: undo, override, recovery, resolution, in every order of arrival."""

from dataclasses import replace
from itertools import permutations

import pytest

from core.journal.scan import Fact, Finding, Scan
from core.model.event import Direction
from core.model.moments import ClockQuality
from core.model.outcomes import Outcome
from core.redeem import fold as fold_module
from core.redeem.fold import Folded, IncidentKind, Severity, decide, fold
from core.redeem.settle import settle
from core.redeem.undoing import UNDO_WINDOW_MS, UndoRefusal, undo_refusal
from core.ticket.lists import DenialReason
from core.ticket.terms import Terms
from tests.support import facts

EVENT = facts.event()
HERE, THERE, _ = facts.KIOSKS
EXIT = Direction.EXIT


def _scan(number: int, minutes: float = 0, **more) -> Scan:  # type: ignore[no-untyped-def]
    return facts.scan(number, at=facts.moment(facts.NOW + int(minutes * 60_000)), **more)


def _fold(*known: Fact, terms: Terms | None = None) -> Folded:
    return fold(terms or facts.terms(), EVENT, known)


def _numbers(folded: Folded) -> list[int]:
    return [passage.scan.stamp.id.int for passage in folded.entries]


def _kinds(folded: Folded) -> list[IncidentKind]:
    return [incident.kind for incident in folded.incidents]


def _in_every_order(*known: Fact, terms: Terms | None = None) -> Folded:
    """The fold, which is the same for every order of arrival."""
    first = _fold(*known, terms=terms)
    assert all(_fold(*order, terms=terms) == first for order in permutations(known))
    return first


# --- undo ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("undone", [0, 1])
def test_an_undo_of_either_of_two_admissions_withdraws_the_incident(undone: int) -> None:  # G30
    scans = [_scan(1, device=HERE), _scan(2, 1, device=THERE)]
    known = [*scans, *map(facts.shown, scans)]
    assert _kinds(_fold(*known)) == [IncidentKind.DOUBLE_ADMISSION]
    folded = _in_every_order(*known, facts.undo(scans[undone]))
    assert (_numbers(folded), folded.incidents) == ([scans[1 - undone].stamp.id.int], ())
    assert folded.is_inside


def test_an_undo_gives_no_third_entry(monkeypatch: pytest.MonkeyPatch) -> None:  # G30
    """A, B admitted on one entry; A undone; C admitted: C is one too many, whoever came first."""
    a, b, c = _scan(1, device=HERE), _scan(2, 1, device=THERE), _scan(3, 2, device=HERE, seq=30)
    folded = _in_every_order(a, facts.shown(a), b, c, facts.shown(c), facts.undo(a))
    assert _numbers(folded) == [2]
    assert [(one.kind, one.scan.int) for one in folded.incidents] == [(IncidentKind.DOUBLE_ADMISSION, 3)]
    monkeypatch.setattr(fold_module, "is_undone_by", lambda *_: False)  # negative control: without the undo, A has it
    assert _numbers(_fold(a, facts.shown(a), b, c, facts.undo(a))) == [1]


def test_an_undo_before_its_scan_waits_for_it() -> None:  # G30, A20
    scan = _scan(1)
    assert _fold(facts.undo(scan)).passages == ()
    assert _fold(facts.undo(scan), scan, facts.shown(scan)).entries == ()


@pytest.mark.parametrize(
    ("device", "after_s", "counts"),
    [(HERE, 0, True), (HERE, 900, True), (HERE, 900.001, False), (THERE, 5, False), (HERE, -3600, True)],
)
def test_an_undo_by_another_kiosk_or_too_late_counts_for_nothing(device, after_s: float, *, counts: bool) -> None:  # type: ignore[no-untyped-def]  # A20
    scan = _scan(1, device=HERE)
    undo = facts.undo(scan, after_s=after_s, device=device)
    folded = _fold(scan, facts.shown(scan), undo)
    assert (folded.entries == ()) is counts
    assert undo_refusal(scan, device, undo.stamp.moment) is (
        None if counts else UndoRefusal.TOO_LATE if device == HERE else UndoRefusal.OTHER_DEVICE
    )


def test_a_late_undo_does_not_take_the_place_of_one_in_time() -> None:
    scan = _scan(1)
    late = facts.undo(scan, after_s=1200)
    late = replace(late, stamp=replace(late.stamp, id=facts.scan(77).stamp.id))
    assert _in_every_order(scan, facts.undo(scan), late).entries == ()


def test_a_suspect_clock_makes_no_undo_too_late() -> None:
    scan = facts.scan(1, at=facts.moment(0, quality=ClockQuality.SUSPECT))
    assert undo_refusal(scan, HERE, facts.moment()) is None
    assert undo_refusal(scan, THERE, facts.moment()) is UndoRefusal.OTHER_DEVICE
    assert UNDO_WINDOW_MS == 15 * 60 * 1000


def test_an_undone_exit_leaves_the_guest_inside() -> None:  # A20
    entry, out = _scan(1), _scan(2, 1, direction=EXIT)
    assert not _fold(entry, out).is_inside
    assert _fold(entry, out, facts.undo(out)).is_inside


def test_an_undone_code_of_a_rotating_ticket_stays_used() -> None:  # G20
    """The code was seen at the door: a picture of it must not open another."""
    key = bytes(32)
    terms = replace(facts.terms(), rotating=key)
    scan = replace(_scan(1), proof_step=500)
    folded = _fold(scan, facts.shown(scan), facts.undo(scan), terms=terms)
    assert (folded.entries, folded.standing.highest_step) == ((), 500)


def test_the_server_says_whether_a_scan_is_taken_back() -> None:  # A20
    scan, told = _scan(1), {}
    for undo in (facts.undo(scan), facts.undo(scan, device=THERE)):
        for known in ([scan], []):
            settled = settle(
                facts.terms(), EVENT, known, [undo], promised={}, waiting=(), device_names={}, as_of_ms=facts.NOW
            )
            answer = settled.answers.get(undo.stamp.id)
            told[undo.stamp.device == HERE, bool(known)] = answer.outcome if answer else None
    assert told == {
        (True, True): Outcome.UNDONE,
        (False, True): Outcome.UNDO_REFUSED,
        (True, False): None,
        (False, False): None,
    }


def test_a_scan_undone_before_it_arrives_is_no_reason_to_refuse_the_next() -> None:
    first, second = _scan(1, device=HERE), _scan(2, 1, device=THERE)
    others = _fold(first, facts.shown(first), facts.undo(first))
    assert decide(second, others, EVENT) is Outcome.ADMITTED
    assert decide(second, _fold(first, facts.shown(first)), EVENT) is Outcome.ALREADY_USED


# --- override -----------------------------------------------------------------------------------------------------


def test_an_override_takes_a_free_entry_and_counts_apart_where_there_is_none() -> None:  # A7
    refused = _scan(2, 1, device=THERE)
    no = facts.shown(refused, Outcome.WRONG_GATE)
    free = _in_every_order(refused, no, facts.override(refused))
    assert (_numbers(free), free.incidents, free.is_inside) == ([2], (), True)

    first = _scan(1)
    used = _in_every_order(first, facts.shown(first), refused, no, facts.override(refused))
    assert _numbers(used) == [1]
    assert [(one.kind, one.scan.int, one.severity) for one in used.incidents] == [
        (IncidentKind.OVERRIDE_USED, 2, Severity.NORMAL)
    ]


@pytest.mark.parametrize("reason", [each for each in DenialReason if each is not DenialReason.UNPAID])
def test_an_override_of_a_denied_ticket_counts_apart_and_takes_nothing(reason: DenialReason) -> None:  # A7
    scan = _scan(1)
    terms = facts.terms(denial=facts.denial(reason))
    folded = _fold(scan, facts.shown(scan, reason.outcome), facts.override(scan), terms=terms)
    assert (folded.entries, _kinds(folded), folded.is_inside) == ((), [IncidentKind.OVERRIDE_USED], True)


def test_an_override_of_what_was_admitted_anyway_is_an_admission_like_any_other() -> None:  # A7
    scan = _scan(1)
    folded = _fold(scan, facts.shown(scan), facts.override(scan))
    assert (_numbers(folded), folded.incidents) == ([1], ())


def test_an_undo_takes_an_override_back_too() -> None:  # A7, A20
    scan = _scan(1)
    folded = _in_every_order(scan, facts.shown(scan, Outcome.UNPAID), facts.override(scan), facts.undo(scan))
    assert (folded.entries, folded.incidents, folded.is_inside) == ((), (), False)


def test_only_the_door_that_refused_can_override() -> None:
    scan = _scan(1, device=HERE)
    folded = _fold(scan, facts.shown(scan, Outcome.UNPAID), facts.override(scan, device=THERE))
    assert folded.entries == ()


# --- recovery -----------------------------------------------------------------------------------------------------


def test_what_staff_remember_decides_where_nothing_was_shown() -> None:  # G29
    first, second = _scan(1, device=HERE), _scan(2, 1, device=THERE)
    promised = {first.stamp.id: Outcome.ADMITTED}
    stayed_out = [first, facts.recovery(first, entered=False), second, facts.shown(second)]
    folded = fold(facts.terms(), EVENT, stayed_out, promised=promised)
    assert (_numbers(folded), folded.incidents) == ([2], ())
    refused = {first.stamp.id: Outcome.ALREADY_USED}
    went_in = fold(facts.terms(), EVENT, [first, facts.recovery(first, entered=True)], promised=refused)
    assert _numbers(went_in) == [1]


def test_what_was_shown_outranks_what_staff_remember() -> None:
    scan = _scan(1)
    assert _numbers(_in_every_order(scan, facts.shown(scan), facts.recovery(scan, entered=False))) == [1]


# --- resolution ---------------------------------------------------------------------------------------------------


def test_a_resolution_says_what_an_incident_was_and_changes_nothing_else() -> None:
    scans = [_scan(1, device=HERE), _scan(2, 1, device=THERE)]
    known = [*scans, *map(facts.shown, scans)]
    plain = _fold(*known)
    looked_at = _in_every_order(*known, facts.resolution(scans[1], "double_admission", Finding.SHARED_CODE))
    assert [one.finding for one in looked_at.incidents] == [Finding.SHARED_CODE]
    assert looked_at.incidents == tuple(replace(one, finding=Finding.SHARED_CODE) for one in plain.incidents)
    assert (looked_at.passages, looked_at.standing) == (plain.passages, plain.standing)


def test_a_resolution_of_an_incident_that_is_not_there_waits_for_it() -> None:
    scan = _scan(1)
    assert _fold(scan, facts.resolution(scan, "double_admission")).incidents == ()
    elsewhere = facts.resolution(_scan(1), "late_cancel")
    terms = facts.terms(denial=facts.denial())
    assert [one.finding for one in _fold(scan, facts.shown(scan), elsewhere, terms=terms).incidents] == [
        Finding.SHARED_CODE
    ]


# --- exits --------------------------------------------------------------------------------------------------------


def test_a_blocked_guest_whom_the_exit_kept_is_still_inside() -> None:  # A10
    entry, out = _scan(1), _scan(2, 1, direction=EXIT)
    blocked = facts.terms(denial=facts.denial(DenialReason.BLOCKED))
    kept = [entry, facts.shown(entry), out, facts.shown(out, Outcome.BLOCKED)]
    assert fold(blocked, EVENT, kept).is_inside
    assert not fold(blocked, EVENT, [*kept[:3], facts.shown(out, Outcome.EXIT_RECORDED)]).is_inside
    assert decide(_scan(3, 2, direction=EXIT), fold(blocked, EVENT, kept), EVENT) is Outcome.BLOCKED
    assert decide(_scan(3, 2), fold(blocked, EVENT, kept), EVENT) is Outcome.BLOCKED
