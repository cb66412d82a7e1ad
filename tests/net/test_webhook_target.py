"""Whoever may add a webhook reads nothing of the server's own network by it: a sinkhole there is never reached."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.net import webhook_target
from app.net.webhook_sender import WebhookSender
from app.net.webhook_target import MOST_TARGET, TargetRefused, TargetRules, checked_target, is_global, looked_up
from core.delivery.meaning import Fate, meaning_of
from core.delivery.message import Channel
from core.delivery.parcel import Parcel

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ANY = "0.0.0.0"  # noqa: S104 — nothing is bound to it
GLOBAL = ["93.184.215.14", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NOT_GLOBAL = [
    *(ANY, "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "127.0.0.1", "127.255.255.254"),
    *("169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1"),
    *("fe80::1%eth0", "fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
    *("3fff::1", "5f00::1", "4000::1", "", "localhost", "1.2.3", "1.2.3.4.5"),
]


@pytest.mark.parametrize("address", GLOBAL)
def test_an_address_of_the_internet_is_one(address: str) -> None:
    assert is_global(address)


@pytest.mark.parametrize("address", NOT_GLOBAL)
def test_any_other_is_none(address: str) -> None:
    assert not is_global(address)


@given(st.ip_addresses(v=4))
def test_what_an_address_carries_inside_decides_like_the_address_itself(address: object) -> None:
    for outer in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_global(outer) == is_global(str(address))


# --- a sinkhole on this computer, which no webhook may reach ------------------------------------------------------

BY_ADDRESS = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001"),
    *("127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
]
"""Hosts that are this computer by themselves, however they are written."""
BY_NAME = {
    "localhost": ["127.0.0.1"],
    "LOCALHOST": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "rebound.example": ["127.0.0.1"],
    "both.example": ["93.184.215.14", "127.0.0.1"],
    "both-other-way.example": ["127.0.0.1", "93.184.215.14"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "xn--bcher-kva.example": ["127.0.0.1"],
}
ELSEWHERE = {
    "metadata.example": ["169.254.169.254"],
    "metadata-v6.example": ["fd00:ec2::254"],
    "router.example": ["192.168.1.1"],
    "database.example": ["10.0.0.5"],
    "carrier.example": ["100.64.0.1"],
    "link.example": ["fe80::1%eth0"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:7f00:1::"],
    "site.example": ["fec0::1"],
    "any.example": [ANY],
    "multicast.example": ["224.0.0.1"],
    "one-of-three.example": ["93.184.215.14", "8.8.8.8", "10.0.0.5"],
}
"""Names whose addresses are others than this computer's, and no public ones."""
LITERALS = [
    *("10.0.0.1", "192.168.0.1", "169.254.169.254", ANY, "[::]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]"),
    *("[2002:7f00:1::]", "[::127.0.0.1]", "0xa9fea9fe", "2852039166", "224.0.0.1", "100.64.0.1"),
]
BY_FORM = [
    "http://shop.example/",
    "ftp://shop.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_HELO",
    "https://",
    "https:///hook",
    "//shop.example/",
    "shop.example/hook",
    "https://shop.example:22/",
    "https://shop.example:80/",
    "https://shop.example:6379/",
    "https://shop.example:0/",
    "https://shop.example:65536/",
    "https://shop.example:99999999999/",
    "https://user@shop.example/",
    "https://user:password@shop.example/",
    "https://shop.example@127.0.0.1/",
    "https://shop.example/#@127.0.0.1",
    "https://shop.example\\@127.0.0.1/",
    "https://shop.example/\r\nHost: 127.0.0.1",
    "https://shop.example/\x00",
    "https://shop.example /",
    "https://①②⑦.⓪.⓪.①/",
    "https://ⓛocalhost/",
    "https://0177.0.0.1/",
    "https://127.000.000.001/",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    "https://" + "a" * 300 + ".example/",
    "https://shop.example/" + "x" * MOST_TARGET,
    "javascript:alert(1)",
    "",
]


