"""What the demo takes pictures of, at the organizer's window."""

from enum import StrEnum


class Scene(StrEnum):
    """What there is a picture of, in the order of the report."""

    SET_UP = "set_up"
    LIVE = "live"
    DEGRADED = "degraded"
    OFFLINE = "offline"
    RECOVERED = "recovered"
    INCIDENT = "incident"
    DEAD_LETTER = "dead_letter"
    REPORTS = "reports"


def scene_file(scene: Scene) -> str:
    """The name of a picture of the organizer's window."""
    return f"organizer-{scene.value}.png"
