"""The numbered checks: each outcome, and of two flaws the earlier step's."""

from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.event import Direction
from core.model.ids import TicketHandle
from core.model.moments import ClockQuality
from core.model.outcomes import Outcome
from core.ticket.issue import issue, with_proof
from core.ticket.keyring import Algorithm, Key, KeyState, KeyUse, derive, keyring_of
from core.ticket.lists import Denial, DenialReason, ListsInMemory
from core.ticket.proof import secret_of, step_at
from core.ticket.verify import Barred, Genuine, Refused, Trust, is_sealed, verify
from core.ticket.wire import Claims
from tests.support import facts

ROTATING, LISTED = 1, 2
SECRET = secret_of(derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID), facts.claims())


def _verify(
    text: str,
    trust: Trust | Barred | None = None,
    *,
    direction: Direction = Direction.ENTRY,
    now_s: float = facts.NOW_S,
    u_s: int = 0,
    quality: ClockQuality = ClockQuality.SYNCED,
) -> Genuine | Refused:
    now = facts.moment(int(now_s * 1000), u_ms=u_s * 1000, quality=quality)
    return verify(text, trust=trust or facts.trust(), lane=facts.lane(direction), now=now)


def _refusal(found: Genuine | Refused) -> tuple[Outcome, int] | None:
    return (found.outcome, found.step) if isinstance(found, Refused) else None


def _live(at_s: int, claims: Claims | None = None) -> str:
    return with_proof(facts.text_of(claims or facts.claims(flags=ROTATING)), SECRET, at_s)


# --- what is genuine ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kid", [facts.KID, facts.OLD_KID, facts.ED_KID])
def test_a_sealed_code_of_this_event_is_genuine(kid: int) -> None:  # A1, G15
    found = _verify(facts.text_of(facts.claims(kid=kid)))
    assert isinstance(found, Genuine)
    assert found.code.claims == facts.claims(kid=kid)
    assert (found.terms, found.proof_step, found.is_flagged) == (facts.terms(), None, False)


@pytest.mark.parametrize(("kid", "flags"), [(facts.LISTED_KID, 0), (facts.KID, LISTED)])
def test_a_code_that_must_be_listed_counts_while_it_is(kid: int, flags: int) -> None:  # G15
    claims = facts.claims(kid=kid, flags=flags)
    listed = ListsInMemory(frozenset({facts.code_of(claims).digest}))
    assert isinstance(_verify(facts.text_of(claims), facts.trust(lists=listed)), Genuine)
    assert _refusal(_verify(facts.text_of(claims))) == (Outcome.UNLISTED, 7)


@given(st.text(max_size=100), st.integers(0, 2**46), st.sampled_from(list(Direction)))
def test_any_text_at_any_time_has_an_answer(text: str, at_ms: int, direction: Direction) -> None:  # G14, I8
    found = _verify(text, direction=direction, now_s=at_ms / 1000)
    assert isinstance(found, Refused)


# --- (0) ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.SNAPSHOT_EXPIRED, Outcome.DEVICE_REVOKED, Outcome.NOT_AUTHORISED])
def test_a_barred_door_says_why_and_reads_nothing(outcome: Outcome) -> None:
    assert _refusal(_verify(facts.text_of(facts.claims()), Barred(outcome))) == (outcome, 0)


@pytest.mark.parametrize(
    ("at_ms", "u_ms", "quality", "is_over"),
    [
        (facts.NOW, 0, ClockQuality.SYNCED, False),
        (facts.NOW + 1, 0, ClockQuality.SYNCED, True),
        (facts.NOW + 1000, 1000, ClockQuality.HOLDOVER, False),
        (facts.NOW + 1001, 1000, ClockQuality.HOLDOVER, True),
        (facts.NOW + 10**8, 0, ClockQuality.SUSPECT, False),
    ],
)
def test_a_lease_is_over_only_when_no_doubt_is_left(
    at_ms: int, u_ms: int, quality: ClockQuality, *, is_over: bool
) -> None:  # G31
    now = facts.moment(at_ms, u_ms=u_ms, quality=quality)
    text = facts.text_of(facts.claims(nbf=0, exp=2**32 - 1))
    found = verify(text, trust=facts.trust(lease_until_ms=facts.NOW), lane=facts.lane(), now=now)
    assert _refusal(found) == ((Outcome.SNAPSHOT_EXPIRED, 0) if is_over else None)


