"""How complete a night's figures are, and between which bounds they lie while something of it has not been heard.

Owns what counts as a kiosk that reports, and what may be missing: scans that wait at kiosks by their own word, facts
that the server lacks, and guests whom a silent kiosk may have let in since it fell silent, reckoned at the pace of the
lanes that do report. The last is an assumption, and is told apart from what is known. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.insight.hearing import is_heard
from core.model.moments import Millis
from core.sync.messages import KioskWord, StatusReply

FACTS_PER_SCAN = 2
"""A scan and what the door showed: each guest leaves both in a kiosk's journal (docs/redemption.md)."""
RECKONED_MS = 60 * 60_000
"""For how long a silent lane is reckoned to go on as the others do; after that nobody knows, and it is said so."""
PUT_AWAY_MS = 12 * 60 * 60_000
"""A kiosk that was not heard for half a day stands in no door: it is missing from the count of those that report, and
keeps no guest back."""
_MINUTE_MS = 60_000
_LEAVING = ("exit_recorded", "exit_without_entry")


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a night has been heard, as of the answer that it was reckoned from.

    `kiosks` are those that are expected to report; beside them `off` were ended in order and hold nothing back.
    `pending` scans wait somewhere by the kiosks' own word or by comparison; `unheard` guests may have come in through
    kiosks that are silent, the longest of them since `silent_since_ms`. `is_open`: there may be more than that.
    """

    kiosks: int
    reporting: int
    pending: int = 0
    unheard: int = 0
    silent_since_ms: Millis | None = None
    is_open: bool = False
    off: int = 0

    @property
    def silent(self) -> int:
        """How many kiosks do not report."""
        return self.kiosks - self.reporting

    @property
    def is_whole(self) -> bool:
        """Whether everything has been heard."""
        return not (self.silent or self.pending or self.is_open)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what a figure lies; `is_open`: it may be more than `most`."""

    least: int
    most: int
    is_open: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether it is one number."""
        return self.least == self.most and not self.is_open


def completeness_of(kiosks: Iterable[KioskWord], at_ms: int, per_min: float | None = None) -> Completeness:
    """How complete what the ledger told at `at_ms` is. `per_min`: entries per minute of all lanes; None: not known."""
    all_of_them = tuple(kiosks)
    expected = [each for each in all_of_them if not each.is_off]
    heard = [each for each in expected if is_heard(each.seen_ms, at_ms)]
    silent = [each for each in expected if each.seen_ms is not None and not is_heard(each.seen_ms, at_ms)]
    lacking = [(each, _silence_ms(each, at_ms)) for each in silent if each.shown]
    at_doors = [(each, silence_ms) for each, silence_ms in lacking if silence_ms <= PUT_AWAY_MS]
    facts = sum(each.queue + each.missing for each in all_of_them)
    lanes = max(1, sum(each.shown > 0 for each in heard))
    reckoned_min = sum(min(silence_ms, RECKONED_MS) for _, silence_ms in at_doors) / _MINUTE_MS
    return Completeness(
        kiosks=len(expected),
        reporting=len(heard),
        pending=-(-facts // FACTS_PER_SCAN),
        unheard=_up((per_min or 0.0) / lanes * reckoned_min),
        silent_since_ms=min((Millis(each.seen_ms or 0) for each, _ in at_doors), default=None),
        is_open=any(silence_ms > RECKONED_MS or per_min is None for _, silence_ms in at_doors),
        off=len(all_of_them) - len(expected),
    )


def inside_bounds(status: StatusReply, heard: Completeness) -> Bounds:
    """Between what the number of people inside lies.

    What has not been heard may be entries or, where guests leave by the doors, exits. Nobody is in without a ticket.
    """
    more = heard.pending + heard.unheard
    fewer = more if any(status.shown.get(name, 0) for name in _LEAVING) else 0
    most = max(status.inside, min(status.inside + more, status.tickets))
    return Bounds(max(0, status.inside - fewer), most, heard.is_open and most < status.tickets)


def admitted_bounds(admitted: int, expected: int, heard: Completeness) -> Bounds:
    """Between what the number of guests who have come lies, of those who were expected."""
    most = max(admitted, min(admitted + heard.pending + heard.unheard, expected))
    return Bounds(admitted, most, heard.is_open and most < expected)


def _silence_ms(kiosk: KioskWord, at_ms: int) -> int:
    return max(0, at_ms - (kiosk.seen_ms or 0))


def _up(guests: float) -> int:
    return int(-(-guests // 1))
