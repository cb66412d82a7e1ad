"""What the page says of receivers and how they fare. Values and words in, texts out. Refuses Qt."""

from collections.abc import Iterable

from app.organizer.deliveries.texts import Act, KeyText, One, Reader, Row, short_target
from core.model.outcomes import OutcomeClass
from core.sync.delivery_replies import EndpointRow

ACTIVE, DISABLED, GONE, GIVEN_UP, REMOVED = "active", "disabled", "gone", "failing", "removed"
_SEPARATOR = " · "


def present_endpoint_rows(endpoints: Iterable[EndpointRow], reader: Reader) -> tuple[Row, ...]:
    """Those that want somebody first in front."""
    found = sorted(endpoints, key=lambda each: (_SEVERITY[sign_of(each)], -each.dead, each.target))
    return tuple(_row(each, reader) for each in found)


def sign_of(row: EndpointRow) -> OutcomeClass:
    """How a receiver fares, as a sign."""
    if row.state in {GONE, GIVEN_UP} or is_refused(row):
        return OutcomeClass.DENY
    if row.state != ACTIVE:
        return OutcomeClass.LEAVE
    return OutcomeClass.ADMIT if row.circuit == "closed" and not row.failures else OutcomeClass.HOLD


def is_refused(row: EndpointRow) -> bool:
    """Whether its account is refused: everything waits for a person."""
    return row.state == ACTIVE and row.trouble is not None


_SEVERITY = {OutcomeClass.DENY: 0, OutcomeClass.HOLD: 1, OutcomeClass.LEAVE: 2, OutcomeClass.ADMIT: 3}


def present_endpoint(row: EndpointRow, reader: Reader, *, may_change: bool, note: str = "") -> One:
    """One receiver with everything that is known of it; `note` says how a test goes on."""
    words = reader.words.endpoint
    kinds = ", ".join(reader.kind(each) for each in row.kinds) or words.every_kind
    facts = [(words.last, words.never if row.last_sent_ms is None else reader.instant(row.last_sent_ms))]
    if row.failing_since_ms is not None:
        facts.append((words.failing, reader.instant(row.failing_since_ms)))
    if row.failures:
        facts.append((words.failures, reader.number(row.failures)))
    if row.circuit == "open" and row.rests_until_ms is not None:
        facts.append((words.rests, reader.instant(row.rests_until_ms)))
    facts += [(words.waiting, reader.number(row.waiting)), (words.dead, reader.number(row.dead)), (words.kinds, kinds)]
    state = _state(row, reader)
    return One(
        row.id,
        short_target(row.target),
        f"{state[:1].upper()}{state[1:]}",
        _cure(row, reader),
        sign_of(row),
        ((reader.words.one.to, row.target), (reader.words.one.channel, reader.channel(row.channel)), *facts),
        keys=_keys(row, reader) if may_change else _looks(row, reader),
        note=note or ("" if may_change else reader.words.deeds.not_allowed),
    )


def _row(row: EndpointRow, reader: Reader) -> Row:
    words, sign = reader.words.endpoint, sign_of(row)
    is_silent = row.state == ACTIVE and row.circuit != "closed" and not is_refused(row)
    told = [words.line_silent if is_silent else _state(row, reader)]
    if row.waiting:
        told.append(words.line_waiting.fill(count=reader.number(row.waiting)))
    elif row.last_sent_ms is not None and sign is OutcomeClass.ADMIT:
        told.append(words.line_good.fill(time=reader.instant(row.last_sent_ms)))
    aside = words.line_dead.fill(count=reader.number(row.dead)) if row.dead else ""
    is_off = sign is OutcomeClass.LEAVE
    return Row(row.id, short_target(row.target), _SEPARATOR.join(told), aside, sign, is_off)


def _state(row: EndpointRow, reader: Reader) -> str:
    words = reader.words.endpoint
    if row.trouble is not None and is_refused(row):
        return words.refused.fill(trouble=reader.trouble(row.trouble).title)
    if row.state == ACTIVE:
        if row.circuit == "open" and row.rests_until_ms is not None:
            return words.open.fill(time=reader.instant(row.rests_until_ms))
        return words.half_open if row.circuit == "half_open" else words.sends
    told = {DISABLED: words.disabled, GONE: words.gone, GIVEN_UP: words.given_up, REMOVED: words.removed}
    return told.get(row.state) or words.other.fill(state=row.state)


def _cure(row: EndpointRow, reader: Reader) -> str:
    words = reader.words.endpoint
    if row.trouble is not None and is_refused(row):
        return words.held.fill(cure=reader.trouble(row.trouble).cure)
    match sign_of(row):
        case OutcomeClass.DENY:
            return words.cure_gone if row.state == GONE else words.cure_off
        case OutcomeClass.HOLD:
            return words.cure_open
        case OutcomeClass.LEAVE:
            return words.cure_off
        case _:
            return words.ok_never if row.last_sent_ms is None else words.ok


def _looks(row: EndpointRow, reader: Reader) -> tuple[KeyText, ...]:
    return (KeyText(Act.SHOW_DEAD, reader.words.deeds.show_dead),) if row.dead else ()


def _keys(row: EndpointRow, reader: Reader) -> tuple[KeyText, ...]:
    said = reader.words.deeds
    address = (KeyText(Act.ADDRESS, said.address),) if row.channel == "webhook" else ()
    if row.state == ACTIVE:
        switch = (KeyText(Act.TEST, said.test, "main"), *address, KeyText(Act.DISABLE, said.disable, "danger"))
    else:
        switch = (KeyText(Act.ENABLE, said.enable, "main"), *address)
    return (*switch, *_looks(row, reader))
