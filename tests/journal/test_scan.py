"""Facts as records: total reading, exact writing, fingerprints that never change, and the order of facts."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.journal.scan import (
    NO_PREDECESSOR,
    Fact,
    Malformed,
    Scan,
    Shown,
    canonical,
    fingerprint,
    from_record,
    sort_key,
    to_record,
)
from core.model.moments import ClockQuality
from core.model.outcomes import Outcome, is_admission
from tests.support import facts

FACTS = facts.any_scans() | facts.any_shown()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
SCAN = to_record(facts.scan(1))
SHOWN = to_record(facts.shown(facts.scan(1)))
STRANGER = SCAN | {"tid": None, "digest": "00" * 16, "gen": None, "cls": None}


# --- reading and writing ------------------------------------------------------------------------------------------


@given(FACTS)
def test_a_fact_comes_back_from_its_record(fact: Fact) -> None:
    assert from_record(to_record(fact)) == fact


@given(FACTS)
def test_a_fact_comes_back_from_its_canonical_text(fact: Fact) -> None:
    text = canonical(to_record(fact))
    assert from_record(json.loads(text)) == fact
    assert canonical(json.loads(text)) == text


_SPOILED = st.builds(
    lambda record, field, value: record | {field: value},
    st.sampled_from([SCAN, SHOWN, STRANGER]),
    st.sampled_from(sorted(SCAN | SHOWN)),
    JSON,
)


@settings(max_examples=500)
@given(JSON | _SPOILED)
@example(SCAN | {"answers": {"q": "\ud800"}})
@example(SCAN | {"answers": {"\ud800": "a"}})
@example(SCAN | {"gate": "\ud800"})
@example(SCAN | {"v": True})
@example(SCAN | {"seq": 1.0})
def test_any_json_is_a_fact_or_malformed_and_a_fact_can_be_written_again(record: object) -> None:  # G12
    found = from_record(record)
    if not isinstance(found, Malformed):
        assert to_record(found) == record
        assert len(fingerprint(to_record(found))) == 32
    else:
        assert found.reason
        assert len(found.reason) < 200


def test_what_hypothesis_spoils_is_sometimes_still_a_fact() -> None:
    """Negative control: the property above would be empty if nothing but refusals came out of it."""
    assert from_record(SCAN | {"seq": 7}) == replace(facts.scan(1), stamp=replace(facts.stamp(1), seq=7))


COMMON = {
    *("v", "id", "kind", "event", "device", "incarnation", "seq", "prev"),
    *("ts", "uncertainty", "quality", "boot", "tid"),
}


def test_records_of_both_kinds_have_exactly_these_fields() -> None:
    place = {"direction", "gate", "manifest", "operator", "group"}
    assert set(SCAN) == COMMON | place | {"digest", "gen", "cls", "step", "answers"}
    assert set(SHOWN) == COMMON | {"refers_to", "outcome", "source", "admission"}


def test_an_unusual_form_is_named_and_the_usual_one_is_not() -> None:
    """One fact has one record, and the records of before old codes were known keep their fingerprints."""
    old_code = replace(facts.scan(1), form="shop")
    assert to_record(old_code) == SCAN | {"form": "shop"}
    assert from_record(SCAN | {"form": "shop"}) == old_code
    assert from_record(STRANGER | {"form": "t1"}) == replace(_read(STRANGER), form="t1")
    assert _read(SCAN).form == "t1"
    assert _read(STRANGER).form is None
    for wrong in (SCAN | {"form": "t1"}, SCAN | {"form": None}, STRANGER | {"form": None}, SCAN | {"form": "x" * 65}):
        assert isinstance(from_record(wrong), Malformed)


def _read(record: dict[str, Any]) -> Scan:
    read = from_record(record)
    assert isinstance(read, Scan)
    return read


@pytest.mark.parametrize("record", [SCAN, SHOWN], ids=["scan", "shown"])
def test_no_field_may_be_missing_and_none_may_be_added(record: dict[str, Any]) -> None:
    for name in record:
        assert isinstance(from_record({key: value for key, value in record.items() if key != name}), Malformed), name
    assert from_record(record | {"colour": "red"}) == Malformed("unknown field 'colour'")


@pytest.mark.parametrize("kind", ["undo", "override", "resolution", "recovery", "", "SCAN", "scan "])
def test_a_record_of_another_kind_is_malformed_here(kind: str) -> None:
    assert isinstance(from_record(SCAN | {"kind": kind}), Malformed)


@pytest.mark.parametrize(
    ("change", "record"),
    [
        *(({"v": value}, SCAN) for value in (0, 2, True, "1", None)),
        *(({name: value}, SCAN) for name in ("incarnation", "seq", "ts", "uncertainty", "manifest")
          for value in (-1, 2**53, 1.5, "1", None, True)),
        *(({"ts": value}, SCAN) for value in (2**53 - 1, 253_402_300_800_000)),
        *(({name: value}, SCAN) for name in ("id", "event", "device")
          for value in ("", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "00000000-0000-0000-0000-000000000001", None, 1)),
        *(({"tid": value}, SCAN) for value in ("", "00" * 7, "00" * 9, 5)),
        *(({"prev": value}, SCAN) for value in ("", "00" * 31, None)),
        *(({"gate": value}, SCAN) for value in ("", "x" * 65, "a\nb", "a\x00b", None, 1)),
        *(({"boot": value}, SCAN) for value in ("", "x" * 65)),
        *(({"quality": value}, SCAN) for value in ("", "SYNCED", "exact", None)),
        *(({"direction": value}, SCAN) for value in ("", "in", None)),
        *(({"gen": value}, SCAN) for value in (-1, 256, None, "0")),
        *(({"cls": value}, SCAN) for value in (-1, 65536, None)),
        *(({"step": value}, SCAN) for value in (-1, 0.5, "1")),
        *(({"operator": value}, SCAN) for value in ("", "x" * 65, 1)),
        *(({"group": value}, SCAN) for value in ("", "00" * 15, 1)),
        *(({"answers": value}, SCAN) for value in (
            None, [], {"q": 1}, {"q": None}, {"q" * 65: "a"}, {"q": "a" * 513}, {str(n): "" for n in range(33)},
            {"q": "a\x00"}, {"q\x00": "a"}, {"q": "\udfff"},
        )),
        ({"digest": "00" * 16}, SCAN),
        ({"tid": None}, SCAN),
        ({"digest": None}, STRANGER),
        ({"digest": "00" * 15}, STRANGER),
        *(({"outcome": value}, SHOWN) for value in ("", "maybe", None)),
        *(({"source": value}, SHOWN) for value in ("", "peer", None)),
        *(({"admission": value}, SHOWN) for value in (False, 1, "true", None)),
        *(({"refers_to": value}, SHOWN) for value in ("", "00" * 15, None)),
    ],
    ids=lambda value: ascii(value)[:60] if len(value) == 1 else "",
)  # fmt: skip
def test_a_field_out_of_bounds_is_malformed(change: dict[str, Any], record: dict[str, Any]) -> None:
    assert not isinstance(from_record(record), Malformed)
    assert isinstance(from_record(record | change), Malformed)


@pytest.mark.parametrize("record", [None, [], "scan", 5, {}])
def test_what_is_no_record_is_malformed(record: object) -> None:
    assert isinstance(from_record(record), Malformed)


def test_the_latest_time_of_a_record_has_a_day_in_every_calendar() -> None:  # G31
    """A fact's day decides its `wrong_date`; a time that no calendar holds would stop every fold of its ticket."""
    latest = 2**47 - 1
    assert not isinstance(from_record(SCAN | {"ts": latest}), Malformed)
    assert isinstance(from_record(SCAN | {"ts": latest + 1}), Malformed)
    assert datetime.fromtimestamp(latest / 1000, UTC).year == 6429
    for time_zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert facts.event(time_zone=time_zone).day_of(latest).year == 6429  # type: ignore[arg-type]
        assert facts.event(time_zone=time_zone).day_of(0)  # type: ignore[arg-type]


