"""The scan line on a real journal: what is durable, in which order, and what the door is told."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.runtime.scan_line import Oracle, ScanLine
from app.runtime.trust_box import Place, TrustBox
from app.store import journal as journal_module
from app.store.database import StorageFailed
from app.store.journal import Journal
from app.store.journal_queue import Fate
from core.gate.admit import Door
from core.gate.flood import MOST_A_MINUTE
from core.gate.verdict import ClassDetail, ForeignDetail, GateDetail, Plain, TicketDetail, UsedDetail, WindowDetail
from core.journal.scan import Flood, Scan, Shown
from core.journal.state import Leg
from core.model.codes import Adapter, AdapterKind, CodeMode, CodeRules
from core.model.event import Direction
from core.model.ids import DeviceId, TicketHandle
from core.model.moments import Millis
from core.model.outcomes import Outcome, Source
from core.redeem.answer import Answer, FirstUse
from core.sync.manifest import row_of
from core.sync.messages import DeviceRow, GateRow
from core.ticket.lists import Denial, DenialReason, Used
from core.ticket.segments import tag_of
from core.ticket.verify import Lane
from tests.support.door import (
    DEVICE,
    END_S,
    EVENT,
    NOON_MS,
    NORTH,
    OTHER_KID,
    SECOND_DEVICE,
    SOUTH,
    SOUTH_ONLY,
    START_S,
    SUMMER_NIGHT,
    WEEKEND,
    HandClock,
    forged,
    lists,
    manifest,
    new_id,
    taken,
    ticket,
    tid,
    writer,
)

OTHER_DEVICE = DeviceId(UUID(int=77))


class Server(Oracle):
    """A server that gives the answer it is told to, and looks into the journal when it is asked."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.answer: Answer | None = None
        self.asked: list[Scan] = []
        self.was_committed: list[bool] = []

    def ask(self, scan: Scan) -> Answer | None:
        self.asked.append(scan)
        if scan.stamp.tid is not None:  # a code of which nobody here knows whose it is has no facts by its ticket
            self.was_committed.append(scan in self.journal.facts_of(scan.stamp.tid))
        return self.answer


class Lanes:
    """One lane with everything that a test may look at."""

    def __init__(self, path: Path) -> None:
        self.clock = HandClock()
        self.journal = Journal(path, writer(), new_id)
        self.second_sight = Journal(path, writer(), new_id)
        self.server = Server(self.second_sight)
        self.box = TrustBox(EVENT)
        self.box.adopt(taken(), self.clock.at_ms)
        self.line = ScanLine(
            lane=Lane(NORTH, Direction.ENTRY),
            door=lambda trust: Door(trust.event, DEVICE, "North 1", NORTH),
            journal=self.journal,
            holder=self.box,
            clock=self.clock,
            oracle=self.server,
        )


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[Lanes]:
    made = Lanes(tmp_path / "kiosk.db")
    with closing(made.journal), closing(made.second_sight):
        yield made


def test_a_genuine_code_is_admitted_by_the_server(lanes: Lanes) -> None:  # A1
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED, Source.ONLINE)
    assert verdict.detail == TicketDetail("Day ticket", 1, 1)


def test_the_scan_is_committed_before_the_server_is_asked(lanes: Lanes) -> None:
    lanes.line.present(ticket(1))
    assert lanes.server.was_committed == [True]


def test_without_an_answer_the_kiosk_decides(lanes: Lanes) -> None:
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED_OFFLINE, Source.OFFLINE)
    scan, shown = sorted(lanes.journal.facts_of(tid(1)), key=lambda fact: fact.stamp.seq)
    assert isinstance(shown, Shown)
    assert (shown.refers_to, shown.outcome) == (scan.stamp.id, Outcome.ADMITTED_OFFLINE)
    assert verdict.scan_id == scan.stamp.id


