"""The life of a push token: active, inactive, invalid, gone.

Owns when a token is worth a push, and whose word ends it. A telephone registers its token and refreshes it whenever
its app runs; one that has not been heard of for a month gets no push, and one that the provider knows no more is
invalid at once, unless the telephone has registered since. Pure: the states come from the times alone.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from core.model.moments import Millis

DAY_MS = 24 * 3_600_000
INACTIVE_AFTER_MS = 30 * DAY_MS
"""Without a refresh: whose app has not run for a month has left the staff, or the telephone."""
INVALID_AFTER_MS = 270 * DAY_MS
"""Without a refresh: as long as Firebase keeps a token that nobody uses."""
KEPT_MS = 30 * DAY_MS
"""How long an invalid token's row answers the question why somebody got no push."""
MOST_TOKEN = 4_096
"""Octets of a token: Firebase's have some 160, and no upper limit is documented."""


class TokenState(StrEnum):
    """What a token is good for."""

    ACTIVE = "active"  # gets pushes
    INACTIVE = "inactive"  # gets none until it is refreshed
    INVALID = "invalid"  # never again, unless it is registered anew


class Ending(StrEnum):
    """Why a token is invalid."""

    UNUSED = "unused"  # nobody refreshed it for too long
    UNREGISTERED = "unregistered"  # the provider knows it no more


@dataclass(frozen=True, slots=True)
class Reached:
    """Where an active token is reached, and in which language its telephone wants to be spoken to (None: any)."""

    token: str = field(repr=False)
    language: str | None = None


class Untold(StrEnum):
    """Why a push is not sent at all."""

    GONE = "token_gone"  # logged out, or handed to another server
    INACTIVE = "token_inactive"
    INVALID = "token_invalid"


def untold_of(found: TokenState | None) -> Untold:
    """Why there is no push to a token that was found like that, or not at all."""
    match found:
        case None:
            return Untold.GONE
        case TokenState.INVALID:
            return Untold.INVALID
        case TokenState.INACTIVE | TokenState.ACTIVE:
            return Untold.INACTIVE


@dataclass(frozen=True, slots=True)
class TokenLife:
    """A token's times (unix ms). `ended_at_ms` and `ending` are set together."""

    registered_at_ms: Millis
    refreshed_at_ms: Millis
    ended_at_ms: Millis | None = None
    ending: Ending | None = None

    def state_at(self, now_ms: int) -> TokenState:
        """What it is good for at a moment."""
        rested_ms = now_ms - self.refreshed_at_ms
        if self.ended_at_ms is not None or rested_ms >= INVALID_AFTER_MS:
            return TokenState.INVALID
        return TokenState.INACTIVE if rested_ms >= INACTIVE_AFTER_MS else TokenState.ACTIVE

    def refreshed(self, now_ms: Millis) -> "TokenLife":
        """The telephone has been heard: whatever had ended it is over."""
        began = now_ms if self.ended_at_ms is not None else self.registered_at_ms
        return TokenLife(began, max(now_ms, self.refreshed_at_ms))

    def told_unregistered(self, asked_at_ms: Millis, now_ms: Millis) -> "TokenLife":
        """The provider says that it knows the token no more. `asked_at_ms`: when the push left that it says so about.

        A telephone that registered after that has the last word: the provider spoke of what was there before.
        """
        if asked_at_ms <= self.refreshed_at_ms or self.ended_at_ms is not None:
            return self
        return replace(self, ended_at_ms=now_ms, ending=Ending.UNREGISTERED)

    def aged(self, now_ms: Millis) -> "TokenLife":
        """With its end written down, where its time has run out."""
        if self.ended_at_ms is not None or self.state_at(now_ms) is not TokenState.INVALID:
            return self
        return replace(self, ended_at_ms=now_ms, ending=Ending.UNUSED)

    def is_forgotten_at(self, now_ms: int) -> bool:
        """Whether its row has no further use."""
        return self.ended_at_ms is not None and now_ms - self.ended_at_ms >= KEPT_MS
