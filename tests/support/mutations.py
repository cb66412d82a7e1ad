"""What forgers, printers and cameras make of a code's text: seeded changes, and every nearest neighbour.

Owns changes of texts and knows nothing of tickets but their alphabet: whether a changed text may pass is judged in
`tests.support.genuine`.
"""

import base64
import json
import string
import unicodedata
from collections.abc import Callable, Iterator
from random import Random
from urllib.parse import quote

BASE32 = string.ascii_uppercase + "234567"
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
BLANKS = " \t\u00a0\u1680\u2002\u2009\u200b\u2060\u3000\ufeff"
MOST_CHANGES = 3
_LONGEST = 20_000
_TWINS = str.maketrans("ABCEHIJKMOPSTXYaceiopsxy", "АВСЕНІЈКМОРЅТХУасеіорѕху")
"""Latin letters and the Cyrillic ones that look the same."""
_HOMES = (0xFEE0, 0x1D400 - 0x41, 0x24B6 - 0x41)
"""Offsets from ASCII to fullwidth forms, bold letters, circled letters."""

Change = Callable[[Random, str, str], str]
"""Of a text, by chance; the third argument is another genuine text."""


# --- by chance ----------------------------------------------------------------------------------------------------


def mutant(random: Random, text: str, other: str) -> tuple[str, tuple[str, ...]]:
    """A text after one to three changes, and their names."""
    trail = []
    for _ in range(random.randint(1, MOST_CHANGES)):
        name = random.choice(_NAMES)
        text = CHANGES[name](random, text, other)
        trail.append(name)
    return text, tuple(trail)


def _at(random: Random, text: str) -> int:
    return random.randrange(len(text)) if text else 0


def _put(text: str, at: int, piece: str, instead_of: int = 0) -> str:
    return text[:at] + piece + text[at + instead_of :]


def _flip_bit_of_character(random: Random, text: str, _: str) -> str:
    at = _at(random, text)
    return _put(text, at, chr(ord(text[at]) ^ 1 << random.randrange(8)), 1) if text else text


def _flip_bit_of_body(random: Random, text: str, _: str) -> str:
    """Of the bytes behind the base32, so that the change is well spelled and only the seal can tell."""
    body, point, proof = text[3:].partition(".")
    try:
        octets = bytearray(base64.b32decode(body + "=" * (-len(body) % 8)))
    except ValueError:
        return _flip_bit_of_character(random, text, _)
    if octets:
        octets[random.randrange(len(octets))] ^= 1 << random.randrange(8)
    return text[:3] + base64.b32encode(octets).decode().rstrip("=") + point + proof


def _substitute(random: Random, text: str, _: str) -> str:
    return _put(text, _at(random, text), random.choice(PRINTABLE), 1)


def _substitute_in_alphabet(random: Random, text: str, _: str) -> str:
    return _put(text, _at(random, text), random.choice(BASE32), 1)


def _substitute_anything(random: Random, text: str, _: str) -> str:
    return _put(text, _at(random, text), chr(random.randrange(0x110000)), 1)


def _substitute_digit(random: Random, text: str, _: str) -> str:
    places = [at for at, character in enumerate(text) if character.isdigit()]
    return _put(text, random.choice(places), random.choice(string.digits), 1) if places else text


def _insert(random: Random, text: str, _: str) -> str:
    return _put(text, random.randint(0, len(text)), random.choice(PRINTABLE))


def _delete(random: Random, text: str, _: str) -> str:
    return _put(text, _at(random, text), "", random.choice((1, 1, 1, 2, 5)))


def _swap(random: Random, text: str, _: str) -> str:
    at = _at(random, text)
    return _put(text, at, text[at : at + 2][::-1], 2)


def _duplicate(random: Random, text: str, _: str) -> str:
    start, end = sorted((_at(random, text), _at(random, text)))
    return _put(text, end, text[start:end])


def _truncate(random: Random, text: str, _: str) -> str:
    return text[: _at(random, text)] if random.random() < 0.5 else text[_at(random, text) :]


