"""Making this computer a door, as its window needs it: the steps, what each can come to, and what goes wrong.

Owns the values and the contract. The steps themselves are `app.runtime.enrolling`'s; the window knows them by the
`Enroller` alone, and a fake one passes the same contract in tests.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from core.sync.enrolment import Invitation
from core.ticket.keyring import VerifyProfile


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed in place of showing the organizer's code: the server's address, the one-time code."""

    server: str
    code: str = field(repr=False)


Wanted = Invitation | Typed


@dataclass(frozen=True, slots=True)
class Begun:
    """The server knows this kiosk and does not trust it yet: what both people compare, and what it will be."""

    digits: str
    event_name: str
    gate_name: str
    device_name: str
    profile: VerifyProfile
    is_unprotected: bool = False
    """The keys lie in files that only this account reads: a stolen disk would give them away."""


@dataclass(frozen=True, slots=True)
class Holds:
    """The first lists are here: how many tickets of how many."""

    held: int
    total: int


class EnrolTrouble(StrEnum):
    """Why it did not come about, by what people can do about it."""

    NOT_AN_INVITATION = "not_an_invitation"
    KIOSK_OUTDATED = "kiosk_outdated"
    SERVER_OUTDATED = "server_outdated"
    CODE_WRONG = "code_wrong"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    CODE_WITHDRAWN = "code_withdrawn"
    UNREACHABLE = "unreachable"
    OTHER_SERVER = "other_server"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EARLY = "certificate_early"
    CERTIFICATE_STRANGER = "certificate_stranger"
    TLS_MISSING = "tls_missing"
    TLS_WANTED = "tls_wanted"
    TLS_OLD = "tls_old"
    NOT_CONFIRMED = "not_confirmed"
    SERVER_TROUBLE = "server_trouble"
    LIST_REFUSED = "list_refused"
    STORAGE_FAILED = "storage_failed"
    PROGRAM_FAULT = "program_fault"


Progress = Callable[[int, int], None]
"""Hears how many bytes of how many have come."""


class Enroller(Protocol):
    """The three steps, in this order. Called from one worker thread; each may take as long as it needs.

    Expected trouble is returned. AppErrors of disk and vault are raised.
    """

    def begin(self, wanted: Wanted) -> Begun | EnrolTrouble:
        """Makes this kiosk's keys and trades the code for a device that waits for the organizer."""

    def wait(self, stop: threading.Event) -> EnrolTrouble | None:
        """Returns None once the organizer has compared the digits; returns soon after `stop` is set in any case."""

    def load(self, stop: threading.Event, progress: Progress) -> Holds | EnrolTrouble:
        """Fetches the first manifest and its lists; again goes on where it broke. Ends soon after `stop` is set."""
