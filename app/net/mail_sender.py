"""Sends one mail: handed in at the account's own server (SMTP), within bounds of time and size.

Owns the mail's form on the wire, and what came back of it as a `Heard` whose word is the command that was answered:
every foreign exception ends here. What an answer means is decided by `core.delivery.meaning`, what a mail says by
whoever composes it, as late as this: so that no code of a ticket lies anywhere between the ledger and the wire.
"""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import TypeAlias

import aiosmtplib
from aiosmtplib import errors

from app.errors import AppError
from app.net.certificates import client_context, trouble_of_tls
from app.net.webhook_target import Resolve, is_global, is_loopback, looked_up
from core.delivery.mail import Mail, MailAccount, Safety, Unsent, account_of, checked_address
from core.delivery.meaning import LOGIN_MISSING, NO_NAME, Heard
from core.delivery.parcel import Handed, Parcel
from core.delivery.recipient import masked

TOTAL_S = 60.0
"""One attempt as a whole. Servers let strangers wait for half a minute on purpose; after this long a lease is renewed
once, and whoever is that slow is asked again later."""
CONNECT_S = 10.0
GOODBYE_S = 2.0
MOST_BYTES = 10 * 1024 * 1024
"""Of a mail as it is sent: the least that large providers take (Gmail and Outlook take 20 MB and more)."""
MOST_SAID = 1_024
HIDDEN = "(hidden)"

Compose: TypeAlias = Callable[[Parcel], Mail | Unsent]
"""From a message to the mail that it is, or why it is none. Raises AppError where that can't be said now."""

_POLICY = SMTP_POLICY.clone(cte_type="7bit")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
_TOKEN = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_FOREIGN = (errors.SMTPException, OSError, ValueError)


@dataclass(slots=True)
class _Place:
    """Where in the conversation it is: the command whose answer is waited for."""

    command: str = "connect"


class MailSender:
    """Sends mails, one after the other or at the same time from several threads.

    `context`: whom to believe under TLS, where the account names no authority of its own.
    """

    def __init__(
        self,
        compose: Compose,
        *,
        context: ssl.SSLContext | None = None,
        resolve: Resolve = looked_up,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        total_s: float = TOTAL_S,
    ) -> None:
        self._compose = compose
        self._context = context or client_context(None)
        self._resolve = resolve
        self._now = now
        self._total_s = total_s

    def send(self, parcel: Parcel) -> Handed:
        """One attempt; total.

        1. what can be said without a server: an account, an address, a mail that somebody wants
        2. the server: its addresses may be connected to
        3. the conversation; nothing is told before the server is who it should be
        """
        account = account_of(parcel.settings)  # (1)
        if account is None:
            return Handed(Heard(None, "no_account", "the mail account's settings can't be read: change it"))
        if parcel.recipient is None:
            return Handed(Heard(None, Unsent.FORGOTTEN.value, "its recipient was forgotten"))
        to = checked_address(parcel.recipient)
        if to is None:
            return Handed(Heard(None, "address_wrong", "that is no mail address"))
        try:
            mail = self._compose(parcel)
        except AppError as err:
            return Handed(Heard(None, "not_composed", err.key))
        if isinstance(mail, Unsent):
            return Handed(Heard(None, mail.value))
        body = written(mail, account, to, message_id_of(parcel, account), self._now())
        told = _told(parcel, account, to, body)
        if len(body) > MOST_BYTES:
            return Handed(Heard(None, "mail_too_large", f"{len(body)} bytes: at most {MOST_BYTES}"), told)
        return Handed(self._handed_in(account, parcel.secrets, to, body), told)

    def _handed_in(self, account: MailAccount, secrets: Sequence[bytes], to: str, body: bytes) -> Heard:
        until_s = time.monotonic() + self._total_s
        password = secrets[0].decode("utf-8", "replace") if secrets else ""
        place = _Place()
        try:
            line = self._connected(account, until_s)  # (2)
            with line:
                return asyncio.run(self._talk(account, password, to, body, line, until_s, place))  # (3)
        except _Refused as err:
            return Heard(None, err.word, err.said)
        except _FOREIGN as err:
            return _heard(err, place, password)

    def _connected(self, account: MailAccount, until_s: float) -> socket.socket:
        """A connection to one of the server's addresses. Raises _Refused, OSError."""
        try:
            addresses = list(dict.fromkeys(self._resolve(account.host, account.port, until_s - time.monotonic())))
        except socket.gaierror as err:
            if err.errno == socket.EAI_AGAIN:  # that nobody can say it now is no matter of the account
                raise _Refused("no_connection", "no name server says where the mail server is") from err
            raise _Refused(NO_NAME, "the mail server's name has no address") from err
        if account.safety is Safety.NONE and not all(map(is_loopback, addresses)):
            raise _Refused("target_refused", "without TLS mail goes to this computer alone")
        if not account.is_local and not all(map(is_global, addresses)):
            raise _Refused("target_refused", "its address is not one of the public internet")
        failed: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for address in addresses:
            within_s = min(CONNECT_S, max(0.1, until_s - time.monotonic()))
            try:
                return socket.create_connection((address, account.port), within_s)
            except OSError as err:
                failed = err
        word = "timed_out" if isinstance(failed, TimeoutError) else "no_connection"
        raise _Refused(word, type(failed).__name__)

    async def _talk(
        self,
        account: MailAccount,
        password: str,
        to: str,
        body: bytes,
        line: socket.socket,
        until_s: float,
        place: _Place,
    ) -> Heard:
        """The conversation, command by command. Raises what the library raises, TimeoutError."""
        context = client_context(account.authority) if account.authority else self._context
        smtp = aiosmtplib.SMTP(
            hostname=account.host,
            sock=line,
            use_tls=account.safety is Safety.TLS,
            start_tls=False,
            tls_context=context,
            local_hostname=account.sender.rpartition("@")[2],
            timeout=self._total_s,
        )
        try:
            async with asyncio.timeout(max(0.1, until_s - time.monotonic())):
                await smtp.connect()
                place.command = "EHLO"
                await smtp.ehlo()
                if account.safety is Safety.STARTTLS:
                    place.command = "STARTTLS"
                    if not smtp.supports_extension("starttls"):
                        raise _Refused("tls_missing", "the mail server offers no STARTTLS")
                    await smtp.starttls(server_hostname=account.host)
                    await smtp.ehlo()
                if account.user:
                    place.command = "AUTH"
                    await smtp.login(account.user, password)
                place.command = "MAIL"
                await smtp.mail(account.sender)
                place.command = "RCPT"
                await smtp.rcpt(to)
                place.command = "DATA"
                answer = await smtp.data(body)
            await _say_goodbye(smtp)
            return Heard(answer.code, place.command, _said(answer.message, place, password))
        finally:
            await _hang_up(smtp, smtp.transport)


