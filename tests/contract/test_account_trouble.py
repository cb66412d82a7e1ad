"""An account that is refused costs no message a try: all wait, people are told, and all leave once it is mended."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.ledger.dead_letters import Choice
from app.ledger.endpoint_book import Circuit
from app.ledger.outbox import Message, add_endpoint, put
from app.ledger.schema import outbox
from app.net.mail_sender import MailSender
from app.runtime.delivery_line import DeliveryLine
from core.delivery import meaning as meanings
from core.delivery.account_trouble import AccountTrouble
from core.delivery.circuit import LONGEST_REST_MS, EndpointState, Permit, permit_of
from core.delivery.mail import Mail, MailAccount, Safety
from core.delivery.message import Channel, MessageState, most_attempts
from core.delivery.notice import NoticeKind
from core.delivery.parcel import Handed, Parcel
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.mail_server import MailServer

DAY_MS = 24 * 60 * 60 * 1000
RIGHT, WRONG = "correct horse battery", "wrong horse"
MAILS = 3
STEP_MS = 4 * 60 * 60 * 1000
TEXT = Mail("A word", "A word.\n", "<p>A word.</p>")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[House]:
    """A ledger on SQLite alone, where the statements are not the matter."""
    with open_house(Home(None, tmp_path)) as opened:
        yield opened


class Club:
    """An event that has mail to send, the worker that sends it, and its server."""

    def __init__(self, house: House, server: MailServer, password: str = WRONG) -> None:
        self.house, self.office, self.event, self.server = house, house.office, house.event, server
        self.account = MailAccount(
            "127.0.0.1",
            server.port,
            Safety.NONE,
            "club",
            "tickets@club.example",
            "Club",
            "en",
            sends_tickets=True,
            is_local=True,
        )
        self.endpoint = self.office.mail_accounts.set(self.event, self.account, password).endpoint
        self.line = DeliveryLine(
            self.office,
            Channel.EMAIL,
            lambda: MailSender(lambda _: TEXT, total_s=5.0),
            watch_s=0.05,
            chance=lambda: 1.0,
        )

    def write(self, count: int = MAILS) -> None:
        self.put(
            *(
                Message(Channel.EMAIL, self.endpoint, "word", f"word {n}", "{}", f"guest{n}@mail.example")
                for n in range(count)
            )
        )

    def put(self, *messages: Message) -> None:
        with self.office._database.writing() as connection:
            put(connection, self.office._database.profile, self.event, messages, self.house.now_ms)

    def add_push(self) -> UUID:
        with self.office._database.writing() as connection:
            return add_endpoint(
                connection, self.event, Channel.PUSH, "https://fcm.example", frozenset(), self.house.now_ms
            )

    def work(self) -> None:
        while self.line.turn():
            pass

    def work_for(self, days: int) -> None:
        """A worker that looks six times a day: each time one message may try a refused account."""
        for _ in range(days * DAY_MS // STEP_MS):
            self.work()
            self.house.now_ms += STEP_MS

    def states(self) -> dict[str, int]:
        with self.office._database.reading() as connection:
            mine = (outbox.c.event_id == self.event) & (outbox.c.endpoint == self.endpoint)
            found = list(connection.execute(select(outbox.c.state).where(mine)).scalars())
        return {state: found.count(state) for state in found}

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """By which way what was told of accounts."""
        mine = (outbox.c.event_id == self.event) & (outbox.c.kind == NoticeKind.ACCOUNT.value)
        with self.office._database.reading() as connection:
            rows = connection.execute(
                select(outbox).where(mine, outbox.c.endpoint.is_(None)).order_by(outbox.c.made_at)
            )
            return [(row.channel, json.loads(row.body)["told"]) for row in rows]


def test_mail_of_a_week_waits_for_the_right_password_and_then_leaves_by_itself(small: House) -> None:
    with MailServer(users={"club": RIGHT}) as server:
        club = Club(small, server)
        club.write()
        club.work_for(days=7)
        assert club.states() == {"ready": MAILS}
        assert len(server.logins) > most_attempts(Channel.EMAIL) * 2, "it is tried again and again"
        told = club.office.mail_accounts.show(club.event)
        assert (told.state, told.health.trouble) == (EndpointState.ACTIVE, AccountTrouble.PASSWORD_REFUSED)
        summary = club.office.letters.summary(club.event)
        assert (summary.refused, summary.dead) == (((Channel.EMAIL, AccountTrouble.PASSWORD_REFUSED),), 0)

        club.office.mail_accounts.set(club.event, club.account, RIGHT)
        club.work()
        assert club.states() == {"sent": MAILS}
        assert len(server.taken) == MAILS
        assert club.office.mail_accounts.show(club.event).health.trouble is None
        assert club.office.letters.summary(club.event).refused == ()


def test_a_password_that_is_put_right_at_the_provider_is_noticed_within_a_quarter_of_an_hour(small: House) -> None:
    users = {"club": "of yesterday"}
    with MailServer(users=users) as server:
        club = Club(small, server)
        club.write(3)
        club.work()
        users["club"] = WRONG
        club.house.now_ms += LONGEST_REST_MS
        club.work()
        assert club.states() == {"sent": 3}


def test_the_wait_would_end_with_dead_mail_if_a_refused_password_were_the_mails_fault(
    small: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # planted: the table of before
    rows = meanings.MEANINGS[Channel.EMAIL]
    planted = tuple(each for each in rows if each.meaning.fate is not meanings.Fate.RESTS)
    monkeypatch.setattr(meanings, "MEANINGS", {**meanings.MEANINGS, Channel.EMAIL: planted})
    with MailServer(users={"club": RIGHT}) as server:
        club = Club(small, server)
        club.write()
        club.work_for(days=7)
        assert club.states() == {"dead": MAILS}
        assert club.notices() == []


def test_who_looks_after_deliveries_is_told_at_once_and_then_once_a_day_by_a_way_that_works(small: House) -> None:
    with MailServer(users={"club": RIGHT}) as server:
        club = Club(small, server)
        club.add_push()
        club.write(2)
        club.work()
        assert [way for way, _ in club.notices()] == ["push"], "nobody is told by the account that is refused"
        assert club.notices()[0][1] == {
            "channel": "email",
            "trouble": "password_refused",
            "target": club.account.target,
        }
        club.work_for(days=3)
        assert len(club.notices()) == 3
        assert RIGHT not in str(club.notices())
        assert WRONG not in str(club.notices())


def test_two_workers_tell_of_one_refusal_once(house: House) -> None:
    with MailServer(users={"club": RIGHT}) as server:
        club = Club(house, server)
        club.add_push()
        club.write(8)
        other = Club(house, server)
        while club.line.turn() | other.line.turn():
            pass
        assert len(club.notices()) == 1


def test_a_test_message_says_so_and_waits_for_nobody(small: House) -> None:
    with MailServer(users={"club": RIGHT}) as server:
        club = Club(small, server)
        id_ = club.office.endpoints.test(club.event, club.endpoint)
        club.work()
        told = club.office.letters.show(club.event, id_)
        assert (told.letter.state, [each.status for each in told.attempts]) == (MessageState.DEAD, ["535"])
        club.office.mail_accounts.set(club.event, club.account, RIGHT)
        club.work()
        assert server.taken == [], "a test of yesterday is no mail of today"


def test_after_the_wait_a_server_that_wants_patience_is_asked_again_soon(small: House) -> None:
    with MailServer(users={"club": RIGHT}) as server:
        club = Club(small, server)
        club.write(1)
        club.work_for(days=1)
        club.office.mail_accounts.set(club.event, club.account, RIGHT)
        server.answers = {"RCPT": "451 4.7.1 greylisted"}
        club.work()
        server.answers = {}
        club.house.now_ms += 5 * 60 * 1000  # the schedule's first wait, and not its last
        club.work()
        assert club.states() == {"sent": 1}


def test_a_full_mailbox_shows_that_the_account_is_taken_again(small: House) -> None:
    users = {"club": RIGHT}
    with MailServer({"RCPT": "452 4.2.2 mailbox full"}, users=users) as server:
        club = Club(small, server)
        club.write(1)
        club.work()
        assert club.office.mail_accounts.show(club.event).circuit is Circuit.OPEN
        users["club"] = WRONG  # put right at the provider
        club.house.now_ms += LONGEST_REST_MS
        club.work()
        health = club.office.mail_accounts.show(club.event).health
        assert (health.trouble, permit_of(health, club.house.now_ms)) == (None, Permit.CLOSED)


def test_a_webhook_whose_secret_does_not_open_here_waits_for_another(small: House) -> None:
    office, event = small.office, small.event
    with office._database.writing() as connection:  # what a wrong master key, or a row of before, comes to
        hook = add_endpoint(connection, event, Channel.WEBHOOK, "https://shop.example", frozenset(), small.now_ms)
        told = Message(Channel.WEBHOOK, hook, "word", "one", "{}")
        put(connection, office._database.profile, event, [told], small.now_ms)
    seen: list[tuple[bytes, ...]] = []

    class Hooks:
        def send(self, parcel: Parcel) -> Handed:
            seen.append(parcel.secrets)
            heard = meanings.Heard(200) if parcel.secrets else meanings.Heard(None, meanings.NO_SECRET)
            return Handed(heard)

    line = DeliveryLine(office, Channel.WEBHOOK, Hooks, watch_s=0.05)
    while line.turn():
        pass
    (shown,) = office.endpoints.list(event)
    assert (shown.waiting, shown.health.trouble) == (1, AccountTrouble.UNREADABLE)
    office.endpoints.rotate(event, hook)
    while line.turn():
        pass
    (shown,) = office.endpoints.list(event)
    assert (shown.waiting, shown.dead, shown.health.trouble, len(seen)) == (0, 0, None, 2)
    assert office.letters.list(event, Choice(channel=Channel.WEBHOOK)) == []
