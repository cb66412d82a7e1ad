"""The key that fits a ledger's database: made where nothing was sealed yet, refused where something was.

Owns the check value by which a database tells another installation's key from its own.
"""

import secrets
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, select, update

from app.ledger.engine import Database
from app.ledger.schema import NO_EVENT, events, installation
from app.ledger.secret_files import MASTER_FILE, MasterKeyWrong, make_master, read_master
from core.ticket.keyring import check_value
from core.ticket.seal import are_equal

_ANY_EVENT = select(events.c.event_id).limit(1).execution_options(spans_events="once, at the start")
_TOLD = select(installation.c.check_value).where(installation.c.event_id == NO_EVENT)


def master_of(database: Database, folder: Path, now_ms: int) -> bytes:
    """The master key of a database and the folder beside it; made at the first start. Raises MasterKeyWrong."""
    with database.reading() as connection:
        told = connection.execute(_TOLD).scalar()
        is_in_use = connection.execute(_ANY_EVENT).first() is not None
    master = read_master(folder)
    path = folder / MASTER_FILE
    if is_in_use and master is None:
        raise MasterKeyWrong(path, "it is missing, and this database has events: put the key back from its safe copy")
    if is_in_use and not are_equal(told or b"", check_value(master or b"")):
        raise MasterKeyWrong(path, "it is another installation's: put the key of this database back")
    if master is None:
        master = make_master(folder)
    if told is None or not are_equal(told, check_value(master)):
        _tell(database, check_value(master), now_ms)
    return master


def is_sealed_with(connection: Connection, value: bytes) -> bool:
    """Whether the database's keys are wrapped under the master key of that check value."""
    return are_equal(connection.execute(_TOLD).scalar() or b"", value)


def _tell(database: Database, told: bytes, now_ms: int) -> None:
    """Keeps the check value, with the ledger's epoch where it has none.

    Key pairs that were wrapped under another master go with it: nobody can unwrap them, and nobody trusts them yet.
    """
    pairs = ("root_public", "root_private", "server_public", "server_private", "ca_certificate", "ca_private")
    lost = dict.fromkeys((*pairs, "ca_is_used"))

    def work(connection: Connection) -> None:
        fresh = {"event_id": NO_EVENT, "epoch": UUID(bytes=secrets.token_bytes(16), version=4), "made_at": now_ms}
        put = database.profile.insert(installation).on_conflict_do_nothing(index_elements=[installation.c.event_id])
        connection.execute(put, fresh | {"check_value": told})
        another = (installation.c.event_id == NO_EVENT) & (installation.c.check_value != told)
        connection.execute(update(installation).where(another).values({**lost, "check_value": told}))

    database.transact(work)
