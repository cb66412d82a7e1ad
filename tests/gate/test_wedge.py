"""Whose keystrokes they are: tables for the scanners that there are, and properties over random typists."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate import wedge as module
from core.gate.wedge import (
    GAP_MS,
    LEAST,
    LEAST_TWICE,
    LONG,
    LONG_PACE_MS,
    MOST,
    PACE_MS,
    TAIL_MS,
    TWICE_MS,
    Code,
    Repeated,
    Told,
    Typing,
    Wedge,
    once,
)

TICKET = "T1:" + "CAAAAAAHU74AEKSO" * 4
END, OTHER = "\r", "<"
"""In the tests' films: Enter or Tab, and a key that is neither character nor end."""
Film = list[tuple[str, int]]
codes = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=END + OTHER), min_size=LEAST)


def typed(text: str, every_ms: int, start_ms: int = 0) -> Film:
    return [(character, start_ms + index * every_ms) for index, character in enumerate(text)]


def play(film: Film, wedge: Wedge | None = None) -> tuple[list[Told], str, Wedge]:
    """What is told, what reaches the window, and what is left once it has been quiet for long."""
    now, held, seen, told = wedge or Wedge(), "", "", list[Told]()

    def hear(word: Told | None) -> None:
        nonlocal held, seen
        if word is not None:
            told.append(word)
            seen, held = (seen + held if isinstance(word, Typing) else seen), ""

    for key, at_ms in film:
        if key == END:
            now, word, is_kept = now.after_end(at_ms)
            hear(word)
            seen += "" if is_kept else END
        elif key == OTHER:
            now, word = now.after_other(at_ms)
            hear(word)
            seen += OTHER
        else:
            now, word = now.after_character(key, at_ms)
            hear(word)
            held += key
    now, word = now.at((film[-1][1] if film else 0) + 10_000)
    hear(word)
    assert held == "", "nothing is held for ever"
    return told, seen, now


# --- scanners ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [[], [(END, 0)], [(END, 0), (END, 2)], [(END, 100)], [(END, 100), (END, 110)]])
@pytest.mark.parametrize("every_ms", [0, 1, 8, 20, PACE_MS, 45, LONG_PACE_MS])
def test_a_scanner_is_a_code_whatever_it_sends_behind_it(every_ms: int, end: Film) -> None:
    film = typed(TICKET, every_ms)
    last = film[-1][1]
    told, seen, _ = play([*film, *((key, last + every_ms + later) for key, later in end)])
    assert (told, seen) == ([Code(TICKET)], "")


def test_two_guests_without_enter_are_two_codes() -> None:
    other = TICKET[:-1] + "Q"
    told, _, _ = play([*typed(TICKET, 5), *typed(other, 5, 5 * len(TICKET) + GAP_MS)])
    assert told == [Code(TICKET), Code(other)]


@pytest.mark.parametrize("text", [TICKET + TICKET, TICKET + END + TICKET + END])
def test_doubled_output_is_one_scan(text: str) -> None:
    told, seen, _ = play(typed(text, 5))
    assert told[0] == Code(TICKET)
    assert all(isinstance(word, Repeated) for word in told[1:])
    assert seen == ""


def test_a_code_in_front_of_a_scanner_that_never_stops_is_one_scan() -> None:
    """A stand that tells every half second what lies before it."""
    length = 2 * len(TICKET)
    film = [key for number in range(20) for key in typed(TICKET + END, 2, number * (length + TWICE_MS - 100))]
    told, seen, _ = play(film)
    assert (told.count(Code(TICKET)), seen) == (1, "")
    assert len(told) == 20


def test_the_same_code_later_is_a_scan_of_its_own() -> None:
    first = typed(TICKET + END, 2)
    told, _, _ = play([*first, *typed(TICKET + END, 2, first[-1][1] + TWICE_MS)])
    assert told == [Code(TICKET)] * 2


def test_a_short_code_that_repeats_itself_is_left_whole() -> None:
    assert once("12341234") == "12341234"
    assert once(2 * "A" * LEAST_TWICE) == "A" * LEAST_TWICE
    assert once(TICKET + TICKET) == TICKET


