"""The commands about people and programs, as an organizer types them, and what the first start of a server says."""

import getpass
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from app.__main__ import main
from app.cli.people import FLAWS
from app.ledger.admin import Office, open_ledger
from app.ledger.schema import audit
from app.server.program import _say_first_owner
from core.journal.audit import Tampering
from core.model.ids import EventId
from core.model.roles import INSTALLATION, Right, Role, Roles, Scope
from tests.contract.ledger_rig import policy
from tests.support.passwords import make_passwords_cheap


class Shell:
    """Types commands on one server folder."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def type(self, *words: str, status: int = 0) -> tuple[list[str], str]:
        """The lines on standard output, and what stands on standard error."""
        self._capsys.readouterr()
        assert main([*words, "--data", str(self.data)]) == status
        told = self._capsys.readouterr()
        return told.out.splitlines(), told.err

    def lines(self, *words: str, status: int = 0) -> list[dict]:
        return [json.loads(line) for line in self.type(*words, "--json", status=status)[0]]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    make_passwords_cheap(monkeypatch)
    return Shell(tmp_path, capsys)


@pytest.fixture
def office(shell: Shell) -> Iterator[Office]:
    """The same ledger, as a server has it open."""
    with open_ledger(None, shell.data) as opened:
        yield opened


def test_somebody_comes_gets_a_role_and_goes(shell: Shell, office: Office) -> None:
    event = office.create_event(policy()).event
    password, said = shell.type("account", "add", "Anna", "--role", "operator", "--event", "Summer Night")
    assert "'anna'" in said
    assert "once" in said
    assert office.sessions.log_in("anna", password[0]).must_change
    (row,) = shell.lines("account", "role", "anna", "admin")
    assert row["roles"] == {"installation": "admin", event: "operator"}
    assert shell.type("account", "list")[0] == ["anna  waits for its first log-in  admin, operator of 'Summer Night'"]
    shell.type("account", "role", "anna", "none", "--event", event)
    assert office.accounts.show("anna").roles == Roles({INSTALLATION: Role.ADMIN})
    shell.type("account", "add", "ben", "--role", "owner")
    office.api_keys.make("shop", Scope(frozenset({Right.SELL_TICKETS}), frozenset({INSTALLATION})))
    assert shell.lines("account", "disable", "anna")[0]["is_active"] is False
    assert shell.lines("account", "disable", "anna", "--undo")[0]["is_active"] is True


def test_somebody_is_told_by_mail_and_wants_the_report_each_day(shell: Shell, office: Office) -> None:
    shell.type("account", "add", "ben", "--role", "operator")
    report = ("account", "report", "ben", "--event", office.create_event(policy()).event)
    assert shell.lines(*report) == [{"name": "ben", "at": None, "email": None}]
    out, err = shell.type(*report, "--at", "08:00")
    assert ("08:00" in out[0], "no address yet" in err) == (True, True)
    assert shell.lines("account", "email", "ben", "Ben@Example.org")[0]["email"] == "Ben@example.org"
    assert "name@example.org" in shell.type("account", "email", "ben", "nowhere", status=1)[1]
    assert shell.lines(*report) == [{"name": "ben", "at": "08:00", "email": "Ben@example.org"}]
    assert "no report" in shell.type(*report, "--never")[0][0]
    assert "08:00" in shell.type(*report, "--at", "8", status=1)[1]
    assert "no mail" in shell.type("account", "email", "ben", "--none")[0][0]


def test_a_forgotten_password_is_made_anew(shell: Shell, office: Office) -> None:
    (made,) = shell.lines("account", "add", "anna", "--role", "owner")
    (again,) = shell.lines("account", "password", "anna")
    assert again["password"] != made["password"]
    assert office.sessions.log_in("anna", again["password"]).must_change


def test_the_first_owner_comes_by_command_too(shell: Shell, office: Office) -> None:
    password, _ = shell.type("account", "password", "owner")
    assert office.sessions.log_in("owner", password[0]).must_change
    assert office.accounts.show("owner").roles == Roles({INSTALLATION: Role.OWNER})


def test_a_key_is_made_listed_and_revoked(shell: Shell, office: Office) -> None:
    event = EventId(UUID(office.create_event(policy()).event))
    made, said = shell.type("apikey", "add", "box office", "--right", "tickets:sell,tickets:read", "--event", event.hex)
    assert "only time" in said
    key = office.api_keys.prove(made[0])
    assert key.scope == Scope(frozenset({Right.SELL_TICKETS, Right.READ_TICKETS}), frozenset({event}))
    assert key.made_by == "shell"
    (row,) = shell.lines("apikey", "list")
    assert (row["name"], row["events"], row["revoked_at_ms"]) == ("box office", [event.hex], None)
    assert made[0].partition(".")[2] not in json.dumps(row)
    shell.type("apikey", "revoke", "box office")
    assert "revoked" in shell.type("apikey", "list")[0][0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["account", "disable", "nobody"], "there is no account 'nobody'"),
        (["account", "add", "a b"], "a-z 0-9"),
        (["account", "add", "x", "--role", "admin", "--event", "nowhere"], "no event 'nowhere'"),
        (["apikey", "add", "x", "--right", "moon:sell"], "no right 'moon:sell'"),
        (["apikey", "add", "x", "--right", "tickets:sell", "--until", "2020-01-01"], "over already"),
        (["apikey", "add", "x", "--right", "facts:send"], "only a device"),
        (["apikey", "revoke", "x"], "no API key 'x'"),
        (["audit", "verify", "--expect", "x"], "SEQ:HASH"),
        (["audit", "show", "--event", "nowhere"], "no event 'nowhere'"),
    ],
)
def test_what_can_not_be_is_one_line(shell: Shell, words: list[str], said: str) -> None:
    _, told = shell.type(*words, status=1)
    assert said in told
    assert told.count("\n") == 1


def test_the_last_owner_stays(shell: Shell) -> None:
    shell.type("account", "password", "owner")
    assert "make another owner first" in shell.type("account", "disable", "owner", status=1)[1]


# --- the audit log ------------------------------------------------------------------------------------------------


def test_the_log_says_who_typed(shell: Shell) -> None:
    shell.type("account", "add", "anna")
    (row,) = shell.lines("audit", "show")
    assert (row["deed"], row["about"]) == ("account.made", "anna")
    assert row["by"]["kind"] == "shell"
    assert getpass.getuser() in row["by"]["name"]
    (line,) = shell.type("audit", "show")[0]
    assert "account.made  anna" in line
    assert "by shell" in line


def test_the_newest_records_are_shown_in_their_order(shell: Shell) -> None:
    for name in "abc":
        shell.type("account", "add", name)
    assert [row["about"] for row in shell.lines("audit", "show", "--last", "2")] == ["b", "c"]


def test_a_log_that_somebody_changed_is_named_with_status_1(shell: Shell, office: Office) -> None:
    office.create_event(policy())
    shell.type("account", "add", "anna")
    assert shell.type("audit", "verify")[0][0].startswith("installation: 2 records, whole, ends 2:")
    with office._database.writing() as connection:
        mine = (audit.c.event_id == INSTALLATION) & (audit.c.seq == 2)
        connection.execute(update(audit).where(mine).values(record="{}"))
    lines, _ = shell.type("audit", "verify", status=1)
    assert lines[0] == "installation: record 2 is not what was written"
    assert ", whole, ends 1:" in lines[1]
    assert shell.lines("audit", "verify", status=1)[0]["flaw"] == "changed"


def test_every_flaw_has_its_sentence() -> None:
    assert FLAWS.keys() == set(Tampering)
    assert all("7" in sentence.format(at=7) for sentence in FLAWS.values())


def test_an_end_that_was_noted_proves_that_nothing_was_put_back(shell: Shell, office: Office) -> None:
    shell.type("account", "add", "anna")
    (noted,) = shell.lines("audit", "verify")
    end = f"{noted['seq']}:{noted['hash']}"
    shell.type("account", "add", "ben")
    shell.type("audit", "verify", "--expect", end)
    event = office.create_event(policy()).event
    there = next(row for row in shell.lines("audit", "verify") if row["event"] == event)
    shell.type("audit", "verify", "--expect", f"{event}:{there['seq']}:{there['hash']}")
    lost = f"{noted['seq'] + 9}:{noted['hash']}"
    assert lost in shell.type("audit", "verify", "--expect", lost, status=1)[1]


# --- the first start ----------------------------------------------------------------------------------------------


def test_the_first_start_says_a_password_once(
    shell: Shell, office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    _say_first_owner(office)
    told = capsys.readouterr()
    assert told.out == "", "standard output carries one JSON line and nothing else"
    password = told.err.split("one-time password ")[1].split()[0]
    assert office.sessions.log_in("owner", password).must_change
    _say_first_owner(office)
    assert capsys.readouterr().err == ""


def test_no_password_is_said_into_the_journal(office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as journal:
        status = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        monkeypatch.setattr(sys, "stderr", journal)
        _say_first_owner(office)
        journal.seek(0)
        said = journal.read()
    assert "doorlight account password owner" in said
    assert "has the one-time password" not in said
    assert office.accounts.show("owner").is_one_time
