"""What somebody wants of a server for a telephone is on the disk until the server has it, whoever dies meanwhile."""

import os
import select
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.ledger.admin import Office, open_ledger
from app.net.organizer_client import OrganizerClient
from app.runtime.reception import Reception
from app.runtime.telephones import Telephones, speaker_of
from app.server.program import Server, build_app
from app.store import push_intents
from app.store.push_intents import FILE
from core.delivery.push_intent import Wish
from core.delivery.push_token import TokenState
from core.model.roles import Role
from core.sync.answers import Done
from tests.server.serving import STOP_S
from tests.support import nursery
from tests.support.passwords import make_passwords_cheap
from tests.support.ports import free_port

CHOSEN = "correct horse battery"
TOKEN = "fcm:APA91bE-x_9"
PATIENCE_S = 60.0


@contextmanager
def served_at(app: FastAPI, port: int = 0) -> Iterator[str]:
    """A real server at a port of this machine."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = Server(app, listener, "test")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server under test")
        thread.start()
        try:
            yield server.url
        finally:
            server.stop()
            thread.join(STOP_S)


class Desk:
    """An organizer's computer, and a server that comes and goes at one address."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.folder = office, folder
        self.now_ms = 1_795_003_600_000
        self.telephones = Telephones(folder, lambda: self.now_ms)
        self.port = free_port()
        self.server = f"http://127.0.0.1:{self.port}"

    @cached_property
    def app(self) -> FastAPI:
        """The server, made where a test has one."""
        return build_app(self.office, "t" * 32)

    def account(self, name: str) -> str:
        """Somebody who chose a password, and stays logged in at this computer; the session's token."""
        made = self.office.accounts.add(name, Role.SUPERVISOR)
        opened = self.office.sessions.log_in(made.name, made.password)
        person = self.office.sessions.prove(opened.token)
        self.office.sessions.change_password(person, made.password, CHOSEN)
        return self.log_in(name)

    def log_in(self, name: str) -> str:
        with served_at(self.app, self.port), closing(OrganizerClient(self.server)) as client:
            sat = Reception(self.folder).log_in(client, name, CHOSEN, stays=True)
        assert isinstance(sat, Done)
        return sat.value.token

    def go_round(self, name: str, token: str, **more: Any) -> int:
        """One round as somebody; how much the server has still to hear."""
        with closing(OrganizerClient(self.server)) as client:
            client.use(token)
            return len(self.telephones.go_round(client, speaker_of(name, token), **more))

    def reached(self, name: str) -> list[TokenState]:
        account = next(each.id for each in self.office.accounts.list() if each.name == name)
        return [each.state for each in self.office.push.of_account(account)]

    def run(self, *words: str) -> "nursery.subprocess.CompletedProcess[str]":
        return nursery.run([*words, "--data", str(self.folder)], timeout=PATIENCE_S)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    make_passwords_cheap(monkeypatch)
    with open_ledger(None, tmp_path / "server") as office:
        yield Desk(office, tmp_path / "window")


def test_a_wish_waits_for_a_server_that_is_away_with_growing_patience(desk: Desk) -> None:
    anna = desk.account("anna")
    desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
    assert desk.go_round("anna", anna) == 1
    (waiting,) = desk.telephones.of_server(desk.server)
    assert (waiting.tries, waiting.accepted_ms) == (1, None)
    with served_at(desk.app, desk.port):
        if waiting.due_ms > desk.now_ms:
            assert desk.go_round("anna", anna) == 1, "it is not asked before its time"
        desk.now_ms += 16 * 60_000
        assert desk.go_round("anna", anna) == 0
        assert desk.reached("anna") == [TokenState.ACTIVE]
    assert desk.go_round("anna", anna) == 0, "what the server has is not told again before a day is over"


def test_another_account_takes_the_telephone_over_and_logging_out_ends_it(desk: Desk) -> None:
    anna = desk.account("anna")
    desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
    with served_at(desk.app, desk.port):
        desk.go_round("anna", anna)
    ben = desk.account("ben")
    with served_at(desk.app, desk.port):
        assert desk.go_round("ben", ben) == 0
        assert (desk.reached("anna"), desk.reached("ben")) == ([], [TokenState.ACTIVE])
        waiting = desk.telephones.log_out(desk.server, ben)
        with closing(OrganizerClient(desk.server)) as client:
            client.use(ben)
            assert Reception(desk.folder).log_out(client), "the server heard it"
        assert waiting is not None
        desk.telephones.logged_out(waiting)
        assert desk.reached("ben") == []
    assert desk.telephones.of_server(desk.server) == []


def test_a_log_out_that_the_server_could_not_hear_is_told_to_it_by_whoever_comes(desk: Desk) -> None:
    anna = desk.account("anna")
    desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
    with served_at(desk.app, desk.port):
        desk.go_round("anna", anna)
    waiting = desk.telephones.log_out(desk.server, anna)
    assert waiting is not None
    assert anna not in repr(waiting)
    ben = desk.account("ben")
    assert desk.reached("anna") == [TokenState.ACTIVE], "nobody could tell the server yet"
    with served_at(desk.app, desk.port):
        assert desk.go_round("ben", ben) == 0
        assert desk.reached("anna") == []
        assert desk.telephones.log_out(desk.server, ben) is None, "who has no telephone leaves nothing behind"
        desk.telephones.want(desk.server, "another", Wish.REGISTER)
        desk.telephones.log_out(desk.server, anna)  # over by now: the server says so, and that is the end of it
        assert desk.go_round("ben", ben) == 0
    assert desk.telephones.of_server(desk.server) == []


