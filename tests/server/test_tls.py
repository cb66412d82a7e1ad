"""TLS between a kiosk and its server: real handshakes, and each way in which one fails with its own trouble."""

import contextlib
import os
import socket
import ssl
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from sqlalchemy import text

from app.clock import wall_ms
from app.ledger.authority import ServerCertificate, issue, make_authority
from app.net.exchange import fetch_authority
from app.net.gate_client import GateClient, Papers
from app.runtime.enrolling import EnrolmentFailed, SomebodyElse, enrol, enrol_by
from app.runtime.station import CREDENTIAL, vault_of
from app.server.program import build_app
from app.server.tls import TlsFilesUnfit, TlsWish, context_for, context_of_files, lan_addresses, own_context, own_names
from app.speech import sentence_for
from core.model.ids import EventId
from core.model.moments import Millis
from core.sync.answers import Done, Later, Rejected
from core.sync.enrolment import Invitation, fingerprint_of, invitation_from, text_of
from core.sync.health import Trouble
from tests.contract.ledger_rig import NORTH, Home, House, open_house
from tests.server.serving import program, served
from tests.support.ports import free_port

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
LOCAL = ["127.0.0.1"]
DAY_MS = 86_400_000


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A ledger of the test's own; kiosks keep their keys in files."""
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")
    with open_house(Home(None, tmp_path_factory.mktemp("tls"))) as opened:
        yield opened


@pytest.fixture
def app(house: House) -> FastAPI:
    """The application of it."""
    return build_app(house.office, TOKEN)


@pytest.fixture
def bare() -> FastAPI:
    """An application without a ledger, for handshakes that come to nothing."""
    made = FastAPI()
    made.add_api_route("/health", lambda: "ok")
    return made


def now_ms() -> int:
    """The machine's clock, by which OpenSSL judges."""
    return wall_ms()


def invitation(house: House, url: str, ca: bytes | None) -> Invitation:
    """An enrolment code for a new kiosk, through the text of its picture."""
    code = house.office.device_code(EventId(house.event), NORTH, f"Door {os.urandom(4).hex()}")
    root = fingerprint_of(house.office.roots.root_public)
    found = invitation_from(text_of(Invitation(url, code.code, Millis(code.expires_at_ms), root, ca)))
    assert isinstance(found, Invitation)
    return found


def trouble_with(url: str, authority: str | None = None) -> Trouble | None:
    """What a kiosk that believes this authority says of a server; None when it reaches it."""
    with closing(GateClient(url, "e", None, papers=Papers(authority=authority))) as client:
        answer = client.enrol("AAAA-AAAA-AAAA-AAAA-AAAA", bytes(32), bytes(32))
    return answer.trouble if isinstance(answer, Later) else None


def sentence_of(trouble: Trouble) -> str:
    """What a person at a shell reads."""
    return sentence_for(EnrolmentFailed(trouble.value))


# --- the way it goes ----------------------------------------------------------------------------------------------


def test_a_kiosk_enrols_by_the_fingerprint_and_believes_that_authority_alone(  # A22
    house: House, app: FastAPI, tmp_path: Path
) -> None:
    authority = house.office.authorities.use()
    with served(app, own_context(authority, LOCAL, now_ms())) as url:
        enrolled = enrol_by(invitation(house, url, authority.fingerprint), tmp_path)
        assert enrolled.profile.server.startswith("https://")
        assert ssl.PEM_cert_to_DER_cert(enrolled.profile.authority) == authority.certificate
        secret = vault_of(tmp_path).get(CREDENTIAL)
        assert secret is not None
        reply = httpx.get(
            f"{url}/api/v1/events/{house.event.hex}/devices/me",
            headers={"Authorization": f"Device {enrolled.profile.device.hex}.{secret.decode()}"},
            verify=ssl.create_default_context(cadata=enrolled.profile.authority),
        )
        assert reply.json()["state"] == "pending"
        assert reply.headers["Strict-Transport-Security"].startswith("max-age=")
    other = make_authority(now_ms())
    with served(app, own_context(other, LOCAL, now_ms())) as url:
        assert trouble_with(url, enrolled.profile.authority) is Trouble.CERTIFICATE_STRANGER


