"""Accounts, sessions and API keys on both databases: what opens, for how long, and how often somebody may guess."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event, Semaphore
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Connection, Select, select, text, update

from app.errors import AppError
from app.ledger.accounts import (
    FIRST_OWNER,
    ONE_TIME_MS,
    AccountNameTaken,
    AccountNameWrong,
    AccountUnknown,
    LastOwner,
    RoleEventUnknown,
)
from app.ledger.admin import open_ledger
from app.ledger.api_keys import KEY_PREFIX, ApiKeyUnknown, ApiKeyWrong
from app.ledger.credentials import CredentialsWrong
from app.ledger.engine import LedgerBusy
from app.ledger.passwords import AT_ONCE, MOST_WAITING, Passwords
from app.ledger.schema import accounts, api_keys, log_in_tries, metadata, sessions
from app.ledger.sessions import (
    IDLE_MS,
    LONGEST_MS,
    MOST_SESSIONS,
    MOST_TRIES,
    SESSION_PREFIX,
    TRIES_WITHIN_MS,
    CredentialsOver,
    LogInWrong,
    PasswordOver,
    PasswordUnfit,
    TooManyTries,
)
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Right, Role, Roles, Scope
from core.ticket import seal
from tests.contract.ledger_rig import NOW, Home, policy
from tests.contract.town import CHOSEN, Town, open_town
from tests.support.passwords import make_passwords_cheap

pytestmark = pytest.mark.slow

SECOND_MS = 1_000


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Passwords at a three-hundredth of their costs, where the costs are not what is tested."""
    if "real_costs" not in request.keywords:
        make_passwords_cheap(monkeypatch)


@pytest.fixture
def town(home: Home) -> Iterator[Town]:
    with open_town(home) as opened:
        yield opened


# --- the first owner ----------------------------------------------------------------------------------------------


def test_two_first_starts_at_once_make_one_owner(own_home: Home) -> None:
    offices = [open_ledger(own_home.url, own_home.folder) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda office: office.accounts.first_owner(), offices))
    (first,) = [each for each in made if each is not None]
    assert [account.name for account in offices[0].accounts.list()] == [FIRST_OWNER]
    assert offices[0].sessions.log_in(first.name, first.password).must_change
    for office in offices:
        assert office.accounts.first_owner() is None
        office.close()


@pytest.mark.real_costs
def test_a_one_time_password_is_nowhere_in_clear(town: Town, home: Home) -> None:
    token = town.choose(town.first)
    for word in (town.first.password, CHOSEN, token):
        with town.office._database.reading() as connection:
            for table in metadata.tables.values():
                rows = connection.execute(select(table)).all()
                assert not any(word in str(value) for row in rows for value in row), table.name
        for file in home.folder.iterdir():
            assert word.encode() not in file.read_bytes()
    (record,) = [row.password for row in _rows(town, select(accounts.c.password))]
    assert record.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_one_time_password_opens_until_it_is_too_old(town: Town) -> None:
    town.later(ONE_TIME_MS - 1)
    assert town.office.sessions.log_in(FIRST_OWNER, town.first.password).must_change
    town.later(1)
    with pytest.raises(PasswordOver):
        town.office.sessions.log_in(FIRST_OWNER, town.first.password)
    again = town.office.accounts.reset_password(FIRST_OWNER)
    assert town.office.sessions.log_in(FIRST_OWNER, again.password).must_change


# --- the log-in ---------------------------------------------------------------------------------------------------


def test_a_session_says_who_it_is_and_what_they_are(town: Town) -> None:
    event = EventId(UUID(town.office.create_event(policy()).event))
    name = town.new(Role.SUPERVISOR, event)
    person = town.office.sessions.prove(town.token(name.upper()))
    assert (person.name, person.roles, person.must_change) == (name, Roles({event: Role.SUPERVISOR}), False)


def test_what_is_no_token_opens_nothing(town: Town) -> None:
    for token in ("", "x", SESSION_PREFIX, SESSION_PREFIX + "A" * 43, "\x00", "ä"):
        with pytest.raises(CredentialsWrong):
            town.office.sessions.prove(token)


