"""Whom a kiosk believes under TLS, and what was wrong where it does not.

Owns the client's contexts (TLS 1.2 at least), how an authority is known by its fingerprint alone, and the way from
OpenSSL's errors to troubles that a person can do something about.
"""

import hashlib
import hmac
import socket
import ssl

import httpx

from core.sync.health import Trouble

AUTHORITY_PATH = "/api/v1/authority"
MOST_AUTHORITY_BYTES = 16 * 1024
PROBE_S = 2.0
_NAMES = {62, 64}
_EXPIRED, _EARLY = 10, 9
"""X509_V_ERR_… of OpenSSL's x509_vfy.h: hostname or address mismatch, has expired, not yet valid."""
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW", "NO_PROTOCOLS_AVAILABLE")


def client_context(authority: str | None) -> ssl.SSLContext:
    """Trusts one authority (PEM) alone, or the public ones where none is given."""
    if authority is None:
        context = httpx.create_ssl_context(trust_env=False)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def unverified_context() -> ssl.SSLContext:
    """Believes anybody: for the one question whose answer is checked by its fingerprint, and which tells no secret."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def authority_in(body: bytes, fingerprint: bytes) -> str | None:
    """The certificate (PEM) of a body, if it has that SHA-256 fingerprint; None for anything else."""
    der = _der_in(body)
    is_it = der is not None and hmac.compare_digest(hashlib.sha256(der).digest(), fingerprint)
    return ssl.DER_cert_to_PEM_cert(der) if der is not None and is_it else None


def fingerprint_in(body: bytes) -> bytes | None:
    """The SHA-256 fingerprint of a body's certificate; None for anything else."""
    der = _der_in(body)
    return hashlib.sha256(der).digest() if der is not None else None


def _der_in(body: bytes) -> bytes | None:
    try:
        return ssl.PEM_cert_to_DER_cert(body.decode("ascii").strip())
    except (ValueError, UnicodeDecodeError):
        return None


def trouble_of_tls(err: BaseException) -> Trouble | None:
    """What was wrong with a server's TLS; None where it was something else."""
    found = _ssl_error_in(err)
    if isinstance(found, ssl.SSLCertVerificationError):
        if found.verify_code in _NAMES:
            return Trouble.CERTIFICATE_NAME
        if found.verify_code == _EXPIRED:
            return Trouble.CERTIFICATE_EXPIRED
        return Trouble.CERTIFICATE_EARLY if found.verify_code == _EARLY else Trouble.CERTIFICATE_STRANGER
    reason = (found.reason or "") if found is not None else ""
    if any(word in reason for word in _NO_TLS):
        return Trouble.TLS_MISSING
    return Trouble.TLS_OLD if any(word in reason for word in _OLD_TLS) else None


def wants_tls(url: httpx.URL) -> bool:
    """Whether a server that hung up on plain HTTP answers a TLS handshake; within two seconds, and telling nothing."""
    if url.scheme != "http":
        return False
    where = (url.host, url.port or 80)
    try:
        with (
            socket.create_connection(where, timeout=PROBE_S) as line,
            unverified_context().wrap_socket(line, server_hostname=url.host),
        ):
            return True
    except (OSError, ValueError):
        return False


def _ssl_error_in(err: BaseException | None) -> ssl.SSLError | None:
    """The TLS error that an exception was made of, through the libraries between."""
    for _ in range(8):
        if err is None or isinstance(err, ssl.SSLError):
            return err
        err = err.__cause__ or err.__context__
    return None
