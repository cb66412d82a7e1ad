"""Who sits at the organizer's window: the log-in, the session that outlives the window, the servers that it knows.

Owns one small file of the window's folder (which servers, whom to believe there, who was there last, which event) and,
where somebody wants to stay logged in, one secret for each server: the session's token, in the desktop's keyring or in
a file for its owner alone. No password is ever kept. Its methods ask a server or a disk: not for the window's thread.
"""

import hashlib
import json
import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from annotated_types import MaxLen
from pydantic import TypeAdapter, ValidationError

from app.device.vaults.choice import chosen
from app.device.vaults.contract import Vault, VaultKind
from app.errors import AppError
from app.log import logger
from app.settings import VAULT_FOLDER, write_whole
from core.model.accounts import account_name
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import Me, SessionReply

if TYPE_CHECKING:
    from app.net.organizer_client import OrganizerClient

SERVERS_FILE = "servers.json"
MOST_BYTES = 512 * 1024
MOST_SERVERS = 20
"""The least lately used one makes room: an agency's venues."""
FINGERPRINT_BYTES = 32
SCOPE = "organizer"
"""What the window's secrets are called in the keyring, beside those of a kiosk."""


@dataclass(frozen=True, slots=True)
class KnownServer:
    """What is remembered of a server: its authority (PEM), who was there last, the event that was shown (hex)."""

    authority: Annotated[str, MaxLen(8192)] = ""
    me: Me | None = None
    event: Annotated[str, MaxLen(32)] = ""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Somebody at the window: the session's token, whose it is, and whether another password has to come first.

    `is_kept`: the next start has it too.
    """

    token: str = field(repr=False)
    me: Me
    ends_at_ms: int
    is_kept: bool = False

    @property
    def must_change(self) -> bool:
        """Whether the password was chosen by the program: nothing else is open until it is changed."""
        return self.me.must_change


@dataclass(frozen=True, slots=True)
class _Secret:
    token: Annotated[str, MaxLen(256)] = field(repr=False)
    ends_at_ms: int


_SERVERS = TypeAdapter(Annotated[dict[str, KnownServer], MaxLen(10 * MOST_SERVERS)])
_SECRET = TypeAdapter(_Secret)


class Reception:
    """The window's folder. Safe between threads; several windows may share it, the last to write wins whole.

    Raises ChoiceUnknown.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._keep_in = folder / VAULT_FOLDER
        chosen()

    # --- servers --------------------------------------------------------------------------------------------------

    def last_server(self) -> str | None:
        """The address of the server that was used last; None at the first start."""
        return next(reversed(self._servers()), None)

    def known(self, server: str) -> KnownServer:
        """What is remembered of a server; nothing where it is new, or the file can't be read."""
        return self._servers().get(server.rstrip("/"), KnownServer())

    def note_event(self, server: str, event: str) -> None:
        """Remembers which event is shown (32 hex digits)."""
        self._note(server, replace(self.known(server), event=event))

    def trust(self, server: str, fingerprint: str) -> Done[str] | Later | Rejected:
        """Believes, from now on, the authority whose SHA-256 fingerprint somebody read out (64 hex digits).

        Done has its certificate (PEM), for `OrganizerClient.trust`. Rejected with `authority_other` where whoever
        answers has another one, and with `fingerprint_unfit` for what is none. Raises ServerAddressWrong.
        """
        try:
            expected = bytes.fromhex(fingerprint.replace(":", "").replace(" ", ""))
        except ValueError:
            expected = b""
        if len(expected) != FINGERPRINT_BYTES:
            return Rejected(0, "fingerprint_unfit")
        from app.net.exchange import fetch_authority  # late: nobody waits for it at the window

        found = fetch_authority(server, expected)
        if isinstance(found, Done):
            self._note(server, replace(self.known(server), authority=found.value))
        return found

    # --- sessions -------------------------------------------------------------------------------------------------

    def resume(self, server: str, now_ms: int) -> Sitting | None:
        """The session that somebody wanted to keep, with the roles that it had; the server decides whether it holds."""
        known, secret = self.known(server), self._secret(server)
        if secret is None or known.me is None or secret.ends_at_ms <= now_ms:
            return None
        return Sitting(secret.token, known.me, secret.ends_at_ms, is_kept=True)

    def look_again(self, client: "OrganizerClient") -> Me | None:
        """Whose session it is, with the roles of now; None where nobody says."""
        told = client.me()
        if not isinstance(told, Done):
            return None
        known = self.known(client.server)
        if known.me != told.value:
            self._note(client.server, replace(known, me=told.value))
        return told.value

    def log_in(
        self, client: "OrganizerClient", name: str, password: str, *, stays: bool
    ) -> Done[Sitting] | Later | Rejected:
        """A session for whoever knows the password; `stays` keeps it over restarts."""
        opened = client.log_in(account_name(name) or name, password)
        return self._sit(client, opened, stays=stays)

    def change_password(
        self, client: "OrganizerClient", old: str, new: str, *, stays: bool
    ) -> Done[Sitting] | Later | Rejected:
        """Another password, and its new session. Rejected with `password_unfit`: the detail says why."""
        return self._sit(client, client.change_password(old, new), stays=stays)

    def log_out(self, client: "OrganizerClient") -> bool:
        """Ends the session here, and on the server where it can be reached: else it ends there by its age.

        Whether the server heard it.
        """
        self.forget(client.server)
        answer = client.log_out()
        client.use(None)
        if isinstance(answer, Later):
            logger(__name__).info("log-out not told", why=answer.trouble.value)
        return not isinstance(answer, Later)

    def forget(self, server: str) -> None:
        """Keeps no session of a server any more: it is over, or somebody logged out."""
        try:
            if self._vault is not None:
                self._vault.delete(_name_of(server))
        except AppError as err:
            logger(__name__).warning("session not forgotten", why=err.key)

    def _sit(
        self, client: "OrganizerClient", opened: Done[SessionReply] | Later | Rejected, *, stays: bool
    ) -> Done[Sitting] | Later | Rejected:
        """Who has just been let in; the client speaks as they do from now on."""
        if not isinstance(opened, Done):
            return opened
        session = opened.value
        client.use(session.token)
        me = client.me()
        if not isinstance(me, Done):
            return me
        self._note(client.server, replace(self.known(client.server), me=me.value))
        is_kept = stays and not session.must_change and self._keep(client.server, session)
        if not is_kept:
            self.forget(client.server)
        sitting = Sitting(session.token, me.value, session.ends_at_ms, is_kept=is_kept)
        return Done(sitting, opened.took_ms + me.took_ms)

    def _keep(self, server: str, session: SessionReply) -> bool:
        if self._vault is None:
            return False
        try:
            self._vault.put(_name_of(server), _SECRET.dump_json(_Secret(session.token, session.ends_at_ms)))
        except AppError as err:
            logger(__name__).warning("session not kept", why=err.key)
            return False
        return True

    def _secret(self, server: str) -> _Secret | None:
        try:
            found = None if self._vault is None else self._vault.get(_name_of(server))
            return None if found is None else _SECRET.validate_json(found)
        except (AppError, ValidationError) as err:
            logger(__name__).warning("no kept session", why=type(err).__name__)
            return None

    @cached_property
    def _vault(self) -> Vault | None:
        """Looked for when it is needed first: a desktop's keyring takes a tenth of a second to be found."""
        return _vault_of(self._keep_in)

    # --- the file -------------------------------------------------------------------------------------------------

    def _servers(self) -> dict[str, KnownServer]:
        """The servers, the one used last at the end."""
        try:
            with (self._folder / SERVERS_FILE).open("rb") as file:
                return dict(_SERVERS.validate_json(file.read(MOST_BYTES)))
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as err:
            logger(__name__).warning("no known servers", cause=type(err).__name__)
            return {}

    def _note(self, server: str, known: KnownServer) -> None:
        with self._lock:
            servers = self._servers()
            servers.pop(server.rstrip("/"), None)
            servers[server.rstrip("/")] = known
            kept = dict(list(servers.items())[-MOST_SERVERS:])
            try:
                write_whole(self._folder / SERVERS_FILE, json.loads(_SERVERS.dump_json(kept)))
            except AppError as err:
                logger(__name__).warning("server not remembered", why=err.key)


def _vault_of(folder: Path) -> Vault | None:
    """Where sessions are kept; None where this account wants a passphrase for that: a log-in is one already."""
    from app.device.vault import FileVault, KeyringVault, kind_of  # late: nobody waits for them at the window

    match kind_of(folder):
        case VaultKind.KEYRING:
            return KeyringVault(SCOPE)
        case VaultKind.FILES:
            return FileVault(folder)
        case VaultKind.PASSPHRASE:
            return None


def _name_of(server: str) -> str:
    return f"session-{hashlib.sha256(server.rstrip('/').encode()).hexdigest()[:16]}"
