"""Pushes through FCM: what is sent, and what each documented answer means, against a peer that speaks like Google."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth import jwt

from app.net.fcm import MOST_FILE, MOST_TEXT, SCOPE, Fcm, FcmAccountWrong, PushText
from core.delivery.meaning import Fate, meaning_of
from core.delivery.message import Channel
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

TOKEN = "fcm:APA91bE-x_9"
TEXT = PushText("01a1ee8e", "Let in twice", "North gate and East gate, 3 min apart", {"event": "abc"})
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SENT = reply_json({"name": "projects/doors/messages/1"})


def problem(status: int, name: str, error: str | None = None, **headers: str) -> Reply:
    """An answer in the form of `google.rpc.Status`, with FCM's own error where it has one."""
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": error}] if error else []
    told = {"error": {"code": status, "message": "Requested entity was not found.", "status": name, "details": details}}
    return reply_json(told, status, **headers)


class Google:
    """The token endpoint and FCM in one: hands out tokens, and answers pushes as it is told."""

    def __init__(self, answer: Callable[[int], Reply]) -> None:
        self.server = ScriptedServer(self._say)
        self.tokens: list[str] = []
        self.pushes: list[Question] = []
        self.token_reply: Reply | None = None
        self._answer = answer

    def _say(self, asked: Question) -> Reply:
        if asked.path == "/token":
            if self.token_reply is not None:
                return self.token_reply
            (assertion,) = parse_qs(asked.body.decode())["assertion"]
            told = jwt.decode(assertion, verify=False)
            assert told["scope"] == SCOPE
            self.tokens.append(f"access-{len(self.tokens)}")
            return reply_json({"access_token": self.tokens[-1], "expires_in": 3_600, "token_type": "Bearer"})
        self.pushes.append(asked)
        return self._answer(len(self.pushes))


@contextmanager
def google(tmp_path: Path, answer: Callable[[int], Reply] = lambda _: SENT) -> Iterator[tuple[Google, Fcm]]:
    """A peer on loopback, and the sender that believes it to be Google."""
    peer = Google(answer)
    with peer.server as server, closing(Fcm(account(tmp_path, f"{server.url}/token"), server.url)) as fcm:
        yield peer, fcm


def account(folder: Path, token_uri: str) -> Path:
    """A service account's key as Firebase exports it."""
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told = {"type": "service_account", "project_id": "doors", "private_key_id": "1", "private_key": pem}
    told |= {"client_email": "push@doors.iam.gserviceaccount.com", "token_uri": token_uri}
    path = folder / "account.json"
    path.write_text(json.dumps(told))
    return path


def test_a_push_says_what_happened_to_the_right_telephone(tmp_path: Path) -> None:
    with google(tmp_path) as (peer, fcm):
        heard = fcm.push(TOKEN, TEXT)
        assert (heard.code, meaning_of(Channel.PUSH, heard).fate) == (200, Fate.SENT)
        (asked,) = peer.pushes
    assert (asked.method, asked.path) == ("POST", "/v1/projects/doors/messages:send")
    assert asked.headers["Authorization"] == "Bearer access-0"
    message = json.loads(asked.body)["message"]
    assert message["token"] == TOKEN
    assert message["notification"] == {"title": TEXT.title, "body": TEXT.text}
    assert message["data"] == {"event": "abc", "message_id": "01a1ee8e"}


def test_one_access_token_does_for_many_pushes_at_once(tmp_path: Path) -> None:
    with google(tmp_path) as (peer, fcm):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: fcm.push(TOKEN, TEXT), range(24)))
        assert (len(peer.tokens), len(peer.pushes)) == (1, 24)


