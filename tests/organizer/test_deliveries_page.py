"""The page of deliveries at a still desk: looked at, narrowed, sent again, given up, switched off and on, by keys."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.organizer.badges import Badges
from app.organizer.deliveries.one_body import OneBody
from app.organizer.deliveries.page import DeliveriesPage
from app.organizer.deliveries.questions import ENDPOINTS, HEAPS, ON_A_PAGE, SUMMARY
from app.organizer.deliveries.rows_body import RowsBody
from app.organizer.deliveries.typed_sheet import TypedSheet
from app.organizer.deliveries.words import View
from app.organizer.page import JOBS, PageName
from app.organizer.panel_present import Face
from core.insight.question import Method
from core.model.roles import RIGHTS, Role
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from tests.organizer import deliveries_shots as told
from tests.organizer.deliveries_shots import ALL, DISCARD, GONE, LETTERS, MAILED, MAILER, ONE, REPLAY, SPENT, desk
from tests.organizer.shots import settle, surroundings_at
from tests.organizer.still_desk import NOW_MS, StillDesk, failed

RECEIVER = "/api/v1/events/{event}/endpoints/" + GONE


def shown(qtbot: QtBot, at: StillDesk, width: int = 1280) -> DeliveriesPage:
    """The page, shown, once the desk has told what lies on it."""
    page = DeliveriesPage(surroundings_at(at))
    qtbot.addWidget(page)
    page.resize(width, 800)
    page.show()
    page.begin()
    settle()
    return page


def rows(page: DeliveriesPage, place: int) -> RowsBody:
    body = page.panes[page.view].frames[place].body
    assert isinstance(body, RowsBody)
    return body


def one(page: DeliveriesPage) -> OneBody:
    body = page.panes[page.view].frames[-1].body
    assert isinstance(body, OneBody)
    return body


def press(qtbot: QtBot, key: Any) -> None:
    assert key.isVisible()
    assert key.isEnabled()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)
    settle()


def choose(qtbot: QtBot, page: DeliveriesPage, place: int, number: int) -> None:
    """Enter, on a row of a list."""
    listed = rows(page, place).list
    assert listed.isVisible()
    listed.setCurrentIndex(listed.model().index(number, 0))
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    settle()


def say_yes(page: DeliveriesPage) -> None:
    """The window's question was answered with yes."""
    _, do = page.at.teller.asked[-1]
    do()
    settle()


def sheet(page: DeliveriesPage) -> TypedSheet:
    assert isinstance(page.sheet, TypedSheet)
    return page.sheet


def test_one_dead_message_is_found_read_and_sent_again(qtbot: QtBot) -> None:
    at = StillDesk(ALL, {(Method.POST, REPLAY): {"touched": 1}})
    page = shown(qtbot, at)
    assert [key.told for key in page.view_keys.values()] == ["Not delivered 14", "Waiting 3", "Receivers", "Jobs"]
    assert [row.title for row in rows(page, 0).list.rows][:2] == ["Everything", "The receiver wants no more"]
    at.tell(f"letters.dead.webhook.{GONE}.endpoint_gone.", [ONE])
    choose(qtbot, page, 0, 1)
    assert page.dead.endpoint.currentText() == "till.example/in", "the fields say what is chosen"
    choose(qtbot, page, 1, 0)
    assert page.dead.frames[2].title_text == "Ticket was used"
    assert next(card.line.text() for card in one(page).cards if card.isVisible()).startswith("answered 410")
    press(qtbot, one(page).keys["replay"])
    asked, _ = page.at.teller.asked[-1]
    assert (asked.title, asked.is_destructive) == ("Send this message again?", False)
    assert at.done[-1].body == {"messages": [ONE["id"]], "is_trial": True}, "so far only counted"
    say_yes(page)
    assert at.done[-1].body == {"messages": [ONE["id"]], "is_trial": False}
    assert page.at.teller.told == ["The message is being sent again."]


