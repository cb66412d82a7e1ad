"""The statements of redemption, made once: each names the event first.

Owns the SQL that `app.ledger.redemptions` runs. Parameters: `e` the event, `ids` and `tids` lists; `b_…` what a row is
found by or set to.
"""

from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, select, update

from app.ledger.rows import Doubt
from app.ledger.schema import devices, events, facts, incidents, redemptions, tickets
from core.journal.state import Arrival

OPEN, WITHDRAWN = "open", "withdrawn"

EVENT: BindParameter[UUID] = bindparam("e")
IDS: BindParameter[UUID] = bindparam("ids", expanding=True)
TIDS: BindParameter[bytes] = bindparam("tids", expanding=True)

POLICY = select(events.c.policy).where(events.c.event_id == EVENT)
NAMES = select(devices.c.id, devices.c.name).where(devices.c.event_id == EVENT, devices.c.id.in_(IDS))
STORED = select(facts.c.id, facts.c.fingerprint, facts.c.arrival, facts.c.reason, facts.c.answer).where(
    facts.c.event_id == EVENT, facts.c.id.in_(IDS)
)
PLACES = select(facts.c.id, facts.c.device, facts.c.incarnation, facts.c.seq).where(
    facts.c.event_id == EVENT, facts.c.device.in_(IDS), facts.c.seq.in_(bindparam("seqs", expanding=True))
)
TICKETS = (
    select(
        tickets.c.tid,
        tickets.c.gen,
        tickets.c.cls,
        tickets.c.nbf,
        tickets.c.exp,
        tickets.c.denial,
        tickets.c.denial_min_gen,
        tickets.c.denial_since,
        tickets.c.is_inside,
    )
    .where(tickets.c.event_id == EVENT, tickets.c.tid.in_(TIDS))
    .order_by(tickets.c.tid)
)
LOCK = TICKETS.with_for_update()
LOCK_THE_FREE = TICKETS.with_for_update(skip_locked=True)
KNOWN_TIDS = select(tickets.c.tid).where(tickets.c.event_id == EVENT, tickets.c.tid.in_(TIDS))
FACTS = select(facts.c.id, facts.c.tid, facts.c.record, facts.c.outcome, facts.c.is_promise).where(
    facts.c.event_id == EVENT, facts.c.tid.in_(TIDS), facts.c.arrival == Arrival.APPLIED.value
)
REDEMPTIONS = select(redemptions).where(redemptions.c.event_id == EVENT, redemptions.c.tid.in_(TIDS))
INCIDENTS = select(incidents).where(incidents.c.event_id == EVENT, incidents.c.tid.in_(TIDS))
OWNED = select(incidents.c.scan_id, incidents.c.kind).where(
    incidents.c.event_id == EVENT, incidents.c.scan_id.in_(IDS), incidents.c.state == OPEN
)
WAITING = select(facts.c.id, facts.c.device, facts.c.record, facts.c.fingerprint).where(
    facts.c.event_id == EVENT, facts.c.tid.in_(TIDS), facts.c.reason == Doubt.UNKNOWN_TICKET.value
)

TAKE_BACK = delete(facts).where(facts.c.event_id == EVENT, facts.c.id.in_(IDS))
SET_ANSWER = (
    update(facts)
    .where(facts.c.event_id == bindparam("b_event"), facts.c.id == bindparam("b_id"))
    .values(answer=bindparam("b_answer"), outcome=bindparam("b_outcome"), is_promise=bindparam("b_promise"))
)
SET_ASIDE = (
    update(facts)
    .where(facts.c.event_id == bindparam("b_event"), facts.c.id == bindparam("b_id"))
    .values(arrival=bindparam("b_arrival"), reason=bindparam("b_reason"))
)
SET_INSIDE = (
    update(tickets)
    .where(tickets.c.event_id == bindparam("b_event"), tickets.c.tid == bindparam("b_tid"))
    .values(is_inside=bindparam("b_inside"))
)
CLEAR_ENTRY = delete(redemptions).where(
    redemptions.c.event_id == bindparam("b_event"),
    redemptions.c.tid == bindparam("b_tid"),
    redemptions.c.entry_number == bindparam("b_number"),
)
WITHDRAW = (
    update(incidents)
    .where(
        incidents.c.event_id == bindparam("b_event"),
        incidents.c.scan_id == bindparam("b_scan"),
        incidents.c.kind == bindparam("b_kind"),
    )
    .values(state=WITHDRAWN, closed_at=bindparam("b_at"))
)