def test_the_second_scan_offline_is_already_used(lanes: Lanes) -> None:  # A4, G24
    lanes.line.present(ticket(1))
    lanes.clock.advance(5_000)
    verdict = lanes.line.present(ticket(1))
    assert verdict.outcome is Outcome.ALREADY_USED
    assert verdict.detail == UsedDetail("Day ticket", lanes.clock.at_ms - 5_000, "North gate", "North 1", True, 5_000)  # type: ignore[arg-type]


def test_a_clock_that_jumps_back_opens_no_door_twice(lanes: Lanes) -> None:
    lanes.line.present(ticket(1))
    lanes.clock.advance(-600_000)
    assert lanes.line.present(ticket(1)).outcome is Outcome.ALREADY_USED


def test_a_use_that_the_server_told_of_is_remembered_offline(lanes: Lanes) -> None:
    lanes.server.answer = Answer(Outcome.ALREADY_USED, None, 1, 1, FirstUse(lanes.clock.at_ms - 60_000, "south", "S 1"))
    lanes.line.present(ticket(1))
    (scan,) = (fact for fact in lanes.journal.facts_of(tid(1)) if isinstance(fact, Scan))
    lanes.journal.settle([Fate(scan.stamp.id, Leg.CLOSED, lanes.server.answer)])
    lanes.server.answer = None
    lanes.clock.advance(10_000)
    verdict = lanes.line.present(ticket(1))
    assert verdict.outcome is Outcome.ALREADY_USED
    assert isinstance(verdict.detail, UsedDetail)
    assert (verdict.detail.gate, verdict.detail.here) == ("South gate", False)


def test_a_ticket_of_three_entries_enters_three_times(lanes: Lanes) -> None:  # A6
    outcomes = [lanes.line.present(ticket(1, WEEKEND)).outcome for _ in range(4)]
    assert outcomes == [Outcome.ADMITTED_OFFLINE] * 3 + [Outcome.LIMIT_REACHED]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("https://tickets.example/t/1", Outcome.NOT_A_TICKET),  # A2
        ("1234567", Outcome.NOT_A_TICKET),  # A2: a database id shown as a code
        (forged(1), Outcome.BAD_SIGNATURE),
        (ticket(1, kid=OTHER_KID), Outcome.WRONG_EVENT),
        (ticket(1, nbf=START_S - 900, exp=START_S - 600), Outcome.TOO_LATE),
        (ticket(1, nbf=END_S, exp=END_S + 9), Outcome.TOO_EARLY),
        (ticket(1, SOUTH_ONLY), Outcome.WRONG_GATE),  # A12
        (ticket(1, 99), Outcome.WRONG_PRODUCT),  # type: ignore[arg-type]  # A12
        ("T2:AAAA", Outcome.UPDATE_REQUIRED),
        ("T1:AAAA", Outcome.DAMAGED_CODE),
    ],
)
def test_what_the_code_itself_says_is_never_asked(lanes: Lanes, text: str, outcome: Outcome) -> None:  # A21
    verdict = lanes.line.present(text)
    assert verdict.outcome is outcome
    assert lanes.server.asked == []
    assert lanes.journal.summary().by_outcome == {outcome.value: 1}


def test_details_say_where_when_and_what(lanes: Lanes) -> None:
    late = ticket(1, nbf=START_S - 900, exp=START_S - 600)
    assert lanes.line.present(ticket(1, SOUTH_ONLY)).detail == GateDetail("South stand", ("South gate",))
    assert lanes.line.present(late).detail == WindowDetail("Day ticket", START_S - 900, START_S - 600)
    assert lanes.line.present("<b>hello</b>\x07").detail == ForeignDetail("<b>hello</b>\\x07")
    assert lanes.line.present(forged(2)).detail == Plain()


def test_a_canceled_ticket_is_refused_offline(lanes: Lanes) -> None:  # G17
    denied = {tid(1): Denial(256, DenialReason.CANCELED, 2)}
    lanes.box.adopt(taken(2, lists(denied=denied)), lanes.clock.at_ms)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.detail) == (Outcome.CANCELED, ClassDetail("Day ticket"))
    assert lanes.server.asked == []


