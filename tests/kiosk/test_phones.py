"""The guests' phones against this kiosk's clock."""

from dataclasses import replace

from app.kiosk.phones import Phones
from core.model.event import Direction
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome
from core.model.skew import ALARM_MS, LEAST
from core.ticket.issue import issue, with_proof
from core.ticket.keyring import Algorithm
from core.ticket.proof import secret_of
from core.ticket.verify import Barred, Lane
from core.ticket.wire import Claims
from tests.support.door import DAY, END_S, KID, MAC, NOON_MS, NORTH, ROTATING, START_S, ticket, tid, trust

LANE = Lane(NORTH, Direction.ENTRY)
NOW = Moment(NOON_MS, 1_000, ClockQuality.HOLDOVER, "boot-1")
BEHIND_S = 3 * 60


def live(number: int, at_s: int) -> str:
    """A rotating ticket on a phone whose clock shows `at_s`."""
    claims = Claims(1, KID, tid(number), 0, DAY, START_S, END_S)
    return with_proof(issue(claims, Algorithm.HMAC_SHA256_128, MAC), secret_of(ROTATING, claims), at_s)


def heard(count: int, ahead_s: int, now: Moment = NOW, phones: Phones | None = None) -> Phones:
    """After so many guests' phones that are ahead of this kiosk."""
    found, held = phones or Phones(), trust()
    for number in range(1, count + 1):
        found = found.after(live(number, NOON_MS // 1000 + ahead_s), held, LANE, now)
    return found


def test_many_phones_that_agree_raise_the_alarm() -> None:  # G8
    assert heard(LEAST - 1, BEHIND_S).alarm_ms is None
    assert heard(LEAST, BEHIND_S).alarm_ms == BEHIND_S * 1_000
    assert heard(LEAST, -BEHIND_S).alarm_ms == -BEHIND_S * 1_000


def test_phones_that_agree_with_the_clock_say_nothing() -> None:
    assert heard(15, ALARM_MS // 1_000 - 1).alarm_ms is None


def test_one_screenshot_held_up_again_is_one_voice() -> None:
    phones, held = Phones(), trust()
    for _ in range(40):
        phones = phones.after(live(1, NOON_MS // 1000 - BEHIND_S), held, LANE, NOW)
    assert (phones.alarm_ms, len(phones.skew.offsets)) == (None, 1)


def test_forged_digits_and_codes_without_any_are_not_heard() -> None:
    phones, held = Phones(), trust()
    forged = live(1, NOON_MS // 1000 + BEHIND_S)
    for text in (forged[:-1] + ("1" if forged[-1] != "1" else "2"), ticket(2), "hello.world", ""):
        phones = phones.after(text, held, LANE, NOW)
    assert phones.skew.offsets == ()


def test_a_clock_that_was_just_set_is_doubted_by_nobody() -> None:
    synced = replace(NOW, quality=ClockQuality.SYNCED)
    doubted = heard(LEAST, BEHIND_S)
    assert doubted.after("", trust(), LANE, synced).alarm_ms is None


def test_a_barred_door_hears_nobody() -> None:
    phones = Phones().after(live(1, NOON_MS // 1000), Barred(Outcome.SNAPSHOT_EXPIRED), LANE, NOW)
    assert phones.skew.offsets == ()


def test_the_offset_is_the_phones_time_less_the_kiosks() -> None:
    later = replace(NOW, at_ms=Millis(NOON_MS + 7_000))
    phones = Phones().after(live(1, NOON_MS // 1000), trust(), LANE, later)
    assert phones.skew.offsets == ((tid(1), -7_000),)
