"""Pushes by a real ledger to a peer that speaks like Google: what each answer makes of message, token and project."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.ledger.endpoint_book import TEST_KIND, Circuit, EndpointWrong
from app.ledger.new_devices import hashed
from app.ledger.outbox import Message, put
from app.ledger.schema import endpoints, outbox
from app.net import push_sender
from app.net.fcm import target_of
from app.runtime.push_line import PushLine
from app.runtime.rounds import Rounds
from core.delivery.circuit import OPENS_AFTER
from core.delivery.meaning import TOKEN_INVALID, Fate
from core.delivery.message import WAITS_S, Channel, message_id
from core.delivery.notice import NoticeKind
from core.delivery.parcel import Handed
from core.delivery.push_token import DAY_MS, Reached, TokenState
from core.model.roles import Role
from core.model.settings import Language
from tests.contract.ledger_rig import NOW, House
from tests.contract.test_notices import Staff
from tests.support.google_peer import SENT, Google, key_text, problem, token_of
from tests.support.passwords import make_passwords_cheap
from tests.support.scripted_server import Reply

HOUR_MS = 3_600_000
ON_SQLITE = pytest.mark.parametrize("home", ["sqlite"], indirect=True)
"""What of the ledger is in it, others play on both databases."""
UNREGISTERED = problem(404, "NOT_FOUND", "UNREGISTERED")
PAYLOAD = problem(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
BUSY = problem(503, "UNAVAILABLE", "UNAVAILABLE", Retry_After="30")
QUOTA = problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After="600")
ONE_DEVICE = problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", is_of_device=True, Retry_After="600")


class Phones(Staff):
    """An event's people, their telephones, and a project that reaches them through a peer."""

    project: UUID

    def __init__(self, house: House, peer: Google) -> None:
        self.peer = peer
        super().__init__(house)
        _, account, session = self.person(Role.SUPERVISOR)
        for token in ("a", "b", "c"):
            self.office.push.register(account, session, token)

    def way(self, channel: Channel = Channel.PUSH) -> UUID:
        url = self.peer.server.url
        return self.office.endpoints.add_account(self.event, channel, target_of("doors", url), key_text(url).encode())

    def ring(self, *tokens: str, about: str = "1", kind: str = NoticeKind.DEVICE_SILENT.value) -> None:
        """A message for each of these telephones."""
        told = {
            "device_name": "Kiosk 1",
            "gate": "North gate",
            "last_seen_ms": NOW,
            "event_name": "Night",
            "at_ms": NOW,
        }
        messages = [
            Message(Channel.PUSH, self.project, kind, f"{about}:{token}", json.dumps(told), hashed(token).hex())
            for token in tokens
        ]
        database = self.office._database
        database.transact(lambda each: put(each, database.profile, self.event, messages, self.house.now_ms))

    def line(self) -> PushLine:
        return PushLine(self.office, to_loopback=True)

    def work(self, line: PushLine | None = None) -> None:
        """All that is due now."""
        assert Rounds([(line or self.line()).duty]).once()

    def later(self, ms: int) -> None:
        self.house.now_ms += ms

    def state(self, token: str, about: str = "1") -> tuple[str, int, str | None]:
        """A message's state, its attempts and why it ended."""
        wanted = (outbox.c.event_id == self.event) & (outbox.c.id == message_id(self.event, f"{about}:{token}"))
        with self.office._database.reading() as connection:
            row = connection.execute(select(outbox).where(wanted)).one()
        return row.state, row.attempts, row.reason

    def life(self, token: str) -> TokenState | None:
        found = self.office.push.find(hashed(token))
        return TokenState.ACTIVE if isinstance(found, Reached) else found

    def fares(self) -> Any:
        return self.office.endpoints.show(self.event, self.project)


@pytest.fixture
def phones(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Phones]:
    make_passwords_cheap(monkeypatch)
    peer = Google()
    with peer.server:
        yield Phones(house, peer)


def test_a_double_admission_is_shown_on_the_telephones_of_those_who_may_look_into_it(phones: Phones) -> None:
    phones.phone(Role.OPERATOR, "operator")
    phones.double_admission()
    phones.notices.turn()
    phones.work()
    assert sorted(phones.peer.tokens_pushed()) == ["a", "b", "c"]
    message = json.loads(phones.peer.pushes[0].body)["message"]
    assert message["notification"]["title"] == "Double admission"
    assert message["notification"]["body"].startswith("North gate, ")
    assert message["data"]["event"] == phones.event.hex
    assert len(phones.peer.tokens) == 1, "one access token does for all of them"


