"""What the page of devices says of each kiosk: by how much, since when, and nothing where nothing is known."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from app.organizer.devices_facts import (
    NOT_KNOWN,
    Reader,
    battery_text,
    camera_text,
    clock_text,
    disk_text,
    heard_text,
    lists_text,
    program_text,
    reads_text,
)
from app.organizer.devices_present import (
    SIGNS,
    digits_text,
    present_columns,
    present_kiosk,
    present_rows,
    present_summary,
    trouble_title,
)
from app.organizer.devices_words import PLACEHOLDERS
from app.organizer.enrol_present import (
    Asking,
    Comparing,
    LetIn,
    Making,
    Over,
    Refused,
    Showing,
    clean_url,
    is_own_alone,
    next_step,
    present_enrolment,
)
from app.organizer.words import load_organizer_words
from core.insight.kiosk_arrival import CodeMade
from core.insight.kiosk_standing import KioskTrouble, Level, standings
from core.sync.kiosk_replies import CodeReply, KioskClock, KioskReply
from core.sync.messages import Vitals
from tests.insight.test_kiosk_standing import CASES, GOOD, NEWEST, NOW, PENDING, REVOKED, VITALS, telling

WORDS = load_organizer_words("en")
READER = Reader(WORDS, ZoneInfo("Europe/Berlin"), NOW, NEWEST, {"north": "North gate"})


def vitals(**told: object) -> Vitals:
    return replace(VITALS, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (lists_text(VITALS, READER), "newest"),
        (lists_text(vitals(manifest_version=5, manifest_at_ms=NOW - 840_000), READER), "2 behind, 14 min old"),
        (lists_text(vitals(manifest_version=5, manifest_at_ms=None), READER), "2 behind"),
        (lists_text(vitals(manifest_version=0), READER), "none yet"),
        (lists_text(VITALS, replace(READER, newest=replace(NEWEST, manifest_version=None))), "7"),
        (camera_text(vitals(camera=""), READER), "none"),
        (camera_text(vitals(camera="taken"), READER), "taken by another program"),
        (camera_text(vitals(camera="melted"), READER), "not well"),
        (battery_text(vitals(battery_percent=None, is_on_mains=None), READER), NOT_KNOWN),
        (battery_text(vitals(battery_percent=None, is_on_mains=True), READER), "plugged in"),
        (battery_text(vitals(battery_percent=84, is_on_mains=None), READER), "84 %"),
        (battery_text(vitals(battery_percent=84, is_on_mains=True), READER), "84 %, plugged in"),
        (disk_text(vitals(disk_free_mib=None), READER), NOT_KNOWN),
        (disk_text(vitals(disk_free_mib=120), READER), "125 MB"),
        (disk_text(vitals(disk_free_mib=9_000), READER), "9 GB"),
        (reads_text(vitals(reads=0, misses=0), READER), NOT_KNOWN),
        (reads_text(vitals(reads=1_999, misses=1), READER), "99 % of 2,000 read"),
        (program_text(vitals(version="1.3.0"), READER), "1.3.0, server has 1.4.0"),
        (program_text(vitals(version="1.5.0"), READER), "1.5.0"),
        (heard_text(replace(GOOD, last_seen_ms=None), READER), "never"),
        (heard_text(replace(GOOD, last_seen_ms=NOW + 3_000), READER), "0 s ago"),
        (clock_text(replace(GOOD, clock=None), READER), NOT_KNOWN),
        (clock_text(replace(GOOD, clock=KioskClock(-999, 1, "synced", NOW)), READER), "right"),
        (clock_text(replace(GOOD, clock=KioskClock(-61_000, 1, "synced", NOW)), READER), "1 min behind"),
        (clock_text(replace(GOOD, clock=KioskClock(2_500, 1, "synced", NOW)), READER), "2 s ahead"),
        (digits_text("493027"), "493 027"),
        (digits_text("493 027"), "493 027"),
        (digits_text(""), ""),
    ],
)
def test_a_fact_is_said_by_how_much_and_not_at_all_where_it_is_not_known(told: str, expected: str) -> None:
    assert told == expected


def test_every_trouble_has_a_title_that_says_by_how_much_and_a_cure() -> None:
    told = {trouble: (kiosk, found) for _, kiosk, found in CASES for trouble in found}
    for trouble, (kiosk, _) in told.items():
        title = trouble_title(trouble, kiosk, READER)
        assert "{" not in title
        assert WORDS.devices.troubles[trouble].cure.endswith(".")
        if PLACEHOLDERS.get(trouble) in {"count", "percent", "time"}:
            assert any(letter.isdigit() for letter in title), title
    assert set(told) == set(KioskTrouble)


def test_a_row_has_a_cell_for_each_column_and_says_nothing_of_what_a_kiosk_that_went_told_once() -> None:
    found = standings([GOOD, REVOKED, PENDING], NEWEST, NOW)
    rows = present_rows(found, READER)
    assert (
        {len(row.cells) for row in rows} == {len(row.sort_by) for row in rows} == {len(present_columns(WORDS.devices))}
    )
    gone = next(row for row in rows if row.cells[1] == "Revoked")
    assert set(gone.cells[4:]) == {NOT_KNOWN}
    assert [row.is_trouble for row in rows] == [True, False, False]
    assert len(set(SIGNS.values())) == len(Level), "each level has a sign of its own"


def test_the_summary_counts_who_is_heard_of_those_that_should_be() -> None:
    silent = replace(GOOD, last_seen_ms=NOW - 600_000)
    never = replace(GOOD, last_seen_ms=None, vitals=None)
    found = standings([GOOD, silent, never, REVOKED, PENDING], NEWEST, NOW)
    assert present_summary(found, WORDS.devices) == "1 of 3 kiosks heard · 2 want a look"
    assert present_summary(standings([GOOD, REVOKED], NEWEST, NOW), WORDS.devices) == "1 of 1 kiosks heard"
    assert GOOD.vitals is not None
    ended = replace(GOOD, vitals=replace(GOOD.vitals, told=replace(GOOD.vitals.told, is_ending=True)))
    summary = present_summary(standings([GOOD, ended], NEWEST, NOW), WORDS.devices)
    assert summary == "1 of 1 kiosks heard · 1 switched off"


def test_what_a_silent_kiosk_said_last_is_dated() -> None:
    old = replace(telling(battery_percent=4), last_seen_ms=NOW - 600_000)
    assert old.vitals is not None
    silent = replace(old, vitals=replace(old.vitals, at_ms=NOW - 600_000))
    (one,) = standings([silent], NEWEST, NOW)
    text = present_kiosk(one, READER, {})
    assert text.told == "as it said 10 min ago"
    assert [trouble.title for trouble in text.troubles] == ["Silent for 10 min", "Battery at 4 %"]
    (well,) = standings([GOOD], NEWEST, NOW)
    assert present_kiosk(well, READER, {}).told == ""


def test_digits_are_shown_while_they_wait_and_no_longer() -> None:
    (waits,) = standings([PENDING], NEWEST, NOW)
    assert present_kiosk(waits, READER, {}).digits == "493 027"
    (over,) = standings([replace(PENDING, confirm_until_ms=NOW)], NEWEST, NOW)
    assert present_kiosk(over, READER, {}).digits == ""


# --- how one comes ------------------------------------------------------------------------------------------------

REPLY = CodeReply("B2ZE-K7QA", NOW + 60_000, "north", "Door 1", "ab" * 32, None)
SHOWING = Showing(REPLY, CodeMade(frozenset({GOOD.id}), "north", "Door 1"), "https://door.example")
COME = replace(PENDING, id="9" * 32, name="Door 1")


@pytest.mark.parametrize(
    ("step", "kiosks", "now_ms", "expected"),
    [
        (SHOWING, [GOOD], NOW, SHOWING),
        (SHOWING, [GOOD, COME], NOW, Comparing(COME)),
        (SHOWING, [GOOD], NOW + 60_000, Over()),
        (SHOWING, [GOOD, COME], NOW + 60_000, Comparing(COME)),
        (Comparing(COME), [COME], NOW, Comparing(COME)),
        (Comparing(COME), [], NOW, Comparing(COME)),
        (Comparing(COME), [replace(COME, state="active")], NOW, LetIn("Door 1")),
        (Comparing(COME), [replace(COME, state="revoked")], NOW, Refused()),
        (Comparing(COME), [replace(COME, is_over=True)], NOW, Over()),
        (Comparing(COME), [COME], NOW + 60_000, Over()),
        (Asking(), [COME], NOW, Asking()),
        (Making(), [COME], NOW, Making()),
        (Refused(), [COME], NOW, Refused()),
    ],
)
def test_a_step_follows_from_the_list_and_the_clock(
    step: Showing, kiosks: list[KioskReply], now_ms: int, expected: object
) -> None:
    assert next_step(step, kiosks, now_ms) == expected


def test_no_step_is_without_words() -> None:
    steps = (Asking(), Making(), SHOWING, Comparing(COME), Over(), Refused(), LetIn("Door 1"))
    for step in steps:
        text = present_enrolment(step, "", READER)
        assert all(text.lines)
        assert text.keys
    assert present_enrolment(SHOWING, "North 1", READER).title == "A new kiosk in the place of North 1"


def test_the_secrets_of_a_code_are_in_no_representation() -> None:
    text = present_enrolment(SHOWING, "", READER)
    assert text.code == "B2ZE-K7QA"
    assert "B2ZE" not in repr(SHOWING)
    assert "B2ZE" not in repr(REPLY)
    assert "B2ZE" not in repr(text)


@pytest.mark.parametrize(
    ("typed", "url", "is_own"),
    [
        (" https://door.example/ ", "https://door.example", False),
        ("http://192.168.1.5:8765", "http://192.168.1.5:8765", False),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765", True),
        ("http://localhost", "http://localhost", True),
        ("http://[::1]:1", "http://[::1]:1", True),
        ("http://[::1", "", False),
        ("door.example", "", False),
        ("https://", "", False),
        ("https://" + "x" * 512, "", False),
    ],
)
def test_an_address_is_one_that_kiosks_can_take(typed: str, url: str, is_own: bool) -> None:
    assert clean_url(typed) == url
    assert is_own_alone(url) is is_own
