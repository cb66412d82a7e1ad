"""The page of devices in each state worth a look."""

from typing import Any

from app.organizer.devices_page import DevicesPage
from app.organizer.devices_questions import DEVICES
from app.organizer.enrol_body import EnrolBody
from app.organizer.enrol_present import Asking, Deed
from core.insight.question import Method
from core.model.roles import RIGHTS, Role
from core.sync.answers import Rejected
from tests.organizer.shots import page, settle
from tests.organizer.still_desk import EVENT, NOW_MS, StillDesk, failed, old

CODE = "B2ZE-K7QA-M4XT-P6CD-R3VN"
CODES = (Method.POST, "/api/v1/events/{event}/devices/codes")
LONG = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of the North-by-Northwest Gate"


def ids(number: int) -> str:
    """The id of a kiosk."""
    return f"{number:032x}"


def vitals(**fields: Any) -> dict[str, Any]:
    """How a kiosk says it is."""
    told = {
        "started_at_ms": NOW_MS - 7_200_000,
        "version": "0.1.0",
        "queue": 0,
        "manifest_version": 14,
        "manifest_at_ms": NOW_MS - 60_000,
        "camera": "working",
        "reads": 410,
        "misses": 12,
        "battery_percent": 84,
        "is_on_mains": False,
        "disk_free_mib": 41_000,
    }
    return told | fields


def kiosk(number: int, name: str, gate: str = "north", heard_s: float = 12, **fields: Any) -> dict[str, Any]:
    """A kiosk as the server tells it; what is no field of it is one of its vitals."""
    one = {
        "id": ids(number),
        "name": name,
        "gate": gate,
        "state": "active",
        "profile": "mac",
        "last_seen_ms": int(NOW_MS - heard_s * 1_000),
        "clock": {"offset_ms": 240, "uncertainty_ms": 300, "quality": "synced", "at_ms": NOW_MS},
        "digits": None,
        "replaces": None,
        "is_over": False,
        "told_facts": 812,
        "held_facts": 812,
        "salvageable": 0,
    }
    of_kiosk = {field: value for field, value in fields.items() if field in one}
    of_vitals = {field: value for field, value in fields.items() if field not in one and field != "confirm_until_ms"}
    late = {"confirm_until_ms": fields.get("confirm_until_ms")}
    told = {"told": vitals(**of_vitals), "at_ms": int(NOW_MS - heard_s * 1_000)}
    return one | {"vitals": told} | late | of_kiosk


PENDING = kiosk(
    9, "Door 5", "south", 4, state="pending", digits="493027", confirm_until_ms=NOW_MS + 1_500_000, told_facts=None
) | {"vitals": None, "clock": None}
KIOSKS = [
    kiosk(1, "North 1"),
    kiosk(2, "North 2", heard_s=190, battery_percent=31),
    kiosk(3, "East 1", "east", battery_percent=11, version="0.0.9"),
    kiosk(4, "East 2", "east", camera="frozen", queue=3),
    kiosk(5, "South 1", "south", is_on_mains=True, battery_percent=100, manifest_version=13),
    kiosk(6, "VIP", "vip", camera="", battery_percent=None, is_on_mains=True, reads=0, misses=0),
    kiosk(7, "West 1", "west", 9_000, state="revoked", salvageable=84),
    kiosk(8, "Spare", "west", 200_000, state="revoked"),
    PENDING,
]
GATES = [{"id": gate, "name": f"{gate.capitalize()} gate"} for gate in ("north", "east", "south", "west")]
POLICY = {
    "event": EVENT.hex,
    "name": "Summer Night",
    "time_zone": "Europe/Berlin",
    "starts_ms": NOW_MS - 3_600_000,
    "ends_ms": NOW_MS + 18_000_000,
    "gates": [*GATES, {"id": "vip", "name": "VIP lounge"}],
}
EVERYTHING_WRONG = kiosk(
    *(2, "North 2"),
    heard_s=190,
    queue=61,
    camera="taken",
    reads=30,
    misses=40,
    battery_percent=4,
    disk_free_mib=120,
    manifest_version=9,
    manifest_at_ms=NOW_MS - 9_000_000,
    version="0.0.9",
    held_facts=800,
    clock={"offset_ms": 250_000, "uncertainty_ms": 300, "quality": "synced", "at_ms": NOW_MS},
)
CODE_REPLY = {
    "code": CODE,
    "expires_at_ms": NOW_MS + 890_000,
    "gate": "north",
    "name": "Door 5",
    "root": "ab" * 32,
    "ca": "cd" * 32,
}


def status(version: str = "0.1.0") -> dict[str, Any]:
    """The night, as far as this page reads it."""
    counts = (
        "tickets",
        "redemptions",
        "admissions",
        "inside",
        "facts",
        "quarantined",
        "double_admissions",
        "incidents",
    )
    told = {"event": EVENT.hex, "name": "Summer Night", "at_ms": NOW_MS, "manifest_version": 14}
    return told | dict.fromkeys(counts, 0) | {"by_class": [], "by_gate": [], "shown": {}, "server_version": version}


