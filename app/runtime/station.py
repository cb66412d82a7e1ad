"""One kiosk put together: a profile becomes a scan line, a sync line and what both of them share.

Owns the wiring and the life of the shared parts. Each line is opened in the thread that will run it, because a journal
belongs to one thread.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

from app.clock import Clock, new_fact_id
from app.device.vault import Vault, open_vault
from app.errors import AppError
from app.net.gate_client import Credential, GateClient
from app.net.patience import ask_until_answered
from app.runtime.link import LinkMonitor
from app.runtime.oracle import ServerOracle
from app.runtime.scan_line import ScanLine
from app.runtime.sync_line import Asker, SyncLine
from app.runtime.trust_box import ManifestKeeper, TrustBox
from app.settings import JOURNAL_FILE, VAULT_FOLDER, Profile, SettingsFailed, save_profile
from app.store.journal import Journal, Summary, Writer
from app.store.snapshot import Snapshot
from core.gate.admit import Door
from core.model.ids import GateId
from core.sync.answers import Done, Later, Rejected
from core.sync.messages import PROTOCOL, EnrolReply
from core.ticket.verify import Lane, Trust

DEFAULT_BUDGET_MS = 400
_CREDENTIAL = "credential"


class EnrolmentFailed(AppError):
    """The server did not make this kiosk a device: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__("enrolment_failed", code=code)


def vault_of(folder: Path) -> Vault:
    """The vault of a profile's folder."""
    return open_vault(folder / VAULT_FOLDER, str(folder.resolve()))


def enrol(server: str, code: str, folder: Path) -> Profile:
    """Trades a one-time code for this kiosk's profile and credential. Raises EnrolmentFailed, SettingsFailed."""
    client = GateClient(server, event="", credential=None)
    with closing(client):
        answer = client.enrol(code, PROTOCOL)
    match answer:
        case Done(value=reply):
            return _keep(server, reply, folder)
        case Rejected(code=refusal):
            raise EnrolmentFailed(refusal)
        case Later(trouble=trouble):
            raise EnrolmentFailed(trouble.value)


def _keep(server: str, reply: EnrolReply, folder: Path) -> Profile:
    profile = Profile(
        server=server,
        event=UUID(reply.event),
        event_name=reply.event_name,
        device=UUID(reply.device),
        device_name=reply.name,
        gate=reply.gate,
        incarnation=reply.incarnation,
    )
    vault_of(folder).put(_CREDENTIAL, reply.secret.encode())
    save_profile(folder, profile)
    return profile


class Station:
    """The parts of one kiosk. `close` it after its lines have ended."""

    def __init__(self, folder: Path, profile: Profile, clock: Clock) -> None:
        self.profile = profile
        self.clock = clock
        self.journal_path = folder / JOURNAL_FILE
        self.vault = vault_of(folder)
        secret = self.vault.get(_CREDENTIAL)
        if secret is None:
            raise SettingsFailed(folder, "this kiosk has lost its credential: enrol it again")
        credential = Credential(profile.device_id.hex, secret.decode())
        self.link = LinkMonitor(lambda: clock.now().at_ms)
        self.client = GateClient(profile.server, profile.event_id.hex, credential, clock.learn)
        self.box = TrustBox(profile.event_id)
        self.oracle = ServerOracle(self.client, self.link, self._budget_ms)

    def close(self) -> None:
        """Waits for open questions and closes the connections."""
        self.oracle.close()
        self.client.close()

    def open_journal(self) -> Journal:
        """A journal for the calling thread."""
        profile = self.profile
        return Journal(self.journal_path, Writer(profile.event_id, profile.device_id, profile.incarnation), new_fact_id)

    def open_keeper(self) -> tuple[ManifestKeeper, Snapshot]:
        """The manifest's keeper for the calling thread, and the snapshot to close after it."""
        snapshot = Snapshot(self.journal_path)
        keeper = ManifestKeeper(
            event=self.profile.event_id,
            box=self.box,
            snapshot=snapshot,
            vault=self.vault,
            link=self.link,
            now_ms=lambda: self.clock.now().at_ms,
        )
        return keeper, snapshot

    def load_manifest(self) -> None:
        """Puts the stored manifest in force, so that a kiosk without a server can start."""
        keeper, snapshot = self.open_keeper()
        with closing(snapshot):
            keeper.load()

    def refresh_manifest(self) -> None:
        """Asks once for a newer manifest."""
        keeper, snapshot = self.open_keeper()
        with closing(snapshot):
            keeper.refresh(self.client)

    def scan_line(self, journal: Journal) -> ScanLine:
        """The lane, on a journal of the calling thread."""
        return ScanLine(
            lane=Lane(GateId(self.profile.gate), self.profile.direction),
            door=self._door,
            journal=journal,
            holder=self.box,
            clock=self.clock,
            oracle=self.oracle,
        )

    def sync_line(
        self,
        journal: Journal,
        refresh: Callable[[], None],
        drained: Callable[[int], None] = lambda _: None,
        failed: Callable[[AppError], None] = lambda _: None,
        ask: Asker = ask_until_answered,
    ) -> SyncLine:
        """The upload, on a journal of the calling thread."""
        return SyncLine(
            journal=journal,
            uplink=self.client,
            link=self.link,
            ask=ask,
            refresh=refresh,
            drained=drained,
            failed=failed,
        )

    def summary(self) -> Summary:
        """What the journal holds now."""
        with closing(self.open_journal()) as journal:
            return journal.summary()

    def _budget_ms(self) -> int:
        """How long a guest may wait for the server, as the organizer set it."""
        trust = self.box.trust
        return trust.event.online_budget_ms if isinstance(trust, Trust) else DEFAULT_BUDGET_MS

    def _door(self, trust: Trust) -> Door:
        profile = self.profile
        return Door(trust.event, profile.device_id, profile.device_name, GateId(profile.gate))
