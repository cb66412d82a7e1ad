"""Where the telephones of accounts are reached: push tokens, from their registration to their end.

Owns the table `push_tokens`. A token is an address that anybody may write to who has it, so it is kept locked under the
master key and told to nobody; a row goes by its hash. It belongs to the account that registered it last: a telephone
that is handed on brings its new holder's notices only. When it is worth a push, `core.delivery.push_token` decides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, exists, select, update

from app.errors import AppError
from app.ledger.deliveries import Also
from app.ledger.engine import Database
from app.ledger.new_devices import hashed
from app.ledger.root_keys import unwrap, wrap
from app.ledger.schema import NO_EVENT, account_roles, accounts, push_tokens
from core.delivery.notice import RULES, Notice
from core.delivery.push_intent import is_push_token
from core.delivery.push_token import (
    INACTIVE_AFTER_MS,
    INVALID_AFTER_MS,
    KEPT_MS,
    MOST_TOKEN,
    Ending,
    Reached,
    TokenLife,
    TokenState,
)
from core.model.moments import Millis
from core.model.roles import ACCOUNT_ROLES, RIGHTS
from core.model.settings import Language

MOST_TOKENS = 20
"""Telephones of one account: as many as sessions. The one that was not heard of for longest goes first."""
AT_ONCE = 500
"""Rows of one turn of the job."""


class PushTokenWrong(AppError):
    """What was registered is no push token: empty, too long, or not made of printable ASCII letters."""

    def __init__(self) -> None:
        super().__init__("push_token_wrong")


@dataclass(frozen=True, slots=True)
class Telephone:
    """One registered token as its account sees it: which one by the first eight digits of its hash, and its state."""

    sign: str
    state: TokenState
    registered_at_ms: int
    refreshed_at_ms: int
    ending: Ending | None


@dataclass(frozen=True, slots=True)
class Address:
    """An active token, for whoever sends: its hash names it afterwards."""

    id: bytes
    account: UUID
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Aged:
    """What one turn of the job did."""

    ended: int
    forgotten: int

    @property
    def is_more(self) -> bool:
        """Whether another turn may find something."""
        return AT_ONCE in {self.ended, self.forgotten}


class PushBook:
    """The push tokens of one database. Safe between threads and processes."""

    def __init__(self, database: Database, master: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._master = master
        self._now_ms = now_ms

    def register(self, account: UUID, session_token: str, token: str, language: Language | None = None) -> TokenLife:
        """Makes a token this account's, or says that its telephone lives; the same again changes nothing else.

        `language` is what the telephone is spoken to in; None: as before.

        Raises PushTokenWrong, LedgerBusy, LedgerUnavailable.
        """
        if not is_push_token(token, MOST_TOKEN):
            raise PushTokenWrong
        id_, now = hashed(token), Millis(self._now_ms())
        locked = wrap(self._master, token.encode("ascii"), _about(id_))

        def work(connection: Connection) -> TokenLife:
            found = connection.execute(select(push_tokens).where(_is(id_)).with_for_update()).one_or_none()
            life = TokenLife(now, now) if found is None else _life(found).refreshed(now)
            told = {"token": locked, "account": account, "session_sha256": hashed(session_token)} | _times(life)
            told |= {} if language is None else {"language": language.value}
            put = self._database.profile.insert(push_tokens)
            key = [push_tokens.c.event_id, push_tokens.c.token_sha256]
            row = {"event_id": NO_EVENT, "token_sha256": id_} | told
            connection.execute(put.on_conflict_do_update(index_elements=key, set_=told), row)
            _drop_oldest(connection, account)
            return life

        return self._database.transact(work)

    def forget(self, account: UUID, token: str) -> bool:
        """The account's telephone wants no more of it; False where it was not the account's."""
        mine = _is(hashed(token)) & (push_tokens.c.account == account)
        return self._database.transact(
            lambda connection: connection.execute(delete(push_tokens).where(mine)).rowcount > 0
        )

    def of_account(self, account: UUID) -> list[Telephone]:
        """The tokens of an account, the one that was heard of last first."""
        now = self._now_ms()
        mine = (push_tokens.c.event_id == NO_EVENT) & (push_tokens.c.account == account)
        wanted = select(push_tokens).where(mine).order_by(push_tokens.c.refreshed_at.desc(), push_tokens.c.token_sha256)
        with self._database.reading() as connection:
            return [_telephone(row, now) for row in connection.execute(wanted)]

    def to_reach(self, account: UUID) -> list[Address]:
        """Where an account is reached now: its active tokens; none of an account that was disabled."""
        of_account = (accounts.c.event_id == push_tokens.c.event_id) & (accounts.c.id == push_tokens.c.account)
        mine = (push_tokens.c.event_id == NO_EVENT) & (push_tokens.c.account == account) & accounts.c.is_active
        wanted = select(push_tokens).join_from(push_tokens, accounts, of_account).where(mine, *self._alive())
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(push_tokens.c.token_sha256)).all()
        return [Address(row.token_sha256, account, self._opened(row)) for row in rows]

    def reached(self, connection: Connection, notice: Notice, most: int) -> list[str]:
        """The ids (hex) of the active tokens of all whom a notice is for, those that were heard of last first.

        In a transaction that somebody else began. None where no right says who.
        """
        event, right = notice.event, RULES[notice.kind].right
        roles = [role.value for role in ACCOUNT_ROLES if right in RIGHTS[role]]
        of_account = (accounts.c.event_id == push_tokens.c.event_id) & (accounts.c.id == push_tokens.c.account)
        holds = exists().where(
            account_roles.c.event_id == NO_EVENT,
            account_roles.c.account == push_tokens.c.account,
            account_roles.c.of_event.in_([event, NO_EVENT]),
            account_roles.c.role.in_(roles),
        )
        wanted = (
            select(push_tokens.c.token_sha256)
            .join_from(push_tokens, accounts, of_account)
            .where(push_tokens.c.event_id == NO_EVENT, accounts.c.is_active, *self._alive(), holds)
            .order_by(push_tokens.c.refreshed_at.desc(), push_tokens.c.token_sha256)
            .limit(most)
        )
        return [bytes(id_).hex() for id_ in connection.execute(wanted).scalars()]

    def find(self, id_: bytes) -> Reached | TokenState | None:
        """Where a token is reached now, its state where it gets no push, None where it is gone.

        One of an account that was disabled is inactive.
        """
        of_account = (accounts.c.event_id == push_tokens.c.event_id) & (accounts.c.id == push_tokens.c.account)
        wanted = select(push_tokens, accounts.c.is_active).join_from(push_tokens, accounts, of_account).where(_is(id_))
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        state = _life(row).state_at(self._now_ms())
        if state is not TokenState.ACTIVE or not row.is_active:
            return TokenState.INACTIVE if state is TokenState.ACTIVE else state
        return Reached(self._opened(row), row.language)

    def told_unregistered(self, id_: bytes, asked_at_ms: Millis) -> bool:
        """The provider knows the token no more; False where it is gone, or its telephone has registered since.

        `asked_at_ms` is when the push left that the provider says so about.
        """
        return self._database.transact(lambda connection: self._end(connection, id_, asked_at_ms))

    def ending(self, id_: bytes, asked_at_ms: Millis) -> Also:
        """The same, for the transaction that ends the push."""

        def end(connection: Connection) -> None:
            self._end(connection, id_, asked_at_ms)

        return end

    def _end(self, connection: Connection, id_: bytes, asked_at_ms: Millis) -> bool:
        found = connection.execute(select(push_tokens).where(_is(id_)).with_for_update()).one_or_none()
        life = None if found is None else _life(found)
        ended = None if life is None else life.told_unregistered(asked_at_ms, Millis(self._now_ms()))
        if ended is None or ended == life:
            return False
        connection.execute(update(push_tokens).where(_is(id_)).values(_times(ended)))
        return True

    def age(self) -> Aged:
        """Writes down the ends that time brings, and forgets rows without further use; a bounded piece of both."""
        now = Millis(self._now_ms())
        alive = (push_tokens.c.event_id == NO_EVENT) & push_tokens.c.ended_at.is_(None)
        spent = alive & (push_tokens.c.refreshed_at <= now - INVALID_AFTER_MS)
        old = (push_tokens.c.event_id == NO_EVENT) & (push_tokens.c.ended_at <= now - KEPT_MS)

        def work(connection: Connection) -> Aged:
            rows = connection.execute(select(push_tokens).where(spent).limit(AT_ONCE).with_for_update()).all()
            for row in rows:
                connection.execute(
                    update(push_tokens).where(_is(row.token_sha256)).values(_times(_life(row).aged(now)))
                )
            gone = connection.execute(select(push_tokens.c.token_sha256).where(old).limit(AT_ONCE)).scalars().all()
            here = (push_tokens.c.event_id == NO_EVENT) & push_tokens.c.token_sha256.in_(gone)
            if gone:
                connection.execute(delete(push_tokens).where(here))
            return Aged(len(rows), len(gone))

        return self._database.transact(work)

    def _alive(self) -> tuple[Any, Any]:
        """What makes a token active, as conditions."""
        since = self._now_ms() - INACTIVE_AFTER_MS
        return push_tokens.c.ended_at.is_(None), push_tokens.c.refreshed_at > since

    def _opened(self, row: Row[Any]) -> str:
        return unwrap(self._master, row.token, _about(row.token_sha256), what="a push token").decode("ascii")


def forget_session(connection: Connection, session_sha256: bytes) -> None:
    """A log-out, in its transaction: what the session registered gets no push any more."""
    mine = (push_tokens.c.event_id == NO_EVENT) & (push_tokens.c.session_sha256 == session_sha256)
    connection.execute(delete(push_tokens).where(mine))


def _drop_oldest(connection: Connection, account: UUID) -> None:
    mine = (push_tokens.c.event_id == NO_EVENT) & (push_tokens.c.account == account)
    newest = select(push_tokens.c.token_sha256).where(mine).order_by(push_tokens.c.refreshed_at.desc())
    too_many = connection.execute(newest.offset(MOST_TOKENS)).scalars().all()
    if too_many:
        here = (push_tokens.c.event_id == NO_EVENT) & push_tokens.c.token_sha256.in_(too_many)
        connection.execute(delete(push_tokens).where(here))


def _is(id_: bytes) -> Any:
    return (push_tokens.c.event_id == NO_EVENT) & (push_tokens.c.token_sha256 == id_)


def _about(id_: bytes) -> bytes:
    return b"push-token:" + id_


def _life(row: Row[Any]) -> TokenLife:
    ended = None if row.ended_at is None else Millis(row.ended_at)
    ending = None if row.ending is None else Ending(row.ending)
    return TokenLife(Millis(row.registered_at), Millis(row.refreshed_at), ended, ending)


def _times(life: TokenLife) -> dict[str, Any]:
    return {
        "registered_at": life.registered_at_ms,
        "refreshed_at": life.refreshed_at_ms,
        "ended_at": life.ended_at_ms,
        "ending": None if life.ending is None else life.ending.value,
    }


def _telephone(row: Row[Any], now_ms: int) -> Telephone:
    life = _life(row)
    state = life.state_at(now_ms)
    return Telephone(row.token_sha256.hex()[:8], state, life.registered_at_ms, life.refreshed_at_ms, life.ending)