def desk(*kiosks: dict[str, Any], **told: Any) -> dict[str, Any]:
    """What lies on the desk."""
    event = {"policy": POLICY, "manifest_version": 14, "tickets": 5_000}
    return {"devices": [*kiosks], "devices.event": event, "devices.program": status(), **told}


def showing_code() -> StillDesk:
    """A desk that makes codes."""
    return StillDesk(desk(*KIOSKS[:8]), {CODES: CODE_REPLY})


def choose(name: str) -> Any:
    """Somebody opens a kiosk."""

    def act(shown: DevicesPage) -> None:
        found = next(each for each in shown.kiosks() if each.name == name)
        shown._choose(found.id)

    return act


def enrol(shown: DevicesPage) -> None:
    """Somebody begins with a new kiosk."""
    shown.enrol.open(None)


def make_code(shown: DevicesPage) -> None:
    """Its code is made."""
    enrol_body(shown).wanted.emit(Deed.MAKE)


def come(shown: DevicesPage) -> None:
    """A kiosk asks to be let in by it."""
    desk_of(shown).tell("devices", [*KIOSKS[:8], PENDING | {"gate": "north"}])


def fail_code(shown: DevicesPage) -> None:
    """No code was made."""
    shown.enrol._go(Asking(shown._words.enrol.not_made.fill(cause="…")))


def replace_one(name: str) -> Any:
    """Somebody wants a new kiosk in the place of one."""

    def act(shown: DevicesPage) -> None:
        shown.enrol.open(next(each for each in shown.kiosks() if each.name == name))

    return act


def to_the_end(shown: DevicesPage) -> None:
    """Somebody has scrolled down to what may be done."""
    body = shown.detail_frame.body
    body.scrolled.show_part(body.revoke_key)  # type: ignore[union-attr]
    settle()


def enrol_body(shown: DevicesPage) -> EnrolBody:
    """The panel of a new kiosk."""
    body = shown.enrol.frame.body
    assert isinstance(body, EnrolBody)
    return body


def desk_of(shown: DevicesPage) -> StillDesk:
    """The desk of a page."""
    found = shown._at.desk
    assert isinstance(found, StillDesk)
    return found


CLOSED = [
    kiosk(1, "North 1"),
    kiosk(2, "North 2", heard_s=3_700, is_ending=True, shown=412, idle_ms=1_500_000, battery_percent=31),
    kiosk(3, "East 1", "east", heard_s=30_000, is_ending=True, shown=390, idle_ms=5_000, manifest_version=9),
    kiosk(4, "South 1", "south", heard_s=9_000, shown=101, idle_ms=10_800_000),
]
OLD = old(DEVICES.read(KIOSKS))
SHOTS = (
    page("organizer.devices.none", DevicesPage, desk()),
    page("organizer.devices.several", DevicesPage, desk(*KIOSKS)),
    page("organizer.devices.silent", DevicesPage, desk(*KIOSKS), choose("North 2")),
    page("organizer.devices.well", DevicesPage, desk(*KIOSKS), choose("North 1")),
    page("organizer.devices.wrong", DevicesPage, desk(EVERYTHING_WRONG, *KIOSKS[2:]), choose("North 2")),
    page("organizer.devices.deeds", DevicesPage, desk(EVERYTHING_WRONG), choose("North 2"), to_the_end),
    page("organizer.devices.off", DevicesPage, desk(*CLOSED), choose("North 2")),
    page("organizer.devices.resting", DevicesPage, desk(*CLOSED[1:]), choose("South 1")),
    page("organizer.devices.pending", DevicesPage, desk(*KIOSKS), choose("Door 5")),
    page("organizer.devices.revoked", DevicesPage, desk(*KIOSKS), choose("West 1")),
    page("organizer.devices.auditor", DevicesPage, lambda: StillDesk(desk(*KIOSKS), rights=RIGHTS[Role.AUDITOR])),
    page("organizer.devices.old", DevicesPage, desk(*KIOSKS) | {"devices": OLD}, choose("North 1")),
    page("organizer.devices.failed", DevicesPage, {"devices": failed(Rejected(403, "not_authorised"))}),
    page("organizer.devices.enrol", DevicesPage, desk(*KIOSKS), enrol),
    page("organizer.devices.replace", DevicesPage, desk(*KIOSKS), replace_one("North 2")),
    page("organizer.devices.code", DevicesPage, showing_code, enrol, make_code),
    page("organizer.devices.digits", DevicesPage, showing_code, enrol, make_code, come),
    page("organizer.devices.no-code", DevicesPage, desk(*KIOSKS), enrol, fail_code),
    page("organizer.devices.longest", DevicesPage, desk(kiosk(1, LONG, LONG)), choose(LONG), has_long_names=True),
)
DATA = {
    *(row["name"] for row in KIOSKS),
    *(gate["name"] for gate in GATES),
    *("VIP lounge", "Door 5", "Kiosk", "https", "door.example", CODE, "GB", "doorlight"),
    *("doorlight queue export", "doorlight key rotate", "doorlight queue import"),
}
