"""Rotating codes at a kiosk that holds no key for them: the server checks the proof while there is one to ask."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.ledger.live_tickets import LiveCode
from app.runtime.enrolling import enrol
from app.runtime.station import Station
from core.model.ids import GateId
from core.model.outcomes import Outcome
from core.sync.answers import Done
from core.ticket.issue import with_proof
from core.ticket.keyring import VerifyProfile
from tests.support.live import DAY, LiveEvent, live_event

pytestmark = pytest.mark.slow
OLD_S = 600


@dataclass
class Evening:
    """A `list` kiosk at a live server, and rotating tickets."""

    event: LiveEvent
    station: Station
    tickets: list[LiveCode]

    def present(self, text: str) -> Outcome:
        with closing(self.station.open_journal()) as journal:
            return self.station.scan_line(journal).present(text).outcome

    def drain(self) -> None:
        with closing(self.station.open_journal()) as journal:
            self.station.sync_line(journal, refresh=lambda: None).drain()
            assert journal.queue_length() == 0


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    with ExitStack() as stack:
        event = stack.enter_context(live_event(tmp_path / "server"))
        office = stack.enter_context(event.office())
        issued = office.issue_tickets(event.id, DAY, 3, rotating=True)
        tickets = [office.live.find(event.id, ticket.text) for ticket in issued]
        code = office.device_code(event.id, GateId("north"), "North 1", VerifyProfile.LIST).code
        enrolled = enrol(event.server.url, code, tmp_path / "kiosk")
        office.confirm_device(event.id, enrolled.profile.device_id, enrolled.digits)
        station = stack.enter_context(closing(Station(tmp_path / "kiosk", enrolled.profile, SystemClock())))
        assert station.refresh_manifest() is None
        station.link.note(Done(None, 1), slow_from_ms=1_000)
        yield Evening(event, station, [ticket for ticket in tickets if isinstance(ticket, LiveCode)])


def _shown(ticket: LiveCode, age_s: int = 0) -> str:
    return with_proof(ticket.text, ticket.secret, int(time.time()) - age_s)


def test_the_server_proves_what_a_list_kiosk_can_not(evening: Evening) -> None:  # G20
    first, second, third = evening.tickets
    assert evening.present(_shown(second, OLD_S)) is Outcome.REPLAYED_CODE
    assert evening.present(second.text) is Outcome.PROOF_MISSING
    assert evening.present(_shown(first)) is Outcome.ADMITTED
    assert evening.present(_shown(first)) in {Outcome.ALREADY_USED, Outcome.REPLAYED_CODE}  # by the half minute
    forged = with_proof(third.text, bytes(20), int(time.time()))
    assert evening.present(forged) is Outcome.BAD_PROOF
    evening.drain()
    with evening.event.office() as office:
        status = office.status_of(evening.event.id)
    assert (status.redemptions, status.admissions, status.quarantined) == (1, 1, 0)


def test_without_a_server_staff_look_at_the_guests_papers(evening: Evening) -> None:
    evening.event.server.stop()
    for _ in range(2):
        evening.station.refresh_manifest()
    assert evening.present(_shown(evening.tickets[0])) is Outcome.CONFIRM_IDENTITY
