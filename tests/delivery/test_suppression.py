"""An address is given up for what is said of the address, and for nothing else that a server refuses."""

import pytest

from core.delivery.meaning import Heard
from core.delivery.suppression import folded, is_address_over


@pytest.mark.parametrize(
    "heard",
    [
        Heard(550, "RCPT", "5.1.1 no such user"),
        Heard(550, "RCPT", "5.1.10 recipient address has null MX"),
        Heard(554, "RCPT", "5.1.2 bad destination system"),
        Heard(550, "RCPT", "5.2.1 mailbox disabled"),
        Heard(550, "RCPT", "no such user here"),
        Heard(551, "RCPT", "moved"),
        Heard(553, "RCPT", "mailbox name not allowed"),
    ],
)
def test_a_mailbox_that_is_no_more_gets_no_more_mail(heard: Heard) -> None:
    assert is_address_over(heard)


@pytest.mark.parametrize(
    "heard",
    [
        Heard(550, "RCPT", "5.7.1 relaying denied"),  # the account's fault: every guest would be given up
        Heard(552, "RCPT", "5.2.2 mailbox full"),
        Heard(552, "RCPT", "mailbox full"),
        Heard(554, "RCPT", "transaction failed"),
        Heard(550, "RCPT", "5.4.1 access denied"),
        Heard(450, "RCPT", "4.2.1 try later"),
        Heard(550, "MAIL", "5.1.8 bad sender"),
        Heard(550, "DATA", "5.1.1 that late"),
        Heard(250, "RCPT", "5.1.1"),
        Heard(None, "RCPT", "5.1.1"),
    ],
)
def test_a_server_that_refuses_for_another_reason_says_nothing_of_the_mailbox(heard: Heard) -> None:
    assert not is_address_over(heard)


def test_addresses_are_compared_without_their_case() -> None:
    assert folded(" Mara@Mail.Example ") == folded("mara@mail.example")