# --- (5)–(7) ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kid", "outcome"), [(99, Outcome.UNKNOWN_KEY), (facts.FOREIGN_KID, Outcome.WRONG_EVENT)])
def test_a_kid_of_nobody_and_one_of_another_event_are_told_apart(kid: int, outcome: Outcome) -> None:  # A12
    text = facts.text_of(facts.claims(kid=kid))
    assert _refusal(_verify(text)) == (outcome, 5)
    assert _refusal(_verify(text[:-1] + ("A" if text[-1] != "A" else "B"))) == (outcome, 5)


def test_the_key_id_alone_decides_how_a_code_is_checked() -> None:
    """A code cannot choose its algorithm: HMAC keyed with the public key is only a body of the wrong length."""
    ring = facts.keyring()
    public = ring[facts.ED_KID].verifying
    assert public is not None
    confused = issue(facts.claims(kid=facts.ED_KID), Algorithm.HMAC_SHA256_128, public)
    assert _refusal(_verify(confused)) == (Outcome.DAMAGED_CODE, 5)
    signed = issue(facts.claims(), Algorithm.ED25519, facts.ED25519_PRIVATE)
    assert _refusal(_verify(signed)) == (Outcome.DAMAGED_CODE, 5)


def test_the_algorithm_is_under_the_seal() -> None:
    """The same key and header under another algorithm's byte give another tag."""
    code = facts.code_of(facts.claims())
    key = facts.keyring()[facts.KID]
    assert is_sealed(code, key)
    assert not is_sealed(code, replace(key, algorithm=Algorithm.ED25519))


def test_a_key_without_its_verifying_part_verifies_nothing() -> None:
    bare = Key(facts.KID, facts.EVENT, Algorithm.HMAC_SHA256_128, KeyState.ACTIVE)
    trust = replace(facts.trust(), keyring=keyring_of([bare]))
    assert _refusal(_verify(facts.text_of(facts.claims()), trust)) == (Outcome.UNKNOWN_KEY, 5)


