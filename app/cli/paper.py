"""`paper list` and `paper admit`: the list to go on without machines, and what was written on it, typed in."""

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from app.cli.ledger import CommandFailed, chosen_event, event_from, instant, office_of, shell_user
from app.cli.whole_file import write_whole
from app.ledger.admin import Office
from app.ledger.paper_book import SHORT_CODE, PaperCodeWrong, PaperRow
from app.paper.guest_list import ListHead, ListLine, guest_list
from app.runtime.paper_line import Written, admit
from app.runtime.redeem_line import RedeemLine
from app.speech import complain, say, say_json, sentence_for
from core.model.event import Event
from core.model.ids import EventId, GateId

MOST_BYTES = 4 * 1024 * 1024
"""Of a file that was typed by people: some 100,000 lines."""
MOST_LINES = 50_000
_UNCERTAIN_MIN = 5
"""How far a time is off that somebody wrote down at a door."""
_SOON_MS = 5 * 60_000
_LONGEST_UNCERTAIN_MIN = 24 * 60


def print_list(args: argparse.Namespace) -> int:
    """Every ticket with a box to tick, as a PDF; what is used already is grey."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        at = event_from(office.show_event(event).policy)
        count, status = office.paper.count(event), office.status_of(event)
        zone = ZoneInfo(at.time_zone)
        now = datetime.fromtimestamp(office.now_ms() / 1000, zone)
        totals = f"{count} tickets, {status.admissions} let in"
        head = ListHead(at.name, now.strftime("%Y-%m-%d %H:%M %Z"), totals)
        lines = (_line(row, at, zone) for row in office.paper.rows(event))
        write_whole(args.out, [guest_list(head, lines, count)])
    if args.json:
        say_json({"file": str(args.out), "tickets": count})
    else:
        say(f"The list of {count} tickets is {args.out}. It holds names: keep it with you, and destroy it afterwards.")
    return 0


def _line(row: PaperRow, at: Event, zone: ZoneInfo) -> ListLine:
    cls = at.classes.get(row.cls)
    who = row.name or row.order or row.reference or "(no name)"
    if row.name and row.order:
        who = f"{row.name} · {row.order}"
    digits = row.tid.hex()[:SHORT_CODE]
    note = "canceled" if row.is_denied else ""
    if row.used_at is not None:
        note = f"in {datetime.fromtimestamp(row.used_at / 1000, zone):%d. %H:%M}"
    is_over = row.is_denied or row.used_at is not None
    code = f"{digits[:4]} {digits[4:]}".upper()
    return ListLine(who, cls.name if cls else str(row.cls), code, note, is_over, row.is_denied)


def admit_paper(args: argparse.Namespace) -> int:
    """Takes in what was written on paper; status 1 where a line was not understood: the others count."""
    with office_of(args) as office:
        event = chosen_event(office, args.event)
        at = event_from(office.show_event(event).policy)
        gate = GateId(args.gate)
        flaws: list[str] = []
        written = list(_written(office, event, at, args, flaws))
        line = RedeemLine(office.facts)
        report = admit(office.paper, line, event, gate, written, args.operator or shell_user(), office.now_ms())
    for flaw in flaws:
        complain(flaw)
    if args.json:
        say_json({**asdict(report), "refused": len(flaws)})
    else:
        say(f"{report.new} admissions are typed in, {report.known} were known, {len(flaws)} lines were not understood.")
        for kind, number in sorted(report.incidents.items()):
            say(f"  {number} {kind}: `doorlight incident list` shows them")
        if report.quarantined:
            say(f"  {report.quarantined} facts are in quarantine: `doorlight event show` says why")
    return 1 if flaws else 0


def _written(
    office: Office, event: EventId, at: Event, args: argparse.Namespace, flaws: list[str]
) -> Iterator[Written]:
    """Each line that names a ticket and a time; the others are told by their number."""
    for number, (code, told, minutes) in enumerate(_lines(args), 1):
        try:
            ticket = office.paper.find(event, code)
            at_ms = _time(told or args.at or "", at.time_zone, office.now_ms())
            yield Written(ticket, at_ms, _minutes(minutes or args.uncertainty) * 60_000)
        except (PaperCodeWrong, CommandFailed) as err:
            flaws.append(f"line {number}: {sentence_for(err)}")


def _lines(args: argparse.Namespace) -> Iterable[tuple[str, str, str]]:
    """Code, time and minutes of uncertainty: from a file, from the words, or typed line by line."""
    named: Sequence[str] = args.codes
    if len(named) == 1 and named[0].lower().endswith(".csv"):
        return _rows(_text_of(Path(named[0])))
    if named:
        return [(code, "", "") for code in named]
    if sys.stdin.isatty():
        complain("type CODE,TIME (such as 1A2B 3C4D,20:15), a line for each guest; an empty line ends it")
    return _rows("".join(iter(sys.stdin.readline, "\n" if sys.stdin.isatty() else "")))


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise CommandFailed(f"{path} is larger than {MOST_BYTES // 2**20} MiB: give it in parts")
        return body.decode("utf-8-sig")
    except OSError as err:
        raise CommandFailed(f"{path} can't be read: {err.strerror}") from err
    except UnicodeDecodeError as err:
        raise CommandFailed(f"{path} is not UTF-8 text: save it as CSV (UTF-8)") from err


def _rows(text: str) -> list[tuple[str, str, str]]:
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(row)]
    if rows and rows[0][0].lower() == "code":
        rows = rows[1:]
    if len(rows) > MOST_LINES:
        raise CommandFailed(f"more than {MOST_LINES} lines: give them in parts")
    padded = ([*row, "", ""] for row in rows)
    return [(row[0], row[1], row[2]) for row in padded]


def _time(told: str, zone: str, now_ms: int) -> int:
    """A local time of day, the last time that it was that late; or a whole instant. Nothing told is now."""
    if not told:
        return now_ms
    try:
        clock = datetime.strptime(told, "%H:%M")  # noqa: DTZ007 — a time of day alone
    except ValueError:
        at_ms = instant(told, zone)
    else:
        now = datetime.fromtimestamp((now_ms + _SOON_MS) / 1000, ZoneInfo(zone))
        local = now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
        at_ms = int((local if local <= now else local - timedelta(days=1)).timestamp() * 1000)
    if at_ms > now_ms + _SOON_MS:
        raise CommandFailed(f"'{told}' is still to come")
    return at_ms


def _minutes(told: object) -> int:
    text = str(told)
    if not (text.isascii() and text.isdigit() and int(text) <= _LONGEST_UNCERTAIN_MIN):
        raise CommandFailed(f"'{text}' is no number of minutes up to {_LONGEST_UNCERTAIN_MIN}")
    return int(text)
