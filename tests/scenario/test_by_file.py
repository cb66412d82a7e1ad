"""G27: an event without any network, from the first list to the last fact, and the same night online."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.cli.door_files import export_queue
from app.cli.files import export_into
from app.clock import SystemClock
from app.ledger.admin import Office
from app.ledger.import_book import PutResult
from app.ledger.shop_files import ShopRow
from app.runtime.enrolling import enrol_spare
from app.runtime.redeem_line import RedeemLine
from app.runtime.station import Station
from core.model.ids import GateId, TicketHandle
from core.model.outcomes import Outcome
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.keyring import VerifyProfile
from core.ticket.verify import Trust
from core.ticket.wire import Code, parse
from tests.support.live import DAY, LiveEvent, LiveServer, live_event, live_kiosk
from tests.support.stolen_disk import traces

OLD_SHOP = AdapterRow("old-shop", "url", host="tickets.example.org", field="code")
RULES = CodesRow(mode="migrating", adapters=[OLD_SHOP])
pytestmark = pytest.mark.slow

Night = dict[str, list[str]]
"""Per gate, the codes that are held up one after the other."""


def _night(office: Office, event: LiveEvent) -> Night:
    """Tickets, a canceled one, and one ticket with two codes: an old one and a T1."""
    office.set_codes(event.id, RULES, {})
    tickets = [ticket.text for ticket in office.issue_tickets(event.id, DAY, 9)]
    old = [f"https://tickets.example.org/t?code={number:06d}" for number in range(3)]
    lines = ["code,external_ref,class", *(f"{text},order-{n},Day ticket" for n, text in enumerate(old))]
    office.import_tickets(event.id, lines, "old-shop")
    sealed = office.put_ticket(event.id, "old-shop", ShopRow(1, "order-1", code=old[1], cls="Day ticket"))
    assert isinstance(sealed, PutResult)
    assert sealed.text is not None
    office.cancel_ticket(event.id, _tid(tickets[8]))
    return {
        "north": [*tickets[:4], tickets[0], old[0], tickets[8], "https://example.org/menu"],
        "south": [*tickets[4:7], old[1], sealed.text, tickets[5]],
    }


def _tid(text: str) -> TicketHandle:
    code = parse(text)
    assert isinstance(code, Code)
    return code.claims.tid


EXPECTED = {
    "north": [Outcome.ADMITTED] * 4
    + [Outcome.ALREADY_USED, Outcome.LEGACY_ADMITTED, Outcome.CANCELED, Outcome.NOT_A_TICKET],
    "south": [Outcome.ADMITTED] * 3 + [Outcome.LEGACY_ADMITTED, Outcome.ALREADY_USED, Outcome.ALREADY_USED],
}


@dataclass
class _Spare:
    """A kiosk that has never seen a network."""

    folder: Path
    station: Station

    def present(self, texts: Sequence[str]) -> list[Outcome]:
        """The outcomes at its door."""
        with closing(self.station.open_journal()) as journal:
            line = self.station.scan_line(journal)
            return [line.present(text).outcome for text in texts]

    def export(self, out: Path) -> bytes:
        """What travels back to the server."""
        assert export_queue(argparse.Namespace(profile=self.folder, out=out, json=True)) == 0
        return out.read_bytes()


@contextmanager
def _spare(office: Office, event: LiveEvent, stick: Path, folder: Path, gate: str) -> Iterator[_Spare]:
    kit = office.make_spare(event.id, GateId(gate), f"Spare {gate}", VerifyProfile.MAC)
    export_into(office, event.id, stick)
    (stick / kit.file_name).write_bytes(kit.kit)
    profile = enrol_spare(stick, kit.code, folder).profile
    with closing(Station(folder, profile, SystemClock())) as station:
        assert station.take_manifest_from(stick) is None
        yield _Spare(folder, station)


@contextmanager
def _no_server(folder: Path) -> Iterator[LiveEvent]:
    """An event whose server never runs: the organizer's commands work on the database alone."""
    folder.mkdir(parents=True)
    yield LiveEvent(LiveServer(folder))


def _figures(office: Office, event: LiveEvent) -> dict[str, object]:
    """What the organizer counts at the end, without ids and times."""
    status = office.status_of(event.id)
    return {
        "redemptions": status.redemptions,
        "admissions": status.admissions,
        "inside": status.inside,
        "facts": status.facts,
        "quarantined": status.quarantined,
        "incidents": status.incidents,
        "by_class": status.by_class,
        "by_gate": status.by_gate,
    }


