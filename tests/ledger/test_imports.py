"""Imports that are repeated: previewed, taken over, and taken over again after the shop went on selling."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.ledger.admin import Office, open_ledger
from app.ledger.code_book import Unread
from app.ledger.import_book import Sample, SourceWrong
from app.ledger.import_pieces import FIRST_ROWS
from app.ledger.import_tally import ImportReport
from app.ledger.schema import attendees, codes, segments, tickets
from app.ledger.shop_files import RefusedRow, ShopFile, ShopRow, read_lines
from app.runtime.redeem_line import Question, RedeemLine
from core.journal.scan import NO_PREDECESSOR, Scan, Stamp, to_record
from core.model.event import Direction
from core.model.ids import ClassId, DeviceId, EventId, FactId, TicketHandle
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.messages import AdapterRow, CodesRow
from core.sync.shop_columns import Columns
from core.sync.ticket_messages import What
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NORTH, NOW, STANDARD, VIP, policy

SHOP = [AdapterRow("shop", "opaque", prefix="S")]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_ledger(None, tmp_path, now_ms=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def event(office: Office) -> EventId:
    """An event that sells T1 codes."""
    return EventId(UUID(office.create_event(policy()).event))


@pytest.fixture
def foreign(office: Office) -> EventId:
    """An event whose tickets another shop sells."""
    return selling(office, "foreign")


def selling(office: Office, mode: str) -> EventId:
    """A new event with the shop's codes."""
    made = EventId(UUID(office.create_event(policy(f"Sold {mode}")).event))
    office.set_codes(made, CodesRow(mode, adapters=SHOP), {})
    return made


def listed(*rows: str, header: str = "code,external_ref,class,name,order,status") -> ShopFile:
    """A file of the shop."""
    file = read_lines([f"{header}\n", *(f"{row}\n" for row in rows)], Columns())
    assert isinstance(file, ShopFile)
    return file


def taken(office: Office, event: EventId, *rows: str, cancel: bool = True, missing: bool = False) -> ImportReport:
    return office.import_file(event, "shop", listed(*rows), allow_cancel=cancel, cancel_missing=missing)


@dataclass(frozen=True)
class Row:
    """One ticket as the tables hold it."""

    cls: int
    denial: str | None
    codes: int
    name: str | None
    kid: int
    gen: int


def stored(office: Office, event: EventId) -> dict[str | None, Row]:
    """The tickets by their references."""
    with office._database.reading() as connection:
        rows = connection.execute(select(tickets).where(tickets.c.event_id == event)).all()
        of_shop = (codes.c.event_id == event) & (codes.c.form == "shop")
        old = list(connection.execute(select(codes.c.tid).where(of_shop)).scalars())
        names = {
            row.tid: row.name for row in connection.execute(select(attendees).where(attendees.c.event_id == event))
        }
    return {
        row.external_ref: Row(row.cls, row.denial, old.count(row.tid), names.get(row.tid), row.kid, row.gen)
        for row in rows
    }


def tid_of(office: Office, event: EventId, ref: str) -> TicketHandle:
    return TicketHandle(next(bytes.fromhex(row.tid) for row in office.export_tickets(event) if row.external_ref == ref))


def use(office: Office, event: EventId, tid: TicketHandle, cls: ClassId = STANDARD, *, number: int = 1) -> str:
    """A guest goes in with the ticket's T1 or whatever the kiosk knew; what the door was told."""
    stamp = Stamp(
        FactId(UUID(int=number)),
        event,
        DeviceId(UUID(int=77)),
        0,
        number,
        Moment(Millis(NOW), 0, ClockQuality.SYNCED, "b"),
        tid,
        NO_PREDECESSOR,
    )
    scan = Scan(stamp, Direction.ENTRY, NORTH, 1, form="shop", gen=0, cls=cls)
    answer = RedeemLine(office.facts).redeem(Question(event, stamp.device, to_record(scan))).answer
    return answer.outcome if answer else ""


# --- tickets of our own -------------------------------------------------------------------------------------------

OURS = """\ufeffcode,Class,external_ref,name
,Standard,A-1,
,2,007,
,standard,,Ann
,Standard,,Ann
,Standard,8.1E+17,
,Nothing,A-9,
,,,
T1:GARBAGE,,,
,,A-10,
""".splitlines(keepends=True)


