"""The closed list of outcomes: one member, one table row each.

Owns what an outcome means for the door: its class, its shape and rhythm, who may override it and the reason that
pretix's check-in API would give. Refuses texts: words and next steps per language live in `resources/words`,
keyed by the outcome's code, and a test holds the two together. Codes never change meaning; texts may.
"""

from dataclasses import dataclass
from enum import StrEnum


class OutcomeClass(StrEnum):
    """What one glance tells. Colour, shape and rhythm follow the class, so that none of them is the only sign."""

    ADMIT = "admit"
    LEAVE = "leave"
    ADMIT_AND_ACT = "admit_and_act"
    HOLD = "hold"
    DENY = "deny"
    SYSTEM = "system"


class Shape(StrEnum):
    """The sign beside the word, as large as the word."""

    TICK = "tick"
    ARROW_OUT = "arrow_out"
    TICK_HAND = "tick_hand"
    PAUSE = "pause"
    CROSS = "cross"
    GEAR = "gear"


class Sound(StrEnum):
    """A file `resources/sounds/<value>.wav`, 0.5 s at most; each class has a rhythm of its own."""

    RISING = "rising"
    FALLING = "falling"
    RISING_BELL = "rising_bell"
    TWO_EQUAL = "two_equal"
    LONG_LOW = "long_low"
    THREE_LOW = "three_low"


class Override(StrEnum):
    """Who may admit the guest all the same."""

    NOBODY = "nobody"
    ACKNOWLEDGE = "acknowledge"
    PICK_ONE = "pick_one"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Outcome(StrEnum):
    """What the door said about one presentation."""

    ADMITTED = "admitted"
    ADMITTED_OFFLINE = "admitted_offline"
    ADMITTED_REENTRY = "admitted_reentry"
    EXIT_RECORDED = "exit_recorded"
    EXIT_WITHOUT_ENTRY = "exit_without_entry"
    ATTENTION = "attention"
    LEGACY_ADMITTED = "legacy_admitted"
    ANSWERS_REQUIRED = "answers_required"
    CONFIRM_IDENTITY = "confirm_identity"
    UNPAID = "unpaid"
    JUST_SCANNED_HERE = "just_scanned_here"
    UNLISTED = "unlisted"
    LEGACY_EXPIRED = "legacy_expired"
    ALREADY_USED = "already_used"
    ALREADY_INSIDE = "already_inside"
    LIMIT_REACHED = "limit_reached"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    WRONG_GATE = "wrong_gate"
    WRONG_PRODUCT = "wrong_product"
    WRONG_DATE = "wrong_date"
    WRONG_EVENT = "wrong_event"
    CANCELED = "canceled"
    REVOKED = "revoked"
    BLOCKED = "blocked"
    BAD_SIGNATURE = "bad_signature"
    DAMAGED_CODE = "damaged_code"
    UNKNOWN_CODE = "unknown_code"
    REPLAYED_CODE = "replayed_code"
    BAD_PROOF = "bad_proof"
    PROOF_MISSING = "proof_missing"
    AMBIGUOUS = "ambiguous"
    NOT_A_TICKET = "not_a_ticket"
    UNKNOWN_KEY = "unknown_key"
    KEY_REVOKED = "key_revoked"
    SNAPSHOT_EXPIRED = "snapshot_expired"
    CLOCK_UNTRUSTED = "clock_untrusted"
    UPDATE_REQUIRED = "update_required"
    DEVICE_REVOKED = "device_revoked"
    NOT_AUTHORISED = "not_authorised"
    STORAGE_FAILED = "storage_failed"
    UNDONE = "undone"
    UNDO_REFUSED = "undo_refused"
    QUARANTINED = "quarantined"
    SERVER_BUSY = "server_busy"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Look:
    """The sign of a class that is neither its colour nor its word."""

    shape: Shape
    sound: Sound


