"""The window of a computer that is to become a door.

Owns its three pages: the camera and two fields, six digits to compare, the first lists on their way. Says what the
person did; refuses to do any of it.
"""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QIcon,
    QImage,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

import resources
from app.kiosk.enrol_present import Asking, EnrolPage, EnrolState, EnrolText, present_enrolment
from app.kiosk.enrolling import Typed
from app.kiosk.measures import Measures
from app.kiosk.preview import CameraPreview
from app.kiosk.window import LEAST_HEIGHT, LEAST_WIDTH
from app.kiosk.words import CameraState, KioskWords
from app.widgets.announcing import announce
from app.widgets.form import LargeLine, ShareBar, entry, form_style, key
from app.widgets.plain_text import PlainParagraph, plain_label, show_on_button
from app.widgets.theme import GRID_PX, THEMES, Theme, ThemeName, type_px
from app.widgets.typeface import font, load_typeface

MOST_SERVER = 1024
"""A hand scanner types the organizer's whole code into whichever field has the focus."""
MOST_CODE = 1024
SECURE, OPEN = "https://", "http://"


class EnrolWindow(QWidget):
    """Shows an `EnrolState`; the key at the bottom of each page has its own signal."""

    wanted = Signal(object)
    """A `Typed`: somebody has typed address and code."""
    text_taken = Signal(str)
    """A hand scanner has typed the organizer's code."""
    start_over_wanted = Signal()
    retry_wanted = Signal()
    door_wanted = Signal()
    closed = Signal()

    def __init__(self, words: KioskWords, *, theme: ThemeName = ThemeName.DARK) -> None:
        super().__init__()
        load_typeface()
        self._words = words
        self._theme = THEMES[theme]
        self._text: EnrolText = present_enrolment(Asking(), words)
        self._build()
        self.show_state(Asking())

    @property
    def text(self) -> EnrolText:
        """What is shown."""
        return self._text

    @Slot(object)
    def show_state(self, state: EnrolState) -> None:
        """Shows a step, and says it to a screen reader."""
        text = present_enrolment(state, self._words)
        is_new = (text.page, text.trouble, text.key) != (self._text.page, self._text.trouble, self._text.key)
        self._text = text
        for show in (self._show_ask, self._show_compare, self._show_load):
            show(text)
        self._pages.setCurrentIndex(list(EnrolPage).index(text.page))
        self.setAccessibleName(text.spoken)
        if is_new:
            self._focus_first()
            announce(self, text.spoken, is_urgent=True)

    @Slot(object)
    def show_frame(self, frame: QImage) -> None:
        """Shows the camera's newest picture."""
        self._preview.show_image(frame)

    @Slot(str)
    def show_hint(self, hint: str) -> None:
        """Shows what helps to read a code that is seen; empty for none."""
        self._preview.show_hint(hint)

    @Slot(object)
    def show_camera_state(self, state: CameraState) -> None:
        """Shows whether the camera works: without one, the fields do."""
        self._preview.show_trouble("" if state is CameraState.WORKING else self._words.camera[state].title)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Takes the type scale of the window's size."""
        super().resizeEvent(event)
        self._size_fonts()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Tells the program."""
        super().closeEvent(event)
        self.closed.emit()

    # --- what the person does -----------------------------------------------------------------------------------

    def _connect(self) -> None:
        typed = [field.text().strip() for field in (self._server, self._code)]
        for text in typed:
            if text.startswith("{"):
                self._server.clear()
                self._code.clear()
                self.text_taken.emit(text)
                return
        server, code = typed
        if not server or not code:
            (self._code if server else self._server).setFocus()
            return
        self.wanted.emit(Typed(server if server.startswith((SECURE, OPEN)) else SECURE + server, code))

    def _press_last(self) -> None:
        (self.retry_wanted if self._text.trouble else self.door_wanted).emit()

    def _focus_first(self) -> None:
        first = {EnrolPage.ASK: self._server, EnrolPage.COMPARE: self._start_over, EnrolPage.LOAD: self._go_on}
        first[self._text.page].setFocus()

    # --- pages --------------------------------------------------------------------------------------------------

    def _show_ask(self, text: EnrolText) -> None:
        if text.page is not EnrolPage.ASK:
            return
        self._ask_title.show_text(text.title)
        self._ask_line.show_text(text.line)
        self._trouble.show_text(text.trouble.title if text.trouble else "")
        self._cure.show_text(text.trouble.step if text.trouble else "")
        for part in (self._server, self._code, self._connect_key):
            part.setEnabled(not text.is_busy)

    def _show_compare(self, text: EnrolText) -> None:
        if text.page is not EnrolPage.COMPARE:
            return
        self._compare_title.show_text(text.title)
        self._digits.show_text(text.digits)
        self._becomes.show_text(text.becomes)
        self._cautions[0].show_text(text.cautions[0])
        self._cautions[1].show_text(text.cautions[1] if len(text.cautions) > 1 else "")
        self._waiting.show_text(text.line)

    def _show_load(self, text: EnrolText) -> None:
        if text.page is not EnrolPage.LOAD:
            return
        self._load_title.show_text(text.trouble.title if text.trouble else text.title)
        self._load_line.show_text(text.trouble.step if text.trouble else text.line)
        self._bar.setVisible(text.share is not None)
        self._bar.show_share(text.share or 0.0, text.line)
        self._go_on.setVisible(bool(text.key))
        show_on_button(self._go_on, text.key)

    def _build(self) -> None:
        self.setWindowTitle(self._words.window.title)
        self.setWindowIcon(QIcon(str(resources.path("icons/doorlight.svg"))))
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(self._theme.ground))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(self._theme.text))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        self.setStyleSheet(form_style(self._theme))
        self._pages = QStackedWidget(self)
        for page in (self._ask_page(self._theme), self._compare_page(self._theme), self._load_page(self._theme)):
            self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        whole.addWidget(self._pages)

    def _ask_page(self, theme: Theme) -> QWidget:
        said, page = self._words.enrol, QWidget()
        self._preview = CameraPreview(theme, self._words.window.preview, page)
        self._ask_title, self._ask_line = PlainParagraph(page), PlainParagraph(page)
        self._trouble, self._cure = PlainParagraph(page), PlainParagraph(page)
        for part in (self._trouble, self._cure):
            part.setProperty("tone", "trouble")
        self._server, self._code = entry(said.server, MOST_SERVER, page), entry(said.code, MOST_CODE, page)
        self._labels = [plain_label(said.server, page), plain_label(said.code, page)]
        self._connect_key = key(said.connect, page)
        self._connect_key.clicked.connect(self._connect)
        self._server.returnPressed.connect(self._connect)
        self._code.returnPressed.connect(self._connect)
        column = QVBoxLayout()
        column.setSpacing(GRID_PX)
        column.addStretch(1)
        asked: list[QWidget] = [self._labels[0], self._server, self._labels[1], self._code]
        for each in (self._ask_title, self._ask_line, *asked):
            column.addWidget(each)
        column.addWidget(self._connect_key, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._trouble)
        column.addWidget(self._cure)
        column.addStretch(1)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * GRID_PX)
        row.addWidget(self._preview, 1)
        row.addLayout(column, 1)
        return page

    def _compare_page(self, theme: Theme) -> QWidget:
        page = QWidget()
        self._compare_title, self._becomes, self._waiting = (PlainParagraph(page) for _ in range(3))
        self._digits = LargeLine(theme.text, page)
        self._cautions = [PlainParagraph(page), PlainParagraph(page)]
        self._start_over = key(self._words.enrol.start_over, page)
        self._start_over.clicked.connect(self.start_over_wanted)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        for part in (self._compare_title, self._becomes, self._waiting, *self._cautions):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._compare_title)
        column.addWidget(self._digits, 1)
        for part in (self._becomes, *self._cautions, self._waiting):
            column.addWidget(part)
        column.addWidget(self._start_over, 0, Qt.AlignmentFlag.AlignHCenter)
        return page

    def _load_page(self, theme: Theme) -> QWidget:
        page = QWidget()
        self._load_title, self._load_line = PlainParagraph(page), PlainParagraph(page)
        self._bar = ShareBar(theme, page)
        self._go_on = key("", page)
        self._go_on.clicked.connect(self._press_last)
        column = QVBoxLayout(page)
        column.setSpacing(2 * GRID_PX)
        column.addStretch(1)
        for part in (self._load_title, self._load_line):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._load_title)
        column.addWidget(self._bar)
        column.addWidget(self._load_line)
        column.addWidget(self._go_on, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def _size_fonts(self) -> None:
        base_px = Measures(self.size()).base_px
        self._preview.show_base(base_px)
        titles = (self._ask_title, self._compare_title, self._load_title)
        lines = (self._becomes, self._load_line, self._waiting, self._trouble)
        usual = (self._ask_line, self._cure, *self._cautions, *self._labels, self._server, self._code)
        keys = (self._connect_key, self._start_over, self._go_on)
        of_size: list[tuple[QFont, tuple[QWidget, ...]]] = [
            (font(type_px(base_px, 1 if Measures(self.size()).is_small else 2), QFont.Weight.Bold), titles),
            (font(type_px(base_px, 1), QFont.Weight.Medium), lines),
            (font(base_px), (*usual, *keys)),
        ]
        for each, parts in of_size:
            for part in parts:
                part.setFont(each)