def test_rows_without_a_code_get_one_of_ours_and_bad_rows_are_named(office: Office, event: EventId) -> None:  # G26
    report = office.import_tickets(event, OURS)
    assert [(one.line, one.external_ref[:5]) for one in report.issued] == [
        (2, "A-1"),
        (3, "007"),
        (4, "name:"),
        (5, "name:"),
    ]
    assert [row.line for row in report.done.refused] == [6, 7, 9, 10]
    assert all(row.cause and row.cure for row in report.done.refused)
    assert "Standard" in report.done.refused[1].cure
    assert "Ann" not in repr(report)


def test_the_same_file_twice_changes_nothing(office: Office, event: EventId) -> None:  # G26
    office.import_tickets(event, OURS)
    before, version = stored(office, event), office.events.manifest_version(event)
    again = office.import_tickets(event, OURS)
    assert (again.issued, again.done.new, again.done.unchanged) == ((), 0, 4)
    assert stored(office, event) == before
    assert office.events.manifest_version(event) == version


def test_codes_of_this_server_are_registered_and_others_refused(office: Office, event: EventId) -> None:
    other = EventId(UUID(office.create_event(policy("Other")).event))
    mine, strange = office.issue_tickets(event, VIP, 1)[0], office.issue_tickets(other, VIP, 1)[0]
    forged = mine.text[:-4] + ("AAAA" if mine.text[-4:] != "AAAA" else "BAAA")
    report = office.import_tickets(event, ["code\n", f"{mine.text}\n", f"{strange.text}\n", f"{forged}\n"])
    assert (report.done.new, report.done.unchanged) == (0, 1)
    assert [row.line for row in report.done.refused] == [3, 4]


def test_a_shop_claims_a_ticket_that_we_issued_and_nobody_else_can(office: Office, event: EventId) -> None:
    mine = office.issue_tickets(event, STANDARD, 1)[0]
    first = office.import_tickets(event, ["code,external_ref\n", f"{mine.text},A-1\n"])
    assert [one.parts for one in first.done.changed] == [("reference",)]
    assert list(stored(office, event)) == ["A-1"]
    second = office.import_tickets(event, ["code,external_ref\n", f"{mine.text},A-2\n"])
    assert ["reference A-1" in row.cause for row in second.done.refused] == [True]


def test_a_reference_keeps_its_ticket(office: Office, event: EventId) -> None:
    one, two = office.issue_tickets(event, STANDARD, 2)
    office.import_tickets(event, ["code,external_ref\n", f"{one.text},A-1\n"])
    report = office.import_tickets(event, ["code,external_ref\n", f"{two.text},A-1\n"])
    assert [row.cause for row in report.done.refused] == ["its reference belongs to another ticket"]


def test_another_class_is_another_edition_of_a_sealed_ticket(office: Office, event: EventId) -> None:
    office.import_tickets(event, ["class,external_ref\n", "Standard,A-1\n"])
    report = office.import_tickets(event, ["class,external_ref\n", "VIP,A-1\n"])
    assert ([one.parts for one in report.done.changed], len(report.issued)) == ([("class",)], 1)
    (row,) = stored(office, event).values()
    assert (row.cls, row.gen, row.denial) == (VIP, 1, "revoked")


def test_an_unreadable_file_is_refused_by_its_line(office: Office, event: EventId) -> None:
    report = office.import_tickets(event, ["class,external_ref\n", "Standard,A\n", 'Standard,"B\n'])
    assert [one.external_ref for one in report.issued] == ["A"]
    assert [row.line for row in report.done.refused] == [3]


# --- another shop's tickets ---------------------------------------------------------------------------------------

FIRST = ("SA0001,A-1,Standard,Ann,O-1,paid", "SB0002,A-2,VIP,Ben,O-2,paid", ",A-3,Standard,Cleo,O-3,paid")


def test_a_first_list_is_previewed_and_then_taken(office: Office, foreign: EventId) -> None:  # G26
    preview = office.preview_import(foreign, "shop", listed(*FIRST))
    assert (preview.new, preview.guests, preview.refused) == (3, 1, ())
    assert stored(office, foreign) == {}
    assert taken(office, foreign, *FIRST).done == preview
    assert stored(office, foreign) == {
        "A-1": Row(STANDARD, None, 1, "Ann", 0, 0),
        "A-2": Row(VIP, None, 1, "Ben", 0, 0),
        "A-3": Row(STANDARD, None, 0, "Cleo", 0, 0),
    }


