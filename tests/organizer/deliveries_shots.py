"""The page of deliveries in each state worth a look."""

from typing import Any

from app.organizer.deliveries.letters_pane import LettersPane
from app.organizer.deliveries.page import DeliveriesPage
from app.organizer.deliveries.questions import ENDPOINTS, HEAPS, JOBS, SUMMARY
from app.organizer.deliveries.words import View
from core.insight.question import Method
from core.model.roles import RIGHTS, Role
from core.sync.answers import Rejected
from tests.organizer.shots import page
from tests.organizer.still_desk import NOW_MS, StillDesk, failed, old

MINUTE_MS = 60_000
SHOP, MAILER, GONE = "5" * 32, "6" * 32, "7" * 32
LETTERS = "letters.dead...."
WAITING = "letters.ready...."
REPLAY, DISCARD = (f"/api/v1/events/{{event}}/deliveries/{deed}" for deed in ("replay", "discard"))
LONG = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"


def minutes_ago(minutes: float) -> int:
    return int(NOW_MS - minutes * MINUTE_MS)


def endpoint(id_: str = SHOP, target: str = "https://shop.example/in", **fields: Any) -> dict[str, Any]:
    """A receiver as the server tells it."""
    told = {
        "id": id_,
        "channel": "webhook",
        "target": target,
        "kinds": ["ticket.redeemed"],
        "state": "active",
        "made_ms": minutes_ago(9_000),
        "circuit": "closed",
        "failures": 0,
        "failing_since_ms": None,
        "rests_until_ms": None,
        "last_sent_ms": minutes_ago(3),
        "waiting": 0,
        "dead": 0,
        "old_secret_until_ms": None,
    }
    return told | fields


def letter(number: int = 1, died: float | None = 12, **fields: Any) -> dict[str, Any]:
    """A message that died so many minutes ago, as the server tells it."""
    told = {
        "id": f"{number:032x}",
        "channel": "webhook",
        "kind": "ticket.redeemed",
        "endpoint": GONE,
        "state": "dead",
        "reason": "endpoint_gone",
        "attempts": 1,
        "most_attempts": 10,
        "due_ms": minutes_ago(20),
        "made_ms": minutes_ago(20),
        "closed_ms": None if died is None else minutes_ago(died),
        "recipient": None,
    }
    return told | fields


def tried(number: int, minutes: float, status: str | None = "500", answer: str = "no such order") -> dict[str, Any]:
    """An attempt so many minutes ago."""
    began = minutes_ago(minutes)
    heads = {"webhook-id": f"{number:032x}", "webhook-timestamp": "1795718400", "webhook-signature": "(hidden)"}
    url = "https://till.example/in"
    return {
        "number": number,
        "started_ms": began,
        "ended_ms": None if status is None else began + 340,
        "status": status,
        "answer": answer,
        "request": {"method": "POST", "url": url, "addresses": ["192.0.2.7"], "headers": heads},
    }


def open_letter(told: dict[str, Any], *tries: dict[str, Any]) -> dict[str, Any]:
    return {"message": told, "body": '{"id":"K7-221"}', "tries": [*tries]}


def heap(reason: str, count: int, endpoint: str | None = GONE, minutes: float = 20, **fields: Any) -> dict[str, Any]:
    told = {
        "channel": "webhook",
        "endpoint": endpoint,
        "state": "dead",
        "reason": reason,
        "count": count,
        "oldest_ms": minutes_ago(minutes),
        "newest_ms": minutes_ago(minutes / 2),
    }
    return told | fields


def run(state: str = "done", minutes: float = 5, **fields: Any) -> dict[str, Any]:
    told = {
        "due_ms": minutes_ago(minutes),
        "cause": "clock",
        "state": state,
        "tries": 1,
        "owner": "door:7:ab",
        "started_ms": minutes_ago(minutes),
        "ended_ms": minutes_ago(minutes) + 1_200,
        "outcome": "12 runs forgotten",
        "error": None,
    }
    return told | fields


def job(name: str, last: dict[str, Any] | None, in_minutes: float = 7, cron: str = "17 * * * *") -> dict[str, Any]:
    return {"name": name, "cron": cron, "zone": "UTC", "next_ms": minutes_ago(-in_minutes), "last": last}


