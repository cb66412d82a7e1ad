"""What the organizer does with a ledger: opening it with its key, events, the manifest, tickets, imports."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.ledger.admin import Office, open_ledger
from app.ledger.event_book import FRESH_MS, EventWrong
from app.ledger.redemptions import EventUnknown
from app.ledger.secret_files import ADMIN_FILE, MASTER_FILE, MasterKeyWrong, SecretFileFailed, admin_token
from app.ledger.ticket_book import ClassUnknown, TicketUnknown, WindowWrong
from core.model.event import Direction
from core.model.ids import ClassId, EventId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.messages import EventRow
from core.ticket.verify import Genuine, Lane, Refused, Trust, verify
from tests.contract.ledger_rig import NORTH, NOW, STANDARD, policy


@pytest.fixture
def now() -> list[int]:
    """The server's clock."""
    return [NOW]


@pytest.fixture
def office(tmp_path: Path, now: list[int]) -> Iterator[Office]:
    """A ledger in SQLite."""
    with open_ledger(None, tmp_path, now_ms=lambda: now[0]) as opened:
        yield opened


@pytest.fixture
def event(office: Office) -> EventId:
    """An event of it."""
    return EventId(UUID(office.create_event(policy()).event))


def said(office: Office, event: EventId, text: str) -> Genuine | Refused:
    """What a door with the event's newest manifest says of a code."""
    trust = office.press.trust(event)
    assert isinstance(trust, Trust)
    moment = Moment(Millis(NOW), 0, ClockQuality.SYNCED, "b")
    return verify(text, trust=trust, lane=Lane(NORTH, Direction.ENTRY), now=moment)


# --- the master key -----------------------------------------------------------------------------------------------


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    with open_ledger(None, tmp_path):
        token = admin_token(tmp_path)
    master = (tmp_path / MASTER_FILE).read_bytes()
    with open_ledger(None, tmp_path):
        assert admin_token(tmp_path) == token
    assert (tmp_path / MASTER_FILE).read_bytes() == master
    assert len(master) == 32
    for name in (MASTER_FILE, ADMIN_FILE):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(bytes(32))], ids=["missing", "another"])
def test_a_database_with_events_wants_its_own_key(tmp_path: Path, harm) -> None:
    with open_ledger(None, tmp_path) as office:
        office.create_event(policy())
    harm(tmp_path / MASTER_FILE)
    with pytest.raises(MasterKeyWrong):
        open_ledger(None, tmp_path)


def test_an_empty_database_takes_a_new_key(tmp_path: Path) -> None:
    open_ledger(None, tmp_path).close()
    (tmp_path / MASTER_FILE).unlink()
    with open_ledger(None, tmp_path) as office:
        office.create_event(policy())
    with open_ledger(None, tmp_path) as again:
        assert len(again.list_events()) == 1


@pytest.mark.skipif(os.name != "posix", reason="file modes")
@pytest.mark.parametrize("name", [MASTER_FILE, ADMIN_FILE])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, name: str) -> None:
    open_ledger(None, tmp_path).close()
    admin_token(tmp_path)
    (tmp_path / name).chmod(0o644)
    with pytest.raises(SecretFileFailed, match="chmod 600"):
        admin_token(tmp_path) if name == ADMIN_FILE else open_ledger(None, tmp_path)


# --- events and the manifest --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"time_zone": "Mars/Base"}, "time zone"),
        ({"ends_ms": 0}, "ends before"),
        ({"name": ""}, "name"),
        ({"gates": []}, "gate"),
        ({"classes": []}, "class"),
        ({"event": "zz"}, "badly formed"),
    ],
)
def test_an_event_that_nobody_could_run_is_refused(office: Office, changes, cause: str) -> None:
    row = policy()
    wrong = EventRow(**{field: changes.get(field, getattr(row, field)) for field in EventRow.__dataclass_fields__})
    with pytest.raises(EventWrong, match=cause):
        office.create_event(wrong)


def test_events_are_found_by_id_or_name(office: Office, event: EventId) -> None:
    assert (
        office.event_named(event.hex) == office.event_named(str(event)) == office.event_named("Summer Night") == event
    )
    office.create_event(policy())
    with pytest.raises(EventUnknown):
        office.event_named("Summer Night")  # two of them now
    with pytest.raises(EventUnknown):
        office.show_event(EventId(UUID(int=5)))
    assert [summary.policy.name for summary in office.list_events()] == ["Summer Night"] * 2


def test_an_issued_ticket_passes_a_door_with_the_manifest(office: Office, event: EventId) -> None:
    ticket = office.issue_tickets(event, STANDARD, 1)[0]
    assert isinstance(said(office, event, ticket.text), Genuine)


def test_another_events_ticket_is_told_apart(office: Office, event: EventId) -> None:
    other = EventId(UUID(office.create_event(policy("Other")).event))
    ticket = office.issue_tickets(other, STANDARD, 1)[0]
    refused = said(office, event, ticket.text)
    assert isinstance(refused, Refused)
    assert refused.outcome == "wrong_event"
    strange = [row for row in office.manifest_of(event).keys if row.event == other.hex]
    assert [row.public for row in strange] == [None]


def test_a_canceled_ticket_is_on_the_next_manifest(office: Office, event: EventId) -> None:  # G17
    ticket = office.issue_tickets(event, STANDARD, 1)[0]
    before = office.manifest_of(event)
    version = office.cancel_ticket(event, TicketHandle(bytes.fromhex(ticket.tid)))
    after = office.manifest_of(event)
    denial = office.press.trust(event).lists.denial(TicketHandle(bytes.fromhex(ticket.tid)))
    assert (after.version, denial.since_version) == (version, version)
    assert version > before.version
    refused = said(office, event, ticket.text)
    assert isinstance(refused, Refused)
    assert refused.outcome == "canceled"
    with pytest.raises(TicketUnknown):
        office.cancel_ticket(event, TicketHandle(bytes(8)))


def test_one_version_has_one_content_and_comes_of_age(office: Office, event: EventId, now: list[int]) -> None:
    first = office.manifest_of(event)
    now[0] += FRESH_MS // 2 - 1
    assert office.manifest_of(event) == first
    now[0] += 1
    assert office.manifest_of(event).version == first.version + 1
    office.issue_tickets(event, STANDARD, 1)
    assert office.manifest_of(event).version == first.version + 2


# --- tickets ------------------------------------------------------------------------------------------------------


def test_issuing_wants_a_class_and_a_window(office: Office, event: EventId) -> None:
    with pytest.raises(ClassUnknown):
        office.issue_tickets(event, ClassId(99), 1)
    with pytest.raises(WindowWrong):
        office.issue_tickets(event, STANDARD, 1, nbf=10, exp=10)


def test_many_tickets_are_stored_in_pieces(office: Office, event: EventId) -> None:
    made = office.issue_tickets(event, STANDARD, 2_500)
    assert len({ticket.tid for ticket in made}) == 2_500
    assert office.show_event(event).tickets == 2_500
