"""`key …`, `event lease` and `ticket verify` as an organizer types them."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.cli import checking, organizer, trust
from app.cli.ledger import CommandFailed
from app.ledger.admin import open_ledger
from app.ledger.event_book import EventWrong
from app.ledger.key_book import KeyStateRefused
from core.model.ids import ClassId, EventId, KeyId
from core.ticket.keyring import Algorithm, Key, KeyState
from core.ticket.verify import is_sealed
from core.ticket.wire import Code, parse
from tests.ledger.press_rig import Rig

CREATE = {"name": "Summer", "starts": "2020-01-01T18:00", "ends": "2099-01-01T02:00", "zone": "Europe/Berlin"}


class Desk:
    """Runs commands on one server folder, in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self.capsys = capsys

    def run(self, command: Any, *, status: int = 0, **words: Any) -> list[dict[str, Any]]:
        """The JSON lines of a command."""
        args = argparse.Namespace(database=None, data=self.data, json=True, event=None, **words)
        self.capsys.readouterr()
        assert command(args) == status
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]

    def says(self, command: Any, **words: Any) -> tuple[str, str]:
        """What a person reads on standard output and standard error."""
        self.capsys.readouterr()
        assert command(argparse.Namespace(database=None, data=self.data, json=False, event=None, **words)) == 0
        told = self.capsys.readouterr()
        return told.out, told.err

    def issue(self) -> str:
        with open_ledger(None, self.data) as office:
            event = EventId(UUID(office.list_events()[0].policy.event))
            return office.issue_tickets(event, ClassId(1), 1)[0].text


@pytest.fixture(params=["hmac", "ed25519"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], algorithm: str) -> Desk:
    """A folder with one event."""
    desk = Desk(tmp_path, capsys)
    desk.run(organizer.create_event, **CREATE, gate=[], classes=["Day:1"], algorithm=algorithm)
    return desk


def test_a_key_is_rotated_and_led_to_its_end(desk: Desk, algorithm: str) -> None:  # G31
    text = desk.issue()
    (first,) = desk.run(trust.list_keys)
    assert (first["state"], first["algorithm"].startswith(algorithm)) == ("active", True)
    (second,) = desk.run(trust.rotate_key, algorithm=None)
    assert (second["state"], second["algorithm"], second["seals"]) == ("active", first["algorithm"], True)
    assert [row["state"] for row in desk.run(trust.list_keys)] == ["verify_only", "active"]
    for state, outcome in (("listed_only", "genuine"), ("revoked", "key_revoked")):
        (told,) = desk.run(trust.set_key_state, kid=first["kid"], state=state)
        assert told["state"] == state
        (verdict,) = desk.run(checking.verify_tickets, texts=[text], status=int(outcome != "genuine"))
        assert verdict["outcome"] == outcome
    with pytest.raises(KeyStateRefused):
        desk.run(trust.set_key_state, kid=first["kid"], state="active")


def test_an_event_without_a_sealing_key_is_said_aloud(desk: Desk) -> None:
    (key,) = desk.run(trust.list_keys)
    out, err = desk.says(trust.set_key_state, kid=key["kid"], state="verify_only")
    assert "verify_only" in out
    assert "key rotate" in err
    assert "key rotate" in desk.says(trust.list_keys)[1]
    assert desk.says(trust.rotate_key, algorithm="ed25519")[1] == ""


def test_a_lease_is_extended_in_the_events_own_time(desk: Desk) -> None:
    (told,) = desk.run(trust.extend_lease, until="2099-02-01T12:00")
    with open_ledger(None, desk.data) as office:
        manifest = office.manifest_of(office.event_named("Summer"))
    assert manifest.lease_until_ms == manifest.policy.lease_until_ms == told["lease_until_ms"]
    out, _ = desk.says(trust.extend_lease, until="2099-02-01T12:00")
    assert "2099-02-01 12:00" in out
    with pytest.raises(EventWrong):
        desk.run(trust.extend_lease, until="2098-01-01T00:00")
    with pytest.raises(CommandFailed):
        desk.run(trust.extend_lease, until="tomorrow")


def test_codes_of_another_shop_are_verified_at_the_event_that_lists_them(desk: Desk) -> None:
    with open_ledger(None, desk.data) as office:
        office.create_event(replace(office.list_events()[0].policy, event="", name="Another"))
        rig = Rig(office, office.event_named("Summer"), [office.now_ms()])
        rig.sells_elsewhere()
        rig.put_tickets([b"12345678"], cls=1, nbf=1, exp=4_000_000_000)
        rig.put_codes({"S-known": b"12345678"})
        rig.stale("legacy")
    known, unknown, nothing = desk.run(checking.verify_tickets, texts=["S-known", "S-other", "other"], status=1)
    assert (known["outcome"], known["tid"], known["form"]) == ("genuine", b"12345678".hex(), "shop")
    assert (unknown["outcome"], unknown["check"]) == ("unlisted", 7)
    assert nothing["outcome"] == "not_a_ticket"


def test_a_shop_gets_the_key_that_seals_and_no_other_secret(desk: Desk, algorithm: str) -> None:
    """What is printed seals a ticket that a door takes; of a key pair only the public half is ever shown."""
    (key,) = desk.run(trust.list_keys)
    (shown,) = desk.run(trust.show_key, kid=key["kid"])
    text = parse(desk.issue())
    assert isinstance(text, Code)
    part = "mac_key" if algorithm == "hmac" else "public_key"
    assert set(shown) == {"kid", "algorithm", part}
    named = Algorithm.named(shown["algorithm"])
    event = EventId(UUID(int=0))
    held = Key(KeyId(shown["kid"]), event, named, KeyState.ACTIVE, bytes.fromhex(shown[part]))
    assert is_sealed(text, held)
    told, warned = desk.says(trust.show_key, kid=key["kid"])
    assert told.strip() == shown[part]
    assert ("can make tickets" in warned) is (algorithm == "hmac")


def test_a_key_that_is_not_there_has_no_secret(desk: Desk) -> None:
    with pytest.raises(CommandFailed, match="key list"):
        desk.run(trust.show_key, kid=1)
