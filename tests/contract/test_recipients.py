"""A message with a recipient of its own: put in once with what gives cause for it, handed on whole, shown masked."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from app.ledger.dead_letters import Choice, DeadLetters
from app.ledger.endpoint_book import EndpointUnknown
from app.ledger.outbox import ENDPOINTS, Message, Outbox, add_endpoint, endpoints_from, put
from app.ledger.schema import outbox
from app.runtime.delivery_line import DeliveryLine
from core.delivery.meaning import Heard
from core.delivery.message import Channel, message_id, most_attempts
from core.delivery.parcel import Handed, Parcel
from tests.contract.ledger_rig import NOW, House
from tests.contract.test_endpoints import Hooks

ADDRESS = "mara.lindqvist@mail.example"


class Post(Hooks):
    """An event with an account of a channel whose messages have recipients."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.house = house
        self.letters = DeadLetters(self._database, house.office.events, lambda: self.now)
        self.account = self._database.transact(
            lambda connection: add_endpoint(
                connection, self.event, Channel.EMAIL, "smtp://mail.example:587", frozenset(), self.now
            )
        )

    def message(self, key: str = "welcome:1") -> Message:
        return Message(Channel.EMAIL, self.account, "welcome", key, '{"order":"A1"}', ADDRESS)

    def put_in(self, *messages: Message, then: Callable[[Connection], None] = lambda _: None) -> frozenset[UUID]:
        """In one transaction, with whatever else happens in it."""

        def work(connection: Connection) -> frozenset[UUID]:
            new = put(connection, self._database.profile, self.event, messages, self.now)
            then(connection)
            return new

        return self._database.transact(work)

    def kept(self) -> list[UUID]:
        with self._database.reading() as connection:
            return list(connection.execute(select(outbox.c.id).where(outbox.c.event_id == self.event)).scalars())


class Ear:
    """A sender that keeps what it is handed."""

    def __init__(self, answer: Heard) -> None:
        self.answer = answer
        self.parcels: list[Parcel] = []

    def send(self, parcel: Parcel) -> Handed:
        self.parcels.append(parcel)
        return Handed(self.answer)


@pytest.fixture
def post(house: House) -> Post:
    return Post(house)


def turns(post: Post, ear: Ear) -> None:
    line = DeliveryLine(post.house.office, Channel.EMAIL, lambda: ear, watch_s=0.05, chance=lambda: 0.5)
    while line.turn():
        pass


def test_a_message_is_put_in_once_for_its_key_and_its_id_comes_of_that(post: Post) -> None:
    expected = message_id(post.event, "welcome:1")
    assert post.put_in(post.message()) == {expected}
    assert post.put_in(post.message(), post.message("welcome:2")) == {message_id(post.event, "welcome:2")}
    assert len(post.kept()) == 2
    assert post.put_in() == frozenset()


def test_what_gives_no_cause_in_the_end_is_told_to_nobody(post: Post) -> None:  # planted: a business deed that fails
    def fail(_: Connection) -> None:
        raise EndpointUnknown

    with pytest.raises(EndpointUnknown):
        post.put_in(post.message(), then=fail)
    assert post.kept() == []


def test_the_recipient_is_with_the_claim_and_with_the_parcel_and_in_no_text_of_either(post: Post) -> None:
    post.put_in(post.message())
    (claimed,) = post.claim(post.account)
    assert (claimed.recipient, claimed.max_attempts) == (ADDRESS, most_attempts(Channel.EMAIL))
    assert ADDRESS not in repr(claimed)
    post.deliveries.give_back(claimed)
    ear = Ear(Heard(250, "DATA"))
    post.house.now_ms = NOW + 1
    turns(post, ear)
    (parcel,) = (each for each in ear.parcels if each.id == claimed.id)  # the line looks after every event
    assert (parcel.recipient, parcel.body) == (ADDRESS, '{"order":"A1"}')
    assert ADDRESS not in repr(parcel)


def test_a_person_is_shown_a_dead_message_with_its_recipient_masked(post: Post) -> None:
    post.put_in(post.message(), replace(post.message("welcome:2"), recipient="0123456789abcdef"))
    for claimed in post.claim(post.account):
        post.deliveries.dead(claimed, "550", "no such user", "refused")
    shown = post.letters.list(post.event, Choice())
    assert {each.recipient for each in shown} == {"m…@mail.example", "01234567…"}
    assert post.letters.show(post.event, shown[0].id).letter.recipient in {"m…@mail.example", "01234567…"}


def test_an_account_of_mail_hears_no_news_of_tickets_and_a_webhook_has_no_recipient(post: Post) -> None:
    with post._database.reading() as connection:
        ends = endpoints_from(connection.execute(select(ENDPOINTS), {"e": post.event}).scalar_one())
        box = Outbox(connection, post._database.profile, post.event, ends, NOW)
        assert (box.is_heard, box.ways) == (False, {Channel.EMAIL})
    hook = post.add()
    post.put("exit:1")
    assert post.waiting() == [hook]
    (claimed,) = post.claim(hook)
    assert claimed.recipient is None
    post.deliveries.dead(claimed, "410", "", "endpoint_gone")
    (letter,) = post.letters.list(post.event, Choice())
    assert letter.recipient is None


def test_a_recipient_that_is_none_is_a_fault_of_the_program(post: Post) -> None:
    for wrong in ("", "a" * 321):
        with pytest.raises(ValueError, match="recipient"):
            replace(post.message(), recipient=wrong)
