"""What a repeatable import did, or would do: counted and noted as it goes.

Owns the report. Names no guest and no code, but lines and the shop's own references.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.ledger.import_plan import Known, Step
from app.ledger.shop_files import RefusedRow
from core.sync.messages import IssuedTicket
from core.sync.ticket_messages import What


@dataclass(frozen=True, slots=True)
class Noted:
    """One ticket that an import changes, cancels or restores. `line` is None for one that is missing in the file."""

    external_ref: str | None
    line: int | None
    parts: tuple[str, ...] = ()
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do, or did. `guests`: tickets among the new ones that nothing can be scanned of."""

    new: int = 0
    unchanged: int = 0
    guests: int = 0
    changed: tuple[Noted, ...] = ()
    canceled: tuple[Noted, ...] = ()
    restored: tuple[Noted, ...] = ()
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedTicket:
    """A row whose ticket has a new code to hand out: its line, its reference, the code."""

    line: int
    external_ref: str
    ticket: IssuedTicket


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `done.canceled` names those that were canceled; `spared` those that wanted a yes.

    `adopted` counts scans that waited in quarantine for their ticket.
    """

    done: Preview
    issued: tuple[ImportedTicket, ...] = ()
    spared: tuple[Noted, ...] = ()
    adopted: int = 0


class Tally:
    """What has been planned or done so far."""

    def __init__(self, refused: Iterable[RefusedRow], notes: Iterable[str], *, allow_cancel: bool = True) -> None:
        self.refused = list(refused)
        self.notes = list(notes)
        self.new = self.unchanged = self.guests = 0
        self.changed: list[Noted] = []
        self.canceled: list[Noted] = []
        self.restored: list[Noted] = []
        self.spared: list[Noted] = []
        self.issued: list[ImportedTicket] = []
        self._allow_cancel = allow_cancel

    @property
    def has_changes(self) -> bool:
        return bool(self.new or self.changed or self.canceled or self.restored)

    def add(self, steps: Iterable[Step | RefusedRow]) -> None:
        for step in steps:
            if isinstance(step, RefusedRow):
                self.refused.append(step)
            else:
                self._add(step)

    def _add(self, step: Step) -> None:
        before = step.before
        noted = Noted(step.sale.ref, step.sale.line, step.parts, before is not None and before.is_used)
        match step.what:
            case What.NEW:
                self.new += 1
                self.guests += step.sale.code is None
            case What.UNCHANGED:
                self.unchanged += 1
            case What.CHANGED:
                self.changed.append(noted)
            case What.RESTORED:
                self.restored.append(noted)
            case What.CANCELED:
                (self.canceled if self._allow_cancel else self.spared).append(noted)
        is_done = step.what is not What.CANCELED or self._allow_cancel
        if step.text is not None and is_done and (step.sale.code is None or before is not None):
            ticket = IssuedTicket(step.claims.tid.hex(), step.text)
            self.issued.append(ImportedTicket(step.sale.line, step.sale.ref or "", ticket))

    def add_missing(self, missing: Iterable[Known]) -> None:
        noted = [Noted(known.ref, None, (), known.is_used) for known in missing]
        (self.canceled if self._allow_cancel else self.spared).extend(noted)

    def preview(self) -> Preview:
        return Preview(
            new=self.new,
            unchanged=self.unchanged,
            guests=self.guests,
            changed=by_line(self.changed),
            canceled=by_line(self.canceled),
            restored=by_line(self.restored),
            refused=tuple(sorted(self.refused, key=lambda row: row.line)),
            notes=tuple(self.notes),
        )


def by_line(noted: Iterable[Noted]) -> tuple[Noted, ...]:
    """In the order of the list; those that it does not have come last."""
    return tuple(sorted(noted, key=lambda one: (one.line is None, one.line or 0)))