FAILED_RUN = run("failed", 23, outcome=None, error="LedgerBusy")
TABLE = [
    job("check-out", run(minutes=0.5, outcome="nobody was due"), 0.5, "* * * * *"),
    job("retention", FAILED_RUN, 19, "23 * * * *"),
    job("prune", run(minutes=47), 13),
    job("push-tokens", None, 37, "41 * * * *"),
]
RUNS = [FAILED_RUN, run(minutes=83, cause="person"), run(minutes=143, tries=2, cause="late"), run("lost", 203, tries=5)]
RECEIVERS = [
    endpoint(),
    endpoint(GONE, "https://till.example/in", state="gone", dead=12, failures=1, last_sent_ms=minutes_ago(25)),
    endpoint(
        MAILER,
        "https://mail.example/in",
        circuit="open",
        failures=7,
        failing_since_ms=minutes_ago(18),
        rests_until_ms=minutes_ago(-4),
        waiting=3,
        dead=2,
    ),
]
HEAPED = [heap("endpoint_gone", 12), heap("attempts_spent", 2, MAILER, 45)]
ONE = letter()
SPENT = letter(2, 14, endpoint=MAILER, reason="attempts_spent", attempts=10, kind="ticket.exit")
MAILED = letter(
    3, 31, channel="email", endpoint=None, reason="refused", recipient="m…@example.org", kind="tickets.mail"
)
NEXT = letter(4, None, endpoint=MAILER, state="ready", reason=None, attempts=2, due_ms=minutes_ago(-4))


def summary(dead: int = 14, waiting: int = 3, channels: tuple[str, ...] = ("webhook",), newest: float = 12) -> Any:
    newest_ms = minutes_ago(newest) if dead else None
    return {
        "channels": [*channels],
        "waiting": waiting,
        "dead": dead,
        "newest_ms": newest_ms,
    }


def desk(*letters: dict[str, Any], **told: Any) -> dict[str, Any]:
    """What lies on the desk."""
    ones = {f"letter.{each['id']}": open_letter(each, tried(1, 20), tried(2, 15, "410", "gone")) for each in letters}
    return {
        SUMMARY.name: summary(),
        ENDPOINTS.name: RECEIVERS,
        HEAPS.name: HEAPED,
        JOBS.name: TABLE,
        LETTERS: [*letters],
        WAITING: [NEXT],
        "deliveries.runs.retention": RUNS,
        **ones,
        **told,
    }


ALL = desk(ONE, SPENT, MAILED)
POST = "8" * 32
REFUSED = ALL | {
    SUMMARY.name: summary(0, 40) | {"refused": [{"channel": "email", "trouble": "password_refused"}]},
    ENDPOINTS.name: [
        *RECEIVERS[:1],
        endpoint(
            POST,
            "smtp://mail.club.example:587",
            channel="email",
            kinds=[],
            circuit="open",
            failures=31,
            failing_since_ms=minutes_ago(400),
            rests_until_ms=minutes_ago(-9),
            waiting=40,
            trouble="password_refused",
        ),
    ],
}
"""The mail account's password is not taken: everything waits for a person."""
NOTHING = {
    SUMMARY.name: summary(0, 0),
    ENDPOINTS.name: RECEIVERS[:1],
    HEAPS.name: [],
    LETTERS: [],
    WAITING: [],
    JOBS.name: TABLE,
}
UNUSED = {**NOTHING, SUMMARY.name: summary(0, 0, ()), ENDPOINTS.name: []}
LONGEST_ENDPOINT = endpoint(GONE, f"https://{LONG}.example/{LONG}/{LONG}/hook", state="gone", dead=100_000)
LONGEST = letter(
    9,
    kind="ticket.redemption_corrected",
    reason="attempts_spent",
    attempts=10,
)
AT_LENGTH = {
    SUMMARY.name: summary(100_000, 100_000),
    ENDPOINTS.name: [LONGEST_ENDPOINT],
    HEAPS.name: [heap("attempts_spent", 100_000)],
    JOBS.name: [job("a-job-of-a-newer-server", FAILED_RUN | {"error": LONG * 3})],
    "deliveries.runs.a-job-of-a-newer-server": [FAILED_RUN | {"error": LONG * 3}] * 20,
    LETTERS: [LONGEST],
    WAITING: [],
    f"letter.{LONGEST['id']}": open_letter(LONGEST, *(tried(n, 60 - n, "500", "<b>no</b> " * 110) for n in range(10))),
}


