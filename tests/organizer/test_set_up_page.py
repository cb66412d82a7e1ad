"""The Set-up page at a still desk: what is missing, what is wrong and where, what is sent, and whose change counts."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.organizer.page import ENROL_KIOSK, IMPORT_LIST, PageName
from app.organizer.setup import questions
from app.organizer.setup.editor import Editor
from app.organizer.setup.set_up_page import SetUpPage
from app.organizer.setup.setup_words import SectionName
from app.organizer.setup.step_row import StepMark
from core.insight.question import Deed, Method
from core.model.roles import RIGHTS, Role
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from tests.organizer.set_up_shots import HALF, READY, STAFF, STARTS_MS, complete, event, person, reply
from tests.organizer.shots import settle, surroundings_at
from tests.organizer.still_desk import EVENT, StillDesk, failed

PATCH = (Method.PATCH, questions.EVENT_PATH)


def shown(qtbot: QtBot, at: StillDesk) -> SetUpPage:
    """The page, shown, once the desk has told what lies on it."""
    page = SetUpPage(surroundings_at(at))
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    page.begin()
    settle()
    return page


def editor(page: SetUpPage) -> Editor:
    assert page.editor is not None
    return page.editor


def press(qtbot: QtBot, key: QPushButton) -> None:
    assert key.isVisibleTo(key.window())
    assert key.isEnabled()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    settle()


def sent_back(deed: Deed[Any]) -> dict[str, Any]:
    """A server that does what it is told."""
    changes = {name: told for name, told in deed.body.items() if name != "seen"}
    return reply(version=12, **changes)


def test_the_list_says_what_is_missing_and_a_section_is_saved_by_itself(qtbot: QtBot) -> None:  # D1
    at = StillDesk(HALF, {PATCH: sent_back})
    page = shown(qtbot, at)
    body = editor(page)
    assert body.rows[SectionName.GATES].mark is StepMark.DONE
    assert (body.rows[SectionName.STAFF].mark, body.rows[SectionName.STAFF].row.line) == (
        StepMark.MISSING,
        "Nobody at the doors yet: add somebody",
    )
    assert body._progress.text() == "4 of 7 done before doors"
    assert body._next.text() == "Next: No ticket yet: import or issue some"
    press(qtbot, body.rows[SectionName.GATES])
    press(qtbot, body.gates.list.add_key)
    body.gates.gate_form.name.line.setText("Süd-Tor")
    assert body.rows[SectionName.GATES].mark is StepMark.UNSAVED
    assert page.is_unsaved
    press(qtbot, body.save_key)
    (deed,) = at.done
    north = {"id": "north", "name": "North gate"}
    assert deed.body == {"gates": [north, {"id": "süd-tor", "name": "Süd-Tor"}], "seen": {"gates": [north]}}
    assert page._at.teller.told == ["Saved. Kiosks hear of it with their next manifest: version 12."]
    assert not page.is_unsaved
    body.open(SectionName.TICKETS)
    press(qtbot, body.tickets.key)
    body.open(SectionName.KIOSKS)
    press(qtbot, body.kiosks.key)
    assert page._at.teller.opened == [(PageName.TICKETS, IMPORT_LIST), (PageName.DEVICES, ENROL_KIOSK)]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_sent(qtbot: QtBot) -> None:
    at = StillDesk(READY)
    body = editor(shown(qtbot, at))
    dates = body.dates
    dates.name.line.setText("")
    dates.capacity.line.setText("many")
    dates.save()
    assert (dates.name.trouble, dates.capacity.trouble) == (
        "Something has to stand here.",
        "A whole number has to stand here.",
    )
    dates.name.line.setText("Night")
    assert dates.name.trouble == "", "it is not wrong any more"
    dates.capacity.line.setText("5")
    dates.ends.day.setText("26.11.2026")
    dates.save()
    assert dates.ends.trouble == "The end is not after the start."
    dates.ends.day.setText("28.3.2027")
    dates.ends.time.setText("2:30")
    dates.save()
    assert dates.ends.trouble == "There is no such time that night: clocks go from 02:00 to 03:00."  # G8
    body.classes.list.open(1)
    body.classes.class_form.fields["entries"].show_value(0)
    body.classes.class_form.note_change()
    body.classes.list.close_form()
    body.classes.save()
    assert body.classes.list.at == 1, "the form with the trouble is opened"
    assert body.classes.class_form.fields["entries"].trouble == "At least 1."
    body.gates.list.open(1)
    body.gates.list.remove()
    body.gates.save()
    assert body.gates.message == "VIP still names the gate East gate: change that class first."
    body.codes.mode.show_value("foreign")
    body.codes.adapters.show_items([])
    body.codes.save()
    assert body.codes.message == "Say how old codes look: add at least one form."
    assert at.done == []


def test_a_time_that_comes_twice_is_asked_about(qtbot: QtBot) -> None:  # G8
    field = editor(shown(qtbot, StillDesk(READY))).dates.starts
    field.day.setText("2026-10-25")
    field.time.setText("02:30")
    first = field.value
    assert "comes twice that night, and the first is meant (UTC+02:00)" in field.read
    press(qtbot, field.other)
    assert isinstance(first, int)
    assert field.value == first + 3_600_000
    assert "the second is meant (UTC+01:00)" in field.read
    field.later.click()
    assert (field.day.text(), field.other.isVisible()) == ("2026-10-26", False)


def test_the_later_of_two_windows_is_told_and_chooses(qtbot: QtBot) -> None:  # D6
    at = StillDesk(HALF, {PATCH: Rejected(409, "event_changed", "name")})
    page = shown(qtbot, at)
    dates = editor(page).dates
    dates.name.line.setText("Mine")
    at.tell("set_up.event", reply(tickets=7, version=12))
    settle()
    assert dates.message == "", "tickets sold meanwhile are no change of the event"
    dates.save()
    settle()
    assert dates.message.startswith("Somebody changed this meanwhile")
    assert "set_up.event" in at.asked_again, "the page looks what they changed"
    at.tell("set_up.event", reply(name="Theirs", version=13))
    settle()
    assert (dates.name.value, page.is_unsaved) == ("Mine", True)
    press(qtbot, dates.mine_key)
    at.deeds[PATCH] = sent_back
    dates.save()
    settle()
    assert at.done[-1].body == {"name": "Mine", "seen": {"name": "Theirs"}}
    dates.name.line.setText("Again")
    at.tell("set_up.event", reply(name="Theirs again", version=14))
    settle()
    press(qtbot, dates.theirs_key)
    assert (dates.name.value, page.is_unsaved) == ("Theirs again", False)


def test_what_was_typed_outlives_rest_and_a_server_that_is_away(qtbot: QtBot) -> None:
    at = StillDesk(HALF, {PATCH: Later(Trouble.UNREACHABLE)})
    page = shown(qtbot, at)
    dates = editor(page).dates
    dates.name.line.setText("Mine")
    dates.save()
    settle()
    assert dates.message == "Not saved: server unreachable. What you typed stays here."
    page.rest()
    assert at.watched() == []
    page.begin()
    settle()
    assert (dates.name.value, page.is_unsaved) == ("Mine", True)
    page.say_anew()
    assert dates.name.value == "Mine"
    editor(page).discard()
    assert (dates.name.value, page.is_unsaved) == ("Summer Night", False)


def test_a_section_shows_all_that_the_event_has_and_changes_nothing_by_being_shown(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(READY))
    body = editor(page)
    for section in SectionName:
        body.open(section)
        settle()
        assert body.unsaved == frozenset(), section
    for at in range(3):
        body.classes.list.open(at)
        body.classes.class_form.note_change()  # as if somebody had typed, and taken it back
    body.codes.adapters.open(0)
    body.codes.adapter_form.note_change()
    body.alerts.list.open(0)
    body.alerts.alert_form.note_change()
    assert body.unsaved == frozenset()


def test_the_servers_refusal_is_said_in_words_of_the_page(qtbot: QtBot) -> None:
    at = StillDesk(READY, {PATCH: Rejected(422, "event_wrong", "class 1 (Day ticket) has tickets: it can be renamed")})
    body = editor(shown(qtbot, at))
    body.classes.list.open(0)
    body.classes.list.remove()
    body.classes.save()
    settle()
    assert body.classes.message == "Day ticket has tickets: it can be renamed, not taken away."
    body.rules.budget.line.setText("250")
    body.rules.save()
    settle()
    assert body.rules.message.startswith("The server refused it: class 1")


def test_door_staff_are_added_changed_and_given_badges_and_no_pin_is_kept(qtbot: QtBot, tmp_path: Path) -> None:
    one = f"{questions.STAFF_PATH}/{1:032x}"
    deeds = {(Method.POST, questions.STAFF_PATH): person("Dana", 9), (Method.PATCH, one): person("Ana", budget=5)}
    at = StillDesk({**READY, "set_up.staff": STAFF}, deeds, {f"{one}/badge?format=pdf": b"%PDF-"})
    body = editor(shown(qtbot, at))
    body.open(SectionName.STAFF)
    assert [row.row.title for row in body.staff.rows] == ["Ana", "Ben", "Cem"]
    press(qtbot, body.staff.add_key)
    form = body.staff.form
    form.name.line.setText("Dana")
    form.pin.line.setText("123456")
    press(qtbot, form.save_key)
    assert form.pin.trouble == "Everybody would guess that PIN: take one without a row."
    form.pin.line.setText("8402")
    press(qtbot, form.save_key)
    assert form.pin.trouble == "A PIN has 6 to 12 digits."
    form.pin.line.setText("840217")
    form.role.rows[1].click()
    press(qtbot, form.save_key)
    assert at.done[-1].body == {"name": "Dana", "role": "supervisor", "budget": 20, "pin": "840217"}
    assert (form.pin.value, form.person is not None) == ("", True)
    form.pin.line.setText("731904")
    press(qtbot, form.back_key)
    assert form.pin.value == "", "nor does it wait for whoever opens the form next"
    body.staff.open(f"{1:032x}")
    form.budget.line.setText("5")
    press(qtbot, form.save_key)
    assert at.done[-1].body == {"budget": 5}
    body.staff.save_badge("pdf", tmp_path / "ana.pdf")
    settle()
    assert (tmp_path / "ana.pdf").read_bytes() == b"%PDF-"
    assert "ana.pdf" in page_told(body)
    body.staff.ask_for_badge("png")  # asks beside the window's loop
    assert body.staff.dialog is not None
    body.staff.dialog.reject()


def page_told(body: Editor) -> str:
    """The last thing that the window was told."""
    return body.at.teller.told[-1]


def test_a_copy_shows_every_date_before_it_is_made(qtbot: QtBot) -> None:
    copied = {"event": reply(name="Next"), "moved": []}
    at = StillDesk(READY, {(Method.POST, questions.COPIES_PATH): copied})
    page = shown(qtbot, at)
    form = editor(page).copy_form
    editor(page).open(SectionName.COPY)
    assert (form.copy_key.isEnabled(), page.is_unsaved) == (False, False)
    form.name.line.setText("Next")
    form.starts.day.setText("2027-10-30")
    form.starts.time.setText("20:00")
    assert form.preview[1:] == [
        "Starts: Friday, 27 November 2026, 20:00 (UTC+01:00)  »  Saturday, 30 October 2027, 20:00 (UTC+02:00)",
        "Ends: Sunday, 29 November 2026, 05:00 (UTC+01:00)  »  Monday, 1 November 2027, 05:00 (UTC+01:00)",
        "Old codes end: Sunday, 29 November 2026, 12:00 (UTC+01:00)  »  Monday, 1 November 2027, 12:00 (UTC+01:00)",
        "The clocks go back in that night: the new event is longer by 1 h.",
    ]
    assert page.is_unsaved
    with qtbot.waitSignal(page.event_made) as made:
        press(qtbot, form.copy_key)
    assert at.done[-1].body == {"event": EVENT.hex, "starts_ms": form.starts.value, "name": "Next"}
    assert (made.args, page._at.teller.events) == ([EVENT.hex], [EVENT.hex])


def test_staff_that_could_not_be_asked_for_are_not_called_missing(qtbot: QtBot) -> None:  # G22
    at = StillDesk({**READY, "set_up.staff": failed()})
    body = editor(shown(qtbot, at))
    body.open(SectionName.STAFF)
    assert body.rows[SectionName.STAFF].row.line == "Not known"
    assert body.staff.message == "Could not load: server unreachable."
    at.tell("set_up.staff", [])
    settle()
    assert body.rows[SectionName.STAFF].row.line == "Nobody at the doors yet: add somebody"
    assert body.staff.message == ""


def test_who_may_only_look_looks(qtbot: QtBot) -> None:  # A24
    page = shown(qtbot, StillDesk(READY, rights=RIGHTS[Role.AUDITOR]))
    body = editor(page)
    assert body.dates.message == "Your account may look at this, and not change it."
    assert not body.dates.room.isEnabled()
    assert body.rows[SectionName.STAFF].row.line == "Not known", "auditors see no door staff"


@pytest.mark.parametrize("old_codes", [False, True])
def test_a_form_of_old_codes_is_sent_with_its_secret_in_base64(qtbot: QtBot, old_codes: bool) -> None:
    put = (Method.PUT, questions.CODES_PATH)
    at = StillDesk(READY if old_codes else HALF, {put: complete()})
    body = editor(shown(qtbot, at))
    body.codes.mode.rows[1].click()
    body.codes.adapters.add()
    form = body.codes.adapter_form
    form.fields["name"].show_value("keyed")
    form.kind.rows[4].click()
    form.fields["secret"].show_value("the key")
    form.note_change()
    body.codes.save()
    settle()
    told = at.done[-1].body
    assert (told["secrets"], told["codes"]["adapters"][-1]["kind"]) == ({"keyed": "dGhlIGtleQ=="}, "hmac")
    assert "the key" not in str(told)
    assert not body.codes.is_unsaved, "the secret is forgotten here"


def test_the_first_event_is_made_from_nothing(qtbot: QtBot) -> None:  # D1
    at = StillDesk({"events": []}, {(Method.POST, questions.EVENTS_PATH): reply()}, event=None)
    page = shown(qtbot, at)
    press(qtbot, page.first._empty.key)
    form = page.first.create_form
    press(qtbot, form.make_key)
    assert (form.name.trouble, form.starts.trouble) == ("", "Say a day and a time.")
    form.name.line.setText("Summer Night")
    form.zone.line.setText("berl")
    press(qtbot, form.zone.rows[0])
    for field, day, time in ((form.starts, "27.11.2026", "20:00"), (form.ends, "29.11.2026", "5")):
        field.day.setText(day)
        field.time.setText(time)
    press(qtbot, form.make_key)
    told = event()
    wanted = {name: told[name] for name in ("name", "time_zone", "starts_ms", "ends_ms")}
    assert {name: at.done[-1].body[name] for name in wanted} == wanted
    assert at.done[-1].body["gates"] == [{"id": "main-gate", "name": "Main gate"}]
    assert page._at.teller.events == [EVENT.hex]


def test_a_moment_between_two_minutes_is_nobodys_change(qtbot: QtBot) -> None:
    told = reply(version=12, starts_ms=STARTS_MS + 41_312)
    page = shown(qtbot, StillDesk({**HALF, "set_up.event": told}, {PATCH: sent_back}))
    assert editor(page).dates.row is not None
    assert not page.is_unsaved, "the field shows no seconds"
    editor(page).dates.name.line.setText("Winter Night")
    assert page.is_unsaved
