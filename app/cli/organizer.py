"""The organizer's commands: they work on the server's database itself, whether a server runs or not."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from app.cli.handout import hand_out
from app.cli.ledger import CommandFailed, event_from, instant, office_of
from app.cli.trust import ALGORITHMS
from app.ledger.event_book import EventSummary
from app.ledger.sales import class_named
from app.speech import complain, say, say_json
from core.sync.messages import ClassRow, EventRow, GateRow, IssuedTicket, StatusReply

ISSUED_AT_ONCE = 1_000
_ENTRIES = re.compile(r"[1-9][0-9]{0,3}")


def create_event(args: argparse.Namespace) -> int:
    """A new event with gates, classes and its first key."""
    gates = [gate_row(text) for text in args.gate] or [GateRow("main", "Main gate")]
    texts = args.classes or ["Ticket"]
    if not args.name.strip():
        raise CommandFailed("an event has a name: say it with --name")
    row = EventRow(
        event="",
        name=args.name,
        time_zone=args.zone,
        starts_ms=instant(args.starts, args.zone),
        ends_ms=instant(args.ends, args.zone),
        gates=gates,
        classes=[class_row(number, text) for number, text in enumerate(texts, 1)],
    )
    names = [row.name for row in row.classes]
    if len({name.casefold() for name in names}) < len(names):
        raise CommandFailed("two classes have the same name: staff and lists of tickets could not tell them apart")
    with office_of(args) as office:
        made = office.create_event(row, ALGORITHMS[args.algorithm])
    if args.json:
        say_json(asdict(made))
    else:
        say(f"Event '{made.name}' is {made.event}.")
        say(f"Next: doorlight ticket issue --event {made.event} --class 1 --count 10 --out tickets")
    return 0


def list_events(args: argparse.Namespace) -> int:
    """All events, one line each."""
    with office_of(args) as office:
        summaries = office.list_events()
    for summary in summaries:
        if args.json:
            say_json(_fields(summary))
        else:
            say(f"{summary.policy.event}  {_local(summary.policy)}  {summary.policy.name}  ({summary.tickets} tickets)")
    if not summaries and not args.json:
        say("There is no event yet: `doorlight event create` makes one.")
    return 0


def show_event(args: argparse.Namespace) -> int:
    """One event with its figures."""
    with office_of(args) as office:
        event = office.event_named(args.event)
        summary, status = office.show_event(event), office.status_of(event)
    if args.json:
        say_json({**_fields(summary), "status": asdict(status)})
        return 0
    policy = summary.policy
    say(f"{policy.name} ({policy.event}), from {_local(policy)}, {policy.time_zone}")
    say("gates: " + ", ".join(f"{gate.id} ({gate.name})" for gate in policy.gates))
    say("classes: " + ", ".join(f"{each.id} ({each.name}, entries: {each.entries})" for each in policy.classes))
    _say_status(status)
    return 0


def issue_tickets(args: argparse.Namespace) -> int:
    """Seals tickets; with --out a PNG of each and a PDF sheet of all."""
    with office_of(args) as office:
        id_ = office.event_named(args.event)
        event = event_from(office.show_event(id_).policy)
        cls = class_named(event, args.ticket_class)
        if cls is None:
            known = ", ".join(f"{each.id} ({each.name})" for each in event.classes.values())
            raise CommandFailed(f"there is no class '{args.ticket_class}': the event has {known}")
        tickets: list[IssuedTicket] = []
        for first in range(0, args.count, ISSUED_AT_ONCE):
            count = min(ISSUED_AT_ONCE, args.count - first)
            flags = {"rotating": args.rotating, "listed": args.listed}
            tickets += office.issue_tickets(id_, cls, count, email=args.email, **flags)
    if args.rotating:
        complain("a rotating code is nothing on paper: `doorlight ticket live TID --out FILE.html` makes its page")
    hand_out(tickets, event, cls, args.out, as_json=args.json)
    return 0


def _fields(summary: EventSummary) -> Mapping[str, object]:
    return {**asdict(summary.policy), "manifest_version": summary.manifest_version, "tickets": summary.tickets}


def _say_status(status: StatusReply) -> None:
    say(
        f"{status.tickets} tickets, {status.redemptions} entries redeemed, {status.admissions} let in, "
        f"{status.inside} inside"
    )
    for title, counts in (("class", status.by_class), ("gate", status.by_gate)):
        for count in counts:
            say(f"  {title} {count.name}: {count.admitted}")
    say(f"{status.incidents} incidents, {status.double_admissions} of them double admissions")
    say(f"{status.quarantined} facts in quarantine")


def _local(policy: EventRow) -> str:
    return datetime.fromtimestamp(policy.starts_ms / 1000, ZoneInfo(policy.time_zone)).isoformat(" ", "minutes")


def gate_row(text: str) -> GateRow:
    """A gate of `ID=NAME`. Raises CommandFailed."""
    id_, _, name = text.partition("=")
    if not id_:
        raise CommandFailed(f"'{text}' is no gate: say it as ID=NAME, such as north=\"North gate\"")
    return GateRow(id_, name or id_)


def class_row(number: int, text: str) -> ClassRow:
    """A class of `NAME[:ENTRIES[:GATE+GATE]]`. Raises CommandFailed."""
    name, entries, gates = [*text.split(":"), "", ""][:3]
    if not name or (entries and not _ENTRIES.fullmatch(entries)):
        raise CommandFailed(f"'{text}' is no class: say it as NAME, NAME:ENTRIES or NAME:ENTRIES:GATE+GATE")
    return ClassRow(number, name, gates=gates.split("+") if gates else None, entries=int(entries or 1))
