"""Names and numbers as they are compared: what two people spell differently for one guest becomes the same text.

Owns the folding: scripts and accents (anyascii), upper and lower case, the German ways to write an umlaut, and the
letters of a printed number that look like digits.
"""

import re

from anyascii import anyascii

MOST_LETTERS = 200
"""Of a name that are read: longer ones are no names, and folding takes its time per letter."""
_DIGRAPHS = re.compile("[aou]e")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_NO_CODE = re.compile(r"[^a-z0-9]")
_LOOKS = str.maketrans("oil", "011")


def fold_words(text: str) -> list[str]:
    """The words of a name: `Jörg Müller-Weiß`, `JOERG Mueller Weiss` and `Jorg Muller-Weiss` are the same three.

    An `e` behind a, o or u goes, so that an umlaut, its two letters and its bare vowel meet; `Samuel` meets `Samul`,
    which harms nobody.
    """
    folded = _plain(text).replace("'", "")
    return [_DIGRAPHS.sub(_first_letter, word) for word in _NO_WORD.split(folded) if word]


def fold_code(text: str) -> str:
    """An order or a reference: letters and digits alone, with 0 for O and 1 for I and l."""
    return _NO_CODE.sub("", _plain(text)).translate(_LOOKS)


def _plain(text: str) -> str:
    head = text[:MOST_LETTERS]
    return (head if head.isascii() else anyascii(head)).lower()


def _first_letter(digraph: re.Match[str]) -> str:
    return digraph[0][0]
