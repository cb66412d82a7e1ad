"""The kiosks of all events: how they come, who they are, how they go.

Owns the door to everything about devices; the ways themselves lie in `enrolments` (codes), `confirmations`
(digits) and `credentials` (who is calling).
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select, update

from app.errors import AppError
from app.ledger import audit, device_rows
from app.ledger.confirmations import Confirmations, RaiseVersion
from app.ledger.credentials import Calling, Credentials, ToldClock
from app.ledger.device_rows import DeviceSummary, DeviceUnknown, keep_vitals, summary_of
from app.ledger.engine import Database
from app.ledger.enrolments import Enrolments, OneTimeCode
from app.ledger.new_devices import check_gate, check_name
from app.ledger.redemptions import EventUnknown
from app.ledger.schema import devices, events
from core.journal.audit import Deed
from core.model.ids import DeviceId, EventId, GateId
from core.sync.messages import EnrolReply, EnrolRequest, Vitals
from core.ticket.keyring import VerifyProfile


class DeviceNameTaken(AppError):
    """Two kiosks of one name: nobody could say which door a verdict is about."""

    def __init__(self, name: str) -> None:
        super().__init__("device_name_taken", name=name)


class Devices:
    """The devices of all events in one database. Safe between threads."""

    def __init__(
        self, database: Database, root_public: bytes, raise_version: RaiseVersion, now_ms: Callable[[], int]
    ) -> None:
        self._database = database
        self._raise_version = raise_version
        self._now_ms = now_ms
        self._enrolments = Enrolments(database, root_public, now_ms)
        self._confirmations = Confirmations(database, raise_version, now_ms)
        self._credentials = Credentials(database, now_ms)

    # --- how they come --------------------------------------------------------------------------------------------

    def code(
        self,
        event: EventId,
        gate: GateId,
        name: str,
        profile: VerifyProfile = VerifyProfile.MAC,
        replaces: DeviceId | None = None,
    ) -> OneTimeCode:
        """A new one-time code for a kiosk of a gate.

        Raises EventUnknown, GateUnknown, DeviceNameWrong, DeviceUnknown (`replaces`), ManifestFull.
        """
        return self._enrolments.code(event, gate, name, profile, replaces)

    def withdraw(self, event: EventId, code: str) -> None:
        """Takes a code back that no kiosk has used yet. Raises CodeWrong, CodeUsed."""
        self._enrolments.withdraw(event, code)

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Trades a one-time code for a pending device.

        Raises ProtocolUnsupported, DeviceKeyWrong, CodeWrong, CodeUsed, CodeWithdrawn, CodeExpired.
        """
        return self._enrolments.enrol(request)

    def confirm(self, event: EventId, device: DeviceId, digits: str) -> DeviceSummary:
        """Lets a pending device in whose six digits were compared; the one that it replaces goes.

        Raises DeviceUnknown, NotPending, ConfirmationExpired, DigitsWrong, DigitsWrongThrice.
        """
        replaced = self._confirmations.confirm(event, device, digits)
        if replaced is not None:
            self._credentials.forget(event, replaced)
        return self.show(event, device)

    # --- who they are ---------------------------------------------------------------------------------------------

    def authenticate(
        self, event: EventId, device: DeviceId, secret: str, clock: ToldClock | None = None, *, salvages: bool = False
    ) -> Calling:
        """Passes an active device of this event; where it `salvages`, one that was revoked in the last 72 h as well.

        Raises CredentialsWrong, NotAuthorised (another event's), NotConfirmed, ConfirmationExpired, DeviceRevoked.
        """
        return self._credentials.prove(event, device, secret, clock, salvages=salvages)

    def proven(self, event: EventId, device: DeviceId, secret: str) -> Calling | None:
        """The device of a credential that passed within the last second, or None; asks no database."""
        return self._credentials.proven(event, device, secret)

    def own(self, event: EventId, device: DeviceId, secret: str) -> DeviceSummary:
        """What a device may know of itself, pending too. Raises as `authenticate`, but for NotConfirmed."""
        return self._credentials.of(event, device, secret)

    def next_secret(self, event: EventId, device: DeviceId) -> str:
        """A new secret for a proven device, said once; the old one opens until the new one is used."""
        return self._credentials.next_secret(event, device)

    def named(self, event: EventId, text: str) -> DeviceId:
        """The device of an id or a name. Raises DeviceUnknown."""
        with self._database.reading() as connection:
            return device_rows.named(connection, event, text)

    def show(self, event: EventId, device: DeviceId) -> DeviceSummary:
        """One device. Raises DeviceUnknown."""
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        with self._database.reading() as connection:
            row = connection.execute(select(devices).where(mine)).one_or_none()
        if row is None:
            raise DeviceUnknown(device.hex)
        return summary_of(row, self._now_ms())

    def list(self, event: EventId) -> Sequence[DeviceSummary]:
        """All devices of an event, in the order in which they came."""
        mine = select(devices).where(devices.c.event_id == event).order_by(devices.c.made_at, devices.c.name)
        with self._database.reading() as connection:
            return [summary_of(row, self._now_ms()) for row in connection.execute(mine)]

    def keep_vitals(self, event: EventId, device: DeviceId, told: Vitals) -> int:
        """Keeps how a device says that it is; when (unix ms). Raises LedgerBusy."""
        now_ms = self._now_ms()
        self._database.transact(lambda connection: keep_vitals(connection, event, device, told, now_ms))
        return now_ms

    def change(self, event: EventId, device: DeviceId, name: str | None = None, gate: GateId | None = None) -> None:
        """Renames a device, or moves it to another gate; the kiosk learns it with its next manifest.

        Raises EventUnknown, DeviceUnknown, DeviceNameWrong, DeviceNameTaken, GateUnknown.
        """
        if name is not None:
            check_name(name)
        wanted = {field: value for field, value in (("name", name), ("gate", gate)) if value is not None}

        def work(connection: Connection) -> None:
            locked = select(events.c.event_id).where(events.c.event_id == event).with_for_update()
            if connection.execute(locked).first() is None:
                raise EventUnknown(event)
            of_event = devices.c.event_id == event
            rows = connection.execute(select(devices.c.id, devices.c.name).where(of_event)).all()
            if device not in {row.id for row in rows}:
                raise DeviceUnknown(device.hex)
            if any(row.name == name and row.id != device for row in rows):
                raise DeviceNameTaken(name or "")
            if gate is not None:
                check_gate(connection, event, gate)
            if not wanted:
                return
            connection.execute(update(devices).where(of_event, devices.c.id == device).values(wanted))
            self._raise_version(connection, event)
            audit.note(connection, Deed.DEVICE_CHANGED, event, device.hex, now_ms=self._now_ms(), **wanted)

        self._database.transact(work)

    # --- how they go ----------------------------------------------------------------------------------------------

    def revoke(self, event: EventId, device: DeviceId) -> None:
        """Takes a device's rights away; other kiosks learn it with their next manifest. Raises DeviceUnknown."""
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        with self._database.writing() as connection:
            if connection.execute(select(devices.c.id).where(mine)).first() is None:
                raise DeviceUnknown(device.hex)
            device_rows.revoke(connection, mine, self._now_ms())
            self._raise_version(connection, event)
            audit.note(connection, Deed.DEVICE_REVOKED, event, device.hex, now_ms=self._now_ms())
        self._credentials.forget(event, device)
