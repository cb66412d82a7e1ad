"""Scans that name a digest alone, on SQLite and PostgreSQL: found, waiting for an import, or nobody's."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from app.ledger.import_tally import ImportReport
from app.ledger.schema import codes, facts, redemptions
from app.ledger.shop_files import ShopFile, ShopRow, read_lines
from core.journal.scan import Scan, Shown
from core.journal.state import Arrival
from core.model.codes import BY_NUMBER_FORM, T1_FORM
from core.model.event import Direction
from core.model.ids import CodeDigest, TicketHandle, digest_of_number
from core.model.outcomes import Outcome
from core.sync.messages import AdapterRow, CodesRow, FactResult
from core.sync.shop_columns import Columns
from core.ticket.legacy import Recognised, digest_of
from core.ticket.lists import DenialReason
from core.ticket.proof import digits_at, secret_of
from core.ticket.wire import Code, Proof, parse
from tests.contract.ledger_rig import NOW, SOUTH, STANDARD, VIP, House

SHOP = AdapterRow("shop", "opaque", prefix="S")


def sells(house: House, mode: str = "foreign", *, is_final: bool = False) -> None:
    """The event sells the shop's codes."""
    house.office.set_codes(house.event, CodesRow(mode, is_final, adapters=[SHOP]), {})


def imported(house: House, *rows: str) -> ImportReport:
    """Takes a list of `code,external_ref,class,status` over."""
    file = read_lines(["code,external_ref,class,status\n", *(f"{row}\n" for row in rows)], Columns())
    assert isinstance(file, ShopFile)
    return house.office.import_file(house.event, "shop", file, allow_cancel=True)


def tid_of(house: House, ref: str = "A-1") -> TicketHandle:
    return next(
        TicketHandle(bytes.fromhex(row.tid))
        for row in house.office.export_tickets(house.event)
        if row.external_ref == ref
    )


def listed_digest(house: House, code: str) -> CodeDigest:
    """What the code goes by on lists, computed as a kiosk does."""
    return digest_of(house.office.events.keys.legacy_key(house.event), Recognised("shop", code))


def scan_of(house: House, digest: CodeDigest, kiosk: int = 0, *, form: str | None = "shop", after_ms: int = 0) -> Scan:
    """A presentation of a code that the kiosk's list did not have."""
    return replace(house.scan(None, kiosk, after_ms=after_ms), digest=digest, form=form)


def by_list(house: House, tid: TicketHandle, kiosk: int = 0, *, after_ms: int = 0) -> Scan:
    """A presentation of an old code that the kiosk's list had."""
    return replace(house.scan(tid, kiosk, after_ms=after_ms), form="shop")


def outcome(result: FactResult) -> Outcome | None:
    return result.answer.outcome if result.answer else None


def column(house: House, name: str) -> Sequence[object]:
    with house.office._database.reading() as connection:
        mine = facts.c.event_id == house.event
        return list(connection.execute(select(facts.c[name]).where(mine).order_by(facts.c.seq)).scalars())


# --- known to the server ------------------------------------------------------------------------------------------


def test_a_ticket_sold_after_the_last_sync_is_admitted_online(house: House) -> None:  # G25
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    scan = scan_of(house, listed_digest(house, "SA0001"))
    first, again = house.ask(scan), house.ask(scan)
    assert (first.arrival, outcome(first)) == (Arrival.APPLIED, Outcome.ADMITTED)
    assert (again.arrival, again.answer) == (Arrival.REPLAYED, first.answer)
    assert house.entries() == {(tid_of(house), 1): scan.stamp.id}
    assert (column(house, "tid"), column(house, "digest")) == ([tid_of(house)], [scan.digest])


def test_a_promise_to_a_digest_is_kept(house: House) -> None:
    """The waiting door was told yes; nothing that it shows has come yet."""
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    house.ask(scan_of(house, listed_digest(house, "SA0001")))
    assert column(house, "is_promise") == [True]
    second = house.ask(scan_of(house, listed_digest(house, "SA0001"), 1, after_ms=-60_000))
    assert outcome(second) is Outcome.ALREADY_USED