def test_a_shown_fact_says_whether_the_guest_went_in() -> None:
    for outcome in Outcome:
        fact = facts.shown(facts.scan(1), outcome)
        assert to_record(fact)["admission"] is fact.is_admission is is_admission(outcome)
        assert from_record(to_record(fact)) == fact


# --- fingerprints and the chain -----------------------------------------------------------------------------------


def test_fingerprints_never_change() -> None:
    """Pinned: a device in the field and the server must go on naming old rows alike."""
    assert canonical(SCAN) == (
        b'{"answers":{},"boot":"boot-1","cls":1,"device":"00000000000000000000000000000001","digest":null,'
        b'"direction":"entry","event":"0197f0000000700080000000000000aa","gate":"north","gen":0,"group":null,'
        b'"id":"00000000000000000000000000000001","incarnation":0,"kind":"scan","manifest":1,"operator":null,'
        b'"prev":"' + b"00" * 32 + b'","quality":"synced","seq":1,"step":null,"tid":"a7f8022a4eedef2a",'
        b'"ts":1795003600000,"uncertainty":0,"v":1}'
    )
    assert fingerprint(SCAN).hex() == "0147d0f72b9803cdae2df693b7278c5eb43552831e7337b7d8a6efdfca3f1684"
    assert fingerprint(SHOWN).hex() == "aecd160ad7b274bb4d16ff569512b1689f36060c38701c452d65d5e11166e9b1"


