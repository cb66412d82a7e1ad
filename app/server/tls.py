"""How the server speaks TLS: with the operator's certificate, or with one of the installation's own authority.

Owns the context (TLS 1.2 at least), whose names go into a certificate, and what is wrong with files that don't fit. The
key of a certificate of our own lies on no disk longer than it takes to load.
"""

import os
import re
import socket
import ssl
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address
from pathlib import Path

from app.errors import AppError
from app.ledger.admin import Office
from app.ledger.authority import Authority, ServerCertificate, ends_at_ms, issue

_NOWHERE = [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")]
"""Addresses of documentation (RFC 5737, RFC 3849): the way there shows our own; nothing is sent."""
_FIB_LOCAL = re.compile(r"\|-- (\S+)\s+/32 host LOCAL")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ANY = {"", "0.0.0.0", "::"}  # noqa: S104 — compared, not bound to
_MOST_FILE_BYTES = 256 * 1024


class TlsFilesUnfit(AppError):
    """The operator's certificate or its key can't be used: `cause` says what to do."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__("tls_files_unfit", path=path, cause=cause)


@dataclass(frozen=True, slots=True)
class TlsWish:
    """TLS as the operator wants it: with these files, or else with a certificate of our own for these names too."""

    certificate: Path | None = None
    private_key: Path | None = None
    names: tuple[str, ...] = ()


def context_for(wish: TlsWish, office: Office, host: str) -> ssl.SSLContext:
    """The server's context; from now on enrolment codes name our authority, or none.

    Raises TlsFilesUnfit, and what the ledger raises.
    """
    if wish.certificate is not None and wish.private_key is not None:
        context = context_of_files(wish.certificate, wish.private_key, office.now_ms())
        office.authorities.rest()
        return context
    authority = office.authorities.use()
    return own_context(authority, [*wish.names, *own_names(host)], office.now_ms())


def own_context(authority: Authority, names: Iterable[str], now_ms: int) -> ssl.SSLContext:
    """A context with a fresh certificate of our own."""
    made = issue(authority, names, now_ms)
    context = _context()
    with tempfile.TemporaryDirectory(prefix="doorlight-tls-") as folder:  # made for this account alone
        path = Path(folder) / "server.pem"
        _write(path, made)
        context.load_cert_chain(path)
    return context


def context_of_files(certificate: Path, key: Path, now_ms: int) -> ssl.SSLContext:
    """A context with the operator's files. Raises TlsFilesUnfit."""
    pem = _read(certificate)
    _read(key, is_secret=True)
    try:
        ends_ms = ends_at_ms(pem)
    except ValueError as err:
        raise TlsFilesUnfit(certificate, "it is no certificate in PEM form") from err
    if ends_ms <= now_ms:
        ended = datetime.fromtimestamp(ends_ms / 1000, UTC).date()
        raise TlsFilesUnfit(certificate, f"it ended on {ended}: no kiosk would take it, get a new one")
    context = _context()
    try:
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except ssl.SSLError as err:
        fits_not = "KEY_VALUES_MISMATCH" in (err.reason or "")
        cause = "it belongs to another certificate" if fits_not else "it is no private key in PEM form"
        raise TlsFilesUnfit(key, cause) from err
    except _PassphraseWanted as err:
        raise TlsFilesUnfit(key, "it is under a passphrase: nobody is there to type it, store it without") from err
    return context


def own_names(host: str) -> list[str]:
    """What this machine may be called: the address it listens on, its name, its addresses here and in the network."""
    told = [] if host in _ANY else [host]
    name = socket.gethostname()
    return [*told, "localhost", "127.0.0.1", "::1", name, f"{name}.local", *lan_addresses()]


def lan_addresses() -> list[str]:
    """This machine's own addresses; asks no name server, which a door without internet would wait for.

    From Linux's own tables, elsewhere by the way towards an address that there is not. None without a network.
    """
    found = [
        *_FIB_LOCAL.findall(_table("/proc/net/fib_trie")),
        *map(_spelled, _table("/proc/net/if_inet6").splitlines()),
    ]
    for family, nowhere in () if found else _NOWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((nowhere, 9))
            found.append(probe.getsockname()[0])
    return list(dict.fromkeys(found))


def _table(path: str) -> str:
    try:
        return Path(path).read_text("ascii")
    except OSError:
        return ""


def _spelled(row: str) -> str:
    """The address of a row of if_inet6: its first 32 hex digits."""
    return str(IPv6Address(int(row[:32], 16)))


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _PassphraseWanted(Exception):
    """OpenSSL asked for a passphrase."""


def _no_passphrase() -> str:
    raise _PassphraseWanted


def _write(path: Path, made: ServerCertificate) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made.key + made.certificate)


def _read(path: Path, *, is_secret: bool = False) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MOST_FILE_BYTES)
    except OSError as err:
        raise TlsFilesUnfit(path, err.strerror or type(err).__name__) from err
    if is_secret and os.name == "posix" and mode & _OTHERS:
        raise TlsFilesUnfit(path, f"other accounts may read it: run chmod 600 {path}")
    return content
