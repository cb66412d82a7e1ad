"""A door for tests: an event with its keys, its signed manifest with lists, a kiosk of it, and tickets sealed by it.

`manifest` is the message, `signed` its bytes with signature and files as a server or a USB stick holds them, `taken`
what a kiosk makes of it: `TrustBox(EVENT).adopt(taken(), clock.at_ms)`.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from uuid import UUID

import rfc8785

from app.clock import Clock, new_fact_id
from app.device.vault import FileVault
from app.runtime.trust_box import Taken
from app.settings import VAULT_FOLDER, Profile
from app.store.journal_file import Writer
from core.model.event import Event, Gate, TicketClass
from core.model.ids import ClassId, CodeDigest, DeviceId, EventId, GateId, KeyId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.manifest import Secrets, row_of, secrets_to_json, trust_of
from core.sync.messages import DeviceRow, FileRow, KeyRow, Manifest, SegmentRow
from core.sync.signing import about_keys, manifest_bytes
from core.ticket import seal
from core.ticket.issue import issue
from core.ticket.keyring import Algorithm, VerifyProfile
from core.ticket.lists import Denial, Listed, Used
from core.ticket.segments import (
    Kind,
    ListsOfSegments,
    Records,
    deny_record,
    legacy_record,
    packed,
    used_record,
)
from core.ticket.verify import Trust
from core.ticket.wire import Claims, Code, parse

EVENT = EventId(UUID("0190a000-0000-7000-8000-000000000001"))
OTHER_EVENT = EventId(UUID("0190a000-0000-7000-8000-000000000002"))
DEVICE = DeviceId(UUID("0190a000-0000-7000-8000-00000000000a"))
SECOND_DEVICE = DeviceId(UUID("0190a000-0000-7000-8000-00000000000b"))
NORTH, SOUTH = GateId("north"), GateId("south")
DAY, WEEKEND, SOUTH_ONLY = ClassId(1), ClassId(2), ClassId(3)
KID, OTHER_KID = KeyId(7), KeyId(8)
MAC = bytes(range(32))
ROTATING = bytes(range(1, 33))
LEGACY_KEY, ATTENDEES_KEY = bytes([0x1E]) * 32, bytes([0xA7]) * 32
ROOT_PRIVATE, SERVER_PRIVATE = bytes([0x0F]) * 32, bytes([0x5E]) * 32
ROOT, SERVER_KEY = seal.ed25519_public(ROOT_PRIVATE), seal.x25519_public(SERVER_PRIVATE)
SEALING_PRIVATE, SIGNING_PRIVATE = bytes([0x11]) * 32, bytes([0x12]) * 32
SECOND_SEALING_PRIVATE, SECOND_SIGNING_PRIVATE = bytes([0x21]) * 32, bytes([0x22]) * 32
START_S = 1_795_000_000
END_S = START_S + 86_400
NOON_MS = Millis((START_S + 3_600) * 1000)

SUMMER_NIGHT = Event(
    id=EVENT,
    name="Summer Night",
    time_zone="Europe/Berlin",
    starts_ms=Millis(START_S * 1000),
    ends_ms=Millis(END_S * 1000),
    gates={NORTH: Gate(NORTH, "North gate"), SOUTH: Gate(SOUTH, "South gate")},
    classes={
        DAY: TicketClass(DAY, "Day ticket"),
        WEEKEND: TicketClass(WEEKEND, "Weekend ticket", entries=3),
        SOUTH_ONLY: TicketClass(SOUTH_ONLY, "South stand", gates=frozenset({SOUTH})),
    },
)
SECRETS = Secrets(mac={KID: MAC}, rotating={KID: ROTATING}, legacy=LEGACY_KEY, attendees=ATTENDEES_KEY)


# --- the lists of the event ---------------------------------------------------------------------------------------


def lists(
    *,
    allowed: Iterable[CodeDigest] = (),
    denied: Mapping[TicketHandle, Denial] | None = None,
    old_codes: Mapping[CodeDigest, Listed] | None = None,
    uses: Mapping[TicketHandle, Used] | None = None,
) -> ListsOfSegments:
    """Lists with what is named in them, and nothing else."""
    return ListsOfSegments(
        allow=packed(Kind.ALLOW, allowed),
        deny=packed(Kind.DENY, [deny_record(*each) for each in (denied or {}).items()]),
        legacy=packed(Kind.LEGACY, [legacy_record(*each) for each in (old_codes or {}).items()]),
        uses=packed(Kind.USED, [used_record(*each) for each in (uses or {}).items()]),
    )


def digest(text: str) -> CodeDigest:
    """What stands for a ticket's text on the allow list."""
    code = parse(text)
    assert isinstance(code, Code)
    return code.digest


