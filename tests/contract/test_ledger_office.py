"""What an organizer changes in mid-event: rules, orders, single tickets; and how a ticket is found."""

from dataclasses import asdict, replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, event
from sqlalchemy import text as sql

from app.ledger.engine import SQLITE
from app.ledger.event_book import EventChanged, EventWrong
from app.ledger.orders import OrderUnknown
from app.ledger.redemptions import EventUnknown
from app.ledger.shop_files import ShopRow
from app.ledger.ticket_book import TicketUnknown
from core.journal.scan import Override
from core.model.event import Direction
from core.model.ids import EventId, TicketHandle
from core.model.outcomes import Outcome
from core.sync.messages import AdapterRow, CodesRow, FactResult
from core.sync.ticket_messages import Matches, Why
from core.ticket.lists import DenialReason
from tests.contract.ledger_rig import NORTH, NOW, SOUTH, STANDARD, House, policy

DAY_MS = 86_400_000


def outcome(result: FactResult) -> Outcome:
    assert result.answer is not None
    return result.answer.outcome


def sold(
    house: House, ref: str, name: str = "", order: str = "", cls: str = "Standard", shop: str = "shop"
) -> TicketHandle:
    done = house.office.put_ticket(house.event, shop, ShopRow(0, ref, cls=cls, name=name, order=order))
    assert done.tid is not None  # type: ignore[union-attr]
    return TicketHandle(done.tid)  # type: ignore[union-attr]


# --- the event's rules --------------------------------------------------------------------------------------------


def test_a_change_is_in_the_next_manifest(house: House) -> None:
    before = house.office.manifest_of(house.event)
    changed = house.office.edits.update(house.event, {"name": "Autumn Night", "online_budget_ms": 250})
    after = house.office.manifest_of(house.event)
    assert after.version > before.version
    assert (after.policy.name, after.policy.online_budget_ms) == ("Autumn Night", 250) == (changed.name, 250)
    assert after.policy.classes == before.policy.classes


def test_another_number_of_entries_judges_again_what_was_scanned(house: House) -> None:  # A6
    tid = house.tickets()[0]
    house.upload(*house.admit_offline(tid, 0))
    house.upload(*house.admit_offline(tid, 1, after_ms=5_000))
    assert (len(house.entries()), {kind for kind, _ in house.open_incidents()}) == (1, {"double_admission"})
    rows = [replace(each, entries=2) if each.id == STANDARD else each for each in policy().classes]
    house.office.edits.update(house.event, {"classes": [asdict(row) for row in rows]})
    assert (len(house.entries()), house.open_incidents()) == (2, set())
    assert outcome(house.ask(house.scan(tid, 2, after_ms=9_000))) is Outcome.LIMIT_REACHED


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"ends_ms": 0}, "ends before"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "no field 'colour'"),
        ({"event": "ab"}, "no field 'event'"),
        ({"codes": {}}, "no field 'codes'"),
        ({"copied_from": "ab"}, "no field 'copied_from'"),
        ({"capacity": 0}, "capacity"),
        ({"classes": [{"id": 2, "name": "VIP"}]}, "class 1 (Standard) has tickets"),
        ({"gates": [{"id": "south", "name": "South"}]}, "gate"),
        ({"time_zone": "Mars/Base"}, "time zone"),
        ({"classes": "all"}, "classes"),
    ],
)
def test_what_nobody_could_run_is_refused_and_changes_nothing(
    house: House, changes: dict[str, object], cause: str
) -> None:
    house.tickets()
    before = house.office.show_event(house.event)
    with pytest.raises(EventWrong, match="event_wrong") as refused:
        house.office.edits.update(house.event, changes)
    assert cause in str(refused.value)
    assert house.office.show_event(house.event) == before


def test_a_capacity_judges_no_ticket_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[object] = []
    monkeypatch.setattr(house.office.edits, "settle", lambda event, classes=None: judged.append(event))
    assert house.office.show_event(house.event).policy.capacity is None
    assert house.office.edits.update(house.event, {"capacity": 5_000}).capacity == 5_000
    assert house.office.edits.update(house.event, {"capacity": None}).capacity is None
    assert judged == []
    house.office.edits.update(house.event, {"offline_reentry": "trust"})
    assert judged == [house.event], "what can change a verdict does"


