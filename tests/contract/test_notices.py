"""Whoever should know is told: a notice is there with its cause or not at all, and becomes one message for each."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update

from app.ledger.notice_book import NO_WAY
from app.ledger.outbox import add_endpoint
from app.ledger.schema import account_roles, facts, incidents, installation, outbox, push_tokens, redemptions
from app.runtime.delivery_line import UNUSED_REST_S
from app.runtime.notice_line import NoticeLine
from core.delivery.message import Channel
from core.delivery.notice import COMMON_FIELDS, RULES, Notice, NoticeKind
from core.delivery.push_token import DAY_MS, Reached
from core.journal.scan import to_record
from core.model.ids import EventId, TicketHandle
from core.model.moments import Millis
from core.model.roles import INSTALLATION, Role
from tests.contract.ledger_rig import NOW, SOUTH, House, policy
from tests.contract.test_ledger_restored import answers_of
from tests.contract.town import CHOSEN
from tests.support.passwords import make_passwords_cheap

ON_SQLITE = pytest.mark.parametrize("home", ["sqlite"], indirect=True)
"""What is no matter of locks and races."""
WINDOW_MS = RULES[NoticeKind.INCIDENT].window_ms or 0


class Staff:
    """People with telephones, at an event that has a way to them."""

    def __init__(self, house: House) -> None:
        self.house, self.office, self.event = house, house.office, house.event
        with self.office._database.writing() as connection:  # a database that others used before: nobody is in it
            connection.execute(delete(push_tokens))
            connection.execute(delete(account_roles))
        self.project = self.way()
        self.notices = NoticeLine(self.office)

    def way(self, channel: Channel = Channel.PUSH) -> UUID:
        return self.office._database.transact(
            lambda connection: add_endpoint(connection, self.event, channel, "https://push", frozenset(), NOW)
        )

    def person(self, role: Role, event: EventId | None = None) -> tuple[str, UUID, str]:
        """Somebody with a role at the event, or another one: their name, account and session."""
        made = self.office.accounts.add(f"a{uuid4().hex[:12]}", role, self.event if event is None else event)
        opened = self.office.sessions.log_in(made.name, made.password)
        person = self.office.sessions.prove(opened.token)
        token = self.office.sessions.change_password(person, made.password, CHOSEN).token
        return made.name, self.office.sessions.prove(token).id, token

    def phone(self, role: Role, token: str, event: EventId | None = None) -> str:
        """Somebody's telephone; the name of its account."""
        name, account, session = self.person(role, event)
        self.office.push.register(account, session, token)
        return name

    def double_admission(self) -> TicketHandle:
        """Two doors without a link let the same ticket in."""
        (tid,) = self.house.tickets()
        self.house.upload(*self.house.admit_offline(tid, 0, after_ms=5_000))
        self.house.upload(*self.house.admit_offline(tid, 1))
        return tid

    def rows(self, *, notices: bool = False) -> list[Any]:
        """The messages to telephones, or the notices that they come of."""
        mine = (outbox.c.event_id == self.event) & (outbox.c.channel == Channel.PUSH.value)
        wanted = select(outbox).where(
            mine, outbox.c.recipient.is_(None) if notices else outbox.c.recipient.is_not(None)
        )
        with self.office._database.reading() as connection:
            return list(connection.execute(wanted.order_by(outbox.c.run_at, outbox.c.dedupe_key)))

    def reached(self) -> list[str]:
        """Whose telephones are told, by their tokens."""
        found = [self.office.push.find(bytes.fromhex(row.recipient)) for row in self.rows()]
        return sorted(each.token for each in found if isinstance(each, Reached))


@pytest.fixture
def staff(house: House, monkeypatch: pytest.MonkeyPatch) -> Staff:
    make_passwords_cheap(monkeypatch)
    return Staff(house)