def file_row(body: bytes) -> FileRow:
    """The name and the size of a file."""
    return FileRow(seal.sha256(body).hex(), len(body))


def segment(records: Records, as_of_ms: int = NOON_MS, *, base: bytes | None = None, deltas: Iterable[bytes] = ()):
    """The row of a list, whole in its base, or as what a base and deltas add up to."""
    rows = [file_row(delta) for delta in deltas]
    whole = file_row(records.body if base is None else base)
    return SegmentRow(records.kind.label, records.count, records.sha256.hex(), as_of_ms, whole, rows)


def _every(of: ListsOfSegments) -> tuple[Records, ...]:
    return (of.allow, of.deny, of.legacy, of.uses)


# --- the manifest -------------------------------------------------------------------------------------------------


def device_row(
    version: int = 1,
    device: DeviceId = DEVICE,
    name: str = "North 1",
    gate: GateId = NORTH,
    *,
    secrets: Secrets = SECRETS,
    profile: VerifyProfile = VerifyProfile.MAC,
    event: EventId = EVENT,
    sealing: bytes = SEALING_PRIVATE,
    signing: bytes = SIGNING_PRIVATE,
    state: str = "active",
) -> DeviceRow:
    """A kiosk in a manifest, with its sealed box."""
    public = seal.x25519_public(sealing)
    box = seal.seal_to(
        public, secrets_to_json(secrets), ephemeral=bytes([0xEE]) * 32, about=about_keys(event, device, version)
    )
    boxed = base64.b64encode(box).decode()
    return DeviceRow(
        device.hex, name, gate, state, profile.value, public.hex(), seal.ed25519_public(signing).hex(), boxed
    )


