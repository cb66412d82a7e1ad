"""The chain of the audit log: whatever is changed, left out, moved or added shows, and at which record."""

import json
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from core.journal.audit import (
    MAX_DETAILS,
    MAX_TEXT,
    NO_RECORD,
    Actor,
    ActorKind,
    Chain,
    Deed,
    Flaw,
    Head,
    Record,
    Row,
    Tampering,
    fields_of,
    hash_of,
    head_bytes,
    text_of,
)
from core.model.ids import EventId
from core.ticket import seal

EVENT, OTHER = EventId(UUID(int=1)), EventId(UUID(int=2))
KEY = bytes(range(32))
ANNA = Actor(ActorKind.ACCOUNT, "17", "anna", "192.0.2.7")
RECORD = Record(EVENT, 1, 1_795_003_600_000, Deed.TICKET_CANCELED, "a7f8022a4eedef2a", ANNA, {"gen": 1}, NO_RECORD)


def written(count: int, event: EventId = EVENT) -> list[Row]:
    """A log of so many records."""
    rows: list[Row] = []
    last = NO_RECORD
    for seq in range(1, count + 1):
        text = text_of(replace(RECORD, event=event, seq=seq, about=f"ticket {seq}", previous=last))
        last = hash_of(text)
        rows.append(Row(seq, text, last))
    return rows


def head_of(rows: list[Row], event: EventId = EVENT, key: bytes = KEY) -> Head:
    seq, last = (rows[-1].seq, rows[-1].hash) if rows else (0, NO_RECORD)
    return Head(seq, last, seal.hmac(key, head_bytes(event, seq, last)))


def flaw_of(rows: list[Row], head: Head | None) -> Flaw | None:
    chain = Chain(EVENT, head, KEY)
    chain.read(rows)
    return chain.end()


def rehashed(rows: list[Row]) -> list[Row]:
    """What a forger without the key can do: the texts as they are, every place and hash worked out anew."""
    last, done = NO_RECORD, []
    for seq, row in enumerate(rows, 1):
        fields = fields_of(row.text)
        assert fields is not None
        text = seal_text({**fields, "seq": seq, "previous": last.hex()})
        last = hash_of(text)
        done.append(Row(seq, text, last))
    return done


def seal_text(fields: dict[str, object]) -> str:
    return rfc8785.dumps(fields).decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_log_as_it_was_written_is_whole(count: int) -> None:
    rows = written(count)
    assert flaw_of(rows, head_of(rows)) is None
    assert flaw_of([], None) is None


CHANGES: dict[str, tuple[Callable[[list[Row]], list[Row]], Flaw]] = {
    "a word of it": (
        lambda r: [*r[:2], replace(r[2], text=r[2].text.replace("ticket 3", "ticket 9")), *r[3:]],
        Flaw(3, Tampering.CHANGED),
    ),
    "a hash": (lambda r: [*r[:2], replace(r[2], hash=bytes(32)), *r[3:]], Flaw(3, Tampering.CHANGED)),
    "one left out": (lambda r: [*r[:2], *r[3:]], Flaw(4, Tampering.OUT_OF_PLACE)),
    "the first left out": (lambda r: r[1:], Flaw(2, Tampering.OUT_OF_PLACE)),
    "the last left out": (lambda r: r[:-1], Flaw(5, Tampering.CUT_OFF)),
    "all left out": (lambda _: [], Flaw(1, Tampering.CUT_OFF)),
    "two changed places": (
        lambda r: [r[0], replace(r[2], seq=2), replace(r[1], seq=3), *r[3:]],
        Flaw(2, Tampering.OUT_OF_PLACE),
    ),
    "one twice": (lambda r: [*r[:3], replace(r[2], seq=4), *r[4:]], Flaw(4, Tampering.OUT_OF_PLACE)),
    "one added": (lambda r: written(6), Flaw(6, Tampering.ADDED)),
    "one of another event": (lambda r: [*r[:4], written(5, OTHER)[4]], Flaw(5, Tampering.OUT_OF_PLACE)),
    "no record at all": (
        lambda r: [*r[:4], Row(5, "{]", hash_of("{]"))],
        Flaw(5, Tampering.OUT_OF_PLACE),
    ),
    "a rewritten end": (
        lambda r: [*r[:4], *rehashed([*r[:4], replace(r[4], text=r[4].text.replace("anna", "otto"))])[4:]],
        Flaw(5, Tampering.CHANGED),
    ),
    "one left out and all hashed anew": (lambda r: rehashed([*r[:2], *r[3:]]), Flaw(5, Tampering.CUT_OFF)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_tampering_is_found_at_its_place(name: str) -> None:
    change, flaw = CHANGES[name]
    rows = written(5)
    assert flaw_of(change(rows), head_of(rows)) == flaw


@pytest.mark.parametrize(
    "head",
    [
        head_of(written(6), key=bytes(32)),  # a forger's key
        head_of(written(6), event=OTHER),
        replace(head_of(written(5)), seq=6, hash=written(6)[-1].hash),  # the old tag under a new end
    ],
)
def test_an_end_that_was_not_proven_by_the_installation_is_found(head: Head) -> None:
    assert flaw_of(written(6), head) == Flaw(6, Tampering.UNPROVEN)


def test_records_without_any_end_are_found() -> None:
    assert flaw_of(written(2), None) == Flaw(1, Tampering.ADDED)


def test_without_the_key_a_record_at_the_end_would_pass() -> None:
    """The negative control: the hashes alone can't tell that the last record was added by somebody else."""
    forged = written(6)
    assert flaw_of(forged, head_of(forged)) is None


@given(
    about=st.text(),
    details=st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())),
    name=st.text(),
)
def test_any_text_becomes_a_record_with_bounds(about: str, details: dict[str, object], name: str) -> None:
    text = text_of(replace(RECORD, about=about, details=details, actor=Actor(ActorKind.SHELL, name=name)))  # type: ignore[arg-type]
    fields = json.loads(text)
    assert len(fields["about"]) <= MAX_TEXT
    assert len(fields["details"]) <= MAX_DETAILS
    assert text_of(replace(RECORD, about=about, details=details, actor=Actor(ActorKind.SHELL, name=name))) == text  # type: ignore[arg-type]
    assert hash_of(text) == seal.sha256(text.encode())


def test_a_record_reads_as_a_sentence() -> None:
    assert json.loads(text_of(RECORD)) == {
        "v": 1,
        "event": EVENT.hex,
        "seq": 1,
        "at_ms": 1_795_003_600_000,
        "deed": "ticket.canceled",
        "about": "a7f8022a4eedef2a",
        "by": {"kind": "account", "id": "17", "name": "anna", "address": "192.0.2.7"},
        "details": {"gen": 1},
        "previous": "0" * 64,
    }
