"""The rows of tickets, their codes and their people: read with all that an import compares, written step by step.

Owns the SQL of both, and which lists a step changes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select, update

from app.ledger.bulk import insert_many
from app.ledger.code_book import LEGACY
from app.ledger.counters import Counted, Counters, standing_of
from app.ledger.engine import Database
from app.ledger.event_book import EventBook, claims_of
from app.ledger.import_plan import Known, Put, Step, superseded
from app.ledger.schema import attendees, codes, redemptions, tickets
from app.ledger.versions import mark_stale
from core.model.codes import T1_FORM
from core.model.ids import CodeDigest, EventId, TicketHandle
from core.ticket.lists import Denial, DenialReason
from core.ticket.segments import ATTENDEES, Kind

ALLOW, DENY = Kind.ALLOW.label, Kind.DENY.label


_COMPARED = [each for each in tickets.c if each.name not in {"event_id", "is_inside", "issued_at"}]


_Person: TypeAlias = tuple[str, str | None, str | None]
"""A name, an order and a mail address."""


def read_tickets(connection: Connection, event: EventId, which: Any) -> dict[TicketHandle, Known]:
    """Tickets with all that an import compares."""
    rows = connection.execute(select(*_COMPARED).where(tickets.c.event_id == event, which)).all()
    tids = [row.tid for row in rows]
    if not tids:
        return {}
    listed: dict[bytes, dict[CodeDigest, Put]] = defaultdict(dict)
    old = select(codes.c.tid, codes.c.digest, codes.c.form, codes.c.gen)
    wanted = old.where(codes.c.event_id == event, codes.c.tid.in_(tids), codes.c.form != T1_FORM)
    for tid, digest, form, gen in connection.execute(wanted):
        listed[tid][CodeDigest(digest)] = Put(CodeDigest(digest), form, gen)
    people = select(attendees.c.tid, attendees.c.name, attendees.c.order_ref, attendees.c.email)
    named = people.where(attendees.c.event_id == event, attendees.c.tid.in_(tids))
    names = {tid: (name, order, email) for tid, name, order, email in connection.execute(named)}
    entries = select(redemptions.c.tid).where(redemptions.c.event_id == event, redemptions.c.tid.in_(tids)).distinct()
    used = set(connection.execute(entries).scalars())
    return {TicketHandle(row.tid): _known_of(row, listed[row.tid], names.get(row.tid), row.tid in used) for row in rows}


def _known_of(row: Any, listed: Mapping[CodeDigest, Put], person: _Person | None, used: bool) -> Known:
    denial = Denial(row.denial_min_gen, DenialReason(row.denial), row.denial_since or 0) if row.denial else None
    return Known(
        claims=claims_of(row),
        denial=denial,
        source=row.source,
        ref=row.external_ref,
        digest=None if row.digest is None else CodeDigest(row.digest),
        old_codes=listed,
        name=person[0] if person else None,
        order=person[1] if person else None,
        is_used=used,
        email=person[2] if person else None,
    )


_UPDATE = (
    update(tickets)
    .where(tickets.c.event_id == bindparam("b_event"), tickets.c.tid == bindparam("b_tid"))
    .values({name: bindparam(f"b_{name}") for name in ("kid", "gen", "cls", "nbf", "exp", "digest", "source")})
    .values(external_ref=bindparam("b_ref"), denial=bindparam("b_denial"))
    .values(denial_min_gen=bindparam("b_min_gen"), denial_since=bindparam("b_since"))
)
_DROP = delete(codes).where(
    codes.c.event_id == bindparam("b_event"), codes.c.digest == bindparam("b_digest"), codes.c.tid == bindparam("b_tid")
)
_FORGET = delete(attendees).where(attendees.c.event_id == bindparam("b_event"), attendees.c.tid == bindparam("b_tid"))


def write_steps(
    connection: Connection,
    database: Database,
    book: EventBook,
    event: EventId,
    source: str,
    steps: Sequence[Step],
    now_ms: int,
) -> int:
    """Writes what steps want into an open transaction that holds their tickets.

    Where the list of denied tickets changes, kiosks are told at once: the manifest's version that says so is returned.
    For the other lists it is 0, and the caller raises the version when it is done.
    """
    if not steps:
        return 0
    stale = set(_stale(steps))
    since = book.raise_version(connection, event, *sorted(stale)) if DENY in stale else 0
    if not since:
        mark_stale(database.profile, connection, event, *sorted(stale))
    new = [_row_of_new(source, step, since, now_ms) for step in steps if step.before is None]
    insert_many(connection, tickets, event, _NEW, new)
    changed = [_row_of_changed(event, source, step, since) for step in steps if step.before is not None]
    if changed:
        connection.execute(_UPDATE, changed)
    _count(connection, database, event, steps)
    _write_codes(connection, database, event, steps)
    _write_people(connection, database, event, steps)
    return since


def write_new(
    connection: Connection,
    database: Database,
    book: EventBook,
    event: EventId,
    source: str,
    steps: Sequence[Step],
    now_ms: int,
) -> None:
    """Writes new tickets into an open transaction, taking the caller's word that nothing of them is there.

    Raises IntegrityError where something is: the transaction is over, and `write_steps` is the way.
    """
    stale = sorted(set(_stale(steps)))
    since = book.raise_version(connection, event, *stale) if DENY in stale else 0
    if not since:
        mark_stale(database.profile, connection, event, *stale)
    insert_many(connection, tickets, event, _NEW, [_row_of_new(source, step, since, now_ms) for step in steps])
    _count(connection, database, event, steps)
    listed = [(put.digest, step.claims.tid, put.form, put.gen) for step in steps for put in step.put]
    insert_many(connection, codes, event, ("digest", "tid", "form", "gen"), listed)
    people = [(step.claims.tid, _person(step)) for step in steps]
    named = [(tid, *person) for tid, person in people if person is not None and any(person)]
    insert_many(connection, attendees, event, ("tid", *_OF_PERSON), named)


def _count(connection: Connection, database: Database, event: EventId, steps: Sequence[Step]) -> None:
    """Counts the tickets as these steps leave them; a guest who is inside stays so in another class too."""
    counters = Counters(connection, database.profile, event)
    for step in steps:
        before, has_entered = step.before, step.before is not None and step.before.is_used
        now = standing_of(step.claims.gen, step.denial, has_entered=has_entered)
        counters.add(Counted.TICKETS, 1, name=now, cls=step.claims.cls)
        if before is not None:
            was = standing_of(before.claims.gen, before.denial, has_entered=has_entered)
            counters.add(Counted.TICKETS, -1, name=was, cls=before.claims.cls)
    moved = {step.claims.tid: step for step in steps if step.before and step.before.claims.cls != step.claims.cls}
    if moved:
        inside = (tickets.c.event_id == event) & tickets.c.tid.in_(list(moved)) & tickets.c.is_inside
        for tid in connection.execute(select(tickets.c.tid).where(inside)).scalars():
            counters.add(Counted.INSIDE, 1, cls=moved[tid].claims.cls)
            counters.add(Counted.INSIDE, -1, cls=moved[tid].before.claims.cls)  # type: ignore[union-attr]
    counters.flush()


def _stale(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        before = step.before
        if step.digest != (before.digest if before else None):
            yield ALLOW
        if step.denial != (before.denial if before else None):
            yield DENY
        has_old = step.put or step.dropped or (before is not None and before.old_codes)
        if has_old and (before is None or step.put or step.dropped or step.claims != before.claims):
            yield LEGACY
        if step.sale.name is not None or step.sale.order is not None or _is_told_otherwise(step):
            yield ATTENDEES


def _is_told_otherwise(step: Step) -> bool:
    """Whether somebody on the list of people has another edition, class or time: doors judge them by what it says."""
    before = step.before
    return before is not None and bool(before.name or before.order) and step.claims != before.claims


def _denied(step: Step, since: int) -> tuple[str | None, int | None, int | None]:
    denial = step.denial
    if denial is None:
        return None, None, None
    is_old = step.before is not None and step.before.denial == denial
    return denial.reason.value, denial.min_gen, denial.since_version if is_old else since


_OF_CLAIMS = ("tid", "kid", "flags", "gen", "cls", "nbf", "exp")
_OF_DENIAL = ("denial", "denial_min_gen", "denial_since")
_NEW = (*_OF_CLAIMS, *_OF_DENIAL, "is_inside", "source", "external_ref", "issued_at", "digest")


def _row_of_new(source: str, step: Step, since: int, now_ms: int) -> tuple[Any, ...]:
    """The values of `_NEW`."""
    it = step.claims
    own = (it.tid, it.kid, it.flags, it.gen, it.cls, it.nbf, it.exp, *_denied(step, since))
    return (*own, False, source, step.sale.ref, now_ms, step.digest)


def _row_of_changed(event: EventId, source: str, step: Step, since: int) -> dict[str, Any]:
    claims, before = step.claims, step.before
    reason, min_gen, since_version = _denied(step, since)
    is_claimed = before is not None and step.sale.ref is not None
    return {
        "b_event": event,
        "b_tid": claims.tid,
        "b_kid": claims.kid,
        "b_gen": claims.gen,
        "b_cls": claims.cls,
        "b_nbf": claims.nbf,
        "b_exp": claims.exp,
        "b_digest": step.digest,
        "b_denial": reason,
        "b_min_gen": min_gen,
        "b_since": since_version,
        "b_source": source if is_claimed or before is None else before.source,
        "b_ref": step.sale.ref if is_claimed or before is None else before.ref,
    }


def _write_codes(connection: Connection, database: Database, event: EventId, steps: Sequence[Step]) -> None:
    """Codes that end go first: one that moves from one ticket to another is there when all is done."""
    dropped = [
        {"b_event": event, "b_digest": digest, "b_tid": step.claims.tid} for step in steps for digest in step.dropped
    ]
    if dropped:
        connection.execute(_DROP, dropped)
    listed = [(step, put) for step in steps for put in (*step.put, *filter(None, [superseded(step)]))]
    if listed:
        rows = [
            {"event_id": event, "digest": put.digest, "tid": step.claims.tid, "form": put.form, "gen": put.gen}
            for step, put in listed
        ]
        put_all = database.profile.insert(codes)
        key = [codes.c.event_id, codes.c.digest]
        fields = {name: put_all.excluded[name] for name in ("tid", "form", "gen")}
        connection.execute(put_all.on_conflict_do_update(index_elements=key, set_=fields), rows)


def _write_people(connection: Connection, database: Database, event: EventId, steps: Sequence[Step]) -> None:
    named, gone = [], []
    for step in steps:
        person = _person(step)
        if person is not None and any(person):
            told = dict(zip(_OF_PERSON, person, strict=True))
            named.append({"event_id": event, "tid": step.claims.tid, **told})
        elif person is not None and step.before is not None:
            gone.append({"b_event": event, "b_tid": step.claims.tid})
    if gone:
        connection.execute(_FORGET, gone)
    if named:
        put = database.profile.insert(attendees)
        key = [attendees.c.event_id, attendees.c.tid]
        fields = {name: put.excluded[name] for name in _OF_PERSON}
        connection.execute(put.on_conflict_do_update(index_elements=key, set_=fields), named)


_OF_PERSON = ("name", "order_ref", "email")


def _person(step: Step) -> _Person | None:
    """The name, the order and the address as they should be; None where the shop says nothing about any of them."""
    sale, before = step.sale, step.before
    if sale.name is None and sale.order is None and sale.email is None:
        return None
    name = (before.name if before else None) if sale.name is None else sale.name
    order = (before.order if before else None) if sale.order is None else sale.order
    email = (before.email if before else None) if sale.email is None else sale.email
    return name or "", order or None, email or None
