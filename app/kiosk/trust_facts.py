"""What a kiosk goes by, as its window is told: the lists, the lease, a refused manifest, a download, the clock.

Owns the values between `app.runtime` and the window. They are facts, not texts: what is said of them is written in
`app.kiosk.notices` and `app.kiosk.status`.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.store.rescue import Rescue
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.sync.adoption import Freshness, Lease, Objection, StaleAfter, freshness_of
from core.sync.messages import StaleRow
from core.sync.tally import Finding

USUAL_THRESHOLDS = StaleAfter(StaleRow().warn_ms, StaleRow().amber_ms)
"""An organizer's who set none."""


class Bar(StrEnum):
    """Why nothing can be verified here at all, by what staff can do about it."""

    LOADING = "loading"
    NO_LIST = "no_list"
    NOT_CONFIRMED = "not_confirmed"
    LEASE_OVER = "lease_over"
    DEVICE_REVOKED = "device_revoked"
    NOT_AUTHORISED = "not_authorised"
    KEYS_LOST = "keys_lost"
    STORAGE_FAILED = "storage_failed"


BAR_OF: dict[Outcome, Bar] = {
    Outcome.SNAPSHOT_EXPIRED: Bar.LEASE_OVER,
    Outcome.DEVICE_REVOKED: Bar.DEVICE_REVOKED,
    Outcome.NOT_AUTHORISED: Bar.NOT_AUTHORISED,
}
"""What bars a door that has a manifest (`core.ticket.verify.Barred`)."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """The lists in force: how old, how many tickets of how many, and how old the other doors' admissions are.

    `total` is 0 where no list of tickets is needed; `used_age_ms` is None without word from other doors.
    """

    age_ms: int
    is_past_fresh_until: bool = False
    after: StaleAfter = USUAL_THRESHOLDS
    held: int = 0
    total: int = 0
    used_age_ms: int | None = None

    @property
    def freshness(self) -> Freshness:
        """What is to be said of their age."""
        return self.freshness_at(self.age_ms)

    def freshness_at(self, age_ms: int | None) -> Freshness:
        """What is to be said of these lists at an age; None is of none at all."""
        return freshness_of(age_ms, self.is_past_fresh_until, self.after)


@dataclass(frozen=True, slots=True)
class Download:
    """A newer list on its way, in bytes."""

    done: int
    total: int

    @property
    def share(self) -> float:
        """How much of it has come, from 0 to 1."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Kiosk and server do not hold the same: how, and how many facts the server lacks."""

    finding: Finding
    missing: int


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """All of it. `version` is 0 and `lists` None without a manifest; `objection` is to the last one refused."""

    version: int = 0
    lists: ListFacts | None = None
    lease: Lease = Lease.RUNNING
    lease_until_ms: Millis | None = None
    objection: Objection | None = None
    download: Download | None = None
    bar: Bar | None = None
    difference: Difference | None = None
    rescue: Rescue | None = None