def test_an_impostor_hears_nothing_of_the_code(house: House, app: FastAPI, tmp_path: Path) -> None:
    """The fingerprint is compared before anything else is said, whatever certificate the server shows."""
    authority, impostor = house.office.authorities.use(), make_authority(now_ms())
    asked: list[str] = []

    @app.middleware("http")
    async def listen(request, call_next):
        asked.append(request.url.path)
        return await call_next(request)

    with served(app, own_context(impostor, LOCAL, now_ms())) as url:
        for wrong in (os.urandom(32), impostor.fingerprint):
            with pytest.raises(SomebodyElse):
                enrol_by(invitation(house, url, wrong), tmp_path)
        assert set(asked) == {"/api/v1/authority"}
        with pytest.raises(EnrolmentFailed, match="certificate_stranger"):
            enrol_by(invitation(house, url, authority.fingerprint), tmp_path)
        assert set(asked) == {"/api/v1/authority"}, "the right certificate in front of a server that has not its key"
    assert not (tmp_path / "profile.json").exists()


def test_an_enrolment_code_without_an_authority_goes_on_working(house: House, app: FastAPI, tmp_path: Path) -> None:
    with served(app) as url:
        assert enrol_by(invitation(house, url, None), tmp_path).profile.authority == ""
        assert httpx.get(f"{url}/api/v1/authority").json()["code"] == "authority_unknown"
        assert "Strict-Transport-Security" not in httpx.get(f"{url}/health").headers


def test_the_authority_stays_the_same_and_is_named_while_it_is_used(house: House) -> None:
    book = house.office.authorities
    assert book.fingerprint() is None
    first = book.use()
    assert book.use().certificate == first.certificate
    assert book.fingerprint() == first.fingerprint
    book.rest()
    assert book.fingerprint() is None
    assert book.use().fingerprint == first.fingerprint
    with house.office._database.reading() as connection:
        stored = connection.execute(text("SELECT ca_private FROM installation")).scalar_one()
    assert b"PRIVATE" not in stored
    raw = first.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert raw[-64:] not in stored, "wrapped, not as it is"


# --- each way in which it fails -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "age_days", "days", "trouble"),
    [
        (["door.example"], 0, 397, Trouble.CERTIFICATE_NAME),
        (["127.0.0.2"], 0, 397, Trouble.CERTIFICATE_NAME),
        (LOCAL, 400, 397, Trouble.CERTIFICATE_EXPIRED),
        (LOCAL, -30, 397, Trouble.CERTIFICATE_EARLY),
        (LOCAL, 0, 397, None),
    ],
    ids=["name", "address", "expired", "early", "the control"],
)
def test_a_certificate_that_does_not_fit_is_refused_by_its_reason(
    bare: FastAPI, names: list[str], age_days: int, days: int, trouble: Trouble | None
) -> None:
    authority = make_authority(now_ms() - 500 * DAY_MS)
    made_ms = now_ms() - age_days * DAY_MS
    context = _loaded(issue(authority, names, made_ms, days))
    with served(bare, context) as url:
        assert trouble_with(url, authority.pem) is trouble


def test_nobody_vouches_for_a_server_whose_address_was_typed(bare: FastAPI) -> None:
    with served(bare, own_context(make_authority(now_ms()), LOCAL, now_ms())) as url:
        assert trouble_with(url) is Trouble.CERTIFICATE_STRANGER


def test_https_to_a_server_without_tls(bare: FastAPI) -> None:
    with served(bare) as url:
        assert trouble_with(url.replace("http:", "https:")) is Trouble.TLS_MISSING
        with pytest.raises(EnrolmentFailed, match="tls_missing"):
            enrol(url.replace("http:", "https:"), "AAAA-AAAA-AAAA-AAAA-AAAA", Path("/nowhere"), None, bytes(32))


def test_plain_http_to_a_server_with_tls(bare: FastAPI) -> None:
    with served(bare, own_context(make_authority(now_ms()), LOCAL, now_ms())) as url:
        assert trouble_with(url.replace("https:", "http:")) is Trouble.TLS_WANTED


def test_a_server_that_is_not_there_is_no_trouble_with_tls() -> None:
    port = free_port()
    for scheme in ("http", "https"):
        assert trouble_with(f"{scheme}://127.0.0.1:{port}") is Trouble.UNREACHABLE


