"""Makes `tests/vectors/t1.json`: genuine and flawed ticket codes over every check, the same bytes on every run.

Run it as `python packaging/make_vectors.py` with the project's environment; a test holds the file against it. Its keys
are made from a sentence and seal nothing else. The file's format is described in docs/ticket-format.md.
"""

import base64
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.model.ids import ClassId, EventId, KeyId, TicketHandle  # noqa: E402
from core.ticket.issue import issue, with_proof  # noqa: E402
from core.ticket.keyring import Algorithm, KeyUse, derive  # noqa: E402
from core.ticket.proof import secret_of  # noqa: E402
from core.ticket.seal import ed25519_public, hmac_tag, sha256  # noqa: E402
from core.ticket.verify import sealed_bytes  # noqa: E402
from core.ticket.wire import HEADER_BYTES, LISTED, ROTATING, Claims, Code, pack, parse, spell  # noqa: E402

TARGET = ROOT / "tests" / "vectors" / "t1.json"

MASTER = sha256(b"doorlight's own vectors: master")
ED25519 = sha256(b"doorlight's own vectors: ed25519")
EVENT = EventId(UUID("0199e3c4-5a00-7d6b-8f10-3a5c7e912b46"))
OTHER_EVENT = EventId(UUID("0199e3c4-5a00-7d6b-8f10-3a5c7e912b47"))
ACTIVE, LISTED_ONLY, REVOKED, OLD, SIGNED, FOREIGN, UNKNOWN = map(KeyId, (1, 2, 3, 4, 0xFFFF_FFFF, 500, 501))
STATES = {ACTIVE: "active", LISTED_ONLY: "listed_only", REVOKED: "revoked", OLD: "verify_only", FOREIGN: "active"}

NOW = 1_800_000_000
NBF, EXP = NOW - 7_200, NOW + 43_200
LATE = EXP + 60

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """Rows with what the door must know for them."""

    genuine: list[Row]
    flawed: list[Row]
    allow: list[str]
    deny: list[Row]


class Maker:
    """Makes codes from one stream of numbers, so that every run makes the same ones."""

    def __init__(self) -> None:
        self._dice = random.Random("doorlight/vectors/1")  # noqa: S311 — the same numbers on every run, no secrets
        self.made = Made([], [], [], [])

    def claims(self, **change: int) -> Claims:
        """A new ticket of the active key, static and unlisted, as `change` says."""
        usual = Claims(0, ACTIVE, TicketHandle(self._dice.randbytes(8)), 0, ClassId(1), NBF, EXP)
        return replace(usual, **change)  # type: ignore[arg-type]

    def genuine(self, name: str, text: str, *, now: int = NOW, u: int = 0) -> None:
        """A row that verifies."""
        self.made.genuine.append(_row(name, text, now, u, "genuine") | {"fields": _fields(text)})

    def flawed(self, expect: str, name: str, text: str, *, now: int = NOW, u: int = 0) -> None:
        """A row that is refused."""
        self.made.flawed.append(_row(name, text, now, u, expect))

    def denied(self, claims: Claims, min_gen: int, reason: str | None) -> str:
        """The text of a ticket that is on the deny list."""
        entry = {"tid": claims.tid.hex(), "min_gen": min_gen}
        self.made.deny.append(entry if reason is None else entry | {"reason": reason})
        return sealed(claims)

    def listed(self, claims: Claims) -> str:
        """The text of a ticket that is on the allow list."""
        text = sealed(claims)
        self.made.allow.append(_code(text).digest.hex())
        return text

    def number(self, most: int) -> int:
        """A number from 0 to `most`."""
        return self._dice.randint(0, most)


def _row(name: str, text: str, now: int, u: int, expect: str) -> Row:
    return {"name": name, "text": text, "now": now, "u": u, "expect": expect}


def _code(text: str) -> Code:
    code = parse(text)
    if not isinstance(code, Code):
        raise TypeError(f"not a sound code: {text}")
    return code


def _fields(text: str) -> Row:
    claims = _code(text).claims
    numbers = {name: getattr(claims, name) for name in ("flags", "kid", "gen", "cls", "nbf", "exp")}
    return numbers | {"tid": claims.tid.hex()}


def sealed(claims: Claims, *, event: EventId | None = None) -> str:
    """The text of claims under the key of their kid, or under another event's key of that kid."""
    if claims.kid == SIGNED:
        return issue(claims, Algorithm.ED25519, ED25519)
    of = event or (OTHER_EVENT if claims.kid == FOREIGN else EVENT)
    return issue(claims, Algorithm.HMAC_SHA256_128, derive(MASTER, KeyUse.MAC, of, claims.kid))


