"""What the start window says: a state and a language in, texts and keys out.

Owns which keys there are in which state. Refuses Qt, and every effect.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.start.state import ALIVE, Asked, Cure, EventHere, Leg, Part, PartState, Stage, StartState
from app.start.words import StartWords
from app.widgets.theme import ThemeName
from app.widgets.times import day_text, zone_named


class Do(StrEnum):
    """What a key does."""

    TRY_IT = "try_it"
    OPEN_DOOR = "open_door"
    RUN_EVENT = "run_event"
    STOP = "stop"
    TRY_AGAIN = "try_again"
    OTHER_PORT = "other_port"
    THAT_SERVER = "that_server"
    OPEN_ORGANIZER = "open_organizer"
    SHOW_REPORT = "show_report"
    ENROL = "enrol"
    PICK = "pick"
    ENROL_YES = "enrol_yes"
    COPY = "copy"
    NOTED = "noted"
    END_ALL = "end_all"
    BACK = "back"
    CLOSE = "close"
    LANGUAGE = "language"
    THEME = "theme"


class Tone(StrEnum):
    """How a row is meant."""

    CALM = "calm"
    GOOD = "good"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key: what it does, to which program, and what stands on it. `value`: what it picks."""

    do: Do
    text: str
    part: Part | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceText:
    """One of the three choices."""

    key: KeyText
    told: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class RowText:
    """One thing that runs here, or that a person has to read: its lines, and what can be done about it."""

    title: str
    lines: tuple[str, ...] = ()
    keys: tuple[KeyText, ...] = ()
    tone: Tone = Tone.CALM


@dataclass(frozen=True, slots=True)
class PickText:
    """A question that is answered with one of several rows: each its key, and a line below what stands on it."""

    title: str
    rows: tuple[tuple[KeyText, str], ...]
    back: KeyText


@dataclass(frozen=True, slots=True)
class StartText:
    """All of the window. With `asked` or `picking` that question is all there is."""

    title: str
    question: str
    choices: tuple[ChoiceText, ...]
    heading: str
    rows: tuple[RowText, ...]
    language: KeyText
    theme: KeyText
    asked: RowText | None = None
    picking: PickText | None = None


def present_start(state: StartState, words: StartWords, theme: ThemeName) -> StartText:
    """The texts and keys of a state; the keys for language and colours say what a press leads to."""
    said = words.lines
    rows = tuple(row for part in Part for row in _rows(part, state, words))
    owner = _owner(state, words)
    return StartText(
        title=said.title,
        question=said.question,
        choices=_choices(state, words),
        heading=said.runs,
        rows=(*owner, *rows) or (RowText(said.nothing_runs),),
        language=KeyText(Do.LANGUAGE, said.other_language),
        theme=KeyText(Do.THEME, words.themes[theme.following]),
        asked=_asked(state, words),
        picking=None if state.held_by else _picking(state, words),
    )


def _choices(state: StartState, words: StartWords) -> tuple[ChoiceText, ...]:
    """A choice whose program runs already can't be made again."""
    said = words.choices
    made = (
        (Do.TRY_IT, said.try_it, said.try_it_told, Part.DEMO),
        (Do.OPEN_DOOR, said.door, said.door_told, Part.KIOSK),
        (Do.RUN_EVENT, said.event, said.event_told, Part.SERVER),
    )
    busy = ALIVE | {Leg.ELSEWHERE}
    return tuple(
        ChoiceText(KeyText(do, text, part), told, state.part(part).leg not in busy) for do, text, told, part in made
    )


def _owner(state: StartState, words: StartWords) -> tuple[RowText, ...]:
    if state.owner is None:
        return ()
    said = words.lines
    lines = (
        said.owner_told.fill(name=state.owner.name),
        said.owner_password.fill(password=state.owner.password),
        said.owner_once,
    )
    copy = KeyText(Do.COPY, said.copied if state.is_copied else said.copy)
    return (RowText(said.owner_title, lines, (copy, KeyText(Do.NOTED, said.noted)), Tone.GOOD),)


def _rows(part: Part, state: StartState, words: StartWords) -> tuple[RowText, ...]:
    known = state.part(part)
    if known.leg is Leg.OFF:
        return ()
    tone = Tone.TROUBLE if known.leg is Leg.FAILED else Tone.GOOD if known.leg in _WELL else Tone.CALM
    lines = (*((known.told,) if known.told else ()), *_details(part, known, state, words))
    return (RowText(f"{words.parts[part]}: {words.legs[known.leg]}", lines, _keys(part, known, state, words), tone),)


