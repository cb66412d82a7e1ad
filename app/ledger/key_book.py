"""The keys of events: made, kept, used to seal, and led through the states of their life.

Owns the rows of `keys` and `adapter_keys`. What can be derived from the master is derived; what is random lies in the
database wrapped. At most one key of an event seals at a time.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.errors import AppError
from app.ledger import audit
from app.ledger.engine import Database
from app.ledger.manifest_room import check_room
from app.ledger.redemptions import EventUnknown
from app.ledger.root_keys import unwrap, wrap
from app.ledger.schema import NO_EVENT, adapter_keys, events, key_ids, keys
from app.ledger.versions import raise_version
from core.journal.audit import Deed
from core.model.ids import EventId, KeyId
from core.sync.messages import KeyRow
from core.ticket import seal
from core.ticket.issue import issue
from core.ticket.keyring import NO_KID, Algorithm, Key, KeyState, KeyUse, derive
from core.ticket.wire import Claims

MOST_OPEN_KEYS = 64
"""Unwrapped private keys that a process remembers: one for each event that sells at a time, and some."""
_TICKET_KEY, _ADAPTER_KEY = b"doorlight/ticket-key", b"doorlight/adapter-key"

NEXT_STATES: dict[KeyState, frozenset[KeyState]] = {
    KeyState.ACTIVE: frozenset({KeyState.VERIFY_ONLY, KeyState.LISTED_ONLY, KeyState.REVOKED}),
    KeyState.VERIFY_ONLY: frozenset({KeyState.ACTIVE, KeyState.LISTED_ONLY, KeyState.REVOKED}),
    KeyState.LISTED_ONLY: frozenset({KeyState.REVOKED}),
    KeyState.REVOKED: frozenset({KeyState.LISTED_ONLY}),
}
"""Where a key may go. A key whose seal is doubted never counts by its seal again; from `revoked` there is the way back
to `listed_only`, for the wrong key revoked by mistake: the list alone lets its guests in."""


class KeyUnknown(AppError):
    """The event has no such key."""

    def __init__(self, kid: int, known: str) -> None:
        super().__init__("key_unknown", kid=kid, known=known)


class KeyStateRefused(AppError):
    """A key may not go from its state to that one; `allowed` names those it may go to."""

    def __init__(self, kid: int, state: KeyState, wanted: KeyState) -> None:
        allowed = ", ".join(sorted(NEXT_STATES[state]))
        super().__init__("key_state_refused", kid=kid, state=state.value, wanted=wanted.value, allowed=allowed)


class AnotherKeyActive(AppError):
    """One key of an event seals at a time."""

    def __init__(self, kid: int, active: int) -> None:
        super().__init__("another_key_active", kid=kid, active=active)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that seals: the MAC key or the Ed25519 private key (32 bytes)."""

    kid: KeyId
    algorithm: Algorithm
    signing: bytes = field(repr=False)

    def seal(self, claims: Claims) -> str:
        """The text of a ticket. Raises ValueError where a claim does not fit its field."""
        return issue(claims, self.algorithm, self.signing)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key after its change, the manifest's version that says so, and whether any key seals now."""

    key: Key
    version: int
    seals: bool