def test_a_later_list_says_new_changed_canceled_and_unchanged(office: Office, foreign: EventId) -> None:  # G26
    taken(office, foreign, *FIRST)
    later = (
        "SA0001,A-1,Standard,Ann,O-1,paid",
        "SB0002,A-2,Standard,Ben,O-2,paid",
        "SC0003,A-3,Standard,Cleo,O-3,canceled",
        "SD0004,A-4,Standard,Dora,O-4,paid",
    )
    preview = office.preview_import(foreign, "shop", listed(*later))
    assert (preview.new, preview.unchanged) == (1, 1)
    assert [(one.external_ref, one.line, one.parts) for one in preview.changed] == [("A-2", 3, ("class",))]
    assert [one.external_ref for one in preview.canceled] == ["A-3"]
    assert taken(office, foreign, *later).done == preview
    assert stored(office, foreign)["A-2"].cls == STANDARD
    assert stored(office, foreign)["A-3"].denial == "canceled"


def test_canceling_wants_a_yes(office: Office, foreign: EventId) -> None:  # G26
    taken(office, foreign, *FIRST)
    off = FIRST[0].replace("paid", "refunded")
    unasked = taken(office, foreign, off, *FIRST[1:], cancel=False)
    assert ([one.external_ref for one in unasked.spared], unasked.done.canceled) == (["A-1"], ())
    assert stored(office, foreign)["A-1"].denial is None
    assert [one.external_ref for one in taken(office, foreign, off, *FIRST[1:]).done.canceled] == ["A-1"]
    back = taken(office, foreign, *FIRST)
    assert [one.external_ref for one in back.done.restored] == ["A-1"]
    assert stored(office, foreign)["A-1"].denial is None


def test_missing_rows_are_canceled_on_demand_only(office: Office, foreign: EventId) -> None:  # G26
    taken(office, foreign, *FIRST)
    assert taken(office, foreign, FIRST[0]).done.canceled == ()
    preview = office.preview_import(foreign, "shop", listed(FIRST[0]), cancel_missing=True)
    assert sorted(one.external_ref or "" for one in preview.canceled) == ["A-2", "A-3"]
    assert {one.line for one in preview.canceled} == {None}
    assert taken(office, foreign, FIRST[0], missing=True).done.canceled == preview.canceled
    assert {ref: row.denial for ref, row in stored(office, foreign).items()} == {
        "A-1": None,
        "A-2": "canceled",
        "A-3": "canceled",
    }


def test_another_shops_tickets_are_not_missing(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST)
    report = office.import_file(
        foreign, "box office", listed("SE0005,A-1,VIP,,,"), allow_cancel=True, cancel_missing=True
    )
    assert (report.done.new, report.done.canceled) == (1, ())


def test_nothing_is_missing_where_a_row_can_not_be_read(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST)
    report = taken(office, foreign, FIRST[0], '"SB0002,A-2', missing=True)
    assert report.done.canceled == ()
    assert any("mend them first" in note for note in report.done.notes)
    named = taken(office, foreign, FIRST[0], FIRST[1].replace("VIP", "Nothing"), missing=True)
    assert [one.external_ref for one in named.done.canceled] == ["A-3"], "a refused row is not a missing one"


def test_a_code_that_the_shop_replaced_opens_nothing(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST)
    report = taken(office, foreign, FIRST[0].replace("SA0001", "SZ0009"), FIRST[2].replace(",A-3", "SC0003,A-3", 1))
    assert [one.parts for one in report.done.changed] == [("code",), ("code",)]
    assert {ref: row.codes for ref, row in stored(office, foreign).items()} == {"A-1": 1, "A-2": 1, "A-3": 1}
    with office._database.reading() as connection:
        assert office.codes.listed(connection, foreign) == {"shop": 3}