def _splice(random: Random, text: str, other: str) -> str:
    """The head of one genuine code and the tail of another, often cut at the same place."""
    at = _at(random, text)
    return text[:at] + other[at if random.random() < 0.7 else _at(random, other) :]


def _join(random: Random, text: str, other: str) -> str:
    return random.choice(("", "\n", " ", ".", ",", "&", "/", "?code=", "\x1d")).join((text, other))


def _change_case(random: Random, text: str, _: str) -> str:
    at = _at(random, text)
    changed = (text.lower(), text.upper(), text.swapcase(), _put(text, at, text[at : at + 1].swapcase(), 1))
    return random.choice(changed)


def _insert_blank(random: Random, text: str, _: str) -> str:
    at = random.choice((0, len(text), random.randint(0, len(text))))
    return _put(text, at, random.choice(BLANKS) * random.choice((1, 1, 3)))


def _look_alike(random: Random, text: str, _: str) -> str:
    at = _at(random, text)
    piece = text[at : at + random.choice((1, 1, 4, len(text)))]
    home = random.choice(_HOMES)
    twin = piece.translate(_TWINS) if random.random() < 0.5 else "".join(_moved(each, home) for each in piece)
    return _put(text, at, twin.replace("K", "\u212a") if random.random() < 0.1 else twin, len(piece))


def _moved(character: str, home: int) -> str:
    is_letter = character in string.ascii_uppercase
    return chr(ord(character) + home) if is_letter or (home == _HOMES[0] and character in PRINTABLE[1:]) else character


def _compose(random: Random, text: str, _: str) -> str:
    changed = text + random.choice("\u0300\u0338\u20dd\ufe0f\u200d")
    return unicodedata.normalize(random.choice(("NFC", "NFD", "NFKC", "NFKD")), random.choice((text, changed)))


def _mark(random: Random, text: str, _: str) -> str:
    """ECI marks as scanners send them: right, twice, short, in other digits, in the wrong place."""
    mark = random.choice(
        ("\\000026", "\\999999", "\\00026", "\\0000026", "\\٠٠٠٠٢٦", "\\\\000026", "]Q1", "]Q3\\000026")
    )
    return _put(text, random.choice((0, 0, len(text), _at(random, text))), mark * random.choice((1, 1, 2)))


def _end_line(random: Random, text: str, _: str) -> str:
    end = random.choice(("\r", "\n", "\r\n", "\n\r", "\n\n", "\r\r", "\x85", "\u2028", "\x0b", "\x0c", "\x1e", "\x04"))
    return _put(text, random.choice((len(text), len(text), 0, _at(random, text))), end)


def _insert_control(random: Random, text: str, _: str) -> str:
    return _put(text, random.randint(0, len(text)), random.choice("\x00\x00\x01\x1b\x7f\x9b\u202e\u2066\ud800\udfff"))


