"""Kiosks for tests, as far as a server sees them: key pairs, an enrolment, a confirmation."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from app.ledger.admin import Office
from core.model.ids import DeviceId, EventId, GateId
from core.sync.enrolment import code_key, enrol_request, six_digits
from core.sync.messages import SIGNATURE_HEADER, EnrolReply, EnrolRequest
from core.sync.protocols import PROTOCOL
from core.sync.signing import batch_bytes
from core.ticket import seal
from core.ticket.keyring import VerifyProfile


@dataclass(frozen=True)
class TestKeys:
    """A kiosk's private keys; the same for the same name."""

    __test__ = False
    sealing_private: bytes
    signing_private: bytes

    @property
    def sealing(self) -> bytes:
        return seal.x25519_public(self.sealing_private)

    @property
    def signing(self) -> bytes:
        return seal.ed25519_public(self.signing_private)

    def request(self, code: str, protocol: str = PROTOCOL) -> EnrolRequest:
        return enrol_request(code, protocol, self.sealing, self.signing)

    def digits(self, code: str, root_key: bytes) -> str:
        """What this kiosk's screen shows."""
        return six_digits(*code_key(code), root_key, self.sealing, self.signing)

    def signed(self, body: bytes) -> dict[str, str]:
        """The header of a batch."""
        return {SIGNATURE_HEADER: seal.ed25519_sign(self.signing_private, batch_bytes(body)).hex()}


def keys_of(name: str) -> TestKeys:
    """The keys of a kiosk of that name."""
    return TestKeys(hashlib.sha256(f"seal {name}".encode()).digest(), hashlib.sha256(f"sign {name}".encode()).digest())


def pending(
    office: Office,
    event: EventId,
    gate: GateId,
    name: str = "kiosk",
    profile: VerifyProfile = VerifyProfile.MAC,
    replaces: DeviceId | None = None,
) -> EnrolReply:
    """A device whose six digits nobody has compared yet; its keys are `keys_of(name)`."""
    code = office.device_code(event, gate, name, profile, replaces).code
    return office.devices.enrol(keys_of(name).request(code))


def confirm(office: Office, event: EventId, reply: EnrolReply) -> EnrolReply:
    """Compares the digits, as an organizer who looks at both screens."""
    device = device_of(reply)
    office.confirm_device(event, device, office.devices.show(event, device).digits or "")
    return reply


def enrolled(
    office: Office,
    event: EventId,
    gate: GateId,
    name: str = "kiosk",
    profile: VerifyProfile = VerifyProfile.MAC,
    replaces: DeviceId | None = None,
) -> EnrolReply:
    """A confirmed device; its keys are `keys_of(name)`."""
    return confirm(office, event, pending(office, event, gate, name, profile, replaces))


def device_of(reply: EnrolReply) -> DeviceId:
    """The id of a reply."""
    return DeviceId(UUID(reply.device))
