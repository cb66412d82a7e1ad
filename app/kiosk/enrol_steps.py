"""The steps of `app.kiosk.enrolling` on a real folder.

Owns the way from what can go wrong at a server to what people at a kiosk can do about it.
"""

import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from app.clock import Clock
from app.kiosk.enrolling import Begun, Enroller, EnrolTrouble, Holds, Progress, Typed, Wanted
from app.runtime.enrolling import (
    Enrolled,
    EnrolmentFailed,
    ReplyUnfit,
    SomebodyElse,
    enrol,
    enrol_by,
    wait_until_confirmed,
)
from app.runtime.station import Station
from app.settings import Profile
from core.sync.enrolment import Invitation
from core.sync.health import Link, Trouble
from core.ticket.verify import Trust

_TROUBLES: dict[str, EnrolTrouble] = {
    "enrol_code_wrong": EnrolTrouble.CODE_WRONG,
    "enrol_code_used": EnrolTrouble.CODE_USED,
    "enrol_code_expired": EnrolTrouble.CODE_EXPIRED,
    "enrol_code_withdrawn": EnrolTrouble.CODE_WITHDRAWN,
    "invalid_request": EnrolTrouble.CODE_WRONG,  # nothing that is too short or too long is one
    "kiosk_outdated": EnrolTrouble.KIOSK_OUTDATED,
    "server_outdated": EnrolTrouble.SERVER_OUTDATED,
    "confirmation_expired": EnrolTrouble.NOT_CONFIRMED,
    "device_revoked": EnrolTrouble.NOT_CONFIRMED,
    "credentials_wrong": EnrolTrouble.NOT_CONFIRMED,
    "not_found": EnrolTrouble.UNREACHABLE,  # somebody is there, and no Doorlight server
    Trouble.UNREACHABLE.value: EnrolTrouble.UNREACHABLE,
    Trouble.SLOW.value: EnrolTrouble.UNREACHABLE,
    Trouble.CERTIFICATE_NAME.value: EnrolTrouble.CERTIFICATE_NAME,
    Trouble.CERTIFICATE_EXPIRED.value: EnrolTrouble.CERTIFICATE_EXPIRED,
    Trouble.CERTIFICATE_EARLY.value: EnrolTrouble.CERTIFICATE_EARLY,
    Trouble.CERTIFICATE_STRANGER.value: EnrolTrouble.CERTIFICATE_STRANGER,
    Trouble.TLS_MISSING.value: EnrolTrouble.TLS_MISSING,
    Trouble.TLS_WANTED.value: EnrolTrouble.TLS_WANTED,
    Trouble.TLS_OLD.value: EnrolTrouble.TLS_OLD,
}


def is_address(url: str) -> bool:
    """Whether a person has typed an address that can be asked: http or https, a host of ASCII letters, a port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_host = bool(host) and host.isascii() and all(char.isalnum() or char in "-.:" for char in host)
    return parts.scheme in {"http", "https"} and is_host and port != 0 and url.isprintable()


def trouble_of(code: str) -> EnrolTrouble:
    """What people can do about a server's refusal or silence."""
    return _TROUBLES.get(code, EnrolTrouble.SERVER_TROUBLE)


class FolderEnroller(Enroller):
    """Makes a folder a kiosk's. One at a time; `begin` before the others."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._profile: Profile | None = None

    def begin(self, wanted: Wanted) -> Begun | EnrolTrouble:
        """Trades the code; the profile is on disk afterwards."""
        if not is_address(wanted.server if isinstance(wanted, Typed) else wanted.url):
            return EnrolTrouble.UNREACHABLE
        try:
            enrolled = self._enrol(wanted)
        except EnrolmentFailed as err:
            return trouble_of(str(err.details["code"]))
        except SomebodyElse:
            return EnrolTrouble.OTHER_SERVER
        except ReplyUnfit:
            return EnrolTrouble.SERVER_TROUBLE
        self._profile = profile = enrolled.profile
        return Begun(
            digits=enrolled.digits,
            event_name=profile.event_name,
            gate_name=profile.gate,
            device_name=profile.device_name,
            profile=profile.trusted_with,
            is_unprotected=enrolled.warning is not None,
        )

    def _enrol(self, wanted: Wanted) -> Enrolled:
        match wanted:
            case Invitation() as invitation:
                return enrol_by(invitation, self._folder)
            case Typed(server=server, code=code):
                return enrol(server, code, self._folder)

    def wait(self, stop: threading.Event) -> EnrolTrouble | None:
        """Asks every two seconds."""
        try:
            wait_until_confirmed(self._folder, self._begun(), stop)
        except EnrolmentFailed as err:
            return trouble_of(str(err.details["code"]))
        return None

    def load(self, stop: threading.Event, progress: Progress) -> Holds | EnrolTrouble:
        """Refreshes until the lists are whole or stop coming."""
        with closing(Station(self._folder, self._begun(), self._clock)) as station:

            def tell(done: int, total: int) -> None:
                progress(done, total)
                if stop.is_set():
                    keeper.stop()

            with closing(station.open_keeper(tell)) as keeper:
                keeper.load()
                while not stop.is_set():
                    if keeper.refresh(station.client) is not None:
                        return EnrolTrouble.LIST_REFUSED
                    if not keeper.is_unfinished or station.link.health.link is Link.OFFLINE:
                        break
            return _found(station)

    def _begun(self) -> Profile:
        if self._profile is None:
            raise RuntimeError("begin comes first")
        return self._profile


def _found(station: Station) -> Holds | EnrolTrouble:
    holding = station.box.holding
    if isinstance(station.box.trust, Trust) and holding is not None and station.box.taken is not None:
        return Holds(holding.listed, holding.declared)
    trouble = station.link.health.trouble
    return EnrolTrouble.SERVER_TROUBLE if trouble is None else trouble_of(trouble.value)
