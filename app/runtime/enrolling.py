"""How this computer becomes a kiosk: an invitation, two key pairs, six digits that both sides show.

Owns the order: nothing is kept before the server has answered and is known to be the one that invited. The journal of
the folder is never touched, so that a kiosk that lost its keys loses no scan.
"""

import os
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from app.device.vault import Vault
from app.errors import AppError
from app.net.exchange import fetch_authority
from app.net.gate_client import Credential, GateClient, OwnDevice, Papers
from app.net.patience import ask_until_answered
from app.runtime.genuine import SEALING_KEY
from app.runtime.station import CREDENTIAL, SIGNING_KEY, CredentialLost, vault_of
from app.settings import Profile, save_profile
from core.sync.answers import Done, Later, Rejected
from core.sync.enrolment import (
    Invitation,
    code_key,
    enrolled_bytes,
    fingerprint_of,
    invitation_from,
    is_proven,
    six_digits,
)
from core.sync.export import MAX_KIT_BYTES, Flaw, Spare, open_spare
from core.sync.messages import EnrolReply
from core.ticket import seal
from core.ticket.keyring import VerifyProfile

LOOK_EVERY_S = 2.0
"""How often a kiosk asks whether the organizer has compared the digits: a person waits for it."""
NO_SERVER = "http://127.0.0.1:9"
"""The server of a spare kiosk until somebody names one (`--server`): nobody listens there."""
KITS = "spare-*.kit"
_PENDING = "pending"
_WORST = {
    Flaw.WRONG_CODE: "the code does not open any kit in it: read it again",
    Flaw.NEWER: "the kit was made by a newer Doorlight: update this program",
    Flaw.DAMAGED: "the kit is damaged: copy it again",
    Flaw.TOO_LARGE: "the kit is no kit: it is too large",
    Flaw.FOREIGN: "the kit is no kit",
}
"""What is told of several flaws, the first of these."""
_T = TypeVar("_T")


class EnrolmentFailed(AppError):
    """The server did not make this kiosk a device: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__("enrolment_failed", code=code)


class InvitationUnfit(AppError):
    """A text or a picture is no invitation (`invitation_unfit`), or one of a later program (`invitation_newer`)."""

    def __init__(self, *, is_newer: bool = False) -> None:
        super().__init__("invitation_newer" if is_newer else "invitation_unfit")


class SomebodyElse(AppError):
    """Another server answered than the one that invited.

    Its root key has another fingerprint, or it does not know the code.
    """

    def __init__(self, server: str) -> None:
        super().__init__("enrolment_somebody_else", server=server)


class ReplyUnfit(AppError):
    """The server's answer is none that this program understands."""

    def __init__(self, cause: str) -> None:
        super().__init__("enrolment_reply_unfit", cause=cause)


class SpareKitFailed(AppError):
    """No spare kiosk comes out of a folder with this code; `cause` says why."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("spare_kit_failed", path=path, cause=cause)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new kiosk: its profile, the six digits that the organizer must see too, and the vault's warning, if any."""

    profile: Profile
    digits: str
    warning: str | None


def invitation_of(text: str) -> Invitation:
    """The invitation of a QR's text. Raises InvitationUnfit."""
    found = invitation_from(text.strip())
    if isinstance(found, Invitation):
        return found
    raise InvitationUnfit(is_newer=found.is_newer)


def enrol_by(invitation: Invitation, folder: Path) -> Enrolled:
    """Follows an invitation. Raises what `enrol` does."""
    return enrol(invitation.url, invitation.code, folder, invitation.root, invitation.ca)


def enrol(server: str, code: str, folder: Path, root: bytes | None = None, ca: bytes | None = None) -> Enrolled:
    """Trades a one-time code for this kiosk's profile, credential and keys; `root` is the expected fingerprint.

    `ca` is the fingerprint of the authority that vouches for the server, where no public one does.
    1. the vault can be opened: a code is not spent on a kiosk that can't keep its keys
    2. the server answers, and is the one that invited: its authority and its root key have the expected fingerprints,
       and it knows the code
    3. keys and credential are kept, then the profile that goes by them

    Raises EnrolmentFailed, SomebodyElse, ReplyUnfit, SettingsFailed and what the vault does.
    """
    vault = vault_of(folder)
    vault.get(CREDENTIAL)  # (1)
    sealing, signing = os.urandom(seal.KEY_BYTES), os.urandom(seal.KEY_BYTES)
    publics = seal.x25519_public(sealing), seal.ed25519_public(signing)
    authority = _authority_of(server, ca)  # (2)
    with closing(GateClient(server, event="", credential=None, papers=Papers(authority=authority))) as client:
        reply = _value_of(client.enrol(code, *publics))
    profile = replace(_profile_of(server, reply), authority=authority or "")
    root_key = profile.root
    if root_key is None:
        raise ReplyUnfit("it names no root key")
    if root is not None and not seal.are_equal(fingerprint_of(root_key), root):
        raise SomebodyElse(server)
    handle, key = code_key(code)
    if not is_proven(key, enrolled_bytes(root_key, profile.device_id, *publics), reply.proof):
        raise SomebodyElse(server)
    _keep(vault, reply.secret, sealing, signing)  # (3)
    save_profile(folder, profile)
    return Enrolled(profile, six_digits(handle, key, root_key, *publics), vault.warning)


