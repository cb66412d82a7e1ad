"""Programs that know the server by its description alone: thousands of requests made of it, right ones and wrong ones.

Owns who they are and what they look at. Every operation of the description is asked, whatever it is for: by a caller
with the right credential, and by one without; with what the description allows, and with what it does not. No reply may
be a 5xx, or of a status, a content type or a shape that the description does not name.
"""

from collections.abc import Callable, Iterator
from typing import Any

import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.server.frame import STREAM_SUFFIX
from tests.contract.ledger_rig import House
from tests.server.serving import served

LOOKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
REPLY_S = 30.0
MOST_TOLD = 400
"""Characters of one finding: what was broken, and by which request."""

Finding = tuple[str, str]


def operations_of(app: FastAPI) -> list[Any]:
    """Every operation of the application's description whose answer has an end."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    found = [each.ok() for each in schema.get_all_operations()]
    return [each for each in found if not each.path.endswith(STREAM_SUFFIX)]


def findings(
    house: House, app: FastAPI, token: str, seed: int, count: int, some: slice = slice(None)
) -> Iterator[Finding]:
    """What is broken, by operation: up to `count` requests for each of two modes of generation."""
    with served(app) as url, requests.Session() as http:
        for operation in operations_of(app)[some]:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                caller = _Caller(house, url, token, http)
                for told in caller.broken_by(operation, mode, seed, count):
                    yield f"{operation.method.upper()} {operation.path}", told


class _Caller:
    """One stranger at one server."""

    def __init__(self, house: House, url: str, token: str, http: requests.Session) -> None:
        self._house = house
        self._url = url
        self._http = http
        device = f"Device {house.kiosks[0].hex}.{house.secrets[0]}"
        self._credentials = {"device": device, "bearer": f"Bearer {token}"}

    def broken_by(self, operation: Any, mode: GenerationMode, seed: int, count: int) -> list[str]:
        """Each kind of failure once, with the request that showed it."""
        found: dict[str, str] = {}
        headers = self._headers(operation)

        def ask(case: Any, is_known: bool) -> None:
            for kind, told in self._look(case, headers if is_known else {}):
                found.setdefault(kind, told)

        has_more = bool(operation.body or operation.query)
        is_wrong = mode is GenerationMode.NEGATIVE
        if is_wrong and not has_more and not operation.path_parameters:
            return []  # nothing of it can be wrong
        cases = operation.as_strategy(generation_mode=mode)
        if "{event}" in operation.path and (has_more or not is_wrong):
            cases |= operation.as_strategy(generation_mode=mode, path_parameters={"event": self._house.event.hex})
        try:
            _run(ask, cases, seed, count)
        except Unsatisfiable:
            if is_wrong:
                return []  # a path of any text has none that is wrong
            found.setdefault("unsatisfiable", "no request can be made of the description")
        return [f"{kind}: {told}"[:MOST_TOLD] for kind, told in found.items()]

    def _headers(self, operation: Any) -> dict[str, str]:
        schemes = [name for each in operation.definition.raw.get("security", []) for name in each]
        return {"Authorization": self._credentials[schemes[0]]} if schemes else {}

    def _look(self, case: Any, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
        try:
            response = case.call(base_url=self._url, session=self._http, headers=headers, timeout=REPLY_S)
        except (requests.RequestException, UnicodeError, ValueError):
            return  # what can't be sent at all is no request
        for look in LOOKS:
            try:
                case.validate_response(response, checks=[look])
            except BaseException as err:
                if isinstance(err, KeyboardInterrupt | SystemExit):
                    raise
                yield look.__name__, f"{response.status_code} to {case.method} {_sent(case)} {_said(err)}"


def _run(ask: Callable[[Any, bool], None], cases: Any, seed: int, count: int) -> None:
    """Hypothesis without its database: the same seed asks the same."""
    bounds = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    knows = st.integers(0, 3).map(bool)
    seeded(seed)(bounds(given(cases, knows)(ask)))()


def _sent(case: Any) -> str:
    return f"{case.formatted_path} {case.query or ''} {str(case.body)[:120]!r}"


def _said(err: BaseException) -> str:
    inner = err.exceptions[0] if isinstance(err, BaseExceptionGroup) else err
    return " ".join(str(inner).split())[:200]
