"""Which pages the organizer's window has, what makes each, and which right it takes to see it.

One line per page; a page whose line is missing says that it is not there yet.
"""

from collections.abc import Mapping

from app.organizer.devices_page import DevicesPage
from app.organizer.incidents_page import IncidentsPage
from app.organizer.live.page import LivePage
from app.organizer.page import PageName
from app.organizer.page_host import PageEntry
from app.organizer.reports_page import ReportsPage
from app.organizer.setup.set_up_page import SetUpPage
from app.organizer.tickets_page import TicketsPage
from core.model.roles import Right


def page_entries() -> Mapping[PageName, PageEntry]:
    """All of them."""
    return {
        PageName.LIVE: PageEntry(LivePage, Right.READ_STATUS),
        PageName.INCIDENTS: PageEntry(IncidentsPage, Right.READ_INCIDENTS),
        PageName.DEVICES: PageEntry(DevicesPage, Right.READ_DEVICES),
        PageName.TICKETS: PageEntry(TicketsPage, Right.READ_TICKETS),
        PageName.REPORTS: PageEntry(ReportsPage, Right.READ_STATUS),
        PageName.SET_UP: PageEntry(SetUpPage, Right.READ_EVENT, needs_event=False),
    }
