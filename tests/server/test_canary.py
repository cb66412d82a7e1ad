"""Something secret in every input of every route, and nothing of it in the log, the figures, or a refusal.

Generic over the description: a new route is asked as it comes.
"""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.log import logger
from app.server.description import operations_of
from app.server.frame import STREAM_SUFFIX
from app.server.program import build_app
from core.journal.scan import to_record
from tests.contract.ledger_rig import Home, House, open_house
from tests.server.serving import Caller, served

pytestmark = pytest.mark.slow

TOKEN = "organizers-token-of-the-test"
MARK = "Zq7kanarienvogel"
"""Ends in every input; begins with nothing that redaction looks for."""
QUOTING = {"event_wrong"}
"""Problems that may say to an organizer which gate, class, zone or field of an event is wrong: none is secret."""
_MOST_DEEP = 8


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger of the test's own, on either database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with open_house(Home(url, tmp_path_factory.mktemp("canary"))) as opened:
        yield opened


def planted(schema: dict[str, Any], parts: dict[str, Any], deep: int = 0) -> Any:
    """A value of a schema with the canary wherever text goes."""
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]] if "components" in schema["$ref"] else schema
    for each in ("anyOf", "oneOf", "allOf"):
        if each in schema:
            return planted(schema[each][0], parts, deep)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object" if deep < _MOST_DEEP:
            told = {name: planted(each, parts, deep + 1) for name, each in schema.get("properties", {}).items()}
            return told or {MARK: MARK}
        case "array" if deep < _MOST_DEEP:
            return [planted(schema.get("items", {}), parts, deep + 1)]
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case "null" | "object" | "array":
            return None
        case _:
            return MARK[: schema.get("maxLength", len(MARK))].ljust(schema.get("minLength", 0), "x")


def requests_of(described: dict[str, Any], house: House) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Three requests for each operation: as its schema has it, with a stranger's field, and as nonsense."""
    parts = described["components"]["schemas"]
    for (method, path), told in operations_of(described).items():
        fields = {each["name"]: each for each in told.get("parameters", [])}
        values = dict.fromkeys(re.findall(r"{(\w+)}", path), MARK) | {"event": house.event.hex}
        address = path.format(**values)
        query = {name: MARK for name, each in fields.items() if each["in"] == "query"}
        content = told.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            yield method, address, {}
            yield method, address, {"params": query or {"q": MARK}}
            continue
        body = planted(content["schema"], parts)
        yield method, address, {"json": body}
        yield method, address, {"json": body | {MARK: MARK} if isinstance(body, dict) else body, "params": query}
        yield method, address, {"content": b'{"' + MARK.encode() + b'": "' + MARK.encode()}


CREDENTIALS = ["", f"Bearer {MARK}", f"Device {'0' * 32}.{MARK}", f"{MARK} {MARK}", "right"]


def ask_everything(caller: Caller, described: dict[str, Any]) -> list[httpx.Response]:
    """Every request by every kind of caller, with the canary in headers too; and a night's work with it in names."""
    replies, asked = [], set()
    for method, path, told in requests_of(described, caller.house):
        again = (method, path) in asked
        asked.add((method, path))
        for credential in CREDENTIALS[-1:] if again else CREDENTIALS:
            right = caller.headers["Authorization"] if _is_devices(described, method, path) else f"Bearer {TOKEN}"
            shown = {"Authorization": right if credential == "right" else credential} if credential else {}
            headers = {**shown, "User-Agent": MARK, "X-Forwarded-For": MARK, "If-None-Match": MARK, "Range": MARK}
            headers |= {"Doorlight-Clock": MARK, "Doorlight-Nonce": MARK, "Doorlight-Signature": MARK, "Cookie": MARK}
            replies.append(_reply(caller.http, method, path, headers, told))
    house = caller.house
    scan = house.scan(house.tickets()[0])
    record = to_record(scan)
    replies += [caller.send([record | {"operator": MARK, "gate": MARK}, MARK, {"id": MARK}, record])]
    replies += [caller.http.get(f"/{MARK}?{MARK}={MARK}"), caller.http.request(MARK, f"/{MARK}")]
    return replies


def _reply(http: httpx.Client, method: str, path: str, headers: dict[str, str], told: dict[str, Any]) -> httpx.Response:
    """A reply; of a stream, which goes on for minutes, what comes before its body."""
    if not path.endswith(STREAM_SUFFIX):
        return http.request(method, path, headers=headers, **told)
    with http.stream(method, path, headers=headers, **told) as reply:
        if reply.is_success:
            return httpx.Response(reply.status_code, headers=reply.headers, request=reply.request)
        reply.read()
        return reply


def _is_devices(described: dict[str, Any], method: str, address: str) -> bool:
    """Whether a device is who calls this address."""
    for (verb, path), told in operations_of(described).items():
        pattern = re.sub(r"{\w+}", "[^/]+", path)
        if verb == method and re.fullmatch(pattern, address.partition("?")[0]):
            return any("device" in each for each in told.get("security", []))
    return False


def leaks(house: House, app: FastAPI, said: io.StringIO) -> set[str]:
    """Where the canary was seen and does not belong."""
    with served(app) as url, httpx.Client(base_url=url, timeout=30) as http:
        caller = Caller(http, house)
        replies = ask_everything(caller, http.get("/openapi.json").json())
        figures = http.get("/metrics").text
    assert {reply.status_code // 100 for reply in replies} >= {2, 4}, "the control: some came in, some did not"
    found = {"log" for line in said.getvalue().splitlines() if is_in(line)}
    found |= {"figures"} if is_in(figures) else set()
    found |= {"head" for reply in replies if is_in(json.dumps(dict(reply.headers)))}
    return found | {f"refusal of {reply.request.url.path}" for reply in replies if _tells(reply)}


def is_in(text: str) -> bool:
    """Whether the canary, or the half of it that a cut left, is in a text."""
    return MARK[:10].lower() in text.lower()


def _tells(reply: httpx.Response) -> bool:
    return reply.status_code >= 400 and is_in(reply.text) and reply.json().get("code") not in QUOTING


def test_nothing_secret_is_in_the_log_the_figures_or_a_refusal(house: House, said: io.StringIO) -> None:
    assert leaks(house, build_app(house.office, TOKEN), said) == set()
    assert said.getvalue().count('"event": "request"') > 100, "the control: there was a log"


def test_a_planted_leak_is_found(house: House, said: io.StringIO) -> None:
    """The negative control: a route that logs what it was sent, and one that says it back in a refusal."""
    if house.office.database_name != "sqlite":
        pytest.skip("once is enough")
    app = build_app(house.office, TOKEN)

    async def careless(request: Request, word: str) -> Response:
        logger("app.server.careless").info("asked", query=str(request.url), about=word)
        return JSONResponse({"detail": f"no {word} here"}, 404, {"X-Word": word})

    app.add_api_route("/api/v1/careless/{word}", careless, methods=["GET"])
    assert leaks(house, app, said) == {"log", "head", f"refusal of /api/v1/careless/{MARK}"}
