"""The log-in beside the window: asks a server who somebody is, and tells the form how it went.

Owns the order of it:
1. an authority that was compared is believed from now on
2. the log-in
3. nobody known vouches for the server → the fingerprint of its own authority, for a person to compare
4. a one-time password → another one first
Runs in a thread of its own; what came of it is told in the window's.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.errors import AppError
from app.organizer.chore import Chores
from app.organizer.log_in import (
    LogInTrouble,
    Outcome,
    Refused,
    Session,
    Typed,
    WantsAuthority,
    WantsPassword,
    refusal_of,
)
from app.runtime.reception import Reception, Sitting
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble

if TYPE_CHECKING:
    from app.net.organizer_client import OrganizerClient


class LogInLane:
    """Asks one thing at a time; `stop` it when nobody waits any more."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._chores = Chores()

    def log_in(self, typed: Typed, take: Callable[[Outcome], None]) -> None:
        """Logs in."""
        self._chores.run(lambda _: self._log_in(typed), take)

    def change_password(self, session: Session, old: str, new: str, take: Callable[[Outcome], None]) -> None:
        """Chooses another password; the session is a new one."""
        self._chores.run(lambda _: self._change(session, old, new), take)

    def stop(self) -> None:
        """Nobody waits any more."""
        self._chores.stop()

    def _log_in(self, typed: Typed) -> Outcome:
        try:
            if typed.fingerprint:  # (1)
                believed = self._reception.trust(typed.server, typed.fingerprint)
                if not isinstance(believed, Done):
                    return refusal_of(believed)
            client = self._client(typed.server)
        except AppError:
            return Refused(LogInTrouble.ADDRESS_WRONG)
        try:
            answer = self._reception.log_in(client, typed.name, typed.password, stays=typed.is_kept)  # (2)
        finally:
            client.close()
        if isinstance(answer, Later) and answer.trouble is Trouble.CERTIFICATE_STRANGER:  # (3)
            return _seen(typed.server)
        return _outcome(client.server, answer, is_kept=typed.is_kept)

    def _change(self, session: Session, old: str, new: str) -> Outcome:
        client = self._client(session.server)
        client.use(session.token)
        try:
            answer = self._reception.change_password(client, old, new, stays=session.is_kept)
        finally:
            client.close()
        return _outcome(client.server, answer, is_kept=session.is_kept)

    def _client(self, server: str) -> "OrganizerClient":
        from app.net.organizer_client import OrganizerClient  # late: nobody waits for it at the window

        return OrganizerClient(server, self._reception.known(server).authority or None)


def _seen(server: str) -> Outcome:
    from app.net.exchange import seen_authority

    seen = seen_authority(server)
    if isinstance(seen, Done):
        return WantsAuthority(seen.value.hex())
    return Refused(LogInTrouble.CERTIFICATE_STRANGER) if isinstance(seen, Rejected) else refusal_of(seen)


def _outcome(server: str, answer: Done[Sitting] | Later | Rejected, *, is_kept: bool) -> Outcome:
    if not isinstance(answer, Done):
        return refusal_of(answer)
    sitting = answer.value
    session = Session(server, sitting.token, sitting.me, is_kept=sitting.is_kept or is_kept)
    return WantsPassword(session) if sitting.must_change else session  # (4)