@given(st.integers(0, 40 * 8 - 1))
def test_one_changed_bit_anywhere_is_never_genuine(bit: int) -> None:
    code = facts.code_of(facts.claims())
    body = bytearray(code.header + code.auth)
    body[bit // 8] ^= 1 << bit % 8
    found = _verify_body(bytes(body))
    assert isinstance(found, Refused)
    assert found.step == (4 if bit // 8 == 0 and bit not in (0, 1) else 5 if 1 <= bit // 8 < 5 else 6)


def _verify_body(body: bytes) -> Genuine | Refused:
    return _verify("T1:" + b32encode(body).decode().rstrip("="))


# --- (8)–(10) and exits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(DenialReason))
def test_a_denied_ticket_is_refused_by_its_reason_and_leaves_flagged(reason: DenialReason) -> None:  # A8, A10, G17
    trust = facts.trust(lists=ListsInMemory(denied={facts.TID: Denial(256, reason)}))
    text = facts.text_of(facts.claims())
    assert _refusal(_verify(text, trust)) == (reason.outcome, 8)
    leaving = _verify(text, trust, direction=Direction.EXIT)
    if reason is DenialReason.BLOCKED:
        assert _refusal(leaving) == (Outcome.BLOCKED, 8)
    else:
        assert isinstance(leaving, Genuine)
        assert leaving.is_flagged


def test_an_edition_that_is_not_denied_leaves_unflagged() -> None:
    trust = facts.trust(lists=ListsInMemory(denied={facts.TID: Denial(2)}))
    leaving = _verify(facts.text_of(facts.claims(gen=2)), trust, direction=Direction.EXIT)
    assert isinstance(leaving, Genuine)
    assert not leaving.is_flagged


def test_an_exit_asks_neither_class_nor_window_nor_proof() -> None:  # A11
    claims = facts.claims(flags=ROTATING, cls=99, nbf=0, exp=1)
    assert isinstance(_verify(facts.text_of(claims), direction=Direction.EXIT), Genuine)
    assert _refusal(_verify(facts.text_of(claims))) == (Outcome.WRONG_PRODUCT, 9)


# --- (11) ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off_s", "u_s", "outcome"),
    [
        (0, 0, None),
        (30, 0, None),
        (-30, 0, None),
        (31, 0, Outcome.REPLAYED_CODE),
        (-31, 0, Outcome.REPLAYED_CODE),
        (70, 40, None),
        (71, 40, Outcome.REPLAYED_CODE),
        (0, 90, None),
        (0, 91, Outcome.CLOCK_UNTRUSTED),
    ],
)
def test_a_proof_is_good_for_thirty_seconds_and_the_clocks_doubt(  # G20
    off_s: int, u_s: int, outcome: Outcome | None
) -> None:
    found = _verify(_live(facts.NOW_S - off_s), u_s=u_s)
    assert _refusal(found) == (outcome and (outcome, 11))
    if isinstance(found, Genuine):
        assert found.proof_step == step_at(facts.NOW_S - off_s)


def test_a_suspect_clock_cannot_judge_a_proof() -> None:
    found = _verify(_live(facts.NOW_S), quality=ClockQuality.SUSPECT)
    assert _refusal(found) == (Outcome.CLOCK_UNTRUSTED, 11)


@dataclass(frozen=True, slots=True)
class _Steps:
    highest: Mapping[TicketHandle, int]

    def highest_step(self, tid: TicketHandle) -> int | None:
        return self.highest.get(tid)


@pytest.mark.parametrize(("ahead", "outcome"), [(-1, None), (0, Outcome.REPLAYED_CODE), (1, Outcome.REPLAYED_CODE)])
def test_each_step_of_a_proof_is_good_once(ahead: int, outcome: Outcome | None) -> None:  # G20
    steps = _Steps({facts.TID: step_at(facts.NOW_S) + ahead})
    found = _verify(_live(facts.NOW_S), facts.trust(steps=steps))
    assert _refusal(found) == (outcome and (outcome, 11))


def test_steps_of_other_tickets_do_not_count() -> None:
    steps = _Steps({TicketHandle(bytes(8)): 2**40})
    assert isinstance(_verify(_live(facts.NOW_S), facts.trust(steps=steps)), Genuine)


def test_a_rotating_code_wants_its_proof_and_a_static_one_refuses_it() -> None:
    assert _refusal(_verify(facts.text_of(facts.claims(flags=ROTATING)))) == (Outcome.PROOF_MISSING, 11)
    assert _refusal(_verify(_live(facts.NOW_S, facts.claims()))) == (Outcome.DAMAGED_CODE, 11)
    wrong = _live(facts.NOW_S)[:-1] + str((int(_live(facts.NOW_S)[-1]) + 1) % 10)
    assert _refusal(_verify(wrong)) == (Outcome.BAD_PROOF, 11)


def test_a_door_without_the_rotating_key_looks_at_the_guests_papers() -> None:
    ring = facts.keyring()
    trust = replace(facts.trust(), keyring=keyring_of([replace(ring[facts.KID], rotating=None)]))
    assert _refusal(_verify(_live(facts.NOW_S), trust)) == (Outcome.CONFIRM_IDENTITY, 11)


# --- the order ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Presentation:
    """A rotating code with everything right, to be spoiled."""

    claims: Claims = field(default_factory=lambda: facts.claims(flags=ROTATING))
    forged: bool = False
    proof: str = "right"
    trust: Trust | Barred = field(default_factory=facts.trust)
    suffix: str = ""
    version_char: str = "C"

    def verified(self) -> Genuine | Refused:
        text = facts.text_of(self.claims)
        text = "T1:" + self.version_char + text[4:]
        if self.forged:
            text = text[:-1] + ("A" if text[-1] != "A" else "B")
        if self.proof == "wrong":
            text = with_proof(text, bytes(20), facts.NOW_S)
        elif self.proof == "right":
            text = with_proof(text, SECRET, facts.NOW_S)
        return _verify(text + self.suffix, self.trust)


Spoil = Callable[[_Presentation], _Presentation]


def _claim(**change: int) -> Spoil:
    return lambda it: replace(it, claims=replace(it.claims, **change))  # type: ignore[arg-type]


FLAWS: list[tuple[int, Outcome, Spoil]] = [
    (0, Outcome.DEVICE_REVOKED, lambda it: replace(it, trust=Barred(Outcome.DEVICE_REVOKED))),
    (1, Outcome.NOT_A_TICKET, lambda it: replace(it, suffix=it.suffix + "é")),
    (3, Outcome.DAMAGED_CODE, lambda it: replace(it, suffix=it.suffix + "!")),
    (4, Outcome.UPDATE_REQUIRED, lambda it: replace(it, version_char="E")),
    (5, Outcome.UNKNOWN_KEY, _claim(kid=99)),
    (6, Outcome.BAD_SIGNATURE, lambda it: replace(it, forged=True)),
    (7, Outcome.UNLISTED, _claim(flags=ROTATING | LISTED)),
    (9, Outcome.WRONG_PRODUCT, _claim(cls=99)),
    (10, Outcome.TOO_LATE, _claim(nbf=0, exp=1)),
    (11, Outcome.BAD_PROOF, lambda it: replace(it, proof="wrong")),
]


PAIRS = list(combinations(FLAWS, 2))


def test_without_a_flaw_the_presentation_is_genuine() -> None:
    assert isinstance(_Presentation().verified(), Genuine)


@pytest.mark.parametrize(("step", "outcome", "spoil"), FLAWS, ids=[outcome for _, outcome, _ in FLAWS])
def test_one_flaw_has_its_outcome_and_its_step(step: int, outcome: Outcome, spoil: Spoil) -> None:
    assert _refusal(spoil(_Presentation()).verified()) == (outcome, step)


@pytest.mark.parametrize(("earlier", "later"), PAIRS, ids=[f"{one[1]}-{two[1]}" for one, two in PAIRS])
def test_of_two_flaws_the_earlier_step_speaks(
    earlier: tuple[int, Outcome, Spoil], later: tuple[int, Outcome, Spoil]
) -> None:
    step, outcome, spoil = earlier
    for both in (later[2](spoil(_Presentation())), spoil(later[2](_Presentation()))):
        assert _refusal(both.verified()) == (outcome, step)


def test_denial_stands_between_the_key_and_the_class() -> None:
    trust = facts.trust(lists=ListsInMemory(denied={facts.TID: facts.denial()}))
    unlisted = facts.text_of(facts.claims(kid=facts.LISTED_KID))
    assert _refusal(_verify(unlisted, trust)) == (Outcome.UNLISTED, 7)
    wrong_class = facts.text_of(facts.claims(cls=99))
    assert _refusal(_verify(wrong_class, trust)) == (Outcome.CANCELED, 8)


def test_a_revoked_key_speaks_before_everything_on_the_lists() -> None:
    trust = facts.trust(lists=ListsInMemory(denied={facts.TID: facts.denial()}))
    text = facts.text_of(facts.claims(kid=facts.REVOKED_KID, flags=LISTED))
    assert _refusal(_verify(text, trust)) == (Outcome.KEY_REVOKED, 7)


def test_a_refusal_before_the_seal_names_no_claims() -> None:
    """Nothing of an unproven code may be taken for a ticket's."""
    for step, _, spoil in FLAWS:
        found = spoil(_Presentation()).verified()
        assert isinstance(found, Refused)
        assert (found.code is None) is (found.terms is None) is (step <= 6)
