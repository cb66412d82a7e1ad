"""The pages on which staff decide something, in each state worth a look."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.kiosk.answer_desk import AnswerDesk
from app.kiosk.authorise_sheet import AuthoriseSheet
from app.kiosk.confirm_sheet import ConfirmSheet
from app.kiosk.question_sheet import QuestionSheet
from app.kiosk.recovery_sheet import RecoverySheet
from app.kiosk.sheet import Sheet, SheetName
from app.kiosk.shift_present import ShiftFacts, present_shift
from app.kiosk.shift_sheet import ShiftSheet
from app.kiosk.window import KioskWindow
from app.runtime.staff_line import Undoable
from core.gate.operators import DoorRole, Operator
from core.gate.overruling import REASONS, OverrideRefusal
from core.gate.verdict import AskDetail, TicketDetail, Verdict, WordDetail
from core.model.attention import AttentionItem, AttentionKind
from core.model.outcomes import Outcome
from core.model.questions import Question, QuestionKind
from tests.kiosk.states import ONLINE
from tests.kiosk.verdicts import NOW_MS, SCAN, ZONE, usual_detail, verdict

DATA = {
    "18 or older: look at an ID",
    "Blue wristband",
    "Ramp at gate 3",
    "Which meal?",
    "18 or older?",
    "How many children?",
    "Number plate?",
    *(f"Dish {number}" for number in range(1, 13)),
    *(f"Person {number}" for number in range(1, 13)),
    "Ana",
    "Sue",
}
"""Names that these shots bring with them."""
ITEMS = (
    AttentionItem(1, AttentionKind.AGE, "18 or older: look at an ID"),
    AttentionItem(2, AttentionKind.WRISTBAND, "Blue wristband"),
    AttentionItem(3, AttentionKind.ACCESS, "Ramp at gate 3"),
)
QUESTIONS = (
    Question("meal", "Which meal?", QuestionKind.CHOICE, choices=tuple(f"Dish {number}" for number in range(1, 13))),
    Question("adult", "18 or older?", QuestionKind.YES_NO),
    Question("heads", "How many children?", QuestionKind.NUMBER, is_required=False),
    Question("plate", "Number plate?", QuestionKind.TEXT),
)
Act = Callable[[KioskWindow], None]


def staff_states() -> Iterator[tuple[str, tuple[Act, ...]]]:
    """The name of each state, and what brings a window into it."""
    yield "attention", (_wanting(_attention(1)),)
    yield "attention-three", (_wanting(_attention(3)),)
    yield "attention-waits", (_wanting(_attention(1)), lambda window: window.show_waiting(2))
    yield "identity", (_wanting(verdict(Outcome.CONFIRM_IDENTITY, usual_detail(Outcome.CONFIRM_IDENTITY))),)
    for at, name in enumerate(("choice", "yes-no", "number", "text")):
        yield f"question-{name}", (_asking(at),)
    yield "question-refused", (_asking(3), _refuse_answer)
    yield "question-unknown", (_wanting(verdict(Outcome.ANSWERS_REQUIRED, AskDetail("Day ticket", ()))),)
    yield "undo", (_used, _showing(_undo))
    yield "override-why", (_used, _showing(lambda window: _authorise(window, 1)))
    yield "override-who", (_used, _showing(lambda window: _authorise(window, 12)), _choose_reason)
    yield "override-pin", (_used, _showing(lambda window: _authorise(window, 1)), _choose_reason, _mistype)
    yield "override-refused", (_used, _showing(_refused))
    yield (
        "override-done",
        (_show(verdict(Outcome.ADMITTED_OFFLINE, WordDetail("Day ticket", "Sue", REASONS[0].value))),),
    )
    yield "staff", (_showing(_log_in),)
    yield "shift", (_on_shift, _showing(_shift))
    yield "recovery", (_showing(_recovery),)
    yield "recovery-waits", (lambda window: window.show_status(replace(ONLINE, open_questions=3)),)
    yield "turn", (_showing(_turn),)
    yield "simulate", (_simulating, _used)
    yield "simulate-sheet", (_simulating, _showing(_undo))
    yield "told", (_used, lambda window: window.tell(lambda: window.words.staff.shift.is_on.fill(name="Ana")))


def _attention(count: int) -> Verdict:
    return verdict(Outcome.ATTENTION, TicketDetail("Day ticket", 1, 3, ITEMS[:count]))


def _wanting(shown: Verdict) -> Act:
    """A verdict with whatever it wants from staff, as the program opens it."""

    def act(window: KioskWindow) -> None:
        AnswerDesk(window, window.words, window)
        window.show_verdict(shown)

    return act


def _asking(at: int) -> Act:
    def act(window: KioskWindow) -> None:
        _wanting(verdict(Outcome.ANSWERS_REQUIRED, AskDetail("Day ticket", QUESTIONS)))(window)
        sheet = window.desk.sheet
        assert isinstance(sheet, QuestionSheet)
        for answer in ("Dish 1", "yes", "3")[:at]:
            sheet._take(answer)

    return act


def _refuse_answer(window: KioskWindow) -> None:
    sheet = window.desk.sheet
    assert isinstance(sheet, QuestionSheet)
    sheet._take("")


def _used(window: KioskWindow) -> None:
    window.show_verdict(verdict(Outcome.ALREADY_USED, usual_detail(Outcome.ALREADY_USED)))


def _show(shown: Verdict) -> Act:
    return lambda window: window.show_verdict(shown)


def _showing(make: Callable[[KioskWindow], Sheet]) -> Act:
    return lambda window: window.desk.show(make(window))


def _undo(window: KioskWindow) -> Sheet:
    words = window.words
    said = words.staff.undo
    text = said.text.fill(what="Day ticket", ago=words.calendar.seconds.fill(count=12))
    return ConfirmSheet(words.sheet_titles[SheetName.UNDO], text, said.take_back, said.keep)


def _turn(window: KioskWindow) -> Sheet:
    said = window.words.staff.lane
    return ConfirmSheet(said.to_exit, said.turn_to_exit, said.turn, said.keep)


def _refused(window: KioskWindow) -> Sheet:
    words = window.words
    text = words.staff.override_refusals[OverrideRefusal.NOBODY_MAY]
    return ConfirmSheet(words.sheet_titles[SheetName.OVERRIDE], text, "", words.sheet.close)


def _people(count: int) -> list[Operator]:
    return [Operator(str(number), f"Person {number}", DoorRole.SUPERVISOR, 20, "") for number in range(1, count + 1)]


def _authorise(window: KioskWindow, count: int) -> Sheet:
    words = window.words
    reasons = [(each.value, words.staff.reasons[each]) for each in REASONS]
    title = f"{words.sheet_titles[SheetName.OVERRIDE]} · {words.outcomes[Outcome.ALREADY_USED].word}"
    left = words.staff.override.left.fill(count=18) if count == 1 else ""
    said = words.staff.override
    return AuthoriseSheet(title, _people(count), lambda _who, _pin: said.wrong_pin, said, reasons, left)


def _choose_reason(window: KioskWindow) -> None:
    sheet = window.desk.sheet
    assert isinstance(sheet, AuthoriseSheet)
    sheet.reasons.keys[REASONS[0].value].click()


def _mistype(window: KioskWindow) -> None:
    sheet = window.desk.sheet
    assert isinstance(sheet, AuthoriseSheet)
    sheet.pad.keys["1"].click()
    sheet.pad.keys["enter"].click()
    sheet.pad.keys["7"].click()


def _log_in(window: KioskWindow) -> Sheet:
    said = window.words.staff
    return AuthoriseSheet(said.shift.who, _people(5), lambda _who, _pin: "", said.override)


def _on_shift(window: KioskWindow) -> None:
    window.show_status(replace(ONLINE, operator="Ana"))


def _shift(window: KioskWindow) -> Sheet:
    shown = {
        Outcome.ADMITTED: 1_412,
        Outcome.ADMITTED_OFFLINE: 214,
        Outcome.ALREADY_USED: 17,
        Outcome.WRONG_GATE: 9,
        Outcome.ANSWERS_REQUIRED: 8,
        Outcome.NOT_A_TICKET: 3,
        Outcome.CONFIRM_IDENTITY: 2,
    }
    facts = ShiftFacts("Ana", NOW_MS - 14_400_000, NOW_MS, shown, 3, 5, 0, 1, 2)
    words = window.words
    return ShiftSheet(words.sheet_titles[SheetName.SHIFT], present_shift(facts, words, ZONE), words.staff.shift)


def _recovery(window: KioskWindow) -> Sheet:
    said, calendar = window.words.staff.recovery, window.words.calendar
    when = (
        ("Day ticket", 30_000),
        ("Weekend ticket", 31_000),
        ("", 95_000),
        ("Day ticket", 7_200_000),
    )
    guests = [Undoable(SCAN, None, name, ago_ms) for name, ago_ms in when]
    return RecoverySheet(said.title.fill(count=4), guests, said, calendar)


def _simulating(window: KioskWindow) -> None:
    window.show_banner(lambda: window.words.staff.lane.banner)
