"""Incidents at the command line: listed, shown, noted, resolved."""

import argparse
from dataclasses import asdict
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.cli.ledger import CommandFailed, chosen_event, instant, office_of
from app.ledger.admin import Office
from app.ledger.incident_book import Wanted
from app.speech import complain, say, say_json
from core.journal.scan import Finding
from core.model.ids import EventId, GateId
from core.redeem.fold import IncidentKind, Severity
from core.sync.incident_replies import Incident, Side

_LEAST_OF_A_SCAN = 4


def list_incidents(args: argparse.Namespace) -> int:
    """One line each, the newest first."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        zone = office.show_event(event).policy.time_zone
        wanted = Wanted(
            args.state,
            IncidentKind(args.kind) if args.kind else None,
            Severity(args.severity) if args.severity else None,
            GateId(args.gate) if args.gate else None,
            instant(args.since, zone) if args.since else None,
        )
        page = office.incidents.list(event, wanted)
    for each in page.incidents:
        _say(each, zone, as_json=args.json)
    if page.after is not None:
        complain("there are older ones: say --since, --kind or --gate to see fewer")
    if not page.incidents and not args.json:
        say("There is no such incident.")
    return 0


def show_incident(args: argparse.Namespace) -> int:
    """Both sides, and what was noted."""
    with office_of(args) as office:
        event, found = _chosen(office, args)
        zone = office.show_event(event).policy.time_zone
    _say(found, zone, as_json=args.json, whole=True)
    return 0


def note_incident(args: argparse.Namespace) -> int:
    """Writes something down in the name of this account of the computer."""
    with office_of(args) as office:
        event, found = _chosen(office, args)
        zone = office.show_event(event).policy.time_zone
        noted = office.incidents.add_note(event, UUID(hex=found.scan), IncidentKind(found.kind), args.text)
    _say(noted, zone, as_json=args.json, whole=True)
    return 0


def resolve_incident(args: argparse.Namespace) -> int:
    """Says what it was; no guest is put out by it, and no count changes."""
    with office_of(args) as office:
        event, found = _chosen(office, args)
        zone = office.show_event(event).policy.time_zone
        place = UUID(hex=found.scan), IncidentKind(found.kind)
        done = office.incidents.resolve(event, *place, Finding(args.finding), args.note)
    _say(done, zone, as_json=args.json, whole=True)
    return 0


def _chosen(office: Office, args: argparse.Namespace) -> tuple[EventId, Incident]:
    """The one incident that a scan's beginning means."""
    event = chosen_event(office, args.event)
    wanted = Wanted(kind=IncidentKind(args.kind) if args.kind else None)
    told, after, found = args.scan.replace("-", "").lower(), "", []
    if len(told) < _LEAST_OF_A_SCAN:
        raise CommandFailed("say at least four digits of the scan (`doorlight incident list`)")
    while True:
        page = office.incidents.list(event, wanted, after)
        found += [each for each in page.incidents if each.scan.startswith(told)]
        if page.after is None or len(found) > 1:
            break
        after = page.after
    if len(found) != 1:
        many = "several incidents begin so: say more of it, or --kind" if found else "no incident begins so"
        raise CommandFailed(f"'{args.scan}': {many} (`doorlight incident list`)")
    return event, found[0]


def _say(one: Incident, zone: str, *, as_json: bool, whole: bool = False) -> None:
    if as_json:
        say_json(asdict(one))
        return
    opened = _local(one.opened_ms, zone)
    where = f" at {one.loser.gate_name}" if one.loser else f" of '{one.device_name}'" if one.device_name else ""
    found = f": {one.finding} ({one.found_by})" if one.finding else ""
    say(f"{one.scan[:12]}  {opened}  {one.kind} ({one.severity}){where}  {one.state}{found}")
    if not whole:
        return
    if one.tid:
        say(
            f"  ticket {one.tid}"
            + (f", order {one.order}" if one.order else "")
            + (f", {one.name}" if one.name else "")
        )
    for word, side in (("first", one.winner), ("then", one.loser)):
        if side is not None:
            say(f"  {word}: {_side(side, zone)}")
    if one.winner is not None and not one.is_order_provable:
        say("  their clocks do not prove which came first")
    for note in [*one.notes]:
        say(f"  {_local(note.at_ms, zone)} {note.author}: {note.note}")
    if one.found_note:
        say(f"  found: {one.found_note}")


def _side(side: Side, zone: str) -> str:
    by = f", operator {side.operator}" if side.operator else ""
    sure = f"± {side.uncertainty_ms / 1000:.1f} s, {side.clock_quality}"
    return (
        f"{side.gate_name}, '{side.device_name}'{by}, {_local(side.at_ms, zone)} ({sure}), showed {side.shown or '?'}"
    )


def _local(at_ms: int, zone: str) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).isoformat(" ", "seconds")
