"""The door staff's window.

Owns what is on the screen and when it leaves; says what the user did. Refuses to decide anything: verdicts, facts,
frames and hints come in through slots, in the window's own thread. Where the parts lie is the scene's, which page is
open over them the sheet desk's.
"""

from collections import deque
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QIcon,
    QImage,
    QKeyEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

import resources
from app.clock import Clock
from app.kiosk.idle_page import WELL, IdlePage
from app.kiosk.present import ScreenText, present, present_recent
from app.kiosk.recent_list import KEPT
from app.kiosk.scene import Scene
from app.kiosk.sheet_desk import SheetDesk
from app.kiosk.status import StatusFacts, StatusText, present_status
from app.kiosk.switches import Switches
from app.kiosk.telling import Telling
from app.kiosk.trust_facts import ListFacts
from app.kiosk.words import CameraState, KioskWords, load_kiosk_words
from app.widgets.announcing import announce
from app.widgets.theme import THEMES, ThemeName
from app.widgets.typeface import font, load_typeface
from core.gate.screen import SHOWN_MS, Face, Hint, Screen, Step
from core.gate.verdict import Verdict
from core.model.outcomes import OutcomeClass
from core.model.settings import Language

LEAST_WIDTH, LEAST_HEIGHT = 800, 480


class KioskWindow(QWidget):
    """The kiosk's only window. `time_zone` is the event's; `shown_ms` how long a verdict of each class stays."""

    touched = Signal()
    """Somebody touched the verdict or the page."""
    theme_chosen = Signal(str)
    """A `ThemeName`; the window has already taken it."""
    sound_chosen = Signal(bool)
    """Whether this kiosk shall be heard."""
    language_chosen = Signal(str)
    """A `Language`; the window has already taken it."""
    closed = Signal()
    leaving_refused = Signal()
    """Somebody wanted to close a window that is locked."""
    codes_held = Signal(bool)
    """Whether another code has to wait from now on: a page is open that wants an answer."""
    verdict_seen = Signal(object)
    """A `Verdict` that is on the screen now."""
    verdict_left = Signal()
    """The verdict has been read: its time is over, or somebody touched it."""
    verdict_painted = Signal(object)
    """The `Verdict` whose painting has just ended."""

    def __init__(
        self,
        words: KioskWords,
        time_zone: ZoneInfo,
        clock: Clock,
        *,
        theme: ThemeName = ThemeName.DARK,
        shown_ms: Mapping[OutcomeClass, int] = SHOWN_MS,
    ) -> None:
        super().__init__()
        load_typeface()
        self._words = words
        self._zone = time_zone
        self._clock = clock
        self._screen = Screen(shown_ms=shown_ms)
        self._lists: ListFacts | None = None
        self._put_off: deque[Verdict] = deque()
        self._uncovered: Verdict | None = None
        self._banner: Callable[[], str] = str
        self._verdicts: deque[Verdict] = deque(maxlen=KEPT)
        self._facts: StatusFacts | None = None
        self.may_close: Callable[[], bool] = lambda: True
        """Asked when somebody wants to close the window."""
        self._ending = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._ending.timeout.connect(self._pass_time)
        self._build(theme)
        self.show_theme(theme)
        self.show_camera_state(CameraState.STARTING)
        self.setFocus()

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot(object)
    def show_verdict(self, verdict: Verdict) -> None:
        """Shows and paints a verdict at once, whatever was shown before."""
        self.note_verdict(verdict)
        if self.desk.step_aside():
            self._uncover(verdict)
        else:
            self._put_off.append(verdict)  # it came in the moment in which a page was opened

    def note_verdict(self, verdict: Verdict) -> None:
        """Takes a verdict among the last decisions; whoever it is about has been told by a page."""
        self._verdicts.appendleft(verdict)
        self._scene.recent.add(present_recent(verdict, self._words, self._zone))

    def _uncover(self, verdict: Verdict) -> None:
        self._uncovered = verdict
        text = self._present(verdict)
        self._idle.take_hint(None)
        self.setFocus()  # off the keys: the next code's space or Enter must press none
        self._move_to(self._screen.after_verdict(text.outcome_class, self._clock.monotonic_ms()), is_new=True)
        self._panel.show_verdict(verdict, text)
        announce(self._panel, text.spoken, is_urgent=True)
        self.verdict_seen.emit(verdict)

    @Slot(object)
    def show_status(self, facts: StatusFacts) -> None:
        """Shows the state of link, queue, list, clock and sound, and the counts."""
        text = present_status(facts, self._words, self._zone)
        self._tell_changes(self._scene.status.text, text)
        self._facts = facts
        self._lists = facts.trust.lists
        self._scene.status.show_text(text)
        self._show_notices(text)
        self._scene.actions.show_counts(text.counts)
        self._switches.show_sound(facts.sound)

    @Slot(object)
    def show_hint(self, hint: Hint | None) -> None:
        """Shows what helps to read a code that is seen; None when there is none or it has been read."""
        self._idle.take_hint(hint)
        self._take(Step.HINT_SEEN if hint else Step.HINT_GONE)

    @Slot(object)
    def show_camera_state(self, state: CameraState) -> None:
        """Shows whether the camera works and, if not, what to do about it."""
        self._idle.take_camera(state)
        self._take(Step.TROUBLE_ENDED if state in WELL else Step.TROUBLE_BEGAN)

    @Slot(object)
    def show_frame(self, frame: QImage) -> None:
        """Shows the camera's newest picture; older ones that were not painted yet are dropped."""
        self._preview.show_image(frame)

    def show_banner(self, say: Callable[[], str]) -> None:
        """Says for as long as it is so that this is no door at the moment: over verdicts and sheets alike."""
        self._banner = say
        self._scene.show_banner(say())
        self._arrange()

    def tell(self, news: Callable[[], str]) -> None:
        """Says something once, for some seconds: who is on shift now."""
        self._telling.tell(news)

    @Slot(int)
    def show_waiting(self, count: int) -> None:
        """Says how many codes wait until somebody has answered, or has read the verdict."""
        self._telling.show_waiting(count)

    @Slot()
    def show_crowded(self) -> None:
        """Says that one code more could not be kept."""
        self.tell(lambda: self._words.sheet.crowded)

    @Slot(str)
    def show_theme(self, name: str) -> None:
        """Takes other colours: dark, light, or high contrast."""
        theme = THEMES[ThemeName(name)]
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ground))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.text))
        self.setPalette(palette)
        self._scene.show_theme(theme)

    @Slot(str)
    def show_language(self, language: str) -> None:
        """Says everything that is on the screen in another language, at once; a verdict stays, and so does its time.

        An open sheet keeps its words: whoever made it knows what can be said anew. Raises WordsError.
        """
        if language == self._switches.language:
            return
        self._words.become(load_kiosk_words(language))
        self._switches.language = Language(language)
        self._say_anew()

    def show_time_zone(self, time_zone: ZoneInfo) -> None:
        """Takes another event's time zone, for whatever is shown from now on."""
        self._zone = time_zone

    @Slot()
    def clear(self) -> None:
        """Ends a verdict as a touch would."""
        self._take(Step.TOUCHED)

    def drop_verdict(self) -> None:
        """A verdict could not be shown: it is over, and the one before it is not on the screen any more."""
        was = self._screen.face
        self.clear()
        if was is not Face.VERDICT:
            self.verdict_left.emit()

    @property
    def words(self) -> KioskWords:
        """The words of now."""
        return self._words

    @property
    def camera(self) -> CameraState:
        """What is known of the camera."""
        return self._idle.camera

    @property
    def face(self) -> Face:
        """What fills the large part of the window."""
        return self._screen.face

    # --- what the user does -------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape closes a sheet; without one it does what a touch does."""
        sheet = self.desk.sheet
        if event.key() == Qt.Key.Key_Escape and sheet is not None:
            if not sheet.keeps_verdict:
                self.desk.close()
        elif event.key() == Qt.Key.Key_Escape:
            self._be_touched()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802
        """Tab goes through an open sheet before it goes to the keys below."""
        self._scene.frame.put_in_order()
        return super().focusNextPrevChild(next)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Puts everything in its place."""
        super().resizeEvent(event)
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tells the program; the window itself keeps nothing that could be lost."""
        if not self.may_close():
            event.ignore()
            self.leaving_refused.emit()
            return
        self._ending.stop()
        self._telling.stop()
        super().closeEvent(event)
        self.closed.emit()

    def _be_touched(self) -> None:
        if self._is_kept:
            return
        self.setFocus()
        self.clear()
        self.touched.emit()

    def _choose_language(self, language: str) -> None:
        self.show_language(language)
        self.language_chosen.emit(language)

    def _present(self, verdict: Verdict) -> ScreenText:
        return present(verdict, self._words, self._zone, self._clock.now().at_ms, self._lists)

    def _say_anew(self) -> None:
        self.setWindowTitle(self._words.window.title)
        self._scene.show_words()
        self._scene.recent.show_decisions(present_recent(each, self._words, self._zone) for each in self._verdicts)
        if self._facts is not None:
            self.show_status(self._facts)
        self._idle.say_anew()
        self._scene.show_waiting(self._telling.text)
        self._scene.show_banner(self._banner())
        if self._screen.face is not Face.VERDICT:
            self._idle.show(self._screen.face)
        elif self._uncovered is not None:
            self._panel.show_anew(self._present(self._uncovered))

    # --- sheets -------------------------------------------------------------------------------------------------

    def _choose_theme(self, name: str) -> None:
        self.show_theme(name)
        self.theme_chosen.emit(name)

    def _say(self, text: str) -> None:
        self._scene.show_waiting(text)
        announce(self, text, is_urgent=True)

    def _be_covered(self) -> None:
        self._scene.show_waiting_where()
        self._arrange()

    def _be_uncovered(self) -> None:
        """A sheet was closed: the keys have lost their page, and a verdict that waited for it is shown."""
        self.setFocus()
        self._scene.show_waiting_where()
        self._arrange()
        while self._put_off and self.desk.sheet is None:
            self._uncover(self._put_off.popleft())  # it may want an answer: the next one waits for it

    # --- states -------------------------------------------------------------------------------------------------

    def _pass_time(self) -> None:
        if not self._is_kept:
            self._take(Step.TIME_PASSED)

    @property
    def _is_kept(self) -> bool:
        """Whether the verdict stays: a strip below it wants a word about it."""
        return self.desk.sheet is not None and self.desk.sheet.keeps_verdict

    def _take(self, step: Step) -> None:
        self._move_to(self._screen.after(step, self._clock.monotonic_ms()), is_new=False)

    def _move_to(self, screen: Screen, *, is_new: bool) -> None:
        was, self._screen = self._screen.face, screen
        remaining_ms = screen.remaining_ms(self._clock.monotonic_ms())
        if remaining_ms is None:
            self._ending.stop()
            self._idle.show(self._screen.face)
        elif is_new or not self._ending.isActive():
            self._ending.start(remaining_ms)
        if (was is Face.VERDICT) is not (screen.face is Face.VERDICT):
            self._arrange()
        if was is Face.VERDICT and screen.face is not Face.VERDICT:
            self.verdict_left.emit()

    def _show_notices(self, text: StatusText) -> None:
        had, has = bool(self._notice.notice), bool(text.notices)
        self._notice.show_notices(text.notices)
        if text.bar != self._idle.bar:
            self._idle.bar = text.bar
            if self._screen.face is not Face.VERDICT:
                self._idle.show(self._screen.face)
        if had is not has:
            self._arrange()

    def _tell_changes(self, before: StatusText | None, now: StatusText) -> None:
        """Says what is new of the link and of what is worth knowing; figures that only grow older are no news."""
        if before is not None and (before.strip is None) is not (now.strip is None):
            announce(self._scene.status, now.strip or self._words.status.online)
        known = [notice.tone for notice in before.notices] if before is not None else []
        if [notice.tone for notice in now.notices] != known:
            said = {notice.text for notice in before.notices} if before is not None else set()
            announce(self._notice, ". ".join(notice.text for notice in now.notices if notice.text not in said))

    # --- parts --------------------------------------------------------------------------------------------------

    def _build(self, theme: ThemeName) -> None:
        self.setWindowTitle(self._words.window.title)
        self.setWindowIcon(QIcon(str(resources.path("icons/doorlight.svg"))))
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.setFont(font(16))
        self.setAutoFillBackground(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scene = Scene(THEMES[theme], self._words, self)
        self.desk: SheetDesk = self._scene.desk
        self._panel, self._preview, self._notice = self._scene.panel, self._scene.preview, self._scene.notice
        self._idle = IdlePage(self._words, self._panel, self._preview)
        self._switches = Switches(self._words, self.desk, lambda: self._scene.theme, self)
        self._switches.sound_chosen.connect(self.sound_chosen)
        self._switches.theme_chosen.connect(self._choose_theme)
        self._switches.language_chosen.connect(self._choose_language)
        self._panel.touched.connect(self._be_touched)
        self._panel.painted.connect(self.verdict_painted)
        self._telling = Telling(self._words, self)
        self._telling.said.connect(self._say)
        self.desk.held.connect(self.codes_held)
        self.desk.opened.connect(self._be_covered)
        self.desk.closed.connect(self._be_uncovered)

    def _arrange(self) -> None:
        self._scene.arrange(self.size(), is_idle=self._screen.face is not Face.VERDICT)
