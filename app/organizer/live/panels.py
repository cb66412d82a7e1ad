"""The panels of the Live page: which answers each rests on, and what it shows of them.

Owns the frames, the watch over the capacity, and the rows of each panel for a file. A `_show_*` is called by its frame
alone, within that panel's error boundary: a fault in one of them is that panel's.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.organizer.live.bodies import BarsBody, ChartBody, FigureBody, LookBody
from app.organizer.live.complete_present import Say, brief_text, complete_text
from app.organizer.live.curves_present import present_curve
from app.organizer.live.figures_present import (
    Figure,
    forecast_of,
    heard_of,
    present_admitted,
    present_forecast,
    present_inside,
    present_rate,
)
from app.organizer.live.gates_present import gates_of, present_gates
from app.organizer.live.known import Known, OfBoth, OfGates, OfStatus
from app.organizer.live.tables_present import present_classes, present_look, present_refusals
from app.organizer.live.words import FullWord
from app.organizer.page import PageName
from app.organizer.panel import Panel, PanelBody
from app.organizer.panel_frame import PanelFrame
from app.organizer.surroundings import Surroundings
from core.insight.capacity import Watch, watched
from core.insight.completeness import Completeness, inside_bounds
from core.insight.reading import Reading
from core.model.moments import Millis
from core.sync.messages import ArrivalsReply, StatusReply

FIGURES = ("admitted", "inside", "rate", "forecast")
PANELS = (*FIGURES, "curve", "gates", "refusals", "classes", "look")
Rows = tuple[tuple[object, ...], ...]


class LivePanels:
    """All of them, by their names."""

    def __init__(self, at: Surroundings, parent: QWidget, ask_again: Callable[[], None]) -> None:
        self._at = at
        self._put_in_order: Callable[[], None] = lambda: None
        self._known = Known()
        self._crowd = Watch()
        self.rows: dict[str, Rows] = {}
        """The rows that each panel shows, its head first; a figure has one row and no head."""
        self.frames: dict[str, PanelFrame] = {}
        for name in PANELS:
            self.frames[name] = made = self._frame(name, parent)
            made.retry_wanted.connect(ask_again)

    def when_remade(self, put_in_order: Callable[[], None]) -> None:
        """Calls this now, and again whenever the curve's part is another one."""
        self._put_in_order = put_in_order
        put_in_order()

    def turn_to(self, known: Known) -> None:
        """Another event: nothing that was known of the one before is shown as this one's."""
        self._known, self._crowd = known, Watch()
        self.rows.clear()
        self.show()

    def show(self) -> None:
        """Shows what is known now."""
        known = self._known
        for names, reading in (
            (("admitted", "inside", "classes", "look"), known.of_status()),
            (("rate",), known.pace),
            (("forecast",), known.of_both()),
            (("curve", "refusals"), known.arrivals),
            (("gates",), known.of_gates()),
        ):
            for name in names:
                self._give(name, reading)

    def title(self, name: str) -> str:
        """What a panel is called."""
        words = self._at.words.live
        return {
            "admitted": words.figures.admitted,
            "inside": words.figures.inside,
            "rate": words.figures.rate,
            "forecast": words.figures.forecast,
            "curve": words.curve.title,
            "gates": words.gates.title,
            "refusals": words.refusals.title,
            "classes": words.classes.title,
            "look": words.look.title,
        }[name]

    def about(self, names: Sequence[str]) -> str:
        """When what some panels show was true, the oldest of it, and how complete it was."""
        told = [self.frames[name].reading.as_of_ms for name in names]
        as_of_ms = min((each for each in told if each is not None), default=None)
        line = complete_text(self._heard(), as_of_ms, self.say)
        if as_of_ms is None:
            return line
        day = datetime.fromtimestamp(as_of_ms / 1000, UTC).astimezone(self._at.zone)
        return f"{day:%Y-%m-%d} · {line}"

    def _heard(self) -> Completeness | None:
        """How complete the night is, by the status that is known."""
        status = self._known.status.value
        return None if status is None else heard_of(status, self._known.pace.value)

    @property
    def say(self) -> Say:
        """What presenters write with."""
        return Say(self._at.words.live, self._at.words.calendar, self._at.zone)

    def _give(self, name: str, reading: Reading[Any]) -> None:
        if reading.value is None:
            self.frames[name].show_footnote("")
            self.rows.pop(name, None)
        self.frames[name].show_reading(reading)

    def _frame(self, name: str, parent: QWidget) -> PanelFrame:
        make: dict[str, Callable[[], PanelBody]] = {
            "curve": self._chart_body,
            "gates": BarsBody,
            "refusals": BarsBody,
            "classes": BarsBody,
            "look": self._look_body,
        }
        show: Callable[[Any, Any], None] = getattr(self, f"_show_{name}")
        panel: Panel[Any, Any] = Panel(f"live.{name}", lambda: self.title(name), make.get(name, FigureBody), show)
        return PanelFrame(panel, self._at, parent)

    def _foot(self, name: str, as_of_ms: Millis | None, *more: str) -> None:
        """How complete a panel is: by the status that is known, whatever the panel itself rests on."""
        heard = self._heard()
        if name in FIGURES:
            self.frames[name].show_footnote(brief_text(heard, as_of_ms, self.say))
            return
        self.frames[name].show_footnote(" · ".join((*more, complete_text(heard, as_of_ms, self.say))))

    def _show_admitted(self, body: FigureBody, told: OfStatus) -> None:
        status, pace = told
        self._show_figure("admitted", body, present_admitted(status, heard_of(status, pace), self.say))
        self._foot("admitted", self._known.status.as_of_ms)

    def _show_inside(self, body: FigureBody, told: OfStatus) -> None:
        status, pace = told
        heard = heard_of(status, pace)
        if self._known.status.is_new:
            self._watch_crowd(status, inside_bounds(status, heard).most)
        self._show_figure("inside", body, present_inside(status, heard, self._crowd.level, self.say))
        self._foot("inside", self._known.status.as_of_ms)

    def _watch_crowd(self, status: StatusReply, inside: int) -> None:
        """Says once that a level of the capacity was reached."""
        if status.capacity is None:
            self._crowd = Watch()
            return
        self._crowd, news = watched(self._crowd, inside, status.capacity)
        if news is not None:
            word = FullWord[news.name]
            self._at.teller.tell(self._at.words.live.full_told[word], is_trouble=True)

    def _show_rate(self, body: FigureBody, pace: ArrivalsReply) -> None:
        self._show_figure("rate", body, present_rate(pace, self.say))
        self._foot("rate", self._known.pace.as_of_ms)

    def _show_forecast(self, body: FigureBody, told: OfBoth) -> None:
        row = self._known.row
        ends_ms = None if row is None else Millis(row.ends_ms)
        self._show_figure("forecast", body, present_forecast(forecast_of(*told, ends_ms), self.say))
        self._foot("forecast", self._known.of_both().as_of_ms)

    def _show_figure(self, name: str, body: FigureBody, figure: Figure) -> None:
        body.show_figure(figure)
        self.rows[name] = (figure.row,)

    def _show_curve(self, body: ChartBody, told: ArrivalsReply) -> None:
        words, known = self._at.words.live, self._known
        curve = present_curve(told, known.row, known.beside, self.say)
        nobody = (words.curve.nobody, words.curve.nobody_step)
        body.show_curve(curve.chart, *((words.curve.begins, words.curve.begins_step) if curve.is_beginning else nobody))
        head = (words.curve.range, words.curve.unit, curve.other or words.curve.alone)
        self.rows["curve"] = (head, *curve.rows)
        self._foot("curve", known.arrivals.as_of_ms, words.curve.not_whole)

    def _show_gates(self, body: BarsBody, told: OfGates) -> None:
        gates = present_gates(gates_of(*told), self.say)
        body.bars.show_bars(gates.shown)
        self.rows["gates"] = gates.rows
        self._foot("gates", self._known.of_gates().as_of_ms, self._at.words.live.gates.foot)

    def _show_refusals(self, body: BarsBody, told: ArrivalsReply) -> None:
        table = present_refusals(told, self._at.words.outcomes, self.say)
        body.bars.show_bars(table.shown)
        self.rows["refusals"] = table.rows
        self._foot("refusals", self._known.arrivals.as_of_ms)

    def _show_classes(self, body: BarsBody, told: OfStatus) -> None:
        table = present_classes(told[0], self.say)
        body.bars.show_bars(table.shown)
        self.rows["classes"] = table.rows
        self._foot("classes", self._known.status.as_of_ms)

    def _show_look(self, body: LookBody, told: OfStatus) -> None:
        text = present_look(told[0], self.say)
        body.show_look(text)
        self.rows["look"] = text.rows
        self._foot("look", self._known.status.as_of_ms)

    def _chart_body(self) -> ChartBody:
        made = ChartBody()
        made.chart_made.connect(lambda: QTimer.singleShot(0, made, lambda: self._put_in_order()))
        return made

    def _look_body(self) -> LookBody:
        made = LookBody()
        made.show_key.clicked.connect(lambda: self._at.teller.open_page(PageName.INCIDENTS))
        return made
