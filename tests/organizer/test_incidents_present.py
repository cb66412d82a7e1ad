"""What the page of incidents says of each: plain words for whoever was not there, in the event's time zone."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.organizer.incidents_present import (
    IncidentText,
    Reader,
    Which,
    present_incident,
    present_nothing,
    present_rows,
)
from app.organizer.incidents_words import KindWord, kind_word
from app.organizer.words import load_organizer_words
from core.journal.scan import Finding
from core.model.outcomes import Outcome, OutcomeClass
from core.redeem.fold import IncidentKind
from core.sync.incident_replies import MOST_NOTES, Incident, Note, Side

NOW = 1_795_719_840_000  # 19:04 UTC, 20:04 in Berlin
WORDS = load_organizer_words("en")
READER = Reader(WORDS, ZoneInfo("Europe/Berlin"), NOW)
FIRST = Side(
    *("1" * 32, "north", "North gate", "a" * 32, "North 1", "Ana", NOW - 3_600_000, 200, "synced"),
    *("admitted_offline", "offline"),
)
THEN = replace(FIRST, scan="2" * 32, gate="east", gate_name="East gate", device_name="East 2", at_ms=NOW - 3_408_000)
DOUBLE = Incident(
    scan="2" * 32,
    kind="double_admission",
    severity="high",
    state="open",
    opened_ms=NOW - 3_400_000,
    closed_ms=None,
    is_order_provable=True,
    tid="5" * 16,
    order="R-1024",
    loser=THEN,
    winner=FIRST,
    device_name="East 2",
    finding=None,
    found_by=None,
    found_note=None,
    name="Jonas Fischer",
)
OF_A_DEVICE: dict[str, Any] = {"tid": None, "order": None, "loser": None, "winner": None, "name": "", "scan": "d" * 32}


def told(incident: Incident, *, may_resolve: bool = True) -> IncidentText:
    return present_incident(incident, READER, may_resolve=may_resolve)


def of_device(kind: str, **fields: Any) -> Incident:
    """An incident of `East 2` itself."""
    return replace(DOUBLE, kind=kind, **(OF_A_DEVICE | fields))


def test_a_double_admission_shows_both_gates_and_what_lies_between() -> None:  # G1
    text = told(DOUBLE)
    assert [(side.lead, side.place) for side in text.sides] == [("First", "North gate"), ("Then", "East gate")]
    assert text.sides[0].facts == (
        ("Time", "19:04:00"),
        ("Kiosk", "North 1"),
        ("On shift", "Ana"),
        ("Decided", "offline, by the kiosk alone"),
        ("Showed", WORDS.outcomes[Outcome.ADMITTED_OFFLINE].word),
    )
    assert text.between == "3 min apart"
    assert text.guest == "Jonas Fischer · order R-1024"
    assert text.happened.endswith("Both kiosks worked without the server then: neither could know of the other.")
    assert (text.state, text.doubt, text.tid) == ("Open · since 19:07 · urgent", "", "5" * 16)
    assert [finding for finding, _ in text.findings] == list(Finding)


@pytest.mark.parametrize(
    ("winner", "loser", "expected"),
    [
        ("offline", "offline", "neither could know"),
        ("online", "offline", "East gate worked without the server"),
        ("offline", "online", "North gate worked without the server"),
        ("online", "online", "the server decided both"),
        (None, "online", "Not each kiosk has said yet"),
    ],
)
def test_who_could_not_know_is_said(winner: str | None, loser: str | None, expected: str) -> None:  # G1 G29
    text = told(replace(DOUBLE, winner=replace(FIRST, source=winner), loser=replace(THEN, source=loser)))
    assert expected in text.happened


def test_an_order_that_clocks_can_not_prove_names_no_first(  # G1
) -> None:
    text = told(replace(DOUBLE, is_order_provable=False, loser=replace(THEN, uncertainty_ms=240_000)))
    assert [side.lead for side in text.sides] == ["One", "The other"]
    assert text.doubt.startswith("Which came first can't be proven")
    assert text.sides[1].facts[0] == ("Time", "19:07:12 ± 4 min")


def test_a_clock_in_doubt_and_another_day_are_said_with_the_time() -> None:
    side = replace(FIRST, at_ms=NOW - 90_000_000, clock_quality="suspect")
    assert told(replace(DOUBLE, winner=side)).sides[0].facts[0] == ("Time", "25 Nov, 19:04:00, clock in doubt")


def test_nobody_on_shift_and_a_silent_kiosk_are_said_so() -> None:
    facts = dict(told(replace(DOUBLE, loser=replace(THEN, operator=None, shown=None, source=None))).sides[1].facts)
    assert facts["On shift"] == "nobody was logged in"
    assert facts["Decided"] == "the kiosk has not said yet"
    assert "Showed" not in facts


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        (of_device("journal_gap", missing=12), "East 2 holds 12 records that have not come here."),
        (of_device("journal_gap"), "East 2 holds records that have not come here."),
        (of_device("clock_drift", offset_ms=245_000), "The clock of East 2 was 5 min ahead of the server."),
        (of_device("clock_drift", offset_ms=-7_300_000), "The clock of East 2 was 3 h behind the server."),
        (of_device("clock_drift"), "The clock of East 2 was more than two minutes off."),
        (of_device("journal_fork", device_name=None), "The journal of a kiosk is not the one that came here"),
    ],
)
def test_a_kiosks_own_incident_says_by_how_much(incident: Incident, expected: str) -> None:
    text = told(incident)
    assert text.happened.startswith(expected)
    assert (text.sides, text.guest, text.device) == ((), "", "d" * 32)
    assert [label for _, label in text.findings] == ["Taken care of", "Somebody's slip"]


def test_what_was_found_is_said_with_who_and_when_and_can_be_said_anew() -> None:
    done = replace(DOUBLE, state="resolved", closed_ms=NOW - 60_000, finding="shared_code", found_by="ana")
    text = told(done)
    assert (text.state, text.sign, text.found) == (
        *("Shared code · by ana, 20:03", OutcomeClass.ADMIT),
        Finding.SHARED_CODE,
    )
    assert (text.ask, len(text.findings)) == ("Say it anew", len(Finding))
    assert told(replace(done, found_by=None)).state == "Shared code · 20:03"


def test_what_is_over_takes_no_finding() -> None:
    taken_back = told(replace(DOUBLE, state="withdrawn", closed_ms=NOW))
    assert (taken_back.state, taken_back.findings, taken_back.ask) == ("Taken back by later scans, 20:04", (), "")
    assert told(of_device("clock_drift", state="withdrawn", closed_ms=NOW)).state == "Over by itself, 20:04"


def test_who_may_not_resolve_is_told_who_may() -> None:
    text = told(DOUBLE, may_resolve=False)
    assert (text.findings, text.may_note) == ((), False)
    assert text.ask.endswith("A supervisor may.")


def test_notes_and_what_came_with_the_finding_stand_in_the_order_in_which_they_were_written() -> None:
    notes = [Note(NOW - 120_000, "ana", "asked both gates"), Note(NOW, "ben", "paid at the desk")]
    done = replace(
        DOUBLE, state="resolved", closed_ms=NOW - 60_000, finding="other", found_by="eve", found_note="twins"
    )
    text = told(replace(done, notes=notes))
    assert [(note.line, note.note) for note in text.notes] == [
        ("20:02, ana", "asked both gates"),
        ("20:03, eve", "twins"),
        ("20:04, ben", "paid at the desk"),
    ]
    assert (text.no_notes, told(DOUBLE).no_notes) == ("", "No note yet.")
    full = told(replace(DOUBLE, notes=notes * (MOST_NOTES // 2)))
    assert not full.may_note
    assert "100 notes" in full.note_step


def test_a_row_says_enough_to_choose_by() -> None:
    open_, settled, own = present_rows(
        [DOUBLE, replace(DOUBLE, state="withdrawn", closed_ms=NOW), of_device("clock_drift", severity="normal")], READER
    )
    assert (open_.title, open_.time, open_.sign) == ("Let in twice", "19:07", OutcomeClass.DENY)
    assert open_.line == "Jonas Fischer · North gate / East gate · 3 min apart"
    assert settled.line.endswith("Taken back by later scans, 20:04")
    assert (own.line, own.sign) == ("East 2", OutcomeClass.HOLD)


def test_one_gate_twice_is_named_once() -> None:
    (row,) = present_rows([replace(DOUBLE, loser=replace(FIRST, at_ms=FIRST.at_ms + 400))], READER)
    assert row.line == "Jonas Fischer · North gate · less than a second apart"


def test_an_empty_list_says_why() -> None:
    said = {present_nothing(which, None, WORDS.incidents) for which in Which}
    assert len(said) == len(Which)
    assert "this kind" in present_nothing(Which.OPEN, KindWord.LATE_CANCEL, WORDS.incidents)


def test_each_kind_of_the_ledger_has_words_and_a_newer_servers_kind_breaks_nothing() -> None:
    assert {kind.value for kind in IncidentKind} | {KindWord.UNKNOWN.value} == {word.value for word in KindWord}
    assert kind_word("ghost_seen") is KindWord.UNKNOWN
    assert told(replace(DOUBLE, kind="ghost_seen")).title == "Incident"
    assert told(replace(DOUBLE, winner=replace(FIRST, shown="waved_through"))).sides[0].facts[-1][1] == "waved_through"
