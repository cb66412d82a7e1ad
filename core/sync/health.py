"""How well the server is reached, with hysteresis so that the status line does not flicker.

Owns the three states and what moves between them. One failure makes the link degraded, two in a row take it offline;
an offline link comes back by two good answers in a row, a degraded one by one that is quick.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.model.moments import Millis


class Link(StrEnum):
    """What the status line says of the server."""

    ONLINE = "online"
    DEGRADED = "degraded"
    OFFLINE = "offline"


class Trouble(StrEnum):
    """Why a link is not online; words per language are keyed by it."""

    NOT_TRIED = "not_tried"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    REFUSED = "refused"
    CERTIFICATE_NAME = "certificate_name"  # the server's certificate is for other names and addresses
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EARLY = "certificate_early"  # by this kiosk's clock
    CERTIFICATE_STRANGER = "certificate_stranger"  # nobody whom this kiosk believes vouches for it
    TLS_MISSING = "tls_missing"  # https to a server that speaks plain HTTP
    TLS_WANTED = "tls_wanted"  # http to a server that speaks TLS
    TLS_OLD = "tls_old"  # no version of TLS that both take
    DEVICE_REVOKED = "device_revoked"


_NEVER = Millis(0)

FAILURES_TO_OFFLINE = 2
SUCCESSES_TO_ONLINE = 2


@dataclass(frozen=True, slots=True)
class Health:
    """The link's state, since when, and why. A new kiosk starts offline: nothing has answered yet."""

    link: Link = Link.OFFLINE
    trouble: Trouble | None = Trouble.NOT_TRIED
    since_ms: Millis = _NEVER
    failures: int = 0
    successes: int = 0

    @property
    def is_worth_asking(self) -> bool:
        """Whether a lane should spend its online budget on a question."""
        return self.link is not Link.OFFLINE

    def after_success(self, at_ms: Millis, *, is_slow: bool = False) -> "Health":
        """The health after an answer; `is_slow` when it took more than the online budget."""
        successes = self.successes + 1
        if self.link is Link.OFFLINE and self.trouble is not Trouble.NOT_TRIED and successes < SUCCESSES_TO_ONLINE:
            return replace(self, successes=successes, failures=0)
        link = Link.DEGRADED if is_slow else Link.ONLINE
        trouble = Trouble.SLOW if is_slow else None
        return self._moved(link, trouble, at_ms, failures=0, successes=successes)

    def after_failure(self, at_ms: Millis, trouble: Trouble) -> "Health":
        """The health after a question that was not answered."""
        failures = self.failures + 1
        is_down = self.link is Link.OFFLINE or failures >= FAILURES_TO_OFFLINE or trouble is Trouble.DEVICE_REVOKED
        link = Link.OFFLINE if is_down else Link.DEGRADED
        return self._moved(link, trouble, at_ms, failures=failures, successes=0)

    def _moved(self, link: Link, trouble: Trouble | None, at_ms: Millis, *, failures: int, successes: int) -> "Health":
        since_ms = self.since_ms if link is self.link else at_ms
        return Health(link, trouble, since_ms, failures, successes)
