"""Tickets handed out: as lines, or as pictures and a printable sheet."""

import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.cli.ledger import CommandFailed
from app.paper.qr import qr_png
from app.paper.sheet import PaperTicket, ticket_sheet
from app.speech import complain, say, say_json
from core.model.event import Event
from core.model.ids import ClassId
from core.sync.messages import IssuedTicket


def hand_out(
    tickets: Sequence[IssuedTicket], event: Event, cls: ClassId, folder: Path | None, *, as_json: bool
) -> None:
    """Says the tickets, or writes them into a folder: whoever has them can enter."""
    for ticket in tickets:
        if as_json:
            say_json({"tid": ticket.tid, "text": ticket.text})
        elif folder is None:
            say(ticket.text)
    if folder is not None:
        _write_papers(tickets, event, cls, folder)
        pictures = "1 picture" if len(tickets) == 1 else f"{len(tickets)} pictures"
        complain(f"{pictures} and one sheet are in {folder}; whoever has them can enter")


def _write_papers(tickets: Sequence[IssuedTicket], event: Event, cls: ClassId, folder: Path) -> None:
    """One PNG per ticket and one PDF sheet, readable by their owner alone."""
    name = event.classes[cls].name
    zone = ZoneInfo(event.time_zone)
    day = datetime.fromtimestamp(event.starts_ms / 1000, zone).strftime("%Y-%m-%d %H:%M")
    papers = [
        PaperTicket(event_name=event.name, class_name=name, valid=day, text=ticket.text, number=number)
        for number, ticket in enumerate(tickets, 1)
    ]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ticket in tickets:
            _write(folder / f"{ticket.tid}.png", qr_png(ticket.text, scale=8))
        _write(folder / f"tickets-{secrets.token_hex(3)}.pdf", ticket_sheet(papers))
    except OSError as err:
        raise CommandFailed(f"{folder} can't be written: {err.strerror}") from err


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
