"""The same codes at kiosks that are trusted with more or less, and codes that existed before T1."""

from dataclasses import replace

import pytest

from core.model.codes import Adapter, AdapterKind, CodeMode, CodeRules
from core.model.event import Direction
from core.model.ids import ClassId, TicketHandle
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome
from core.ticket import seal
from core.ticket.issue import with_proof
from core.ticket.keyring import Key, KeyState, VerifyProfile
from core.ticket.legacy import Recognised, digest_of
from core.ticket.lists import Denial, DenialReason, Listed, ListsInMemory
from core.ticket.proof import secret_of
from core.ticket.verify import Genuine, Identity, Refused, Trust, verify
from tests.support import facts

LEGACY_KEY = b"\x09" * 32
SHOP_KEY = b"the shop's own"
SHOP = Adapter("shop", AdapterKind.URL, host="tickets.example.org", field="code")
SIGNED = Adapter("signed", AdapterKind.HMAC)
OPAQUE = Adapter("paper", AdapterKind.OPAQUE, least=6)
TID = TicketHandle(b"oldcode1")
LISTED = Listed(TID, 0, facts.claims().cls, facts.claims().nbf, facts.claims().exp)
URL = "https://tickets.example.org/t?code=007007"
DIGEST = digest_of(LEGACY_KEY, Recognised("shop", "007007"))
TEXT = facts.text_of(facts.claims())
DIGEST_OF_TEXT = facts.code_of(facts.claims()).digest


def _trust(
    rules: CodeRules | None = None,
    *,
    profile: VerifyProfile = VerifyProfile.MAC,
    lists: ListsInMemory | None = None,
    is_final: bool = False,
) -> Trust:
    trust = facts.trust(lists=lists or ListsInMemory(old_codes={DIGEST: LISTED}))
    rules = rules or CodeRules(CodeMode.FOREIGN, is_final, adapters=(SHOP, SIGNED, OPAQUE))
    event = replace(trust.event, codes=replace(rules, is_final=rules.is_final or is_final))
    keyring = trust.keyring if profile is VerifyProfile.MAC else _without_secrets(trust.keyring.values())
    return replace(
        trust,
        event=event,
        profile=profile,
        keyring=keyring,
        legacy_key=LEGACY_KEY,
        adapter_keys={"signed": SHOP_KEY} if profile is VerifyProfile.MAC else {},
    )


def _without_secrets(keys: object) -> dict[object, Key]:
    """What a `list` or `sig` kiosk holds: public keys alone."""
    held = {}
    for key in keys:  # type: ignore[attr-defined]
        public = key.verifying if key.algorithm.label == "ed25519" else None
        held[key.kid] = replace(key, verifying=public, rotating=None)
    return held


def _verify(
    text: str,
    trust: Trust,
    direction: Direction = Direction.ENTRY,
    now_ms: int = facts.NOW_S * 1000,
    quality: ClockQuality = ClockQuality.SYNCED,
) -> Genuine | Refused:
    return verify(text, trust=trust, lane=facts.lane(direction), now=facts.moment(now_ms, quality=quality))


def _told(found: Genuine | Refused) -> tuple[Outcome, int] | Identity:
    return found.identity if isinstance(found, Genuine) else (found.outcome, found.step)


# --- profiles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_final", [False, True])
def test_a_list_kiosk_proves_a_code_by_its_place_on_the_list(is_final: bool) -> None:
    listed = ListsInMemory(allowed=frozenset({DIGEST_OF_TEXT}))
    found = _verify(TEXT, _trust(profile=VerifyProfile.LIST, lists=listed, is_final=is_final))
    assert isinstance(found, Genuine)
    assert found.identity == Identity(facts.claims().tid, 0, facts.claims().cls, "t1")


