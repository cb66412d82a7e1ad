"""What has to be looked at and made before a server of this computer runs, and how this computer becomes its door.

Owns those steps, as the worker's thread takes them one at a time. What a doctor would find beforehand is found with the
doctor's own checks. A one-time password and an enrolment's code pass through here, in memory alone.
"""

from dataclasses import dataclass
from pathlib import Path

from app.errors import AppError
from app.ledger.admin import Office, open_ledger
from app.ledger.audit import act_as
from app.ledger.event_book import lease_until
from app.runtime.checkup import Mark, disk, own_addresses
from app.runtime.enrolling import enrol_by
from app.runtime.neighbour import HERE, Listener, free_port, who_listens
from app.settings import PROFILE_FILE, load_profile
from app.start.state import DoorHere, EventHere, FirstOwner, GateHere, Served, Stage
from core.journal.audit import Actor, ActorKind
from core.model.ids import GateId
from core.model.moments import Millis
from core.sync.enrolment import Invitation, fingerprint_of
from core.sync.messages import EventRow

ACTOR = Actor(ActorKind.SHELL, name="start window")
PORTS_LOOKED_AT = 20
"""Behind the usual one: where all of these are taken, something else is wrong."""


class FolderFull(AppError):
    """The disk of the server's folder has no room for a night."""

    def __init__(self, folder: Path) -> None:
        super().__init__("start_folder_full", folder=folder)


class FolderUnwritable(AppError):
    """The server's folder takes no write."""

    def __init__(self, folder: Path) -> None:
        super().__init__("start_folder_unwritable", folder=folder)


class PortTaken(AppError):
    """Another program listens where the server would."""

    def __init__(self, port: int) -> None:
        super().__init__("start_port_taken", port=port)


class AnotherServer(AppError):
    """A Doorlight of another folder listens where the server would, at `url`."""

    def __init__(self, port: int, url: str) -> None:
        super().__init__("start_another_server", port=port)
        self.url = url


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a server needs is there. `running` is the address of one of this folder that runs already."""

    fingerprint: str
    authority: str
    owner: FirstOwner | None
    events: tuple[EventHere, ...]
    running: str = ""


def prepare(folder: Path, port: int) -> Prepared:
    """Looks at a server's folder and port, brings its database up to date, and makes the first owner.

    1. the folder is there, has room, and takes a write
    2. the database is this program's or older, and fits its master key
    3. the port is free, or a server of this folder has it
    4. a new installation gets its owner; a password is said to whoever called, and nowhere else

    Raises FolderFull, FolderUnwritable, PortTaken, AnotherServer and what `open_ledger` raises.
    """
    _look_at(folder)  # (1)
    act_as(ACTOR)
    with open_ledger(None, folder) as office:  # (2)
        authority = office.authorities.use()
        listener, url = who_listens(port, office.roots.root_public, authority.pem)  # (3)
        if listener is Listener.STRANGER:
            raise PortTaken(port)
        if listener is Listener.ANOTHER_SERVER:
            raise AnotherServer(port, url)
        made = office.accounts.first_owner()  # (4)
        owner = None if made is None else FirstOwner(made.name, made.password)
        return Prepared(in_pairs(authority.fingerprint), authority.pem, owner, events_of(office), url)


def _look_at(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as err:
        raise FolderUnwritable(folder) from err
    for finding in disk(folder):
        if finding.mark is Mark.RED:
            raise FolderFull(folder) if finding.part == "disk" else FolderUnwritable(folder)


def next_port(port: int) -> int:
    """A free port behind one that is taken. Raises PortTaken where none is."""
    found = free_port(port, PORTS_LOOKED_AT)
    if found is None:
        raise PortTaken(port + PORTS_LOOKED_AT)
    return found


def served_at(port: int, fingerprint: str) -> Served:
    """Where a server of this computer is reached."""
    others = tuple(f"https://{address}:{port}" for address in sorted(own_addresses()))
    return Served(f"https://{HERE}:{port}", others, fingerprint)


def look_for_events(folder: Path) -> tuple[EventHere, ...]:
    """The events whose door this computer could be, by the server's ledger. Raises what `open_ledger` raises."""
    with open_ledger(None, folder) as office:
        return events_of(office)


def events_of(office: Office) -> tuple[EventHere, ...]:
    """The events whose doors work still, the likeliest first.

    1. those that are on, and then those to come, in the order of their beginnings
    2. those that are over and whose kiosks may go on for a while, the last one first
    """
    now_ms = office.now_ms()
    policies = [each.policy for each in office.list_events()]
    known = [_event_here(each, now_ms) for each in policies if lease_until(each) > now_ms]
    to_come = sorted((each for each in known if each.stage is not Stage.OVER), key=lambda each: each.starts_ms)  # (1)
    over = sorted((each for each in known if each.stage is Stage.OVER), key=lambda each: -each.ends_ms)  # (2)
    return (*to_come, *over)


def _event_here(policy: EventRow, now_ms: int) -> EventHere:
    gates = tuple(GateHere(gate.id, gate.name) for gate in policy.gates)
    stage = _stage(policy, now_ms)
    return EventHere(policy.event, policy.name, stage, policy.starts_ms, policy.ends_ms, policy.time_zone, gates)


def _stage(policy: EventRow, now_ms: int) -> Stage:
    if policy.ends_ms <= now_ms:
        return Stage.OVER
    return Stage.ON if policy.starts_ms <= now_ms else Stage.COMING


def door_of(folder: Path) -> DoorHere | None:
    """Which door a kiosk's folder is; None for a folder that is none. Raises SettingsFailed."""
    if not (folder / PROFILE_FILE).exists():
        return None
    profile = load_profile(folder)
    return DoorHere(profile.device_name, profile.gate, profile.event_name)


def become_door(server: Path, event: EventHere, gate: GateHere, url: str, kiosk: Path) -> DoorHere:
    """Makes this computer a kiosk of its own server, which runs at `url`, at this gate.

    A folder that is one already stays as it is.

    1. a one-time code of the ledger
    2. the kiosk trades it, as any kiosk does; it knows the server by the code's fingerprints
    3. the six digits that the kiosk has are compared with the ledger's

    Raises what `device_code`, `enrol` and `confirm_device` raise.
    """
    known = door_of(kiosk)
    if known is not None:
        return known
    act_as(ACTOR)
    with open_ledger(None, server) as office:
        named = office.event_named(event.id)
        code = office.device_code(named, GateId(gate.id), gate.name)  # (1)
        root, ca = fingerprint_of(office.roots.root_public), office.authorities.fingerprint()
        enrolled = enrol_by(Invitation(url, code.code, Millis(code.expires_at_ms), root, ca), kiosk)  # (2)
        office.confirm_device(named, enrolled.profile.device_id, enrolled.digits)  # (3)
    return DoorHere(enrolled.profile.device_name, gate.name, event.name)


def in_pairs(fingerprint: bytes) -> str:
    """A fingerprint as two people compare it: groups of four hex digits."""
    digits = fingerprint.hex().upper()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
