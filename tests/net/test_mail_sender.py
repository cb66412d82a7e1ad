"""A mail is handed in whole or not at all: each answer of a real server comes back as what it is, and nothing leaks."""

import dataclasses
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.clock import wall_ms
from app.errors import AppError
from app.ledger.authority import Authority, issue, make_authority
from app.net import mail_sender
from app.net.mail_sender import MailSender, written
from core.delivery.account_trouble import AccountTrouble
from core.delivery.mail import Attached, Inline, Mail, MailAccount, Safety, Unsent, stored
from core.delivery.meaning import Fate, Heard, meaning_of
from core.delivery.message import Channel
from core.delivery.parcel import Handed, Parcel
from tests.support.mail_server import DROP, OK, SLOW, MailServer
from tests.support.ports import free_port

GUEST = "mara.lindqvist@mail.example"
PASSWORD = "correct horse battery"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
MAIL = Mail(
    "Your tickets for Sommernacht – Köln",
    "Hier sind Ihre Tickets.\n.\n..und ein Punkt\n",
    '<p>Hier sind Ihre Tickets. <img src="cid:code-1@club.example"></p>',
    (Inline("code-1@club.example", PNG),),
    (Attached("tickets.pdf", "application/pdf", b"%PDF-1.7 \r\n.\r\n" + bytes(range(256))),),
)


def account(port: int, **other: object) -> MailAccount:
    plain = MailAccount(
        "127.0.0.1",
        port,
        Safety.NONE,
        "",
        "tickets@club.example",
        "Club Nacht",
        "de",
        sends_tickets=True,
        is_local=True,
    )
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


def parcel(to: MailAccount, recipient: str | None = GUEST, password: str = PASSWORD) -> Parcel:
    told = stored(to)
    return Parcel(UUID(int=7), "tickets", "{}", to.target, (password.encode(),), recipient, told)


def send(
    to: MailAccount, mail: Mail | Unsent = MAIL, *, total_s: float = 30.0, recipient: str | None = GUEST
) -> Handed:
    return MailSender(lambda _: mail, total_s=total_s).send(parcel(to, recipient))


def fate(heard: Heard) -> Fate:
    return meaning_of(Channel.EMAIL, heard).fate


def trouble(heard: Heard) -> AccountTrouble | None:
    return meaning_of(Channel.EMAIL, heard).trouble


def test_a_mail_arrives_with_its_words_its_picture_and_its_file_byte_for_byte() -> None:
    with MailServer() as server:
        handed = send(account(server.port))
    assert (handed.heard.code, handed.heard.word, fate(handed.heard)) == (250, "DATA", Fate.SENT)
    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("tickets@club.example", (GUEST,))
    message = taken.message
    assert message["Subject"] == MAIL.subject
    assert message["From"] == "Club Nacht <tickets@club.example>"
    assert message["To"] == GUEST
    assert message["Message-ID"] == f"<{UUID(int=7).hex}@club.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert plain.get_content().splitlines() == MAIL.text.splitlines()
    assert page is not None
    assert page.get_content().strip() == MAIL.html
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert (picture["Content-ID"], picture.get_content()) == ("<code-1@club.example>", PNG)
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("tickets.pdf", MAIL.files[0].content)


def test_what_was_asked_is_told_without_the_guest_the_words_or_the_password() -> None:
    with MailServer() as server:
        told = json.loads(send(account(server.port)).request or "")
    assert told["to"] == "m…@mail.example"
    assert told["message_id"] == f"<{UUID(int=7).hex}@club.example>"
    assert "Sommernacht" not in json.dumps(told)
    assert PASSWORD not in repr(parcel(account(1)))
    assert GUEST not in repr(parcel(account(1)))


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "code", "before", "after"),
    [
        ("451 4.3.0 try later", 451, Fate.LATER, Fate.LATER),
        ("421 4.7.0 too busy", 421, Fate.LATER, Fate.LATER),
        ("550 5.1.1 no such user", 550, Fate.RESTS, Fate.DEAD),
        ("554 5.7.1 not wanted", 554, Fate.RESTS, Fate.DEAD),
        ("530 5.7.0 log in first", 530, Fate.RESTS, Fate.RESTS),
    ],
)
def test_an_answer_means_what_its_number_and_its_command_say(
    command: str, answer: str, code: int, before: Fate, after: Fate
) -> None:
    with MailServer({command: answer}) as server:
        heard = send(account(server.port)).heard
    word = "EHLO" if command == "EHLO" else command
    assert (heard.code, heard.word, heard.said) == (code, word, answer[4:])
    assert fate(heard) is (after if command in {"RCPT", "DATA"} else before)
    assert server.taken == []


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_that_is_cut_is_tried_again(command: str) -> None:
    with MailServer({command: DROP}) as server:
        heard = send(account(server.port)).heard
    assert (heard.code, heard.word, fate(heard)) == (None, "connection_lost", Fate.LATER)
    assert command in heard.said


