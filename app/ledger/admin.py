"""One ledger put together: a database, its master key, and what the organizer does with both.

Owns opening: the schema brought up to date, then the master key, then the books. The command line and the server call
these functions on the same database at the same time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from sqlalchemy import ColumnElement, Table, func, select

from app.clock import wall_ms
from app.errors import AppError
from app.ledger.audit import note
from app.ledger.backup import lines_of
from app.ledger.books import Books
from app.ledger.code_book import Unread
from app.ledger.curves import Span, arrivals_of, lanes_of
from app.ledger.device_rows import DeviceState, DeviceSummary
from app.ledger.engine import SQLITE, open_database
from app.ledger.enrolments import OneTimeCode
from app.ledger.event_book import EventSummary
from app.ledger.import_book import Progress, PutResult, Sample
from app.ledger.import_tally import ImportReport, Preview
from app.ledger.key_book import KeyChange
from app.ledger.marks import Marks, marks_of
from app.ledger.master_key import is_sealed_with, master_of
from app.ledger.migrations import HEAD
from app.ledger.queue_files import Line
from app.ledger.schema import NO_EVENT, events, facts, installation, outbox
from app.ledger.shop_files import RefusedRow, ShopFile, ShopRow, read_lines
from app.ledger.spares import SpareKit
from app.ledger.status import status_of
from app.ledger.ticket_book import Remaining
from app.ledger.upgrade import upgrade, version_of
from core.delivery.message import MessageState
from core.journal.audit import Deed, Detail
from core.journal.state import Arrival
from core.model.event import Event
from core.model.ids import ClassId, DeviceId, EventId, GateId, KeyId, TicketHandle
from core.model.roles import INSTALLATION
from core.sync.kiosk_replies import QueueReport
from core.sync.messages import ArrivalsReply, CodesRow, EventRow, IssuedTicket, LaneReply, Manifest, StatusReply
from core.sync.shop_columns import Columns
from core.sync.ticket_messages import ReissuedTicket, TicketPage, TicketSummary, Why
from core.ticket.keyring import Algorithm, Key, KeyState, VerifyProfile
from core.ticket.lists import DenialReason

DATABASE_FILE = "ledger.db"


class ProfileUnfit(AppError):
    """A kiosk of profile `sig` would refuse every ticket of an event that seals with HMAC."""

    def __init__(self) -> None:
        super().__init__("profile_unfit")


class NotReady(AppError):
    """The database is not one that this program can serve: `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__("not_ready", cause=cause)


class Office(Books):
    """The organizer's side of one ledger. Safe between threads; close it, or use it as a context."""

    @property
    def database_name(self) -> str:
        """`sqlite`, `postgresql` or `distributed`."""
        return self._database.profile.name

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file that this machine's programs share, rather than a server."""
        return self._database.profile is SQLITE

    def create_event(self, row: EventRow, algorithm: Algorithm = Algorithm.HMAC_SHA256_128) -> EventRow:
        """A new event with its first key; an empty id becomes a new one. Raises EventWrong."""
        return self.events.create(row, algorithm)

    def list_events(self) -> list[EventSummary]:
        """All events, those that start first in front."""
        return self.events.summaries()

    def event_named(self, text: str) -> EventId:
        """The event of an id, or of a name that only one event has. Raises EventUnknown."""
        return self.events.named(text)

    def show_event(self, event: EventId) -> EventSummary:
        """One event with its figures. Raises EventUnknown."""
        return self.events.show(event)

    def event_of(self, event: EventId) -> Event:
        """One event as its doors and its guests know it. Raises EventUnknown."""
        with self._database.reading() as connection:
            return self.events.event(connection, event)

    def device_code(
        self,
        event: EventId,
        gate: GateId,
        name: str,
        profile: VerifyProfile = VerifyProfile.MAC,
        replaces: DeviceId | None = None,
    ) -> OneTimeCode:
        """A one-time code that makes a computer a kiosk of a gate.

        Raises EventUnknown, GateUnknown, DeviceUnknown, ProfileUnfit.
        """
        self._check_profile(event, profile)
        return self.devices.code(event, gate, name, profile, replaces)

    def confirm_device(self, event: EventId, device: DeviceId | str, digits: str) -> DeviceSummary:
        """Lets a pending device in, by its id or its name, whose six digits were compared.

        Raises DeviceUnknown, NotPending, ConfirmationExpired, DigitsWrong, DigitsWrongThrice.
        """
        named = self.devices.named(event, device) if isinstance(device, str) else device
        return self.devices.confirm(event, named, digits)

    def make_spare(self, event: EventId, gate: GateId, name: str, profile: VerifyProfile) -> SpareKit:
        """A spare kiosk that starts without a network, from its kit and its code.

        Raises EventUnknown, GateUnknown, ProfileUnfit.
        """
        self._check_profile(event, profile)
        return self._spares.make(event, gate, name, profile)

    def _check_profile(self, event: EventId, profile: VerifyProfile) -> None:
        """A kiosk that holds public keys alone needs tickets that they verify."""
        sealing = [key for key in self.list_keys(event) if key.state is KeyState.ACTIVE]
        if profile is VerifyProfile.SIG and any(key.algorithm is not Algorithm.ED25519 for key in sealing):
            raise ProfileUnfit

    def import_queue(self, data: bytes, line: Line, event: EventId | None = None) -> QueueReport:
        """A kiosk's exported queue, through the line that facts over the network take; again it changes nothing.

        With an `event` a kiosk of another one is unknown.

        Raises QueueFileUnusable, EventUnknown, DeviceUnknown, LedgerBusy, LedgerUnavailable.
        """
        return self._queue_files.take(data, line, event)

    def pending_devices(self, event: EventId) -> list[DeviceSummary]:
        """The devices whose six digits wait to be compared."""
        return [each for each in self.devices.list(event) if each.state is DeviceState.PENDING and not each.is_over]

    def revoke_device(self, event: EventId, device: DeviceId) -> None:
        """Takes a device's rights away; a running server follows within a second. Raises DeviceUnknown."""
        self.devices.revoke(event, device)

    def issue_tickets(
        self,
        event: EventId,
        cls: ClassId,
        count: int,
        nbf: int | None = None,
        exp: int | None = None,
        *,
        rotating: bool = False,
        listed: bool = False,
        email: str | None = None,
    ) -> list[IssuedTicket]:
        """Seals new tickets; the event's own window where none is given, and a mail where an address is.

        Raises EventUnknown, ClassUnknown, WindowWrong, NoActiveKey, AddressWrong.
        """
        return self.tickets.issue(event, cls, count, nbf, exp, rotating=rotating, listed=listed, email=email)

    def set_codes(
        self, event: EventId, rules: CodesRow, secrets: Mapping[str, bytes], seen: CodesRow | None = None
    ) -> CodesRow:
        """Whose codes open the doors, with the secrets of `hmac` adapters by name; the rules that hold now.

        Raises EventUnknown, EventChanged, EventWrong, AdapterInUse, AdapterKeyMissing.
        """
        return self.codes.set_rules(event, rules, secrets, seen)

    def preview_import(self, event: EventId, source: str, file: ShopFile, *, cancel_missing: bool = False) -> Preview:
        """What `import_file` would do; changes nothing. Raises EventUnknown, NoActiveKey, SourceWrong."""
        return self.imports.preview(event, source, file, cancel_missing=cancel_missing)

    def import_file(
        self,
        event: EventId,
        source: str,
        file: ShopFile,
        *,
        allow_cancel: bool = False,
        cancel_missing: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Takes a shop's list over; the same list twice changes nothing.

        Raises EventUnknown, NoActiveKey, SourceWrong, LedgerBusy, LedgerUnavailable.
        """
        return self.imports.apply(
            event, source, file, allow_cancel=allow_cancel, cancel_missing=cancel_missing, progress=progress
        )

    def import_tickets(self, event: EventId, lines: Iterable[str], source: str = "import") -> ImportReport:
        """Tickets from the lines of a CSV file with `Preset.DOORLIGHT`'s columns. Raises ValueError without any."""
        file = read_lines(lines, Columns())
        if not isinstance(file, ShopFile):
            raise ValueError(file.cause)  # noqa: TRY004 — a caller's mistake
        return self.imports.apply(event, source, file)

    def put_ticket(self, event: EventId, source: str, row: ShopRow) -> PutResult | RefusedRow:
        """One ticket of a shop; again changes nothing. Raises EventUnknown, NoActiveKey, SourceWrong."""
        return self.imports.put(event, source, row)

    def find_sample(self, event: EventId, text: str, file: ShopFile) -> Sample | Unread:
        """Which row of a list a scanned ticket belongs to, or why none. Raises EventUnknown."""
        return self.imports.find_sample(event, text, file)

    def export_tickets(self, event: EventId) -> Iterator[TicketSummary]:
        """All tickets with their shops' references and their use. Raises EventUnknown."""
        return self.tickets.export(event)

    def ticket_page(self, event: EventId, after: TicketHandle, most: int) -> TicketPage:
        """Some tickets behind a handle. Raises EventUnknown."""
        return self.tickets.page(event, after, most)

    def remaining_codes(self, event: EventId) -> Remaining:
        """What is left of a migration. Raises EventUnknown."""
        return self.tickets.remaining(event)

    def reissue_ticket(
        self, event: EventId, tid: TicketHandle, why: Why | None = None, *, is_mailed: bool | None = None
    ) -> ReissuedTicket:
        """A new code for a ticket; every older one ends. Raises TicketUnknown, ReissueRefused, NoActiveKey.

        MailUnset, MailRefused too, where it is to be mailed and can't be.
        """
        return self.tickets.reissue(event, tid, why, is_mailed=is_mailed)

    def cancel_ticket(self, event: EventId, tid: TicketHandle, reason: DenialReason = DenialReason.CANCELED) -> int:
        """Puts a ticket on the deny list; the manifest's version that says so. Raises TicketUnknown."""
        return self.orders.deny(event, tid, reason).manifest_version or self.events.manifest_version(event)

    def list_keys(self, event: EventId) -> list[Key]:
        """An event's keys, the oldest first. Raises EventUnknown."""
        with self._database.reading() as connection:
            self.events.event(connection, event)
            return self.events.keys_of(connection, event)

    def rotate_key(self, event: EventId, algorithm: Algorithm | None = None) -> KeyChange:
        """A new key seals, of the old one's algorithm unless another is named; old tickets go on working."""
        return self.events.keys.rotate(event, algorithm)

    def set_key_state(self, event: EventId, kid: KeyId, state: KeyState) -> KeyChange:
        """Leads a key on in its life. Raises KeyUnknown, KeyStateRefused, AnotherKeyActive."""
        return self.events.keys.set_state(event, kid, state)

    def extend_lease(self, event: EventId, until_ms: int) -> EventRow:
        """Lets kiosks trust the event's manifest until then (unix milliseconds). Raises EventUnknown, EventWrong."""
        return self.events.extend_lease(event, until_ms)

    def manifest_of(self, event: EventId) -> Manifest:
        """What a kiosk of the event should know. Raises EventUnknown, LedgerBusy."""
        return self.press.published(event).manifest

    def status_of(self, event: EventId) -> StatusReply:
        """The night so far. Raises EventUnknown."""
        with self._database.reading() as connection:
            at = self.events.event(connection, event)
            version = select(events.c.manifest_version).where(events.c.event_id == event)
            return status_of(connection, at, connection.execute(version).scalar_one(), self._now_ms())

    def marks_of(self, event: EventId) -> Marks | None:
        """Whether anything has changed; None where there is no such event."""
        with self._database.reading() as connection:
            return marks_of(connection, event)

    def arrivals_of(self, event: EventId, span: Span) -> ArrivalsReply:
        """When guests came, in the steps of `span`. Raises EventUnknown."""
        with self._database.reading() as connection:
            return arrivals_of(connection, self.events.event(connection, event), span, self._now_ms())

    def lanes_of(self, event: EventId) -> list[LaneReply]:
        """What each kiosk showed. Raises EventUnknown."""
        with self._database.reading() as connection:
            return lanes_of(connection, self.events.event(connection, event))

    def fact_ids(self, event: EventId) -> frozenset[str]:
        """The ids (hex) of every fact that the ledger holds of an event, quarantined ones too: for audits."""
        with self._database.reading() as connection:
            found = connection.execute(select(facts.c.id).where(facts.c.event_id == event))
            return frozenset(id_.hex for id_ in found.scalars())

    def count_quarantined(self) -> int:
        """How many facts of all events wait for a person. Raises LedgerBusy, LedgerUnavailable."""
        return self._count(facts, facts.c.arrival == Arrival.QUARANTINED.value)

    def count_unsent(self) -> int:
        """How many messages of all events wait to be delivered. Raises LedgerBusy, LedgerUnavailable."""
        return self._count(outbox, outbox.c.state.in_([MessageState.READY.value, MessageState.LEASED.value]))

    def _count(self, table: Table, which: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(table).where(which)
        told = counted.execution_options(spans_events="a figure of the whole installation")
        with self._database.reading() as connection:
            return int(connection.execute(told).scalar_one())

    def check_ready(self) -> None:
        """Passes while this program can serve its database: it answers, is of this program's version, fits the key.

        Raises NotReady, LedgerBusy, LedgerUnavailable.
        """
        with self._database.reading() as connection:
            version = version_of(connection)
            if version != HEAD:
                raise NotReady(f"the database is of version {version}, this program of {HEAD}")
            if not is_sealed_with(connection, self._check_value):
                raise NotReady("the database is sealed with another master key")

    def backup_lines(self, master: bytes | None) -> Iterator[object]:
        """Everything that the ledger holds, as of one moment; with the master key where it is given."""
        return lines_of(self._database, self._now_ms(), master)

    def note_deed(self, deed: Deed, about: str = "", event: EventId = INSTALLATION, **details: Detail) -> None:
        """Writes down in an audit log what changed nothing in the ledger: something was shown, or made from it."""
        self._database.transact(
            lambda connection: note(connection, deed, event, about, now_ms=self._now_ms(), **details)
        )

    def check(self) -> None:
        """Passes while the database answers. Raises LedgerBusy, LedgerUnavailable."""
        with self._database.reading() as connection:
            connection.execute(select(installation.c.epoch).where(installation.c.event_id == NO_EVENT))


def open_ledger(database_url: str | None, folder: Path, *, now_ms: Callable[[], int] | None = None) -> Office:
    """The ledger of a folder, its database in it unless a URL names another. Close it.

    Raises DatabaseUrlWrong, NewerLedger, SecretFileFailed, MasterKeyWrong, LedgerBusy, LedgerUnavailable.
    """
    now_ms = now_ms or wall_ms
    database = open_database(database_url or f"sqlite:///{folder / DATABASE_FILE}")
    try:
        upgrade(database)
        master = master_of(database, folder, now_ms())
        return Office(database, master, now_ms)
    except BaseException:
        database.close()
        raise
