"""A kiosk's server has another address: it is found again without enrolling anew.

Owns the order: nothing of the kiosk is told at the new address before the server there has proven that it is the one
that enrolled it. What was kept of the old address stays until then.
"""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.errors import AppError
from app.net.exchange import fetch_authority
from app.net.gate_client import GateClient, Papers
from app.runtime.station import EnrolledBefore
from app.settings import Profile, load_profile, save_profile
from core.sync.address import PROOF_NONCE_BYTES, Address, NoAddress, address_from, is_proven
from core.sync.answers import Done, Later, Rejected


class AddressUnfit(AppError):
    """A text is no address code (`address_unfit`), or one that another installation made (`address_foreign`)."""

    def __init__(self, *, is_foreign: bool) -> None:
        super().__init__("address_foreign" if is_foreign else "address_unfit")


class ServerForeign(AppError):
    """Whoever answers at an address is not the server that enrolled this kiosk."""

    def __init__(self, server: str) -> None:
        super().__init__("server_foreign", server=server.rpartition("@")[2][:200])


class ServerSilent(AppError):
    """Nobody that could prove anything answers at an address: `code` says why."""

    def __init__(self, server: str, code: str) -> None:
        super().__init__("server_silent", server=server.rpartition("@")[2][:200], code=code)


class AddressUnsafe(AppError):
    """A kiosk that was enrolled under TLS is told an address without."""

    def __init__(self) -> None:
        super().__init__("address_unsafe")


def move(folder: Path, told: str) -> Profile:
    """Makes an address the kiosk's server for good: a URL, or the text of an address code.

    1. a code is signed by this installation
    2. a kiosk that was enrolled under TLS stays under TLS
    3. the server there proves, under a nonce of this moment, that it has the installation's root key
    4. the profile is written

    Raises SettingsFailed, EnrolledBefore, AddressUnfit, AddressUnsafe, ServerAddressWrong, ServerSilent, ServerForeign.
    """
    profile = load_profile(folder)
    if profile.root is None:
        raise EnrolledBefore(folder)
    address = _address_of(told.strip(), profile.root)  # (1)
    if profile.server.startswith("https://") and not address.url.startswith("https://"):  # (2)
        raise AddressUnsafe
    authority = _authority_of(address, profile)
    _see_proof(address.url, authority, profile.root)  # (3)
    moved = replace(profile, server=address.url, authority=authority or "")
    save_profile(folder, moved)  # (4)
    return moved


def _address_of(told: str, root: bytes) -> Address:
    if told.startswith(("http://", "https://")):
        return Address(told.rstrip("/"))
    found = address_from(told, root)
    if isinstance(found, NoAddress):
        raise AddressUnfit(is_foreign=found.is_foreign)
    return found


def _authority_of(address: Address, profile: Profile) -> str | None:
    """Whom to believe there: the authority that the code names, else the one of the enrolment."""
    if not address.url.startswith("https://"):
        return None
    if address.ca is None:
        return profile.authority or None
    answer = fetch_authority(address.url, address.ca)
    if isinstance(answer, Done):
        return answer.value
    raise _trouble(address.url, answer)


def _see_proof(url: str, authority: str | None, root: bytes) -> None:
    nonce = os.urandom(PROOF_NONCE_BYTES)
    with closing(GateClient(url, event="", credential=None, papers=Papers(authority=authority))) as client:
        answer = client.prove(nonce)
    if not isinstance(answer, Done):
        raise _trouble(url, answer)
    if not is_proven(root, nonce, answer.value.proof):
        raise ServerForeign(url)


def _trouble(url: str, answer: Later | Rejected) -> AppError:
    """A refusal comes from somebody who is no server of ours, or one that is too old to prove anything."""
    return ServerForeign(url) if isinstance(answer, Rejected) else ServerSilent(url, answer.trouble.value)
