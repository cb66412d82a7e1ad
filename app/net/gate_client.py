"""The kiosk's side of the protocol: questions to the server, each with one of three answers.

Owns HTTP as the kiosk speaks it: deadlines, size limits, credentials, the server's clock. Every foreign exception and
every status becomes Done, Later or Rejected here. Nothing is retried here: the sync line decides when to ask again.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import httpx
from annotated_types import MaxLen
from pydantic import TypeAdapter

from app.net.certificates import client_context
from app.net.deadline import Deadline
from app.net.event_stream import EventStream
from app.net.exchange import (
    FOREIGN,
    MAX_REPLY_BYTES,
    Reply,
    Wire,
    advancing,
    answer_of,
    later_of,
    read,
    refusal,
    reply_of,
    took_ms,
)
from core.journal.scan import Record, canonical
from core.model.ids import EventId
from core.model.moments import Moment
from core.sync.adoption import MAX_MANIFEST_BYTES
from core.sync.answers import Done, Later, Rejected
from core.sync.enrolment import enrol_request
from core.sync.health import Trouble
from core.sync.messages import (
    CLOCK_HEADER,
    NONCE_BYTES,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    TIME_SIGNATURE_HEADER,
    BatchReply,
    DoorReply,
    EnrolReply,
    EnrolRequest,
    FactResult,
    TallyReply,
    TallyRequest,
    Vitals,
    VitalsReply,
)
from core.sync.protocols import PROTOCOL
from core.sync.signing import batch_bytes, is_signed, time_bytes
from core.ticket import seal

BATCH_S = 20.0
MANIFEST_S = 60.0
FILE_S = 20.0
"""Without a byte for this long, a download is broken off, and resumed later."""
ENROL_S = 10.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device proves itself with."""

    device: str
    secret: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of `Authorization`."""
        return f"Device {self.device}.{self.secret}"


@dataclass(frozen=True, slots=True)
class FreshManifest:
    """A manifest that is another than the one held: its bytes as received, unread, and its signature in hex."""

    body: bytes = field(repr=False)
    signature: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The manifest held is the newest."""


@dataclass(frozen=True, slots=True)
class Received:
    """How much of a file came: `bytes` of it, and whether the other side said that this was its end."""

    bytes: int
    is_end: bool


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """What the server says of this device: `pending` until its digits were compared, then `active`."""

    state: Annotated[str, MaxLen(64)]
    name: Annotated[str, MaxLen(64)]
    gate: Annotated[str, MaxLen(64)]
    profile: Annotated[str, MaxLen(64)]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a server says to a nonce."""

    proof: Annotated[str, MaxLen(256)]


@dataclass(frozen=True, slots=True)
class Renewed:
    """A device's new secret, said once."""

    secret: Annotated[str, MaxLen(256)] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Papers:
    """What a kiosk proves itself by and whom it believes, beside its credential. Keys are 32 bytes.

    Without a root key any server's time is learned; with one, only a time that it signed. `authority` (PEM) is the
    one that vouches for the server under TLS; without one the public authorities do.
    """

    root_key: bytes | None = None
    signing_key: bytes | None = field(default=None, repr=False)
    now: Callable[[], Moment] | None = None
    authority: str | None = field(default=None, repr=False)


Sink = Callable[[bytes], bool]
"""Takes the next bytes of a file; says whether to go on."""

_FACT_RESULT = TypeAdapter(FactResult)
_BATCH_REPLY = TypeAdapter(BatchReply)
_ENROL_REPLY = TypeAdapter(EnrolReply)
_ENROL_REQUEST = TypeAdapter(EnrolRequest)
_PROOF = TypeAdapter(Proof)
_RENEWED = TypeAdapter(Renewed)
_OWN_DEVICE = TypeAdapter(OwnDevice)
_DOOR_REPLY = TypeAdapter(DoorReply)
_VITALS = TypeAdapter(Vitals)
_VITALS_REPLY = TypeAdapter(VitalsReply)
_TALLY_REQUEST = TypeAdapter(TallyRequest)
_TALLY_REPLY = TypeAdapter(TallyReply)


