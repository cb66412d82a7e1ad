"""A webhook arrives signed at the address that was checked, and whatever a receiver does, an attempt ends in time."""

import json
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.clock import wall_ms
from app.ledger.authority import Authority, issue, make_authority
from app.net import webhook_target
from app.net.patience import asked_to_wait_s
from app.net.webhook_sender import KEPT_BYTES, WebhookSender
from app.net.webhook_target import TargetRules
from core.delivery.meaning import Fate, Heard, meaning_of
from core.delivery.message import Channel
from core.delivery.parcel import Handed, Parcel
from tests.support.ports import free_port
from tests.support.scripted_server import Question, Reply, ScriptedServer

NEW, OLD, STRANGE = b"n" * 32, b"o" * 32, b"x" * 32
BODY = '{"type":"ticket.redeemed","data":{"name":"Müller €"}}'
HERE = TargetRules(is_loopback_allowed=True)
MOST_POURED = 64 * 1024 * 1024
"""What both ends of a line buffer is some 10 MiB; who reads on takes this in a second."""
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Believes nobody; the public authorities take 50 ms to be read."""


def parcel(target: str, *secrets: bytes) -> Parcel:
    return Parcel(UUID(int=7), "ticket.redeemed", BODY, target, secrets or (NEW,))


def send(reply: Reply, *, total_s: float = 30.0, path: str = "/hook") -> Handed:
    with ScriptedServer(lambda _: reply) as shop:
        return WebhookSender(HERE, context=NOBODY, total_s=total_s).send(parcel(shop.url + path))


def fate(handed: Handed) -> Fate:
    return meaning_of(Channel.WEBHOOK, handed.heard).fate


def test_the_librarys_own_verifier_takes_what_we_sign_and_nothing_else() -> None:
    with ScriptedServer(lambda _: Reply(204, b"")) as shop:
        handed = WebhookSender(HERE, context=NOBODY).send(parcel(f"{shop.url}/hook?token=t0p"))
    (question,) = shop.asked
    headers = {name.lower(): value for name, value in question.headers.items()}
    assert (question.method, question.path, question.body.decode()) == ("POST", "/hook?token=t0p", BODY)
    assert (headers["webhook-id"], headers["content-type"]) == (f"msg_{7:032x}", "application/json")
    verifier = Webhook("whsec_" + b64encode(NEW).decode())
    assert verifier.verify(question.body, question.headers) == json.loads(BODY)
    for wrong in (
        lambda: Webhook(b64encode(STRANGE).decode()).verify(question.body, question.headers),
        lambda: verifier.verify(question.body + b" ", question.headers),
        lambda: verifier.verify(question.body, headers | {"webhook-id": "msg_other"}),
        lambda: verifier.verify(question.body, headers | {"webhook-timestamp": "1700000000"}),
    ):
        with pytest.raises(WebhookVerificationError):
            wrong()  # type: ignore[no-untyped-call]
    assert handed.heard == Heard(204)
    told = json.loads(handed.request or "")
    assert told["headers"]["webhook-signature"] == "(hidden)"
    assert "t0p" not in (handed.request or "")


def test_while_two_secrets_count_each_of_them_verifies() -> None:
    with ScriptedServer(lambda _: Reply(200)) as shop:
        WebhookSender(HERE, context=NOBODY).send(parcel(shop.url, NEW, OLD))
    (question,) = shop.asked
    for secret in (NEW, OLD):
        Webhook(b64encode(secret).decode()).verify(question.body, question.headers)


def test_nothing_is_sent_unsigned() -> None:
    sender = WebhookSender(HERE, resolve=lambda *_: pytest.fail("looked up"))
    handed = sender.send(Parcel(UUID(int=1), "k", "{}", "https://shop.example/", ()))
    assert (handed.heard.word, fate(handed)) == ("no_secret", Fate.RESTS)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200), Fate.SENT),
        (Reply(202, b"queued"), Fate.SENT),
        (Reply(410, b"gone"), Fate.CLOSED),
        (Reply(404, b"no such page"), Fate.LATER),
        (Reply(500, b"oops"), Fate.LATER),
        (Reply(204, b"", cut_at=0), Fate.SENT),
        (Reply(200, b"x" * 100, cut_at=10), Fate.SENT),
        (Reply(lost=True), Fate.LATER),
        (Reply(reset=True), Fate.LATER),
    ],
)
def test_what_comes_back_means_what_the_table_says(reply: Reply, expected: Fate) -> None:
    assert fate(send(reply)) is expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with ScriptedServer(lambda _: Reply(200)) as inside:
        handed = send(Reply(status, b"", {"Location": inside.url}))
    assert inside.asked == []
    assert (handed.heard.code, fate(handed)) == (status, Fate.LATER)


@pytest.mark.parametrize("status", [200, 500])
def test_an_endless_answer_is_cut_off_and_its_beginning_kept(status: int) -> None:
    with ScriptedServer(lambda _: Reply(status, b"oops " * 1_000, endless=True)) as shop:
        handed = WebhookSender(HERE, context=NOBODY).send(parcel(shop.url))
    assert handed.heard.code == status
    assert handed.heard.said.startswith("oops oops")
    assert len(handed.heard.said) <= 1_024 < KEPT_BYTES
    assert shop.poured < MOST_POURED


@pytest.mark.parametrize(
    "reply", [Reply(hang=True), Reply(200, b"late", drips_from=0), Reply(200, b"", {"X": "y" * 200}, drips_from=30)]
)
def test_a_receiver_that_takes_its_time_holds_an_attempt_no_longer_than_the_whole(reply: Reply) -> None:
    began = time.monotonic()
    handed = send(reply, total_s=0.4)
    assert time.monotonic() - began > 0.3
    assert (handed.heard.word, fate(handed)) == ("timed_out", Fate.LATER)


def test_a_body_that_drips_takes_nothing_back_of_an_answer_that_has_come() -> None:
    handed = send(Reply(200, b"x" * 500, drips_from=60), total_s=3.0)  # all of it would take ten seconds
    assert (handed.heard.code, fate(handed)) == (200, Fate.SENT)


def test_nobody_there_is_told_so() -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    assert WebhookSender(HERE, context=NOBODY).send(parcel(gone)).heard.word == "no_connection"


NOW = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "asked_s"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Thu, 26 Nov 2026 20:02:00 GMT", 120.0),
        ("Thu, 26 Nov 2026 19:00:00 GMT", 0.0),
        ("Thu, 26 Nov 2026 21:02:00 +0100", 120.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 400, None),
        ("٣", None),
        ("Thu, 99 Nov 2026 20:02:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_a_number_or_as_a_date(told: str, asked_s: float | None) -> None:
    assert asked_to_wait_s(told, NOW) == asked_s


def test_retry_after_comes_with_the_answer() -> None:
    assert send(Reply(503, b"", {"Retry-After": "77"})).heard == Heard(503, "", "", 77.0)


# --- under TLS, by a name -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority(wall_ms())


def tls_of(authority: Authority, folder: Path, *names: str, now_ms: int | None = None) -> ssl.SSLContext:
    """A server's context with a certificate for these names."""
    made = issue(authority, names, wall_ms() if now_ms is None else now_ms)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.certificate)
    key.write_bytes(made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


def sender_to(
    authority: Authority, resolve: Callable[[str, int, float], Sequence[str]], rules: TargetRules = HERE
) -> WebhookSender:
    return WebhookSender(rules, context=ssl.create_default_context(cadata=authority.pem), resolve=resolve)


def test_the_name_is_kept_for_tls_and_http_while_the_address_is_the_checked_one(
    authority: Authority, tmp_path: Path
) -> None:
    asked: list[str] = []

    def resolve(host: str, _: int, __: float) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with ScriptedServer(lambda _: Reply(200), tls_of(authority, tmp_path, "shop.example")) as shop:
        handed = sender_to(authority, resolve).send(parcel(f"https://shop.example:{shop.port}/hook"))
    assert handed.heard.code == 200
    assert shop.asked[0].headers["Host"] == f"shop.example:{shop.port}"
    assert asked == ["shop.example"]


def test_a_name_that_is_another_a_moment_later_gains_nothing(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: 127.0.0.2 plays the public internet, and the name is this computer's when asked once more."""
    monkeypatch.setattr(webhook_target, "is_global", lambda address: address == "127.0.0.2")
    answers = iter([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]])
    context = tls_of(authority, tmp_path, "shop.example")
    with ScriptedServer(lambda _: Reply(200), context, host="127.0.0.2") as outside:
        rules = TargetRules(ports=frozenset({outside.port}))
        sender = sender_to(authority, lambda *_: next(answers), rules)
        target = f"https://shop.example:{outside.port}/"
        assert sender.send(parcel(target)).heard.code == 200
        assert sender.send(parcel(target)).heard.word == "target_refused"
    assert len(outside.asked) == 1


def test_the_next_address_is_tried_where_one_does_not_answer(authority: Authority, tmp_path: Path) -> None:
    with ScriptedServer(lambda _: Reply(200), tls_of(authority, tmp_path, "shop.example")) as shop:
        handed = sender_to(authority, lambda *_: ["127.0.0.3", "127.0.0.1"]).send(
            parcel(f"https://shop.example:{shop.port}/hook")
        )
    assert handed.heard.code == 200


@pytest.mark.parametrize(
    ("names", "days_ago", "word"),
    [
        (["other.example"], 0, "certificate_name"),
        (["shop.example"], 800, "certificate_expired"),
        (["shop.example"], -800, "certificate_early"),
    ],
)
def test_a_certificate_that_is_not_in_order_gets_no_webhook(
    authority: Authority, tmp_path: Path, names: Sequence[str], days_ago: int, word: str
) -> None:
    made_at = wall_ms() - int(timedelta(days=days_ago).total_seconds() * 1000)
    shop = ScriptedServer(lambda _: Reply(200), tls_of(authority, tmp_path, *names, now_ms=made_at))
    with shop:
        handed = sender_to(authority, lambda *_: ["127.0.0.1"]).send(parcel(f"https://shop.example:{shop.port}/"))
    assert (handed.heard.word, fate(handed)) == (word, Fate.LATER)
    assert shop.asked == []


def test_only_whom_the_public_authorities_vouch_for_is_believed(authority: Authority, tmp_path: Path) -> None:
    with ScriptedServer(lambda _: Reply(200), tls_of(authority, tmp_path, "shop.example")) as shop:
        sender = WebhookSender(HERE, resolve=lambda *_: ["127.0.0.1"])
        assert sender.send(parcel(f"https://shop.example:{shop.port}/")).heard.word == "certificate_stranger"
    assert shop.asked == []


def test_a_receiver_without_tls_is_told_apart(authority: Authority) -> None:
    def say(_: Question) -> Reply:
        return Reply(200)

    with ScriptedServer(say) as plain:
        handed = sender_to(authority, lambda *_: ["127.0.0.1"]).send(parcel(f"https://shop.example:{plain.port}/"))
    assert handed.heard.word == "tls_missing"
