"""The kiosks of all events: how they come, who they are, how they go.

Owns the door to everything about devices; the ways themselves lie in `enrolments` (codes), `confirmations`
(digits) and `credentials` (who is calling).
"""

from collections.abc import Callable

from sqlalchemy import select

from app.ledger import device_rows
from app.ledger.confirmations import Confirmations, RaiseVersion
from app.ledger.credentials import Calling, Credentials, ToldClock
from app.ledger.device_rows import DeviceSummary, DeviceUnknown, summary_of
from app.ledger.engine import Database
from app.ledger.enrolments import Enrolments, OneTimeCode
from app.ledger.schema import devices
from core.model.ids import DeviceId, EventId, GateId
from core.sync.messages import EnrolReply, EnrolRequest
from core.ticket.keyring import VerifyProfile


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

    def list(self, event: EventId) -> list[DeviceSummary]:
        """All devices of an event, in the order in which they came."""
        mine = select(devices).where(devices.c.event_id == event).order_by(devices.c.made_at, devices.c.name)
        with self._database.reading() as connection:
            return [summary_of(row, self._now_ms()) for row in connection.execute(mine)]

    # --- how they go ----------------------------------------------------------------------------------------------

    def revoke(self, event: EventId, device: DeviceId) -> None:
        """Takes a device's rights away; other kiosks learn it with their next manifest. Raises DeviceUnknown."""
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        with self._database.writing() as connection:
            if connection.execute(select(devices.c.id).where(mine)).first() is None:
                raise DeviceUnknown(device.hex)
            device_rows.revoke(connection, mine, self._now_ms())
            self._raise_version(connection, event)
        self._credentials.forget(event, device)
