"""The night itself: guests come to both doors, the network goes, the network comes back, the queues drain.

Owns the order of events. Each step follows a signal: a verdict that was shown, a presentation that ended, a link that
came back. A guest whose code was not read tries again, as guests do.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal, Slot

from app.demo.guests import Guest, Phase
from app.demo.organizer_side import OrganizerSide
from app.demo.town import Door, place_of_organizer
from app.demo.words import DemoWords
from app.device.props import Prop
from core.gate.verdict import Verdict
from core.model.outcomes import TABLE, Outcome, OutcomeClass, Source
from core.sync.health import Link

FRAMES = 12
PAUSE = 5
PATIENT_FRAMES = 30
MOST_TRIES = 4
GRACE_MS = 700
"""For the last frame of a presentation to be decoded."""
POLL_MS = 100
LONGEST_WAIT_MS = 45_000
"""For the link or the queue; the report tells what is missing then."""


@dataclass(slots=True)
class NightResult:
    """What the night left to tell."""

    surprises: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    was_closed: bool = False


class Turn(QObject):
    """One door's guests of one phase, one after the other."""

    finished = Signal()

    def __init__(
        self,
        door: Door,
        guests: Sequence[Guest],
        served: Callable[[Door, Guest, Verdict | None], None],
        new_key: Sequence[str],
    ) -> None:
        super().__init__()
        self._new_key = new_key
        self._door = door
        self._waiting = deque(guests)
        self._served = served
        self._guest: Guest | None = None
        self._verdict: Verdict | None = None
        self._tries = 0
        self._grace = QTimer(self, singleShot=True, interval=GRACE_MS)
        self._grace.timeout.connect(self._try_again)
        door.kiosk.verdict_shown.connect(self._take_verdict)
        door.camera.presentation_finished.connect(self._end_presentation)

    def start(self) -> None:
        """Calls the first guest."""
        self._call_next()

    def end(self) -> None:
        """Listens no more."""
        self._grace.stop()
        self._door.kiosk.verdict_shown.disconnect(self._take_verdict)
        self._door.camera.presentation_finished.disconnect(self._end_presentation)

    def _call_next(self) -> None:
        if not self._waiting:
            self._guest = None
            self.finished.emit()
            return
        self._guest, self._verdict, self._tries = self._waiting.popleft(), None, 0
        self._hold_up(FRAMES)

    def _hold_up(self, frames: int) -> None:
        assert self._guest is not None  # noqa: S101 — called with a guest at the door
        self._tries += 1
        style = None if self._tries == 1 else Prop.PHONE
        text = self._guest.shows_at(int(time.time()), self._new_key)
        self._door.camera.show(text, style=style, frames=frames, pause=PAUSE)

    @Slot(object)
    def _take_verdict(self, verdict: Verdict) -> None:
        if self._guest is None or verdict.outcome is Outcome.JUST_SCANNED_HERE or self._verdict is not None:
            return
        self._verdict = verdict
        if self._grace.isActive():
            self._grace.stop()
            self._serve()

    @Slot(int)
    def _end_presentation(self, _number: int) -> None:
        if self._guest is None:
            return
        if self._verdict is None:
            self._grace.start()
        else:
            self._serve()

    @Slot()
    def _try_again(self) -> None:
        if self._tries < MOST_TRIES:
            self._hold_up(PATIENT_FRAMES)
        else:
            self._serve()

    def _serve(self) -> None:
        assert self._guest is not None  # noqa: S101 — called with a guest at the door
        self._served(self._door, self._guest, self._verdict)
        self._call_next()


