"""How a folder becomes a kiosk: who answers, what is kept and in which order, and what is never touched."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.device.vault import FileVault, VaultFailed
from app.runtime.enrolling import (
    EnrolmentFailed,
    InvitationUnfit,
    ReplyUnfit,
    SomebodyElse,
    SpareKitFailed,
    enrol,
    enrol_by,
    enrol_spare,
    invitation_of,
    rotate_credential,
    wait_until_confirmed,
)
from app.runtime.station import CredentialLost, EnrolledBefore, Station
from app.settings import Profile, SettingsFailed, load_profile, save_profile
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.sync.enrolment import (
    Invitation,
    code_key,
    enrolled_bytes,
    fingerprint_of,
    letters_of,
    six_digits,
    text_of,
)
from core.sync.export import Spare, locked_spare, spare_file_name
from core.ticket import seal
from core.ticket.keyring import VerifyProfile
from core.ticket.verify import Barred
from tests.support.door import (
    DEVICE,
    EVENT,
    NORTH,
    PROFILE,
    ROOT,
    SEALING_PRIVATE,
    SIGNING_PRIVATE,
    HandClock,
    fill_vault,
    signed,
)
from tests.support.manifests import ManifestServer
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

CODE = "ABCD-EFGH-IJKL-MNOP-QRST"
REPLY = {
    "device": DEVICE.hex,
    "secret": "told once",
    "event": EVENT.hex,
    "event_name": "Summer Night",
    "name": "North 1",
    "gate": "north",
    "incarnation": 1,
    "root_key": ROOT.hex(),
    "profile": "sig",
}


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORLIGHT_VAULT", "file")


def answer(question: Question, code: str = CODE, **change: str) -> Reply:
    """What the server that knows the code answers; `change` is put in on the way."""
    sent = json.loads(question.body)
    about = enrolled_bytes(ROOT, DEVICE, bytes.fromhex(sent["sealing_key"]), bytes.fromhex(sent["signing_key"]))
    return reply_json(REPLY | {"proof": seal.hmac(code_key(code)[1], about).hex()} | change)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(answer) as made:
        yield made


def invitation(url: str, root: bytes = ROOT) -> Invitation:
    return Invitation(url, CODE, Millis(1), fingerprint_of(root))


def vault_of(folder: Path) -> FileVault:
    return FileVault(folder / "vault")


def test_an_invitation_makes_a_kiosk(tmp_path: Path, server: ScriptedServer) -> None:
    enrolled = enrol_by(invitation_of(text_of(invitation(server.url))), tmp_path)
    profile = load_profile(tmp_path)
    assert profile == enrolled.profile
    assert (profile.device_name, profile.gate, profile.root) == ("North 1", "north", ROOT)
    assert profile.trusted_with is VerifyProfile.SIG
    assert vault_of(tmp_path).get("credential") == b"told once"
    assert enrolled.warning == "vault_is_files"


def test_both_sides_can_show_the_same_digits(tmp_path: Path, server: ScriptedServer) -> None:
    enrolled = enrol_by(invitation(server.url), tmp_path)
    sent = json.loads(server.asked[0].body)
    sealing, signing = (vault_of(tmp_path).get(name) for name in ("sealing-key", "signing-key"))
    assert sealing is not None
    assert signing is not None
    publics = seal.x25519_public(sealing), seal.ed25519_public(signing)
    assert (sent["sealing_key"], sent["signing_key"]) == (publics[0].hex(), publics[1].hex())
    assert enrolled.digits == six_digits(*code_key(CODE), ROOT, *publics)


def test_each_kiosk_has_keys_of_its_own(tmp_path: Path, server: ScriptedServer) -> None:
    enrol(server.url, CODE, tmp_path / "a")
    enrol(server.url, CODE, tmp_path / "b")
    assert vault_of(tmp_path / "a").get("sealing-key") != vault_of(tmp_path / "b").get("sealing-key")


def test_somebody_else_who_answers_gets_nothing_kept(tmp_path: Path, server: ScriptedServer) -> None:
    with pytest.raises(SomebodyElse):
        enrol_by(invitation(server.url, root=bytes(32)), tmp_path)
    assert vault_of(tmp_path).get("credential") is None
    with pytest.raises(SettingsFailed):
        load_profile(tmp_path)


HIS_ROOT = seal.ed25519_public(b"his".ljust(32))


def his_proof(question: Question) -> Reply:
    """He proves his own root key, with all that he has: the code's handle and what the kiosk sent."""
    sent = json.loads(question.body)
    about = enrolled_bytes(HIS_ROOT, DEVICE, bytes.fromhex(sent["sealing_key"]), bytes.fromhex(sent["signing_key"]))
    return reply_json(REPLY | {"root_key": HIS_ROOT.hex(), "proof": seal.hmac(sent["handle"].encode(), about).hex()})


