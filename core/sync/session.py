"""How a queue drains, without any I/O: what to send next, and what an answer to it means.

Owns the size of the next batch and the isolation of a poison fact: a batch that is refused whole is halved until the
fact that spoils it stands alone, and only that one is set aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.model.ids import FactId
from core.sync.messages import MAX_BATCH_BYTES, MAX_BATCH_FACTS

ENVELOPE_BYTES = 64
"""Room for `{"facts":[` and `],"resent":{}}` around a batch."""
RESENT_BYTES = 36
"""Room for `"<id>":` and a comma."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A fact that waits: its id and its record's canonical JSON.

    `told` is there where an earlier epoch of the ledger had acknowledged it: its answer then as JSON, or `null`.
    `is_open`: it is a scan of which nothing was shown yet. Its guest may still wait, or its kiosk lost its power.
    """

    id: FactId
    record: bytes
    told: bytes | None = None
    is_open: bool = False

    @property
    def size(self) -> int:
        """What it takes of a batch (bytes)."""
        again = 0 if self.told is None else len(self.told) + RESENT_BYTES
        return len(self.record) + 1 + again


@dataclass(frozen=True, slots=True)
class Window:
    """How many facts the next batch may hold."""

    facts: int = MAX_BATCH_FACTS

    def batch(self, waiting: Sequence[Queued]) -> Sequence[Queued]:
        """The head of the queue that fits: at most `facts`, at most 256 KiB, at least one."""
        size = ENVELOPE_BYTES
        for index, item in enumerate(waiting[: self.facts]):
            size += item.size
            if size > MAX_BATCH_BYTES and index:
                return waiting[:index]
        return waiting[: self.facts]

    def after_refusal(self, sent: int) -> "Window":
        """The window after a whole batch of `sent` facts was refused: half of it."""
        return Window(max(1, sent // 2))

    def after_answer(self) -> "Window":
        """The window after a batch was answered: twice as many, up to the limit."""
        return Window(min(MAX_BATCH_FACTS, self.facts * 2))


def body(batch: Sequence[Queued]) -> bytes:
    """The JSON body of a batch request, from records that are JSON already."""
    facts = b'{"facts":[' + b",".join(item.record for item in batch) + b"]"
    resent = [f'"{item.id.hex}":'.encode() + item.told for item in batch if item.told is not None]
    return facts + (b',"resent":{' + b",".join(resent) + b"}}" if resent else b"}")
