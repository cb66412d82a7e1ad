"""The routes by which an account says where it is told what happens by mail, and which daily reports it wants.

Owns their shapes on HTTP. Which notices there are, and who may get them, is `core.delivery.notice`.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Response
from pydantic import BaseModel, ConfigDict, Field

from app.ledger.admin import Office
from app.ledger.report_wishes import minute_of
from app.server.callers import ByCaller, Callers, event_of
from core.delivery.mail import MOST_ADDRESS
from core.model.roles import Right


class EmailChange(BaseModel):
    """Where an account gets notices by mail; null: nowhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    email: Annotated[str, Field(min_length=1, max_length=2 * MOST_ADDRESS)] | None = Field(repr=False)


@dataclass(frozen=True, slots=True)
class ReportWish:
    """At which time of the event's own day its report is mailed, such as 08:00; null: not at all."""

    event: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    at: Annotated[str, Field(min_length=5, max_length=5)] | None


class ToldApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._accounts = office.accounts
        self._wishes = office.report_wishes
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        own: dict[str, Any] = {"dependencies": self._callers.account()}
        put: dict[str, Any] = {"methods": ["PUT"], "status_code": 204, **own}
        add, reports = app.add_api_route, "/api/v1/me/daily-reports"
        add("/api/v1/me/email", self.set_email, **put, summary="Where this account gets notices by mail")
        add(reports, self.list_reports, methods=["GET"], **own, summary="The daily reports that this account wants")
        add(reports, self.set_report, **put, summary="An event's report each day by mail, or no more")

    def set_email(self, body: EmailChange, caller: ByCaller) -> Response:
        """Notices of every kind that the account may know of go there. 422 `account_email_wrong`."""
        self._accounts.set_email(caller.person.name, body.email)
        return Response(status_code=204)

    def list_reports(self, caller: ByCaller) -> list[ReportWish]:
        """Those that were asked for."""
        return [ReportWish(event.hex, wish.at) for event, wish in self._wishes.of_account(caller.person.name)]

    def set_report(self, body: ReportWish, caller: ByCaller) -> Response:
        """While the event is on, and two mornings after it, for whoever may read its figures.

        404 `event_unknown`, 422 `report_time_wrong`.
        """
        event = event_of(body.event)
        caller.need(Right.READ_STATUS, event)
        self._wishes.put(event, caller.person.name, None if body.at is None else minute_of(body.at))
        return Response(status_code=204)
