"""Which kiosk came by a code that was made here: the one whose six digits are to be compared now.

Owns the match. A kiosk's row names no code, so it goes by what the code was made for; two organizers who make codes at
once are told apart by gate and name, and in the end by the digits, which only one kiosk's screen shows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.sync.kiosk_replies import KioskReply


@dataclass(frozen=True, slots=True)
class CodeMade:
    """What a code was made for. `known` are the kiosks (ids) that were there before it."""

    known: frozenset[str]
    gate: str
    name: str
    replaces: str | None = None


def arrived(kiosks: Iterable[KioskReply], code: CodeMade) -> KioskReply | None:
    """The kiosk that waits to be let in by this code; of several the one that has its name."""
    found = [each for each in kiosks if _may_be(each, code)]
    named = [each for each in found if each.name.startswith(code.name)]
    return next(iter(named or found), None)


def _may_be(kiosk: KioskReply, code: CodeMade) -> bool:
    is_new = kiosk.id not in code.known and kiosk.state == "pending" and not kiosk.is_over
    return is_new and kiosk.digits is not None and kiosk.gate == code.gate and kiosk.replaces == code.replaces
