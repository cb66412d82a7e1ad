"""What the page of incidents says: conflicts and a language in, texts out. Refuses Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kiosk.guest_present import NO_BREAK, Reader
from app.kiosk.people_words import AsideWord, ConflictWord, ConflictWords
from app.kiosk.people_worker import NamedConflict
from app.widgets.incident_words import doubted_time_text
from app.widgets.row_key import RowText
from app.widgets.times import second_text
from core.model.outcomes import OutcomeClass
from core.people.inbox import Conflict, Side
from core.redeem.fold import Severity


@dataclass(frozen=True, slots=True)
class InboxText:
    """The list, and the line above it."""

    note: str
    rows: tuple[RowText, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictText:
    """One conflict: what happened, what to do, each side of it."""

    title: str
    step: str
    guest: str
    sides: tuple[str, ...]
    ask: str


def present_inbox(
    waiting: Sequence[NamedConflict], heard_ms: int | None, reader: Reader, *, has_more: bool = False
) -> InboxText:
    """What waits, the most urgent first; and until when the server was heard."""
    said = reader.words.people.inbox
    heard = said.never if heard_ms is None else said.heard.fill(time=reader.instant(heard_ms))
    notes = (said.nothing if not waiting else "", heard, said.more if has_more else "")
    return InboxText(NO_BREAK.join(filter(None, notes)), tuple(_row(each, reader) for each in waiting))


def _row(named: NamedConflict, reader: Reader) -> RowText:
    conflict, words = named.conflict, reader.words
    sides = [side for side in (conflict.winner, conflict.loser) if side is not None]
    where = " / ".join(f"{reader.gate(side.gate)} {second_text(side.at_ms, reader.zone)}" for side in sides)
    doubt = "" if conflict.winner is None or conflict.is_order_provable else words.people.inbox.not_provable
    sign = OutcomeClass.DENY if conflict.severity is Severity.HIGH else OutcomeClass.HOLD
    title = NO_BREAK.join(filter(None, (_words(conflict, reader).title, named.name)))
    return RowText(title, NO_BREAK.join(filter(None, (where, doubt))), sign)


def present_conflict(named: NamedConflict, reader: Reader) -> ConflictText:
    """Both gates, both times, and whether anybody can say which came first."""
    conflict, said = named.conflict, reader.words.people.inbox
    words = _words(conflict, reader)
    if conflict.winner is None:
        sides = [_side(conflict.loser, "", reader)]
    else:
        first, then = (said.first, said.then) if conflict.is_order_provable else (said.one, said.other)
        sides = [_side(conflict.winner, first, reader), _side(conflict.loser, then, reader)]
        sides += [] if conflict.is_order_provable else [said.not_provable]
    if conflict.reason:
        sides.append(said.reason.fill(reason=_reason(conflict.reason, reader)))
    if conflict.kind == ConflictWord.LATE_CANCEL and conflict.severity is Severity.HIGH:
        sides.append(said.knew)
    return ConflictText(words.title, words.step, named.name or said.unknown_guest, tuple(sides), said.what)


def _words(conflict: Conflict, reader: Reader) -> ConflictWords:
    kind = ConflictWord(conflict.kind) if conflict.kind in set(ConflictWord) else ConflictWord.UNKNOWN
    return reader.words.people.conflicts[kind]


def _reason(reason: str, reader: Reader) -> str:
    known = set(AsideWord)
    return reader.words.people.aside[AsideWord(reason) if reason in known else AsideWord.UNKNOWN]


def _side(side: Side, lead: str, reader: Reader) -> str:
    said, words = reader.words.people.inbox, reader.words
    doubt = words.people.doubted_time
    time = doubted_time_text(side.at_ms, side.uncertainty_ms, side.quality, reader.zone, doubt, words.calendar)
    device = said.this_kiosk if side.is_own else side.device_name
    place = said.side.fill(gate=reader.gate(side.gate), device=device, time=time)
    shown = said.showed.fill(word=words.outcomes[side.shown].word) if side.shown else ""
    by = said.operator.fill(operator=side.operator) if side.operator else ""
    told = NO_BREAK.join(filter(None, (place, shown, by)))
    return f"{lead}: {told}" if lead else told
