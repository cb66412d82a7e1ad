"""What the page of incidents asks of a server, and does there.

Owns the paths and how answers are read. Incidents name guests: none of them is kept in the cache.
"""

from app.organizer.shapes import reader_of
from core.insight.question import Deed, Method, Question, Topic
from core.journal.scan import Finding
from core.model.roles import Right
from core.sync.incident_replies import Incident, IncidentPage

_INCIDENTS = "/api/v1/events/{event}/incidents"
_page = reader_of(IncidentPage)
_one = reader_of(Incident)
ON_A_PAGE = 50
"""More than a person looks through; the older ones are a key away."""


def incidents(state: str | None, kind: str | None, after: str = "") -> Question[IncidentPage]:
    """The newest incidents of a state and a kind (None: any), or those behind a place."""
    params = {"limit": str(ON_A_PAGE), "state": state, "kind": kind, "after": after or None}
    return Question(
        name=f"incidents.{state or 'all'}.{kind or 'any'}.{after}",
        path=_INCIDENTS,
        read=_page,
        right=Right.READ_INCIDENTS,
        topics=frozenset({Topic.INCIDENTS}),
        params={name: value for name, value in params.items() if value is not None},
        is_kept=False,
    )


def incident(scan: str, kind: str) -> Question[Incident]:
    """One incident with its notes."""
    return Question(
        name=f"incident.{scan}.{kind}",
        path=f"{_INCIDENTS}/{scan}/{kind}",
        read=_one,
        right=Right.READ_INCIDENTS,
        topics=frozenset({Topic.INCIDENTS}),
        is_kept=False,
    )


def noting(scan: str, kind: str, note: str) -> Deed[Incident]:
    """Writes something down about one."""
    path, body = f"{_INCIDENTS}/{scan}/{kind}/notes", {"note": note}
    return Deed(Method.POST, path, _one, Right.RESOLVE_INCIDENTS, body, topics=frozenset({Topic.INCIDENTS}))


def resolving(scan: str, kind: str, finding: Finding, note: str) -> Deed[Incident]:
    """Says what one was."""
    path, body = f"{_INCIDENTS}/{scan}/{kind}/resolution", {"finding": finding.value, "note": note or None}
    return Deed(Method.PUT, path, _one, Right.RESOLVE_INCIDENTS, body, topics=frozenset({Topic.INCIDENTS}))
