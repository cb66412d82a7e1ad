"""The codes that existed before T1: an event's rules for them, and what a text is to the event.

Owns changes of the rules. An adapter's name and place are part of what its codes are looked up by: while codes of it
are listed, both stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, func, select

from app.errors import AppError
from app.ledger.engine import Database
from app.ledger.event_book import EventBook, EventChanged, EventWrong
from app.ledger.schema import codes
from core.journal.audit import Deed
from core.model.codes import T1_FORM, Adapter, AdapterKind, CodeMode, Symbology
from core.model.event import Event
from core.model.ids import CodeDigest, EventId, KeyId
from core.sync.import_messages import RowFlaw
from core.sync.messages import AdapterRow, CodesRow, EventRow
from core.ticket.keyring import Key
from core.ticket.legacy import MAX_CANONICAL, Forged, Recognised, digest_of, recognise
from core.ticket.verify import is_sealed
from core.ticket.wire import Claims, Code, parse, spell, strip_transport

LEGACY = "legacy"
_ROUTING = 2
_WRAPPED = frozenset({AdapterKind.URL, AdapterKind.JSON, AdapterKind.HMAC})
"""Kinds whose printed code holds more than what shops export."""


class AdapterInUse(AppError):
    """Codes are listed under an adapter that would be read otherwise."""

    def __init__(self, name: str, listed: int) -> None:
        super().__init__("adapter_in_use", name=name, listed=listed)


class AdapterKeyMissing(AppError):
    """A secret for an adapter that the event does not have, or an hmac adapter without a secret."""

    def __init__(self, name: str) -> None:
        super().__init__("adapter_key_missing", name=name)


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A T1 of this event with a right seal."""

    claims: Claims
    digest: CodeDigest
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OldCode:
    """A code of another shop: the adapter that knows it, and what it goes by on lists."""

    form: str
    digest: CodeDigest


@dataclass(frozen=True, slots=True)
class Unread:
    """A text that is no code of this event, and the cure."""

    cause: str
    cure: str
    flaw: RowFlaw = field(default=RowFlaw.OTHER, compare=False)
    about: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CodeReader:
    """What texts are to one event."""

    event: Event
    keyring: Mapping[KeyId, Key]
    legacy_key: bytes = field(repr=False)
    adapter_keys: Mapping[str, bytes] = field(repr=False)

    def read(self, text: str) -> OwnCode | OldCode | Unread:
        """The code that a door would see in a text."""
        code = parse(text)
        if isinstance(code, Code):
            return self._own(code)
        if code.step != _ROUTING or text.startswith("T1:"):
            return Unread(
                f"no sound T1 code ({code.outcome.value})", "copy the whole text of the code", RowFlaw.NO_SOUND_T1
            )
        rules = self.event.codes
        if rules.mode is CodeMode.T1:
            cause, cure = "no T1 code, and this event takes no others", "allow them with `doorlight event codes --mode`"
            return Unread(cause, cure, RowFlaw.ONLY_T1)
        found = recognise(strip_transport(text), rules.adapters, self.adapter_keys)
        return self._old(found)

    def read_exported(self, text: str) -> OwnCode | OldCode | Unread:
        """The code that a shop's export means: as printed, or the bare part of it that the only adapter takes out."""
        found = self.read(text)
        if not isinstance(found, Unread) or text.startswith("T1:"):
            return found
        bare = [each for each in self.event.codes.adapters if each.kind in _WRAPPED]
        if len(bare) != 1 or not _fits(text, bare[0]):
            return found
        if self.event.codes.mode is CodeMode.T1:
            return found
        if recognise(strip_transport(text), self.event.codes.adapters, self.adapter_keys) is not None:
            return found  # its own seal is wrong
        return self._old(Recognised(bare[0].name, text.casefold() if bare[0].folds_case else text))

    def _own(self, code: Code) -> OwnCode | Unread:
        key = self.keyring.get(code.claims.kid)
        if key is None:
            return Unread(
                "sealed for another event or installation", "import it at its own event", RowFlaw.FOREIGN_SEAL
            )
        if not is_sealed(code, key):
            cure = "it was not issued by this server: do not hand it out"
            return Unread("its seal is wrong", cure, RowFlaw.WRONG_SEAL)
        return OwnCode(code.claims, code.digest, spell(code.header, code.auth))

    def _old(self, found: Recognised | Forged | None) -> OldCode | Unread:
        if isinstance(found, Forged):
            cure = "check the adapter's key; do not admit it"
            return Unread(f"its own seal is wrong (adapter {found.adapter})", cure, RowFlaw.WRONG_SEAL, found.adapter)
        if found is None:
            names = ", ".join(each.name for each in self.event.codes.adapters)
            cure = "check the code column; `--sample` with a scanned ticket shows what its code looks like"
            return Unread(f"no adapter recognises its code ({names})", cure, RowFlaw.NO_ADAPTER, names)
        return OldCode(found.adapter, digest_of(self.legacy_key, found))