def test_what_is_withdrawn_goes_and_what_no_server_will_take_is_said(desk: Desk) -> None:
    anna = desk.account("anna")
    with served_at(desk.app, desk.port):
        desk.telephones.want(desk.server, TOKEN, Wish.REGISTER, "de")
        desk.telephones.want(desk.server, "x" * 5_000, Wish.REGISTER)
        assert desk.go_round("anna", anna) == 0
        refused = [each.refused for each in desk.telephones.of_server(desk.server)]
        assert sorted(refused) == ["", "invalid_request"]
        desk.telephones.want(desk.server, TOKEN, Wish.WITHDRAW)
        assert desk.go_round("anna", anna) == 0
        assert desk.reached("anna") == []
    assert [each.token for each in desk.telephones.of_server(desk.server)] == ["x" * 5_000]


def test_a_session_that_is_over_leaves_the_wish_to_whoever_comes(desk: Desk) -> None:
    anna = desk.account("anna")
    desk.office.sessions.log_out(anna)
    desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
    with served_at(desk.app, desk.port):
        assert desk.go_round("anna", anna) == 1
    again = desk.log_in("anna")
    with served_at(desk.app, desk.port):
        assert desk.go_round("anna", again, is_urgent=True) == 0


def test_a_command_that_is_killed_in_the_middle_loses_no_wish(desk: Desk) -> None:
    """The server takes the connection and says nothing; the command dies there, with SIGKILL."""
    desk.account("anna")
    words = ["push", "register", TOKEN, "--server", desk.server, "--data", str(desk.folder), "--wait", "60"]
    with socket.create_server(("127.0.0.1", desk.port)) as mute, nursery.start(words) as command:
        ready, _, _ = select.select([mute], [], [], PATIENCE_S)
        assert ready, "it asks"
        command.kill()
        assert command.wait(PATIENCE_S) < 0
    assert [each.wish for each in desk.telephones.of_server(desk.server)] == [Wish.REGISTER]
    with served_at(desk.app, desk.port):
        status = desk.run("push", "status", "--server", desk.server)
        assert (status.returncode, desk.reached("anna")) == (0, [TokenState.ACTIVE])
    assert "reaches it for anna" in status.stdout
    assert TOKEN not in status.stdout + status.stderr


def test_planted_a_wish_that_is_kept_after_it_was_asked_for_is_lost_with_the_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the same kill, before a wish that would have been written once the server had said yes."""
    desk.account("anna")
    with socket.create_server(("127.0.0.1", desk.port)) as mute:
        child = os.fork()
        if child == 0:  # a client that asks first
            with closing(OrganizerClient(desk.server)) as client:
                client.log_out()
            desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
            os._exit(0)
        select.select([mute], [], [], PATIENCE_S)
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert desk.telephones.of_server(desk.server) == []


def test_a_command_without_a_session_or_a_server_keeps_the_wish_and_says_who_is_missing(desk: Desk) -> None:
    told = desk.run("push", "register", TOKEN, "--server", desk.server, "--wait", "0")
    assert told.returncode == 1
    assert "has not heard it yet" in told.stdout
    assert "nobody is logged in" in told.stderr
    nowhere = nursery.run(["push", "status", "--data", str(desk.folder / "new")], timeout=PATIENCE_S)
    assert (nowhere.returncode, "no server is known" in nowhere.stderr) == (1, True)


def test_the_file_is_its_owners_and_forgets_what_was_withdrawn(desk: Desk) -> None:
    desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
    files = [path for path in desk.folder.iterdir() if path.name.startswith(FILE)]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    desk.telephones.log_out(desk.server, "session")
    desk.telephones.want(desk.server, "another", Wish.REGISTER)
    assert not any(TOKEN.encode() in path.read_bytes() for path in desk.folder.iterdir() if path.name == FILE)


def test_a_folder_keeps_so_many_wishes_and_the_newest_stay(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_intents, "MOST_INTENTS", 5)
    for number in range(8):
        desk.now_ms += 1
        desk.telephones.want(desk.server, f"token-{number}", Wish.REGISTER)
    kept = [each.token for each in desk.telephones.of_server(desk.server)]
    assert kept == [f"token-{number}" for number in range(3, 8)]


def test_who_never_wanted_a_telephone_has_no_file(desk: Desk) -> None:
    assert desk.telephones.of_server(desk.server) == []
    assert desk.telephones.log_out(desk.server, "session") is None
    assert not (desk.folder / FILE).exists()


def test_two_at_once_tell_a_server_the_same_and_neither_minds(desk: Desk) -> None:
    anna = desk.account("anna")
    desk.telephones.want(desk.server, TOKEN, Wish.REGISTER)
    with served_at(desk.app, desk.port), ExitStack() as stack:
        threads = [threading.Thread(target=desk.go_round, args=("anna", anna)) for _ in range(3)]
        for each in threads:
            each.start()
            stack.callback(each.join)
    assert desk.reached("anna") == [TokenState.ACTIVE]
    assert [each.accepted_ms is not None for each in desk.telephones.of_server(desk.server)] == [True]
