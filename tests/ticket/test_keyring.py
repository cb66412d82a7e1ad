"""Keys: derived apart for every use, event and kid."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import EventId, KeyId
from core.ticket.keyring import Algorithm, Key, KeyState, KeyUse, check_value, derive, keyring_of
from core.ticket.seal import hkdf
from tests.support import facts

MASTERS = st.binary(min_size=32, max_size=32)
EVENTS = st.uuids().map(EventId)
KIDS = st.integers(0, 2**32 - 1).map(KeyId)


def test_a_derived_key_is_the_one_that_was_agreed() -> None:
    master = bytes.fromhex("fc51582dc1c65f0f2533d98b381b90afeea7171f8b19f17864f43aa4d1cfbdd6")
    event = EventId(UUID("89933837-0c28-4ec1-b947-22af64b93697"))
    mac = derive(master, KeyUse.MAC, event, KeyId(7))
    rot = derive(master, KeyUse.ROTATING, event, KeyId(7))
    assert mac.hex() == "3abf425ed4be7c3739efc856a368c3a64af7fdc8fbbed1f028ddfdae3ddd66c7"
    assert rot.hex() == "c3ff5facf8e6e013f92f329ce6382623771fd00fb55507c1c6ee07f82fc60c6c"


@given(MASTERS, st.sampled_from(list(KeyUse)), EVENTS, KIDS)
def test_the_derivation_is_hkdf_over_use_event_and_kid(master: bytes, use: KeyUse, event: EventId, kid: KeyId) -> None:
    info = use.value.encode() + b"\x00" + event.bytes + kid.to_bytes(4, "big")
    assert derive(master, use, event, kid) == hkdf(master, salt=b"doorlight/v1", info=info, length=32)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(KeyUse)), st.sampled_from([facts.EVENT, facts.OTHER_EVENT]), st.integers(0, 3)),
        unique=True,
    )
)
def test_no_two_questions_share_a_key(asked: list[tuple[KeyUse, EventId, int]]) -> None:
    made = {derive(facts.MASTER, use, event, KeyId(kid)) for use, event, kid in asked}
    assert len(made) == len(asked)
    assert check_value(facts.MASTER) not in {key[:16] for key in made}


def test_the_check_value_tells_masters_apart() -> None:
    assert len(check_value(facts.MASTER)) == 16
    assert check_value(facts.MASTER) != check_value(bytes(32))


def test_algorithms_are_found_by_their_label() -> None:
    assert [Algorithm.named(each.label) for each in Algorithm] == list(Algorithm)
    assert [(each.byte, each.auth_bytes) for each in Algorithm] == [(1, 16), (2, 64)]
    with pytest.raises(ValueError, match="none"):
        Algorithm.named("none")


def test_keys_lie_by_their_kid() -> None:
    ring = facts.keyring()
    assert keyring_of(ring.values()) == ring
    assert all(kid == key.kid for kid, key in ring.items())


def test_a_key_does_not_print_its_secrets() -> None:
    key = Key(facts.KID, facts.EVENT, Algorithm.HMAC_SHA256_128, KeyState.ACTIVE, b"\xaa" * 32, b"\xbb" * 32)
    assert "verifying" not in repr(key)
    assert "rotating" not in repr(key)
