"""A door whose clock is wrong, jumps, or comes up without a battery: G8's table and G31, at the scan line itself."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.runtime.oracle import NoOracle
from app.runtime.scan_line import ScanLine
from app.runtime.trust_box import InForce
from app.settings import JOURNAL_FILE
from app.store.clock_memory import CLOCK_FILE, ClockFile, last_synced_ms
from app.store.journal import Journal
from app.store.journal_file import Writer
from core.gate.admit import Door
from core.journal.scan import Fact, Scan, to_record
from core.model.event import Event
from core.model.ids import TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.model.outcomes import Outcome
from core.model.skew import Skew
from core.model.timekeeping import FLOOR_SLACK_MS
from core.redeem.fold import fold
from core.ticket.issue import issue, with_proof
from core.ticket.keyring import Algorithm, KeyUse, derive
from core.ticket.phone_time import phone_offset
from core.ticket.proof import secret_of
from core.ticket.verify import Refused, Trust, verify
from core.ticket.wire import Claims
from tests.support import facts
from tests.support.door import new_id
from tests.support.machine import YEAR_2038_MS, Machine

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ROTATING = 1
BUILT_LONG_AGO_MS = facts.NOW - 100 * DAY
SYNCED, HOLDOVER, SUSPECT = ClockQuality
MAC = derive(facts.MASTER, KeyUse.MAC, facts.EVENT, facts.KID)


def ticket(number: int, from_ms: int, until_ms: int, *, cls: int = 1, flags: int = 0) -> str:
    """Ticket `number`, good from one instant until another."""
    return issue(claims(number, from_ms, until_ms, cls=cls, flags=flags), Algorithm.HMAC_SHA256_128, MAC)


def claims(number: int, from_ms: int, until_ms: int, *, cls: int = 1, flags: int = 0) -> Claims:
    tid = TicketHandle(number.to_bytes(8))
    return replace(facts.claims(flags=flags, cls=cls), tid=tid, nbf=from_ms // 1000, exp=until_ms // 1000)


@dataclass
class Holder:
    """A manifest that is in force and stays so."""

    in_force: InForce


class Kiosk:
    """A kiosk on a machine of its own: its folder outlives its programs, and its programs nothing."""

    def __init__(self, folder: Path, trust: Trust | None = None, machine: Machine | None = None) -> None:
        self.machine = machine or Machine(facts.NOW)
        self._folder = folder
        self._holder = Holder(InForce(trust or facts.trust(lease_until_ms=facts.EXP_S * 1000 + 2 * DAY)))
        self.journal = Journal(folder / JOURNAL_FILE, Writer(facts.EVENT, facts.KIOSKS[0], 1), new_id)
        self._tickets = 0
        self.start()

    def start(self) -> None:
        """The program starts, again maybe."""
        self.clock: SystemClock = self.machine.clock(ClockFile(self._folder / CLOCK_FILE), BUILT_LONG_AGO_MS)
        last_ms = last_synced_ms(self._folder / JOURNAL_FILE)
        if last_ms is not None:
            self.clock.raise_floor(last_ms)
        self._line = ScanLine(
            lane=facts.lane(),
            door=lambda trust: Door(trust.event, facts.KIOSKS[0], "North 1", facts.NORTH),
            journal=self.journal,
            holder=self._holder,
            clock=self.clock,
            oracle=NoOracle(),
        )

    def sync(self) -> None:
        """A reply of the server arrives."""
        self.clock.learn(self.machine.true_ms, 0)

    def reboot(self, wall_ms: int | None = None, off_for_ms: int = MINUTE) -> None:
        """Off and on again."""
        self.machine.reboot(wall_ms=wall_ms, off_for_ms=off_for_ms)
        self.start()

    def scan(self, from_ms: int, until_ms: int, *, cls: int = 1) -> Outcome:
        """What a new guest sees whose ticket is good between two instants, in ms from the true now."""
        self._tickets += 1
        now_ms = self.machine.true_ms
        return self._line.present(ticket(self._tickets, now_ms + from_ms, now_ms + until_ms, cls=cls)).outcome

    def scan_whole(self) -> Outcome:
        """The same for a ticket that is good for the whole event."""
        self._tickets += 1
        return self._line.present(ticket(self._tickets, facts.NBF_S * 1000, facts.EXP_S * 1000)).outcome

    def scans(self) -> list[Scan]:
        """The journal's scans, oldest first."""
        return [fact for fact in self.journal.every_fact() if isinstance(fact, Scan)]


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path)
    with closing(made.journal):
        yield made


