"""`clock show` and `clock set`: how far a kiosk trusts its clock, and a supervisor's word on the time.

Owns the words of both. A kiosk that is running takes the word within a second.
"""

import argparse
from datetime import UTC, datetime

from app.clock import SystemClock
from app.errors import AppError
from app.settings import load_profile
from app.speech import say, say_json
from app.store.clock_memory import clock_of
from core.model.moments import LATEST_MS, ClockQuality, Moment
from core.model.timekeeping import LEAST_SURE_CORRECTION_MS, SUREST_CORRECTION_MS, CorrectionFlaw, Sample

QUALITIES: dict[ClockQuality, str] = {
    ClockQuality.SYNCED: "synced: the server has told the time since this computer was switched on",
    ClockQuality.HOLDOVER: "holdover: this computer's own clock, or what a supervisor said; no server yet",
    ClockQuality.SUSPECT: "suspect: this computer's clock is wrong; tell it with `doorlight clock set`, or sync",
}

CURES: dict[CorrectionFlaw, str] = {
    CorrectionFlaw.SYNCED: "the server has told this kiosk the time, and that counts: if it is wrong, set the server's",
    CorrectionFlaw.BEFORE_THE_FLOOR: "that is before {floor}, which has certainly passed: look at another clock",
    CorrectionFlaw.TOO_FAR_AHEAD: "that is more than a year after {floor}, the last time known: check the year",
    CorrectionFlaw.UNCERTAINTY_OUT_OF_BOUNDS: (
        f"say how far off it may be, from {SUREST_CORRECTION_MS // 1000} to {LEAST_SURE_CORRECTION_MS // 1000} seconds"
    ),
}


class ClockNotSet(AppError):
    """What was said is no time that this kiosk can go by: the cause says what to do."""

    def __init__(self, cause: str) -> None:
        super().__init__("command_failed", cause=cause)


def show_clock(args: argparse.Namespace) -> int:
    """What time a kiosk believes it is, how well it knows, and since when."""
    load_profile(args.profile)
    _tell(clock_of(args.profile), as_json=args.json)
    return 0


def set_clock(args: argparse.Namespace) -> int:
    """Tells a kiosk the time as a person knows it; good until the server tells it, or the computer is switched off."""
    at_ms = _instant_ms(args.instant)
    load_profile(args.profile)
    clock = clock_of(args.profile)
    flaw = clock.correct(at_ms, args.uncertainty * 1000)
    if flaw is not None:
        floor_ms = clock.remembered.floor.at_ms
        raise ClockNotSet(CURES[flaw].format(floor=_iso(floor_ms)))
    _tell(clock, as_json=args.json)
    return 0


def _tell(clock: SystemClock, *, as_json: bool) -> None:
    now, known = clock.now(), clock.remembered
    synced_ms = None if known.sample is None else _received_ms(known.sample)
    if as_json:
        say_json(_fields(now) | {"floor_ms": known.floor.at_ms, "synced_at_ms": synced_ms})
        return
    if now.is_suspect:  # its bound would be read as one on the true time
        say(f"time:      not known; scans are put in order from {_iso(now.at_ms)} on")
    else:
        say(f"time:      {_iso(now.at_ms)}, within {_duration(now.uncertainty_ms)}")
    say(f"quality:   {QUALITIES[now.quality]}")
    say(f"last sync: {'never' if synced_ms is None else _iso(synced_ms)}")
    say(f"not before {_iso(known.floor.at_ms)}")


def _fields(now: Moment) -> dict[str, object]:
    return {
        "at_ms": now.at_ms,
        "at": _iso(now.at_ms),
        "quality": now.quality.value,
        "uncertainty_ms": now.uncertainty_ms,
        "boot": now.boot_id,
    }


def _received_ms(sample: Sample) -> int:
    return sample.server_ms + sample.rtt_ms // 2


def _instant_ms(text: str) -> int:
    """Unix milliseconds of an instant in ISO 8601 that says its offset from UTC. Raises ClockNotSet."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as err:
        raise ClockNotSet(f"'{text}' is no time: write it as in 2026-12-31T20:15:00+01:00") from err
    if instant.tzinfo is None:
        raise ClockNotSet(f"'{text}' could be any time zone's: add its offset, as in {text}+01:00, or Z for UTC")
    at_ms = round(instant.timestamp() * 1000)
    if not 0 <= at_ms <= LATEST_MS:
        raise ClockNotSet(f"'{text}' is not of this age: check the year")
    return at_ms


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat().replace("+00:00", "Z")


def _duration(ms: int) -> str:
    return f"{-(-ms // 1000)} s" if ms <= 120_000 else f"{-(-ms // 60_000)} min"
