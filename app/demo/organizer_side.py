"""The organizer's side of the demo: the real window, on a line of its own that gets bad, breaks and is mended.

Owns the line's faults and the pictures. Each picture is taken when the window itself says that it has come to that
state: what it shows is what an organizer would see. A state that does not come within its time is told.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QRect, QTimer, Slot

from app.demo.guests import Phase
from app.demo.scenes import Scene, scene_file
from app.demo.wire import Wire
from app.errors import AppError
from app.net.organizer_client import OrganizerClient
from app.organizer.front import Front
from app.organizer.page import PageName
from app.organizer.pages import page_entries
from app.organizer.panel_frame import PanelFrame
from app.organizer.panel_present import Face
from app.runtime.reception import Reception
from core.insight.standing import State
from core.model.ids import EventId
from core.sync.answers import Done

LOOK_MS = 100
STEP_MS = 20_000
"""As long as the window may take to come to a state; on a machine that does nothing else it takes some seconds."""
WHILE_MS = 3_000
AILING_PART = "/arrivals"
"""The question that the bad line lets fail: one panel's."""
PASSWORD = "four friendly words here"  # noqa: S105 — of a server that lives for a minute


class OrganizerFailed(AppError):
    """The demo's organizer could not log in."""

    def __init__(self) -> None:
        super().__init__("demo_organizer_failed")


@dataclass(frozen=True, slots=True)
class Step:
    """Something is done, and once something has come of it a picture is taken."""

    do: Callable[[], object]
    until: Callable[[], bool]
    scene: Scene | None = None


def sit_down(wire: Wire, folder: Path, event: EventId, name: str, password: str) -> None:
    """Logs in with a one-time password, chooses another, and stays: the window begins with that session."""
    reception = Reception(folder)
    with closing(OrganizerClient(wire.url)) as client:
        first = reception.log_in(client, name, password, stays=False)
        if not isinstance(first, Done):
            raise OrganizerFailed
        client.use(first.value.token)
        if not isinstance(reception.change_password(client, password, PASSWORD, stays=True), Done):
            raise OrganizerFailed
    reception.note_event(wire.url, event.hex)


class Subjects(Protocol):
    """What is to be shown of the night, as the pages call it; empty without any."""

    def incident(self) -> str:
        """An incident: its scan, a full stop, its kind."""

    def dead_letter(self) -> str:
        """A message that could not be delivered, by its id."""


class OrganizerSide(QObject):
    """The window with its line. `open` it, `play` each phase, `close` it at the end."""

    def __init__(self, wire: Wire, folder: Path, pictures: Path, subjects: Subjects) -> None:
        super().__init__()
        self.wire = wire
        self.front = Front(folder, wire.url, page_entries())
        self.unseen: list[str] = []
        self.taken: list[Scene] = []
        self._pictures = pictures
        self._subjects = subjects
        self._is_closed = False
        self._steps: deque[Step] = deque()
        self._step: Step | None = None
        self._waited_ms = 0
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)
        self.front.closed.connect(self._note_closed)

    @property
    def is_busy(self) -> bool:
        """Whether a picture is still to be taken."""
        return self._looking.isActive()

    def open(self, place: QRect) -> None:
        """Opens the window where there is room for it beside the doors'."""
        self.front.open()
        self.front.window.showNormal()
        self.front.window.setGeometry(place)

    def close(self) -> None:
        """Ends the window and its line."""
        self._looking.stop()
        self.front.window.close()
        self.front.close()

    def play(self, phase: Phase | None) -> None:
        """What the organizer's line goes through in a phase of the night; None: when all guests have come."""
        self._begin(self._steps_of(phase))

    def _steps_of(self, phase: Phase | None) -> Iterable[Step]:
        match phase:
            case Phase.ONLINE:
                yield Step(self._show(PageName.SET_UP), self._is_live, Scene.SET_UP)
                yield Step(self._show(PageName.LIVE), lambda: self._is_live() and self._has_waited(), Scene.LIVE)
                yield Step(lambda: self.wire.fail(AILING_PART), lambda: self._is(State.DEGRADED), Scene.DEGRADED)
                yield Step(lambda: self.wire.fail(""), lambda: True)
            case Phase.CUT:
                yield Step(self.wire.cut, lambda: self._is(State.OFFLINE) and self._has_waited(), Scene.OFFLINE)
            case Phase.BACK:
                yield Step(self._come_back, self._is_live)
            case None:
                yield Step(self._show(PageName.LIVE), lambda: self._is_live() and self._has_waited(), Scene.RECOVERED)
                yield Step(self._show_incident, self._is_live, Scene.INCIDENT)
                yield Step(self._show_dead_letter, self._is_live, Scene.DEAD_LETTER)
                yield Step(self._show(PageName.REPORTS), self._is_live, Scene.REPORTS)
                yield Step(self._show(PageName.LIVE), self._is_live)

    def _begin(self, steps: Iterable[Step]) -> None:
        if self._is_closed:
            return
        self._steps.extend(steps)
        if self._step is None:
            self._next()

    def _next(self) -> None:
        self._step = self._steps.popleft() if self._steps else None
        self._waited_ms = 0
        if self._step is None:
            self._looking.stop()
            return
        self._step.do()
        self._looking.start()

    @Slot()
    def _look(self) -> None:
        step = self._step
        if step is None:
            return
        self._waited_ms += LOOK_MS
        is_there = step.until()
        if not is_there and self._waited_ms < STEP_MS:
            return
        if not is_there:
            scene = step.scene.value if step.scene else "the line"
            self.unseen.append(f"{scene}: it is {self._state}")
        elif step.scene is not None:
            self.front.window.grab().save(str(self._pictures / scene_file(step.scene)))
            self.taken.append(step.scene)
        self._next()

    # --- what the window says -----------------------------------------------------------------------------------

    @property
    def _state(self) -> State | None:
        return self.front.desk.standing.state if self.front.desk is not None else None

    def _is(self, state: State) -> bool:
        return self._state is state and self._is_settled()

    def _is_live(self) -> bool:
        return self._is(State.LIVE)

    def _has_waited(self) -> bool:
        """Whether some time has passed: guests have come, or figures have got old enough to be seen to be."""
        return self._waited_ms >= WHILE_MS

    def _is_settled(self) -> bool:
        """Whether no panel that is seen is still loading."""
        frames = self.front.window.findChildren(PanelFrame)
        return all(frame.face is not Face.LOADING for frame in frames if frame.isVisible())

    def _show(self, page: PageName) -> Callable[[], None]:
        return lambda: self.front.window.show_page(page)

    def _come_back(self) -> None:
        """The line is mended, and somebody presses `Retry now`: nobody at a demo waits for the next try."""
        self.wire.mend()
        if self.front.desk is not None:
            self.front.desk.retry_now()

    def _show_incident(self) -> None:
        self.front.window.show_page(PageName.INCIDENTS, self._subjects.incident())

    def _show_dead_letter(self) -> None:
        self.front.window.show_page(PageName.DELIVERIES, self._subjects.dead_letter())

    @Slot()
    def _note_closed(self) -> None:
        """Somebody has closed it: there is nothing more to take a picture of."""
        self._is_closed = True
        self._steps.clear()
        self._step = None
        self._looking.stop()