def test_a_mail_that_arrived_without_an_answer_comes_again_under_the_same_id() -> None:  # doubled, and known as such
    answers = iter([DROP, OK])
    server = MailServer(lambda command, _: next(answers) if command == "DATA" else OK)
    with server:
        first, second = send(account(server.port)), send(account(server.port))
    assert (fate(first.heard), fate(second.heard)) == (Fate.LATER, Fate.SENT)
    assert len(server.begun) == 2
    assert len({each.message["Message-ID"] for each in server.begun}) == 1


def test_a_mailbox_would_see_a_sender_that_makes_a_new_id_at_each_try() -> None:  # planted: a new UUID per retry
    with MailServer() as server:
        for number in (1, 2):
            fresh = dataclasses.replace(parcel(account(server.port)), id=UUID(int=number))
            MailSender(lambda _: MAIL).send(fresh)
    assert len({each.message["Message-ID"] for each in server.taken}) == 2


@pytest.mark.parametrize("command", ["EHLO", "RCPT", "DATA"])
def test_a_slow_server_is_waited_for_so_long_and_no_longer(command: str) -> None:
    with MailServer({command: SLOW}) as server:
        heard = send(account(server.port), total_s=1.5).heard  # a busy machine has the time to come so far
    assert (heard.code, heard.word, fate(heard)) == (None, "timed_out", Fate.LATER)
    assert command in heard.said


# --- who the server is ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority(wall_ms())


