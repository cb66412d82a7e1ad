"""A ledger of a night that is as full as they get: made inside the database, with names, orders, incidents and deeds.

Owns the rows alone: who came, where and when, in the same way on every run. Nothing of it is a measurement.
"""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.ledger.admin import open_ledger
from app.ledger.counters import recount
from app.ledger.engine import Database, open_database
from bench import scale
from core.model.ids import EventId
from core.sync.messages import ClassRow, EventRow, GateRow

INCIDENTS, DEEDS, KIOSKS, GATES, CLASSES = 5_000, 5_000, 24, 8, 8
NIGHT_MS = 5 * 3_600_000
_LANES = " UNION ".join(f"SELECT {number} AS n" for number in range(1, KIOSKS + 1))


def new_event(url: str | None, folder: Path) -> EventId:
    now = time.time_ns() // 1_000_000
    row = EventRow("", "Bench", "Europe/Berlin", now - NIGHT_MS, now + 86_400_000)
    row.gates.extend(GateRow(f"gate{number}", f"Gate {number}") for number in range(GATES))
    row.classes.extend(ClassRow(number, f"Class {number}") for number in range(1, CLASSES + 1))
    with open_ledger(url, folder) as office:
        return EventId(UUID(office.create_event(row).event))


def fill(url: str, of: EventId, count: int, now_ms: int) -> str:
    """The rows, made inside the database; one ticket's number."""
    database = open_database(url)
    words = scale.ON_POSTGRESQL if database.profile.is_postgresql else scale.ON_SQLITE
    given = {"began": now_ms - NIGHT_MS, "night": NIGHT_MS, "tickets": count, "now": now_ms, "answer": scale.ANSWER}
    given |= {"before": _BEFORE, "after": _AFTER}
    given |= {"event": of if database.profile.is_postgresql else of.hex, "record": scale.RECORD}
    try:
        for statement in _ROWS:
            _run(database, statement.format(**(words | _OWN[database.profile.is_postgresql])), given)
        database.transact(lambda connection: recount(connection, database.profile, of))
        _run(database, "ANALYZE", {})
        return _one_ticket(database, of)
    finally:
        database.close()


def _run(database: Database, statement: str, given: dict[str, Any]) -> None:
    with database.writing() as connection:
        if database.profile.is_postgresql:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        connection.execute(text(statement), used)


def _one_ticket(database: Database, of: EventId) -> str:
    """A ticket that has an incident."""
    wanted = "SELECT tid FROM incidents WHERE event_id = :event ORDER BY opened_at, tid LIMIT 1"
    with database.reading() as connection:
        found = connection.execute(text(wanted), {"event": of if database.profile.is_postgresql else of.hex}).scalar()
    return bytes(found).hex()


_OWN = {
    True: {
        "number": "CAST(external_ref AS BIGINT)",
        "lane": "CAST('00000000-0000-0000-0000-' || lpad(CAST(1 + {n} % 24 AS TEXT), 12, '0') AS UUID)",
        "hex": "encode(tid, 'hex')",
        "order": "lpad(CAST(CAST(external_ref AS BIGINT) / 4 AS TEXT), 6, '0')",
        "tid": "substr(decode(md5(CAST(n AS TEXT)), 'hex'), 1, 8)",
        "empty": "''::bytea",
    },
    False: {
        "number": "CAST(external_ref AS BIGINT)",
        "lane": "'00000000000000000000' || printf('%012d', 1 + {n} % 24)",
        "hex": "lower(hex(tid))",
        "order": "printf('%06d', CAST(external_ref AS BIGINT) / 4)",
        "tid": "randomblob(8)",
        "empty": "x''",
    },
}
for _words in _OWN.values():
    _words["of_number"] = _words["lane"].format(n="n")
    _words["of_ticket"] = _words["lane"].format(n=_words["number"])
_ROWS = (
    f"""INSERT INTO devices (event_id, id, name, gate, secret_sha256, state, incarnation, made_at, last_seen, vitals_at)
    SELECT {{event}}, {{of_number}}, 'Kiosk ' || n, 'gate' || n % 8, {{empty}}, 'active', 1, 0, :now, :now
    FROM ({_LANES}) AS lanes""",  # noqa: S608 — numbers of this file
    """INSERT INTO tickets (event_id, tid, kid, flags, gen, cls, nbf, exp, is_inside, source, external_ref, issued_at)
    SELECT {event}, {tid}, 1, 0, 0, 1 + n % 8, 0, 4102444800, {true}, 'bench', CAST(n AS TEXT), 0
    FROM {numbers}""",
    """INSERT INTO attendees (event_id, tid, name, order_ref)
    SELECT event_id, tid, CASE {number} % 3 WHEN 0 THEN 'Ada Lovelace ' WHEN 1 THEN 'Jörg Müller ' ELSE 'Zoë Nowak ' END
        || substr(external_ref, 1, 6), 'ORD-' || {order}
    FROM tickets WHERE event_id = {event}""",
    """INSERT INTO facts (event_id, id, kind, device, incarnation, seq, tid, ts, record, fingerprint, arrival, outcome,
        is_promise, answer, received_at)
    SELECT event_id, {id}, 'scan', {of_ticket}, 1, 2 * {number}, tid, :began + {number} * :night / :tickets,
        {record}, tid, 'applied', 'admitted', {true}, :answer, :now
    FROM tickets WHERE event_id = {event}""",
    """INSERT INTO facts (event_id, id, kind, device, incarnation, seq, tid, refers_to, ts, record, fingerprint,
        arrival, outcome, is_promise, received_at)
    SELECT event_id, {id}, 'shown', device, 1, seq + 1, tid, id, ts, '{{}}', tid, 'applied', outcome, {false}, :now
    FROM facts WHERE event_id = {event} AND kind = 'scan'""",
    """INSERT INTO redemptions (event_id, tid, entry_number, scan_id, device, at, gate, cls)
    SELECT facts.event_id, facts.tid, 1, facts.id, facts.device, facts.ts, 'gate' || tickets.cls % 8, tickets.cls
    FROM facts JOIN tickets ON tickets.event_id = facts.event_id AND tickets.tid = facts.tid
    WHERE facts.event_id = {event} AND facts.kind = 'scan'""",
    f"""INSERT INTO incidents (event_id, scan_id, kind, severity, against, is_order_provable, tid, state, opened_at)
    SELECT event_id, id, 'double_admission', 'high', id, {{true}}, tid, 'open', ts
    FROM facts WHERE event_id = {{event}} AND kind = 'scan' AND seq <= {2 * INCIDENTS}""",  # noqa: S608 — the same
    f"""INSERT INTO audit (event_id, seq, record, hash)
    SELECT event_id, 1000 + {{number}}, :before || {{hex}} || :after, tid
    FROM tickets WHERE event_id = {{event}} AND {{number}} <= {DEEDS}""",  # noqa: S608 — the same
)
_BEFORE = '{"about":"'
_AFTER = '","at_ms":0,"by":{"id":"","kind":"machine","name":""},"deed":"tickets.canceled","details":{}}'