LOOKS: dict[OutcomeClass, Look] = {
    OutcomeClass.ADMIT: Look(Shape.TICK, Sound.RISING),
    OutcomeClass.LEAVE: Look(Shape.ARROW_OUT, Sound.FALLING),
    OutcomeClass.ADMIT_AND_ACT: Look(Shape.TICK_HAND, Sound.RISING_BELL),
    OutcomeClass.HOLD: Look(Shape.PAUSE, Sound.TWO_EQUAL),
    OutcomeClass.DENY: Look(Shape.CROSS, Sound.LONG_LOW),
    OutcomeClass.SYSTEM: Look(Shape.GEAR, Sound.THREE_LOW),
}


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One row of the table. `pretix_reason` is empty where pretix has no such answer."""

    outcome_class: OutcomeClass
    pretix_reason: str
    override: Override

    @property
    def look(self) -> Look:
        """The shape and the sound of the row's class."""
        return LOOKS[self.outcome_class]


_C, _V = OutcomeClass, Override
TABLE: dict[Outcome, OutcomeRow] = {
    Outcome.ADMITTED: OutcomeRow(_C.ADMIT, "ok", _V.NOBODY),
    Outcome.ADMITTED_OFFLINE: OutcomeRow(_C.ADMIT, "ok", _V.NOBODY),
    Outcome.ADMITTED_REENTRY: OutcomeRow(_C.ADMIT, "ok", _V.NOBODY),
    Outcome.EXIT_RECORDED: OutcomeRow(_C.LEAVE, "ok", _V.NOBODY),
    Outcome.EXIT_WITHOUT_ENTRY: OutcomeRow(_C.ADMIT_AND_ACT, "ok", _V.NOBODY),
    Outcome.ATTENTION: OutcomeRow(_C.ADMIT_AND_ACT, "ok", _V.ACKNOWLEDGE),
    Outcome.LEGACY_ADMITTED: OutcomeRow(_C.ADMIT_AND_ACT, "ok", _V.NOBODY),
    Outcome.ANSWERS_REQUIRED: OutcomeRow(_C.HOLD, "incomplete", _V.SUPERVISOR),
    Outcome.CONFIRM_IDENTITY: OutcomeRow(_C.HOLD, "", _V.ACKNOWLEDGE),
    Outcome.UNPAID: OutcomeRow(_C.HOLD, "unpaid", _V.SUPERVISOR),
    Outcome.JUST_SCANNED_HERE: OutcomeRow(_C.HOLD, "", _V.NOBODY),
    Outcome.UNLISTED: OutcomeRow(_C.HOLD, "invalid", _V.SUPERVISOR),
    Outcome.LEGACY_EXPIRED: OutcomeRow(_C.HOLD, "invalid", _V.SUPERVISOR),
    Outcome.ALREADY_USED: OutcomeRow(_C.DENY, "already_redeemed", _V.SUPERVISOR),
    Outcome.ALREADY_INSIDE: OutcomeRow(_C.DENY, "already_redeemed", _V.SUPERVISOR),
    Outcome.LIMIT_REACHED: OutcomeRow(_C.DENY, "rules", _V.SUPERVISOR),
    Outcome.TOO_EARLY: OutcomeRow(_C.DENY, "invalid_time", _V.SUPERVISOR),
    Outcome.TOO_LATE: OutcomeRow(_C.DENY, "invalid_time", _V.SUPERVISOR),
    Outcome.WRONG_GATE: OutcomeRow(_C.DENY, "rules", _V.SUPERVISOR),
    Outcome.WRONG_PRODUCT: OutcomeRow(_C.DENY, "product", _V.SUPERVISOR),
    Outcome.WRONG_DATE: OutcomeRow(_C.DENY, "product", _V.SUPERVISOR),
    Outcome.WRONG_EVENT: OutcomeRow(_C.DENY, "invalid", _V.NOBODY),
    Outcome.CANCELED: OutcomeRow(_C.DENY, "canceled", _V.SUPERVISOR),
    Outcome.REVOKED: OutcomeRow(_C.DENY, "revoked", _V.SUPERVISOR),
    Outcome.BLOCKED: OutcomeRow(_C.DENY, "blocked", _V.ADMIN),
    Outcome.BAD_SIGNATURE: OutcomeRow(_C.DENY, "invalid", _V.NOBODY),
    Outcome.DAMAGED_CODE: OutcomeRow(_C.DENY, "invalid", _V.NOBODY),
    Outcome.UNKNOWN_CODE: OutcomeRow(_C.DENY, "invalid", _V.NOBODY),
    Outcome.REPLAYED_CODE: OutcomeRow(_C.DENY, "invalid", _V.SUPERVISOR),
    Outcome.BAD_PROOF: OutcomeRow(_C.DENY, "invalid", _V.SUPERVISOR),
    Outcome.PROOF_MISSING: OutcomeRow(_C.DENY, "invalid", _V.SUPERVISOR),
    Outcome.AMBIGUOUS: OutcomeRow(_C.DENY, "ambiguous", _V.PICK_ONE),
    Outcome.NOT_A_TICKET: OutcomeRow(_C.SYSTEM, "invalid", _V.NOBODY),
    Outcome.UNKNOWN_KEY: OutcomeRow(_C.SYSTEM, "invalid", _V.ADMIN),
    Outcome.KEY_REVOKED: OutcomeRow(_C.SYSTEM, "invalid", _V.ADMIN),
    Outcome.SNAPSHOT_EXPIRED: OutcomeRow(_C.SYSTEM, "invalid", _V.ADMIN),
    Outcome.CLOCK_UNTRUSTED: OutcomeRow(_C.SYSTEM, "", _V.SUPERVISOR),
    Outcome.UPDATE_REQUIRED: OutcomeRow(_C.SYSTEM, "", _V.NOBODY),
    Outcome.DEVICE_REVOKED: OutcomeRow(_C.SYSTEM, "401", _V.NOBODY),
    Outcome.NOT_AUTHORISED: OutcomeRow(_C.SYSTEM, "403", _V.NOBODY),
    Outcome.STORAGE_FAILED: OutcomeRow(_C.SYSTEM, "", _V.NOBODY),
    Outcome.UNDONE: OutcomeRow(_C.SYSTEM, "annulled", _V.SUPERVISOR),
    Outcome.UNDO_REFUSED: OutcomeRow(_C.SYSTEM, "annulled", _V.SUPERVISOR),
    Outcome.QUARANTINED: OutcomeRow(_C.SYSTEM, "error", _V.NOBODY),
    Outcome.SERVER_BUSY: OutcomeRow(_C.SYSTEM, "error", _V.NOBODY),
    Outcome.SERVER_ERROR: OutcomeRow(_C.SYSTEM, "error", _V.NOBODY),
    Outcome.TIMEOUT: OutcomeRow(_C.SYSTEM, "error", _V.NOBODY),
}


class Source(StrEnum):
    """Who decided: the server, or the kiosk alone."""

    ONLINE = "online"
    OFFLINE = "offline"


ADMISSIONS = frozenset(
    {
        Outcome.ADMITTED,
        Outcome.ADMITTED_OFFLINE,
        Outcome.ADMITTED_REENTRY,
        Outcome.ATTENTION,
        Outcome.LEGACY_ADMITTED,
    }
)
"""The outcomes after which a guest is inside who was not before."""


def is_admission(outcome: Outcome) -> bool:
    """Whether a guest goes in on this outcome. Exits are no admissions, green or not."""
    return outcome in ADMISSIONS


def takes_entry(outcome: Outcome) -> bool:
    """Whether an outcome uses one of a ticket's entries up: every admission but the return of a guest who had left."""
    return is_admission(outcome) and outcome is not Outcome.ADMITTED_REENTRY