class GateClient:
    """Questions to one server about one event. Safe between threads; `close` it when the lane closes.

    Raises ServerAddressWrong.
    """

    def __init__(
        self,
        url: str,
        event: str,
        credential: Credential | None,
        learn: Callable[[int, int], None] = lambda server_ms, rtt_ms: None,  # noqa: ARG005
        papers: Papers = Papers(),
    ) -> None:
        headers = {"Authorization": credential.header} if credential else {}
        self._event = f"/api/v1/events/{event}"
        self._learn = learn
        self._papers = papers
        self._wire = Wire(url, client_context(papers.authority), headers)

    def close(self) -> None:
        """Closes the connections."""
        self._wire.close()

    def enrol(self, code: str, sealing_key: bytes, signing_key: bytes) -> Done[EnrolReply] | Later | Rejected:
        """Trades a one-time code and this kiosk's public keys (X25519, Ed25519) for a credential.

        The code is proven and not sent. Whether the reply proves it too is for the caller to see.
        """
        body = _ENROL_REQUEST.dump_json(enrol_request(code, PROTOCOL, sealing_key, signing_key))
        answer = self._ask("POST", "/api/v1/devices/enrol", _ENROL_REPLY, body=body, timeout_s=ENROL_S)
        is_mute = isinstance(answer, Later) and answer.trouble is Trouble.UNREACHABLE
        return Later(Trouble.TLS_WANTED) if is_mute and self._wire.wants_tls else answer

    def prove(self, nonce: bytes) -> Done[Proof] | Later | Rejected:
        """Asks whoever is there to prove that they have the installation's root key; tells nothing about this kiosk."""
        return self._ask("GET", f"/api/v1/proof?nonce={nonce.hex()}", _PROOF, body=None, timeout_s=ENROL_S)

    def me(self) -> Done[OwnDevice] | Later | Rejected:
        """What the server says of this device: the one question that is answered before it is confirmed."""
        return self._ask("GET", f"{self._event}/devices/me", _OWN_DEVICE, body=None, timeout_s=ENROL_S)

    def door(self) -> Done[DoorReply] | Later | Rejected:
        """What the server tells a door of the night: who is inside, and the incidents that concern this kiosk."""
        return self._ask("GET", f"{self._event}/devices/me/door", _DOOR_REPLY, body=None, timeout_s=ENROL_S)

    def stream(self, event: EventId) -> EventStream:
        """The stream of the event: what has changed, told as it happens."""
        return EventStream(self._wire, event, dict)

    def tell_vitals(self, vitals: Vitals, timeout_s: float) -> Done[VitalsReply] | Later | Rejected:
        """Tells how this kiosk is, within `timeout_s`; the last word counts."""
        path = f"{self._event}/devices/me/vitals"
        return self._ask("PUT", path, _VITALS_REPLY, body=_VITALS.dump_json(vitals), timeout_s=timeout_s)

    def renew_credential(self) -> Done[Renewed] | Later | Rejected:
        """Another secret for this device; the present one stays good until the new one has been used."""
        return self._ask("POST", f"{self._event}/devices/me/credential", _RENEWED, body=b"{}", timeout_s=ENROL_S)

    def tally(self, told: TallyRequest) -> Done[TallyReply] | Later | Rejected:
        """Compares what this kiosk holds with what the server does."""
        body, path = _TALLY_REQUEST.dump_json(told), f"{self._event}/devices/me/tally"
        return self._ask("POST", path, _TALLY_REPLY, body=body, timeout_s=ENROL_S)

    def held(self) -> Done[TallyReply] | Later | Rejected:
        """What the server holds of this kiosk's journal, and of those that it replaced."""
        return self._ask("GET", f"{self._event}/devices/me/tally", _TALLY_REPLY, body=None, timeout_s=ENROL_S)

    def redeem(self, record: Record, timeout_s: float) -> Done[FactResult] | Later | Rejected:
        """Asks about one scan, now."""
        body = b'{"fact":' + canonical(record) + b"}"
        return self._ask("POST", f"{self._event}/redemptions", _FACT_RESULT, body=body, timeout_s=timeout_s)

    def send(self, body: bytes) -> Done[BatchReply] | Later | Rejected:
        """Uploads a batch (`core.sync.session.body`), signed by this device."""
        key = self._papers.signing_key
        signature = {SIGNATURE_HEADER: seal.ed25519_sign(key, batch_bytes(body)).hex()} if key else {}
        headers = signature | self._clock()
        path = f"{self._event}/redemptions/batch"
        return self._ask("POST", path, _BATCH_REPLY, body=body, timeout_s=BATCH_S, headers=headers)

    def manifest(self, held: int | None) -> Done[FreshManifest | Unchanged] | Later | Rejected:
        """The newest manifest, unless it is the version held. Its bytes are cut just above what a manifest may have."""
        nonce = os.urandom(NONCE_BYTES)
        headers = {NONCE_HEADER: nonce.hex()} | self._clock()
        if held is not None:
            headers["If-None-Match"] = f'"{held}"'
        path = f"{self._event}/manifest"
        most = MAX_MANIFEST_BYTES + 1
        reply = self._exchange("GET", path, None, MANIFEST_S, headers=headers, most=most, is_cut=True, nonce=nonce)
        if not isinstance(reply, Reply):
            return reply
        if reply.status == httpx.codes.NOT_MODIFIED:
            return Done(Unchanged(), reply.took_ms)
        if reply.status != httpx.codes.OK:
            return refusal(reply)
        return Done(FreshManifest(reply.body, reply.headers.get(SIGNATURE_HEADER, "")), reply.took_ms)

    def file(self, sha256: str, offset: int, sink: Sink, most: int) -> Done[Received] | Later | Rejected:
        """The bytes of a file from `offset` on, at most `most` of them, as they come; what came before a break stays.

        `sink` may end it early. A server that doesn't know ranges (RFC 9110, section 14) sends the head once more: it
        is passed over. Rejected with 416 where the file ends before the offset, with 404 where there is none.
        """
        path = f"{self._event}/files/{sha256}"
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={offset}-"} if offset else {})}
        started, came, deadline = time.monotonic_ns(), 0, Deadline(MANIFEST_S)
        try:
            with deadline.running(), self._wire.stream("GET", path, None, FILE_S, headers) as response:
                skipped = _skipped(response, offset)
                if skipped is None:
                    return refusal(reply_of(response, read(response, MAX_REPLY_BYTES) or b"", started))
                for part in _passed_over(advancing(response.iter_raw(), deadline, MANIFEST_S), skipped):
                    taken = part[: most - came]
                    came += len(taken)
                    if not sink(taken) or came == most:
                        return Done(Received(came, is_end=came == most), took_ms(started))
        except FOREIGN as err:
            return later_of(err)
        return Done(Received(came, is_end=True), took_ms(started))

    def _clock(self) -> dict[str, str]:
        """This kiosk's own time as it asks, so that the server can measure how far it is off."""
        if self._papers.now is None:
            return {}
        now = self._papers.now()
        return {CLOCK_HEADER: f"{now.at_ms};{now.uncertainty_ms};{now.quality.value}"}

    def _ask(
        self,
        method: str,
        path: str,
        adapter: "TypeAdapter[_T]",
        *,
        body: bytes | None,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> Done[_T] | Later | Rejected:
        return answer_of(self._exchange(method, path, body, timeout_s, headers=headers or {}), adapter)

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        timeout_s: float,
        *,
        headers: Mapping[str, str],
        most: int = MAX_REPLY_BYTES,
        is_cut: bool = False,
        nonce: bytes | None = None,
    ) -> Reply | Later:
        """One question and its reply, within `timeout_s` as a whole.

        A body above `most` bytes is cut there, or else no answer.
        """
        reply = self._wire.exchange(method, path, body, timeout_s, headers=headers, most=most, is_cut=is_cut)
        if isinstance(reply, Reply):
            self._note_time(reply, nonce)
        return reply

    def _note_time(self, reply: Reply, nonce: bytes | None) -> None:
        told = reply.headers.get(TIME_HEADER, "")
        if not (told.isascii() and told.isdigit() and len(told) <= 15):
            return
        root, at_ms = self._papers.root_key, int(told)
        signature = reply.headers.get(TIME_SIGNATURE_HEADER, "")
        if root is None or (nonce is not None and is_signed(root, time_bytes(nonce, at_ms), signature)):
            self._learn(at_ms, reply.took_ms)


def _skipped(response: httpx.Response, offset: int) -> int | None:
    """How many bytes in front of the body are held already; None where it is no part of the file at all."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    if response.status_code == httpx.codes.OK:
        return offset
    told = response.headers.get("Content-Range", "")
    is_rest = response.status_code == httpx.codes.PARTIAL_CONTENT and told.startswith(f"bytes {offset}-")
    return 0 if is_rest else None


def _passed_over(parts: Iterator[bytes], count: int) -> Iterator[bytes]:
    """What comes after the first `count` bytes."""
    for part in parts:
        if len(part) > count:
            yield part[count:]
        count = max(0, count - len(part))