def test_a_token_that_the_provider_knows_no_more_ends_and_gets_no_push_again(phones: Phones) -> None:
    phones.peer.by_token["a"] = lambda _: UNREGISTERED
    phones.ring("a", "b")
    phones.later(1_000)
    phones.work()
    assert phones.state("a") == ("dead", 1, TOKEN_INVALID)
    assert (phones.life("a"), phones.life("b")) == (TokenState.INVALID, TokenState.ACTIVE)
    phones.ring("a", "b", about="2")
    phones.work()
    assert phones.state("a", "2") == ("canceled", 1, TOKEN_INVALID)
    assert phones.peer.tokens_pushed().count("a") == 1
    assert phones.fares().circuit is Circuit.CLOSED, "one telephone that is gone is no trouble of the project's"


@ON_SQLITE
def test_a_telephone_that_registered_after_the_push_had_left_has_the_last_word(phones: Phones) -> None:
    name, account, session = phones.person(Role.SUPERVISOR)
    assert name
    phones.office.push.register(account, session, "again")

    def answer(_: int) -> Reply:
        phones.later(1_000)
        phones.office.push.register(account, session, "again")
        return UNREGISTERED

    phones.peer.by_token["again"] = answer
    phones.ring("again")
    phones.later(1_000)
    phones.work()
    assert phones.state("again")[0] == "dead"
    assert phones.life("again") is TokenState.ACTIVE


@ON_SQLITE
def test_a_telephone_is_spoken_to_in_its_language(phones: Phones) -> None:
    _, account, session = phones.person(Role.SUPERVISOR)
    phones.office.push.register(account, session, "german", Language.GERMAN)
    phones.office.push.register(account, session, "german")  # a refresh says nothing about it
    phones.ring("german", "a")
    phones.work()
    titles = {token_of(each): json.loads(each.body)["message"]["notification"]["title"] for each in phones.peer.pushes}
    assert titles == {"german": "Kiosk 1 meldet sich nicht", "a": "Kiosk 1 has fallen silent"}


@ON_SQLITE
def test_a_payload_that_is_refused_kills_the_message_and_no_token(phones: Phones) -> None:
    phones.peer.by_token["a"] = lambda _: PAYLOAD
    phones.ring("a", "b")
    phones.later(1_000)
    phones.work()
    assert phones.state("a") == ("dead", 1, "payload_refused")
    assert [phones.life(token) for token in "abc"] == [TokenState.ACTIVE] * 3
    assert phones.fares().health.failures == 0


