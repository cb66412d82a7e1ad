"""The three answers that any question to another machine can have.

Owns the closed set: done, later, rejected. An adapter turns every foreign exception and status into one of them.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from core.sync.health import Trouble

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Done(Generic[T_co]):
    """Answered: the value, and how long the round trip took."""

    value: T_co
    took_ms: int


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: ask again, not before `retry_after_s` where the other side said so."""

    trouble: Trouble
    retry_after_s: float | None = None


NOT_OURS = "unknown"
"""The code of a refusal that is no problem of our server's: a captive portal's page, a proxy's."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never, as it stands: the status, the problem's stable code, and what its author added for a person."""

    status: int
    code: str
    detail: str = ""

    @property
    def is_our_servers(self) -> bool:
        """Whether our server said so, and not something between it and us."""
        return self.code != NOT_OURS
