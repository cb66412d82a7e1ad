"""Addresses that get no more mail of an event: put down by a person, or with the refusal that says there is no mailbox.

Owns the table `suppressions`. An address goes by a keyed hash of itself, so that the list tells nobody whom it is
about; what a person sees is the address masked. Whether an answer ends an address is `core.delivery.suppression`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from app.errors import AppError
from app.ledger.audit import note
from app.ledger.deliveries import Also, Claimed
from app.ledger.engine import Database
from app.ledger.event_book import EventBook
from app.ledger.root_keys import wrapping_key
from app.ledger.schema import suppressions
from core.delivery.mail import checked_address
from core.delivery.meaning import Meaning
from core.delivery.parcel import Handed
from core.delivery.recipient import masked
from core.delivery.suppression import Suppressed, folded, is_address_over
from core.journal.audit import Deed
from core.model.ids import EventId
from core.ticket.seal import hmac

MOST_SHOWN = 1_000
_ABOUT = b"doorlight/suppressed-address"


class AddressWrong(AppError):
    """What was said is no mail address."""

    def __init__(self) -> None:
        super().__init__("address_wrong")


class AddressUnknown(AppError):
    """The event sends mail to that address, as to any other."""

    def __init__(self) -> None:
        super().__init__("address_unknown")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One address of the list, masked; `sign` names it, the beginning of its hash."""

    sign: str
    shown: str
    reason: Suppressed
    made_at: int


class Suppressions:
    """The addresses of all events in one database. Safe between threads."""

    def __init__(self, database: Database, master: bytes, book: EventBook, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._key = wrapping_key(master)
        self._book = book
        self._now_ms = now_ms

    def add(self, event: EventId, address: str, reason: Suppressed) -> Suppression:
        """No more mail to an address; again changes the reason. Raises EventUnknown, AddressWrong."""
        address = _checked(address)

        def work(connection: Connection) -> Suppression:
            self._book.event(connection, event)
            return self.put(connection, event, address, reason)

        return self._database.transact(work)

    def put(self, connection: Connection, event: EventId, address: str, reason: Suppressed) -> Suppression:
        """The same in an open transaction."""
        now, mac = self._now_ms(), self._mac(event, address)
        values = {"shown": masked(address), "reason": reason.value, "made_at": now}
        upsert = self._database.profile.insert(suppressions)
        key = [suppressions.c.event_id, suppressions.c.address_mac]
        row = {"event_id": event, "address_mac": mac, **values}
        connection.execute(upsert.on_conflict_do_update(index_elements=key, set_=values), row)
        note(connection, Deed.ADDRESS_SUPPRESSED, event, mac[:8].hex(), now_ms=now, reason=reason.value)
        return Suppression(mac[:8].hex(), masked(address), reason, now)

    def aftermath(self, claimed: Claimed, handed: Handed, meaning: Meaning) -> Also | None:  # noqa: ARG002
        """An address whose own server says that there is no such mailbox gets no more mail: with its message's end."""
        address = claimed.recipient
        if address is None or not is_address_over(handed.heard):
            return None

        def give_up(connection: Connection) -> None:
            self.put(connection, claimed.event, address, Suppressed.REFUSED)

        return give_up

    def lift(self, event: EventId, address: str) -> Suppression:
        """Mail goes to an address again, named by itself or by its `sign`. Raises EventUnknown, AddressUnknown."""
        named = checked_address(address)

        def work(connection: Connection) -> Suppression:
            self._book.event(connection, event)
            rows = connection.execute(select(suppressions).where(suppressions.c.event_id == event)).all()
            mac = None if named is None else self._mac(event, named)
            found = [row for row in rows if row.address_mac == mac or row.address_mac[:8].hex() == address.strip()]
            if len(found) != 1:
                raise AddressUnknown
            mine = (suppressions.c.event_id == event) & (suppressions.c.address_mac == found[0].address_mac)
            connection.execute(delete(suppressions).where(mine))
            lifted = _shown(found[0])
            note(connection, Deed.ADDRESS_LIFTED, event, lifted.sign, now_ms=self._now_ms())
            return lifted

        return self._database.transact(work)

    def list(self, event: EventId) -> Sequence[Suppression]:
        """The event's list, the newest first. Raises EventUnknown."""
        mine = select(suppressions).where(suppressions.c.event_id == event)
        newest = mine.order_by(suppressions.c.made_at.desc(), suppressions.c.address_mac).limit(MOST_SHOWN)
        with self._database.reading() as connection:
            self._book.event(connection, event)
            return [_shown(row) for row in connection.execute(newest)]

    def is_suppressed(self, event: EventId, address: str) -> bool:
        """Whether an address gets no mail of the event."""
        with self._database.reading() as connection:
            return self.has(connection, event, address)

    def has(self, connection: Connection, event: EventId, address: str) -> bool:
        """The same in an open transaction."""
        mine = (suppressions.c.event_id == event) & (suppressions.c.address_mac == self._mac(event, address))
        return connection.execute(select(suppressions.c.event_id).where(mine)).first() is not None

    def among(self, connection: Connection, event: EventId, addresses: Collection[str]) -> frozenset[str]:
        """Those of the addresses that get no mail of the event, in an open transaction."""
        macs = {self._mac(event, address): address for address in addresses}
        mine = (suppressions.c.event_id == event) & suppressions.c.address_mac.in_(list(macs))
        found = connection.execute(select(suppressions.c.address_mac).where(mine)).scalars() if macs else ()
        return frozenset(macs[bytes(mac)] for mac in found)

    def _mac(self, event: EventId, address: str) -> bytes:
        return hmac(self._key, _ABOUT + event.bytes + folded(address).encode())


def _checked(address: str) -> str:
    found = checked_address(address)
    if found is None:
        raise AddressWrong
    return found


def _shown(row: Any) -> Suppression:
    return Suppression(row.address_mac[:8].hex(), row.shown, Suppressed(row.reason), row.made_at)