_WELL = {Leg.RUNNING, Leg.ELSEWHERE}


def _details(part: Part, known: PartState, state: StartState, words: StartWords) -> tuple[str, ...]:
    said = words.lines
    if part is Part.SERVER and known.leg in _WELL and state.served is not None:
        reach = said.others.fill(addresses=", ".join(state.served.addresses)) if state.served.addresses else said.alone
        sealed = (said.fingerprint.fill(fingerprint=state.served.fingerprint),) if state.served.fingerprint else ()
        missing = (said.no_event,) if not state.events and state.door is None else ()
        return (state.served.url, reach, *sealed, *missing)
    if part is Part.KIOSK and state.door is not None:
        door = state.door
        return (said.door_is.fill(door=door.name, gate=door.gate, event=door.event_name),)
    if part is Part.DEMO and state.report is not None and known.leg is not Leg.FAILED:
        return (said.report.fill(folder=state.report),)
    return ()


def _keys(part: Part, known: PartState, state: StartState, words: StartWords) -> tuple[KeyText, ...]:
    said = words.lines
    keys = [KeyText(_DOES[cure], words.cures[cure], part) for cure in known.cures]
    if part is Part.SERVER and known.leg in _WELL:
        keys += _beside_a_server(state, words)
    if part is Part.DEMO and state.report is not None:
        keys.append(KeyText(Do.SHOW_REPORT, said.show, part))
    if known.leg in {Leg.STARTING, Leg.RUNNING}:
        keys.append(KeyText(Do.STOP, said.stop, part))
    return tuple(keys)


_DOES = {Cure.TRY_AGAIN: Do.TRY_AGAIN, Cure.OTHER_PORT: Do.OTHER_PORT, Cure.THAT_SERVER: Do.THAT_SERVER}


def _beside_a_server(state: StartState, words: StartWords) -> list[KeyText]:
    """The organizer's window where it is not open, and a door of this server where this computer is none yet."""
    keys = []
    if state.part(Part.ORGANIZER).leg not in ALIVE:
        keys.append(KeyText(Do.OPEN_ORGANIZER, words.parts[Part.ORGANIZER], Part.ORGANIZER))
    if state.door is None and state.events and state.part(Part.KIOSK).leg not in ALIVE:
        keys.append(KeyText(Do.ENROL, words.lines.enrol, Part.KIOSK))
    return keys


def _asked(state: StartState, words: StartWords) -> RowText | None:
    said = words.lines
    if state.held_by:
        title = said.held.fill(process=state.held_by)
        return RowText(title, (said.held_told,), (KeyText(Do.CLOSE, said.close),), Tone.TROUBLE)
    back = KeyText(Do.BACK, said.back)
    if state.asked is Asked.CLOSE:
        running = ", ".join(words.parts[part] for part in state.alive)
        return RowText(said.close_title, (running, said.close_told), (KeyText(Do.END_ALL, said.close_yes), back))
    if state.asked is Asked.ENROL and state.event is not None and state.gate is not None:
        title = said.enrol_title.fill(gate=state.gate.name, event=state.event.name)
        lines = (_when(state.event, words), said.enrol_told)
        return RowText(title, lines, (KeyText(Do.ENROL_YES, said.enrol_yes), back))
    return None


def _picking(state: StartState, words: StartWords) -> PickText | None:
    said, back = words.lines, KeyText(Do.BACK, words.lines.back)
    if state.asked is Asked.EVENT:
        rows = [(KeyText(Do.PICK, each.name, value=each.id), _when(each, words)) for each in state.events]
        return PickText(said.pick_event, tuple(rows), back)
    if state.asked is Asked.GATE and state.event is not None:
        gates = [(KeyText(Do.PICK, each.name, value=each.id), "") for each in state.event.gates]
        return PickText(said.pick_gate.fill(event=state.event.name), tuple(gates), back)
    return None


def _when(event: EventHere, words: StartWords) -> str:
    """Whether an event is on, by its own calendar."""
    at_ms = event.starts_ms if event.stage is Stage.COMING else event.ends_ms
    return words.stages[event.stage].fill(time=day_text(at_ms, zone_named(event.time_zone), words.calendar))