@ON_SQLITE
def test_planted_tokens_killed_by_a_400_are_seen(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the one above: a line that takes every dead push for a dead token."""

    def kill(line: PushLine, claimed: Any, _: Handed, meaning: Any) -> Any:
        dead = meaning.fate is Fate.DEAD
        return line._push.ending(bytes.fromhex(claimed.recipient), claimed.lease_until) if dead else None

    monkeypatch.setattr(PushLine, "_aftermath", kill)
    phones.peer.by_token["a"] = lambda _: PAYLOAD
    phones.ring("a")
    phones.later(1_000)
    phones.work()
    assert phones.life("a") is TokenState.INVALID


def test_a_worker_that_slept_through_its_lease_ends_nobodys_telephone(phones: Phones) -> None:
    """A zombie's word counts for nothing: neither for the message nor for the token."""
    phones.ring("a")
    phones.later(1_000)

    def answer(_: int) -> Reply:
        phones.later(10 * 60_000)
        assert phones.office.deliveries.sweep(phones.event, 10) == 1
        return UNREGISTERED

    phones.peer.by_token["a"] = lambda count: answer(count) if count == 1 else SENT
    phones.work()
    assert phones.state("a") == ("sent", 2, None)
    assert phones.life("a") is TokenState.ACTIVE


@ON_SQLITE
def test_planted_a_word_that_is_written_down_outside_the_fence_ends_a_telephone_that_lives(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the end of the token in a transaction of its own, whoever the message belongs to."""

    def at_once(line: PushLine, claimed: Any, _: Handed, meaning: Any) -> None:
        if meaning.reason == TOKEN_INVALID:
            line._push.told_unregistered(bytes.fromhex(claimed.recipient), claimed.lease_until)

    monkeypatch.setattr(PushLine, "_aftermath", at_once)
    phones.ring("a")
    phones.later(1_000)

    def answer(_: int) -> Reply:
        phones.later(10 * 60_000)
        phones.office.deliveries.sweep(phones.event, 10)
        return UNREGISTERED

    phones.peer.by_token["a"] = lambda count: answer(count) if count == 1 else SENT
    phones.work()
    assert phones.life("a") is TokenState.INVALID


@ON_SQLITE
def test_a_message_has_one_id_at_each_attempt_so_that_a_telephone_shows_it_once(phones: Phones) -> None:
    phones.peer.by_token["a"] = lambda count: SENT if count > 2 else BUSY
    phones.ring("a")
    for _ in range(3):
        phones.work()
        phones.later(HOUR_MS)
    assert phones.state("a") == ("sent", 3, None)
    shown = [json.loads(each.body)["message"] for each in phones.peer.pushes]
    assert {each["data"]["message_id"] for each in shown} == {message_id(phones.event, "1:a").hex}
    assert len({each["android"]["notification"]["tag"] for each in shown}) == 1


@ON_SQLITE
def test_planted_a_new_id_for_each_attempt_would_be_shown_three_times(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the one above."""
    real = push_sender.PushText
    monkeypatch.setattr(push_sender, "PushText", lambda _, *rest: real(uuid4().hex, *rest))
    with pytest.raises(AssertionError):
        test_a_message_has_one_id_at_each_attempt_so_that_a_telephone_shows_it_once(phones)


@ON_SQLITE
def test_a_push_that_always_fails_is_dead_after_its_schedule_and_its_token_lives(phones: Phones) -> None:
    phones.peer.by_token["a"] = lambda _: problem(500, "INTERNAL", "INTERNAL")
    phones.ring("a")
    for _ in range(len(WAITS_S[Channel.PUSH]) + 1):
        phones.work()
        phones.later(13 * HOUR_MS)
    assert phones.state("a") == ("dead", len(WAITS_S[Channel.PUSH]), "attempts_spent")
    assert phones.life("a") in (TokenState.ACTIVE, TokenState.INACTIVE)


def test_a_project_over_its_quota_rests_and_a_single_telephone_makes_nobody_wait(phones: Phones) -> None:
    phones.peer.by_token["a"] = lambda _: ONE_DEVICE
    phones.ring("a")
    phones.work()
    assert phones.fares().circuit is Circuit.CLOSED
    assert phones.fares().health.failures == 0
    phones.peer.by_token["b"] = lambda count: QUOTA if count == 1 else SENT
    phones.ring("b")
    phones.work()
    assert phones.fares().circuit is Circuit.OPEN
    phones.ring("c")
    phones.work()
    assert phones.state("c")[:2] == ("ready", 0), "the project rests as long as it asked to"
    phones.later(601_000)
    phones.work()
    phones.later(61_000)
    phones.work()
    assert phones.state("c")[0] == "sent"


@ON_SQLITE
def test_many_bad_tokens_in_a_row_rest_no_project(phones: Phones) -> None:
    bad = [f"bad-{number}" for number in range(2 * OPENS_AFTER)]
    _, account, session = phones.person(Role.SUPERVISOR)
    for number, token in enumerate(bad):
        phones.peer.by_token[token] = (lambda _: UNREGISTERED) if number % 2 else lambda _: PAYLOAD
        phones.office.push.register(account, session, token)
    phones.ring(*bad, "a")
    phones.later(1_000)
    phones.work()
    assert phones.state("a")[0] == "sent"
    assert phones.fares().circuit is Circuit.CLOSED


@ON_SQLITE
def test_a_telephone_that_rests_is_gone_or_whose_account_is_closed_gets_no_push(phones: Phones) -> None:
    closed = phones.phone(Role.SUPERVISOR, "closed")
    name, account, session = phones.person(Role.SUPERVISOR)
    assert name
    phones.office.push.register(account, session, "logged-out")
    phones.ring("a", "closed", "logged-out", "never-was")
    phones.office.accounts.disable(closed)
    phones.office.sessions.log_out(session)
    phones.later(31 * DAY_MS)
    phones.work()
    assert phones.state("a") == ("canceled", 1, "token_inactive")
    assert phones.state("closed") == ("canceled", 1, "token_inactive")
    assert phones.state("logged-out") == ("canceled", 1, "token_gone")
    assert phones.state("never-was") == ("canceled", 1, "token_gone")
    assert phones.peer.pushes == []


@ON_SQLITE
def test_what_nobody_can_put_into_words_is_dead_and_says_so(phones: Phones) -> None:
    phones.ring("a", kind="notice.of_next_year")
    phones.work()
    assert phones.state("a") == ("dead", 1, "payload_refused")
    assert phones.peer.pushes == []


@ON_SQLITE
def test_a_test_asks_the_project_and_rings_nobody(phones: Phones) -> None:
    message = phones.office.endpoints.test(phones.event, phones.project)
    phones.work()
    told = phones.office.letters.show(phones.event, message)
    assert (told.letter.kind, told.letter.state) == (TEST_KIND, "sent")
    (asked,) = phones.peer.pushes
    assert json.loads(asked.body)["validate_only"] is True
    assert token_of(asked) == ""


@ON_SQLITE
def test_a_key_that_is_no_more_fails_the_project_until_there_is_another(phones: Phones) -> None:
    phones.peer.token_reply = Reply(400, b'{"error": "invalid_grant"}')
    phones.ring("a")
    phones.work()
    assert phones.state("a")[:2] == ("ready", 1)
    assert phones.fares().health.failures == 1
    phones.peer.token_reply = None
    url = phones.peer.server.url
    target, key = target_of("doors", url), key_text(url, private_key_id="2").encode()
    told = phones.office.endpoints.renew_account(phones.event, phones.project, Channel.PUSH, target, key)
    assert told.health.failures == 0
    phones.later(HOUR_MS)
    phones.work()
    assert phones.state("a")[0] == "sent"


@ON_SQLITE
def test_a_projects_key_is_nobodys_to_make_up_or_to_read(phones: Phones) -> None:
    book, event, project = phones.office.endpoints, phones.event, phones.project
    with pytest.raises(EndpointWrong):
        book.rotate(event, project)
    with pytest.raises(EndpointWrong):
        book.change(event, project, target="https://elsewhere.example")
    with pytest.raises(EndpointWrong):
        book.remove(event, project)
    with phones.office._database.reading() as connection:
        row = connection.execute(select(endpoints).where(endpoints.c.event_id == event)).one()
    assert b"PRIVATE KEY" not in row.secret
    assert "PRIVATE KEY" not in repr(book.address_of(event, project))
    book.remove(event, project, Channel.PUSH)
    assert book.list(event) == []


@ON_SQLITE
def test_a_key_that_names_another_place_for_its_tokens_is_used_for_nothing(phones: Phones) -> None:
    """A ledger that came from elsewhere may hold a key that nobody checked here."""
    url = phones.peer.server.url
    key = key_text(url, token_uri="https://169.254.169.254/token").encode()
    phones.office.endpoints.renew_account(phones.event, phones.project, Channel.PUSH, target_of("doors", url), key)
    phones.ring("a")
    phones.work()
    assert phones.state("a")[:2] == ("ready", 1)
    assert (phones.peer.tokens, phones.peer.pushes) == ([], [])


@ON_SQLITE
def test_no_attempt_that_is_kept_shows_a_token_or_a_text(phones: Phones) -> None:
    phones.peer.by_token["a"] = lambda _: PAYLOAD
    phones.ring("a")
    phones.work()
    told = phones.office.letters.show(phones.event, message_id(phones.event, "1:a"))
    (attempt,) = told.attempts
    assert attempt.request is not None
    assert json.loads(attempt.request)["token"] == "(hidden)"
    assert "Kiosk 1" not in attempt.request
    assert told.letter.recipient == hashed("a").hex()[:8] + "…"


@ON_SQLITE
def test_a_lost_answer_comes_again_under_its_id_after_the_worker_is_gone(phones: Phones) -> None:
    """A worker dies with the push on its way: its lease ends, and another sends it again."""
    phones.ring("a")
    (claimed,) = phones.office.deliveries.claim(phones.event, phones.project, "gone", 1)
    phones.later(2 * 60_000)
    phones.work()
    assert phones.state("a") == ("sent", 2, None)
    assert claimed.id == message_id(phones.event, "1:a")
