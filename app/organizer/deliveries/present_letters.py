"""What the page says of messages: counts, rows, one message with all its attempts. Values and words in, texts out.

Refuses Qt, and to hide anything that the server tells: what is secret never leaves it.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.organizer.deliveries.questions import Which
from app.organizer.deliveries.texts import Act, Block, Facts, KeyText, One, Reader, Row
from app.organizer.deliveries.words import ChannelWord, ReasonWord, TryWord, View, member
from app.widgets.times import duration_text
from core.model.outcomes import OutcomeClass
from core.sync.delivery_replies import DeadHeap, DeliverySummary, EndpointRow, Letter, OpenLetter, Try

TICKET_MAIL = "tickets.mail"
"""As servers call a mail with a guest's tickets."""
_SEPARATOR = " · "
MOST_ANSWER = 1_024
"""Characters of an answer that are shown, as many as the server keeps; of a message's own text no more."""
ALARM = "!"
"""In place of a count: an account is refused, and somebody has to look."""
ALL = "\n\n"
"""The name of the row for all heaps."""
_SIGNS = {
    "dead": OutcomeClass.DENY,
    "ready": OutcomeClass.HOLD,
    "leased": OutcomeClass.SYSTEM,
    "sent": OutcomeClass.ADMIT,
    "canceled": OutcomeClass.LEAVE,
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What each of the three fields offers: keys and texts, the first of each being any."""

    channels: tuple[tuple[str, str], ...]
    endpoints: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]


def present_summary(summary: DeliverySummary, reader: Reader) -> str:
    """Whose account is refused; else when the last one died: `the last one 5 min ago`."""
    if summary.refused:
        told = ((reader.channel(each.channel), reader.trouble(each.trouble).title) for each in summary.refused)
        return _SEPARATOR.join(reader.words.list.refused.fill(channel=one, trouble=why) for one, why in told)
    if summary.newest_ms is None or not summary.dead:
        return reader.words.list.none
    return reader.words.list.last.fill(time=reader.words.one.aged.fill(time=reader.age(summary.newest_ms)))


def present_view(view: View, summary: DeliverySummary | None, reader: Reader) -> str:
    """A key's text: with how many there are, where there are some."""
    words = reader.words
    counts = {} if summary is None else {View.DEAD: summary.dead, View.WAITING: summary.waiting}
    count = counts.get(view, 0)
    if view is View.ENDPOINTS and summary is not None and summary.refused:
        return words.list.view_count.fill(view=words.views[view], count=ALARM)
    if not count:
        return words.views[view]
    return words.list.view_count.fill(view=words.views[view], count=reader.number(count))


def reason_text(reason: str | None, reader: Reader) -> str:
    """Why a message is dead, in a few words; as it came where this window does not know it."""
    word = member(ReasonWord, reason or "", ReasonWord.UNKNOWN)
    if word is ReasonWord.UNKNOWN and reason:
        return reason
    return reader.words.reasons[word].title


def heap_name(heap: DeadHeap) -> str:
    """What tells a heap from others."""
    return "\n".join((heap.channel, heap.endpoint or "", heap.reason or ""))


def which_of(name: str) -> Which:
    """The messages of a heap by its name."""
    channel, endpoint, reason = name.split("\n")
    return Which(is_dead=True, channel=channel, endpoint=endpoint, reason=reason)


def present_heaps(heaps: Iterable[DeadHeap], which: Which, reader: Reader) -> tuple[Row, ...]:
    """The heaps of a filter, the largest first, below a row for all of them together."""
    found = sorted((each for each in heaps if which.covers(each)), key=lambda each: (-each.count, each.oldest_ms))
    if not found:
        return ()
    count, oldest_ms = sum(each.count for each in found), min(each.oldest_ms for each in found)
    aside = _SEPARATOR.join((reader.number(count), reader.age(oldest_ms)))
    return (
        Row(ALL, reader.words.list.all, reader.words.list.all_line, aside),
        *(_heap_row(each, reader) for each in found),
    )


def present_waiting(endpoints: Iterable[EndpointRow], which: Which, reader: Reader) -> tuple[Row, ...]:
    """The receivers for which something waits, where most waits first."""
    found = [
        each
        for each in endpoints
        if each.waiting and which.channel in {"", each.channel} and which.endpoint in {"", each.id}
    ]
    if not found:
        return ()
    found.sort(key=lambda each: -each.waiting)
    count = reader.number(sum(each.waiting for each in found))
    rows = (
        Row(
            f"{each.channel}\n{each.id}\n",
            reader.endpoint(each.id),
            reader.channel(each.channel),
            reader.number(each.waiting),
            OutcomeClass.HOLD,
        )
        for each in found
    )
    return (Row(ALL, reader.words.list.all, reader.words.list.all_line, count), *rows)


def present_choices(heaps: Sequence[DeadHeap], which: Which, reader: Reader) -> Choices:
    """What can be chosen: what there is, and what is chosen although there is none left."""
    said, known = reader.words.list, reader.endpoints.values()
    channels = {each.channel for each in heaps} | {each.channel for each in known} | {which.channel}
    ends = {each.endpoint for each in heaps if each.endpoint} | {each.id for each in known} | {which.endpoint}
    reasons = {each.reason for each in heaps if each.reason} | {which.reason}
    return Choices(
        _offered(said.every_channel, [(each, reader.channel(each)) for each in channels]),
        _offered(said.every_endpoint, [(each, reader.endpoint(each)) for each in ends]),
        _offered(said.every_reason, [(each, reason_text(each, reader)) for each in reasons]),
    )


def present_letters(
    letters: Iterable[Letter], ticked: Collection[str], reader: Reader, *, is_ticking: bool
) -> tuple[Row, ...]:
    """A page of messages. While several are chosen, the sign says which are."""
    return tuple(_letter_row(each, each.id in ticked, reader, is_ticking=is_ticking) for each in letters)


def present_letter(open_: OpenLetter, reader: Reader, *, may_change: bool) -> One:
    """One message with everything that is known of it."""
    letter, words = open_.message, reader.words
    keys: tuple[KeyText, ...] = ()
    if may_change and letter.state == "dead":
        keys = (
            KeyText(Act.REPLAY, words.deeds.replay, "main"),
            *((KeyText(Act.ADDRESS, words.deeds.address),) if _has_address(letter, reader) else ()),
            *((KeyText(Act.RECIPIENT, words.deeds.recipient),) if _has_guest(letter) else ()),
            KeyText(Act.DISCARD, words.deeds.discard, "danger"),
        )
    reason = member(ReasonWord, letter.reason or "", ReasonWord.UNKNOWN)
    is_dead = letter.state == "dead"
    return One(
        letter.id,
        reader.kind(letter.kind),
        _state_text(letter, reader),
        words.reasons[reason].cure if is_dead else "",
        _SIGNS.get(letter.state, OutcomeClass.SYSTEM),
        _facts(open_, reader),
        words.one.tries,
        tuple(_block(each, reader) for each in reversed(open_.tries)),
        words.one.tries_none,
        ((words.one.message, letter.id), (words.one.content, _cut(open_.body, MOST_ANSWER))),
        keys,
        "" if may_change else words.deeds.not_allowed,
    )


def last_answer(open_: OpenLetter, reader: Reader) -> str:
    """What came back last, in a few words."""
    told = [each.status for each in open_.tries if each.status]
    return reader.status(told[-1] if told else TryWord.NO_ANSWER)


def _offered(every: str, found: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    named = sorted((each for each in found if each[0]), key=lambda each: (each[1].casefold(), each[0]))
    return (("", every), *named)


def _heap_row(heap: DeadHeap, reader: Reader) -> Row:
    line = _SEPARATOR.join((reader.channel(heap.channel), reader.endpoint(heap.endpoint)))
    aside = _SEPARATOR.join((reader.number(heap.count), reader.age(heap.oldest_ms)))
    return Row(heap_name(heap), reason_text(heap.reason, reader), line, aside, OutcomeClass.DENY)


def _letter_row(letter: Letter, is_ticked: bool, reader: Reader, *, is_ticking: bool) -> Row:
    words, is_dead = reader.words.one, letter.state == "dead"
    why = reason_text(letter.reason, reader) if is_dead else _tried(letter, reader)
    line = _SEPARATOR.join((reader.receiver(letter), why))
    at_ms = letter.closed_ms or letter.made_ms
    aside = words.aged.fill(time=reader.age(at_ms)) if is_dead else _due(letter, reader)
    if is_ticking:
        sign = OutcomeClass.ADMIT if is_ticked else None
        aside = reader.words.list.ticked if is_ticked else aside
        return Row(letter.id, reader.kind(letter.kind), line, aside, sign)
    return Row(letter.id, reader.kind(letter.kind), line, aside, _SIGNS.get(letter.state))


def _tried(letter: Letter, reader: Reader) -> str:
    words = reader.words.one
    if letter.attempts == 0:
        return words.never_tried
    return words.tried_once if letter.attempts == 1 else words.tried.fill(count=letter.attempts)


def _due(letter: Letter, reader: Reader) -> str:
    if letter.due_ms <= reader.at_ms:
        return reader.words.job.due_now
    return reader.words.job.due.fill(time=duration_text(letter.due_ms - reader.at_ms, reader.all.calendar))


def _state_text(letter: Letter, reader: Reader) -> str:
    words = reader.words.one
    if letter.state == "dead":
        return reason_text(letter.reason, reader)
    told = {
        "ready": words.is_ready,
        "leased": words.is_leased,
        "sent": words.is_sent,
        "canceled": words.is_canceled,
    }.get(letter.state, letter.state)
    said = _SEPARATOR.join((told, reason_text(letter.reason, reader)) if letter.reason else (told,))
    return f"{said[:1].upper()}{said[1:]}"


def _facts(open_: OpenLetter, reader: Reader) -> Facts:
    letter, words = open_.message, reader.words.one
    row = reader.endpoints.get(letter.endpoint or "")
    told = [
        (words.to, letter.recipient or (words.to_nobody if row is None else row.target)),
        (words.channel, reader.channel(letter.channel)),
        (words.made, reader.instant(letter.made_ms)),
    ]
    if letter.closed_ms is not None:
        told.append((words.died if letter.state == "dead" else words.sent, reader.instant(letter.closed_ms)))
    elif letter.state == "ready":
        told.append((words.due, reader.instant(letter.due_ms)))
    told.append((words.attempts, words.attempts_of.fill(count=letter.attempts, most=letter.most_attempts)))
    return tuple(told)


def _block(tried: Try, reader: Reader) -> Block:
    words = reader.words.one
    title = words.try_line.fill(number=tried.number, time=reader.instant(tried.started_ms))
    if tried.ended_ms is None:
        return Block(title, words.running)
    took = words.took.fill(time=reader.lasted(tried.started_ms, tried.ended_ms))
    status = tried.status or ""
    facts = [*_asked(tried.request or {}, reader), (words.answer, _cut(tried.answer or "", MOST_ANSWER))]
    if not tried.answer:
        facts[-1] = (words.answer, words.no_answer)
    is_trouble = not status.startswith("2")
    return Block(title, _SEPARATOR.join((reader.status(status), took)), tuple(facts), is_trouble)


def _asked(request: dict[str, Any], reader: Reader) -> list[tuple[str, str]]:
    """What was asked: the first line, then each header, then whatever else the sender kept."""
    words, rest = reader.words.one, dict(request)
    heads = rest.pop("headers", None)
    first = " ".join(str(rest.pop(name)) for name in ("method", "url") if name in rest)
    told = [(words.asked, first)] if first else []
    heads = heads if isinstance(heads, dict) else {}
    pairs = [*heads.items(), *rest.items()]
    return told + [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in pairs]


def _cut(text: str, most: int) -> str:
    """On one line: a body or an answer is looked at here, not worked with."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _has_address(letter: Letter, reader: Reader) -> bool:
    """A webhook's receiver has an address of its own; who runs the server sets those of mail and push."""
    row = reader.endpoints.get(letter.endpoint or "")
    return row is not None and letter.recipient is None and row.channel == "webhook"


def _has_guest(letter: Letter) -> bool:
    """A mail with tickets goes to an address that a guest gave: a person may know the right one."""
    is_mail = (letter.channel, letter.kind) == (ChannelWord.EMAIL, TICKET_MAIL)
    return is_mail and letter.recipient is not None
