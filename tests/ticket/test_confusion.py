"""Keys, seals, forms and lists taken for one another: each attempt by name, with its one answer."""

import hashlib
import hmac
import json
from base64 import b32decode, b32encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest

from core.model.codes import Adapter, AdapterKind, CodeMode, CodeRules
from core.model.event import Direction
from core.model.ids import ClassId, CodeDigest, TicketHandle
from core.model.moments import Millis
from core.model.outcomes import Outcome
from core.ticket.issue import issue, with_proof
from core.ticket.keyring import Algorithm, KeyUse, VerifyProfile, derive, keyring_of
from core.ticket.legacy import Recognised, digest_of
from core.ticket.lists import Denial, Listed, ListsInMemory
from core.ticket.proof import secret_of
from core.ticket.verify import Genuine, Refused, Trust, verify
from core.ticket.wire import Claims
from tests.support import facts

R, L = 1, 2
LEGACY_KEY, OTHER_LEGACY_KEY = bytes(range(64, 96)), bytes(range(96, 128))
SHOP_KEY = b"the old shop's own key"
OTHER_TID = TicketHandle(bytes.fromhex("0123456789abcdef"))

ADMITTED = None
Answer = tuple[Outcome, int] | None
"""The outcome and its check; None for a code that passes."""

SIGNED = Adapter("signed", AdapterKind.HMAC)
LINK = Adapter("link", AdapterKind.URL, host="tickets.example", field="code")
PAGE = Adapter("page", AdapterKind.URL, host="tickets.example")
OBJECT = Adapter("object", AdapterKind.JSON, field="code")
GUID = Adapter("guid", AdapterKind.UUID)
PLAIN = Adapter("plain", AdapterKind.OPAQUE)
EVERY = (SIGNED, GUID, LINK, OBJECT, PLAIN)


# --- what a forger has at hand ------------------------------------------------------------------------------------


def body(text: str) -> bytes:
    """The bytes behind a static T1 text."""
    return b32decode(text[3:] + "=" * (-len(text[3:]) % 8))


def spelled(octets: bytes) -> str:
    return "T1:" + b32encode(octets).decode().rstrip("=")


def sealed(**claims: int) -> str:
    return facts.text_of(facts.claims(**claims))


def with_header(text: str, **changes: object) -> str:
    """The old seal under other claims."""
    claims: Claims = replace(facts.claims(), **changes)  # type: ignore[arg-type]
    return spelled(body(facts.text_of(claims))[:24] + body(text)[24:])


def rotating(tid: TicketHandle = facts.TID, at_s: int = facts.NOW_S) -> str:
    """A live code of a ticket."""
    claims = replace(facts.claims(flags=R), tid=tid)
    key = derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID)
    return with_proof(facts.text_of(claims), secret_of(key, claims), at_s)


def payload_code(payload: str = "order-000123", key: bytes = SHOP_KEY) -> str:
    return f"{payload}.{hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()}"


def digest(text: str) -> CodeDigest:
    """A T1's digest as lists carry it (docs/ticket-format.md), worked out here."""
    return CodeDigest(hashlib.sha256(b"event-ticket/v1\x00" + body(text)).digest()[:16])


def old(adapter: Adapter, canonical: str, key: bytes = LEGACY_KEY) -> CodeDigest:
    return digest_of(key, Recognised(adapter.name, canonical))


def ticket() -> Listed:
    return Listed(facts.TID, 0, ClassId(1), facts.NBF_S, facts.EXP_S)


@dataclass(frozen=True, slots=True)
class At:
    """A door: the usual one until told otherwise."""

    adapters: tuple[Adapter, ...] = ()
    mode: CodeMode = CodeMode.T1
    is_final: bool = False
    until_ms: Millis | None = None
    allowed: tuple[CodeDigest, ...] = ()
    denied: Mapping[TicketHandle, Denial] | None = None
    old_codes: tuple[CodeDigest, ...] = ()
    profile: VerifyProfile = VerifyProfile.MAC
    legacy_key: bytes | None = LEGACY_KEY
    adapter_keys: Mapping[str, bytes] | None = None
    without_secrets: bool = False
    direction: Direction = Direction.ENTRY

    def trust(self) -> Trust:
        rules = CodeRules(self.mode, self.is_final, self.until_ms, self.adapters)
        lists = ListsInMemory(frozenset(self.allowed), self.denied or {}, {each: ticket() for each in self.old_codes})
        trust = facts.trust(replace(facts.event(), codes=rules), lists=lists)
        keys = trust.keyring.values()
        held = [replace(key, verifying=None, rotating=None) for key in keys] if self.without_secrets else keys
        return replace(
            trust,
            keyring=keyring_of(held),
            profile=self.profile,
            legacy_key=self.legacy_key,
            adapter_keys={"signed": SHOP_KEY} if self.adapter_keys is None else self.adapter_keys,
        )