class Night(QObject):
    """All phases at all doors; ends the event loop when it is over."""

    def __init__(
        self,
        doors: Sequence[Door],
        guests: Sequence[Guest],
        pictures: Path,
        tell: Callable[[str], None],
        rotate_key: Callable[[], Sequence[str]],
        words: DemoWords,
        side: OrganizerSide,
    ) -> None:
        super().__init__()
        self._words = words
        self._side = side
        self._rotate_key = rotate_key
        self._new_key: Sequence[str] = ()
        self._doors = doors
        self._guests = guests
        self._pictures = pictures
        self._tell = tell
        self._taken: set[str] = set()
        self._turns: list[Turn] = []
        self._phases = deque(Phase)
        self._open_turns = 0
        self._until: Callable[[], bool] = lambda: True
        self._then: Callable[[], None] = self._finish
        self._waited_ms = 0
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._look)
        self.result = NightResult()

    def start(self) -> None:
        """Opens the doors."""
        for door in self._doors:
            door.window.closed.connect(self._close_early)
            door.window.verdict_painted.connect(lambda verdict, door=door: self._picture(door, verdict))
            door.kiosk.start()
            door.window.show()
        self._side.front.closed.connect(self._close_early)
        self._side.open(place_of_organizer())
        self._tell(self._words.lines.open)
        self._wait(lambda: self._are_all(Link.ONLINE), self._next_phase)

    def _wait(self, until: Callable[[], bool], then: Callable[[], None]) -> None:
        self._until, self._then, self._waited_ms = until, then, 0
        self._poll.start()

    @Slot()
    def _look(self) -> None:
        self._waited_ms += POLL_MS
        if self._until() or self._waited_ms >= LONGEST_WAIT_MS:
            self._poll.stop()
            self._then()

    def _are_all(self, link: Link) -> bool:
        return all(door.station.link.health.link is link for door in self._doors)

    def _next_phase(self) -> None:
        for turn in self._turns:
            turn.end()
        if not self._phases:
            self._tell(self._words.lines.last)
            self._wait(lambda: all(door.waiting() == 0 for door in self._doors), self._show_incident)
            return
        phase = self._phases.popleft()
        self._tell(self._words.phases[phase])
        self._side.play(phase)
        if phase is Phase.CUT:
            for door in self._doors:
                door.wire.cut()
            self._new_key = self._rotate_key()
        if phase is Phase.BACK:
            held = [door.station.box.version for door in self._doors]
            for door in self._doors:
                door.wire.mend()
            self._wait(lambda: self._know_more_than(held), lambda: self._call_guests(phase))
            return
        self._call_guests(phase)

    def _show_incident(self) -> None:
        self._side.play(None)
        self._wait(lambda: not self._side.is_busy, self._finish)

    def _know_more_than(self, held: Sequence[int]) -> bool:
        """Whether every kiosk has taken a newer manifest than the one it was cut off with."""
        return all(door.station.box.version > version for door, version in zip(self._doors, held, strict=True))

    def _call_guests(self, phase: Phase) -> None:
        self._turns = [
            Turn(door, self._guests_of(place, phase), self._serve, self._new_key)
            for place, door in enumerate(self._doors)
        ]
        self._open_turns = len(self._turns)
        for turn in self._turns:
            turn.finished.connect(self._end_turn)
            turn.start()

    def _guests_of(self, place: int, phase: Phase) -> list[Guest]:
        return [guest for guest in self._guests if guest.door == place and guest.phase is phase]

    @Slot()
    def _end_turn(self) -> None:
        self._open_turns -= 1
        if self._open_turns == 0:
            QTimer.singleShot(0, lambda: self._wait(lambda: not self._side.is_busy, self._next_phase))

    def _serve(self, door: Door, guest: Guest, verdict: Verdict | None) -> None:
        outcome = verdict.outcome if verdict else None
        self._tell(f"  {door.name:8} {self._words.guests[guest.kind]:15} {self._answer(verdict)}")
        if outcome not in guest.right:
            told = outcome.value if outcome else "not read"
            self.result.surprises.append(f"{door.name}: {guest.kind.value} was {told}")

    def _answer(self, verdict: Verdict | None) -> str:
        lines = self._words.lines
        if verdict is None:
            return lines.not_read
        source = lines.online if verdict.evidence.source is Source.ONLINE else lines.offline
        return f"{self._words.kiosk.outcomes[verdict.outcome].word} ({source})"

    def _picture(self, door: Door, verdict: Verdict) -> None:
        """The first admission online, the first one offline and the first refusal, as the door sees them."""
        outcome_class = TABLE[verdict.outcome].outcome_class
        name = {OutcomeClass.ADMIT: "admit", OutcomeClass.DENY: "deny"}.get(outcome_class)
        if name == "admit" and verdict.evidence.source is Source.OFFLINE:
            name = "offline" if door.station.link.health.link is Link.OFFLINE else None
        if name is not None and name not in self._taken:
            self._taken.add(name)
            QTimer.singleShot(0, lambda: door.window.grab().save(str(self._pictures / f"kiosk-{name}.png")))

    @Slot()
    def _close_early(self) -> None:
        self.result.was_closed = True
        self._finish()

    def _finish(self) -> None:
        self._poll.stop()
        self.result.unseen = list(self._side.unseen)
        QCoreApplication.exit(0)  # quit() would close the windows, which stay for the person to look at