async def _say_goodbye(smtp: aiosmtplib.SMTP) -> None:
    """As is polite: the answer is known by now, and nothing that happens here changes it."""
    transport = smtp.transport
    with contextlib.suppress(*_FOREIGN):
        await smtp.quit(timeout=GOODBYE_S)
    await _hang_up(smtp, transport)


async def _hang_up(smtp: aiosmtplib.SMTP, transport: asyncio.BaseTransport | None) -> None:
    """Closes at once, past TLS too, which would want an answer from whoever was too slow for one."""
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    smtp.close()
    await asyncio.sleep(0)


class _Refused(Exception):
    """Nothing more is said to the server: a word, and why."""

    def __init__(self, word: str, said: str) -> None:
        super().__init__(word)
        self.word = word
        self.said = said


def message_id_of(parcel: Parcel, account: MailAccount) -> str:
    """The Message-ID of a mail, made of its message's id: at every attempt the same, so that a doubled one is known."""
    return f"<{parcel.id.hex}@{account.sender.rpartition('@')[2]}>"


def written(mail: Mail, account: MailAccount, to: str, message_id: str, now: datetime) -> bytes:
    """A mail as it goes over the wire (RFC 5322): text and HTML, pictures beside the HTML, files behind both.

    Raises ValueError for what no header may hold: a line break in a subject or a name ends here.
    """
    message = EmailMessage(_POLICY)
    message["From"] = Address(account.sender_name, addr_spec=account.sender)
    message["To"] = Address("", addr_spec=to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    _, page = message.iter_parts()
    for picture in mail.pictures:
        page.add_related(picture.png, "image", "png", cid=f"<{picture.cid}>", disposition="inline")
    for file in mail.files:
        kind, _, subtype = file.kind.partition("/")
        message.add_attachment(file.content, kind, subtype, filename=file.name)
    return message.as_bytes()


def _told(parcel: Parcel, account: MailAccount, to: str, body: bytes) -> str:
    """What was asked, for a person: whose mail went where, and no word of it."""
    told = {
        "server": account.target,
        "safety": account.safety.value,
        "from": account.sender,
        "to": masked(to),
        "message_id": message_id_of(parcel, account),
        "bytes": len(body),
    }
    return json.dumps(told, ensure_ascii=False)


def _heard(err: Exception, place: _Place, password: str) -> Heard:
    """What came back, or why nothing did. Only the answer to a whole mail says that it is sent."""
    if isinstance(err, errors.SMTPResponseException):
        said = _said(err.message, place, password)
        is_answer = 300 <= err.code < 600
        return Heard(err.code, place.command, said) if is_answer else Heard(None, "bad_answer", said)
    trouble = trouble_of_tls(err)
    if trouble is not None:
        return Heard(None, trouble.value, "the mail server's TLS is not in order")
    if isinstance(err, TimeoutError):
        return Heard(None, "timed_out", f"no answer to {place.command} in time")
    if isinstance(err, ConnectionError):
        return Heard(None, "connection_lost", f"before the answer to {place.command}")
    if isinstance(err, errors.SMTPException):  # at AUTH the library's own: nothing that both know is offered there
        word = LOGIN_MISSING if place.command == "AUTH" else "bad_answer"
        return Heard(None, word, _said(err.message, place, password))
    return Heard(None, "bad_answer", type(err).__name__)


def _said(text: str, place: _Place, password: str) -> str:
    """An answer as it is kept: servers repeat addresses, and some what they were told in secret."""
    kept = text.replace(password, HIDDEN) if password else text
    kept = _TOKEN.sub(HIDDEN, kept) if place.command == "AUTH" else kept
    return _ADDRESS.sub(lambda found: masked(found.group()), kept)[:MOST_SAID]
