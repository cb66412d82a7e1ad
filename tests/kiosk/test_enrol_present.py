"""What a computer says while it becomes a door."""

from dataclasses import replace

import pytest

from app.kiosk.enrol_present import (
    Asking,
    Beginning,
    Comparing,
    EnrolPage,
    EnrolState,
    EnrolText,
    Loading,
    LoadStopped,
    Ready,
    present_enrolment,
)
from app.kiosk.enrolling import EnrolTrouble, Holds
from app.kiosk.words import load_kiosk_words
from core.ticket.keyring import VerifyProfile
from tests.kiosk.enrollers import BEGUN

WORDS = load_kiosk_words()


def told(state: EnrolState) -> EnrolText:
    return present_enrolment(state, WORDS)


@pytest.mark.parametrize(
    ("state", "page", "line", "key", "is_busy"),
    [
        (Asking(), EnrolPage.ASK, WORDS.enrol.show_code, "Connect", False),
        (Beginning(), EnrolPage.ASK, "Asking the server …", "Connect", True),
        (Comparing(BEGUN), EnrolPage.COMPARE, WORDS.enrol.waiting, "Start over", True),
        (Loading(), EnrolPage.LOAD, "Loading the list …", "", True),
        (Loading(11_000_001, 35_000_000), EnrolPage.LOAD, "Loading the list: 12 of 35 MB", "", True),
        (LoadStopped(EnrolTrouble.UNREACHABLE), EnrolPage.LOAD, "", "Try again", False),
        (Ready(Holds(41_203, 41_203)), EnrolPage.LOAD, "I hold 41,203 of 41,203 tickets", "To the door", False),
        (Ready(Holds(0, 0)), EnrolPage.LOAD, "I hold the keys of this event", "To the door", False),
    ],
)
def test_each_step_has_its_page(state: EnrolState, page: EnrolPage, line: str, key: str, is_busy: bool) -> None:
    text = told(state)
    assert (text.page, text.line, text.key, text.is_busy) == (page, line, key, is_busy)


def test_the_digits_come_with_what_this_computer_becomes() -> None:
    text = told(Comparing(BEGUN))
    assert (text.digits, text.title) == ("493 027", "Compare with the organizer's screen")
    assert text.becomes == "Summer Night · North gate · North 1"


@pytest.mark.parametrize("profile", VerifyProfile)
def test_what_a_thief_could_do_is_said_in_one_sentence_by_profile(profile: VerifyProfile) -> None:
    text = told(Comparing(replace(BEGUN, profile=profile)))
    assert text.cautions == (WORDS.thieves[profile],)
    assert len(text.cautions[0].split(". ")) == 1


def test_keys_without_protection_are_said() -> None:
    assert told(Comparing(replace(BEGUN, is_unprotected=True))).cautions[1] == WORDS.enrol.unprotected


@pytest.mark.parametrize("trouble", EnrolTrouble)
def test_every_trouble_says_its_cure(trouble: EnrolTrouble) -> None:
    for state in (Asking(trouble), LoadStopped(trouble)):
        text = told(state)
        assert text.trouble == WORDS.enrol_troubles[trouble]
        assert text.trouble.step in text.spoken
        assert not text.is_busy


def test_no_two_troubles_look_alike() -> None:
    assert len(set(WORDS.enrol_troubles.values())) == len(EnrolTrouble)


@pytest.mark.parametrize(("done", "total", "share"), [(0, 0, 0.0), (5, 10, 0.5), (30, 10, 1.0)])
def test_the_bar_shows_what_has_come(done: int, total: int, share: float) -> None:
    assert told(Loading(done, total)).share == share
