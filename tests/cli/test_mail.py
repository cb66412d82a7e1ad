"""At the shell: an event's mail account, tickets mailed once more, addresses that get no more."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.__main__ import main
from app.clock import wall_ms
from app.ledger.shop_files import ShopRow
from app.ledger.ticket_mail import GATHERS_MS
from app.runtime.duties import duties_of
from app.runtime.rounds import Rounds
from tests.cli.test_office import Shell
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.mail_server import MailServer

GUEST = "mara.lindqvist@mail.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "server")) as opened:
        yield opened


@pytest.fixture
def shell(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "server", capsys)


def fails(shell: Shell, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that does not do it."""
    capsys.readouterr()
    assert main([*words, "--data", str(shell.folder)]) == 1
    return capsys.readouterr().err


def test_an_account_is_made_and_changed_and_its_password_is_never_said(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    own = ("--host", "mail.club.example", "--sender", "tickets@club.example", "--user", "club", "--name", "Club")
    told = shell.run("mail", "set", *own, "--tickets", "yes", "--stdin")
    assert "smtp://mail.club.example:587 (starttls)" in told
    assert "guests get their tickets by mail" in told
    (changed,) = shell.lines("mail", "set", "--language", "de", "--safety", "tls")
    assert (changed["has_password"], changed["language"], changed["port"]) == (True, "de", 465)
    monkeypatch.setenv("DOORLIGHT_MAIL_PASSWORD", "another one")
    everything = told + shell.run("mail", "set", "--port", "2525") + shell.run("mail", "show") + str(changed)
    assert "correct horse" not in everything
    assert "another one" not in everything
    assert "removed" in shell.run("mail", "remove")
    assert "mail set" in fails(shell, capsys, "mail", "show")
    assert "--host" in fails(shell, capsys, "mail", "set", "--language", "de")
    assert "without TLS" in fails(shell, capsys, "mail", "set", *own[:4], "--safety", "none")
    monkeypatch.delenv("DOORLIGHT_MAIL_PASSWORD")
    assert "DOORLIGHT_MAIL_PASSWORD" in fails(shell, capsys, "mail", "set", *own)


def test_tickets_go_out_by_mail_once_more_and_an_address_gets_no_more(
    shell: Shell, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    with MailServer() as server:
        where = ("--host", "127.0.0.1", "--port", str(server.port), "--safety", "none", "--local", "yes")
        shell.run("mail", "set", *where, "--sender", "tickets@club.example", "--tickets", "yes")
        shell.run("mail", "test", GUEST)
        row = ShopRow(0, "1", cls="Standard", name="Mara", order="A1", email=GUEST)
        house.office.put_ticket(house.event, "shop", row)
        house.now_ms += GATHERS_MS
        assert Rounds(duties_of(house.office)).once()
        subjects = [taken.message["Subject"] for taken in server.taken]
        assert sorted(subjects) == ["Test: mail from Summer Night arrives", "Your tickets for Summer Night"]
        assert "1 ticket is on the way to m…@mail.example" in shell.run("mail", "send", "--order", "A1")
        house.now_ms = wall_ms() + 1  # the shell has the computer's own clock
        assert Rounds(duties_of(house.office)).once()
        assert len(server.taken) == 3
        assert "0 tickets would be mailed" in shell.run("mail", "send", "--unsent", "--dry-run")
        house.office.import_tickets(house.event, ["external_ref,class,email", "9,Standard,olek@mail.example"])
        assert shell.lines("mail", "send", "--unsent") == [{"tickets": 1, "addresses": 1}]
        assert "--unsent" in fails(shell, capsys, "mail", "send", "--order", "A1", "--dry-run")
        tid = house.office.orders.tickets_of(house.event, "A1", None)[0].hex()
        (loud,) = shell.lines("ticket", "reissue", tid)
        assert loud["mailed_to"] == "m…@mail.example"
        (quiet,) = shell.lines("ticket", "reissue", tid, "--mail", "no")
        assert quiet["mailed_to"] is None
        assert "m…@mail.example gets no more mail" in shell.run("mail", "suppress", GUEST)
        assert "no mail is sent" in fails(shell, capsys, "ticket", "reissue", tid, "--mail", "yes")
        assert "the list" in fails(shell, capsys, "mail", "send", "--order", "A1")
        (listed,) = shell.lines("mail", "suppressed")
        assert (listed["shown"], listed["reason"]) == ("m…@mail.example", "asked")
        assert "gets mail again" in shell.run("mail", "lift", str(listed["sign"]))
        assert shell.run("mail", "suppressed") == ""
    assert "16 hex digits" in fails(shell, capsys, "mail", "send", "nonsense")
    assert "say which" in fails(shell, capsys, "mail", "send")
