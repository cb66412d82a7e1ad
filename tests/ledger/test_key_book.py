"""The keys of events: both algorithms, rotation, the states of a key's life, and how they lie in a stolen database."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from app.ledger.key_book import NEXT_STATES, AnotherKeyActive, KeyStateRefused, KeyUnknown
from app.ledger.redemptions import EventUnknown
from app.ledger.root_keys import WrappedKeyBroken
from app.ledger.schema import adapter_keys, keys
from core.model.ids import EventId, KeyId
from core.model.outcomes import Outcome
from core.ticket.keyring import Algorithm, KeyState
from core.ticket.wire import Code, parse
from tests.ledger.press_rig import Rig, opened_rig
from tests.support.stolen_disk import traces

BOTH = list(Algorithm)


@pytest.mark.parametrize("algorithm", BOTH)
def test_tickets_of_either_algorithm_pass_the_door(home, algorithm: Algorithm) -> None:
    with opened_rig(*home, algorithm) as rig:
        (key,) = rig.keys
        code = parse(rig.book.seal(key, parse(rig.never_issued(key)).claims))
        assert isinstance(code, Code)
        assert len(code.auth) == algorithm.auth_bytes
        assert rig.said(rig.never_issued(key)) is None
        row = next(row for row in rig.manifest().keys if row.kid == key.kid)
        is_public = algorithm is Algorithm.ED25519
        assert row.public == (key.verifying.hex() if is_public else None)  # a MAC key is nobody's to read


def test_a_rotated_key_seals_no_more_and_its_tickets_go_on_working(rig: Rig) -> None:  # G31
    (old,) = rig.keys
    ticket = rig.never_issued(old)
    before = rig.manifest().version
    change = rig.rotate(Algorithm.ED25519)
    assert (change.key.algorithm, change.key.state, change.seals) == (Algorithm.ED25519, KeyState.ACTIVE, True)
    assert change.version == rig.manifest().version == before + 1
    assert [key.state for key in rig.keys] == [KeyState.VERIFY_ONLY, KeyState.ACTIVE]
    again = rig.rotate()
    assert again.key.algorithm is Algorithm.ED25519
    assert {rig.said(text) for text in (ticket, rig.never_issued(change.key), rig.never_issued(again.key))} == {None}


def test_every_state_says_where_it_may_go() -> None:
    assert set(NEXT_STATES) == set(KeyState)
    reached = {state: _reached(state) for state in KeyState}
    assert KeyState.ACTIVE not in reached[KeyState.LISTED_ONLY]  # a seal that was doubted never counts alone again
    assert KeyState.VERIFY_ONLY not in reached[KeyState.LISTED_ONLY] | reached[KeyState.REVOKED]
    assert KeyState.LISTED_ONLY in reached[KeyState.REVOKED]


def _reached(state: KeyState) -> set[KeyState]:
    found: set[KeyState] = set()
    while more := {after for each in {state, *found} for after in NEXT_STATES[each]} - found:
        found |= more
    return found


@pytest.mark.parametrize("before", KeyState)
@pytest.mark.parametrize("after", KeyState)
def test_only_the_steps_of_the_table_are_taken(tmp_path: Path, before: KeyState, after: KeyState) -> None:
    with opened_rig(None, tmp_path) as rig:
        (key,) = rig.keys
        rig.do(update(keys).values(state=before.value))
        if after is before:
            assert rig.office.set_key_state(rig.event, key.kid, after).key.state is before
        elif after in NEXT_STATES[before]:
            change = rig.office.set_key_state(rig.event, key.kid, after)
            assert (change.key.state, change.seals) == (after, after is KeyState.ACTIVE)
        else:
            with pytest.raises(KeyStateRefused) as refused:
                rig.state(key, after)
            assert refused.value.details["allowed"] == ", ".join(sorted(NEXT_STATES[before]))
            assert rig.keys[0].state is before


def test_two_keys_never_seal_at_a_time(rig: Rig) -> None:
    (old,) = rig.keys
    new = rig.rotate().key
    with pytest.raises(AnotherKeyActive):
        rig.state(old, KeyState.ACTIVE)
    assert not rig.office.set_key_state(rig.event, new.kid, KeyState.VERIFY_ONLY).seals
    assert rig.office.set_key_state(rig.event, old.kid, KeyState.ACTIVE).seals
    with pytest.raises(KeyUnknown):
        rig.office.set_key_state(rig.event, KeyId(5), KeyState.ACTIVE)
    with pytest.raises(EventUnknown):
        rig.office.list_keys(EventId(UUID(int=5)))
    with pytest.raises(EventUnknown):
        rig.office.rotate_key(EventId(UUID(int=5)))


def test_a_compromised_key_lets_the_real_guests_in_and_no_forgery(rig: Rig) -> None:  # G31
    (key,) = rig.keys
    guests, forgery = rig.issue(3), rig.never_issued(key)
    assert rig.said(forgery) is None
    assert rig.segment("allow").count == 0
    rig.state(key, KeyState.LISTED_ONLY)
    assert [rig.said(text) for text in guests] == [None] * 3
    assert rig.said(forgery) is Outcome.UNLISTED
    assert rig.segment("allow").count == 3
    rig.state(key, KeyState.REVOKED)
    assert {rig.said(text) for text in (*guests, forgery)} == {Outcome.KEY_REVOKED}
    assert rig.segment("allow").count == 0
    rig.state(key, KeyState.LISTED_ONLY)  # it was the wrong key
    assert [rig.said(text) for text in guests] == [None] * 3


def test_a_wrapped_key_opens_for_its_own_event_and_id_alone(tmp_path: Path) -> None:
    with opened_rig(None, tmp_path, Algorithm.ED25519) as rig:
        new = rig.rotate().key
        old = rig.keys[0]
        wrapped = _column(rig, old.kid)
        rig.do(update(keys).where(keys.c.kid == new.kid).values(private=wrapped))
        with pytest.raises(WrappedKeyBroken):
            rig.book.seal(new, parse(rig.never_issued(old)).claims)


def _column(rig: Rig, kid: KeyId) -> bytes:
    with rig.office._database.reading() as connection:
        return next(row.private for row in connection.execute(keys.select().where(keys.c.kid == kid)))


@pytest.mark.slow  # thousands of needles in a database
def test_a_stolen_database_holds_no_secret(tmp_path: Path) -> None:
    with opened_rig(None, tmp_path / "home", Algorithm.ED25519) as rig:
        hmac = rig.rotate(Algorithm.HMAC_SHA256_128).key
        rig.office._database.transact(lambda c: rig.book.put_adapter_key(c, rig.event, "shop", b"a shop's own secret"))
        rig.issue(2)
        rig.manifest()
        signed = rig.keys[0]
        secrets = {
            "ticket key": rig.book.signer(signed).signing,
            "mac key": hmac.verifying,
            "rotating key": signed.rotating,
            "legacy key": rig.book.legacy_key(rig.event),
            "attendees key": rig.book.attendees_key(rig.event),
            "root key": rig.office.roots.root_private,
            "server key": rig.office.roots.server_private,
            "shop's key": b"a shop's own secret",
            "master": (tmp_path / "home" / "master.key").read_bytes(),
        }
        stolen = tmp_path / "stolen"
        stolen.mkdir()
        _copy_database(tmp_path / "home", stolen)
        assert traces(stolen, secrets) == []
        assert len(traces(stolen, {"public key": signed.verifying})) > 0  # the search finds what is there
        rig.do(update(adapter_keys).values(secret=b"a shop's own secret"))  # the defect
        _copy_database(tmp_path / "home", stolen)
        assert traces(stolen, secrets) != []


def _copy_database(home: Path, to: Path) -> None:
    files = [path for path in home.iterdir() if path.name.startswith("ledger.db")]
    assert files
    for path in files:
        (to / path.name).write_bytes(path.read_bytes())


def test_an_adapters_key_comes_back_and_can_be_replaced(rig: Rig) -> None:
    for secret in (b"first", b"second"):
        rig.office._database.transact(lambda c, it=secret: rig.book.put_adapter_key(c, rig.event, "shop", it))
        with rig.office._database.reading() as connection:
            assert rig.book.adapter_keys_of(connection, rig.event) == {"shop": secret}