def test_a_key_that_is_pressed_twice_asks_once(qtbot: QtBot) -> None:
    at = StillDesk(ALL, {(Method.POST, REPLAY): {"touched": 1}})
    page = shown(qtbot, at)
    page.dead.show_letter(ONE["id"])
    settle()
    for _ in range(2):  # before anything was answered
        one(page).wanted.emit("replay")
    assert not one(page).keys["replay"].isEnabled()
    settle()
    assert (len(at.done), len(page.at.teller.asked)) == (1, 1)
    assert one(page).keys["replay"].isEnabled()


def test_all_of_a_filter_are_sent_again_and_the_question_says_how_many_and_who_stays(qtbot: QtBot) -> None:
    at = StillDesk(ALL, {(Method.POST, REPLAY): {"touched": 2}})
    page = shown(qtbot, at)
    choose(qtbot, page, 0, 0)
    press(qtbot, rows(page, 1).keys["replay.all"])
    asked, _ = page.at.teller.asked[-1]
    assert asked.title == "Send 2 messages again?"
    assert asked.text.endswith("12 others stay as they are: their receivers are switched off.")
    assert at.done[-1].body == {"before_ms": NOW_MS, "is_trial": True}
    say_yes(page)
    assert page.at.teller.told == ["2 messages are being sent again."]


def test_what_nobody_can_be_sent_is_told_and_not_asked(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(ALL, {(Method.POST, REPLAY): {"touched": 0}}))
    choose(qtbot, page, 0, 0)
    press(qtbot, rows(page, 1).keys["replay.all"])
    assert page.at.teller.asked == []
    assert page.at.teller.told[-1].startswith("Nothing was sent again")


def test_several_are_chosen_by_keys_and_given_up_for_a_reason_that_is_typed(qtbot: QtBot) -> None:
    at = StillDesk(ALL, {(Method.POST, DISCARD): {"touched": 2}})
    page = shown(qtbot, at)
    choose(qtbot, page, 0, 0)
    press(qtbot, rows(page, 1).keys["several"])
    for number in (0, 2, 1, 1):  # the second one was a slip
        choose(qtbot, page, 1, number)
    assert page.dead.ticked == {ONE["id"], told.MAILED["id"]}
    assert page.dead.frames[1].text.face is Face.FRESH
    press(qtbot, rows(page, 1).keys["discard.some"])
    assert at.done[-1].body == {"messages": sorted([ONE["id"], told.MAILED["id"]]), "is_trial": True}
    assert sheet(page).title.text() == "Give 2 messages up?"
    assert not sheet(page).yes.isEnabled(), "for no reason nothing is given up"
    qtbot.keyClicks(sheet(page).field, "the shop is closed")
    assert page.is_unsaved
    qtbot.keyClick(sheet(page).field, Qt.Key.Key_Return)
    settle()
    assert at.done[-1].body == {
        "messages": sorted([ONE["id"], told.MAILED["id"]]),
        "why": "the shop is closed",
        "is_trial": False,
    }
    assert page.at.teller.told == ["2 messages are given up."]
    assert (page.sheet, page.dead.ticked, page.is_unsaved) == (None, None, False)


def test_many_are_given_up_only_by_their_number_and_a_refusal_keeps_what_was_typed(qtbot: QtBot) -> None:
    answers: dict[bool, Any] = {True: {"touched": 412}, False: Later(Trouble.UNREACHABLE)}
    at = StillDesk(ALL, {(Method.POST, DISCARD): lambda deed: answers[deed.body["is_trial"]]})
    page = shown(qtbot, at)
    choose(qtbot, page, 0, 0)
    press(qtbot, rows(page, 1).keys["discard.all"])
    qtbot.keyClicks(sheet(page).field, "a test")
    press(qtbot, sheet(page).yes)
    asked, _ = page.at.teller.asked[-1]
    assert (asked.typed, asked.is_destructive) == ("412", True)
    say_yes(page)
    assert sheet(page).note.text() == "Nothing was changed. Server unreachable."
    assert sheet(page).typed == "a test"
    answers[False] = {"touched": 411}  # somebody sent one again meanwhile
    press(qtbot, sheet(page).yes)
    say_yes(page)
    assert page.at.teller.told == ["411 messages are given up."]


