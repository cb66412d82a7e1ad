"""The Set-up page in each state worth a look: first run, half done, complete, wrong, copied, old, gone."""

from typing import Any

from app.organizer.setup import questions
from app.organizer.setup.set_up_page import SetUpPage
from app.organizer.setup.setup_words import SectionName
from tests.organizer.shots import Shot, page, settle
from tests.organizer.still_desk import EVENT, NOW_MS, StillDesk, old

HOUR_MS = 3_600_000
STARTS_MS = 1_795_806_000_000
"""Friday 27 November 2026, 20:00 in Berlin: tomorrow evening."""
LONG = "Wolfeschlegelsteinhausenbergerdorff family entrance"


def event(**fields: Any) -> dict[str, Any]:
    """An event as the server tells it, half set up."""
    told = {
        "event": EVENT.hex,
        "name": "Summer Night",
        "time_zone": "Europe/Berlin",
        "starts_ms": STARTS_MS,
        "ends_ms": STARTS_MS + 33 * HOUR_MS,
        "gates": [{"id": "north", "name": "North gate"}],
        "classes": [{"id": 1, "name": "Day ticket"}],
    }
    return told | fields


def reply(tickets: int = 0, version: int = 11, **fields: Any) -> dict[str, Any]:
    """What the server answers about it."""
    return {"policy": event(**fields), "manifest_version": version, "tickets": tickets}


def complete() -> dict[str, Any]:
    """An event with everything."""
    question = {"id": "plate", "text": "Number plate?", "kind": "text", "is_required": False, "choices": []}
    vip = {"id": 2, "name": "VIP", "gates": ["east"], "entries": 3, "reentry": "after_exit", "attention": [1]}
    return reply(
        5_120,
        gates=[{"id": "north", "name": "North gate"}, {"id": "east", "name": "East gate"}],
        classes=[
            {"id": 1, "name": "Day ticket"},
            {**vip, "questions": [question]},
            {"id": 3, "name": "Parking", "opens_doors": False},
        ],
        attention=[{"number": 1, "kind": "age", "text": "Öv́ér 18?"}],
        codes={
            "mode": "migrating",
            "legacy_until_ms": STARTS_MS + 40 * HOUR_MS,
            "adapters": [{"name": "eventshop", "kind": "opaque", "prefix": "S"}],
            "symbologies": ["qr", "code128"],
        },
        capacity=6_000,
        checkout_at="06:00",
    )


def person(name: str, number: int = 1, role: str = "supervisor", **fields: Any) -> dict[str, Any]:
    """One of the door staff as the server tells it."""
    told = {"id": f"{number:032x}", "name": name, "role": role, "budget": 20, "is_active": True, "made_ms": NOW_MS}
    return told | fields


def kiosk(gate: str, number: int = 1) -> dict[str, Any]:
    """A kiosk that works, as the server tells it."""
    told: dict[str, Any] = {"id": f"{number:032x}", "name": f"{gate} {number}", "gate": gate, "state": "active"}
    told |= {"profile": "mac", "last_seen_ms": NOW_MS, "clock": None, "digits": None, "replaces": None}
    return told | {"is_over": False}


STAFF = [person("Ana"), person("Ben", 2, "operator"), person("Cem", 3, "operator", is_active=False)]
READY: dict[str, Any] = {
    "set_up.event": complete(),
    "set_up.staff": STAFF,
    "set_up.kiosks": [kiosk("north"), kiosk("east", 2)],
    "events": [complete()],
}
HALF: dict[str, Any] = {**READY, "set_up.event": reply(), "set_up.staff": [], "set_up.kiosks": []}


def opened(section: SectionName) -> Any:
    """Opens a section."""
    return lambda at: at.editor.open(section)


def mistype(at: SetUpPage) -> None:
    """A name is gone, and the end is before the start."""
    assert at.editor is not None
    part = at.editor.dates
    part.name.line.setText("")
    part.ends.day.setText("2026-11-26")
    part.capacity.line.setText("0")
    part.save()


def meet_the_clocks(at: SetUpPage) -> None:
    """A time that comes twice, and one that never comes."""
    assert at.editor is not None
    part = at.editor.dates
    part.starts.day.setText("2026-10-25")
    part.starts.time.setText("02:30")
    part.ends.day.setText("2027-03-28")
    part.ends.time.setText("02:30")
    part.save()


def be_overtaken(at: SetUpPage) -> None:
    """Somebody else has changed the event meanwhile."""
    assert at.editor is not None
    at.editor.dates.name.line.setText("Winter Night")
    desk = at._at.desk
    assert isinstance(desk, StillDesk)
    desk.tell("set_up.event", reply(name="Spring Night", version=12))
    settle()


def copy_it(at: SetUpPage) -> None:
    """Over a change of the clocks."""
    assert at.editor is not None
    at.editor.open(SectionName.COPY)
    at.editor.copy_form.starts.day.setText("2027-10-30")
    at.editor.copy_form.starts.time.setText("20:00")


def nobody() -> StillDesk:
    """A server without an event."""
    return StillDesk({"events": []}, event=None)


def aged() -> StillDesk:
    """What was known before the server went away."""
    return StillDesk({**READY, "set_up.event": old(questions.EVENT.read(complete()))})


def second_class(at: SetUpPage) -> None:
    """The form of one class, with a question."""
    assert at.editor is not None
    at.editor.open(SectionName.CLASSES)
    at.editor.classes.list.open(1)


def first_adapter(at: SetUpPage) -> None:
    """The form of one form of code."""
    assert at.editor is not None
    at.editor.open(SectionName.CODES)
    at.editor.codes.adapters.open(0)


def first_person(at: SetUpPage) -> None:
    """The form of one of the door staff."""
    assert at.editor is not None
    at.editor.open(SectionName.STAFF)
    at.editor.staff.open(f"{1:032x}")


SHOTS: tuple[Shot, ...] = (
    page("organizer.set_up.first", SetUpPage, nobody),
    page("organizer.set_up.create", SetUpPage, nobody, lambda at: at.first.show_create()),
    page("organizer.set_up.half", SetUpPage, HALF),
    page("organizer.set_up.wrong", SetUpPage, HALF, opened(SectionName.EVENT), mistype),
    page("organizer.set_up.clocks", SetUpPage, HALF, opened(SectionName.EVENT), meet_the_clocks),
    page("organizer.set_up.overtaken", SetUpPage, HALF, opened(SectionName.EVENT), be_overtaken),
    page("organizer.set_up.class", SetUpPage, READY, second_class),
    page("organizer.set_up.adapter", SetUpPage, READY, first_adapter),
    page("organizer.set_up.person", SetUpPage, READY, first_person),
    page("organizer.set_up.copy", SetUpPage, READY, copy_it),
    page("organizer.set_up.old", SetUpPage, aged),
    page(
        "organizer.set_up.long",
        SetUpPage,
        {**READY, "set_up.event": reply(name=LONG, gates=[{"id": "a", "name": LONG}])},
        opened(SectionName.GATES),
        has_long_names=True,
    ),
)
DATA = {
    *("Summer Night", "Winter Night", "Spring Night", "North gate", "East gate", "Day ticket", "VIP", "Parking"),
    *("Ana", "Ben", "Cem", "Number plate?", "eventshop", "Europe/Berlin", "Asia/Kathmandu", "Asia/Katmandu", "north"),
    *("east", "UTC", "PDF417", "Code 128", "Aztec", "Data Matrix", "QR code", "QR", "JSON", "UUID", "Etc/UTC", "PNG"),
    *("PDF", "CSV", "Live", "PIN"),
}
