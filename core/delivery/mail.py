"""What a mail account is, what a mail is made of, and which texts are mail addresses.

Owns the settings of a mail account as they are stored, the form of an address that mail may be sent to, and the shapes
between whoever writes a mail and whoever sends it. Nothing is sent here, and no template is known.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum

MOST_ADDRESS, MOST_MAILBOX, MOST_DOMAIN = 254, 64, 253
"""Characters (RFC 5321, section 4.5.3.1, and RFC 3696, erratum 1690)."""
MOST_NAME = 64
MOST_USER = 128
MOST_AUTHORITY = 16 * 1024
PORTS = frozenset({25, 465, 587, 2525})
"""Where mail is handed in (RFC 6409, RFC 8314, and the port that providers offer where the others are closed)."""

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""A dot-atom (RFC 5322, section 3.2.3): quoted mailboxes exist, and no guest has one."""
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Safety(StrEnum):
    """How the way to a mail server is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"  # from the first byte on
    NONE = "none"  # within one computer alone


@dataclass(frozen=True, slots=True)
class MailAccount:
    """Where an event hands in its mail, and in whose name. The password is not part of it.

    `user` is empty where the server wants no log-in. `is_local`: it may stand in the network of the program's own
    server, which whoever runs that says, and nobody over the interface. `authority` is a certificate (PEM) that is
    believed in the place of the public ones.
    """

    host: str
    port: int
    safety: Safety
    user: str
    sender: str
    sender_name: str
    language: str
    sends_tickets: bool
    is_local: bool = False
    authority: str | None = None

    @property
    def target(self) -> str:
        """Where it is, as a person reads it."""
        return f"smtp{'s' if self.safety is Safety.TLS else ''}://{self.host}:{self.port}"


def flaw_of(account: MailAccount) -> str | None:
    """What is wrong with an account; None where it is sound."""
    if not is_host(account.host):
        return "its host is no name and no address"
    if not 0 < account.port <= 0xFFFF or (account.port not in PORTS and not account.is_local):
        return f"mail is handed in at the ports {', '.join(map(str, sorted(PORTS)))}"
    if account.safety is Safety.NONE and not account.is_local:
        return "without TLS mail goes to this computer alone: say starttls or tls"
    if checked_address(account.sender) != account.sender:
        return "its sender is no mail address"
    if not _is_line(account.sender_name, MOST_NAME):
        return f"the sender's name has at most {MOST_NAME} characters of one line"
    if not _is_line(account.user, MOST_USER):
        return f"a user name has at most {MOST_USER} characters of one line"
    is_pem = account.authority is None or "-----BEGIN CERTIFICATE-----" in account.authority[:MOST_AUTHORITY]
    return None if is_pem and len(account.authority or "") <= MOST_AUTHORITY else "its authority is no certificate"


def stored(account: MailAccount) -> str:
    """An account as its row has it."""
    return json.dumps(asdict(account), ensure_ascii=False, separators=(",", ":"))


def account_of(text: str | None) -> MailAccount | None:
    """The inverse of `stored`; None for what is no account."""
    try:
        told = json.loads(text or "")
        return MailAccount(**(told | {"safety": Safety(told["safety"])}))
    except (ValueError, KeyError, TypeError):
        return None


def is_host(text: str) -> bool:
    """Whether a text can be a host's name or address."""
    is_bare = text.isascii() and text.isprintable() and " " not in text and "/" not in text
    return 0 < len(text) <= MOST_DOMAIN and is_bare and "@" not in text


def checked_address(text: str) -> str | None:
    """A mail address as it is kept, its domain in lower case and in ASCII; None for what mail can't be sent to.

    The mailbox stays as it was written: only its own server knows whether case counts there.
    """
    mailbox, at, domain = text.strip().rpartition("@")
    if not at or len(text) > 2 * MOST_ADDRESS or len(mailbox) > MOST_MAILBOX or not _ATOM.fullmatch(mailbox):
        return None
    host = domain_of(domain)
    return None if host is None or len(mailbox) + 1 + len(host) > MOST_ADDRESS else f"{mailbox}@{host}"


def domain_of(text: str) -> str | None:
    """A domain in lower case and in ASCII (IDNA); None for what is none: a single label, an address, a number."""
    try:
        host = text.encode("idna").decode("ascii").lower() if text else ""
    except UnicodeError:
        return None
    labels = host.split(".")
    is_sound = all(map(_LABEL.fullmatch, labels)) and len(labels) > 1 and not labels[-1].isdigit()
    return host if is_sound and len(host) <= MOST_DOMAIN else None


def _is_line(text: str, most: int) -> bool:
    return len(text) <= most and text.isprintable()


@dataclass(frozen=True, slots=True)
class Inline:
    """A picture that the mail itself shows."""

    cid: str
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that comes with a mail; `kind` is its media type, such as `application/pdf`."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, ready to be sent to whoever it is for."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    pictures: tuple[Inline, ...] = ()
    files: tuple[Attached, ...] = ()


class Unsent(StrEnum):
    """Why a mail is not sent, and never will be. The values are the words of its attempt, and its message's reason."""

    SUPPRESSED = "address_suppressed"
    FORGOTTEN = "recipient_forgotten"
    POINTLESS = "nothing_to_send"