class KeyBook:
    """The keys of all events in one database. Safe between threads."""

    def __init__(self, database: Database, master: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._master = master
        self._now_ms = now_ms
        self._private = lru_cache(maxsize=MOST_OPEN_KEYS)(self._read_private)

    # --- reading --------------------------------------------------------------------------------------------------

    def keys_of(self, connection: Connection, event: EventId) -> list[Key]:
        """The keys of an event as a verifier with all its secrets holds them, the oldest first."""
        mine = select(keys).where(keys.c.event_id == event)
        return [self._key(event, row) for row in connection.execute(mine.order_by(keys.c.made_at, keys.c.kid))]

    def _key(self, event: EventId, row: Any) -> Key:
        kid, algorithm = KeyId(row.kid), Algorithm.named(row.algorithm)
        is_public = algorithm is Algorithm.ED25519
        return Key(
            kid=kid,
            event=event,
            algorithm=algorithm,
            state=KeyState(row.state),
            verifying=row.public if is_public else derive(self._master, KeyUse.MAC, event, kid),
            rotating=derive(self._master, KeyUse.ROTATING, event, kid),
        )

    def legacy_key(self, event: EventId) -> bytes:
        """What the event's old codes are looked up by (32 bytes)."""
        return derive(self._master, KeyUse.LEGACY, event, NO_KID)

    def attendees_key(self, event: EventId) -> bytes:
        """What the event's list of people is locked under (32 bytes)."""
        return derive(self._master, KeyUse.ATTENDEES, event, NO_KID)

    def badge_key(self, event: EventId) -> bytes:
        """What the badges of the event's door staff are made with (32 bytes)."""
        return derive(self._master, KeyUse.BADGE, event, NO_KID)

    # --- sealing --------------------------------------------------------------------------------------------------

    def seal(self, key: Key, claims: Claims) -> str:
        """The text of a ticket. Raises ValueError where a claim does not fit its field."""
        return self.signer(key).seal(claims)

    def signer(self, key: Key) -> Signer:
        """What seals with a key of this installation; an Ed25519 key is read and unwrapped once."""
        if key.algorithm is Algorithm.ED25519:
            return Signer(key.kid, key.algorithm, self._private(key.event, key.kid))
        return Signer(key.kid, key.algorithm, derive(self._master, KeyUse.MAC, key.event, key.kid))

    def _read_private(self, event: EventId, kid: KeyId) -> bytes:
        with self._database.reading() as connection:
            mine = (keys.c.event_id == event) & (keys.c.kid == kid)
            wrapped = connection.execute(select(keys.c.private).where(mine)).scalar()
        if wrapped is None:
            raise KeyUnknown(kid, "")
        return unwrap(self._master, wrapped, _about_ticket_key(event, kid), what=f"ticket key {kid}")

    # --- a key's life ---------------------------------------------------------------------------------------------

    def add(self, connection: Connection, event: EventId, algorithm: Algorithm) -> KeyId:
        """A new active key, in an open transaction."""
        kid = _free_kid(connection)
        connection.execute(insert(key_ids), {"event_id": NO_EVENT, "kid": kid, "of_event": event})
        row: dict[str, Any] = {"event_id": event, "kid": kid, "algorithm": algorithm.label, "made_at": self._now_ms()}
        if algorithm is Algorithm.ED25519:
            private = secrets.token_bytes(seal.KEY_BYTES)
            row["public"] = seal.ed25519_public(private)
            row["private"] = wrap(self._master, private, _about_ticket_key(event, kid))
        connection.execute(insert(keys), row | {"state": KeyState.ACTIVE.value})
        return kid

    def rotate(self, event: EventId, algorithm: Algorithm | None = None) -> KeyChange:
        """A new key seals, of the old one's algorithm unless another is named; the old one goes on verifying.

        Raises EventUnknown, ManifestFull.
        """

        def work(connection: Connection) -> KeyChange:
            before = self._locked(connection, event)
            active = [key for key in before if key.state is KeyState.ACTIVE]
            for key in active:
                _put_state(connection, key, KeyState.VERIFY_ONLY)
            latest = (active or before)[-1].algorithm if before else Algorithm.HMAC_SHA256_128
            kid = self.add(connection, event, algorithm or latest)
            check_room(connection, event)
            changed = self._changed(connection, event, kid)
            audit.note(connection, Deed.SEAL_ROTATED, event, str(kid), now_ms=self._now_ms())
            return changed

        return self._database.transact(work)

    def set_state(self, event: EventId, kid: KeyId, state: KeyState) -> KeyChange:
        """Leads a key on, as `NEXT_STATES` allows; the state it has is no change.

        Raises EventUnknown, KeyUnknown, KeyStateRefused, AnotherKeyActive.
        """

        def work(connection: Connection) -> KeyChange:
            ring = {key.kid: key for key in self._locked(connection, event)}
            key = ring.get(kid)
            if key is None:
                raise KeyUnknown(kid, ", ".join(map(str, ring)))
            if key.state is not state:
                _check_step(key, state, [each for each in ring.values() if each.state is KeyState.ACTIVE])
                _put_state(connection, key, state)
            changed = self._changed(connection, event, kid)
            now = self._now_ms()
            audit.note(connection, Deed.SEAL_STATE_CHANGED, event, str(kid), now_ms=now, state=state.value)
            return changed

        return self._database.transact(work)

    def _locked(self, connection: Connection, event: EventId) -> list[Key]:
        """The event's keys, while nobody else changes them."""
        found = connection.execute(select(events.c.event_id).where(events.c.event_id == event).with_for_update())
        if found.first() is None:
            raise EventUnknown(event)
        return self.keys_of(connection, event)

    def _changed(self, connection: Connection, event: EventId, kid: KeyId) -> KeyChange:
        version = raise_version(self._database.profile, connection, event, self._now_ms(), "allow")
        after = self.keys_of(connection, event)
        seals = any(key.state is KeyState.ACTIVE for key in after)
        return KeyChange(next(key for key in after if key.kid == kid), version, seals)

    # --- keys of other shops' codes -------------------------------------------------------------------------------

    def put_adapter_key(self, connection: Connection, event: EventId, name: str, secret: bytes) -> None:
        """Keeps the secret of an `hmac` adapter, wrapped; in the place of an older one."""
        row = {"event_id": event, "name": name, "secret": wrap(self._master, secret, _about_adapter_key(event, name))}
        put = self._database.profile.insert(adapter_keys)
        key = [adapter_keys.c.event_id, adapter_keys.c.name]
        connection.execute(put.on_conflict_do_update(index_elements=key, set_={"secret": put.excluded.secret}), row)

    def adapter_keys_of(self, connection: Connection, event: EventId) -> dict[str, bytes]:
        """The secrets of the event's `hmac` adapters, by the adapter's name. Raises WrappedKeyBroken."""
        rows = connection.execute(select(adapter_keys).where(adapter_keys.c.event_id == event))
        return {
            row.name: unwrap(self._master, row.secret, _about_adapter_key(event, row.name), what=f"adapter {row.name}")
            for row in rows
        }


def key_rows(connection: Connection, own: Sequence[Key], event: EventId, most: int) -> list[KeyRow]:
    """A manifest's keys: the event's own without any secret, then bare ids of other events' keys, for `wrong_event`."""
    strange = select(key_ids.c.kid, key_ids.c.of_event).where(
        key_ids.c.event_id == NO_EVENT, key_ids.c.of_event != event
    )
    label, state = Algorithm.HMAC_SHA256_128.label, KeyState.VERIFY_ONLY.value
    rows = connection.execute(strange.order_by(key_ids.c.kid).limit(max(0, most - len(own))))
    return [*map(_key_row, own), *(KeyRow(row.kid, row.of_event.hex, label, state) for row in rows)]


def _key_row(key: Key) -> KeyRow:
    public = key.verifying if key.algorithm is Algorithm.ED25519 else None
    return KeyRow(key.kid, key.event.hex, key.algorithm.label, key.state.value, public.hex() if public else None)


def _check_step(key: Key, wanted: KeyState, active: list[Key]) -> None:
    if wanted not in NEXT_STATES[key.state]:
        raise KeyStateRefused(key.kid, key.state, wanted)
    if wanted is KeyState.ACTIVE and active:
        raise AnotherKeyActive(key.kid, active[0].kid)


def _put_state(connection: Connection, key: Key, state: KeyState) -> None:
    mine = (keys.c.event_id == key.event) & (keys.c.kid == key.kid)
    connection.execute(update(keys).where(mine).values(state=state.value))


def _free_kid(connection: Connection) -> KeyId:
    while True:
        kid = KeyId(secrets.randbits(32))
        taken = select(key_ids.c.kid).where(key_ids.c.event_id == NO_EVENT, key_ids.c.kid == kid)
        if connection.execute(taken).first() is None:
            return kid


def _about_ticket_key(event: EventId, kid: KeyId) -> bytes:
    return _TICKET_KEY + event.bytes + kid.to_bytes(4)


def _about_adapter_key(event: EventId, name: str) -> bytes:
    return _ADAPTER_KEY + event.bytes + name.encode()
