"""Never more goes back than was paid, and how much follows from prices, the order, or a person's word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import TicketHandle
from core.payment.money import Flow, PaymentState, Unclear, amount_in, amount_of, money_text, state_after_refund

A, B = TicketHandle(b"a" * 8), TicketHandle(b"b" * 8)
AMOUNTS = st.integers(0, 10_000)
FLOWS = st.builds(Flow, st.integers(1, 10_000), AMOUNTS, AMOUNTS, AMOUNTS)


@given(FLOWS, st.none() | st.integers(-5, 20_000), st.booleans(), st.booleans(), st.dictionaries(st.just(A), AMOUNTS))
def test_never_more_than_is_left(
    flow: Flow, asked: int | None, is_all: bool, is_order: bool, prices: dict[TicketHandle, int]
) -> None:
    amount = amount_of(flow, prices, [A], is_all=is_all, is_order=is_order, asked=asked)
    assert 0 <= flow.left <= flow.paid
    if isinstance(amount, int):
        assert 0 <= amount <= flow.left


@given(FLOWS, AMOUNTS)
def test_what_is_begun_is_not_free_and_stripe_s_sum_counts_our_own(flow: Flow, more: int) -> None:
    assert Flow(flow.paid, flow.told, flow.done, flow.begun + more).left <= flow.left
    assert Flow(100, told=60, done=60, begun=10).left == 30


@pytest.mark.parametrize(
    ("prices", "tids", "is_all", "is_order", "asked", "amount"),
    [
        ({A: 20}, [A], False, False, None, 20),
        ({A: 20}, [A], True, False, None, 20),  # a single ticket brings its price, though it is the last one
        ({A: 20}, [A], True, True, None, 100),  # an order that ends brings all, with its fees
        ({A: 20, B: 30}, [A, B], False, True, None, 50),
        ({}, [A], True, False, None, 100),
        ({}, [A], False, False, None, Unclear.NO_PRICE),
        ({A: 20}, [A, B], False, True, None, Unclear.NO_PRICE),
        ({}, [A], False, False, 70, 70),
        ({A: 20}, [A], False, False, 101, Unclear.TOO_MUCH),
        ({A: 20}, [A], False, False, 0, Unclear.TOO_MUCH),
        ({A: 500}, [A], False, False, None, 100),
    ],
)
def test_how_much_goes_back(
    prices: dict[TicketHandle, int],
    tids: list[TicketHandle],
    is_all: bool,
    is_order: bool,
    asked: int | None,
    amount: int | Unclear,
) -> None:
    assert amount_of(Flow(100), prices, tids, is_all=is_all, is_order=is_order, asked=asked) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(2_000, "eur", "20.00 EUR"), (5, "usd", "0.05 USD"), (500, "jpy", "500 JPY"), (1_234, "kwd", "1.234 KWD")],
)
def test_an_amount_is_read_with_its_currency_s_decimals(amount: int, currency: str, text: str) -> None:
    assert money_text(amount, currency) == text


@pytest.mark.parametrize(
    ("state", "refunded", "after"),
    [
        (PaymentState.PAID, 0, PaymentState.PAID),
        (PaymentState.PAID, 1, PaymentState.PARTLY_REFUNDED),
        (PaymentState.PARTLY_REFUNDED, 100, PaymentState.REFUNDED),
        (PaymentState.DISPUTED, 100, PaymentState.DISPUTED),
        (PaymentState.OPEN, 0, PaymentState.OPEN),
    ],
)
def test_a_payment_s_state_follows_what_went_back(state: PaymentState, refunded: int, after: PaymentState) -> None:
    assert state_after_refund(state, 100, refunded) is after


@given(st.integers(0, 99_999_999), st.sampled_from(["eur", "jpy", "kwd"]), st.sampled_from(".,"))
def test_an_amount_is_read_as_it_is_shown(amount: int, currency: str, point: str) -> None:
    shown = money_text(amount, currency).partition(" ")[0]
    assert amount_in(f" {shown.replace('.', point)} ", currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("20", "eur", 2_000),
        ("20.5", "eur", 2_050),
        ("0,05", "eur", 5),
        ("20", "jpy", 20),
        ("1.5", "kwd", 1_500),
        *((text, "eur", None) for text in ("", ".", "20.", ".5", "1,000", "1.000", "1,000.00", "-1", "+1", "1e3", "٢")),
        *((text, "eur", None) for text in ("20 EUR", "2 0", "123456789", "NaN")),
        ("20.5", "jpy", None),
    ],
)
def test_what_could_be_two_amounts_is_none(text: str, currency: str, amount: int | None) -> None:
    assert amount_in(text, currency) == amount
