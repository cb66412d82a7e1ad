"""At the shell: who hears of an event, what did not arrive, sending it again or giving it up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ledger.ticket_mail import GATHERS_MS
from app.net.webhook_target import TargetRules
from app.runtime.duties import duties_of
from app.runtime.rounds import Rounds
from core.delivery.mail import MailAccount, Safety
from core.model.ids import ClassId
from tests.cli.test_office import Shell
from tests.contract.ledger_rig import Home, House, open_house
from tests.support.scripted_server import Reply, ScriptedServer


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "server")) as opened:
        yield opened


@pytest.fixture
def shell(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "server", capsys)


def deliver(house: House) -> None:
    """What `worker --once` does."""
    assert Rounds(duties_of(house.office, TargetRules(is_loopback_allowed=True))).once()


def test_an_endpoint_from_its_first_day_to_its_last(shell: Shell, house: House) -> None:
    told = shell.run("endpoint", "add", "https://shop.example/hook", "--kind", "ticket.redeemed")
    assert "secret whsec_" in told
    (endpoint,) = shell.lines("endpoint", "list")
    assert (endpoint["target"], endpoint["kinds"], endpoint["state"]) == (
        "https://shop.example/hook",
        ["ticket.redeemed"],
        "active",
    )
    at = str(endpoint["id"])[:6]
    assert "whsec_" in shell.run("endpoint", "rotate", at)
    (changed,) = shell.lines("endpoint", "change", at, "--target", "https://b.example/", "--enabled", "no")
    assert (changed["target"], changed["state"], changed["kinds"]) == (
        "https://b.example/",
        "disabled",
        ["ticket.redeemed"],
    )
    assert "disabled https://b.example/: ticket.redeemed" in shell.run("endpoint", "list")
    assert "0 messages" in shell.run("endpoint", "remove", at)
    assert shell.run("endpoint", "list") == ""


def test_what_did_not_arrive_is_shown_sent_again_or_given_up(shell: Shell, house: House) -> None:
    with ScriptedServer(lambda _: Reply(500, b"no\x1b[2J such order")) as shop:
        (made,) = shell.lines("endpoint", "add", f"{shop.url}/hook", "--to-loopback")
        at = str(made["id"])
        for _ in range(2):
            shell.run("endpoint", "test", at)
        deliver(house)
    assert "2 dead" in " ".join(shell.run("delivery", "list", "--counts").split())
    first, second = shell.lines("delivery", "list", "--reason", "attempts_spent")
    shown = shell.run("delivery", "show", first["id"])
    assert "1. " in shown
    assert "500  no\N{REPLACEMENT CHARACTER}[2J such order" in shown, "nobody paints on the organizer's terminal"
    assert shell.run("delivery", "replay", "--endpoint", at[:8], "--dry-run") == "2 messages would be sent again\n"
    assert shell.run("delivery", "replay", first["id"]) == "1 message is sent again\n"
    assert shell.run("delivery", "discard", second["id"], "--why", "a test") == "1 message is given up\n"
    assert shell.run("delivery", "list") == ""
    assert "canceled" in shell.run("delivery", "show", second["id"])


def test_a_dead_ticket_mail_goes_to_another_address(shell: Shell, house: House) -> None:
    account = MailAccount(
        "127.0.0.1", 9, Safety.NONE, "", "t@club.example", "", "en", sends_tickets=True, is_local=True
    )
    endpoint = house.office.mail_accounts.set(house.event, account).endpoint
    house.office.issue_tickets(house.event, ClassId(1), 1, email="mara@mail.example")
    house.now_ms += GATHERS_MS
    (claimed,) = house.office.deliveries.claim(house.event, endpoint, "a", 1)
    assert house.office.deliveries.dead(claimed, "550", "not here", "refused")
    (dead,) = shell.lines("delivery", "list", "--channel", "email")
    told = shell.run("delivery", "readdress", dead["id"], "--to", "mira@mail.example")
    assert told == "1 ticket goes to m…@mail.example, the dead message is given up\n"
    shell.run("delivery", "readdress", dead["id"], "--to", "mira@mail.example", status=1)  # it is not dead any more


def test_what_can_not_be_is_said_in_a_sentence(shell: Shell) -> None:
    for words in (
        ["endpoint", "add", "http://shop.example/"],
        ["endpoint", "add", "https://192.168.0.1/"],
        ["endpoint", "test", "ffff"],
        ["delivery", "show", "nonsense"],
        ["delivery", "replay"],
        ["delivery", "list", "--channel", "pigeon"],
    ):
        shell.run(*words, status=1)