def test_a_kiosk_refuses_tls_below_1_2() -> None:
    context = _loaded(issue(make_authority(now_ms()), LOCAL, now_ms()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with _one_handshake(context) as url:
        assert trouble_with(url) is Trouble.TLS_OLD


def test_the_server_refuses_tls_below_1_2(bare: FastAPI) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with served(bare, own_context(make_authority(now_ms()), LOCAL, now_ms())) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line, pytest.raises(ssl.SSLError):
            old.wrap_socket(line, server_hostname="127.0.0.1")
        assert httpx.get(f"{url}/health", verify=False).status_code == 200  # noqa: S501 — the control


@pytest.mark.parametrize("trouble", [each for each in Trouble if each.value.startswith(("certificate", "tls"))])
def test_each_trouble_has_its_own_sentence(trouble: Trouble) -> None:
    told = sentence_of(trouble)
    assert "ask for a new code with" not in told, "that is the sentence of a trouble without one"
    assert told not in {sentence_of(each) for each in Trouble if each is not trouble}


def test_what_is_fetched_counts_by_its_fingerprint(house: House, app: FastAPI) -> None:
    authority = house.office.authorities.use()
    with served(app, own_context(authority, ["elsewhere.example"], now_ms())) as url:
        assert isinstance(fetch_authority(url, authority.fingerprint), Done)
        answer = fetch_authority(url, bytes(32))
        assert isinstance(answer, Rejected)
        assert answer.code == "authority_other"


# --- the operator's files -----------------------------------------------------------------------------------------


def test_the_operators_files_serve_and_enrolment_codes_name_nobody(house: House, app: FastAPI, tmp_path: Path) -> None:
    authority = house.office.authorities.use()
    chain, key = _files(tmp_path, issue(authority, LOCAL, now_ms()))
    context = context_for(TlsWish(chain, key), house.office, "127.0.0.1")
    assert house.office.authorities.fingerprint() is None
    with served(app, context) as url:
        assert trouble_with(url, authority.pem) is None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda chain, key: key.chmod(0o640), "chmod 600"),
        (lambda chain, key: key.write_bytes(b"nonsense"), "no private key"),
        (lambda chain, key: chain.write_bytes(b"nonsense"), "no certificate"),
        (lambda chain, key: chain.unlink(), "No such file"),
        (lambda chain, key: key.write_bytes(issue(make_authority(now_ms()), [], now_ms()).key), "another certificate"),
        (lambda chain, key: key.write_bytes(_locked()), "passphrase"),
        (lambda chain, key: chain.write_bytes(issue(make_authority(1), [], 1).certificate), "it ended on 1971"),
    ],
    ids=["readable", "no key", "no certificate", "missing", "another's", "locked", "expired"],
)
def test_files_that_do_not_fit_are_refused_with_the_cure(tmp_path: Path, spoil, said: str) -> None:
    chain, key = _files(tmp_path, issue(make_authority(now_ms()), LOCAL, now_ms()))
    context_of_files(chain, key, now_ms())
    spoil(chain, key)
    with pytest.raises(TlsFilesUnfit) as failed:
        context_of_files(chain, key, now_ms())
    assert said in sentence_for(failed.value)


def test_a_certificate_has_the_names_by_which_this_machine_is_called() -> None:
    names = own_names("192.0.2.7")
    assert names[0] == "192.0.2.7"
    assert {"localhost", "127.0.0.1", "::1", socket.gethostname()} <= set(names)
    assert own_names("0.0.0.0")[0] == "localhost"  # noqa: S104 — not bound to
    issue(make_authority(now_ms()), names, now_ms())


def test_the_addresses_come_from_this_machines_own_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {
        "/proc/net/fib_trie": "     |-- 192.168.1.0\n        /24 link UNICAST\n"
        "     |-- 192.168.1.7\n        /32 host LOCAL\n     |-- 192.168.1.255\n        /32 link BROADCAST\n",
        "/proc/net/if_inet6": "fd000000000000000000000000000002 04 40 00 82     eth0\n",
    }
    monkeypatch.setattr("app.server.tls._table", tables.__getitem__)
    assert lan_addresses() == ["192.168.1.7", "fd00::2"]


def test_the_program_speaks_tls_and_its_key_stays_on_no_disk(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "server"
    with program(folder, "--tls", "--tls-name", "door.example") as (_, url):
        assert url.startswith("https://")
        authority = httpx.get(f"{url}/api/v1/authority", verify=False).text  # noqa: S501 — what is tested next
        trusting = ssl.create_default_context(cadata=authority)
        assert httpx.get(f"{url}/ready", verify=trusting).json() == {"status": "ready"}
        with (
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as line,
            trusting.wrap_socket(line, server_hostname="door.example") as told,
        ):
            assert told.version() in {"TLSv1.2", "TLSv1.3"}
        assert not [file for file in folder.rglob("*") if file.is_file() and b"PRIVATE KEY" in file.read_bytes()]


def _loaded(made: ServerCertificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(*_files(Path(folder), made))
    return context


def _files(folder: Path, made: ServerCertificate) -> tuple[Path, Path]:
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.certificate)
    key.write_bytes(made.key)
    key.chmod(0o600)
    return chain, key


def _locked() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush"))


@contextlib.contextmanager
def _one_handshake(context: ssl.SSLContext) -> Iterator[str]:
    """A server that does one handshake, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake() -> None:
            line, _ = listener.accept()
            with line, contextlib.suppress(OSError), context.wrap_socket(line, server_side=True):
                pass

        thread = threading.Thread(target=shake)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()