def tls_of(authority: Authority, folder: Path, name: str, now_ms: int | None = None) -> ssl.SSLContext:
    made = issue(authority, [name], wall_ms() if now_ms is None else now_ms)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.certificate)
    key.write_bytes(made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


@pytest.mark.parametrize("safety", [Safety.STARTTLS, Safety.TLS])
def test_a_server_with_an_authority_of_its_own_is_believed_and_logged_in_to(
    authority: Authority, tmp_path: Path, safety: Safety
) -> None:
    context = tls_of(authority, tmp_path, "mail.club.example")
    is_starttls = safety is Safety.STARTTLS
    tls = {"starttls": context} if is_starttls else {"implicit": context}
    with MailServer(users={"club": PASSWORD}, **tls) as server:  # type: ignore[arg-type]
        to = account(server.port, host="mail.club.example", safety=safety, authority=authority.pem, user="club")
        heard = MailSender(lambda _: MAIL, resolve=lambda *_: ["127.0.0.1"]).send(parcel(to)).heard
    assert (heard.code, heard.word) == (250, "DATA")
    (taken,) = server.taken
    assert (taken.is_over_tls, taken.user) == (True, "club")


@pytest.mark.parametrize(
    ("name", "is_known", "days_ago", "word"),
    [
        ("other.example", True, 0, "certificate_name"),
        ("mail.club.example", False, 0, "certificate_stranger"),
        ("mail.club.example", True, 800, "certificate_expired"),
    ],
)
@pytest.mark.parametrize("safety", [Safety.STARTTLS, Safety.TLS])
def test_a_server_that_is_not_who_it_should_be_hears_neither_password_nor_guest(
    authority: Authority, tmp_path: Path, safety: Safety, name: str, is_known: bool, days_ago: int, word: str
) -> None:
    context = tls_of(authority, tmp_path, name, wall_ms() - days_ago * 86_400_000)
    tls = {"starttls": context} if safety is Safety.STARTTLS else {"implicit": context}
    with MailServer(users={"club": PASSWORD}, **tls) as server:  # type: ignore[arg-type]
        pem = authority.pem if is_known else make_authority(wall_ms()).pem
        to = account(server.port, host="mail.club.example", safety=safety, authority=pem, user="club")
        heard = MailSender(lambda _: MAIL, resolve=lambda *_: ["127.0.0.1"]).send(parcel(to)).heard
    assert (heard.code, heard.word, trouble(heard)) == (None, word, AccountTrouble.CERTIFICATE_REFUSED)
    assert (server.logins, server.begun) == ([], [])


def test_a_server_that_hides_starttls_is_told_nothing(authority: Authority) -> None:  # stripped on the way
    with MailServer(users={"club": PASSWORD}) as server:
        to = account(server.port, safety=Safety.STARTTLS, authority=authority.pem, user="club")
        heard = send(to).heard
    assert (heard.word, fate(heard)) == ("tls_missing", Fate.RESTS)
    assert (server.logins, server.begun) == ([], [])


def test_a_wrong_password_is_for_the_organizer_to_mend_and_ends_no_mail() -> None:
    with MailServer(users={"club": "another"}) as server:
        heard = send(account(server.port, user="club")).heard
    assert (heard.code, heard.word, trouble(heard)) == (535, "AUTH", AccountTrouble.PASSWORD_REFUSED)
    assert PASSWORD not in heard.said
    assert server.begun == []


def test_a_server_that_knows_no_log_in_is_no_server_for_an_account_with_one() -> None:
    with speaking(b"220 hi\r\n", EHLO) as port:
        heard = send(account(port, user="club")).heard
    assert (heard.code, heard.word, trouble(heard)) == (None, "login_missing", AccountTrouble.LOGIN_MISSING)
    assert "AUTH" in heard.said


# --- where nothing is sent --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "addresses", "word"),
    [
        ({"is_local": False}, ["127.0.0.1"], "target_refused"),
        ({"is_local": False, "safety": Safety.TLS}, ["10.0.0.5"], "target_refused"),
        ({"is_local": False, "safety": Safety.TLS}, ["93.184.215.14", "169.254.169.254"], "target_refused"),
        ({"safety": Safety.NONE}, ["10.0.0.5"], "target_refused"),
    ],
)
def test_nothing_is_sent_into_a_network_that_nobody_allowed(
    change: dict[str, object], addresses: list[str], word: str
) -> None:
    with MailServer() as server:
        sender = MailSender(lambda _: MAIL, resolve=lambda *_: addresses)
        heard = sender.send(parcel(account(server.port, host="mail.club.example", **change))).heard
    assert (heard.word, fate(heard)) == (word, Fate.RESTS)
    assert server.begun == []