def manifest(version: int = 1, of: ListsOfSegments | None = None, **changes: object) -> Manifest:
    """The manifest of the summer night, with these lists; `changes` are fields of it."""
    algorithm = Algorithm.HMAC_SHA256_128.label
    second = {"sealing": SECOND_SEALING_PRIVATE, "signing": SECOND_SIGNING_PRIVATE}
    made = Manifest(
        v=1,
        event=EVENT.hex,
        version=version,
        issued_at_ms=START_S * 1000,
        fresh_until_ms=END_S * 1000,
        lease_until_ms=(END_S + 172_800) * 1000,
        policy=row_of(SUMMER_NIGHT),
        keys=[
            KeyRow(KID, EVENT.hex, algorithm, "active"),
            KeyRow(OTHER_KID, OTHER_EVENT.hex, algorithm, "active"),
        ],
        devices=[device_row(version), device_row(version, SECOND_DEVICE, "South 1", SOUTH, **second)],  # type: ignore[arg-type]
        segments=[segment(each) for each in _every(of or ListsOfSegments())],
        server_key=SERVER_KEY.hex(),
        tickets=300,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Signed:
    """A manifest as it travels: its bytes, the root key's signature in hex, and its files by the hex of their hash."""

    manifest: Manifest
    body: bytes
    signature: str
    files: dict[str, bytes]


def sign(made: Manifest, files: Iterable[bytes] = (), *, root: bytes = ROOT_PRIVATE) -> Signed:
    """A manifest signed by a root key."""
    body = rfc8785.dumps(asdict(made))
    signature = seal.ed25519_sign(root, manifest_bytes(body)).hex()
    return Signed(made, body, signature, {seal.sha256(file).hex(): file for file in files})


def signed(version: int = 1, of: ListsOfSegments | None = None, **changes: object) -> Signed:
    """The summer night's manifest, signed, with the files of its lists."""
    return sign(manifest(version, of, **changes), [each.body for each in _every(of or ListsOfSegments())])


def taken(
    version: int = 1,
    of: ListsOfSegments | None = None,
    *,
    secrets: Secrets = SECRETS,
    profile: VerifyProfile = VerifyProfile.MAC,
    **changes: object,
) -> Taken:
    """What a kiosk makes of the summer night's manifest: for `TrustBox.adopt`."""
    made = manifest(version, of, **changes)
    return Taken(made, trust(of, secrets=secrets, profile=profile, of_manifest=made), secrets.operators)


def trust(
    of: ListsOfSegments | None = None,
    *,
    secrets: Secrets = SECRETS,
    profile: VerifyProfile = VerifyProfile.MAC,
    of_manifest: Manifest | None = None,
) -> Trust:
    """What a kiosk of the summer night trusts."""
    found = trust_of(of_manifest or manifest(1, of), lists=of or ListsOfSegments(), secrets=secrets, profile=profile)
    assert isinstance(found, Trust), found
    return found


# --- one of its kiosks --------------------------------------------------------------------------------------------

PROFILE = Profile(
    server="http://127.0.0.1:9",  # nobody listens
    event=UUID(EVENT.hex),
    event_name="Summer Night",
    device=UUID(DEVICE.hex),
    device_name="North 1",
    gate="north",
    incarnation=1,
    root_key=ROOT.hex(),
)


def fill_vault(folder: Path) -> FileVault:
    """What an enrolled kiosk keeps in the vault of its folder, as files (`DOORLIGHT_VAULT=file`)."""
    vault = FileVault(folder / VAULT_FOLDER)
    vault.put("credential", b"secret")
    vault.put("sealing-key", SEALING_PRIVATE)
    vault.put("signing-key", SIGNING_PRIVATE)
    return vault


# --- its tickets --------------------------------------------------------------------------------------------------


def ticket(
    number: int, cls: ClassId = DAY, *, gen: int = 0, kid: KeyId = KID, nbf: int = START_S, exp: int = END_S
) -> str:
    """The text of a sealed ticket whose tid is its number."""
    claims = Claims(0, kid, tid(number), gen, cls, nbf, exp)
    return issue(claims, Algorithm.HMAC_SHA256_128, MAC)


def tid(number: int) -> TicketHandle:
    """The handle of ticket `number`."""
    return TicketHandle(number.to_bytes(8))


def forged(number: int) -> str:
    """A ticket whose seal is wrong in one character."""
    text = ticket(number)
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def writer(device: DeviceId = DEVICE) -> Writer:
    """Who writes a journal of the summer night."""
    return Writer(EVENT, device, 1)


@dataclass
class HandClock(Clock):
    """A clock that goes on only when it is told to."""

    at_ms: int = NOON_MS
    uncertainty_ms: int = 1_000
    quality: ClockQuality = ClockQuality.SYNCED
    learned: list[tuple[int, int]] = field(default_factory=list)

    def now(self) -> Moment:
        """The moment it shows."""
        return Moment(Millis(self.at_ms), self.uncertainty_ms, self.quality, "boot-1")

    def monotonic_ms(self) -> int:
        """The same hand."""
        return self.at_ms

    def learn(self, server_ms: int, rtt_ms: int) -> None:
        """Remembers what a server said."""
        self.learned.append((server_ms, rtt_ms))

    def advance(self, ms: int) -> None:
        """Moves the hand."""
        self.at_ms += ms


new_id = new_fact_id