@given(FACTS, FACTS)
def test_two_facts_have_one_fingerprint_only_if_they_are_one(one: Fact, other: Fact) -> None:
    same = fingerprint(to_record(one)) == fingerprint(to_record(other))
    assert same is (one == other)


def test_the_order_of_a_records_fields_does_not_matter() -> None:
    assert fingerprint(dict(reversed(SCAN.items()))) == fingerprint(SCAN)


def _chained(count: int) -> list[Scan | Shown]:
    rows: list[Scan | Shown] = []
    previous = NO_PREDECESSOR
    for number in range(1, count + 1):
        fact = facts.scan(number)
        rows.append(replace(fact, stamp=replace(fact.stamp, previous=previous)))
        previous = fingerprint(to_record(rows[-1]))
    return rows


def _is_chained(rows: list[Scan | Shown]) -> bool:
    links = [NO_PREDECESSOR, *(fingerprint(to_record(row)) for row in rows)]
    return all(row.stamp.previous == link for row, link in zip(rows, links, strict=False))


def test_a_changed_row_breaks_the_chain_behind_it() -> None:  # I10
    rows = _chained(5)
    assert _is_chained(rows)
    for at in range(4):
        row = rows[at]
        changed = replace(row, stamp=replace(row.stamp, seq=row.stamp.seq + 100))
        assert not _is_chained([*rows[:at], changed, *rows[at + 1 :]])
        assert not _is_chained(rows[:at] + rows[at + 1 :])


# --- the order of facts -------------------------------------------------------------------------------------------


def test_facts_are_ordered_by_time_then_by_their_place() -> None:
    one, two = facts.KIOSKS[:2]
    ordered = [
        facts.scan(9, at=facts.moment(1), device=two, seq=9),
        facts.scan(8, at=facts.moment(2), device=one, seq=8),
        facts.scan(7, at=facts.moment(2), device=two, incarnation=0, seq=7),
        facts.scan(6, at=facts.moment(2), device=two, incarnation=1, seq=5),
        facts.scan(5, at=facts.moment(2), device=two, incarnation=1, seq=6),
    ]
    assert all(sort_key(one) < sort_key(two) for one, two in pairwise(ordered))


def test_suspect_clocks_come_last_whatever_they_say() -> None:
    suspect = facts.scan(1, at=facts.moment(0, quality=ClockQuality.SUSPECT))
    holdover = facts.scan(2, at=facts.moment(10**12, quality=ClockQuality.HOLDOVER))
    assert sorted([suspect, holdover], key=sort_key) == [holdover, suspect]


def test_uncertainty_is_no_part_of_the_order() -> None:
    assert sort_key(facts.scan(1, at=facts.moment(5, u_ms=9))) == sort_key(facts.scan(1, at=facts.moment(5)))
