"""What a page of the organizer's window is.

Owns the names of the pages, and what the window asks of each. A page is made once, begins when it is shown, rests when
another takes its place. It asks through a `Desk`, draws what a `present_*` function made of the answer, and never keeps
a figure of its own.
"""

from enum import StrEnum

from PySide6.QtWidgets import QWidget

from app.widgets.theme import Theme


class PageName(StrEnum):
    """The pages, in the order of their keys."""

    LIVE = "live"
    INCIDENTS = "incidents"
    DEVICES = "devices"
    DELIVERIES = "deliveries"
    TICKETS = "tickets"
    REPORTS = "reports"
    SET_UP = "set_up"


IMPORT_LIST = "import-list"
"""For `show_subject` of the page of tickets: the wizard that takes a shop's list."""
JOBS = "jobs"
"""For `show_subject` of the page of deliveries: what the server does by the clock."""
ENROL_KIOSK = "enrol-kiosk"
"""For `show_subject` of the page of devices: the code for another kiosk."""


class Page(QWidget):
    """One page."""

    def begin(self) -> None:
        """It is shown from now on: watches what it shows."""

    def rest(self) -> None:
        """Another page is shown: stops watching. What was typed stays."""

    def show_theme(self, theme: Theme) -> None:
        """Takes other colours."""

    def show_base(self, base_px: int) -> None:
        """Takes another first step of the type scale."""

    def say_anew(self) -> None:
        """Says everything in the language of now: the words that it was given have become another language's."""

    def show_subject(self, subject: str) -> None:
        """Shows one thing that another page has named: a ticket's id, a device's, an incident's."""

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed that nobody has kept yet: the window asks before it closes."""
        return False