def test_codes_that_swap_their_tickets_are_followed(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST[:2])
    tids = tid_of(office, foreign, "A-1"), tid_of(office, foreign, "A-2")
    swapped = (FIRST[0].replace("SA0001", "SB0002"), FIRST[1].replace("SB0002", "SA0001"))
    assert [one.parts for one in taken(office, foreign, *swapped).done.changed] == [("code",)] * 2
    with office._database.reading() as connection:
        mine = {row.tid: row.digest for row in connection.execute(select(codes).where(codes.c.event_id == foreign))}
    assert len(mine) == 2
    with office._database.reading() as connection:
        read = office.codes.reader(connection, foreign).read("SA0001")
    assert not isinstance(read, Unread)
    assert mine[tids[1]] == read.digest


def test_a_code_of_another_ticket_is_refused(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST)
    report = taken(office, foreign, "SA0001,B-1,Standard,,,")
    assert ["reference A-1 of shop" in row.cause for row in report.done.refused] == [True]
    twice = taken(office, foreign, "SX0001,X-1,Standard,,,", "SX0001,X-2,Standard,,,")
    assert [(row.line, row.cause) for row in twice.done.refused] == [(3, "its code is in line 2 already")]


def test_a_code_that_no_adapter_knows_is_refused_without_being_told(office: Office, foreign: EventId) -> None:
    report = taken(office, foreign, "hello,A-1,Standard,,,")
    assert [(row.line, row.cause) for row in report.done.refused] == [(2, "no adapter recognises its code (shop)")]
    assert "hello" not in repr(report)


def test_codes_without_a_reference_are_known_by_themselves(office: Office, foreign: EventId) -> None:
    assert taken(office, foreign, "SA0001,,Standard,,,").done.new == 1
    assert taken(office, foreign, "SA0001,,Standard,,,").done.unchanged == 1
    named = taken(office, foreign, "SA0001,A-1,Standard,,,")
    assert [one.parts for one in named.done.changed] == [("reference",)]
    assert list(stored(office, foreign)) == ["A-1"]


def test_a_canceled_sale_that_we_never_knew_is_kept_to_refuse_its_code(office: Office, foreign: EventId) -> None:
    report = taken(office, foreign, "SA0001,A-1,Standard,,,canceled", ",A-2,Standard,Ben,,canceled", cancel=False)
    assert (report.done.new, report.done.unchanged) == (1, 1)
    assert {ref: row.denial for ref, row in stored(office, foreign).items()} == {"A-1": "canceled"}


def test_a_blocked_ticket_stays_blocked_whatever_the_shop_says(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST)
    office.cancel_ticket(foreign, tid_of(office, foreign, "A-1"), DenialReason.BLOCKED)
    assert taken(office, foreign, *FIRST).done.unchanged == 3
    assert stored(office, foreign)["A-1"].denial == "blocked"


def test_a_used_ticket_stays_used(office: Office, foreign: EventId) -> None:  # G26
    taken(office, foreign, *FIRST)
    tid = tid_of(office, foreign, "A-1")
    assert use(office, foreign, tid) == "admitted"
    report = taken(office, foreign, FIRST[0].replace("Standard", "Tomorrow").replace("SA0001", "SN0001"))
    assert [(one.parts, one.is_used) for one in report.done.changed] == [(("class", "code"), True)]
    (row,) = (one for one in office.export_tickets(foreign) if one.external_ref == "A-1")
    assert (row.tid, row.entries, row.first_ms, row.class_name) == (tid.hex(), 1, NOW, "Tomorrow")
    assert use(office, foreign, tid, ClassId(4), number=9) != "admitted"


def test_a_used_ticket_that_is_called_off_stays_used(office: Office, foreign: EventId) -> None:
    taken(office, foreign, *FIRST)
    use(office, foreign, tid_of(office, foreign, "A-1"))
    report = taken(office, foreign, *FIRST[1:], missing=True)
    assert [(one.external_ref, one.is_used) for one in report.done.canceled] == [("A-1", True)]
    (row,) = (one for one in office.export_tickets(foreign) if one.external_ref == "A-1")
    assert (row.entries, row.status) == (1, "canceled")
    assert office.status_of(foreign).redemptions == 1


def test_in_a_migration_an_old_code_gets_a_t1_beside_it(office: Office) -> None:  # G16
    event = selling(office, "migrating")
    report = taken(office, event, *FIRST)
    assert [one.external_ref for one in report.issued] == ["A-3"], "the others have a code: theirs is made on request"
    rows = stored(office, event)
    assert {row.codes for row in rows.values()} == {0, 1}
    assert all(row.kid for row in rows.values())
    left = office.remaining_codes(event)
    assert (left.tickets, left.unused, left.used) == (2, 2, 0)


