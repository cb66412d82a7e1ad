"""What is worth knowing of a kiosk's trust: one sentence each, with what to do."""

from dataclasses import replace

import pytest

from app.kiosk.notices import Notice, Tone, present_notices
from app.kiosk.trust_facts import Difference, TrustFacts
from app.kiosk.words import load_kiosk_words
from app.store.rescue import Rescue
from core.model.moments import ClockQuality, Millis
from core.model.timekeeping import ClockTrust
from core.sync.adoption import Lease, Objection
from core.sync.tally import Finding
from tests.kiosk.states import MINUTE_MS, TRUSTED, of_age
from tests.kiosk.verdicts import NOW_MS, ZONE

WORDS = load_kiosk_words()
SURE = ClockTrust(ClockQuality.SYNCED, 1_000)
HOUR_MS = 60 * MINUTE_MS


def notices(trust: TrustFacts = TRUSTED, clock: ClockTrust = SURE) -> tuple[Notice, ...]:
    return present_notices(trust, clock, WORDS, ZONE, NOW_MS)


def test_a_good_evening_needs_no_notice() -> None:
    assert notices() == ()


@pytest.mark.parametrize(
    ("age_ms", "text", "tone"),
    [
        (15 * MINUTE_MS, "The list is 15 min old", Tone.NOTICE),
        (119 * MINUTE_MS, "The list is 1 h 59 min old", Tone.NOTICE),
        (2 * HOUR_MS, "The list is 2 h old", Tone.AMBER),
        (130 * MINUTE_MS, "The list is 2 h 10 min old", Tone.AMBER),
        (73 * HOUR_MS, "The list is 3 d old", Tone.AMBER),
    ],
)
def test_an_old_list_says_what_is_unknown(age_ms: int, text: str, tone: Tone) -> None:
    (notice,) = notices(of_age(age_ms))
    assert (notice.text, notice.tone) == (f"{text}: new tickets and cancellations since then are unknown", tone)


@pytest.mark.parametrize("age_ms", [15 * MINUTE_MS - 1, None])
def test_a_young_list_says_nothing_and_a_missing_one_has_a_page(age_ms: int | None) -> None:
    assert notices(of_age(age_ms)) == ()


def test_a_fault_of_the_programs_own_says_when_and_that_nothing_is_lost() -> None:
    (notice,) = present_notices(TRUSTED, SURE, WORDS, ZONE, NOW_MS, fault_ms=Millis(NOW_MS - MINUTE_MS))
    assert "20:13: it goes on, and no admission is lost" in notice.text
    assert (notice.tone, notice.short) == (Tone.AMBER, "program fault")


@pytest.mark.parametrize("lease", Lease)
def test_a_lease_that_ends_says_when_and_what_to_do(lease: Lease) -> None:
    found = notices(replace(TRUSTED, lease=lease, lease_until_ms=Millis(NOW_MS + 90 * MINUTE_MS)))
    if lease in {Lease.RUNNING, Lease.OVER}:  # one that is over has a page to itself
        assert found == ()
        return
    assert "21:44" in found[0].text
    assert "by network or USB" in found[0].text
    assert (found[0].short, found[0].tone is Tone.AMBER) == ("keys end 21:44", lease is Lease.ENDS_SOON)


@pytest.mark.parametrize("objection", Objection)
def test_a_refused_manifest_says_why_and_what_goes_on(objection: Objection) -> None:  # G21
    (notice,) = notices(replace(TRUSTED, objection=objection))
    assert notice.text == f"A manifest was refused: {WORDS.objections[objection]}. Going on with version 41"
    assert notice.short == "manifest refused"
    (alone,) = notices(TrustFacts(objection=objection))
    assert "version" not in alone.text


def test_every_objection_has_a_reason_of_its_own() -> None:
    assert len(set(WORDS.objections.values())) == len(Objection)


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (ClockTrust(ClockQuality.SYNCED, 0, 180_000), "Many phones say this clock is 3 min behind"),
        (ClockTrust(ClockQuality.HOLDOVER, 0, -50_000), "Many phones say this clock is 50 s ahead"),
        (ClockTrust(ClockQuality.SUSPECT, 0), "This clock can't be right"),
    ],
)
def test_a_doubted_clock_names_its_next_step(clock: ClockTrust, text: str) -> None:  # G8
    (notice,) = notices(clock=clock)
    assert notice.text.startswith(text)
    assert "supervisor" in notice.text
    assert notice.tone is Tone.AMBER


def test_the_most_urgent_notice_comes_first() -> None:
    trust = replace(of_age(2 * HOUR_MS), objection=Objection.OLDER, lease=Lease.ENDS_TODAY, lease_until_ms=NOW_MS)
    tones = [notice.tone for notice in notices(trust, ClockTrust(ClockQuality.SUSPECT, 0))]
    assert tones == [Tone.AMBER, Tone.AMBER, Tone.NOTICE, Tone.NOTICE]


@pytest.mark.parametrize(
    ("finding", "text", "short"),
    [
        (Finding.SERVER_BEHIND, "The server lacks 3 of this kiosk's records", "server lacks 3"),
        (Finding.SERVER_AHEAD, "The server holds another journal of this kiosk", "journal differs"),
        (Finding.HEADS_DIFFER, "The server holds another journal of this kiosk", "journal differs"),
    ],
)
def test_what_the_server_does_not_hold_is_said(finding: Finding, text: str, short: str) -> None:
    (notice,) = notices(replace(TRUSTED, difference=Difference(finding, 3)))
    assert notice.text.startswith(text)
    assert "ell the organizer" in notice.text
    assert (notice.short, notice.tone) == (short, Tone.AMBER)


@pytest.mark.parametrize(
    ("found", "text", "tone"),
    [
        (Rescue("x", 120, missing=2, set_aside=("a.db",), must_decide=True), "it admits nobody until", Tone.AMBER),
        (Rescue("x", 120, missing=None, must_decide=True), "it admits nobody until", Tone.AMBER),
        (Rescue("x", 120, set_aside=("kiosk.damaged-1.db",)), "120 records, none missing", Tone.NOTICE),
        (Rescue("x", 120, returned=2), "2 records out of the journal", Tone.NOTICE),
    ],
)
def test_a_journal_that_was_rescued_says_so(found: Rescue, text: str, tone: Tone) -> None:  # G5
    (notice,) = notices(replace(TRUSTED, rescue=found))
    assert text in notice.text
    assert notice.tone is tone
