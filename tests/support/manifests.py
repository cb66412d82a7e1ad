"""A server of manifests that does as a test says, and a kiosk's keeper that asks it over a real socket."""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from app.clock import Clock
from app.net.gate_client import Credential, FreshManifest, GateClient, Papers, Received, Sink, Unchanged
from app.runtime.keeper import ManifestKeeper
from app.runtime.link import LinkMonitor
from app.runtime.trust_box import TrustBox
from app.store.trust_store import TrustStore
from core.model.ids import DeviceId
from core.sync.adoption import Objection
from core.sync.answers import Done, Later, Rejected
from core.ticket.verify import Trust
from tests.support.door import DEVICE, EVENT, ROOT, HandClock, Signed, fill_vault
from tests.support.scripted_server import Question, Reply, ScriptedServer

_FROM = re.compile(r"bytes=(\d+)-")


class ManifestServer(ScriptedServer):
    """Hands out `current` and its files, in ranges; `treat` may change any reply."""

    def __init__(self, current: Signed) -> None:
        super().__init__(lambda question: self.treat(question, self._reply(question)))
        self.current = current
        self.files: dict[str, bytes] = dict(current.files)
        self.treat: Callable[[Question, Reply], Reply] = lambda _, reply: reply
        self.is_stubborn = False
        """Whether it sends the manifest whole to those who hold it already."""

    def publish(self, signed: Signed, files: Mapping[str, bytes] | None = None) -> None:
        """The newest manifest from now on, with its files or with others."""
        self.current = signed
        self.files |= signed.files if files is None else files

    def asked_for_files(self) -> list[tuple[str, int]]:
        """Which files were asked for, in order: their names, and from which byte on."""
        return [
            (question.path.rsplit("/", 1)[1], _offset(question))
            for question in self.asked
            if "/files/" in question.path
        ]

    def _reply(self, question: Question) -> Reply:
        if "/files/" in question.path:
            return self._file(question)
        etag = f'"{self.current.manifest.version}"'
        if question.headers.get("If-None-Match") == etag and not self.is_stubborn:
            return Reply(304, b"", {"ETag": etag})
        return Reply(200, self.current.body, {"ETag": etag, "Doorlight-Signature": self.current.signature})

    def _file(self, question: Question) -> Reply:
        body, offset = self.files.get(question.path.rsplit("/", 1)[1]), _offset(question)
        if body is None:
            return Reply(404, b'{"code": "file_unknown"}')
        if offset >= len(body) and offset:
            return Reply(416, b"{}")
        if not offset:
            return Reply(200, body)
        return Reply(206, body[offset:], {"Content-Range": f"bytes {offset}-{len(body) - 1}/{len(body)}"})


def _offset(question: Question) -> int:
    found = _FROM.fullmatch(question.headers.get("Range", ""))
    return int(found[1]) if found else 0


ManifestReply = Done[FreshManifest | Unchanged] | Later | Rejected


class Source:
    """Gives the reply it holds and the files of what it published; remembers what was asked."""

    def __init__(self, current: Signed | ManifestReply) -> None:
        self.current = current
        self.files: dict[str, bytes] = {}
        self.held: list[int | None] = []
        self.fetched: list[str] = []

    def manifest(self, held: int | None) -> ManifestReply:
        self.held.append(held)
        if not isinstance(self.current, Signed):
            return self.current
        if held == self.current.manifest.version:
            return Done(Unchanged(), 1)
        self.files |= self.current.files
        return Done(FreshManifest(self.current.body, self.current.signature), 1)

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
        self.fetched.append(sha256)
        body = self.files[sha256][offset : offset + most]
        return Done(Received(len(body), is_end=sink(body)), 1)


class Rig:
    """A kiosk's trust on a folder: box, keeper, and the client that asks `url`. Close it."""

    def __init__(
        self,
        folder: Path,
        url: str = "http://127.0.0.1:9",
        clock: Clock | None = None,
        device: DeviceId = DEVICE,
        box: TrustBox | None = None,
    ) -> None:
        self.clock = clock or HandClock()
        self.box = box or TrustBox(EVENT)
        self.progress: list[tuple[int, int]] = []
        self._stack = ExitStack()
        papers = Papers(ROOT, None, self.clock.now)
        client = GateClient(url, EVENT.hex, Credential(device.hex, "secret"), self.clock.learn, papers)
        self.client = self._stack.enter_context(closing(client))
        self.store = TrustStore(folder / "trust.db")
        self.link = LinkMonitor(lambda: self.clock.now().at_ms)
        self.keeper = self._stack.enter_context(
            closing(
                ManifestKeeper(
                    event=EVENT,
                    device=device,
                    root=ROOT,
                    box=self.box,
                    store=self.store,
                    vault=fill_vault(folder),
                    link=self.link,
                    clock=self.clock,
                    progress=lambda done, total: self.progress.append((done, total)),
                )
            )
        )

    def close(self) -> None:
        """Closes store and client."""
        self._stack.close()

    def refresh(self) -> Objection | None:
        """Asks its server once."""
        return self.keeper.refresh(self.client)

    @property
    def trust(self) -> Trust:
        """What is in force, which must not be barred."""
        trust = self.box.trust
        assert isinstance(trust, Trust), trust
        return trust
