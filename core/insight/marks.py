"""What a stream says of an event: marks that tell whether anything has changed, and what.

Owns what a change of marks means to those who ask. Marks are hints and no figures: but for the open incidents, which a
window counts by them before it has asked.
"""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from annotated_types import Ge, MaxLen

from core.insight.question import Topic

Count = Annotated[int, Ge(0)]
EVERYTHING = frozenset(Topic)
DEAD_S = 25.0
"""A stream that says nothing for so long is dead: the server says something every ten seconds."""


@dataclass(frozen=True, slots=True)
class Marks:
    """An event as it is now: its manifest's version, how many facts it has, how many incidents and open ones.

    `incidents_at` is when one was opened or closed last (unix ms); 0 where there is none. `died_at` is when the last
    message died that is dead; a server of before does not tell.
    """

    manifest: Count
    facts: Count
    incidents: Count
    open_incidents: Count
    incidents_at: Count
    died_at: Count = 0

    def topics_since(self, before: "Marks | None") -> frozenset[Topic]:
        """What has changed; everything may have, where nothing was heard before."""
        if before is None:
            return EVERYTHING
        changed = {
            Topic.MANIFEST: self.manifest != before.manifest,
            Topic.FACTS: self.facts != before.facts,
            Topic.INCIDENTS: self.incident_marks != before.incident_marks,
            Topic.DELIVERIES: self.died_at != before.died_at,
        }
        return frozenset(topic for topic, is_other in changed.items() if is_other)

    @property
    def incident_marks(self) -> tuple[int, int, int]:
        """What tells whether an incident was opened or closed."""
        return (self.incidents, self.open_incidents, self.incidents_at)


@dataclass(frozen=True, slots=True)
class Silent:
    """The server's ledger does not answer it: what was told last may be old."""

    code: Annotated[str, MaxLen(64)]


News: TypeAlias = Marks | Silent
