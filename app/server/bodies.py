"""Bodies that a route reads by itself: the framework's way costs too much, or comes too early.

Owns how they are checked, and how the interface's description tells of them.
"""

from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


def documented(body: TypeAdapter[Any], reply: type, *, is_open: bool = False) -> dict[str, Any]:
    """What the description says of a route that reads its own body; `is_open` where nobody has to prove who calls."""
    content = {"application/json": {"schema": body.json_schema()}}
    extra: dict[str, Any] = {"requestBody": {"required": True, "content": content}}
    return {"openapi_extra": extra | ({"security": []} if is_open else {}), "response_model": reply}


def read_body(adapter: TypeAdapter[T], body: bytes) -> T:
    """The value of a body. Raises RequestValidationError, which never repeats what was sent."""
    try:
        return adapter.validate_json(body)
    except ValidationError as err:
        raise RequestValidationError(err.errors(include_input=False, include_url=False)) from err
