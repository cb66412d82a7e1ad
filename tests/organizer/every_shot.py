"""All shots of the organizer's window: one line per module of them."""

from tests.organizer import (
    deliveries_shots,
    devices_shots,
    incidents_shots,
    live_shots,
    panel_shots,
    part_shots,
    reports_shots,
    set_up_shots,
    tickets_shots,
    window_shots,
)
from tests.organizer.shots import Part, Shot

PARTS: tuple[Part, ...] = (
    panel_shots,
    part_shots,
    incidents_shots,
    reports_shots,
    set_up_shots,
    tickets_shots,
    window_shots,
    live_shots,
    devices_shots,
    deliveries_shots,
)
SHOTS: tuple[Shot, ...] = tuple(shot for part in PARTS for shot in part.SHOTS)
DATA: set[str] = {name for part in PARTS for name in part.DATA}
"""Names that the shots bring with them: nobody translates them."""