@pytest.mark.parametrize(("is_final", "outcome"), [(False, Outcome.UNLISTED), (True, Outcome.UNKNOWN_CODE)])
def test_a_list_kiosk_knows_nothing_of_a_code_that_is_not_listed(is_final: bool, outcome: Outcome) -> None:  # G25
    found = _verify(TEXT, _trust(profile=VerifyProfile.LIST, is_final=is_final))
    assert isinstance(found, Refused)
    assert (found.outcome, found.step, found.identity) == (outcome, 6, None)
    assert (found.digest, found.form) == (DIGEST_OF_TEXT, "t1")


def test_a_list_kiosk_takes_no_changed_seal_for_a_listed_code() -> None:
    listed = ListsInMemory(allowed=frozenset({DIGEST_OF_TEXT}))
    forged = TEXT[:-1] + ("A" if TEXT[-1] != "A" else "B")
    assert _told(_verify(forged, _trust(profile=VerifyProfile.LIST, lists=listed))) == (Outcome.UNLISTED, 6)


def test_a_sig_kiosk_verifies_signatures_and_no_macs() -> None:
    trust = _trust(profile=VerifyProfile.SIG)
    assert isinstance(_verify(facts.text_of(facts.claims(kid=facts.ED_KID)), trust), Genuine)
    assert _told(_verify(TEXT, trust)) == (Outcome.UNKNOWN_KEY, 5), "the kiosk is at fault, not the guest"


def test_a_kiosk_without_the_rotating_key_asks_who_holds_the_ticket() -> None:
    claims = facts.claims(kid=facts.ED_KID, flags=1)
    secret = secret_of(b"\x00" * 32, claims)
    live = with_proof(facts.text_of(claims), secret, facts.NOW_S)
    found = _verify(live, _trust(profile=VerifyProfile.SIG))
    assert _told(found) == (Outcome.CONFIRM_IDENTITY, 11)
    assert isinstance(found, Refused)
    assert found.proof is not None, "for the server, which holds the key"
    unlisted = _verify(live, _trust(profile=VerifyProfile.LIST))
    assert isinstance(unlisted, Refused)
    assert unlisted.proof == found.proof


# --- codes that existed before T1 ---------------------------------------------------------------------------------


def test_a_listed_old_code_is_its_ticket() -> None:
    found = _verify(URL, _trust())
    assert isinstance(found, Genuine)
    assert found.identity == Identity(TID, 0, LISTED.cls, "shop")
    assert (found.terms.tid, found.terms.nbf, found.code) == (TID, LISTED.nbf, None)


@pytest.mark.parametrize("marks", ["\\000026{}", "{}\r\n", "{}\n"])
def test_a_scanners_marks_do_not_matter(marks: str) -> None:  # A3
    assert isinstance(_verify(marks.format(URL), _trust()), Genuine)


@pytest.mark.parametrize(
    ("text", "is_final", "told"),
    [
        (URL + "1", False, (Outcome.UNLISTED, 7)),
        (URL + "1", True, (Outcome.UNKNOWN_CODE, 7)),
        ("https://example.org/menu", True, (Outcome.NOT_A_TICKET, 2)),
    ],
)
def test_an_old_code_that_is_not_listed(text: str, is_final: bool, told: tuple[Outcome, int]) -> None:  # G25
    found = _verify(text, _trust(is_final=is_final))
    assert _told(found) == told
    assert isinstance(found, Refused)
    assert (found.form is None) is (told[0] is Outcome.NOT_A_TICKET)


def test_an_authentic_old_code_is_unlisted_even_beside_a_final_list() -> None:
    payload = "order-12"
    text = f"{payload}.{seal._hmac_sha256(SHOP_KEY, payload.encode()).hex()}"
    assert _told(_verify(text, _trust(is_final=True))) == (Outcome.UNLISTED, 7)
    assert _told(_verify(text[:-1] + ("0" if text[-1] != "0" else "1"), _trust())) == (Outcome.BAD_SIGNATURE, 6)
    forged = f"{payload}.{seal._hmac_sha256(b'other', payload.encode()).hex()}"
    assert _told(_verify(forged, _trust())) == (Outcome.BAD_SIGNATURE, 6)


