"""The command that forgets a person: `person erase`."""

import argparse
from dataclasses import asdict

from app.cli.ledger import CommandFailed, chosen_event, office_of
from app.speech import say, say_json
from core.model.ids import TicketHandle


def erase_person(args: argparse.Namespace) -> int:
    """Forgets the names and answers of a ticket's guest, or of an order; the tickets stay as they are."""
    if (args.order is None) == (not args.ticket):
        raise CommandFailed("say whom: --ticket TID (several times, if need be) or --order REF")
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        done = office.retention.erase_person(event, [_handle(text) for text in args.ticket], args.order)
    if args.json:
        say_json(asdict(done))
        return 0
    say(f"{done.names} names and the answers of {done.answers} scans are erased, of {done.tickets} tickets.")
    say("Kiosks forget with the next list; their journals keep answers until their folders are deleted.")
    say("Backups from before know this person still: after a restore, erase again.")
    return 0


def _handle(text: str) -> TicketHandle:
    try:
        return TicketHandle(bytes.fromhex(text))
    except ValueError as err:
        raise CommandFailed(f"'{text[:64]}' is no ticket's id: `doorlight ticket export` lists them") from err
