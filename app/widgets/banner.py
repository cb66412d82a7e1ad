"""One strip over all of a window that says how its connection is: hidden while everything is well.

Owns the look and what a screen reader is told: a change of state at once, a count-down never. Which state it is, and
that it does not flicker, is decided elsewhere; the words come from a `present_*` function.
"""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.announcing import announce
from app.widgets.form import key
from app.widgets.plain_text import PlainParagraph, show_on_button
from app.widgets.signs import paint_sign
from app.widgets.theme import GRID_PX, Theme, type_px
from app.widgets.typeface import font
from core.model.outcomes import LOOKS, OutcomeClass

_SIGN_PX = 24


class BannerState(StrEnum):
    """How a window's connection is."""

    LIVE = "live"
    DEGRADED = "degraded"
    OFFLINE = "offline"
    RECOVERING = "recovering"


SIGNS = {
    BannerState.LIVE: OutcomeClass.ADMIT,
    BannerState.DEGRADED: OutcomeClass.HOLD,
    BannerState.OFFLINE: OutcomeClass.DENY,
    BannerState.RECOVERING: OutcomeClass.SYSTEM,
}
"""The states differ in shape and word as well as in colour."""


@dataclass(frozen=True, slots=True)
class BannerText:
    """`title` is what is so and since when, `line` what that means for what is shown, `wait` the count-down.

    `act` is the key that does something about it, `details` the one that tells more; without text there is no key.
    """

    state: BannerState
    title: str = ""
    line: str = ""
    wait: str = ""
    act: str = ""
    details: str = ""


class _Sign(QWidget):
    """The state's shape."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.state = BannerState.LIVE
        self.colour = "#000000"
        self.setFixedSize(QSize(_SIGN_PX, _SIGN_PX))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002
        painter = QPainter(self)
        paint_sign(painter, LOOKS[SIGNS[self.state]].shape, QRectF(self.rect()).adjusted(2, 2, -2, -2), self.colour)
        painter.end()


class Banner(QWidget):
    """The strip."""

    act_wanted = Signal()
    details_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = BannerText(BannerState.LIVE)
        self._theme: Theme | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("banner")
        self.setAccessibleName(name)
        self.sign = _Sign(self)
        self.title, self.line = PlainParagraph(self), PlainParagraph(self)
        for each in (self.title, self.line):
            each.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.act_key, self.details_key = key("", self), key("", self)
        self.act_key.clicked.connect(self.act_wanted)
        self.details_key.clicked.connect(self.details_wanted)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.title)
        texts.addWidget(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        row.setSpacing(2 * GRID_PX)
        row.addWidget(self.sign)
        row.addLayout(texts, 1)
        row.addWidget(self.act_key)
        row.addWidget(self.details_key)
        self.hide()

    @property
    def text(self) -> BannerText:
        """What is shown."""
        return self._text

    def show_text(self, text: BannerText) -> None:
        """Shows how it is; hidden while all is well. A screen reader hears another state or cause, no count-down."""
        before, self._text = self._text, text
        self.title.show_text(text.title)
        self.line.show_text(" · ".join(filter(None, (text.line, text.wait))))
        for each, told in ((self.act_key, text.act), (self.details_key, text.details)):
            show_on_button(each, told)
            each.setVisible(bool(told))
        self.sign.state = text.state
        self.setVisible(text.state is not BannerState.LIVE)
        if before.state is not text.state or (before.title != text.title and self.isVisible()):
            self._style()
            announce(self.parentWidget() or self, text.title, is_urgent=text.state is BannerState.OFFLINE)

    def show_name(self, name: str) -> None:
        """Takes another language's name."""
        self.setAccessibleName(name)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._theme = theme
        self._style()

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.title.setFont(font(base_px, QFont.Weight.Medium))
        self.line.setFont(font(type_px(base_px, -1)))
        for each in (self.act_key, self.details_key):
            each.setFont(font(base_px))

    def _style(self) -> None:
        if self._theme is None:
            return
        ground, text = self._colours(self._theme)
        self.sign.colour = text
        self.setStyleSheet(f"""
            #banner {{ background: {ground}; }}
            QLabel {{ color: {text}; background: transparent; }}
            QPushButton {{ color: {text}; background: transparent; border: 2px solid {text};
                           border-radius: {GRID_PX}px; padding: 0 {2 * GRID_PX}px; }}
            QPushButton:focus {{ border: 4px solid {text}; }}
        """)
        self.sign.update()

    def _colours(self, theme: Theme) -> tuple[str, str]:
        match self._text.state:
            case BannerState.OFFLINE:
                deny = theme.grounds[OutcomeClass.DENY]
                return deny.ground, deny.text
            case BannerState.RECOVERING:
                system = theme.grounds[OutcomeClass.SYSTEM]
                return system.ground, system.text
            case _:
                return theme.calm_ground, theme.calm_text
