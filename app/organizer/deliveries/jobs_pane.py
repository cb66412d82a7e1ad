"""What the server does by the clock: all jobs, and one with its last runs and a run now."""

from PySide6.QtWidgets import QWidget

from app.organizer.deliveries.deeds import Deeds
from app.organizer.deliveries.one_body import OneBody
from app.organizer.deliveries.pane import Pane
from app.organizer.deliveries.present_jobs import job_name, present_job, present_job_rows
from app.organizer.deliveries.questions import JOBS, runs
from app.organizer.deliveries.rows_body import RowsBody
from app.organizer.deliveries.texts import Act
from app.organizer.deliveries.words import View
from app.organizer.panel import Panel
from app.organizer.surroundings import Surroundings
from core.model.roles import Right
from core.sync.delivery_replies import JobRow, JobRun


class JobsPane(Pane):
    """The jobs."""

    def __init__(self, at: Surroundings, deeds: Deeds, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self._deeds = deeds
        self._jobs: tuple[JobRow, ...] = ()
        self.chosen = ""
        self.put(Panel("jobs.list", lambda: self.words.views[View.JOBS], self._make_list, self._show_list, JOBS), 5)
        self.put(Panel("jobs.one", self._title, self._make_one, self._show_one), 6)
        self.end(6)
        deeds.busy_changed.connect(self._wait)

    def placeholder_text(self) -> str:
        """While none is chosen."""
        return self.words.list.choose_job

    def left(self, level: int) -> None:  # noqa: ARG002
        """None is chosen any more."""
        self.chosen = ""
        self._mark()

    def choose(self, name: str) -> None:
        """Shows one."""
        self.chosen = name
        self.frames[1].ask(runs(name))
        self._mark()
        self.go(1)

    def _make_list(self) -> RowsBody:
        body = RowsBody(self.words.views[View.JOBS])
        body.chosen.connect(self.choose)
        return body

    def _show_list(self, body: RowsBody, told: list[JobRow]) -> None:
        self._jobs = tuple(told)
        said = self.words.job
        body.show_rows(present_job_rows(told, self.reader()), self.chosen, said.none, said.none_step)
        if self.frames[1].reading.value is not None:
            self.frames[1].show_reading(self.frames[1].reading)

    def _mark(self) -> None:
        body = self.frames[0].body
        if isinstance(body, RowsBody):
            body.list.mark(self.chosen)

    def _make_one(self) -> OneBody:
        body = OneBody()
        body.wanted.connect(self._act)
        return body

    def _show_one(self, body: OneBody, told: list[JobRun]) -> None:
        job = next((each for each in self._jobs if each.name == self.chosen), None)
        if job is not None:
            may_run = self.at.desk.may(Right.RUN_INSTALLATION)
            body.show_one(present_job(job, told, self.reader(), may_run=may_run))

    def _title(self) -> str:
        return job_name(self.chosen, self.reader())

    def _act(self, name: str) -> None:
        if Act(name) is Act.RUN and self.chosen:
            self._deeds.run(self.chosen)

    def _wait(self, is_busy: bool) -> None:
        body = self.frames[1].body
        if isinstance(body, OneBody):
            body.wait(is_waiting=is_busy)
