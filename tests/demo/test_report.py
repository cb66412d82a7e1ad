"""The demo's sums: computed from journals and ledger, and red when they don't balance."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.guests import GENUINE_NEEDED, Codes, Kind, Live, Phase, Picture, needed, night
from app.demo.report import Report, ServerFigures, report
from app.demo.report_page import report_page
from app.demo.scenes import Scene, scene_file
from app.demo.words import load_demo_words
from core.journal.scan import Fact, Scan, Shown, Stamp
from core.model.event import Direction
from core.model.ids import DeviceId
from core.model.outcomes import Outcome, Source
from tests.support.door import DAY, DEVICE, EVENT, NORTH, SECOND_DEVICE, HandClock, new_id, tid

CODES = Codes(
    genuine=[f"genuine-{number}" for number in range(GENUINE_NEEDED)],
    expired=["late-1", "late-2"],
    wrong_event=["other-1", "other-2"],
    old=[f"old-{number}" for number in range(needed(Kind.OLD_CODE))],
    live=[Live(f"live-{number}", bytes(20)) for number in range(needed(Kind.LIVE))],
)


def stamp(device: DeviceId, seq: int, number: int) -> Stamp:
    moment = HandClock().now()
    return Stamp(new_id(moment.at_ms), EVENT, device, 1, seq, moment, tid(number), bytes(32))


def journal(device: DeviceId, *numbers: int) -> list[Fact]:
    """A journal in which each of these tickets was let in."""
    facts: list[Fact] = []
    for number in numbers:
        scan = Scan(stamp(device, len(facts) + 1, number), Direction.ENTRY, NORTH, 1, gen=0, cls=DAY)
        shown = Shown(stamp(device, len(facts) + 2, number), scan.stamp.id, Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
        facts += [scan, shown]
    return facts


NORTH_1, SOUTH_1 = journal(DEVICE, 1, 2), journal(SECOND_DEVICE, 2, 3)
FIGURES = ServerFigures(frozenset(fact.stamp.id.hex for fact in NORTH_1 + SOUTH_1), 3, 1, 0, 300)


def told(
    journals: Sequence[Sequence[Fact]] = (NORTH_1, SOUTH_1), server: ServerFigures = FIGURES, waiting: int = 0
) -> Report:
    return report(
        journals=journals,
        waiting=waiting,
        server=server,
        guests=4,
        surprises=[],
        latencies_ms=[10.0, 20.0, 30.0],
        seconds=1.0,
    )


def test_a_night_that_balances_has_no_faults() -> None:
    made = told()
    assert made.faults == []
    assert (made.scans, made.admissions, made.offline_admissions, made.tickets_admitted) == (4, 4, 4, 3)
    assert made.by_outcome == {"admitted_offline": 4}
    assert made.latency_ms == {"p50": 20.0, "p95": 29.0, "verdicts": 3}


@pytest.mark.parametrize(
    ("server", "fault"),
    [
        (replace(FIGURES, fact_ids=frozenset(list(FIGURES.fact_ids)[1:])), "nothing is lost"),
        (replace(FIGURES, redemptions=4), "one redemption per ticket let in"),
        (replace(FIGURES, double_admissions=0), "each further admission is one incident"),
        (replace(FIGURES, quarantined=1), "nothing is in quarantine"),
        (replace(FIGURES, fact_ids=FIGURES.fact_ids | {"00"}), "the server has the journals' facts and no others"),
    ],
)
def test_control_each_imbalance_is_named(server: ServerFigures, fault: str) -> None:
    assert fault in told(server=server).faults


def test_control_a_state_that_the_organizers_window_did_not_come_to_is_named() -> None:
    made = report(
        journals=[NORTH_1, SOUTH_1],
        waiting=0,
        server=FIGURES,
        guests=4,
        surprises=[],
        latencies_ms=[],
        seconds=1.0,
        unseen=["offline: it is live"],
    )
    assert made.faults == ["the organizer's window came to every state"]


def test_a_picture_that_was_not_taken_is_missing_on_the_page(tmp_path: Path) -> None:
    words = load_demo_words("de")
    (tmp_path / scene_file(Scene.LIVE)).write_bytes(b"png")
    page = report_page(replace(told(), faults=["<nothing> is lost"]), tmp_path, words, "de")
    assert page.count("<img") == 1
    assert page.count(words.page.missing) == len(Scene) + len(Picture) - 1
    assert "&lt;nothing&gt; is lost" in page


def test_control_a_queue_that_waits_is_named() -> None:
    assert "the queues are empty" in told(waiting=1).faults


def test_control_a_scan_without_a_verdict_is_named() -> None:
    assert "every scan has a verdict" in told(journals=[NORTH_1, SOUTH_1[:-1]]).faults


def test_the_night_shows_one_ticket_at_both_doors_while_they_are_apart() -> None:
    shared = [guest for guest in night(CODES, seed=1) if guest.kind is Kind.SHARED]
    assert {guest.door for guest in shared} == {0, 1}
    assert {guest.phase for guest in shared} == {Phase.CUT}
    assert len({guest.text for guest in shared}) == 1


@pytest.mark.parametrize("seed", range(20))
def test_a_used_ticket_was_let_in_before_with_somebody_in_between(seed: int) -> None:
    guests = night(CODES, seed)
    for door in (0, 1):
        texts = [guest.text for guest in guests if guest.door == door]
        for place, guest in enumerate(guest for guest in guests if guest.door == door):
            if guest.kind is Kind.USED:
                assert guest.text in texts[: place - 1]
                assert texts[place - 1] != guest.text


def test_every_kind_of_guest_comes() -> None:
    assert {guest.kind for guest in night(CODES, seed=3)} == set(Kind)


def test_the_same_seed_is_the_same_night() -> None:
    assert night(CODES, 5) == night(CODES, 5)
    assert night(CODES, 5) != night(CODES, 6)


@pytest.mark.parametrize(
    "codes",
    [
        replace(CODES, genuine=CODES.genuine[:-1]),
        replace(CODES, old=CODES.old[:-1]),
        replace(CODES, live=CODES.live[:-1]),
    ],
)
def test_too_few_codes_are_refused(codes: Codes) -> None:
    with pytest.raises(ValueError, match="genuine"):
        night(codes, 1)


def test_a_live_code_is_made_when_it_is_held_up_and_a_screenshot_long_before() -> None:
    now_s = 1_795_000_000
    guests = night(CODES, 1)
    live = [guest for guest in guests if guest.kind is Kind.LIVE]
    old = [guest for guest in guests if guest.kind is Kind.SCREENSHOT]
    assert all(f".{now_s}." in guest.shows_at(now_s, ()) for guest in live)
    assert all(f".{now_s - 600}." in guest.shows_at(now_s, ()) for guest in old)
    assert {guest.text for guest in old} <= {guest.text for guest in live}


def test_each_guest_of_the_new_key_has_a_ticket_of_its_own() -> None:
    made = [f"new-{number}" for number in range(needed(Kind.NEW_KEY))]
    shown = [guest.shows_at(0, made) for guest in night(CODES, 1) if guest.kind is Kind.NEW_KEY]
    assert sorted(shown) == made