# --- G8: the table ------------------------------------------------------------------------------------------------

IN = Outcome.ADMITTED_OFFLINE
KNOWS = (IN, IN, Outcome.TOO_LATE, Outcome.TOO_EARLY)
DOUBTS = (IN, *[Outcome.CLOCK_UNTRUSTED] * 3)


def _jump(wall_ms: int, *, synced: bool) -> Callable[[Kiosk], None]:
    """The wall clock jumps while the kiosk runs; `wall_ms` below a year is relative to the true time."""

    def act(kiosk: Kiosk) -> None:
        if synced:
            kiosk.sync()
        kiosk.machine.wait(MINUTE)
        kiosk.machine.set_wall(_absolute(kiosk, wall_ms))

    return act


def _boot(wall_ms: int | None, then: Callable[[Kiosk], object] = lambda _: None) -> Callable[[Kiosk], None]:
    """A sync, a reboot with some wall clock, and perhaps something else."""

    def act(kiosk: Kiosk) -> None:
        kiosk.sync()
        kiosk.machine.wait(MINUTE)
        kiosk.reboot(None if wall_ms is None else _absolute(kiosk, wall_ms))
        then(kiosk)

    return act


def _absolute(kiosk: Kiosk, wall_ms: int) -> int:
    return kiosk.machine.true_ms + wall_ms if abs(wall_ms) < 365 * DAY else wall_ms


