"""Door staff as kiosks know them: who may say a word at a door, and how a PIN is told from a guess.

Owns the roles, what a PIN must be, and the form in which operators travel in a device's sealed secrets. A PIN guards
a lane from a hand that reaches over the counter. It does not guard against whoever takes a kiosk apart: a million PINs
are tried in hours, however slow each try is made. What they find is a PIN of this event; the supervisors' budgets bound
what it is good for, and the organizer changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from core.ticket import seal

LEAST_DIGITS, MOST_DIGITS = 6, 12
MOST_OPERATORS = 64
"""Of one event: each is in the secrets of each kiosk."""
MOST_BUDGET = 1_000
OPERATOR_BYTES = 64 * 6 + 256 + 80
"""What one takes in JSON at most: its name, its record, the rest, its badge."""


class DoorRole(StrEnum):
    """What somebody may do at a door: scan and undo, or overrule as well."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Operator:
    """One of the door staff. `verifier` is an Argon2id record of the PIN; `budget`: overrides in one shift."""

    id: str
    name: str
    role: DoorRole
    budget: int
    verifier: str = field(repr=False)
    badge: bytes = field(default=b"", repr=False)
    """The hash of their badge's secret (`core.gate.badge`); empty from a server that makes none."""

    def is_pin(self, pin: str) -> bool:
        """Whether it is this person's PIN. Takes some hundredths of a second, whatever it is."""
        return len(pin) <= MOST_DIGITS and seal.is_password(pin, self.verifier)


def flaw_of_pin(pin: str) -> str | None:
    """What is wrong with a new PIN; None for one that can be taken."""
    if not (pin.isascii() and pin.isdigit() and LEAST_DIGITS <= len(pin) <= MOST_DIGITS):
        return f"a PIN has {LEAST_DIGITS} to {MOST_DIGITS} digits"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return "everybody would guess that PIN: take one without a row"
    return None


def to_json(operator: Operator) -> dict[str, Any]:
    """An operator as JSON values."""
    told = {"id": operator.id, "name": operator.name, "role": operator.role.value}
    return {**told, "budget": operator.budget, "verifier": operator.verifier, "badge": operator.badge.hex()}


def from_json(fields: Mapping[str, Any]) -> Operator:
    """The inverse of `to_json`. Raises ValueError, TypeError or KeyError for what is none."""
    name, verifier, budget = fields["name"], fields["verifier"], fields["budget"]
    if not (isinstance(name, str) and isinstance(verifier, str) and type(budget) is int):
        raise TypeError("no operator")
    badge = bytes.fromhex(fields.get("badge", ""))  # an older server makes none
    return Operator(str(fields["id"]), name, DoorRole(fields["role"]), budget, verifier, badge)
