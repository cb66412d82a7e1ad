"""A real server for tests: in a thread of this process, or as the program that operators start."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI

from app.server.program import Server
from core.journal.scan import Fact, to_record
from tests.contract.ledger_rig import House
from tests.support import nursery
from tests.support.kiosks import keys_of

START_S = 120.0
"""Of the program from nothing to its end, or its first line: some two seconds where nobody else wants the processor."""
MOST_SAID = 2_000
STOP_S = 60.0


@contextlib.contextmanager
def served(app: FastAPI, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The application behind uvicorn on a free port of this machine, under TLS with a context; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app, listener, "test", tls)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server under test")
        thread.start()
        try:
            yield server.url
        finally:
            server.stop()
            thread.join(STOP_S)


@contextlib.contextmanager
def program(folder: Path, *arguments: str, log: int = subprocess.PIPE) -> Iterator[tuple[nursery.Child, str]]:
    """The server program on a free port; yields its process and its URL. Limits nobody unless told to.

    Who makes more than a few hundred requests sends its `log` elsewhere: a full pipe holds the server up.
    """
    limits = () if "--limits" in arguments else ("--limits", "off")
    words = ["server", "--data", folder, "--port", "0", *limits, *arguments]
    with nursery.start(words, stderr=log, text=True) as process:
        try:
            yield process, _url_of(process)
        finally:
            if process.poll() is None:
                process.kill()


def _url_of(process: nursery.Child) -> str:
    """What it says of itself once it is ready. Raises AssertionError with its complaint where it ends before."""
    assert process.stdout is not None
    told = process.stdout.readline()
    if not told:
        status, said = process.wait(STOP_S), process.stderr.read() if process.stderr is not None else ""
        raise AssertionError(f"the server ended with {status}: {said[-MOST_SAID:]}")
    url: str = json.loads(told)["url"]
    return url


@dataclass
class Caller:
    """A kiosk of a house as it speaks HTTP."""

    http: httpx.Client
    house: House
    kiosk: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The kiosk's credential."""
        return {"Authorization": f"Device {self.house.kiosks[self.kiosk].hex}.{self.house.secrets[self.kiosk]}"}

    def url(self, path: str) -> str:
        """An address of the house's event."""
        return f"/api/v1/events/{self.house.event.hex}/{path}"

    def ask(self, fact: Fact) -> httpx.Response:
        """One fact, now."""
        return self.http.post(self.url("redemptions"), json={"fact": to_record(fact)}, headers=self.headers)

    def send(self, facts: list[object]) -> httpx.Response:
        """A batch of records, signed by the kiosk."""
        body = json.dumps({"facts": facts}).encode()
        signed = keys_of(f"kiosk {self.kiosk}").signed(body)
        headers = {**self.headers, **signed, "Content-Type": "application/json"}
        return self.http.post(self.url("redemptions/batch"), content=body, headers=headers)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """An address of the event."""
        return self.http.get(self.url(path), headers={**self.headers, **headers})
