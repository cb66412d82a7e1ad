"""Who may do what: rights, the roles that hold them, and where a role or an API key counts.

Owns the one closed table from roles to rights. A right is what a call needs; a caller holds rights for single events or
for the installation, and what is held for the installation counts for every event in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from core.model.ids import EventId

INSTALLATION = EventId(UUID(int=0))
"""In the place of an event: what belongs to none of them. A role held here counts for every event."""


class Right(StrEnum):
    """What a call may need. The values are the scopes of API keys, and never change their meaning."""

    SEND_FACTS = "facts:send"
    READ_MANIFEST = "manifest:read"
    OWN_DEVICE = "device:own"  # what a device may know and change of itself
    READ_STATUS = "status:read"  # counts alone: how many came, how many are inside
    READ_EVENT = "event:read"
    CREATE_EVENT = "event:create"
    CHANGE_EVENT = "event:change"  # gates, classes, policy, whose codes open the doors, until when
    CHANGE_SEALS = "seals:change"  # the keys that seal tickets
    READ_TICKETS = "tickets:read"  # with orders and the names of holders
    SELL_TICKETS = "tickets:sell"  # issue, put, import
    CANCEL_TICKETS = "tickets:cancel"  # cancel, block, reissue
    READ_DEVICES = "devices:read"
    ENROL_DEVICES = "devices:enrol"
    RUN_DEVICES = "devices:run"  # confirm, rename, move to another gate, revoke, salvage
    CHANGE_OPERATORS = "operators:change"
    READ_INCIDENTS = "incidents:read"
    RESOLVE_INCIDENTS = "incidents:resolve"
    UNDO_ADMISSIONS = "admissions:undo"
    OVERRIDE_ADMISSIONS = "admissions:override"  # paper admissions too
    READ_DELIVERIES = "deliveries:read"  # how what was sent fares: endpoints, what waits, what is dead, and why
    CHANGE_DELIVERIES = "deliveries:change"  # who hears of the event, what was not delivered, and sending it again
    CHANGE_PAYMENTS = "payments:change"  # the event's Stripe account, and giving money back through it
    EXPORT_LEDGER = "ledger:export"
    ERASE_PEOPLE = "people:erase"
    READ_AUDIT = "audit:read"
    GRANT_ROLES = "roles:grant"
    CHANGE_ACCOUNTS = "accounts:change"
    CHANGE_API_KEYS = "apikeys:change"
    RUN_INSTALLATION = "installation:run"  # its settings, jobs and backups; what sets an owner apart from an admin


class Role(StrEnum):
    """What a person, a device or a program is for an event, or for the installation."""

    OWNER = "owner"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    DEVICE = "device"
    AUDITOR = "auditor"


_DEVICE = frozenset({Right.SEND_FACTS, Right.READ_MANIFEST, Right.OWN_DEVICE, Right.READ_STATUS})
_OPERATOR = frozenset({Right.READ_STATUS, Right.READ_EVENT, Right.UNDO_ADMISSIONS})
_SUPERVISOR = _OPERATOR | {
    Right.READ_TICKETS,
    Right.CANCEL_TICKETS,
    Right.READ_DEVICES,
    Right.RUN_DEVICES,
    Right.CHANGE_OPERATORS,
    Right.READ_INCIDENTS,
    Right.RESOLVE_INCIDENTS,
    Right.OVERRIDE_ADMISSIONS,
    Right.READ_DELIVERIES,
}
_AUDITOR = frozenset(
    {
        Right.READ_STATUS,
        Right.READ_EVENT,
        Right.READ_TICKETS,
        Right.READ_DEVICES,
        Right.READ_INCIDENTS,
        Right.READ_DELIVERIES,
        Right.EXPORT_LEDGER,
        Right.READ_AUDIT,
    }
)
_OWNER = frozenset(Right) - (_DEVICE - {Right.READ_STATUS})
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.OWNER: _OWNER,
        Role.ADMIN: _OWNER - {Right.RUN_INSTALLATION},
        Role.SUPERVISOR: _SUPERVISOR,
        Role.OPERATOR: _OPERATOR,
        Role.DEVICE: _DEVICE,
        Role.AUDITOR: _AUDITOR,
    }
)
"""What each role may do where it is held. Only a device sends facts: history is made at doors alone."""
ACCOUNT_ROLES = frozenset(Role) - {Role.DEVICE}
"""What a person can be: a device comes by its enrolment alone."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What an account or a device is: at most one role for each event, and one for the installation."""

    held: Mapping[EventId, Role]

    def rights_at(self, event: EventId) -> frozenset[Right]:
        """What is allowed there: by the role for the event, and by the one for the installation."""
        roles = {self.held[at] for at in (event, INSTALLATION) if at in self.held}
        return frozenset[Right]().union(*(RIGHTS[role] for role in roles))

    @property
    def places(self) -> frozenset[EventId]:
        """The events that a role was given for, the installation among them."""
        return frozenset(self.held)


_INCLUDED: Mapping[Right, frozenset[Right]] = MappingProxyType(
    {Right.CHANGE_DELIVERIES: frozenset({Right.READ_DELIVERIES})}
)
"""What a right lets a program do as well: a key that was made before there was a right of its own for it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an API key may do: these rights, for these events; the installation among them means every event."""

    rights: frozenset[Right]
    events: frozenset[EventId]

    def rights_at(self, event: EventId) -> frozenset[Right]:
        """What is allowed there."""
        if not {event, INSTALLATION} & self.events:
            return frozenset()
        return self.rights.union(*(_INCLUDED.get(right, frozenset()) for right in self.rights))

    @property
    def places(self) -> frozenset[EventId]:
        """The events that the key was made for, the installation among them."""
        return self.events


Standing: TypeAlias = Roles | Scope
NOBODY = Roles({})
OWNER_OF_ALL = Roles({INSTALLATION: Role.OWNER})


def may(standing: Standing, right: Right, event: EventId) -> bool:
    """Whether a caller may do this at an event, or at the installation itself."""
    return right in standing.rights_at(event)


def may_somewhere(standing: Standing, right: Right) -> bool:
    """Whether there is an event, or the installation, for which the caller may do this."""
    return any(may(standing, right, place) for place in standing.places)


def may_grant(standing: Standing, role: Role, event: EventId) -> bool:
    """Whether a caller may give this role there, or take it: nobody hands out more than they hold."""
    return role in ACCOUNT_ROLES and RIGHTS[role] | {Right.GRANT_ROLES} <= standing.rights_at(event)


def may_manage(standing: Standing, of: Roles) -> bool:
    """Whether a caller may change an account of these roles: one that may no more than the caller, wherever it is."""
    return all(may_grant(standing, role, event) for event, role in of.held.items())


def may_delegate(standing: Standing, scope: Scope) -> bool:
    """Whether a caller may make an API key of this scope: nobody hands out more than they hold."""
    needed = scope.rights | {Right.CHANGE_API_KEYS}
    return all(needed <= standing.rights_at(event) for event in scope.events)
