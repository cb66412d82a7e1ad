"""The Live page: four figures, the curve of arrivals, gates, refusals, classes, and what to look at.

Owns which panel rests on which answers, the range of time and the night beside this one, and where the panels stand
for a width. Figures come from `present_*` functions, called within each panel's error boundary.
"""

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.organizer.desk import Watching
from app.organizer.live import questions
from app.organizer.live.bodies import ChartBody
from app.organizer.live.controls import Controls
from app.organizer.live.curves_present import other_text
from app.organizer.live.known import Known
from app.organizer.live.panels import FIGURES, LivePanels, Rows
from app.organizer.page import Page, PageName
from app.organizer.questions import EVENTS
from app.organizer.saving import Kept, Saver, picture_of
from app.organizer.surroundings import Surroundings
from app.widgets.form import key
from app.widgets.plain_text import plain, show_on_button
from app.widgets.scrolling import ScrollPage
from app.widgets.theme import GRID_PX, Theme
from app.widgets.typeface import font
from core.insight.question import Question
from core.insight.reading import Freshness, Reading
from core.model.ids import EventId
from core.model.roles import Right
from core.sync.messages import ArrivalsReply

T = TypeVar("T")

WIDE_PX = 1_160
"""From this width on, everything stands in one row where it can."""
_COLUMNS = 12
_LEAST_EM = dict.fromkeys(FIGURES, 13.0) | {"curve": 22.0, "gates": 16.0}
"""How tall panels are at least, so that nothing jumps when its answer comes."""
_PLACES: dict[bool, dict[str, tuple[int, int, int, int]]] = {
    True: {
        **{name: (0, 3 * at, 1, 3) for at, name in enumerate(FIGURES)},
        "curve": (1, 0, 1, 12),
        "gates": (2, 0, 2, 6),
        "refusals": (2, 6, 2, 3),
        "classes": (2, 9, 1, 3),
        "look": (3, 9, 1, 3),
    },
    False: {
        **{name: (at // 2, 6 * (at % 2), 1, 6) for at, name in enumerate(FIGURES)},
        "curve": (2, 0, 1, 12),
        "gates": (3, 0, 1, 12),
        "refusals": (4, 0, 2, 6),
        "classes": (4, 6, 1, 6),
        "look": (5, 6, 1, 6),
    },
}
"""Where each panel stands (row, column, rows, columns): where there is room, and where a page is narrow."""


class LivePage(Page):
    """The night at a glance."""

    def __init__(self, at: Surroundings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = at
        self._known = Known()
        self._watchings: dict[str, Watching] = {}
        self._is_wide: bool | None = None
        self._is_begun = False
        self._asked = ""
        self.controls = Controls(at.words, self)
        self.saver = Saver(self, at.teller)
        self.panels = LivePanels(at, self, self._ask_again)
        self._build()
        self.show_theme(at.theme)
        self.show_base(at.base_px)
        self.say_anew()

    # --- what the window asks of it -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Watches the night."""
        self._is_begun = True
        if self._known.event != self._at.desk.event:
            self._turn_to(self._at.desk.event)
        self._known.sees_kiosks = self._at.desk.may(Right.READ_DEVICES)
        self._watch("status", questions.STATUS)
        self._watch("pace", questions.PACE)
        if self._known.sees_kiosks:
            self._watch("lanes", questions.LANES)
            self._watch("kiosks", questions.DEVICES)
        if self._at.desk.may(Right.READ_EVENT):
            self._watch("events", EVENTS)
        self._ask_arrivals()
        self._ask_compared()
        for frame in self.panels.frames.values():
            frame.begin()

    def rest(self) -> None:
        """Watches no more."""
        self._is_begun = False
        for each in self._watchings.values():
            each.stop()
        self._watchings.clear()
        self.saver.drop()
        for frame in self.panels.frames.values():
            frame.rest()

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""
        self._scroll.show_theme(theme)
        self.controls.show_theme(theme)
        for frame in self.panels.frames.values():
            frame.show_theme(theme)

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""
        self.controls.show_base(base_px)
        for name, frame in self.panels.frames.items():
            frame.show_base(base_px)
            frame.setMinimumHeight(round(_LEAST_EM.get(name, 0) * base_px))
        for each in self._save_keys.values():
            each.setFont(font(base_px))

    def say_anew(self) -> None:
        """Says everything in the language of now."""
        self.controls.say_anew()
        words = self._at.words.live.save
        for name, each in self._save_keys.items():
            show_on_button(each, words.save)
            each.setAccessibleName(plain(words.save_panel.fill(title=self.panels.title(name))))
        self._offer_others()
        for frame in self.panels.frames.values():
            frame.say_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Panels stand beside one another where there is room."""
        super().resizeEvent(event)
        self._arrange()

    # --- what is known ------------------------------------------------------------------------------------------

    def _turn_to(self, event: EventId | None) -> None:
        """Nothing that was known of another event is shown as this one's."""
        self._known = Known(event)
        self.controls.forget()
        self.panels.turn_to(self._known)

    def _watch(self, name: str, question: Question[T]) -> None:
        """Watches a question in the place of what was watched under that name."""
        self._stop(name)

        def take(reading: Reading[T]) -> None:
            setattr(self._known, name, reading)
            if name == "events":
                self._take_events()
            self.panels.show()

        self._watchings[name] = self._at.desk.watch(question, take)

    def _stop(self, name: str) -> None:
        if name in self._watchings:
            self._watchings.pop(name).stop()

    def _take_events(self) -> None:
        """The night that this one was copied from lies beside it until somebody says otherwise."""
        self._offer_others()
        mine = self._known.row
        if self.controls.compared is None and mine is not None and mine.copied_from is not None:
            self.controls.compare(mine.copied_from)
        self._ask_compared()
        if self._wanted().name != self._asked:
            self._ask_arrivals()

    def _offer_others(self) -> None:
        self.controls.offer([(row.event, other_text(row, self.panels.say)) for row in self._known.others()])

    def _ask_arrivals(self) -> None:
        wanted = self._wanted()
        self._asked = wanted.name
        self._known.arrivals = Reading(Freshness.LOADING)
        self._watch("arrivals", wanted)

    def _wanted(self) -> Question[ArrivalsReply]:
        return questions.arrivals(self.controls.chosen, self._known.row, self._at)

    def _ask_compared(self) -> None:
        row = self._known.row_of(self.controls.compared or "")
        wanted = "" if row is None else row.event
        if wanted == self._known.compared_with and (wanted == "" or "compared" in self._watchings):
            return
        self._known.compared_with, self._known.compared = wanted, Reading(Freshness.LOADING)
        self._stop("compared")
        if row is not None and self._is_begun:
            self._watch("compared", questions.compared(row))

    def _change_range(self) -> None:
        if self._is_begun:
            self._ask_arrivals()
        self.panels.show()

    def _change_compared(self) -> None:
        self._ask_compared()
        self.panels.show()

    def _ask_again(self) -> None:
        """Somebody pressed a panel's `Try again`: one round for all of them costs as little."""
        for each in self._watchings.values():
            each.ask_again()

    # --- keeping ------------------------------------------------------------------------------------------------

    def save(self, name: str) -> None:
        """Asks where a panel shall be written."""
        self._keep(self.panels.title(name), (name,), self.panels.rows.get(name, ()), self._save_keys[name])

    def save_figures(self) -> None:
        """Asks where the four figures shall be written."""
        words = self._at.words.live.save
        rows = [row for name in FIGURES for row in self.panels.rows.get(name, ())]
        head = (words.figure, words.value, words.least, words.most)
        self._keep(self._at.words.pages[PageName.LIVE], FIGURES, (head, *rows) if rows else (), None)

    def _keep(self, title: str, names: Sequence[str], rows: Rows, hidden: QWidget | None) -> None:
        """What is shown now is what is written, without the key that was pressed."""
        words = self._at.words.live
        if not rows:
            self._at.teller.tell(words.save.nothing)
            return
        row, place = self._known.row, QRect()
        for name in names:
            place = place.united(self.panels.frames[name].geometry())
        event = words.curve.tonight if row is None else row.name
        about = f"{event} · {self.panels.about(names)}"
        if hidden is not None:
            hidden.hide()
        picture = picture_of(self._content, place, f"{event} · {title}", self._at.theme)
        if hidden is not None:
            hidden.show()
        self.saver.ask(Kept(title, event, about, rows, picture), words.save)

    # --- its parts ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._content = QWidget()
        self._grid = QGridLayout(self._content)
        self._grid.setContentsMargins(0, 0, GRID_PX, 0)
        self._grid.setSpacing(2 * GRID_PX)
        for place in range(_COLUMNS):
            self._grid.setColumnStretch(place, 1)
        self._save_keys = {}
        for name, frame in self.panels.frames.items():
            frame.setParent(self._content)
            if name not in FIGURES and name != "look":
                self._save_keys[name] = made = key("", frame)
                made.clicked.connect(lambda _=False, name=name: self.save(name))
                frame.keys.addWidget(made)
        self._scroll = ScrollPage(self._content, self)
        self.panels.when_remade(self._put_in_order)
        self.controls.range_changed.connect(self._change_range)
        self.controls.compared_changed.connect(self._change_compared)
        self.controls.save_wanted.connect(self.save_figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.controls)
        column.addWidget(self._scroll, 1)

    def _put_in_order(self) -> None:
        """Tab goes as the eye does: a panel's keys stand above what they are about."""
        before: QWidget | None = None
        for name in self._save_keys:
            frame = self.panels.frames[name]
            for each in frame.keys_in_order:
                if before is not None:
                    QWidget.setTabOrder(before, each)
                before = each
            if before is not None and isinstance(frame.body, ChartBody) and frame.body.chart is not None:
                QWidget.setTabOrder(before, frame.body.chart)
                before = frame.body.chart

    def _arrange(self) -> None:
        is_wide = self.width() >= WIDE_PX
        if is_wide is self._is_wide:
            return
        self._is_wide = is_wide
        for name, frame in self.panels.frames.items():
            self._grid.addWidget(frame, *_PLACES[is_wide][name])
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, int(row == _PLACES[is_wide]["curve"][0]))
        self.controls.arrange(is_wide=is_wide)
