"""One-time codes and credentials, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from app.errors import AppError
from app.ledger.admin import Office, open_ledger
from app.ledger.credentials import TRUST_MS, CredentialsWrong, DeviceRevoked, NotAuthorised
from app.ledger.device_rows import DeviceUnknown
from app.ledger.enrolments import (
    CODE_LIFE_MS,
    MOST_TRIES,
    CodeExpired,
    CodeUsed,
    CodeWrong,
    GateUnknown,
    ProtocolUnsupported,
)
from core.model.ids import DeviceId, EventId, GateId
from core.sync.messages import EnrolReply
from tests.contract.ledger_rig import NORTH, NOW, Home, policy
from tests.support.kiosks import enrolled, keys_of

KEYS = keys_of("kiosk")


class Clock:
    """A server's clock that a test sets."""

    def __init__(self) -> None:
        self.ms = NOW

    def now(self) -> int:
        """Unix milliseconds."""
        return self.ms


@pytest.fixture
def clock() -> Clock:
    """The server's clock."""
    return Clock()


@pytest.fixture
def office(home: Home, clock: Clock) -> Iterator[Office]:
    """A ledger."""
    with open_ledger(home.url, home.folder, now_ms=clock.now) as opened:
        yield opened


@pytest.fixture
def event(office: Office) -> EventId:
    """An event."""
    return EventId(UUID(office.create_event(policy()).event))


def test_code_makes_a_device_however_it_is_typed(office: Office, event: EventId) -> None:
    code = office.device_code(event, NORTH, "Door 1").code
    typed = code.lower().replace("-", " ").replace("o", "0").replace("i", "1")
    reply = office.devices.enrol(KEYS.request(typed))
    assert (reply.event, reply.event_name, reply.name, reply.gate) == (event.hex, "Summer Night", "Door 1", NORTH)
    device = DeviceId(UUID(reply.device))
    office.confirm_device(event, device, KEYS.digits(code, bytes.fromhex(reply.root_key)))
    office.devices.authenticate(event, device, reply.secret)


def test_code_holds_eighty_secret_bits_in_readable_groups(office: Office, event: EventId) -> None:
    groups = office.device_code(event, NORTH, "x").code.split("-")
    assert [len(group) for group in groups] == [4] * 5


@pytest.mark.parametrize("code", ["AAAA-BBBB-CCCC-DDDD-EEEE", "x", "ÄÖÜ-…", "T1:AAAA"])
def test_wrong_code_is_refused(office: Office, event: EventId, code: str) -> None:  # A22
    with pytest.raises(CodeWrong):
        office.devices.enrol(KEYS.request(code))


def test_used_code_is_refused(office: Office, event: EventId) -> None:  # A22
    code = office.device_code(event, NORTH, "x").code
    office.devices.enrol(KEYS.request(code))
    with pytest.raises(CodeUsed):
        office.devices.enrol(KEYS.request(code))


@pytest.mark.parametrize(("late_ms", "is_over"), [(-1, False), (0, True)])
def test_code_lives_a_quarter_of_an_hour(
    office: Office, event: EventId, clock: Clock, late_ms: int, is_over: bool
) -> None:  # A22
    code = office.device_code(event, NORTH, "x").code
    clock.ms += CODE_LIFE_MS + late_ms
    if is_over:
        with pytest.raises(CodeExpired):
            office.devices.enrol(KEYS.request(code))
    else:
        assert office.devices.enrol(KEYS.request(code))


def test_fifth_wrong_try_ends_a_code(office: Office, event: EventId) -> None:  # A22
    code = office.device_code(event, NORTH, "x").code
    wrong = code[:5] + "AAAA" + code[9:]
    for _ in range(MOST_TRIES):
        with pytest.raises(CodeWrong):
            office.devices.enrol(KEYS.request(wrong))
    with pytest.raises(CodeExpired):
        office.devices.enrol(KEYS.request(code))


def test_newer_protocol_is_refused_and_the_code_stays_good(office: Office, event: EventId) -> None:  # A22
    code = office.device_code(event, NORTH, "x").code
    with pytest.raises(ProtocolUnsupported):
        office.devices.enrol(KEYS.request(code, "2031-01"))
    assert office.devices.enrol(KEYS.request(code))


def test_one_code_makes_one_device_of_many_at_once(office: Office, event: EventId) -> None:
    code = office.device_code(event, NORTH, "x").code

    def enrol(_: int) -> EnrolReply | AppError:
        try:
            return office.devices.enrol(KEYS.request(code))
        except AppError as err:
            return err

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(enrol, range(6)))
    assert sum(isinstance(result, EnrolReply) for result in results) == 1
    assert sum(isinstance(result, CodeUsed) for result in results) == 5


def test_namesakes_get_a_number(office: Office, event: EventId) -> None:
    assert [enrolled(office, event, NORTH, "North").name for _ in range(3)] == ["North", "North 2", "North 3"]


def test_gate_must_be_the_events(office: Office, event: EventId) -> None:
    with pytest.raises(GateUnknown):
        office.device_code(event, GateId("west"), "x")


def test_wrong_secret_and_unknown_device_are_nobody(office: Office, event: EventId) -> None:
    device = DeviceId(UUID(enrolled(office, event, NORTH).device))
    for who, secret in [(device, "guess"), (DeviceId(UUID(int=9)), "guess"), (device, "")]:
        with pytest.raises(CredentialsWrong):
            office.devices.authenticate(event, who, secret)


def test_device_of_another_event_has_no_rights_here(office: Office, event: EventId) -> None:
    other = EventId(UUID(office.create_event(policy("Other")).event))
    reply = enrolled(office, other, NORTH)
    with pytest.raises(NotAuthorised):
        office.devices.authenticate(event, DeviceId(UUID(reply.device)), reply.secret)
    with pytest.raises(CredentialsWrong):
        office.devices.authenticate(event, DeviceId(UUID(reply.device)), "guess")


def test_revoked_device_is_refused_at_once_here_and_within_a_second_elsewhere(
    office: Office, home: Home, event: EventId, clock: Clock
) -> None:
    reply = enrolled(office, event, NORTH)
    device = DeviceId(UUID(reply.device))
    with open_ledger(home.url, home.folder, now_ms=clock.now) as elsewhere:
        for place in (office, elsewhere):
            place.devices.authenticate(event, device, reply.secret)
        office.revoke_device(event, device)
        with pytest.raises(DeviceRevoked):
            office.devices.authenticate(event, device, reply.secret)
        clock.ms += TRUST_MS
        with pytest.raises(DeviceRevoked):
            elsewhere.devices.authenticate(event, device, reply.secret)
    with pytest.raises(DeviceUnknown):
        office.revoke_device(event, DeviceId(UUID(int=1)))