def test_scanner_marks_are_stripped(lanes: Lanes) -> None:  # A3
    assert lanes.line.present("\\000026" + ticket(1) + "\r\n").outcome is Outcome.ADMITTED_OFFLINE


def test_a_kiosk_without_a_manifest_admits_nobody_and_records_it(lanes: Lanes) -> None:
    lanes.line._holder = TrustBox(EVENT)
    assert lanes.line.present(ticket(1)).outcome is Outcome.SNAPSHOT_EXPIRED
    assert lanes.journal.summary().by_outcome == {"snapshot_expired": 1}


@pytest.mark.parametrize("broken", ["record_scan", "record_shown"])
def test_without_a_place_to_write_nobody_is_admitted(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:  # G5
    def fail(*_: object) -> None:
        raise StorageFailed("kiosk.db", "disk is full")

    monkeypatch.setattr(lanes.journal, broken, fail)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.scan_id) == (Outcome.STORAGE_FAILED, None)


def test_the_age_of_the_snapshot_is_evidence(lanes: Lanes) -> None:
    lanes.clock.advance(120_000)
    assert lanes.line.present(ticket(1)).evidence.snapshot_age_ms == 120_000


def test_the_event_of_the_tests_is_the_manifests(lanes: Lanes) -> None:
    trust = lanes.box.trust
    assert getattr(trust, "event", None) == SUMMER_NIGHT


# --- what the server has not heard of yet ---------------------------------------------------------------------------


def test_a_server_that_has_not_heard_of_an_entry_opens_no_door_twice(lanes: Lanes) -> None:
    """Let in offline; the link is back before the queue has drained; the same ticket is shown again."""
    lanes.line.present(ticket(1))
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ALREADY_USED, Source.OFFLINE)


def test_unheard_entries_are_added_to_those_that_the_server_knows(lanes: Lanes) -> None:
    """Three entries: one here that the server has not heard of, and one elsewhere. One is left."""
    first = FirstUse(lanes.clock.at_ms - 60_000, "south", "South 1")
    lanes.line.present(ticket(1, WEEKEND))
    lanes.server.answer = Answer(Outcome.ADMITTED_REENTRY, 2, 2, 3, first)
    assert lanes.line.present(ticket(1, WEEKEND)).is_admission
    lanes.server.answer = Answer(Outcome.ADMITTED_REENTRY, 3, 3, 3, first)
    assert lanes.line.present(ticket(1, WEEKEND)).outcome is Outcome.LIMIT_REACHED


def test_entries_that_the_server_allowed_itself_count_once(lanes: Lanes) -> None:
    """They may still wait for their upload: the server knows them all the same."""
    for number in (1, 2, 3):
        first = FirstUse(lanes.clock.at_ms, "north", "North 1")
        lanes.server.answer = Answer(Outcome.ADMITTED, number, number, 3, first)
        verdict = lanes.line.present(ticket(1, WEEKEND))
        assert (verdict.is_admission, verdict.evidence.source) == (True, Source.ONLINE)


def test_a_server_that_has_forgotten_an_entry_opens_no_door_twice(lanes: Lanes) -> None:  # G23
    """It admitted the guest, was lost, and came back from a backup: what it lacks is not sent again yet."""
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    assert lanes.line.present(ticket(1)).is_admission
    settle(lanes, 1, Answer(Outcome.ADMITTED, 1, 1, 1))
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ALREADY_USED, Source.OFFLINE)


def test_an_entry_that_was_taken_back_is_not_one_that_the_server_has_forgotten(lanes: Lanes) -> None:  # A20
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    lanes.line.present(ticket(1))
    settle(lanes, 1, Answer(Outcome.ADMITTED, 1, 1, 1))
    lanes.journal.record_undo(lanes.server.asked[0], lanes.clock.now())
    verdict = lanes.line.present(ticket(1))
    assert (verdict.outcome, verdict.evidence.source) == (Outcome.ADMITTED, Source.ONLINE)