def live(claims: Claims, at_s: int, *, digits_of: int | None = None) -> str:
    """A rotating code as a screen shows it at `at_s`; with the digits of another second where that is given."""
    secret = secret_of(derive(MASTER, KeyUse.ROTATING, EVENT, claims.kid), claims)
    digits = with_proof("", secret, at_s if digits_of is None else digits_of)[-8:]
    return f"{sealed(claims)}.{at_s:010d}.{digits}"


def respelled(body: bytes) -> str:
    """The text of bytes that need not be a sound code."""
    return "T1:" + base64.b32encode(body).decode().rstrip("=")


def body_of(text: str) -> bytes:
    """The bytes behind a static code."""
    code = _code(text)
    return code.header + code.auth


def flipped(text: str, bit: int) -> str:
    """The code with one bit of its body changed."""
    body = bytearray(body_of(text))
    body[bit // 8] ^= 0x80 >> bit % 8
    return respelled(bytes(body))


# --- the rows, check by check -------------------------------------------------------------------------------------


def _genuine(maker: Maker) -> None:
    for number in range(12):
        change = {"gen": maker.number(255), "cls": maker.number(0xFFFF)}
        maker.genuine(f"hmac {number:02d}", sealed(maker.claims(**change)))
    for number in range(4):
        maker.genuine(f"ed25519 {number:02d}", sealed(maker.claims(kid=SIGNED, gen=maker.number(255))))
    maker.genuine("every field at its least", sealed(maker.claims(gen=0, cls=0, nbf=0, exp=0)), now=0)
    highest = {"gen": 255, "cls": 0xFFFF, "nbf": 0xFFFF_FFFF, "exp": 0xFFFF_FFFF}
    maker.genuine("every field at its most", sealed(maker.claims(**highest)), now=0xFFFF_FFFF)
    maker.genuine("a key that only verifies", sealed(maker.claims(kid=OLD)))
    maker.genuine("a listed-only key, on the list", maker.listed(maker.claims(kid=LISTED_ONLY)))
    maker.genuine("must be listed, on the list", maker.listed(maker.claims(flags=LISTED)))
    maker.genuine("must be listed, signed", maker.listed(maker.claims(kid=SIGNED, flags=LISTED)))


def _transport(maker: Maker) -> None:
    text = sealed(maker.claims())
    for name, marked in {
        "ECI mark": "\\000026" + text,
        "CR": text + "\r",
        "LF": text + "\n",
        "CRLF": text + "\r\n",
        "ECI mark and CRLF": "\\000026" + text + "\r\n",
    }.items():
        maker.made.genuine.append(_row(f"transport: {name}", marked, NOW, 0, "genuine") | {"fields": _fields(text)})
    for name, marked in {
        "two ECI marks": "\\000026\\000026" + text,
        "ECI mark with five digits": "\\00026" + text,
        "two line ends": text + "\n\r",
        "blank before": " " + text,
        "tabulator behind": text + "\t",
        "513 characters": "T1:" + "A" * 510,
        "zero byte": text[:20] + "\x00" + text[21:],
        "full-width letter": text[:20] + "\uff21" + text[21:],
    }.items():
        maker.flawed("not_a_ticket", f"(1) {name}", marked)


def _prefixes(maker: Maker) -> None:
    body = sealed(maker.claims())[3:]
    for prefix in ("T2:", "T9:", "T10:", "T999:", "T01:"):
        maker.flawed("update_required", f"(2) prefix {prefix}", prefix + body)
    for prefix in ("t1:", "T1;", "T:", "T1000:", "TX:", "", "X1:"):
        maker.flawed("not_a_ticket", f"(2) prefix {prefix!r}", prefix + body)
    for name, text in {"nothing": "", "a web address": "https://example.org/t/1", "digits": "4006381333931"}.items():
        maker.flawed("not_a_ticket", f"(2) {name}", text)


def _shapes(maker: Maker) -> None:
    text, signed = sealed(maker.claims()), sealed(maker.claims(kid=SIGNED))
    twin = _twin(signed)
    for name, shape in {
        "prefix alone": "T1:",
        "lower case": "T1:" + text[3:].lower(),
        "one character less": text[:-1],
        "one character more": text + "A",
        "padding": signed + "===",
        "digit 1 in the body": text[:20] + "1" + text[21:],
        "blank in the body": text[:20] + " " + text[20:],
        "blank behind": text + " ",
        "twin spelling": twin,
        "stamp without digits": text + ".1800000000",
        "stamp of nine digits": text + ".180000000.12345678",
        "proof of seven digits": text + ".1800000000.1234567",
        "two proofs": text + ".1800000000.12345678.1800000000.12345678",
        "another code behind": text + text,
    }.items():
        maker.flawed("damaged_code", f"(3) {name}", shape)


def _spare_bit_set(letter: str) -> str:
    """The other letter that a lenient decoder would take for the last one of a signed code."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return alphabet[alphabet.index(letter) | 1]


def _versions(maker: Maker) -> None:
    body = body_of(sealed(maker.claims()))
    for first in (0x00, 0x20, 0xF0, 0x14, 0x18, 0x1C):
        maker.flawed("update_required", f"(4) first byte {first:02x}", respelled(bytes([first]) + body[1:]))


def _keys(maker: Maker) -> None:
    maker.flawed("unknown_key", "(5) a kid that nobody has", sealed(maker.claims(kid=UNKNOWN)))
    maker.flawed("wrong_event", "(5) another event of this organizer", sealed(maker.claims(kid=FOREIGN)))
    claims = maker.claims(kid=SIGNED)
    tag = hmac_tag(ed25519_public(ED25519), sealed_bytes(Algorithm.HMAC_SHA256_128, pack(claims)))
    maker.flawed("damaged_code", "(5) HMAC keyed with the public key", spell(pack(claims), tag))
    signed = issue(maker.claims(), Algorithm.ED25519, ED25519)
    maker.flawed("damaged_code", "(5) a signature under a MAC's kid", signed)


def _seals(maker: Maker) -> None:
    for kid, bits in ((ACTIVE, (40, 71, 104, 111, 112, 127, 128, 191, 192, 319)), (SIGNED, (104, 192, 447, 448, 703))):
        for bit in bits:
            part = "header" if bit < 8 * HEADER_BYTES else "seal"
            maker.flawed(
                "bad_signature",
                f"(6) bit {bit} changed, {part}, kid {kid}",
                flipped(sealed(maker.claims(kid=kid)), bit),
            )
    other = sealed(maker.claims(), event=OTHER_EVENT)
    maker.flawed("bad_signature", "(6) the other event's key", other)
    claims = maker.claims()
    unbound = hmac_tag(derive(MASTER, KeyUse.MAC, EVENT, ACTIVE), pack(claims))
    maker.flawed("bad_signature", "(6) a tag over the header alone", spell(pack(claims), unbound))


def _lists(maker: Maker) -> None:
    maker.flawed("key_revoked", "(7) a revoked key", sealed(maker.claims(kid=REVOKED)))
    maker.flawed("unlisted", "(7) a listed-only key, not on the list", sealed(maker.claims(kid=LISTED_ONLY)))
    maker.flawed("unlisted", "(7) must be listed, is not", sealed(maker.claims(flags=LISTED)))
    for gen, min_gen, reason in ((0, 1, None), (6, 7, "revoked"), (255, 256, "canceled"), (0, 256, "blocked")):
        name = f"(8) gen {gen}, min_gen {min_gen}, {reason or 'no reason'}"
        maker.flawed(reason or "revoked", name, maker.denied(maker.claims(gen=gen), min_gen, reason))
    for gen, min_gen in ((0, 0), (1, 1), (7, 7), (255, 255)):
        text = maker.denied(maker.claims(gen=gen), min_gen, "canceled")
        maker.genuine(f"(8) gen {gen}, min_gen {min_gen}: not below", text)


def _windows(maker: Maker) -> None:
    for u in (0, 300):
        first, closing = NBF - 60 - u, EXP + 60 + u
        maker.genuine(f"(10) first second, u {u}", sealed(maker.claims()), now=first, u=u)
        maker.genuine(f"(10) last second, u {u}", sealed(maker.claims()), now=closing - 1, u=u)
        maker.flawed("too_early", f"(10) a second early, u {u}", sealed(maker.claims()), now=first - 1, u=u)
        maker.flawed("too_late", f"(10) closing second, u {u}", sealed(maker.claims()), now=closing, u=u)


def _proofs(maker: Maker) -> None:
    for off, u in ((0, 0), (30, 0), (-30, 0), (70, 40), (-70, 40), (0, 90)):
        claims = maker.claims(flags=ROTATING, gen=maker.number(255))
        maker.made.genuine.append(
            _row(f"(11) proof {off} s old, u {u}", live(claims, NOW - off), NOW, u, "genuine")
            | {"fields": _fields(sealed(claims))}
        )
    for off, u in ((31, 0), (-31, 0), (71, 40)):
        text = live(maker.claims(flags=ROTATING), NOW - off)
        maker.flawed("replayed_code", f"(11) proof {off} s old, u {u}", text, u=u)
    rotating = maker.claims(flags=ROTATING)
    maker.flawed("proof_missing", "(11) no proof", sealed(rotating))
    maker.flawed("bad_proof", "(11) digits of the step before", live(rotating, NOW, digits_of=NOW - 30))
    maker.flawed("bad_proof", "(11) digits of the next step", live(rotating, NOW, digits_of=NOW + 30))
    other = live(replace(rotating, gen=rotating.gen + 1), NOW)[-8:]
    maker.flawed("bad_proof", "(11) digits of the next edition", f"{sealed(rotating)}.{NOW}.{other}")
    maker.flawed("clock_untrusted", "(11) a clock unsure by 91 s", live(rotating, NOW), u=91)
    maker.flawed("damaged_code", "(11) a proof on a static ticket", live(maker.claims(), NOW))


def _pairs(maker: Maker) -> Iterator[tuple[str, str, str]]:
    """Outcome, name and text of codes with two flaws, at a time when they are late; the earlier check speaks."""
    late = "and late"
    reserved = maker.claims(kid=UNKNOWN)
    first = bytes([0x14]) + body_of(sealed(reserved))[1:]
    yield "update_required", "reserved bit and unknown kid", respelled(first)
    yield "unknown_key", "unknown kid and a signature's length", issue(reserved, Algorithm.ED25519, ED25519)
    yield "wrong_event", "another event and forged", flipped(sealed(maker.claims(kid=FOREIGN)), 319)
    yield "bad_signature", f"forged {late}", flipped(sealed(maker.claims()), 319)
    yield "bad_signature", "revoked key and forged", flipped(sealed(maker.claims(kid=REVOKED)), 319)
    yield "key_revoked", f"revoked key {late}", sealed(maker.claims(kid=REVOKED))
    yield "key_revoked", "revoked key and unlisted", sealed(maker.claims(kid=REVOKED, flags=LISTED))
    yield "unlisted", f"unlisted {late}", sealed(maker.claims(flags=LISTED))
    yield "unlisted", "unlisted and canceled", maker.denied(maker.claims(flags=LISTED), 256, "canceled")
    yield "canceled", f"canceled {late}", maker.denied(maker.claims(), 256, "canceled")
    yield "blocked", "blocked and no proof", maker.denied(maker.claims(flags=ROTATING), 256, "blocked")
    yield "too_late", "late and no proof", sealed(maker.claims(flags=ROTATING))
    yield "too_late", "late and an old proof", live(maker.claims(flags=ROTATING), NOW)
    yield "damaged_code", f"twin spelling {late}", _twin(sealed(maker.claims(kid=SIGNED)))


def _twin(text: str) -> str:
    return text[:-1] + _spare_bit_set(text[-1])


def make() -> dict[str, Any]:
    """The whole file as JSON values."""
    maker = Maker()
    for rows in (_genuine, _transport, _prefixes, _shapes, _versions, _keys, _seals, _lists, _windows, _proofs):
        rows(maker)
    for expect, name, text in _pairs(maker):
        maker.flawed(expect, f"two flaws: {name}", text, now=LATE)
    return {
        "about": "T1 ticket codes of Doorlight's own, made by packaging/make_vectors.py; docs/ticket-format.md",
        "master_key": MASTER.hex(),
        "event_id": str(EVENT),
        "other_event_id": str(OTHER_EVENT),
        "keys": [*map(_mac_key, STATES), _public_key()],
        "allow_digests": sorted(maker.made.allow),
        "deny": maker.made.deny,
        "genuine": maker.made.genuine,
        "flawed": maker.made.flawed,
    }


def _mac_key(kid: KeyId) -> Row:
    event = OTHER_EVENT if kid == FOREIGN else EVENT
    return {
        "kid": kid,
        "alg": Algorithm.HMAC_SHA256_128.label,
        "event": str(event),
        "state": STATES[kid],
        "mac_key": derive(MASTER, KeyUse.MAC, event, kid).hex(),
        "rot_key": derive(MASTER, KeyUse.ROTATING, event, kid).hex(),
        "rot_hash": "sha1",
    }


def _public_key() -> Row:
    public = ed25519_public(ED25519).hex()
    return {
        "kid": SIGNED,
        "alg": Algorithm.ED25519.label,
        "event": str(EVENT),
        "state": "active",
        "public_key": public,
    }


def text_of(vectors: dict[str, Any]) -> str:
    """The file's text: ASCII, so that line ends and look-alikes stay visible."""
    return json.dumps(vectors, indent=1) + "\n"


def main() -> None:
    """Writes the file."""
    made = make()
    TARGET.write_text(text_of(made), encoding="ascii", newline="\n")
    print(f"{TARGET.name}: {len(made['genuine'])} genuine, {len(made['flawed'])} flawed")


if __name__ == "__main__":
    main()
