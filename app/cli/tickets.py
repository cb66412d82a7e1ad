"""Tickets and their shops at the command line: imported, exported, issued anew, canceled."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from app.cli.handout import hand_out
from app.cli.ledger import CommandFailed, chosen_event, event_from, office_of, tid_of
from app.cli.payments import refund_fields, refund_why, say_refund
from app.ledger.admin import Office
from app.ledger.code_book import Unread
from app.ledger.import_book import Progress
from app.ledger.import_tally import ImportReport, Noted, Preview
from app.ledger.intent_book import Wish
from app.ledger.shop_files import MAX_BYTES, ShopFile, read_file
from app.speech import complain, say, say_json
from app.spreadsheet import line_of
from core.model.event import Event
from core.model.ids import TID_BYTES, ClassId, EventId, TicketHandle
from core.sync.messages import IssuedTicket
from core.sync.shop_columns import Columns, Preset, Unfit, column_of
from core.sync.ticket_messages import TicketSummary
from core.ticket.lists import DenialReason

MOST_NAMED = 20
"""Tickets that a preview names one by one."""
_IS_MAILED = {None: None, "yes": True, "no": False}
EXPORTED = ("source", "external_ref", "order", "tid", "class", "gen", "status", "entries", "first_use")


def import_tickets(args: argparse.Namespace) -> int:
    """Tickets from a shop's file: shows what would change, takes it over; status 1 where rows were refused."""
    columns = _columns(args)
    body = _body(args.file)
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        at = event_from(office.show_event(event).policy)
        file = read_file(body, columns, zone=at.time_zone)
        if isinstance(file, Unfit):
            raise CommandFailed(f"{args.file}: {file.cause}: {file.cure}")
        if args.sample is not None:
            return _say_sample(office, event, at, args, file)
        if args.preview:
            preview = office.preview_import(event, args.source, file, cancel_missing=args.cancel)
            _say_refused(args.file, preview)
            _say_preview(preview, as_json=args.json)
            return 1 if preview.refused else 0
        allow_cancel = args.cancel or not any(row.is_canceled for row in file.rows)
        if not allow_cancel:
            allow_cancel = _is_agreed(office.preview_import(event, args.source, file), args)
        report = office.import_file(
            event, args.source, file, allow_cancel=allow_cancel, cancel_missing=args.cancel, progress=_progress()
        )
    _say_refused(args.file, report.done)
    _say_report(report, as_json=args.json)
    return 1 if report.done.refused else 0


def export_tickets(args: argparse.Namespace) -> int:
    """All tickets with their shops' references, status and use, as CSV or JSON lines."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        zone = ZoneInfo(office.show_event(event).policy.time_zone)
        found = office.export_tickets(event)
        if args.out is None:
            _export(found, sys.stdout, zone, as_json=args.json)
            return 0
        try:
            with args.out.open("w", encoding="utf-8", newline="") as out:
                _export(found, out, zone, as_json=args.json)
        except OSError as err:
            raise CommandFailed(f"{args.out} can't be written: {err.strerror}") from err
    complain(f"the tickets are in {args.out}")
    return 0


def remaining_codes(args: argparse.Namespace) -> int:
    """What is left of a migration: old codes that nobody has used or replaced."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        zone = ZoneInfo(office.show_event(event).policy.time_zone)
        left = office.remaining_codes(event)
    if args.json:
        say_json({**asdict(left), "unused": left.unused})
        return 0
    until = "no date" if left.until_ms is None else _local(left.until_ms, zone)
    say(f"{left.tickets} tickets have an old code; old codes end: {until}")
    say(f"  {left.unused} unused: these guests would come with an old code")
    say(f"  {left.used} used, {left.reissued} reissued, {left.canceled} canceled")
    return 0


