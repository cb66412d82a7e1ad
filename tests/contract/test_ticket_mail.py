"""A guest gets one mail with all tickets of the order, from the transaction that makes them to the mailbox."""

import io
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from app.ledger import import_book, ticket_mail
from app.ledger.dead_letters import MessageUnknown
from app.ledger.deliveries import LEASE_MS, Claimed, Course
from app.ledger.mail_accounts import MailUnset, MailWrong
from app.ledger.schema import attendees, outbox
from app.ledger.shop_files import ShopRow
from app.ledger.suppressions import AddressUnknown, AddressWrong
from app.ledger.ticket_mail import (
    GATHERS_MS,
    KIND,
    READDRESSED,
    AddressSuppressed,
    AddressUnchanged,
    MailRefused,
    MessageNotDead,
    NothingToReaddress,
    NoTicketMail,
    tickets_in,
)
from app.net.mail_sender import MailSender
from app.runtime.delivery_line import DeliveryLine
from app.runtime.mail_desk import MailDesk
from core.delivery.mail import Mail, MailAccount, Safety, Unsent, stored
from core.delivery.meaning import Heard, meaning_of
from core.delivery.message import Channel
from core.delivery.parcel import Handed, Parcel
from core.delivery.suppression import Suppressed
from core.model.ids import TicketHandle
from core.sync.ticket_messages import What, Why
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NOW, STANDARD, Home, House, open_house
from tests.support.mail_server import MailServer, Taken
from tests.support.planted import without_fence

GUEST, FRIEND = "mara.lindqvist@mail.example", "olek@mail.example"
RIGHT = "mara.lindquist@mail.example"
"""What the guest really has."""


def account(port: int = 1025, **other: Any) -> MailAccount:
    plain = MailAccount(
        "127.0.0.1", port, Safety.NONE, "", "tickets@club.example", "Club", "en", sends_tickets=True, is_local=True
    )
    return replace(plain, **other)


class Shop:
    """A shop that tells its tickets one by one, and what comes of it in the outbox."""

    def __init__(self, house: House) -> None:
        self.house, self.office, self.event = house, house.office, house.event
        self.database = house.office._database

    def sell(self, ref: str, order: str | None = "A1", email: str | None = GUEST, **other: Any) -> TicketHandle:
        row = ShopRow(0, ref, cls="Standard", name="Mara", order=order, email=email, **other)
        done = self.office.put_ticket(self.event, "shop", row)
        tid = getattr(done, "tid", None)
        assert isinstance(tid, bytes), done
        return TicketHandle(tid)

    def mails(self) -> list[tuple[str | None, list[TicketHandle], str]]:
        """To whom, which tickets, in which state; the oldest first."""
        mine = (outbox.c.event_id == self.event) & (outbox.c.channel == Channel.EMAIL.value)
        wanted = select(outbox).where(mine).order_by(outbox.c.made_at, outbox.c.dedupe_key)
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [(row.recipient, tickets_in(row.body), row.state) for row in rows if row.kind == KIND]

    def letter(self) -> Any:
        mine = (outbox.c.event_id == self.event) & (outbox.c.channel == Channel.EMAIL.value)
        with self.database.reading() as connection:
            return connection.execute(select(outbox).where(mine).order_by(outbox.c.made_at.desc()).limit(1)).one()

    def parcel(self) -> Parcel:
        row = self.letter()
        told = self.office.mail_accounts.show(self.event).account
        return Parcel(row.id, row.kind, row.body, told.target, (), row.recipient, stored(told), self.event)

    def compose(self) -> Mail | Unsent:
        return MailDesk(self.office).compose(self.parcel())

    def deliver(self) -> None:
        """What a worker does a while later, for this event's messages and those of others that are due."""
        self.house.now_ms += GATHERS_MS
        line = DeliveryLine(
            self.office,
            Channel.EMAIL,
            lambda: MailSender(MailDesk(self.office).compose, total_s=20.0),
            aftermath=self.office.suppressions.aftermath,
            watch_s=0.05,
            chance=lambda: 0.5,
        )
        while line.turn():
            pass


@pytest.fixture
def shop(house: House) -> Shop:
    """On both databases: where the statements are the matter."""
    return Shop(house)


@pytest.fixture
def mailing(shop: Shop) -> Shop:
    """A shop of an event that mails tickets."""
    shop.office.mail_accounts.set(shop.event, account())
    return shop


@pytest.fixture
def small_shop(tmp_path: Path) -> Iterator[Shop]:
    """On SQLite alone: where they are not."""
    with open_house(Home(None, tmp_path)) as opened:
        yield Shop(opened)


