"""The routes of the audit log: read it, and have it checked.

Owns their shapes on HTTP. Nothing of it can be changed by any route.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Query

from app.ledger.admin import Office
from app.ledger.audit import MOST_SHOWN, Page, Report
from app.server.callers import AtEvent, ByCaller, Callers
from core.journal.audit import Tampering
from core.model.ids import EventId
from core.model.roles import Right

Before = Annotated[int | None, Query(ge=1, le=2**53)]
Limit = Annotated[int, Query(ge=1, le=MOST_SHOWN)]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A record and its hash, which the next one carries. `record` is its canonical JSON, read."""

    record: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some records, the newest first; `before` of one page asks for the next, null ends."""

    records: list[AuditRow]
    before: int | None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Whether a log is what was written. `seq` and `hash` of its end, noted elsewhere, prove it later."""

    is_whole: bool
    seq: int
    hash: str
    flaw: Tampering | None
    at: int | None


class AuditApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._audit = office.audit
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        reading, get, add = self._callers.allow(Right.READ_AUDIT), ["GET"], app.add_api_route
        event, whole = "/api/v1/events/{event}/audit", "/api/v1/audit"
        add(event, self.page_at, methods=get, dependencies=reading, summary="Who did what at the event")
        add(f"{event}/check", self.check_at, methods=get, dependencies=reading, summary="Whether that log is whole")
        add(whole, self.page, methods=get, dependencies=reading, summary="Who did what to the installation")
        add(f"{whole}/check", self.check, methods=get, dependencies=reading, summary="Whether that log is whole")

    def page_at(self, caller: AtEvent, before: Before = None, limit: Limit = MOST_SHOWN) -> AuditPage:
        """The event's log."""
        return _page(self._audit.page(caller.at, before, limit))

    def page(self, caller: ByCaller, before: Before = None, limit: Limit = MOST_SHOWN) -> AuditPage:
        """The installation's log."""
        return _page(self._audit.page(caller.at, before, limit))

    def check_at(self, caller: AtEvent) -> AuditReport:
        """Reads the event's whole log."""
        return self._check(caller.at)

    def check(self, caller: ByCaller) -> AuditReport:
        """Reads the installation's whole log."""
        return self._check(caller.at)

    def _check(self, event: EventId) -> AuditReport:
        return _report(self._audit.verify(event))


def _page(page: Page) -> AuditPage:
    return AuditPage([AuditRow(json.loads(row.text), row.hash.hex()) for row in page.records], page.before)


def _report(report: Report) -> AuditReport:
    flaw = report.flaw
    told = (None, None) if flaw is None else (flaw.what, flaw.seq)
    return AuditReport(flaw is None, report.seq, report.hash.hex(), *told)
