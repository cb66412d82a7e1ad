"""The import wizard: a list is chosen, its columns checked, sent, looked at, and taken over when somebody agrees.

Owns which step it is in. What is interrupted goes on by itself, or with the same file another time: the server keeps
how far it is. A sheet of the page of tickets and of the set-up page.
"""

from enum import IntEnum
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from app.organizer.chore import Chores
from app.organizer.desk import Watching
from app.organizer.import_columns_face import ColumnsFace
from app.organizer.import_driver import ImportDriver
from app.organizer.import_file_face import FileFace
from app.organizer.import_outlook_face import OutlookFace
from app.organizer.import_present import (
    flaw_text,
    has_key,
    list_text,
    place_of,
    present_classes,
    present_columns,
    present_jobs,
    present_outlook,
    present_progress,
    waiting_text,
)
from app.organizer.import_progress import StepLine, WorkFace
from app.organizer.import_sample import HeldUpTicket
from app.organizer.refusal_words import RefusalCode
from app.organizer.refusals import refusal_text
from app.organizer.sheet_page import SheetPage
from app.organizer.surroundings import Confirmation, Surroundings
from app.organizer.tickets_present import Reader
from app.organizer.tickets_questions import (
    event_question,
    forget_deed,
    imports_question,
    outlook_of,
)
from app.runtime.list_reading import ListFlaw, ShopList, read_list
from app.widgets.plain_text import show_on_button
from app.widgets.theme import Theme
from app.widgets.times import number_text
from core.insight.import_course import Outlook, Wanted, columns_said
from core.insight.reading import Reading
from core.sync.answers import Done, Later, Rejected
from core.sync.import_messages import ImportJob, JobState
from core.sync.messages import EventReply
from core.sync.shop_columns import Field, likeliest

_LISTS = "CSV (*.csv *.txt *.tsv)"
_OVER = frozenset({JobState.DONE, JobState.FAILED})


class WizardStep(IntEnum):
    """The steps, in their order."""

    FILE = 0
    COLUMNS = 1
    SEND = 2
    LOOK = 3
    TAKE_OVER = 4


