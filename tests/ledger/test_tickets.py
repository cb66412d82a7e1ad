"""A ticket's life after it was sold: issued anew, canceled, handed back to its shop."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.ledger.admin import Office, open_ledger
from app.ledger.schema import tickets
from app.ledger.shop_files import RefusedRow, ShopRow
from app.ledger.ticket_book import ReissueRefused, Standing, TicketUnknown
from core.model.ids import EventId, TicketHandle
from core.sync.messages import AdapterRow, CodesRow
from core.ticket.lists import DenialReason
from core.ticket.wire import Code, parse
from tests.contract.ledger_rig import NOW, STANDARD, policy


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path, now_ms=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def event(office: Office) -> EventId:
    return EventId(UUID(office.create_event(policy()).event))


def code_of(text: str) -> Code:
    code = parse(text)
    assert isinstance(code, Code)
    return code


def issued(office: Office, event: EventId) -> tuple[TicketHandle, Code]:
    made = office.issue_tickets(event, STANDARD, 1)[0]
    return TicketHandle(bytes.fromhex(made.tid)), code_of(made.text)


def row_of(office: Office, event: EventId, tid: TicketHandle):
    with office._database.reading() as connection:
        mine = (tickets.c.event_id == event) & (tickets.c.tid == tid)
        return connection.execute(select(tickets).where(mine)).one()


def test_an_issued_ticket_is_listed_by_its_digest(office: Office, event: EventId) -> None:
    tid, code = issued(office, event)
    assert row_of(office, event, tid).digest == code.digest


@pytest.mark.parametrize("rotating", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_flags_are_sealed(office: Office, event: EventId, rotating: bool, listed: bool) -> None:
    (made,) = office.issue_tickets(event, STANDARD, 1, rotating=rotating, listed=listed)
    claims = code_of(made.text).claims
    assert (claims.is_rotating, claims.must_be_listed) == (rotating, listed)


def test_a_reissued_ticket_is_the_next_edition(office: Office, event: EventId) -> None:
    tid, _ = issued(office, event)
    version = office.events.manifest_version(event)
    fresh = code_of(office.reissue_ticket(event, tid).text)
    row = row_of(office, event, tid)
    assert (fresh.claims.tid, fresh.claims.gen) == (tid, 1)
    assert (row.gen, row.digest) == (1, fresh.digest)
    assert (row.denial, row.denial_min_gen, row.denial_since) == ("revoked", 1, version + 1)
    assert office.events.manifest_version(event) == version + 1


def test_a_ticket_without_a_t1_gets_its_first_by_a_reissue(office: Office, event: EventId) -> None:
    office.set_codes(event, CodesRow("foreign", adapters=[AdapterRow("shop", "opaque")]), {})
    sold = office.put_ticket(event, "shop", ShopRow(0, "A-1", "SA0001", "Standard"))
    assert not isinstance(sold, RefusedRow)
    assert sold.text is None
    assert sold.tid is not None
    fresh = code_of(office.reissue_ticket(event, sold.tid).text)
    row = row_of(office, event, sold.tid)
    assert (row.kid, row.gen, row.digest) == (fresh.claims.kid, 1, fresh.digest)


def test_a_rotating_ticket_stays_one(office: Office, event: EventId) -> None:
    (made,) = office.issue_tickets(event, STANDARD, 1, rotating=True)
    assert code_of(office.reissue_ticket(event, TicketHandle(bytes.fromhex(made.tid))).text).claims.is_rotating


def test_a_canceled_ticket_gets_no_new_code(office: Office, event: EventId) -> None:
    tid, _ = issued(office, event)
    office.cancel_ticket(event, tid)
    with pytest.raises(ReissueRefused, match="canceled"):
        office.reissue_ticket(event, tid)
    with pytest.raises(TicketUnknown):
        office.reissue_ticket(event, TicketHandle(bytes(8)))


def test_the_last_edition_is_the_last(office: Office, event: EventId) -> None:
    tid, _ = issued(office, event)
    with office._database.writing() as connection:
        connection.execute(tickets.update().where(tickets.c.tid == tid).values(gen=254))
    assert code_of(office.reissue_ticket(event, tid).text).claims.gen == 255
    with pytest.raises(ReissueRefused, match="255"):
        office.reissue_ticket(event, tid)


def test_canceling_again_says_nothing_new_and_another_reason_does(office: Office, event: EventId) -> None:
    tid, _ = issued(office, event)
    first = office.cancel_ticket(event, tid)
    assert office.cancel_ticket(event, tid) == first
    assert office.cancel_ticket(event, tid, DenialReason.BLOCKED) == first + 1
    assert row_of(office, event, tid).denial == "blocked"


def test_a_restored_ticket_keeps_its_revoked_editions(office: Office, event: EventId) -> None:
    office.put_ticket(event, "shop", sold := ShopRow(0, "A-1", "", "Standard"))
    (row,) = office.export_tickets(event)
    tid = TicketHandle(bytes.fromhex(row.tid))
    office.reissue_ticket(event, tid)
    office.put_ticket(event, "shop", ShopRow(0, "A-1", "", "Standard", is_canceled=True))
    office.put_ticket(event, "shop", sold)
    after = row_of(office, event, tid)
    assert (after.gen, after.denial, after.denial_min_gen) == (1, "revoked", 1)


def test_an_export_says_what_each_ticket_is_worth(office: Office, event: EventId) -> None:
    tids = [issued(office, event)[0] for _ in range(4)]
    office.cancel_ticket(event, tids[1])
    office.cancel_ticket(event, tids[2], DenialReason.BLOCKED)
    office.reissue_ticket(event, tids[3])
    told = {row.tid: (row.status, row.gen) for row in office.export_tickets(event)}
    assert told == {
        tids[0].hex(): (Standing.VALID, 0),
        tids[1].hex(): (Standing.CANCELED, 0),
        tids[2].hex(): (Standing.BLOCKED, 0),
        tids[3].hex(): (Standing.VALID, 1),
    }


def test_an_export_goes_page_by_page_to_its_end(office: Office, event: EventId) -> None:
    office.issue_tickets(event, STANDARD, 2_001)
    rows = list(office.export_tickets(event))
    assert len({row.tid for row in rows}) == 2_001
    first = office.ticket_page(event, TicketHandle(b""), 2_001)
    assert first.after == rows[-1].tid
    assert office.ticket_page(event, TicketHandle(bytes.fromhex(rows[-1].tid)), 10).after is None
