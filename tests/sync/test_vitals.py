"""What a kiosk tells of itself is read back as it was told, however little it is."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.sync.messages import Vitals

VITALS = TypeAdapter(Vitals)
LEAST = {"started_at_ms": 1, "version": "0.1", "queue": 0, "manifest_version": 0}


@given(st.dictionaries(st.sampled_from(["camera"]), st.text(max_size=8)), st.none() | st.booleans())
def test_what_was_taken_is_read_back(more: dict[str, str], is_on_mains: bool | None) -> None:
    """A kiosk without a camera says nothing of it; that once made the list of all kiosks unreadable."""
    told = VITALS.validate_python({**LEAST, **more, "is_on_mains": is_on_mains})
    assert VITALS.validate_json(VITALS.dump_json(told)) == told
