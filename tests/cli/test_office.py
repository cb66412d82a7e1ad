"""An organizer's days at the command line: events changed and copied, orders, tickets, kiosks, incidents, files."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.__main__ import main
from app.ledger.shop_files import ShopRow
from core.model.ids import TicketHandle
from core.redeem.fold import IncidentKind
from core.sync.enrolment import fingerprint_of
from tests.contract.ledger_rig import SOUTH, Home, House, open_house


class Shell:
    """Runs commands in this process on the folder of a house."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *words: object, status: int = 0, data: bool = True) -> str:
        """What it says on standard output."""
        self._capsys.readouterr()
        assert main([*map(str, words), *(["--data", str(self.folder)] if data else [])]) == status
        return self._capsys.readouterr().out

    def lines(self, *words: object, status: int = 0, data: bool = True) -> list[dict[str, object]]:
        """The JSON lines of a command."""
        return [json.loads(line) for line in self.run(*words, "--json", status=status, data=data).splitlines()]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "server")) as opened:
        yield opened


@pytest.fixture
def shell(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "server", capsys)


def sold(house: House, ref: str, name: str, order: str) -> TicketHandle:
    done = house.office.put_ticket(house.event, "shop", ShopRow(0, ref, cls="Standard", name=name, order=order))
    return TicketHandle(done.tid or b"")  # type: ignore[union-attr]


def test_an_event_is_changed_by_what_is_named(shell: Shell) -> None:
    words = ["--name", "Autumn", "--gate", "west=West gate", "--class", "VIP:5:south", "--class", "Late:2"]
    (told,) = shell.lines("event", "update", *words, "--set", "online_budget_ms=250", "--set", "checkout_at=04:00")
    assert (told["name"], told["online_budget_ms"], told["checkout_at"]) == ("Autumn", 250, "04:00")
    assert [gate["id"] for gate in told["gates"]] == ["north", "south", "west"]  # type: ignore[attr-defined, index]
    classes = {each["name"]: (each["id"], each["entries"], each["gates"]) for each in told["classes"]}  # type: ignore[attr-defined, index]
    assert classes["VIP"] == (2, 5, ["south"])
    assert classes["Late"] == (5, 2, None)
    shell.run("event", "update", "--no-gate", "west")
    shell.run("event", "update", "--no-gate", "north", status=1)
    shell.run("event", "update", status=1)
    shell.run("event", "update", "--set", "colour=red", status=1)


def test_a_copy_shows_each_date_before_and_after(shell: Shell) -> None:
    told = shell.run("event", "copy", "--starts", "2027-01-01T20:00", "--name", "Next")
    assert "→ 2027-01-01 20:00" in told
    assert len(shell.lines("event", "list")) == 2


def test_counts_are_made_anew(house: House, shell: Shell) -> None:
    house.ask(house.scan(house.tickets()[0]))
    (told,) = shell.lines("event", "recount")
    assert (told["settled"], told["redemptions"]) == (1, 1)


def test_tickets_are_found_read_and_restored(house: House, shell: Shell) -> None:
    tid = sold(house, "A-1", "Ann Lee", "O-1")
    house.ask(house.scan(tid))
    assert tid.hex() in shell.run("ticket", "find", "ann")
    shell.run("ticket", "find", "nobody", status=1)
    shell.run("ticket", "cancel", tid.hex(), "--reason", "blocked")
    history = shell.run("ticket", "history", tid.hex())
    assert "entry 1 at gate north" in history
    assert "ticket.canceled" in history
    assert shell.lines("ticket", "restore", tid.hex())[0]["restored"] is True
    assert shell.lines("ticket", "restore", tid.hex())[0]["restored"] is False
    assert [line["name"] for line in shell.lines("ticket", "history", tid.hex())] == ["Ann Lee"]


