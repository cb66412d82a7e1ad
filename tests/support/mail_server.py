"""A mail server of the test's own: a real aiosmtpd on loopback that keeps what it takes and answers as it is told."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

DROP, SLOW = "drop", "slow"
"""In the place of an answer: the connection is cut; or nothing is said for as long as a test lasts."""
OK = "250 OK"


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that came whole: its envelope, its bytes, whether its way was safe, and who had logged in."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)
    is_over_tls: bool = False
    user: str | None = None

    @property
    def message(self) -> EmailMessage:
        """The mail as a reader sees it."""
        found = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


class MailServer:
    """One server; use it as a context. `answers` says what it replies to a command: a line, `DROP` or `SLOW`."""

    def __init__(
        self,
        answers: Mapping[str, str] | Callable[[str, Envelope], str] | None = None,
        *,
        starttls: ssl.SSLContext | None = None,
        implicit: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.answers = answers or {}
        self.taken: list[Taken] = []
        self.begun: list[Taken] = []
        """Every mail whose DATA came whole, whatever was answered."""
        self.logins: list[tuple[str, str]] = []
        self.host = host
        self._wanted_port = port
        self._starttls, self._implicit, self._users = starttls, implicit, users
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mail server", daemon=True)
        self._is_open = threading.Event()
        self._server: Any = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_open.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        opened = self._loop.create_server(self._made, self.host, self._wanted_port, ssl=self._implicit)
        self._server = self._loop.run_until_complete(opened)
        self._is_open.set()
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def _made(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.example",
            tls_context=self._starttls,
            authenticator=self._judged if self._users is not None else None,
            auth_require_tls=self._starttls is not None,
            data_size_limit=64 * 1024 * 1024,
            loop=self._loop,
        )

    def _judged(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        user, password = told.login.decode(), told.password.decode()
        self.logins.append((user, password))
        is_right = self._users is not None and self._users.get(user) == password
        return AuthResult(success=is_right, handled=False, auth_data=user)

    # --- what aiosmtpd calls --------------------------------------------------------------------------------------

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Says what it can do."""
        session.host_name = hostname
        answer = await self._answer(server, "EHLO", envelope)
        return responses if answer == OK else [answer]

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Takes a sender."""
        answer = await self._answer(server, "MAIL", envelope)
        if answer == OK:
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Takes a recipient."""
        answer = await self._answer(server, "RCPT", envelope)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Takes a mail, or has it and does not say so."""
        user = session.auth_data if session.authenticated else None
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        is_safe = session.ssl is not None or self._implicit is not None
        taken = Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, is_safe, user)
        self.begun.append(taken)
        answer = await self._answer(server, "DATA", envelope)
        if answer.startswith("2"):
            self.taken.append(taken)
        return answer

    async def _answer(self, server: SMTP, command: str, envelope: Envelope) -> str:
        told = self.answers(command, envelope) if callable(self.answers) else self.answers.get(command, OK)
        if told == DROP:
            assert server.transport is not None
            server.transport.abort()
            return OK
        if told == SLOW:
            await asyncio.sleep(60)
        return told