def test_a_session_ends_by_rest_and_by_age(town: Town) -> None:
    name = town.new()
    rests, lasts = town.token(name), town.token(name)
    for _ in range(LONGEST_MS // (IDLE_MS // 2) - 1):
        town.later(IDLE_MS // 2)
        assert town.office.sessions.prove(lasts).name == name
    with pytest.raises(CredentialsOver):
        town.office.sessions.prove(rests)
    town.later(IDLE_MS // 2)
    with pytest.raises(CredentialsOver):
        town.office.sessions.prove(lasts)


def test_logging_out_ends_one_session(town: Town) -> None:
    name = town.new()
    one, other = town.token(name), town.token(name)
    town.office.sessions.log_out(one)
    with pytest.raises(CredentialsWrong):
        town.office.sessions.prove(one)
    assert town.office.sessions.prove(other).name == name


def test_another_password_logs_out_everywhere(town: Town) -> None:
    name = town.new()
    old = [town.token(name) for _ in range(3)]
    person = town.office.sessions.prove(old[0])
    fresh = town.office.sessions.change_password(person, CHOSEN, "another horse battery").token
    for token in old:
        with pytest.raises(CredentialsWrong):
            town.office.sessions.prove(token)
    assert town.office.sessions.prove(fresh).name == name
    with pytest.raises(LogInWrong):
        town.office.sessions.log_in(name, CHOSEN)


def test_a_password_that_is_none_changes_nothing(town: Town) -> None:
    person = town.office.sessions.prove(town.choose(town.first))
    for new in (CHOSEN, "short", "x" * 20, "x" * 5000):
        with pytest.raises(PasswordUnfit):
            town.office.sessions.change_password(person, CHOSEN, new)
    assert town.token(FIRST_OWNER)


def test_who_does_not_know_the_old_password_changes_nothing(town: Town) -> None:
    person = town.office.sessions.prove(town.choose(town.first))
    with pytest.raises(LogInWrong):
        town.office.sessions.change_password(person, "a guess of mine", "another horse battery")
    assert town.token(FIRST_OWNER)


def test_a_disabled_account_is_out_at_once_and_stays_out(town: Town) -> None:
    name = town.new(Role.ADMIN)
    token = town.token(name)
    assert town.office.sessions.prove(token)
    town.office.accounts.disable(name)
    with pytest.raises(CredentialsWrong):
        town.office.sessions.prove(token)
    with pytest.raises(LogInWrong):
        town.office.sessions.log_in(name, CHOSEN)
    town.office.accounts.enable(name)
    assert town.office.sessions.prove(town.token(name)).roles == Roles({INSTALLATION: Role.ADMIN})


def test_what_another_process_changes_counts_within_a_second(town: Town, home: Home) -> None:
    name = town.new(Role.ADMIN)
    token = town.token(name)
    town.office.sessions.prove(token)
    with open_ledger(home.url, home.folder, now_ms=town.clock) as other:
        other.accounts.take_role(name)
        assert other.sessions.prove(token).roles == Roles({})
    town.later(SECOND_MS)
    assert town.office.sessions.prove(token).roles == Roles({})


def test_an_account_has_so_many_sessions_and_no_more(town: Town) -> None:
    name = town.new()
    tokens = []
    for _ in range(MOST_SESSIONS + 2):
        town.later(1)
        tokens.append(town.token(name))
    alive = _rows(town, select(sessions.c.token_sha256))
    assert len(alive) == MOST_SESSIONS
    assert town.office.sessions.prove(tokens[-1])
    with pytest.raises(CredentialsWrong):
        town.office.sessions.prove(tokens[0])


@pytest.mark.real_costs
def test_a_record_of_other_costs_is_made_anew_at_the_log_in(town: Town) -> None:
    town.choose(town.first)
    cheap = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=64).derive_phc_encoded(
        CHOSEN.encode()
    )
    with town.office._database.writing() as connection:
        connection.execute(update(accounts).values(password=cheap))
    town.token(FIRST_OWNER)
    (row,) = _rows(town, select(accounts.c.password))
    assert seal.has_todays_costs(row.password)
    assert town.token(FIRST_OWNER)


# --- guessing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_tries_are_bounded_whether_there_is_such_an_account_or_not(town: Town, name: str) -> None:
    made = town.office.accounts.add("anna")
    for _ in range(MOST_TRIES):
        with pytest.raises(LogInWrong):
            town.office.sessions.log_in(name, "a guess of mine")
    with pytest.raises(TooManyTries):
        town.office.sessions.log_in(name, made.password)
    town.later(TRIES_WITHIN_MS)
    if name == made.name:
        assert town.office.sessions.log_in(name, made.password)
    else:
        with pytest.raises(LogInWrong):
            town.office.sessions.log_in(name, made.password)


def test_many_guesses_at_once_are_counted_one_by_one(town: Town) -> None:
    town.office.accounts.add("anna")

    def guess(_: int) -> str:
        try:
            town.office.sessions.log_in("anna", "a guess of mine")
        except AppError as err:
            return err.key
        return "in"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(guess, range(2 * MOST_TRIES)))
    assert told.count("too_many_tries") == MOST_TRIES
    assert set(told) == {"log_in_wrong", "too_many_tries"}


def test_a_right_password_forgives_the_wrong_ones(town: Town) -> None:
    name = town.new()
    for _ in range(3):
        for _ in range(MOST_TRIES - 1):
            with pytest.raises(LogInWrong):
                town.office.sessions.log_in(name, "a guess of mine")
        assert town.token(name)


def test_a_reset_password_opens_in_spite_of_the_guesses(town: Town) -> None:
    made = town.office.accounts.add("anna")
    for _ in range(MOST_TRIES):
        with pytest.raises(LogInWrong):
            town.office.sessions.log_in(made.name, "a guess of mine")
    again = town.office.accounts.reset_password(made.name)
    assert town.office.sessions.log_in(made.name, again.password)


@pytest.mark.real_costs
def test_a_stranger_costs_the_server_as_much_as_an_account(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hashes with the same costs, and as many durable writes: time tells nobody which names there are."""
    town.office.accounts.add("anna")
    town.office.accounts.add("gone")
    town.office.accounts.disable("gone")
    hashing, transact = seal.is_password, town.office._database.transact
    done: list[str] = []

    def hash_noted(password: str, record: str) -> bool:
        done.append("$".join(record.split("$")[:4]))
        return hashing(password, record)

    def write_noted(work: Callable[[Connection], object]) -> object:
        done.append("write")
        return transact(work)

    monkeypatch.setattr(seal, "is_password", hash_noted)
    monkeypatch.setattr(town.office._database, "transact", write_noted)
    spent: dict[str, list[str]] = {}
    for name in ("anna", "gone", "nobody", "no name at all", "x" * 64):
        done.clear()
        with pytest.raises(LogInWrong):
            town.office.sessions.log_in(name, "a guess of mine")
        spent[name] = list(done)
    assert spent["anna"] == ["write", "$argon2id$v=19$m=19456,t=2,p=1", "write"]
    assert all(each == spent["anna"] for each in spent.values())


def test_old_tries_are_forgotten(town: Town) -> None:
    for number in range(20):
        with pytest.raises(LogInWrong):
            town.office.sessions.log_in(f"nobody {number}", "a guess of mine")
    town.later(TRIES_WITHIN_MS)
    with pytest.raises(LogInWrong):
        town.office.sessions.log_in("anna", "a guess of mine")
    assert len(_rows(town, select(log_in_tries))) == 1


# --- roles and owners ---------------------------------------------------------------------------------------------


def test_one_role_for_each_place(town: Town) -> None:
    event = EventId(UUID(town.office.create_event(policy()).event))
    name = town.new(Role.OPERATOR, event)
    town.office.accounts.give_role(name, Role.AUDITOR)
    town.office.accounts.give_role(name, Role.SUPERVISOR, event)
    assert town.office.accounts.show(name).roles == Roles({event: Role.SUPERVISOR, INSTALLATION: Role.AUDITOR})
    town.office.accounts.take_role(name, event)
    town.office.accounts.take_role(name, event)
    assert town.office.accounts.show(name).roles == Roles({INSTALLATION: Role.AUDITOR})
    with pytest.raises(RoleEventUnknown):
        town.office.accounts.give_role(name, Role.OPERATOR, EventId(uuid4()))
    with pytest.raises(RoleEventUnknown):
        town.office.accounts.add("b", Role.OPERATOR, EventId(uuid4()))
    with pytest.raises(AccountUnknown):
        town.office.accounts.show("b")


def test_the_last_owner_stays(town: Town) -> None:
    owners = town.office.accounts
    for change in (
        lambda: owners.disable(FIRST_OWNER),
        lambda: owners.take_role(FIRST_OWNER),
        lambda: owners.give_role(FIRST_OWNER, Role.ADMIN),
    ):
        with pytest.raises(LastOwner):
            change()
    assert owners.show(FIRST_OWNER).roles == Roles({INSTALLATION: Role.OWNER})
    assert owners.show(FIRST_OWNER).is_active


def test_two_owners_who_end_each_other_leave_one(town: Town) -> None:
    second = town.office.accounts.add("second", Role.OWNER).name

    def end(name: str) -> bool:
        try:
            town.office.accounts.disable(name)
        except LastOwner:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(end, (FIRST_OWNER, second)))
        assert sorted(done) == [False, True]
        for name in (FIRST_OWNER, second):
            town.office.accounts.enable(name)


def test_a_name_is_one_persons(town: Town) -> None:
    for name, error in (("OWNER", AccountNameTaken), ("a b", AccountNameWrong), ("", AccountNameWrong)):
        with pytest.raises(error):
            town.office.accounts.add(name)


def test_two_who_add_one_name_make_one_account(town: Town) -> None:
    def add(_: int) -> bool:
        try:
            town.office.accounts.add("anna")
        except AccountNameTaken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, range(4))) == [False, False, False, True]


def test_an_unknown_account_is_said(town: Town) -> None:
    for change in (town.office.accounts.disable, town.office.accounts.reset_password, town.office.accounts.show):
        with pytest.raises(AccountUnknown):
            change("nobody")


# --- API keys -----------------------------------------------------------------------------------------------------

SELLING = Scope(frozenset({Right.SELL_TICKETS}), frozenset({INSTALLATION}))


def test_a_key_opens_what_it_is_for_until_it_ends(town: Town) -> None:
    made = town.office.api_keys.make("box office", SELLING, NOW + 5_000)
    assert made.text.startswith(KEY_PREFIX)
    assert town.office.api_keys.prove(made.text).scope == SELLING
    town.later(5_000)
    with pytest.raises(CredentialsOver):
        town.office.api_keys.prove(made.text)


def test_a_revoked_key_opens_nothing(town: Town, home: Home) -> None:
    made = town.office.api_keys.make("box office", SELLING)
    town.office.api_keys.prove(made.text)
    with open_ledger(home.url, home.folder, now_ms=town.clock) as other:
        other.api_keys.revoke(made.id)
        other.api_keys.revoke(made.id)
    town.later(SECOND_MS)
    with pytest.raises(CredentialsOver):
        town.office.api_keys.prove(made.text)
    assert town.deeds().count(("apikey.revoked", made.id.hex)) == 1
    with pytest.raises(ApiKeyUnknown):
        town.office.api_keys.revoke(uuid4())


def test_a_key_is_said_once_and_kept_as_its_hash(town: Town) -> None:
    made = town.office.api_keys.make("box office", SELLING)
    secret = made.text.partition(".")[2]
    (row,) = _rows(town, select(api_keys))
    assert row.secret_sha256 == seal.sha256(secret.encode())
    assert secret not in str(row)
    assert secret not in repr(town.office.api_keys.list())
    for wrong in (made.text[:-1], f"{KEY_PREFIX}{made.id.hex}.", f"{KEY_PREFIX}{uuid4().hex}.{secret}", KEY_PREFIX):
        with pytest.raises(CredentialsWrong):
            town.office.api_keys.prove(wrong)


WRONG_KEYS: list[tuple[str, Scope, int | None]] = [
    ("", SELLING, None),
    ("x" * 65, SELLING, None),
    ("a\x00", SELLING, None),
    ("x", Scope(frozenset(), frozenset({INSTALLATION})), None),
    ("x", Scope(frozenset({Right.SELL_TICKETS}), frozenset()), None),
    ("x", Scope(frozenset({Right.SEND_FACTS}), frozenset({INSTALLATION})), None),
    ("x", Scope(frozenset({Right.SELL_TICKETS}), frozenset({EventId(UUID(int=7))})), None),
    ("x", SELLING, NOW),
]


def test_a_key_that_could_do_nothing_is_refused(town: Town) -> None:
    for name, scope, ends_at_ms in WRONG_KEYS:
        with pytest.raises(ApiKeyWrong):
            town.office.api_keys.make(name, scope, ends_at_ms)
    assert town.office.api_keys.list() == []


def test_a_right_that_a_newer_program_knew_opens_nothing(town: Town) -> None:
    made = town.office.api_keys.make("box office", SELLING)
    with town.office._database.writing() as connection:
        connection.execute(text('UPDATE api_keys SET rights = \'["moon:sell", "tickets:sell"]\''))
    assert town.office.api_keys.prove(made.text).scope.rights == {Right.SELL_TICKETS}


# --- what is written down -----------------------------------------------------------------------------------------


def test_every_change_of_people_is_in_the_log(town: Town) -> None:
    event = EventId(UUID(town.office.create_event(policy()).event))
    token = town.choose(town.first)
    town.office.accounts.add("anna", Role.OPERATOR, event)
    town.office.accounts.give_role("anna", Role.AUDITOR)
    town.office.accounts.take_role("anna")
    town.office.accounts.reset_password("anna")
    town.office.accounts.disable("anna")
    town.office.accounts.enable("anna")
    with pytest.raises(LogInWrong):
        town.office.sessions.log_in("anna", "a guess of mine")
    town.office.sessions.log_out(token)
    made = town.office.api_keys.make("box office", SELLING)
    assert [deed for deed in town.deeds() if deed[0] != "event.made"][::-1] == [
        ("owner.made", "owner"),
        ("login.done", "owner"),
        ("password.changed", "owner"),
        ("account.made", "anna"),
        ("role.given", "anna"),
        ("role.taken", "anna"),
        ("password.reset", "anna"),
        ("account.disabled", "anna"),
        ("account.enabled", "anna"),
        ("login.refused", "anna"),
        ("login.ended", "owner"),
        ("apikey.made", made.id.hex),
    ]
    there = [json.loads(row.text)["deed"] for row in town.office.audit.page(event).records]
    assert there == ["role.given", "event.made"]
    for place in (event, INSTALLATION):
        assert town.office.audit.verify(place).flaw is None


def _rows(town: Town, wanted: Select[Any]) -> Sequence[Any]:
    with town.office._database.reading() as connection:
        return connection.execute(wanted).all()


# --- the bound on memory ------------------------------------------------------------------------------------------


def test_two_passwords_are_compared_at_once_and_a_crowd_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords()
    record = passwords.record(CHOSEN)
    begun, may_end, is_same = Semaphore(0), Event(), seal.is_password

    def slowly(password: str, kept: str) -> bool:
        begun.release()
        assert may_end.wait(60)
        return is_same(password, kept)

    monkeypatch.setattr(seal, "is_password", slowly)
    monkeypatch.setattr("app.ledger.passwords.WAIT_S", 60.0)
    crowd = AT_ONCE + MOST_WAITING
    with ThreadPoolExecutor(crowd + 1) as pool:
        found = {pool.submit(passwords.is_it, CHOSEN, record) for _ in range(crowd + 1)}
        (refused,), inside = wait(found, timeout=60, return_when=FIRST_COMPLETED)
        assert isinstance(refused.exception(), LedgerBusy)
        for _ in range(AT_ONCE):
            assert begun.acquire(timeout=60)
        assert not begun.acquire(blocking=False), "two at a time"
        may_end.set()
        assert all(each.result() for each in inside)
    assert passwords.is_it(CHOSEN, record), "the turns came back"


def test_nobodys_password_is_never_it() -> None:
    passwords = Passwords()
    assert not passwords.is_it(CHOSEN, None)
    assert not passwords.is_it(CHOSEN, "no record")
    assert not passwords.is_it("x" * 300, passwords.record("x" * 300))
