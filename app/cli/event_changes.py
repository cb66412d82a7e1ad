"""Events changed, copied and counted anew at the command line."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from app.cli.ledger import CommandFailed, chosen_event, instant, office_of
from app.cli.organizer import class_row, gate_row
from app.speech import say, say_json
from core.sync.event_copy import dates_moved
from core.sync.messages import ClassRow, EventRow, GateRow


def update_event(args: argparse.Namespace) -> int:
    """Sets what is named; kiosks learn it with their next manifest."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        wanted = _changes(args, office.show_event(event).policy)
        if not wanted:
            raise CommandFailed("nothing to change: say what, such as --name or --ends")
        office.edits.update(event, wanted)
        summary = office.show_event(event)
    if args.json:
        say_json({**asdict(summary.policy), "manifest_version": summary.manifest_version})
    else:
        say(
            f"'{summary.policy.name}' is changed ({', '.join(wanted)}); "
            f"kiosks learn it with version {summary.manifest_version}"
        )
    return 0


def copy_event(args: argparse.Namespace) -> int:
    """A new event with the rules of another one, its dates moved by the clock on the wall."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        zone = office.show_event(event).policy.time_zone
        before, made = office.edits.copy(event, instant(args.starts, zone), args.name)
    moved = dates_moved(before, made)
    if args.json:
        say_json({"event": made.event, "name": made.name, "moved": [asdict(each) for each in moved]})
        return 0
    say(f"Event '{made.name}' is {made.event}.")
    for each in moved:
        say(f"  {each.what}: {each.before} → {each.after}")
    return 0


def recount_event(args: argparse.Namespace) -> int:
    """For an event whose counts are in doubt, or whose change was cut off: everything from its facts."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        settled = office.edits.settle(event)
        office.edits.recount(event)
        status = office.status_of(event)
    if args.json:
        say_json({"settled": settled, **asdict(status)})
    else:
        say(f"{settled} scanned tickets judged anew; {status.redemptions} entries, {status.inside} inside")
    return 0


def _changes(args: argparse.Namespace, row: EventRow) -> dict[str, Any]:
    """The fields that the options name, as the event's JSON has them."""
    found: dict[str, Any] = {}
    for option in args.set:
        name, is_there, told = option.partition("=")
        if not is_there:
            raise CommandFailed(f"'{option}' sets nothing: say it as FIELD=VALUE, such as online_budget_ms=250")
        found[name.strip()] = _value(told)
    if args.name is not None:
        found["name"] = args.name
    for field, text in (("starts_ms", args.starts), ("ends_ms", args.ends)):
        if text is not None:
            found[field] = instant(text, row.time_zone)
    if args.gate or args.no_gate:
        found["gates"] = [asdict(each) for each in _gates(row.gates, args.gate, args.no_gate)]
    if args.classes:
        found["classes"] = [asdict(each) for each in _classes(row.classes, args.classes)]
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # a word without its quotes


def _gates(gates: Sequence[GateRow], told: Sequence[str], gone: Sequence[str]) -> list[GateRow]:
    rows = {each.id: each for each in gates}
    for text in told:
        row = gate_row(text)
        rows[row.id] = row
    for id_ in gone:
        if rows.pop(id_, None) is None:
            raise CommandFailed(f"there is no gate '{id_}': the event has {', '.join(rows)}")
    return list(rows.values())


def _classes(classes: Sequence[ClassRow], told: Sequence[str]) -> list[ClassRow]:
    rows = list(classes)
    for text in told:
        new = class_row(max((each.id for each in rows), default=0) + 1, text)
        at = next((at for at, each in enumerate(rows) if each.name.casefold() == new.name.casefold()), None)
        if at is None:
            rows.append(new)
        else:
            rows[at] = replace(rows[at], entries=new.entries, gates=new.gates)
    return rows
