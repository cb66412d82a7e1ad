"""Whether a kiosk takes a manifest that came from outside, and how long it may go on with the one it holds.

Owns the refusals, each with its name, and the states of a held manifest's age. The same checks hold for a manifest from
the network and one from a USB stick.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.model.ids import EventId
from core.model.moments import Millis, Moment
from core.sync.messages import Manifest, SegmentRow
from core.sync.signing import is_signed, manifest_bytes
from core.ticket.segments import ATTENDEES, MOST_BYTES, Kind

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_ALL_FILES_BYTES = 256 * 1024 * 1024
HOUR_MS = 3_600_000
LEASE_WARNINGS_MS = (2 * HOUR_MS, 24 * HOUR_MS)


class Objection(StrEnum):
    """Why a manifest is not taken; what is held stays in force."""

    TOO_LARGE = "manifest_too_large"
    BAD_SIGNATURE = "manifest_bad_signature"
    UNREADABLE = "manifest_unreadable"
    OTHER_EVENT = "manifest_other_event"
    OLDER = "manifest_older"
    SAME_VERSION_OTHER_BYTES = "manifest_same_version_other_bytes"
    NO_KEYS_FOR_THIS_DEVICE = "manifest_without_keys_for_this_device"
    LISTS_TOO_LARGE = "lists_too_large"
    LIST_DIFFERS = "list_differs"
    LIST_MISSING = "list_missing"
    LEASE_OVER = "manifest_lease_over"


@dataclass(frozen=True, slots=True)
class Held:
    """What a kiosk remembers of the newest manifest that it took, even after the manifest itself was erased."""

    version: int
    body_sha256: bytes


def objection_to_bytes(body: bytes, signature_hex: str, root: bytes) -> Objection | None:
    """What speaks against the bytes before anything in them is read: their size, their signature."""
    if len(body) > MAX_MANIFEST_BYTES:
        return Objection.TOO_LARGE
    return None if is_signed(root, manifest_bytes(body), signature_hex) else Objection.BAD_SIGNATURE


def objection_to_manifest(
    manifest: Manifest, body_sha256: bytes, *, event: EventId, held: Held | None, now: Moment
) -> Objection | None:
    """What speaks against a signed manifest: its event, its version, its lease, the size of its lists."""
    if manifest.event != event.hex or manifest.policy.event != event.hex:
        return Objection.OTHER_EVENT
    if held is not None and manifest.version < held.version:
        return Objection.OLDER
    if held is not None and manifest.version == held.version and body_sha256 != held.body_sha256:
        return Objection.SAME_VERSION_OTHER_BYTES
    if lease_of(Millis(manifest.lease_until_ms), now) is Lease.OVER:
        return Objection.LEASE_OVER
    files = [file for segment in manifest.segments for file in (segment.base, *segment.deltas)]
    is_too_large = any(file.bytes > MOST_BYTES for file in files) or sum(f.bytes for f in files) > MAX_ALL_FILES_BYTES
    return Objection.LISTS_TOO_LARGE if is_too_large or any(map(_is_overgrown, manifest.segments)) else None


def _is_overgrown(segment: SegmentRow) -> bool:
    kind = Kind.named(segment.kind)
    return kind is not None and segment.count * kind.width > MOST_BYTES


def is_known_kind(segment: SegmentRow) -> bool:
    """Whether this program uses a list of that kind; another one is left where it is."""
    return Kind.named(segment.kind) is not None or segment.kind == ATTENDEES


class Lease(StrEnum):
    """How long the held manifest may still be used."""

    RUNNING = "running"
    ENDS_TODAY = "ends_today"
    ENDS_SOON = "ends_soon"
    OVER = "over"


def lease_of(lease_until_ms: Millis, now: Moment) -> Lease:
    """A lease's state; warned of 24 h and 2 h before its end. A suspect clock ends no lease, and gives no warning."""
    if now.is_suspect:
        return Lease.RUNNING
    if now.at_ms - now.uncertainty_ms > lease_until_ms:
        return Lease.OVER
    left_ms = lease_until_ms - now.at_ms
    soon, today = LEASE_WARNINGS_MS
    if left_ms <= soon:
        return Lease.ENDS_SOON
    return Lease.ENDS_TODAY if left_ms <= today else Lease.RUNNING


class Freshness(StrEnum):
    """What a door says about the age of its lists."""

    FRESH = "fresh"
    WARN = "warn"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class StaleAfter:
    """The organizer's thresholds, in milliseconds of age."""

    warn_ms: int
    amber_ms: int


def freshness_of(age_ms: int | None, is_past_fresh_until: bool, after: StaleAfter) -> Freshness:
    """The state of lists of an age; None is no lists at all. Past `fresh_until` they are at least worth a warning."""
    if age_ms is None or age_ms >= after.amber_ms:
        return Freshness.AMBER
    return Freshness.WARN if age_ms >= after.warn_ms or is_past_fresh_until else Freshness.FRESH
