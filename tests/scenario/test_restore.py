"""The server's disk dies in mid-event: a backup from before, and the kiosks, bring the night back (G23)."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.ledger import restore as restoring
from app.ledger.backup_file import packed
from app.ledger.engine import open_database
from app.ledger.outbox import add_endpoint
from app.ledger.schema import facts, incidents, outbox, redemptions, tickets
from core.delivery.message import Channel, MessageState
from core.model.outcomes import Outcome
from tests.support.live import LiveEvent, LiveKiosk, live_event, live_kiosk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # three servers are started one after the other


@dataclass
class Night:
    """A live event with two kiosks, and what its ledger held just before it was lost."""

    event: LiveEvent
    north: LiveKiosk
    south: LiveKiosk
    folder: Path

    @property
    def kiosks(self) -> tuple[LiveKiosk, LiveKiosk]:
        return self.north, self.south

    def drain(self) -> None:
        for kiosk in self.kiosks:
            kiosk.drain()

    def backup(self) -> Path:
        """While the server runs."""
        path = self.folder / "backup"
        with self.event.office() as office:
            path.write_bytes(b"".join(packed(office.backup_lines(None), None)))
        return path

    def restore(self, path: Path) -> None:
        """The server is dead, its database is gone, the backup is put in its place."""
        self.event.server.kill()
        folder = self.event.server.folder
        for file in folder.glob("ledger.db*"):
            file.unlink()
        database = open_database(f"sqlite:///{folder / 'ledger.db'}")
        restoring.restore(database, folder, path, None, self.north.station.clock.now().at_ms)
        database.close()
        self.event.server.start()

    def rejoin(self) -> None:
        """What each kiosk does by itself in one round."""
        for kiosk in self.kiosks:
            kiosk.connect(self.event.server.url)
            kiosk.station.refresh_manifest()
            kiosk.drain()

    def state(self) -> dict[str, Any]:
        """All that a night adds up to."""
        with self.event.office() as office, office._database.reading() as connection:
            own = self.event.id

            def rows(table: Any, *columns: Any) -> set[tuple[Any, ...]]:
                return {tuple(row) for row in connection.execute(select(*columns).where(table.c.event_id == own))}

            return {
                "facts": rows(facts, facts.c.id, facts.c.arrival, facts.c.reason, facts.c.seq, facts.c.answer),
                "redemptions": rows(redemptions, redemptions.c.tid, redemptions.c.entry_number, redemptions.c.scan_id),
                "incidents": rows(
                    incidents, incidents.c.kind, incidents.c.scan_id, incidents.c.against, incidents.c.state
                ),
                "inside": rows(tickets, tickets.c.tid, tickets.c.is_inside),
            }

    def messages(self, state: MessageState) -> set[str]:
        with self.event.office() as office, office._database.reading() as connection:
            mine = (outbox.c.event_id == self.event.id) & (outbox.c.state == state.value)
            return set(connection.execute(select(outbox.c.dedupe_key).where(mine)).scalars())

    def send_all(self) -> None:
        """As the senders do: what is ready has been delivered."""
        with self.event.office() as office, office._database.writing() as connection:
            connection.execute(outbox.update().values(state=MessageState.SENT.value))


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with ExitStack() as stack:
        event = stack.enter_context(live_event(tmp_path / "server"))
        with event.office() as office, office._database.writing() as connection:
            add_endpoint(connection, event.id, Channel.WEBHOOK, "https://shop.example", frozenset(), 1)
        north = stack.enter_context(live_kiosk(event, tmp_path / "north"))
        south = stack.enter_context(live_kiosk(event, tmp_path / "south", "south", "South 1"))
        yield Night(event, north, south, tmp_path)


def play(night: Night) -> Path:
    """Guests before the backup and after it, online and offline, one of them at both doors; the backup."""
    texts = night.event.tickets(8)
    for kiosk in night.kiosks:
        kiosk.station.refresh_manifest()
    assert night.north.line.present(texts[0]).outcome is Outcome.ADMITTED
    night.south.line.present(texts[1])
    night.drain()
    night.south.line.present(texts[2])  # asked, and not uploaded yet: the backup has a gap where `shown` is missing
    path = night.backup()
    night.north.line.present(texts[3])
    night.south.line.present(texts[4])
    night.south.line.present("not one of ours")
    night.drain()
    for kiosk in night.kiosks:  # apart from each other and the server: the same ticket is let in twice
        kiosk.connect("http://127.0.0.1:9")
        kiosk.line.present(texts[5])
        kiosk.connect(night.event.server.url)
    night.drain()
    night.send_all()
    return path


def test_the_night_after_a_restore_is_the_night_without_the_loss(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    path = play(night)
    before, told = night.state(), night.messages(MessageState.SENT)
    assert len(before["facts"]) == 16
    assert {kind for kind, *_ in before["incidents"]} == {"double_admission"}

    with monkeypatch.context() as patch:  # negative control: a backup that is put back by hand, as a mere file
        patch.setattr(restoring, "_begin_epoch", lambda *_: None)
        night.restore(path)
    night.rejoin()
    assert len(night.state()["facts"]) < len(before["facts"]), "the guests since the backup would be lost"
    night.restore(path)
    night.rejoin()

    assert night.state() == before
    assert night.messages(MessageState.READY) == set(), "nobody is told a second time"
    assert night.messages(MessageState.CANCELED) | night.messages(MessageState.DEAD) == told
    for kiosk in night.kiosks:
        assert {leg for leg, _ in kiosk.fates()} == {"closed"}
        assert kiosk.drain() == 0

    (new,) = night.event.tickets(1)
    night.north.station.refresh_manifest()
    assert night.north.line.present(new).outcome is Outcome.ADMITTED
    night.north.drain()
    assert len(night.messages(MessageState.READY)) == 1, "what is new is told"
