"""What the interface says of itself: OpenAPI with every problem that can come back, and a page of it.

Owns what all routes have in common. The page is plain HTML with a style of its own: no script, nothing from elsewhere,
so that it works at a door without internet and under the strictest policy.
"""

import base64
import hashlib
from collections import defaultdict
from html import escape
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from app.server.problems import MEDIA_TYPE, TABLE
from app.server.safe_headers import POLICY

_ASSUMED = {401, 403}
"""Statuses of credentials: an open route has none of them, unless it says so itself."""
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "code{font-family:monospace}section{border-top:1px solid #999;padding:.5rem 0}h2{font-size:1.1rem}"
    "dt{font-weight:bold}@media(prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; `code` is stable, texts may change.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(TABLE)},
        "detail": {"type": "string"},
    },
}


def describe(app: FastAPI) -> None:
    """Makes the application's description the whole one."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, routes=app.routes)
    parts = found.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = _PROBLEM
    parts["responses"] = {f"Problem{status}": _response(codes) for status, codes in _codes().items()}
    for operation in operations_of(found).values():
        _tell_problems(operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    return found


def operations_of(described: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The operations of a description by method and path."""
    verbs = {"get", "put", "post", "patch", "delete"}
    paths = described["paths"].items()
    return {(verb.upper(), path): each[verb] for path, each in paths for verb in each if verb in verbs}


def _tell_problems(operation: dict[str, Any]) -> None:
    is_open = not operation.get("security")
    for status in _codes():
        if not (is_open and status in _ASSUMED) or str(status) in operation["responses"]:
            operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _codes() -> dict[int, list[str]]:
    codes = defaultdict(list)
    for code, row in TABLE.items():
        codes[row.status].append(code)
    return dict(sorted(codes.items()))


def _response(codes: list[str]) -> dict[str, Any]:
    said = "; ".join(f"`{code}`: {TABLE[code].title}" for code in codes)
    reply: dict[str, Any] = {
        "description": said,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if any(TABLE[code].retry_after_s is not None for code in codes):
        reply["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return reply


def page_of(app: FastAPI) -> Response:
    """The description as a page."""
    described = app.openapi()
    parts = [_section(method, path, told) for (method, path), told in operations_of(described).items()]
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(app.title)}</title><style>{_STYLE}</style><h1>{escape(app.title)} {escape(app.version)}</h1>"
        f"<p>For programs: <a href=/openapi.json>openapi.json</a></p>{''.join(parts)}</html>"
    )
    return Response(text, headers={POLICY.decode(): _PAGE_POLICY}, media_type="text/html; charset=utf-8")


def _section(method: str, path: str, told: dict[str, Any]) -> str:
    who = ", ".join(name for each in told.get("security", []) for name in each) or "anybody"
    fields = [
        f"<li><code>{escape(each['name'])}</code> ({escape(each['in'])})"
        for each in told.get("parameters", [])
        if each["in"] != "header"
    ]
    good = ", ".join(status for status in told["responses"] if status < "400")
    return (
        f"<section><h2><code>{escape(method)} {escape(path)}</code></h2><p>{escape(told.get('summary', ''))}</p>"
        f"<p>{escape(told.get('description', ''))}</p><p>Who: {escape(who)}. Answers: {escape(good)}.</p>"
        f"<ul>{''.join(fields)}</ul></section>"
    )
