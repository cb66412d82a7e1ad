"""How somebody logs in to a server: the values of it, and what can go wrong, by what people can do about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from core.model.accounts import PasswordFlaw
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from core.sync.messages import Me


class LogInTrouble(StrEnum):
    """Why it did not come about."""

    ADDRESS_WRONG = "address_wrong"
    NAME_WRONG = "name_wrong"
    WRONG = "wrong"
    TOO_MANY = "too_many"
    PASSWORD_OVER = "password_over"  # noqa: S105  what happened, no secret
    PASSWORD_UNFIT = "password_unfit"  # noqa: S105
    NOT_THE_SAME = "not_the_same"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BUSY = "busy"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EARLY = "certificate_early"
    CERTIFICATE_STRANGER = "certificate_stranger"
    TLS_MISSING = "tls_missing"
    TLS_WANTED = "tls_wanted"
    TLS_OLD = "tls_old"
    NOT_OURS = "not_ours"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed. `fingerprint` is that of the server's own authority, where they have compared it."""

    server: str
    name: str
    password: str = field(repr=False)
    is_kept: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is logged in. `token` is for this server alone."""

    server: str
    token: str = field(repr=False)
    me: Me
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """They are not. `flaw` says what is wrong with a new password, where the server said it."""

    trouble: LogInTrouble
    flaw: PasswordFlaw | None = None


@dataclass(frozen=True, slots=True)
class WantsAuthority:
    """The server has a certificate of its own authority: somebody compares the fingerprint before anything is told."""

    fingerprint: str
    """64 hex digits."""


@dataclass(frozen=True, slots=True)
class WantsPassword:
    """The password was a one-time one: the session opens nothing until there is another."""

    session: Session


Outcome: TypeAlias = Session | Refused | WantsAuthority | WantsPassword


_BY_TROUBLE = {
    Trouble.NOT_TRIED: LogInTrouble.UNREACHABLE,
    Trouble.UNREACHABLE: LogInTrouble.UNREACHABLE,
    Trouble.SLOW: LogInTrouble.SLOW,
    Trouble.BUSY: LogInTrouble.BUSY,
    Trouble.SERVER_ERROR: LogInTrouble.SERVER_ERROR,
    Trouble.REFUSED: LogInTrouble.NOT_OURS,
    Trouble.CERTIFICATE_NAME: LogInTrouble.CERTIFICATE_NAME,
    Trouble.CERTIFICATE_EXPIRED: LogInTrouble.CERTIFICATE_EXPIRED,
    Trouble.CERTIFICATE_EARLY: LogInTrouble.CERTIFICATE_EARLY,
    Trouble.CERTIFICATE_STRANGER: LogInTrouble.CERTIFICATE_STRANGER,
    Trouble.TLS_MISSING: LogInTrouble.TLS_MISSING,
    Trouble.TLS_WANTED: LogInTrouble.TLS_WANTED,
    Trouble.TLS_OLD: LogInTrouble.TLS_OLD,
    Trouble.DEVICE_REVOKED: LogInTrouble.NOT_OURS,
}
_BY_CODE = {
    "log_in_wrong": LogInTrouble.WRONG,
    "credentials_wrong": LogInTrouble.WRONG,
    "too_many_tries": LogInTrouble.TOO_MANY,
    "too_many_requests": LogInTrouble.TOO_MANY,
    "password_over": LogInTrouble.PASSWORD_OVER,
    "password_unfit": LogInTrouble.PASSWORD_UNFIT,
    "invalid_request": LogInTrouble.NAME_WRONG,
}
TOO_MANY_STATUS = 429
LONG_WAIT_S = 60
"""A server that is busy asks to wait for seconds, one that keeps somebody out for minutes."""


def refusal_of(answer: Later | Rejected) -> Refused:
    """What an answer that is no session means to whoever wants one."""
    if isinstance(answer, Later):
        is_kept_out = answer.trouble is Trouble.BUSY and (answer.retry_after_s or 0) >= LONG_WAIT_S
        return Refused(LogInTrouble.TOO_MANY if is_kept_out else _BY_TROUBLE[answer.trouble])
    if not answer.is_our_servers:
        return Refused(LogInTrouble.NOT_OURS)
    if answer.status == TOO_MANY_STATUS:
        return Refused(LogInTrouble.TOO_MANY)
    flaw = next((each for each in PasswordFlaw if each.value in answer.detail), None)
    return Refused(_BY_CODE.get(answer.code, LogInTrouble.SERVER_ERROR), flaw)
