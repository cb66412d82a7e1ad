"""What is wrong with an event as somebody set it up: each flaw with the place of it.

Owns every rule that an event's row must keep beyond the bounds of its single fields (`core.sync.messages`), as a closed
set, so that a server refuses, and a page warns before anything is sent, by the same code. Total: a row of any content
that keeps those bounds has flaws or has none.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.model.attention import AttentionKind
from core.model.codes import RESERVED_FORMS, AdapterKind, CodeMode
from core.model.event import OfflineReentry, Reentry
from core.model.moments import LATEST_MS
from core.model.questions import IDENTITY, QuestionKind
from core.model.roles import INSTALLATION
from core.sync.messages import AdapterRow, ClassRow, CodesRow, EventRow, QuestionRow

Place: TypeAlias = tuple[str | int, ...]
"""Where it is in the row's JSON: names of fields, and numbers of items from 0."""
_HOUR_AND_MINUTE = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class FlawKind(StrEnum):
    """What is wrong, one by one."""

    ZONE_UNKNOWN = "zone_unknown"
    ENDS_FIRST = "ends_first"
    BEYOND_CALENDAR = "beyond_calendar"
    TWICE = "twice"
    WORD_UNKNOWN = "word_unknown"
    GATE_STRANGE = "gate_strange"
    DAY_WRONG = "day_wrong"
    TIME_WRONG = "time_wrong"
    ADAPTER_MISSING = "adapter_missing"
    ADAPTER_NAME = "adapter_name"
    ADAPTER_HOST = "adapter_host"
    ADAPTER_FIELD = "adapter_field"
    ADAPTER_LENGTHS = "adapter_lengths"
    CHOICES_MISPLACED = "choices_misplaced"
    UNPRINTABLE = "unprintable"
    NAME_RESERVED = "name_reserved"
    INSTALLATIONS_ID = "installations_id"


_SENTENCES: dict[FlawKind, str] = {
    FlawKind.ZONE_UNKNOWN: "unknown time zone {told!r}",
    FlawKind.ENDS_FIRST: "the event ends before it starts",
    FlawKind.BEYOND_CALENDAR: "the event ends beyond every calendar",
    FlawKind.TWICE: "the {what} {told!r} comes twice",
    FlawKind.WORD_UNKNOWN: "{told!r:.40} is no {what}",
    FlawKind.GATE_STRANGE: "a class names the gate {told!r}, which the event does not have",
    FlawKind.DAY_WRONG: "{told!r:.20} is no day such as 2026-12-31",
    FlawKind.TIME_WRONG: "{told!r:.20} is no time of day such as 06:00",
    FlawKind.ADAPTER_MISSING: "an event of mode {told!r} says how its old codes look",
    FlawKind.ADAPTER_NAME: "an adapter can't be named {told!r}",
    FlawKind.ADAPTER_HOST: "a URL adapter names its host",
    FlawKind.ADAPTER_FIELD: "a JSON adapter names its field",
    FlawKind.ADAPTER_LENGTHS: "an adapter's shortest code is longer than its longest",
    FlawKind.CHOICES_MISPLACED: "the question {told!r}: choices belong to a choice, and to nothing else",
    FlawKind.UNPRINTABLE: "a question can be shown on a screen",
    FlawKind.NAME_RESERVED: "the name {told!r} stands for the ID that staff saw, and for no question",
    FlawKind.INSTALLATIONS_ID: "the nil id stands for the installation, and is no event's",
}
_THINGS = {"gates": "gate", "classes": "class", "attention": "attention item", "questions": "question"}
_THINGS |= {"adapters": "adapter", "reentry": "rule of re-entry", "offline_reentry": "rule of re-entry offline"}
_THINGS |= {"mode": "mode of codes", "kind": "kind"}


@dataclass(frozen=True, slots=True)
class EventFlaw:
    """One thing that is wrong: what, where, and the text or number that is wrong there."""

    kind: FlawKind
    place: Place
    told: str | int = ""

    @property
    def sentence(self) -> str:
        """In English, for whoever wrote the row."""
        names = [part for part in self.place if isinstance(part, str)]
        what = next((_THINGS[name] for name in reversed(names) if name in _THINGS), "")
        return _SENTENCES[self.kind].format(told=self.told, what=what)


def flaws_of(row: EventRow) -> tuple[EventFlaw, ...]:
    """All that is wrong, in the order in which an event's fields are told."""
    return tuple(_flaws(row))


