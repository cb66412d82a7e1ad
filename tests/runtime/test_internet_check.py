"""Whether the server reaches the internet: what is looked for, how a loss is told, and that nothing is told unasked."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import httpx
import pytest

from app.errors import AppError
from app.ledger.admin import Office, open_ledger
from app.net.reach import Milestone, is_reached, milestone_of
from app.runtime import internet_check
from app.runtime.internet_check import InternetCheck
from app.server.program import build_app
from core.sync.messages import Reach
from tests.server.serving import program, served
from tests.support.ports import free_port

PATIENCE_S = 20.0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://www.example.org", Milestone("www.example.org", 443, is_tls=True)),
        ("https://www.example.org:8443/", Milestone("www.example.org", 8443, is_tls=True)),
        ("http://192.0.2.1", Milestone("192.0.2.1", 80, is_tls=False)),
        ("192.0.2.1:53", Milestone("192.0.2.1", 53, is_tls=False)),
        ("[2001:db8::1]:443", Milestone("2001:db8::1", 443, is_tls=False)),
    ],
)
def test_what_can_be_looked_for(text: str, told: Milestone) -> None:
    assert milestone_of(text) == told


@pytest.mark.parametrize(
    "text", ["", "www.example.org", "ftp://a.example", "https://a.example/path", "a:0", "https://u:p@a"]
)
def test_what_can_not_be_looked_for_is_said(text: str) -> None:
    with pytest.raises(AppError) as told:
        milestone_of(text)
    assert told.value.key == "internet_check_wrong"


def test_who_listens_is_reached_and_who_does_not_is_not() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        assert is_reached(Milestone("127.0.0.1", port, is_tls=False))
    assert not is_reached(Milestone("127.0.0.1", free_port(), is_tls=False))


def test_who_can_not_prove_who_it_is_is_not_reached(office: Office) -> None:
    """A captive portal takes every connection; under TLS it is found out."""
    from app.server.tls import TlsWish, context_for

    with served(build_app(office, "t" * 32), context_for(TlsWish(None, None, ()), office, "127.0.0.1")) as url:
        portal = milestone_of(url)
        assert not is_reached(portal)
        believing = ssl.create_default_context()
        believing.check_hostname, believing.verify_mode = False, ssl.CERT_NONE
        assert is_reached(portal, believing), "the control: it does speak TLS"


def reaches(looks: list[bool]) -> list[Reach]:
    """What is told after each look; the clock shows 10, 20, 30, … as a look begins and ends."""
    ticks, left = count(10, 10), list(looks)
    check = InternetCheck(lambda: left.pop(0), lambda: next(ticks))
    told = []
    for _ in looks:
        check.look()
        told.append(check.reach)
    return told


def test_before_the_first_look_nothing_is_known() -> None:
    assert InternetCheck(lambda: True, lambda: 0).reach == Reach(None, None, None)


def test_a_loss_is_told_at_the_second_miss_and_counts_from_the_first() -> None:
    assert [(each.is_there, each.since_ms) for each in reaches([True, False, False, False])] == [
        (True, 10),
        (True, 10),
        (False, 30),
        (False, 30),
    ]


def test_one_miss_is_no_loss_and_a_return_is_told_at_once() -> None:
    told = [(each.is_there, each.since_ms) for each in reaches([True, False, True, False, False, True])]
    assert told == [(True, 10), (True, 10), (True, 10), (True, 10), (False, 70), (True, 110)]


def test_a_server_that_never_reached_it_says_so_at_its_second_look() -> None:
    assert [each.is_there for each in reaches([False, False])] == [None, False]


def test_each_look_is_dated() -> None:
    assert [each.looked_ms for each in reaches([True, False])] == [20, 40]


def test_a_server_says_nothing_of_the_internet_unless_it_was_told_to_look(office: Office) -> None:
    with served(build_app(office, "t" * 32)) as url:
        assert httpx.get(f"{url}/api/v1/health").json()["internet"] is None
    check = InternetCheck(lambda: False, lambda: 5)
    with served(build_app(office, "t" * 32, reach=lambda: check.reach)) as url:
        check.look()
        check.look()
        told = httpx.get(f"{url}/api/v1/health").json()
    assert told["internet"] == {"is_there": False, "since_ms": 5, "looked_ms": 5}


@pytest.mark.slow
def test_the_program_looks_where_it_was_told_to(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        milestone = f"127.0.0.1:{listener.getsockname()[1]}"
        with program(tmp_path, "--internet", milestone) as (_, url):
            listener.settimeout(PATIENCE_S)
            listener.accept()[0].close()
            give_up_at = time.monotonic() + PATIENCE_S
            while not httpx.get(f"{url}/api/v1/health", timeout=PATIENCE_S).json()["internet"]["is_there"]:
                assert time.monotonic() < give_up_at
    assert internet_check.EVERY_S * internet_check.LOOKS_TO_LOSE < 60
