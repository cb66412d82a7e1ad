"""The statements of redemption, made once: each names the event first.

Owns the SQL that `app.ledger.redemptions` runs. Parameters: `e` the event; `ids`, `tids` and `digests` lists; `b_…`
what a row is found by or set to.
"""

from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, select, union, update

from app.ledger.outbox import ENDPOINTS
from app.ledger.rows import Doubt
from app.ledger.schema import (
    NO_EVENT,
    codes,
    devices,
    events,
    facts,
    incidents,
    installation,
    redemptions,
    ticket_marks,
    tickets,
)
from core.journal.state import Arrival

OPEN, WITHDRAWN, RESOLVED = "open", "withdrawn", "resolved"

EVENT: BindParameter[UUID] = bindparam("e")
IDS: BindParameter[UUID] = bindparam("ids", expanding=True)
TIDS: BindParameter[bytes] = bindparam("tids", expanding=True)
DIGESTS: BindParameter[bytes] = bindparam("digests", expanding=True)

POLICY = select(events.c.policy, events.c.manifest_version, ENDPOINTS).where(events.c.event_id == EVENT)
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
        tickets.c.kid,
        tickets.c.flags,
        tickets.c.gen,
        tickets.c.cls,
        tickets.c.nbf,
        tickets.c.exp,
        tickets.c.denial,
        tickets.c.denial_min_gen,
        tickets.c.denial_since,
        tickets.c.is_inside,
        tickets.c.source,
        tickets.c.external_ref,
    )
    .where(tickets.c.event_id == EVENT, tickets.c.tid.in_(TIDS))
    .order_by(tickets.c.tid)
)
LOCK = TICKETS.with_for_update()
LOCK_THE_FREE = TICKETS.with_for_update(skip_locked=True)
KNOWN_TIDS = select(tickets.c.tid).where(tickets.c.event_id == EVENT, tickets.c.tid.in_(TIDS))
FACTS = select(facts.c.id, facts.c.tid, facts.c.gen, facts.c.record, facts.c.outcome, facts.c.is_promise).where(
    facts.c.event_id == EVENT, facts.c.tid.in_(TIDS), facts.c.arrival == Arrival.APPLIED.value
)
MARKS = select(ticket_marks.c.tid, ticket_marks.c.bits).where(
    ticket_marks.c.event_id == EVENT, ticket_marks.c.tid.in_(TIDS)
)
RESTORED_AT = select(installation.c.restored_at).where(installation.c.event_id == NO_EVENT)
NEW_SINCE = (
    select(facts.c.tid)
    .where(
        facts.c.event_id == EVENT,
        facts.c.tid.in_(TIDS),
        facts.c.arrival == Arrival.APPLIED.value,
        facts.c.received_at >= bindparam("since"),
        facts.c.is_resent.is_(False),
    )
    .distinct()
)
TIDS_WITH_FACTS = (
    select(facts.c.tid)
    .where(facts.c.event_id == EVENT, facts.c.tid.in_(TIDS), facts.c.arrival == Arrival.APPLIED.value)
    .distinct()
)
LISTED_CODES = (
    select(codes.c.digest, codes.c.form, codes.c.tid, codes.c.gen, tickets.c.cls)
    .join(tickets, (tickets.c.event_id == codes.c.event_id) & (tickets.c.tid == codes.c.tid))
    .where(codes.c.event_id == EVENT, codes.c.digest.in_(DIGESTS))
)
LISTED_TICKETS = select(tickets.c.digest, tickets.c.tid, tickets.c.gen, tickets.c.cls).where(
    tickets.c.event_id == EVENT, tickets.c.digest.in_(DIGESTS)
)
NUMBERED_TICKETS = select(tickets.c.tid, tickets.c.gen, tickets.c.cls).where(
    tickets.c.event_id == EVENT, tickets.c.tid.in_(TIDS)
)
CODES_OF = select(codes.c.digest, codes.c.tid).where(codes.c.event_id == EVENT, codes.c.tid.in_(TIDS))
DIGESTS_OF = select(tickets.c.digest, tickets.c.tid).where(
    tickets.c.event_id == EVENT, tickets.c.tid.in_(TIDS), tickets.c.digest.is_not(None)
)
SCANS_OF_CODES = select(facts.c.id, facts.c.tid).where(
    facts.c.event_id == EVENT, facts.c.id.in_(IDS), facts.c.digest.is_not(None), facts.c.tid.is_not(None)
)
REDEMPTIONS = select(redemptions).where(redemptions.c.event_id == EVENT, redemptions.c.tid.in_(TIDS))
INCIDENTS = select(incidents).where(incidents.c.event_id == EVENT, incidents.c.tid.in_(TIDS))
TICKET_OF_INCIDENT = select(incidents.c.tid).where(
    incidents.c.event_id == EVENT, incidents.c.scan_id == bindparam("scan"), incidents.c.kind == bindparam("kind")
)
OWNED = select(incidents.c.scan_id, incidents.c.kind).where(
    incidents.c.event_id == EVENT, incidents.c.scan_id.in_(IDS), incidents.c.state == OPEN
)
WAITING = select(facts.c.id, facts.c.device, facts.c.record, facts.c.fingerprint).where(
    facts.c.event_id == EVENT, facts.c.tid.in_(TIDS), facts.c.reason == Doubt.UNKNOWN_TICKET.value
)
WAITING_CODES = select(facts.c.id, facts.c.device, facts.c.record, facts.c.fingerprint).where(
    facts.c.event_id == EVENT, facts.c.digest.in_(DIGESTS), facts.c.reason == Doubt.UNKNOWN_TICKET.value
)
_IS_WAITING = (
    (facts.c.event_id == EVENT)
    & (facts.c.reason == Doubt.UNKNOWN_TICKET.value)
    & (facts.c.arrival == Arrival.QUARANTINED.value)
)
TICKETS_WAITED_FOR = union(
    select(tickets.c.tid).where(_IS_WAITING, tickets.c.event_id == facts.c.event_id, tickets.c.tid == facts.c.tid),
    select(tickets.c.tid).where(
        _IS_WAITING, tickets.c.event_id == facts.c.event_id, tickets.c.digest == facts.c.digest
    ),
    select(codes.c.tid).where(_IS_WAITING, codes.c.event_id == facts.c.event_id, codes.c.digest == facts.c.digest),
)

