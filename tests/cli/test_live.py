"""`ticket live` on a real ledger: which tickets it shows, what it writes, and who may read that."""

import json
import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from app.cli.ledger import CommandFailed
from app.cli.live import _SAID, live_ticket
from app.ledger.admin import Office, open_ledger
from app.ledger.live_tickets import LiveTickets, Obstacle
from app.ledger.schema import tickets
from core.model.ids import ClassId, EventId, TicketHandle
from core.ticket.issue import issue, with_proof
from core.ticket.keyring import Algorithm, KeyUse, derive
from core.ticket.proof import secret_of
from core.ticket.wire import ROTATING, Claims, Code, parse
from tests.contract.ledger_rig import NOW, policy
from tests.paper.live_pages import Page

MASTER = bytes(range(32))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A ledger with a known master key."""
    (tmp_path / "data").mkdir(mode=0o700)
    master = tmp_path / "data" / "master.key"
    master.write_bytes(MASTER)
    master.chmod(0o600)
    with open_ledger(None, tmp_path / "data", now_ms=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def event(office: Office) -> EventId:
    return EventId(UUID(office.create_event(policy()).event))


@pytest.fixture
def args(office: Office, event: EventId, tmp_path: Path) -> Namespace:
    return Namespace(
        ticket="",
        event=None,
        out=tmp_path / "ticket.html",
        wallet=None,
        database=None,
        data=tmp_path / "data",
        json=True,
    )


def rotating(office: Office, event: EventId, gen: int = 0) -> Claims:
    """A ticket of the ledger that rotates."""
    (made,) = office.issue_tickets(event, ClassId(1), 1)
    code = parse(made.text)
    assert isinstance(code, Code)
    mine = (tickets.c.event_id == event) & (tickets.c.tid == code.claims.tid)
    office._database.transact(lambda c: c.execute(update(tickets).where(mine).values(flags=ROTATING, gen=gen)))
    old = code.claims
    return Claims(ROTATING, old.kid, old.tid, gen, old.cls, old.nbf, old.exp)


def sealed(claims: Claims, event: EventId) -> str:
    return issue(claims, Algorithm.HMAC_SHA256_128, derive(MASTER, KeyUse.MAC, event, claims.kid))


def secret(claims: Claims, event: EventId) -> str:
    return secret_of(derive(MASTER, KeyUse.ROTATING, event, claims.kid), claims).hex()


def written(args: Namespace, ticket: str) -> Page:
    """The page that the command writes."""
    args.ticket = ticket
    assert live_ticket(args) == 0
    return Page(args.out.read_text("utf-8"))


# --- which tickets ------------------------------------------------------------------------------------------------


def test_a_ticket_is_shown_by_its_text_or_its_handle(office: Office, event: EventId, args: Namespace) -> None:
    claims = rotating(office, event)
    text = sealed(claims, event)
    live = with_proof(text, bytes(20), 1_795_003_600)
    handle = claims.tid.hex()
    spaced = " ".join(handle[at : at + 4] for at in range(0, 16, 4)).upper()
    for asked in (text, text + "\n", live, handle, spaced):
        page = written(args, asked)
        assert json.loads(page.data) == {"text": text, "secret": secret(claims, event)}
    assert "Summer Night" in page.texts
    assert "Standard" in page.texts
    assert "2026-11-18 12:06 – 2026-11-19 12:06" in page.texts, "the event's own clock"


def test_a_ticket_that_a_shop_sealed_needs_no_row(office: Office, event: EventId, args: Namespace) -> None:
    known = rotating(office, event)
    own = Claims(ROTATING, known.kid, TicketHandle(b"shop 001"), 3, ClassId(900), known.nbf, known.exp)
    page = written(args, sealed(own, event))
    assert json.loads(page.data) == {"text": sealed(own, event), "secret": secret(own, event)}


def test_the_secret_is_of_this_edition(office: Office, event: EventId, args: Namespace) -> None:
    claims = rotating(office, event, gen=2)
    page = written(args, claims.tid.hex())
    assert json.loads(page.data) == {"text": sealed(claims, event), "secret": secret(claims, event)}


def test_a_signed_ticket_is_shown_as_well(office: Office, args: Namespace) -> None:
    made = office.events.create(policy("Signed Night"), Algorithm.ED25519)
    event, args.event = EventId(UUID(made.event)), made.event
    claims = rotating(office, event)
    by_handle = json.loads(written(args, claims.tid.hex()).data)
    by_text = json.loads(written(args, by_handle["text"]).data)
    assert by_handle == by_text
    assert by_handle["secret"] == secret(claims, event)
    code = parse(by_handle["text"])
    assert isinstance(code, Code)
    assert (code.claims, len(code.auth)) == (claims, 64)


def obstacles(office: Office, event: EventId) -> dict[Obstacle, list[str]]:
    """Something to ask for, for each way in which there is nothing to show."""
    (static,) = office.issue_tickets(event, ClassId(1), 1)
    claims = rotating(office, event, gen=1)
    older = Claims(ROTATING, claims.kid, claims.tid, 0, claims.cls, claims.nbf, claims.exp)
    forged = issue(claims, Algorithm.HMAC_SHA256_128, bytes(32))
    unknown_kid = Claims(ROTATING, claims.kid ^ 1, claims.tid, 1, claims.cls, claims.nbf, claims.exp)
    return {
        Obstacle.NO_TICKET: ["0" * 16, claims.tid.hex()[:-2], "Summer", "", "T1:CAAA"],
        Obstacle.NOT_OURS: [forged, sealed(unknown_kid, event)],
        Obstacle.OLDER_EDITION: [sealed(older, event)],
        Obstacle.STATIC: [static.text, static.tid],
    }


def test_what_cannot_be_shown_is_said_and_nothing_is_written(office: Office, event: EventId, args: Namespace) -> None:
    asked = obstacles(office, event)
    assert asked.keys() == _SAID.keys() == set(Obstacle)
    for obstacle, texts in asked.items():
        for args.ticket in texts:
            with pytest.raises(CommandFailed) as failed:
                live_ticket(args)
            assert failed.value.details == {"cause": _SAID[obstacle]}
    assert not args.out.exists()


def test_one_of_several_events_must_be_named(office: Office, event: EventId, args: Namespace) -> None:
    claims = rotating(office, event)
    office.create_event(policy("Winter Ball"))
    with pytest.raises(CommandFailed, match="--event"):
        written(args, claims.tid.hex())
    args.event = "Summer Night"
    assert written(args, claims.tid.hex()).data
    args.event = "Winter Ball"
    with pytest.raises(CommandFailed, match="not sealed for this event"):
        written(args, sealed(claims, event))


# --- what is written ----------------------------------------------------------------------------------------------


def test_the_wallet_s_values_are_of_the_same_ticket(
    office: Office, event: EventId, args: Namespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = rotating(office, event)
    args.wallet = tmp_path / "pass.json"
    written(args, claims.tid.hex())
    barcode = json.loads(args.wallet.read_text("utf-8"))["rotatingBarcode"]
    assert barcode["valuePattern"].startswith(sealed(claims, event) + ".")
    assert barcode["totpDetails"]["parameters"][0]["key"].lower() == secret(claims, event)
    told = capsys.readouterr()
    assert json.loads(told.out) == {"tid": claims.tid.hex(), "page": str(args.out), "wallet": str(args.wallet)}
    assert secret(claims, event) not in (told.out + told.err).lower(), "a terminal keeps no secret"


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_files_are_their_owner_s_alone_even_in_the_place_of_open_ones(
    office: Office, event: EventId, args: Namespace, tmp_path: Path
) -> None:
    args.wallet = tmp_path / "pass.json"
    for path in (args.out, args.wallet):
        path.write_text("older", encoding="utf-8")
        path.chmod(0o666)
    written(args, rotating(office, event).tid.hex())
    assert [path.stat().st_mode & 0o777 for path in (args.out, args.wallet)] == [0o600, 0o600]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_place_that_cannot_be_written_is_said(office: Office, event: EventId, args: Namespace) -> None:
    args.out = args.out / "missing" / "ticket.html"
    with pytest.raises(CommandFailed, match="can't be written"):
        written(args, rotating(office, event).tid.hex())


def test_the_ledger_s_own_values_show_no_secret(office: Office, event: EventId) -> None:
    claims = rotating(office, event)
    found = LiveTickets(office._database, office.events).find(event, claims.tid.hex())
    assert secret(claims, event) not in repr(found)
    assert sealed(claims, event) not in repr(found)
