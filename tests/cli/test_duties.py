"""What doors do and ask, from the organizer's command to the manifest, the server's answer and a badge at a lane."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import cv2
import pytest
import zxingcpp

from app.ledger.manifest_draft import secrets_of
from core.gate.badge import badge_from, whose
from core.model.ids import TicketHandle
from core.model.outcomes import Outcome
from core.ticket.segments import marks_of
from tests.cli.test_office import Shell, house, shell
from tests.contract.ledger_rig import VIP, House

__all__ = ["house", "shell"]  # fixtures
ITEM = "1=age:18 or older: look at an ID"


def marks_in(house: House) -> dict[TicketHandle, frozenset[int]]:
    """The list of marks that kiosks would hold."""
    manifest = house.office.manifest_of(house.event)
    lists = house.office.press._segments.lists_of(house.event, manifest.segments)
    assert lists is not None
    return {TicketHandle(record[:8]): marks_of(record) for record in lists.marked}


def test_an_item_reaches_kiosks_by_its_class_and_by_a_single_ticket(house: House, shell: Shell) -> None:
    one, other = house.tickets(2)
    (vip,) = house.tickets(1, VIP)
    (told,) = shell.lines("event", "attention", "--item", ITEM, "--item", "2=vip:To the lounge", "--class", "VIP=2")
    assert told["classes"] == {"VIP": [2]}
    (told,) = shell.lines("ticket", "attention", one.hex(), "1")
    assert told["attention"] == [1]
    policy = house.office.manifest_of(house.event).policy
    assert [(row.number, row.kind, row.text) for row in policy.attention] == [
        (1, "age", "18 or older: look at an ID"),
        (2, "vip", "To the lounge"),
    ]
    assert next(row.attention for row in policy.classes if row.name == "VIP") == [2]
    assert marks_in(house) == {one: frozenset({1})}
    outcomes = [house.ask(house.scan(tid)).answer for tid in (one, other)]
    outcomes.append(house.ask(house.scan(vip, gate=policy.gates[1].id, cls=VIP)).answer)  # type: ignore[arg-type]
    assert [told.outcome for told in outcomes if told] == [Outcome.ATTENTION, Outcome.ADMITTED, Outcome.ATTENTION]
    shell.run("ticket", "attention", one.hex())
    assert marks_in(house) == {}
    assert "2  vip: To the lounge  (VIP)" in shell.run("event", "attention")


@pytest.mark.parametrize(
    "words",
    [
        ("event", "attention", "--item", "17=age:Too many"),
        ("event", "attention", "--item", "1=colour:Red"),
        ("event", "attention", "--item", "1=age"),
        ("event", "attention", "--class", "VIP=1,x"),
        ("event", "attention", "--class", "Nobody=1"),
        ("ticket", "attention", "0" * 16, "1"),
        ("event", "question", "Nobody", "--id", "q", "--text", "Why?"),
        ("event", "question", "VIP", "--id", "q", "--text", "Which?", "--kind", "choice"),
        ("event", "question", "VIP", "--id", "q", "--text", "Which?", "--choice", "a"),
    ],
)
def test_what_no_door_could_do_or_ask_is_refused(house: House, shell: Shell, words: tuple[str, ...]) -> None:
    before = house.office.show_event(house.event).policy
    shell.run(*words, status=1)
    assert house.office.show_event(house.event).policy == before


def test_what_concerns_a_person_goes_with_their_name(house: House, shell: Shell) -> None:
    (tid,) = house.tickets()
    shell.run("event", "attention", "--item", "1=access:Ramp at gate 3")
    shell.run("ticket", "attention", tid.hex(), "1")
    marks_in(house)
    house.office.retention.erase_person(house.event, [tid])
    assert house.office.marks.of(house.event, tid) == frozenset()
    assert marks_in(house) == {}


def test_a_question_is_asked_by_the_server_too_and_its_answer_is_kept(house: House, shell: Shell) -> None:
    (tid,) = house.tickets()
    (told,) = shell.lines("event", "question", "Standard", "--id", "plate", "--text", "Number plate?")
    assert told["questions"] == [
        {"id": "plate", "text": "Number plate?", "kind": "text", "is_required": True, "choices": []}
    ]
    first, second = house.scan(tid), house.scan(tid, after_ms=20_000)
    asked = house.ask(first).answer
    given = house.ask(replace(second, answers={"plate": "B-AR 17"})).answer
    assert asked is not None
    assert given is not None
    assert (asked.outcome, given.outcome) == (Outcome.ANSWERS_REQUIRED, Outcome.ADMITTED)
    house.upload(house.shown(first, Outcome.ANSWERS_REQUIRED), house.shown(second, Outcome.ADMITTED))
    assert house.entries() == [tid] or len(house.entries()) == 1
    shell.run("event", "question", "Standard", "--id", "plate")
    assert "nothing is asked" in shell.run("event", "question", "Standard", "--id", "plate")


def test_a_printed_badge_is_read_and_ends_with_its_owners_pin(house: House, shell: Shell, tmp_path: Path) -> None:
    pin, picture = tmp_path / "pin", tmp_path / "ana.png"
    pin.write_text("840217\n")
    (made,) = shell.lines("operator", "add", "Ana", "--pin-file", pin)
    shell.lines("operator", "badge", "Ana", "--out", picture)
    (read,) = zxingcpp.read_barcodes(cv2.imread(str(picture)))
    badge = badge_from(read.text)
    assert badge is not None

    def staff():  # type: ignore[no-untyped-def]
        with house.office._database.reading() as connection:
            return secrets_of(connection, house.office.events.keys, house.event).operators

    found = whose(badge, staff())
    assert found is not None
    assert (found.id, found.name) == (made["id"], "Ana")
    pin.write_text("731904")
    shell.run("operator", "change", UUID(str(made["id"])).hex, "--pin-file", pin)
    assert whose(badge, staff()) is None
    shell.run("operator", "change", "Ana", "--works", "no")
    shell.run("operator", "badge", "Ana", status=1)