def reissue_ticket(args: argparse.Namespace) -> int:
    """A new code for a ticket; every older one ends."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        at = event_from(office.show_event(event).policy)
        issued = office.reissue_ticket(event, tid_of(args.tid), is_mailed=_IS_MAILED[args.mail])
        cls = next(ClassId(row.cls) for row in office.ticket_page(event, _before(tid_of(args.tid)), 1).tickets)
    if args.json and args.out is None:
        say_json(asdict(issued))
        return 0
    hand_out([IssuedTicket(issued.tid, issued.text)], at, cls, args.out, as_json=args.json)
    if issued.mailed_to is not None:
        complain(f"the new code is mailed to {issued.mailed_to}")
    return 0


def cancel_ticket(args: argparse.Namespace) -> int:
    """Puts a ticket on the deny list."""
    reason, wish = DenialReason(args.reason), Wish(args.refund_amount)
    if refund_why(args) is not None and reason is not DenialReason.CANCELED:
        raise CommandFailed("money goes back for a ticket that is canceled: leave --reason out")
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        done = office.orders.deny(event, tid_of(args.tid), reason, refund_why(args), wish)
        version = done.manifest_version or office.events.manifest_version(event)
    if args.json:
        told = {"tid": args.tid.lower(), "reason": args.reason, "manifest_version": version}
        say_json(told | {"refund": refund_fields(done.refund)})
        return 0
    say(f"ticket {args.tid.lower()} is {args.reason}; kiosks know it with version {version}")
    say_refund(done.refund, args)
    return 0


# --- reading ------------------------------------------------------------------------------------------------------


def _columns(args: argparse.Namespace) -> Columns:
    columns = Columns(Preset(args.preset or Preset.DOORLIGHT))
    for text in args.column or []:
        found = column_of(text, columns)
        if isinstance(found, Unfit):
            raise CommandFailed(f"{found.cause}: {found.cure}")
        columns = found
    return columns


def _body(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as err:
        raise CommandFailed(f"{path} can't be read: {err.strerror}") from err


def _before(tid: TicketHandle) -> TicketHandle:
    """The handle right in front of one; empty in front of the first."""
    number = int.from_bytes(tid)
    return TicketHandle((number - 1).to_bytes(TID_BYTES) if number else b"")


def _is_agreed(preview: Preview, args: argparse.Namespace) -> bool:
    """Whether a person at a terminal says yes to cancels; nobody is canceled unasked."""
    if not preview.canceled:
        return True
    _say_preview(preview, as_json=False, tell=complain)
    if args.json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        complain(f"{len(preview.canceled)} tickets are not canceled: say --cancel to agree")
        return False
    sys.stderr.write(f"Cancel {len(preview.canceled)} tickets? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


# --- saying -------------------------------------------------------------------------------------------------------


def _say_sample(office: Office, event: EventId, at: Event, args: argparse.Namespace, file: ShopFile) -> int:
    found = office.find_sample(event, args.sample, file)
    if isinstance(found, Unread):
        raise CommandFailed(f"this ticket is in no row: {found.cause}: {found.cure}")
    name = at.classes[found.cls].name if found.cls in at.classes else str(found.cls)
    if args.json:
        say_json({**asdict(found), "class": name})
    else:
        state = ", canceled" if found.is_canceled else ""
        say(f"{args.file}:{found.line}: reference {found.external_ref or '(none)'}, class {name}{state}")
    return 0


def _say_refused(path: Path, preview: Preview) -> None:
    for note in preview.notes:
        complain(f"{path}: {note}")
    for row in preview.refused:
        complain(f"{path}:{row.line}: {row.cause}: {row.cure}")


def _counts(preview: Preview) -> dict[str, int]:
    return {
        "new": preview.new,
        "guests": preview.guests,
        "changed": len(preview.changed),
        "canceled": len(preview.canceled),
        "restored": len(preview.restored),
        "unchanged": preview.unchanged,
        "refused": len(preview.refused),
    }


def _say_preview(preview: Preview, *, as_json: bool, tell: Callable[[str], None] = say) -> None:
    if as_json:
        say_json(_counts(preview))
        return
    tell(_line(_counts(preview)))
    groups: Iterable[tuple[str, Sequence[Noted]]] = (
        ("changed", preview.changed),
        ("canceled", preview.canceled),
        ("restored", preview.restored),
    )
    for word, noted in groups:
        for one in noted[:MOST_NAMED]:
            tell(f"  {word}: {_named(one)}")
        if len(noted) > MOST_NAMED:
            tell(f"  {word}: {len(noted) - MOST_NAMED} more")


def _named(one: Noted) -> str:
    place = "missing in the file" if one.line is None else f"line {one.line}"
    parts = f", {' and '.join(one.parts)}" if one.parts else ""
    return f"{one.external_ref or '(no reference)'} ({place}{parts}{', used' if one.is_used else ''})"


def _say_report(report: ImportReport, *, as_json: bool) -> None:
    for issued in report.issued:
        fields = {"line": issued.line, "external_ref": issued.external_ref, "tid": issued.ticket.tid}
        if as_json:
            say_json({**fields, "text": issued.ticket.text})
        else:
            say(f"{issued.external_ref}\t{issued.ticket.text}")
    counts = _counts(report.done) | {
        "issued": len(report.issued),
        "adopted": report.adopted,
        "spared": len(report.spared),
    }
    if as_json:
        say_json(counts)
    else:
        complain(_line(counts))


def _line(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _progress() -> Progress | None:
    """A line that counts, on a terminal alone."""
    if not sys.stderr.isatty():
        return None

    def tell(done: int, of: int) -> None:
        sys.stderr.write(f"\r{done} of {of}" + ("\n" if done == of else ""))
        sys.stderr.flush()

    return tell


def _export(found: Iterable[TicketSummary], out: TextIO, zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        out.writelines(json.dumps(asdict(ticket), ensure_ascii=False, sort_keys=True) + "\n" for ticket in found)
        return
    out.write(line_of(EXPORTED))
    out.writelines(line_of(_row_of(ticket, zone)) for ticket in found)


def _row_of(ticket: TicketSummary, zone: ZoneInfo) -> list[object]:
    first = "" if ticket.first_ms is None else _local(ticket.first_ms, zone)
    shop = [ticket.source, ticket.external_ref, ticket.order]
    return [*shop, ticket.tid, ticket.class_name, ticket.gen, ticket.status.value, ticket.entries, first]


def _local(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(" ", "seconds")
