"""The audit log in the database: one chain of records for each event, and one for the installation.

Owns the tables `audit` and `audit_heads`. `note` is called inside the transaction of what it tells of: both are
committed, or neither. Who acts is a matter of the whole request or command, as its address is: it is said once, at the
door (`act_as`), and travels with the thread of control.
"""

from contextvars import ContextVar

from core.journal.audit import Actor, ActorKind

_PROGRAM = Actor(ActorKind.PROGRAM)
_ACTOR: ContextVar[Actor] = ContextVar("actor")


def act_as(actor: Actor) -> None:
    """Says who acts from here on: in this request, this command, or this thread."""
    _ACTOR.set(actor)


def actor() -> Actor:
    """Who acts here; the program itself, where nobody said."""
    return _ACTOR.get(_PROGRAM)