def test_a_double_admission_rings_the_telephones_of_those_who_may_look_into_it(staff: Staff) -> None:  # D7
    other = EventId(UUID(staff.office.create_event(policy("Another")).event))
    staff.phone(Role.SUPERVISOR, "supervisor")
    staff.phone(Role.OWNER, "owner", INSTALLATION)
    staff.phone(Role.OPERATOR, "operator")
    staff.phone(Role.AUDITOR, "auditor")
    staff.phone(Role.SUPERVISOR, "elsewhere", other)
    tid = staff.double_admission()
    assert staff.rows() == [], "no guest waits for a look at accounts and telephones"
    assert staff.notices.turn() is False
    assert staff.reached() == ["owner", "supervisor"]
    told = json.loads(staff.rows()[0].body)
    assert (told["incident"], told["ticket"]) == ("double_admission", tid.hex())
    assert (told["gate"], told["other_gate"]) == ("North gate", "North gate")
    assert (told["event_name"], told["zone"]) == ("Summer Night", "Europe/Berlin")
    assert [row.state for row in staff.rows(notices=True)] == ["sent"]


@ON_SQLITE
def test_what_a_person_can_look_at_tomorrow_rings_nobody(staff: Staff) -> None:
    staff.phone(Role.SUPERVISOR, "supervisor")
    (tid,) = staff.house.tickets()
    staff.house.upload(*staff.house.admit_offline(tid, 0))
    staff.house.upload(staff.house.scan(tid, 1, gate=SOUTH, after_ms=60_000))
    assert staff.rows(notices=True) == []


@ON_SQLITE
def test_an_event_without_a_way_to_telephones_has_no_notice(house: House) -> None:
    (tid,) = house.tickets()
    house.upload(*house.admit_offline(tid, 0, after_ms=5_000))
    house.upload(*house.admit_offline(tid, 1))
    with house.office._database.reading() as connection:
        assert connection.execute(select(outbox).where(outbox.c.event_id == house.event)).all() == []
    assert house.event not in house.office.notices.waiting()


def test_a_notice_is_there_with_its_incident_or_neither_is(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that dies between the two has neither, and the facts come again."""
    staff.phone(Role.SUPERVISOR, "supervisor")
    (tid,) = staff.house.tickets()
    staff.house.upload(*staff.house.admit_offline(tid, 0, after_ms=5_000))
    late = staff.house.admit_offline(tid, 1)

    def die(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr("app.ledger.difference.Difference.write_answers", die)
        with pytest.raises(PowerCut):
            staff.house.upload(*late)
    assert staff.house.open_incidents() == set()
    assert staff.rows(notices=True) == []
    staff.house.upload(*late)
    assert len(staff.house.open_incidents()) == 1
    assert len(staff.rows(notices=True)) == 1


class PowerCut(Exception):
    """The computer is off."""


@ON_SQLITE
def test_planted_a_notice_put_in_by_a_transaction_of_its_own_is_there_without_its_incident(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the one above: enqueued outside the transaction, the two part."""
    (tid,) = staff.house.tickets()
    staff.house.upload(*staff.house.admit_offline(tid, 0, after_ms=5_000))
    late = staff.house.admit_offline(tid, 1)
    apart: list[Notice] = []
    monkeypatch.setattr("app.ledger.difference.put_notices", lambda *told: apart.extend(told[3]))
    with monkeypatch.context() as patched:
        patched.setattr("app.ledger.difference.Difference.write_answers", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            staff.house.upload(*late)
    for each in apart:
        staff.office.notices.tell(each)
    assert staff.house.open_incidents() == set()
    assert len(staff.rows(notices=True)) == 1


def test_of_many_conflicts_a_telephone_rings_twice_and_none_is_passed_over(staff: Staff) -> None:
    staff.phone(Role.SUPERVISOR, "supervisor")
    for number in range(12):
        staff.house.now_ms = NOW + number
        staff.double_admission()
    while staff.notices.turn():
        pass
    first, gathered = staff.rows()
    assert (json.loads(first.body)["is_gathered"], json.loads(gathered.body)["is_gathered"]) == (False, True)
    assert gathered.run_at > first.run_at
    assert gathered.run_at % WINDOW_MS == 0
    assert {row.state for row in staff.rows(notices=True)} == {"sent"}


def test_many_workers_tell_each_telephone_once(staff: Staff) -> None:
    for number in range(3):
        staff.phone(Role.SUPERVISOR, f"token-{number}")
    staff.double_admission()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: NoticeLine(staff.office).turn(), range(6)))
    assert staff.reached() == ["token-0", "token-1", "token-2"]
    assert len(staff.rows()) == 3