def test_a_shop_has_a_name(office: Office, foreign: EventId) -> None:
    with pytest.raises(SourceWrong):
        office.import_file(foreign, "", listed(*FIRST))


def test_lists_of_kiosks_are_stale_only_when_they_changed(office: Office, foreign: EventId) -> None:
    def stale() -> set[str]:
        with office._database.writing() as connection:
            rows = connection.execute(select(segments).where(segments.c.event_id == foreign)).all()
            connection.execute(segments.delete().where(segments.c.event_id == foreign))
            return {row.kind for row in rows if row.is_stale}

    stale()
    taken(office, foreign, *FIRST)
    assert stale() == {"legacy", "attendees"}
    taken(office, foreign, *FIRST)
    assert stale() == set()
    taken(office, foreign, FIRST[0].replace("Ann", "Anna"))
    assert stale() == {"attendees"}
    taken(office, foreign, FIRST[0].replace("paid", "canceled").replace("Ann", "Anna"))
    assert stale() >= {"deny"}


# --- one ticket at a time -----------------------------------------------------------------------------------------


def test_one_ticket_is_put_again_and_again(office: Office, foreign: EventId) -> None:  # G26
    row = ShopRow(0, "A-1", "SA0001", "Standard", "Ann", "O-1")
    told = [office.put_ticket(foreign, "shop", row) for _ in range(2)]
    assert [one.what for one in told if not isinstance(one, RefusedRow)] == [What.NEW, What.UNCHANGED]
    gone = office.put_ticket(foreign, "shop", ShopRow(0, "A-1", "SA0001", "Standard", "Ann", "O-1", is_canceled=True))
    back = office.put_ticket(foreign, "shop", row)
    assert [one.what for one in (gone, back) if not isinstance(one, RefusedRow)] == [What.CANCELED, What.RESTORED]


def test_a_put_ticket_of_ours_says_its_code_every_time(office: Office, event: EventId) -> None:
    row = ShopRow(0, "A-1", "", "Standard")
    told = [office.put_ticket(event, "shop", row) for _ in range(2)]
    texts = [one.text for one in told if not isinstance(one, RefusedRow)]
    assert texts[0] == texts[1]
    assert (texts[0] or "").startswith("T1:")


# --- one of your tickets ------------------------------------------------------------------------------------------


def test_a_scanned_ticket_finds_its_row(office: Office, foreign: EventId) -> None:  # G26
    file = listed(*FIRST)
    assert office.find_sample(foreign, "SB0002", file) == Sample(3, "A-2", VIP, is_canceled=False)
    missing, strange = office.find_sample(foreign, "SX9999", file), office.find_sample(foreign, "hello", file)
    assert isinstance(missing, Unread)
    assert "adapter shop" in missing.cause
    assert isinstance(strange, Unread)
    assert "no adapter" in strange.cause


def test_a_printed_link_finds_the_bare_code_of_an_export(office: Office, event: EventId) -> None:
    rules = CodesRow("foreign", adapters=[AdapterRow("link", "url", host="shop.example", field="code")])
    office.set_codes(event, rules, {})
    file = listed("ABC123,A-1,Standard,,,")
    assert office.find_sample(event, "https://shop.example/t?code=ABC123", file) == Sample(
        2, "A-1", STANDARD, is_canceled=False
    )
    assert office.import_file(event, "shop", file).done.new == 1


# --- many rows ----------------------------------------------------------------------------------------------------


def test_a_long_list_goes_in_pieces_and_says_how_far_it_is(office: Office, foreign: EventId) -> None:
    rows = [f"S{number:06},A-{number},Standard,Guest {number},," for number in range(5_000)]
    told: list[tuple[int, int]] = []
    report = office.import_file(foreign, "shop", listed(*rows), progress=lambda done, of: told.append((done, of)))
    assert (report.done.new, report.done.refused) == (5_000, ())
    assert told[0] == (FIRST_ROWS, 5_000)
    assert told[-1] == (5_000, 5_000)
    assert max(after - before for (before, _), (after, _) in pairwise(told)) <= 1_000
    assert taken(office, foreign, *rows).done.unchanged == 5_000