def foreign(*adapters: Adapter, **changes: object) -> At:
    return replace(At(adapters or EVERY, CodeMode.FOREIGN), **changes)  # type: ignore[arg-type]


def migrating(*adapters: Adapter, **changes: object) -> At:
    return replace(At(adapters or EVERY, CodeMode.MIGRATING), **changes)  # type: ignore[arg-type]


def answer(text: str, at: At) -> Answer:
    found = verify(text, trust=at.trust(), lane=facts.lane(at.direction), now=facts.moment())
    if isinstance(found, Genuine):
        assert found.identity.tid in {facts.TID, OTHER_TID}
    return (found.outcome, found.step) if isinstance(found, Refused) else ADMITTED


# --- the table ----------------------------------------------------------------------------------------------------

PUBLIC = facts.keyring()[facts.ED_KID].verifying or b""
MAC_KEY = facts.keyring()[facts.KID].verifying or b""
MAC, ED = Algorithm.HMAC_SHA256_128, Algorithm.ED25519
GOOD, GOOD_ED = sealed(), sealed(kid=facts.ED_KID)
DENIED = {facts.TID: Denial(2)}
GUID_TEXT = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
GUID_HEX = GUID_TEXT.replace("-", "")

BAD = (Outcome.BAD_SIGNATURE, 6)
DAMAGED_3, DAMAGED_5, DAMAGED_11 = ((Outcome.DAMAGED_CODE, step) for step in (3, 5, 11))
NOT_A_TICKET = (Outcome.NOT_A_TICKET, 2)
UNLISTED_6, UNLISTED = (Outcome.UNLISTED, 6), (Outcome.UNLISTED, 7)
UNKNOWN_CODE_6, UNKNOWN_CODE = (Outcome.UNKNOWN_CODE, 6), (Outcome.UNKNOWN_CODE, 7)

Case = tuple[str, At, Answer]


def tagged(before: bytes) -> str:
    """The usual ticket with a tag over its header and what comes before it."""
    header = body(GOOD)[:24]
    return spelled(header + hmac.new(MAC_KEY, before + header, hashlib.sha256).digest()[:16])


