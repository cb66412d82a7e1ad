"""The parts of the kiosk's window, each in its place.

Owns the widgets, their colours and where they go. Refuses to know when something is shown: that is the window's.
"""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from app.kiosk.action_bar import ActionBar
from app.kiosk.measures import Measures
from app.kiosk.notice_strip import NoticeStrip
from app.kiosk.preview import CameraPreview
from app.kiosk.recent_list import RecentList
from app.kiosk.sheet_desk import SheetDesk
from app.kiosk.sheet_frame import SheetFrame
from app.kiosk.status_line import StatusLine
from app.kiosk.verdict_panel import VerdictPanel
from app.kiosk.words import KioskWords
from app.widgets.plain_text import plain_label
from app.widgets.theme import TOUCH_PX, Theme, ThemeName
from app.widgets.typeface import font
from core.model.outcomes import OutcomeClass


class Scene:
    """Everything that is seen; `window` is what it lies in."""

    def __init__(self, theme: Theme, words: KioskWords, window: QWidget) -> None:
        told = words.window
        self._theme = theme
        self._words = words
        self.panel = VerdictPanel(theme, window)
        self.recent = RecentList(theme, told.recent, window)
        self.preview = CameraPreview(theme, told.preview, window)
        self.status = StatusLine(theme, told.status, window)
        self.notice = NoticeStrip(theme, words.notices, told.notice, window)
        self.notice.hide()
        self.waiting = plain_label("", window, most_lines=2)
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.waiting.hide()
        self.banner = plain_label("", window)
        self.banner.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.banner.hide()
        self.frame = SheetFrame(theme, words.sheet.close, window)
        self.desk = SheetDesk(self.frame, lambda name: words.sheet_titles[name], window)
        self.actions = ActionBar(theme, self.desk, window)

    @property
    def theme(self) -> ThemeName:
        """The neutral colours of now."""
        return self._theme.name

    def show_theme(self, theme: Theme) -> None:
        """Takes other neutral colours."""
        self._theme = theme
        for part in (self.panel, self.status, self.preview, self.recent, self.frame, self.actions, self.notice):
            part.show_theme(theme)
        system = theme.grounds[OutcomeClass.SYSTEM]
        self.banner.setStyleSheet(f"color: {system.text}; background: {system.ground};")
        self.waiting.setStyleSheet(f"color: {theme.calm_text}; background: {theme.calm_ground};")

    def show_words(self) -> None:
        """Takes names and fixed texts from words that have become those of another language."""
        told = self._words.window
        self.recent.show_name(told.recent)
        self.preview.show_name(told.preview)
        self.status.show_name(told.status)
        self.notice.show_words(self._words.notices, told.notice)
        self.frame.show_close(self._words.sheet.close)
        self.actions.show_offers()

    def show_waiting(self, text: str) -> None:
        """Says that codes wait: in the sheet that keeps them, or over the verdict that has to be read first."""
        self.frame.show_waiting(text)
        self.waiting.show_text(text)
        self.show_waiting_where()

    def show_banner(self, text: str) -> None:
        """Says above everything else that this is no door at the moment; empty while it is one."""
        self.banner.show_text(text)

    def show_waiting_where(self) -> None:
        """A sheet was opened or closed."""
        sheet = self.frame.sheet
        self.waiting.setVisible(bool(self.waiting.text()) and (sheet is None or sheet.keeps_verdict))
        self.waiting.raise_()

    def arrange(self, size: QSize, *, is_idle: bool) -> None:
        """Puts everything in its place."""
        base_px = Measures(size).base_px
        for part in (self.status, self.actions, self.preview, self.recent, self.frame, self.notice):
            part.show_base(base_px)
        self.waiting.setFont(font(base_px))
        self.banner.setFont(font(base_px, QFont.Weight.Bold))
        banner_px = 2 * base_px if self.banner.text() else 0
        measures = Measures(size, self.notice.wanted_px if self.notice.notice else 0, banner_px)
        self.banner.setGeometry(measures.banner)
        self.banner.setVisible(banner_px > 0)
        self.status.setGeometry(measures.status)
        self.actions.setGeometry(measures.actions)
        is_low = self.frame.sheet is not None and self.frame.sheet.keeps_verdict
        self.panel.setGeometry(measures.verdict.adjusted(0, 0, 0, -measures.low_sheet.height() if is_low else 0))
        self.frame.setGeometry(measures.low_sheet if is_low else measures.sheet)
        self.waiting.setGeometry(_left_of(measures))
        self.preview.setGeometry(measures.preview(is_idle=is_idle))
        recent = measures.recent(is_idle=is_idle)
        self.recent.setGeometry(recent)
        self.recent.setVisible(not recent.isEmpty())
        self.notice.setGeometry(measures.notice)
        self.notice.setVisible(is_idle and not measures.notice.isEmpty())
        self.panel.show_measures(measures)


SIGN_SHARE = 0.125
"""Half a sign's width, as a share of the window's height."""


def _left_of(measures: Measures) -> QRect:
    """The upper left of the verdict: its sign stands in the middle, what it rests on is written at the right."""
    left = measures.verdict.left() + (measures.preview(is_idle=False).right() + 1 if measures.is_small else 0)
    return QRect(
        left,
        measures.verdict.top(),
        measures.verdict.center().x() - round(SIGN_SHARE * measures.size.height()) - left,
        max(TOUCH_PX, int(2.5 * measures.base_px)),
    )
