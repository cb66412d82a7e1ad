"""What is wrong with an event is told with its place, and by one code to server and page."""

from dataclasses import replace
from typing import Any

import pytest

from core.sync.event_flaws import _SENTENCES, EventFlaw, FlawKind, flaws_of
from core.sync.manifest import Unusable, event_of, row_of
from core.sync.messages import AdapterRow, AttentionRow, ClassRow, CodesRow, EventRow, GateRow, QuestionRow
from tests.support import facts

ROW = row_of(facts.event())
ONE = ROW.classes[0]


def asking(**fields: Any) -> EventRow:
    """The event whose only class asks one question."""
    plain: dict[str, Any] = {"id": "plate", "text": "Number plate?", "kind": "text"}
    return replace(ROW, classes=[replace(ONE, questions=[QuestionRow(**{**plain, **fields})])])


def reading(**fields: Any) -> EventRow:
    """The event that takes another shop's codes."""
    return replace(
        ROW, codes=CodesRow("foreign", adapters=[AdapterRow(**{"name": "shop", "kind": "opaque", **fields})])
    )


PLANTED: list[tuple[FlawKind, EventRow, tuple[str | int, ...]]] = [
    (FlawKind.ZONE_UNKNOWN, replace(ROW, time_zone="Mars"), ("time_zone",)),
    (FlawKind.ENDS_FIRST, replace(ROW, ends_ms=ROW.starts_ms), ("ends_ms",)),
    (FlawKind.BEYOND_CALENDAR, replace(ROW, ends_ms=2**52), ("ends_ms",)),
    (FlawKind.TWICE, replace(ROW, gates=[*ROW.gates, ROW.gates[0]]), ("gates", len(ROW.gates), "id")),
    (FlawKind.TWICE, replace(ROW, classes=[ONE, ONE]), ("classes", 1, "id")),
    (FlawKind.TWICE, replace(ROW, attention=[AttentionRow(1, "age", "x")] * 2), ("attention", 1, "number")),
    (FlawKind.WORD_UNKNOWN, replace(ROW, offline_reentry="ask"), ("offline_reentry",)),
    (FlawKind.WORD_UNKNOWN, replace(ROW, codes=CodesRow("all")), ("codes", "mode")),
    (FlawKind.GATE_STRANGE, replace(ROW, classes=[replace(ONE, gates=["attic"])]), ("classes", 0, "gates")),
    (FlawKind.DAY_WRONG, replace(ROW, classes=[replace(ONE, dates=["31.12."])]), ("classes", 0, "dates")),
    (FlawKind.TIME_WRONG, replace(ROW, checkout_at="25:00"), ("checkout_at",)),
    (FlawKind.ADAPTER_MISSING, replace(ROW, codes=CodesRow("migrating")), ("codes", "adapters")),
    (FlawKind.ADAPTER_NAME, reading(name="t1"), ("codes", "adapters", 0, "name")),
    (FlawKind.ADAPTER_HOST, reading(kind="url"), ("codes", "adapters", 0, "host")),
    (FlawKind.ADAPTER_FIELD, reading(kind="json"), ("codes", "adapters", 0, "field")),
    (FlawKind.ADAPTER_LENGTHS, reading(least=9, most=8), ("codes", "adapters", 0, "most")),
    (FlawKind.CHOICES_MISPLACED, asking(choices=["a"]), ("classes", 0, "questions", 0, "choices")),
    (FlawKind.CHOICES_MISPLACED, asking(kind="choice"), ("classes", 0, "questions", 0, "choices")),
    (FlawKind.UNPRINTABLE, asking(text="a\nb"), ("classes", 0, "questions", 0, "text")),
    (FlawKind.NAME_RESERVED, asking(id="identity"), ("classes", 0, "questions", 0, "id")),
    (FlawKind.INSTALLATIONS_ID, replace(ROW, event="0" * 32), ("event",)),
]


@pytest.mark.parametrize(("kind", "row", "place"), PLANTED)
def test_a_flaw_is_found_where_it_is_and_makes_the_event_unusable(
    kind: FlawKind, row: EventRow, place: tuple[str | int, ...]
) -> None:
    (flaw,) = flaws_of(row)
    assert (flaw.kind, flaw.place) == (kind, place)
    assert event_of(row) == Unusable(flaw.sentence)


def test_every_kind_has_its_sentence_and_its_case() -> None:
    assert set(_SENTENCES) == set(FlawKind) == {kind for kind, _, _ in PLANTED}


def test_all_flaws_are_told_at_once() -> None:
    row = replace(ROW, time_zone="Mars", gates=[GateRow("a", "A"), GateRow("a", "B")], classes=[ClassRow(1, "x")])
    assert [flaw.kind for flaw in flaws_of(row)] == [FlawKind.ZONE_UNKNOWN, FlawKind.TWICE]
    assert flaws_of(ROW) == ()
    assert EventFlaw(FlawKind.TWICE, ("gates", 1, "id"), "a").sentence == "the gate 'a' comes twice"
