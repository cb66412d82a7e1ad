"""Push tokens on both databases: whose they are, what they are good for, and that nobody reads them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select

from app.ledger.push_book import MOST_TOKENS, PushTokenWrong
from app.ledger.schema import push_tokens
from app.runtime.job_table import runner_of
from core.delivery.push_token import DAY_MS, KEPT_MS, MOST_TOKEN, Ending, TokenState
from core.model.moments import Millis
from core.model.roles import Role
from tests.contract.ledger_rig import Home
from tests.contract.town import Town, open_town
from tests.support.passwords import make_passwords_cheap

TOKEN = "fcm:APA91bE-x_9"


@pytest.fixture
def town(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    make_passwords_cheap(monkeypatch)
    with open_town(home) as opened:
        yield opened


def phone(town: Town, name: str, token: str = TOKEN) -> tuple[UUID, str]:
    """An account's telephone says where it is reached; the account and its session."""
    session = town.token(name)
    account = town.office.sessions.prove(session).id
    town.office.push.register(account, session, token)
    return account, session


def reached(town: Town, account: UUID) -> list[str]:
    return [each.token for each in town.office.push.to_reach(account)]


def test_a_telephone_is_reached_until_its_session_logs_out(town: Town) -> None:
    account, session = phone(town, town.new(Role.SUPERVISOR))
    assert reached(town, account) == [TOKEN]
    town.office.sessions.log_out(session)
    assert reached(town, account) == []
    assert town.office.push.of_account(account) == []


def test_another_session_logs_out_and_the_telephone_rings_on(town: Town) -> None:
    name = town.new()
    account, _ = phone(town, name)
    town.office.sessions.log_out(town.token(name))
    assert reached(town, account) == [TOKEN]


def test_a_telephone_that_is_handed_on_rings_for_its_new_holder_alone(town: Town) -> None:
    first, session = phone(town, town.new())
    second, _ = phone(town, town.new())
    assert (reached(town, first), reached(town, second)) == ([], [TOKEN])
    assert town.office.push.forget(first, TOKEN) is False, "it is not theirs any more"
    town.office.sessions.log_out(session)
    assert reached(town, second) == [TOKEN]


def test_many_at_once_register_one_telephone_once(town: Town) -> None:
    name = town.new()
    session = town.token(name)
    account = town.office.sessions.prove(session).id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: town.office.push.register(account, session, TOKEN), range(8)))
    assert len(town.office.push.of_account(account)) == 1


def test_nobody_pushes_to_an_account_that_was_disabled(town: Town) -> None:
    name = town.new()
    account, _ = phone(town, name)
    town.office.accounts.disable(name)
    assert reached(town, account) == []


def test_what_is_not_refreshed_rests_then_ends_then_goes(town: Town) -> None:
    name = town.new()
    account, session = phone(town, name)
    town.later(30 * DAY_MS)
    assert reached(town, account) == []
    assert [each.state for each in town.office.push.of_account(account)] == [TokenState.INACTIVE]
    town.office.push.register(account, session, TOKEN)
    assert reached(town, account) == [TOKEN]
    town.later(270 * DAY_MS)
    done = town.office.push.age()
    (told,) = town.office.push.of_account(account)
    assert (done.ended, done.forgotten, told.state, told.ending) == (1, 0, TokenState.INVALID, Ending.UNUSED)
    town.later(KEPT_MS)
    assert town.office.push.age().forgotten == 1
    assert town.office.push.of_account(account) == []


def test_the_providers_word_counts_for_what_was_registered_before_it_was_asked(town: Town) -> None:
    account, session = phone(town, town.new())
    (address,) = town.office.push.to_reach(account)
    asked_at = Millis(town.clock.now_ms + 1_000)
    town.later(2_000)
    town.office.push.register(account, session, TOKEN)
    assert town.office.push.told_unregistered(address.id, asked_at) is False, "the telephone has the last word"
    assert reached(town, account) == [TOKEN]
    town.later(2_000)
    assert town.office.push.told_unregistered(address.id, Millis(town.clock.now_ms)) is True
    assert reached(town, account) == []
    assert town.office.push.told_unregistered(b"\0" * 32, Millis(town.clock.now_ms)) is False


def test_an_account_has_so_many_telephones_and_the_oldest_goes(town: Town) -> None:
    account, session = phone(town, town.new(), "token-0")
    for number in range(1, MOST_TOKENS + 1):
        town.later(1_000)
        town.office.push.register(account, session, f"token-{number}")
    assert sorted(reached(town, account)) == sorted(f"token-{number}" for number in range(1, MOST_TOKENS + 1))


@pytest.mark.parametrize("wrong", ["", " ", "two words", "x" * (MOST_TOKEN + 1), "ä", "a\nb", "\x00"])
def test_what_is_no_token_is_not_taken(town: Town, wrong: str) -> None:
    session = town.token(town.new())
    with pytest.raises(PushTokenWrong):
        town.office.push.register(town.office.sessions.prove(session).id, session, wrong)


def test_a_token_lies_nowhere_in_clear(town: Town) -> None:
    account, _ = phone(town, town.new())
    with town.office._database.reading() as connection:
        connection.execution_options(spans_events="a look at all there is")
        (row,) = connection.execute(select(push_tokens)).all()
    assert TOKEN.encode() not in row.token
    assert TOKEN not in repr(town.office.push.to_reach(account))
    assert TOKEN not in repr(town.office.push.of_account(account))


def test_the_job_says_what_it_did(town: Town) -> None:
    account, session = phone(town, town.new())
    town.later(271 * DAY_MS)
    run = runner_of(town.office).run_now("push-tokens")
    assert run.outcome == "1 push tokens ended and 0 forgotten"
    assert town.office.push.register(account, session, TOKEN).state_at(town.clock.now_ms) is TokenState.ACTIVE