KEYS: dict[str, Case] = {
    "genuine Ed25519": (GOOD_ED, At(), ADMITTED),
    "HMAC body under an Ed25519 kid": (with_header(GOOD, kid=facts.ED_KID), At(), DAMAGED_5),
    "Ed25519 body under an HMAC kid": (spelled(body(GOOD)[:24] + body(GOOD_ED)[24:]), At(), DAMAGED_5),
    "public key used as MAC key, HMAC length": (issue(facts.claims(kid=facts.ED_KID), MAC, PUBLIC), At(), DAMAGED_5),
    "public key used as MAC key, padded to 64 bytes": (
        spelled(body(issue(facts.claims(kid=facts.ED_KID), MAC, PUBLIC)) + bytes(48)),
        At(),
        BAD,
    ),
    "public key used as MAC key, four tags in a row": (
        spelled(body(GOOD_ED)[:24] + body(issue(facts.claims(kid=facts.ED_KID), MAC, PUBLIC))[24:] * 4),
        At(),
        BAD,
    ),
    "MAC key used as Ed25519 key under the HMAC kid": (issue(facts.claims(), ED, MAC_KEY), At(), DAMAGED_5),
    "MAC key used as Ed25519 key under the Ed25519 kid": (
        issue(facts.claims(kid=facts.ED_KID), ED, MAC_KEY),
        At(),
        BAD,
    ),
    "genuine HMAC, tagged as the format says": (tagged(b"event-ticket/v1\x00\x01"), At(), ADMITTED),
    "tag without the algorithm's byte": (tagged(b"event-ticket/v1\x00"), At(), BAD),
    "tag over the other algorithm's byte": (tagged(b"event-ticket/v1\x00\x02"), At(), BAD),
    "tag without the domain": (tagged(b"\x01"), At(), BAD),
    "tag by the rotating key": (
        issue(facts.claims(), MAC, derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.KID)),
        At(),
        BAD,
    ),
    "tag by the legacy key": (
        issue(facts.claims(), MAC, derive(facts.MASTER, KeyUse.LEGACY, facts.EVENT, facts.KID)),
        At(),
        BAD,
    ),
    "tag by the same kid's key of another event": (
        issue(facts.claims(), MAC, derive(facts.MASTER, KeyUse.MAC, facts.OTHER_EVENT, facts.KID)),
        At(),
        BAD,
    ),
    "tag by a key of zeros": (issue(facts.claims(), MAC, bytes(32)), At(), BAD),
    "tag of zeros": (spelled(body(GOOD)[:24] + bytes(16)), At(), BAD),
    "signature of zeros": (spelled(body(GOOD_ED)[:24] + bytes(64)), At(), BAD),
    "small-order signature": (spelled(body(GOOD_ED)[:24] + b"\x01" + bytes(63)), At(), BAD),
    "signature with its S made larger by the group's order": (
        spelled(
            body(GOOD_ED)[:56]
            + (int.from_bytes(body(GOOD_ED)[56:], "little") + 2**252 + 27742317777372353535851937790883648493).to_bytes(
                32, "little"
            )
        ),
        At(),
        BAD,
    ),
    "kid of another key of the event": (with_header(GOOD, kid=facts.OLD_KID), At(), BAD),
    "kid of another event": (with_header(GOOD, kid=facts.FOREIGN_KID), At(), (Outcome.WRONG_EVENT, 5)),
    "genuine ticket of another event": (sealed(kid=facts.FOREIGN_KID), At(), (Outcome.WRONG_EVENT, 5)),
    "kid of nobody": (with_header(GOOD, kid=99), At(), (Outcome.UNKNOWN_KEY, 5)),
    "listed-only ticket under the active kid": (
        with_header(sealed(kid=facts.LISTED_KID), kid=facts.KID),
        At(),
        BAD,
    ),
    "revoked key": (sealed(kid=facts.REVOKED_KID), At(), (Outcome.KEY_REVOKED, 7)),
    "revoked key, listed": (
        sealed(kid=facts.REVOKED_KID),
        At(allowed=(digest(sealed(kid=facts.REVOKED_KID)),)),
        (Outcome.KEY_REVOKED, 7),
    ),
    "revoked key's ticket under the active kid": (
        with_header(sealed(kid=facts.REVOKED_KID), kid=facts.KID),
        At(),
        BAD,
    ),
    "listed-only key, unlisted": (sealed(kid=facts.LISTED_KID), At(), UNLISTED),
    "listed-only key, another ticket listed": (
        sealed(kid=facts.LISTED_KID),
        At(allowed=(digest(sealed(kid=facts.LISTED_KID, gen=1)),)),
        UNLISTED,
    ),
    "listed-only key, listed": (
        sealed(kid=facts.LISTED_KID),
        At(allowed=(digest(sealed(kid=facts.LISTED_KID)),)),
        ADMITTED,
    ),
    "listed code whose seal is wrong": (
        with_header(GOOD, gen=3),
        At(allowed=(digest(with_header(GOOD, gen=3)),)),
        BAD,
    ),
}


def _cut(length: int) -> Case:
    """Nothing but 40 and 88 bytes is a body; a length that belongs to the other algorithm is damaged too."""
    whole = body(GOOD_ED) if length > 40 else body(GOOD)
    octets = (whole + bytes(length))[:length]
    return spelled(octets), At(), DAMAGED_3


BODIES: dict[str, Case] = {
    **{f"body of {length} bytes": _cut(length) for length in (0, 1, 23, 24, 25, 39, 41, 64, 87, 89, 90, 200)},
    "HMAC body extended to 88 bytes": (spelled(body(GOOD) + bytes(48)), At(), DAMAGED_5),
    "Ed25519 body cut to 40 bytes": (spelled(body(GOOD_ED)[:40]), At(), DAMAGED_5),
    "padding": (GOOD + "=", At(), DAMAGED_3),
    "a set spare bit": (GOOD_ED[:-1] + chr(ord(GOOD_ED[-1]) + 1), At(), DAMAGED_3),
}

