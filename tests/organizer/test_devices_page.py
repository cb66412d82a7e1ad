"""The page of devices at a still desk: silence turns amber in time, kiosks come and go, and nothing old is acted on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.device.zxing import ZxingDecoder
from app.organizer.devices_detail import DeviceDetail
from app.organizer.devices_list import DevicesList
from app.organizer.devices_page import TICK_MS, DevicesPage
from app.organizer.devices_questions import DEVICES, EVERY_S, MOST_QUEUE_BYTES
from app.organizer.enrol_present import Asking, Comparing, Deed, LetIn, Over, Refused, Showing, invitation_text
from app.organizer.panel_present import Face
from core.insight.hearing import SILENT_MS
from core.insight.question import Method
from core.model.moments import Millis
from core.model.outcomes import OutcomeClass
from core.model.roles import RIGHTS, Role
from core.sync.answers import Later, Rejected
from core.sync.enrolment import Invitation, invitation_from
from core.sync.health import Trouble
from tests.organizer.devices_shots import (
    CODE,
    CODE_REPLY,
    CODES,
    KIOSKS,
    PENDING,
    desk,
    enrol_body,
    ids,
    kiosk,
    showing_code,
)
from tests.organizer.shots import settle, surroundings_at
from tests.organizer.still_desk import NOW_MS, StillDesk, failed, old

DEVICE = "/api/v1/events/{event}/devices/"
TWO_MINUTES_MS = 120_000


def shown(qtbot: QtBot, at: StillDesk) -> DevicesPage:
    """The page, shown, once the desk has told what lies on it."""
    page = DevicesPage(surroundings_at(at))
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    page.begin()
    settle()
    return page


def rows(page: DevicesPage) -> dict[str, tuple[str, OutcomeClass | None]]:
    """What the list says of each kiosk, and its sign."""
    body = page.list_frame.body
    assert isinstance(body, DevicesList)
    return {record.cells[0]: (record.cells[1], record.sign) for record in body.table.records}


def detail(page: DevicesPage) -> DeviceDetail:
    body = page.detail_frame.body
    assert isinstance(body, DeviceDetail)
    return body


def choose(page: DevicesPage, number: int) -> None:
    body = page.list_frame.body
    assert isinstance(body, DevicesList)
    body.table.opened.emit(ids(number))
    settle()


def press(qtbot: QtBot, key: Any) -> None:
    assert key.isVisible()
    assert key.isEnabled()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    settle()


def wait_until(page: DevicesPage, at: StillDesk, now_ms: int) -> None:
    """The server's time goes on, and the page's timer runs; the desk stands still."""
    at._now_ms = Millis(now_ms)
    page.tick()
    settle()


# --- how they are -------------------------------------------------------------------------------------------------


def test_a_kiosk_that_falls_silent_is_amber_within_two_minutes_and_one_that_is_heard_is_not(qtbot: QtBot) -> None:  # D3
    """The negative control stands beside it: a kiosk of which the server goes on hearing stays well."""
    at = StillDesk(desk(kiosk(1, "North 1", heard_s=0), kiosk(2, "North 2", heard_s=0)))
    page = shown(qtbot, at)
    assert {told for told, _ in rows(page).values()} == {"Well"}
    for passed_ms in range(10_000, SILENT_MS, 10_000):  # each round of the list brings news of the one alone
        heard = kiosk(2, "North 2", heard_s=-passed_ms / 1_000)
        at.tell("devices", [kiosk(1, "North 1", heard_s=0), heard])
        wait_until(page, at, NOW_MS + passed_ms)
    assert rows(page)["North 1"] == ("Well", OutcomeClass.ADMIT)
    wait_until(page, at, NOW_MS + SILENT_MS)
    assert rows(page)["North 1"] == ("Silent for 1 min", OutcomeClass.HOLD)
    assert rows(page)["North 2"] == ("Well", OutcomeClass.ADMIT)
    assert list(rows(page)) == ["North 1", "North 2"], "whoever is silent stands in front"
    assert page.summary.text() == "1 of 2 kiosks heard · 1 want a look"


def test_the_page_looks_often_enough_for_two_minutes() -> None:  # D3
    """The list may be as old as its round, and the page looks at the clock once a tick."""
    assert SILENT_MS + EVERY_S * 1_000 <= TWO_MINUTES_MS
    assert SILENT_MS + TICK_MS <= TWO_MINUTES_MS
    assert DEVICES.every_s == EVERY_S


def test_an_old_list_calls_nobody_silent_whom_it_heard_then(qtbot: QtBot) -> None:  # G22
    at = StillDesk(desk(*KIOSKS))
    page = shown(qtbot, at)
    at.tell("devices", old(DEVICES.read([kiosk(1, "North 1", heard_s=12 * 60 + 15)]), minutes=12))
    settle()
    assert page.list_frame.face is Face.OLD
    assert rows(page)["North 1"][0] == "Well"
    at.tell("devices", [kiosk(1, "North 1", heard_s=12 * 60 + 15)])
    settle()
    assert rows(page)["North 1"][0] == "Silent for 12 min"


def test_a_kiosk_is_told_whole_with_what_helps(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(desk(*KIOSKS)))
    choose(page, 3)
    body = detail(page)
    assert [line.title.text() for line in body.troubles] == [
        "Battery at 11 %",
        "An older program than the server's",
    ]
    assert body.troubles[0].cure.text() == "Plug it in, or put another kiosk in its place."
    told = body.facts.shown
    assert (told["Gate"], told["Program"], told["Disk free"], told["Its records"]) == (
        *("East gate", "0.0.9, server has 0.1.0", "42 GB", "812 of 812 here"),
    )
    assert told["Codes read"] == "97 % of 422 read"


def test_a_failed_list_says_so_and_the_rest_of_the_page_stands(qtbot: QtBot) -> None:  # G22
    page = shown(qtbot, StillDesk({"devices": failed()}))
    assert page.list_frame.face is Face.FAILED
    assert page.enrol_key.isVisible()


# --- how they are changed -----------------------------------------------------------------------------------------


def test_a_kiosk_is_renamed_and_moved_and_what_is_typed_stays_until_it_is_kept(qtbot: QtBot) -> None:
    answer = (Method.PATCH, f"{DEVICE}{ids(1)}")
    at = StillDesk(desk(*KIOSKS), {answer: Rejected(409, "device_name_taken")})
    page = shown(qtbot, at)
    choose(page, 1)
    body = detail(page)
    assert (body.rename_key.isEnabled(), body.move_key.isEnabled(), page.is_unsaved) == (False, False, False)
    body.name.setText("Main door")
    at.tell("devices", KIOSKS)
    settle()
    assert page.is_unsaved, "a list that is told anew takes nothing away"
    body.name.setCursorPosition(2)
    page.tick()
    assert (body.name.text(), body.name.cursorPosition()) == ("Main door", 2)
    press(qtbot, body.rename_key)
    assert at.done[-1].body == {"name": "Main door"}
    assert page._at.teller.told == ["Not done. Another kiosk has this name: take another one."]
    assert body.typed == "Main door"
    at.deeds[answer] = KIOSKS[0] | {"name": "Main door", "gate": "south"}
    press(qtbot, body.rename_key)
    assert page._at.teller.told[-1].startswith("It is called Main door now.")
    body.gate.choose("south")
    press(qtbot, body.move_key)
    assert at.done[-1].body == {"gate": "south"}
    assert page._at.teller.told[-1].startswith("It stands at South gate now.")


def test_revoking_asks_first_and_says_what_it_means(qtbot: QtBot) -> None:  # G7
    at = StillDesk(desk(*KIOSKS), {(Method.POST, f"{DEVICE}{ids(4)}/revoke"): KIOSKS[3] | {"state": "revoked"}})
    page = shown(qtbot, at)
    choose(page, 4)
    press(qtbot, detail(page).revoke_key)
    assert at.done == []
    ((asked, yes),) = page._at.teller.asked
    assert (asked.title, asked.is_destructive) == ("Revoke East 2?", True)
    assert "72 hours" in asked.text
    assert "3 scans waited there" in asked.text
    assert "doorlight key rotate" in asked.text
    yes()
    settle()
    assert page._at.teller.told == ["East 2 has no rights any more."]


def test_a_kiosk_that_somebody_else_moved_is_shown_where_it_is_now(qtbot: QtBot) -> None:  # D6
    at = StillDesk(desk(*KIOSKS))
    page = shown(qtbot, at)
    choose(page, 1)
    body = detail(page)
    body.name.setCursorPosition(1)
    page.tick()
    assert body.name.cursorPosition() == 1, "whoever is about to type is not disturbed"
    at.tell("devices", [KIOSKS[0] | {"gate": "south", "name": "Main door"}, *KIOSKS[1:]])
    settle()
    assert (body.gate.chosen, body.name.text()) == ("south", "Main door")
    assert (body.move_key.isEnabled(), page.is_unsaved) == (False, False)


def test_a_list_in_which_nothing_has_changed_is_not_told_anew(qtbot: QtBot) -> None:
    at = StillDesk(desk(*KIOSKS))
    page = shown(qtbot, at)
    body = page.list_frame.body
    assert isinstance(body, DevicesList)
    model = body.table.table.model()
    with qtbot.assertNotEmitted(model.modelReset):
        wait_until(page, at, NOW_MS + 2_000)
    with qtbot.waitSignal(model.modelReset):
        wait_until(page, at, NOW_MS + SILENT_MS)


def test_without_the_events_gates_no_code_can_be_asked_for(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk({"devices": KIOSKS}))
    press(qtbot, page.enrol_key)
    assert not enrol_body(page).keys[Deed.MAKE].isEnabled()


def test_what_a_revoked_kiosk_brought_counts_when_somebody_says_so(qtbot: QtBot) -> None:  # G7
    report = {"device": "West 1", "facts": 84, "applied": 83, "quarantined": 1, "incidents": 2}
    at = StillDesk(desk(*KIOSKS), {(Method.POST, f"{DEVICE}{ids(7)}/salvage"): report})
    page = shown(qtbot, at)
    choose(page, 7)
    assert not detail(page).revoke_key.isVisible()
    press(qtbot, detail(page).salvage_key)
    ((asked, yes),) = page._at.teller.asked
    assert asked.title == "Let 84 records of West 1 count?"
    yes()
    settle()
    assert page._at.teller.told == ["83 of 84 records of West 1 count now. 2 have an incident."]


def test_a_file_from_a_stick_is_brought_to_the_server(qtbot: QtBot, tmp_path: Path) -> None:  # G27
    report = {"device": "North 1", "facts": 4, "applied": 3, "replayed": 1, "quarantined": 0, "later": 0}
    path = f"{DEVICE}queue-files"
    at = StillDesk(desk(*KIOSKS), {(Method.POST, path): report | {"incidents": 0, "is_revoked": False}})
    page = shown(qtbot, at)
    told = page._at.teller.told
    (tmp_path / "north1.queue").write_bytes(b"sealed")
    (tmp_path / "huge.queue").write_bytes(b"x" * (MOST_QUEUE_BYTES + 1))
    for name, expected in (
        ("north1.queue", "4 records of North 1: 3 new, 1 known already, 0 set aside."),
        ("gone.queue", "This file can't be read. Is the stick still there?"),
        ("huge.queue", "This file is larger than 1 MiB. Import it at the server (doorlight queue import)."),
    ):
        page.deeds.import_file(tmp_path / name)
        qtbot.waitUntil(lambda expected=expected: told[-1:] == [expected])
    assert [deed.body for deed in at.done] == [b"sealed"]
    at.deeds[(Method.POST, path)] = Rejected(422, "queue_file_other_server")
    page.deeds.import_file(tmp_path / "north1.queue")
    qtbot.waitUntil(lambda: told[-1].endswith("The file is sealed for another server: import it there."))


def test_an_auditor_looks_and_changes_nothing(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(desk(*KIOSKS), rights=RIGHTS[Role.AUDITOR]))
    choose(page, 1)
    body = detail(page)
    keys = (body.rename_key, body.move_key, body.revoke_key, body.replace_key, page.enrol_key, page.import_key)
    assert [key for key in keys if key.isVisible()] == []
    assert body.no_rights.text().startswith("Your account may look at kiosks")


# --- how they come ------------------------------------------------------------------------------------------------


def test_a_kiosk_comes_by_a_code_and_is_let_in_after_its_digits(qtbot: QtBot) -> None:
    at = showing_code()
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    body = enrol_body(page)
    body.gate.choose("north")
    body.name.setText("Door 5")
    press(qtbot, body.keys[Deed.MAKE])
    assert at.done[-1].body == {"gate": "north", "name": "Door 5", "profile": "mac", "replaces": None}
    assert (body.code.text(), body.picture.isVisible()) == (CODE, True)
    assert body.left.text() == "Waiting for the kiosk … Good for another 14 min"
    assert "devices.waiting" in at.watched(), "whoever stands at a kiosk does not wait for the list's next round"
    at.tell("devices.waiting", [*KIOSKS[:8], PENDING | {"gate": "north"}])
    settle()
    assert (body.digits.text, body.picture.isVisible()) == ("493 027", False)
    at.deeds[(Method.POST, f"{DEVICE}{ids(9)}/confirm")] = PENDING | {"state": "active", "digits": None}
    press(qtbot, body.keys[Deed.CONFIRM])
    assert at.done[-1].body == {"digits": "493027"}
    assert page.enrol.step == LetIn("Door 5")
    assert body.lines[0].text() == "Door 5 is let in"
    assert "devices.waiting" not in at.watched()


def test_digits_that_differ_send_the_kiosk_away(qtbot: QtBot) -> None:
    at = showing_code()
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    press(qtbot, enrol_body(page).keys[Deed.MAKE])
    at.tell("devices", [*KIOSKS[:8], PENDING | {"gate": "north"}])
    settle()
    at.deeds[(Method.POST, f"{DEVICE}{ids(9)}/revoke")] = Later(Trouble.UNREACHABLE)
    press(qtbot, enrol_body(page).keys[Deed.REFUSE])
    assert isinstance(page.enrol.step, Comparing), "nothing was done: it can be pressed again"
    at.deeds[(Method.POST, f"{DEVICE}{ids(9)}/revoke")] = PENDING | {"state": "revoked"}
    press(qtbot, enrol_body(page).keys[Deed.REFUSE])
    assert page.enrol.step == Refused()
    assert "somebody else has used the code" in enrol_body(page).lines[0].text()


def test_digits_of_an_old_list_let_nobody_in(qtbot: QtBot) -> None:  # G22
    at = StillDesk(desk(*KIOSKS))
    page = shown(qtbot, at)
    choose(page, 9)
    at.tell("devices", old(DEVICES.read(KIOSKS)))
    settle()
    press(qtbot, detail(page).same_key)
    assert at.done == []
    assert page._at.teller.told[-1].startswith("This is not new")


def test_a_code_that_nobody_uses_is_over_and_one_can_be_withdrawn(qtbot: QtBot) -> None:
    at = showing_code()
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    press(qtbot, enrol_body(page).keys[Deed.MAKE])
    at.deeds[(Method.POST, f"{DEVICE}codes/withdraw")] = None
    press(qtbot, enrol_body(page).keys[Deed.WITHDRAW])
    assert at.done[-1].body == {"code": "B2ZE"}, "the rest of it stays here"
    assert page.enrol.step == Asking()
    press(qtbot, enrol_body(page).keys[Deed.MAKE])
    press(qtbot, page.enrol.close_key)
    wait_until(page, at, int(CODE_REPLY["expires_at_ms"]) - 1)
    assert isinstance(page.enrol.step, Showing), "a panel that is closed goes on waiting"
    wait_until(page, at, int(CODE_REPLY["expires_at_ms"]))
    press(qtbot, page.enrol_key)
    assert page.enrol.step == Asking()


def test_a_code_that_runs_out_in_sight_says_so(qtbot: QtBot) -> None:
    at = showing_code()
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    press(qtbot, enrol_body(page).keys[Deed.MAKE])
    wait_until(page, at, int(CODE_REPLY["expires_at_ms"]))
    assert page.enrol.step == Over()
    assert enrol_body(page).lines[0].text() == "This code is over"
    press(qtbot, enrol_body(page).keys[Deed.AGAIN])
    assert enrol_body(page).form.isVisible()


def test_a_code_that_is_refused_says_why_beside_what_was_typed(qtbot: QtBot) -> None:
    at = StillDesk(desk(*KIOSKS), {CODES: Rejected(409, "manifest_full")})
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    body = enrol_body(page)
    body.name.setText("Side")
    press(qtbot, body.keys[Deed.MAKE])
    assert body.trouble.text().endswith("The event has no room for another kiosk: revoke one that is not needed.")
    assert (body.name.text(), body.form.isVisible()) == ("Side", True)


def test_an_address_that_no_other_computer_reaches_is_cautioned_and_a_wrong_one_makes_no_code(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(desk(*KIOSKS)))
    press(qtbot, page.enrol_key)
    body = enrol_body(page)
    assert (body.address.text(), body.caution.text()) == ("https://door.example", "")
    for url in ("http://127.0.0.1:8765", "http://localhost:1", "http://[::1]:8765/"):
        body.address.setText(url)
        assert body.caution.text().startswith("Other computers can't reach")
        assert body.keys[Deed.MAKE].isEnabled(), "it may be meant for a kiosk on this computer"
    for url in ("", "door.example", "ftp://door.example", "https://", "http://a b\u202e"):
        body.address.setText(url)
        assert body.caution.text().startswith("An address begins with")
        assert not body.keys[Deed.MAKE].isEnabled()


def test_a_replacement_takes_the_name_and_the_gate_of_the_old_one(qtbot: QtBot) -> None:
    at = StillDesk(desk(*KIOSKS[:8]), {CODES: CODE_REPLY | {"name": "North 2"}})
    page = shown(qtbot, at)
    choose(page, 2)
    press(qtbot, detail(page).replace_key)
    body = enrol_body(page)
    assert (body.gate.isVisible(), body.name.isVisible()) == (False, False)
    press(qtbot, body.keys[Deed.MAKE])
    assert at.done[-1].body == {"gate": "north", "name": "North 2", "profile": "mac", "replaces": ids(2)}
    heir = PENDING | {"gate": "north", "name": "North 2 (new)", "replaces": ids(2)}
    at.tell("devices", [*KIOSKS[:8], heir])
    settle()
    assert isinstance(page.enrol.step, Comparing)
    at.tell("devices", [*KIOSKS[:8], heir | {"state": "active", "digits": None, "name": "North 2"}])
    settle()
    assert page.enrol.step == LetIn("North 2"), "somebody let it in at another window"


@pytest.mark.parametrize("ca", ["cd" * 32, None])
def test_a_camera_reads_the_code_from_the_screen(qtbot: QtBot, ca: str | None) -> None:
    at = StillDesk(desk(*KIOSKS[:8]), {CODES: CODE_REPLY | {"ca": ca}})
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    press(qtbot, enrol_body(page).keys[Deed.MAKE])
    picture = enrol_body(page).picture
    assert min(picture.width(), picture.height()) >= 280
    (read,) = ZxingDecoder().decode(luma(picture.grab().toImage())).texts
    found = invitation_from(read.text)
    assert isinstance(found, Invitation)
    assert (found.url, found.code, found.ca) == (
        "https://door.example",
        CODE,
        None if ca is None else bytes.fromhex(ca),
    )
    step = page.enrol.step
    assert isinstance(step, Showing)
    plain = invitation_from(invitation_text(step.reply, "http://192.168.1.5:8765"))
    assert plain == replace(found, url="http://192.168.1.5:8765", ca=None), "no authority vouches without TLS"


def luma(image: QImage) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A picture of the screen as a camera's grey one."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return pixels[:, : grey.width()].copy()  # Qt's memory goes with its picture


def test_a_page_at_rest_asks_nothing_and_a_code_goes_on_waiting(qtbot: QtBot) -> None:
    at = showing_code()
    page = shown(qtbot, at)
    press(qtbot, page.enrol_key)
    press(qtbot, enrol_body(page).keys[Deed.MAKE])
    page.rest()
    assert at.watched() == []
    page.begin()
    settle()
    assert isinstance(page.enrol.step, Showing)
    assert enrol_body(page).code.text() == CODE
