"""What the window says of each verdict."""

from zoneinfo import ZoneInfo

import pytest

from app.kiosk.present import present, present_recent
from app.kiosk.trust_facts import ListFacts
from app.kiosk.words import load_kiosk_words
from app.widgets.times import about_text, choice_text, duration_text, instant_text, long_duration_text, number_text
from core.gate.verdict import (
    ClassDetail,
    Detail,
    Evidence,
    FaultDetail,
    ForeignDetail,
    GateDetail,
    Plain,
    TicketDetail,
    UsedDetail,
    WindowDetail,
    WordDetail,
)
from core.model.attention import AttentionItem, AttentionKind
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import TABLE, Outcome, Source
from core.sync.adoption import StaleAfter
from tests.kiosk.verdicts import NOW_MS, ZONE, long_detail, usual_detail, verdict

WORDS = load_kiosk_words()
HOUR_S = 3_600
NOW_S = NOW_MS // 1_000
O = Outcome  # noqa: E741


def used(*, here: bool, ago_ms: int = 12_000) -> UsedDetail:
    return UsedDetail("Day ticket", Millis(NOW_MS - ago_ms), "North gate", "South 2", here=here, ago_ms=ago_ms)


@pytest.mark.parametrize(
    ("outcome", "detail", "lines"),
    [
        (O.UNKNOWN_CODE, Plain(), ()),
        (O.CANCELED, ClassDetail("Day ticket"), ("Day ticket",)),
        (O.CANCELED, ClassDetail(""), ()),
        (O.ADMITTED, TicketDetail("Day ticket", 1, 1), ("Day ticket",)),
        (O.ADMITTED, TicketDetail("Weekend", 1, 3), ("Weekend", "2 of 3 entries left")),
        (O.ADMITTED, TicketDetail("Weekend", 3, 3), ("Weekend", "last of 3 entries")),
        (O.ADMITTED, TicketDetail("Weekend", 4, 3), ("Weekend", "last of 3 entries")),
        (O.ADMITTED, TicketDetail("", 1, 3), ("2 of 3 entries left",)),
        (O.ALREADY_USED, used(here=True), ("Day ticket", "first used 20:13 at North gate", "12 s ago, this door")),
        (O.ALREADY_USED, used(here=False), ("Day ticket", "first used 20:13 at North gate", "12 s ago, South 2")),
        (
            O.ALREADY_USED,
            used(here=False, ago_ms=26 * HOUR_S * 1_000),
            ("Day ticket", "first used 13 Jun, 18:14 at North gate", "26 h ago, South 2"),
        ),
        (O.TOO_EARLY, WindowDetail("Late", NOW_S + HOUR_S, NOW_S + 9 * HOUR_S), ("Late", "valid from 21:14")),
        (O.TOO_LATE, WindowDetail("Early", NOW_S - 9 * HOUR_S, NOW_S - HOUR_S), ("Early", "valid until 19:14")),
        (O.TOO_EARLY, WindowDetail("Late", NOW_S + 24 * HOUR_S, 0), ("Late", "valid from 15 Jun, 20:14")),
        (O.WRONG_GATE, GateDetail("VIP", ("East gate",)), ("VIP", "go to East gate")),
        (O.WRONG_GATE, GateDetail("VIP", ("A", "B", "C")), ("VIP", "go to A, B or C")),
        (O.WRONG_GATE, GateDetail("VIP", ()), ("VIP",)),
        (O.NOT_A_TICKET, ForeignDetail("https://x"), ("It says: https://x",)),
        (O.NOT_A_TICKET, ForeignDetail("{word}"), ("It says: {word}",)),
        (O.QUARANTINED, FaultDetail(), ("A fault in this program",)),
    ],
)
def test_lines_say_what_the_detail_holds(outcome: Outcome, detail: Detail, lines: tuple[str, ...]) -> None:
    assert present(verdict(outcome, detail), WORDS, ZONE, NOW_MS).lines == lines


def test_a_code_over_which_the_program_failed_is_shown_again() -> None:
    assert present(verdict(O.QUARANTINED, FaultDetail()), WORDS, ZONE, NOW_MS).next_step == "Show the code again"
    assert present(verdict(O.QUARANTINED, Plain()), WORDS, ZONE, NOW_MS).next_step == "Ask a supervisor to look"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_presented_with_every_detail(outcome: Outcome) -> None:
    for detail in (Plain(), usual_detail(outcome), long_detail(outcome), *map(usual_detail, Outcome)):
        text = present(verdict(outcome, detail), WORDS, ZONE, NOW_MS)
        assert (text.outcome_class, text.shape) == (TABLE[outcome].outcome_class, TABLE[outcome].look.shape)
        assert text.word == WORDS.outcomes[outcome].word
        assert text.next_step == WORDS.outcomes[outcome].next
        assert all(text.lines)
        assert all(part in text.spoken for part in (*text.lines, text.next_step, text.evidence))


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (Evidence(Source.ONLINE, ClockQuality.SYNCED, 125_000), "20:14:05 · server · list 2 min"),
        (Evidence(Source.OFFLINE, ClockQuality.HOLDOVER, None), "20:14:05 · decided here · no list"),
        (Evidence(Source.OFFLINE, ClockQuality.SUSPECT, 0), "20:14:05 · decided here · list 0 s · clock in doubt"),
    ],
)
def test_every_verdict_shows_what_it_rests_on(evidence: Evidence, text: str) -> None:
    assert present(verdict(Outcome.ADMITTED, evidence=evidence), WORDS, ZONE, NOW_MS).evidence == text


