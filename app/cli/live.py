"""`doorlight ticket live`: the page and the wallet's field values of one rotating ticket."""

import argparse
import json
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.ledger.live_tickets import LiveCode, Obstacle
from app.paper.live_page import LiveTicket, live_page
from app.paper.wallet import rotating_barcode
from app.speech import complain, say_json

_SAID: dict[Obstacle, str] = {
    Obstacle.NO_TICKET: "the event has no such ticket: say its T1 text, or the 16 digits of its handle",
    Obstacle.NOT_OURS: "this code was not sealed for this event: `doorlight ticket verify` says more",
    Obstacle.OLDER_EDITION: "this ticket was issued again: say the handle or the text of its newest edition",
    Obstacle.STATIC: "this ticket does not rotate: issue it with --rotating",
}


def live_ticket(args: argparse.Namespace) -> int:
    """Writes the live page of a ticket, and the wallet's values where they are asked for; both hold its secret."""
    with office_of(args) as office:
        found = office.live.find(chosen_event(office, args.event), args.ticket)
    if isinstance(found, Obstacle):
        raise CommandFailed(_SAID[found])
    _write(args.out, live_page(_ticket(found)))
    if args.wallet is not None:
        _write(
            args.wallet, json.dumps({"rotatingBarcode": rotating_barcode(found.text, found.secret)}, indent=2) + "\n"
        )
    if args.json:
        wallet = None if args.wallet is None else str(args.wallet)
        say_json({"tid": found.claims.tid.hex(), "page": str(args.out), "wallet": wallet})
    complain(f"whoever has {args.out} has the ticket: send it to its guest alone")
    return 0


def _ticket(found: LiveCode) -> LiveTicket:
    """What the page says: the class by its name, the ticket's own window by the event's clock."""
    ticket_class = found.event.classes.get(found.claims.cls)
    zone = ZoneInfo(found.event.time_zone)
    from_, until = (
        datetime.fromtimestamp(at_s, zone).strftime("%Y-%m-%d %H:%M") for at_s in (found.claims.nbf, found.claims.exp)
    )
    return LiveTicket(
        event_name=found.event.name,
        class_name="" if ticket_class is None else ticket_class.name,
        valid=f"{from_} – {until}",
        text=found.text,
        secret=found.secret,
    )


def _write(path: Path, text: str) -> None:
    """A new file that its owner alone may read from its first moment, in the place of any that was there."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as err:
        with suppress(OSError):
            fresh.unlink()
        raise CommandFailed(f"{path} can't be written: {err.strerror}") from err