def test_a_server_that_knows_better_than_the_list_is_believed(lanes: Lanes) -> None:
    """An entry that was taken back: the list of used tickets is older than the server's word."""
    know(lanes, {tid(1): used()})
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    assert lanes.line.present(ticket(1)).outcome is Outcome.ADMITTED


# --- what other doors did, as the list of used tickets tells it ------------------------------------------------------


def used(entries: int = 1, gate: str = "south", device: DeviceId = SECOND_DEVICE) -> Used:
    return Used(
        entries, is_inside=True, first_ms=Millis(NOON_MS - 60_000), gate_tag=tag_of(gate), device_tag=tag_of(device.hex)
    )


def know(lanes: Lanes, uses: dict[TicketHandle, Used], version: int = 2, as_of_ms: int = NOON_MS) -> None:
    """A newer manifest with this list of used tickets, as of a time."""
    of = lists(uses=uses)
    rows = [replace(row, as_of_ms=as_of_ms) for row in manifest(version, of).segments]
    lanes.box.adopt(taken(version, of, segments=rows), lanes.clock.at_ms)


def settle(lanes: Lanes, number: int, answer: Answer) -> None:
    """The server takes this kiosk's scans of a ticket."""
    scans = [fact for fact in lanes.journal.facts_of(tid(number)) if isinstance(fact, Scan)]
    lanes.journal.settle([Fate(scan.stamp.id, Leg.CLOSED, answer) for scan in scans])


def test_a_ticket_used_at_another_door_is_used_here_offline(lanes: Lanes) -> None:
    know(lanes, {tid(1): used()})
    verdict = lanes.line.present(ticket(1))
    assert verdict.outcome is Outcome.ALREADY_USED
    assert isinstance(verdict.detail, UsedDetail)
    assert (verdict.detail.gate, verdict.detail.device, verdict.detail.here) == ("South gate", "South 1", False)
    assert lanes.line.present(ticket(2)).outcome is Outcome.ADMITTED_OFFLINE


def test_a_door_that_no_manifest_names_goes_by_its_tag(lanes: Lanes) -> None:
    know(lanes, {tid(1): used(gate="cellar", device=OTHER_DEVICE)})
    verdict = lanes.line.present(ticket(1))
    assert isinstance(verdict.detail, UsedDetail)
    assert (verdict.detail.gate, verdict.detail.device) == (tag_of("cellar").hex(), tag_of(OTHER_DEVICE.hex).hex())


def test_this_kiosks_own_entries_count_once(lanes: Lanes) -> None:
    """The list counts them too, once the server has taken them: three entries are three."""
    lanes.line.present(ticket(1, WEEKEND))
    settle(lanes, 1, Answer(Outcome.ADMITTED, 1, 1, 3, FirstUse(lanes.clock.at_ms, "north", "North 1")))
    lanes.clock.advance(60_000)
    know(lanes, {tid(1): used(1, "north", DEVICE)}, as_of_ms=lanes.clock.at_ms)
    outcomes = [lanes.line.present(ticket(1, WEEKEND)).outcome for _ in range(3)]
    assert outcomes == [Outcome.ADMITTED_OFFLINE, Outcome.ADMITTED_OFFLINE, Outcome.LIMIT_REACHED]


def test_an_entry_that_still_waits_for_the_server_is_not_in_its_list(lanes: Lanes) -> None:
    lanes.line.present(ticket(1, WEEKEND))
    know(lanes, {tid(1): used(1)}, as_of_ms=lanes.clock.at_ms + 60_000)
    outcomes = [lanes.line.present(ticket(1, WEEKEND)).outcome for _ in range(2)]
    assert outcomes == [Outcome.ADMITTED_OFFLINE, Outcome.LIMIT_REACHED]


