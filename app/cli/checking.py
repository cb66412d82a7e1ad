"""`ticket verify`: what a door would say of codes that nobody has used yet."""

import argparse
from collections.abc import Iterator, Sequence

from app.cli.ledger import CommandFailed, office_of
from app.ledger.admin import Office
from app.speech import say, say_json
from core.model.event import Direction, Event
from core.model.ids import GateId
from core.model.moments import ClockQuality, Millis, Moment
from core.sync.manifest import Unusable, trust_of
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
        trust = trust_of(office.manifest_of(event))
        if isinstance(trust, Unusable):
            raise CommandFailed(trust.reason)
        yield trust


def _verify(text: str, trusts: Sequence[Trust], now: Moment) -> Genuine | Refused:
    """At the door of the event that the code's key belongs to; at the first event's where it belongs to none."""
    code = parse(text)
    own = [trust for trust in trusts if isinstance(code, Code) and _is_own(code, trust)]
    trust = (own or list(trusts))[0]
    return verify(text, trust=trust, lane=Lane(_right_gate(code, trust.event), Direction.ENTRY), now=now)


def _is_own(code: Code, trust: Trust) -> bool:
    key = trust.keyring.get(code.claims.kid)
    return key is not None and key.event == trust.event.id


def _right_gate(code: object, event: Event) -> GateId:
    ticket_class = event.classes.get(code.claims.cls) if isinstance(code, Code) else None
    gates = sorted(ticket_class.gates) if ticket_class and ticket_class.gates else sorted(event.gates)
    return gates[0] if gates else GateId("")


def _say_verified(verified: Genuine | Refused, *, as_json: bool) -> None:
    outcome = "genuine" if isinstance(verified, Genuine) else verified.outcome.value
    if not as_json:
        say(outcome if isinstance(verified, Genuine) else f"{outcome} (check {verified.step})")
        return
    claims = verified.code.claims if verified.code else None
    told = (
        {"tid": claims.tid.hex(), "gen": claims.gen, "cls": claims.cls, "nbf": claims.nbf, "exp": claims.exp}
        if claims
        else {}
    )
    step = verified.step if isinstance(verified, Refused) else None
    say_json({"outcome": outcome, "check": step, **told})