def test_a_server_that_is_not_there_is_tried_again_and_one_without_a_name_is_the_accounts_trouble() -> None:
    heard = send(account(free_port())).heard
    assert (heard.word, fate(heard)) == ("no_connection", Fate.LATER)

    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    heard = MailSender(lambda _: MAIL, resolve=unknown).send(parcel(account(free_port()))).heard
    assert (heard.word, trouble(heard)) == ("name_unknown", AccountTrouble.NAME_UNKNOWN)

    def mute(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")

    heard = MailSender(lambda _: MAIL, resolve=mute).send(parcel(account(free_port()))).heard
    assert (heard.word, fate(heard)) == ("no_connection", Fate.LATER), "it is our network that is down"


@pytest.mark.parametrize("recipient", ["no address", "a@b", "a@b.example\r\nRCPT TO:<c@d.example>", "@b.example", "a@"])
def test_what_is_no_address_is_dead_and_asks_no_server(recipient: str) -> None:
    with MailServer() as server:
        heard = send(account(server.port), recipient=recipient).heard
    assert fate(heard) is Fate.DEAD
    assert server.begun == []


def test_who_was_forgotten_and_who_wants_no_mail_gets_none() -> None:
    with MailServer() as server:
        forgotten = send(account(server.port), recipient=None).heard
        suppressed = send(account(server.port), Unsent.SUPPRESSED).heard
    assert (meaning_of(Channel.EMAIL, forgotten).reason, fate(forgotten)) == ("recipient_forgotten", Fate.CANCELED)
    assert (meaning_of(Channel.EMAIL, suppressed).reason, fate(suppressed)) == ("address_suppressed", Fate.CANCELED)
    assert server.begun == []


def test_what_cannot_be_composed_now_is_tried_again_and_what_is_too_large_is_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail_sender, "MOST_BYTES", 10_000)

    def busy(_: Parcel) -> Mail:
        raise AppError("server_busy")

    with MailServer() as server:
        heard = MailSender(busy).send(parcel(account(server.port))).heard
        large = dataclasses.replace(MAIL, files=(Attached("a.pdf", "application/pdf", bytes(10_000)),))
        too_large = send(account(server.port), large).heard
    assert (heard.word, heard.said, fate(heard)) == ("not_composed", "server_busy", Fate.LATER)
    assert fate(too_large) is Fate.DEAD
    assert server.begun == []
    broken = dataclasses.replace(parcel(account(1)), settings="{}")
    assert MailSender(lambda _: MAIL).send(broken).heard.word == "no_account"


@pytest.mark.parametrize("name", ["Subject", "From"])
def test_no_text_from_outside_becomes_a_header(name: str) -> None:
    hostile = "x\r\nBcc: everybody@mail.example"
    mail = dataclasses.replace(MAIL, subject=hostile) if name == "Subject" else MAIL
    to = account(25, sender_name=hostile) if name == "From" else account(25)
    with pytest.raises(ValueError, match=r"."):
        written(mail, to, GUEST, "<7@club.example>", datetime(2026, 11, 26, tzinfo=UTC))


# --- servers that speak no SMTP ---------------------------------------------------------------------------------------


@contextmanager
def speaking(*lines: bytes) -> Iterator[int]:
    """A server that says the next of these lines to whatever it hears, the first at once; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _ = listener.accept()
        with line:
            line.settimeout(30)
            try:
                for told in lines:
                    line.sendall(told)
                    line.recv(65_536)
            except OSError:
                return

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    with listener:
        yield listener.getsockname()[1]
    thread.join(5)


EHLO = b"250-mail.example\r\n250 8BITMIME\r\n"


@pytest.mark.parametrize(
    ("lines", "code", "word"),
    [
        ((b"554 5.3.2 closed today\r\n",), 554, "connect"),
        ((b"421 busy\r\n",), 421, "connect"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), None, "bad_answer"),
        ((b"220 hi\r\n", b"250-" + b"x" * 200_000 + b"\r\n"), None, "bad_answer"),
        ((b"220 hi\r\n", EHLO, b"250 OK\r\n", b"252 perhaps\r\n"), None, "bad_answer"),
        ((b"220 hi\r\n", EHLO, b"250 OK\r\n", b"250 OK\r\n", b"250 not yet\r\n"), None, "bad_answer"),
        ((b"220 hi\r\n", EHLO, b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n", b"999 what\r\n"), None, "bad_answer"),
    ],
)
def test_only_the_answer_to_a_whole_mail_says_that_it_is_sent(
    lines: tuple[bytes, ...], code: int | None, word: str
) -> None:
    with speaking(*lines) as port:
        heard = send(account(port), total_s=30).heard
    assert (heard.code, heard.word, fate(heard)) == (code, word, Fate.RESTS if code == 554 else Fate.LATER)


def test_an_answer_that_repeats_a_guests_address_or_a_password_is_kept_without_them() -> None:
    said = f"550 5.1.1 <{GUEST}>: Recipient rejected ({GUEST.upper()}), not {PASSWORD}"
    with MailServer({"RCPT": said}) as server:
        heard = send(account(server.port)).heard
    assert GUEST.lower() not in heard.said.lower()
    assert PASSWORD not in heard.said
    assert "5.1.1 <m…@mail.example>: Recipient rejected" in heard.said