HEADERS: dict[str, Case] = {
    "R stripped": (with_header(sealed(flags=R)), At(), BAD),
    "R stripped, live proof kept": (
        with_header(sealed(flags=R)) + rotating()[67:],
        At(),
        BAD,
    ),
    "L stripped": (with_header(sealed(flags=L)), At(), BAD),
    "R set": (with_header(GOOD, flags=R), At(), BAD),
    "L set": (with_header(GOOD, flags=L), At(), BAD),
    "third flag set": (spelled(b"\x14" + body(GOOD)[1:]), At(), (Outcome.UPDATE_REQUIRED, 4)),
    "fourth flag set": (spelled(b"\x18" + body(GOOD)[1:]), At(), (Outcome.UPDATE_REQUIRED, 4)),
    "version 2": (spelled(b"\x20" + body(GOOD)[1:]), At(), (Outcome.UPDATE_REQUIRED, 4)),
    "version 0": (spelled(b"\x00" + body(GOOD)[1:]), At(), (Outcome.UPDATE_REQUIRED, 4)),
    "old edition under a deny list": (sealed(gen=1), At(denied=DENIED), (Outcome.REVOKED, 8)),
    "new edition under a deny list": (sealed(gen=2), At(denied=DENIED), ADMITTED),
    "old edition that calls itself the new one": (with_header(sealed(gen=1), gen=2), At(denied=DENIED), BAD),
    "denied ticket that calls itself another": (with_header(sealed(), tid=OTHER_TID), At(denied=DENIED), BAD),
    "another class with the old seal": (with_header(GOOD, cls=ClassId(2)), At(), BAD),
    "a later end with the old seal": (with_header(GOOD, exp=facts.EXP_S + 86_400), At(), BAD),
    "an earlier start with the old seal": (with_header(GOOD, nbf=0), At(), BAD),
    "the seal of another ticket": (spelled(body(GOOD)[:24] + body(sealed(gen=1))[24:]), At(), BAD),
    "L, unlisted": (sealed(flags=L), At(), UNLISTED),
    "L, listed": (sealed(flags=L), At(allowed=(digest(sealed(flags=L)),)), ADMITTED),
    "L, listed without L": (sealed(flags=L), At(allowed=(digest(GOOD),)), UNLISTED),
}

PROOFS: dict[str, Case] = {
    "live": (rotating(), At(), ADMITTED),
    "no proof": (sealed(flags=R), At(), (Outcome.PROOF_MISSING, 11)),
    "proof of another ticket at the same moment, pasted": (
        rotating()[:67] + rotating(OTHER_TID)[67:],
        At(),
        (Outcome.BAD_PROOF, 11),
    ),
    "proof behind a static ticket": (GOOD + rotating()[67:], At(), DAMAGED_11),
    "proof behind a static Ed25519 ticket": (GOOD_ED + rotating()[67:], At(), DAMAGED_11),
    "old digits with a fresh stamp": (
        rotating()[:67] + f".{facts.NOW_S}" + rotating(at_s=facts.NOW_S - 300)[-9:],
        At(),
        (Outcome.BAD_PROOF, 11),
    ),
    "fresh digits with an old stamp": (
        rotating()[:67] + f".{facts.NOW_S - 300}" + rotating()[-9:],
        At(),
        (Outcome.BAD_PROOF, 11),
    ),
    "a screenshot five minutes old": (rotating(at_s=facts.NOW_S - 300), At(), (Outcome.REPLAYED_CODE, 11)),
    "a screen five minutes ahead": (rotating(at_s=facts.NOW_S + 300), At(), (Outcome.REPLAYED_CODE, 11)),
    "two proofs": (rotating() + rotating()[67:], At(), DAMAGED_3),
    "proof by another key's rotating key": (
        with_proof(
            sealed(flags=R),
            secret_of(derive(facts.MASTER, KeyUse.ROTATING, facts.EVENT, facts.OLD_KID), facts.claims(flags=R)),
            facts.NOW_S,
        ),
        At(),
        (Outcome.BAD_PROOF, 11),
    ),
    "proof of the edition before": (
        sealed(flags=R, gen=1) + rotating()[67:],
        At(),
        (Outcome.BAD_PROOF, 11),
    ),
}

