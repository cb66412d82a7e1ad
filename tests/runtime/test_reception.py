"""Who sits at the window: the log-in, what outlives it and where that lies, and whom a window believes."""

import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from app.device.vault import VaultFailed
from app.ledger.admin import Office, open_ledger
from app.net.address import ServerAddressWrong
from app.net.organizer_client import OrganizerClient
from app.runtime import reception as reception_module
from app.runtime.reception import SERVERS_FILE, Reception, Sitting
from app.server.program import build_app
from app.server.tls import TlsWish, context_for
from core.model.roles import Role
from core.sync.answers import Done, Later, Rejected
from core.sync.health import Trouble
from tests.server.serving import served
from tests.support.passwords import make_passwords_cheap

CHOSEN = "correct horse battery"
FIRST = "owner"


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    make_passwords_cheap(monkeypatch)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path / "server") as opened:
        yield opened


@pytest.fixture
def url(office: Office) -> Iterator[str]:
    with served(build_app(office, "t" * 32)) as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[OrganizerClient]:
    with closing(OrganizerClient(url)) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "window"


def first_password(office: Office) -> tuple[str, str]:
    first = office.accounts.first_owner()
    assert first is not None
    return first.name, first.password


def sit(reception: Reception, client: OrganizerClient, office: Office, *, stays: bool) -> Sitting:
    """The owner, who has chosen a password."""
    name, password = first_password(office)
    first = reception.log_in(client, name, password, stays=stays)
    assert isinstance(first, Done)
    assert first.value.must_change
    assert not first.value.is_kept, "a password of the program's opens nothing, and is not kept"
    chosen = reception.change_password(client, password, CHOSEN, stays=stays)
    assert isinstance(chosen, Done)
    return chosen.value


def test_the_first_log_in_asks_for_a_password_and_goes_on_with_it(
    client: OrganizerClient, office: Office, folder: Path
) -> None:
    reception = Reception(folder)
    sitting = sit(reception, client, office, stays=False)
    assert [row.role for row in sitting.me.roles] == [Role.OWNER]
    assert not sitting.must_change
    assert isinstance(client.me(), Done)
    again = reception.log_in(client, f"  {sitting.me.name.upper()} ", CHOSEN, stays=False)
    assert isinstance(again, Done), "a name is a name however it is typed"


def test_a_wrong_password_is_refused_and_an_unfit_one_says_why(
    client: OrganizerClient, office: Office, folder: Path
) -> None:
    reception, (name, password) = Reception(folder), first_password(office)
    assert reception.log_in(client, name, "wrong", stays=True) == Rejected(401, "log_in_wrong")
    assert isinstance(reception.log_in(client, name, password, stays=True), Done)
    unfit = reception.change_password(client, password, "short", stays=True)
    assert isinstance(unfit, Rejected)
    assert unfit.code == "password_unfit"
    assert unfit.detail.startswith("too_short: ")
    assert "12 characters" in unfit.detail


@pytest.mark.parametrize("stays", [False, True])
def test_a_session_is_kept_where_somebody_wants_it_and_nowhere_else(
    client: OrganizerClient, office: Office, folder: Path, stays: bool
) -> None:
    sitting = sit(Reception(folder), client, office, stays=stays)
    assert sitting.is_kept == stays
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert any(sitting.token.encode() in each.read_bytes() for each in files) == stays
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert not any(CHOSEN.encode() in each.read_bytes() for each in files)
    resumed = Reception(folder).resume(client.server, office.now_ms())
    assert (resumed is not None and resumed.token == sitting.token and resumed.me == sitting.me) == stays
    assert Reception(folder).resume(client.server, sitting.ends_at_ms) is None, "it is over by then"
    assert Reception(folder).resume("https://other.example", office.now_ms()) is None


