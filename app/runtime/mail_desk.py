"""From a message of the outbox to the mail that it is, as late as it is sent.

Owns which words a kind of message has, and that a code leaves the ledger for the one address that its ticket has now.
A ticket that does not rotate comes as a picture in the mail and on a sheet to print; one that rotates as the page that
shows it, for a picture of its code would be refused at the door.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from app.ledger.admin import Office
from app.ledger.endpoint_book import TEST_KIND
from app.ledger.live_tickets import LiveCode
from app.ledger.ticket_mail import KIND, tickets_in
from app.paper.live_page import LiveTicket, live_page
from app.paper.mail import TEST, TICKETS, Block, MailText, Picture, instant_text, lines_of, mail_text, notice_text
from app.paper.qr import qr_png
from app.paper.sheet import PaperTicket, handle_of, ticket_sheet
from core.delivery.mail import Attached, Inline, Mail, MailAccount, Unsent, account_of
from core.delivery.notice import NoticeKind
from core.delivery.parcel import Parcel
from core.model.event import Event
from core.model.ids import ClassId, EventId
from core.model.settings import Language
from core.sync.ticket_messages import TicketCode
from core.ticket.wire import Code, parse

_SCALE, _SIDE = 12, 246
"""Pixels of a module of the picture, and how wide it is shown: a telephone's screen has two pixels or more for each."""
_SHEET, _REPORT = "tickets.pdf", "report.pdf"
_NOTICE = "notice."


ReportOf = Callable[[Office, EventId, Language], bytes]
"""The report of an event as it stands now (PDF), in a language."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One ticket of a mail: what stands beside its code, and its file where it rotates."""

    code: TicketCode = field(repr=False)
    values: dict[str, str] = field(repr=False)
    live: LiveCode | None = field(default=None, repr=False)

    @property
    def file(self) -> str:
        """What the page of a rotating ticket is called."""
        return f"ticket-{self.values['number']}.html"


class MailDesk:
    """The mails of one ledger. Safe between threads. `report` makes the file that comes with a day's figures."""

    def __init__(self, office: Office, report: ReportOf | None = None) -> None:
        self._office = office
        self._report = report

    def compose(self, parcel: Parcel) -> Mail | Unsent:
        """The mail of a message, or why it is none any more. Raises AppError where that can't be said now.

        Raises ValueError for a message that this program knows no words for.
        """
        account, event = account_of(parcel.settings), parcel.event
        if account is None or event is None or parcel.recipient is None:
            raise ValueError("a mail needs an account, an event and a recipient")
        language, ending = Language(account.language), account.sender_name
        if parcel.kind == KIND:
            return self._tickets(parcel, event, account)
        if parcel.kind == TEST_KIND:
            return _plain(mail_text(TEST, language, _of_event(self._event(event), language), (), ending))
        if not parcel.kind.startswith(_NOTICE):
            raise ValueError(f"no words for {parcel.kind}")
        if self._office.suppressions.is_suppressed(event, parcel.recipient):
            return Unsent.SUPPRESSED
        told = notice_text(parcel.kind, language, json.loads(parcel.body), ending)
        if parcel.kind != NoticeKind.DAILY_REPORT or self._report is None:
            return _plain(told)
        sheet = Attached(_REPORT, "application/pdf", self._report(self._office, event, language))
        return Mail(told.subject, told.text, told.html, files=(sheet,))

    def _tickets(self, parcel: Parcel, event: EventId, account: MailAccount) -> Mail | Unsent:
        """What an address gets of a message's tickets.

        1. those that count and are its own, in the order in which they were told
        2. each with its code, sealed again, and its page where it rotates
        3. the words, the pictures and the files
        """
        found = self._office.ticket_mail.to_send(event, tickets_in(parcel.body), parcel.recipient or "")  # (1)
        if isinstance(found, Unsent):
            return found
        at, language = self._event(event), Language(account.language)
        codes = {code.tid: code for code in self._office.tickets.codes(event, tids=found).codes}
        shown = [
            self._shown(at, codes[tid.hex()], number, language)
            for number, tid in enumerate(found, 1)
            if tid.hex() in codes
        ]  # (2)
        if not shown:
            return Unsent.POINTLESS
        values = _of_event(at, language) | {"count": str(len(shown))}
        text = mail_text(TICKETS, language, values, _blocks(shown, account, language), account.sender_name)  # (3)
        still = [each for each in shown if each.live is None]
        pictures = tuple(Inline(_cid(each, account), qr_png(each.code.text, scale=_SCALE)) for each in still)
        return Mail(text.subject, text.text, text.html, pictures, tuple(_files(shown, still)))

    def _shown(self, at: Event, code: TicketCode, number: int, language: Language) -> _Shown:
        ticket_class = at.classes.get(ClassId(code.cls))
        values = {
            "event_name": at.name,
            "class_name": ticket_class.name if ticket_class else str(code.cls),
            "valid": instant_text(code.nbf * 1000, at.time_zone, language),
            "handle": handle_of(code.text),
            "number": str(number),
        }
        sealed = parse(code.text)
        if not isinstance(sealed, Code) or not sealed.claims.is_rotating:
            return _Shown(code, values)
        live = self._office.live.find(at.id, code.text)
        return _Shown(code, values, live if isinstance(live, LiveCode) else None)

    def _event(self, event: EventId) -> Event:
        return self._office.event_of(event)


def _of_event(at: Event, language: Language) -> dict[str, str]:
    return {"event_name": at.name, "event_when": instant_text(at.starts_ms, at.time_zone, language)}


def _plain(text: MailText) -> Mail:
    return Mail(text.subject, text.text, text.html)


def _cid(shown: _Shown, account: MailAccount) -> str:
    return f"{shown.code.tid}@{account.sender.rpartition('@')[2]}"


def _blocks(shown: list[_Shown], account: MailAccount, language: Language) -> list[Block]:
    """The codes, one below the other; then what is attached."""
    blocks: list[Block] = []
    if any(each.live is None for each in shown):
        blocks += lines_of(TICKETS, "still", language, {})
    if any(each.live for each in shown):
        blocks += lines_of(TICKETS, "live", language, {})
    for each in shown:
        if each.live is None:
            lines = lines_of(TICKETS, "ticket", language, each.values)
            blocks.append(Picture(_cid(each, account), _SIDE, lines))
        else:
            lines = lines_of(TICKETS, "live_ticket", language, each.values | {"file": each.file})
            blocks.append(" · ".join(lines))
    if any(each.live is None for each in shown):
        blocks += lines_of(TICKETS, "paper", language, {"file": _SHEET})
    return blocks


def _files(shown: list[_Shown], still: list[_Shown]) -> list[Attached]:
    """A sheet of the tickets that can be printed, and a page for each that rotates."""
    files = []
    if still:
        papers = [
            PaperTicket(
                each.values["event_name"],
                each.values["class_name"],
                each.values["valid"],
                each.code.text,
                int(each.values["number"]),
            )
            for each in still
        ]
        files.append(Attached(_SHEET, "application/pdf", ticket_sheet(papers)))
    for each in shown:
        if each.live is not None:
            told = (each.values["event_name"], each.values["class_name"], each.values["valid"])
            page = live_page(LiveTicket(*told, each.live.text, each.live.secret))
            files.append(Attached(each.file, "text/html", page.encode()))
    return files
