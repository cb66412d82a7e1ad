"""What the window is told of the trust box: its state at a moment, as facts.

Owns the translation alone; the rules behind it are `core.sync.adoption`'s.
"""

from dataclasses import dataclass

from app.kiosk.storage_facts import StorageFacts
from app.kiosk.trust_facts import BAR_OF, Bar, Difference, Download, ListFacts, TrustFacts
from app.runtime.reckoning import Reckoning
from app.runtime.trust_box import TrustBox
from app.store.rescue import Rescue
from core.model.moments import Millis, Moment
from core.model.outcomes import Outcome
from core.sync.adoption import Objection, StaleAfter
from core.sync.tally import Finding
from core.ticket.verify import Trust

_SOUND = StorageFacts()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the box itself does not know: how this kiosk stands with the server and with its own key store."""

    is_loading: bool = False
    is_pending: bool = False
    are_keys_lost: bool = False
    download: Download | None = None
    reckoning: Reckoning | None = None
    rescue: Rescue | None = None


def read_trust(box: TrustBox, now: Moment, standing: Standing, storage: StorageFacts = _SOUND) -> TrustFacts:
    """The facts of a box at a moment, and whether what it lets in can be written down."""
    held = box.taken
    return TrustFacts(
        version=box.version,
        lists=_lists(box, now),
        lease=box.lease(now),
        lease_until_ms=Millis(held.manifest.lease_until_ms) if held else None,
        objection=box.objection,
        download=standing.download,
        difference=_difference(standing.reckoning),
        rescue=storage.rescue or standing.rescue,
        bar=Bar.STORAGE_FAILED if storage.is_failing else _bar(box, standing),
    )


def _difference(found: Reckoning | None) -> Difference | None:
    if found is None or found.finding is Finding.EQUAL:
        return None
    return Difference(found.finding, found.missing)


def _lists(box: TrustBox, now: Moment) -> ListFacts | None:
    held, age_ms, holding = box.taken, box.age_ms(now), box.holding
    if held is None or age_ms is None:
        return None
    stale, used_ms = held.manifest.policy.stale, box.used_as_of_ms
    return ListFacts(
        age_ms=age_ms,
        is_past_fresh_until=now.at_ms > held.manifest.fresh_until_ms,
        after=StaleAfter(stale.warn_ms, stale.amber_ms),
        held=holding.listed if holding else 0,
        total=holding.declared if holding else 0,
        used_age_ms=max(0, now.at_ms - used_ms) if used_ms else None,
    )


def _bar(box: TrustBox, standing: Standing) -> Bar | None:
    """Why nothing can be verified: the reason that leads to a cure before the outcome that follows from it."""
    trust = box.trust
    if isinstance(trust, Trust):
        return None
    if standing.is_loading:
        return Bar.LOADING
    if standing.are_keys_lost:
        return Bar.KEYS_LOST
    if standing.is_pending:
        return Bar.NOT_CONFIRMED
    if trust.outcome is Outcome.SNAPSHOT_EXPIRED and box.objection is not Objection.LEASE_OVER:
        return Bar.NO_LIST
    return BAR_OF.get(trust.outcome, Bar.NOT_AUTHORISED)
