"""The short way to canonical JSON writes what the RFC's own library writes, or leaves it to that."""

from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from core.journal import canonical
from core.journal.canonical import canonical_json
from core.journal.scan import to_record
from tests.support.facts import scan

texts = st.text() | st.sampled_from(["", "\x7f", "\u2028", '\x00\x1f\\"/', "é", "𝄞", "\ue000", "\ud800"])
numbers = st.integers() | st.sampled_from([2**53 - 1, 2**53, -(2**53), 0, -1]) | st.floats()
scalars = st.none() | st.booleans() | texts | numbers
values = st.recursive(scalars, lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(texts, deeper, max_size=4))
records = st.dictionaries(texts | st.sampled_from(["id", "ts", "answers"]), values, max_size=6)


@given(records)
@example({"\ue000": 1, "𝄞": 2})  # by characters the other way round than by UTF-16
@example({"a": {"b": {"c": {"d": {"e": 1.5}}}}})
@example({"a": 2**53})
@example({"\ud800": None})
@example({"a": "\ud800"})
@example({"a": True, "b": 1, "B": "ä\x7f\b"})
def test_it_is_the_librarys_bytes_or_the_librarys_refusal(record: dict[str, Any]) -> None:
    try:
        wanted = rfc8785.dumps(record)
    except ValueError as err:
        with pytest.raises(type(err)):
            canonical_json(record)
    else:
        assert canonical_json(record) == wanted


def test_a_doors_own_facts_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    record = to_record(replace(scan(1), answers={"age": "über 18"}))
    wanted = rfc8785.dumps(record)
    monkeypatch.setattr(canonical.rfc8785, "dumps", None)
    assert canonical_json(record) == wanted


def test_control_without_the_look_at_names_the_order_would_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    record = {"\ue000": 1, "𝄞": 2}
    monkeypatch.setattr(canonical, "_is_plain", lambda fields, depth: True)
    assert canonical_json(record) != rfc8785.dumps(record)
