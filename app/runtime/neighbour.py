"""Who listens on a port of this computer already, before a server of ours is to listen there.

Owns the question. A server of ours proves itself with the installation's root key; whoever answers is told nothing.
"""

import os
import socket
from contextlib import closing
from enum import Enum, unique

from app.net.exchange import fetch_authority
from app.net.gate_client import GateClient, Papers
from core.sync.address import PROOF_NONCE_BYTES, is_proven
from core.sync.answers import Done, Rejected

_NO_FINGERPRINT = bytes(32)
_FOUND = 200
HERE = "127.0.0.1"


@unique
class Listener(Enum):
    """Who listens."""

    NOBODY = "nobody"
    OURS = "ours"  # a server of this installation
    ANOTHER_SERVER = "another_server"  # Doorlight, of another folder
    STRANGER = "stranger"


def who_listens(port: int, root: bytes, authority: str | None) -> tuple[Listener, str]:
    """Who listens on a port of this computer, and the address of a Doorlight there; `root` is our root key.

    `authority` (PEM) vouches for our server under TLS. Takes up to half a minute where somebody listens in silence.

    1. nobody
    2. a server without TLS
    3. a server under TLS: only one that shows a certificate authority as ours do is asked for its proof
    """
    if is_free(port):
        return Listener.NOBODY, ""  # (1)
    plain, secure = f"http://{HERE}:{port}", f"https://{HERE}:{port}"
    found = _proven(plain, root, None)  # (2)
    if found is not None:
        return found, plain
    if not _is_own_authority(secure):  # (3)
        return Listener.STRANGER, ""
    return (authority is not None and _proven(secure, root, authority)) or Listener.ANOTHER_SERVER, secure


def is_free(port: int) -> bool:
    """Whether a server could listen there now, on all addresses of this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 — where the server will listen; nobody is answered
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(first: int, most: int) -> int | None:
    """The first port behind `first` that is free, of `most` of them."""
    return next((port for port in range(first + 1, first + 1 + most) if is_free(port)), None)


def _proven(url: str, root: bytes, authority: str | None) -> Listener | None:
    """Whose server it is; None where whoever answers there proves nothing."""
    nonce = os.urandom(PROOF_NONCE_BYTES)
    with closing(GateClient(url, event="", credential=None, papers=Papers(authority=authority))) as client:
        answer = client.prove(nonce)
    if not isinstance(answer, Done):
        return None
    return Listener.OURS if is_proven(root, nonce, answer.value.proof) else Listener.ANOTHER_SERVER


def _is_own_authority(url: str) -> bool:
    """Whether a server shows the certificate of an authority of its own, as Doorlight does under `--tls`."""
    answer = fetch_authority(url, _NO_FINGERPRINT)
    return isinstance(answer, Rejected) and answer.status == _FOUND
