"""One kiosk put together: a profile becomes a scan line, a sync line and what both of them share.

Owns the wiring and the life of the shared parts. Each line is opened in the thread that will run it, because a journal
belongs to one thread.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from app.clock import Clock, SystemClock, new_fact_id
from app.device.vault import Vault, open_vault
from app.errors import AppError
from app.net.gate_client import Credential, GateClient, Papers
from app.net.patience import ask_until_answered
from app.runtime.door_news import NEWS_FILE, DoorNews
from app.runtime.genuine import SEALING_KEY
from app.runtime.in_hand import InHand
from app.runtime.keeper import ManifestKeeper
from app.runtime.knowledge import Knowledge
from app.runtime.link import LinkMonitor
from app.runtime.manifest_files import Progress
from app.runtime.manifest_folder import FolderSource
from app.runtime.oracle import NoOracle, ServerOracle
from app.runtime.post import Post
from app.runtime.reckoning import Reckoner
from app.runtime.rejoining import Rejoiner
from app.runtime.scan_line import ScanLine
from app.runtime.scratch_book import ScratchBook
from app.runtime.staff_line import StaffLine
from app.runtime.sync_line import IDLE_S, Asker, SyncLine
from app.runtime.trust_box import Place, TrustBox
from app.runtime.vitals import VitalSigns
from app.settings import JOURNAL_FILE, TRUST_FILE, VAULT_FOLDER, Profile
from app.store.journal import Journal, Summary
from app.store.journal_file import Writer
from app.store.journal_looks import JournalLooks
from app.store.rescue import rescue
from app.store.trust_store import open_trust
from core.gate.admit import Door
from core.model.ids import GateId
from core.model.outcomes import Outcome
from core.sync.adoption import Objection
from core.sync.attendees import Attendee
from core.ticket.verify import Lane, Trust

DEFAULT_BUDGET_MS = 400
CREDENTIAL = "credential"
SIGNING_KEY = "signing-key"
"""The vault's names: the secret that the server asks for, the Ed25519 private key that batches are signed with."""


class CredentialLost(AppError):
    """The key store has lost what this kiosk proves itself with. Its journal is whole."""

    def __init__(self, folder: Path) -> None:
        super().__init__("credential_lost", folder=folder)


class EnrolledBefore(AppError):
    """An older program made this folder a kiosk: it has no root key to believe."""

    def __init__(self, folder: Path) -> None:
        super().__init__("enrolled_by_older_program", folder=folder)


def vault_of(folder: Path) -> Vault:
    """The vault of a profile's folder."""
    return open_vault(folder / VAULT_FOLDER, str(folder.resolve()))


