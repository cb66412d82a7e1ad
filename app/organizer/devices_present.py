"""What the page of devices says: how each kiosk stands and a language in, texts out. Refuses Qt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from app.organizer.devices_facts import (
    NOT_KNOWN,
    Reader,
    battery_text,
    camera_text,
    clock_text,
    disk_text,
    heard_text,
    instant_of,
    lately_text,
    lists_text,
    profile_text,
    program_text,
    read_percent,
    reads_text,
)
from app.organizer.devices_words import DevicesWords
from app.widgets.times import duration_text, long_duration_text, number_text
from core.insight.hearing import SILENT_MS
from core.insight.kiosk_standing import LEVELS, KioskTrouble, Level, Standing
from core.model.outcomes import OutcomeClass
from core.sync.kiosk_replies import KioskReply
from core.sync.messages import Vitals

SIGNS: Mapping[Level, OutcomeClass] = {
    Level.ASK: OutcomeClass.ADMIT_AND_ACT,
    Level.AMBER: OutcomeClass.HOLD,
    Level.NOTE: OutcomeClass.SYSTEM,
    Level.GOOD: OutcomeClass.ADMIT,
    Level.GONE: OutcomeClass.LEAVE,
}


@dataclass(frozen=True, slots=True)
class KioskRow:
    """One row of the list, its cells in the order of the columns; `sort_by` are what they are sorted by."""

    id: str
    cells: tuple[str, ...]
    sort_by: tuple[Any, ...]
    sign: OutcomeClass
    is_trouble: bool


@dataclass(frozen=True, slots=True)
class TroubleText:
    """What is the matter, and what helps."""

    title: str
    cure: str
    sign: OutcomeClass


@dataclass(frozen=True, slots=True)
class KioskText:
    """One kiosk whole. `digits` in groups of three while they wait; `salvageable` records wait for a word."""

    id: str
    name: str
    gate: str
    state: str
    sign: OutcomeClass
    troubles: tuple[TroubleText, ...]
    facts: tuple[tuple[str, str], ...]
    told: str
    digits: str
    is_pending: bool
    is_revoked: bool
    salvageable: int


def present_columns(words: DevicesWords) -> tuple[str, ...]:
    """The heads of the list, in the order of a row's cells."""
    said = words.columns
    return (
        *(said.name, said.standing, said.gate, said.heard, said.queue, said.lists),
        *(said.clock, said.camera, said.battery, said.disk, said.program),
    )


def present_summary(found: tuple[Standing, ...], words: DevicesWords) -> str:
    """How many are heard, of those that should be, how many want a look, and how many were switched off."""
    off = sum(one.is_off for one in found)
    active = [one for one in found if one.kiosk.state == "active" and not one.is_off]
    heard = sum(one.is_heard for one in active)
    trouble = sum(one.level in {Level.ASK, Level.AMBER} for one in found)
    if trouble:
        said = words.list.summary.fill(heard=heard, active=len(active), trouble=trouble)
    else:
        said = words.list.summary_well.fill(heard=heard, active=len(active))
    return f"{said} · {words.list.summary_off.fill(count=off)}" if off else said


def present_rows(found: tuple[Standing, ...], reader: Reader) -> tuple[KioskRow, ...]:
    """A row for each, in their order."""
    return tuple(_row(one, reader) for one in found)


def _row(one: Standing, reader: Reader) -> KioskRow:
    kiosk = one.kiosk
    vitals = None if kiosk.vitals is None else kiosk.vitals.told

    def told(say: Callable[[Vitals], str]) -> str:
        return NOT_KNOWN if vitals is None or kiosk.state != "active" else say(vitals)

    cells = (
        *(kiosk.name, state_text(one, reader), reader.gate(kiosk.gate), lately_text(kiosk, reader)),
        told(lambda it: number_text(it.queue, reader.calendar)),
        told(lambda it: lists_text(it, reader)),
        NOT_KNOWN if kiosk.state != "active" else clock_text(kiosk, reader),
        told(lambda it: camera_text(it, reader)),
        told(lambda it: battery_text(it, reader)),
        told(lambda it: disk_text(it, reader)),
        told(lambda it: it.version),
    )
    queue, lists, battery, disk = (
        (-1, -1, -1, -1)
        if vitals is None
        else (vitals.queue, vitals.manifest_version, _number(vitals.battery_percent), _number(vitals.disk_free_mib))
    )
    off_ms = -1 if kiosk.clock is None else abs(kiosk.clock.offset_ms)
    urgency, silence = (one.level, kiosk.name.casefold()), -(kiosk.last_seen_ms or 0)
    sort_by = (
        *(cells[0].casefold(), urgency, cells[2].casefold(), silence, queue, lists),
        *(off_ms, cells[7], battery, disk, cells[10]),
    )
    return KioskRow(kiosk.id, cells, sort_by, SIGNS[one.level], one.level in {Level.ASK, Level.AMBER})


def _number(value: int | None) -> int:
    return -1 if value is None else value