def test_who_is_told_is_who_may_look_when_the_worker_comes_to_it(staff: Staff) -> None:
    gone, _ = staff.phone(Role.SUPERVISOR, "gone"), staff.phone(Role.SUPERVISOR, "asleep")
    staff.double_admission()
    staff.office.accounts.disable(gone)
    staff.house.now_ms = NOW + 31 * DAY_MS
    staff.phone(Role.SUPERVISOR, "new")
    staff.notices.turn()
    assert staff.reached() == ["new"]


def test_a_notice_whose_way_was_closed_is_canceled_and_says_so(staff: Staff) -> None:
    staff.phone(Role.SUPERVISOR, "supervisor")
    staff.double_admission()
    staff.office.endpoints.change(staff.event, staff.project, is_active=False)
    staff.notices.turn()
    assert [(row.state, row.reason) for row in staff.rows(notices=True)] == [("canceled", NO_WAY)]
    assert staff.rows() == []
    assert staff.event not in staff.office.notices.waiting()


@ON_SQLITE
def test_what_no_transaction_gives_cause_for_is_told_once(staff: Staff) -> None:
    staff.phone(Role.SUPERVISOR, "supervisor")
    silent = Notice(NoticeKind.DEVICE_SILENT, staff.event, "kiosk 1", Millis(NOW), {"device_name": "Kiosk 1"})
    report = Notice(NoticeKind.DAILY_REPORT, staff.event, "today", Millis(NOW), {})
    for each in (silent, silent, report):
        staff.office.notices.tell(each)
    staff.notices.turn()
    (row,) = staff.rows()
    assert (row.kind, json.loads(row.body)["device_name"]) == ("notice.device_silent", "Kiosk 1")


@ON_SQLITE
def test_an_event_whose_notice_can_not_be_told_holds_up_no_other(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    staff.phone(Role.SUPERVISOR, "supervisor")
    staff.double_admission()
    told, broken = staff.office.notices.fan_out, EventId(UUID(int=1))

    def fan_out(event: EventId) -> bool:
        return bool(1 / 0) if event == broken else told(event)

    monkeypatch.setattr(staff.office.notices, "waiting", lambda: [broken, staff.event])
    monkeypatch.setattr(staff.office.notices, "fan_out", fan_out)
    assert staff.notices.turn() is False
    assert staff.reached() == ["supervisor"]


@ON_SQLITE
def test_a_worker_without_a_way_to_people_looks_seldom(house: House) -> None:
    line = NoticeLine(house.office)
    line.turn()
    assert line.duty.rest_s is not None
    assert line.duty.rest_s() == UNUSED_REST_S


@ON_SQLITE
def test_no_notice_names_a_guest(staff: Staff) -> None:
    staff.phone(Role.SUPERVISOR, "supervisor")
    staff.double_admission()
    staff.notices.turn()
    fields = {*json.loads(staff.rows()[0].body)}
    assert fields == {*RULES[NoticeKind.INCIDENT].fields, *COMMON_FIELDS, "event", "is_gathered"}


@ON_SQLITE
def test_what_a_restored_ledger_told_before_rings_nobody_again(staff: Staff) -> None:  # G23
    """The facts come again after a backup was restored: the telephones have rung for them, that night."""
    (tid,) = staff.house.tickets()
    database, event = staff.office._database, staff.event
    batches = [staff.house.admit_offline(tid, 0, after_ms=5_000), staff.house.admit_offline(tid, 1)]
    for batch in batches:
        staff.house.upload(*batch)
    told = answers_of(staff.office, event)
    with database.writing() as connection:
        for table in (facts, redemptions, incidents, outbox):
            connection.execute(delete(table).where(table.c.event_id == event))
        connection.execute(update(installation).values(restored_at=NOW))
    try:
        for batch in batches:
            staff.house.line.redeem_batch(event, batch[0].stamp.device, list(map(to_record, batch)), resent=told)
        assert len(staff.house.open_incidents()) == 1
        assert staff.rows(notices=True) == []
    finally:
        with database.writing() as connection:
            connection.execute(update(installation).values(restored_at=None))