def test_an_event_of_t1_alone_knows_no_other_code() -> None:
    trust = _trust(CodeRules(CodeMode.T1, adapters=(SHOP, OPAQUE)))
    assert _told(_verify(URL, trust)) == (Outcome.NOT_A_TICKET, 2)


def test_a_t1_never_falls_through_to_an_adapter() -> None:
    """A damaged or forged T1 in an event whose adapter takes any text stays what it is."""
    trust = _trust()
    assert _told(_verify(TEXT[:-1], trust)) == (Outcome.DAMAGED_CODE, 3)
    assert _told(_verify("T1:" + "A" * 20, trust)) == (Outcome.DAMAGED_CODE, 3)
    assert _told(_verify("T1:\x07abcdefgh", trust)) == (Outcome.NOT_A_TICKET, 1)


def test_a_shops_own_prefix_may_look_like_a_newer_format() -> None:
    assert _told(_verify("T2:ABCDEF", _trust())) == (Outcome.UNLISTED, 7)
    assert _told(_verify("T2:ABCDEF", _trust(CodeRules()))) == (Outcome.UPDATE_REQUIRED, 2)


@pytest.mark.parametrize(
    ("change", "direction", "told"),
    [
        ({"nbf": 2**32 - 2, "exp": 2**32 - 1}, Direction.ENTRY, (Outcome.TOO_EARLY, 10)),
        ({"cls": ClassId(999)}, Direction.ENTRY, (Outcome.WRONG_PRODUCT, 9)),
    ],
)
def test_the_terms_of_an_old_code_are_those_of_its_row(
    change: dict[str, int], direction: Direction, told: tuple[Outcome, int]
) -> None:
    lists = ListsInMemory(old_codes={DIGEST: replace(LISTED, **change)})  # type: ignore[arg-type]
    assert _told(_verify(URL, _trust(lists=lists), direction)) == told


@pytest.mark.parametrize(("min_gen", "told"), [(0, None), (1, (Outcome.REVOKED, 8)), (256, (Outcome.REVOKED, 8))])
def test_a_reissued_tickets_old_code_is_revoked(min_gen: int, told: tuple[Outcome, int] | None) -> None:  # G17
    lists = ListsInMemory(old_codes={DIGEST: LISTED}, denied={TID: Denial(min_gen, DenialReason.REVOKED)})
    found = _verify(URL, _trust(lists=lists))
    assert (None if isinstance(found, Genuine) else _told(found)) == told


# --- the end of a migration ---------------------------------------------------------------------------------------

UNTIL = Millis(facts.NOW_S * 1000)
MIGRATING = CodeRules(CodeMode.MIGRATING, legacy_until_ms=UNTIL, adapters=(SHOP,))


@pytest.mark.parametrize(
    ("offset_ms", "quality", "is_expired"),
    [
        (-1, ClockQuality.SYNCED, False),
        (0, ClockQuality.SYNCED, True),
        (10**9, ClockQuality.SUSPECT, False),
    ],
)
def test_old_codes_end_at_the_cut_over(offset_ms: int, quality: ClockQuality, is_expired: bool) -> None:
    found = _verify(URL, _trust(MIGRATING), now_ms=UNTIL + offset_ms, quality=quality)
    assert (_told(found) == (Outcome.LEGACY_EXPIRED, 7)) is is_expired


def test_a_guest_with_an_expired_code_may_leave() -> None:
    assert isinstance(_verify(URL, _trust(MIGRATING), Direction.EXIT, UNTIL + 1), Genuine)


def test_codes_of_another_shop_never_end() -> None:
    rules = replace(MIGRATING, mode=CodeMode.FOREIGN)
    assert isinstance(_verify(URL, _trust(rules), now_ms=UNTIL + 1), Genuine)


def test_a_revoked_key_revokes_no_old_code() -> None:
    trust = _trust()
    revoked = {kid: replace(key, state=KeyState.REVOKED) for kid, key in trust.keyring.items()}
    assert isinstance(_verify(URL, replace(trust, keyring=revoked)), Genuine)