def is_time_zone(name: str) -> bool:
    """Whether there is such a time zone (IANA), such as `Europe/Berlin`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, or a very long one
        return False
    return True


def is_time_of_day(text: str) -> bool:
    """Whether it is hours and minutes, such as `06:00`."""
    return _HOUR_AND_MINUTE.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether it is a day of the calendar (ISO 8601)."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _flaws(row: EventRow) -> Iterator[EventFlaw]:
    if not is_time_zone(row.time_zone):
        yield EventFlaw(FlawKind.ZONE_UNKNOWN, ("time_zone",), row.time_zone)
    if row.ends_ms <= row.starts_ms:
        yield EventFlaw(FlawKind.ENDS_FIRST, ("ends_ms",))
    if row.ends_ms > LATEST_MS:
        yield EventFlaw(FlawKind.BEYOND_CALENDAR, ("ends_ms",))
    yield from _twice(("gates",), "id", [gate.id for gate in row.gates])
    yield from _twice(("classes",), "id", [each.id for each in row.classes])
    gates = {gate.id for gate in row.gates}
    for at, each in enumerate(row.classes):
        yield from _of_class(each, ("classes", at), gates)
    yield from _of_codes(row.codes)
    if row.checkout_at is not None and not is_time_of_day(row.checkout_at):
        yield EventFlaw(FlawKind.TIME_WRONG, ("checkout_at",), row.checkout_at)
    yield from _word(("offline_reentry",), row.offline_reentry, OfflineReentry)
    yield from _twice(("attention",), "number", [each.number for each in row.attention])
    for at, item in enumerate(row.attention):
        yield from _word(("attention", at, "kind"), item.kind, AttentionKind)
    if _is_installation(row.event):
        yield EventFlaw(FlawKind.INSTALLATIONS_ID, ("event",))


def _of_class(row: ClassRow, at: Place, gates: Collection[str]) -> Iterator[EventFlaw]:
    for strange in sorted(set(row.gates or ()) - set(gates)):
        yield EventFlaw(FlawKind.GATE_STRANGE, (*at, "gates"), strange)
    for day in row.dates or ():
        if not is_day(day):
            yield EventFlaw(FlawKind.DAY_WRONG, (*at, "dates"), day)
    yield from _word((*at, "reentry"), row.reentry, Reentry)
    yield from _twice((*at, "questions"), "id", [each.id for each in row.questions])
    for number, each in enumerate(row.questions):
        yield from _of_question(each, (*at, "questions", number))


def _of_question(row: QuestionRow, at: Place) -> Iterator[EventFlaw]:
    if row.kind not in set(QuestionKind):
        yield EventFlaw(FlawKind.WORD_UNKNOWN, (*at, "kind"), row.kind)
    elif (row.kind == QuestionKind.CHOICE) is not bool(row.choices):
        yield EventFlaw(FlawKind.CHOICES_MISPLACED, (*at, "choices"), row.id)
    for name, text in (("id", row.id), ("text", row.text)):
        if not text.isprintable():
            yield EventFlaw(FlawKind.UNPRINTABLE, (*at, name), text)
    if row.id == IDENTITY:
        yield EventFlaw(FlawKind.NAME_RESERVED, (*at, "id"), row.id)


def _of_codes(row: CodesRow) -> Iterator[EventFlaw]:
    at: Place = ("codes",)
    yield from _word((*at, "mode"), row.mode, CodeMode)
    yield from _twice((*at, "adapters"), "name", [each.name for each in row.adapters])
    for number, each in enumerate(row.adapters):
        yield from _of_adapter(each, (*at, "adapters", number))
    if row.mode in {CodeMode.MIGRATING, CodeMode.FOREIGN} and not row.adapters:
        yield EventFlaw(FlawKind.ADAPTER_MISSING, (*at, "adapters"), row.mode)


def _of_adapter(row: AdapterRow, at: Place) -> Iterator[EventFlaw]:
    yield from _word((*at, "kind"), row.kind, AdapterKind)
    if row.name in RESERVED_FORMS or not row.name.isprintable():
        yield EventFlaw(FlawKind.ADAPTER_NAME, (*at, "name"), row.name)
    if row.kind == AdapterKind.URL and not row.host:
        yield EventFlaw(FlawKind.ADAPTER_HOST, (*at, "host"))
    if row.kind == AdapterKind.JSON and not row.field:
        yield EventFlaw(FlawKind.ADAPTER_FIELD, (*at, "field"))
    if row.least > row.most:
        yield EventFlaw(FlawKind.ADAPTER_LENGTHS, (*at, "most"))


def _word(at: Place, told: str, words: Iterable[StrEnum]) -> Iterator[EventFlaw]:
    if told not in set(words):
        yield EventFlaw(FlawKind.WORD_UNKNOWN, at, told)


def _twice(at: Place, name: str, ids: Sequence[str | int]) -> Iterator[EventFlaw]:
    """Ids that come again: nobody could say which of the two counts."""
    seen: set[str | int] = set()
    for number, id_ in enumerate(ids):
        if id_ in seen:
            yield EventFlaw(FlawKind.TWICE, (*at, number, name), id_)
        seen.add(id_)


def _is_installation(event: str) -> bool:
    try:
        return UUID(event) == INSTALLATION
    except ValueError:
        return False  # a row without an id yet, or one that `event_of` can't read
