"""What the status line says, and how urgently."""

from dataclasses import replace

import pytest

from app.kiosk.status import SoundState, StatusFacts, StatusText, Tone, present_status
from app.kiosk.words import load_kiosk_words
from core.model.event import Direction
from core.model.moments import ClockQuality, Millis
from core.sync.health import Link, Trouble
from tests.kiosk.states import MINUTE_MS, OFFLINE, ONLINE
from tests.kiosk.verdicts import ZONE

WORDS = load_kiosk_words()


def status(facts: StatusFacts) -> StatusText:
    return present_status(facts, WORDS, ZONE)


def tones(facts: StatusFacts) -> dict[str, Tone]:
    return {part.text: part.tone for part in status(facts).parts}


def test_a_good_evening_is_plain() -> None:
    text = status(ONLINE)
    assert (text.place, text.event, text.strip, text.clock) == ("North gate · entry", "Summer Night", None, "20:14")
    assert tones(ONLINE) == {"online": Tone.PLAIN, "0 waiting": Tone.PLAIN, "list 2 min": Tone.PLAIN}
    assert text.counts == "North 1 · 398 inside · 38 / min"


def test_offline_is_one_calm_sentence() -> None:
    assert status(OFFLINE).strip == "Offline since 20:02 · 14 waiting · deciding here"
    assert tones(OFFLINE) == {"list 2 min": Tone.PLAIN}


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_its_strip(trouble: Trouble) -> None:
    strip = status(replace(OFFLINE, trouble=trouble)).strip
    assert strip is not None
    assert strip.startswith(WORDS.link_trouble[trouble])


def test_a_kiosk_that_never_met_its_server_names_no_time() -> None:
    never = replace(OFFLINE, trouble=Trouble.NOT_TRIED, since_ms=Millis(0))
    assert status(never).strip == "No server yet · 14 waiting · deciding here"


def test_a_slow_server_is_noticed_and_needs_no_strip() -> None:
    slow = replace(ONLINE, link=Link.DEGRADED, trouble=Trouble.SLOW, queue_length=3)
    assert status(slow).strip is None
    assert tones(slow) == {"Slow server": Tone.NOTICE, "3 waiting": Tone.PLAIN, "list 2 min": Tone.PLAIN}


@pytest.mark.parametrize(
    ("age_ms", "tone"),
    [
        (0, Tone.PLAIN),
        (15 * MINUTE_MS - 1, Tone.PLAIN),
        (15 * MINUTE_MS, Tone.NOTICE),
        (120 * MINUTE_MS - 1, Tone.NOTICE),
        (120 * MINUTE_MS, Tone.AMBER),
        (None, Tone.AMBER),
    ],
)
def test_an_old_list_is_noticed_and_then_amber(age_ms: int | None, tone: Tone) -> None:
    assert [found for text, found in tones(replace(ONLINE, manifest_age_ms=age_ms)).items() if "list" in text] == [tone]


def test_trouble_comes_first() -> None:
    bad = replace(ONLINE, clock_quality=ClockQuality.SUSPECT, sound=SoundState.MISSING)
    assert [part.text for part in status(bad).parts][:2] == ["check clock", "no sound"]


def test_a_muted_kiosk_says_so() -> None:
    assert tones(replace(ONLINE, sound=SoundState.MUTED))["sound off"] is Tone.NOTICE


def test_without_the_servers_count_this_kiosk_tells_its_own() -> None:
    assert status(replace(ONLINE, inside=None)).counts == "North 1 · 412 admitted · 38 / min"


@pytest.mark.parametrize("facts", [ONLINE, OFFLINE])
def test_a_screen_reader_hears_all_of_it(facts: StatusFacts) -> None:
    text = status(facts)
    parts = (text.place, text.event, text.strip or "", *(part.text for part in text.parts), text.counts, text.clock)
    assert all(part in text.spoken for part in parts)


def test_an_exit_lane_says_so() -> None:
    assert status(replace(ONLINE, direction=Direction.EXIT)).place == "North gate · exit"
