"""Who may do what: the closed table, and that nobody hands out more than they hold."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import EventId
from core.model.roles import (
    ACCOUNT_ROLES,
    INSTALLATION,
    NOBODY,
    OWNER_OF_ALL,
    RIGHTS,
    Right,
    Role,
    Roles,
    Scope,
    may,
    may_delegate,
    may_grant,
    may_somewhere,
)

ROOT = Path(__file__).resolve().parents[2]
HERE, THERE = EventId(UUID(int=1)), EventId(UUID(int=2))
PLACES = [HERE, THERE, INSTALLATION]
FOR_DEVICES_ALONE = {Right.SEND_FACTS, Right.READ_MANIFEST, Right.OWN_DEVICE}

standings = st.one_of(
    st.dictionaries(st.sampled_from(PLACES), st.sampled_from(Role)).map(Roles),
    st.builds(Scope, st.frozensets(st.sampled_from(Right)), st.frozensets(st.sampled_from(PLACES))),
)


def written() -> dict[Right, dict[Role, bool]]:
    """The table of docs/server.md."""
    part = (ROOT / "docs/server.md").read_text("utf-8").split("## Who may do what", 1)[1]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    roles = [Role(name) for name in rows[0][1:]]
    found = {}
    for right, *cells in (row for row in rows[1:] if row[0].startswith("`")):
        found[Right(right.strip("`"))] = {role: cell == "yes" for role, cell in zip(roles, cells, strict=True)}
    return found


def test_the_table_is_the_one_that_the_document_shows() -> None:
    assert written() == {right: {role: right in RIGHTS[role] for role in Role} for right in Right}


def test_every_role_has_its_row_and_every_right_somebody() -> None:
    assert RIGHTS.keys() == set(Role)
    assert frozenset[Right]().union(*RIGHTS.values()) == set(Right)


def test_only_devices_make_history() -> None:
    for right in FOR_DEVICES_ALONE:
        assert [role for role in Role if right in RIGHTS[role]] == [Role.DEVICE]


def test_an_owner_has_more_than_an_admin_and_everyone_else_less() -> None:
    assert RIGHTS[Role.OWNER] > RIGHTS[Role.ADMIN]
    for role in (Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR):
        assert RIGHTS[role] < RIGHTS[Role.ADMIN]


def test_an_auditor_changes_nothing() -> None:
    assert all(right.value.endswith((":read", ":export")) for right in RIGHTS[Role.AUDITOR])


@pytest.mark.parametrize("role", Role)
def test_a_role_counts_where_it_is_held_and_nowhere_else(role: Role) -> None:  # A24
    standing = Roles({HERE: role})
    for right in Right:
        assert may(standing, right, HERE) == (right in RIGHTS[role])
        assert not may(standing, right, THERE)
        assert not may(standing, right, INSTALLATION)


@pytest.mark.parametrize("role", Role)
def test_a_role_for_the_installation_counts_for_every_event(role: Role) -> None:
    standing = Roles({INSTALLATION: role})
    for place in PLACES:
        assert standing.rights_at(place) == RIGHTS[role]


def test_two_roles_add_up() -> None:
    standing = Roles({INSTALLATION: Role.AUDITOR, HERE: Role.OPERATOR})
    assert standing.rights_at(HERE) == RIGHTS[Role.AUDITOR] | RIGHTS[Role.OPERATOR]
    assert standing.rights_at(THERE) == RIGHTS[Role.AUDITOR]


def test_a_key_has_its_rights_at_its_events_alone() -> None:
    key = Scope(frozenset({Right.SELL_TICKETS}), frozenset({HERE}))
    assert may(key, Right.SELL_TICKETS, HERE)
    assert not may(key, Right.SELL_TICKETS, THERE)
    assert not may(key, Right.SELL_TICKETS, INSTALLATION)
    assert not may(key, Right.READ_TICKETS, HERE)


def test_nobody_may_nothing() -> None:
    assert not any(may_somewhere(NOBODY, right) for right in Right)
    assert not any(may_grant(NOBODY, role, HERE) for role in Role)


@given(standing=standings, role=st.sampled_from(Role), place=st.sampled_from(PLACES))
def test_who_was_given_a_role_may_no_more_than_the_giver(standing: Roles | Scope, role: Role, place: EventId) -> None:
    if may_grant(standing, role, place):
        assert role in ACCOUNT_ROLES
        for event in [place] if place != INSTALLATION else PLACES:
            assert Roles({place: role}).rights_at(event) <= standing.rights_at(event)


@given(
    standing=standings,
    made=st.builds(Scope, st.frozensets(st.sampled_from(Right)), st.frozensets(st.sampled_from(PLACES))),
)
def test_a_key_may_no_more_than_its_maker(standing: Roles | Scope, made: Scope) -> None:
    if may_delegate(standing, made):
        for place in PLACES:
            assert made.rights_at(place) <= standing.rights_at(place)


@given(standing=standings, right=st.sampled_from(Right))
def test_somewhere_is_one_of_the_places(standing: Roles | Scope, right: Right) -> None:
    assert may_somewhere(standing, right) == any(may(standing, right, place) for place in PLACES)


def test_no_one_makes_a_device_and_an_admin_no_owner() -> None:
    assert not may_grant(OWNER_OF_ALL, Role.DEVICE, HERE)
    assert may_grant(OWNER_OF_ALL, Role.OWNER, INSTALLATION)
    admin = Roles({INSTALLATION: Role.ADMIN})
    assert may_grant(admin, Role.ADMIN, INSTALLATION)
    assert not may_grant(admin, Role.OWNER, HERE)
    assert not may_grant(Roles({HERE: Role.ADMIN}), Role.OPERATOR, THERE)
    assert not may_grant(Roles({HERE: Role.SUPERVISOR}), Role.OPERATOR, HERE)
