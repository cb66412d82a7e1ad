"""People hear of a silent kiosk, a full house and dead messages without looking, and get each day's figures by mail."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, insert, select, update

from app.cli.night import report_of
from app.errors import AppError
from app.ledger.accounts import AccountEmailWrong
from app.ledger.deliveries import SPENT
from app.ledger.kiosk_telling import kiosks_told
from app.ledger.outbox import add_endpoint
from app.ledger.report_wishes import ReportTimeWrong, minute_of
from app.ledger.schema import account_roles, devices, outbox
from app.runtime.alerts import ALERTS, report_days, watch_nights
from app.runtime.mail_desk import MailDesk
from app.runtime.notice_line import NoticeLine
from core.delivery.mail import Mail, MailAccount, Safety, stored
from core.delivery.message import Channel, MessageState, message_id
from core.delivery.parcel import Parcel
from core.insight.hearing import SILENT_MS, Hearing
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Role
from core.sync.messages import EventRow, Vitals
from tests.contract.ledger_rig import NOW, Home, House, open_house, policy

MINUTE, HOUR = 60_000, 3_600_000
ON_SQLITE = pytest.mark.parametrize("home", ["sqlite"], indirect=True)
"""Where the database decides nothing."""
LATER = NOW + 30 * MINUTE


class Desk:
    """Organizers with mail addresses, at an event that has a mail account."""

    def __init__(self, house: House) -> None:
        self.house, self.office, self.event = house, house.office, house.event
        with self.office._database.writing() as connection:  # of a database that others used before
            connection.execute(delete(account_roles))
            add_endpoint(connection, self.event, Channel.EMAIL, "smtps://mail.example.org:465", frozenset(), NOW)
        self.hears(MINUTE)

    def person(self, role: Role, email: str | None, event: EventId | None = None) -> str:
        made = self.office.accounts.add(f"a{uuid4().hex[:12]}", role, self.event if event is None else event)
        self.office.accounts.set_email(made.name, email)
        return made.name

    def hears(self, pause_ms: int) -> None:
        """The job that looks ran a while ago, and runs now."""
        now = self.house.now_ms
        for at in (now - pause_ms, now):
            self.house.now_ms = at
            claim = self.office.jobs.claim(ALERTS, int(uuid4()) % 10**12, "a test's")
            assert claim is not None
            assert self.office.jobs.finish(claim, "", None)

    def heard(self, kiosk: int, at_ms: int) -> None:
        mine = (devices.c.event_id == self.event) & (devices.c.id == self.house.kiosks[kiosk])
        with self.office._database.writing() as connection:
            connection.execute(update(devices).where(mine).values(last_seen=at_ms))

    def tells(self, kiosk: int, at_ms: int, **told: Any) -> None:
        """What a kiosk says of itself, heard then."""
        usual = {"started_at_ms": NOW - 10 * HOUR, "version": "0.1.0", "queue": 0, "manifest_version": 10**6}
        now_ms, self.house.now_ms = self.house.now_ms, at_ms
        self.office.devices.keep_vitals(self.event, self.house.kiosks[kiosk], Vitals(**(usual | told)))
        self.house.now_ms = now_ms
        self.heard(kiosk, at_ms)

    def died(self, kind: str, at_ms: int, reason: str = SPENT) -> None:
        key = uuid4().hex
        row = {"event_id": self.event, "id": message_id(self.event, key), "channel": "webhook", "kind": kind}
        told = {"endpoint": UUID(int=7), "dedupe_key": key, "body": "{}", "state": MessageState.DEAD.value}
        rest = {"reason": reason, "run_at": at_ms, "attempts": 10, "max_attempts": 10, "made_at": at_ms}
        with self.office._database.writing() as connection:
            connection.execute(insert(outbox), row | told | rest | {"closed_at": at_ms})

    def look(self) -> None:
        watch_nights(self.office, lambda: None)

    def mails(self) -> Sequence[tuple[str, str, dict[str, Any]]]:
        """Who is mailed what."""
        while NoticeLine(self.office).turn():
            pass
        mine = (outbox.c.event_id == self.event) & outbox.c.recipient.is_not(None)
        with self.office._database.reading() as connection:
            rows = connection.execute(select(outbox).where(mine).order_by(outbox.c.run_at, outbox.c.recipient)).all()
        return [(row.recipient, row.kind.removeprefix("notice."), json.loads(row.body)) for row in rows]


@pytest.fixture
def desk(house: House) -> Desk:
    house.now_ms = LATER
    return Desk(house)


def test_a_kiosk_that_falls_silent_is_told_of_once_for_each_silence(desk: Desk) -> None:
    desk.person(Role.SUPERVISOR, "anna@example.org")
    desk.heard(0, LATER - SILENT_MS)
    desk.heard(1, LATER - 1_000)
    for _ in range(3):
        desk.look()
    ((recipient, kind, told),) = desk.mails()
    assert (recipient, kind, told["gate"]) == ("anna@example.org", "device_silent", "North gate")
    assert told["last_seen_ms"] == LATER - SILENT_MS
    desk.heard(0, LATER + 20 * MINUTE)
    desk.house.now_ms = LATER + 40 * MINUTE
    desk.heard(1, desk.house.now_ms)
    desk.hears(MINUTE)
    desk.look()
    assert [told["last_seen_ms"] for _, _, told in desk.mails()] == [LATER - SILENT_MS, LATER + 20 * MINUTE]


def test_after_a_pause_of_the_server_no_kiosk_is_called_silent(own_home: Home) -> None:
    with open_house(own_home) as house:  # of its own: when the job ran last is the database's
        house.now_ms = LATER
        desk = Desk(house)
        desk.person(Role.SUPERVISOR, "anna@example.org")
        desk.heard(0, LATER - SILENT_MS)
        house.now_ms = LATER + 20 * MINUTE
        desk.hears(10 * MINUTE)
        desk.look()
        assert desk.mails() == []
        desk.hears(MINUTE)
        desk.look()
        assert len(desk.mails()) == 1, "and when it is heard that it stays silent, it is"


@ON_SQLITE
@pytest.mark.parametrize("after_ms", [23 * HOUR, -4 * HOUR])
def test_nobody_is_woken_for_a_kiosk_that_is_packed_up_or_not_unpacked(desk: Desk, after_ms: int) -> None:
    desk.person(Role.SUPERVISOR, "anna@example.org")
    desk.house.now_ms = NOW + after_ms
    desk.hears(MINUTE)
    desk.heard(0, desk.house.now_ms - SILENT_MS)
    desk.look()
    assert desk.mails() == []


def several_days(desk: Desk) -> None:
    """The event went on yesterday, and goes on tomorrow; now is the middle of the night between."""
    times = {"starts_ms": NOW - 30 * HOUR, "ends_ms": NOW + 40 * HOUR}
    desk.house.change_event(lambda row: EventRow(**{**_fields(row), **times}))


@pytest.mark.parametrize(
    "last_word",
    [{"is_ending": True, "shown": 400, "idle_ms": MINUTE}, {"shown": 400, "idle_ms": 3 * HOUR}],
    ids=["closed", "unplugged"],
)
@ON_SQLITE
def test_nobody_is_woken_at_night_for_doors_that_were_closed(desk: Desk, last_word: dict[str, Any]) -> None:
    several_days(desk)
    desk.person(Role.SUPERVISOR, "anna@example.org")
    for kiosk in range(3):
        desk.tells(kiosk, LATER - SILENT_MS, **last_word)
    desk.look()
    assert desk.mails() == []
    desk.tells(1, LATER - SILENT_MS, **last_word | {"queue": 2})
    desk.look()
    assert [told["device_name"] for _, _, told in desk.mails()] == ["kiosk 1"], "scans wait there"


@ON_SQLITE
@pytest.mark.parametrize("others", ["go on", "went as well", "are an older program's"])
def test_a_kiosk_that_loses_its_power_in_the_evening_is_told_of(desk: Desk, others: str) -> None:  # D3
    """Planted defect: with `hearing_of` taking every kiosk without a queue for one at rest, none of these is told."""
    several_days(desk)
    desk.person(Role.SUPERVISOR, "anna@example.org")
    desk.tells(0, LATER - SILENT_MS, shown=400, idle_ms=20 * MINUTE)
    for kiosk in (1, 2):
        if others == "are an older program's":
            desk.tells(kiosk, LATER - 1_000)
        else:
            desk.tells(kiosk, LATER - (1_000 if others == "go on" else SILENT_MS), shown=9, idle_ms=20 * MINUTE)
    desk.look()
    silent = {each.name for each in kiosks_told(desk.office, desk.event) if each.hearing == Hearing.SILENT.value}
    assert silent == ({"kiosk 0", "kiosk 1", "kiosk 2"} if others == "went as well" else {"kiosk 0"})
    told = [(kind, told["device_name"]) for _, kind, told in desk.mails()]
    assert {kind for kind, _ in told} == {"device_silent"}
    assert {name for _, name in told} <= silent, "those that go together are told together"


def test_a_full_house_is_told_at_each_level_once_however_the_crowd_breathes(desk: Desk) -> None:
    desk.person(Role.SUPERVISOR, "anna@example.org")
    desk.house.change_event(lambda row: EventRow(**{**_fields(row), "capacity": 20}))
    tickets = desk.house.tickets(20)
    for batch in (tickets[:19], tickets[19:], ()):
        for tid in batch:
            desk.house.upload(*desk.house.admit_offline(tid, 0))
        desk.look()
        desk.look()
    told = [(each["percent"], each["inside"], each["capacity"]) for _, kind, each in desk.mails() if kind == "capacity"]
    assert sorted(told) == [(95, 19, 20), (100, 20, 20)]


def test_new_dead_messages_are_told_of_but_never_dead_notices(desk: Desk) -> None:
    desk.person(Role.ADMIN, "admin@example.org")
    desk.person(Role.SUPERVISOR, "supervisor@example.org")
    for _ in range(3):
        desk.died("ticket.redeemed", LATER - MINUTE)
    desk.died("notice.incident", LATER - MINUTE, "refused")
    for _ in range(3):
        desk.look()
    ((recipient, kind, told),) = desk.mails()
    assert (recipient, kind) == ("admin@example.org", "dead_letter")
    assert (told["channel"], told["message_kind"], told["reason"], told["count"]) == (
        "webhook",
        "ticket.redeemed",
        SPENT,
        3,
    )
    desk.died("ticket.redeemed", LATER + 2 * HOUR)
    desk.house.now_ms = LATER + 2 * HOUR + MINUTE
    desk.look()
    assert len(desk.mails()) == 2, "more of it died later"


@ON_SQLITE
def test_an_event_without_a_way_to_people_is_not_looked_at(desk: Desk) -> None:
    other = EventId(UUID(desk.office.create_event(policy("Another")).event))
    assert other not in {event for event, _ in desk.office.night_watch.events()}
    assert desk.event in {event for event, _ in desk.office.night_watch.events()}


def test_mail_goes_to_who_has_an_address_and_may_know(desk: Desk) -> None:
    other = EventId(UUID(desk.office.create_event(policy("Another")).event))
    desk.person(Role.SUPERVISOR, "Anna@Example.ORG")
    desk.person(Role.SUPERVISOR, None)
    desk.person(Role.OWNER, "owner@example.org", INSTALLATION)
    desk.person(Role.AUDITOR, "auditor@example.org")
    desk.person(Role.SUPERVISOR, "elsewhere@example.org", other)
    desk.office.accounts.disable(desk.person(Role.SUPERVISOR, "gone@example.org"))
    desk.heard(0, LATER - SILENT_MS)
    desk.look()
    assert [recipient for recipient, _, _ in desk.mails()] == ["Anna@example.org", "owner@example.org"]


@ON_SQLITE
def test_what_is_no_address_is_refused_and_its_change_audited_without_it(desk: Desk) -> None:
    name = desk.person(Role.SUPERVISOR, "anna@example.org")
    for wrong in ("anna", "anna@localhost", "a b@example.org", "anna@example.org\r\nBcc: all@example.org"):
        with pytest.raises(AccountEmailWrong):
            desk.office.accounts.set_email(name, wrong)
    texts = [row.text for row in desk.office.audit.page(INSTALLATION).records if name in row.text]
    assert any('"account.addressed"' in text for text in texts)
    assert not any("example" in text for text in texts)


# --- the daily report -------------------------------------------------------------------------------------------------


def between(desk: Desk, starts: str, ends: str, *, minutes: int = 15) -> list[tuple[str, str]]:
    """Runs the job again and again; when reports came, and of which day (UTC)."""
    at, end, told = _at(starts), _at(ends), []
    before = len(desk.mails())
    while at < end:
        desk.house.now_ms = int(at.timestamp() * 1000)
        report_days(desk.office, lambda: None)
        new = desk.mails()[before + len(told) :]
        told += [(at.strftime("%d %H:%M"), each["day"]) for _, _, each in new]
        at += timedelta(minutes=minutes)
    return told


def wish(desk: Desk, at: str, starts: str, ends: str) -> str:
    """Somebody wants the report of an event that goes on then."""
    times = {"starts_ms": int(_at(starts).timestamp() * 1000), "ends_ms": int(_at(ends).timestamp() * 1000)}
    desk.house.change_event(lambda row: EventRow(**{**_fields(row), **times}))
    desk.house.now_ms = times["starts_ms"] - HOUR
    name = desk.person(Role.OPERATOR, "ben@example.org")
    desk.office.report_wishes.put(desk.event, name, minute_of(at))
    return name


def test_the_report_comes_each_day_at_its_time_of_the_events_zone_and_two_mornings_after(desk: Desk) -> None:
    wish(desk, "08:00", "2026-12-04T12:00", "2026-12-05T23:00")
    told = between(desk, "2026-12-04T10:00", "2026-12-10T00:00", minutes=30)
    assert told == [("05 07:00", "2026-12-05"), ("06 07:00", "2026-12-06"), ("07 07:00", "2026-12-07")]


@ON_SQLITE
def test_a_report_comes_once_in_the_night_that_has_its_time_twice(desk: Desk) -> None:  # A15
    wish(desk, "02:30", "2026-10-24T10:00", "2026-10-25T09:00")
    assert between(desk, "2026-10-24T22:00", "2026-10-25T08:00") == [("25 00:30", "2026-10-25")]


@ON_SQLITE
def test_a_report_comes_when_the_clock_has_jumped_over_its_time(desk: Desk) -> None:  # A15
    wish(desk, "02:30", "2026-03-28T10:00", "2026-03-29T09:00")
    assert between(desk, "2026-03-28T22:00", "2026-03-29T08:00") == [("29 01:30", "2026-03-29")]


@ON_SQLITE
def test_a_report_that_was_due_while_no_worker_ran_comes_once_and_late(desk: Desk) -> None:
    wish(desk, "08:00", "2026-12-01T12:00", "2026-12-09T23:00")
    assert between(desk, "2026-12-05T15:00", "2026-12-06T05:00") == [("05 15:00", "2026-12-05")]


def test_the_figures_are_those_of_the_report_and_who_wants_it_no_more_gets_none(desk: Desk) -> None:
    name = wish(desk, "08:00", "2026-11-26T12:00", "2026-11-28T05:00")
    desk.house.now_ms = NOW
    (tid,) = desk.house.tickets()
    desk.house.upload(*desk.house.admit_offline(tid, 0))
    between(desk, "2026-11-27T07:00", "2026-11-27T07:01")
    ((recipient, _, told),) = desk.mails()
    assert recipient == "ben@example.org"
    assert (told["valid"], told["admitted"], told["not_come"], told["inside"]) == (1, 1, 0, 1)
    desk.office.report_wishes.put(desk.event, name, None)
    assert between(desk, "2026-11-28T07:00", "2026-11-28T07:01") == []
    assert desk.office.report_wishes.of_event(desk.event) == []


@ON_SQLITE
def test_the_mail_has_the_same_report_with_it_that_the_command_makes(desk: Desk) -> None:
    wish(desk, "08:00", "2026-11-26T12:00", "2026-11-28T05:00")
    between(desk, "2026-11-27T07:00", "2026-11-27T07:01")
    account = MailAccount(
        "mail.example.org", 465, Safety.TLS, "", "doors@example.org", "Doors", "en", sends_tickets=False
    )
    ((recipient, _, told),) = desk.mails()
    parcel = Parcel(uuid4(), "notice.daily_report", json.dumps(told), "", (), recipient, stored(account), desk.event)
    mail = MailDesk(desk.office, report_of).compose(parcel)
    assert isinstance(mail, Mail)
    (sheet,) = mail.files
    pages = [page.extract_text() for page in PdfReader(BytesIO(sheet.content)).pages]
    assert (sheet.name, sheet.kind) == ("report.pdf", "application/pdf")
    assert "Summer Night" in pages[0]
    assert "2026-11-27" in mail.subject
    without = MailDesk(desk.office).compose(parcel)
    assert isinstance(without, Mail)
    assert without.files == ()


@pytest.mark.parametrize("text", ["8:00", "24:00", "08:60", "08-00", "", "0800", "-1:00", "٠٨:٠٠"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ReportTimeWrong):
        minute_of(text)


def test_a_report_of_nothing_and_for_nobody_is_refused(desk: Desk) -> None:
    for event, name in ((desk.event, "nobody"), (EventId(uuid4()), "nobody")):
        with pytest.raises(AppError):
            desk.office.report_wishes.put(event, name, 480)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _fields(row: EventRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in EventRow.__dataclass_fields__}
