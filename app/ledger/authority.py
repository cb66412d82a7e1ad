"""The installation's own certificate authority: who vouches for its server where no public one does.

Owns the certificates (X.509, RFC 5280) and how the authority's key lies in the database: wrapped under a key of the
master, like the root key. Kiosks know the authority by its fingerprint, from the enrolment code; nothing else does.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import Connection, select, update

from app.ledger.engine import Database
from app.ledger.root_keys import unwrap, wrap
from app.ledger.schema import NO_EVENT, installation

AUTHORITY_DAYS = 3_650
"""Kiosks hold it: a new one means that every kiosk is enrolled anew."""
SERVER_DAYS = 397
"""Made anew at each start, so that it ends only for a server that ran for over a year."""
_EARLIER = timedelta(days=1)
"""Valid from the day before: a kiosk's clock may be behind."""
_ABOUT = b"doorlight/authority-key"
_MOST_NAMES = 64
_MOST_NAME = 253
"""Characters of a host's name (RFC 1035, section 2.3.4)."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate (DER) that signs those of servers, with its key."""

    certificate: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> bytes:
        """What an enrolment code says of it: SHA-256 of the certificate, 32 bytes."""
        return fingerprint_of_certificate(self.certificate)

    @property
    def pem(self) -> str:
        """The certificate as text."""
        return x509.load_der_x509_certificate(self.certificate).public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A server's certificate and its key, both as PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


class Authorities:
    """The authority of one database. Safe between threads and processes."""

    def __init__(self, database: Database, master: bytes, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._master = master
        self._now_ms = now_ms

    def use(self) -> Authority:
        """The authority, made when there is none, and named by enrolment codes from now on.

        Raises WrappedKeyBroken, LedgerBusy, LedgerUnavailable.
        """

        def work(connection: Connection) -> Authority:
            mine = installation.c.event_id == NO_EVENT
            row = connection.execute(select(installation).where(mine).with_for_update()).one()
            if row.ca_certificate is not None:
                if not row.ca_is_used:
                    connection.execute(update(installation).where(mine).values(ca_is_used=True))
                private = unwrap(self._master, row.ca_private, _ABOUT, what="certificate authority's key")
                return Authority(row.ca_certificate, _key_of(private))
            made = make_authority(self._now_ms())
            private = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            values = {
                "ca_certificate": made.certificate,
                "ca_private": wrap(self._master, private, _ABOUT),
                "ca_is_used": True,
            }
            connection.execute(update(installation).where(mine).values(values))
            return made

        return self._database.transact(work)

    def rest(self) -> None:
        """Another certificate is used: enrolment codes name no authority of ours any more. Kept, for coming back."""
        mine = (installation.c.event_id == NO_EVENT) & installation.c.ca_is_used

        def work(connection: Connection) -> None:
            connection.execute(update(installation).where(mine).values(ca_is_used=False))

        if self.certificate() is not None:
            self._database.transact(work)

    def certificate(self) -> bytes | None:
        """The certificate (DER) of the authority in use, or None."""
        mine = (installation.c.event_id == NO_EVENT) & installation.c.ca_is_used
        with self._database.reading() as connection:
            found = connection.execute(select(installation.c.ca_certificate).where(mine)).scalar()
        return bytes(found) if found is not None else None

    def fingerprint(self) -> bytes | None:
        """What an enrolment code says of the authority in use (32 bytes), or None."""
        found = self.certificate()
        return None if found is None else fingerprint_of_certificate(found)


def fingerprint_of_certificate(der: bytes) -> bytes:
    """SHA-256 of a certificate: 32 bytes."""
    return hashlib.sha256(der).digest()


def pem_of(der: bytes) -> str:
    """A certificate as text."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def make_authority(now_ms: int) -> Authority:
    """A new authority that may sign servers and nothing below them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Doorlight {secrets.token_hex(4)}")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        _begun(name, name, key.public_key(), now_ms, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(made.public_bytes(Encoding.DER), key)


def issue(authority: Authority, names: Iterable[str], now_ms: int, days: int = SERVER_DAYS) -> ServerCertificate:
    """A certificate with a new key for a server of these names and addresses, the first ones if there are too many."""
    issuer = x509.load_der_x509_certificate(authority.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    told = [_general(name) for name in list(dict.fromkeys(names))[:_MOST_NAMES]]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Doorlight server")])
    made = (
        _begun(subject, issuer.subject, key.public_key(), now_ms, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(told), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)  # type: ignore[arg-type]
        .sign(authority.key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ServerCertificate(made.public_bytes(Encoding.PEM), private)


def ends_at_ms(pem: bytes) -> int:
    """When a certificate ends, in unix milliseconds. Raises ValueError for what is none."""
    return int(x509.load_pem_x509_certificate(pem).not_valid_after_utc.timestamp() * 1000)


def _begun(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now_ms: int, days: int
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=days))
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        return x509.DNSName(name[:_MOST_NAME].encode("idna").decode("ascii"))


def _key_of(private: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(private, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is of another kind")
    return key
