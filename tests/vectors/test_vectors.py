"""This program against files of ticket codes: its own, and the shared ones where they lie beside the repository."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli.vectors import MAX_FILE_BYTES, Difference, VectorReport, VectorsUnreadable, check_vectors
from app.errors import AppError
from core.model.outcomes import Outcome

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "vectors" / "t1.json"
SHARED = ROOT.parent / "shared" / "vectors" / "t1.json"
GENERATOR = ROOT / "packaging" / "make_vectors.py"

Vectors = dict[str, Any]


def _own() -> Vectors:
    vectors: Vectors = json.loads(OWN.read_text(encoding="ascii"))
    return vectors


def _report(tmp_path: Path, vectors: object) -> VectorReport:
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps(vectors), encoding="utf-8")
    return check_vectors(path)


# --- agreement ----------------------------------------------------------------------------------------------------


def test_every_row_of_our_own_vectors_agrees() -> None:
    assert check_vectors(OWN) == VectorReport(agree=139, differ=())


def test_every_row_of_the_shared_vectors_agrees() -> None:
    if not SHARED.exists():
        pytest.skip("the shared vectors are not part of this check-out")
    assert check_vectors(SHARED) == VectorReport(agree=179, differ=())


def test_the_generator_makes_the_committed_file() -> None:
    made = runpy.run_path(str(GENERATOR), run_name="make_vectors")
    assert made["text_of"](made["make"]()) == OWN.read_text(encoding="ascii")


def test_our_own_vectors_cover_every_outcome_of_the_checks_of_a_code() -> None:
    vectors = _own()
    expected = {row["expect"] for row in vectors["flawed"]}
    assert expected == {
        *("not_a_ticket", "update_required", "damaged_code", "unknown_key", "wrong_event", "bad_signature"),
        *("key_revoked", "unlisted", "revoked", "canceled", "blocked", "too_early", "too_late"),
        *("proof_missing", "bad_proof", "replayed_code", "clock_untrusted"),
    }
    assert expected <= {outcome.value for outcome in Outcome}
    names = [row["name"] for row in vectors["genuine"] + vectors["flawed"]]
    assert len(set(names)) == len(names)


# --- disagreement -------------------------------------------------------------------------------------------------


def _flip_a_bit(vectors: Vectors) -> None:
    text = vectors["genuine"][0]["text"]
    vectors["genuine"][0]["text"] = text[:60] + ("A" if text[60] != "A" else "B") + text[61:]


def _set(*path: str | int) -> Callable[[object], Callable[[Vectors], None]]:
    def with_value(value: object) -> Callable[[Vectors], None]:
        def spoil(vectors: Vectors) -> None:
            place: Any = vectors
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value

        return spoil

    return with_value


@pytest.mark.parametrize(
    ("spoil", "difference"),
    [
        (_flip_a_bit, ("hmac 00", "genuine", "bad_signature")),
        (_set("genuine", 1, "expect")("bad_signature"), ("hmac 01", "bad_signature", "genuine")),
        (_set("genuine", 2, "now")(0), ("hmac 02", "genuine", "too_early")),
        (_set("flawed", 0, "expect")("damaged_code"), ("(1) two ECI marks", "damaged_code", "not_a_ticket")),
        (_set("flawed", 0, "expect")("no such outcome"), ("(1) two ECI marks", "no such outcome", "not_a_ticket")),
    ],
)
def test_a_row_that_differs_is_reported_and_the_others_still_agree(
    spoil: Callable[[Vectors], None], difference: tuple[str, str, str], tmp_path: Path
) -> None:
    """Negative control: one flipped bit in one row is seen."""
    vectors = _own()
    spoil(vectors)
    assert _report(tmp_path, vectors) == VectorReport(138, (Difference(*difference),))


@pytest.mark.parametrize("name", ["flags", "kid", "gen", "cls", "nbf", "exp"])
def test_every_field_of_a_genuine_row_is_compared(name: str, tmp_path: Path) -> None:
    vectors = _own()
    vectors["genuine"][3]["fields"][name] += 1
    (difference,) = _report(tmp_path, vectors).differ
    assert (difference.name, difference.expected != difference.got) == ("hmac 03", True)


def test_fields_of_a_row_without_authentic_claims_differ(tmp_path: Path) -> None:
    vectors = _own()
    vectors["flawed"][0]["fields"] = vectors["genuine"][0]["fields"]
    (difference,) = _report(tmp_path, vectors).differ
    assert difference.got == "no authentic claims"


@pytest.mark.parametrize(("name", "use"), [("mac_key", "mac"), ("rot_key", "rot")])
def test_a_key_that_derives_to_something_else_is_reported(name: str, use: str, tmp_path: Path) -> None:
    vectors = _own()
    derived = vectors["keys"][0][name]
    vectors["keys"][0][name] = "00" * 32
    assert _report(tmp_path, vectors) == VectorReport(139, (Difference(f"key 1, {use}", "00" * 32, derived),))


def test_another_master_key_fails_every_derived_key(tmp_path: Path) -> None:
    report = _report(tmp_path, _own() | {"master_key": "00" * 32})
    assert sum(difference.name.startswith("key ") for difference in report.differ) == 10
    assert any(difference.got == "bad_signature" for difference in report.differ)


# --- no file of vectors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        *(_set(name)(None) for name in ("master_key", "event_id", "keys", "allow_digests", "deny", "genuine")),
        _set("master_key")("00"),
        _set("master_key")("zz" * 32),
        _set("master_key")(5),
        _set("genuine")([]),
        _set("flawed")([]),
        _set("keys", 0, "kid")(-1),
        _set("keys", 0, "kid")(2),
        _set("keys", 0, "alg")("none"),
        _set("keys", 0, "state")("good"),
        _set("keys", 5, "public_key")(None),
        _set("deny", 0, "min_gen")(257),
        _set("deny", 0, "reason")("stolen"),
        _set("deny", 0, "tid")("00"),
        _set("allow_digests", 0)("00"),
        _set("genuine", 0, "text")(5),
        _set("genuine", 0, "now")(-1),
        _set("genuine", 0, "now")(2**63),
    ],
)
def test_a_file_with_something_wrong_is_unreadable(spoil: Callable[[Vectors], None], tmp_path: Path) -> None:
    vectors = _own()
    spoil(vectors)
    with pytest.raises(VectorsUnreadable) as caught:
        _report(tmp_path, vectors)
    assert caught.value.details["cause"]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"{", b"[" * 100_000, b'{"master_key": "\\ud800"}']
)
def test_a_file_of_something_else_is_unreadable(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(VectorsUnreadable):
        check_vectors(path)


def test_a_missing_file_a_folder_and_a_huge_file_are_unreadable(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    for path in (tmp_path / "missing", tmp_path, huge):
        with pytest.raises(AppError, match="vectors_unreadable"):
            check_vectors(path)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300), now=st.integers(0, 2**40), u=st.integers(0, 2**40))
def test_any_text_in_a_row_is_judged(text: str, now: int, u: int, tmp_path: Path) -> None:
    vectors = _own()
    vectors["flawed"] = [{"name": "any", "text": text, "now": now, "u": u, "expect": "genuine"}]
    assert len(_report(tmp_path, vectors).differ) == 1