def test_an_order_is_shown_and_canceled(house: House, shell: Shell) -> None:
    for number in range(2):
        sold(house, f"A-{number}", "Ann", "O-1")
    assert len(shell.lines("order", "show", "O-1")) == 2
    assert len(shell.lines("order", "cancel", "O-1")[0]["changed"]) == 2  # type: ignore[arg-type]
    assert "canceled" in shell.run("order", "cancel", "O-1")
    shell.run("order", "show", "O-9", status=1)


def test_a_kiosk_is_renamed_and_moved(house: House, shell: Shell) -> None:
    assert shell.lines("device", "rename", "kiosk 0", "Main door")[0]["name"] == "Main door"
    assert shell.lines("device", "move", "Main door", "south")[0]["gate"] == "south"
    shell.run("device", "move", "Main door", "west", status=1)
    shell.run("device", "code", "--replaces", "Main door")
    from tests.support.kiosks import keys_of

    (code,) = shell.lines("device", "code", "--replaces", "Main door")
    reply = house.office.devices.enrol(keys_of("heir").request(str(code["code"])))
    assert (reply.name, reply.gate) == ("Main door", "south")


def test_an_incident_is_shown_noted_and_resolved(house: House, shell: Shell) -> None:
    tid = sold(house, "A-1", "Ann", "O-1")
    house.upload(*house.admit_offline(tid, 0))
    scan = house.scan(tid, 1, after_ms=5_000, gate=SOUTH)
    house.upload(scan, house.shown(scan))
    start = scan.stamp.id.hex
    assert "double_admission" in shell.run("incident", "list", "--gate", "south", "--state", "open")
    assert "There is no" in shell.run("incident", "list", "--kind", "late_cancel")
    shown = shell.run("incident", "show", start)
    assert "first: North gate, 'kiosk 0'" in shown
    assert "then: South gate, 'kiosk 1'" in shown
    assert "asked" in shell.run("incident", "note", start, "asked at the gate")
    (done,) = shell.lines("incident", "resolve", start, "shared_code", "--note", "friends")
    assert (done["state"], done["found_note"]) == ("resolved", "friends")
    shell.run("incident", "show", "ffff", status=1)
    assert house.office.incidents.show(house.event, UUID(hex=start), IncidentKind.DOUBLE_ADMISSION).found_by


def test_files_are_written_and_a_signed_ledger_is_checked_anywhere(house: House, shell: Shell, tmp_path: Path) -> None:
    house.upload(*house.admit_offline(house.tickets()[0], 0))
    shell.run("ledger", "export", "scans", "--out", tmp_path / "scans.csv")
    assert (tmp_path / "scans.csv").read_text().count("\n") == 2
    file, root = tmp_path / "ledger.jsonl", fingerprint_of(house.office.roots.root_public).hex()
    assert root in shell.run("ledger", "export", "signed", "--out", file)
    (told,) = shell.lines("ledger", "verify", file, data=False)
    assert (told["is_whole"], told["facts"], told["root"]) == (True, 2, root)
    shell.run("ledger", "verify", file, "--root", root.upper(), data=False)
    shell.run("ledger", "verify", file, "--root", "00" * 32, data=False, status=1)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines[:1], *lines[2:]]))
    (told,) = shell.lines("ledger", "verify", file, data=False, status=1)
    assert (told["is_whole"], told["line"], told["flaw"]) == (False, 2, "changed")
    shell.run("ledger", "verify", tmp_path / "nothing", data=False, status=1)


def test_door_staff_are_named_with_a_pin_from_a_file(shell: Shell, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("840217\n")
    (made,) = shell.lines("operator", "add", "Ana", "--role", "supervisor", "--budget", "5", "--pin-file", pin)
    assert (made["name"], made["budget"]) == ("Ana", 5)
    (gone,) = shell.lines("operator", "change", "Ana", "--works", "no", "--name", "Anna")
    assert (gone["name"], gone["is_active"]) == ("Anna", False)
    assert "works no more" in shell.run("operator", "list")
    pin.write_text("123456")
    shell.run("operator", "add", "Bo", "--pin-file", pin, status=1)
    shell.run("operator", "add", "Bo", status=1)
