"""Which pages the organizer's window has, what makes each, and which right it takes to see it.

One line per page; a page whose line is missing says that it is not there yet.
"""

from collections.abc import Mapping

from app.organizer.page import PageName
from app.organizer.page_host import PageEntry


def page_entries() -> Mapping[PageName, PageEntry]:
    """All of them."""
    return {}