def test_an_entry_newer_than_the_list_is_not_in_it(lanes: Lanes) -> None:
    lanes.clock.advance(60_000)
    lanes.line.present(ticket(1, WEEKEND))
    settle(lanes, 1, Answer(Outcome.ADMITTED, 1, 1, 3, FirstUse(lanes.clock.at_ms, "north", "North 1")))
    know(lanes, {tid(1): used(1)}, as_of_ms=NOON_MS)
    outcomes = [lanes.line.present(ticket(1, WEEKEND)).outcome for _ in range(2)]
    assert outcomes == [Outcome.ADMITTED_OFFLINE, Outcome.LIMIT_REACHED]


def test_an_answer_that_knows_of_more_than_the_list_counts(lanes: Lanes) -> None:
    """Uploaded after the list was made: the list has another door's entry, the answer has both."""
    lanes.line.present(ticket(1, WEEKEND))
    know(lanes, {tid(1): used(1)}, as_of_ms=lanes.clock.at_ms + 60_000)
    settle(lanes, 1, Answer(Outcome.ADMITTED_REENTRY, 2, 2, 3, FirstUse(lanes.clock.at_ms - 1, "south", "South 1")))
    outcomes = [lanes.line.present(ticket(1, WEEKEND)).outcome for _ in range(2)]
    assert outcomes == [Outcome.ADMITTED_OFFLINE, Outcome.LIMIT_REACHED]


def test_a_used_ticket_stays_used_when_a_newer_list_has_forgotten_it(lanes: Lanes) -> None:  # G9
    lanes.line.present(ticket(1))
    know(lanes, {}, version=3)
    assert lanes.line.present(ticket(1)).outcome is Outcome.ALREADY_USED


def test_a_scan_names_the_manifest_that_decided_it(lanes: Lanes) -> None:
    lanes.line.present(ticket(1))
    know(lanes, {}, version=9)
    lanes.line.present(ticket(2))
    (first, *_), (second, *_) = (
        sorted(lanes.journal.facts_of(tid(number)), key=lambda fact: fact.stamp.seq) for number in (1, 2)
    )
    assert isinstance(first, Scan)
    assert isinstance(second, Scan)
    assert (first.manifest_version, second.manifest_version) == (1, 9)


def test_a_manifest_that_comes_while_a_guest_is_asked_about_is_for_the_next(lanes: Lanes) -> None:
    """One look at the box: trust, version and age are one manifest's."""
    ask = lanes.server.ask

    def swap(scan: Scan) -> Answer | None:
        know(lanes, {tid(1): used()}, version=2)
        return ask(scan)

    lanes.server.ask = swap  # type: ignore[method-assign]
    assert lanes.line.present(ticket(1)).outcome is Outcome.ADMITTED_OFFLINE
    (scan,) = (fact for fact in lanes.journal.facts_of(tid(1)) if isinstance(fact, Scan))
    assert scan.manifest_version == 1
    assert lanes.box.version == 2


def test_a_kiosk_scans_at_the_gate_where_the_newest_manifest_says_it_stands(lanes: Lanes) -> None:
    """The organizer moved it: no enrolment anew, and no restart."""
    row = DeviceRow(DEVICE.hex, "Main door", "south", "active", "mac", "00", "00")
    assert lanes.box.place_of(DEVICE) == Place("North 1", NORTH)
    policy = replace(taken().manifest.policy, gates=[GateRow(NORTH, "North gate"), GateRow(SOUTH, "South gate")])
    told = replace(taken().manifest, devices=[row], policy=policy)
    lanes.line._gate = lambda: (lanes.box.place_of(DEVICE) or Place("North 1", NORTH)).gate
    lanes.line.present(ticket(1))
    lanes.box.adopt(replace(taken(), manifest=told), lanes.clock.at_ms)
    lanes.line.present(ticket(2))
    assert [scan.gate for scan in lanes.server.asked] == [NORTH, SOUTH]
    assert lanes.box.place_of(DEVICE) == Place("Main door", SOUTH)
    assert lanes.box.place_of(OTHER_DEVICE) is None
    lost = replace(told, policy=replace(policy, gates=policy.gates[:1]))
    lanes.box.adopt(replace(taken(), manifest=lost), lanes.clock.at_ms)
    assert lanes.box.place_of(DEVICE) is None, "a gate that the event does not have"


