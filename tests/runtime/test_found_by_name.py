"""A guest whom staff found on the guest list is presented at the lane: a scan of its own, as durable as any."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.runtime.scan_line import Found
from app.runtime.trust_box import TrustBox
from app.store import journal as journal_module
from core.journal.scan import Scan, Shown
from core.model.event import Event
from core.model.ids import ClassId
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer
from core.sync.manifest import row_of
from core.ticket.lists import Denial, DenialReason, Listed
from tests.runtime.test_scan_line import Lanes
from tests.support.door import (
    DAY,
    END_S,
    EVENT,
    SOUTH_ONLY,
    START_S,
    SUMMER_NIGHT,
    WEEKEND,
    lists,
    taken,
    ticket,
    tid,
)


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    made = Lanes(tmp_path / "kiosk.db")
    with closing(made.journal), closing(made.second_sight):
        yield made


def listed(number: int, cls: ClassId = DAY) -> Listed:
    return Listed(tid(number), 0, cls, START_S, END_S)


def checked(number: int, cls: ClassId = DAY) -> Found:
    """Whom staff have compared with an ID."""
    return Found(listed(number, cls), is_identity_checked=True, operator="Ana")


def scans(lanes: Lanes, number: int) -> list[Scan]:
    return [fact for fact in lanes.journal.facts_of(tid(number)) if isinstance(fact, Scan)]


def trusting(event: Event) -> TrustBox:
    box = TrustBox(EVENT)
    box.adopt(taken(policy=row_of(event)), 0)
    return box


def test_a_found_guest_is_a_scan_that_says_that_no_code_was_seen(lanes: Lanes) -> None:  # A18
    verdict = lanes.line.present_found(checked(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
    (scan,) = scans(lanes, 1)
    assert (scan.form, scan.digest, scan.operator, scan.answers) == ("by_name", None, "Ana", {"identity": "checked"})
    assert lanes.server.was_committed == [True], "committed before the server is asked"
    assert [fact.outcome for fact in lanes.journal.facts_of(tid(1)) if isinstance(fact, Shown)] == [verdict.outcome]


def test_the_code_of_a_guest_who_was_found_is_used_and_the_other_way_round(lanes: Lanes) -> None:  # A18
    assert lanes.line.present_found(checked(1)).is_admission
    assert lanes.line.present(ticket(1)).outcome is Outcome.ALREADY_USED
    assert lanes.line.present(ticket(2)).is_admission
    assert lanes.line.present_found(checked(2)).outcome is Outcome.ALREADY_USED
    assert [lanes.line.present_found(checked(3, WEEKEND)).outcome for _ in range(4)][2:] == [
        Outcome.ADMITTED_OFFLINE,
        Outcome.LIMIT_REACHED,
    ]


def test_without_a_look_at_the_id_nobody_is_let_in_and_nobody_is_asked(lanes: Lanes) -> None:  # A18
    """The server would count whom it says yes to: so it is not asked before the ID was seen."""
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    verdict = lanes.line.present_found(Found(listed(1)))
    assert verdict.outcome is Outcome.CONFIRM_IDENTITY
    assert lanes.server.asked == []
    assert lanes.line.present_found(checked(1)).outcome is Outcome.ADMITTED, "no entry was taken"


def test_an_event_may_do_without_the_id(lanes: Lanes) -> None:  # A18
    lanes.line._holder = trusting(replace(SUMMER_NIGHT, checks_identity_by_name=False))
    assert lanes.line.present_found(Found(listed(1))).is_admission
    lanes.line._holder = trusting(SUMMER_NIGHT)
    assert lanes.line.present_found(Found(listed(2))).outcome is Outcome.CONFIRM_IDENTITY, "negative control"


def test_a_refusal_needs_no_id(lanes: Lanes) -> None:
    assert lanes.line.present_found(Found(listed(1, SOUTH_ONLY))).outcome is Outcome.WRONG_GATE
    assert lanes.line.present_found(checked(2)).is_admission
    assert lanes.line.present_found(Found(listed(2))).outcome is Outcome.ALREADY_USED


def test_a_canceled_guest_is_refused_by_name_too(lanes: Lanes) -> None:  # A8
    lanes.box.adopt(taken(2, lists(denied={tid(1): Denial(256, DenialReason.CANCELED)})), 0)
    assert lanes.line.present_found(checked(1)).outcome is Outcome.CANCELED
    assert len(scans(lanes, 1)) == 1, "and it is recorded"


def test_who_comes_with_a_guest_is_a_scan_of_the_same_group(lanes: Lanes) -> None:  # A19
    first = lanes.line.present(ticket(1)).scan_id
    assert first is not None
    verdicts = [lanes.line.present_found(Found(listed(number), group=first, is_vouched_for=True)) for number in (2, 3)]
    assert [verdict.outcome for verdict in verdicts] == [Outcome.ADMITTED_OFFLINE] * 2
    assert [scans(lanes, number)[0].group for number in (1, 2, 3)] == [None, first, first]


def test_a_guest_who_was_refused_vouches_for_nobody(lanes: Lanes) -> None:  # A19
    """A picture of a used code opens no door to the rest of its order: each of them shows an ID."""
    lanes.line.present(ticket(1))
    again = lanes.line.present(ticket(1))
    assert again.outcome is Outcome.ALREADY_USED
    assert lanes.line.present_found(Found(listed(2), group=again.scan_id)).outcome is Outcome.CONFIRM_IDENTITY


def test_the_server_is_asked_about_a_found_guest_and_has_the_last_word(lanes: Lanes) -> None:  # A18
    lanes.server.answer = Answer(Outcome.ALREADY_USED, None, 1, 1)
    verdict = lanes.line.present_found(checked(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ALREADY_USED, Source.ONLINE)


def test_a_full_disk_admits_nobody_by_name(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:  # G5
    def fails(*_: object) -> None:
        raise journal_module.StorageFailed("kiosk.db", "full")

    monkeypatch.setattr(lanes.journal, "_append", fails)
    assert lanes.line.present_found(checked(1)).outcome is Outcome.STORAGE_FAILED


def test_a_door_that_is_barred_lets_nobody_in_by_name(lanes: Lanes) -> None:
    lanes.box.bar(Outcome.DEVICE_REVOKED)
    assert lanes.line.present_found(checked(1)).outcome is Outcome.DEVICE_REVOKED
