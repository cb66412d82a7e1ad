"""Every operation, as every kind of caller, at their own event and at another: nobody crosses."""

import asyncio
import logging
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import update

from app.ledger.accounts import OneTimePassword
from app.ledger.admin import Office, open_ledger
from app.ledger.schema import accounts, api_keys, sessions
from app.server.callers import Callers
from app.server.description import operations_of
from app.server.frame import STREAM_SUFFIX
from app.server.program import build_app
from core.model.ids import DeviceId, EventId
from core.model.roles import (
    ACCOUNT_ROLES,
    INSTALLATION,
    NOBODY,
    OWNER_OF_ALL,
    RIGHTS,
    Right,
    Role,
    Roles,
    Scope,
    Standing,
    may,
    may_somewhere,
)
from tests.contract.ledger_rig import NORTH, NOW, Home, policy
from tests.server.rights_table import ACCOUNT, OPEN, TABLE, Needed
from tests.support.kiosks import enrolled, pending
from tests.support.passwords import make_passwords_cheap

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
CHOSEN = "correct horse battery"
WORDS = {"account": "nobody", "sha256": "0" * 64, "source": "shop", "external_ref": "A-1", "tid": "0" * 16}
"""What stands for the parts of a path; an id that nobody has for those that are not here."""
PASSES = 200


@dataclass(frozen=True)
class Visitor:
    """A kind of caller: its credential, and what it is. `device` is the event of a device.

    `is_nobody`: its credential opens nothing any more, or never did.
    """

    name: str
    credential: str = field(repr=False)
    standing: Standing = NOBODY
    is_account: bool = False
    must_change: bool = False
    is_nobody: bool = False
    device: EventId | None = None
    is_pending: bool = False
    is_revoked: bool = False
    stays_here: bool = False
    """Another visitor who may more tells what is not allowed elsewhere."""


def expected(needed: Needed, who: Visitor, event: EventId | None) -> int:
    """200 for whoever passes, whatever the route says then; else 401 or 403."""
    if needed.is_open:
        return PASSES
    if who.is_nobody or (who.device is not None and event is None):
        return 401
    if who.is_revoked:
        return PASSES if needed.salvages and event == who.device else 401 if event == who.device else 403
    if who.device is not None and event != who.device:
        return 403
    if who.is_pending and not needed.pending:
        return 403
    if needed.is_account:
        return PASSES if who.is_account else 403
    if who.must_change or needed.right is None:
        return 403
    if needed.anywhere:
        return PASSES if may_somewhere(who.standing, needed.right) else 403
    return PASSES if may(who.standing, needed.right, event or INSTALLATION) else 403


@dataclass
class Venue:
    """Two events, and one of each kind of caller; those with a role or a key for one event have it for the first."""

    office: Office
    app: FastAPI
    here: EventId
    there: EventId
    visitors: list[Visitor] = field(default_factory=list)

    def person(self, name: str, roles: dict[EventId, Role]) -> str:
        """A new account that chose its password; a session of it."""
        made = self.office.accounts.add(name)
        for event, role in roles.items():
            self.office.accounts.give_role(name, role, event)
        return self.choose(made)

    def choose(self, made: OneTimePassword) -> str:
        opened = self.office.sessions.log_in(made.name, made.password)
        person = self.office.sessions.prove(opened.token)
        return self.office.sessions.change_password(person, made.password, CHOSEN).token

    def key(self, scope: Scope) -> str:
        return self.office.api_keys.make("a key", scope).text

    def device(self, name: str, *, is_pending: bool = False) -> tuple[DeviceId, str]:
        reply = (pending if is_pending else enrolled)(self.office, self.here, NORTH, name)
        return DeviceId(UUID(reply.device)), f"Device {reply.device}.{reply.secret}"


def people_of(venue: Venue) -> Iterator[Visitor]:
    """Each role, for one event and for the installation; nobody's; one that must choose a password."""
    for role in sorted(ACCOUNT_ROLES):
        for event, where in ((venue.here, "here"), (INSTALLATION, "everywhere")):
            roles = {event: role}
            token = venue.person(f"{role.value}-{where}", roles)
            yield Visitor(f"{role.value} {where}", f"Bearer {token}", Roles(roles), is_account=True)
    yield Visitor("account without a role", f"Bearer {venue.person('nothing', {})}", is_account=True)
    fresh = venue.office.accounts.add("fresh", Role.OWNER)
    token = venue.office.sessions.log_in(fresh.name, fresh.password).token
    yield Visitor("owner with a one-time password", f"Bearer {token}", OWNER_OF_ALL, is_account=True, must_change=True)


def programs_of(venue: Venue) -> Iterator[Visitor]:
    """A key for each right here, one for everything here and one everywhere, and the machine's own token."""
    for right in sorted(RIGHTS[Role.OWNER]):
        scope = Scope(frozenset({right}), frozenset({venue.here}))
        yield Visitor(f"key for {right.value} here", f"Bearer {venue.key(scope)}", scope, stays_here=True)
    for event, where in ((venue.here, "here"), (INSTALLATION, "everywhere")):
        scope = Scope(RIGHTS[Role.OWNER], frozenset({event}))
        yield Visitor(f"key for everything {where}", f"Bearer {venue.key(scope)}", scope)
    yield Visitor("machine", f"Bearer {TOKEN}", OWNER_OF_ALL)


