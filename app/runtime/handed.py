"""What whoever started this window hands over: whom to believe at its server, and the first owner's one-time password.

Owns the form, and that it comes through standard input alone: a command line and an environment can be read by others.
"""

from dataclasses import dataclass, field
from typing import IO, Annotated

from annotated_types import MaxLen
from pydantic import TypeAdapter, ValidationError

MOST_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Handed:
    """`fingerprint` is that of the server's own authority (64 hex digits); name and password are empty without them."""

    fingerprint: Annotated[str, MaxLen(128)] = ""
    name: Annotated[str, MaxLen(128)] = ""
    password: Annotated[str, MaxLen(256)] = field(default="", repr=False)


NOTHING = Handed()
_HANDED = TypeAdapter(Handed)


def handed_bytes(handed: Handed) -> bytes:
    """As it is written to the window's standard input."""
    return _HANDED.dump_json(handed)


def read_handed(stream: IO[bytes]) -> Handed:
    """What was handed over; nothing where that is none."""
    try:
        return _HANDED.validate_json(stream.read(MOST_BYTES))
    except (ValidationError, OSError):
        return NOTHING
