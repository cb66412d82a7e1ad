"""Which pages the organizer's window has, what makes each, and which right it takes to see it.

One line per page; a page whose line is missing says that it is not there yet. A page's modules are loaded when it is
first shown: the window opens without waiting for PDFs, cameras and forms, and a page that can't be loaded fails alone.
"""

from collections.abc import Mapping

from app.organizer.page import Page, PageName
from app.organizer.page_host import PageEntry
from app.organizer.surroundings import Surroundings
from core.model.roles import Right


def page_entries() -> Mapping[PageName, PageEntry]:
    """All of them."""
    return {
        PageName.LIVE: PageEntry(_live, Right.READ_STATUS),
        PageName.INCIDENTS: PageEntry(_incidents, Right.READ_INCIDENTS),
        PageName.DEVICES: PageEntry(_devices, Right.READ_DEVICES),
        PageName.DELIVERIES: PageEntry(_deliveries, Right.READ_DELIVERIES),
        PageName.TICKETS: PageEntry(_tickets, Right.READ_TICKETS),
        PageName.REPORTS: PageEntry(_reports, Right.READ_STATUS),
        PageName.SET_UP: PageEntry(_set_up, Right.READ_EVENT, needs_event=False),
    }


def _live(at: Surroundings) -> Page:
    from app.organizer.live.page import LivePage

    return LivePage(at)


def _incidents(at: Surroundings) -> Page:
    from app.organizer.incidents_page import IncidentsPage

    return IncidentsPage(at)


def _devices(at: Surroundings) -> Page:
    from app.organizer.devices_page import DevicesPage

    return DevicesPage(at)


def _deliveries(at: Surroundings) -> Page:
    from app.organizer.deliveries.page import DeliveriesPage

    return DeliveriesPage(at)


def _tickets(at: Surroundings) -> Page:
    from app.organizer.tickets_page import TicketsPage

    return TicketsPage(at)


def _reports(at: Surroundings) -> Page:
    from app.organizer.reports_page import ReportsPage

    return ReportsPage(at)


def _set_up(at: Surroundings) -> Page:
    from app.organizer.setup.set_up_page import SetUpPage

    return SetUpPage(at)