TAKE_BACK = delete(facts).where(facts.c.event_id == EVENT, facts.c.id.in_(IDS))
TAKE_OUT = (
    delete(facts)
    .where(facts.c.event_id == EVENT, facts.c.id.in_(IDS), facts.c.arrival == Arrival.QUARANTINED.value)
    .returning(facts.c.kind, facts.c.outcome, facts.c.device, facts.c.ts)
)
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
SET_TICKET = (
    update(facts)
    .where(facts.c.event_id == bindparam("b_event"), facts.c.id == bindparam("b_id"))
    .values(tid=bindparam("b_tid"), gen=bindparam("b_gen"))
)
CLAIM_SHOWN = (
    update(facts)
    .where(
        facts.c.event_id == bindparam("b_event"),
        facts.c.refers_to == bindparam("b_scan"),
        facts.c.refers_to.is_not(None),
        facts.c.tid.is_(None),
        facts.c.arrival == Arrival.APPLIED.value,
    )
    .values(tid=bindparam("b_tid"))
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
RESOLVE = (
    update(incidents)
    .where(
        incidents.c.event_id == bindparam("b_event"),
        incidents.c.scan_id == bindparam("b_scan"),
        incidents.c.kind == bindparam("b_kind"),
        incidents.c.state != WITHDRAWN,
    )
    .values(
        state=RESOLVED,
        closed_at=bindparam("b_at"),
        finding=bindparam("b_finding"),
        found_by=bindparam("b_by"),
        note=bindparam("b_note"),
    )
)
