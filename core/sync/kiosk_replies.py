"""What the server tells an organizer of kiosks: how each is, a code for one to come, what became of what one brought.

Owns the wire types. What kiosks and server say to each other is in `core.sync.messages`.
"""

from dataclasses import dataclass, field

from core.sync.messages import Vitals


@dataclass(frozen=True, slots=True)
class KioskClock:
    """The kiosk's own clock when it last told it: milliseconds ahead of the server, how sure it is, how it knows."""

    offset_ms: int
    uncertainty_ms: int
    quality: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class KioskVitals:
    """How the kiosk said it is, and when that was heard (unix milliseconds)."""

    told: Vitals
    at_ms: int


@dataclass(frozen=True, slots=True)
class KioskReply:
    """One kiosk. `digits` are there while they wait to be compared; `is_over`: nobody compared them in time.

    `told_facts` is how many facts the kiosk said it had when it last compared, `held_facts` how many of them are here.
    `confirm_until_ms`: until when its digits wait. `revoked_at_ms`: when it lost its rights, where it had any;
    `salvageable` how many facts it brought since, which count for nothing until the organizer says so. `hearing` is how
    it was heard when this was told (`core.insight.hearing`), empty where it is not let in.
    """

    id: str
    name: str
    gate: str
    state: str
    profile: str
    last_seen_ms: int | None
    clock: KioskClock | None
    digits: str | None
    replaces: str | None
    is_over: bool
    told_facts: int | None = None
    held_facts: int | None = None
    vitals: KioskVitals | None = None
    confirm_until_ms: int | None = None
    revoked_at_ms: int | None = None
    salvageable: int = 0
    hearing: str = ""


@dataclass(frozen=True, slots=True)
class CodeReply:
    """A one-time code, said once, and until when it is good (unix milliseconds).

    `root` and `ca` are the fingerprints (hex) for the code's picture: of the root key, and of the server's own
    authority under TLS, where it has one.
    """

    code: str = field(repr=False)
    expires_at_ms: int
    gate: str
    name: str
    root: str
    ca: str | None


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What became of a device's facts. `quarantined` stay where they are, for a reason of their own now."""

    device: str
    facts: int
    applied: int
    quarantined: int
    incidents: int


@dataclass(frozen=True, slots=True)
class QueueReport:
    """What became of a file's facts. `later`: others held their tickets; importing again takes them too.

    `incidents` counts the facts that own one now. `is_revoked`: everything went into quarantine.
    """

    device: str
    facts: int
    applied: int
    replayed: int
    quarantined: int
    later: int
    incidents: int
    is_revoked: bool
