"""The door staff's window.

Owns what is on the screen and when it leaves; says what the user did. Refuses to decide anything: verdicts, facts,
frames and hints come in through slots, in the window's own thread.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
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
from app.kiosk.action_bar import ActionBar
from app.kiosk.help_page import HelpPage
from app.kiosk.measures import Measures
from app.kiosk.notice_strip import NoticeStrip
from app.kiosk.present import present, present_recent
from app.kiosk.preview import CameraPreview
from app.kiosk.recent_list import RecentList
from app.kiosk.status import SoundState, StatusFacts, StatusText, present_status
from app.kiosk.status_line import StatusLine
from app.kiosk.trust_facts import ListFacts
from app.kiosk.verdict_panel import Page, VerdictPanel
from app.kiosk.words import BarWords, CameraState, KioskWords
from app.widgets.theme import THEMES, Theme, ThemeName
from app.widgets.typeface import font, load_typeface
from core.gate.screen import SHOWN_MS, Face, Hint, Screen, Step
from core.gate.verdict import Verdict
from core.model.outcomes import OutcomeClass

LEAST_WIDTH, LEAST_HEIGHT = 800, 480
_WELL = (CameraState.WORKING, CameraState.STARTING)


class KioskWindow(QWidget):
    """The kiosk's only window. `time_zone` is the event's; `shown_ms` how long a verdict of each class stays."""

    touched = Signal()
    """Somebody touched the verdict or the page."""
    theme_chosen = Signal(str)
    """A `ThemeName`; the window has already taken it."""
    sound_chosen = Signal(bool)
    """Whether this kiosk shall be heard."""
    camera_wanted = Signal()
    """The camera after the one in use."""
    closed = Signal()
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
        self._camera = CameraState.STARTING
        self._hint: Hint | None = None
        self._lists: ListFacts | None = None
        self._bar: BarWords | None = None
        self._ending = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._ending.timeout.connect(self._pass_time)
        self._build(THEMES[theme])
        self.show_theme(theme)
        self.show_camera_state(CameraState.STARTING)
        self.setFocus()

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot(object)
    def show_verdict(self, verdict: Verdict) -> None:
        """Shows and paints a verdict at once, whatever was shown before."""
        text = present(verdict, self._words, self._zone, self._clock.now().at_ms, self._lists)
        self._keep_hint(None)
        self._help.hide()
        self.setFocus()  # off the keys: the next code's space or Enter must press none
        self._move_to(self._screen.after_verdict(text.outcome_class, self._clock.monotonic_ms()), is_new=True)
        self._panel.show_verdict(verdict, text)
        self._recent.add(present_recent(verdict, self._words, self._zone))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._panel, text.spoken))

    @Slot(object)
    def show_status(self, facts: StatusFacts) -> None:
        """Shows the state of link, queue, list, clock and sound, and the counts."""
        text = present_status(facts, self._words, self._zone)
        self._lists = facts.trust.lists
        self._status.show_text(text)
        self._show_notices(text)
        self._actions.show_counts(text.counts)
        self._actions.show_sound(
            is_heard=facts.sound is SoundState.ON, is_available=facts.sound is not SoundState.MISSING
        )

    @Slot(object)
    def show_hint(self, hint: Hint | None) -> None:
        """Shows what helps to read a code that is seen; None when there is none or it has been read."""
        self._keep_hint(hint)
        self._take(Step.HINT_SEEN if hint else Step.HINT_GONE)

    @Slot(object)
    def show_camera_state(self, state: CameraState) -> None:
        """Shows whether the camera works and, if not, what to do about it."""
        self._camera = state
        title = "" if state is CameraState.WORKING else self._words.camera[state].title
        self._preview.show_trouble(title)
        self._take(Step.TROUBLE_ENDED if state in _WELL else Step.TROUBLE_BEGAN)

    @Slot(object)
    def show_frame(self, frame: QImage) -> None:
        """Shows the camera's newest picture; older ones that were not painted yet are dropped."""
        self._preview.show_image(frame)

    @Slot(int)
    def show_cameras(self, count: int) -> None:
        """Offers the key for the next camera where there is more than one."""
        self._actions.show_cameras(count)

    @Slot(str)
    def show_theme(self, name: str) -> None:
        """Takes the dark or the light neutral colours."""
        theme = THEMES[ThemeName(name)]
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.ground))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.text))
        self.setPalette(palette)
        for part in (self._panel, self._status, self._preview, self._recent, self._help, self._actions, self._notice):
            part.show_theme(theme)

    def show_time_zone(self, time_zone: ZoneInfo) -> None:
        """Takes another event's time zone, for whatever is shown from now on."""
        self._zone = time_zone

    @Slot()
    def clear(self) -> None:
        """Ends a verdict as a touch would."""
        self._take(Step.TOUCHED)

    @property
    def face(self) -> Face:
        """What fills the large part of the window."""
        return self._screen.face

    # --- what the user does -------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape does what a touch does."""
        if event.key() == Qt.Key.Key_Escape:
            self._be_touched()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Puts everything in its place."""
        super().resizeEvent(event)
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tells the program; the window itself keeps nothing that could be lost."""
        self._ending.stop()
        super().closeEvent(event)
        self.closed.emit()

    def _be_touched(self) -> None:
        self._help.hide()
        self.setFocus()
        self.clear()
        self.touched.emit()

    def _choose_theme(self, name: str) -> None:
        self.show_theme(name)
        self.theme_chosen.emit(name)

    def _turn_help(self) -> None:
        self._help.setVisible(not self._help.isVisible())
        self._help.raise_()

    # --- states -------------------------------------------------------------------------------------------------

    def _pass_time(self) -> None:
        self._take(Step.TIME_PASSED)

    def _take(self, step: Step) -> None:
        self._move_to(self._screen.after(step, self._clock.monotonic_ms()), is_new=False)

    def _move_to(self, screen: Screen, *, is_new: bool) -> None:
        was, self._screen = self._screen.face, screen
        remaining_ms = screen.remaining_ms(self._clock.monotonic_ms())
        if remaining_ms is None:
            self._ending.stop()
            self._panel.show_page(self._page(screen.face))
        elif is_new or not self._ending.isActive():
            self._ending.start(remaining_ms)
        if (was is Face.VERDICT) is not (screen.face is Face.VERDICT):
            self._arrange()

    def _keep_hint(self, hint: Hint | None) -> None:
        self._hint = hint
        told = self._words.hints[hint] if hint else ""
        self._preview.show_hint(told)
        self._panel.show_hint(told)

    def _show_notices(self, text: StatusText) -> None:
        had, has = bool(self._notice.notice), bool(text.notices)
        self._notice.show_notices(text.notices)
        if text.bar != self._bar:
            self._bar = text.bar
            if self._screen.face is not Face.VERDICT:
                self._panel.show_page(self._page(self._screen.face))
        if had is not has:
            self._arrange()

    def _page(self, face: Face) -> Page:
        """What stands there between guests. Whatever bars the door comes before camera and hints."""
        if self._bar is not None:
            return Page(self._bar.title, self._bar.step, is_trouble=True)
        if face is Face.HINT and self._hint is not None:
            return Page(self._words.hints[self._hint])
        told = self._words.camera[self._camera]
        return Page(told.title, told.step, is_trouble=face is Face.TROUBLE)

    # --- parts --------------------------------------------------------------------------------------------------

    def _build(self, theme: Theme) -> None:
        words = self._words.window
        self.setWindowTitle(words.title)
        self.setWindowIcon(QIcon(str(resources.path("icons/doorlight.svg"))))
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.setFont(font(16))
        self.setAutoFillBackground(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._panel = VerdictPanel(theme, self)
        self._recent = RecentList(theme, words.recent, self)
        self._preview = CameraPreview(theme, words.preview, self)
        self._status = StatusLine(theme, words.status, self)
        self._notice = NoticeStrip(theme, self._words.notices, words.notice, self)
        self._notice.hide()
        self._help = HelpPage(theme, self._words, self)
        self._help.hide()
        self._actions = ActionBar(theme, self._words.actions, self)
        self._panel.touched.connect(self._be_touched)
        self._panel.painted.connect(self.verdict_painted)
        self._help.touched.connect(self._be_touched)
        self._actions.help_wanted.connect(self._turn_help)
        self._actions.theme_chosen.connect(self._choose_theme)
        self._actions.sound_chosen.connect(self.sound_chosen)
        self._actions.camera_wanted.connect(self.camera_wanted)

    def _arrange(self) -> None:
        is_idle = self._screen.face is not Face.VERDICT
        base_px = Measures(self.size()).base_px
        for part in (self._status, self._actions, self._preview, self._recent, self._help, self._notice):
            part.show_base(base_px)
        measures = Measures(self.size(), self._notice.wanted_px if self._notice.notice else 0)
        self._status.setGeometry(measures.status)
        self._actions.setGeometry(measures.actions)
        self._panel.setGeometry(measures.verdict)
        self._help.setGeometry(measures.body)
        self._preview.setGeometry(measures.preview(is_idle=is_idle))
        recent: QRect = measures.recent(is_idle=is_idle)
        self._recent.setGeometry(recent)
        self._recent.setVisible(not recent.isEmpty())
        self._notice.setGeometry(measures.notice)
        self._notice.setVisible(is_idle and not measures.notice.isEmpty())
        self._panel.show_measures(measures)