@pytest.mark.parametrize(
    "script",
    [
        lambda question: answer(question, root_key=HIS_ROOT.hex()),
        lambda question: answer(question, device="ab" * 16),
        lambda question: answer(question, code="ABCD-AAAA"),
        lambda question: answer(question, proof=""),
        lambda question: answer(question, proof="no hex"),
        lambda question: answer(question, proof=json.loads(question.body)["proof"]),
        lambda _: reply_json(REPLY),
        his_proof,
    ],
)
def test_who_answers_without_knowing_the_code_gets_nothing_kept(
    tmp_path: Path, script: Callable[[Question], Reply]
) -> None:
    """The code was typed: no invitation says whose root key it must be."""
    with ScriptedServer(script) as server, pytest.raises(SomebodyElse):
        enrol(server.url, CODE, tmp_path)
    assert vault_of(tmp_path).get("credential") is None
    with pytest.raises(SettingsFailed):
        load_profile(tmp_path)


def test_nothing_of_the_secret_is_in_any_request(tmp_path: Path, server: ScriptedServer) -> None:
    enrol(server.url, CODE, tmp_path)
    (question,) = server.asked
    groups = [letters_of(CODE)[start : start + 4].encode() for start in range(4, 20, 4)]
    said = b" ".join([question.body, question.path.encode(), str(question.headers).encode()])
    assert json.loads(question.body)["handle"].encode() in said
    assert not any(group in said for group in groups)


@pytest.mark.parametrize("change", [{"root_key": ""}, {"root_key": "00"}, {"event": "x"}, {"profile": "all"}])
def test_a_reply_that_makes_no_sense_makes_no_kiosk(tmp_path: Path, change: dict[str, str]) -> None:
    with ScriptedServer(lambda question: answer(question, **change)) as server, pytest.raises(ReplyUnfit):
        enrol(server.url, CODE, tmp_path)
    assert vault_of(tmp_path).get("credential") is None


def test_a_refused_code_leaves_the_old_kiosk_as_it_was(tmp_path: Path) -> None:
    fill_vault(tmp_path)
    save_profile(tmp_path, PROFILE)
    refusal = reply_json({"code": "enrol_code_expired"}, 410)
    with ScriptedServer(lambda _: refusal) as server, pytest.raises(EnrolmentFailed, match="enrol_code_expired"):
        enrol(server.url, CODE, tmp_path)
    assert vault_of(tmp_path).get("sealing-key") == SEALING_PRIVATE
    assert load_profile(tmp_path) == PROFILE


def test_no_code_is_spent_on_a_kiosk_that_cannot_keep_its_keys(
    tmp_path: Path, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_vault: FileVault, name: str) -> bytes:
        raise VaultFailed(name, "the keyring is locked")

    monkeypatch.setattr(FileVault, "get", broken)
    with pytest.raises(VaultFailed):
        enrol(server.url, CODE, tmp_path)
    assert server.asked == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("hello", "invitation_unfit"),
        ("", "invitation_unfit"),
        (json.dumps({"doorlight": {"v": 2, "anything": 1}}), "invitation_newer"),
    ],
)
def test_what_is_no_invitation_says_what_it_is(text: str, key: str) -> None:
    with pytest.raises(InvitationUnfit) as refused:
        invitation_of(text)
    assert refused.value.key == key


# --- the organizer's yes ------------------------------------------------------------------------------------------


def own(state: str) -> Reply:
    return reply_json({"state": state, "name": "North 1", "gate": "north", "profile": "mac"})


def kiosk_at(folder: Path, url: str) -> Profile:
    """An enrolled kiosk of a server."""
    fill_vault(folder)
    return Profile(**{name: getattr(PROFILE, name) for name in PROFILE.__slots__} | {"server": url})


def test_a_kiosk_waits_until_it_is_confirmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runtime.enrolling.LOOK_EVERY_S", 0.001)
    answers = [own("pending"), own("pending"), Reply(500), own("active")]
    with ScriptedServer(lambda _: answers.pop(0)) as server:
        assert wait_until_confirmed(tmp_path, kiosk_at(tmp_path, server.url), threading.Event())
    assert answers == []


def test_a_kiosk_that_is_stopped_waits_no_longer(tmp_path: Path) -> None:
    stop = threading.Event()

    def then_stop(_: Question) -> Reply:
        stop.set()
        return own("pending")

    with ScriptedServer(then_stop) as server:
        assert not wait_until_confirmed(tmp_path, kiosk_at(tmp_path, server.url), stop)


def test_a_no_is_said(tmp_path: Path) -> None:
    refusal = reply_json({"code": "device_revoked"}, 401)
    with ScriptedServer(lambda _: refusal) as server, pytest.raises(EnrolmentFailed, match="device_revoked"):
        wait_until_confirmed(tmp_path, kiosk_at(tmp_path, server.url), threading.Event())


# --- another credential -------------------------------------------------------------------------------------------