def fresh_of(told: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same, of an hour ago."""
    asked = {SUMMARY.name: SUMMARY, HEAPS.name: HEAPS, ENDPOINTS.name: ENDPOINTS, JOBS.name: JOBS}
    from app.organizer.deliveries.questions import Which, letters

    asked |= {LETTERS: letters(Which())}  # type: ignore[dict-item]
    return told | {name: old(asked[name].read(told[name]), minutes=60) for name in names or asked}


def see(view: View) -> Any:
    return lambda page: page.show_view(view)


def choose(number: int) -> Any:
    """Somebody chooses a message."""

    def act(page: DeliveriesPage) -> None:
        pane = page.panes[page.view]
        body: Any = pane.frames[1 if isinstance(pane, LettersPane) else 0].body
        body.list.chosen.emit(body.list.rows[number].name)

    return act


def act_on_list(name: str) -> Any:
    """Somebody presses a key below the list."""
    return lambda page: page.dead.frames[1].body.acted.emit(name)


def auditor() -> StillDesk:
    """Somebody who may look and change nothing."""
    return StillDesk(ALL, rights=RIGHTS[Role.AUDITOR])


def counted() -> StillDesk:
    """A desk that says how many a deed would touch."""
    return StillDesk(ALL, {(Method.POST, DISCARD): {"touched": 14}, (Method.POST, REPLAY): {"touched": 2}})


def tick_two(page: DeliveriesPage) -> None:
    """Two of the messages are chosen."""
    act_on_list("several")(page)
    for number in (0, 2):
        choose(number)(page)


SHOTS = (
    page("organizer.deliveries.dead", DeliveriesPage, ALL),
    page("organizer.deliveries.one", DeliveriesPage, ALL, choose(0)),
    page("organizer.deliveries.mailed", DeliveriesPage, ALL, choose(2)),
    page("organizer.deliveries.several", DeliveriesPage, ALL, lambda page: page.dead.go(1), tick_two),
    page("organizer.deliveries.list", DeliveriesPage, ALL, lambda page: page.dead.go(1)),
    page("organizer.deliveries.give-up", DeliveriesPage, counted, choose(0), act_on_list("discard.all")),
    page(
        "organizer.deliveries.address",
        DeliveriesPage,
        ALL,
        choose(1),
        lambda page: page.dead.frames[2].body.wanted.emit("address"),
    ),
    page(
        "organizer.deliveries.recipient",
        DeliveriesPage,
        ALL,
        choose(2),
        lambda page: page.dead.frames[2].body.wanted.emit("recipient"),
    ),
    page("organizer.deliveries.waiting", DeliveriesPage, ALL, see(View.WAITING)),
    page("organizer.deliveries.receivers", DeliveriesPage, ALL, see(View.ENDPOINTS)),
    page("organizer.deliveries.receiver-gone", DeliveriesPage, ALL, see(View.ENDPOINTS), choose(0)),
    page("organizer.deliveries.receiver-rests", DeliveriesPage, ALL, see(View.ENDPOINTS), choose(1)),
    page("organizer.deliveries.receiver-refused", DeliveriesPage, REFUSED, see(View.ENDPOINTS), choose(0)),
    page("organizer.deliveries.jobs", DeliveriesPage, ALL, see(View.JOBS)),
    page("organizer.deliveries.job", DeliveriesPage, ALL, see(View.JOBS), choose(0)),
    page("organizer.deliveries.auditor", DeliveriesPage, auditor, choose(0)),
    page("organizer.deliveries.nothing", DeliveriesPage, NOTHING),
    page("organizer.deliveries.unused", DeliveriesPage, UNUSED),
    page("organizer.deliveries.old", DeliveriesPage, fresh_of(ALL)),
    page("organizer.deliveries.failed", DeliveriesPage, ALL | {HEAPS.name: failed(), LETTERS: failed()}),
    page(
        "organizer.deliveries.gone",
        DeliveriesPage,
        ALL | {f"letter.{ONE['id']}": failed(Rejected(404, "message_unknown"))},
        choose(0),
    ),
    page("organizer.deliveries.longest", DeliveriesPage, AT_LENGTH, choose(0), has_long_names=True),
    page(
        "organizer.deliveries.longest-receiver",
        DeliveriesPage,
        AT_LENGTH,
        see(View.ENDPOINTS),
        choose(0),
        has_long_names=True,
    ),
    page("organizer.deliveries.longest-job", DeliveriesPage, AT_LENGTH, see(View.JOBS), choose(0), has_long_names=True),
)
DATA = {
    *("m…@example.org", "shop.example/in", "till.example/in", "mail.example/in"),
    *("webhook-id", "webhook-timestamp", "webhook-signature", "addresses", "(hidden)", "1795718400"),
    *("no such order", "gone", "12 runs forgotten", "nobody was due", "LedgerBusy", "doorlight endpoint add"),
    *("POST https://till.example/in", '["192.0.2.7"]', "UTC", "* * * * *", "23 * * * *", "17 * * * *"),
    *("https://till.example/in", "https://mail.example/in", "https://shop.example/in"),
    *("K7-221", "smtp://mail.club.example", "doorlight mail set"),
}
