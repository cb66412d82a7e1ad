"""A message of Stripe's is read whatever it is, and no more of it is believed than what it is about."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import Event

from core.payment.told_event import SUBJECTS, Handling, NoEvent, Subject, ToldEvent, read_event

AT = 1_795_003_600


def body(**changed: Any) -> bytes:
    told = {
        "id": "evt_1",
        "object": "event",
        "type": "charge.refunded",
        "created": AT,
        "data": {"object": {"id": "ch_1"}},
    }
    return json.dumps(told | changed).encode()


def test_a_message_says_what_it_is_about() -> None:
    told = read_event(body())
    assert told == ToldEvent("evt_1", "charge.refunded", "ch_1", AT)
    assert (told.handling, told.subject) == (Handling.LOOK, Subject.CHARGE)


@pytest.mark.parametrize("type_", ["customer.created", "payout.paid", "invented.tomorrow"])
def test_a_type_that_means_nothing_here_is_kept_and_ignored(type_: str) -> None:
    told = read_event(body(type=type_))
    assert isinstance(told, ToldEvent)
    assert told.handling is Handling.IGNORE


@pytest.mark.parametrize("data", [None, [], {}, {"object": None}, {"object": {}}, {"object": {"id": 7}}])
def test_without_an_object_there_is_nothing_to_look_at(data: Any) -> None:
    told = read_event(body(data=data))
    assert isinstance(told, ToldEvent)
    assert (told.object_id, told.handling) == (None, Handling.IGNORE)


@pytest.mark.parametrize("id_", ["../v1/charges", "ch_1?x=1", "ch 1", "", "c" * 256, "ch_é", "ch_1\n"])
def test_no_name_that_would_lead_elsewhere_in_an_address(id_: str) -> None:
    told = read_event(body(data={"object": {"id": id_}}))
    assert isinstance(told, ToldEvent)
    assert told.object_id is None


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no object"),
        (b"null", "no object"),
        (body(id=None), "no id"),
        (body(id="evt 1"), "no id"),
        (body(type=5), "no type"),
        (body(type="Charge"), "no type"),
    ],
)
def test_what_is_no_message_says_why(sent: bytes, cause: str) -> None:
    assert read_event(sent) == NoEvent(cause)


@pytest.mark.parametrize("created", [None, "now", -1, True, 2**63, 1.5])
def test_a_time_that_is_none_costs_no_message(created: Any) -> None:
    told = read_event(body(created=created))
    assert isinstance(told, ToldEvent)
    assert told.made_at_s == 0


def test_the_types_are_stripes_own_and_no_more_than_its_list_can_be_asked_for() -> None:
    """By the types that Stripe's library knows; the list of events takes twenty at the most."""
    assert set(SUBJECTS) <= set(get_args(Event.__annotations__["type"]))
    assert len(SUBJECTS) <= 20
    assert set(SUBJECTS.values()) == set(Subject)


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda each: (
            st.lists(each, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "type", "data", "object", "created"]), each)
        ),
        max_leaves=12,
    ).map(lambda each: json.dumps(each).encode())
)
def test_whatever_comes_there_is_an_answer(sent: bytes) -> None:
    assert isinstance(read_event(sent), ToldEvent | NoEvent)
