"""The routes of organizers about door staff: who they are, their PINs, their budgets.

Owns their shapes on HTTP. A PIN goes in and never comes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Path, Query, Response
from pydantic import Field

from app.ledger.admin import Office
from app.ledger.operator_book import DEFAULT_BUDGET, OperatorWrong
from app.paper.badge_sheet import PaperBadge, badge_sheet
from app.paper.qr import qr_png
from app.server.callers import AtEvent, Callers
from app.server.problems import problem
from core.gate.badge import badge_text
from core.gate.operators import MOST_BUDGET, DoorRole
from core.model.roles import Right
from core.sync.messages import Name, OperatorReply

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Pin = Annotated[str, Field(pattern="^[0-9]{6,12}$")]
_SCALE = 8
"""Pixels of a module: sharp on paper at the size of a card."""
Budget = Annotated[int, Field(ge=0, le=MOST_BUDGET)]


class Form(StrEnum):
    """How a badge is drawn: a card on a page, or the code alone."""

    PDF = "pdf"
    PNG = "png"


@dataclass(frozen=True, slots=True)
class StaffRequest:
    """Somebody new at the doors."""

    name: Name
    pin: Pin = field(repr=False)
    role: DoorRole = DoorRole.OPERATOR
    budget: Budget = DEFAULT_BUDGET


@dataclass(frozen=True, slots=True)
class StaffChange:
    """What is to be otherwise; null stays as it is. `is_active` false: they work no more."""

    name: Name | None = None
    pin: Pin | None = field(default=None, repr=False)
    role: DoorRole | None = None
    budget: Budget | None = None
    is_active: bool | None = None


class StaffApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._office = office
        self._operators = office.operators
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        staff, add = "/api/v1/events/{event}/operators", app.add_api_route
        changing = self._callers.allow(Right.CHANGE_OPERATORS)
        add(staff, self.list, methods=["GET"], dependencies=changing, summary="The door staff")
        add(
            staff,
            self.add,
            methods=["POST"],
            dependencies=changing,
            summary="Somebody new at the doors",
            status_code=201,
            response_model=OperatorReply,
        )
        add(
            f"{staff}/{{id}}",
            self.change,
            methods=["PATCH"],
            dependencies=changing,
            summary="Another name, PIN, role or budget; or the end",
            response_model=OperatorReply,
        )

        add(
            f"{staff}/{{id}}/badge",
            self.badge,
            methods=["GET"],
            dependencies=changing,
            summary="A badge to print",
            response_class=Response,
        )

    def list(self, caller: AtEvent) -> Sequence[OperatorReply]:
        """By their names."""
        return self._operators.list(caller.at)

    def add(self, caller: AtEvent, wanted: StaffRequest) -> OperatorReply | Response:
        """Kiosks know them with their next manifest."""
        try:
            return self._operators.add(caller.at, wanted.name, wanted.pin, wanted.role, wanted.budget)
        except OperatorWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def change(self, caller: AtEvent, id: Id, wanted: StaffChange) -> OperatorReply | Response:  # noqa: A002
        """What is named is set."""
        try:
            return self._operators.change(
                caller.at,
                UUID(hex=id),
                name=wanted.name,
                pin=wanted.pin,
                role=wanted.role,
                budget=wanted.budget,
                is_active=wanted.is_active,
            )
        except OperatorWrong as err:
            return problem(err.key, str(err.details["cause"]))

    def badge(self, caller: AtEvent, id: Id, form: Annotated[Form, Query(alias="format")] = Form.PDF) -> Response:  # noqa: A002
        """The code that brings somebody on shift, as a card or as a picture; the audit log says who had it."""
        id_ = UUID(hex=id)
        text = badge_text(self._operators.badge(caller.at, id_))
        if form is Form.PNG:
            return Response(qr_png(text, scale=_SCALE), media_type="image/png")
        name, event = self._operators.show(caller.at, id_).name, self._office.show_event(caller.at).policy.name
        return Response(badge_sheet(PaperBadge(event, name, text)), media_type="application/pdf")
