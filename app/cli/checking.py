"""`ticket verify`: what a door would say of codes that nobody has used yet."""

import argparse
from collections.abc import Iterator, Sequence

from app.cli.ledger import CommandFailed, office_of
from app.ledger.admin import Office
from app.speech import say, say_json
from core.model.event import Direction, Event
from core.model.ids import ClassId, GateId
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.manifest import Unusable
from core.ticket.verify import Genuine, Lane, Refused, Trust, verify
from core.ticket.wire import Code, parse


def verify_tickets(args: argparse.Namespace) -> int:
    """What a door of the right gate would say of codes that nobody has used; status 1 when one is refused."""
    with office_of(args) as office:
        now = Moment(Millis(office.now_ms()), 0, ClockQuality.SYNCED, "")
        trusts = list(_trusts(office, args.event))
    refused = 0
    for text in args.texts:
        verified = _verify(text, trusts, now)
        refused += isinstance(verified, Refused)
        _say_verified(verified, as_json=args.json)
    return 1 if refused else 0


def _trusts(office: Office, wanted: str | None) -> Iterator[Trust]:
    """What the doors of the wanted event trust, or of all events."""
    events = (
        [office.event_named(wanted)]
        if wanted
        else [office.event_named(summary.policy.event) for summary in office.list_events()]
    )
    if not events:
        raise CommandFailed("there is no event yet: `doorlight event create` makes one")
    for event in events:
        trust = office.press.trust(event)
        if isinstance(trust, Unusable):
            raise CommandFailed(trust.reason)
        yield trust


def _verify(text: str, trusts: Sequence[Trust], now: Moment) -> Genuine | Refused:
    """At the door of the event that the code is of; at the first event's where it is of none.

    A T1 names its key. A code of another shop is of the event that lists it, or else of one that knows its form.
    """
    said = [(trust, _at_right_gate(text, trust, now)) for trust in _candidates(text, trusts)]
    _, verified = max(said, key=lambda pair: _closeness(pair[1]))
    return verified


def _candidates(text: str, trusts: Sequence[Trust]) -> Sequence[Trust]:
    code = parse(text)
    if not isinstance(code, Code):
        return trusts
    return [trust for trust in trusts if _is_own(code, trust)] or trusts[:1]


def _is_own(code: Code, trust: Trust) -> bool:
    key = trust.keyring.get(code.claims.kid)
    return key is not None and key.event == trust.event.id


def _closeness(verified: Genuine | Refused) -> int:
    """How much an event knows of a code: its ticket, its form, or nothing."""
    if isinstance(verified, Genuine) or verified.identity is not None:
        return 2
    return 1 if verified.form is not None else 0


def _at_right_gate(text: str, trust: Trust, now: Moment) -> Genuine | Refused:
    """What the door says where the ticket's class may enter; the class is known after a first look."""
    first = _at(text, trust, _gate_of(None, trust.event), now)
    return first if first.identity is None else _at(text, trust, _gate_of(first.identity.cls, trust.event), now)


def _at(text: str, trust: Trust, gate: GateId, now: Moment) -> Genuine | Refused:
    return verify(text, trust=trust, lane=Lane(gate, Direction.ENTRY), now=now)


def _gate_of(cls: ClassId | None, event: Event) -> GateId:
    ticket_class = None if cls is None else event.classes.get(cls)
    gates = sorted(ticket_class.gates) if ticket_class and ticket_class.gates else sorted(event.gates)
    return gates[0] if gates else GateId("")


def _say_verified(verified: Genuine | Refused, *, as_json: bool) -> None:
    outcome = "genuine" if isinstance(verified, Genuine) else verified.outcome.value
    if not as_json:
        say(outcome if isinstance(verified, Genuine) else f"{outcome} (check {verified.step})")
        return
    step = verified.step if isinstance(verified, Refused) else None
    say_json({"outcome": outcome, "check": step, **_fields(verified)})


def _fields(verified: Genuine | Refused) -> dict[str, object]:
    """What a well-shaped T1 claims, proven or not; of another shop's code the ticket that the list has for it."""
    claims, identity, terms = verified.code.claims if verified.code else None, verified.identity, verified.terms
    if claims is not None:
        return {"tid": claims.tid.hex(), "gen": claims.gen, "cls": claims.cls, "nbf": claims.nbf, "exp": claims.exp}
    if identity is None or terms is None:
        return {}
    known = {"tid": identity.tid.hex(), "gen": identity.gen, "cls": identity.cls, "nbf": terms.nbf, "exp": terms.exp}
    return {**known, "form": identity.form}