@pytest.mark.parametrize("outcome", Outcome)
def test_an_old_list_is_told_with_every_outcome(outcome: Outcome) -> None:
    stale, fresh = (Evidence(Source.OFFLINE, ClockQuality.SYNCED, age_ms) for age_ms in (7_800_000, 125_000))
    text = present(verdict(outcome, evidence=stale), WORDS, ZONE, NOW_MS)
    assert (text.old_list, text.evidence) == ("list 2 h 10 min old", f"20:14:05 · decided here · {text.old_list}")
    assert text.evidence in text.spoken
    assert present(verdict(outcome, evidence=fresh), WORDS, ZONE, NOW_MS).old_list == ""


@pytest.mark.parametrize(
    ("lists", "is_stale"),
    [
        (ListFacts(0, after=StaleAfter(125_000, 10**9)), True),
        (ListFacts(0, after=StaleAfter(125_001, 10**9)), False),
        (ListFacts(0, is_past_fresh_until=True), True),
        (None, False),
    ],
)
def test_the_organizer_says_from_when_a_list_is_old(lists: ListFacts | None, is_stale: bool) -> None:
    assert bool(present(verdict(Outcome.ADMITTED), WORDS, ZONE, NOW_MS, lists).old_list) is is_stale


def test_times_are_the_events_own() -> None:
    detail = WindowDetail("Late", NOW_S + HOUR_S, NOW_S + 9 * HOUR_S)
    text = present(verdict(Outcome.TOO_EARLY, detail), WORDS, ZoneInfo("Pacific/Auckland"), NOW_MS)
    assert text.lines[1] == "valid from 07:14"


@pytest.mark.parametrize("seconds", [-(10**12), 0, 2**62, 10**15])
def test_a_ticket_may_claim_any_time(seconds: int) -> None:
    for outcome in (Outcome.TOO_EARLY, Outcome.TOO_LATE):
        assert present(verdict(outcome, WindowDetail("", seconds, seconds)), WORDS, ZONE, NOW_MS).lines


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_599_999, "59 min"),
        (3_600_000, "1 h"),
        (172_799_999, "47 h"),
        (172_800_000, "2 d"),
    ],
)
def test_durations_are_rounded_down(duration_ms: int, text: str) -> None:
    assert duration_text(duration_ms, WORDS.calendar) == text


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [(3_599_999, "59 min"), (3_600_000, "1 h"), (7_859_999, "2 h 10 min"), (172_799_999, "47 h 59 min")],
)
def test_hours_may_have_their_minutes(duration_ms: int, text: str) -> None:
    assert long_duration_text(duration_ms, WORDS.calendar) == text


@pytest.mark.parametrize(("uncertainty_ms", "text"), [(0, "0 s"), (1, "1 s"), (59_001, "1 min"), (300_001, "6 min")])
def test_an_uncertainty_is_rounded_up(uncertainty_ms: int, text: str) -> None:
    assert about_text(uncertainty_ms, WORDS.calendar) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (999, "999"), (41_203, "41,203"), (1_000_000, "1,000,000")])
def test_counts_are_grouped(number: int, text: str) -> None:
    assert number_text(number, WORDS.calendar) == text


def test_midnight_at_the_event_starts_another_day() -> None:
    midnight_ms = NOW_MS - (20 * HOUR_S + 14 * 60 + 5) * 1_000
    assert instant_text(midnight_ms, ZONE, NOW_MS, WORDS.calendar) == "00:00"
    assert instant_text(midnight_ms - 1, ZONE, NOW_MS, WORDS.calendar) == "13 Jun, 23:59"


def test_no_name_is_no_choice() -> None:
    assert choice_text((), WORDS.calendar) == ""


@pytest.mark.parametrize(
    ("outcome", "detail", "text"),
    [
        (O.ADMITTED, TicketDetail("Weekend", 1, 3), "Weekend"),
        (O.ADMITTED, Plain(), "ADMIT"),
        (O.ALREADY_USED, used(here=True), "ALREADY USED"),
        (O.CONFIRM_IDENTITY, TicketDetail("Weekend", 1, 3), "CHECK ID"),
    ],
)
def test_the_list_names_the_class_or_the_reason(outcome: Outcome, detail: Detail, text: str) -> None:
    recent = present_recent(verdict(outcome, detail), WORDS, ZONE)
    assert (recent.time, recent.outcome, recent.text) == ("20:14:05", outcome, text)


def test_what_the_doors_do_is_on_the_band_and_several_things_have_the_lines_too() -> None:
    items = tuple(AttentionItem(number, AttentionKind.OTHER, text) for number, text in enumerate("ABCD", 1))
    one = present(verdict(Outcome.ATTENTION, TicketDetail("Day ticket", 1, 1, items[:1])), WORDS, ZONE, NOW_MS)
    assert (one.next_step, one.lines) == ("A", ("Day ticket",))
    many = present(verdict(Outcome.ATTENTION, TicketDetail("Day ticket", 1, 1, items)), WORDS, ZONE, NOW_MS)
    assert (many.next_step, many.lines) == ("A · B · C · D", ("A", "B", "C · D"))
    assert many.spoken.count("A") >= 2


def test_a_word_over_the_doors_says_whose_and_why() -> None:
    told = present(
        verdict(Outcome.ADMITTED_OFFLINE, WordDetail("Day ticket", "Sue", "known_to_staff")), WORDS, ZONE, NOW_MS
    )
    assert told.lines == ("Day ticket", "Sue: Known to staff")
    newer = present(verdict(Outcome.ADMITTED_OFFLINE, WordDetail("", "", "a_reason_of_next_year")), WORDS, ZONE, NOW_MS)
    assert newer.lines == ("a_reason_of_next_year",)