def test_a_code_without_an_end_is_held_back_in_part() -> None:
    """An attack on the memory: what is kept is too long for a ticket, and no more."""
    told, seen, left = play(typed("A" * 50_000 + "B", 1))
    assert told == [Code("A" * (MOST // 2))] or told == [Code("A" * MOST)]
    assert (seen, left.text) == ("", "")


# --- people --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every_ms", [PACE_MS + 1, 60, GAP_MS - 1, GAP_MS, 150, 400])
def test_typing_is_no_scan_and_reaches_the_window_in_order(every_ms: int) -> None:
    told, seen, _ = play(typed("Summer 493027" + END, every_ms))
    assert seen == "Summer 493027" + END
    assert all(isinstance(word, Typing) for word in told)


def test_a_short_word_in_a_hurry_is_typing_where_a_long_code_at_that_pace_is_none() -> None:
    told, seen, _ = play(typed("S" * (LONG - 1), LONG_PACE_MS))
    assert (told, seen) == ([Typing()], "S" * (LONG - 1))
    told, seen, _ = play(typed("S" * LONG, LONG_PACE_MS))
    assert (told, seen) == ([Code("S" * LONG)], "")


def test_a_roll_over_three_keys_is_typing() -> None:
    told, seen, _ = play(typed("ant", 10))
    assert (told, seen) == ([Typing()], "ant")


def test_enter_alone_presses_what_has_the_focus() -> None:
    told, seen, _ = play([(END, 0), (END, 300), ("x", 700), (END, 1_000)])
    assert (told, seen) == ([Typing()], END + END + "x" + END)


def test_enter_presses_again_once_the_scan_is_past() -> None:
    film = typed(TICKET, 5)
    told, seen, _ = play([*film, (END, film[-1][1] + TAIL_MS)])
    assert (told, seen) == ([Code(TICKET)], END)


def test_an_arrow_ends_what_was_typed_and_is_nobodys_code() -> None:
    told, seen, _ = play([*typed("ab", 10), (OTHER, 25), *typed("cd", 10, 30)])
    assert (told, seen) == ([Typing(), Typing()], "ab" + OTHER + "cd")


# --- properties ----------------------------------------------------------------------------------------------------


@given(codes, st.lists(st.integers(0, PACE_MS), min_size=1), st.booleans())
def test_what_comes_fast_is_the_scanners_and_nothing_of_it_is_seen(text: str, gaps: list[int], enter: bool) -> None:
    times = [sum(gaps[index % len(gaps)] for index in range(count)) for count in range(len(text) + 1)]
    film = [*zip(text, times, strict=False), *([(END, times[-1])] if enter else [])]
    told, seen, _ = play(film)
    assert (told, seen) == ([Code(once(text[:MOST]))], "")


@given(st.lists(st.tuples(st.sampled_from("ab1:-" + END + OTHER), st.integers(LONG_PACE_MS + 1, 500)), max_size=80))
def test_what_comes_slowly_is_seen_as_it_was_typed(keys: list[tuple[str, int]]) -> None:
    at_ms, film = 0, Film()
    for key, gap in keys:
        at_ms += gap
        film.append((key, at_ms))
    told, seen, _ = play(film)
    assert seen == "".join(key for key, _ in film)
    assert Code not in map(type, told)


@given(st.lists(st.tuples(st.sampled_from("ab1:-" + END + OTHER), st.integers(0, 120)), max_size=120))
def test_each_keystroke_is_seen_or_told_never_both_and_never_lost(keys: list[tuple[str, int]]) -> None:
    at_ms, film = 0, Film()
    for key, gap in keys:
        at_ms += gap
        film.append((key, at_ms))
    told, seen, _ = play(film)
    characters = [key for key, _ in film if key not in {END, OTHER}]
    seen_characters = [key for key in seen if key not in {END, OTHER}]
    scanned = sum(len(word.text) for word in told if isinstance(word, Code))
    if not any(isinstance(word, Repeated) for word in told):
        assert len(seen_characters) + scanned <= len(characters)
        assert scanned or seen_characters == characters
    assert seen.count(OTHER) == sum(key == OTHER for key, _ in film)


@given(codes.filter(lambda text: len(text) >= LEAST))
def test_a_typist_before_and_behind_a_scan_loses_nothing(text: str) -> None:
    start = 1_000
    after = start + len(text) + 2 * GAP_MS
    told, seen, _ = play([*typed("ab", 200), *typed(text, 1, start), *typed("cd", 200, after)])
    assert told == [Typing(), Typing(), Code(once(text[:MOST])), Typing(), Typing()]
    assert seen == "abcd"


def test_a_code_is_in_no_trace() -> None:
    _, _, left = play(typed(TICKET, 1))
    held, _ = Wedge().after_character("T", 0)
    assert TICKET not in repr(Code(TICKET)) + repr(left)
    assert "text" not in repr(held)


def test_without_its_pace_a_typist_would_be_a_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the same typist, measured with a pace as long as the gap."""
    monkeypatch.setattr(module, "PACE_MS", GAP_MS)
    told, _, _ = play(typed("Summer", 60))
    assert told == [Code("Summer")]


def test_without_the_memory_of_the_last_code_a_doubled_one_would_be_two_scans() -> None:
    """Negative control."""
    first, _, _ = play(typed(TICKET, 2))
    again, _, _ = play(typed(TICKET, 2, 200), replace(Wedge(), code=""))
    assert first + again == [Code(TICKET), Code(TICKET)]