def _authority_of(server: str, ca: bytes | None) -> str | None:
    """The certificate that alone vouches for the server; None where public ones do. Raises SomebodyElse."""
    if ca is None:
        return None
    answer = fetch_authority(server, ca)
    if isinstance(answer, Rejected):
        raise SomebodyElse(server)
    return _value_of(answer)


def enrol_spare(stick: Path, code: str, folder: Path) -> Enrolled:
    """Becomes the spare kiosk of a kit on a stick that the code opens; no network, no digits: it is confirmed already.

    Raises SpareKitFailed, SettingsFailed and what the vault does.
    """
    spare = _spare_on(stick, code)
    profile = Profile(
        server=NO_SERVER,
        event=spare.event,
        event_name=spare.event_name,
        device=spare.device,
        device_name=spare.name,
        gate=spare.gate,
        incarnation=spare.incarnation,
        root_key=spare.root_key.hex(),
        trusted_with=spare.profile,
    )
    vault = vault_of(folder)
    _keep(vault, spare.secret, spare.sealing_private, spare.signing_private)
    save_profile(folder, profile)
    return Enrolled(profile, "", vault.warning)


def _spare_on(stick: Path, code: str) -> Spare:
    """The first kit that the code opens; a stick may carry several."""
    flaws: list[Flaw] = []
    try:
        kits = sorted(stick.glob(KITS))
        for kit in kits:
            with kit.open("rb") as file:
                found = open_spare(file.read(MAX_KIT_BYTES + 1), code)
            if isinstance(found, Spare):
                return found
            flaws.append(found)
    except OSError as err:
        raise SpareKitFailed(stick, err.strerror or str(err)) from err
    if not kits:
        raise SpareKitFailed(stick, "there is no spare kit in it")
    raise SpareKitFailed(stick, _WORST[min(flaws, key=list(_WORST).index)])


def _profile_of(server: str, reply: EnrolReply) -> Profile:
    try:
        return Profile(
            server=server,
            event=UUID(reply.event),
            event_name=reply.event_name,
            device=UUID(reply.device),
            device_name=reply.name,
            gate=reply.gate,
            incarnation=reply.incarnation,
            root_key=reply.root_key,
            trusted_with=VerifyProfile(reply.profile),
        )
    except ValueError as err:
        raise ReplyUnfit(str(err)) from err


def _keep(vault: Vault, secret: str, sealing: bytes, signing: bytes) -> None:
    vault.put(SEALING_KEY, sealing)
    vault.put(SIGNING_KEY, signing)
    vault.put(CREDENTIAL, secret.encode())


def wait_until_confirmed(folder: Path, profile: Profile, stopper: threading.Event) -> bool:
    """Waits until the organizer has compared the digits; False when `stopper` came first.

    Asks every two seconds, and with growing patience while the server can't be reached. Raises EnrolmentFailed when the
    organizer said no, CredentialLost.
    """
    with closing(_client(folder, profile)) as client:
        while not stopper.is_set():
            answer = ask_until_answered(client.me, stopper)
            match answer:
                case Done(value=OwnDevice(state=state)) if state == _PENDING:
                    stopper.wait(LOOK_EVERY_S)
                case Done():
                    return True
                case Rejected(code=code):
                    raise EnrolmentFailed(code)
                case Later():
                    pass  # stopped
    return False


def rotate_credential(folder: Path, profile: Profile) -> None:
    """Takes another secret from the server. It is kept before it is used, and only its use ends the old one.

    Raises EnrolmentFailed with the server's reason, CredentialLost; the old secret stays good then.
    """
    with closing(_client(folder, profile)) as client:
        renewed = _value_of(client.renew_credential())
    vault_of(folder).put(CREDENTIAL, renewed.secret.encode())


def _value_of(answer: Done[_T] | Later | Rejected) -> _T:
    """What was answered. Raises EnrolmentFailed."""
    match answer:
        case Done(value=value):
            return value
        case Rejected(code=code):
            raise EnrolmentFailed(code)
        case Later(trouble=trouble):
            raise EnrolmentFailed(trouble.value)


def _client(folder: Path, profile: Profile) -> GateClient:
    secret = vault_of(folder).get(CREDENTIAL)
    if secret is None:
        raise CredentialLost(folder)
    credential, papers = Credential(profile.device_id.hex, secret.decode()), Papers(authority=profile.authority or None)
    return GateClient(profile.server, profile.event_id.hex, credential, papers=papers)
