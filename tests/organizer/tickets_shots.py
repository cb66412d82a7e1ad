"""The page of tickets in its states: nothing searched, found, one ticket, each sheet, the wizard's steps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.organizer.shapes import reader_of
from app.organizer.surroundings import Surroundings
from app.organizer.tickets_page import TicketsPage
from app.runtime.list_reading import ShopList
from core.insight.import_course import Parcel
from core.insight.question import Method
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from core.sync.import_messages import ImportJob
from core.sync.ticket_messages import History
from tests.organizer.shots import page
from tests.organizer.still_desk import NOW_MS, StillDesk, failed, old

TID = "a7f8022a40d1ef2a"
CODE = "T1:FIAQAAAAADX6HVSBQA5ERU3NZ3F2ZQVMD5VKPVUGHQ6T5XQ2P4WE6ZJ3UQ"
MINUTE = 60_000
JOB = "ab" * 16
LONG_NAME = "Maximiliane-Theodora Freifrau von und zu Württemberg-Hohenzollern-Sigmaringen"
DATA = {
    *("Änà Rúìz", "Lêö Brändt", "Mìä Röhrîg", "Stàndàrd", "VÌP", "Ö-77", "Ä-212", "mÿshöp", "Nörth gàte", "Nörth 2"),
    *(
        "Söüth 1",
        "Sàm Ö.",
        "Wrîstbänd blüe",
        "Chêck thê ägë",
        "Örder",
        "Nàmë",
        "Tîckët nö",
        "Clàss",
        "Stàte",
        "Èarly bîrd",
    ),
    *("gûests.csv", "à7f8", LONG_NAME, "ana.ruiz@mail.example", "EUR"),
}


def ticket(**other: Any) -> dict[str, Any]:
    """A ticket as a search tells it."""
    usual = {
        "source": "mÿshöp",
        "external_ref": "Ä-212",
        "order": "Ö-77",
        "tid": TID,
        "cls": 2,
        "class_name": "VÌP",
        "gen": 0,
        "status": "valid",
        "entries": 1,
        "first_ms": NOW_MS - 40 * MINUTE,
    }
    return usual | other


def found(*names: tuple[str, str, str]) -> dict[str, Any]:
    """What a search finds: names, states and classes."""
    rows = [
        {
            "ticket": ticket(tid=f"{n:016x}" if n else TID, status=state, class_name=cls, entries=n % 2),
            "by": "name",
            "name": name,
        }
        for n, (name, state, cls) in enumerate(names)
    ]
    return {"matches": rows, "is_cut": len(rows) > 3}


FOUND = found(
    ("Änà Rúìz", "valid", "VÌP"),
    ("Lêö Brändt", "canceled", "Stàndàrd"),
    ("Mìä Röhrîg", "unpaid", "Stàndàrd"),
    ("", "blocked", "Stàndàrd"),
)


def fact(kind: str, minutes: int, **other: Any) -> dict[str, Any]:
    """A fact so many minutes ago."""
    at = NOW_MS - minutes * MINUTE
    usual: dict[str, Any] = {
        "id": f"{minutes:032x}",
        "kind": kind,
        "at_ms": at,
        "device": "cd" * 16,
        "device_name": "Nörth 2",
        "outcome": None,
        "arrival": "applied",
        "reason": None,
        "refers_to": None,
        "received_ms": at + 900,
        "gate": None,
        "direction": None,
        "source": None,
        "operator": None,
        "said": None,
        "is_clock_sure": True,
    }
    return usual | other


LATE = {"received_ms": NOW_MS - MINUTE}


def history(name: str = "Änà Rúìz", **other: Any) -> dict[str, Any]:
    """A ticket with a full life."""
    facts = [
        fact("scan", 40, outcome="admitted", gate="north", direction="entry"),
        fact("shown", 39, outcome="admitted", refers_to=f"{40:032x}", source="online"),
        fact("scan", 25, outcome="exit_recorded", gate="north", direction="exit"),
        fact(
            "scan",
            12,
            outcome="already_used",
            gate="south",
            direction="entry",
            device_name="Söüth 1",
            received_ms=NOW_MS - MINUTE,
        ),
        fact(
            "shown", 11, outcome="already_used", refers_to=f"{12:032x}", source="offline", received_ms=NOW_MS - MINUTE
        ),
        fact("override", 10, operator="Sàm Ö.", said="wrîstbänd shöwn", refers_to=f"{12:032x}", device_name="Söüth 1"),
        fact("undo", 9, refers_to=f"{12:032x}", device_name="Söüth 1", is_clock_sure=False),
    ]
    told: dict[str, Any] = {
        "ticket": ticket(),
        "facts": facts,
        "entries": [
            {
                "entry_number": 1,
                "scan": f"{40:032x}",
                "at_ms": NOW_MS - 40 * MINUTE,
                "gate": "north",
                "device_name": "Nörth 2",
            }
        ],
        "incidents": [
            {
                "scan": f"{12:032x}",
                "kind": "double_admission",
                "severity": "high",
                "state": "open",
                "opened_ms": NOW_MS - 11 * MINUTE,
                "closed_ms": None,
                "finding": None,
            }
        ],
        "deeds": [
            {"at_ms": NOW_MS - 3_000 * MINUTE, "deed": "ticket.put", "by": "mÿshöp", "details": {}},
            {
                "at_ms": NOW_MS - 60 * MINUTE,
                "deed": "ticket.reissued",
                "by": "Sàm Ö.",
                "details": {"gen": 1, "why": "lost"},
            },
        ],
        "is_cut": False,
        "name": name,
        "terms": {
            "nbf": NOW_MS // 1_000 - 3_600,
            "exp": NOW_MS // 1_000 + 20_000,
            "entries_allowed": 2,
            "is_inside": True,
            "has_t1": True,
            "old_codes": 1,
            "is_rotating": False,
            "is_listed": False,
            "issued_ms": NOW_MS - 3_000 * MINUTE,
            "attention": [1],
        },
    }
    return told | other


EVENT: dict[str, Any] = {
    "policy": {
        "event": "5a" * 16,
        "name": "Sümmer Nîght",
        "time_zone": "Europe/Berlin",
        "starts_ms": NOW_MS - 60 * MINUTE,
        "ends_ms": NOW_MS + 300 * MINUTE,
        "gates": [{"id": "north", "name": "Nörth gàte"}, {"id": "south", "name": "Söüth 1"}],
        "classes": [{"id": 1, "name": "Stàndàrd"}, {"id": 2, "name": "VÌP", "entries": 2}],
        "attention": [
            {"number": 1, "kind": "wristband", "text": "Wrîstbänd blüe"},
            {"number": 2, "kind": "age", "text": "Chêck thê ägë"},
        ],
    },
    "manifest_version": 4,
    "tickets": 1200,
}


def job(**other: Any) -> dict[str, Any]:
    """An import as the server tells it."""
    usual: dict[str, Any] = {
        "id": JOB,
        "source": "mÿshöp",
        "state": "open",
        "parts": 5,
        "done": 0,
        "rows": 0,
        "report": None,
        "made_ms": NOW_MS - 5 * MINUTE,
        "is_stalled": False,
    }
    return usual | other


REPORT: dict[str, Any] = {
    "new": 4_812,
    "guests": 12,
    "unchanged": 230,
    "changed": 3,
    "canceled": 12,
    "restored": 0,
    "refused": 2,
    "first_refused": [
        {
            "line": 17,
            "cause": "ïts cödê löst dïgïts",
            "cure": "förmàt ït às tëxt",
            "external_ref": None,
        },
        {"line": 212, "cause": "nö sûch clàss", "cure": "sày whïch ïs whïch", "external_ref": "Ä-212"},
    ],
    "first_changed": [{"external_ref": "Ä-212", "line": 31, "parts": ["class", "name"], "is_used": True}],
    "first_canceled": [{"external_ref": "Ä-213", "line": None, "parts": [], "is_used": False}],
    "first_restored": [],
    "notes": [],
}


def payment(**other: Any) -> dict[str, Any]:
    """What the order was bought with, as the server tells it."""
    told: dict[str, Any] = {"id": "5" * 32, "order": "Ö-77", "source": "mÿshöp", "amount": 6_000, "currency": "eur"}
    told |= {"payment_intent": "pi_1", "checkout_session": None, "charge": None, "state": "paid", "refunded": 1_000}
    return told | {"prices": [{"ticket": TID, "amount": 2_000}], "changed_ms": NOW_MS, "refunds": []} | other


PAID = {"payment mÿshöp Ö-77": payment()}
MAILED = history(email="ana.ruiz@mail.example", is_mailed=True)
"""A ticket whose new code may be mailed."""


def desk(**told: Any) -> Callable[[], StillDesk]:
    """A desk with the event, a search, a ticket and imports on it."""
    usual: dict[str, Any] = {"event": EVENT, "search Rúìz": FOUND, f"ticket {TID}": history(), "imports": []}
    usual |= {"order Ö-77": [ticket(), ticket(tid="0" * 16)]}
    return lambda: StillDesk(
        usual | told,
        {
            (Method.POST, f"/api/v1/events/{{event}}/tickets/{TID}/reissue"): {"tid": TID, "text": CODE},
            (Method.POST, f"/api/v1/events/{{event}}/tickets/{TID}/cancel"): Later(Trouble.UNREACHABLE),
            (Method.POST, f"/api/v1/events/{{event}}/tickets/{TID}/block"): Rejected(409, "ticket_refused", "nö"),
        },
    )


def make(at: Surroundings) -> TicketsPage:
    """The page."""
    return TicketsPage(at)


def search(page_: TicketsPage) -> None:
    """Somebody has typed."""
    page_.field.setText("Rúìz")
    page_._search_now()


def choose(page_: TicketsPage) -> None:
    """One ticket is looked at."""
    page_.show_subject(TID)


def act(what: str) -> Callable[[TicketsPage], None]:
    """A key of the ticket is pressed."""
    return lambda page_: page_._act(what)


def too_much(page_: TicketsPage) -> None:
    """More is to go back than is left."""
    sheet: Any = page_.sheet
    sheet.whys.pick("refund")
    sheet.amount.line.setText("50.01")


def stolen(page_: TicketsPage) -> None:
    """A reason is given for which nothing is mailed unasked."""
    sheet: Any = page_.sheet
    sheet.whys.pick("stolen")


def press_yes(page_: TicketsPage) -> None:
    """A reason is given, and yes."""
    sheet: Any = page_.sheet
    next(iter(sheet.whys.keys.values())).click()
    sheet.yes.click()


def shop_list() -> ShopList:
    """A list as it was read."""
    header = ("Tîckët nö", "Örder", "Clàss", "Nàmë", "Stàte")
    words = {2: ("Stàndàrd", "Èarly bîrd"), 4: ("paid", "canceled")}
    return ShopList(
        Path("gûests.csv"),
        Parcel(1_800_000, bytes(32)),
        0,
        "utf-8-sig",
        ";",
        header,
        5_057,
        is_looked_through=True,
        words=words,
    )


def open_wizard(page_: TicketsPage) -> None:
    """The wizard is opened."""
    page_.open_import()


def take_list(page_: TicketsPage) -> None:
    """A file was read."""
    wizard: Any = page_.sheet
    wizard._take_list(shop_list())


def send(page_: TicketsPage) -> None:
    """It is being sent."""
    wizard: Any = page_.sheet
    wizard._turn_to(2)
    wizard.driver._file = shop_list()
    wizard._show_progress(_job(job()))


def wait(page_: TicketsPage) -> None:
    """The server is away meanwhile."""
    wizard: Any = page_.sheet
    wizard.driver.job, wizard.driver.since_ms = _job(job()), NOW_MS
    wizard._show_waiting(Later(Trouble.UNREACHABLE), 4.0)


def preview(page_: TicketsPage) -> None:
    """It was looked at."""
    wizard: Any = page_.sheet
    wizard.file = shop_list()
    wizard._show_rested(_job(job(state="previewed", rows=5_057, done=5_057, report=REPORT)))


def finish(page_: TicketsPage) -> None:
    """It is taken over."""
    wizard: Any = page_.sheet
    report = REPORT | {"issued": 4_800, "adopted": 2, "spared": 0}
    wizard._show_rested(_job(job(state="done", rows=5_057, done=5_057, report=report)))


def read_history(told: dict[str, Any]) -> History:
    """As a page is told it."""
    return reader_of(History)(told)


def _job(told: dict[str, Any]) -> ImportJob:
    return reader_of(ImportJob)(told)


JOBS = [job(), job(id="cd" * 16, state="done", rows=900, done=900, report=REPORT, source="Èarly bîrd")]

SHOTS = (
    page("organizer.tickets.first", make, desk()),
    page("organizer.tickets.found", make, desk(), search),
    page("organizer.tickets.nobody", make, desk(**{"search Rúìz": found()}), search),
    page("organizer.tickets.search_failed", make, desk(**{"search Rúìz": failed()}), search),
    page("organizer.tickets.ticket", make, desk(), search, choose),
    page("organizer.tickets.old", make, desk(**{f"ticket {TID}": old(read_history(history()))}), search, choose),
    page("organizer.tickets.failed", make, desk(**{f"ticket {TID}": failed(Rejected(404, "gone"))}), search, choose),
    page(
        "organizer.tickets.long",
        make,
        desk(**{f"ticket {TID}": history(LONG_NAME), "search Rúìz": found((LONG_NAME, "valid", LONG_NAME))}),
        search,
        choose,
        has_long_names=True,
    ),
    page("organizer.tickets.cancel", make, desk(), choose, act("cancel")),
    page("organizer.tickets.cancel_failed", make, desk(), choose, act("cancel"), press_yes),
    page("organizer.tickets.order", make, desk(), choose, act("order")),
    page("organizer.tickets.refund", make, desk(**PAID), choose, act("cancel"), too_much),
    page("organizer.tickets.mail_code", make, desk(**{f"ticket {TID}": MAILED}), choose, act("reissue"), stolen),
    page("organizer.tickets.new_code", make, desk(), choose, act("reissue"), press_yes),
    page("organizer.tickets.attention", make, desk(), choose, act("attention")),
    page("organizer.tickets.issue", make, desk(), lambda page_: page_._open_issue()),
    page("organizer.tickets.print_class", make, desk(), lambda page_: page_.print_key.click()),
    page("organizer.import.file", make, desk(imports=JOBS), open_wizard),
    page("organizer.import.columns", make, desk(), open_wizard, take_list),
    page("organizer.import.sending", make, desk(), open_wizard, send),
    page("organizer.import.waiting", make, desk(), open_wizard, send, wait),
    page("organizer.import.preview", make, desk(), open_wizard, preview),
    page("organizer.import.done", make, desk(), open_wizard, finish),
)
