"""What a keyboard's settings do to a scanned code: letters of the wrong case, characters of another country's keys.

Owns the signs by which such damage is known, and the one mending that can't be wrong: a T1 has capital letters alone.
A mended code is checked like any other; its seal is what proves it.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_T1_IN_SMALL = re.compile(r"t1:[a-z2-7]{60,141}(\.[0-9]{10}\.[0-9]{8})?")
_T1_BEHIND_OTHER_KEYS = re.compile(r"[Tt](?![0-9]{1,3}:).{1,2}[A-Za-z2-7]{60,141}([^A-Za-z2-7].*)?")
"""A T1 whose `1:` came out as something else: `T1Ö` on a German keyboard, `T&M` on a French one. No newer format."""
_OF_OTHER_KEYS = frozenset("ßöäüÖÄÜéèàçùñÑÇæøåÆØÅ§£´`^¨°²µ¿¡ºª")
"""What the keys of hyphen, colon, slash and brackets type on other countries' keyboards; codes of shops have none."""


class Damage(StrEnum):
    """What has happened to a code between scanner and window."""

    CASE = "caps_lock"
    LAYOUT = "scanner_layout"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A code as it was meant, as far as that can be known. Not `is_whole`: no ticket can be read from it."""

    text: str = field(repr=False)
    damage: Damage | None = None
    is_whole: bool = True


def keyed(text: str) -> Keyed:
    """What a scanner's keystrokes meant.

    1. a T1 in small letters alone: Caps Lock is on, or the scanner changes case; it has only one spelling
    2. a T1 behind another country's keys: which letters are swapped can't be known
    3. another shop's code with characters that no shop uses: it may be one, and may be damaged
    """
    if _T1_IN_SMALL.fullmatch(text):
        return Keyed(text.upper(), Damage.CASE)  # (1)
    if not text.startswith("T1:") and _T1_BEHIND_OTHER_KEYS.fullmatch(text):
        return Keyed(text, Damage.LAYOUT, is_whole=False)  # (2)
    return Keyed(text, Damage.LAYOUT if _OF_OTHER_KEYS.intersection(text) else None)  # (3)
