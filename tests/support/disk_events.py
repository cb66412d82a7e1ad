"""What a program does to its disk, in order, and whom it has told of what.

Values alone: a recorded night travels between processes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """Bytes at an offset: nobody knows yet whether they are on the disk."""

    path: str
    at: int
    data: bytes


@dataclass(frozen=True)
class Synced:
    """All that was written to a file before this is on the disk."""

    path: str


@dataclass(frozen=True)
class Truncated:
    """A file was cut to a size."""

    path: str
    size: int


@dataclass(frozen=True)
class Deleted:
    """A file's name was removed."""

    path: str


Event = Written | Synced | Truncated | Deleted


@dataclass(frozen=True)
class Acknowledged:
    """A fact that somebody was told of: it must be on the disk."""

    id: str


@dataclass(frozen=True)
class Night:
    """The files before the first guest, all of them on the disk, and what happened to them then."""

    base: dict[str, bytes]
    events: list[Event | Acknowledged]
