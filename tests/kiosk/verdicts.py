"""Verdicts to show: one of each detail, and the longest that the world may send."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from core.gate.verdict import (
    ClassDetail,
    Detail,
    Evidence,
    ForeignDetail,
    GateDetail,
    Plain,
    TicketDetail,
    UsedDetail,
    Verdict,
    WindowDetail,
)
from core.model.ids import FactId
from core.model.moments import ClockQuality, Millis
from core.model.outcomes import Outcome, Source

ZONE = ZoneInfo("Europe/Berlin")
NOW_MS = Millis(int(datetime(2025, 6, 14, 18, 14, 5, tzinfo=UTC).timestamp() * 1000))  # 20:14:05 at the event
SCAN = FactId(UUID("01976f3c-0000-7000-8000-000000000001"))
LIST_2_MIN = Evidence(Source.ONLINE, ClockQuality.SYNCED, 125_000)

LONG_NAME = "Three-day weekend ticket with camping, parking and a very early bird discount for members of the society"


def verdict(outcome: Outcome, detail: Detail | None = None, evidence: Evidence = LIST_2_MIN) -> Verdict:
    return Verdict(outcome, Plain() if detail is None else detail, evidence, SCAN, NOW_MS)


def usual_detail(outcome: Outcome) -> Detail:
    """The detail that the gate gives this outcome."""
    match outcome:
        case Outcome.ALREADY_USED | Outcome.ALREADY_INSIDE | Outcome.LIMIT_REACHED:
            return UsedDetail("Day ticket", Millis(NOW_MS - 12_000), "North gate", "North 1", here=True, ago_ms=12_000)
        case Outcome.TOO_EARLY | Outcome.TOO_LATE:
            return WindowDetail("Sunday ticket", NOW_MS // 1000 + 50_000, NOW_MS // 1000 - 3_600)
        case Outcome.WRONG_GATE:
            return GateDetail("VIP", ("East gate", "VIP lounge"))
        case Outcome.NOT_A_TICKET:
            return ForeignDetail("https://example.org/menu?table=12")
        case Outcome.UNKNOWN_CODE | Outcome.STORAGE_FAILED | Outcome.TIMEOUT | Outcome.BAD_SIGNATURE:
            return Plain()
        case Outcome.EXIT_RECORDED | Outcome.CANCELED | Outcome.UNPAID | Outcome.WRONG_DATE:
            return ClassDetail("Day ticket")
        case _:
            return TicketDetail("Weekend ticket", 1, 3)


def long_detail(outcome: Outcome) -> Detail:
    """The same with the longest names."""
    match usual_detail(outcome):
        case UsedDetail():
            return UsedDetail(
                LONG_NAME, Millis(NOW_MS - 90_000_000), LONG_NAME, LONG_NAME, here=False, ago_ms=90_000_000
            )
        case WindowDetail(nbf=nbf, exp=exp):
            return WindowDetail(LONG_NAME, nbf + 9_000_000, exp)
        case GateDetail():
            return GateDetail(LONG_NAME, tuple(f"Gate {n} at the far side of the old fairground" for n in range(9)))
        case ForeignDetail():
            return ForeignDetail("https://example.org/" + "a" * 60)
        case _:
            return TicketDetail(LONG_NAME, 998, 1000)