@pytest.fixture
def small_mailing(small_shop: Shop) -> Shop:
    """The same, mailing."""
    small_shop.office.mail_accounts.set(small_shop.event, account())
    return small_shop


# --- what is mailed -------------------------------------------------------------------------------------------------


def test_an_order_that_is_told_ticket_by_ticket_is_one_mail(mailing: Shop) -> None:
    first, second = mailing.sell("1"), mailing.sell("2")
    other = mailing.sell("3", "B2")
    friends = mailing.sell("4", email=FRIEND)
    assert sorted(mailing.mails(), key=str) == sorted(
        [(GUEST, [first, second], "ready"), (GUEST, [other], "ready"), (FRIEND, [friends], "ready")], key=str
    )
    assert mailing.letter().run_at == NOW + GATHERS_MS
    mailing.sell("1")
    assert len(mailing.mails()) == 3  # told again: nothing new


def test_an_event_that_sends_no_tickets_by_mail_has_no_messages(small_shop: Shop) -> None:
    small_shop.sell("1")
    small_shop.office.mail_accounts.set(small_shop.event, account(sends_tickets=False))
    small_shop.sell("2")
    assert small_shop.mails() == []


def test_a_guest_without_an_address_or_with_a_ticket_that_does_not_count_gets_none(small_mailing: Shop) -> None:
    small_mailing.sell("1", email=None)
    small_mailing.sell("2", email="")
    small_mailing.sell("3", email="no address")
    small_mailing.sell("4", is_unpaid=True)
    assert small_mailing.mails() == []


def test_what_is_paid_later_is_mailed_then(small_mailing: Shop) -> None:
    by_shop = small_mailing.sell("1", is_unpaid=True)
    by_hand = small_mailing.sell("2", "B2", is_unpaid=True)
    small_mailing.sell("1")
    by_stripe = small_mailing.sell("3", "C3", is_unpaid=True)
    small_mailing.office.orders.lift(small_mailing.event, by_hand, DenialReason.UNPAID)
    small_mailing.database.transact(
        lambda connection: small_mailing.office.orders.pay_within(connection, small_mailing.event, [by_stripe])
    )
    assert sorted(tids for _, tids, _ in small_mailing.mails()) == sorted([[by_shop], [by_hand], [by_stripe]])


def test_a_new_address_or_a_new_code_is_mailed_and_an_old_mail_that_waits_gives_nothing_away(
    small_mailing: Shop,
) -> None:
    tid = small_mailing.sell("1")
    small_mailing.sell("1", email=FRIEND)
    assert [(to, tids) for to, tids, _ in small_mailing.mails()] in (
        [(GUEST, [tid]), (FRIEND, [tid])],
        [(FRIEND, [tid]), (GUEST, [tid])],
    )
    assert small_mailing.office.ticket_mail.to_send(small_mailing.event, [tid], GUEST) is Unsent.POINTLESS
    assert small_mailing.office.ticket_mail.to_send(small_mailing.event, [tid], FRIEND) == [tid]


def reissued(shop: Shop, tid: TicketHandle, why: Why = Why.LOST, **asked: bool) -> str | None:
    """To whom a new code was mailed."""
    return shop.office.tickets.reissue(shop.event, tid, why, **asked).mailed_to


def gen_of(shop: Shop, tid: TicketHandle) -> int:
    return shop.office.tickets.some(shop.event, [tid])[0].gen


def test_a_new_code_is_mailed_in_the_transaction_that_makes_it_and_the_mail_has_no_other(small_mailing: Shop) -> None:
    tid = small_mailing.sell("1")
    with MailServer() as server:
        small_mailing.office.mail_accounts.set(small_mailing.event, account(server.port))
        small_mailing.deliver()
        assert reissued(small_mailing, tid) == "m…@mail.example"
        (fresh,) = small_mailing.office.tickets.codes(small_mailing.event, tids=[tid]).codes
        small_mailing.deliver()
    first, second = (codes_in(taken) for taken in server.taken)
    assert (second, first == second) == ([fresh.text], False)
    assert [each.deed for each in small_mailing.office.search.history(small_mailing.event, tid).deeds][-2:] == [
        "ticket.reissued",
        "ticket.mailed",
    ]


def test_a_new_code_joins_a_mail_that_waits_and_the_old_one_is_in_none(small_mailing: Shop) -> None:
    tid = small_mailing.sell("1")
    assert reissued(small_mailing, tid) == "m…@mail.example"
    assert small_mailing.mails() == [(GUEST, [tid], "ready")]


