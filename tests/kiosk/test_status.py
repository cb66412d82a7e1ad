"""What the status line says, and how urgently."""

from dataclasses import replace

import pytest

from app.kiosk.notices import Tone
from app.kiosk.status import SoundState, StatusFacts, StatusPart, StatusText, present_status
from app.kiosk.trust_facts import Bar, Download, ListFacts
from app.kiosk.words import load_kiosk_words
from core.model.event import Direction
from core.model.moments import ClockQuality, Millis
from core.model.timekeeping import ClockTrust
from core.sync.adoption import StaleAfter
from core.sync.health import Link, Trouble
from tests.kiosk.states import MINUTE_MS, OFFLINE, ONLINE, TRUSTED, of_age, usual_lists
from tests.kiosk.verdicts import ZONE

WORDS = load_kiosk_words()


def status(facts: StatusFacts) -> StatusText:
    return present_status(facts, WORDS, ZONE)


def tones(facts: StatusFacts) -> dict[str, Tone]:
    return {part.text: part.tone for part in status(facts).parts}


def list_part(lists: ListFacts) -> StatusPart:
    text = status(replace(ONLINE, trust=replace(TRUSTED, lists=lists)))
    return next(part for part in text.parts if "list" in part.text)


def test_a_good_evening_is_plain() -> None:
    text = status(ONLINE)
    assert (text.place, text.event, text.strip) == ("North gate · entry", "Summer Night", None)
    assert (text.clock, text.notices, text.bar, text.loaded) == (StatusPart("20:14"), (), None, None)
    assert tones(ONLINE) == {"online": Tone.PLAIN, "0 waiting": Tone.PLAIN, "list 2 min": Tone.PLAIN}
    assert text.counts == "398 inside · 38 / min · North 1"


def test_offline_is_one_calm_sentence() -> None:
    assert status(OFFLINE).strip == "Offline since 20:02 · 14 waiting · deciding here"
    assert tones(OFFLINE) == {"list 2 min": Tone.PLAIN}


def test_a_server_without_internet_is_told_from_a_server_that_nobody_reaches() -> None:
    cut_off = replace(ONLINE, no_internet_since_ms=Millis(ONLINE.now_ms - 2 * 60 * MINUTE_MS))
    (notice,) = status(cut_off).notices
    assert notice.text.startswith("The server has had no internet since 18:14: tickets sold since then")
    assert (notice.tone, status(cut_off).strip) == (Tone.NOTICE, None)
    away = replace(cut_off, link=Link.OFFLINE, trouble=Trouble.UNREACHABLE)
    assert status(away).notices == (), "what an unreachable server said last is no news of now"


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
    found = tones(replace(ONLINE, trust=of_age(age_ms)))
    assert [tone_ for text, tone_ in found.items() if "list" in text] == [tone]


def test_the_organizers_own_thresholds_count() -> None:
    strict = replace(usual_lists(), age_ms=5 * MINUTE_MS, after=StaleAfter(MINUTE_MS, 5 * MINUTE_MS))
    assert list_part(strict).tone is Tone.AMBER


def test_past_fresh_until_even_a_young_list_is_noticed() -> None:
    assert list_part(replace(usual_lists(), is_past_fresh_until=True)).tone is Tone.NOTICE


@pytest.mark.parametrize(
    ("lists", "longer"),
    [
        (
            ListFacts(125_000, held=41_203, total=41_203, used_age_ms=14_000),
            "list 2 min · 41,203 of 41,203 · used 14 s",
        ),
        (ListFacts(125_000, held=12, total=1_000_000), "list 2 min · 12 of 1,000,000"),
        (ListFacts(125_000, used_age_ms=0), "list 2 min · used 0 s"),
        (ListFacts(125_000), ""),
    ],
)
def test_where_there_is_room_the_list_is_told_whole(lists: ListFacts, longer: str) -> None:
    assert list_part(lists) == StatusPart("list 2 min", Tone.PLAIN, longer)


def test_a_list_on_its_way_is_told_and_stops_nothing() -> None:
    text = status(replace(ONLINE, trust=replace(TRUSTED, download=Download(11_200_000, 35_000_000))))
    assert text.loaded == pytest.approx(0.32)
    assert text.parts[-1] == StatusPart("loading 12 of 35 MB")
    assert text.bar is None


@pytest.mark.parametrize(("done", "total", "share"), [(0, 0, 0.0), (-5, 10, 0.0), (20, 10, 1.0), (5, 10, 0.5)])
def test_a_bar_is_never_longer_than_the_line(done: int, total: int, share: float) -> None:
    assert Download(done, total).share == share


@pytest.mark.parametrize(
    ("clock", "shown"),
    [
        (ClockTrust(ClockQuality.SYNCED, 1_200), StatusPart("20:14")),
        (ClockTrust(ClockQuality.HOLDOVER, 300_000), StatusPart("20:14 ± 5 min")),
        (ClockTrust(ClockQuality.HOLDOVER, 300_001), StatusPart("20:14 ± 6 min")),
        (ClockTrust(ClockQuality.HOLDOVER, 12_500), StatusPart("20:14 ± 13 s")),
        (ClockTrust(ClockQuality.HOLDOVER, 3_600_001), StatusPart("20:14 ± 2 h")),
        (ClockTrust(ClockQuality.SUSPECT, 300_000), StatusPart("clock unsure", Tone.AMBER)),
    ],
)
def test_the_time_is_said_with_how_far_it_is_trusted(clock: ClockTrust, shown: StatusPart) -> None:  # G8
    assert status(replace(ONLINE, clock=clock)).clock == shown


@pytest.mark.parametrize("bar", Bar)
def test_what_bars_the_door_is_said_first(bar: Bar) -> None:
    text = status(replace(ONLINE, trust=replace(TRUSTED, bar=bar)))
    assert text.bar == WORDS.bars[bar]
    assert text.spoken.startswith(f"{WORDS.bars[bar].title}: {WORDS.bars[bar].step}. ")


def test_trouble_comes_first() -> None:
    bad = replace(ONLINE, clock=ClockTrust(ClockQuality.SYNCED, 0, 180_000), sound=SoundState.MISSING)
    assert [part.text for part in status(bad).parts][:2] == ["check clock", "no sound"]


def test_a_muted_kiosk_says_so() -> None:
    assert tones(replace(ONLINE, sound=SoundState.MUTED))["sound off"] is Tone.NOTICE


def test_without_the_servers_count_this_kiosk_tells_its_own() -> None:
    assert status(replace(ONLINE, inside=None)).counts == "412 admitted · 38 / min · North 1"


@pytest.mark.parametrize("facts", [ONLINE, OFFLINE, replace(ONLINE, trust=of_age(9_000_000))])
def test_a_screen_reader_hears_all_of_it(facts: StatusFacts) -> None:
    text = status(facts)
    parts = (text.place, text.event, text.strip or "", *(part.text for part in text.parts), text.counts)
    assert all(part in text.spoken for part in (*parts, text.clock.text, *(notice.text for notice in text.notices)))


def test_an_exit_lane_says_so() -> None:
    assert status(replace(ONLINE, direction=Direction.EXIT)).place == "North gate · exit"