def test_another_address_is_typed_over_the_one_of_now_and_a_bad_one_is_refused(qtbot: QtBot) -> None:
    refused = Rejected(422, "target_refused")
    at = StillDesk(ALL, {(Method.PATCH, RECEIVER): refused})
    page = shown(qtbot, at)
    choose(qtbot, page, 0, 0)
    choose(qtbot, page, 1, 0)
    press(qtbot, one(page).keys["address"])
    assert sheet(page).field.text() == "https://till.example/in"
    assert sheet(page).text.text().startswith("12 dead messages")
    assert not sheet(page).yes.isEnabled(), "it is the same"
    sheet(page).field.selectAll()
    qtbot.keyClicks(sheet(page).field, "http://till.example/in")
    press(qtbot, sheet(page).yes)
    assert "The server sends to no such address" in sheet(page).note.text()
    at.deeds[(Method.PATCH, RECEIVER)] = told.endpoint(GONE)
    sheet(page).field.selectAll()
    qtbot.keyClicks(sheet(page).field, "https://new.example/in")
    press(qtbot, sheet(page).yes)
    assert at.done[-1].body == {"target": "https://new.example/in", "is_active": True}, "it was gone at the old one"
    assert page.sheet is None
    assert page.at.teller.told[-1].startswith("The address is changed, and the receiver is switched on.")


def test_the_guest_of_a_dead_mail_gets_another_address_and_is_told_apart_from_a_receiver(qtbot: QtBot) -> None:
    path = f"/api/v1/events/{{event}}/deliveries/{MAILED['id']}/recipient"
    at = StillDesk(ALL, {(Method.POST, path): Rejected(409, "address_suppressed")})
    page = shown(qtbot, at)
    page.dead.show_letter(MAILED["id"])
    settle()
    assert list(one(page).keys) == ["replay", "recipient", "discard"]
    press(qtbot, one(page).keys["recipient"])
    assert (sheet(page).subtitle.text(), sheet(page).field.text()) == ("This mail went to m…@example.org.", "")
    assert not sheet(page).yes.isEnabled(), "nothing is typed"
    qtbot.keyClicks(sheet(page).field, "mara@example.org")
    qtbot.keyClick(sheet(page).field, Qt.Key.Key_Return)
    settle()
    assert "That address gets no more mail" in sheet(page).note.text()
    assert sheet(page).field.text() == "mara@example.org", "it stays, to be corrected"
    for tickets, begins in ((1, "The ticket is on its way to m…@example.org."), (12, "12 tickets are on their way")):
        at.deeds[(Method.POST, path)] = {"messages": ["8" * 32], "tickets": tickets, "recipients": ["m…@example.org"]}
        press(qtbot, sheet(page).yes)
        assert at.done[-1].body == {"email": "mara@example.org"}
        assert page.sheet is None
        assert page.at.teller.told[-1].startswith(begins)
        press(qtbot, one(page).keys["recipient"])
        qtbot.keyClicks(sheet(page).field, "mara@example.org")


def test_a_receiver_that_a_person_switched_off_stays_off_at_another_address(qtbot: QtBot) -> None:
    off = told.endpoint(GONE, "https://till.example/in", state="disabled")
    at = StillDesk(ALL | {ENDPOINTS.name: [off]}, {(Method.PATCH, RECEIVER): off})
    page = shown(qtbot, at)
    press(qtbot, page.view_keys[View.ENDPOINTS])
    choose(qtbot, page, 0, 0)
    press(qtbot, one(page).keys["address"])
    sheet(page).field.selectAll()
    qtbot.keyClicks(sheet(page).field, "https://new.example/in")
    press(qtbot, sheet(page).yes)
    assert at.done[-1].body == {"target": "https://new.example/in"}


def test_escape_leaves_a_sheet_and_changes_nothing(qtbot: QtBot) -> None:
    at = StillDesk(ALL, {(Method.POST, DISCARD): {"touched": 1}})
    page = shown(qtbot, at)
    choose(qtbot, page, 0, 0)
    choose(qtbot, page, 1, 0)
    press(qtbot, one(page).keys["discard"])
    qtbot.keyClick(sheet(page).field, Qt.Key.Key_Escape)
    settle()
    assert page.sheet is None
    assert [deed.body["is_trial"] for deed in at.done] == [True]


