"""A server whose address changed is found again; a wrong one is refused before anything is told to it."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.__main__ import main
from app.clock import wall_ms
from app.ledger.admin import open_ledger
from app.runtime.enrolling import enrol
from app.runtime.moving import AddressUnfit, AddressUnsafe, ServerForeign, ServerSilent, move
from app.runtime.station import Station
from app.server.program import build_app
from app.server.tls import own_context
from app.settings import Profile, load_profile, save_profile
from app.store.clock_memory import clock_of
from core.model.ids import EventId
from core.sync.address import Address, NoAddress, address_from, text_of
from core.ticket import seal
from tests.contract.ledger_rig import NORTH, Home, House, open_house
from tests.server.serving import served

TOKEN = "organizers-token-of-the-test"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _keys_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Home(None, tmp_path / "server")) as opened:
        yield opened


@pytest.fixture
def kiosk(house: House, tmp_path: Path) -> Path:
    """A confirmed kiosk's folder; the server at the address that it knows is gone."""
    folder = tmp_path / "kiosk"
    code = house.office.device_code(EventId(house.event), NORTH, "Door 7").code
    with served(build_app(house.office, TOKEN)) as url:
        enrolled = enrol(url, code, folder)
        house.office.confirm_device(house.event, "Door 7", enrolled.digits)
    return folder


class Listener(BaseHTTPRequestHandler):
    """Somebody else's server: hears all that is said to it, and answers as it is told."""

    heard: list[str]
    answer: tuple[int, bytes]

    def do_GET(self) -> None:
        self.heard.append(f"{self.requestline}\n{self.headers}")
        status, body = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(params=["a router's page", "a proof of nothing", "no proof", "a failure"])
def impostor(request: pytest.FixtureRequest) -> Iterator[tuple[str, list[str]]]:
    """An address where something else answers, and what it heard."""
    answers = {
        "a router's page": (200, b"<html>Welcome</html>"),
        "a proof of nothing": (200, json.dumps({"proof": "00" * 64}).encode()),
        "no proof": (404, b'{"code": "not_found"}'),
        "a failure": (502, b""),
    }
    handler = type("Bound", (Listener,), {"heard": [], "answer": answers[request.param]})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler.heard  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def asks(folder: Path) -> bool:
    """Whether the kiosk gets a manifest where its profile says that the server is."""
    with closing(Station(folder, load_profile(folder), clock_of(folder))) as station:
        return station.refresh_manifest() is None and station.box.taken is not None


def test_a_typed_address_is_kept_and_nothing_is_enrolled_anew(house: House, kiosk: Path) -> None:
    before = load_profile(kiosk)
    with served(build_app(house.office, TOKEN)) as url:
        moved = move(kiosk, url)
        assert load_profile(kiosk) == moved == replace(before, server=url)
        assert asks(kiosk)


def test_a_code_from_the_server_is_read_from_its_picture(
    house: House, kiosk: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    picture, data = tmp_path / "address.png", str(tmp_path / "server")
    with served(build_app(house.office, TOKEN)) as url:
        assert main(["device", "address", "--url", url, "--out", str(picture), "--data", data, "--json"]) == 0
        assert json.loads(capfd.readouterr().out.splitlines()[-1])["url"] == url
        assert main(["vault", "address", str(picture), "--profile", str(kiosk), "--json"]) == 0
        assert json.loads(capfd.readouterr().out)["server"] == url
        assert asks(kiosk)


def test_another_installations_server_is_refused_and_hears_no_credential(
    kiosk: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (kiosk / "profile.json").read_bytes()
    with open_ledger(None, tmp_path / "other") as office, served(build_app(office, TOKEN)) as url:
        assert main(["vault", "address", url, "--profile", str(kiosk)]) == 1
        said = capfd.readouterr().err
        assert "is not the server that enrolled this kiosk" in said
        assert len(said.splitlines()) == 1
        with pytest.raises(AddressUnfit, match="foreign"):
            move(kiosk, text_of(Address(url), office.roots.sign))
    assert (kiosk / "profile.json").read_bytes() == before


def test_whoever_else_answers_learns_nothing_of_the_kiosk(kiosk: Path, impostor: tuple[str, list[str]]) -> None:
    url, heard = impostor
    before = (kiosk / "profile.json").read_bytes()
    with pytest.raises((ServerForeign, ServerSilent)):
        move(kiosk, url)
    assert (kiosk / "profile.json").read_bytes() == before
    assert [line.split("?")[0] for line in heard] == ["GET /api/v1/proof"]
    profile = load_profile(kiosk)
    secrets = [file.read_bytes().decode("latin-1") for file in (kiosk / "vault").iterdir()]
    told = "".join(heard).lower()
    assert "authorization" not in told
    assert not [name for name in (profile.device.hex, profile.event.hex, *secrets) if name in told]


@pytest.mark.parametrize("impostor", ["a router's page"], indirect=True)
def test_an_address_that_was_not_proven_would_hear_the_credential(kiosk: Path, impostor: tuple[str, list[str]]) -> None:
    """The control: what the proof is for."""
    url, heard = impostor
    save_profile(kiosk, replace(load_profile(kiosk), server=url))
    asks(kiosk)
    assert any("Authorization: Device" in line for line in heard)


def test_an_address_where_nobody_is_changes_nothing(kiosk: Path) -> None:
    before = (kiosk / "profile.json").read_bytes()
    with pytest.raises(ServerSilent):
        move(kiosk, "http://127.0.0.1:9")
    assert (kiosk / "profile.json").read_bytes() == before


def test_a_kiosk_under_tls_stays_under_tls_and_follows_its_authority(house: House, kiosk: Path) -> None:
    authority = house.office.authorities.use()
    app = build_app(house.office, TOKEN)
    with served(app, own_context(authority, ["127.0.0.1"], wall_ms())) as url:
        code = text_of(Address(url, authority.fingerprint), house.office.roots.sign)
        moved: Profile = move(kiosk, code)
        assert moved.server == url
        assert "CERTIFICATE" in moved.authority
    with served(app) as url, pytest.raises(AddressUnsafe):
        move(kiosk, url)


def test_what_is_no_address_is_said_so(kiosk: Path) -> None:
    for text in ("", "no address", "ftp://x", "{}", '{"kind":"doorlight/address"}', "[" * 3000):
        with pytest.raises(AddressUnfit):
            move(kiosk, text)


def test_a_code_that_was_changed_is_nobodys() -> None:
    private = bytes(range(32))
    root = seal.ed25519_public(private)

    def sign(message: bytes) -> bytes:
        return seal.ed25519_sign(private, message)

    text = text_of(Address("http://192.0.2.5:8480"), sign)
    assert address_from(text, root) == Address("http://192.0.2.5:8480")
    assert address_from(text.replace("192.0.2.5", "192.0.2.6"), root) == NoAddress(is_foreign=True)
    secured = Address("https://192.0.2.5:8480", bytes(32))
    assert address_from(text_of(secured, sign).replace("00" * 32, "01" * 32), root) == NoAddress(is_foreign=True)
