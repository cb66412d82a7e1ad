"""Door staff: kept without their PINs, known to kiosks in their sealed secrets alone."""

import json
from uuid import UUID

import pytest
from sqlalchemy import text

from app.ledger import operator_book
from app.ledger.manifest_draft import secrets_of
from app.ledger.operator_book import OperatorUnknown, OperatorWrong
from core.gate.badge import whose
from core.gate.operators import DoorRole, Operator, flaw_of_pin, from_json, to_json
from core.model.ids import EventId
from core.sync.manifest import Secrets, secrets_from_json, secrets_to_json
from core.ticket.keyring import VerifyProfile
from tests.contract.ledger_rig import House, policy

PIN, OTHER = "840217", "731904"


def known(house: House) -> tuple[Operator, ...]:
    """The door staff in the secrets of each kiosk."""
    with house.office._database.reading() as connection:
        return secrets_of(connection, house.office.events.keys, house.event).of(VerifyProfile.LIST).operators


def test_somebody_new_is_known_at_the_doors(house: House) -> None:
    before = house.office.manifest_of(house.event).version
    made = house.office.operators.add(house.event, "Ana", PIN, DoorRole.SUPERVISOR, 5)
    assert house.office.manifest_of(house.event).version > before
    (ana,) = known(house)
    assert (ana.id, ana.name, ana.role, ana.budget) == (made.id, "Ana", DoorRole.SUPERVISOR, 5)
    assert ana.is_pin(PIN)
    assert not ana.is_pin(OTHER)
    assert not ana.is_pin(PIN * 100)


def test_a_change_is_what_is_named(house: House) -> None:
    made = house.office.operators.add(house.event, "Ana", PIN)
    id_ = UUID(hex=made.id)
    house.office.operators.change(house.event, id_, pin=OTHER, role=DoorRole.SUPERVISOR)
    (ana,) = known(house)
    assert (ana.name, ana.role, ana.budget) == ("Ana", DoorRole.SUPERVISOR, made.budget)
    assert ana.is_pin(OTHER)
    assert not ana.is_pin(PIN)
    house.office.operators.change(house.event, id_, is_active=False)
    assert known(house) == ()
    assert house.office.operators.list(house.event)[0].is_active is False


def test_no_pin_is_anywhere(house: House) -> None:
    house.office.operators.add(house.event, "Ana", PIN)
    assert PIN not in repr(known(house))
    with house.office._database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM operators")).all()
        log = connection.execute(text("SELECT record FROM audit")).all()
    assert PIN not in f"{rows}{log}"
    assert "operator.changed" in str(log)
    manifest = house.office.manifest_of(house.event)
    assert "argon2" not in repr(manifest), "in the sealed box alone"


@pytest.mark.parametrize(
    "pin", ["", "12345", "1234567890123", "12345a", "１２３４５６", "111111", "123456", "987654", "890123"]
)
def test_a_pin_that_anybody_would_guess_is_refused(house: House, pin: str) -> None:
    assert flaw_of_pin(pin) is not None
    with pytest.raises(OperatorWrong):
        house.office.operators.add(house.event, "Ana", pin)
    assert house.office.operators.list(house.event) == []


def test_who_can_not_be_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.office.operators.add(house.event, "Ana", PIN)
    for name in ("Ana", "", " Bo", "B\n", "x" * 65):
        with pytest.raises(OperatorWrong):
            house.office.operators.add(house.event, name, OTHER)
    with pytest.raises(OperatorWrong):
        house.office.operators.add(house.event, "Bo", OTHER, budget=1_001)
    with pytest.raises(OperatorUnknown):
        house.office.operators.change(house.event, UUID(int=3), name="Bo")
    monkeypatch.setattr(operator_book, "MOST_OPERATORS", 1)
    with pytest.raises(OperatorWrong):
        house.office.operators.add(house.event, "Bo", OTHER)
    other = EventId(UUID(house.office.create_event(policy("Other")).event))
    house.office.operators.add(other, "Ana", OTHER)
    with pytest.raises(OperatorUnknown):
        house.office.operators.change(other, house.office.operators.named(house.event, "Ana"), name="Bo")  # A24


def test_operators_travel_whole_and_older_servers_name_none() -> None:
    ana = Operator("ab", "Ana", DoorRole.SUPERVISOR, 5, "$argon2id$x")
    assert from_json(to_json(ana)) == ana
    plain = secrets_to_json(Secrets(operators=(ana,)))
    assert secrets_from_json(plain) == Secrets(operators=(ana,))
    older = secrets_to_json(Secrets()).replace(b',"operators":[]', b"")
    assert b"operators" not in older
    assert secrets_from_json(older) == Secrets()


def test_a_badge_is_the_same_until_the_pin_is_another_and_the_log_says_who_had_it(house: House) -> None:
    id_ = UUID(hex=house.office.operators.add(house.event, "Ana", PIN).id)
    badge = house.office.operators.badge(house.event, id_)
    assert house.office.operators.badge(house.event, id_) == badge
    (ana,) = known(house)
    assert whose(badge, [ana]) == ana
    told = [json.loads(row.text)["details"] for row in house.office.audit.page(house.event).records]
    assert [each.get("what") for each in told].count("badge handed out") == 2
    assert badge.secret.hex() not in str(told)
    house.office.operators.change(house.event, id_, pin=OTHER)
    assert house.office.operators.badge(house.event, id_) != badge
    house.office.operators.change(house.event, id_, is_active=False)
    with pytest.raises(OperatorUnknown):
        house.office.operators.badge(house.event, id_)
