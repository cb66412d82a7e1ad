"""The commands of a kiosk without a window: `enrol` and `scan`."""

import argparse
from contextlib import closing
from dataclasses import asdict, replace

from app.clock import SystemClock
from app.runtime import station as stations
from app.runtime.scan_line import ScanLine
from app.runtime.station import Station
from app.settings import load_profile
from app.speech import complain, say, say_json
from app.store.journal import Journal
from core.gate.admit import again
from core.gate.sighting import NewPresentation, Sighting
from core.gate.verdict import Verdict


def enrol(args: argparse.Namespace) -> int:
    """Makes a folder a kiosk's profile."""
    profile = stations.enrol(args.server, args.code, args.profile)
    with closing(Station(args.profile, profile, SystemClock())) as station:
        station.refresh_manifest()  # so that the first guest finds a kiosk that knows the event
        vault, version = station.vault, station.box.version
    fields = {"event": str(profile.event), "device": str(profile.device), "name": profile.device_name}
    if args.json:
        place = {"gate": profile.gate, "profile": str(args.profile)}
        say_json({**fields, **place, "manifest_version": version, "warning": vault.warning})
        return 0
    say(f"This computer is now '{profile.device_name}' at gate '{profile.gate}' of '{profile.event_name}'.")
    if vault.warning:
        complain(
            "no keyring here: keys lie in files that only this account can read, but a stolen disk gives them away"
        )
    return 0


def scan(args: argparse.Namespace) -> int:
    """One outcome per presented text, through the whole line of the kiosk; then the queue is sent once."""
    profile = load_profile(args.profile)
    if args.server:
        profile = replace(profile, server=args.server)
    clock = SystemClock()
    with closing(Station(args.profile, profile, clock)) as station, closing(station.open_journal()) as journal:
        station.load_manifest()
        station.refresh_manifest()
        line = station.scan_line(journal)
        lane = _Lane(line, clock)
        for text in args.texts:
            _tell(lane.present(text), as_json=args.json)
        _send_once(station, journal)
    return 0


class _Lane:
    """Texts one after the other, each held up once: the same one at once again is the same guest."""

    def __init__(self, line: ScanLine, clock: SystemClock) -> None:
        self._line = line
        self._clock = clock
        self._sighting = Sighting(gap_ms=0, rest_ms=0, turn_ms=0)
        self._last: Verdict | None = None

    def present(self, text: str) -> Verdict:
        sights = self._sighting.seen([text], self._clock.monotonic_ms())
        is_new = any(isinstance(sight, NewPresentation) for sight in sights)
        if is_new or self._last is None:
            self._last = self._line.present(text)
            return self._last
        return again(self._last, self._clock.now().at_ms)


def _tell(verdict: Verdict, *, as_json: bool) -> None:
    if not as_json:
        say(f"{verdict.outcome.value} ({verdict.evidence.source.value})")
        return
    say_json(
        {
            "outcome": verdict.outcome.value,
            "admission": verdict.is_admission,
            "source": verdict.evidence.source.value,
            "scan": str(verdict.scan_id) if verdict.scan_id else None,
            "at_ms": verdict.at_ms,
            "detail": {"kind": type(verdict.detail).__name__, **asdict(verdict.detail)},
        }
    )


def _send_once(station: Station, journal: Journal) -> None:
    """Drains while the server answers; the first Later leaves the rest in the queue."""
    line = station.sync_line(journal, refresh=lambda: None, ask=lambda question, *_: question())
    line.drain()
    waiting = journal.queue_length()
    if waiting:
        complain(f"{waiting} facts wait for the server; the next scan or the kiosk sends them")
