"""Wrong PINs: two slips are free, a hand that guesses waits."""

from core.gate.pin_tries import FIRST_WAIT_MS, FREE_TRIES, LONGEST_WAIT_MS, PinTries


def test_a_slip_costs_nothing_and_guessing_costs_more_each_time() -> None:
    tries, now_ms, waits = PinTries(), 1_000, []
    for _ in range(9):
        tries = tries.after_wrong(now_ms)
        waits.append(tries.wait_ms(now_ms))
        now_ms += tries.wait_ms(now_ms)
        assert tries.wait_ms(now_ms) == 0
    assert waits[: FREE_TRIES - 1] == [0] * (FREE_TRIES - 1)
    assert waits[FREE_TRIES - 1] == FIRST_WAIT_MS
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_MS


def test_a_night_of_guessing_tries_few_of_a_million_pins() -> None:
    tries, now_ms, count = PinTries(), 0, 0
    while now_ms < 12 * 3_600_000:
        tries, count = tries.after_wrong(now_ms), count + 1
        now_ms += max(1, tries.wait_ms(now_ms))
    assert count < 200