def devices_of(venue: Venue) -> Iterator[Visitor]:
    """A device that was let in, one that waits, one that was revoked."""
    standing = Roles({venue.here: Role.DEVICE})
    yield Visitor("device", venue.device("let in")[1], standing, device=venue.here)
    waiting = venue.device("waits", is_pending=True)[1]
    yield Visitor("pending device", waiting, standing, device=venue.here, is_pending=True)
    id_, credential = venue.device("stolen")
    venue.office.revoke_device(venue.here, id_)
    yield Visitor("revoked device", credential, standing, device=venue.here, is_revoked=True)


def nobodies_of(venue: Venue) -> Iterator[Visitor]:
    """Credentials that never opened anything, and those that do not any more."""
    everything = Scope(RIGHTS[Role.OWNER], frozenset({INSTALLATION}))
    gone = venue.person("gone", {INSTALLATION: Role.ADMIN})
    left = venue.person("left", {INSTALLATION: Role.ADMIN})
    old = venue.person("old", {INSTALLATION: Role.ADMIN})
    revoked, over = (venue.office.api_keys.make("a key", everything) for _ in range(2))
    venue.office.accounts.disable("gone")
    venue.office.sessions.log_out(left)
    venue.office.api_keys.revoke(revoked.id)
    with venue.office._database.writing() as connection:
        olds = accounts.c.name == "old"
        mine = sessions.c.account.in_(accounts.select().with_only_columns(accounts.c.id).where(olds))
        connection.execute(update(sessions).where(mine).values(ends_at=NOW))
        connection.execute(update(api_keys).where(api_keys.c.id == over.id).values(ends_at=NOW))
    venue.office.sessions.forget()
    for name, credential in {
        "no credential": "",
        "another scheme": "Basic eDp5",
        "a guess": "Bearer guess",
        "an empty token": "Bearer ",
        "a guessed session": "Bearer dls_" + "A" * 43,
        "a guessed key": f"Bearer dlk_{revoked.id.hex}.guess",
        "a guessed device": f"Device {uuid4().hex}.guess",
        "a disabled account": f"Bearer {gone}",
        "a session that was logged out": f"Bearer {left}",
        "an expired session": f"Bearer {old}",
        "a revoked key": f"Bearer {revoked.text}",
        "an expired key": f"Bearer {over.text}",
    }.items():
        yield Visitor(name, credential, is_nobody=True)


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of lines about requests would be most of the test's work."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """All of them, on SQLite."""
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        yield from opened(Home(None, tmp_path_factory.mktemp("matrix")))


def opened(home: Home) -> Iterator[Venue]:
    with open_ledger(home.url, home.folder, now_ms=lambda: NOW) as office:
        here, there = (EventId(UUID(office.create_event(policy(name)).event)) for name in ("Here", "There"))
        venue = Venue(office, build_app(office, TOKEN), here, there)
        office.accounts.first_owner()
        for kind in (people_of, programs_of, devices_of, nobodies_of):
            venue.visitors += kind(venue)
        yield venue


def operations(app: FastAPI) -> list[str]:
    """`METHOD path` of everything that the description names."""
    return [f"{method} {path}" for method, path in operations_of(app.openapi())]


def address_of(path: str, event: EventId) -> str:
    """A path with its parts filled in."""
    parts = path.split("/")
    return "/".join(
        part
        if not part.startswith("{")
        else event.hex
        if part == "{event}"
        else WORDS.get(part.strip("{}"), uuid4().hex)
        for part in parts
    )


UNSIGNED = b"bad_batch_signature"
"""Said to a device that was let in: its batch is not signed. It has the status of strangers."""


async def said(venue: Venue, calls: Sequence[tuple[str, Visitor, EventId | None]]) -> list[int]:
    """The status of each call, 422 for an unsigned batch. The body is empty JSON: who passes hears what is missing."""
    found = []
    for operation, who, event in calls:
        method, path = operation.split(" ")
        status, body = await replied(venue.app, method, address_of(path, event or INSTALLATION), who.credential)
        found.append(422 if UNSIGNED in body else status)
    return found