@pytest.mark.parametrize("why", [Why.STOLEN, Why.FRAUD])
def test_what_was_stolen_is_mailed_only_where_somebody_says_so(small_mailing: Shop, why: Why) -> None:
    tid = small_mailing.sell("1")
    small_mailing.deliver()
    before = len(small_mailing.mails())
    assert reissued(small_mailing, tid, why) is None
    assert len(small_mailing.mails()) == before, "whoever has the telephone reads its mail"
    assert reissued(small_mailing, tid, why, is_mailed=True) == "m…@mail.example"


def test_a_new_code_is_mailed_to_nobody_where_that_is_said_or_where_nobody_can_be(small_shop: Shop) -> None:
    tid = small_shop.sell("1")
    assert reissued(small_shop, tid) is None, "the event has no account"
    small_shop.office.mail_accounts.set(small_shop.event, account(sends_tickets=False))
    assert reissued(small_shop, tid) is None, "the event mails no tickets"
    assert reissued(small_shop, tid, is_mailed=True) == "m…@mail.example"
    small_shop.office.mail_accounts.set(small_shop.event, account())
    assert reissued(small_shop, tid, is_mailed=False) is None
    assert reissued(small_shop, small_shop.sell("2", email=None)) is None
    small_shop.office.suppressions.add(small_shop.event, GUEST, Suppressed.ASKED)
    assert reissued(small_shop, tid) is None
    assert len(small_shop.mails()) == 1


def test_a_new_code_that_can_not_be_mailed_as_was_wished_is_not_made(small_shop: Shop) -> None:
    tid = small_shop.sell("1")
    with pytest.raises(MailUnset):
        reissued(small_shop, tid, is_mailed=True)
    small_shop.office.mail_accounts.set(small_shop.event, account())
    small_shop.office.suppressions.add(small_shop.event, GUEST, Suppressed.ASKED)
    with pytest.raises(MailRefused):
        reissued(small_shop, tid, is_mailed=True)
    assert gen_of(small_shop, tid) == 0, "the guest's old code goes on"