class ImportWizard(SheetPage):
    """One import."""

    print_wanted = Signal()
    """The new codes are to be printed."""

    def __init__(self, surroundings: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(surroundings, parent)
        self.step = WizardStep.FILE
        self.file: ShopList | None = None
        self._event: EventReply | None = None
        self._jobs: list[ImportJob] = []
        self._outlook: Outlook | None = None
        self._fault: tuple[Later, float] | None = None
        self._shown_columns: tuple[object, ...] = ()
        self._is_reading = False
        self._chores = Chores(self)
        self.driver = ImportDriver(surroundings.desk, self)
        self.driver.moved.connect(self._show_progress)
        self.driver.waiting.connect(self._show_waiting)
        self.driver.refused.connect(self._show_refused)
        self.driver.flawed.connect(self._show_flaw)
        self.driver.rested.connect(self._show_rested)
        self.driver.file_needed.connect(self._ask_for_file)
        self._watched: list[Watching] = []
        self._build()
        self.say_anew()
        self._watched.append(surroundings.desk.watch(event_question(), self._take_event))
        self._watched.append(surroundings.desk.watch(imports_question(), self._take_jobs))
        self.left.connect(self.stop)
        self._turn_to(WizardStep.FILE)

    def _build(self) -> None:
        self.steps = StepLine(self)
        self.files, self.columns = FileFace(self), ColumnsFace(self)
        self.work, self.outlook = WorkFace(self.at.theme, self), OutlookFace(self)
        for part in (self.steps, self.files, self.columns, self.work, self.outlook):
            self.room.addWidget(part)
        self.close_key, self.leave_key, self.back_key = (self.a_key("") for _ in range(3))
        self.next_key, self.apply_key = self.a_key("", "main"), self.a_key("", "main")
        self.again_key, self.throw_key, self.print_key = (self.a_key("") for _ in range(3))
        self.files.zone.dropped.connect(self.take_file)
        self.files.zone.choose.clicked.connect(self.ask_for_list)
        self.files.go_on_wanted.connect(self._go_on_with)
        self.files.throw_away_wanted.connect(self._throw_away)
        self.files.forget_wanted.connect(lambda: self._forget([job for job in self._jobs if job.state in _OVER]))
        self.columns.changed.connect(self._show_columns)
        self.columns.source.returnPressed.connect(self._send)
        self.ticket = HeldUpTicket(self.at, self.outlook, self._chores, self._looked_at, self._code_header)
        self.close_key.clicked.connect(self.left)
        self.leave_key.clicked.connect(self._leave)
        self.back_key.clicked.connect(self._go_back)
        self.next_key.clicked.connect(self._send)
        self.again_key.clicked.connect(self.driver.go_on)
        self.apply_key.clicked.connect(self._take_over)
        self.throw_key.clicked.connect(self._throw_this_away)
        self.print_key.clicked.connect(self.print_wanted)
        self.files.show_jobs((), frozenset(), has_done=False)

    @property
    def is_busy(self) -> bool:
        """Whether it sends: a slip of a finger should not end that. What the server does goes on without it."""
        return self.driver.is_running

    @property
    def is_unsaved(self) -> bool:
        """Whether a list was chosen that is not taken over."""
        return self.file is not None and self.step is not WizardStep.TAKE_OVER

    def stop(self) -> None:
        """It is not seen any more: sends nothing more, asks nothing more."""
        self.driver.stop()
        self._chores.stop()
        for watching in self._watched:
            watching.stop()
        self._watched.clear()

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        words = self.at.words.imports
        self.files.say(words)
        self.columns.say(words)
        self.outlook.say(words)
        said = words.wizard
        for each, text in (
            (self.close_key, said.close),
            (self.leave_key, said.leave),
            (self.back_key, said.back),
            (self.next_key, said.next),
            (self.again_key, said.look_again),
            (self.throw_key, said.throw_away),
            (self.print_key, said.print),
        ):
            show_on_button(each, text)

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        super().show_theme(theme)
        for each in (self.steps, self.files, self.columns, self.work, self.outlook):
            each.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        super().show_base(base_px)
        for each in (self.steps, self.files, self.columns, self.work, self.outlook):
            each.show_base(base_px)

    # --- the file -------------------------------------------------------------------------------------------------

    def ask_for_list(self) -> None:
        """Asks which file, without holding the window up."""
        dialog = QFileDialog(self, self.at.words.imports.wizard.choose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(_LISTS)
        dialog.fileSelected.connect(lambda name: self.take_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_file(self, path: Path) -> None:
        """Reads a file beside the window."""
        if self._is_reading or self.driver.is_running:
            return
        self._is_reading = True
        self.tell(self.at.words.imports.wizard.reading)
        self._chores.run(lambda is_over: read_list(path, is_over), self._take_list)

    def _take_list(self, told: ShopList | ListFlaw) -> None:
        self._is_reading = False
        if isinstance(told, ListFlaw):
            self.tell(flaw_text(told, self.at.words.imports), is_trouble=True)
            return
        self.file = told
        self.columns.preset.choose(likeliest(told.header).value)
        self._turn_to(WizardStep.COLUMNS)

    # --- its columns ----------------------------------------------------------------------------------------------

    def _show_columns(self) -> None:
        file, words = self.file, self.at.words.imports
        if file is None or self.step is not WizardStep.COLUMNS:
            return
        preset = self.columns.chosen_preset
        if self._shown_columns != (file.header, preset):
            self._shown_columns = (file.header, preset)
            self.columns.show_columns(present_columns(file.header, preset, words))
        classes = self._event.policy.classes if self._event is not None else []
        self.columns.show_classes(present_classes(file, preset, self.columns.columns, classes, words))
        self.go_through(self.columns.fields_in_order)
        self._let_send()

    def _let_send(self) -> None:
        file, said = self.file, self.at.words.imports.columns
        if file is None:
            return
        source, trouble = self.columns.source.text(), ""
        if not source.strip() or source != source.strip() or not source.isprintable():
            trouble = said.no_source
        elif not has_key(file.header, self.columns.chosen_preset, self.columns.columns):
            trouble = said.no_key
        self.next_key.setEnabled(not trouble)
        if trouble and source:
            self.tell(trouble, is_trouble=True)
        else:
            self.tell(said.encoding if file.encoding == "cp1252" else "")

    def _send(self) -> None:
        file = self.file
        if file is None or not self.next_key.isEnabled():
            return
        columns = [(field.value, header) for field, header in self.columns.columns.items()]
        said = columns_said(columns, list(self.columns.class_names.items()))
        is_missing = self.columns.cancel_missing.isChecked()
        wanted = Wanted(self.columns.source.text(), self.columns.chosen_preset, said, is_missing)
        self._turn_to(WizardStep.SEND)
        self.driver.start(file, wanted)

    # --- how far it is --------------------------------------------------------------------------------------------

    def _show_progress(self, job: ImportJob) -> None:
        self._fault = None
        progress = present_progress(job, self.driver.parts, self._reader())
        self.work.show_share(progress.share, progress.text)
        self.again_key.hide()
        if job.state in {JobState.PREVIEWING, JobState.PREVIEWED} and self.step is WizardStep.SEND:
            self._turn_to(WizardStep.LOOK, is_work=True)
        if job.state in {JobState.APPLYING, JobState.DONE} and self.step is not WizardStep.TAKE_OVER:
            self._turn_to(WizardStep.TAKE_OVER, is_work=True)

    def _show_waiting(self, fault: Later, seconds: float) -> None:
        since = self.driver.since_ms or self.at.desk.now_ms()
        job, parts = self.driver.job, self.driver.parts
        share = present_progress(job, parts, self._reader()).share
        text = waiting_text(fault, seconds, since, job, parts, self._reader())
        self.work.show_share(share, text, is_trouble=True)
        self.again_key.show()

    def _show_refused(self, fault: Rejected) -> None:
        text = refusal_text(fault, self.at.words)
        if fault.detail:
            text = self.at.words.imports.progress.refused.fill(cause=fault.detail)
        self.work.show_share(self.work.bar.share, text, is_trouble=True)
        self.again_key.show()

    def _show_flaw(self, flaw: ListFlaw) -> None:
        self._turn_to(WizardStep.FILE)
        self.tell(flaw_text(flaw, self.at.words.imports), is_trouble=True)

    def _ask_for_file(self, _: ImportJob) -> None:
        self._turn_to(WizardStep.FILE)
        self.tell(self.at.words.imports.progress.need_file)

    # --- what it would do -----------------------------------------------------------------------------------------

    def _show_rested(self, job: ImportJob) -> None:
        is_done = job.state is JobState.DONE
        try:
            self._outlook = outlook_of(job)
        except ValueError:
            self._outlook = Outlook()
        if job.state is JobState.FAILED:
            self._show_failed(self._outlook)
            return
        said = self.at.words.imports.preview
        canceled = self._outlook.canceled
        text = present_outlook(self._outlook, self._reader(), is_done=is_done)
        self.outlook.show_outlook(text, said.allow_cancel.fill(count=canceled) if canceled else "", is_done=is_done)
        self._turn_to(WizardStep.TAKE_OVER if is_done else WizardStep.LOOK)

    def _show_failed(self, outlook: Outlook) -> None:
        said, refusals = self.at.words.imports.preview, self.at.words.refusals
        text = said.failed.fill(cause=outlook.cause)
        if outlook.cause in set(RefusalCode):
            text = refusals[RefusalCode(outlook.cause)]
        cure = said.cure.fill(cure=outlook.cure) if outlook.cure else ""
        self.work.show_share(0.0, f"{text} {cure}".strip(), is_trouble=True)
        self.again_key.show()
        self.show_keys((self.throw_key, self.back_key, self.again_key))

    def _take_over(self) -> None:
        self._turn_to(WizardStep.TAKE_OVER, is_work=True)
        self.driver.take_over(allow_cancel=self.outlook.allows_cancel)

    def _looked_at(self) -> UUID | None:
        """The import that a ticket may be held up against."""
        return self.driver.id if self.step is WizardStep.LOOK else None

    def _code_header(self) -> str:
        if self.file is None:
            return ""
        place = place_of(self.file.header, self.columns.chosen_preset, self.columns.columns, Field.CODE)
        return "" if place is None else self.file.header[place]

    # --- the imports of the event ---------------------------------------------------------------------------------

    def _take_event(self, reading: Reading[EventReply]) -> None:
        if reading.value is not None:
            self._event = reading.value
            self._show_columns()

    def _take_jobs(self, reading: Reading[list[ImportJob]]) -> None:
        self._jobs = reading.value or []
        unfinished = frozenset(job.id for job in self._jobs if job.state not in _OVER)
        has_done = any(job.state in _OVER for job in self._jobs)
        self.files.show_jobs(present_jobs(self._jobs, self._reader()), unfinished, has_done=has_done)

    def _go_on_with(self, id_: str) -> None:
        job = next((each for each in self._jobs if each.id == id_), None)
        if job is not None:
            self.file = None
            self._turn_to(WizardStep.SEND)
            self.driver.take_up(job)

    def _throw_away(self, id_: str) -> None:
        job = next((each for each in self._jobs if each.id == id_), None)
        if job is None:
            return
        said = self.at.words.imports.wizard
        text = f"{job.source}: {self.at.words.imports.states[job.state]}"
        asked = Confirmation(said.throw_away, text, said.throw_away)
        self.at.teller.ask(asked, lambda: self._forget([job]))

    def _forget(self, jobs: list[ImportJob]) -> None:
        for job in jobs:
            self.at.desk.do(forget_deed(_uuid(job)), lambda _: self._look_anew())

    def _look_anew(self) -> None:
        for watching in self._watched:
            watching.ask_again()

    def _throw_this_away(self) -> None:
        self.driver.stop()
        self.at.desk.do(forget_deed(self.driver.id), self._take_thrown)

    def _take_thrown(self, told: Done[None] | Later | Rejected) -> None:
        if isinstance(told, Done):
            self.at.teller.tell(self.at.words.imports.progress.thrown_away)
        self.file = None
        self._turn_to(WizardStep.FILE)
        self._look_anew()

    # --- the steps ------------------------------------------------------------------------------------------------

    def _turn_to(self, step: WizardStep, *, is_work: bool = False) -> None:
        """Shows a step; `is_work`: how far it is, and not yet what came out."""
        self.step = step
        words = self.at.words.imports
        names = (
            words.steps.file,
            words.steps.columns,
            words.steps.send,
            words.steps.look,
            words.steps.take_over,
        )
        spoken = words.steps.spoken.fill(number=step + 1, count=len(names), step=names[step])
        self.steps.show_step(names, step, spoken)
        self.tell("")
        match step:
            case WizardStep.FILE:
                self._show_face(self.files, words.wizard.title, words.wizard.file_text, (self.close_key,))
            case WizardStep.COLUMNS:
                text = "" if self.file is None else list_text(self.file, self._reader())
                self._show_face(self.columns, words.wizard.title, text, (self.back_key, self.next_key))
                self._show_columns()
                self.columns.source.setFocus()
            case WizardStep.SEND:
                self.work.show_share(0.0, words.progress.opening)
                self._show_face(self.work, words.wizard.title, "", (self.throw_key, self.leave_key, self.again_key))
            case WizardStep.LOOK if is_work:
                self._show_face(self.work, words.wizard.title, "", (self.throw_key, self.leave_key, self.again_key))
            case WizardStep.LOOK:
                self._show_preview()
            case WizardStep.TAKE_OVER if is_work:
                self._show_face(self.work, words.wizard.title, "", (self.leave_key, self.again_key))
            case WizardStep.TAKE_OVER:
                issued = self._outlook is not None and self._outlook.issued > 0
                keys = (*((self.print_key,) if issued else ()), self.close_key)
                self._show_face(self.outlook, words.done.title, words.done.text, keys)
        if is_work or step is WizardStep.SEND:
            self.again_key.hide()
        self.scroller.show_top()

    def _show_preview(self) -> None:
        words, outlook = self.at.words.imports, self._outlook or Outlook()
        count = outlook.new + outlook.changed + outlook.restored + outlook.canceled
        text = (
            words.wizard.apply.fill(count=number_text(count, self.at.words.calendar))
            if outlook.has_work
            else words.wizard.apply_none
        )
        show_on_button(self.apply_key, text)
        self.apply_key.setEnabled(outlook.has_work)
        back = (self.back_key,) if self.file is not None else (self.close_key,)
        self._show_face(self.outlook, words.preview.title, words.preview.text, (self.throw_key, *back, self.apply_key))
        self.outlook.sample.setFocus()

    def _show_face(self, face: QWidget, title: str, text: str, keys: tuple[QPushButton, ...]) -> None:
        self.show_head(title, "", text)
        for each in (self.files, self.columns, self.work, self.outlook):
            each.setVisible(each is face)
        self.show_keys(keys)

    def _go_back(self) -> None:
        self.driver.stop()
        is_at_columns = self.step is WizardStep.COLUMNS
        self._turn_to(WizardStep.FILE if is_at_columns or self.file is None else WizardStep.COLUMNS)

    def _leave(self) -> None:
        self.driver.stop()
        self.at.teller.tell(self.at.words.imports.progress.interrupted)
        self.left.emit()

    def _reader(self) -> Reader:
        return Reader(self.at.words, self.at.zone, self.at.desk.now_ms(), self._event)


def _uuid(job: ImportJob) -> UUID:
    return UUID(hex=job.id)