def test_a_receiver_is_switched_on_tested_and_switched_off_and_says_how_the_test_went(qtbot: QtBot) -> None:
    receiver = f"/api/v1/events/{{event}}/endpoints/{MAILER}"
    test = told.letter(77, None, kind="endpoint.test", endpoint=MAILER, state="ready", reason=None, made_ms=NOW_MS)
    at = StillDesk(
        ALL | {f"letter.{test['id']}": told.open_letter(test)},
        {
            (Method.POST, f"{receiver}/test"): {"message": test["id"]},
            (Method.PATCH, receiver): told.endpoint(MAILER),
            (Method.PATCH, RECEIVER): told.endpoint(GONE),
        },
    )
    page = shown(qtbot, at)
    press(qtbot, page.view_keys[View.ENDPOINTS])
    choose(qtbot, page, 0, 0)
    press(qtbot, one(page).keys["enable"])
    assert at.done[-1].body == {"is_active": True}
    choose(qtbot, page, 0, 1)
    press(qtbot, one(page).keys["test"])
    assert one(page).note.text() == "The test message of 20:04 is on its way."
    at.tell(
        f"letter.{test['id']}",
        told.open_letter(test | {"state": "dead", "reason": "attempts_spent"}, told.tried(1, 0, "500")),
    )
    settle()
    assert one(page).note.text() == "The test message of 20:04 did not arrive: answered 500."
    assert f"letter.{test['id']}" not in at.watched(), "it is over, and asked for no more"
    press(qtbot, one(page).keys["disable"])
    asked, _ = page.at.teller.asked[-1]
    assert (asked.is_destructive, "3 messages" in asked.text) == (True, True)
    say_yes(page)
    assert at.done[-1].body == {"is_active": False}
    press(qtbot, one(page).keys["show_dead"])
    assert (page.view, page.dead.which.endpoint, page.dead.level) == (View.DEAD, MAILER, 1)


def test_a_job_is_run_now_and_its_runs_are_told(qtbot: QtBot) -> None:
    path = "/api/v1/jobs/retention/run"
    at = StillDesk(ALL, {(Method.POST, path): told.run("waiting", 0)})
    page = shown(qtbot, at)
    page.show_subject(JOBS)
    settle()
    choose(qtbot, page, 0, 0)
    assert len([card for card in one(page).cards if card.isVisible()]) == 4
    press(qtbot, one(page).keys["run"])
    assert page.at.teller.told[-1].startswith("The job is asked for")


def test_without_any_channel_the_jobs_are_left_and_without_the_right_not_even_those(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(told.UNUSED))
    assert page.view is View.JOBS
    assert [view for view, key in page.view_keys.items() if key.isVisible()] == [View.JOBS]
    admin = shown(qtbot, StillDesk(ALL, rights=RIGHTS[Role.ADMIN]))
    assert not admin.view_keys[View.JOBS].isVisible()
    admin.show_subject(JOBS)
    assert admin.view is View.DEAD


def test_who_may_only_look_sees_everything_and_has_no_key_to_change_it(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(ALL, rights=RIGHTS[Role.SUPERVISOR]))
    choose(qtbot, page, 0, 0)
    assert rows(page, 1).keys == {}
    choose(qtbot, page, 1, 0)
    assert one(page).keys == {}
    assert one(page).note.text().startswith("Your account may look")
    assert len(one(page).cards) == 2


def test_a_long_list_is_turned_by_the_place_behind_its_last_message(qtbot: QtBot) -> None:
    page_of = [told.letter(number, 10 + number) for number in range(1, ON_A_PAGE + 1)]
    behind = f"{page_of[-1]['closed_ms']}.{page_of[-1]['id']}"
    at = StillDesk(desk(*page_of) | {f"{LETTERS}{behind}": [SPENT]})
    page = shown(qtbot, at)
    choose(qtbot, page, 0, 0)
    assert not rows(page, 1).before_key.isEnabled()
    press(qtbot, rows(page, 1).more_key)
    assert [row.title for row in rows(page, 1).list.rows] == ["Guest has left"]
    assert rows(page, 1).place.text() == "page 2"
    assert not rows(page, 1).more_key.isEnabled()
    press(qtbot, rows(page, 1).before_key)
    assert len(rows(page, 1).list.rows) == ON_A_PAGE


