"""People and conflicts as a door has them: real kiosks, a real server, and no network whenever it matters."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.ledger.shop_files import ShopRow
from app.runtime.guest_line import GuestLine
from app.runtime.inbox_line import InboxLine
from app.runtime.inside import InsideCounter
from app.runtime.scan_line import Found
from core.journal.scan import Finding
from core.model.outcomes import Outcome, Source
from core.people.inbox import Conflict
from core.people.view import Guest
from tests.support.live import LiveEvent, LiveKiosk, live_event, live_kiosk

pytestmark = pytest.mark.slow
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def event(tmp_path: Path) -> Iterator[LiveEvent]:
    with live_event(tmp_path / "server") as made:
        yield made


def sold(event: LiveEvent, *names: str) -> None:
    """Guests of one order, as a shop tells them."""
    with event.office() as office:
        for number, name in enumerate(names):
            row = ShopRow(0, f"R-{number}", cls="Day ticket", name=name, order="ORDER-1234")
            assert office.put_ticket(event.id, "shop", row).tid is not None  # type: ignore[union-attr]


class Looking:
    """One kiosk's looks; opened anew after `connect`."""

    def __init__(self, kiosk: LiveKiosk) -> None:
        self.kiosk = kiosk

    def found(self, typed: str) -> list[Guest]:
        with closing(self.kiosk.station.open_journal()) as journal:
            line = GuestLine(self.kiosk.station)
            line.know_by(self.kiosk.station.knowledge(journal))
            assert line.begin() is None
            while line.read():
                pass
            return [guest for party in line.search(typed).found for guest in party.guests]

    def conflicts(self) -> list[Conflict]:
        with closing(self.kiosk.station.open_looks()) as looks:
            return list(InboxLine(self.kiosk.station.news, looks, lambda: "me").waiting())

    def listen(self) -> None:
        with closing(self.kiosk.station.open_looks()) as looks:
            assert self.kiosk.station.news.listen(looks, is_urgent=True)

    def inside(self) -> int | None:
        station = self.kiosk.station
        with closing(station.open_journal()) as journal, closing(station.open_looks()) as looks:
            counter = InsideCounter(station.profile.device_id, station.news, journal, looks, station.knowledge(journal))
            found = counter.count(station.box.in_force, station.clock.now())
        return None if found is None else found.count


def test_a_family_without_a_network_is_found_by_name_and_counts_at_the_server(
    event: LiveEvent, tmp_path: Path
) -> None:  # A18, A19, G19
    sold(event, "Jörg Müller", "Heike Müller", "Tim Müller")
    with live_kiosk(event, tmp_path / "north") as north:
        desk = Looking(north)
        desk.listen()
        assert desk.inside() == 0
        north.connect(NOWHERE)
        first, *others = desk.found("mueller joerg")
        assert {guest.person.name for guest in others} == {"Heike Müller", "Tim Müller"}
        assert first.person.ticket is not None
        verdict = north.line.present_found(Found(first.person.ticket, is_identity_checked=True, operator="Ana"))
        assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
        for guest in others:
            assert guest.person.ticket is not None
            assert north.line.present_found(
                Found(guest.person.ticket, group=verdict.scan_id, is_vouched_for=True)
            ).is_admission
        assert desk.inside() == 3
        assert [guest.answer.outcome for guest in desk.found("ORDER-1234")] == [Outcome.ALREADY_USED] * 3
        north.connect(event.server.url)
        north.drain()
        desk.listen()
        assert desk.inside() == 3
        with event.office() as office:
            status = office.status_of(event.id)
        assert (status.redemptions, status.inside, status.quarantined) == (3, 3, 0)
        (online,) = [guest for guest in desk.found("tim") if guest.person.name == "Tim Müller"]
        assert online.person.ticket is not None
        again = north.line.present_found(Found(online.person.ticket, is_identity_checked=True))
        assert (again.outcome, again.evidence.source) == (Outcome.ALREADY_USED, Source.ONLINE)


def test_two_doors_clear_up_what_they_did_apart(event: LiveEvent, tmp_path: Path) -> None:  # G1
    (text,) = event.tickets(1)
    with (
        live_kiosk(event, tmp_path / "north") as north,
        live_kiosk(event, tmp_path / "south", "south", "South 1") as south,
    ):
        for kiosk in (north, south):
            kiosk.connect(NOWHERE)
            assert kiosk.line.present(text).is_admission
        for kiosk in (north, south):
            kiosk.connect(event.server.url)
            kiosk.drain()
        desks = Looking(north), Looking(south)
        for desk in desks:
            desk.listen()
            (one,) = desk.conflicts()
            assert (one.kind, one.winner is not None, one.is_order_provable) == ("double_admission", True, False)
            assert {one.loser.gate, one.winner.gate if one.winner else ""} == {"north", "south"}
        (one,) = desks[0].conflicts()
        north.connect(NOWHERE)
        now = north.station.clock.now()
        north.journal.record_resolution(one.scan, one.tid, one.kind, Finding.SHARED_CODE, now, "Ana")
        assert desks[0].conflicts() == [], "said without a network"
        north.connect(event.server.url)
        north.drain()
        desks[1].listen()
        assert desks[1].conflicts() == [], "the other door hears of it"
        with event.office() as office:
            (kept,) = office.incidents.list(event.id).incidents
        assert (kept.state, kept.finding) == ("resolved", "shared_code")