def test_an_import_that_was_cut_off_is_done_again(office: Office, foreign: EventId) -> None:
    rows = [f"S{number:06},A-{number},Standard,,," for number in range(FIRST_ROWS * 3)]

    def pull_the_plug(_: int, __: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.import_file(foreign, "shop", listed(*rows), progress=pull_the_plug)
    report = taken(office, foreign, *rows)
    assert (report.done.new, report.done.unchanged) == (2 * FIRST_ROWS, FIRST_ROWS)
    assert len(stored(office, foreign)) == len(rows)


def test_a_ticket_that_is_sold_while_its_first_list_is_taken_over_stays_one_ticket(
    office: Office, foreign: EventId
) -> None:
    """What is taken over as new goes by the tables' own keys; one that was faster is found, and compared."""
    rows = [f"S{number:06},A-{number},Standard,,," for number in range(FIRST_ROWS * 3)]
    sold: list[object] = []

    def sell_all(done: int, _: int) -> None:
        if not sold:
            sold.extend(
                office.put_ticket(foreign, "shop", ShopRow(0, f"A-{number}", f"S{number:06}", "VIP"))
                for number in range(0, FIRST_ROWS * 3, 5)
            )

    report = office.import_file(foreign, "shop", listed(*rows), progress=sell_all)
    assert len(sold) == FIRST_ROWS * 3 // 5
    assert len(stored(office, foreign)) == len(rows)
    assert {row.cls for row in stored(office, foreign).values()} <= {STANDARD, VIP}
    assert len(report.done.changed) > 0, "the negative control: somebody was faster"
    taken(office, foreign, *rows)  # those that were put after their own piece
    assert taken(office, foreign, *rows).done.unchanged == len(rows)


def test_the_order_of_handles_tells_nothing_of_the_order_of_sales(office: Office, foreign: EventId) -> None:
    rows = [f"S{number:06},A-{number:04},Standard,,," for number in range(400)]
    taken(office, foreign, *rows)
    by_tid = [ticket.external_ref or "" for ticket in office.export_tickets(foreign)]
    rising = sum(before < after for before, after in pairwise(by_tid))
    assert 120 < rising < 280, "as many neighbours rise as fall"


REFS = [f"A-{number}" for number in range(6)]
LISTS = st.lists(
    st.dictionaries(
        st.sampled_from(REFS),
        st.tuples(st.sampled_from("STU"), st.sampled_from(["Standard", "VIP"]), st.booleans()),
        max_size=len(REFS),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["foreign", "migrating"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=LISTS, used=st.sets(st.sampled_from(REFS)), data=st.data())
def test_the_last_list_says_what_holds_and_used_tickets_stay_used(
    office: Office, mode: str, lists: Sequence[Mapping[str, tuple[str, str, bool]]], used: set[str], data: st.DataObject
) -> None:
    """Any sequence of lists, each in any order: what the last one says of its tickets holds; entries are never lost."""
    event = EventId(UUID(office.create_event(policy()).event))
    office.set_codes(event, CodesRow(mode, adapters=SHOP), {})
    entered: dict[str, int] = {}
    for number, one in enumerate(lists):
        rows = data.draw(st.permutations([_row(ref, *said) for ref, said in one.items()]))
        report = taken(office, event, *rows)
        assert report.done.refused == ()
        assert taken(office, event, *rows).done.unchanged == len(rows), "the same list again changes nothing"
        for ref in sorted(used & one.keys() - entered.keys()):
            row = stored(office, event).get(ref)
            if row is not None and row.denial != "canceled" and row.cls == STANDARD:
                fact = number * 100 + REFS.index(ref) + 1
                entered[ref] = use(office, event, tid_of(office, event, ref), number=fact).endswith("admitted")
    holds = stored(office, event)
    for ref, (_, cls, is_canceled) in lists[-1].items():
        assert (holds[ref].denial == "canceled") == is_canceled
        assert holds[ref].codes == 1
        if not is_canceled:
            assert holds[ref].cls == (STANDARD if cls == "Standard" else VIP)
    entries = {one.external_ref: one.entries for one in office.export_tickets(event)}
    assert {ref: entries[ref] for ref in entered} == entered


def _row(ref: str, letter: str, cls: str, is_canceled: bool) -> str:
    code = f"S{letter}{ref[2:]:0>4}"
    return f"{code},{ref},{cls},,,{'canceled' if is_canceled else 'paid'}"