def test_another_channel_asks_for_other_messages_and_what_died_meanwhile_comes_by_itself(qtbot: QtBot) -> None:
    at = StillDesk(ALL)
    page = shown(qtbot, at)
    page.dead.channel.choose("webhook")
    settle()
    assert "letters.dead.webhook..." in at.watched()
    assert LETTERS not in at.watched()
    assert page.dead.level == 1, "the list is what changed"
    at.tell("letters.dead.webhook...", [SPENT])
    settle()
    assert [row.title for row in rows(page, 1).list.rows] == ["Guest has left"]


def test_a_page_at_rest_asks_nothing_and_one_panel_fails_alone(qtbot: QtBot) -> None:  # G22
    at = StillDesk(ALL)
    page = shown(qtbot, at)
    at.tell(HEAPS.name, failed())
    settle()
    assert (page.dead.frames[0].face, page.dead.frames[1].face) == (Face.FAILED, Face.FRESH)
    page.rest()
    assert at.watched() == []
    page.begin()
    settle()
    assert {SUMMARY.name, ENDPOINTS.name, HEAPS.name, LETTERS} <= set(at.watched())


def test_a_fault_in_the_code_of_one_panel_is_that_panels_and_a_key_tries_again(  # G22
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    page = shown(qtbot, StillDesk(ALL))
    with monkeypatch.context() as planted:
        planted.setattr(OneBody, "show_one", broken)
        page.dead.show_letter(ONE["id"])
        settle()
        assert page.dead.frames[2].face is Face.BROKEN
    assert page.dead.frames[1].face is Face.FRESH
    press(qtbot, page.dead.frames[2].retry_key)
    assert page.dead.frames[2].face is Face.FRESH


def test_a_narrow_window_goes_deeper_and_back_by_keys(qtbot: QtBot) -> None:
    page = shown(qtbot, StillDesk(ALL), width=800)
    assert [frame.isVisible() for frame in page.dead.frames] == [True, False, False]
    choose(qtbot, page, 0, 0)
    assert [frame.isVisible() for frame in page.dead.frames] == [False, True, False]
    choose(qtbot, page, 1, 0)
    assert [frame.isVisible() for frame in page.dead.frames] == [False, False, True]
    assert not page.dead.top.isVisible(), "the fields are about the lists"
    press(qtbot, page.dead.back_keys[1])
    qtbot.keyClick(page.dead.frames[1], Qt.Key.Key_Escape)
    assert [frame.isVisible() for frame in page.dead.frames] == [True, False, False]
    page.resize(1700, 900)
    assert [frame.isVisible() for frame in page.dead.frames] == [True, True, False]


# --- an account that is refused ---------------------------------------------------------------------------------------


def test_the_window_is_told_of_a_refused_account_once_and_its_key_says_so_until_it_is_mended(qtbot: QtBot) -> None:
    at, badges = StillDesk(told.REFUSED), Badges()
    texts: list[dict[PageName, str]] = []
    rung: list[bool] = []
    badges.changed.connect(texts.append)
    badges.account_refused.connect(lambda: rung.append(True))
    badges.start(at)
    qtbot.waitUntil(lambda: bool(texts) and texts[-1].get(PageName.DELIVERIES) == "!")
    assert rung == [True], "at the first look too: nobody else tells whoever comes now"
    at.tell(SUMMARY.name, {**told.REFUSED[SUMMARY.name], "dead": 2})
    qtbot.waitUntil(lambda: texts[-1].get(PageName.DELIVERIES) == "2!")
    at.tell(SUMMARY.name, told.summary(0, 0))
    qtbot.waitUntil(lambda: not texts[-1].get(PageName.DELIVERIES))
    assert rung == [True]
    at.tell(SUMMARY.name, told.REFUSED[SUMMARY.name])
    qtbot.waitUntil(lambda: len(rung) == 2)
    badges.stop()
