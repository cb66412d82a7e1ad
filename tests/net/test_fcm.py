"""Pushes through FCM: what is sent, and what each documented answer means, against a peer that speaks like Google."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from app.net.fcm import LIFE_S, MOST_KEY, MOST_MESSAGE_BYTES, MOST_TEXT, Fcm, FcmKeyWrong, PushText, read_key, target_of
from core.delivery.account_trouble import AccountTrouble
from core.delivery.meaning import DEVICE_QUOTA, Fate, Meaning, meaning_of
from core.delivery.message import Channel
from tests.support.google_peer import SENT, Google, key_text, problem
from tests.support.scripted_server import Reply, reply_json

TOKEN = "fcm:APA91bE-x_9"
TEXT = PushText("01a1ee8e", "Let in twice", "North gate and East gate, 3 min apart", {"event": "abc"})
NOW_S = 1_795_000_000


@contextmanager
def google(answer: Callable[[int], Reply] = lambda _: SENT) -> Iterator[tuple[Google, Fcm]]:
    """A peer on loopback, and the sender that believes it to be Google."""
    peer = Google(answer)
    with (
        peer.server as server,
        closing(Fcm(read_key(key_text(server.url), to_loopback=True), server.url, lambda: NOW_S)) as fcm,
    ):
        yield peer, fcm


def test_a_push_says_what_happened_to_the_right_telephone() -> None:
    with google() as (peer, fcm):
        heard = fcm.push(TOKEN, TEXT)
        assert (heard.code, meaning_of(Channel.PUSH, heard).fate) == (200, Fate.SENT)
        (asked,) = peer.pushes
    assert (asked.method, asked.path) == ("POST", "/v1/projects/doors/messages:send")
    assert asked.headers["Authorization"] == "Bearer access-0"
    message = json.loads(asked.body)["message"]
    assert message["token"] == TOKEN
    assert message["notification"] == {"title": TEXT.title, "body": TEXT.text}
    assert message["data"] == {"event": "abc", "message_id": "01a1ee8e"}


def test_one_access_token_does_for_many_pushes_at_once() -> None:
    with google() as (peer, fcm):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: fcm.push(TOKEN, TEXT), range(24)))
        assert (len(peer.tokens), len(peer.pushes)) == (1, 24)


ANSWERS = [
    (problem(404, "NOT_FOUND", "UNREGISTERED"), Fate.DEAD, "token_invalid", None),
    (problem(404, "NOT_FOUND"), Fate.DEAD, "token_invalid", None),
    (Reply(404, b"<html>Not Found</html>"), Fate.LATER, None, None),
    (problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), Fate.LATER, None, 60.0),
    (problem(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Fate.DEAD, "payload_refused", None),
    (problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After="60"), Fate.LATER, None, 60.0),
    (problem(503, "UNAVAILABLE", "UNAVAILABLE", Retry_After="30"), Fate.LATER, None, 30.0),
    (problem(500, "INTERNAL", "INTERNAL"), Fate.LATER, None, None),
    (problem(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Fate.DEAD, "sender_mismatch", None),
    (problem(403, "PERMISSION_DENIED"), Fate.RESTS, None, None),
    (problem(401, "UNAUTHENTICATED"), Fate.RESTS, None, None),
    (problem(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), Fate.LATER, None, None),
    (Reply(403, b"<html>Forbidden</html>"), Fate.LATER, None, None),
    (Reply(502, b"<html>Bad Gateway</html>"), Fate.LATER, None, None),
    (Reply(400, b"[1, 2]"), Fate.DEAD, "payload_refused", None),
    (Reply(404, b'{"error": "no object"}'), Fate.LATER, None, None),
    (Reply(302, b"", {"Location": "http://169.254.169.254/"}), Fate.LATER, None, None),
    (Reply(lost=True), Fate.LATER, None, None),
    (Reply(200, b"{" * 4_096, endless=True), Fate.LATER, None, None),
]


@pytest.mark.parametrize(("answer", "fate", "reason", "asked_s"), ANSWERS)
def test_each_answer_means_what_the_provider_documents(
    answer: Reply, fate: Fate, reason: str | None, asked_s: float | None
) -> None:
    with google(lambda _: answer) as (peer, fcm):
        heard = fcm.push(TOKEN, TEXT)
    meaning = meaning_of(Channel.PUSH, heard)
    assert (meaning.fate, meaning.reason, heard.asked_s) == (fate, reason, asked_s)
    assert len(peer.pushes) == 1, "nothing is sent twice, and no redirect is followed"


def test_a_quota_of_one_telephone_is_told_from_the_projects() -> None:
    own = problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", is_of_device=True)
    with google(lambda n: own if n == 1 else problem(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")) as (_, fcm):
        first, second = fcm.push(TOKEN, TEXT), fcm.push(TOKEN, TEXT)
    assert (first.word, meaning_of(Channel.PUSH, first).is_recipients) == (DEVICE_QUOTA, True)
    assert (second.word, meaning_of(Channel.PUSH, second).is_recipients) == ("QUOTA_EXCEEDED", False)


def bearers(peer: Google) -> list[str]:
    return [each.headers["Authorization"].removeprefix("Bearer ") for each in peer.pushes]


def test_an_access_token_that_is_over_before_its_time_is_fetched_anew_and_no_account_is_blamed() -> None:
    with google(lambda n: problem(401, "UNAUTHENTICATED") if n == 2 else SENT) as (peer, fcm):
        assert [fcm.push(TOKEN, TEXT).code for _ in range(2)] == [200, 200]
        assert bearers(peer) == ["access-0", "access-0", "access-1"]


def test_a_project_whose_new_access_token_is_not_taken_is_refused_and_asked_once() -> None:
    with google(lambda _: problem(401, "UNAUTHENTICATED")) as (peer, fcm):
        heard = [fcm.push(TOKEN, TEXT) for _ in range(2)]
        assert {meaning_of(Channel.PUSH, each).trouble for each in heard} == {AccountTrouble.KEY_REFUSED}
        assert bearers(peer) == ["access-0", "access-1"]


def test_what_apple_does_not_take_holds_up_no_other_telephone() -> None:
    with google(lambda _: problem(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR")) as (peer, fcm):
        heard = [fcm.push(TOKEN, TEXT) for _ in range(2)]
        meanings = {meaning_of(Channel.PUSH, each) for each in heard}
        assert meanings == {Meaning(Fate.LATER, is_recipients=True)}
        assert bearers(peer) == ["access-0", "access-0"]


@pytest.mark.parametrize(
    ("reply", "word", "said"),
    [
        (
            reply_json({"error": "invalid_grant", "error_description": "of push@doors"}, 400),
            "account_refused",
            "invalid_grant",
        ),
        (reply_json({"error": "invalid_client"}, 401), "account_refused", "invalid_client"),
        (reply_json({"error": "internal_failure"}, 500), "token_unreachable", ""),
        (reply_json({"token": "of another kind"}), "token_unreachable", ""),
        (Reply(200, b"not json"), "token_unreachable", ""),
        (Reply(200, b'"access_token"'), "token_unreachable", ""),
        (Reply(lost=True), "token_unreachable", ""),
    ],
)
def test_without_an_access_token_nothing_is_pushed_and_it_is_tried_again(reply: Reply, word: str, said: str) -> None:
    with google() as (peer, fcm):
        peer.token_reply = reply
        heard = fcm.push(TOKEN, TEXT)
        assert (heard.code, heard.word, heard.said) == (None, word, said)
        assert meaning_of(Channel.PUSH, heard).fate is (Fate.RESTS if word == "account_refused" else Fate.LATER)
        assert peer.pushes == []
        peer.token_reply = None
        assert fcm.push(TOKEN, TEXT).code == 200


@pytest.mark.parametrize("letter", ["t", "ä", "\N{TICKET}", "\N{SNOWMAN}\N{VARIATION SELECTOR-16}", '"', "\\"])
def test_whatever_is_said_fits_what_the_provider_takes(letter: str) -> None:
    with google() as (peer, fcm):
        fcm.push("x" * 160, PushText("1" * 32, letter * 5_000, letter * 5_000, {"event": "e" * 32, "scan": "s" * 32}))
        message = json.loads(peer.pushes[0].body)["message"]
    shown = message["notification"]
    assert len(shown["body"]) <= MOST_TEXT
    assert shown["body"].startswith(letter)
    told = {**shown, **message["data"]}
    assert sum(len(f"{name}{value}".encode()) for name, value in told.items()) < MOST_MESSAGE_BYTES


def test_what_is_sent_twice_is_shown_once_and_what_is_old_is_not_shown() -> None:
    with google() as (peer, fcm):
        fcm.push(TOKEN, TEXT)
        message = json.loads(peer.pushes[0].body)["message"]
    assert message["android"]["notification"]["tag"] == TEXT.id
    assert message["android"]["ttl"] == f"{LIFE_S}s"
    assert message["apns"]["headers"]["apns-collapse-id"] == TEXT.id
    assert message["apns"]["headers"]["apns-expiration"] == str(NOW_S + LIFE_S)


def test_a_check_asks_whether_the_project_would_take_it_and_rings_nobody() -> None:
    with google() as (peer, fcm):
        assert fcm.check(TEXT).code == 200
        told = json.loads(peer.pushes[0].body)
    assert told["validate_only"] is True
    assert "token" not in told["message"]


WRONG_KEYS = [
    "",
    "[]",
    "{}",
    "x" * (MOST_KEY + 1),
    key_text("https://oauth2.googleapis.com", type="authorized_user"),
    key_text("https://oauth2.googleapis.com", project_id="../doors"),
    key_text("https://oauth2.googleapis.com", project_id=7),
    key_text("https://oauth2.googleapis.com", private_key="-----BEGIN PRIVATE KEY-----"),
    key_text("https://oauth2.googleapis.com", private_key=7),
    key_text("https://oauth2.googleapis.com", client_email=None),
    *(
        key_text("https://oauth2.googleapis.com", token_uri=uri)
        for uri in (
            7,
            "",
            "ftp://oauth2.googleapis.com/token",
            "http://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com.evil.example/token",
            "https://oauth2.googleapis.com:8443/token",
            "https://user@oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com/token?x",
            "https://169.254.169.254/token",
            "http://127.0.0.1:80/token",
            "https://[::1/token",
        )
    ),
]


@pytest.mark.parametrize("content", WRONG_KEYS)
def test_what_is_no_service_account_of_googles_is_said_before_anything_is_kept(content: str) -> None:
    with pytest.raises(FcmKeyWrong):
        read_key(content)


def test_a_key_is_read_with_its_project() -> None:
    key = read_key(key_text("https://oauth2.googleapis.com"))
    assert target_of(key.project) == "https://fcm.googleapis.com/v1/projects/doors/messages:send"
    assert "PRIVATE KEY" not in repr(key)


def test_no_log_has_a_token_a_text_or_a_key(caplog: pytest.LogCaptureFixture) -> None:
    quoting = reply_json({"error": {"message": f"{TOKEN} is not registered", "status": "NOT_FOUND"}}, 404)
    with caplog.at_level("DEBUG"), google(lambda _: quoting) as (_, fcm):
        heard = fcm.push(TOKEN, TEXT)
    said = caplog.text + repr(heard) + repr(TEXT)
    for secret in (TOKEN, TEXT.title, TEXT.text, "access-0", "PRIVATE KEY"):
        assert secret not in said
