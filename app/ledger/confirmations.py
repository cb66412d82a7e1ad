"""Six digits, compared by a person: what makes a pending device a kiosk.

Owns the way from pending to active, and what goes with it: the device that is replaced, the manifest that names the new
one. Whoever sits between kiosk and server has other keys, and so shows other digits.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from sqlalchemy import Connection, select, update

from app.errors import AppError
from app.ledger import audit
from app.ledger.device_rows import ConfirmationExpired, DeviceState, DeviceUnknown, is_over, revoke
from app.ledger.engine import Database
from app.ledger.new_devices import inherit_name
from app.ledger.schema import devices
from core.journal.audit import Deed
from core.model.ids import DeviceId, EventId
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

MOST_WRONG_DIGITS = 3


class NotPending(AppError):
    """The device does not wait for its digits to be compared."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__("device_not_pending", name=name, state=state)


class DigitsWrong(AppError):
    """The digits are not the kiosk's; `left` tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__("digits_wrong", left=left)


class DigitsWrongThrice(AppError):
    """The last try was wrong too: the pending device is revoked."""

    def __init__(self) -> None:
        super().__init__("digits_wrong_thrice")


class RaiseVersion(Protocol):
    """Says in an open transaction that kiosks should know something new (`EventBook.raise_version`)."""

    def __call__(self, connection: Connection, event: EventId, *stale: str) -> int:
        """The version that will say it."""


class Confirmations:
    """The pending devices of all events. Safe between threads."""

    def __init__(self, database: Database, raise_version: RaiseVersion, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._raise_version = raise_version
        self._now_ms = now_ms

    def confirm(self, event: EventId, device: DeviceId, digits: str) -> DeviceId | None:
        """Makes a pending device active; the device that it replaces, which is revoked with it.

        Blanks in `digits` do not count. Raises DeviceUnknown, NotPending, ConfirmationExpired, DigitsWrong,
        DigitsWrongThrice.
        """
        told = "".join(digits.split())
        outcome = self._database.transact(lambda connection: self._compare(connection, event, device, told))
        if isinstance(outcome, AppError):  # returned, not raised: the try that it counts is committed
            raise outcome
        return outcome

    def _compare(
        self, connection: Connection, event: EventId, device: DeviceId, told: str
    ) -> DeviceId | AppError | None:
        mine = (devices.c.event_id == event) & (devices.c.id == device)
        row = connection.execute(select(devices).where(mine).with_for_update()).one_or_none()
        if row is None:
            return DeviceUnknown(device.hex)
        if row.state != DeviceState.PENDING.value:
            return NotPending(row.name, row.state)
        if is_over(row, self._now_ms()):
            return ConfirmationExpired()
        if not seal.are_equal("".join(row.digits.split()).encode(), told.encode(errors="replace")):
            is_last = row.tries + 1 >= MOST_WRONG_DIGITS
            state = DeviceState.REVOKED if is_last else DeviceState.PENDING
            connection.execute(update(devices).where(mine).values(tries=row.tries + 1, state=state.value))
            return DigitsWrongThrice() if is_last else DigitsWrong(MOST_WRONG_DIGITS - row.tries - 1)
        connection.execute(update(devices).where(mine).values(state=DeviceState.ACTIVE.value, digits=None))
        if row.replaces is not None:
            replaced = (devices.c.event_id == event) & (devices.c.id == row.replaces)
            revoke(connection, replaced, self._now_ms())
            inherit_name(connection, event, device, DeviceId(row.replaces))
        self._raise_version(connection, event, *stale_with(VerifyProfile(row.profile)))
        instead_of = None if row.replaces is None else row.replaces.hex
        audit.note(connection, Deed.DEVICE_CONFIRMED, event, device.hex, now_ms=self._now_ms(), replaces=instead_of)
        return None if row.replaces is None else DeviceId(row.replaces)


def stale_with(profile: VerifyProfile) -> Iterable[str]:
    """The lists that a new kiosk of a profile changes: one that knows tickets by their digests needs all of them."""
    return ("allow",) if profile is VerifyProfile.LIST else ()
