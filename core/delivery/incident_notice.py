"""Which incident people are told of while it can still be mended, and what the notice says of it.

Owns the choice and the facts: kinds, ids and gates, never a name. Who is told, and how often, is
`core.delivery.notice`.
"""

from collections.abc import Mapping

from core.delivery.notice import Notice, NoticeKind
from core.model.ids import EventId, FactId, TicketHandle
from core.model.moments import Millis
from core.redeem.fold import Incident, Severity


def notice_of(
    event: EventId, tid: TicketHandle | None, incident: Incident, gates: Mapping[FactId, str], now_ms: int
) -> Notice | None:
    """The notice of an incident that has just been opened; None where it can wait for somebody to look by themselves.

    `gates` has the gate's id of each scan that is known. An incident that a person has looked at already is no news.
    """
    if incident.severity is not Severity.HIGH or incident.finding is not None:
        return None
    against = None if incident.against is None else gates.get(incident.against)
    told = {
        "incident": incident.kind.value,
        "scan": incident.scan.hex,
        "ticket": None if tid is None else tid.hex(),
        "gate": gates.get(incident.scan),
        "other_gate": against,
    }
    about = f"{incident.kind.value}:{incident.scan.hex}"
    return Notice(NoticeKind.INCIDENT, event, about, Millis(now_ms), told)
