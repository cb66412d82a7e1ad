"""A night's report as the ledger tells it: the same answers that the server gives to the organizer's window.

Owns the asking; which figures there are is `core.insight.night_report`'s.
"""

from collections.abc import Sequence

from app.ledger.admin import Office
from app.ledger.curves import span_of as curve_span
from app.ledger.incident_book import Wanted
from app.ledger.kiosk_telling import kiosks_told
from core.insight.night_report import MOST_INCIDENTS, Night, NightSources, night_of, span_of
from core.model.ids import EventId
from core.sync.incident_replies import Incident


def night_in(office: Office, event: EventId) -> Night:
    """The night so far. Raises EventUnknown."""
    policy = office.show_event(event).policy
    since_ms, until_ms, step_min = span_of(policy, office.now_ms())
    span = curve_span(since_ms, until_ms, step_min)
    incidents, has_more = _incidents(office, event)
    return night_of(
        NightSources(
            event=policy,
            status=office.status_of(event),
            arrivals=None if span is None else office.arrivals_of(event, span),
            kiosks=kiosks_told(office, event),
            incidents=incidents,
            has_more=has_more,
        )
    )


def _incidents(office: Office, event: EventId) -> tuple[Sequence[Incident], bool]:
    page = office.incidents.list(event, Wanted(), most=MOST_INCIDENTS)
    return page.incidents, page.after is not None
