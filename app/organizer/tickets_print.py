"""The sheet that prints tickets: their codes are fetched, drawn here, and saved as a PDF where somebody says.

Owns how many are printed at once, and that nothing holds the window up: the server gives the codes in pages, a thread
draws them. The file is opened only when somebody asks for that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from app.organizer.chore import Chores
from app.organizer.panel_present import cause_text
from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Surroundings
from app.organizer.tickets_present import papers_of
from app.organizer.tickets_questions import codes_deed
from app.runtime.sheet_press import Pressed, SheetFlaw, press
from app.widgets.choice_box import ChoiceBox
from app.widgets.form import ShareBar
from app.widgets.plain_text import plain_label
from app.widgets.theme import Theme
from app.widgets.typeface import font
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import EventReply
from core.sync.ticket_messages import CodePage, TicketCode

MOST_PRINTED = 5_000
"""More are a print shop's: some minutes of drawing, 625 pages."""
FILE_NAME = "tickets.pdf"
_FILTER = "PDF (*.pdf)"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is printed: one ticket, or an order; with neither, a class that is chosen on the sheet."""

    tid: str = ""
    order: str = ""


class PrintSheet(SheetPage):
    """Prints."""

    drawn = Signal(int)
    """So many tickets are drawn; told from the thread that draws."""

    def __init__(
        self,
        surroundings: Surroundings,
        subject: Subject,
        event: EventReply,
        subtitle: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(surroundings, parent)
        self._subject, self._event = subject, event
        self._chores = Chores(self)
        self._codes: list[TicketCode] = []
        self._path = Path()
        self._is_busy = False
        self._is_stopped = False
        self.files: tuple[Path, ...] = ()
        said = self.at.words.tickets.print
        self.class_label = plain_label(said.class_name, self)
        self.classes = ChoiceBox(said.class_name, self)
        self.classes.show_choices([(str(each.id), each.name) for each in event.policy.classes])
        self.bar = ShareBar(self.at.theme, self)
        for part in (self.class_label, self.classes, self.bar):
            self.room.addWidget(part)
            part.hide()
        is_class = not (subject.tid or subject.order)
        self.class_label.setVisible(is_class)
        self.classes.setVisible(is_class)
        self.no, self.choose, self.open_key = (
            self.a_key(said.close),
            self.a_key(said.choose, "main"),
            self.a_key(said.open),
        )
        self.open_key.hide()
        self.no.clicked.connect(self._leave)
        self.choose.clicked.connect(self.ask_where)
        self.open_key.clicked.connect(self._open)
        self.drawn.connect(self._show_drawn)
        self.show_head(self._title(), subtitle, said.text)
        self.show_keys((self.no, self.choose))

    @property
    def is_busy(self) -> bool:
        """Whether it fetches or draws."""
        return self._is_busy

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        self.bar.show_theme(theme)
        self.classes.show_theme(theme)
        self.class_label.setStyleSheet(f"color: {theme.muted};")

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (self.class_label, self.classes):
            each.setFont(font(base_px))

    def ask_where(self) -> None:
        """Asks for a place on the disk, without holding the window up."""
        dialog = QFileDialog(self, self.at.words.tickets.print.choose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(_FILTER)
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(FILE_NAME)
        dialog.fileSelected.connect(lambda name: self.print_to(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def print_to(self, path: Path) -> None:
        """Fetches the codes, draws them, and writes them there."""
        if self._is_busy:
            return
        self._path, self._codes, self.files = path, [], ()
        self._is_busy, self._is_stopped = True, False
        self.choose.setEnabled(False)
        self.open_key.hide()
        self.bar.show()
        self._fetch("")

    # --- the codes ------------------------------------------------------------------------------------------------

    def _fetch(self, after: str) -> None:
        said = self.at.words.tickets.print
        self._show_share(0.0, said.gathering.fill(count=len(self._codes)))
        subject = self._subject
        cls = None if subject.tid or subject.order else int(self.classes.chosen or -1)
        deed = codes_deed(tid=subject.tid or None, order=subject.order or None, cls=cls, after=after)
        self.at.desk.do(deed, self._take)

    def _take(self, told: Done[CodePage] | Later | Rejected) -> None:
        said = self.at.words.tickets.print
        if self._is_stopped:
            self._end(said.stopped)
        elif not isinstance(told, Done):
            self._end(said.later.fill(cause=cause_text(told, self.at.words)), is_trouble=True)
        else:
            self._codes += told.value.codes
            if len(self._codes) > MOST_PRINTED:
                self._end(said.too_many.fill(most=MOST_PRINTED), is_trouble=True)
            elif told.value.after is not None:
                self._fetch(told.value.after)
            elif not self._codes:
                self._end(said.none, is_trouble=True)
            else:
                self._draw()

    # --- the paper ------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        papers, path = papers_of(self._codes, self._event, self.at.zone), self._path
        self._show_drawn(0)
        drawn = self.drawn.emit
        work: Callable[[Callable[[], bool]], Pressed | SheetFlaw] = lambda is_over: press(  # noqa: E731
            papers, path, is_over, drawn
        )
        self._chores.run(work, self._take_files)

    def _show_drawn(self, count: int) -> None:
        if self._is_busy and self._codes:
            said = self.at.words.tickets.print.drawing.fill(done=count, count=len(self._codes))
            self._show_share(count / len(self._codes), said)

    def _take_files(self, told: Pressed | SheetFlaw) -> None:
        said = self.at.words.tickets.print
        if isinstance(told, Pressed):
            self.files = told.files
            self._end(self._done(told.files, told.tickets))
            self.open_key.show()
            self.show_keys((self.open_key, self.choose, self.no))
            return
        texts = {
            SheetFlaw.FULL: said.full,
            SheetFlaw.OUT_OF_REACH: said.out_of_reach,
            SheetFlaw.STOPPED: said.stopped,
        }
        self._end(texts[told], is_trouble=told is not SheetFlaw.STOPPED)

    def _done(self, files: Sequence[Path], tickets: int) -> str:
        said, first = self.at.words.tickets.print, files[0].name
        if len(files) == 1:
            return said.done.fill(count=tickets, file=first)
        return said.done_many.fill(count=tickets, files=len(files), file=first)

    # --- its own parts --------------------------------------------------------------------------------------------

    def _title(self) -> str:
        said = self.at.words.tickets.print
        if self._subject.tid:
            return said.title_one
        return said.title_order.fill(order=self._subject.order) if self._subject.order else said.title_class

    def _show_share(self, share: float, told: str) -> None:
        self.bar.show_share(share, told)
        self.tell(told)

    def _end(self, text: str, *, is_trouble: bool = False) -> None:
        self._is_busy = False
        self._codes = []
        self.bar.hide()
        self.choose.setEnabled(True)
        self.tell(text, is_trouble=is_trouble)

    def _leave(self) -> None:
        """While it works, the key stops it; else it leaves."""
        if self._is_busy:
            self._is_stopped = True
            self._chores.stop()
            self._end(self.at.words.tickets.print.stopped)
            return
        self.left.emit()

    def _open(self) -> None:
        if self.files:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.files[0])))