class Station:
    """The parts of one kiosk. `close` it after its lines have ended.

    Its journal is looked after first: `rescue` says what was damaged, and what was done. Raises CredentialLost,
    EnrolledBefore. Without its sealing key it starts: nobody is admitted, and the queue is sent.
    """

    def __init__(self, folder: Path, profile: Profile, clock: Clock) -> None:
        root = profile.root
        if root is None:
            raise EnrolledBefore(folder)
        self.folder = folder
        self.profile = profile
        self.clock = clock
        self.journal_path = folder / JOURNAL_FILE
        self.rescue = rescue(self.journal_path)
        self.vault = vault_of(folder)
        secret = self.vault.get(CREDENTIAL)
        if secret is None:
            raise CredentialLost(folder)
        self._root = root
        credential = Credential(profile.device_id.hex, secret.decode())
        papers = Papers(root, self.vault.get(SIGNING_KEY), clock.now, profile.authority or None)
        self.link = LinkMonitor(lambda: clock.now().at_ms)
        self.client = GateClient(profile.server, profile.event_id.hex, credential, clock.learn, papers)
        self.reckoner = Reckoner(self.client, lambda: clock.now().at_ms)
        self.box = TrustBox(profile.event_id)
        self.news = DoorNews(folder / NEWS_FILE, self.client, clock.monotonic_ms)
        self.vitals = VitalSigns(folder, self.client, self.box, lambda: clock.now().at_ms, clock.monotonic_ms)
        self.post = Post(folder, profile.direction)
        self.rejoiner = Rejoiner(self.client, lambda: self.box.epoch)
        self.are_keys_lost = self.vault.get(SEALING_KEY) is None
        if self.are_keys_lost:
            self.box.bar(Outcome.NOT_AUTHORISED)
        self.in_hand = InHand()
        self.oracle = ServerOracle(self.client, self.link, self._budget_ms)

    def close(self) -> None:
        """Waits for open questions and closes the connections."""
        self.oracle.close()
        self.client.close()

    def open_journal(self) -> Journal:
        """A journal for the calling thread."""
        return Journal(self.journal_path, writer_of(self.profile), new_fact_id)

    def open_looks(self) -> JournalLooks:
        """Looks into the journal for the calling thread; close them."""
        return JournalLooks(self.journal_path, writer_of(self.profile))

    def knowledge(self, journal: Journal) -> Knowledge:
        """What this kiosk knows of tickets, on a journal of the calling thread."""
        return Knowledge(journal, self._door)

    def open_keeper(self, progress: Progress = lambda done, total: None) -> ManifestKeeper:  # noqa: ARG005
        """The manifest's keeper for the calling thread; close it."""
        is_past = self.clock.raise_floor if isinstance(self.clock, SystemClock) else _ignore
        return ManifestKeeper(
            event=self.profile.event_id,
            device=self.profile.device_id,
            root=self._root,
            box=self.box,
            store=open_trust(self.folder / TRUST_FILE),
            vault=self.vault,
            link=self.link,
            clock=self.clock,
            progress=progress,
            is_past=is_past,
        )

    def load_manifest(self) -> Objection | None:
        """Puts the stored manifest in force, so that a kiosk without a server can start."""
        with closing(self.open_keeper()) as keeper:
            return keeper.load()

    def refresh_manifest(self, progress: Progress = lambda done, total: None) -> Objection | None:  # noqa: ARG005
        """Asks once for a newer manifest, and stays with it until its lists are here or they stop coming."""
        with closing(self.open_keeper(progress)) as keeper:
            objection = keeper.refresh(self.client)
            while keeper.is_unfinished and self.link.health.is_worth_asking:
                objection = keeper.refresh(self.client)
            return objection

    def scan_line(self, journal: Journal) -> ScanLine:
        """The lane, on a journal of the calling thread."""
        return ScanLine(
            lane=Lane(GateId(self.profile.gate), self.profile.direction),
            door=self._door,
            journal=journal,
            holder=self.box,
            clock=self.clock,
            oracle=self.oracle,
            gate=lambda: self.place.gate,
            direction=self.post.direction,
            operator=self.post.operator,
            in_hand=self.in_hand,
        )

    def simulated_line(self, journal: Journal) -> ScanLine:
        """The lane as it would be, from this moment on: it asks no server and writes nothing."""
        return ScanLine(
            lane=Lane(GateId(self.profile.gate), self.profile.direction),
            door=self._door,
            journal=ScratchBook(journal, writer_of(self.profile), new_fact_id),
            holder=self.box,
            clock=self.clock,
            oracle=NoOracle(),
            gate=lambda: self.place.gate,
            direction=self.post.direction,
            operator=self.post.operator,
        )

    def staff_line(self, journal: Journal) -> StaffLine:
        """What staff decide at the lane, on a journal of the calling thread."""
        return StaffLine(
            device=self.profile.device_id,
            journal=journal,
            holder=self.box,
            clock=self.clock,
            operator=self.post.operator,
        )

    def sync_line(
        self,
        journal: Journal,
        refresh: Callable[[], None],
        drained: Callable[[int], None] = lambda _: None,
        failed: Callable[[AppError], None] = lambda _: None,
        waiting: Callable[[], None] = lambda: None,
        ask: Asker = ask_until_answered,
        idle_s: Callable[[], float] = lambda: IDLE_S,
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
            waiting=waiting,
            compare=lambda: self._compare(journal),
            rejoin=lambda: self.rejoiner.look(journal),
            idle_s=idle_s,
            is_in_hand=lambda: self.in_hand.is_anybody,
        )

    def _compare(self, journal: Journal) -> None:
        """A server that does not answer, or not for us, has nothing to compare with."""
        if self.link.health.is_worth_asking:
            self.reckoner.reckon(journal)

    def summary(self) -> Summary:
        """What the journal holds now."""
        with closing(self.open_journal()) as journal:
            return journal.summary()

    def take_manifest_from(self, folder: Path) -> Objection | None:
        """Takes the manifest of a folder, with the same checks. Raises ManifestFolderFailed."""
        with closing(self.open_keeper()) as keeper:
            return keeper.take_from(FolderSource(folder))

    def attendees(self) -> list[Attendee] | Objection:
        """The attendees' list, decrypted for this one call."""
        with closing(self.open_keeper()) as keeper:
            return keeper.attendees()

    def _budget_ms(self) -> int:
        """How long a guest may wait for the server, as the organizer set it."""
        trust = self.box.trust
        return trust.event.online_budget_ms if isinstance(trust, Trust) else DEFAULT_BUDGET_MS

    @property
    def place(self) -> Place:
        """What this kiosk is called and where it stands: as the manifest says, else as it was enrolled."""
        place = self.box.place_of(self.profile.device_id)
        return place or Place(self.profile.device_name, GateId(self.profile.gate))

    def _door(self, trust: Trust) -> Door:
        place = self.place
        return Door(trust.event, self.profile.device_id, place.name, place.gate)


def writer_of(profile: Profile) -> Writer:
    """Who writes the journal of a profile."""
    return Writer(profile.event_id, profile.device_id, profile.incarnation)


def _ignore(_at_ms: int) -> None:
    """A clock without a floor."""