def _at_the_door(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, whether or not a server confirmed them."""
    return [Outcome.ADMITTED if outcome is Outcome.ADMITTED_OFFLINE else outcome for outcome in outcomes]


def test_a_whole_event_by_file_ends_as_it_does_online(tmp_path: Path) -> None:  # G27, G16, G17
    with live_event(tmp_path / "online") as event, event.office() as office:
        night = _night(office, event)
        for gate, texts in night.items():
            with live_kiosk(event, tmp_path / gate, gate, f"Door {gate}") as kiosk:
                assert _at_the_door([kiosk.line.present(text).outcome for text in texts]) == EXPECTED[gate]
                kiosk.drain()
        online = _figures(office, event)

    stick = tmp_path / "stick"
    with _no_server(tmp_path / "alone") as event, event.office() as office, ExitStack() as kiosks:
        night = _night(office, event)
        spares = {
            gate: kiosks.enter_context(_spare(office, event, stick, tmp_path / f"spare-{gate}", gate)) for gate in night
        }
        for gate, spare in spares.items():
            assert _at_the_door(spare.present(night[gate])) == EXPECTED[gate]
        files = [spare.export(tmp_path / f"{gate}.queue") for gate, spare in spares.items()]
        line = RedeemLine(office.facts)
        reports = [office.import_queue(file, line) for file in files]
        assert _figures(office, event) == online
        assert sum(report.applied for report in reports) == online["facts"]
        again = [office.import_queue(file, line) for file in files]
        assert _figures(office, event) == online, "importing a file again changes nothing"
        assert sum(report.applied for report in again) == 0


def test_a_folder_of_an_event_holds_no_key(tmp_path: Path) -> None:
    """A stick that was copied on the way gives nothing away: kit, manifest, lists, and the queue on its way back."""
    stick = tmp_path / "stick"
    with _no_server(tmp_path / "server") as event, event.office() as office:
        night = _night(office, event)
        with _spare(office, event, stick, tmp_path / "spare", "north") as spare:
            spare.present(night["north"])
            spare.export(stick / "north.queue")
            secrets = _secrets_of(spare.station)
            assert {"legacy", "credential", "sealing-key", "signing-key"} < secrets.keys()
            assert len(secrets) >= 6
            assert traces(stick, secrets) == []
            (stick / "planted").write_bytes(b"x" * 99 + secrets["legacy"] + b"y")
            assert len(traces(stick, secrets)) == 1


def _secrets_of(station: Station) -> dict[str, bytes]:
    """Every secret that a kiosk holds: the event's keys, its own, its credential."""
    trust = station.box.trust
    assert isinstance(trust, Trust)
    found = {f"seals {key.kid}": key.verifying for key in trust.keyring.values()}
    found |= {f"rotates {key.kid}": key.rotating for key in trust.keyring.values()}
    found |= {name: station.vault.get(name) for name in ("credential", "sealing-key", "signing-key")}
    return {name: secret for name, secret in (found | {"legacy": trust.legacy_key}).items() if secret}


def test_a_ticket_that_was_sold_too_late_for_the_stick_is_let_in_by_its_seal(tmp_path: Path) -> None:  # G25
    """A `mac` kiosk knows the seal; a `list` kiosk holds the guest; the server takes both afterwards."""
    stick = tmp_path / "stick"
    with _no_server(tmp_path / "server") as event, event.office() as office:
        _night(office, event)
        with _spare(office, event, stick, tmp_path / "mac", "north") as spare:
            late = office.issue_tickets(event.id, DAY, 1)[0].text
            assert spare.present([late]) == [Outcome.ADMITTED_OFFLINE]
            report = office.import_queue(spare.export(tmp_path / "q"), RedeemLine(office.facts))
        assert (report.applied, report.quarantined) == (2, 0)


def test_an_old_code_that_was_sold_too_late_waits_for_its_import(tmp_path: Path) -> None:  # G25 up to `unlisted`
    stick = tmp_path / "stick"
    with _no_server(tmp_path / "server") as event, event.office() as office:
        _night(office, event)
        late = "https://tickets.example.org/t?code=999999"
        with _spare(office, event, stick, tmp_path / "kiosk", "north") as spare:
            assert spare.present([late]) == [Outcome.UNLISTED]
            report = office.import_queue(spare.export(tmp_path / "q"), RedeemLine(office.facts))
        assert report.quarantined >= 1
        before = office.status_of(event.id)
        office.import_tickets(event.id, ["code,external_ref,class", f"{late},order-late,Day ticket"], "old-shop")
        after = office.status_of(event.id)
        assert before.quarantined > after.quarantined, "the scan has found its ticket"


@pytest.mark.parametrize("trust", [VerifyProfile.LIST, VerifyProfile.MAC])
def test_each_profile_lets_in_what_was_listed(tmp_path: Path, trust: VerifyProfile) -> None:
    stick = tmp_path / "stick"
    with _no_server(tmp_path / "server") as event, event.office() as office:
        night = _night(office, event)
        kit = office.make_spare(event.id, GateId("north"), "Spare", trust)
        export_into(office, event.id, stick)
        (stick / kit.file_name).write_bytes(kit.kit)
        profile = enrol_spare(stick, kit.code, tmp_path / "kiosk").profile
        with closing(Station(tmp_path / "kiosk", replace(profile), SystemClock())) as station:
            assert station.take_manifest_from(stick) is None
            shown = _Spare(tmp_path / "kiosk", station).present(night["north"])
        assert _at_the_door(shown) == EXPECTED["north"]