def present_kiosk(one: Standing, reader: Reader, names: Mapping[str, str]) -> KioskText:
    """One kiosk: what is the matter with it and what helps, then everything that is known. `names` are all kiosks'."""
    kiosk = one.kiosk
    is_pending = kiosk.state == "pending"
    troubles = tuple(_trouble(trouble, kiosk, reader) for trouble in one.troubles)
    old_ms = None if kiosk.vitals is None else reader.at_ms - kiosk.vitals.at_ms
    told = "" if old_ms is None or old_ms < SILENT_MS else duration_text(old_ms, reader.calendar)
    return KioskText(
        id=kiosk.id,
        name=kiosk.name,
        gate=kiosk.gate,
        state=state_text(one, reader),
        sign=SIGNS[one.level],
        troubles=troubles,
        facts=_facts(kiosk, reader, names),
        told=reader.words.one.as_of_vitals.fill(time=told) if told else "",
        digits=digits_text(kiosk.digits or "") if is_pending and KioskTrouble.DIGITS_WAIT in one.troubles else "",
        is_pending=is_pending,
        is_revoked=kiosk.state == "revoked",
        salvageable=kiosk.salvageable,
    )


def digits_text(digits: str) -> str:
    """Six digits in two groups, as the kiosk shows them."""
    return f"{digits[:3]} {digits[3:].strip()}" if digits else ""


def state_text(one: Standing, reader: Reader) -> str:
    """What is the matter most, or that nothing is."""
    if one.troubles:
        return trouble_title(one.troubles[0], one.kiosk, reader)
    return reader.words.one.revoked if one.kiosk.state == "revoked" else reader.words.one.well


def _trouble(trouble: KioskTrouble, kiosk: KioskReply, reader: Reader) -> TroubleText:
    cure = reader.words.troubles[trouble].cure
    return TroubleText(trouble_title(trouble, kiosk, reader), cure, SIGNS[LEVELS[trouble]])


def trouble_title(trouble: KioskTrouble, kiosk: KioskReply, reader: Reader) -> str:
    """What is the matter, with by how much."""
    title, vitals = reader.words.troubles[trouble].title, kiosk.vitals.told if kiosk.vitals else None
    match trouble:
        case KioskTrouble.SILENT:
            return title.fill(time=long_duration_text(reader.at_ms - (kiosk.last_seen_ms or 0), reader.calendar))
        case KioskTrouble.OFF | KioskTrouble.RESTING:
            return title.fill(time=instant_of(kiosk.last_seen_ms or 0, reader))
        case KioskTrouble.CAMERA:
            return title.fill(state=camera_text(vitals, reader) if vitals else "")
        case KioskTrouble.CLOCK_OFF:
            return title.fill(off=clock_text(kiosk, reader))
        case KioskTrouble.BATTERY_LOW:
            return title.fill(percent=vitals.battery_percent if vitals else "")
        case KioskTrouble.FACTS_MISSING:
            return title.fill(count=number_text((kiosk.told_facts or 0) - (kiosk.held_facts or 0), reader.calendar))
        case KioskTrouble.QUEUE_LONG:
            return title.fill(count=number_text(vitals.queue if vitals else 0, reader.calendar))
        case KioskTrouble.READS_BADLY:
            return title.fill(percent=100 - read_percent(vitals) if vitals else "")
        case KioskTrouble.SALVAGE_WAITS:
            return title.fill(count=number_text(kiosk.salvageable, reader.calendar))
        case (
            KioskTrouble.DIGITS_WAIT
            | KioskTrouble.DISK_FULL
            | KioskTrouble.LISTS_OLD
            | KioskTrouble.DIGITS_OVER
            | KioskTrouble.DISK_TIGHT
            | KioskTrouble.CLOCK_UNSURE
            | KioskTrouble.LISTS_BEHIND
            | KioskTrouble.OLDER_PROGRAM
            | KioskTrouble.NEVER_HEARD
        ):
            return title.fill()
    assert_never(trouble)


def _facts(kiosk: KioskReply, reader: Reader, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    said = reader.words.one
    facts = [(said.gate, reader.gate(kiosk.gate)), (said.heard, heard_text(kiosk, reader))]
    if kiosk.vitals is not None:
        told = kiosk.vitals.told
        facts += [
            (said.queue, number_text(told.queue, reader.calendar)),
            (said.lists, lists_text(told, reader)),
            (said.clock, clock_text(kiosk, reader)),
            (said.camera, camera_text(told, reader)),
            (said.reading, reads_text(told, reader)),
            (said.battery, battery_text(told, reader)),
            (said.disk, disk_text(told, reader)),
            (said.program, program_text(told, reader)),
            (said.running, said.since.fill(time=instant_of(told.started_at_ms, reader))),
        ]
    if kiosk.told_facts is not None:
        held, all_ = (number_text(count, reader.calendar) for count in (kiosk.held_facts or 0, kiosk.told_facts))
        facts.append((said.all_records, said.records.fill(held=held, told=all_)))
    facts.append((said.trust, profile_text(kiosk.profile, reader.words)))
    if kiosk.replaces is not None:
        facts.append((said.replaced, names.get(kiosk.replaces, NOT_KNOWN)))
    return tuple(facts)
