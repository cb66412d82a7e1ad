"""What is done to kiosks from the page of devices: asked before where it can't be undone, told how it went.

Owns the questions before a deed and the sentences after it. Reads files beside the window: a stick may be slow.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.organizer.chore import Chores
from app.organizer.devices_detail import DeviceDetail
from app.organizer.devices_questions import (
    MOST_QUEUE_BYTES,
    changing,
    confirming,
    importing,
    revoking,
    salvaging,
)
from app.organizer.devices_words import DeedWords
from app.organizer.refusals import refusal_text
from app.organizer.surroundings import Confirmation, Surroundings
from core.insight.question import Deed
from core.sync.answers import Done, Later, Rejected
from core.sync.kiosk_replies import KioskReply, QueueReport, SalvageReport
from core.ticket.keyring import VerifyProfile

T = TypeVar("T")


class Shown(Protocol):
    """The page, as far as deeds ask it."""

    def chosen_kiosk(self) -> KioskReply | None:
        """The kiosk that is shown."""

    def is_new(self) -> bool:
        """Whether what is known of the kiosks is of now."""

    def gates(self) -> tuple[tuple[str, str], ...]:
        """The event's gates, each with its name."""


class DeviceDeeds(QObject):
    """The deeds of one page."""

    replace_wanted = Signal()

    def __init__(self, at: Surroundings, page: Shown, parent: QWidget) -> None:
        super().__init__(parent)
        self._at = at
        self._page = page
        self._window = parent
        self._body: DeviceDetail | None = None
        self._chores = Chores(self)
        self._dialog: QFileDialog | None = None

    def connect_body(self, body: DeviceDetail) -> None:
        """Does what this body asks for; of an earlier one nothing more is heard."""
        self._body = body
        body.renamed.connect(self._rename)
        body.moved.connect(self._move)
        body.replace_wanted.connect(self.replace_wanted)
        body.revoke_wanted.connect(self._ask_revoke)
        body.salvage_wanted.connect(self._ask_salvage)
        body.confirmed.connect(self._confirm)
        body.refused.connect(self._refuse)

    # --- a name, a gate -----------------------------------------------------------------------------------------

    @property
    def _said(self) -> DeedWords:
        return self._at.words.devices.deeds

    def _rename(self, name: str) -> None:
        kiosk = self._page.chosen_kiosk()
        if kiosk is not None:
            self._do(changing(kiosk.id, {"name": name}), lambda done: self._said.renamed.fill(name=done.name))

    def _move(self, gate: str) -> None:
        kiosk, names = self._page.chosen_kiosk(), dict(self._page.gates())
        if kiosk is not None:
            self._do(
                changing(kiosk.id, {"gate": gate}),
                lambda done: self._said.moved.fill(gate=names.get(done.gate, done.gate)),
            )

    # --- let in, sent away --------------------------------------------------------------------------------------

    def _confirm(self) -> None:
        """What is old may be over: nobody is let in by digits that were shown then."""
        kiosk = self._page.chosen_kiosk()
        if kiosk is None:
            return
        if not self._page.is_new():
            self._at.teller.tell(self._said.only_new, is_trouble=True)
            return
        said = self._at.words.devices.enrol
        self._do(confirming(kiosk), lambda done: f"{said.done.fill(name=done.name)}. {said.done_step}")

    def _refuse(self) -> None:
        kiosk = self._page.chosen_kiosk()
        if kiosk is not None:
            self._do(revoking(kiosk.id), lambda _: self._at.words.devices.enrol.differed)

    def _ask_revoke(self) -> None:
        kiosk = self._page.chosen_kiosk()
        if kiosk is None:
            return
        said, waits = self._said, kiosk.vitals.told.queue if kiosk.vitals else 0
        waiting = said.revoke_waiting.fill(count=waits) if waits else ""
        stolen = said.revoke_stolen if kiosk.profile == VerifyProfile.MAC else ""
        text = " ".join(filter(None, (said.revoke_text, waiting, stolen)))
        title = said.revoke_title.fill(name=kiosk.name)
        done = lambda reply: said.revoked.fill(name=reply.name)  # noqa: E731
        asked = Confirmation(title, text, said.revoke, is_destructive=True)
        self._at.teller.ask(asked, partial(self._do, revoking(kiosk.id), done))

    # --- what one brought ---------------------------------------------------------------------------------------

    def _ask_salvage(self) -> None:
        kiosk, said = self._page.chosen_kiosk(), self._said
        if kiosk is None:
            return
        title = said.salvage_title.fill(count=kiosk.salvageable, name=kiosk.name)
        asked = Confirmation(title, said.salvage_text, said.salvage)
        self._at.teller.ask(asked, partial(self._do, salvaging(kiosk.id), self._salvaged))

    def _salvaged(self, report: SalvageReport) -> str:
        if report.facts == 0:
            return self._said.salvaged_nothing.fill(name=report.device)
        counts = {"applied": report.applied, "facts": report.facts, "incidents": report.incidents}
        return self._said.salvaged.fill(name=report.device, **counts)

    def choose_file(self) -> None:
        """Asks which file; nothing waits for the answer."""
        words = self._at.words.devices.list
        dialog = QFileDialog(self._window, words.choose_file)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.import_file(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def import_file(self, path: Path) -> None:
        """Brings a kiosk's file to the server."""
        self._chores.run(lambda _: read_queue(path), self._send)

    def _send(self, queue: bytes | None) -> None:
        if queue is None:
            self._at.teller.tell(self._said.unreadable, is_trouble=True)
        elif len(queue) > MOST_QUEUE_BYTES:
            self._at.teller.tell(self._said.too_large, is_trouble=True)
        else:
            self._do(importing(queue), self._imported)

    def _imported(self, report: QueueReport) -> str:
        said = self._said
        if report.is_revoked:
            return said.imported_revoked.fill(name=report.device, facts=report.facts)
        if report.later:
            return said.imported_later.fill(name=report.device, later=report.later)
        counts = {"applied": report.applied, "replayed": report.replayed, "quarantined": report.quarantined}
        return said.imported.fill(name=report.device, facts=report.facts, **counts)

    # --- how they go --------------------------------------------------------------------------------------------

    def _do(self, deed: Deed[T], say: Callable[[T], str]) -> None:
        body = self._body
        if body is not None:
            body.wait(is_waiting=True)

        def take(answer: Done[T] | Later | Rejected) -> None:
            if self._body is not None:
                self._body.wait(is_waiting=False)
            if isinstance(answer, Done):
                if self._body is not None:
                    self._body.forget_typed()
                self._at.teller.tell(say(answer.value))
                return
            cause = refusal_text(answer, self._at.words)
            self._at.teller.tell(self._said.refused.fill(cause=cause), is_trouble=True)

        self._at.desk.do(deed, take)


def read_queue(path: Path) -> bytes | None:
    """A file's octets, one more than the server takes at most; None where it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_QUEUE_BYTES + 1)
    except OSError:
        return None
