"""What a kiosk trusts at this moment, and everything that a door says about its age.

Owns the swap: what follows from a manifest is put in force as one reference, so that a scan sees the old one or the new
one and never a mixture, and no lock is shared with whoever refreshes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.gate.operators import Operator
from core.model.ids import DeviceId, EventId, GateId
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome
from core.sync.adoption import Freshness, Lease, Objection, StaleAfter, freshness_of, lease_of
from core.sync.messages import Manifest
from core.ticket.segments import ATTENDEES, Kind, tag_of
from core.ticket.verify import Barred, Trust

_LISTED = (Kind.ALLOW.label, Kind.LEGACY.label)
"""The lists that let guests in."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A manifest that passed every check, with what follows from it for this device."""

    manifest: Manifest
    trust: Trust
    operators: tuple[Operator, ...] = field(default=(), repr=False)
    """The door staff of the event."""

    @property
    def version(self) -> int:
        """The manifest's version."""
        return self.manifest.version

    @property
    def used_as_of_ms(self) -> Millis:
        """Until when the list of used tickets is complete, as the server has it; 0 without such a list."""
        return Millis(next((row.as_of_ms for row in self.manifest.segments if row.kind == Kind.USED.label), 0))

    @property
    def tickets(self) -> int:
        """How many tickets it lets in: those on its lists, or all that were issued where a key proves them."""
        return tickets_of(self.manifest)

    @property
    def people_sha256(self) -> str | None:
        """Which list of people it names; None where it has none."""
        return next((row.sha256 for row in self.manifest.segments if row.kind == ATTENDEES), None)

    def names(self) -> Mapping[bytes, str]:
        """What the tags of a list of used tickets stand for: gates by their id, devices by their name."""
        gates = {tag_of(gate.id): gate.id for gate in self.manifest.policy.gates}
        return gates | {tag_of(device.id): device.name for device in self.manifest.devices}

    def as_of_ms(self, confirmed_ms: Millis, now: Moment) -> Millis:
        """Since when these lists may be out of date (unix milliseconds).

        While the manifest promises to be fresh, that is when a server last called it the newest. After that only its
        signature counts, so that nobody keeps a door on old lists by repeating that there is nothing new.
        """
        return confirmed_ms if now.at_ms <= self.manifest.fresh_until_ms else Millis(self.manifest.issued_at_ms)


def tickets_of(manifest: Manifest) -> int:
    """How many tickets a manifest lets in, as it says itself."""
    listed = sum(row.count for row in manifest.segments if row.kind in _LISTED)
    return listed or manifest.tickets


@dataclass(frozen=True, slots=True)
class Holding:
    """ "I hold 41,203 of 41,203": tickets of the lists in force, those of the newest manifest seen, and its time."""

    listed: int
    declared: int
    as_of_ms: Millis


