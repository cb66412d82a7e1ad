"""The installation's own key pairs: one signs what kiosks trust, one opens what kiosks seal.

Owns how they are made and how they lie in the database: the private halves wrapped under a key of the master.
"""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, update

from app.errors import AppError
from app.ledger.engine import Database
from app.ledger.schema import NO_EVENT, installation
from core.model.ids import EventId
from core.ticket import seal
from core.ticket.keyring import NO_KID, KeyUse, derive

_ROOT, _SERVER = b"doorlight/root-key", b"doorlight/server-key"


class WrappedKeyBroken(AppError):
    """A private key of the database does not open with this master key."""

    def __init__(self, what: str) -> None:
        super().__init__("wrapped_key_broken", what=what)


@dataclass(frozen=True, slots=True)
class RootKeys:
    """Ed25519 root key (signs manifests and times) and X25519 server key (opens exported queues), 32 bytes each."""

    root_public: bytes
    root_private: bytes = field(repr=False)
    server_public: bytes
    server_private: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The root key's signature: 64 bytes."""
        return seal.ed25519_sign(self.root_private, message)


def wrapping_key(master: bytes) -> bytes:
    """What private keys in the database are locked under."""
    return derive(master, KeyUse.WRAPPING, EventId(NO_EVENT), NO_KID)


def wrap(master: bytes, private: bytes, about: bytes) -> bytes:
    """A private key as the database holds it: AES-256-GCM, bound to what it is for."""
    return seal.lock(wrapping_key(master), private, nonce=secrets.token_bytes(seal.NONCE_BYTES), about=about)


def unwrap(master: bytes, wrapped: bytes, about: bytes, *, what: str) -> bytes:
    """The inverse of `wrap`; `what` names the key to a person where it does not open. Raises WrappedKeyBroken."""
    private = seal.unlock(wrapping_key(master), wrapped, about=about)
    if private is None:
        raise WrappedKeyBroken(what)
    return private


def root_keys(database: Database, master: bytes) -> RootKeys:
    """The installation's key pairs, made when there are none yet. Raises WrappedKeyBroken, LedgerBusy."""

    def work(connection: Connection) -> RootKeys:
        mine = installation.c.event_id == NO_EVENT
        row = connection.execute(select(installation).where(mine).with_for_update()).one()
        if row.root_public is not None:
            return RootKeys(
                row.root_public,
                unwrap(master, row.root_private, _ROOT, what="root key"),
                row.server_public,
                unwrap(master, row.server_private, _SERVER, what="server key"),
            )
        root, server = secrets.token_bytes(seal.KEY_BYTES), secrets.token_bytes(seal.KEY_BYTES)
        made = RootKeys(seal.ed25519_public(root), root, seal.x25519_public(server), server)
        values = {
            "root_public": made.root_public,
            "root_private": wrap(master, root, _ROOT),
            "server_public": made.server_public,
            "server_private": wrap(master, server, _SERVER),
        }
        connection.execute(update(installation).where(mine).values(values))
        return made

    return database.transact(work)
