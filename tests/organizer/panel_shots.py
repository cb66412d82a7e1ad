"""A panel in each of its states: what all pages have in common."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.organizer.panel import Panel, PanelBody
from app.organizer.panel_frame import PanelFrame
from app.organizer.surroundings import Surroundings
from app.widgets.plain_text import plain_label
from app.widgets.theme import type_px
from app.widgets.typeface import font
from core.insight.reading import Reading
from core.sync.answers import Rejected
from tests.organizer.shots import part
from tests.organizer.still_desk import LOADING, failed, fresh, old


class FigureBody(PanelBody):
    """A large figure."""

    def __init__(self) -> None:
        super().__init__()
        self.figure = plain_label("", self)
        QVBoxLayout(self).addWidget(self.figure)

    def show_base(self, base_px: int) -> None:
        self.figure.setFont(font(type_px(base_px, 4)))


def figure(title: str = "Ädmïttêd") -> Panel[FigureBody, int]:
    """A panel with one figure."""
    return Panel("shots.figure", lambda: title, FigureBody, lambda body, value: body.figure.show_text(str(value)))


def panel_of(reading: Reading[int]) -> Callable[[Surroundings], QWidget]:
    """A frame that knows this."""

    def make(at: Surroundings) -> QWidget:
        frame = PanelFrame(figure(), at)
        frame.show_reading(reading)
        return frame

    return make


def fail_the_body(frame: PanelFrame) -> None:
    """Its code fails from now on."""
    frame.break_down()
    frame._give_up_body()


SHOTS = (
    part("organizer.panel.loading", panel_of(LOADING)),
    part("organizer.panel.fresh", panel_of(fresh(3_812))),
    part("organizer.panel.old", panel_of(old(3_790))),
    part("organizer.panel.failed", panel_of(failed())),
    part("organizer.panel.forbidden", panel_of(failed(Rejected(403, "forbidden")))),
    part("organizer.panel.broken", panel_of(fresh(3_812)), fail_the_body),
)
DATA: set[str] = set()
