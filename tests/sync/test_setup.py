"""A configuration code changes a door only when the organizer made it, for this event, in its time, and rightly."""

import json
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import EventId
from core.model.moments import LATEST_MS, ClockQuality, Millis, Moment
from core.model.settings import Setting, Settings, ThemeName, Turn
from core.sync import setup as setups
from core.sync.setup import MOST_TEXT, NoSetup, Setup, SetupFlaw, setup_from, text_of
from core.ticket import seal

ROOT_PRIVATE, OTHER_PRIVATE = bytes([0x0F]) * 32, bytes([0x10]) * 32
ROOT = seal.ed25519_public(ROOT_PRIVATE)
EVENT, OTHER_EVENT = EventId(UUID(int=1)), EventId(UUID(int=2))
NOW = Moment(Millis(1_795_000_000_000), 1_000, ClockQuality.SYNCED, "boot")
SETUP = Setup(
    EVENT,
    Millis(NOW.at_ms + 86_400_000),
    {Setting.THEME: "light", Setting.TURN: 180, Setting.REGION: [10, 10, 80, 80], Setting.SOUND: False},
)


def made(setup: Setup = SETUP, private: bytes = ROOT_PRIVATE) -> str:
    return text_of(setup, lambda message: seal.ed25519_sign(private, message))


def read(text: str, now: Moment = NOW) -> Setup | NoSetup:
    return setup_from(text, ROOT, EVENT, now)


def test_the_organizers_code_sets_what_it_says_and_nothing_else() -> None:
    found = read(made())
    assert found == SETUP
    assert isinstance(found, Setup)
    before = Settings(is_locked=True)
    after = found.applied(before)
    assert (after.theme, after.camera.turn, after.is_heard) == (ThemeName.LIGHT, Turn.OVER, False)
    assert (after.is_locked, after.language) == (True, before.language)
    assert len(made()) < 600, "a camera reads it at arm's length"


@pytest.mark.parametrize("text", ["", "T1:ABC", "{", "[]", "null", '{"kind":"doorlight/setup"}', "{" * 5_000,
                                  '{"doorlight":{"v":1}}', made() + " " * MOST_TEXT])  # fmt: skip
def test_another_text_is_no_setup(text: str) -> None:
    assert read(text) == NoSetup(SetupFlaw.NO_SETUP)


def test_a_guests_code_is_nobodys() -> None:
    """Whoever has not the root key signs with another one, or takes a genuine signature for other values."""
    assert read(made(private=OTHER_PRIVATE)) == NoSetup(SetupFlaw.FOREIGN)
    fields = json.loads(made())
    for change in (
        {"set": {**fields["set"], "sound": True}},
        {"set": {**fields["set"], "lock": False}},
        {"until": fields["until"] + 1},
        {"sig": ""},
        {"sig": "00" * 64},
        {"set": {"theme": float("nan")}},
        {"set": {"theme": "\ud800"}},
    ):
        assert read(json.dumps(fields | change)) == NoSetup(SetupFlaw.FOREIGN), change


def test_a_code_for_another_event_is_not_taken_though_the_same_organizer_made_it() -> None:
    assert read(made(replace(SETUP, event=OTHER_EVENT))) == NoSetup(SetupFlaw.OTHER_EVENT)


def test_the_last_moment_is_inside_and_a_clock_in_doubt_decides_for_the_code() -> None:
    last = replace(SETUP, until_ms=NOW.at_ms - NOW.uncertainty_ms)
    assert isinstance(read(made(last)), Setup)
    assert read(made(replace(last, until_ms=last.until_ms - 1))) == NoSetup(SetupFlaw.OVER)


def test_a_signed_value_that_can_not_be_is_named() -> None:
    assert read(made(replace(SETUP, values={Setting.TURN: 45}))) == NoSetup(SetupFlaw.UNFIT, Setting.TURN)


def test_a_newer_programs_code_says_so() -> None:
    fields = json.loads(made())
    assert read(json.dumps(fields | {"v": 2})) == NoSetup(SetupFlaw.NEWER)
    values = {"camera.hologram": True}
    signature = seal.ed25519_sign(ROOT_PRIVATE, setups._bytes_of(EVENT, SETUP.until_ms, values)).hex()
    assert read(json.dumps(fields | {"set": values, "sig": signature})) == NoSetup(SetupFlaw.NEWER)


def test_control_without_the_look_at_the_signature_a_guest_turns_the_door_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(setups, "is_signed", lambda *_: True)
    assert isinstance(read(made(private=OTHER_PRIVATE)), Setup)


@given(st.dictionaries(st.sampled_from(["kind", "v", "event", "until", "set", "sig"]),
                       st.none() | st.booleans() | st.integers(-1, LATEST_MS + 1) | st.text(max_size=8)
                       | st.dictionaries(st.text(max_size=4), st.integers(), max_size=3)))  # fmt: skip
def test_whatever_stands_in_a_text_nothing_raises(changes: dict[str, object]) -> None:
    found = read(json.dumps(json.loads(made()) | changes))
    assert isinstance(found, NoSetup) or found == SETUP
