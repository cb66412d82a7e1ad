"""The commands of a kiosk without a window: `enrol` and `scan`."""

import argparse
import threading
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

from app.cli.journals import rescue_sentence
from app.clock import Clock
from app.device.still import decode_image
from app.kiosk.words import load_kiosk_words
from app.runtime.enrolling import (
    Enrolled,
    InvitationUnfit,
    enrol_by,
    enrol_spare,
    invitation_of,
    rotate_credential,
    wait_until_confirmed,
)
from app.runtime.enrolling import enrol as enrol_with_code
from app.runtime.moving import move
from app.runtime.scan_line import ScanLine
from app.runtime.station import Station
from app.runtime.trust_box import Holding
from app.settings import Profile, load_profile
from app.speech import complain, say, say_json
from app.store.clock_memory import clock_of
from app.store.journal import Journal
from core.gate.admit import again
from core.gate.sighting import NewPresentation, Sighting
from core.gate.verdict import Verdict
from core.sync.adoption import Objection

WRONG_USE = 2


def enrol(args: argparse.Namespace) -> int:
    """Makes a folder a kiosk's profile: keys, digits to compare, the organizer's yes, the first lists.

    As JSON that is two lines: the first with the digits, at once, and the second when the organizer has said yes.
    """
    if args.spare is not None:
        return _become_spare(args)
    enrolled = _enrolled(args)
    if args.json:
        say_json(_fields(args.profile, enrolled, 0, None) | {"confirmed": False})
    else:
        _introduce(enrolled)
    if args.no_wait or not _wait(args.profile, enrolled.profile):
        if not args.json:
            say("It admits nobody before the organizer has confirmed these digits.")
        return 0
    holding, version, objection = _first_lists(args.profile, enrolled.profile)
    if args.json:
        say_json(_fields(args.profile, enrolled, version, holding) | {"confirmed": True})
    else:
        _tell_holding(enrolled.profile, holding, objection)
    return 0 if objection is None else 1


def _enrolled(args: argparse.Namespace) -> Enrolled:
    if args.invitation:
        return enrol_by(invitation_of(_text_of(args.invitation)), args.profile)
    if args.server and args.code:
        return enrol_with_code(args.server, args.code, args.profile)
    raise _wrong_use()


def _wrong_use() -> SystemExit:
    """Told neither whom to ask nor by which code: wrong use, as the parser says it."""
    complain("enrol: say --invitation, or --server with --code, or --spare with --code")
    return SystemExit(WRONG_USE)


def _text_of(invitation: str) -> str:
    """The invitation's text, from itself or from a picture that shows it. Raises PictureProblem, InvitationUnfit."""
    if invitation.lstrip().startswith("{"):
        return invitation
    texts = decode_image(Path(invitation))["texts"]
    if len(texts) != 1:
        raise InvitationUnfit
    return texts[0]


def _introduce(enrolled: Enrolled) -> None:
    profile = enrolled.profile
    say(f"This computer is now '{profile.device_name}' at gate '{profile.gate}' of '{profile.event_name}'.")
    say(f"Compare with the organizer's screen: {enrolled.digits}")
    say(load_kiosk_words().thieves[profile.trusted_with])
    _warn(enrolled)


def _wait(folder: Path, profile: Profile) -> bool:
    """Waits for the organizer; Ctrl-C ends the waiting, not the enrolment."""
    try:
        return wait_until_confirmed(folder, profile, threading.Event())
    except KeyboardInterrupt:
        return False


def _first_lists(folder: Path, profile: Profile) -> tuple[Holding | None, int, Objection | None]:
    """So that the first guest finds a kiosk that knows the event."""
    with closing(Station(folder, profile, clock_of(folder))) as station:
        objection = station.refresh_manifest()
        return station.box.holding, station.box.version, objection


def _tell_holding(profile: Profile, holding: Holding | None, objection: Objection | None) -> None:
    if objection is not None:
        complain(f"the manifest is not taken ({objection.value}): tell the organizer")
    elif holding is None:
        complain(f"the server at {profile.server} gave no lists yet: start the kiosk, it goes on asking")
    else:
        say(f"I hold {holding.listed:,} of {holding.declared:,} tickets.")


def _fields(folder: Path, enrolled: Enrolled, version: int, holding: Holding | None) -> dict[str, object]:
    profile = enrolled.profile
    who = {"event": str(profile.event), "device": str(profile.device), "name": profile.device_name}
    where = {"gate": profile.gate, "profile": str(folder), "trusted_with": profile.trusted_with.value}
    held = {"listed": holding.listed, "declared": holding.declared} if holding else {}
    return {**who, **where, **held, "digits": enrolled.digits, "manifest_version": version, "warning": enrolled.warning}


def _become_spare(args: argparse.Namespace) -> int:
    """From a stick alone: the kit that the organizer made, and the manifest beside it."""
    if not args.code:
        raise _wrong_use()
    enrolled = enrol_spare(args.spare, args.code, args.profile)
    with closing(Station(args.profile, enrolled.profile, clock_of(args.profile))) as station:
        objection = station.take_manifest_from(args.spare)
        holding, version = station.box.holding, station.box.version
    if args.json:
        say_json(_fields(args.profile, enrolled, version, holding) | {"confirmed": True})
    else:
        profile = enrolled.profile
        say(f"This computer is now '{profile.device_name}' at gate '{profile.gate}' of '{profile.event_name}'.")
        say(load_kiosk_words().thieves[profile.trusted_with])
        _warn(enrolled)
        _tell_holding(profile, holding, objection)
    return 0 if objection is None else 1


def _warn(enrolled: Enrolled) -> None:
    if enrolled.warning:
        complain(
            "no keyring here: keys lie in files that only this account can read, but a stolen disk gives them away"
        )


def renew_credential(args: argparse.Namespace) -> int:
    """Another secret for this kiosk; the old one ends with the first use of the new one."""
    profile = load_profile(args.profile)
    rotate_credential(args.profile, profile)
    if args.json:
        say_json({"device": str(profile.device), "renewed": True})
    else:
        say("This kiosk has a new credential. Copies of the old one end when it is used.")
    return 0


def take_address(args: argparse.Namespace) -> int:
    """The server's new address, once the server there has proven that it is the one that enrolled this kiosk."""
    told = args.address
    if not told.lstrip().startswith(("{", "http://", "https://")):
        texts = decode_image(Path(told))["texts"]
        told = texts[0] if len(texts) == 1 else ""
    profile = move(args.profile, told)
    if args.json:
        say_json({"server": profile.server, "device": str(profile.device)})
    else:
        say(f"The server of '{profile.device_name}' is at {profile.server} from now on.")
    return 0


def scan(args: argparse.Namespace) -> int:
    """One outcome per presented text, through the whole line of the kiosk; then the queue is sent once."""
    profile = load_profile(args.profile)
    if args.server:
        profile = replace(profile, server=args.server)
    clock = clock_of(args.profile)
    with closing(Station(args.profile, profile, clock)) as station, closing(station.open_journal()) as journal:
        if station.rescue is not None:
            complain(rescue_sentence(station.rescue))
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

    def __init__(self, line: ScanLine, clock: Clock) -> None:
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