ANSWERS = [
    (problem(404, "NOT_FOUND", "UNREGISTERED"), Fate.DEAD, "token_invalid", None),
    (problem(404, "NOT_FOUND"), Fate.DEAD, "token_invalid", None),
    (problem(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Fate.DEAD, "payload_refused", None),
    (problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After="60"), Fate.LATER, None, 60.0),
    (problem(503, "UNAVAILABLE", "UNAVAILABLE", Retry_After="30"), Fate.LATER, None, 30.0),
    (problem(500, "INTERNAL", "INTERNAL"), Fate.LATER, None, None),
    (problem(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Fate.LATER, None, None),
    (problem(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), Fate.LATER, None, None),
    (Reply(502, b"<html>Bad Gateway</html>"), Fate.LATER, None, None),
    (Reply(400, b"[1, 2]"), Fate.DEAD, "payload_refused", None),
    (Reply(404, b'{"error": "no object"}'), Fate.DEAD, "token_invalid", None),
    (Reply(302, b"", {"Location": "http://169.254.169.254/"}), Fate.LATER, None, None),
    (Reply(lost=True), Fate.LATER, None, None),
    (Reply(200, b"{" * 4_096, endless=True), Fate.LATER, None, None),
]


@pytest.mark.parametrize(("answer", "fate", "reason", "asked_s"), ANSWERS)
def test_each_answer_means_what_the_provider_documents(
    tmp_path: Path, answer: Reply, fate: Fate, reason: str | None, asked_s: float | None
) -> None:
    with google(tmp_path, lambda _: answer) as (peer, fcm):
        heard = fcm.push(TOKEN, TEXT)
    meaning = meaning_of(Channel.PUSH, heard)
    assert (meaning.fate, meaning.reason, heard.asked_s) == (fate, reason, asked_s)
    assert len(peer.pushes) == 1, "nothing is sent twice, and no redirect is followed"


def test_a_token_that_fcm_does_not_take_is_fetched_anew(tmp_path: Path) -> None:
    with google(tmp_path, lambda n: problem(401, "UNAUTHENTICATED") if n == 1 else SENT) as (peer, fcm):
        assert fcm.push(TOKEN, TEXT).code == 401
        assert fcm.push(TOKEN, TEXT).code == 200
        assert [each.headers["Authorization"] for each in peer.pushes] == ["Bearer access-0", "Bearer access-1"]


@pytest.mark.parametrize(
    ("reply", "word", "said"),
    [
        (
            reply_json({"error": "invalid_grant", "error_description": "of push@doors"}, 400),
            "account_refused",
            "invalid_grant",
        ),
        (reply_json({"token": "of another kind"}), "account_refused", ""),
        (Reply(200, b"not json"), "token_unreachable", ""),
        (Reply(200, b'"access_token"'), "token_unreachable", ""),
        (Reply(lost=True), "token_unreachable", ""),
    ],
)
def test_without_an_access_token_nothing_is_pushed_and_it_is_tried_again(
    tmp_path: Path, reply: Reply, word: str, said: str
) -> None:
    with google(tmp_path) as (peer, fcm):
        peer.token_reply = reply
        heard = fcm.push(TOKEN, TEXT)
        assert (heard.code, heard.word, heard.said) == (None, word, said)
        assert meaning_of(Channel.PUSH, heard).fate is Fate.LATER
        assert peer.pushes == []
        peer.token_reply = None
        assert fcm.push(TOKEN, TEXT).code == 200


def test_a_long_text_is_cut_to_what_a_telephone_shows(tmp_path: Path) -> None:
    with google(tmp_path) as (peer, fcm):
        fcm.push(TOKEN, PushText("1", "t" * 5_000, "ä" * 5_000))
        shown = json.loads(peer.pushes[0].body)["message"]["notification"]
    assert len(shown["body"]) == MOST_TEXT
    assert len(peer.pushes[0].body) < 4_096


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"token_uri": 7}', '{"token_uri": "ftp://x"}', "x" * (MOST_FILE + 1)]
)
def test_what_is_no_service_account_is_said_at_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "account.json"
    path.write_text(content)
    with pytest.raises(FcmAccountWrong):
        Fcm(path)
    with pytest.raises(FcmAccountWrong):
        Fcm(tmp_path / "missing.json")


def test_no_log_has_a_token_a_text_or_a_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), google(tmp_path, lambda _: problem(404, "NOT_FOUND", "UNREGISTERED")) as (_, fcm):
        heard = fcm.push(TOKEN, TEXT)
    said = caplog.text + repr(heard) + repr(TEXT)
    for secret in (TOKEN, TEXT.title, TEXT.text, "access-0", "PRIVATE KEY"):
        assert secret not in said
