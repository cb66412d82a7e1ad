"""From a manifest's message to what a verifier trusts.

Owns the one reading of a manifest. Total: a manifest that contradicts itself is a value, and is not used.
"""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, time
from typing import TypeVar
from uuid import UUID

import rfc8785

from core.gate.operators import Operator, from_json, to_json
from core.model.attention import AttentionItem, AttentionKind
from core.model.codes import QR_ONLY, Adapter, AdapterKind, CodeMode, CodeRules, Symbology
from core.model.event import Event, Gate, OfflineReentry, PassageRules, Reentry, TicketClass
from core.model.ids import ClassId, EventId, GateId, KeyId
from core.model.moments import Millis
from core.model.questions import Question, QuestionKind
from core.sync.event_flaws import flaws_of
from core.sync.messages import (
    AdapterRow,
    AttentionRow,
    ClassRow,
    CodesRow,
    EventRow,
    GateRow,
    KeyRow,
    Manifest,
    QuestionRow,
)
from core.ticket.keyring import Algorithm, Key, KeyState, VerifyProfile
from core.ticket.lists import Lists
from core.ticket.verify import AcceptedSteps, NoSteps, Trust

_Id = TypeVar("_Id", bound=Hashable)
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A manifest or an event that can't be used, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was sealed to one device: the event's keys as its profile allows. Hex on the wire, bytes here."""

    mac: Mapping[KeyId, bytes] = field(default_factory=dict, repr=False)
    rotating: Mapping[KeyId, bytes] = field(default_factory=dict, repr=False)
    legacy: bytes | None = field(default=None, repr=False)
    attendees: bytes | None = field(default=None, repr=False)
    adapters: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    operators: tuple[Operator, ...] = field(default=(), repr=False)


def secrets_to_json(secrets: Secrets) -> bytes:
    """The plaintext of a sealed box (RFC 8785)."""
    return rfc8785.dumps(
        {
            "mac": {str(kid): key.hex() for kid, key in secrets.mac.items()},
            "rot": {str(kid): key.hex() for kid, key in secrets.rotating.items()},
            "legacy": secrets.legacy.hex() if secrets.legacy else None,
            "attendees": secrets.attendees.hex() if secrets.attendees else None,
            "adapters": {name: key.hex() for name, key in secrets.adapters.items()},
            "operators": [to_json(each) for each in secrets.operators],
        }
    )


def secrets_from_json(plain: bytes) -> Secrets | Unusable:
    """The inverse of `secrets_to_json`."""
    try:
        fields = json.loads(plain)
        return Secrets(
            mac={KeyId(int(kid)): _octets(text, 32) for kid, text in fields["mac"].items()},
            rotating={KeyId(int(kid)): _octets(text, 32) for kid, text in fields["rot"].items()},
            legacy=None if fields["legacy"] is None else _octets(fields["legacy"], 32),
            attendees=None if fields["attendees"] is None else _octets(fields["attendees"], 32),
            adapters={name: bytes.fromhex(text) for name, text in fields["adapters"].items()},
            operators=tuple(map(from_json, fields.get("operators", ()))),  # an older server names none
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return Unusable("the sealed keys can't be read")


def trust_of(
    manifest: Manifest,
    *,
    lists: Lists,
    secrets: Secrets,
    profile: VerifyProfile = VerifyProfile.MAC,
    steps: AcceptedSteps | None = None,
) -> Trust | Unusable:
    """What a verifier may trust of a manifest, its lists and the keys sealed to its device, or why nothing."""
    event = event_of(manifest.policy)
    if isinstance(event, Unusable):
        return event
    try:
        keys = [_key_of(row, secrets) for row in manifest.keys]
        keyring = _each_once("key", ((key.kid, key) for key in keys))
    except ValueError as err:
        return Unusable(str(err))
    return Trust(
        event=event,
        keyring=keyring,
        lists=lists,
        lease_until_ms=Millis(manifest.lease_until_ms),
        steps=steps or NoSteps(),
        profile=profile,
        legacy_key=secrets.legacy,
        adapter_keys=secrets.adapters,
    )


def event_of(row: EventRow) -> Event | Unusable:
    """The event of its row, or what is wrong with it first (`core.sync.event_flaws`)."""
    flaws = flaws_of(row)
    if flaws:
        return Unusable(flaws[0].sentence)
    try:
        return _event(row)
    except ValueError as err:  # an id that is none
        return Unusable(str(err))


def _event(row: EventRow) -> Event:
    return Event(
        id=EventId(UUID(row.event)),
        name=row.name,
        time_zone=row.time_zone,
        starts_ms=Millis(row.starts_ms),
        ends_ms=Millis(row.ends_ms),
        gates={GateId(gate.id): Gate(GateId(gate.id), gate.name) for gate in row.gates},
        classes={each.id: each for each in map(_class_of, row.classes)},
        online_budget_ms=row.online_budget_ms,
        codes=_rules_of(row.codes),
        checkout_at=None if row.checkout_at is None else time.fromisoformat(row.checkout_at),
        offline_reentry=OfflineReentry(row.offline_reentry),
        may_override_unpaid=row.may_override_unpaid,
        checks_identity_by_name=row.checks_identity_by_name,
        attention={each.number: _item_of(each) for each in row.attention},
        capacity=row.capacity,
    )


def _item_of(row: AttentionRow) -> AttentionItem:
    return AttentionItem(row.number, AttentionKind(row.kind), row.text)


def _rules_of(row: CodesRow) -> CodeRules:
    adapters = tuple(Adapter(**asdict(each) | {"kind": AdapterKind(each.kind)}) for each in row.adapters)
    until = None if row.legacy_until_ms is None else Millis(row.legacy_until_ms)
    return CodeRules(CodeMode(row.mode), row.is_final, until, adapters, _symbologies_of(row.symbologies))


def _symbologies_of(names: Iterable[str]) -> tuple[Symbology, ...]:
    """The kinds that this program knows, in one order; QR codes where it knows none of them."""
    told = frozenset(names)
    return tuple(each for each in Symbology if each.value in told) or QR_ONLY


def row_of(event: Event) -> EventRow:
    """The row of an event; the inverse of `event_of`."""
    return EventRow(
        event=event.id.hex,
        name=event.name,
        time_zone=event.time_zone,
        starts_ms=event.starts_ms,
        ends_ms=event.ends_ms,
        online_budget_ms=event.online_budget_ms,
        gates=[GateRow(gate.id, gate.name) for gate in event.gates.values()],
        classes=[_row_of_class(ticket_class) for ticket_class in event.classes.values()],
        codes=CodesRow(
            mode=event.codes.mode.value,
            is_final=event.codes.is_final,
            legacy_until_ms=event.codes.legacy_until_ms,
            adapters=[AdapterRow(**asdict(each) | {"kind": each.kind.value}) for each in event.codes.adapters],
            symbologies=[each.value for each in event.codes.symbologies],
        ),
        checkout_at=None if event.checkout_at is None else event.checkout_at.strftime("%H:%M"),
        offline_reentry=event.offline_reentry.value,
        may_override_unpaid=event.may_override_unpaid,
        checks_identity_by_name=event.checks_identity_by_name,
        attention=[AttentionRow(each.number, each.kind.value, each.text) for each in event.attention.values()],
        capacity=event.capacity,
    )


def _row_of_class(ticket_class: TicketClass) -> ClassRow:
    return ClassRow(
        id=ticket_class.id,
        name=ticket_class.name,
        gates=None if ticket_class.gates is None else sorted(ticket_class.gates),
        dates=None if ticket_class.dates is None else sorted(day.isoformat() for day in ticket_class.dates),
        entries=ticket_class.entries,
        opens_doors=ticket_class.opens_doors,
        per_day=ticket_class.rules.per_day,
        days=ticket_class.rules.days,
        reentry=ticket_class.rules.reentry.value,
        reentries=ticket_class.rules.reentries,
        cooldown_ms=ticket_class.rules.cooldown_ms,
        attention=sorted(ticket_class.attention),
        questions=[
            QuestionRow(each.id, each.text, each.kind.value, each.is_required, list(each.choices))
            for each in ticket_class.questions
        ],
        capacity=ticket_class.capacity,
    )


def _class_of(row: ClassRow) -> TicketClass:
    return TicketClass(
        id=ClassId(row.id),
        name=row.name,
        gates=None if row.gates is None else frozenset(GateId(gate) for gate in row.gates),
        dates=None if row.dates is None else frozenset(date.fromisoformat(day) for day in row.dates),
        entries=row.entries,
        opens_doors=row.opens_doors,
        rules=PassageRules(row.per_day, row.days, Reentry(row.reentry), row.reentries, row.cooldown_ms),
        attention=frozenset(row.attention),
        questions=tuple(map(_question_of, row.questions)),
        capacity=row.capacity,
    )


def _question_of(row: QuestionRow) -> Question:
    return Question(row.id, row.text, QuestionKind(row.kind), row.is_required, tuple(row.choices))


def _key_of(row: KeyRow, secrets: Secrets) -> Key:
    kid, algorithm = KeyId(row.kid), Algorithm.named(row.algorithm)
    public = None if row.public is None else _octets(row.public, 32)
    return Key(
        kid=kid,
        event=EventId(UUID(row.event)),
        algorithm=algorithm,
        state=KeyState(row.state),
        verifying=public if algorithm is Algorithm.ED25519 else secrets.mac.get(kid),
        rotating=secrets.rotating.get(kid),
    )


def _octets(text: str, length: int) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != length:
        raise ValueError(f"expected {length} bytes in hex")
    return value


def _each_once(what: str, rows: Iterable[tuple[_Id, _Row]]) -> dict[_Id, _Row]:
    """Rows by their id. Raises ValueError for an id that comes twice: nobody could say which of the two counts."""
    found: dict[_Id, _Row] = {}
    for id_, row in rows:
        if id_ in found:
            raise ValueError(f"the {what} {id_!r} comes twice")
        found[id_] = row
    return found
