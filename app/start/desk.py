"""The start window's desk: what a key does, which programs run, what became of them.

Owns the programs and the worker's thread. It ends whatever it has started before it ends itself; a program that
somebody else has started is not its own to end.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.errors import AppError
from app.runtime.handed import Handed, handed_bytes
from app.runtime.preferences import PreferenceBook, words_of
from app.speech import sentence_for
from app.start.choosing import asking, picked, stepped_back
from app.start.present import Do, KeyText
from app.start.programs import Program
from app.start.state import ALIVE, Asked, Cure, DoorHere, EventHere, Leg, Part, PartState, StartState
from app.start.steps import AnotherServer, PortTaken, Prepared, door_of, served_at
from app.start.window import StartWindow
from app.start.words import StartWords, load_start_words
from app.start.worker import EnrolWish, StartWorker
from core.model.settings import Language

LOOK_EVERY_MS = 5_000
"""How often it looks whether an event has come to be of which this computer could be a door."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 — kiosks are on other computers


@dataclass(frozen=True, slots=True)
class Places:
    """Where the programs keep what they have: their folders, the server's port, the demo's report, our own scratch."""

    server: Path
    kiosk: Path
    organizer: Path
    report: Path
    scratch: Path
    port: int


class StartDesk(QObject):
    """Lives in the window's thread. `close` it when the application has ended."""

    over = Signal()
    """The window is closed and everything that was started has ended."""
    changed = Signal(object)
    """The `StartState` of now."""
    _prepare_wanted = Signal(object, int, bool)
    _events_wanted = Signal(object)
    _door_wanted = Signal(object)

    def __init__(self, window: StartWindow, words: StartWords, places: Places, book: PreferenceBook) -> None:
        """`book` keeps the language and the colours that are chosen here."""
        super().__init__()
        self._book = book
        self._window, self._words, self._places = window, words, places
        self._port = places.port
        self._prepared: Prepared | None = None
        self._other_url = ""
        self._is_leaving = False
        self.state = StartState(door=_door_or_none(places.kiosk))
        self.programs = {part: Program(part.value, places.scratch, self) for part in Part}
        for part, program in self.programs.items():
            program.said.connect(lambda line, part=part: self._hear(part, line))
            program.ended.connect(lambda status, line, part=part: self._end(part, status, line))
        self._looking = QTimer(self, interval=LOOK_EVERY_MS)
        self._looking.timeout.connect(self._look)
        self._thread, self._worker = QThread(), StartWorker()
        self._thread.setObjectName("doorlight-start")
        self._worker.moveToThread(self._thread)
        self._prepare_wanted.connect(self._worker.prepare)
        self._events_wanted.connect(self._worker.look_for_events)
        self._door_wanted.connect(self._worker.become_door)
        self._worker.prepared.connect(self._take_prepared)
        self._worker.events_found.connect(self._take_events)
        self._worker.door_made.connect(self._take_door)
        self._worker.server_refused.connect(self._take_refusal)
        self._worker.door_refused.connect(self._take_door_refusal)
        window.pressed.connect(self.press)
        window.close_wanted.connect(self.leave)
        self._thread.start()
        self._show()

    def close(self) -> None:
        """Ends the thread, and kills what runs still."""
        self._looking.stop()
        self._thread.quit()
        self._thread.wait()
        for program in self.programs.values():
            program.kill()

    @Slot(object)
    def press(self, pressed: KeyText) -> None:
        """Does what a key says."""
        part = pressed.part
        match pressed.do:
            case Do.TRY_IT:
                self._try_it()
            case Do.OPEN_DOOR:
                self._open_door()
            case Do.RUN_EVENT:
                self._prepare(is_taken=False)
            case Do.TRY_AGAIN if part is not None:
                self._again(part)
            case Do.OTHER_PORT:
                self._prepare(is_taken=True)
            case Do.THAT_SERVER:
                self._run_elsewhere(self._other_url, "")
            case Do.OPEN_ORGANIZER:
                self._open_organizer()
            case Do.STOP if part is not None:
                self._stop(part)
            case Do.ENROL:
                self._take(asking(self.state))
            case Do.ENROL_YES:
                self._become_door()
            case _:
                self._answer(pressed)

    def _answer(self, pressed: KeyText) -> None:
        """What changes the window alone."""
        match pressed.do:
            case Do.PICK:
                self._take(picked(self.state, pressed.value))
            case Do.COPY if self.state.owner is not None:
                QGuiApplication.clipboard().setText(self.state.owner.password)
                self._change(is_copied=True)
            case Do.NOTED:
                self._change(owner=None, is_copied=False)
            case Do.SHOW_REPORT if self.state.report is not None:
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.state.report)))
            case Do.BACK:
                self._take(stepped_back(self.state))
            case Do.END_ALL:
                self.end_all()
            case Do.CLOSE:
                self.leave()
            case Do.LANGUAGE:
                other = Language.ENGLISH if self._words.language == Language.GERMAN else Language.GERMAN
                self._words = load_start_words(other.value)
                self._window.show_words(self._words)
                self._book.change(language=other)
            case Do.THEME:
                self._window.show_theme(self._window.theme.following)
                self._book.change(theme=self._window.theme)
            case _:
                pass  # its row has gone meanwhile

    # --- leaving ------------------------------------------------------------------------------------------------

    @Slot()
    def leave(self) -> None:
        """Somebody closes the window: asks first where something would end with it."""
        if self.state.alive and not self._is_leaving:
            self._change(asked=Asked.CLOSE)
            return
        self.end_all()

    @Slot()
    def end_all(self) -> None:
        """Ends everything that was started, the server last, then the window."""
        self._is_leaving = True
        self._change(asked=None)
        others = [part for part in self.state.alive if part is not Part.SERVER]
        for part in others or self.state.alive:
            self._stop(part)
        self._go_when_over()

    def _go_when_over(self) -> None:
        if self._is_leaving and not any(program.is_running for program in self.programs.values()):
            self._window.leave()
            self.over.emit()

    # --- programs -----------------------------------------------------------------------------------------------

    def _start(self, part: Part, words: Sequence[str], secret: bytes = b"") -> None:
        if self._is_leaving or self.programs[part].is_running:
            return
        self._set(part, PartState(Leg.STARTING if part is Part.SERVER else Leg.RUNNING))
        self.programs[part].start(words, secret)

    def _stop(self, part: Part) -> None:
        if not self.programs[part].is_running:
            self._set(part, PartState(Leg.OFF))  # it was still being looked at
            return
        self._set(part, replace(self.state.part(part), leg=Leg.ENDING))
        self.programs[part].stop()

    def _hear(self, part: Part, line: str) -> None:
        if part is Part.SERVER:
            self._take_ready(line)
        elif part is Part.DEMO and line.strip():
            self._set(part, replace(self.state.part(part), told=line.strip()))

    def _end(self, part: Part, status: int, line: str) -> None:
        was_asked = self.state.part(part).leg is Leg.ENDING
        if status == 0 or was_asked:
            told = self.state.part(part).told if part is Part.DEMO else ""
            self._set(part, PartState(Leg.ENDED, told))
        else:
            told = _sentence(line) or self._words.lines.status.fill(status=status)
            self._set(part, PartState(Leg.FAILED, told, (Cure.TRY_AGAIN,)))
        if part is Part.SERVER:
            self._looking.stop()
            self._change(served=None)
        if part is Part.KIOSK:
            self._change(door=_door_or_none(self._places.kiosk))
        if self._is_leaving and set(self.state.alive) == {Part.SERVER}:
            self._stop(Part.SERVER)
        self._go_when_over()

    def _again(self, part: Part) -> None:
        match part:
            case Part.SERVER:
                self._prepare(is_taken=False)
            case Part.DEMO:
                self._try_it()
            case Part.KIOSK:
                self._open_door()
            case Part.ORGANIZER:
                self._open_organizer()

    def _try_it(self) -> None:
        self._change(report=self._places.report)
        words = ["demo", "--report", str(self._places.report), "--language", self._words.language]
        self._start(Part.DEMO, words)

    # --- the server ---------------------------------------------------------------------------------------------

    def _prepare(self, *, is_taken: bool) -> None:
        if self.state.part(Part.SERVER).leg in ALIVE:
            return
        self._set(Part.SERVER, PartState(Leg.CHECKING))
        self._prepare_wanted.emit(self._places.server, self._port, is_taken)

    @Slot(object, int)
    def _take_prepared(self, prepared: Prepared, port: int) -> None:
        self._prepared, self._port = prepared, port
        self._change(owner=prepared.owner or self.state.owner, events=prepared.events)
        if self.state.part(Part.SERVER).leg is not Leg.CHECKING:
            return  # somebody has stopped it meanwhile
        if prepared.running:
            self._run_elsewhere(prepared.running, self._words.lines.ours_already)
            return
        words = ["server", "--data", str(self._places.server), "--host", EVERYWHERE, "--port", str(port), "--tls"]
        self._start(Part.SERVER, [*words, "--quiet"])

    def _run_elsewhere(self, url: str, told: str) -> None:
        served = replace(served_at(self._port, self._prepared.fingerprint if self._prepared else ""), url=url)
        self._set(Part.SERVER, PartState(Leg.ELSEWHERE, told))
        self._change(served=served)
        self._looking.start()
        self._open_organizer()

    @Slot(object)
    def _take_refusal(self, err: AppError) -> None:
        if self.state.part(Part.SERVER).leg is not Leg.CHECKING:
            return
        self._prepared = None
        cures: tuple[Cure, ...]
        match err:
            case AnotherServer(url=url):
                self._other_url, cures = url, (Cure.THAT_SERVER, Cure.OTHER_PORT)
            case PortTaken():
                cures = (Cure.OTHER_PORT, Cure.TRY_AGAIN)
            case _:
                cures = (Cure.TRY_AGAIN,)
        self._set(Part.SERVER, PartState(Leg.FAILED, _sentence(sentence_for(err, self._words.language)), cures))

    def _take_ready(self, line: str) -> None:
        try:
            self._port = int(json.loads(line)["port"])
        except (ValueError, KeyError, TypeError):
            return
        fingerprint = self._prepared.fingerprint if self._prepared else ""
        self._set(Part.SERVER, PartState(Leg.RUNNING))
        self._change(served=served_at(self._port, fingerprint))
        self._looking.start()
        self._open_organizer()

    @Slot()
    def _look(self) -> None:
        """Whether there is an event by now of which this computer could be a door."""
        if self.state.door is None and self.state.asked is None:
            self._events_wanted.emit(self._places.server)

    @Slot(object)
    def _take_events(self, events: tuple[EventHere, ...]) -> None:
        if self.state.asked is None:  # what is being chosen from must not change under the finger
            self._change(events=events)

    # --- the organizer's window, and a door of this server ------------------------------------------------------

    def _open_organizer(self) -> None:
        """At the server of this computer; whom to believe there and the first password go to its standard input."""
        served, owner = self.state.served, self.state.owner
        if served is None:
            return
        known = Handed(served.fingerprint.replace(" ", "").lower())
        handed = known if owner is None else replace(known, name=owner.name, password=owner.password)
        words = ["organizer", "--server", served.url, "--data", str(self._places.organizer), "--handed"]
        self._start(Part.ORGANIZER, [*words, *self._usual()], handed_bytes(handed))

    def _open_door(self) -> None:
        self._start(Part.KIOSK, ["kiosk", "--profile", str(self._places.kiosk), "--watch", *self._usual()])

    def _usual(self) -> list[str]:
        """The language of this window and the colours chosen in it, for a window in which nobody has chosen."""
        return words_of(replace(self._book.now, language=Language(self._words.language)))

    def _become_door(self) -> None:
        event, gate, served = self.state.event, self.state.gate, self.state.served
        self._change(asked=None, event=None, gate=None)
        if event is None or gate is None or served is None:
            return
        self._set(Part.KIOSK, PartState(Leg.CHECKING))
        self._door_wanted.emit(EnrolWish(self._places.server, event, gate, served.url, self._places.kiosk))

    @Slot(object)
    def _take_door(self, door: DoorHere) -> None:
        self._change(door=door)
        if self.state.part(Part.KIOSK).leg is Leg.CHECKING:
            self._set(Part.KIOSK, PartState(Leg.OFF))
            self._open_door()

    @Slot(object)
    def _take_door_refusal(self, err: AppError) -> None:
        self._set(Part.KIOSK, PartState(Leg.FAILED, _sentence(sentence_for(err, self._words.language))))

    # --- the state ----------------------------------------------------------------------------------------------

    def _set(self, part: Part, state: PartState) -> None:
        self._change(parts={**self.state.parts, part: state})

    def _change(self, **fields: object) -> None:
        self._take(replace(self.state, **fields))  # type: ignore[arg-type]

    def _take(self, state: StartState) -> None:
        if state != self.state:
            self.state = state
            self._show()

    def _show(self) -> None:
        self._window.show_state(self.state)
        self.changed.emit(self.state)


def _sentence(text: str) -> str:
    """With a capital letter, as a window writes it."""
    return text[:1].upper() + text[1:]


def _door_or_none(folder: Path) -> DoorHere | None:
    """Which door a folder is; a profile that can't be read is told by the kiosk itself."""
    try:
        return door_of(folder)
    except AppError:
        return None
