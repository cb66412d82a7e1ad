"""An installation with people in it, on a clock that a test moves by hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import delete

from app.ledger.accounts import OneTimePassword
from app.ledger.admin import Office, open_ledger
from app.ledger.schema import account_roles, accounts, api_keys, log_in_tries, push_tokens, sessions
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Role
from tests.contract.ledger_rig import NOW, Home

CHOSEN = "correct horse battery"


@dataclass
class Clock:
    """The server's clock, moved by hand."""

    now_ms: int = NOW

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Town:
    """An installation whose clock the test moves, and an owner who chose a password."""

    office: Office
    clock: Clock
    first: OneTimePassword
    begins_behind: int

    def later(self, ms: int) -> None:
        self.clock.now_ms += ms

    def new(self, role: Role | None = None, event: EventId = INSTALLATION) -> str:
        """An account that logged in and chose its password; its name."""
        made = self.office.accounts.add(f"a{uuid4().hex[:12]}", role, event)
        self.choose(made)
        return made.name

    def choose(self, made: OneTimePassword) -> str:
        """A session with the chosen password in the place of the one-time one."""
        opened = self.office.sessions.log_in(made.name, made.password)
        assert opened.must_change
        person = self.office.sessions.prove(opened.token)
        return self.office.sessions.change_password(person, made.password, CHOSEN).token

    def token(self, name: str) -> str:
        return self.office.sessions.log_in(name, CHOSEN).token

    def deeds(self) -> list[tuple[str, str]]:
        """What the installation's log says since the test began, the newest first."""
        rows = self.office.audit.page(INSTALLATION).records
        found = [json.loads(row.text) for row in rows if row.seq > self.begins_behind]
        return [(record["deed"], record["about"]) for record in found]


@contextmanager
def open_town(home: Home) -> Iterator[Town]:
    """A new installation. On PostgreSQL it is one that others used before: nobody is left in it."""
    clock = Clock()
    with open_ledger(home.url, home.folder, now_ms=clock) as office:
        with office._database.writing() as connection:
            for table in (accounts, account_roles, sessions, log_in_tries, api_keys, push_tokens):
                connection.execute(delete(table))
        newest = office.audit.page(INSTALLATION, None, 1).records
        first = office.accounts.first_owner()
        assert first is not None
        yield Town(office, clock, first, newest[0].seq if newest else 0)