def test_another_credential_is_kept_before_the_old_one_ends(tmp_path: Path) -> None:
    with ScriptedServer(lambda _: reply_json({"secret": "the next"})) as server:
        rotate_credential(tmp_path, kiosk_at(tmp_path, server.url))
        assert [question.path for question in server.asked] == [f"/api/v1/events/{EVENT.hex}/devices/me/credential"]
    assert vault_of(tmp_path).get("credential") == b"the next"


@pytest.mark.parametrize("reply", [Reply(500), Reply(200, b"{}"), reply_json({"code": "device_revoked"}, 401)])
def test_without_another_credential_the_old_one_stays(tmp_path: Path, reply: Reply) -> None:
    with ScriptedServer(lambda _: reply) as server, pytest.raises(EnrolmentFailed):
        rotate_credential(tmp_path, kiosk_at(tmp_path, server.url))
    assert vault_of(tmp_path).get("credential") == b"secret"


# --- a spare kiosk ------------------------------------------------------------------------------------------------

SPARE_CODE = "AAAA-BBBB-CCCC-DDDD"


def stick_with(folder: Path, code: str = SPARE_CODE) -> Path:
    spare = Spare(
        device=DEVICE,
        secret="told once",
        event=EVENT,
        event_name="Summer Night",
        name="Spare 1",
        gate=NORTH,
        incarnation=1,
        root_key=ROOT,
        profile=VerifyProfile.LIST,
        sealing_private=SEALING_PRIVATE,
        signing_private=SIGNING_PRIVATE,
    )
    folder.mkdir(exist_ok=True)
    kit = locked_spare(spare, code, salt=bytes(16), nonce=bytes(12))
    (folder / spare_file_name(DEVICE)).write_bytes(kit)
    return folder


def test_a_spare_kiosk_comes_from_a_stick_alone(tmp_path: Path) -> None:
    profile = enrol_spare(stick_with(tmp_path / "stick"), SPARE_CODE.lower(), tmp_path / "kiosk").profile
    assert (profile.device_name, profile.trusted_with, profile.root) == ("Spare 1", VerifyProfile.LIST, ROOT)
    assert load_profile(tmp_path / "kiosk") == profile
    with closing(Station(tmp_path / "kiosk", profile, HandClock())) as station:
        assert not station.are_keys_lost


@pytest.mark.parametrize(
    ("code", "content", "cause"),
    [
        ("WRONG-CODE-HERE-ABCD", None, "code"),
        (SPARE_CODE, b"hello", "no kit"),
        (SPARE_CODE, b" " * 20_000, "too large"),
        (SPARE_CODE, b'{"doorlight-spare": {"v": 2}}', "newer"),
    ],
)
def test_a_kit_that_does_not_open_says_why(tmp_path: Path, code: str, content: bytes | None, cause: str) -> None:
    stick = stick_with(tmp_path / "stick")
    if content is not None:
        (stick / spare_file_name(DEVICE)).write_bytes(content)
    with pytest.raises(SpareKitFailed, match=cause):
        enrol_spare(stick, code, tmp_path / "kiosk")
    assert not (tmp_path / "kiosk").exists()


def test_a_stick_without_a_kit_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpareKitFailed, match="no spare kit"):
        enrol_spare(tmp_path, SPARE_CODE, tmp_path / "kiosk")


# --- what is lost -------------------------------------------------------------------------------------------------


def test_a_lost_credential_says_what_to_do(tmp_path: Path) -> None:  # G6
    with pytest.raises(CredentialLost) as lost:
        Station(tmp_path, PROFILE, HandClock())
    assert lost.value.key == "credential_lost"


def test_a_kiosk_of_an_older_program_says_enrol_again(tmp_path: Path) -> None:
    fill_vault(tmp_path)
    older = {name: getattr(PROFILE, name) for name in PROFILE.__slots__} | {"root_key": ""}
    with pytest.raises(EnrolledBefore):
        Station(tmp_path, Profile(**older), HandClock())


def test_a_profile_of_an_older_program_can_be_read(tmp_path: Path) -> None:
    save_profile(tmp_path, PROFILE)
    path = tmp_path / "profile.json"
    fields = json.loads(path.read_text("utf-8"))
    del fields["root_key"], fields["trusted_with"]
    path.write_text(json.dumps(fields), "utf-8")
    assert load_profile(tmp_path).root is None


def test_without_its_sealing_key_a_kiosk_starts_and_admits_nobody(tmp_path: Path) -> None:  # G6
    with ManifestServer(signed(1)) as server:
        profile = kiosk_at(tmp_path, server.url)
        vault_of(tmp_path).delete("sealing-key")
        with closing(Station(tmp_path, profile, HandClock())) as station:
            assert station.are_keys_lost
            assert station.box.trust == Barred(Outcome.NOT_AUTHORISED)
            station.refresh_manifest()
            assert station.box.trust == Barred(Outcome.NOT_AUTHORISED)
