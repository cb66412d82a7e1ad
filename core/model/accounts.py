"""What a person's account may be called, and what its password may be.

Owns the rules alone: no password is kept or compared here. Length is what counts (NIST SP 800-63B, section 3.1.1): no
rule asks for digits or signs, and no password ends by age.
"""

import re
import unicodedata
from enum import StrEnum

MOST_NAME = 64
LEAST_PASSWORD = 12
"""Characters: four unrelated words, or what a password keeper makes. There is no second factor beside it."""
MOST_PASSWORD = 256
"""Characters: longer ones only make the server work."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?", re.ASCII)
_LEAST_DIFFERENT = 5


class PasswordFlaw(StrEnum):
    """Why a password can't be taken."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_EVEN = "too_even"  # fewer than five different characters
    LIKE_THE_NAME = "like_the_name"
    THE_OLD_ONE = "the_old_one"
    NO_TEXT = "no_text"  # control characters, or half of a pair of surrogates


def account_name(text: str) -> str | None:
    """The name as it is stored: lower case, of `a-z 0-9 . _ @ -`, 1 to 64 characters; None for what can't be one."""
    name = text.strip().lower()
    return name if _NAME.fullmatch(name) else None


def normal_password(text: str) -> str:
    """A password as it is compared: NFKC, so that every keyboard spells the same letter alike."""
    return unicodedata.normalize("NFKC", text)


def password_flaw(text: str, *, name: str, old: str | None) -> PasswordFlaw | None:
    """What is wrong with a new password of an account, or None. Counts characters, not bytes."""
    password = normal_password(text)
    if not password.isprintable():  # half of a pair of surrogates is not printable either
        return PasswordFlaw.NO_TEXT
    if len(password) < LEAST_PASSWORD:
        return PasswordFlaw.TOO_SHORT
    if max(len(text), len(password)) > MOST_PASSWORD:
        return PasswordFlaw.TOO_LONG
    if len(set(password)) < _LEAST_DIFFERENT:
        return PasswordFlaw.TOO_EVEN
    if name in password.lower() and len(password) < LEAST_PASSWORD + len(name):
        return PasswordFlaw.LIKE_THE_NAME
    return PasswordFlaw.THE_OLD_ONE if old is not None and password == normal_password(old) else None