def test_the_later_of_two_windows_is_told(house: House) -> None:  # D6
    edits, before = house.office.edits, house.office.show_event(house.event)
    seen = {"name": before.policy.name, "classes": [{"id": each.id, "name": each.name} for each in policy().classes]}
    edits.update(house.event, {"ends_ms": before.policy.ends_ms + 1_000}, {"ends_ms": before.policy.ends_ms})
    house.tickets()  # what is sold meanwhile is no change of the event
    with pytest.raises(EventChanged, match="ends_ms"):
        edits.update(house.event, {"ends_ms": 9 * NOW, "name": "Other"}, {"ends_ms": before.policy.ends_ms})
    with pytest.raises(EventChanged, match="classes"):
        edits.update(house.event, {"name": "Other"}, seen)
    assert house.office.show_event(house.event).policy == replace(before.policy, ends_ms=before.policy.ends_ms + 1_000)
    with pytest.raises(EventWrong, match="no field"):
        edits.update(house.event, {"name": "Other"}, {"colour": "red"})
    gates = [{"id": each.id, "name": each.name} for each in before.policy.gates]
    assert edits.update(house.event, {"name": "Other"}, {"gates": gates}).name == "Other", "another field is another's"


def test_a_gate_with_a_kiosk_stays(house: House) -> None:
    classes = [asdict(replace(each, gates=None)) for each in policy().classes]
    with pytest.raises(EventWrong, match="kiosk 0"):
        house.office.edits.update(house.event, {"gates": [{"id": SOUTH, "name": "South"}], "classes": classes})
    house.office.edits.update(house.event, {"gates": [{"id": NORTH, "name": "North"}], "classes": classes})


def test_a_change_of_an_unknown_event_is_refused(house: House) -> None:
    with pytest.raises(EventUnknown):
        house.office.edits.update(EventId(UUID(int=9)), {"name": "x"})


def test_a_copy_is_an_event_of_its_own(house: House) -> None:
    house.office.set_codes(
        house.event,
        CodesRow("migrating", legacy_until_ms=NOW, adapters=[AdapterRow("own", "hmac")]),
        {"own": b"s" * 32},
    )
    tid = house.tickets()[0]
    before, made = house.office.edits.copy(house.event, policy().starts_ms + 7 * DAY_MS, "Next Night")
    assert (before.event, made.name, made.copied_from) == (house.event.hex, "Next Night", house.event.hex)
    other = EventId(UUID(made.event))
    assert made.codes.legacy_until_ms == NOW + 7 * DAY_MS
    assert [each.dates for each in made.classes][3] == ["2026-12-07"]
    assert house.office.show_event(other).tickets == 0
    assert {key.kid for key in house.office.list_keys(other)}.isdisjoint(
        key.kid for key in house.office.list_keys(house.event)
    )
    with house.office._database.reading() as connection:
        assert house.office.events.keys.adapter_keys_of(connection, other) == {"own": b"s" * 32}
    with pytest.raises(TicketUnknown):
        house.office.cancel_ticket(other, tid)


# --- orders and single tickets ------------------------------------------------------------------------------------


def test_an_order_is_canceled_as_a_whole(house: House) -> None:  # A8
    mine = [sold(house, f"A-{number}", order="O-1") for number in range(3)]
    other = sold(house, "B-1", order="O-2")
    house.ask(house.scan(mine[0]))
    version = house.office.show_event(house.event).manifest_version
    done = house.office.orders.cancel_order(house.event, "O-1")
    assert done.changed == tuple(sorted(mine))
    assert done.manifest_version == version + 1, "one version tells of the whole order"
    for tid in mine:
        assert outcome(house.ask(house.scan(tid, 1, after_ms=60_000))) is Outcome.CANCELED
    assert outcome(house.ask(house.scan(other))) is Outcome.ADMITTED
    assert house.office.orders.cancel_order(house.event, "O-1").changed == ()
    with pytest.raises(OrderUnknown):
        house.office.orders.cancel_order(house.event, "O-9")


