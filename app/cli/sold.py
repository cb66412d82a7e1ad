"""Tickets that were sold, at the command line: found, their history, restored; orders."""

import argparse
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from app.cli.ledger import chosen_event, office_of, tid_of
from app.cli.payments import refund_fields, refund_why, say_refund
from app.ledger.intent_book import Wish
from app.speech import complain, say, say_json
from core.sync.ticket_messages import History, TicketSummary
from core.ticket.lists import DenialReason

_LIFTED = (DenialReason.CANCELED, DenialReason.BLOCKED, DenialReason.UNPAID)


def find_tickets(args: argparse.Namespace) -> int:
    """One line a ticket, the surest first; status 1 where none is found."""
    with office_of(args) as office:
        found = office.search.find(chosen_event(office, args.event), args.text)
    for each in found.matches:
        if args.json:
            say_json({**asdict(each.ticket), "by": each.by, "name": each.name})
        else:
            say(f"{_line(each.ticket)}  {each.name}  (by {each.by})")
    if found.is_cut:
        complain("there are more: say more of it")
    if not found.matches:
        complain("no ticket is found by that")
    return 0 if found.matches else 1


def show_history(args: argparse.Namespace) -> int:
    """Facts, entries, incidents and what people did, by their time."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        zone = ZoneInfo(office.show_event(event).policy.time_zone)
        told = office.search.history(event, tid_of(args.tid))
    if args.json:
        say_json(asdict(told) | {"name": told.name})
        return 0
    say(f"{_line(told.ticket)}  {told.name}")
    for at_ms, line in sorted(_lines(told), key=lambda each: each[0]):
        say(f"  {datetime.fromtimestamp(at_ms / 1000, zone).isoformat(' ', 'seconds')}  {line}")
    return 0


def restore_ticket(args: argparse.Namespace) -> int:
    """Takes a cancel or a block back, or says that it is paid; a ticket that has none of them stays as it is."""
    tid = tid_of(args.tid)
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        done = [office.orders.lift(event, tid, reason) for reason in _LIFTED]
    version = max(each.manifest_version for each in done)
    if args.json:
        say_json({"tid": tid.hex(), "restored": version > 0, "manifest_version": version})
    elif version:
        say(f"ticket {tid.hex()} is valid again; kiosks know it with version {version}")
    else:
        say(f"ticket {tid.hex()} was neither canceled, blocked nor unpaid")
    return 0


def show_order(args: argparse.Namespace) -> int:
    """The tickets of an order."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        tickets = office.tickets.some(event, office.orders.tickets_of(event, args.order, args.source))
    for ticket in tickets:
        if args.json:
            say_json(asdict(ticket))
        else:
            say(_line(ticket))
    return 0


def cancel_order(args: argparse.Namespace) -> int:
    """Cancels what is left of an order, in one transaction."""
    with office_of(args) as office:
        event, wish = chosen_event(office, args.event), Wish(args.refund_amount)
        done = office.orders.cancel_order(event, args.order, args.source, refund_why(args), wish)
    if args.json:
        changed = {"changed": [tid.hex() for tid in done.changed], "manifest_version": done.manifest_version}
        say_json(changed | {"refund": refund_fields(done.refund)})
        return 0
    if done.changed:
        say(f"{len(done.changed)} tickets are canceled; kiosks know it with version {done.manifest_version}")
    else:
        say("every ticket of that order was canceled or blocked already")
    say_refund(done.refund, args)
    return 0


def _line(ticket: TicketSummary) -> str:
    use = f"{ticket.entries} entries" if ticket.entries else "not used"
    shop = f"{ticket.source} {ticket.external_ref or '(no reference)'}"
    order = f", order {ticket.order}" if ticket.order else ""
    return f"{ticket.tid}  {ticket.class_name}  {ticket.status.value}, {use}  {shop}{order}"


def _lines(told: History) -> list[tuple[int, str]]:
    facts = [
        (
            each.at_ms or each.received_ms,
            f"{each.kind or 'record'} {each.outcome or ''} at {each.device_name or each.device}"
            + (f" ({each.arrival}: {each.reason})" if each.reason else ""),
        )
        for each in told.facts
    ]
    entries = [(each.at_ms, f"entry {each.entry_number} at gate {each.gate}") for each in told.entries]
    incidents = [(each.opened_ms, f"incident {each.kind}, {each.state}") for each in told.incidents]
    deeds = [(each.at_ms, f"{each.deed} by {each.by}") for each in told.deeds]
    return [*facts, *entries, *incidents, *deeds]
