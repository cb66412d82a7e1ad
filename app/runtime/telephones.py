"""Tells servers where this account's telephones are reached, until they have it: now, and whenever somebody comes by.

Owns one round over what is wanted of one server: whoever has a session there (the window, a command) lets it go round.
A server that is away keeps a wish waiting; one that says no for good ends it, and its word is kept for a person.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, assert_never

from app.clock import wall_ms
from app.net.patience import BackOff
from app.store.push_intents import PushIntents
from core.delivery.push_intent import Intent, Speaker, Wish
from core.insight.question import Deed, Method, nothing
from core.model.ids import EventId
from core.model.roles import Right
from core.sync.answers import Done, Later, Rejected

LONGEST_WAIT_S = 15 * 60.0
TIMEOUT_S = 8.0
_PATH = "/api/v1/me/push-tokens"
_FOR_GOOD = frozenset({"push_token_wrong", "invalid_request"})
"""The refusals that no session and no other day changes."""
T = TypeVar("T")


class Doer(Protocol):
    """Who speaks to a server (`app.net.organizer_client.OrganizerClient`)."""

    server: str

    def do(self, deed: Deed[T], event: EventId | None) -> Done[T] | Later | Rejected:
        """Does it once."""

    def log_out(self, token: str | None = None) -> Done[None] | Later | Rejected:
        """Ends a session."""


def speaker_of(account: str, session_token: str) -> Speaker:
    """Who speaks, without the secret that they speak with."""
    return Speaker(account, hashlib.sha256(session_token.encode()).hexdigest()[:16])


class Telephones:
    """The telephones of one folder. Its methods ask a server or a disk: not for a window's thread."""

    def __init__(self, folder: Path, now_ms: Callable[[], int] = wall_ms) -> None:
        self._intents = PushIntents(folder)
        self._now_ms = now_ms

    def want(self, server: str, token: str, wish: Wish, language: str = "") -> Intent:
        """Keeps a wish; it is on the disk when this returns. Raises StorageFailed."""
        return self._intents.put(server, token, wish, self._now_ms(), language)

    def of_server(self, server: str) -> list[Intent]:
        """What is wanted of a server. Raises StorageFailed."""
        return self._intents.of_server(server)

    def log_out(self, server: str, session_token: str) -> Intent | None:
        """Somebody logs out: nothing more is wanted there but the end of the session, which ends their telephones.

        None where nobody wanted any. Raises StorageFailed.
        """
        if not self._intents.of_server(server):
            return None
        self._intents.forget(server)
        return self._intents.put(server, session_token, Wish.LOG_OUT, self._now_ms())

    def logged_out(self, intent: Intent) -> None:
        """The server has heard it. Raises StorageFailed."""
        self._intents.done(intent)

    def go_round(self, client: Doer, speaker: Speaker, *, is_urgent: bool = False) -> list[Intent]:
        """Tries once what is due, or with `is_urgent` all that is open; what the server has still to hear afterwards.

        Raises StorageFailed.
        """
        now_ms = self._now_ms()
        for intent in self._intents.of_server(client.server):
            is_wanted = intent.is_open(speaker, now_ms) if is_urgent else intent.is_due(speaker, now_ms)
            if is_wanted and not self._try(client, intent, speaker):
                break
        return [each for each in self._intents.of_server(client.server) if each.is_open(speaker, self._now_ms())]

    def _try(self, client: Doer, intent: Intent, speaker: Speaker) -> bool:
        """One wish; False where the server has no ear for the others either."""
        is_end = intent.wish is Wish.LOG_OUT
        answer = client.log_out(intent.token) if is_end else client.do(_deed(intent), None)
        now_ms = self._now_ms()
        match answer:
            case Done() if intent.wish is not Wish.REGISTER:
                self._intents.done(intent)
            case Rejected() if is_end and answer.is_our_servers:  # it was over already
                self._intents.done(intent)
            case Done():
                self._intents.keep(intent.after_yes(speaker, now_ms))
            case Rejected(code=code) if answer.is_our_servers and code in _FOR_GOOD:
                self._intents.keep(intent.after_no(code))
            case Later() | Rejected():
                asked_s = answer.retry_after_s if isinstance(answer, Later) else None
                wait_s = BackOff(LONGEST_WAIT_S, intent.tries).next_wait_s(asked_s)
                self._intents.keep(intent.after_miss(now_ms, int(wait_s * 1000)))
                return False
            case _:
                assert_never(answer)
        return True


def _deed(intent: Intent) -> Deed[None]:
    """A wish as the server is asked. Everybody who is logged in may say it of their own telephones."""
    right = Right.READ_EVENT
    if intent.wish is Wish.WITHDRAW:
        return Deed(Method.POST, f"{_PATH}/withdraw", nothing, right, {"token": intent.token}, timeout_s=TIMEOUT_S)
    body = {"token": intent.token} | ({"language": intent.language} if intent.language else {})
    return Deed(Method.PUT, _PATH, nothing, right, body, timeout_s=TIMEOUT_S)