class Sinkhole:
    """Takes connections and counts them; nobody should come."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.reached = 0
        self._thread = threading.Thread(target=self._take, name="sinkhole")

    def _take(self) -> None:
        while True:
            line, _ = self._listener.accept()
            with line:
                if line.recv(4) == b"stop":
                    return
                self.reached += 1

    def __enter__(self) -> "Sinkhole":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(b"stop")
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="module")
def sinkhole() -> Iterator[Sinkhole]:
    with Sinkhole() as opened:
        yield opened


def parcel(target: str) -> Parcel:
    return Parcel(UUID(int=1), "ticket.redeemed", "{}", target, (b"s" * 32,))


def resolve(host: str, _: int, __: float) -> Sequence[str]:
    return {**BY_NAME, **ELSEWHERE}[host.lower() if host.lower() in BY_NAME else host]


def send(target: str, port: int) -> str:
    """The word of what came of it."""
    sender = WebhookSender(TargetRules(ports=frozenset({port})), context=NOBODY, resolve=resolve)
    handed = sender.send(parcel(target))
    assert meaning_of(Channel.WEBHOOK, handed.heard).fate is Fate.LATER, "a target may be mended, nothing is given up"
    assert handed.heard.code is None
    return handed.heard.word


@pytest.mark.parametrize("host", [*BY_ADDRESS, *BY_NAME, *ELSEWHERE, *LITERALS])
def test_a_target_inside_is_never_connected_to(sinkhole: Sinkhole, host: str) -> None:
    assert send(f"https://{host}:{sinkhole.port}/hook", sinkhole.port) == "target_refused"
    assert sinkhole.reached == 0


@pytest.mark.parametrize("target", BY_FORM)
def test_a_target_that_is_none_is_refused_before_anything_is_looked_up(target: str) -> None:
    with pytest.raises(TargetRefused):
        checked_target(target, TargetRules())
    sender = WebhookSender(TargetRules(), context=NOBODY, resolve=lambda *_: pytest.fail("looked up"))
    assert sender.send(parcel(target)).heard.word == "target_refused"


@pytest.mark.parametrize(
    "target", ["https://shop.example/hook?token=1", "https://shop.example:8443/", "https://8.8.8.8/"]
)
def test_a_target_on_the_internet_is_taken(target: str) -> None:
    assert str(checked_target(target, TargetRules())) == target


def test_without_the_guard_the_sinkhole_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what is refused above for its address would have arrived."""
    monkeypatch.setattr(webhook_target, "is_global", lambda _: True)
    apart = {"both.example", "mapped.example"}  # its public address comes first; tests hold a mapped one for another's
    inside = [host for host in (*BY_ADDRESS, *BY_NAME) if host not in apart and not host.startswith("[::ffff")]
    with Sinkhole() as unguarded:
        for host in inside:
            send(f"https://{host}:{unguarded.port}/hook", unguarded.port)
    assert unguarded.reached == len(inside) > 10


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:8080/", "http://localhost/", "https://[::1]:9/", "https://a.example/"]
)
def test_a_developers_computer_may_be_reached_by_its_own_switch(target: str) -> None:
    assert str(checked_target(target, TargetRules(is_loopback_allowed=True))) == target


@pytest.mark.parametrize("host", [*ELSEWHERE, "both.example", "both-other-way.example"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_switch_opens_nothing_but_that_computer(sinkhole: Sinkhole, scheme: str, host: str) -> None:
    sender = WebhookSender(TargetRules(is_loopback_allowed=True), context=NOBODY, resolve=resolve)
    assert sender.send(parcel(f"{scheme}://{host}:{sinkhole.port}/")).heard.word == "target_refused"
    assert sinkhole.reached == 0


def test_a_name_server_that_does_not_answer_costs_no_more_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait(60) and [])
    try:
        with pytest.raises(TimeoutError):
            looked_up("shop.example", 443, 0.05)
        assert (
            WebhookSender(TargetRules(), context=NOBODY, total_s=0.05).send(parcel("https://shop.example/")).heard.word
            == "timed_out"
        )
    finally:
        is_over.set()
        for thread in threading.enumerate():
            if thread.name == "webhook's name":
                thread.join()


def test_a_name_without_an_address_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert (
        WebhookSender(TargetRules(), context=NOBODY).send(parcel("https://nowhere.example/")).heard.word
        == "name_unknown"
    )