def test_one_ticket_of_a_paid_order_is_canceled_and_comes_back(house: House) -> None:  # A8
    one, two = (sold(house, f"A-{number}", order="O-1") for number in range(2))
    house.office.orders.deny(house.event, one, DenialReason.CANCELED)
    assert outcome(house.ask(house.scan(one))) is Outcome.CANCELED
    assert outcome(house.ask(house.scan(two))) is Outcome.ADMITTED
    assert house.office.orders.lift(house.event, one, DenialReason.BLOCKED).changed == (), "it is not blocked"
    assert house.office.orders.lift(house.event, one, DenialReason.CANCELED).changed == (one,)
    assert outcome(house.ask(house.scan(one, 1, after_ms=60_000))) is Outcome.ADMITTED


def test_a_blocked_ticket_is_refused_both_ways_until_it_is_unblocked(house: House) -> None:  # A10
    tid = house.tickets()[0]
    house.ask(house.scan(tid))
    house.office.orders.deny(house.event, tid, DenialReason.BLOCKED)
    leaving = house.ask(house.scan(tid, after_ms=1_000, direction=Direction.EXIT))
    assert outcome(leaving) is Outcome.BLOCKED
    assert outcome(house.ask(house.scan(tid, 1, after_ms=2_000))) is Outcome.BLOCKED
    house.office.orders.lift(house.event, tid, DenialReason.BLOCKED)
    assert outcome(house.ask(house.scan(tid, after_ms=3_000, direction=Direction.EXIT))) is not Outcome.BLOCKED


def test_two_shops_may_have_one_order_number(house: House) -> None:
    ours, theirs = sold(house, "A-1", order="7"), sold(house, "A-1", order="7", shop="other")
    assert house.office.orders.tickets_of(house.event, "7") == sorted([ours, theirs])
    assert house.office.orders.cancel_order(house.event, "7", "other").changed == (theirs,)


# --- finding ------------------------------------------------------------------------------------------------------


def found(house: House, text: str) -> dict[str, str]:
    """The references that a text finds, and by what."""
    return {
        each.ticket.external_ref or each.ticket.tid: each.by
        for each in house.office.search.find(house.event, text).matches
    }


def test_a_ticket_is_found_by_whatever_a_person_has_of_it(house: House) -> None:  # A18
    tid = sold(house, "A-1", name="Jörg Müller", order="O-77")
    sold(house, "A-12", name="Änne Groß", order="O-770")
    text = house.office.put_ticket(house.event, "shop", ShopRow(0, "A-1", cls="Standard")).text  # type: ignore[union-attr]
    assert text is not None
    assert found(house, text) == {"A-1": "code"}
    assert found(house, tid.hex()) == {"A-1": "number"}
    assert found(house, tid.hex()[:6].upper()) == {"A-1": "number"}
    assert found(house, "O-77") == {"A-1": "order", "A-12": "order"}
    assert found(house, "A-1") == {"A-1": "reference", "A-12": "reference"}
    for name in ("müller", "MULLER", "jorg m", "Mueller"[:2] + "ller"):
        assert found(house, name) == {"A-1": "name"}, name
    for name in ("anne", "gross", "GROß"):
        assert found(house, name) == {"A-12": "name"}, name
    for nobody in ("mu", "xyz", "", "%%%", "___", "O-9", "T1:AAAA"):
        assert found(house, nobody) == {}, nobody


def test_names_are_looked_through_for_what_nothing_else_is_called(house: House) -> None:
    tid = sold(house, "A-1", name="Jörg Müller", order="O-77")
    sold(house, "A-2", name="O-77 Fanclub of A-1", order="O-8")
    for whole in (tid.hex(), "O-77", "A-1"):
        assert (set(found(house, whole)), looked_through_names(house, whole)) == ({"A-1"}, False), whole
    for part in ("fanclub", "O-7", tid.hex()[:6]):
        assert looked_through_names(house, part), part