LINK_OF = "https://tickets.example/check?code={}".format
MODES = {"t1": At(EVERY), "migrating": migrating(), "foreign": foreign()}
DOWNGRADES: dict[str, Case] = {
    **{
        f"forged T1 with an opaque adapter, {mode}": (GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B"), at, BAD)
        for mode, at in MODES.items()
    },
    **{
        f"T1 text listed as an opaque code, {mode}": (
            with_header(GOOD, gen=9),
            replace(at, old_codes=(old(PLAIN, with_header(GOOD, gen=9)),)),
            BAD,
        )
        for mode, at in MODES.items()
    },
    **{
        f"damaged T1 listed as an opaque code, {mode}": (
            "T1:HELLO-1234",
            replace(at, old_codes=(old(PLAIN, "T1:HELLO-1234"),)),
            DAMAGED_3,
        )
        for mode, at in MODES.items()
    },
    **{f"genuine T1, {mode}": (GOOD, at, ADMITTED) for mode, at in MODES.items()},
    **{
        f"T1 inside an address, {mode}": (LINK_OF(quote(GOOD)), at, NOT_A_TICKET if mode == "t1" else UNLISTED)
        for mode, at in MODES.items()
    },
    **{
        f"T1 inside an object, {mode}": (json.dumps({"code": GOOD}), at, NOT_A_TICKET if mode == "t1" else UNLISTED)
        for mode, at in MODES.items()
    },
    **{
        f"T1 in lower case, {mode}": (GOOD.lower(), at, NOT_A_TICKET if mode == "t1" else UNLISTED)
        for mode, at in MODES.items()
    },
    **{
        f"listed old code, {mode}": (
            "ABCD-1234",
            replace(at, old_codes=(old(PLAIN, "ABCD-1234"),)),
            NOT_A_TICKET if mode == "t1" else ADMITTED,
        )
        for mode, at in MODES.items()
    },
    "T1 inside an address, allowed as a T1": (LINK_OF(quote(GOOD)), foreign(allowed=(digest(GOOD),)), UNLISTED),
    "a denied T1 whose address is not listed": (LINK_OF(quote(GOOD)), foreign(denied=DENIED), UNLISTED),
    "old code of a denied ticket": (
        "ABCD-1234",
        foreign(old_codes=(old(PLAIN, "ABCD-1234"),), denied=DENIED),
        (Outcome.REVOKED, 8),
    ),
    "old code after the end of its migration": (
        "ABCD-1234",
        migrating(old_codes=(old(PLAIN, "ABCD-1234"),), until_ms=Millis(facts.NOW)),
        (Outcome.LEGACY_EXPIRED, 7),
    ),
    "old code of a foreign event has no end": (
        "ABCD-1234",
        foreign(old_codes=(old(PLAIN, "ABCD-1234"),), until_ms=Millis(facts.NOW)),
        ADMITTED,
    ),
    "later T version in an event of T1": ("T2:" + GOOD[3:], At(EVERY), (Outcome.UPDATE_REQUIRED, 2)),
    "later T version in an event of addresses": ("T2:" + GOOD[3:], foreign(LINK), (Outcome.UPDATE_REQUIRED, 2)),
    "old code at a door without the legacy key": ("ABCD-1234", foreign(legacy_key=None), NOT_A_TICKET),
}

FORMS: dict[str, Case] = {
    "opaque, listed by an address of the same code": (
        "ABCD-1234",
        foreign(old_codes=(old(LINK, "ABCD-1234"),)),
        UNLISTED,
    ),
    "address, listed as the opaque code": (
        LINK_OF("ABCD-1234"),
        foreign(old_codes=(old(PLAIN, "ABCD-1234"),)),
        UNLISTED,
    ),
    "object, listed as the opaque code": (
        json.dumps({"code": "ABCD-1234"}),
        foreign(old_codes=(old(PLAIN, "ABCD-1234"),)),
        UNLISTED,
    ),
    "UUID, listed as the opaque hex": (GUID_TEXT, foreign(old_codes=(old(PLAIN, GUID_HEX),)), UNLISTED),
    "opaque hex where UUIDs are read first": (GUID_HEX, foreign(old_codes=(old(PLAIN, GUID_HEX),)), UNLISTED),
    "UUID in another spelling": (
        "{" + GUID_TEXT.upper() + "}",
        foreign(old_codes=(old(GUID, GUID_HEX),)),
        ADMITTED,
    ),
    "listed under another event's legacy key": (
        "ABCD-1234",
        foreign(old_codes=(old(PLAIN, "ABCD-1234", OTHER_LEGACY_KEY),)),
        UNLISTED,
    ),
    "adapter's name run into the code": (
        "ABCD-1234",
        foreign(old_codes=(old(replace(PLAIN, name="plai"), "nABCD-1234"),)),
        UNLISTED,
    ),
    "address of another host": (
        "https://evil.example/check?code=ABCD-1234",
        foreign(LINK, old_codes=(old(LINK, "ABCD-1234"),)),
        NOT_A_TICKET,
    ),
    "address with the host as its user": (
        "https://tickets.example@evil.example/check?code=ABCD-1234",
        foreign(LINK, old_codes=(old(LINK, "ABCD-1234"),)),
        NOT_A_TICKET,
    ),
    "address with two codes": (
        LINK_OF("ABCD-1234&code=EFGH-5678"),
        foreign(LINK, old_codes=(old(LINK, "ABCD-1234"),)),
        NOT_A_TICKET,
    ),
    "object with two codes": (
        '{"code": "EFGH-5678", "code": "ABCD-1234"}',
        foreign(OBJECT, old_codes=(old(OBJECT, "ABCD-1234"),)),
        NOT_A_TICKET,
    ),
    "code as a number": (
        '{"code": 12345678}',
        foreign(OBJECT, old_codes=(old(OBJECT, "12345678"),)),
        ADMITTED,
    ),
    "code in another field": (
        '{"id": "ABCD-1234"}',
        foreign(OBJECT, old_codes=(old(OBJECT, "ABCD-1234"),)),
        NOT_A_TICKET,
    ),
    "last part of a path that is only in the fragment": (
        "https://tickets.example/t#/ABCD-1234",
        foreign(PAGE, old_codes=(old(PAGE, "ABCD-1234"),)),
        NOT_A_TICKET,
    ),
    "look-alike letters": (
        "\u0410BCD-1234",
        foreign(PLAIN, old_codes=(old(PLAIN, "ABCD-1234"),)),
        UNLISTED,
    ),
    "another case": ("abcd-1234", foreign(PLAIN, old_codes=(old(PLAIN, "ABCD-1234"),)), UNLISTED),
    "lost zeros": ("123", foreign(replace(PLAIN, least=1), old_codes=(old(PLAIN, "000123"),)), UNLISTED),
}

PAYLOADS: dict[str, Case] = {
    "right": (payload_code(), foreign(old_codes=(old(SIGNED, payload_code()),)), ADMITTED),
    "right, not listed, open list": (payload_code(), foreign(), UNLISTED),
    "right, not listed, final list": (payload_code(), foreign(is_final=True), UNLISTED),
    "by another key": (payload_code(key=b"guess"), foreign(old_codes=(old(SIGNED, payload_code()),)), BAD),
    "by the legacy key": (payload_code(key=LEGACY_KEY), foreign(old_codes=(old(SIGNED, payload_code()),)), BAD),
    "by an empty key": (payload_code(key=b""), foreign(old_codes=(old(SIGNED, payload_code()),)), BAD),
    "digest of zeros": ("order-000123." + "0" * 64, foreign(old_codes=(old(SIGNED, payload_code()),)), BAD),
    "digest of another payload": (
        "order-000124." + payload_code()[-64:],
        foreign(old_codes=(old(SIGNED, "order-000124"),)),
        BAD,
    ),
    "empty digest": ("order-000123.", foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),)), NOT_A_TICKET),
    "no digest": ("order-000123", foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),)), NOT_A_TICKET),
    "no digest, as an opaque code": ("order-000123", foreign(old_codes=(old(SIGNED, payload_code()),)), UNLISTED),
    "upper-case digest": (
        payload_code()[:-64] + payload_code()[-64:].upper(),
        foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),)),
        NOT_A_TICKET,
    ),
    "truncated digest": (payload_code()[:-1], foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),)), NOT_A_TICKET),
    "half a digest": (payload_code()[:-32], foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),)), NOT_A_TICKET),
    "a digest in other digits": (
        "order-000123." + "\u0661" * 64,
        foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),)),
        NOT_A_TICKET,
    ),
    "another adapter's key": (
        payload_code(),
        foreign(SIGNED, old_codes=(old(SIGNED, payload_code()),), adapter_keys={"signed": b"another"}),
        BAD,
    ),
    "no key here, not listed": (payload_code(), foreign(SIGNED, adapter_keys={}), UNLISTED),
}

