"""The routes by which an account's telephones say where they are reached.

Owns their shapes on HTTP. A token comes in a body, so that it stands in no address and no log, and goes out in none.
"""

from typing import Annotated

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.ledger.admin import Office
from app.ledger.push_book import Telephone
from app.server.callers import ByCaller, Callers
from core.delivery.push_token import MOST_TOKEN
from core.model.settings import Language


class PushToken(BaseModel):
    """What the provider gave the telephone's app, and the language that it is spoken to in; null: as before."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    token: Annotated[str, Field(min_length=1, max_length=MOST_TOKEN, repr=False)]
    language: Language | None = None


class PushTokenEnd(BaseModel):
    """A token whose telephone wants no more."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    token: Annotated[str, Field(min_length=1, max_length=MOST_TOKEN, repr=False)]


class PushApi:
    """The routes over one ledger."""

    def __init__(self, office: Office, callers: Callers) -> None:
        self._push = office.push
        self._callers = callers

    def attach(self, app: FastAPI) -> None:
        """Puts the routes in place."""
        path, own, add = "/api/v1/me/push-tokens", self._callers.account(), app.add_api_route
        here = "Says that a telephone of this account is reached here"
        add(path, self.register, methods=["PUT"], status_code=204, dependencies=own, summary=here)
        add(path, self.telephones, methods=["GET"], dependencies=own, summary="The telephones of this account")
        gone = "Ends what a telephone of this account is told"
        add(f"{path}/withdraw", self.withdraw, methods=["POST"], status_code=204, dependencies=own, summary=gone)

    def register(self, body: PushToken, caller: ByCaller, request: Request) -> Response:
        """Sent again whenever the app starts: after 30 days without it nothing is pushed. 422 `push_token_wrong`."""
        session = request.headers["authorization"].partition(" ")[2]
        self._push.register(caller.person.id, session, body.token, body.language)
        return Response(status_code=204)

    def telephones(self, caller: ByCaller) -> list[Telephone]:
        """Each by the first eight digits of its token's SHA-256, the one that was heard of last first."""
        return self._push.of_account(caller.person.id)

    def withdraw(self, body: PushTokenEnd, caller: ByCaller) -> Response:
        """204 whether it was there or not: somebody else's stays."""
        self._push.forget(caller.person.id, body.token)
        return Response(status_code=204)
