"""`doorlight vectors FILE`: whether this program agrees with a file of ticket codes.

Owns the reading of the file (docs/ticket-format.md, "Test vectors") and the door that it describes: a kiosk of the
file's event, direction entry, no facts, no server, every class valid at this gate. Any implementation of T1 can be
held against the same file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated
from uuid import UUID

from annotated_types import Ge, Le, Len, MinLen
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from app.errors import AppError
from core.model.event import Direction, Event, TicketClass
from core.model.ids import ClassId, CodeDigest, EventId, GateId, KeyId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.ticket.keyring import Algorithm, Key, KeyState, KeyUse, derive
from core.ticket.lists import Denial, DenialReason, ListsInMemory
from core.ticket.verify import Genuine, Lane, Refused, Trust, verify
from core.ticket.wire import Claims

MAX_FILE_BYTES = 64 * 1024 * 1024
"""A file of a hundred thousand rows is smaller; whatever is larger is no file of vectors."""

GENUINE = "genuine"
_LANE = Lane(GateId("gate"), Direction.ENTRY)
_NO_END = Millis(2**46)


class VectorsUnreadable(AppError):
    """The file cannot be opened, is no JSON, or lacks something; `cause` says what."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("vectors_unreadable", path=path, cause=cause)


@dataclass(frozen=True, slots=True)
class Difference:
    """A row or a key on which the file and this program do not agree."""

    name: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class VectorReport:
    """How many rows agree, and every difference: of rows, and of keys that derive to something else."""

    agree: int
    differ: tuple[Difference, ...]


