"""One-time codes and credentials, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest

from app.errors import AppError
from app.ledger.admin import Office, open_ledger
from app.ledger.confirmations import DigitsWrong, DigitsWrongThrice, NotPending
from app.ledger.credentials import (
    SEEN_EVERY_MS,
    TRUST_MS,
    CredentialsWrong,
    DeviceRevoked,
    NotAuthorised,
    NotConfirmed,
    ToldClock,
)
from app.ledger.device_rows import (
    CONFIRM_WITHIN_MS,
    ConfirmationExpired,
    DeviceClock,
    DeviceState,
    DeviceUnknown,
)
from app.ledger.enrolments import (
    CODE_LIFE_MS,
    MOST_TRIES,
    CodeExpired,
    CodeUsed,
    CodeWithdrawn,
    CodeWrong,
    DeviceKeyWrong,
    ProtocolUnsupported,
)
from app.ledger.new_devices import GateUnknown
from core.model.ids import DeviceId, EventId, GateId
from core.model.moments import ClockQuality
from core.sync.enrolment import code_key, enrolled_bytes, is_proven
from core.sync.messages import EnrolReply
from core.ticket.keyring import Algorithm, VerifyProfile
from tests.contract.ledger_rig import NORTH, NOW, Home, policy
from tests.support.kiosks import confirm, device_of, enrolled, keys_of, pending

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


@pytest.mark.parametrize("which", ["sealing_key", "signing_key"])
def test_a_man_in_the_middle_who_changes_the_kiosks_keys_is_refused_and_tries_are_counted(
    office: Office, event: EventId, which: str
) -> None:
    """He has read all that the kiosk sent, and puts a key of his own in; the unchanged request is let in."""
    code = office.device_code(event, NORTH, "x").code
    sent, his = KEYS.request(code), keys_of("his").request("AAAA-AAAA-AAAA-AAAA-AAAA")
    changed = replace(sent, **{which: getattr(his, which)})
    for request in (changed, replace(changed, proof=his.proof), replace(changed, proof=""), replace(sent, proof="zz")):
        with pytest.raises(CodeWrong):
            office.devices.enrol(request)
    assert office.pending_devices(event) == []
    assert office.devices.enrol(sent), "four of five tries were his"
    other = KEYS.request(office.device_code(event, NORTH, "y").code)
    for _ in range(MOST_TRIES):
        with pytest.raises(CodeWrong):
            office.devices.enrol(replace(other, **{which: getattr(his, which)}))
    with pytest.raises(CodeExpired):
        office.devices.enrol(other)


def test_a_reply_proves_that_the_server_knows_the_code(office: Office, event: EventId) -> None:
    code = office.device_code(event, NORTH, "x").code
    reply = office.devices.enrol(KEYS.request(code))
    about = (bytes.fromhex(reply.root_key), device_of(reply), KEYS.sealing, KEYS.signing)
    assert is_proven(code_key(code)[1], enrolled_bytes(*about), reply.proof)
    assert not is_proven(code_key(code)[1], enrolled_bytes(bytes(32), *about[1:]), reply.proof)


@pytest.mark.parametrize(("spoken", "told"), [("2031-01", "server_outdated"), ("2025-01", "kiosk_outdated")])
def test_the_older_side_of_another_handshake_is_told_to_update_and_the_code_stays_good(
    office: Office, event: EventId, spoken: str, told: str
) -> None:  # A22
    code = office.device_code(event, NORTH, "x").code
    with pytest.raises(ProtocolUnsupported) as refused:
        office.devices.enrol(KEYS.request(code, spoken))
    assert refused.value.key == told
    assert office.devices.enrol(KEYS.request(code))


def test_a_withdrawn_code_is_refused(office: Office, event: EventId) -> None:  # A22
    code = office.device_code(event, NORTH, "x").code
    office.devices.withdraw(event, code[:4])
    with pytest.raises(CodeWithdrawn):
        office.devices.enrol(KEYS.request(code))


def test_only_an_open_code_of_the_event_is_withdrawn(office: Office, event: EventId) -> None:
    other = EventId(UUID(office.create_event(policy("Other")).event))
    code = office.device_code(event, NORTH, "x").code
    with pytest.raises(CodeWrong):
        office.devices.withdraw(other, code)
    office.devices.enrol(KEYS.request(code))
    with pytest.raises(CodeUsed):
        office.devices.withdraw(event, code)


SMALL_ORDER = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
"""A point of order 8 on Curve25519: whatever is sealed to it opens for everybody (RFC 7748, section 7)."""


@pytest.mark.parametrize(
    ("sealing", "signing", "which"),
    [
        ("", KEYS.signing.hex(), "sealing_key"),
        ("ab" * 31, KEYS.signing.hex(), "sealing_key"),
        ("zz" * 32, KEYS.signing.hex(), "sealing_key"),
        ("00" * 32, KEYS.signing.hex(), "sealing_key"),
        (SMALL_ORDER, KEYS.signing.hex(), "sealing_key"),
        (KEYS.sealing.hex(), "ab" * 33, "signing_key"),
        (KEYS.sealing.hex(), "00" * 32, "signing_key"),
        (KEYS.sealing.hex(), "01" + "00" * 30 + "80", "signing_key"),
    ],
)
def test_a_public_key_that_is_none_is_refused_and_the_code_stays_good(
    office: Office, event: EventId, sealing: str, signing: str, which: str
) -> None:
    code = office.device_code(event, NORTH, "x").code
    with pytest.raises(DeviceKeyWrong) as refused:
        office.devices.enrol(replace(KEYS.request(code), sealing_key=sealing, signing_key=signing))
    assert refused.value.details == {"which": which}
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


# --- six digits ---------------------------------------------------------------------------------------------------


def test_a_pending_device_may_do_nothing_but_ask_whether_it_is_let_in(office: Office, event: EventId) -> None:
    reply = pending(office, event, NORTH)
    who = (event, device_of(reply), reply.secret)
    with pytest.raises(NotConfirmed):
        office.devices.authenticate(*who)
    assert office.devices.own(*who).state is DeviceState.PENDING
    assert office.devices.own(*who).digits is None, "the kiosk computes its own"
    confirm(office, event, reply)
    assert office.devices.authenticate(*who).device == device_of(reply)
    assert office.devices.own(*who).state is DeviceState.ACTIVE


def test_both_sides_show_the_same_digits_however_the_code_was_typed(office: Office, event: EventId) -> None:
    code = office.device_code(event, NORTH, "x").code
    reply = office.devices.enrol(KEYS.request(code))
    (waiting,) = office.pending_devices(event)
    typed = code.lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert waiting.digits == KEYS.digits(typed, bytes.fromhex(reply.root_key))


@pytest.mark.parametrize("blanks", ["", " ", "  "])
def test_the_right_digits_let_a_kiosk_in_once(office: Office, event: EventId, blanks: str) -> None:
    reply = pending(office, event, NORTH, "Door 1")
    (waiting,) = office.pending_devices(event)
    before = office.events.manifest_version(event)
    told = blanks.join((waiting.digits or "").replace(" ", ""))
    assert office.confirm_device(event, "Door 1", told).state is DeviceState.ACTIVE
    assert office.events.manifest_version(event) > before, "the next manifest names it"
    assert office.pending_devices(event) == []
    with pytest.raises(NotPending):
        office.confirm_device(event, device_of(reply), told)


def test_the_third_wrong_try_revokes_the_kiosk(office: Office, event: EventId) -> None:
    reply = pending(office, event, NORTH)
    digits = office.pending_devices(event)[0].digits or ""
    wrong = ["", digits[:-1], "1" + digits]
    for left, told in zip([2, 1], wrong, strict=False):
        with pytest.raises(DigitsWrong) as refused:
            office.confirm_device(event, device_of(reply), told)
        assert refused.value.details == {"left": left}
    with pytest.raises(DigitsWrongThrice):
        office.confirm_device(event, device_of(reply), wrong[2])
    with pytest.raises(NotPending):
        office.confirm_device(event, device_of(reply), digits)
    with pytest.raises(DeviceRevoked):
        office.devices.own(event, device_of(reply), reply.secret)


@pytest.mark.parametrize(("late_ms", "is_over"), [(-1, False), (0, True)])
def test_nobody_is_confirmed_after_half_an_hour(
    office: Office, event: EventId, clock: Clock, late_ms: int, is_over: bool
) -> None:
    reply = pending(office, event, NORTH, "Door 1")
    digits = office.pending_devices(event)[0].digits or ""
    clock.ms += CONFIRM_WITHIN_MS + late_ms
    if not is_over:
        assert office.confirm_device(event, device_of(reply), digits)
        return
    with pytest.raises(ConfirmationExpired):
        office.confirm_device(event, device_of(reply), digits)
    with pytest.raises(ConfirmationExpired):
        office.devices.own(event, device_of(reply), reply.secret)
    assert office.pending_devices(event) == []
    assert enrolled(office, event, NORTH, "Door 1").name == "Door 1", "its name is free again"


def test_many_at_once_confirm_once(office: Office, event: EventId) -> None:
    reply = pending(office, event, NORTH)
    digits = office.pending_devices(event)[0].digits or ""

    def confirm_it(_: int) -> str:
        try:
            return office.confirm_device(event, device_of(reply), digits).state.value
        except NotPending:
            return "too late"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(confirm_it, range(6))) == ["active"] + ["too late"] * 5


@pytest.mark.parametrize("profile", VerifyProfile)
def test_a_kiosk_gets_the_profile_of_its_code_and_list_kiosks_need_every_ticket(
    office: Office, event: EventId, profile: VerifyProfile
) -> None:
    office.rotate_key(event, Algorithm.ED25519)  # what a kiosk with public keys alone can read
    stale: list[str] = []
    raise_version = office.events.raise_version
    office.devices._confirmations._raise_version = lambda connection, event, *kinds: (
        stale.extend(kinds) or raise_version(connection, event, *kinds)
    )
    reply = enrolled(office, event, NORTH, profile=profile)
    assert reply.profile == office.devices.show(event, device_of(reply)).profile == profile
    assert stale == (["allow"] if profile is VerifyProfile.LIST else [])


# --- credentials --------------------------------------------------------------------------------------------------


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


def test_a_server_clock_that_is_set_back_keeps_no_revoked_device_in(
    office: Office, home: Home, event: EventId, clock: Clock
) -> None:
    reply = enrolled(office, event, NORTH)
    device = device_of(reply)
    with open_ledger(home.url, home.folder, now_ms=clock.now) as elsewhere:
        elsewhere.devices.authenticate(event, device, reply.secret)
        clock.ms -= 60 * 60 * 1000
        office.revoke_device(event, device)
        with pytest.raises(DeviceRevoked):
            elsewhere.devices.authenticate(event, device, reply.secret)


def test_digits_that_are_no_text_are_wrong_ones(office: Office, event: EventId) -> None:
    with pytest.raises(DigitsWrong):
        office.confirm_device(event, device_of(pending(office, event, NORTH)), "\udcff")


def test_the_next_secret_takes_over_when_it_is_first_used(office: Office, event: EventId, clock: Clock) -> None:
    reply = enrolled(office, event, NORTH)
    device = device_of(reply)
    office.devices.authenticate(event, device, reply.secret)
    new = office.devices.next_secret(event, device)
    clock.ms += TRUST_MS
    office.devices.authenticate(event, device, reply.secret)
    office.devices.authenticate(event, device, new)
    with pytest.raises(CredentialsWrong):
        office.devices.authenticate(event, device, reply.secret)
    clock.ms += TRUST_MS
    office.devices.authenticate(event, device, new)
    with pytest.raises(CredentialsWrong):
        office.devices.authenticate(event, device, reply.secret)


def test_a_lost_reply_is_asked_for_again(office: Office, event: EventId, clock: Clock) -> None:
    reply = enrolled(office, event, NORTH)
    device = device_of(reply)
    lost, new = (office.devices.next_secret(event, device) for _ in range(2))
    with pytest.raises(CredentialsWrong):
        office.devices.authenticate(event, device, lost)
    office.devices.authenticate(event, device, reply.secret)
    clock.ms += TRUST_MS
    office.devices.authenticate(event, device, new)


def test_a_revoked_device_has_no_next_secret_either(office: Office, event: EventId) -> None:
    reply = enrolled(office, event, NORTH)
    new = office.devices.next_secret(event, device_of(reply))
    office.revoke_device(event, device_of(reply))
    for secret in (reply.secret, new):
        with pytest.raises(DeviceRevoked):
            office.devices.authenticate(event, device_of(reply), secret)


# --- what is known of a device ------------------------------------------------------------------------------------


def test_devices_are_listed_with_their_clocks_and_found_by_name_or_id(
    office: Office, event: EventId, clock: Clock
) -> None:
    reply = enrolled(office, event, NORTH, "Door 1")
    device = device_of(reply)
    told = ToldClock(clock.ms + 1_500, 250, ClockQuality.SYNCED)
    office.devices.authenticate(event, device, reply.secret, told)
    pending(office, event, NORTH, "Door 2")
    first, second = office.devices.list(event)
    assert (first.name, first.state, first.last_seen_ms) == ("Door 1", DeviceState.ACTIVE, NOW)
    assert first.clock == DeviceClock(1_500, 250, ClockQuality.SYNCED, NOW)
    assert (second.name, second.state, second.clock) == ("Door 2", DeviceState.PENDING, None)
    assert office.devices.named(event, "Door 1") == office.devices.named(event, str(device)) == device
    with pytest.raises(DeviceUnknown):
        office.devices.named(event, "Door 3")


def test_a_devices_clock_is_written_down_twice_a_minute(office: Office, event: EventId, clock: Clock) -> None:
    reply = enrolled(office, event, NORTH)
    who = (event, device_of(reply), reply.secret)
    office.devices.authenticate(*who)
    offsets = []
    for step, offset in enumerate([10, 20, 30]):
        clock.ms = NOW + step * SEEN_EVERY_MS // 2 + TRUST_MS
        office.devices.authenticate(*who, ToldClock(clock.ms + offset, 1, ClockQuality.HOLDOVER))
        summary = office.devices.show(event, device_of(reply))
        assert summary.clock is not None
        offsets.append(summary.clock.offset_ms)
    assert offsets == [10, 10, 30]
