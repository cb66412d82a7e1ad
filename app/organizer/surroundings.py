"""What a page of the organizer's window is given, once, and asks at the moment of speaking or drawing.

Owns the colours, the sizes, the words and the time zone of now, and the few things that a page may ask of the window:
say how a deed went, ask before a deed, open another page. The window changes what is in here; pages only read it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.organizer.desk import Desk
from app.organizer.page import PageName
from app.organizer.words import OrganizerWords
from app.widgets.theme import Theme


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is asked before a deed: what it does, how much it touches, and the two keys.

    A destructive deed of many things wants their number typed (`typed`): a slip of a finger can't do it.
    """

    title: str
    text: str
    yes: str
    is_destructive: bool = False
    typed: str = ""
    """What has to be typed before `yes` can be pressed, such as `412`."""


class Teller:
    """How a page reaches the window it lies in. This one is for pages that lie in none: it keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.opened: list[tuple[PageName, str]] = []
        self.events: list[str] = []
        self.asked: list[tuple[Confirmation, Callable[[], None]]] = []

    def tell(self, text: str, *, is_trouble: bool = False) -> None:  # noqa: ARG002
        """Says in one line how a deed went: `Moved. The kiosk hears of it within seconds.`"""
        self.told.append(text)

    def ask(self, confirmation: Confirmation, do: Callable[[], None]) -> None:
        """Asks before a deed, over the page; `do` is called when somebody said yes, nothing is otherwise."""
        self.asked.append((confirmation, do))

    def open_page(self, name: PageName, subject: str = "") -> None:
        """Shows another page, with what it shall show: a ticket's id, a device's, an incident's."""
        self.opened.append((name, subject))

    def open_event(self, event: str) -> None:
        """Shows another event, by its id (32 hex digits): one that has just been made."""
        self.events.append(event)


@dataclass(slots=True)
class Surroundings:
    """What a page is given. `zone` is the event's time zone; `base_px` the first step of the type scale."""

    desk: Desk
    words: OrganizerWords
    theme: Theme
    teller: Teller
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    base_px: int = 16
    is_away: bool = False
    """The banner says that nobody answers, and has the key to try again: panels need not say it too."""