async def replied(app: FastAPI, method: str, path: str, credential: str) -> tuple[int, bytes]:
    """One request to the application itself: a client library between would be most of the work."""
    body = b"" if method == "GET" else b"{}"
    headers = [(b"host", b"door"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope: dict[str, object] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "headers": headers + ([(b"authorization", credential.encode())] if credential else []),
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"for_s=0" if path.endswith(STREAM_SUFFIX) else b"",
        "root_path": "",
        "server": ("door", 80),
        "client": ("192.0.2.1", 1),
    }
    asked = iter([{"type": "http.request", "body": body, "more_body": False}])
    told: list[MutableMapping[str, object]] = []

    async def receive() -> MutableMapping[str, object]:
        return next(asked, {"type": "http.disconnect"})

    async def send(message: MutableMapping[str, object]) -> None:
        told.append(message)

    await app(scope, receive, send)
    status = told[0]["status"]
    assert isinstance(status, int)
    return status, b"".join(part for message in told[1:] if isinstance(part := message.get("body"), bytes))


def crossings(venue: Venue, visitors: Sequence[Visitor], table: dict[str, Needed], only: str = "") -> list[str]:
    """What differs from the table: each operation, as each visitor, at both events where its path names one."""
    there = operations(venue.app)
    wrong = [f"{name}: is in no row" for name in there if name not in table]
    wrong += [f"{name}: there is no such operation" for name in table if name not in there]
    calls = [
        (name, who, event)
        for name in there
        if name in table and name.startswith(only)
        for who in visitors
        if not (who.is_account and name == "DELETE /api/v1/sessions/me")  # it would end the visit
        for event in ((venue.here, venue.there) if "{event}" in name else (None,))
        if not (who.stays_here and event == venue.there)
    ]
    for (name, who, event), status in zip(calls, asyncio.run(said(venue, calls)), strict=True):
        wanted = expected(table[name], who, event)
        got = status if status in {401, 403} or status >= 500 else PASSES
        if got != wanted:
            place = "here" if event == venue.here else "there" if event else "no event"
            wrong.append(f"{name} as {who.name}, {place}: {status}, not {wanted}")
    return wrong


DESCRIBED = {name: needed for name, needed in TABLE.items() if name not in {"GET /docs", "GET /openapi.json"}}


def test_nobody_crosses(venue: Venue) -> None:  # A24
    assert crossings(venue, venue.visitors, DESCRIBED) == []
    assert len(venue.visitors) > 45


def test_a_session_that_logs_out_is_one_of_an_account(venue: Venue) -> None:
    """The one operation that the matrix leaves out for people: it ends their visit."""
    token = venue.person("leaver", {})
    leaver = Visitor("leaver", f"Bearer {token}", is_account=True)
    assert asyncio.run(said(venue, [("DELETE /api/v1/sessions/me", leaver, None)] * 2)) == [204, 401]


@pytest.mark.postgres
def test_nobody_crosses_on_postgresql(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:  # A24
    """A few of them: the statements that prove who calls are the same for all operations."""
    make_passwords_cheap(monkeypatch)
    for venue in opened(Home(postgres_url, tmp_path_factory.mktemp("matrix"))):
        for operation in ("GET /api/v1/events/{event}/status", "GET /api/v1/accounts", "GET /api/v1/me"):
            assert crossings(venue, venue.visitors, DESCRIBED, operation) == []


# --- the negative controls ----------------------------------------------------------------------------------------

PLANTED = "/api/v1/events/{event}/planted"


@pytest.fixture
def another(venue: Venue) -> Venue:
    """The same venue, with an application of its own to break."""
    return Venue(venue.office, build_app(venue.office, TOKEN), venue.here, venue.there, venue.visitors)


def test_a_route_in_no_row_is_found(another: Venue) -> None:
    another.app.add_api_route(PLANTED, lambda: None, methods=["GET"])
    assert f"GET {PLANTED}: is in no row" in crossings(another, [], DESCRIBED)


def test_a_row_of_no_route_is_found(another: Venue) -> None:
    assert crossings(another, [], {**DESCRIBED, "GET /nowhere": OPEN}) == ["GET /nowhere: there is no such operation"]


def test_a_route_without_its_check_is_found(another: Venue) -> None:
    another.app.add_api_route(PLANTED, lambda: None, methods=["GET"])
    table = {**DESCRIBED, f"GET {PLANTED}": Needed(Right.READ_TICKETS)}
    found = crossings(another, another.visitors, table, f"GET {PLANTED}")
    assert f"GET {PLANTED} as no credential, here: 200, not 401" in found
    assert f"GET {PLANTED} as operator here, here: 200, not 403" in found


@pytest.mark.parametrize("right", [Right.READ_STATUS, Right.RUN_INSTALLATION])
def test_a_route_with_another_right_is_found(another: Venue, right: Right) -> None:
    """One that asks for too little, and one that asks for too much."""
    allow = Callers(another.office, TOKEN).allow(right)
    another.app.add_api_route(PLANTED, lambda: None, methods=["GET"], dependencies=allow)
    table = {**DESCRIBED, f"GET {PLANTED}": Needed(Right.READ_TICKETS)}
    assert crossings(another, another.visitors, table, f"GET {PLANTED}")


def test_a_route_that_looks_at_the_wrong_event_is_found(another: Venue) -> None:
    """Its check is there, and asks for the installation: the path calls its event by another name."""
    allow = Callers(another.office, TOKEN).allow(Right.READ_TICKETS)
    another.app.add_api_route("/api/v1/planted/{event}", lambda: None, methods=["GET"], dependencies=allow, name="x")
    table = {**DESCRIBED, "GET /api/v1/planted/{event}": ACCOUNT}
    assert crossings(another, another.visitors, table, "GET /api/v1/planted")
