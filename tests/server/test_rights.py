"""No route without a right: each names the one that it needs, or is open on purpose (`rights_table`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from app.ledger.admin import open_ledger
from app.server.callers import Need
from app.server.program import build_app
from core.model.roles import Right
from tests.server.rights_table import TABLE

BY_ITSELF = {"GET /metrics": "programs of this machine have no credential; from elsewhere the route asks for one"}
OPEN = {name for name, needed in TABLE.items() if needed.is_open} | BY_ITSELF.keys()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """The application as the server builds it."""
    with open_ledger(None, tmp_path) as office:
        yield build_app(office, "organizers-token-of-the-test")


def operations(route: BaseRoute) -> list[str]:
    """`METHOD path` of each way to call a route; HEAD comes with GET."""
    assert isinstance(route, Route | APIRoute), "a kind of route that this test can't look into"
    return [f"{method} {route.path}" for method in sorted((route.methods or set()) - {"HEAD"})]


def need_of(route: BaseRoute) -> Need | None:
    """The right that a route names."""
    if not isinstance(route, APIRoute):
        return None
    found = [each.dependency for each in route.dependencies if isinstance(each.dependency, Need)]
    assert len(found) <= 1, "one right for one route"
    return found[0] if found else None


def without_a_right(app: FastAPI) -> set[str]:
    """The operations that anybody may call."""
    return {name for route in app.routes if need_of(route) is None for name in operations(route)}


def test_every_route_names_a_right_or_is_open_on_purpose(app: FastAPI) -> None:  # A24
    assert without_a_right(app) == OPEN


def test_a_right_comes_before_everything_else_of_its_route(app: FastAPI) -> None:
    guarded = [route for route in app.routes if need_of(route) is not None]
    assert len(guarded) > 5
    for route in guarded:
        assert isinstance(route, APIRoute)
        assert isinstance(route.dependant.dependencies[0].call, Need), route.path


def test_what_devices_alone_may_do_is_of_one_event(app: FastAPI) -> None:
    for route in app.routes:
        need = need_of(route)
        if need is not None and need.right in {Right.SEND_FACTS, Right.READ_MANIFEST, Right.OWN_DEVICE}:
            assert "{event}" in operations(route)[0]


def test_a_planted_route_without_a_right_is_found(app: FastAPI) -> None:
    """The negative control."""
    app.add_api_route("/api/v1/events/{event}/everything", lambda: None, methods=["GET"])
    assert "GET /api/v1/events/{event}/everything" in without_a_right(app) - OPEN