def _octets(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("expected a text of hex digits")  # noqa: TRY004 — pydantic reports only a ValueError
    return bytes.fromhex(value)


_Hex8 = Annotated[bytes, BeforeValidator(_octets), Len(8, 8)]
_Hex16 = Annotated[bytes, BeforeValidator(_octets), Len(16, 16)]
_Hex32 = Annotated[bytes, BeforeValidator(_octets), Len(32, 32)]
_Seconds = Annotated[int, Ge(0), Le(2**40)]
_Kid = Annotated[int, Ge(0), Le(0xFFFF_FFFF)]


@dataclass(frozen=True, slots=True)
class _KeyRow:
    kid: _Kid
    alg: str
    event: UUID
    state: KeyState
    mac_key: _Hex32 | None = None
    rot_key: _Hex32 | None = None
    public_key: _Hex32 | None = None


@dataclass(frozen=True, slots=True)
class _DenialRow:
    tid: _Hex8
    min_gen: Annotated[int, Ge(0), Le(256)]
    reason: DenialReason = DenialReason.REVOKED


@dataclass(frozen=True, slots=True)
class _Fields:
    flags: int
    kid: int
    tid: _Hex8
    gen: int
    cls: int
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    text: str
    now: _Seconds
    u: _Seconds
    expect: str
    fields: _Fields | None = None


@dataclass(frozen=True, slots=True)
class _VectorFile:
    master_key: _Hex32
    event_id: UUID
    keys: list[_KeyRow]
    allow_digests: list[_Hex16]
    deny: list[_DenialRow]
    genuine: Annotated[list[_Row], MinLen(1)]
    flawed: Annotated[list[_Row], MinLen(1)]


_ADAPTER = TypeAdapter(_VectorFile)


def check_vectors(path: Path) -> VectorReport:
    """Verifies every row of a file and derives every key. Raises VectorsUnreadable for a file that is none."""
    file = _read(path)
    try:
        trust = _trust_of(file)
    except ValueError as err:
        raise VectorsUnreadable(path, str(err)) from err
    rows = [*file.genuine, *file.flawed]
    differ = [difference for row in rows if (difference := _difference(row, trust))]
    keys = [difference for row in file.keys for difference in _differences_of_key(row, file.master_key)]
    return VectorReport(agree=len(rows) - len(differ), differ=(*keys, *differ))


def _read(path: Path) -> _VectorFile:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as err:
        raise VectorsUnreadable(path, err.strerror or "cannot be opened") from err
    if len(content) > MAX_FILE_BYTES:
        raise VectorsUnreadable(path, f"larger than {MAX_FILE_BYTES} bytes")
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as err:
        first = err.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise VectorsUnreadable(path, f"{place}: {first['msg']}" if place else first["msg"]) from err


# --- the door that the file describes -----------------------------------------------------------------------------


def _trust_of(file: _VectorFile) -> Trust:
    keys = [_key_of(row, file.master_key) for row in file.keys]
    if len({key.kid for key in keys}) < len(keys):
        raise ValueError("keys: a kid comes twice")
    return Trust(
        event=_event(EventId(file.event_id)),
        keyring={key.kid: key for key in keys},
        lists=ListsInMemory(
            allowed=frozenset(map(CodeDigest, file.allow_digests)),
            denied={TicketHandle(row.tid): Denial(row.min_gen, row.reason) for row in file.deny},
        ),
        lease_until_ms=_NO_END,
    )


def _event(id_: EventId) -> Event:
    return Event(
        id=id_,
        name="vectors",
        time_zone="UTC",
        starts_ms=Millis(0),
        ends_ms=_NO_END,
        classes=_every_class(),
    )


@cache
def _every_class() -> Mapping[ClassId, TicketClass]:
    return {ClassId(cls): TicketClass(ClassId(cls), f"class {cls}") for cls in range(0x1_0000)}


def _key_of(row: _KeyRow, master: bytes) -> Key:
    algorithm, event, kid = Algorithm.named(row.alg), EventId(row.event), KeyId(row.kid)
    if algorithm is Algorithm.ED25519:
        if row.public_key is None:
            raise ValueError(f"keys: kid {row.kid} has no public_key")
        return Key(kid, event, algorithm, row.state, row.public_key, derive(master, KeyUse.ROTATING, event, kid))
    return Key(
        kid=kid,
        event=event,
        algorithm=algorithm,
        state=row.state,
        verifying=derive(master, KeyUse.MAC, event, kid),
        rotating=derive(master, KeyUse.ROTATING, event, kid),
    )


# --- what differs -------------------------------------------------------------------------------------------------


def _differences_of_key(row: _KeyRow, master: bytes) -> Iterator[Difference]:
    for use, told in ((KeyUse.MAC, row.mac_key), (KeyUse.ROTATING, row.rot_key)):
        derived = derive(master, use, EventId(row.event), KeyId(row.kid))
        if told is not None and told != derived:
            yield Difference(f"key {row.kid}, {use.value}", told.hex(), derived.hex())


def _difference(row: _Row, trust: Trust) -> Difference | None:
    now = Moment(Millis(row.now * 1000), row.u * 1000, ClockQuality.SYNCED, "vectors")
    found = verify(row.text, trust=trust, lane=_LANE, now=now)
    got = GENUINE if isinstance(found, Genuine) else found.outcome.value
    if got != row.expect:
        return Difference(row.name, row.expect, got)
    return _difference_of_fields(row.name, row.fields, found) if row.fields else None


def _difference_of_fields(name: str, told: _Fields, found: Genuine | Refused) -> Difference | None:
    if found.code is None:
        return Difference(name, _spelled(told), "no authentic claims")
    read = _fields_of(found.code.claims)
    return None if read == told else Difference(name, _spelled(told), _spelled(read))


def _fields_of(claims: Claims) -> _Fields:
    return _Fields(claims.flags, claims.kid, claims.tid, claims.gen, claims.cls, claims.nbf, claims.exp)


def _spelled(it: _Fields) -> str:
    numbers = f"flags {it.flags}, kid {it.kid}, gen {it.gen}, cls {it.cls}, nbf {it.nbf}, exp {it.exp}"
    return f"tid {it.tid.hex()}, {numbers}"
