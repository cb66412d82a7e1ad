"""Staff have typed the number on a ticket whose code can't be read: on the guest list, or known to the server alone."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.model.codes import BY_NUMBER_FORM
from core.model.ids import TicketHandle, digest_of_number, number_of
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer
from core.sync.attendees import Attendee
from core.ticket.lists import EVERY_GEN, Denial, DenialReason
from core.ticket.verify import Barred
from tests.runtime.people_rig import PARTY, desk_in
from tests.runtime.test_scan_line import Lanes
from tests.support.door import lists, taken, tid


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    made = Lanes(tmp_path / "kiosk.db")
    with closing(made.journal), closing(made.second_sight):
        yield made


def test_a_number_that_only_the_server_knows_is_asked_there(lanes: Lanes) -> None:
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    verdict = lanes.line.present_number(tid(9))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED, Source.ONLINE)
    (asked,) = lanes.server.asked
    assert (asked.stamp.tid, asked.form, number_of(asked.digest or b"")) == (None, BY_NUMBER_FORM, tid(9))  # type: ignore[arg-type]


def test_without_a_server_nobody_is_let_in_on_a_number_and_a_supervisor_may_decide(lanes: Lanes) -> None:
    verdict = lanes.line.present_number(tid(9))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.UNLISTED, Source.OFFLINE)
    assert verdict.scan_id is not None, "it can be overridden"


def test_a_canceled_ticket_is_canceled_by_its_number_too(lanes: Lanes) -> None:
    gone = lists(denied={tid(9): Denial(EVERY_GEN, DenialReason.CANCELED), tid(8): Denial(1, DenialReason.REVOKED)})
    lanes.box.adopt(taken(2, gone), lanes.clock.at_ms)
    assert lanes.line.present_number(tid(9)).outcome is Outcome.CANCELED
    assert lanes.line.present_number(tid(8)).outcome is Outcome.UNLISTED, "a newer edition may be good"


def test_a_door_that_may_not_verify_asks_nobody(lanes: Lanes) -> None:
    lanes.box.bar(Outcome.DEVICE_REVOKED)
    assert isinstance(lanes.box.trust, Barred)
    assert lanes.line.present_number(tid(9)).outcome is Outcome.DEVICE_REVOKED
    assert lanes.server.asked == []


def test_a_number_is_found_on_the_guest_list_or_the_group_that_differs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with desk_in(tmp_path) as desk:
        assert desk.guests.numbered(PARTY[2].tid) is None, "nothing is loaded yet"
        desk.load()
        found = desk.guests.numbered(PARTY[2].tid)
        assert isinstance(found, Attendee)
        assert found.name == "Tim Müller"
        slip = int.from_bytes(PARTY[0].tid) ^ 0x0BAD << 32
        assert desk.guests.numbered(TicketHandle(slip.to_bytes(8))) == 2
        assert desk.guests.numbered(TicketHandle(b"\xff" * 8)) is None


def test_a_number_stands_for_itself_and_no_other_digest_does() -> None:
    assert number_of(digest_of_number(tid(7))) == tid(7)
    assert number_of(digest_of_number(tid(7))[:-1] + b"\x01") is None  # type: ignore[arg-type]
