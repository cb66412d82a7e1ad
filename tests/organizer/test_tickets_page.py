"""The page of tickets at a desk that stands still: the search, the sheets, a wizard that is interrupted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.organizer.import_wizard import ImportWizard, WizardStep
from app.organizer.page import IMPORT_LIST
from app.organizer.panel_present import Face
from app.organizer.tickets_deeds import TYPED_FROM, AttentionSheet, DeedSheet
from app.organizer.tickets_detail import TicketBody
from app.organizer.tickets_found import FoundBody
from app.organizer.tickets_issue import IssueSheet
from app.organizer.tickets_page import TicketsPage
from core.insight.question import Deed, Json, Method
from core.model.roles import RIGHTS, Right, Role
from core.sync.answers import Later, Rejected
from core.sync.health import Trouble
from tests.organizer import tickets_shots as shots
from tests.organizer.desk_contract import until
from tests.organizer.shots import settle, surroundings_at
from tests.organizer.still_desk import LOADING, StillDesk, failed

ONE = f"/api/v1/events/{{event}}/tickets/{shots.TID}"
AWAY = Later(Trouble.UNREACHABLE)


def shown(qtbot: QtBot, desk: StillDesk | None = None) -> TicketsPage:
    """The page, shown, once the desk has told what lies on it."""
    page = TicketsPage(surroundings_at(desk or shots.desk()()))
    qtbot.addWidget(page)
    page.resize(1280, 760)
    page.show()
    page.begin()
    settle()
    return page


def desk_of(page: TicketsPage) -> StillDesk:
    desk = page.at.desk
    assert isinstance(desk, StillDesk)
    return desk


def found(page: TicketsPage) -> list[str]:
    body = page.found.body
    assert isinstance(body, FoundBody)
    return [row.title for row in body.rows.rows]


def detail(page: TicketsPage) -> TicketBody:
    body = page.ticket.body
    assert isinstance(body, TicketBody)
    return body


def sheet_of(page: TicketsPage, kind: type[Any]) -> Any:
    assert isinstance(page.sheet, kind)
    return page.sheet


def search(qtbot: QtBot, page: TicketsPage, text: str) -> None:
    """What a hand scanner does: letters, and Enter."""
    page.field.setText(text)  # QTest types Latin letters alone
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    settle()


# --- the search ---------------------------------------------------------------------------------------------------


def test_fewer_than_three_letters_ask_nobody_and_more_of_them_once(qtbot: QtBot) -> None:  # A18
    page = shown(qtbot)
    search(qtbot, page, "Rú")
    assert [name for name in desk_of(page).watched() if name.startswith("search")] == []
    for length in range(1, 5):
        page.field.setText("Rúìz"[:length])
    assert [name for name in desk_of(page).watched() if name.startswith("search")] == [], "whoever types is not done"
    until(qtbot, lambda: found(page))
    assert [name for name in desk_of(page).watched() if name.startswith("search")] == ["search Rúìz"]
    assert found(page)[0] == "Änà Rúìz"
    page.rest()
    assert desk_of(page).watched() == []


def test_nothing_that_names_guests_is_kept_on_a_disk() -> None:
    from app.organizer import tickets_questions as asked

    named = (asked.search_question("x"), asked.history_question("x"), asked.order_question("x"))
    assert [question.is_kept for question in named] == [False, False, False]


def test_the_last_answer_stays_while_the_next_is_awaited_and_no_longer(qtbot: QtBot) -> None:
    page = shown(qtbot)
    search(qtbot, page, "Rúìz")
    desk_of(page).told["search Rúìz O"] = LOADING
    search(qtbot, page, "Rúìz O")
    assert found(page), "a list that flickers can't be read"
    until(qtbot, lambda: page.found.face is Face.LOADING)
    desk_of(page).tell("search Rúìz O", failed())
    settle()
    assert page.found.face is Face.FAILED


def test_a_ticket_that_is_scanned_is_shown_at_once(qtbot: QtBot) -> None:
    desk = shots.desk()()
    by_code = shots.found(("Änà Rúìz", "valid", "VÌP"))
    by_code["matches"][0]["by"] = "code"
    desk.told[f"search {shots.CODE}"] = by_code
    page = shown(qtbot, desk)
    search(qtbot, page, shots.CODE)
    settle()
    assert detail(page).name.text() == "Änà Rúìz"
    assert detail(page).pill.text == "Valid"


def test_a_fault_in_the_code_of_one_ticket_leaves_the_list_alone(qtbot: QtBot) -> None:  # G22
    page = shown(qtbot)
    search(qtbot, page, "Rúìz")
    page.ticket.break_down()
    qtbot.waitUntil(lambda: page.ticket.face is Face.BROKEN)
    page.show_subject(shots.TID)
    assert found(page)
    page.ticket.retry()
    settle()
    assert page.ticket.face is Face.FRESH


# --- one ticket ---------------------------------------------------------------------------------------------------


def test_a_life_is_read_with_gates_hands_and_reasons(qtbot: QtBot) -> None:  # A8, A20, G16
    page = shown(qtbot)
    page.show_subject(shots.TID)
    settle()
    rows = {row.title: row.line for row in detail(page).history.rows}
    assert next(iter(rows)) == "Scan taken back"
    assert "by a clock in doubt" in rows["Scan taken back"]
    assert "“wrîstbänd shöwn”" in rows["Let in by a supervisor"]
    assert "offline" in rows["Already used"]
    assert "heard of 11 min later" in rows["Already used"]
    assert rows["New code, edition 2"].endswith("reason: Lost")
    assert rows["Incident: Let in twice"] == "open"


def keys_ready(page: TicketsPage) -> list[str]:
    return [key.property("means") for key in detail(page).keys.parts if key.isEnabled()]


def test_who_may_only_read_presses_nothing(qtbot: QtBot) -> None:
    desk = shots.desk()()
    desk.rights = RIGHTS[Role.AUDITOR]
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    assert keys_ready(page) == ["show_order"]
    assert not page.import_key.isEnabled()


def test_nothing_is_done_without_a_reason_and_it_is_done_once(qtbot: QtBot) -> None:
    refund = {
        "id": "5" * 32,
        "state": "waiting",
        "amount": 2_000,
        "currency": "eur",
        "order": "Ö-77",
        "source": "mÿshöp",
    }
    refund |= {"tickets": [shots.TID], "begun_ms": shots.NOW_MS}
    answers: list[Json] = [AWAY, {"changed": [shots.TID], "manifest_version": 5, "refund": refund}]
    desk = shots.desk()()
    desk.deeds[Method.POST, f"{ONE}/cancel"] = lambda _: answers.pop(0)
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    page._act("cancel")
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    assert not sheet.yes.isEnabled()
    sheet.whys.keys["guest"].click()
    assert sheet.money.isHidden()
    sheet.whys.keys["refund"].click()
    assert "the money goes back" in sheet.money.text()
    assert not sheet.money.isHidden()
    sheet.yes.click()
    assert sheet.is_busy
    sheet._do()
    assert len(desk.done) == 1, "a second press while the first is on its way is none"
    settle()
    assert "server unreachable" in sheet.note.text()
    sheet.yes.click()
    settle()
    assert page.sheet is None
    assert [deed.body for deed in desk.done] == [{"why": "refund"}, {"why": "refund"}]
    assert page.at.teller.told == ["The ticket is canceled. 20.00 EUR goes back to the payer."]


def test_tickets_are_mailed_once_more_after_a_yes_that_says_to_whom_and_which(qtbot: QtBot) -> None:
    answers: list[Json | Later | Rejected] = [
        AWAY,
        Rejected(409, "mail_refused", ""),
        {"messages": ["0" * 32], "tickets": 2, "recipients": ["m…@mail.example"]},
    ]
    desk = shots.desk(**{f"ticket {shots.TID}": shots.history(email="mara@mail.example")})()
    desk.deeds[Method.POST, "/api/v1/events/{event}/mail/tickets"] = lambda _: answers.pop(0)
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    assert "mail" in keys_ready(page)
    assert "mara@mail.example" in [part.value.text() for part in detail(page).facts.parts]  # type: ignore[attr-defined]
    told = ("server unreachable", "wants no more mail", "2 tickets are on their way to m…@mail.example.")
    for number, said in enumerate(told):
        page._act("mail")
        asked, do = page.at.teller.asked[-1]
        assert "Ö-77" in asked.text
        assert "mara@mail.example" in asked.text
        assert len(desk.done) == number, "nothing is done before the yes"
        do()
        settle()
        assert said in page.at.teller.told[-1]
    assert [deed.body for deed in desk.done] == [{"order": "Ö-77", "source": "mÿshöp"}] * 3


def test_a_ticket_says_what_became_of_its_mail(qtbot: QtBot) -> None:
    page = shown(qtbot, desk := shots.desk()())
    page.show_subject(shots.TID)
    for state, reason, said in (
        (None, None, "mara@mail.example"),
        ("ready", None, "A mail waits to be sent"),
        ("sent", None, "Mailed"),
        ("dead", "refused", "Not delivered"),
        ("canceled", "address_suppressed", "this address gets no more mail"),
        ("canceled", "nothing_to_send", "Not sent"),
    ):
        mail = {"message": "0" * 32, "made_ms": 1, "state": state, "reason": reason, "closed_ms": 2}
        desk.tell(
            f"ticket {shots.TID}", shots.history(email="mara@mail.example", mails=[mail] if state is not None else [])
        )
        settle()
        texts = [part.value.text() for part in detail(page).facts.parts]  # type: ignore[attr-defined]
        assert any(said in text and "mara@mail.example" in text for text in texts), said


def test_a_ticket_without_an_address_a_code_or_worth_is_not_offered_by_mail(qtbot: QtBot) -> None:
    email = {"email": "mara@mail.example"}
    unsold = {**shots.history()["terms"], "has_t1": False}
    for told in (
        shots.history(),
        shots.history(**email, terms=unsold),
        shots.history(**email, ticket=shots.ticket(status="canceled")),
    ):
        page = shown(qtbot, shots.desk(**{f"ticket {shots.TID}": told})())
        page.show_subject(shots.TID)
        settle()
        assert "mail" not in keys_ready(page)
        page.rest()


def test_escape_leaves_a_sheet_unless_it_is_at_work(qtbot: QtBot) -> None:
    page = shown(qtbot)
    page.show_subject(shots.TID)
    settle()
    page._act("block")
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    sheet.whys.pick("fraud")
    sheet.yes.click()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert page.sheet is sheet
    page.show_subject("0" * 16)
    assert page.sheet is sheet, "nor does another page take it away"
    settle()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert page.sheet is None


def test_a_large_order_wants_its_number_typed_and_an_uncounted_one_is_not_canceled(qtbot: QtBot) -> None:
    many = [shots.ticket(tid=f"{n:016x}") for n in range(TYPED_FROM)]
    desk = shots.desk(**{"order Ö-77": LOADING})()
    path = "/api/v1/events/{event}/orders/cancel"
    desk.deeds[Method.POST, path] = {"changed": [each["tid"] for each in many], "manifest_version": 6}
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    page._act("order")
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    sheet.whys.pick("refund")
    assert not sheet.yes.isEnabled()
    desk.tell("order Ö-77", many)
    settle()
    sheet.yes.click()
    ((asked, do),) = page.at.teller.asked
    assert (asked.typed, asked.is_destructive, desk.done) == (str(TYPED_FROM), True, [])
    do()
    settle()
    assert f"{TYPED_FROM} tickets" in page.at.teller.told[-1]


def test_a_new_code_is_shown_until_it_is_hidden(qtbot: QtBot) -> None:
    page = shown(qtbot)
    page.show_subject(shots.TID)
    settle()
    page._act("reissue")
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    sheet.whys.pick("lost")
    sheet.yes.click()
    settle()
    assert sheet.code.isVisible()
    assert shots.CODE not in sheet.code.accessibleName(), "whoever hears it could enter"
    sheet.no.click()
    assert page.sheet is None


@pytest.mark.parametrize(("why", "is_ticked"), [("lost", True), ("stolen", False)])
def test_a_new_code_is_offered_to_be_mailed_and_what_was_stolen_is_not_ticked(
    qtbot: QtBot, why: str, is_ticked: bool
) -> None:
    desk = shots.desk(**{f"ticket {shots.TID}": shots.MAILED})()
    desk.deeds[Method.POST, f"{ONE}/reissue"] = {"tid": shots.TID, "text": shots.CODE, "mailed_to": "a…@mail.example"}
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    page._act("reissue")
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    assert sheet.mail.isVisible()
    assert sheet.mail.row.title == "Send the new code to ana.ruiz@mail.example"
    sheet.whys.pick(why)
    assert (sheet.mail.isChecked(), bool(sheet.mail.row.line)) == (is_ticked, not is_ticked)
    sheet.yes.click()
    settle()
    assert desk.done[-1].body == {"why": why, "mail": is_ticked}
    assert "mailed to a…@mail.example" in sheet.text.text()
    assert not sheet.mail.isVisible()


def test_whoever_unticks_it_mails_nothing_and_where_nothing_is_mailed_nothing_is_offered(qtbot: QtBot) -> None:
    desk = shots.desk(**{f"ticket {shots.TID}": shots.MAILED})()
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    page._act("reissue")
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    sheet.whys.pick("lost")
    sheet.mail.click()
    sheet.yes.click()
    settle()
    assert desk.done[-1].body == {"why": "lost", "mail": False}
    sheet.no.click()
    desk.tell(f"ticket {shots.TID}", shots.history(email="ana.ruiz@mail.example"))
    settle()
    page._act("reissue")
    other: DeedSheet = sheet_of(page, DeedSheet)
    assert not other.mail.isVisible()
    other.whys.pick("lost")
    other.yes.click()
    settle()
    assert desk.done[-1].body == {"why": "lost"}, "an older server does not know the field"


def refunding(qtbot: QtBot, desk: StillDesk, deed: str = "cancel") -> tuple[TicketsPage, DeedSheet]:
    """The sheet of a cancel whose money goes back."""
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    page._act(deed)
    sheet: DeedSheet = sheet_of(page, DeedSheet)
    settle()
    assert not sheet.amount.isVisible()
    sheet.whys.pick("refund")
    return page, sheet


def test_a_cancel_says_what_goes_back_and_exactly_that_is_asked_for(qtbot: QtBot) -> None:
    desk = shots.desk(**shots.PAID)()
    desk.deeds[Method.POST, f"{ONE}/cancel"] = {"changed": [shots.TID], "manifest_version": 5}
    _, sheet = refunding(qtbot, desk)
    assert sheet.amount.isVisible()
    assert sheet.amount.name == "How much goes back (EUR)"
    assert sheet.money.text() == "20.00 EUR goes back to the payer now."
    sheet.whys.pick("guest")
    assert (sheet.amount.isVisible(), sheet.money.isVisible()) == (False, False), "for another reason nothing does"
    sheet.whys.pick("refund")
    sheet.yes.click()
    settle()
    assert desk.done[-1].body == {"why": "refund", "refund_amount": 2_000}


@pytest.mark.parametrize(
    ("typed", "amount", "said"),
    [
        ("12,5", 1_250, "12.50 EUR goes back"),
        ("50.01", None, "At most 50.00 EUR"),
        ("1,000", None, "like 50.00"),
    ],
)
def test_another_amount_is_taken_or_said_to_be_wrong_before_anything_is_canceled(
    qtbot: QtBot, typed: str, amount: int | None, said: str
) -> None:
    desk = shots.desk(**shots.PAID)()
    desk.deeds[Method.POST, f"{ONE}/cancel"] = {"changed": [shots.TID], "manifest_version": 5}
    _, sheet = refunding(qtbot, desk)
    sheet.amount.line.setText(typed)
    assert said in (sheet.money.text() if amount else sheet.amount.trouble)
    assert sheet.yes.isEnabled() is (amount is not None)
    sheet.yes.click()
    settle()
    assert [deed.body for deed in desk.done] == ([{"why": "refund", "refund_amount": amount}] if amount else [])


def test_of_an_order_all_that_is_left_goes_back_and_what_a_ticket_cost_has_to_be_said_where_nobody_knows(
    qtbot: QtBot,
) -> None:
    desk = shots.desk(**shots.PAID)()
    _, sheet = refunding(qtbot, desk, "order")
    assert sheet.money.text() == "50.00 EUR goes back to the payer now."
    desk = shots.desk(**{"payment mÿshöp Ö-77": shots.payment(prices=[])})()
    _, sheet = refunding(qtbot, desk)
    assert (sheet.yes.isEnabled(), sheet.amount.trouble) == (False, ""), "nobody is scolded before they typed"
    sheet.amount.line.setText("7")
    assert sheet.yes.isEnabled()


def test_where_nothing_is_left_the_sheet_says_so_and_cancels_all_the_same(qtbot: QtBot) -> None:
    desk = shots.desk(**{"payment mÿshöp Ö-77": shots.payment(state="disputed")})()
    desk.deeds[Method.POST, f"{ONE}/cancel"] = {"changed": [shots.TID], "manifest_version": 5}
    page, sheet = refunding(qtbot, desk)
    assert not sheet.amount.isVisible()
    assert "Nothing goes back" in sheet.money.text()
    sheet.yes.click()
    settle()
    assert desk.done[-1].body == {"why": "refund"}
    assert page.at.teller.told[-1] == "The ticket is canceled. Nothing went back."


def test_an_order_that_nobody_paid_here_and_an_account_that_may_not_pay_back_are_offered_no_amount(
    qtbot: QtBot,
) -> None:
    unknown = failed(Rejected(404, "payment_unknown"))
    _, sheet = refunding(qtbot, shots.desk(**{"payment mÿshöp Ö-77": unknown})())
    assert not sheet.amount.isVisible()
    assert "nobody said what this was paid with" in sheet.money.text()
    desk = shots.desk(**shots.PAID)()
    desk.rights -= {Right.CHANGE_PAYMENTS}
    _, sheet = refunding(qtbot, desk)
    assert not sheet.amount.isVisible()
    assert "the money goes back" in sheet.money.text()


def test_what_the_doors_do_is_ticked(qtbot: QtBot) -> None:
    desk = shots.desk()()
    desk.deeds[Method.PUT, f"{ONE}/attention"] = {"attention": [1, 2]}
    page = shown(qtbot, desk)
    page.show_subject(shots.TID)
    settle()
    page._act("attention")
    sheet: AttentionSheet = sheet_of(page, AttentionSheet)
    assert [number for number, row in sheet.items.items() if row.isChecked()] == [1]
    sheet.items[2].click()
    sheet.yes.click()
    settle()
    assert desk.done[-1].body == {"attention": [1, 2]}


def test_a_ticket_whose_answer_was_lost_is_not_issued_twice(qtbot: QtBot) -> None:
    desk = shots.desk()()
    paths: list[str] = []

    class Answers(dict[Any, Any]):
        """A reference is random: whatever it is, the first answer is lost."""

        def get(self, key: Any, default: Any = None) -> Any:
            if key[0] is not Method.PUT:
                return super().get(key, default)
            paths.append(key[1])
            return AWAY if len(paths) == 1 else {"what": "unchanged", "tid": shots.TID, "text": shots.CODE}

    desk.deeds = Answers(desk.deeds)
    page = shown(qtbot, desk)
    page.issue_key.click()
    sheet: IssueSheet = sheet_of(page, IssueSheet)
    sheet.name.setText("Änà")
    assert page.is_unsaved
    sheet.yes.click()
    settle()
    assert "not made twice" in sheet.note.text()
    sheet.yes.click()
    settle()
    assert paths[0] == paths[1]
    assert sheet.code.isVisible()
    sheet.again.click()
    sheet.yes.click()
    assert sheet._reference not in paths[0], "another ticket has another reference"


# --- the wizard ---------------------------------------------------------------------------------------------------


def wizard_at(qtbot: QtBot, desk: StillDesk) -> tuple[TicketsPage, ImportWizard]:
    page = shown(qtbot, desk)
    page.show_subject(IMPORT_LIST)
    settle()
    return page, sheet_of(page, ImportWizard)


def jobs(desk: StillDesk, answer: Callable[[Deed[Any]], Json]) -> None:
    """Every call about an import is answered by this."""

    class Answers(dict[Any, Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            return answer if "/imports/" in key[1] else super().get(key, default)

    desk.deeds = Answers(desk.deeds)


def test_a_file_is_dropped_and_its_columns_are_found(qtbot: QtBot, tmp_path: Path) -> None:  # D2
    path = tmp_path / "list.csv"
    path.write_text("code,class,name\nA-1000,Stàndàrd,Ana\nA-1001,Balloon,Ben\n")
    page, wizard = wizard_at(qtbot, shots.desk()())
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    wizard.files.zone.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, button, keys))
    until(qtbot, lambda: wizard.step is WizardStep.COLUMNS)
    assert not wizard.next_key.isEnabled(), "the shop has no name yet"
    wizard.columns.source.setText("shop")
    assert wizard.next_key.isEnabled()
    assert list(wizard.columns._words) == ["Balloon"]
    assert page.is_unsaved
    for several in ([], [QUrl("https://example.org/list.csv")], [QUrl.fromLocalFile("/a"), QUrl.fromLocalFile("/b")]):
        mime.setUrls(several)
        wizard._turn_to(WizardStep.FILE)
        wizard.files.zone.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, button, keys))
        assert not wizard._is_reading


def test_what_was_interrupted_says_where_it_stands_and_goes_on(qtbot: QtBot) -> None:  # D2
    desk = shots.desk(imports=shots.JOBS)()
    told: list[Json] = [AWAY, shots.job(state="previewing", done=3, rows=9), AWAY]
    told.append(shots.job(state="previewed", report=shots.REPORT, rows=9, done=9))
    jobs(desk, lambda _: told.pop(0) if len(told) > 1 else told[0])
    page, wizard = wizard_at(qtbot, desk)
    wizard.files.jobs.mark(shots.JOB)
    wizard.files._let()
    wizard.files.go_on_key.click()
    settle()
    assert "Server unreachable, since 20:04" in wizard.work.text.text()
    assert page.is_unsaved
    for _ in range(3):
        wizard.driver.go_on()
        settle()
    until(qtbot, lambda: wizard.step is WizardStep.LOOK and wizard.outlook.isVisible())
    assert "4,827" in wizard.apply_key.text()


def test_parts_that_are_missing_want_the_file_again(qtbot: QtBot) -> None:
    desk = shots.desk(imports=shots.JOBS)()
    jobs(desk, lambda _: shots.job(parts=2))
    _, wizard = wizard_at(qtbot, desk)
    wizard._go_on_with(shots.JOB)
    settle()
    assert wizard.step is WizardStep.FILE
    assert "choose the same file again" in wizard.note.text()


def test_an_import_is_thrown_away_only_on_a_yes_and_never_by_leaving(qtbot: QtBot) -> None:
    desk = shots.desk(imports=shots.JOBS)()
    jobs(desk, lambda _: None)
    page, wizard = wizard_at(qtbot, desk)
    wizard._throw_away(shots.JOB)
    assert desk.done == []
    ((_, do),) = page.at.teller.asked
    do()
    settle()
    assert [deed.method for deed in desk.done] == [Method.DELETE]
    wizard._leave()
    assert [deed.method for deed in desk.done] == [Method.DELETE]
    assert page.sheet is None
