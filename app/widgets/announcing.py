"""What a screen reader says by itself, because something has happened."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

_Politeness = QAccessible.AnnouncementPoliteness


def announce(part: QWidget, text: str, *, is_urgent: bool = False) -> None:
    """Says `text`: at once where it is urgent, else when what is being said is over. Nothing for an empty text."""
    if not text:
        return
    event = QAccessibleAnnouncementEvent(part, text)
    event.setPoliteness(_Politeness.Assertive if is_urgent else _Politeness.Polite)
    QAccessible.updateAccessibility(event)
