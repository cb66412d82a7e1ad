"""A badge: whose it is, and everything that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.gate.badge import PREFIX, Badge, badge_from, badge_text, hash_of, is_badge, secret_of, whose
from core.gate.operators import DoorRole, Operator, from_json, to_json

KEY = bytes(range(32))
ID = "0f" * 16


def operator(verifier: str = "record of 840217", id_: str = ID) -> Operator:
    return Operator(id_, "Ana", DoorRole.OPERATOR, 0, verifier, hash_of(secret_of(KEY, id_, verifier)))


def test_a_badge_is_its_owners_until_their_pin_is_another() -> None:
    badge = Badge(ID, secret_of(KEY, ID, "record of 840217"))
    read = badge_from(badge_text(badge))
    assert read == badge
    assert whose(badge, [operator(id_="1f" * 16), operator()]) == operator()
    assert whose(badge, [operator("record of another PIN")]) is None
    assert whose(badge, []) is None


def test_a_kiosk_holds_nothing_that_a_badge_could_be_printed_from() -> None:
    ana = operator()
    assert secret_of(KEY, ID, ana.verifier).hex() not in str(to_json(ana))
    assert whose(Badge(ID, ana.badge[:16]), [ana]) is None


def test_staff_of_a_server_that_makes_no_badges_have_none() -> None:
    told = {name: value for name, value in to_json(operator()).items() if name != "badge"}
    assert from_json(told).badge == b""
    assert whose(Badge(ID, bytes(16)), [from_json(told)]) is None


@pytest.mark.parametrize(
    "text", ["", "T1:ABC", PREFIX, f"{PREFIX}{ID}", f"{PREFIX}{ID}.A", f"{PREFIX}{ID}.é", PREFIX + "x" * 900]
)
def test_what_is_no_badge_is_none(text: str) -> None:
    assert badge_from(text) is None


@given(st.text())
def test_any_text_is_read_or_is_none(text: str) -> None:
    assert badge_from(PREFIX + text) is None or is_badge(PREFIX + text)