def test_who_logs_out_is_out_here_and_on_the_server(client: OrganizerClient, office: Office, folder: Path) -> None:
    reception = Reception(folder)
    sitting = sit(reception, client, office, stays=True)
    reception.log_out(client)
    assert Reception(folder).resume(client.server, office.now_ms()) is None
    client.use(sitting.token)
    told = client.me()
    assert isinstance(told, Rejected)
    assert told.status == 401


def test_who_logs_out_while_the_server_is_away_is_out_here(office: Office, folder: Path) -> None:
    with ExitStack() as server:
        url = server.enter_context(served(build_app(office, "t" * 32)))
        with closing(OrganizerClient(url)) as client:
            reception = Reception(folder)
            sit(reception, client, office, stays=True)
            server.close()
            reception.log_out(client)
            assert reception.resume(url, office.now_ms()) is None


def test_the_last_server_and_its_event_are_remembered(folder: Path) -> None:
    reception = Reception(folder)
    assert reception.last_server() is None
    reception.note_event("https://a.example/", "5a" * 16)
    reception.note_event("https://b.example", "5b" * 16)
    assert Reception(folder).last_server() == "https://b.example"
    reception.note_event("https://a.example", "5c" * 16)
    assert Reception(folder).last_server() == "https://a.example"
    assert Reception(folder).known("https://a.example").event == "5c" * 16
    for number in range(reception_module.MOST_SERVERS + 5):
        reception.note_event(f"https://{number}.example", "")
    assert Reception(folder).known("https://a.example").event == ""


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a": 1}', b"\xff" * 100, b"{" * 100_000])
def test_a_file_that_can_not_be_read_is_nothing_remembered(folder: Path, body: bytes) -> None:
    folder.mkdir()
    (folder / SERVERS_FILE).write_bytes(body)
    reception = Reception(folder)
    assert reception.last_server() is None
    reception.note_event("https://a.example", "5a" * 16)
    assert reception.known("https://a.example").event == "5a" * 16


def test_a_keyring_that_fails_costs_the_staying_alone(
    client: OrganizerClient, office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reception = Reception(folder)

    def fail(*_: Any) -> None:
        raise VaultFailed("session", "locked")

    for name in ("get", "put", "delete"):
        monkeypatch.setattr(reception._vault, name, fail)
    assert not sit(reception, client, office, stays=True).is_kept
    assert reception.resume(client.server, office.now_ms()) is None


def test_an_account_that_wants_passphrases_keeps_no_session(
    client: OrganizerClient, office: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "passphrase")
    assert not sit(Reception(folder), client, office, stays=True).is_kept


def test_a_window_believes_an_authority_by_its_fingerprint_alone(office: Office, folder: Path) -> None:
    context = context_for(TlsWish(None, None, ()), office, "127.0.0.1")
    right = office.authorities.fingerprint()
    assert right is not None
    with served(build_app(office, "t" * 32), context) as url, closing(OrganizerClient(url)) as client:
        reception = Reception(folder)
        assert client.log_in("owner", "x") == Later(Trouble.CERTIFICATE_STRANGER)
        assert reception.trust(url, "00" * 32) == Rejected(200, "authority_other")
        assert reception.trust(url, "none") == Rejected(0, "fingerprint_unfit")
        spaced = ":".join(f"{byte:02X}" for byte in right)
        found = reception.trust(url, spaced)
        assert isinstance(found, Done)
        client.trust(found.value)
        assert client.log_in("owner", "x") == Rejected(401, "log_in_wrong")
        with closing(OrganizerClient(url, Reception(folder).known(url).authority)) as next_time:
            assert isinstance(next_time.health(), Done)


def test_a_server_that_speaks_tls_is_told_to_who_speaks_plain(office: Office) -> None:
    context = context_for(TlsWish(None, None, ()), office, "127.0.0.1")
    with (
        served(build_app(office, "t" * 32), context) as url,
        closing(OrganizerClient(url.replace("https", "http"))) as client,
    ):
        assert client.log_in("owner", "x") == Later(Trouble.TLS_WANTED)


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(ServerAddressWrong):
        OrganizerClient("door.example")
