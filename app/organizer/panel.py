"""What a panel is: a title, a question, and a body that draws the answer.

Owns the description alone. How it stands (loading, fresh, old, failed) and that a fault in it stays in it is the
frame's (`panel_frame`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtWidgets import QWidget

from app.widgets.theme import Theme
from core.insight.question import Question

B = TypeVar("B", bound="PanelBody")
T = TypeVar("T")


class PanelBody(QWidget):
    """What draws an answer. Its frame calls it within the error boundary only."""

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours. Where the answer is old they are muted ones: draw with what you are given."""

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""


@dataclass(frozen=True, slots=True)
class Panel(Generic[B, T]):
    """A panel. `name` is for the log and the pictures, such as `live.gates`.

    `make` makes the body, and makes it again after a fault; `show` hands it a value, and is called again when the
    language has changed. Both are called by the frame alone.
    """

    name: str
    title: Callable[[], str]
    make: Callable[[], B]
    show: Callable[[B, T], None]
    question: Question[T] | None = None
    """None: whoever made the panel hands it its readings."""


AnyPanel = Panel[Any, Any]
