"""Facts that name no ticket: which ticket they are about after all.

Owns the reading of lists while facts arrive. A scan may carry a digest where its kiosk did not know the code; what was
said about such a scan is about the same ticket.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from app.ledger import statements as sql
from app.ledger.rows import Arriving, of_ticket
from core.model.codes import BY_NUMBER_FORM, T1_FORM
from core.model.ids import (
    ClassId,
    CodeDigest,
    EventId,
    FactId,
    TicketHandle,
    digest_of_number,
    number_of,
)

ListedTicket = tuple[TicketHandle, int, ClassId]
"""What a list says of a code: its ticket, the edition that it stands for, the ticket's class."""
Listed = Mapping[tuple[str, CodeDigest], ListedTicket]


class CodeLookup:
    """The codes of one event inside one open transaction."""

    def __init__(self, connection: Connection, event: EventId) -> None:
        self._connection = connection
        self._event = event

    def resolve(self, arrivals: Sequence[Arriving]) -> list[Arriving]:
        """The same facts, those that name no ticket as facts of theirs, where the event knows it.

        1. a scan that carries a list's digest is one of the ticket that the list has under it, or that has the number
        2. what was said about such a scan is about the same ticket
        """
        found = self._listed([(item.form, item.digest) for item in arrivals if item.names_a_code])
        scans = {item.id: found[item.form, item.digest] for item in arrivals if _is_listed(item, found)}  # (1)
        refers = {item.refers_to for item in arrivals if _is_open(item)} - {None} - scans.keys()
        tids = self._tickets_of_scans([scan for scan in refers if scan])  # (2)
        tids |= {id_: listed[0] for id_, listed in scans.items()}

        def counted(item: Arriving) -> Arriving:
            if item.fact is not None and item.id in scans:
                return replace(item, fact=of_ticket(item.fact, *scans[item.id]))
            if item.fact is not None and _is_open(item) and item.refers_to in tids:
                return replace(item, fact=of_ticket(item.fact, tids[item.refers_to], None, None))
            return item

        return [counted(item) for item in arrivals]

    def _listed(self, wanted: Collection[tuple[str, CodeDigest]]) -> Listed:
        """The tickets behind digests, by form and digest. A T1's digest is its ticket's own, or an older edition's."""
        found: dict[tuple[str, CodeDigest], ListedTicket] = {}
        if not wanted:
            return found
        asked = {"e": self._event, "digests": list({digest for _, digest in wanted})}
        for row in self._connection.execute(sql.LISTED_CODES, asked):
            found[row.form, CodeDigest(row.digest)] = (TicketHandle(row.tid), row.gen, ClassId(row.cls))
        if any(form == T1_FORM for form, _ in wanted):
            for own in self._connection.execute(sql.LISTED_TICKETS, asked):
                found[T1_FORM, CodeDigest(own.digest)] = (TicketHandle(own.tid), own.gen, ClassId(own.cls))
        typed = {number_of(digest) for form, digest in wanted if form == BY_NUMBER_FORM} - {None}
        if typed:
            asked = {"e": self._event, "tids": list(typed)}
            for numbered in self._connection.execute(sql.NUMBERED_TICKETS, asked):
                tid = TicketHandle(numbered.tid)
                found[BY_NUMBER_FORM, digest_of_number(tid)] = (tid, numbered.gen, ClassId(numbered.cls))
        return found

    def _tickets_of_scans(self, scans: Collection[FactId]) -> dict[FactId, TicketHandle]:
        if not scans:
            return {}
        rows = self._connection.execute(sql.SCANS_OF_CODES, {"e": self._event, "ids": list(scans)})
        return {FactId(row.id): TicketHandle(row.tid) for row in rows}


def _is_listed(item: Arriving, found: Listed) -> bool:
    return item.names_a_code and (item.form, item.digest) in found


def _is_open(item: Arriving) -> bool:
    """Whether it is a sound fact about a scan, of no ticket yet."""
    return item.doubt is None and item.tid is None and item.refers_to is not None