YEAR_1970_MS = 400 * DAY
TABLE: dict[str, tuple[Callable[[Kiosk], None], ClockQuality, tuple[Outcome, ...]]] = {
    "an hour ahead, synced": (_jump(HOUR, synced=True), SYNCED, KNOWS),
    "an hour behind, synced": (_jump(-HOUR, synced=True), SYNCED, KNOWS),
    "back to 1970, synced": (_jump(YEAR_1970_MS, synced=True), SYNCED, KNOWS),
    "ahead to 2038, synced": (_jump(YEAR_2038_MS, synced=True), SYNCED, KNOWS),
    "never synced": (_jump(0, synced=False), HOLDOVER, KNOWS),
    "four minutes ahead, never synced": (_jump(4 * MINUTE, synced=False), HOLDOVER, KNOWS),
    "an hour ahead, never synced": (_jump(HOUR, synced=False), SUSPECT, DOUBTS),
    "ahead to 2038, never synced": (_jump(YEAR_2038_MS, synced=False), HOLDOVER, KNOWS),
    "reboot": (_boot(None), HOLDOVER, KNOWS),
    "reboot, an hour behind": (_boot(-HOUR), SUSPECT, DOUBTS),
    "reboot without a battery": (_boot(YEAR_1970_MS), SUSPECT, DOUBTS),
    "reboot into 2038": (_boot(YEAR_2038_MS), SUSPECT, DOUBTS),
    "reboot without a battery, then a sync": (_boot(YEAR_1970_MS, Kiosk.sync), SYNCED, KNOWS),
    "reboot without a battery, then a supervisor": (
        _boot(YEAR_1970_MS, lambda kiosk: kiosk.clock.correct(kiosk.machine.true_ms + MINUTE)),
        HOLDOVER,
        KNOWS,
    ),
    "reboot without a battery, then a time service": (
        _boot(YEAR_1970_MS, lambda kiosk: kiosk.machine.set_wall(kiosk.machine.true_ms)),
        HOLDOVER,
        KNOWS,
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_windows_are_right_or_in_doubt_and_a_ticket_for_all_of_it_opens(kiosk: Kiosk, name: str) -> None:  # G8, G31
    act, quality, outcomes = TABLE[name]
    kiosk.machine.set_wall(kiosk.machine.true_ms)
    act(kiosk)
    now = kiosk.clock.now()
    assert now.quality is quality
    assert now.is_suspect or abs(now.at_ms - kiosk.machine.true_ms) <= now.uncertainty_ms
    windows = ((-30 * MINUTE, 30 * MINUTE), (-3 * HOUR, -2 * HOUR), (2 * HOUR, 3 * HOUR))
    assert (kiosk.scan_whole(), *(kiosk.scan(*window) for window in windows)) == outcomes


def test_a_clock_that_went_wrong_while_off_is_seen_by_the_phones(kiosk: Kiosk) -> None:  # G8, G20
    """A wall clock an hour ahead after a reboot can't be told from an hour that passed; fifteen guests can."""
    kiosk.sync()
    kiosk.reboot(kiosk.machine.true_ms + HOUR)
    now, skew = kiosk.clock.now(), Skew()
    assert now.quality is HOLDOVER
    for number in range(1, 8):
        live = claims(number, facts.NBF_S * 1000, facts.EXP_S * 1000, flags=ROTATING)
        secret = secret_of(derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID), live)
        text = with_proof(issue(live, Algorithm.HMAC_SHA256_128, MAC), secret, kiosk.machine.true_ms // 1000 - number)
        offset = phone_offset(verify(text, trust=facts.trust(), lane=facts.lane(), now=now), now)
        assert offset is not None
        skew = skew.after(*offset)
    assert skew.alarm_ms is not None
    assert abs(skew.alarm_ms + HOUR) < 2 * MINUTE
    assert kiosk.clock.now() == now, "an alarm changes no time"


# --- G31: 2038 and back -------------------------------------------------------------------------------------------


def test_2038_and_back_leaves_keys_floor_and_open_doors(kiosk: Kiosk) -> None:  # G31
    kiosk.sync()
    assert kiosk.scan_whole() is IN
    for wall_ms in (YEAR_2038_MS, 0, YEAR_2038_MS):
        kiosk.reboot(wall_ms)
        assert kiosk.scan_whole() is IN, "neither expired nor closed"
    kiosk.machine.set_wall(kiosk.machine.true_ms)
    assert kiosk.scan_whole() is IN
    kiosk.sync()
    assert kiosk.scan_whole() is IN
    assert [scan.stamp.moment.quality for scan in kiosk.scans()] == [
        SYNCED,
        SUSPECT,
        SUSPECT,
        SUSPECT,
        HOLDOVER,
        SYNCED,
    ]
    assert facts.NOW <= kiosk.clock.remembered.floor.at_ms <= kiosk.machine.true_ms
    kiosk.reboot()
    assert kiosk.clock.now().quality is HOLDOVER, "no floor was poisoned"


def test_a_door_that_believed_2038_would_be_shut() -> None:
    """What the test above would see if a wall clock were taken as it comes."""
    text = ticket(1, facts.NBF_S * 1000, facts.EXP_S * 1000)
    believed = Moment(Millis(YEAR_2038_MS), 300_000, HOLDOVER, "boot-1")
    found = verify(text, trust=facts.trust(), lane=facts.lane(), now=believed)
    assert isinstance(found, Refused)
    assert found.outcome is Outcome.SNAPSHOT_EXPIRED


LEASE_MS = facts.EXP_S * 1000 + 2 * DAY


@pytest.mark.parametrize(
    ("at_ms", "u_ms", "quality", "is_over"),
    [
        (LEASE_MS, 0, SYNCED, False),
        (LEASE_MS + 1, 0, SYNCED, True),
        (LEASE_MS + 1_000, 1_000, SYNCED, False),
        (LEASE_MS + 1_001, 1_000, SYNCED, True),
        (LEASE_MS + 300_000, 300_000, HOLDOVER, False),
        (LEASE_MS + 300_001, 300_000, HOLDOVER, True),
        (LEASE_MS + 300_001, 300_000, SUSPECT, False),
        (YEAR_2038_MS, 0, SUSPECT, False),
    ],
)
def test_a_lease_is_over_only_beyond_doubt(at_ms: int, u_ms: int, quality: ClockQuality, is_over: bool) -> None:
    text = ticket(1, facts.NBF_S * 1000, facts.EXP_S * 1000)
    now = Moment(Millis(at_ms), u_ms, quality, "boot-1")
    found = verify(text, trust=facts.trust(lease_until_ms=LEASE_MS), lane=facts.lane(), now=now)
    assert (isinstance(found, Refused) and found.outcome is Outcome.SNAPSHOT_EXPIRED) is is_over


# --- what a scan says of its clock --------------------------------------------------------------------------------


def test_every_fact_carries_time_uncertainty_quality_and_boot(kiosk: Kiosk) -> None:  # G8
    kiosk.sync()
    kiosk.scan_whole()
    kiosk.reboot(0)
    kiosk.scan_whole()
    kiosk.clock.correct(kiosk.machine.true_ms, 60_000)
    kiosk.scan_whole()
    records = [to_record(fact) for fact in kiosk.journal.every_fact()]
    told = [(record["quality"], record["uncertainty"]) for record in records]
    assert told == [(quality, u_ms) for quality, u_ms in _EXPECTED for _ in ("scan", "shown")]
    boots = [record["boot"] for record in records]
    assert boots[0] == boots[1] != boots[2]
    assert len(set(boots[2:])) == 1
    assert [record["ts"] for record in records] == sorted(record["ts"] for record in records)


_EXPECTED = (("synced", 1_000), ("suspect", 300_000), ("holdover", 60_000))


def test_the_journal_knows_a_later_sync_than_the_clocks_own_file(kiosk: Kiosk) -> None:
    """Hours after the last reply a scan is still synced: a battery that lost half of them is found out."""
    kiosk.sync()
    kiosk.machine.wait(4 * HOUR)
    kiosk.scan_whole()
    kiosk.reboot(kiosk.machine.true_ms - 2 * HOUR)
    now = kiosk.clock.now()
    assert now.is_suspect
    assert now.at_ms == facts.NOW + 4 * HOUR


@pytest.mark.parametrize(
    ("apart_ms", "late", "is_provable"),
    [
        (2_000, (1_000, SYNCED), False),
        (2_001, (1_000, SYNCED), True),
        (301_000, (300_000, HOLDOVER), False),
        (301_001, (300_000, HOLDOVER), True),
        (DAY, (300_000, SUSPECT), False),
    ],
)
def test_an_order_is_proven_only_beyond_both_uncertainties(
    apart_ms: int, late: tuple[int, ClockQuality], is_provable: bool
) -> None:  # G8
    first = facts.scan(1, at=facts.moment(facts.NOW, u_ms=1_000))
    second = facts.scan(2, at=facts.moment(facts.NOW + apart_ms, u_ms=late[0], quality=late[1]), device=facts.KIOSKS[1])
    told: list[Fact] = [second, facts.shown(second), first, facts.shown(first)]
    (incident,) = fold(facts.terms(), facts.event(), told).incidents
    assert (incident.scan, incident.against) == (second.stamp.id, first.stamp.id)
    assert incident.is_order_provable is is_provable


# --- DST ----------------------------------------------------------------------------------------------------------


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


SURE = 5_000
"""Beyond the uncertainty of a clock that was just synced: nearer to midnight it can be either day."""
NIGHTS = {
    "back": (date(2026, 10, 25), utc("2026-10-24T22:00"), utc("2026-10-25T23:00"), 25),
    "ahead": (date(2027, 3, 28), utc("2027-03-27T23:00"), utc("2027-03-28T22:00"), 23),
}


def night_of(day: date, first_ms: int, last_ms: int) -> Event:
    """An event of three days around a night, with a class for its middle day alone."""
    made = facts.event(facts.ticket_class(1), facts.ticket_class(2, dates=[day]))
    return replace(made, starts_ms=Millis(first_ms - DAY), ends_ms=Millis(last_ms + DAY))


@pytest.mark.parametrize("night", NIGHTS)
def test_a_day_begins_and_ends_by_the_events_own_clocks(tmp_path: Path, night: str) -> None:  # G8
    day, first_ms, last_ms, hours = NIGHTS[night]
    assert last_ms - first_ms == hours * HOUR
    trust = replace(facts.trust(night_of(day, first_ms, last_ms)), lease_until_ms=Millis(last_ms + 9 * DAY))
    kiosk = Kiosk(tmp_path, trust, Machine(first_ms - SURE))
    with closing(kiosk.journal):
        for at_ms, outcome in (
            (first_ms - SURE, Outcome.WRONG_DATE),
            (first_ms, IN),
            (first_ms + hours * HOUR // 2, IN),
            (last_ms - 1_000, IN),
            (last_ms + SURE, Outcome.WRONG_DATE),
        ):
            kiosk.machine.wait(at_ms - kiosk.machine.true_ms)
            kiosk.sync()
            assert kiosk.scan(-2 * DAY, 2 * DAY, cls=2) is outcome


HOURS_BEFORE_DAWN = [  # local time twice 02:30 in October, never in March
    ("back", "2026-10-25T00:30", (IN, Outcome.TOO_EARLY)),
    ("back", "2026-10-25T01:30", (Outcome.TOO_LATE, IN)),
    ("ahead", "2027-03-28T00:30", (IN, Outcome.TOO_EARLY)),
    ("ahead", "2027-03-28T01:30", (Outcome.TOO_LATE, IN)),
]


@pytest.mark.parametrize("wall_error_ms", [0, HOUR, -HOUR, 2 * HOUR])
@pytest.mark.parametrize(("night", "at", "outcomes"), HOURS_BEFORE_DAWN)
def test_windows_know_no_local_time(
    tmp_path: Path, night: str, at: str, outcomes: tuple[Outcome, ...], wall_error_ms: int
) -> None:  # G8
    """A hardware clock kept in local time is stepped by an hour in that night; synced time does not notice."""
    day, first_ms, last_ms, _ = NIGHTS[night]
    trust = replace(facts.trust(night_of(day, first_ms, last_ms)), lease_until_ms=Millis(last_ms + 9 * DAY))
    kiosk = Kiosk(tmp_path, trust, Machine(first_ms))
    with closing(kiosk.journal):
        kiosk.sync()
        kiosk.machine.wait(utc(at) - first_ms)
        kiosk.machine.set_wall(kiosk.machine.true_ms + wall_error_ms)
        midnight_utc = utc(at[:10] + "T00:00") - kiosk.machine.true_ms
        slots = [
            (midnight_utc + 5 * MINUTE, midnight_utc + HOUR),
            (midnight_utc + HOUR + 5 * MINUTE, midnight_utc + 2 * HOUR),
        ]
        assert tuple(kiosk.scan(*slot) for slot in slots) == outcomes


def test_an_unsynced_kiosk_whose_wall_clock_is_stepped_by_dst_doubts_and_stays_open(kiosk: Kiosk) -> None:  # G8
    kiosk.machine.wait(MINUTE)
    kiosk.machine.set_wall(kiosk.machine.true_ms - HOUR)
    now = kiosk.clock.now()
    assert (now.at_ms, now.quality) == (kiosk.machine.true_ms, SUSPECT), "its own time goes on unmoved"
    assert kiosk.scan_whole() is IN
    kiosk.machine.set_wall(kiosk.machine.true_ms)
    assert kiosk.clock.now().quality is HOLDOVER


def test_the_floor_leaves_room_for_a_syncs_own_uncertainty() -> None:
    """A sample of the slowest kind may be 2 s ahead: a right wall clock is not suspected for it."""
    machine = Machine()
    clock = machine.clock()
    clock.learn(machine.true_ms + 1_000, 2_000)
    assert clock.remembered.floor.at_ms - machine.true_ms == FLOOR_SLACK_MS
