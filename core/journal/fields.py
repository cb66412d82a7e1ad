"""The fields of a record from outside, each read once, with its type and its bounds.

Owns the strictness of `core.journal.scan`: what is missing, of another type or out of bounds makes a record unreadable.
"""

from enum import StrEnum
from typing import Any, TypeVar


class UnreadableError(ValueError):
    """A field that is missing or out of bounds. Never leaves `core.journal`."""


_MAX_INT = 2**53 - 1
_MAX_NAME = 64
_MAX_ANSWERS = 32
_MAX_ANSWER = 512


class Fields:
    """The fields of a record, each read once, with its type and bounds."""

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record
        self.unread = set(record)

    def has(self, name: str) -> bool:
        return name in self._record

    def take(self, name: str) -> Any:
        if name not in self._record:
            raise UnreadableError(f"field {name!r} is missing")
        self.unread.discard(name)
        return self._record[name]

    def number(self, name: str, most: int = _MAX_INT) -> int:
        value = self.take(name)
        if type(value) is not int or not 0 <= value <= most:
            raise UnreadableError(f"field {name!r} is no whole number from 0 to {most}")
        return value

    def number_or_none(self, name: str, most: int = _MAX_INT) -> int | None:
        return self.number(name, most) if self._is_there(name) else None

    def text(self, name: str, most: int = _MAX_NAME) -> str:
        value = self.take(name)
        if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
            raise UnreadableError(f"field {name!r} is no text of 1 to {most} characters")
        return value

    def text_or_none(self, name: str) -> str | None:
        return self.text(name) if self._is_there(name) else None

    def octets(self, name: str, length: int) -> bytes:
        value = self.take(name)
        if not isinstance(value, str) or len(value) != 2 * length or set(value) - set("0123456789abcdef"):
            raise UnreadableError(f"field {name!r} is not {length} bytes in lower-case hex")
        return bytes.fromhex(value)

    def octets_or_none(self, name: str, length: int) -> bytes | None:
        return self.octets(name, length) if self._is_there(name) else None

    def truth(self, name: str) -> bool:
        value = self.take(name)
        if not isinstance(value, bool):
            raise UnreadableError(f"field {name!r} is neither true nor false")
        return value

    def answers(self, name: str) -> dict[str, str]:
        value = self.take(name)
        if not isinstance(value, dict) or len(value) > _MAX_ANSWERS:
            raise UnreadableError(f"field {name!r} is no object of at most {_MAX_ANSWERS} answers")
        for question, answer in value.items():
            if not (_is_storable(question, _MAX_NAME) and _is_storable(answer, _MAX_ANSWER)):
                raise UnreadableError(f"field {name!r} holds an answer that is too long or no text")
        return value

    def _is_there(self, name: str) -> bool:
        return self.take(name) is not None


def _is_storable(value: object, most: int) -> bool:
    """Whether it is a text that UTF-8 and every database can hold: no half of a surrogate pair, no NUL."""
    if not isinstance(value, str) or len(value) > most:
        return False
    return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


_Member = TypeVar("_Member", bound=StrEnum)


def member(enum: type[_Member], value: str) -> _Member:
    try:
        return enum(value)
    except ValueError:
        raise UnreadableError(f"{value!r} is no {enum.__name__}") from None