def _fits(text: str, adapter: Adapter) -> bool:
    is_long_enough = adapter.least <= len(text) <= min(adapter.most, MAX_CANONICAL)
    return is_long_enough and text.isprintable() and " " not in text and "://" not in text and text[:1] not in "{["


class CodeBook:
    """The rules of old codes of all events. Safe between threads."""

    def __init__(self, database: Database, book: EventBook) -> None:
        self._database = database
        self._book = book

    def reader(self, connection: Connection, event: EventId) -> CodeReader:
        """What texts are to an event now. Raises EventUnknown, WrappedKeyBroken."""
        at = self._book.event(connection, event)
        ring = {key.kid: key for key in self._book.keys_of(connection, event)}
        keys = self._book.keys
        return CodeReader(at, ring, keys.legacy_key(event), keys.adapter_keys_of(connection, event))

    def set_rules(
        self, event: EventId, rules: CodesRow, secrets: Mapping[str, bytes], seen: CodesRow | None = None
    ) -> CodesRow:
        """The event's new rules, with the secrets of `hmac` adapters by their names; the rules that hold now.

        `seen` are the rules as they were when somebody decided on these: where others hold by now, nothing changes.
        Raises EventUnknown, EventChanged, EventWrong, AdapterInUse, AdapterKeyMissing.
        """
        for strange in sorted(set(rules.symbologies) - set(Symbology)):
            raise EventWrong(f"{strange!r:.40} is no kind of printed code: say some of {', '.join(Symbology)}")
        with self._database.reading() as connection:
            self._book.event(connection, event)
            known = self._book.keys.adapter_keys_of(connection, event)
        keyed = {row.name for row in rules.adapters if row.kind == AdapterKind.HMAC.value}
        for name in sorted((keyed - known.keys() - secrets.keys()) | (secrets.keys() - keyed)):
            raise AdapterKeyMissing(name)

        def keep(connection: Connection, _before: EventRow, _after: EventRow) -> None:
            for name, secret in secrets.items():
                self._book.keys.put_adapter_key(connection, event, name, secret)

        def changed(row: EventRow) -> EventRow:
            if seen is not None and row.codes != seen:
                raise EventChanged(["codes"])
            return self._changed(event, row, rules)

        return self._book.change(event, changed, LEGACY, deed=Deed.CODES_CHANGED, check=keep).codes

    def _changed(self, event: EventId, row: EventRow, rules: CodesRow) -> EventRow:
        with self._database.reading() as connection:
            listed = self.listed(connection, event)
        for name, count in listed.items():
            if _reading_of(name, row.codes.adapters) != _reading_of(name, rules.adapters, row.codes.adapters):
                raise AdapterInUse(name, count)
        return replace(row, codes=rules)

    def listed(self, connection: Connection, event: EventId) -> dict[str, int]:
        """How many old codes are listed under each adapter."""
        count = select(codes.c.form, func.count()).where(codes.c.event_id == event, codes.c.form != T1_FORM)
        return {row[0]: row[1] for row in connection.execute(count.group_by(codes.c.form))}


def _reading_of(
    name: str, adapters: Sequence[AdapterRow], before: Sequence[AdapterRow] | None = None
) -> tuple[AdapterRow | None, bool]:
    """An adapter, and whether one that was not in front of it before could take its codes now."""
    place = next((at for at, each in enumerate(adapters) if each.name == name), None)
    if place is None:
        return None, False
    known = adapters if before is None else before
    old = next((at for at, each in enumerate(known) if each.name == name), 0)
    is_overtaken = any(each not in known[:old] for each in adapters[:place])
    return adapters[place], is_overtaken