SIG = {"profile": VerifyProfile.SIG, "without_secrets": True}
LIST = {"profile": VerifyProfile.LIST, "without_secrets": True}
PROFILES: dict[str, Case] = {
    "sig without the public key": (GOOD_ED, At(**SIG), (Outcome.UNKNOWN_KEY, 5)),  # type: ignore[arg-type]
    "sig without the public key, listed": (GOOD_ED, At(allowed=(digest(GOOD_ED),), **SIG), (Outcome.UNKNOWN_KEY, 5)),  # type: ignore[arg-type]
    "sig with the public key": (GOOD_ED, At(profile=VerifyProfile.SIG), ADMITTED),
    "list, listed": (GOOD, At(allowed=(digest(GOOD),), **LIST), ADMITTED),  # type: ignore[arg-type]
    "list, unlisted genuine code, open": (GOOD, At(**LIST), UNLISTED_6),  # type: ignore[arg-type]
    "list, unlisted genuine code, final": (GOOD, At(is_final=True, **LIST), UNKNOWN_CODE_6),  # type: ignore[arg-type]
    "list, the old seal under a listed ticket's claims": (
        with_header(GOOD, gen=1),
        At(allowed=(digest(GOOD), digest(sealed(gen=1))), **LIST),  # type: ignore[arg-type]
        UNLISTED_6,
    ),
    "list, a revoked key's code": (
        sealed(kid=facts.REVOKED_KID),
        At(allowed=(digest(sealed(kid=facts.REVOKED_KID)),), **LIST),  # type: ignore[arg-type]
        (Outcome.KEY_REVOKED, 7),
    ),
    "list, another event's code": (
        sealed(kid=facts.FOREIGN_KID),
        At(allowed=(digest(sealed(kid=facts.FOREIGN_KID)),), **LIST),  # type: ignore[arg-type]
        (Outcome.WRONG_EVENT, 5),
    ),
    "list, listed and live": (
        rotating(),
        At(allowed=(digest(sealed(flags=R)),), **LIST),  # type: ignore[arg-type]
        (Outcome.CONFIRM_IDENTITY, 11),
    ),
    "mac, listed nowhere, final": (GOOD, At(is_final=True), ADMITTED),
    "mac, an L code missing from a final list": (sealed(flags=L), At(is_final=True), UNLISTED),
    "an old code missing from an open list": ("ABCD-1234", foreign(PLAIN), UNLISTED),
    "an old code missing from a final list": ("ABCD-1234", foreign(PLAIN, is_final=True), UNKNOWN_CODE),
    "a T1's digest among the old codes": (GOOD, At(old_codes=(digest(GOOD),), **LIST), UNLISTED_6),  # type: ignore[arg-type]
    "an old code's digest on the allow list": ("ABCD-1234", foreign(allowed=(old(PLAIN, "ABCD-1234"),)), UNLISTED),
}