# --- a film of codes ----------------------------------------------------------------------------------------------


def _films(lanes: Lanes, minutes: int, *, guests: bool) -> list[Outcome]:
    """Two codes a second that are nobody's, for some minutes; once a minute a guest between them."""
    told = []
    for second in range(minutes * 60):
        for half in range(2):
            lanes.line.present(f"film {second}-{half}")
            lanes.clock.advance(500)
        if guests and second % 60 == 30:
            told.append(lanes.line.present(ticket(1 + second)).outcome)
    return told


def test_ten_minutes_of_a_film_are_some_three_hundred_rows_and_every_guest_is_let_in(lanes: Lanes) -> None:  # G32
    told = _films(lanes, 10, guests=True)
    assert told == [Outcome.ADMITTED_OFFLINE] * 10
    lanes.clock.advance(60_000)
    lanes.line.present(ticket(9_999))
    rows = lanes.journal.every_fact()
    scans = [row for row in rows if isinstance(row, Scan)]
    floods = [row for row in rows if isinstance(row, Flood)]
    strangers = sum(scan.stamp.tid is None for scan in scans)
    assert strangers + sum(flood.count for flood in floods) == 1_200, "each of them is counted once"
    assert strangers <= MOST_A_MINUTE * 11
    assert len(rows) <= 2 * (strangers + 11) + 11
    assert all(flood.since_ms < flood.stamp.moment.at_ms for flood in floods)
    assert lanes.journal.first_broken_link() is None


def test_thirty_strangers_a_minute_are_each_on_record(lanes: Lanes) -> None:  # A21, G32
    verdicts = [lanes.line.present(f"stranger {number}") for number in range(MOST_A_MINUTE + 1)]
    assert [verdict.scan_id is None for verdict in verdicts] == [False] * MOST_A_MINUTE + [True]
    assert {verdict.outcome for verdict in verdicts} == {Outcome.NOT_A_TICKET}


def test_a_ticket_in_a_flood_is_recorded_and_decided_like_any_other(lanes: Lanes) -> None:  # G32
    for number in range(100):
        lanes.line.present(f"stranger {number}")
    assert lanes.line.present(ticket(1)).outcome is Outcome.ADMITTED_OFFLINE
    assert lanes.line.present(ticket(1)).outcome is Outcome.ALREADY_USED


def test_what_is_left_on_a_full_disk_is_for_guests_with_tickets(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:  # G5, G32
    """Reserved is more than this disk has."""
    monkeypatch.setattr(journal_module, "RESERVED_BYTES", 1 << 62)
    assert lanes.line.present("a poster").scan_id is None
    assert lanes.line.present(ticket(1)).outcome is Outcome.ADMITTED_OFFLINE
    assert len(lanes.journal.every_fact()) == 2


def test_another_shops_code_that_is_missing_from_an_open_list_is_asked_for(lanes: Lanes) -> None:  # G25
    shop = CodeRules(CodeMode.FOREIGN, adapters=(Adapter("shop", AdapterKind.OPAQUE),))
    lanes.box.adopt(taken(2, policy=row_of(replace(SUMMER_NIGHT, codes=shop))), lanes.clock.at_ms)
    alone = lanes.line.present("S-0042")
    assert (alone.outcome, alone.evidence.source) == (Outcome.UNLISTED, Source.OFFLINE)
    lanes.server.answer = Answer(Outcome.ADMITTED, 1, 1, 1)
    told = lanes.line.present("S-0042")
    assert (told.outcome, told.evidence.source) == (Outcome.ADMITTED, Source.ONLINE)
    assert [scan.form for scan in lanes.server.asked] == ["shop", "shop"]
    assert lanes.line.present("https://tickets.example/x").outcome is Outcome.NOT_A_TICKET
    assert len(lanes.server.asked) == 2, "what no list could have is nobody's question"