def looked_through_names(house: House, text: str) -> bool:
    """Whether a search asked the database to compare names."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        house.office.search.find(house.event, text)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return any("LIKE" in statement.upper() for statement in asked)


def test_another_events_tickets_are_never_found(house: House) -> None:  # A24
    other = EventId(UUID(house.office.create_event(policy("Other")).event))
    house.office.put_ticket(other, "shop", ShopRow(0, "Z-1", cls="Standard", name="Zoe Other", order="Z"))
    for text in ("Z-1", "zoe", "Z"):
        assert found(house, text) == {}


def test_a_search_says_that_there_is_more(house: House) -> None:
    for number in range(4):
        sold(house, f"A-{number}", name=f"Guest {number}", order="O-1")
    result: Matches = house.office.search.find(house.event, "guest", 3)
    assert (len(result.matches), result.is_cut) == (3, True)
    assert house.office.search.find(house.event, "guest", 4).is_cut is False


def test_a_tickets_history_has_all_that_happened_to_it(house: House) -> None:
    tid = sold(house, "A-1", name="Ann", order="O-1")
    first = house.ask(house.scan(tid))
    house.upload(*house.admit_offline(tid, 1, after_ms=5_000))
    house.office.orders.deny(house.event, tid, DenialReason.BLOCKED)
    told = house.office.search.history(house.event, tid)
    assert (told.name, told.ticket.order, told.is_cut) == ("Ann", "O-1", False)
    assert [(each.kind, each.outcome, each.device_name) for each in told.facts] == [
        ("scan", "admitted", "kiosk 0"),
        ("scan", "already_used", "kiosk 1"),
        ("shown", "admitted_offline", "kiosk 1"),
    ]
    assert [(each.entry_number, each.scan, each.device_name) for each in told.entries] == [(1, first.id, "kiosk 0")]
    assert [(each.kind, each.state) for each in told.incidents] == [("double_admission", "open")]
    assert [each.deed for each in told.deeds] == ["ticket.put", "ticket.canceled"]
    assert told.deeds[-1].details["reason"] == "blocked"
    assert [(each.gate, each.direction, each.source) for each in told.facts] == [
        ("north", "entry", None),
        ("north", "entry", None),
        (None, None, "offline"),
    ]
    terms = told.terms
    assert terms is not None
    assert (terms.entries_allowed, terms.has_t1, terms.old_codes, terms.is_inside) == (1, True, 0, True)
    short = house.office.search.history(house.event, tid, most=2)
    assert ([each.kind for each in short.facts], short.is_cut) == (["scan", "shown"], True)
    with pytest.raises(TicketUnknown):
        house.office.search.history(house.event, TicketHandle(bytes(8)))


def test_a_history_names_who_let_whom_in_and_why(house: House) -> None:
    tid = sold(house, "A-2")
    house.ask(house.scan(tid))
    refused = house.scan(tid, after_ms=60_000)
    override = Override(house.about(refused, None, 1_000), refused.stamp.id, "Sam", "spoke to the box office")
    house.upload(refused, house.shown(refused, Outcome.ALREADY_USED), override)
    house.office.orders.deny(house.event, tid, DenialReason.CANCELED, Why.REFUND)
    house.office.tickets.reissue(house.event, sold(house, "A-3"), Why.LOST)
    told = house.office.search.history(house.event, tid)
    assert [(each.kind, each.operator, each.said) for each in told.facts][-1] == (
        "override",
        "Sam",
        "spoke to the box office",
    )
    assert (told.deeds[-1].deed, told.deeds[-1].details) == (
        "ticket.canceled",
        {"reason": "canceled", "why": "refund"},
    )


MANY_OTHERS = """INSERT INTO audit (event_id, seq, record, hash, about)
SELECT :e, seq, '{}', decode('00', 'hex'), 'ticket ' || seq FROM generate_series(1000, 6000) seq"""


def test_what_was_done_to_a_ticket_is_found_by_an_index(house: House) -> None:
    """The log of an event with a million put tickets has a million records about others."""
    tid = sold(house, "A-1")
    is_postgres = house.office._database.profile is not SQLITE
    event = house.event if is_postgres else house.event.hex
    with house.office._database.reading() as connection:  # and what is put here goes with it
        if is_postgres:  # it goes by the sizes: of ten rows it takes any index, or none
            connection.execute(sql(MANY_OTHERS), {"e": event})
            connection.execute(sql("ANALYZE audit"))
        asked = "SELECT record FROM audit WHERE event_id = :e AND about = :t ORDER BY seq DESC"
        explain = "EXPLAIN" if is_postgres else "EXPLAIN QUERY PLAN"
        plan = str(connection.execute(sql(f"{explain} {asked}"), {"e": event, "t": tid.hex()}).all())
        connection.rollback()
    assert "audit_about" in plan


# --- unpaid orders ------------------------------------------------------------------------------------------------


def unpaid(house: House, ref: str) -> TicketHandle:
    done = house.office.put_ticket(house.event, "shop", ShopRow(0, ref, cls="Standard", order="O-1", is_unpaid=True))
    return TicketHandle(done.tid or b"")  # type: ignore[union-attr]


def test_an_unpaid_order_holds_its_guests_until_it_is_paid(house: House) -> None:  # A9
    tid = unpaid(house, "U-1")
    assert outcome(house.ask(house.scan(tid))) is Outcome.UNPAID
    assert house.office.tickets.some(house.event, [tid])[0].status == "unpaid"
    paid = house.office.put_ticket(house.event, "shop", ShopRow(0, "U-1", cls="Standard", order="O-1"))
    assert paid.what == "changed"  # type: ignore[union-attr]
    assert outcome(house.ask(house.scan(tid, after_ms=9_000))) is Outcome.ADMITTED
    assert house.office.status_of(house.event).incidents == 0


def test_a_kiosk_learns_of_an_unpaid_order_by_its_list(house: House) -> None:  # A9
    """The same refusal on both sides: it travels with the deny list."""
    tid = unpaid(house, "U-2")
    trust = house.office.press.trust(house.event)
    denial = trust.lists.denial(tid)  # type: ignore[union-attr]
    assert denial is not None
    assert denial.reason.outcome is Outcome.UNPAID
    house.office.orders.lift(house.event, tid, DenialReason.UNPAID)
    assert house.office.press.trust(house.event).lists.denial(tid) is None  # type: ignore[union-attr]


def test_an_unpaid_guest_may_leave(house: House) -> None:  # A9
    tid = unpaid(house, "U-3")
    assert outcome(house.ask(house.scan(tid, direction=Direction.EXIT))) is Outcome.EXIT_WITHOUT_ENTRY


@pytest.mark.parametrize(("may", "entries", "kinds"), [(True, 1, set()), (False, 0, {"override_used"})])
def test_a_supervisor_may_let_an_unpaid_guest_in_where_the_event_says_so(
    house: House, may: bool, entries: int, kinds: set[str]
) -> None:  # A9
    house.office.edits.update(house.event, {"may_override_unpaid": may})
    tid = unpaid(house, "U-4")
    scan = house.scan(tid)
    house.upload(scan, house.shown(scan, Outcome.UNPAID))
    house.upload(Override(house.about(scan, None, 20_000), scan.stamp.id, "ana", "pays at the desk"))
    assert len(house.entries()) == entries
    assert {kind for kind, _ in house.open_incidents()} == kinds
    assert house.inside() == [tid], "the guest went in all the same"


def test_an_unpaid_ticket_that_is_canceled_stays_so_when_it_is_paid(house: House) -> None:  # A8, A9
    tid = unpaid(house, "U-5")
    house.office.put_ticket(house.event, "shop", ShopRow(0, "U-5", cls="Standard", is_canceled=True))
    assert outcome(house.ask(house.scan(tid))) is Outcome.CANCELED
    house.office.orders.lift(house.event, tid, DenialReason.UNPAID)
    assert outcome(house.ask(house.scan(tid, after_ms=9_000))) is Outcome.CANCELED