def test_a_digest_and_what_was_shown_after_it_are_one_admission(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    scan = scan_of(house, listed_digest(house, "SA0001"))
    results = house.upload(scan, house.shown(scan, Outcome.ADMITTED_OFFLINE))
    assert {result.arrival for result in results} == {Arrival.APPLIED}
    assert house.entries() == {(tid_of(house), 1): scan.stamp.id}
    assert house.inside() == [tid_of(house)]
    assert column(house, "tid") == [tid_of(house)] * 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_shown_finds_its_scan_in_either_order(house: House, order: tuple[int, ...]) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    scan = scan_of(house, listed_digest(house, "SA0001"))
    both: list[Scan | Shown] = [scan, house.shown(scan, Outcome.ALREADY_USED)]
    for place in order:
        house.upload(both[place])
    assert house.entries() == {}, "the door says that nobody went in"
    assert column(house, "tid") == [tid_of(house)] * 2


def test_a_t1_of_a_kiosk_without_its_key_is_found_by_its_digest(house: House) -> None:
    sold = house.office.issue_tickets(house.event, STANDARD, 1)[0]
    code = parse(sold.text)
    assert isinstance(code, Code)
    result = house.ask(scan_of(house, code.digest, form=T1_FORM))
    assert outcome(result) is Outcome.ADMITTED
    assert house.entries().keys() == {(bytes.fromhex(sold.tid), 1)}


def test_a_t1_whose_edition_is_over_is_revoked_by_its_digest(house: House) -> None:
    sold = house.office.issue_tickets(house.event, STANDARD, 1)[0]
    code = parse(sold.text)
    assert isinstance(code, Code)
    fresh = parse(house.office.reissue_ticket(house.event, TicketHandle(bytes.fromhex(sold.tid))).text)
    assert isinstance(fresh, Code)
    assert fresh.claims.gen == 1
    assert outcome(house.ask(scan_of(house, code.digest, form=T1_FORM))) is Outcome.REVOKED
    assert outcome(house.ask(scan_of(house, fresh.digest, form=T1_FORM))) is Outcome.ADMITTED


def test_a_digest_of_one_form_is_none_of_another(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    result = house.ask(scan_of(house, listed_digest(house, "SA0001"), form="other"))
    assert result.reason == "unknown_ticket"


def test_facts_of_a_digest_are_counted_after_its_code_was_dropped(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    scan = scan_of(house, listed_digest(house, "SA0001"))
    house.upload(scan, house.shown(scan))
    imported(house, "SB0002,A-1,Standard,")
    with house.office._database.writing() as connection:
        connection.execute(delete(codes).where(codes.c.event_id == house.event))
    late = house.scan(tid_of(house), 1, after_ms=60_000)
    assert outcome(house.ask(replace(late, form="shop"))) is Outcome.ALREADY_USED
    assert house.entries() == {(tid_of(house), 1): scan.stamp.id}


# --- one ticket, two codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
@pytest.mark.parametrize("by_digest", [False, True])
def test_the_old_code_and_the_t1_share_one_redemption(house: House, order, by_digest: bool) -> None:  # G16
    sells(house, "migrating")
    imported(house, "SA0001,A-1,Standard,")
    tid = tid_of(house)
    old = scan_of(house, listed_digest(house, "SA0001"), 0) if by_digest else by_list(house, tid, 0)
    scans = [old, house.scan(tid, 1, after_ms=5_000)]
    told = [outcome(house.ask(scans[place])) for place in order]
    assert told[0] is (Outcome.LEGACY_ADMITTED if order[0] == 0 else Outcome.ADMITTED)
    assert told[1] is Outcome.ALREADY_USED
    assert house.entries() == {(tid, 1): scans[order[0]].stamp.id}


def test_the_old_code_and_the_t1_offline_are_one_redemption_and_one_incident(house: House) -> None:  # G16, G1
    sells(house, "migrating")
    imported(house, "SA0001,A-1,Standard,")
    tid = tid_of(house)
    old, new = by_list(house, tid, 0), house.scan(tid, 1, after_ms=60_000)
    house.upload(new, house.shown(new))
    house.upload(old, house.shown(old))
    assert house.entries() == {(tid, 1): old.stamp.id}
    assert house.open_incidents() == {("double_admission", new.stamp.id)}


def test_a_reissued_ticket_ends_its_old_code(house: House) -> None:
    sells(house, "migrating")
    imported(house, "SA0001,A-1,Standard,")
    tid = tid_of(house)
    house.office.reissue_ticket(house.event, tid)
    assert outcome(house.ask(scan_of(house, listed_digest(house, "SA0001")))) is Outcome.REVOKED
    assert outcome(house.ask(by_list(house, tid))) is Outcome.REVOKED
    assert outcome(house.ask(house.scan(tid, gen=1))) is Outcome.ADMITTED
    left = house.office.remaining_codes(house.event)
    assert (left.tickets, left.unused, left.used) == (1, 0, 1)


def test_a_canceled_tickets_old_code_is_refused(house: House) -> None:  # G17
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    imported(house, "SA0001,A-1,Standard,canceled")
    assert outcome(house.ask(scan_of(house, listed_digest(house, "SA0001")))) is Outcome.CANCELED
    assert house.entries() == {}


def test_a_refused_digest_stays_refused_when_its_edition_changes(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    house.office.cancel_ticket(house.event, tid_of(house), DenialReason.BLOCKED)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    assert [outcome(house.upload(scan)[0]), outcome(house.ask(scan))] == [Outcome.BLOCKED] * 2


# --- not known yet ------------------------------------------------------------------------------------------------


def test_an_unlisted_code_waits_for_its_import(house: House) -> None:  # G25
    sells(house)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    results = house.upload(scan, house.shown(scan, Outcome.UNLISTED))
    assert [(one.arrival, one.reason, one.answer) for one in results] == [
        (Arrival.QUARANTINED, "unknown_ticket", None),
        (Arrival.APPLIED, None, None),
    ]
    assert (column(house, "digest")[0], column(house, "tid")) == (scan.digest, [None, None])


def test_a_guest_whom_a_supervisor_admitted_is_redeemed_by_the_import(house: House) -> None:  # G25
    """The door said green by a supervisor's word; nobody knew the ticket."""
    sells(house)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    house.upload(scan, house.shown(scan, Outcome.ADMITTED_OFFLINE))
    report = imported(house, "SA0001,A-1,Standard,", "SB0002,A-2,Standard,")
    assert (report.done.new, report.adopted) == (2, 1)
    assert house.entries() == {(tid_of(house), 1): scan.stamp.id}
    assert house.inside() == [tid_of(house)]
    assert house.stored()[scan.stamp.id] == ("applied", None)
    assert outcome(house.ask(by_list(house, tid_of(house), 1, after_ms=1_000))) is Outcome.ALREADY_USED
    assert house.upload(scan)[0].arrival is Arrival.REPLAYED


def test_a_refused_guest_is_not_redeemed_by_the_import(house: House) -> None:  # G25
    sells(house)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    house.upload(scan)
    house.upload(house.shown(scan, Outcome.UNLISTED))
    assert imported(house, "SA0001,A-1,Standard,").adopted == 1
    assert house.entries() == {}


def test_a_waiting_door_gets_no_answer_about_an_unlisted_code(house: House) -> None:  # G25
    """So the kiosk decides here: `unlisted`."""
    sells(house)
    result = house.ask(scan_of(house, listed_digest(house, "SA0001")))
    assert (result.arrival, result.reason, result.answer) == (Arrival.QUARANTINED, "unknown_ticket", None)


def test_one_put_ticket_takes_its_scans_out_of_quarantine(house: House) -> None:
    sells(house)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    house.upload(scan, house.shown(scan))
    house.office.put_ticket(house.event, "shop", ShopRow(0, "A-1", "SA0001", "Standard"))
    assert house.entries() == {(tid_of(house), 1): scan.stamp.id}


def test_an_import_that_died_before_its_scans_were_found_leaves_them_to_the_next(house: House) -> None:
    sells(house)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    house.upload(scan, house.shown(scan))
    kept = house.office.imports._ledger.adopt_waiting
    house.office.imports._ledger.adopt_waiting = lambda *_: 0  # type: ignore[method-assign]
    imported(house, "SA0001,A-1,Standard,")
    house.office.imports._ledger.adopt_waiting = kept  # type: ignore[method-assign]
    assert house.entries() == {}
    assert imported(house, "SB0002,A-2,Standard,").adopted == 1
    assert house.entries() == {(tid_of(house), 1): scan.stamp.id}


def test_a_code_missing_from_a_final_list_is_nobodys(house: House) -> None:  # A2
    sells(house, is_final=True)
    scan = scan_of(house, listed_digest(house, "SA0001"))
    first, again = house.ask(scan), house.ask(scan)
    assert (first.arrival, outcome(first)) == (Arrival.APPLIED, Outcome.UNKNOWN_CODE)
    assert (again.arrival, outcome(again)) == (Arrival.REPLAYED, Outcome.UNKNOWN_CODE)
    assert house.entries() == {}


def test_a_strangers_code_is_nobodys_whatever_its_digest_is(house: House) -> None:  # A2
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    result = house.ask(scan_of(house, listed_digest(house, "SA0001"), form=None))
    assert (result.arrival, outcome(result)) == (Arrival.APPLIED, Outcome.UNKNOWN_CODE)
    assert house.entries() == {}
    assert column(house, "digest") == [None]


# --- others -------------------------------------------------------------------------------------------------------


def test_a_group_with_digests_and_tickets_is_answered_in_its_order(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,", "SB0002,A-2,VIP,")
    ticket = house.tickets()[0]
    scans = [
        house.scan(ticket),
        scan_of(house, listed_digest(house, "SB0002")),
        scan_of(house, listed_digest(house, "SX0009")),
        scan_of(house, listed_digest(house, "SA0001"), form=None),
        scan_of(house, listed_digest(house, "SA0001")),
    ]
    told = [(one.arrival, outcome(one)) for one in house.upload(*scans)]
    assert told == [
        (Arrival.APPLIED, Outcome.ADMITTED),
        (Arrival.APPLIED, Outcome.WRONG_GATE),
        (Arrival.QUARANTINED, None),
        (Arrival.APPLIED, Outcome.UNKNOWN_CODE),
        (Arrival.APPLIED, Outcome.ADMITTED),
    ]


def test_an_exit_by_a_digest_is_recorded(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    digest = listed_digest(house, "SA0001")
    house.ask(scan_of(house, digest))
    leaving = replace(scan_of(house, digest, after_ms=1_000), direction=Direction.EXIT)
    assert outcome(house.ask(leaving)) is Outcome.EXIT_RECORDED
    assert house.inside() == []


def test_a_class_that_changed_counts_at_the_doors_of_the_new_one(house: House) -> None:
    sells(house)
    imported(house, "SA0001,A-1,Standard,")
    imported(house, "SA0001,A-1,VIP,")
    scan = replace(scan_of(house, listed_digest(house, "SA0001")), gate=SOUTH)
    assert outcome(house.ask(scan)) is Outcome.ADMITTED
    with house.office._database.reading() as connection:
        mine = redemptions.c.event_id == house.event
        assert connection.execute(select(redemptions.c.cls).where(mine)).scalar_one() == VIP


# --- rotating codes -----------------------------------------------------------------------------------------------


def rotating(house: House) -> tuple[Code, bytes]:
    """A rotating ticket of two entries, and its secret."""
    (sold,) = house.office.issue_tickets(house.event, VIP, 1, rotating=True)
    code = parse(sold.text)
    assert isinstance(code, Code)
    with house.office._database.reading() as connection:
        (key,) = house.office.events.keys_of(connection, house.event)
    assert key.rotating is not None
    return code, secret_of(key.rotating, code.claims)


@pytest.mark.parametrize("by_digest", [False, True])
def test_the_server_checks_a_proof_that_the_kiosk_could_not(house: House, by_digest: bool) -> None:  # G20
    code, secret = rotating(house)
    tid, now_s = TicketHandle(code.claims.tid), NOW // 1000

    def shown(proof: Proof | None, after_ms: int = 0) -> Outcome | None:
        if by_digest:
            scan = scan_of(house, code.digest, form=T1_FORM, after_ms=after_ms)
        else:
            scan = house.scan(tid, cls=VIP, after_ms=after_ms)
        return outcome(house.ask(replace(scan, gate=SOUTH, proof=proof)))

    right = Proof(now_s, digits_at(secret, now_s))
    assert shown(None) is Outcome.PROOF_MISSING
    assert shown(Proof(now_s, "00000000")) is Outcome.BAD_PROOF
    assert shown(right) is Outcome.ADMITTED
    assert shown(right, 1_000) is Outcome.REPLAYED_CODE
    later = Proof(now_s + 60, digits_at(secret, now_s + 60))
    assert shown(later, 60_000) is Outcome.ADMITTED


def test_the_edition_that_a_list_gave_is_kept_beside_the_record(house: House) -> None:
    """Folded again later, the scan is still one of edition 1: it broke a rule, it was not revoked."""
    sells(house, "migrating")
    imported(house, "SA0001,A-1,VIP,")
    house.office.reissue_ticket(house.event, tid_of(house))
    imported(house, "SN0009,A-1,VIP,")
    scan = scan_of(house, listed_digest(house, "SN0009"))
    house.upload(scan, house.shown(scan))
    assert house.open_incidents() == {("against_rules", scan.stamp.id)}, "the north gate is not theirs"
    imported(house, "SZ0010,A-1,VIP,")
    house.ask(house.scan(tid_of(house), 1, gate=SOUTH, cls=VIP, gen=1, after_ms=60_000))
    assert house.open_incidents() == {("against_rules", scan.stamp.id)}


# --- by its number ------------------------------------------------------------------------------------------------


def test_a_ticket_is_known_by_the_number_that_is_printed_on_it(house: House) -> None:
    """Its code could not be read, and the kiosk's list does not have it."""
    (sold,) = house.office.issue_tickets(house.event, STANDARD, 1)
    known = TicketHandle(bytes.fromhex(sold.tid))
    scan = scan_of(house, digest_of_number(known), form=BY_NUMBER_FORM)
    assert outcome(house.ask(scan)) is Outcome.ADMITTED
    assert house.entries() == {(known, 1): scan.stamp.id}
    second = scan_of(house, digest_of_number(known), 1, form=BY_NUMBER_FORM, after_ms=60_000)
    assert outcome(house.ask(second)) is Outcome.ALREADY_USED
    nobody = scan_of(house, digest_of_number(TicketHandle(b"\xee" * 8)), form=BY_NUMBER_FORM, after_ms=90_000)
    assert house.ask(nobody).arrival is Arrival.QUARANTINED