@dataclass(frozen=True, slots=True)
class InForce:
    """One look at the box: all of one manifest, or barred. `confirmed_ms`: last known to be the newest."""

    trust: Trust | Barred
    taken: Taken | None = None
    confirmed_ms: Millis | None = None
    names: Mapping[bytes, str] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The manifest's version; 0 without one."""
        return self.taken.version if self.taken else 0

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The door staff; nobody without a manifest."""
        return self.taken.operators if self.taken else ()

    @property
    def used_as_of_ms(self) -> Millis:
        """Until when the list of used tickets is complete; 0 without one."""
        return self.taken.used_as_of_ms if self.taken else Millis(0)

    def age_ms(self, now: Moment) -> int | None:
        """How old the lists are; None without any."""
        if self.taken is None or self.confirmed_ms is None:
            return None
        return max(0, now.at_ms - self.taken.as_of_ms(self.confirmed_ms, now))


@dataclass(frozen=True, slots=True)
class Place:
    """What a kiosk is called, and the gate that it stands at."""

    name: str
    gate: GateId


class TrustBox:
    """The trust of now. Read from any thread, without a lock; replaced by the one thread that refreshes."""

    def __init__(self, event: EventId) -> None:
        self._event = event
        self._in_force = InForce(Barred(Outcome.SNAPSHOT_EXPIRED))
        self._declared: Manifest | None = None
        self._objection: Objection | None = None

    @property
    def in_force(self) -> InForce:
        """Everything of one manifest, at once."""
        return self._in_force

    @property
    def trust(self) -> Trust | Barred:
        """The trust of now; barred with `snapshot_expired` while there is no manifest."""
        return self._in_force.trust

    def place_of(self, device: DeviceId) -> Place | None:
        """Where the manifest held says that a kiosk stands; None without one that names it, or names no such gate."""
        manifest = self._in_force.taken.manifest if self._in_force.taken else None
        if manifest is None:
            return None
        row = next((each for each in manifest.devices if each.id == device.hex), None)
        is_there = row is not None and any(gate.id == row.gate for gate in manifest.policy.gates)
        return Place(row.name, GateId(row.gate)) if row is not None and is_there else None

    @property
    def taken(self) -> Taken | None:
        """The manifest held, also while the box is barred; None without one."""
        return self._in_force.taken

    @property
    def version(self) -> int:
        """The manifest's version; 0 without one."""
        return self._in_force.version

    @property
    def epoch(self) -> str:
        """The ledger's, as the newest genuine manifest has it; empty without one, or from an older server."""
        newest = self._declared or (self.taken.manifest if self.taken else None)
        return newest.epoch if newest else ""

    @property
    def fetched_ms(self) -> Millis | None:
        """When the manifest was last known to be the newest."""
        return self._in_force.confirmed_ms

    @property
    def used_as_of_ms(self) -> Millis:
        """Until when the list of used tickets is complete; 0 without one."""
        return self._in_force.used_as_of_ms

    @property
    def holding(self) -> Holding | None:
        """What this kiosk holds of what the newest manifest declares; None before the first manifest was seen."""
        held, newest = self.taken, self._declared
        if newest is None:
            return None
        return Holding(held.tickets if held else 0, tickets_of(newest), Millis(newest.issued_at_ms))

    @property
    def objection(self) -> Objection | None:
        """Why the last manifest that came was not taken; None when it was, or nothing spoke against it."""
        return self._objection

    def age_ms(self, now: Moment) -> int | None:
        """How old the lists are; None without any."""
        return self._in_force.age_ms(now)

    def freshness(self, now: Moment) -> Freshness:
        """What the age of the lists is worth saying."""
        held = self.taken
        if held is None:
            return Freshness.AMBER
        manifest, stale = held.manifest, held.manifest.policy.stale
        is_past = now.at_ms > manifest.fresh_until_ms
        return freshness_of(self.age_ms(now), is_past, StaleAfter(stale.warn_ms, stale.amber_ms))

    def lease(self, now: Moment) -> Lease:
        """How long the manifest may still be used; over without one."""
        held = self.taken
        return Lease.OVER if held is None else lease_of(Millis(held.manifest.lease_until_ms), now)

    def adopt(self, taken: Taken, confirmed_ms: int) -> None:
        """Puts a manifest in force. The caller has checked it."""
        self._in_force = InForce(taken.trust, taken, Millis(confirmed_ms), taken.names())
        self._declared = taken.manifest
        self._objection = None

    def declare(self, manifest: Manifest) -> None:
        """A newer manifest is genuine, and its lists are on their way."""
        self._declared = manifest

    def object_to(self, objection: Objection | None) -> None:
        """Remembers why a manifest was not taken. What is in force stays."""
        self._objection = objection

    def confirm(self, at_ms: int) -> None:
        """The manifest held is still the newest; in force again, where the door was barred meanwhile."""
        held = self._in_force
        if held.taken is not None:
            self._in_force = replace(held, trust=held.taken.trust, confirmed_ms=Millis(at_ms))
            self._objection = None

    def bar(self, outcome: Outcome) -> None:
        """Verifies nothing more, and says why."""
        self._in_force = replace(self._in_force, trust=Barred(outcome))

    def clear(self, outcome: Outcome) -> None:
        """Lets go of the manifest, its keys and its lists, and says why."""
        self._in_force = InForce(Barred(outcome))
        self._declared = None