def _lengthen(random: Random, text: str, _: str) -> str:
    """Around the limit of 512 characters, and far beyond it."""
    length = random.choice((511, 512, 513, 520, 1_000, _LONGEST))
    piece = random.choice((text or " ", "A", "{", "%41", "&a=b", "\\", ".", " ", "\n", "0"))
    filled = piece * (max(0, length - len(text)) // len(piece) + 1)
    return (text + filled if random.random() < 0.5 else filled + text)[:_LONGEST]


def _wrap_in_json(random: Random, text: str, other: str) -> str:
    depth = random.choice((1, 1, 2, 5, 60, 5_000))
    inner = json.dumps(random.choice((text, {"code": text}, {"code": [text], "t": other})))
    before, after = random.choice((('{"code":', "}"), ("[", "]"), ('{"a":', "}"), ('{"code":"x","code":', "}")))
    return before * depth + inner + (after * depth if random.random() < 0.9 else "")


def _wrap_in_address(random: Random, text: str, other: str) -> str:
    host = random.choice(
        ("tickets.example", "TICKETS.example", "tickets.example.", "evil.example", "a@tickets.example")
    )
    path = random.choice(
        (
            "/t/{}",
            "/?code={}",
            "/t?code={}&code=" + quote(other, errors="surrogatepass"),
            "/t/{}/",
            "/t/#{}",
            "/t/{}?x=1#y",
        )
    )
    scheme = random.choice(("https", "http", "HTTPS", "file", "javascript", "doorlight"))
    return f"{scheme}://{host}" + path.format(random.choice((text, quote(text, safe="", errors="surrogatepass"))))


def _percent(random: Random, text: str, _: str) -> str:
    at = _at(random, text)
    hidden = "".join(f"%{octet:02X}" for octet in text[at : at + 1].encode("utf-8", "surrogatepass"))
    return _put(text, at, random.choice((hidden, hidden.lower(), "%", "%ZZ", "%25", "+")), 1)


def _other_prefix(random: Random, text: str, _: str) -> str:
    return random.choice(("T2:", "T0:", "T01:", "T999:", "T1234:", "t1:", "T1", "T1::", "T1:T1:", "1:", "")) + text[3:]


def _append_proof(random: Random, text: str, _: str) -> str:
    stamp = random.choice(("1795003600", "1795003599", "0000000000", "9999999999", "179500360"))
    return f"{text}.{stamp}.{random.randrange(10**8):08d}"


CHANGES: dict[str, Change] = {
    change.__name__.strip("_"): change
    for change in (
        _flip_bit_of_character,
        _flip_bit_of_body,
        _substitute,
        _substitute_in_alphabet,
        _substitute_anything,
        _substitute_digit,
        _insert,
        _delete,
        _swap,
        _duplicate,
        _truncate,
        _splice,
        _join,
        _change_case,
        _insert_blank,
        _look_alike,
        _compose,
        _mark,
        _end_line,
        _insert_control,
        _lengthen,
        _wrap_in_json,
        _wrap_in_address,
        _percent,
        _other_prefix,
        _append_proof,
    )
}
_WEIGHTS = dict.fromkeys(CHANGES, 6) | {
    "lengthen": 1,  # these two cost a thousand times the others' time
    "wrap_in_json": 1,
    "flip_bit_of_body": 18,  # these three keep a code's shape, and go as far as its seal
    "substitute_in_alphabet": 18,
    "splice": 12,
}
_NAMES = tuple(name for name, weight in _WEIGHTS.items() for _ in range(weight))


# --- every one ----------------------------------------------------------------------------------------------------


def substitutions(text: str, alphabet: str = PRINTABLE) -> Iterator[str]:
    """Every text that differs in one character."""
    for at, own in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        yield from (before + character + after for character in alphabet if character != own)


def insertions(text: str, alphabet: str = PRINTABLE) -> Iterator[str]:
    """Every text with one character more."""
    for at in range(len(text) + 1):
        before, after = text[:at], text[at:]
        yield from (before + character + after for character in alphabet)


def deletions(text: str) -> Iterator[str]:
    """Every text with one character less."""
    return (text[:at] + text[at + 1 :] for at in range(len(text)))


def cases(text: str) -> Iterator[str]:
    """Each letter in its other case, and the whole, its head and its tail in the other case from each place on."""
    for at in range(len(text)):
        if text[at].swapcase() != text[at]:
            yield text[:at] + text[at].swapcase() + text[at + 1 :]
            yield text[:at] + text[at:].swapcase()
            yield text[: at + 1].swapcase() + text[at + 1 :]


def blanks(text: str) -> Iterator[str]:
    """Each kind of blank at each place, once and twice, and around the whole."""
    for blank in BLANKS:
        yield from (text[:at] + blank * count + text[at:] for at in range(len(text) + 1) for count in (1, 2))
        yield blank + text + blank


def neighbours(text: str) -> Iterator[str]:
    """All of them: for a code of 67 characters some 14,500."""
    for vary in (substitutions, insertions, deletions, cases, blanks):
        yield from vary(text)