def test_planted_a_mail_behind_the_transaction_would_be_lost_with_its_process(
    small_mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tid = small_mailing.sell("1")
    small_mailing.deliver()
    before = small_mailing.mails()

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr(ticket_mail, "note", dies)
    with pytest.raises(RuntimeError):
        reissued(small_mailing, tid)
    assert (gen_of(small_mailing, tid), small_mailing.mails()) == (0, before), "neither without the other"


def test_a_mail_that_was_taken_is_not_changed_any_more_and_a_full_one_not_either(
    mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_mail, "MOST_OF_A_MAIL", 3)
    first = mailing.sell("0")
    mailing.house.now_ms += GATHERS_MS
    (claimed,) = _claim(mailing)
    later = mailing.sell("1")
    assert [tids for _, tids, _ in mailing.mails()] == [[first], [later]]
    mailing.office.deliveries.sent(claimed, "250")
    rest = [mailing.sell(str(number)) for number in range(2, 5)]
    assert [len(tids) for _, tids, _ in mailing.mails()] == [1, 3, 1]
    assert mailing.mails()[2][1] == rest[-1:]


def test_tickets_of_one_order_that_come_at_the_same_moment_are_all_mailed_and_each_once(mailing: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        sold = list(pool.map(mailing.sell, map(str, range(8))))
    mailed = [tid for _, tids, _ in mailing.mails() for tid in tids]
    assert sorted(mailed) == sorted(sold)


def test_a_second_first_ticket_would_be_lost_by_whoever_does_not_look_again(
    small_mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # planted: between the look and the writing another ticket of the order makes the same mail
    first = small_mailing.sell("1")
    (_, tids, _) = small_mailing.mails()[0]
    real, looks = ticket_mail.put, []

    def late(connection: Any, profile: Any, event: Any, messages: Any, now_ms: int) -> Any:
        looks.append(messages[0].key)
        return frozenset() if len(looks) == 1 else real(connection, profile, event, messages, now_ms)

    monkeypatch.setattr(ticket_mail, "put", late)
    other = small_mailing.sell("2", "B2")
    assert len(looks) == 2, "it looked again, and put it in then"
    assert sorted(tid for _, tids, _ in small_mailing.mails() for tid in tids) == sorted([first, other])
    assert tids == [first]


# --- lost, doubled, and by whom: the planted defects ------------------------------------------------------------------


def test_a_sale_that_is_undone_leaves_no_mail_and_a_mail_no_sale(
    mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # message lost when enqueued outside the transaction: planted both ways
    def fails(*_: object) -> None:
        raise MailUnset

    with monkeypatch.context() as patched:
        patched.setattr(import_book, "mail_new", fails)
        with pytest.raises(MailUnset):
            mailing.sell("1")
    assert mailing.office.ticket_page(mailing.event, TicketHandle(b""), 10).tickets == []

    put = import_book.mail_new

    def then_fails(*told: Any) -> None:
        put(*told)
        raise MailUnset

    with monkeypatch.context() as patched:
        patched.setattr(import_book, "mail_new", then_fails)
        with pytest.raises(MailUnset):
            mailing.sell("2")
    assert mailing.mails() == []


def test_a_mail_that_was_put_in_after_the_sale_would_be_lost_with_its_process(
    small_mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # planted: enqueued outside of the transaction, and killed between the two
    monkeypatch.setattr(import_book, "mail_new", lambda *_: frozenset())
    small_mailing.sell("1")
    assert len(small_mailing.office.ticket_page(small_mailing.event, TicketHandle(b""), 10).tickets) == 1
    assert small_mailing.mails() == []  # the guest has a ticket, and no mail: what the test before this one would see


def test_a_worker_that_slept_through_its_lease_ends_nothing_and_gives_up_no_address(mailing: Shop) -> None:
    mailing.sell("1")  # zombie finish
    mailing.house.now_ms += GATHERS_MS
    (asleep,) = _claim(mailing)
    mailing.house.now_ms += LEASE_MS + 1
    mailing.office.deliveries.sweep_all(100)
    (awake,) = _claim(mailing, "b")
    assert not mailing.office.deliveries.dead(
        asleep, "550", "5.1.1 no such user", "refused", _giving_up(mailing, asleep)
    )
    assert mailing.office.suppressions.list(mailing.event) == []
    assert mailing.office.deliveries.sent(awake, "250")
    assert [state for *_, state in mailing.mails()] == ["sent"]


def test_planted_without_the_fence_a_worker_that_slept_would_end_anothers_mail(
    small_mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    without_fence(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_worker_that_slept_through_its_lease_ends_nothing_and_gives_up_no_address(small_mailing)


def test_a_mail_has_one_id_however_often_it_is_tried(small_mailing: Shop) -> None:
    small_mailing.sell("1")
    ids = set()
    for _ in range(3):
        small_mailing.house.now_ms += 24 * 3_600_000
        (claimed,) = _claim(small_mailing)
        ids.add(claimed.id)
        small_mailing.office.deliveries.later(claimed, "451", "", small_mailing.house.now_ms)
    assert len(ids) == 1


def _claim(shop: Shop, owner: str = "a") -> Sequence[Claimed]:
    endpoint = shop.office.mail_accounts.show(shop.event).endpoint
    return shop.office.deliveries.claim(shop.event, endpoint, owner, 10)


def _giving_up(shop: Shop, claimed: Claimed) -> Any:
    heard = Heard(550, "RCPT", "5.1.1 no such user")
    also = shop.office.suppressions.aftermath(claimed, Handed(heard), meaning_of(Channel.EMAIL, heard))
    assert also is not None
    return Course(also=also)


# --- at the mailbox ---------------------------------------------------------------------------------------------------


def received(server: MailServer) -> Taken:
    (taken,) = server.taken
    return taken


def codes_in(taken: Taken) -> list[str]:
    """What a reader sees in each picture of a mail."""
    found = []
    for part in taken.message.walk():
        if part.get_content_type() == "image/png":
            picture = Image.open(io.BytesIO(part.get_content())).convert("L")
            found += [code.text for code in zxingcpp.read_barcodes(np.asarray(picture))]
    return found


def test_the_pictures_of_a_mail_read_as_the_tickets_codes_and_no_code_lies_in_the_outbox(small_shop: Shop) -> None:
    with MailServer() as server:
        small_shop.office.mail_accounts.set(small_shop.event, account(server.port))
        tids = [small_shop.sell("1"), small_shop.sell("2")]
        texts = [code.text for code in small_shop.office.tickets.codes(small_shop.event, tids=tids).codes]
        assert not any(text in small_shop.letter().body for text in texts)
        small_shop.deliver()
        taken = received(server)
    assert sorted(codes_in(taken)) == sorted(texts)
    message = taken.message
    assert message["Subject"] == "Your tickets for Summer Night"
    assert taken.recipients == (GUEST,)
    (sheet,) = message.iter_attachments()
    assert (sheet.get_filename(), sheet.get_content()[:5]) == ("tickets.pdf", b"%PDF-")
    assert [state for *_, state in small_shop.mails()] == ["sent"]
    tries = small_shop.office.letters.show(small_shop.event, small_shop.letter().id).attempts
    assert GUEST not in str(tries)
    assert "m…@mail.example" in str(tries)


def test_a_rotating_ticket_comes_as_its_page_and_not_as_a_picture(small_mailing: Shop) -> None:
    (issued,) = small_mailing.office.issue_tickets(small_mailing.event, STANDARD, 1, rotating=True, email=GUEST)
    mail = small_mailing.compose()
    assert isinstance(mail, Mail)
    assert mail.pictures == ()
    (page,) = mail.files
    assert (page.name, page.kind) == ("ticket-1.html", "text/html")
    assert issued.text.encode() in page.content
    assert "changes every 30 seconds" in mail.text


def test_tickets_that_are_issued_to_an_address_are_mailed_with_them(small_mailing: Shop) -> None:
    issued = small_mailing.office.issue_tickets(small_mailing.event, STANDARD, 3, email=GUEST)
    ((to, tids, _),) = small_mailing.mails()
    assert (to, sorted(tid.hex() for tid in tids)) == (GUEST, sorted(each.tid for each in issued))


def test_what_was_canceled_or_forgotten_before_the_mail_left_is_not_in_it(small_mailing: Shop) -> None:
    first, second = small_mailing.sell("1"), small_mailing.sell("2")
    small_mailing.office.cancel_ticket(small_mailing.event, first)
    mail = small_mailing.compose()
    assert isinstance(mail, Mail)
    assert len(mail.pictures) == 1
    small_mailing.office.cancel_ticket(small_mailing.event, second)
    assert small_mailing.compose() is Unsent.POINTLESS


def test_a_guest_who_is_forgotten_is_forgotten_in_the_outbox_too(shop: Shop) -> None:
    with MailServer() as server:
        shop.office.mail_accounts.set(shop.event, account(server.port))
        tid = shop.sell("1")
        shop.office.retention.erase_person(shop.event, [tid])
        assert [(to, state) for to, _, state in shop.mails()] == [(None, "ready")]
        shop.deliver()
        assert server.begun == []
    assert [(state, shop.letter().reason) for *_, state in shop.mails()] == [("canceled", "recipient_forgotten")]


def test_names_that_are_over_take_addresses_and_the_list_of_those_without_mail_along(mailing: Shop) -> None:
    mailing.sell("1")
    mailing.office.suppressions.add(mailing.event, FRIEND, Suppressed.ASKED)
    assert sum(mailing.office.retention.forget_names(mailing.event)) >= 3
    assert [to for to, *_ in mailing.mails()] == [None]
    assert mailing.office.suppressions.list(mailing.event) == []
    with mailing.database.reading() as connection:
        mine = select(attendees.c.email).where(attendees.c.event_id == mailing.event)
        assert connection.execute(mine).all() == []


# --- addresses that get no more ---------------------------------------------------------------------------------------


def test_an_address_without_a_mailbox_is_given_up_with_its_message_and_gets_no_more(shop: Shop) -> None:
    with MailServer({"RCPT": f"550 5.1.1 <{GUEST}>: no such user"}) as server:
        shop.office.mail_accounts.set(shop.event, account(server.port))
        tid = shop.sell("1")
        shop.deliver()
        (given_up,) = shop.office.suppressions.list(shop.event)
        assert (given_up.shown, given_up.reason) == ("m…@mail.example", Suppressed.REFUSED)
        assert [state for *_, state in shop.mails()] == ["dead"]
        with pytest.raises(MailRefused, match="mail_refused"):
            shop.office.ticket_mail.send(shop.event, [tid])
        server.answers = {}
        shop.house.now_ms += 1
        later = shop.sell("2", "B2")
        shop.deliver()
        assert server.begun == []
        assert [(tids, state) for _, tids, state in shop.mails()][1:] == [([later], "canceled")]
        assert shop.letter().reason == "address_suppressed"
        shop.office.suppressions.lift(shop.event, GUEST.upper().replace("MAIL.EXAMPLE", "mail.example"))
        shop.house.now_ms += 1
        shop.office.ticket_mail.send(shop.event, [later])
        shop.deliver()
        assert received(server).recipients == (GUEST,)


def test_a_server_that_relays_for_nobody_ends_no_address(small_shop: Shop) -> None:
    with MailServer({"RCPT": "550 5.7.1 relaying denied"}) as server:
        small_shop.office.mail_accounts.set(small_shop.event, account(server.port))
        small_shop.sell("1")
        small_shop.deliver()
    assert small_shop.office.suppressions.list(small_shop.event) == []
    assert [state for *_, state in small_shop.mails()] == ["dead"]


def test_a_person_puts_addresses_on_the_list_and_takes_them_off(mailing: Shop) -> None:
    book = mailing.office.suppressions
    put = book.add(mailing.event, GUEST, Suppressed.ASKED)
    book.add(mailing.event, GUEST, Suppressed.COMPLAINT)
    (listed,) = book.list(mailing.event)
    assert (listed.reason, listed.sign) == (Suppressed.COMPLAINT, put.sign)
    assert GUEST not in str(listed)
    assert book.is_suppressed(mailing.event, GUEST.title())
    book.lift(mailing.event, put.sign)
    for unknown in (GUEST, put.sign, "nonsense"):
        with pytest.raises(AddressUnknown):
            book.lift(mailing.event, unknown)
    with pytest.raises(AddressWrong):
        book.add(mailing.event, "nonsense", Suppressed.ASKED)


# --- once more --------------------------------------------------------------------------------------------------------


def test_tickets_are_mailed_once_more_by_a_persons_word_and_a_second_press_sends_no_second_mail(
    small_mailing: Shop,
) -> None:
    tids = [small_mailing.sell("1"), small_mailing.sell("2")]
    small_mailing.house.now_ms += GATHERS_MS
    (claimed,) = _claim(small_mailing)
    small_mailing.office.deliveries.sent(claimed, "250")
    again = small_mailing.office.ticket_mail.send(small_mailing.event, tids)
    assert (again.tickets, again.recipients) == (2, ("m…@mail.example",))
    assert small_mailing.office.ticket_mail.send(small_mailing.event, tids).messages == again.messages
    assert [state for *_, state in small_mailing.mails()] == ["sent", "ready"]
    assert again.messages != (claimed.id,)
    deeds = [json.loads(row.text)["deed"] for row in small_mailing.office.audit.page(small_mailing.event).records]
    assert deeds.count("ticket.mailed") == 4


def _die(shop: Shop) -> UUID:
    """What waits is taken and refused for good; its id."""
    shop.house.now_ms += GATHERS_MS
    (claimed,) = _claim(shop)
    assert shop.office.deliveries.dead(claimed, "550", "5.7.1 not here", "refused")
    return claimed.id


def _addresses(shop: Shop) -> dict[TicketHandle, str | None]:
    mine = select(attendees.c.tid, attendees.c.email).where(attendees.c.event_id == shop.event)
    with shop.database.reading() as connection:
        return {TicketHandle(row.tid): row.email for row in connection.execute(mine)}


def test_a_dead_mails_guest_gets_another_address_and_the_tickets_and_who_was_moved_meanwhile_is_left(
    mailing: Shop,
) -> None:
    first, second, void, moved = (mailing.sell(str(number)) for number in range(4))
    dead = _die(mailing)
    mailing.sell("3", email=FRIEND)  # the shop was faster with this one
    mailing.office.orders.deny(mailing.event, void, DenialReason.CANCELED)
    mailing.house.now_ms += 1
    done = mailing.office.ticket_mail.readdress(mailing.event, dead, f" {RIGHT.replace('mail.', 'MAIL.')} ")
    assert (done.tickets, done.recipients) == (2, ("m…@mail.example",))
    assert _addresses(mailing) == {first: RIGHT, second: RIGHT, void: RIGHT, moved: FRIEND}
    assert {to: (set(tids), state) for to, tids, state in mailing.mails()} == {
        None: ({first, second, void, moved}, "canceled"),
        RIGHT: ({first, second}, "ready"),
        FRIEND: ({moved}, "ready"),
    }
    (new,) = done.messages
    assert (mailing.letter().id, mailing.letter().run_at) == (new, mailing.house.now_ms)
    given_up = mailing.office.letters.show(mailing.event, dead).letter
    assert (given_up.reason, given_up.recipient) == (READDRESSED, None)
    assert mailing.office.ticket_mail.to_send(mailing.event, [first], RIGHT) == [first]
    assert mailing.office.ticket_mail.to_send(mailing.event, [first], GUEST) is Unsent.POINTLESS
    with pytest.raises(MessageNotDead):
        mailing.office.ticket_mail.readdress(mailing.event, dead, FRIEND)
    records = [json.loads(row.text) for row in mailing.office.audit.page(mailing.event).records]
    (told,) = [each for each in records if each["deed"] == "delivery.readdressed"]
    assert (told["about"], told["details"]) == (dead.hex, {"changed": 3, "mailed": 2})
    assert not any(part in str(records) for part in (GUEST, RIGHT, FRIEND))


def test_of_two_who_correct_an_address_at_once_one_does_and_the_other_is_told(mailing: Shop) -> None:
    tid = mailing.sell("1")
    dead = _die(mailing)

    def correct(address: str) -> str | None:
        try:
            mailing.office.ticket_mail.readdress(mailing.event, dead, address)
        except MessageNotDead:
            return None
        return address

    with ThreadPoolExecutor(4) as pool:
        done = [each for each in pool.map(correct, (RIGHT, FRIEND, "a@b.example", "c@d.example")) if each]
    assert len(done) == 1
    assert _addresses(mailing) == {tid: done[0]}
    assert sorted((to or "", state) for to, _, state in mailing.mails()) == [("", "canceled"), (done[0], "ready")]


def test_planted_without_its_fence_a_correction_would_be_made_of_a_mail_that_was_given_up(
    small_mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above: on PostgreSQL all four correct it, here the others are told otherwise."""
    monkeypatch.setattr(ticket_mail, "_give_up", lambda *_: None)
    with pytest.raises((AssertionError, NothingToReaddress)):
        test_of_two_who_correct_an_address_at_once_one_does_and_the_other_is_told(small_mailing)


def test_a_correction_that_is_undone_leaves_the_dead_mail_and_the_address_as_they_were(
    mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:  # planted: message lost when enqueued outside the transaction
    tid = mailing.sell("1")
    dead = _die(mailing)

    def fails(*_: object) -> None:
        raise MailUnset

    with monkeypatch.context() as patched:
        patched.setattr(ticket_mail, "_put_all", fails)
        with pytest.raises(MailUnset):
            mailing.office.ticket_mail.readdress(mailing.event, dead, RIGHT)
    assert (_addresses(mailing), mailing.mails()) == ({tid: GUEST}, [(GUEST, [tid], "dead")])
    assert mailing.office.ticket_mail.readdress(mailing.event, dead, RIGHT).tickets == 1


def test_what_can_not_be_readdressed_is_refused_in_a_word_and_stays_as_it_is(small_mailing: Shop) -> None:
    tid = small_mailing.sell("1")
    dead, readdress = _die(small_mailing), small_mailing.office.ticket_mail.readdress
    small_mailing.office.suppressions.add(small_mailing.event, FRIEND, Suppressed.ASKED)
    endpoint = small_mailing.office.mail_accounts.show(small_mailing.event).endpoint
    test_mail = small_mailing.office.endpoints.test(small_mailing.event, endpoint)
    for message, address, refusal in (
        (dead, "nobody", AddressWrong),
        (dead, GUEST.upper().replace("MAIL.EXAMPLE", "mail.example"), AddressUnchanged),
        (dead, FRIEND, AddressSuppressed),
        (UUID(int=7), RIGHT, MessageUnknown),
        (test_mail, RIGHT, NoTicketMail),
    ):
        with pytest.raises(refusal):
            readdress(small_mailing.event, message, address)
    small_mailing.office.orders.deny(small_mailing.event, tid, DenialReason.CANCELED)
    with pytest.raises(NothingToReaddress):
        readdress(small_mailing.event, dead, RIGHT)
    assert (_addresses(small_mailing), small_mailing.mails()) == ({tid: GUEST}, [(GUEST, [tid], "dead")])
    small_mailing.office.mail_accounts.remove(small_mailing.event)
    with pytest.raises(MailUnset):
        readdress(small_mailing.event, dead, RIGHT)


def test_a_list_mails_nothing_by_itself_and_what_was_in_no_mail_yet_goes_out_once_when_it_is_wanted(
    mailing: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_mail, "AT_ONCE", 3)
    sold = mailing.sell("sold")
    lines = ["external_ref,class,order,email"]
    lines += [f"r{number},Standard,L{number // 2},g{number // 2}@mail.example" for number in range(6)]
    lines += [
        "r7,Standard,L7,",
        "r8,Standard,L8,no address",
        f"r9,Standard,L9,{FRIEND}",
        "r10,Standard,L10,x@mail.example",
    ]
    mailing.office.import_tickets(mailing.event, lines, "list")
    assert [tids for _, tids, _ in mailing.mails()] == [[sold]]
    mailing.office.suppressions.add(mailing.event, FRIEND, Suppressed.ASKED)
    book = mailing.office.ticket_mail
    assert (book.send_unsent(mailing.event, is_trial=True).tickets, len(mailing.mails())) == (7, 1)
    assert book.send_unsent(mailing.event).tickets == 7
    mails = mailing.mails()
    assert sorted(len(tids) for _, tids, _ in mails) == [1, 1, 2, 2, 2]
    assert FRIEND not in {to for to, *_ in mails}
    assert book.send_unsent(mailing.event).tickets == 0
    mailing.office.mail_accounts.remove(mailing.event)
    with pytest.raises(MailUnset):
        book.send_unsent(mailing.event)


def test_who_has_no_address_and_who_has_no_account_is_told_so(small_shop: Shop) -> None:
    tid = small_shop.sell("1", email=None)
    with pytest.raises(MailUnset):
        small_shop.office.ticket_mail.send(small_shop.event, [tid])
    small_shop.office.mail_accounts.set(small_shop.event, account())
    with pytest.raises(MailRefused):
        small_shop.office.ticket_mail.send(small_shop.event, [tid])


def test_a_tickets_history_says_what_became_of_its_mails_and_of_no_others(mailing: Shop) -> None:
    first, second = mailing.sell("1"), mailing.sell("2")
    stranger = mailing.sell("3", "B2", email=None)
    told = mailing.office.search.history(mailing.event, first)
    assert (told.email, [each.state for each in told.mails]) == (GUEST, ["ready"])
    mailing.house.now_ms += GATHERS_MS
    (claimed,) = _claim(mailing)
    mailing.office.deliveries.sent(claimed, "250")
    mailing.office.ticket_mail.send(mailing.event, [second])
    assert [each.state for each in mailing.office.search.history(mailing.event, first).mails] == ["sent"]
    assert [each.state for each in mailing.office.search.history(mailing.event, second).mails] == ["ready", "sent"]
    nothing = mailing.office.search.history(mailing.event, stranger)
    assert (nothing.email, nothing.mails) == ("", [])
    assert GUEST not in repr(told)


# --- the account ----------------------------------------------------------------------------------------------------


def test_an_account_keeps_its_password_for_itself_and_loses_it_with_another_server(shop: Shop) -> None:
    book = shop.office.mail_accounts
    with pytest.raises(MailWrong):
        book.set(shop.event, account(user="club"))
    made = book.set(shop.event, account(user="club"), "correct horse")
    assert made.has_password
    assert "correct horse" not in str(made)
    assert book.set(shop.event, account(user="club", sender_name="Another")).endpoint == made.endpoint
    with pytest.raises(MailWrong):  # or whoever may change the account could have the password sent to a server of his
        book.set(shop.event, account(user="club", host="localhost"))
    address = shop.office.endpoints.address_of(shop.event, made.endpoint)
    assert address is not None
    assert address.secrets == (b"correct horse",)
    assert not book.set(shop.event, account()).has_password
    for wrong in (account(language="xx"), account(port=0)):
        with pytest.raises(MailWrong):
            book.set(shop.event, wrong)


def test_an_account_that_is_removed_sends_nothing_any_more(small_mailing: Shop) -> None:
    small_mailing.sell("1")
    small_mailing.office.mail_accounts.remove(small_mailing.event)
    with pytest.raises(MailUnset):
        small_mailing.office.mail_accounts.show(small_mailing.event)
    small_mailing.deliver()
    assert [(state, small_mailing.letter().reason) for *_, state in small_mailing.mails()] == [
        ("canceled", "endpoint_removed")
    ]
    small_mailing.sell("2")
    assert len(small_mailing.mails()) == 1


def test_a_test_mail_goes_to_whom_it_is_said_to_and_says_what_came_of_it(small_shop: Shop) -> None:
    with MailServer() as server:
        made = small_shop.office.mail_accounts.set(small_shop.event, account(server.port, language="de"))
        small_shop.office.endpoints.test(small_shop.event, made.endpoint)
        small_shop.office.endpoints.test(small_shop.event, made.endpoint, FRIEND)
        small_shop.deliver()
    assert {taken.recipients for taken in server.taken} == {("tickets@club.example",), (FRIEND,)}
    assert {taken.message["Subject"] for taken in server.taken} == {"Test: E-Mails von Summer Night kommen an"}


def test_the_shops_word_for_a_new_ticket_is_what_it_was(small_mailing: Shop) -> None:
    row = ShopRow(0, "1", cls="Standard", email=GUEST)
    assert getattr(small_mailing.office.put_ticket(small_mailing.event, "shop", row), "what", None) is What.NEW
    ((to, _, _),) = small_mailing.mails()
    assert to == GUEST