TABLE: dict[str, Case] = {
    f"{group}: {name}": case
    for group, cases in {
        "key": KEYS,
        "body": BODIES,
        "header": HEADERS,
        "proof": PROOFS,
        "downgrade": DOWNGRADES,
        "form": FORMS,
        "payload": PAYLOADS,
        "profile": PROFILES,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("text", "at", "expected"), TABLE.values(), ids=TABLE)
def test_each_confusion_has_its_one_answer(text: str, at: At, expected: Answer) -> None:  # A12, G15, G16, G20
    assert answer(text, at) == expected


@pytest.mark.parametrize("key", [b"guess", b""])
def test_a_door_without_an_adapters_key_lets_no_forged_payload_in(key: bytes) -> None:
    """Payloads are order numbers: whoever guesses a listed one must not get in where its seal can't be checked."""
    at = foreign(SIGNED, adapter_keys={}, old_codes=(old(SIGNED, payload_code()),))
    assert answer(payload_code(key=key), at) == UNLISTED


def test_the_table_is_long_enough_and_no_case_comes_twice() -> None:
    assert len(TABLE) >= 40
    assert len({(text, repr(at)) for text, at, _ in TABLE.values()}) == len(TABLE)
    assert sum(expected is ADMITTED for _, _, expected in TABLE.values()) >= 10, "and each door takes what is right"
