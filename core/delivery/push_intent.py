"""What somebody wants of a server for a telephone, kept until the server has it: told where it is reached, or no more.

Owns when such a wish is due. A wish is no answer: it stays until the server has said yes, and a registration is told
again where another account or session speaks now, and once a day, for a server lets a token rest that it does not hear
of. Pure: the waits between tries are drawn by its callers.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

REFRESH_AFTER_MS = 24 * 60 * 60 * 1000
"""How often a registration is told again: thirty times before the server lets the token rest."""


class Wish(StrEnum):
    """What is wanted. The values are stored."""

    REGISTER = "register"
    WITHDRAW = "withdraw"
    LOG_OUT = "log_out"  # the end of a session that telephones were registered with; its token in a push token's place


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks to the server now: an account's name, and what tells its session from others."""

    account: str
    session: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish for one token at one server. `accepted_ms` and `by` are set once the server had it.

    `refused` is the server's own word that it will never have it; `due_ms` when it may be tried, `tries` how often it
    was tried in vain.
    """

    server: str
    token: str = field(repr=False)
    wish: Wish
    language: str = ""
    tries: int = 0
    due_ms: int = 0
    accepted_ms: int | None = None
    by: Speaker | None = None
    refused: str = ""

    def is_open(self, speaker: Speaker | None, now_ms: int) -> bool:
        """Whether the server has still to hear it, whoever may have to be waited for."""
        if self.refused:
            return False
        if self.wish is not Wish.REGISTER or self.accepted_ms is None:
            return True
        is_old = not 0 <= now_ms - self.accepted_ms < REFRESH_AFTER_MS
        return is_old or (speaker is not None and speaker != self.by)

    def is_due(self, speaker: Speaker | None, now_ms: int) -> bool:
        """Whether it is to be tried now. A time further away than a day is a clock's that was wrong."""
        return self.is_open(speaker, now_ms) and not now_ms < self.due_ms <= now_ms + REFRESH_AFTER_MS

    def after_yes(self, speaker: Speaker, now_ms: int) -> "Intent":
        """The server has it."""
        return replace(self, tries=0, due_ms=0, accepted_ms=now_ms, by=speaker, refused="")

    def after_miss(self, now_ms: int, wait_ms: int) -> "Intent":
        """The server did not answer, or not for now."""
        return replace(self, tries=self.tries + 1, due_ms=now_ms + wait_ms)

    def after_no(self, code: str) -> "Intent":
        """The server will never have it."""
        return replace(self, refused=code)


def is_push_token(text: str, most: int) -> bool:
    """Whether a text may be a push token at all: printable ASCII without a blank."""
    return 0 < len(text) <= most and text.isascii() and text.isprintable() and " " not in text
